-- Brings a run into line with the pauses of its pipeline and of the deployment.
-- @include lib/pauses.lua
-- @include lib/resume.lua
-- @include lib/rerun.lua

local function follow_pause(run)
  if run.status == 'starting' or run.status == 'running' then return pause_by_scope(run) end
  if run.status ~= 'paused' then return end
  local scope = paused_scope(run)
  if scope == 'run' or scope == 'rerun' or call('HEXISTS', R .. '/pauses', scope == 'pipeline' and run.pipeline or DEPLOYMENT) == 1 then
    return
  end
  local other = pause_in_force(run.pipeline)
  if other then return replace_pause(run, other) end
  if rerun_of(run) then return hold_for_rerun(run) end
  resume_run(run, call('HGET', R .. '/resumes', scope == 'pipeline' and run.pipeline or DEPLOYMENT))
end
