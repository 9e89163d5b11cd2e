-- Cancel, in two phases: `cancelling` while something still runs, then the run's end.
-- @include lib/propagate.lua

-- reason, by, grace: JSON texts. failure: JSON of {code, message} when a timeout cancels, else nil.
local function cancel_run(id, reason, by, grace, failure)
  local run = load_run(id)
  if not run then return 'unknown' end
  if is_terminal(run.st) then return 'terminal', run.st end
  if run.st == 'cancelling' then return 'cancelling' end
  if run.st == 'queued' then call('LREM', R .. '/slot/' .. run.pl .. '/queue', 0, id) end
  run.set.cr = reason
  run.set.cb = by
  run.set.cg = grace
  if failure then run.set.cf = string.sub(failure, 1, -2) .. ',"stage":null,"attempt":null}' end
  run.dirty = true
  run.st = 'cancelling'
  if run.act > 0 then
    emit(run, 'run.cancelling', 'pipeline', 0, '{"reason":' .. reason .. ',"by":' .. by .. '}')
    call('PUBLISH', R .. '/control', 'cancel ' .. id)
  end
  cancel_stages(run, 0, reason)
  end_run_if_over(run)
  return run.st == 'cancelling' and 'cancelling' or 'cancelled'
end
