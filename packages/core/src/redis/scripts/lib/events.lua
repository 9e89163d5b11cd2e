-- The event log: XADD with the id <seq>-0, so that Redis itself refuses a gap or a duplicate; one PUBLISH per script.
-- Events are written with the runs at the end: a script that fails half-way has told nothing.
-- @include lib/runs.lua

local log, feed = {}, {}

-- data is the text of a JSON object. stage is the stage's name, or 'pipeline' with attempt '0'.
local function emit(run, event_type, stage, attempt, data)
  run.last_seq = run.last_seq + 1
  run.dirty = true
  local seq = format('%d', run.last_seq)
  local body = EVENT.array { seq = seq, at = now_text, type = event_type, stage = stage, attempt = attempt, data = data }
  log[#log + 1] = run.key .. '/events'
  log[#log + 1] = seq .. '-0'
  log[#log + 1] = body
  feed[#feed + 1] = run.id .. ' ' .. run.pipeline .. ' ' .. body
  return body
end

local function count(name, by)
  call('HINCRBY', R .. '/counters', name, by or 1)
end
