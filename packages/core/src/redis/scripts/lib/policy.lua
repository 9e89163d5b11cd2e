-- @include lib/plan.lua

-- The retry policy and the timeouts of a stage.
local function policy_of(facts)
  local max, initial, coefficient, cap, jitter, st, qt = PLAN_STAGE.match(facts.packed, maximum_attempts,
    initial_interval, backoff_coefficient, maximum_interval, jitter, stage_timeout, queue_timeout)
  return { max = tonumber(max), initial = tonumber(initial), coefficient = tonumber(coefficient), cap = tonumber(cap),
    jitter = tonumber(jitter), stage_timeout = st, queue_timeout = qt }
end
