--[[
  Sets or removes what is stored for a schedule, and outdates whatever was judged by the schedules as they were.
  Keys: root
  Args: id, JSON or '', begins now ('1'|'0'), expected revision or '', idempotency key or '', body hash, pipeline
  Returns: {kind, id of the schedule that the key made | ''}: put | changed | repeated | idempotency_mismatch
]]
-- @include lib/clock.lua

local changes = R .. '/schedule_changes'
if ARGV[5] ~= '' then
  local stored = call('GET', R .. '/idem/' .. ARGV[5])
  if stored then
    local hash, made = string.match(stored, '^(%S+) (%S+)')
    if hash ~= ARGV[6] then return { 'idempotency_mismatch', '' } end
    return { 'repeated', made }
  end
end
if ARGV[4] ~= '' and ARGV[4] ~= (call('HGET', changes, 'revision') or '0') then return { 'changed', '' } end
if ARGV[2] == '' then
  call('HDEL', R .. '/schedules', ARGV[1])
else
  call('HSET', R .. '/schedules', ARGV[1], ARGV[2])
end
call('HINCRBY', changes, 'revision', 1)
if ARGV[3] == '1' then call('HSET', changes, 's:' .. ARGV[1], now_text) end
if ARGV[5] ~= '' then call('SET', R .. '/idem/' .. ARGV[5], ARGV[6] .. ' ' .. ARGV[1] .. ' ' .. ARGV[7], 'PX', 86400000) end
return { 'put', '' }
