--[[
  Brings runs into line with the pauses of their pipelines and of the deployment.
  Emits: run.paused, run.resumed, run.admitted
]]
-- @include lib/follow_pause.lua

local done, whole = 0, budget
for at = listed.first, #ARGV, listed.stride do
  -- Each resume has a script of its own, with all of its budget.
  if budget < whole then break end
  local run = load_run(ARGV[at + listed.run_id])
  if run then follow_pause(run) end
  done = done + 1
end
save()
return reply { done = done, expand = unfinished() }
