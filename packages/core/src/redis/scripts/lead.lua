--[[
  Takes or renews the schedulers' leadership.
]]
-- @include lib/clock.lua

local key = R .. '/leader'
local f = call('HMGET', key, LEADER.fields(holder, term_end, fence, ttl))
local fence = tonumber(f[3] or '0')
-- A term that ends later than its ttl from now was begun before Redis's clock stepped back: it has ended.
if f[1] and tonumber(f[2]) > now + tonumber(f[4] or 'inf') then f[2] = '0' end
if f[1] and f[1] ~= scheduler and tonumber(f[2]) > now then
  return reply { leader = 0, fence = fence, holder = f[1] }
end
if f[1] ~= scheduler or tonumber(f[2]) <= now then fence = fence + 1 end
call('HSET', key, LEADER.holder, scheduler, LEADER.term_end, now + tonumber(ttl_ms), LEADER.fence, fence, LEADER.ttl,
  ttl_ms)
return reply { leader = 1, fence = fence, holder = scheduler }
