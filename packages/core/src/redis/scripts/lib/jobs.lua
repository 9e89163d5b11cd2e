-- Stage jobs in BullMQ's own key layout (6.7.0): what its Queue, Worker and Bull Board read and write.
-- Leaner than its scripts: no lock (our fence decides), no events stream (our log is the truth).
-- @include lib/events.lua

-- Jobs added per queue by this script; each queue with more than were claimed gets one wake-up marker.
local added = {}
-- Children of each run's flow parent that this script added.
local children = {}

local function timer(kind, id, due)
  call('ZADD', R .. '/timers', due, kind .. ':' .. id)
end

local function untimer(kind, id)
  call('ZREM', R .. '/timers', kind .. ':' .. id)
end

-- Makes stage i of the run a waiting job. `info`: {queue, name, queue_timeout, stage_timeout}. front: it is served next.
local function add_job(run, i, info, front)
  local s = stage_of(run, i)
  local id = run.id .. '.' .. i .. '.' .. s.gen
  local base = R .. ':' .. info.queue .. ':'
  call('HSET', base .. id, 'name', info.name, 'data', '{"run_id":"' .. run.id .. '","stage":"' .. info.name .. '"}', 'opts', '{}', 'timestamp', now,
    'delay', '0', 'priority', '0', 'parentKey', R .. ':runs:' .. run.id, 'parent', '{"id":"' .. run.id .. '","queueKey":"' .. R .. ':runs"}')
  call(front and 'RPUSH' or 'LPUSH', base .. 'wait', id)
  added[info.queue] = (added[info.queue] or 0) + 1
  local kids = children[run.id] or {}
  kids[#kids + 1] = base .. id
  kids[#kids + 1] = '0'
  children[run.id] = kids
  s.st = 'queued'
  s.q = now
  touch(run, i)
  if info.queue_timeout > 0 then timer('q', id, now + info.queue_timeout) end
  if info.stage_timeout > 0 and s.att == 0 then timer('s', id, now + info.stage_timeout) end
end

-- The job of a stage that ended leaves `active` (or wherever it waited) and is kept for Bull Board.
local function finish_job(queue, id, s, ok, reason)
  local base = R .. ':' .. queue .. ':'
  call('LREM', base .. 'active', 1, id)
  if ok then
    call('HSET', base .. id, 'processedOn', s.b, 'finishedOn', now, 'atm', s.att)
    call('ZADD', base .. 'completed', now, id)
  else
    call('HSET', base .. id, 'processedOn', s.b, 'finishedOn', now, 'atm', s.att, 'failedReason', reason)
    call('ZADD', base .. 'failed', now, id)
  end
end

-- Takes a job that has not started out of the queue.
local function remove_job(queue, id)
  local base = R .. ':' .. queue .. ':'
  if call('ZREM', base .. 'delayed', id) == 0 and call('LREM', base .. 'wait', 1, id) == 0 then call('LREM', base .. 'active', 1, id) end
  call('DEL', base .. id)
end

-- BullMQ's markers: member "0" wakes a worker at once, member "1" at the next delayed job's time.
local function delay_marker(base)
  local first = call('ZRANGE', base .. 'delayed', 0, 0, 'WITHSCORES')
  if first[2] then call('ZADD', base .. 'marker', tonumber(first[2]) / 4096, '1') end
end

-- From `active` into `delayed` until `due`.
local function delay_job(queue, id, due)
  local base = R .. ':' .. queue .. ':'
  call('LREM', base .. 'active', 1, id)
  call('HSET', base .. id, 'delay', due - now)
  call('ZADD', base .. 'delayed', due * 4096, id)
  delay_marker(base)
end

-- From `active` back to the front of `wait`.
local function requeue_job(queue, id)
  local base = R .. ':' .. queue .. ':'
  call('LREM', base .. 'active', 1, id)
  call('RPUSH', base .. 'wait', id)
  added[queue] = (added[queue] or 0) + 1
end

-- Writes what jobs changed beyond the lists: the flow parent's children, and one wake-up per queue that got work.
local function save_jobs()
  for id, kids in pairs(children) do
    for at = 1, #kids, 2000 do call('HSET', R .. ':runs:' .. id .. ':processed', unpack(kids, at, math.min(at + 1999, #kids))) end
  end
  for queue, n in pairs(added) do
    if n > 0 then call('ZADD', R .. ':' .. queue .. ':marker', 0, '0') end
  end
end
