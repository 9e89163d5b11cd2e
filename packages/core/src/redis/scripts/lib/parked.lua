-- Stages that wait outside their queue for a worker with their code, grouped by queue and code.
-- @include lib/jobs.lua

local function parked_group(run, facts)
  return GROUP.pack { queue = facts.queue, pipeline = run.pipeline, version = is_command(facts) and '' or run.version }
end

local function leave_parked(group, id)
  call('ZREM', R .. '/parked/' .. group, id)
  if call('EXISTS', R .. '/parked/' .. group) == 0 then call('SREM', R .. '/parked', group) end
end

-- The group must be listed too: workers find only listed groups.
local function is_parked(group, id)
  return call('SISMEMBER', R .. '/parked', group) == 1 and call('ZSCORE', R .. '/parked/' .. group, id)
end
