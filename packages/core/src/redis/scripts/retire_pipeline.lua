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
call('HINCRBY', R .. '/schedule_changes', 'revision', 1)
return 1
