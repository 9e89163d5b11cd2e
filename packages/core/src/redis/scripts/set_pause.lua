--[[
  Pauses or resumes a pipeline, or the whole deployment: from now on no claim starts a stage of it, or claims do again.
  follow_pauses brings its runs into line, and whatever claim or sweep meets them first.
]]
-- @include lib/pauses.lua

local name, changed = pipeline == '' and DEPLOYMENT or pipeline, 0
if paused == '1' then
  changed = call('HSETNX', R .. '/pauses', name, PAUSE.object { since = now_text,
    scope = pipeline == '' and 'deployment' or 'pipeline', by = by, reason = reason, cause = nil })
else
  changed = call('HDEL', R .. '/pauses', name)
  if changed == 1 then call('HSET', R .. '/resumes', name, '{"by":' .. by .. ',"reason":' .. reason .. '}') end
end
if changed == 0 then return 0 end
-- Ticks that were judged before are judged again.
call('HINCRBY', R .. '/schedule_changes', SCHEDULE_CHANGES.revision, 1)
for _, worker in ipairs(call('ZRANGE', R .. '/workers', 0, -1)) do
  local key = R .. '/worker/' .. worker
  local info = call('HGET', key, WORKER.info)
  if info then call('HSET', key, WORKER.code, code_of(info)) end
end
return 1
