--[[
  Records a tick that starts no run and moves the schedule's cursor.
  Keys: root
  Args: schedule id, instant (ms), outcome (skipped | missed), reason JSON
  Returns: 1, or 0 when the tick was handled already
]]
-- @include lib/clock.lua

local key = R .. '/schedule/' .. ARGV[1]
local instant = tonumber(ARGV[2])
if instant <= tonumber(call('HGET', key, 'cursor') or '-1') then return 0 end
call('HSET', key, 'cursor', instant)
call('LPUSH', key .. '/ticks', '{"instant":' .. instant .. ',"outcome":"' .. ARGV[3] .. '","reason":' .. ARGV[4] .. ',"run_id":null,"handled_at":' .. now .. '}')
call('LTRIM', key .. '/ticks', 0, 999)
return 1
