--[[
  Takes out of a part of a queue's list the ended stages that lib/cancel.lua left there because they stood too deep.
]]
local R = KEYS[1]
local call = redis.call

-- Entries that one script looks at, and takes out.
local PAGE, MOST = 500, 100
-- Taking one out walks to it from the nearer end: about 16 ns an entry, so 2 ms. The middle of a longer list is left until it is nearer to an end.
local NEAR = 125000
-- What is taken out is overwritten first, so that one walk finds all of it. No job has this id.
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
