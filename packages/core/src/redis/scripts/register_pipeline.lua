--[[
  Stores a pipeline version (once), of which store_plan has stored the stages, and, if asked, makes it the current one.
  Keys: root
  Args: name, version, current ('1'|'0'), definition JSON, its queues, separated by blanks, then the last plan fields: name, value …
  Returns: 1 when the version is new, else 0
]]
-- @include lib/clock.lua

local key = R .. '/plan/' .. ARGV[1] .. '/' .. ARGV[2]
local new = 0
if call('HEXISTS', key, 'registered') == 0 then
  new = 1
  for queue in string.gmatch(ARGV[5], '%S+') do call('SADD', R .. '/queue_names', queue) end
  call('HSET', key, 'def', ARGV[4], 'registered', now, unpack(ARGV, 6))
end
local versions = R .. '/versions/' .. ARGV[1]
call('SADD', versions, ARGV[2])
call('SADD', R .. '/pipeline_names', ARGV[1])
call('HSETNX', R .. '/schedule_changes', 'born', now_text)
if ARGV[3] == '1' then
  if call('HGET', R .. '/pipelines', ARGV[1]) ~= ARGV[2] then call('HINCRBY', R .. '/schedule_changes', 'revision', 1) end
  call('HSET', R .. '/pipelines', ARGV[1], ARGV[2])
  if call('SREM', R .. '/retired', ARGV[1]) == 1 then
    for _, v in ipairs(call('SMEMBERS', versions)) do call('HDEL', R .. '/plan/' .. ARGV[1] .. '/' .. v, 'retired') end
    call('HSET', R .. '/schedule_changes', 'p:' .. ARGV[1], now_text)
  end
elseif call('SISMEMBER', R .. '/retired', ARGV[1]) == 1 then
  call('HSET', key, 'retired', '1')
end
return new
