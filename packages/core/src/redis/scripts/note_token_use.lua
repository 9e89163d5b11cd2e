--[[
  Records when named tokens were last used.
]]
-- @include lib/clock.lua

local known = R .. '/token_uses'
local later = 0
for at = uses.first, #ARGV, uses.stride do
  local name, used_at = ARGV[at + uses.name], ARGV[at + uses.at]
  if call('HEXISTS', R .. '/tokens', name) == 1
    and tonumber(call('HGET', known, name) or 0) < tonumber(used_at) then
    call('HSET', known, name, used_at)
    later = 1
  end
end
return later
