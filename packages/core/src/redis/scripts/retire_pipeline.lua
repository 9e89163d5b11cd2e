--[[
  Takes a pipeline out of the list of current ones: no run of it starts any more.
  Keys: root
  Args: name
  Returns: 1, or 0 when it was not current
]]
local R = KEYS[1]
local call = redis.call
if call('HDEL', R .. '/pipelines', ARGV[1]) == 0 then return 0 end
call('SADD', R .. '/retired', ARGV[1])
-- On each version's plan, which a start reads anyway.
for _, v in ipairs(call('SMEMBERS', R .. '/versions/' .. ARGV[1])) do call('HSET', R .. '/plan/' .. ARGV[1] .. '/' .. v, 'retired', '1') end
call('HINCRBY', R .. '/schedule_changes', 'revision', 1)
return 1
