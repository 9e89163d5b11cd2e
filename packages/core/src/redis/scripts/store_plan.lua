--[[
  Stores some fields of the plan of a version about to be registered: those of a large one are too many for one script.
]]
-- @include lib/clock.lua

local key = R .. '/plan/' .. name .. '/' .. version
-- A version never changes.
if call('HEXISTS', key, PLAN.registered_at) == 1 then return 0 end
call('HSET', key, unpack(ARGV, plan_fields.first))
return 1
