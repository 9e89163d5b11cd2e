--[[
  Pauses a run: running stages end, and none starts until it is resumed. It stays paused when its pipeline is resumed.
  Emits: run.paused
]]
-- @include lib/pause.lua

local run = load_run(run_id)
if not run then return reply { kind = 'unknown', status = '' } end
local pause = PAUSE.object { since = now_text, scope = 'run', by = by, reason = reason, cause = nil }
local kind = 'paused'
if is_terminal(run.status) then
  kind = 'terminal'
elseif run.status == 'cancelling' then
  kind = 'cancelling'
elseif run.status ~= 'paused' then
  pause_run(run, pause)
elseif paused_scope(run) ~= 'run' then
  replace_pause(run, pause)
end
save()
return reply { kind = kind, status = run.status }
