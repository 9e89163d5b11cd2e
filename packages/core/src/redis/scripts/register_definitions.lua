--[[
  Records which pipelines the definition files of a source define, or renews the record.
]]
-- @include lib/clock.lua

local key = R .. '/definitions'
local before, known
local ended = {}
local told = call('HGETALL', key)
for at = 1, #told, 2 do
  local until_text, ttl, json = DEFINITIONS.match(told[at + 1], ends_at, ttl, names)
  -- One that ends later than its ttl from now was recorded before Redis's clock stepped back.
  local live = tonumber(until_text) > now and tonumber(until_text) <= now + tonumber(ttl)
  if told[at] == source then
    before, known = live and json, json
  elseif not live then
    ended[#ended + 1] = told[at]
  end
end
if not known and loaded ~= '1' then return 0 end
if loaded ~= '1' then names = known end
local ttl = tonumber(ttl_ms)
call('HSET', key, source, DEFINITIONS.pack { ends_at = format('%d', ttl == 0 and 0 or now + ttl), ttl = ttl_ms,
  names = names })
if ttl == 0 then return 1 end
-- Records of ended processes are older than this.
for _, other in ipairs(ended) do call('HDEL', key, other) end
if before ~= names or #ended > 0 then call('HINCRBY', R .. '/schedule_changes', SCHEDULE_CHANGES.revision, 1) end
if after_loss == '1' then call('SET', R .. '/lost', now_text, 'PX', 3600000) end
return 1
