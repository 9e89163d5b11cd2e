--[[
  Records a tick that starts no run and moves the schedule's cursor.
  Keys: root
  Args: schedule id, instant (ms), outcome (skipped | missed), reason JSON (null: the ledger does not list it), revision of the schedules that it was judged by or ''
  Returns: recorded | done (it was handled already) | schedule_changed
]]
-- @include lib/clock.lua

if ARGV[5] ~= '' and ARGV[5] ~= (call('HGET', R .. '/schedule_changes', 'revision') or '0') then return 'schedule_changed' end
local key = R .. '/schedule/' .. ARGV[1]
local instant = tonumber(ARGV[2])
if instant <= tonumber(call('HGET', key, 'cursor') or '-1') then return 'done' end
call('HSET', key, 'cursor', instant)
if ARGV[4] ~= 'null' then
  call('LPUSH', key .. '/ticks', '{"instant":' .. instant .. ',"outcome":"' .. ARGV[3] .. '","reason":' .. ARGV[4] .. ',"run_id":null,"handled_at":' .. now .. '}')
  call('LTRIM', key .. '/ticks', 0, 999)
end
return 'recorded'
