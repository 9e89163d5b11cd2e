-- Stage jobs in BullMQ's own key layout (6.7.0), as its Queue and Worker read and write it.
-- Leaner than its scripts: no lock (our fence decides), no events stream (our log is the truth), no ended stages
-- (the run's record has them; docs/adr/bullmq.md).
-- @include lib/events.lua
-- @include lib/moves.lua

-- How runs ended in this script, per pipeline, in the order of their ends: the record RESULT.
local results = {}
-- Results kept of a pipeline (MOST_RESULTS, domain/track-record.ts).
local MOST_RESULTS = 100
-- Jobs added minus jobs claimed, per queue: the rest needs a wake-up.
local added = {}
-- Added to these for a wake-up whatever else the script claims. What is added afterwards still counts.
local MANY = 1000000

-- Makes stage i of the run a job, which the caller puts into a list; returns its id. qt, st: its waiting and
-- whole-stage timeouts, ms as text, '0': none.
local function make_job(run, i, queue, name, qt, st)
  local s = stage_of(run, i)
  -- The reconciler recreates the lost job of a queued stage.
  if s.status ~= 'queued' then move_stage(run, i, s, 'queued') end
  local id = job_of(run, i, s)
  -- Its id names the run; BullMQ reads missing data and options as empty.
  call('HSET', R .. ':' .. queue .. ':' .. id, 'name', name, 'timestamp', now_text)
  s.queued_at = now_text
  s.changed = true
  run.dirty = true
  if qt ~= '0' then timer(TIMER_KIND.queue, id, now + qt) end
  if st ~= '0' and s.attempt == '0' then timer(TIMER_KIND.stage, id, now + st) end
  return id
end

-- Makes stage i a waiting job, behind those that already wait.
local function add_job(run, i, queue, name, qt, st)
  call('LPUSH', R .. ':' .. queue .. ':wait', make_job(run, i, queue, name, qt, st))
  added[queue] = (added[queue] or 0) + 1
end

-- Writes all changes of the script: wake-ups, the log, the runs, and the feed.
local function save()
  for queue, n in pairs(added) do
    -- BullMQ's marker: member "0" wakes one blocked worker, which leaves another one if there is more.
    if n > 0 then call('ZADD', R .. ':' .. queue .. ':marker', '0', '0') end
  end
  if gone[1] then call('DEL', unpack(gone)) end
  append_events()
  for pl, ended in pairs(results) do
    local key = R .. '/results/' .. pl
    -- Now and then, not at every end.
    if call('LPUSH', key, unpack(ended)) > 2 * MOST_RESULTS then call('LTRIM', key, 0, MOST_RESULTS - 1) end
  end
  save_runs()
  if feed[1] then call('PUBLISH', C .. '/feed', table.concat(feed, '\n')) end
end
