-- Stage jobs in BullMQ's own key layout (6.7.0): what its Queue, Worker and Bull Board read and write.
-- Leaner than its scripts: no lock (our fence decides), no events stream (our log is the truth).
-- @include lib/events.lua

-- Jobs added less jobs claimed, per queue: what remains needs a wake-up.
local added = {}
-- Jobs that succeeded in this script, per queue: scores and ids in turn for its `completed`.
local completed = {}
-- Children of each run's flow parent that this script added.
local children = {}

local function timer(kind, id, due)
  call('ZADD', R .. '/timers', format('%d', due), kind .. ':' .. id)
end

local function untimer(kind, id)
  call('ZREM', R .. '/timers', kind .. ':' .. id)
end

-- Makes stage i of the run a job, which the caller puts into a list; answers its id. qt, st: its waiting and whole-stage timeouts, ms as texts, '0': none.
local function make_job(run, i, queue, name, qt, st)
  local s = stage_of(run, i)
  local id = JOB.pack { run = run.id, stage = i, generation = s.generation }
  local base = R .. ':' .. queue .. ':'
  call('HSET', base .. id, 'name', name, 'data', '{"run_id":"' .. run.id .. '","stage":"' .. name .. '"}', 'opts', '{}', 'timestamp', now_text,
    'parentKey', R .. ':runs:' .. run.id)
  local kids = children[run.id]
  if not kids then
    kids = {}
    children[run.id] = kids
  end
  kids[#kids + 1] = base .. id
  kids[#kids + 1] = '0'
  s.status = 'queued'
  s.queued_at = now_text
  run.changed[i] = true
  run.dirty = true
  if qt ~= '0' then timer('q', id, now + qt) end
  if st ~= '0' and s.attempt == '0' then timer('s', id, now + st) end
  return id
end

-- Makes stage i a waiting job, behind those that wait already.
local function add_job(run, i, queue, name, qt, st)
  call('LPUSH', R .. ':' .. queue .. ':wait', make_job(run, i, queue, name, qt, st))
  added[queue] = (added[queue] or 0) + 1
end

-- The job of a stage that ended leaves `active`, and is kept for Bull Board. failure: its reason, or nil.
local function finish_job(queue, id, s, failure)
  local base = R .. ':' .. queue .. ':'
  call('LREM', base .. 'active', 1, id)
  if failure then
    call('HSET', base .. id, 'processedOn', s.begun_at, 'finishedOn', now_text, 'atm', s.attempt, 'failedReason', failure)
    call('ZADD', base .. 'failed', now_text, id)
  else
    call('HSET', base .. id, 'processedOn', s.begun_at, 'finishedOn', now_text, 'atm', s.attempt)
    local done = completed[queue] or {}
    completed[queue] = done
    done[#done + 1] = now_text
    done[#done + 1] = id
  end
end

-- Writes everything that the script changed: the flow parents' children, what completed, wake-ups, the runs, and the feed.
local function save()
  for id, kids in pairs(children) do
    for at = 1, #kids, 2000 do call('HSET', R .. ':runs:' .. id .. ':processed', unpack(kids, at, math.min(at + 1999, #kids))) end
  end
  for queue, done in pairs(completed) do call('ZADD', R .. ':' .. queue .. ':completed', unpack(done)) end
  for queue, n in pairs(added) do
    -- BullMQ's marker: member "0" wakes one blocked worker, which leaves another one if there is more.
    if n > 0 then call('ZADD', R .. ':' .. queue .. ':marker', '0', '0') end
  end
  for n = 1, #log, 3 do call('XADD', log[n], log[n + 1], 'e', log[n + 2]) end
  save_runs()
  if feed[1] then call('PUBLISH', C .. '/feed', table.concat(feed, '\n')) end
end
