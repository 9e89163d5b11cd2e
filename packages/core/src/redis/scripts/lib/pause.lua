-- Pauses a run, and parks its stages until it is resumed (lib/resume.lua).
-- @include lib/parked.lua

-- The record PAUSE of another instant. Its first member is `since`.
local function at_instant(pause, since)
  return '{"since":' .. since .. string.match(pause, '^{"since":%d+(.*)$')
end

-- pause: the record PAUSE. What is left of the run's timeout is kept. A run that waits for its overlap lock leaves that
-- line.
local function pause_run(run, pause)
  if run.status == 'queued' then call('LREM', R .. '/overlap/' .. run.pipeline .. '/queue', 1, run.id) end
  move_run(run, 'paused')
  local due = timer_due(TIMER_KIND.run, run.id)
  if due then
    untimer(TIMER_KIND.run, run.id)
    run.set[RUN.time_left] = format('%d', due - now)
  end
  run.set[RUN.pause] = at_instant(pause, now_text)
  emit(run, 'run.paused', 'pipeline', '0', run.set[RUN.pause])
end

-- The run's last pause, the record PAUSE.
local function last_pause(run)
  return run.set[RUN.pause] or call('HGET', run.key, RUN.pause)
end

-- Since when it is paused (ms, text).
local function paused_since(run)
  return string.match(last_pause(run), '^{"since":(%d+)')
end

-- What was paused: run | pipeline | deployment.
local function paused_scope(run)
  return string.match(last_pause(run), '^{"since":%d+,"scope":"(%l+)"')
end

-- The run stays paused, by another one.
local function replace_pause(run, pause)
  run.set[RUN.pause] = at_instant(pause, paused_since(run))
  move_run(run, 'paused')
  emit(run, 'run.paused', 'pipeline', '0', run.set[RUN.pause])
end

-- A claim met it, or it was parked for another cause: from now on it waits for the resume.
local function park_by_pause(run, i, s)
  local facts = stage_plan(run, i)
  call('LREM', R .. ':' .. facts.queue .. ':active', 1, job_of(run, i, s))
  -- Parked again later, it has waited since then.
  if s.wait ~= '' then call('HDEL', run.key, RUN.lacks_code .. i) end
  s.wait = WAIT.paused
  s.changed = true
  local since = format('%d', math.max(tonumber(paused_since(run)), tonumber(s.queued_at)))
  emit(run, 'stage.parked', facts.name, s.attempt, '{"cause":"' .. WAIT.paused .. '","since":' .. since .. '}',
    s.generation)
end
