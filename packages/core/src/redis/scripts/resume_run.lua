--[[
  Resumes a paused run: it goes on where it was, or waits for the resume of its pipeline, if that is paused too, or for
  the end of a rerun.
  Emits: run.resumed, run.paused, run.admitted
]]
-- @include lib/pauses.lua
-- @include lib/resume.lua
-- @include lib/rerun.lua

local run = load_run(run_id)
if not run then return reply { kind = 'unknown', status = '', expand = '' } end
local kind = 'resumed'
if is_terminal(run.status) then
  kind = 'terminal'
elseif run.status ~= 'paused' then
  kind = 'not_paused'
elseif paused_scope(run) ~= 'run' then
  kind = 'stays_paused'
elseif pause_in_force(run.pipeline) then
  replace_pause(run, pause_in_force(run.pipeline))
elseif rerun_of(run) then
  hold_for_rerun(run)
else
  resume_run(run, '{"by":' .. by .. ',"reason":' .. reason .. '}')
end
save()
return reply { kind = kind, status = run.status, expand = unfinished() }
