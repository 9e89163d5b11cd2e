--[[
  Stores a pipeline version (once) and, if asked, makes it the current one.
]]
-- @include lib/clock.lua

local key = R .. '/plan/' .. name .. '/' .. version
local new = 0
if call('EXISTS', key) == 0 then
  new = 1
  for at = plan_fields.first, #ARGV, 2000 do call('HSET', key, unpack(ARGV, at, math.min(at + 1999, #ARGV))) end
  call('HSET', key, 'def', definition, 'registered', now)
  for at = plan_fields.first, #ARGV, plan_fields.stride do
    if string.find(ARGV[at + plan_fields.name], '^s%d') then call('SADD', R .. '/queue_names', string.match(ARGV[at + plan_fields.value], '^%S+ (%S+)')) end
  end
end
local versions = R .. '/versions/' .. name
call('SADD', versions, version)
call('SADD', R .. '/pipeline_names', name)
call('HSETNX', R .. '/schedule_changes', 'born', now_text)
if make_current == '1' then
  if call('HGET', R .. '/pipelines', name) ~= version then call('HINCRBY', R .. '/schedule_changes', 'revision', 1) end
  call('HSET', R .. '/pipelines', name, version)
  if call('SREM', R .. '/retired', name) == 1 then
    for _, v in ipairs(call('SMEMBERS', versions)) do call('HDEL', R .. '/plan/' .. name .. '/' .. v, 'retired') end
    call('HSET', R .. '/schedule_changes', 'p:' .. name, now_text)
  end
elseif call('SISMEMBER', R .. '/retired', name) == 1 then
  call('HSET', key, 'retired', '1')
end
return new
