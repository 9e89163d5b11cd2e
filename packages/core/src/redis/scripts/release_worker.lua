--[[
  A worker leaves: its remaining stages return to the front of their queues at once, without counting an attempt.
  Emits: stage.handed_back
]]
-- @include lib/rescue.lua

local key = R .. '/worker/' .. worker
local MOST = 25
local n, left = 0, false
each_claim(key, function(field, run, i, s)
  if n == MOST then
    left = true
    return false
  end
  outcomes.handed_back(run, i, s, { payload = 'released', after = '0', random = '0', retryable = '0', taken = true })
  call('HDEL', key, field)
  n = n + 1
end)
if not left then
  call('DEL', key)
  if call('ZREM', R .. '/workers', worker) == 1 then call('PUBLISH', C .. '/feed', FEED_MARK.workers) end
end
save()
return reply { stages = n, more = left and '1' or '0' }
