-- Parks a stage, and finds the workers that have the code of what is parked.
-- @include lib/parked.lua

-- Whether the worker with this info (JSON) serves the group's queue and has its code; answers the queue then. Names need no escapes.
local function queue_served(info, group)
  local queue, pipeline, version = GROUP.match(group, queue, pipeline, version)
  local has = '"' .. pipeline .. '@' .. (version == '' and '' or (version .. '"'))
  if not string.find(string.match(info, '"pipelines":(%b[])') or '', has, 1, true) then return nil end
  return string.find(string.match(info, '"queues":(%b[])') or '', '"' .. queue .. '"', 1, true) and queue or nil
end

-- Puts the stage that its worker has no code for where it waits outside of its queue; answers since when it could not run (ms, text), which another park of the
-- same attempt does not change, or nil when the worker itself is registered with that code: then it would only take the stage again.
local function park(run, i, s, facts)
  local group = parked_group(run, facts)
  local able = {}
  for _, worker in ipairs(call('ZRANGEBYSCORE', R .. '/workers', '(' .. now_text, '+inf')) do
    local info = call('HGET', R .. '/worker/' .. worker, WORKER.info)
    if info and queue_served(info, group) then
      if worker == s.worker then return nil end
      able[#able + 1] = worker
    end
  end
  local since, att = LACKS_CODE.match(call('HGET', run.key, RUN.lacks_code .. i) or '', since, attempt)
  if att ~= s.attempt then since = now_text end
  -- Who has its code some day begins with a clean sheet: it waits in one place, not also among those that run apart.
  s.suspicions = ''
  local id = job_of(run, i, s)
  run.set[RUN.lacks_code .. i] = LACKS_CODE.pack { since = since, attempt = s.attempt }
  call('ZADD', R .. '/parked/' .. group, since, id)
  call('SADD', R .. '/parked', group)
  -- Those that are busy take it when a slot is free.
  for _, worker in ipairs(able) do call('HSET', R .. '/worker/' .. worker, WORKER.parked_in .. facts.queue, '1') end
  if able[1] then added[facts.queue] = (added[facts.queue] or 0) + 1 end
  return since
end

-- Tells a worker, which has just registered or renewed its lease, in which of its queues stages are parked that it can run.
local function tell_parked(worker_key, info)
  for _, group in ipairs(call('SMEMBERS', R .. '/parked')) do
    local queue = queue_served(info, group)
    if queue and call('HSET', worker_key, WORKER.parked_in .. queue, '1') == 1 then added[queue] = (added[queue] or 0) + 1 end
  end
end
