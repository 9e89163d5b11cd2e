--[[
  A worker leaves: what it still holds goes back to the front of its queue at once, at no cost of an attempt.
  Emits: stage.handed_back
]]
-- @include lib/rescue.lua

local key = R .. '/worker/' .. worker
local n = 0
each_claim(key, function(_, run, i, s)
  outcomes.handed_back(run, i, s, { payload = 'released', after = '0', random = '0', retryable = '0', taken = true })
  n = n + 1
end)
call('DEL', key)
if call('ZREM', R .. '/workers', worker) == 1 then call('PUBLISH', C .. '/feed', 'workers') end
save()
return n
