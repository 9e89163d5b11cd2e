--[[
  Stores some fields of the plan of a pipeline version that is about to be registered: those of a large one are too many for one script.
  Keys: root
  Args: name, version, then plan fields: name, value …
  Returns: 1
]]
-- @include lib/clock.lua

local key = R .. '/plan/' .. ARGV[1] .. '/' .. ARGV[2]
-- A version never changes.
if call('HEXISTS', key, 'registered') == 0 then call('HSET', key, unpack(ARGV, 3)) end
return 1
