-- Reads the plan of the run's pipeline version: packed text, written once at registration (domain/plan.ts).
-- @include lib/runs.lua

-- Facts of the plans read by this script, by plan and stage.
local plans = {}

-- Stage i's name and queue, whether it has timeouts, and its dependants.
local function stage_plan(run, i)
  local plan = plans[run.plan]
  if not plan then
    plan = {}
    plans[run.plan] = plan
  end
  local facts = plan[i]
  if facts then return facts end
  local fields = call('HMGET', run.plan, PLAN.stage .. i, PLAN.dependants .. i, PLAN.dependencies .. i)
  local name, queue, timed = PLAN_STAGE.match(fields[1], name, queue, timed)
  facts = { name = name, queue = queue, timed = timed == '1', packed = fields[1], dependants = fields[2], dependencies = fields[3] }
  plan[i] = facts
  return facts
end

local function in_run(run, i)
  return run.subset == '' or string.find(run.subset, ' ' .. i .. ' ', 1, true) ~= nil
end
