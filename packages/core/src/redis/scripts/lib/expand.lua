-- Goes on with what earlier scripts left for later.
-- @include lib/roots.lua
-- @include lib/skip.lua
-- @include lib/supersede.lua

-- The stages that this queued are a fact of their own: the transition that left them is recorded already.
local function expanded(run, queued)
  if queued ~= '' then emit(run, 'run.expanded', 'pipeline', '0', '{"queued":[' .. queued .. ']}') end
end

local function expand(run)
  run.more = true
  while budget > 0 do
    local item = call('LPOP', run.key .. '/todo')
    if not item then
      call('SREM', R .. '/unfinished', run.id)
      run.more = false
      break
    end
    local kind, rest = string.match(item, '^(%a) ?(.*)$')
    if kind == 'c' then
      cancel_stages(run, tonumber(rest), call('HGET', run.key, RUN.cancel_reason) or 'null')
    elseif run.status == 'cancelling' or is_terminal(run.status) then
      -- The cancel sweep ends every stage that had not started; nothing may be queued any more.
      run.more = true
    elseif kind == 'o' then
      supersede_older(run)
    elseif kind == 'd' then
      local i, from = string.match(rest, '^(%d+) (%d+)$')
      expanded(run, queue_dependants(run, i, tonumber(from)))
    elseif kind == 'x' then
      local i, from, because = string.match(rest, '^(%d+) (%d+) (%S+)$')
      skip_dependants(run, i, because, tonumber(from))
    elseif kind == 'r' then
      expanded(run, queue_roots(run, tonumber(rest)))
    end
  end
  if run.stages_left == 0 then end_run_if_over(run) end
end
