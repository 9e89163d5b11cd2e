-- Jobs that a claim meets and must not start.
-- @include lib/pause.lua

-- The run is paused, or it moved on without this job (cancelled, repaired, pruned), which is stale.
local function set_job_aside(queue, id, run, i, s, gen)
  if s and s.generation == gen and (s.status == 'queued' or s.status == 'retrying') and run.status == 'paused' then
    return park_by_pause(run, i, s)
  end
  call('LREM', R .. ':' .. queue .. ':active', 1, id)
  call('DEL', R .. ':' .. queue .. ':' .. id)
  call('SREM', R .. '/stale/' .. queue, id)
  count('stale_jobs')
end
