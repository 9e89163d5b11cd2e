--[[
  Removes a pipeline from the current ones: no run of it starts any more.
]]
local R = KEYS[1]
local call = redis.call
if call('HDEL', R .. '/pipelines', name) == 0 then return 0 end
call('SADD', R .. '/retired', name)
-- Marked on each version's plan, which a start reads anyway.
for _, v in ipairs(call('SMEMBERS', R .. '/versions/' .. name)) do
  call('HSET', R .. '/plan/' .. name .. '/' .. v, PLAN.retired, '1')
end
call('HINCRBY', R .. '/schedule_changes', SCHEDULE_CHANGES.revision, 1)
return 1
