--[[
  Takes the stages of one worker whose lease ended.
  Keys: root
  Args: max losses of one stage before it fails
  Returns: {worker | '', stages}
  Emits: stage.rescued | stage.failed | stage.cancelled …
]]
-- @include lib/rescue.lua

local expired = call('ZRANGEBYSCORE', R .. '/workers', 0, now_text, 'LIMIT', 0, 1)
local worker = expired[1]
if not worker then return { '', 0 } end
local key = R .. '/worker/' .. worker
local n = 0
each_claim(key, function(_, run, i)
  rescue_stage(run, i, tonumber(ARGV[1]))
  n = n + 1
end)
call('DEL', key)
call('ZREM', R .. '/workers', worker)
count('workers_lost')
save()
return { worker, n }
