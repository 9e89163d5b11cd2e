-- What only special stages have (PLAN_SPECIAL).
-- @include lib/plan.lua

-- The entry of stage j, or '' if it is plain.
local function special_of(run, j)
  return call('HGET', run.plan, PLAN.special .. j) or ''
end

-- Whether any attempt of the stage began, in whichever generation.
local function has_run(run, k)
  local s = stage_of(run, k)
  return s.attempt ~= '0' or s.status == 'succeeded'
    or s.generation ~= '1' and call('HEXISTS', run.key .. '/attempts', ATTEMPTS.past .. k) == 1
end

-- Whether one of these set-ups ran, or none is in the run.
local function set_up_ran(run, set_ups)
  local none = true
  for k in string.gmatch(set_ups, '%d+') do
    if in_run(run, k) then
      none = false
      if has_run(run, k) then return true end
    end
  end
  return none
end

-- Whether it undoes what another stage did.
local function is_teardown(run, j)
  return (PLAN_SPECIAL.match(special_of(run, j), set_ups) or '-') ~= '-'
end

-- n: how many parents stage j has within the run, and how many ended in which way.
local function decide_by(run, j, n)
  local rule, set_ups = PLAN_SPECIAL.match(special_of(run, j), rule, set_ups)
  local decision = decide { rule = rule, total = n.total, succeeded = n.succeeded, failed = n.failed,
    skipped = n.skipped, cancelled = n.cancelled }
  -- decideTeardown (domain/trigger-rules.ts).
  if decision == 'run' and set_ups ~= '-' and not set_up_ran(run, set_ups) then return 'skip' end
  return decision
end
