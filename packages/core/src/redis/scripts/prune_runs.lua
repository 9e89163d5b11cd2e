--[[
  Deletes terminal runs beyond a count or an age, the longest ended first, flows older than a day, and a slice of a flow that was too wide to drop at once.
]]
-- @include lib/end_run.lua

-- Flows are kept for Bull Board this long (ms), whatever their number; KEEP_FLOWS bounds that.
local FLOW_AGE = 86400000
-- Ids in the list of pruned runs that wait for their artifacts to be removed.
local MOST_PRUNED = 100000

local ended = R .. '/ended'
local excess = call('ZCARD', ended) - tonumber(keep_count)
local deleted = 0
local oldest = call('ZRANGE', ended, 0, tonumber(limit) - 1, 'WITHSCORES')
for n = 1, #oldest, 2 do
  local id = oldest[n]
  if excess <= 0 and now - tonumber(oldest[n + 1]) <= tonumber(keep_ms) then break end
  local key = R .. '/run/' .. id
  local f = call('HMGET', key, RUN.pipeline, RUN.artifact_count)
  call('ZREM', R .. '/runs/' .. (f[1] or ''), id)
  if f[2] then call('RPUSH', R .. '/pruned_artifacts', id) end
  call('ZREM', R .. '/runs', id)
  call('UNLINK', key, key .. '/events', key .. '/todo', key .. '/artifacts')
  call('ZREM', ended, id)
  deleted = deleted + 1
  excess = excess - 1
end

-- Nobody removes artifacts: those of the longest pruned runs are left to their age.
if deleted > 0 then call('LTRIM', R .. '/pruned_artifacts', -MOST_PRUNED, -1) end

for _, set in ipairs({ ':runs:completed', ':runs:failed' }) do
  for _, id in ipairs(call('ZRANGEBYSCORE', R .. set, '-inf', format('%d', now - FLOW_AGE), 'LIMIT', 0, 20)) do
    if call('HLEN', R .. ':runs:' .. id .. ':processed') <= WIDE_FLOW then drop_flow(id) else call('RPUSH', R .. '/wide_flows', id) end
    call('ZREM', R .. set, id)
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
