--[[
  Stores a named token, or removes the one of that name, and tells the API processes.
]]
-- @include lib/clock.lua

local tokens = R .. '/tokens'
local before = call('HGET', tokens, name)
if stored == '' then
  if not before then return 'unknown' end
  call('HDEL', tokens, name)
  call('HDEL', R .. '/token_uses', name)
elseif before then
  return before == stored and 'put' or 'taken'
elseif call('HLEN', tokens) >= tonumber(most) then
  return 'full'
else
  call('HSET', tokens, name, stored)
end
call('PUBLISH', C .. '/feed', FEED_MARK.tokens)
return 'put'
