-- Timers: "<kind>:<id>" by due time. Their actions are in fire_timeouts.lua, and their starts in note_clock_step.lua.
-- @include lib/clock.lua

-- A run's timer by the run's id, a stage's by its job's id.
local function timer(kind, id, due)
  call('ZADD', R .. '/timers', format('%d', due), TIMER.pack { kind = kind, id = id })
end

local function untimer(kind, id)
  call('ZREM', R .. '/timers', TIMER.pack { kind = kind, id = id })
end

-- Its due time (ms, text), or nil.
local function timer_due(kind, id)
  return call('ZSCORE', R .. '/timers', TIMER.pack { kind = kind, id = id })
end

-- The kind and the id of a timer's name.
local function parse_timer(name)
  return TIMER.match(name, kind, id)
end
