-- Timers: "<kind>:<id>" by when they are due. What each kind does then is in fire_timeouts.lua, and from when on it counts in note_clock_step.lua.
-- @include lib/clock.lua

-- Those of a run by its id, those of a stage by its job's.
local function timer(kind, id, due)
  call('ZADD', R .. '/timers', format('%d', due), TIMER.pack { kind = kind, id = id })
end

local function untimer(kind, id)
  call('ZREM', R .. '/timers', TIMER.pack { kind = kind, id = id })
end

-- When it is due (ms, text), or nil.
local function timer_due(kind, id)
  return call('ZSCORE', R .. '/timers', TIMER.pack { kind = kind, id = id })
end

-- The kind and the id of a timer's name.
local function parse_timer(name)
  return TIMER.match(name, kind, id)
end
