--[[
  Asks a run to end: stages that have not started are cancelled at once, running ones are told.
  Keys: root
  Args: run id, reason JSON, by JSON, grace ms JSON, failure JSON or ''
  Returns: {kind, status, more ('1': call expand_run)}: cancelling | cancelled | terminal | unknown
  Emits: run.cancelling, stage.cancelled, run.cancelled | run.failed
]]
-- @include lib/cancel.lua

local kind, status = cancel_run(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5] ~= '' and ARGV[5] or nil)
local more = runs[ARGV[1]] and runs[ARGV[1]].more
save()
return { kind, status or '', more and '1' or '0' }
