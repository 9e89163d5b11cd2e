--[[
  Records a tick that starts no run and moves the schedule's cursor.
]]
-- @include lib/clock.lua

if judged_by ~= '' and judged_by ~= (call('HGET', R .. '/schedule_changes', SCHEDULE_CHANGES.revision) or '0') then
  return 'schedule_changed'
end
local key = R .. '/schedule/' .. schedule_id
instant = tonumber(instant)
if instant <= tonumber(call('HGET', key, SCHEDULE.cursor) or '-1') then return 'done' end
call('HSET', key, SCHEDULE.cursor, instant)
if reason ~= 'null' then
  call('LPUSH', key .. '/ticks', TICK.object { instant = instant, outcome = outcome, reason = reason, run_id = 'null',
    handled_at = now })
  call('LTRIM', key .. '/ticks', 0, 999)
end
return 'recorded'
