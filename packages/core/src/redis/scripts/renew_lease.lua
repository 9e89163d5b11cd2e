--[[
  Registers a worker or renews its lease, and settles what it holds against what is recorded.
  Keys: root
  Args: worker, ttl ms, register ('1'|'0'), info JSON, ordinal or '', then per held claim: job id, fence, attempt
  Returns: {registered (0|1), orphans, {places of fenced claims}, {place, reason JSON, grace JSON, … of claims of cancelled runs}}
  Emits: stage.handed_back (orphans)
]]
-- @include lib/rescue.lua
-- @include lib/compare.lua

local worker, ttl = ARGV[1], tonumber(ARGV[2])
local key = R .. '/worker/' .. worker
local known = call('HMGET', key, 'reg', 'beat', 'nr')
if not known[1] then
  if ARGV[3] ~= '1' then return { 0, 0, {}, {} } end
  call('HSET', key, 'reg', now_text)
end
-- A renewal is sent again when its own reply was lost. It is no newer than it was: claims that were granted since may have been told in
-- replies that are still under way when the next renewal is sent.
local repeated = ARGV[5] ~= '' and known[3] == ARGV[5]
call('HSET', key, 'beat', repeated and known[2] or now_text, 'until', format('%d', now + ttl), 'ttl', ARGV[2], 'info', ARGV[4], 'nr', ARGV[5])
call('ZADD', R .. '/workers', format('%d', now + ttl), worker)
tell_parked(key, ARGV[4])

-- Of more claims than these compare_claims answers.
local COMPARED = 100
local held = {}
for n = 6, #ARGV, 3 do held[ARGV[n]] = true end
local fenced, cancelled = compare_claims(worker, 6, math.min(#ARGV, 3 * COMPARED + 5))

-- Claimed before the last renewal, and the worker still does not know of it: the reply was lost. A repeated renewal does not know of claims
-- whose replies were lost with its own and are told again.
local MOST_ORPHANS = 50
local orphans = 0
local before = repeated and 0 or tonumber(known[2] or now)
each_claim(key, function(field, run, i, s)
  -- The next renewal finds what is left.
  if orphans == MOST_ORPHANS then return false end
  run.act = run.act - 1
  outcomes.handed_back(run, i, s, { payload = 'lost_reply', after = '0', random = '0', flag = '0', taken = true })
  call('HDEL', key, field)
  orphans = orphans + 1
end, function(id, at) return at < before and not held[id] end)
save()
return { 1, orphans, fenced, cancelled }
