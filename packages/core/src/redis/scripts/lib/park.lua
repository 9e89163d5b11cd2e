-- Parks a stage, and finds the workers that have the code of parked stages.
-- @include lib/parked.lua
-- @include lib/policy.lua
-- @include lib/pauses.lua

-- The group's queue if the worker with this info (JSON) serves it and has its code, else nil. Names need no escapes.
local function queue_served(info, group)
  local queue, pipeline, version = GROUP.match(group, queue, pipeline, version)
  local has = '"' .. pipeline .. '@' .. (version == '' and '' or (version .. '"'))
  if not string.find(string.match(info, '"pipelines":(%b[])') or '', has, 1, true) then return nil end
  return string.find(string.match(info, '"queues":(%b[])') or '', '"' .. queue .. '"', 1, true) and queue or nil
end

-- The live workers, and those of them that can run a group: read once per script.
local live, able = nil, {}

local function able_workers(group)
  if able[group] then return able[group] end
  if not live then
    live = {}
    for _, worker in ipairs(call('ZRANGEBYSCORE', R .. '/workers', '(' .. now_text, '+inf')) do
      live[#live + 1] = { id = worker, info = call('HGET', R .. '/worker/' .. worker, WORKER.info) }
    end
  end
  local ids = {}
  for _, worker in ipairs(live) do
    if worker.info and queue_served(worker.info, group) then ids[#ids + 1] = worker.id end
  end
  able[group] = ids
  return ids
end

-- Workers that can run the group take it when they have a free slot. A blocked one is woken; the wake-up may reach
-- another worker, which passes it on (lib/claim.lua), until each has had it.
local function offer(queue, workers)
  for _, worker in ipairs(workers) do call('HSET', R .. '/worker/' .. worker, WORKER.parked_in .. queue, '1') end
  call('HSET', R .. ':' .. queue .. ':meta', 'offers', #live)
  added[queue] = (added[queue] or 0) + MANY
end

local function record_parked(run, i, s, facts, since)
  s.wait = WAIT.no_compatible_worker
  s.changed = true
  emit(run, 'stage.parked', facts.name, s.attempt, '{"cause":"' .. WAIT.no_compatible_worker .. '","since":' .. since ..
    '}', s.generation)
end

-- Removes a stage whose worker lacks its code from the queue; returns since when the awaited attempt could not run (ms,
-- text), however often it was parked. While a live worker has the code no event is written: that worker only has to
-- claim it.
local function park(run, i, s, facts)
  local group, id = parked_group(run, facts), job_of(run, i, s)
  local awaited = s.keeps == SAME_ATTEMPT and s.attempt or format('%d', tonumber(s.attempt) + 1)
  local since, attempt = LACKS_CODE.match(call('HGET', run.key, RUN.lacks_code .. i) or '', since, attempt)
  if attempt ~= awaited then since = now_text end
  run.set[RUN.lacks_code .. i] = LACKS_CODE.pack { since = since, attempt = awaited }
  -- The next worker with its code starts afresh: the stage waits in one place, not also among those that run apart.
  s.suspicions = '0'
  s.wait = WAIT.aside
  s.changed = true
  run.dirty = true
  call('LREM', R .. ':' .. facts.queue .. ':active', 1, id)
  call('ZADD', R .. '/parked/' .. group, since, id)
  call('SADD', R .. '/parked', group)
  local workers = able_workers(group)
  if workers[1] then offer(facts.queue, workers) else record_parked(run, i, s, facts, since) end
  return since
end

-- The next stage of the queue, which the claiming worker cannot run, or whose pipeline is paused. It has waited since
-- it was queued.
local function park_candidate(run, i, s)
  if pause_by_scope(run) then return park_by_pause(run, i, s) end
  local facts = stage_plan(run, i)
  local since = tonumber(park(run, i, s, facts))
  local timeout = facts.timed and policy_of(facts).queue_timeout or '0'
  if timeout ~= '0' and s.status == 'queued' and since < tonumber(s.queued_at) then
    timer(TIMER_KIND.queue, job_of(run, i, s), since + timeout)
  end
end

-- Whether the worker that hands the stage back for lack of its code is registered with that code: once parked, the
-- worker would claim it at once.
local function is_own_code(run, s, facts)
  for _, worker in ipairs(able_workers(parked_group(run, facts))) do
    if worker == s.worker then return true end
  end
  return false
end

-- Records for a worker that has just registered or renewed its lease in which of its queues stages are parked that it
-- can run.
local function tell_parked(worker_key, info)
  for _, group in ipairs(call('SMEMBERS', R .. '/parked')) do
    local queue = queue_served(info, group)
    if queue and call('HSET', worker_key, WORKER.parked_in .. queue, '1') == 1 then
      added[queue] = (added[queue] or 0) + 1
    end
  end
end
