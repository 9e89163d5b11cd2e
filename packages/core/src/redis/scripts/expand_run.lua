--[[
  Continues a run's transition that was cut at the budget of one script (a wide fan-out, a large cancel).
  Emits: stage.skipped, stage.cancelled, run.*
]]
-- @include lib/expand.lua

local run = load_run(run_id)
if not run then
  -- It was pruned before the transition was continued.
  call('SREM', R .. '/unfinished', run_id)
  return ''
end
expand(run)
run.more = call('LLEN', run.key .. '/todo') > 0
save()
return unfinished()
