--[[
  Rescues stages of one worker whose lease ended; the worker is removed once it holds none.
  Emits: stage.rescued | stage.failed | stage.cancelled …
]]
-- @include lib/rescue.lua

-- Not before every due time has followed a step of the clock.
if latest ~= '' and now > tonumber(latest) or call('EXISTS', R .. '/clock_todo') == 1 then
  return reply { worker = '', stages = 0, more = '0' }
end

-- A lease never ends later than its ttl from now, unless Redis's clock stepped back. It is cut to that: a lost worker
-- is then found in time, and a live one renews it before.
for _, id in ipairs(call('ZREVRANGEBYSCORE', R .. '/workers', '+inf', '(' .. now_text, 'LIMIT', '0', '100')) do
  local f = call('HMGET', R .. '/worker/' .. id, WORKER.lease_end, WORKER.ttl)
  local latest = now + tonumber(f[2] or 'inf')
  if f[1] and tonumber(f[1]) > latest then
    call('HSET', R .. '/worker/' .. id, WORKER.lease_end, format('%d', latest))
    call('ZADD', R .. '/workers', format('%d', latest), id)
  end
end

local lost = call('ZRANGEBYSCORE', R .. '/workers', '0', now_text, 'LIMIT', '0', '1')[1]
if not lost then return reply { worker = '', stages = 0, more = '0' } end
local key = R .. '/worker/' .. lost
-- Each is a separate transition.
local MOST = 20
limit = tonumber(limit)
local claims, more = newest_claims(key, MOST)

-- Whether it held a single stage: decided once, also for stages taken later. A lease renewed since is judged again.
local f = call('HMGET', key, WORKER.lease_end, WORKER.judged)
local judged, alone = JUDGED.match(f[2] or '', lease_end, alone)
if not judged or judged ~= f[1] then
  -- Most of these had ended without it: what else it holds the next call sees.
  if more and #claims < 2 then return reply { worker = '', stages = 0, more = '1' } end
  alone = #claims == 1 and '1' or '0'
  if more or #claims > limit then
    call('HSET', key, WORKER.judged, JUDGED.pack { lease_end = f[1] or '0', alone = alone })
  end
end
while #claims > limit do
  table.remove(claims)
  more = true
end
take_claims(key, claims, function(run, i) rescue_stage(run, i, tonumber(max_lost), alone == '1') end)
if not more then
  call('DEL', key)
  call('ZREM', R .. '/workers', lost)
  call('PUBLISH', C .. '/feed', FEED_MARK.workers)
  count('workers_lost')
end
save()
return reply { worker = more and '' or lost, stages = #claims, more = '1' }
