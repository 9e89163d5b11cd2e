--[[
  Records a step of Redis's clock, and which due times must be shifted by it. follow_clock_step shifts them, some at a
  time.
]]
-- @include lib/clock.lua

-- Names of schedules per item of the list.
local SCHEDULES = 100
local todo = R .. '/clock_todo'
local from = tonumber(since)
local noted = tonumber(call('HGET', R .. '/clock', CLOCK.stepped_at) or '-1')
if noted >= from and noted <= now then return 0 end
call('HSET', R .. '/clock', CLOCK.stepped_at, now_text, CLOCK.step, step_ms)

local function leave(kind, names)
  call('RPUSH', todo, CLOCK_TODO.pack { kind = kind, step = step_ms, since = since, names = names })
end

leave('leases', '')
local schedules = {}
for at = moved.first, #ARGV, moved.stride do
  local name = ARGV[at + moved.name]
  if ARGV[at + moved.kind] == 'queue' then leave('queue', name) else schedules[#schedules + 1] = name end
end
leave('timers', '')
for at = 1, #schedules, SCHEDULES do
  leave('schedules', table.concat(schedules, ' ', at, math.min(at + SCHEDULES - 1, #schedules)))
end
leave('changes', '')
return 1
