--[[
  Goes on with work of a run that was cut at the budget of one script (a wide fan-out, a large cancel).
  Keys: root
  Args: run id
  Returns: the runs of which work is left: this one, and one that its end let in
  Emits: stage.skipped, stage.cancelled, run.*
]]
-- @include lib/expand.lua

local run = load_run(ARGV[1])
if not run then
  -- It was pruned before anybody went on with it.
  call('SREM', R .. '/unfinished', ARGV[1])
  return ''
end
expand(run)
run.more = call('LLEN', run.key .. '/todo') > 0
save()
return unfinished()
