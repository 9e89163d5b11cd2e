--[[
  Deletes terminal runs of one pipeline beyond a count or an age, oldest first, and the flows that were too wide to drop at once.
  Keys: root
  Args: pipeline, runs to keep, oldest created_at to keep (ms), limit
  Returns: runs deleted
]]
-- @include lib/end_run.lua

local set = R .. '/runs/' .. ARGV[1]
local excess = call('ZCARD', set) - tonumber(ARGV[2])
local deleted = 0
for _, id in ipairs(call('ZRANGE', set, 0, tonumber(ARGV[4]) - 1)) do
  local key = R .. '/run/' .. id
  local f = call('HMGET', key, 'st', 'ct')
  if excess <= 0 and f[2] and tonumber(f[2]) >= tonumber(ARGV[3]) then break end
  if not f[1] or is_terminal(f[1]) then
    call('UNLINK', key, key .. '/events', key .. '/todo')
    call('ZREM', set, id)
    deleted = deleted + 1
    excess = excess - 1
  end
end

local wide = call('LINDEX', R .. '/wide_flows', 0)
if wide then
  local parent = R .. ':runs:' .. wide
  local slice = call('HSCAN', parent .. ':processed', 0, 'COUNT', 300)[2]
  for n = 1, #slice, 2 do
    local queue, job = string.match(slice[n], '^[^:]*:([^:]+):(.+)$')
    call('ZREM', R .. ':' .. queue .. ':completed', job)
    call('ZREM', R .. ':' .. queue .. ':failed', job)
    call('UNLINK', slice[n])
    call('HDEL', parent .. ':processed', slice[n])
  end
  if #slice == 0 then
    call('UNLINK', parent, parent .. ':processed')
    call('LPOP', R .. '/wide_flows')
  end
end
return deleted
