--[[
  Stores a pipeline version (once) and, if requested, makes it the current one. store_plan has stored what is too much
  for one script.
]]
-- @include lib/clock.lua

local key = R .. '/plan/' .. name .. '/' .. version
local new = 0
if call('HEXISTS', key, PLAN.registered_at) == 0 then
  new = 1
  for queue in string.gmatch(queues, '%S+') do call('SADD', R .. '/queue_names', queue) end
  call('HSET', key, PLAN.definition, definition, PLAN.registered_at, now, unpack(ARGV, plan_fields.first))
end
local versions = R .. '/versions/' .. name
call('SADD', versions, version)
call('SADD', R .. '/pipeline_names', name)
call('HSETNX', R .. '/schedule_changes', SCHEDULE_CHANGES.born, now_text)
if make_current == '1' then
  if call('HGET', R .. '/pipelines', name) ~= version then
    call('HINCRBY', R .. '/schedule_changes', SCHEDULE_CHANGES.revision, 1)
  end
  call('HSET', R .. '/pipelines', name, version)
  if call('SREM', R .. '/retired', name) == 1 then
    for _, v in ipairs(call('SMEMBERS', versions)) do call('HDEL', R .. '/plan/' .. name .. '/' .. v, PLAN.retired) end
    call('HSET', R .. '/schedule_changes', SCHEDULE_CHANGES.returned .. name, now_text)
  end
elseif call('SISMEMBER', R .. '/retired', name) == 1 then
  call('HSET', key, PLAN.retired, '1')
end
return new
