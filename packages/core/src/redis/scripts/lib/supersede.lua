-- The newest run wins: every older one of its overlap lock is cancelled.
-- @include lib/cancel.lua

-- Waiting runs first, so that none of them is admitted. The rest, and a run admitted meanwhile, is continued like any
-- cut transition.
local function supersede_older(run)
  local by = '"run:' .. run.id .. '"'
  local waiting = R .. '/overlap/' .. run.pipeline .. '/queue'
  while run.status == 'queued' do
    local id = call('LINDEX', waiting, 0)
    if not id or id == run.id then break end
    if budget <= 0 then return leave_for_later(run, { kind = TODO_KIND.older }) end
    budget = budget - 1
    cancel_run(id, '"superseded"', by, 'null', nil)
    -- One that had already ended.
    if call('LINDEX', waiting, 0) == id then call('LPOP', waiting) end
  end
  local holder = HOLDER.match(call('HGET', R .. '/overlaps', run.pipeline) or '', run)
  if run.status == 'queued' and holder and holder ~= run.id then cancel_run(holder, '"superseded"', by, 'null', nil) end
end
