--[[
  Renews a worker's lease and nothing else: sent by the worker's second thread, so that a busy main loop keeps its stages.
  Keys: root
  Args: worker, ttl ms
  Returns: 1, or 0 when the worker is not registered
]]
-- @include lib/clock.lua

if call('EXISTS', R .. '/worker/' .. ARGV[1]) == 0 then return 0 end
local lease_end = format('%d', now + ARGV[2])
call('HSET', R .. '/worker/' .. ARGV[1], 'until', lease_end)
call('ZADD', R .. '/workers', lease_end, ARGV[1])
return 1
