--[[
  Only renews a worker's lease: sent by the worker's second thread, so that a busy main loop keeps its stages.
]]
-- @include lib/clock.lua

if call('EXISTS', R .. '/worker/' .. worker) == 0 then return 0 end
local lease_end = format('%d', now + ttl_ms)
call('HSET', R .. '/worker/' .. worker, WORKER.lease_end, lease_end)
call('ZADD', R .. '/workers', lease_end, worker)
return 1
