--[[
  Moves open entries to the end of the audit log, all or none, and removes the oldest beyond what is kept. That each
  entry carries the hash of the one before is the caller's work: Redis has no SHA-256 for scripts.
]]
-- @include lib/clock.lua

local log, open, head = R .. '/audit', R .. '/audit_open', R .. '/audit_head'
if (call('HGET', head, AUDIT_HEAD.seq) or '0') ~= after_seq then return 0 end
for at = entries.first, #ARGV, entries.stride do
  if call('HEXISTS', open, ARGV[at + entries.id]) == 0 then return 0 end
end
local seq = tonumber(after_seq)
for at = entries.first, #ARGV, entries.stride do
  seq = seq + 1
  call('ZADD', log, seq, ARGV[at + entries.text])
  call('HDEL', open, ARGV[at + entries.id])
end
local beyond = call('ZCARD', log) - tonumber(keep)
if beyond > 0 then call('ZREMRANGEBYRANK', log, 0, math.min(beyond, tonumber(most)) - 1) end
call('HSET', head, AUDIT_HEAD.seq, format('%d', seq), AUDIT_HEAD.hash, hash,
  AUDIT_HEAD.first_seq, format('%d', seq - call('ZCARD', log) + 1))
return 1
