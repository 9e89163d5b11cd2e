-- Stage jobs in BullMQ's own key layout (6.7.0): what its Queue and Worker read and write.
-- Leaner than its scripts: no lock (our fence decides), no events stream (our log is the truth), nothing of a stage that ended
-- (the run's record has it; docs/adr/bullmq.md).
-- @include lib/events.lua
-- @include lib/moves.lua

-- Pipelines of which a run succeeded in this script: who asks for the last success must not look through all that failed since.
local successes = {}
-- Jobs added less jobs claimed, per queue: what remains needs a wake-up.
local added = {}
-- Added to these for a wake-up whatever else the script claims. What is added afterwards still counts.
local MANY = 1000000

-- Makes stage i of the run a job, which the caller puts into a list; answers its id. qt, st: its waiting and whole-stage timeouts, ms as texts, '0': none.
local function make_job(run, i, queue, name, qt, st)
  local s = stage_of(run, i)
  -- The reconciler makes the lost job of a stage that is queued.
  if s.status ~= 'queued' then move_stage(run, i, s, 'queued') end
  local id = job_of(run, i, s)
  -- Its id names the run; data and options that are missing BullMQ reads as empty.
  call('HSET', R .. ':' .. queue .. ':' .. id, 'name', name, 'timestamp', now_text)
  s.queued_at = now_text
  s.changed = true
  run.dirty = true
  if qt ~= '0' then timer(TIMER_KIND.queue, id, now + qt) end
  if st ~= '0' and s.attempt == '0' then timer(TIMER_KIND.stage, id, now + st) end
  return id
end

-- Makes stage i a waiting job, behind those that wait already.
local function add_job(run, i, queue, name, qt, st)
  call('LPUSH', R .. ':' .. queue .. ':wait', make_job(run, i, queue, name, qt, st))
  added[queue] = (added[queue] or 0) + 1
end

-- Writes everything that the script changed: wake-ups, the log, the runs, and the feed.
local function save()
  for queue, n in pairs(added) do
    -- BullMQ's marker: member "0" wakes one blocked worker, which leaves another one if there is more.
    if n > 0 then call('ZADD', R .. ':' .. queue .. ':marker', '0', '0') end
  end
  if gone[1] then call('DEL', unpack(gone)) end
  append_events()
  for pl in pairs(successes) do call('HSET', R .. '/last_success', pl, now_text) end
  save_runs()
  if feed[1] then call('PUBLISH', C .. '/feed', table.concat(feed, '\n')) end
end
