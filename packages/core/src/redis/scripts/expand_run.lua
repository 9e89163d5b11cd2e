--[[
  Goes on with work of a run that was cut at the budget of one script (a wide fan-out, a large cancel).
  Keys: root
  Args: run id
  Returns: 1 when work is left, else 0
  Emits: stage.skipped, stage.cancelled, run.*
]]
-- @include lib/expand.lua

local run = load_run(ARGV[1])
if not run then return 0 end
expand(run)
local more = call('LLEN', run.key .. '/todo') > 0
save()
return more and 1 or 0
