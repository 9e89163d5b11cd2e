--[[
  Sets or removes a schedule's stored settings, and outdates decisions made by the previous ones.
]]
-- @include lib/clock.lua

local changes = R .. '/schedule_changes'
if idempotency_key ~= '' then
  local remembered = call('GET', R .. '/idem/' .. idempotency_key)
  if remembered then
    local hash, made = REMEMBERED.match(remembered, body_hash, made)
    if hash ~= body_hash then return reply { kind = 'idempotency_mismatch', made = '' } end
    return reply { kind = 'repeated', made = made }
  end
end
if revision ~= '' and revision ~= (call('HGET', changes, SCHEDULE_CHANGES.revision) or '0') then
  return reply { kind = 'changed', made = '' }
end
if stored == '' then
  call('HDEL', R .. '/schedules', schedule_id)
else
  call('HSET', R .. '/schedules', schedule_id, stored)
end
call('HINCRBY', changes, SCHEDULE_CHANGES.revision, 1)
if begins == '1' then call('HSET', changes, SCHEDULE_CHANGES.begun .. schedule_id, now_text) end
if idempotency_key ~= '' then
  call('SET', R .. '/idem/' .. idempotency_key, REMEMBERED.pack { body_hash = body_hash, made = schedule_id,
    pipeline = pipeline }, 'PX', 86400000)
end
return reply { kind = 'put', made = '' }
