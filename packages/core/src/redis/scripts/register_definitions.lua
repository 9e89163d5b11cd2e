--[[
  Tells which pipelines the definition files of a source define, or renews what was told.
  Keys: root
  Args: source, ttl ms (0: it ends), loaded ('1'|'0'), JSON of the names, after a loss ('1'|'0')
  Returns: 1, or 0: nothing of this source is known
]]
-- @include lib/clock.lua

local key = R .. '/definitions'
local before, names
local ended = {}
local told = call('HGETALL', key)
for at = 1, #told, 2 do
  local until_text, ttl, json = string.match(told[at + 1], '^(%S+) (%S+) (.*)$')
  -- One that claims to end later than its ttl from now was told before Redis's clock stepped back.
  local live = tonumber(until_text) > now and tonumber(until_text) <= now + tonumber(ttl)
  if told[at] == ARGV[1] then
    before, names = live and json, json
  elseif not live then
    ended[#ended + 1] = told[at]
  end
end
if not names and ARGV[3] ~= '1' then return 0 end
if ARGV[3] == '1' then names = ARGV[4] end
local ttl = tonumber(ARGV[2])
call('HSET', key, ARGV[1], format('%d', ttl == 0 and 0 or now + ttl) .. ' ' .. ARGV[2] .. ' ' .. names)
if ttl == 0 then return 1 end
-- What ended ones told is older than this.
for _, source in ipairs(ended) do call('HDEL', key, source) end
if before ~= names or #ended > 0 then call('HINCRBY', R .. '/schedule_changes', 'revision', 1) end
if ARGV[5] == '1' then call('SET', R .. '/lost', now_text, 'PX', 3600000) end
return 1
