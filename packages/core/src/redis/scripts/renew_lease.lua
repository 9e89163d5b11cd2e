--[[
  Registers a worker or renews its lease, and compares its claims with the recorded ones.
  Emits: stage.handed_back (orphans)
]]
-- @include lib/rescue.lua
-- @include lib/compare.lua

local key = R .. '/worker/' .. worker
local known = call('HMGET', key, WORKER.registered_at, WORKER.renewed_at, WORKER.renewal, WORKER.info)
if not known[1] then
  if register ~= '1' then return reply { registered = 0, orphans = 0, fenced = {}, cancelled = {} } end
  call('HSET', key, WORKER.registered_at, now_text)
end
-- A renewal is resent if its reply was lost. It is no newer than the original: replies with claims granted since may
-- still be under way when the next renewal is sent.
local repeated = ordinal ~= '' and known[3] == ordinal
call('HSET', key, WORKER.renewed_at, repeated and known[2] or now_text, WORKER.lease_end, format('%d', now + ttl_ms),
  WORKER.ttl, ttl_ms,
  WORKER.info, info, WORKER.renewal, ordinal, WORKER.code, code_of(info))
call('ZADD', R .. '/workers', format('%d', now + ttl_ms), worker)
tell_parked(key, info)
if known[4] ~= info then call('PUBLISH', C .. '/feed', FEED_MARK.workers) end

-- Beyond this many claims, compare_claims does the rest.
local COMPARED = 100
local knows = {}
for n = held.first, #ARGV, held.stride do knows[ARGV[n + held.job]] = true end
local fenced, cancelled = compare(held.first + COMPARED * held.stride - 1)

-- Claimed before the last renewal, and still unknown to the worker: the reply was lost. A resent renewal omits claims
-- whose replies were lost with its own and are redelivered.
local MOST_ORPHANS = 50
local before = repeated and 0 or tonumber(known[2] or now)
-- The next renewal finds what is left.
local orphans = newest_claims(key, MOST_ORPHANS, function(id, since) return since < before and not knows[id] end)
take_claims(key, orphans, function(run, i, s)
  outcomes.handed_back(run, i, s, { payload = 'lost_reply', after = '0', random = '0', retryable = '0', taken = true })
end)
save()
return reply { registered = 1, orphans = #orphans, fenced = fenced, cancelled = cancelled }
