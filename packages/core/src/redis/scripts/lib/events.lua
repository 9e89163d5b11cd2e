-- The event log: XADD with the id <seq>-0, so that Redis itself refuses a gap or a duplicate; one PUBLISH per script.
-- @include lib/runs.lua

local feed = {}

-- data is the text of a JSON object. stage is the stage's name, or 'pipeline' with attempt '0'.
local function emit(run, event_type, stage, attempt, data)
  run.seq = run.seq + 1
  run.dirty = true
  local seq = format('%d', run.seq)
  local body = '[' .. seq .. ',' .. now_text .. ',"' .. event_type .. '","' .. stage .. '",' .. attempt .. ',' .. data .. ']'
  call('XADD', run.key .. '/events', seq .. '-0', 'e', body)
  feed[#feed + 1] = run.id .. ' ' .. run.pl .. ' ' .. body
end

local function count(name, by)
  call('HINCRBY', R .. '/counters', name, by or 1)
end
