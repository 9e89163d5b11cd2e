--[[
  Compares a worker's claims with the recorded ones, as renew_lease does with the first hundred.
]]
-- @include lib/compare.lua

local fenced, cancelled = compare(#ARGV)
return reply { fenced = fenced, cancelled = cancelled }
