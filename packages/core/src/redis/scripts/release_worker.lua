--[[
  A worker leaves: its remaining stages return to the front of their queues at once, without counting an attempt.
  Emits: stage.handed_back
]]
-- @include lib/rescue.lua

local key = R .. '/worker/' .. worker
local MOST = 20
local claims, more = newest_claims(key, MOST)
take_claims(key, claims, function(run, i, s)
  outcomes.handed_back(run, i, s, { payload = 'released', after = '0', random = '0', retryable = '0', taken = true })
end)
if not more then
  call('DEL', key)
  if call('ZREM', R .. '/workers', worker) == 1 then call('PUBLISH', C .. '/feed', FEED_MARK.workers) end
end
save()
return reply { stages = #claims, more = more and '1' or '0' }
