-- The event log: a list; one RPUSH per run and one PUBLISH per script.
-- Events are written with the runs at the end: a script that fails half-way has recorded nothing.
-- @include lib/runs.lua

-- The runs this script emitted events of, in the order of their first events. A run's events are in run.log.
local logged = {}
local feed = {}

-- data: text of a JSON object. stage: the stage's name, with its generation (text), or 'pipeline', with attempt '0' and
-- no generation.
local function emit(run, event_type, stage, attempt, data, generation)
  local log = run.log
  if not log then
    log = {}
    run.log = log
    run.dirty = true
    logged[#logged + 1] = run
  end
  run.last_seq = run.last_seq + 1
  local body = EVENT.array {
    seq = format('%d', run.last_seq), at = now_text, type = event_type, stage = stage, attempt = attempt,
    generation = generation or '1', data = data,
  }
  log[#log + 1] = body
  feed[#feed + 1] = FEED_LINE.pack { run = run.id, pipeline = run.pipeline, event = body }
  return body
end

-- The log and the run's seq are written together, so the log is never longer than the seq; it is shorter once its
-- beginning was trimmed. If it were longer, the appended events would reuse seqs: they are removed again.
local function append_events()
  for _, run in ipairs(logged) do
    local key, log, length = run.key .. '/events', run.log, 0
    for at = 1, #log, CHUNK do length = call('RPUSH', key, unpack(log, at, math.min(at + CHUNK - 1, #log))) end
    if length > run.last_seq then
      call('LTRIM', key, 0, -1 - #log)
      error('the log of run ' .. run.id .. ' is longer than its seq')
    end
  end
end

local function count(name, by)
  call('HINCRBY', R .. '/counters', name, by or 1)
end
