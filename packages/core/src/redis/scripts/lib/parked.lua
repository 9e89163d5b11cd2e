-- Stages that wait outside of their queue, by queue and code, for a worker that has it.
-- @include lib/jobs.lua

-- What a stage's record says of such a wait (s.wait): its cause, one of domain/wait-causes.ts, which an event tells; or ASIDE while a live
-- worker has the code and has only to come by.
local ASIDE, NO_COMPATIBLE_WORKER = 'aside', 'no_compatible_worker'

-- "queue/pipeline@version", or "queue/pipeline@" for a command: it is all in its definition, and a worker with any version of the pipeline runs it.
local function parked_group(run, facts)
  return facts.queue .. '/' .. run.pipeline .. '@' .. (is_command(facts) and '' or run.version)
end

local function leave_parked(group, id)
  call('ZREM', R .. '/parked/' .. group, id)
  if call('EXISTS', R .. '/parked/' .. group) == 0 then call('SREM', R .. '/parked', group) end
end

-- The group must be listed too: only what is listed is found by a worker that has the code.
local function is_parked(group, id)
  return call('SISMEMBER', R .. '/parked', group) == 1 and call('ZSCORE', R .. '/parked/' .. group, id)
end
