--[[
  Removes ended stages from a part of a queue's list, where lib/cancel.lua left them because they were too deep.
]]
local R = KEYS[1]
local call = redis.call

-- Entries examined, and removed, per script.
local PAGE, MOST = 500, 100
-- A removal walks from the nearer end, about 16 ns per entry, so 2 ms. The middle of a longer list is left until it is
-- nearer to an end.
local NEAR = 125000
-- Entries to remove are overwritten first, so that one walk finds them all. No job has this id.
local TAKEN = '-'

local wait, stale = R .. ':' .. queue .. ':wait', R .. '/stale/' .. queue
from = tonumber(from)
local length = call('LLEN', wait)
if length == 0 then call('DEL', stale) end
if from > NEAR and length - from > NEAR then from = length - NEAR end
local page = call('LRANGE', wait, from, from + PAGE - 1)
if not page[1] then return reply { removed = 0, next = '' } end

local found, at = {}, from + #page
for n, is_stale in ipairs(call('SMISMEMBER', stale, unpack(page))) do
  if is_stale == 1 then
    call('LSET', wait, from + n - 1, TAKEN)
    found[#found + 1] = page[n]
    if #found == MOST then
      at = from + n
      break
    end
  end
end
if found[1] then
  call('LREM', wait, at < length / 2 and #found or -#found, TAKEN)
  call('SREM', stale, unpack(found))
end
return reply { removed = #found, next = at < length and at - #found or '' }
