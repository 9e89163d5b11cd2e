-- What only special stages have (PLAN_SPECIAL).
-- @include lib/plan.lua

-- The rule of stage j, and how many parents it has within the run. total: those in the plan.
local function special_rule(run, j, total)
  local outside = run.subset ~= '' and (run.set[RUN.parents_outside .. j] or
    call('HGET', run.key, RUN.parents_outside .. j)) or 0
  return PLAN_SPECIAL.match(call('HGET', run.plan, PLAN.special .. j), rule), total - tonumber(outside)
end
