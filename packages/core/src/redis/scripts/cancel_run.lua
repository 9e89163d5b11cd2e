--[[
  Cancels a run: stages that have not started end at once, running ones are signalled.
  Emits: run.cancelling, stage.cancelled, run.cancelled | run.failed
]]
-- @include lib/cancel.lua

local run = load_run(run_id)
local live = run and not is_terminal(run.status) and run.status ~= 'cancelling'
local kind, status = cancel_run(run_id, reason, by, grace_ms, fail_with ~= '' and fail_with or nil)
if command_id ~= '' then
  if live then
    run.set[RUN.cancel_command] = command_id
  elseif kind == 'terminal' and call('HGET', run.key, RUN.cancel_command) == command_id then
    -- Resent because its reply was lost: this very command ended the run.
    kind = 'cancelled'
  end
end
save()
return reply { kind = kind, status = status or '', expand = unfinished() }
