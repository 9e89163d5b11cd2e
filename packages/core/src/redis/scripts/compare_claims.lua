--[[
  Compares what a worker holds with what is recorded, as renew_lease does with its first hundred claims.
]]
-- @include lib/compare.lua

local fenced, cancelled = compare(#ARGV)
return reply { fenced = fenced, cancelled = cancelled }
