--[[
  Asks a run to end: stages that have not started are cancelled at once, running ones are told.
  Keys: root
  Args: run id, reason JSON, by JSON, grace ms JSON, failure JSON or '', the command's id or ''
  Returns: {kind, status, runs to expand | ''}: cancelling | cancelled | terminal | unknown
  Emits: run.cancelling, stage.cancelled, run.cancelled | run.failed
]]
-- @include lib/cancel.lua

local run = load_run(ARGV[1])
local live = run and not is_terminal(run.st) and run.st ~= 'cancelling'
local kind, status = cancel_run(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5] ~= '' and ARGV[5] or nil)
if ARGV[6] ~= '' then
  if live then
    run.set.cq = ARGV[6]
  elseif kind == 'terminal' and call('HGET', run.key, 'cq') == ARGV[6] then
    -- Sent again because its reply was lost: it was this very command that ended the run.
    kind = 'cancelled'
  end
end
save()
return { kind, status or '', unfinished() }
