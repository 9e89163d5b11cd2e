-- Continues work that earlier scripts left over.
-- @include lib/roots.lua
-- @include lib/doom.lua
-- @include lib/supersede.lua
-- @include lib/resume.lua
-- @include lib/rerun.lua

-- Queueing these stages is an event of its own: the transition that left them over is already recorded.
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
    local kind, i, place = TODO.match(item, kind, stage, place)
    place = tonumber(place)
    if kind == TODO_KIND.cancels then
      cancel_stages(run, place, call('HGET', run.key, RUN.cancel_reason) or 'null')
    elseif run.status == 'cancelling' or is_terminal(run.status) then
      -- The cancel ends every stage that has not started; nothing may be queued any more.
      run.more = true
    elseif kind == TODO_KIND.reopens then
      go_on_rerunning(run)
    elseif kind == TODO_KIND.resumes then
      -- Paused again, its next resume begins from the first stage.
      if run.status ~= 'paused' then expanded(run, resume_stages(run, place)) end
    elseif kind == TODO_KIND.older then
      supersede_older(run)
    elseif kind == TODO_KIND.dependants then
      local queued, doomed = visit_dependants(run, i, place)
      expanded(run, queued)
      if doomed then follow(run, doomed) end
    elseif kind == TODO_KIND.roots then
      expanded(run, queue_roots(run, place))
    end
  end
  if run.stages_left == 0 then end_run_if_over(run) end
end
