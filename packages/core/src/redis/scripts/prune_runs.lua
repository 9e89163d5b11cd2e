--[[
  Deletes terminal runs beyond a count or an age, the longest ended first.
]]
-- @include lib/clock.lua

-- Most ids in the list of pruned runs whose artifacts are still to be removed.
local MOST_PRUNED = 100000

-- Runs deleted per script.
local MOST = 50

local ended = R .. '/ended'
local excess = call('ZCARD', ended) - tonumber(keep_count)
local oldest = call('ZRANGE', ended, 0, math.min(tonumber(limit), MOST) - 1, 'WITHSCORES')
local ids, keys, by_pipeline, with_artifacts = {}, {}, {}, {}
for n = 1, #oldest, 2 do
  local id = oldest[n]
  if excess <= 0 and now - tonumber(oldest[n + 1]) <= tonumber(keep_ms) then break end
  local key = R .. '/run/' .. id
  local f = call('HMGET', key, RUN.pipeline, RUN.artifact_count, RUN.has_gates)
  local pl = f[1] or ''
  by_pipeline[pl] = by_pipeline[pl] or {}
  table.insert(by_pipeline[pl], id)
  if f[2] then with_artifacts[#with_artifacts + 1] = id end
  if f[3] then
    for name in string.gmatch(call('HGET', key .. '/gates', GATES.all), '%S+') do
      call('ZREM', R .. '/gates_closed', id .. '.' .. name)
    end
  end
  for _, part in ipairs({ '', '/events', '/todo', '/begins', '/artifacts', '/artifact_ids', '/gates', '/outputs',
    '/attempts', '/failed' }) do
    keys[#keys + 1] = key .. part
  end
  ids[#ids + 1] = id
  excess = excess - 1
end
local deleted = #ids
if deleted > 0 then
  call('UNLINK', unpack(keys))
  call('ZREM', R .. '/runs', unpack(ids))
  for pl, of_it in pairs(by_pipeline) do call('ZREM', R .. '/runs/' .. pl, unpack(of_it)) end
  if with_artifacts[1] then call('RPUSH', R .. '/pruned_artifacts', unpack(with_artifacts)) end
  call('ZREM', ended, unpack(ids))
end

-- No worker removes artifacts: those of the runs pruned first are left to removal by age.
if deleted > 0 then call('LTRIM', R .. '/pruned_artifacts', -MOST_PRUNED, -1) end
return deleted
