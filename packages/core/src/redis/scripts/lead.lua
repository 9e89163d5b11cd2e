--[[
  Takes or renews the schedulers' leadership.
  Keys: root
  Args: scheduler, ttl ms
  Returns: {leader (0|1), fence, holder}
]]
-- @include lib/clock.lua

local key = R .. '/leader'
local f = call('HMGET', key, 'holder', 'until', 'fence', 'ttl')
local fence = tonumber(f[3] or '0')
-- A term that claims to end later than its ttl from now was begun before Redis's clock stepped back: it has ended.
if f[1] and tonumber(f[2]) > now + tonumber(f[4] or 'inf') then f[2] = '0' end
if f[1] and f[1] ~= ARGV[1] and tonumber(f[2]) > now then return { 0, fence, f[1] } end
if f[1] ~= ARGV[1] or tonumber(f[2]) <= now then fence = fence + 1 end
call('HSET', key, 'holder', ARGV[1], 'until', now + tonumber(ARGV[2]), 'fence', fence, 'ttl', ARGV[2])
return { 1, fence, ARGV[1] }
