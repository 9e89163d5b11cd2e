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
  facts = { name = name, queue = queue, timed = timed == '1', packed = fields[1], dependants = fields[2],
    dependencies = fields[3] }
  plan[i] = facts
  return facts
end

local function is_command(facts)
  return PLAN_STAGE.match(facts.packed, handler) == HANDLER.command
end

-- Part k of a list in the plan or the run, and whether another follows.
local function part_of_list(key, field, k)
  local text = call('HGET', key, k == 0 and field or field .. LIST.part .. format('%d', k)) or ''
  return text, string.find(text, LIST.more, 1, true) ~= nil
end

-- Calls f(place, …) with the captures of `pattern` in each item from place `from` on, until it returns false. first:
-- the first part, if already read.
local function each_item(key, field, pattern, from, f, first)
  local k = math.floor(from / LIST.items)
  while true do
    local text, more = first, nil
    if k > 0 or not first then
      text, more = part_of_list(key, field, k)
    else
      more = string.find(first, LIST.more, 1, true) ~= nil
    end
    local place = k * LIST.items
    for a, b, c, d, e, g, h in string.gmatch(text, pattern) do
      if place >= from and f(place, a, b, c, d, e, g, h) == false then return end
      place = place + 1
    end
    if not more then return end
    k = k + 1
  end
end

-- sub: '' or, for each stage of the pipeline, '1' if it is in the run, else '0'.
local function in_run(run, i)
  return run.subset == '' or string.byte(run.subset, i + 1) == 49
end
