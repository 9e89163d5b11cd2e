--[[
  Deletes terminal runs beyond a count or an age, the longest ended first.
]]
-- @include lib/clock.lua

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
  call('UNLINK', key, key .. '/events', key .. '/todo', key .. '/artifacts', key .. '/artifact_ids', key .. '/outputs', key .. '/attempts')
  call('ZREM', ended, id)
  deleted = deleted + 1
  excess = excess - 1
end

-- Nobody removes artifacts: those of the longest pruned runs are left to their age.
if deleted > 0 then call('LTRIM', R .. '/pruned_artifacts', -MOST_PRUNED, -1) end
return deleted
