-- Stages that ended without having run, because their rule can never be met.
-- @include lib/ready.lua
-- @include lib/special.lua

-- A member of an event's data, with a comma before it.
local function and_queued(names)
  return names == '' and '' or (',"queued":[' .. names .. ']')
end

local function decides_end(run, j)
  return PLAN_STAGE.match(stage_plan(run, j).packed, special) ~= '1'
    or PLAN_SPECIAL.match(special_of(run, j), decides_end) ~= '0'
end

-- Whether no stage of the run waits for stage i, teardowns aside: how it ended decides how the run ends.
local function is_leaf(run, i)
  local leaf = true
  each_item(run.plan, PLAN.dependants .. i, DEPENDANT.pattern(index, special), 0, function(_, j, special)
    leaf = not in_run(run, j) or special == '1' and is_teardown(run, j)
    return leaf
  end, stage_plan(run, i).dependants)
  return leaf
end

-- by: 1, or -1 for a stage that is to run again.
local function count_leaf(run, i, by)
  if not (is_leaf(run, i) and decides_end(run, i)) then return end
  local before = run.set[RUN.leaves_failed] or call('HGET', run.key, RUN.leaves_failed) or '0'
  run.set[RUN.leaves_failed] = format('%d', tonumber(before) + by)
end

-- doomed: { i, name, decision, because } each. Tells of them, and visits, transitively, those that wait for them.
local function follow(run, doomed)
  local at = 1
  while doomed[at] do
    local one = doomed[at]
    local s = stage_of(run, one.i)
    local queued, more = visit_dependants(run, one.i, 0)
    emit(run, 'stage.' .. s.status, one.name, '0', '{"because":"' .. one.because .. '"' .. and_queued(queued) .. '}',
      s.generation)
    if one.decision == 'fail' then count_leaf(run, one.i, 1) end
    for _, next_one in ipairs(more or {}) do doomed[#doomed + 1] = next_one end
    at = at + 1
  end
end
