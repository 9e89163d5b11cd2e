-- @include lib/runs.lua

-- Of the claims in `held`, up to the argument `last`: those no longer the worker's, and those of runs being cancelled.
local function compare(last)
  local fenced, cancelled = {}, {}
  for n = held.first, math.min(last, #ARGV), held.stride do
    local place = (n - held.first) / held.stride
    local run_id, i = parse_job_id(ARGV[n + held.job])
    local run = load_run(run_id, i)
    local s = run and stage_of(run, i)
    if not s or s.status ~= 'running' or s.fence ~= ARGV[n + held.fence] or s.attempt ~= ARGV[n + held.attempt]
        or s.worker ~= worker then
      fenced[#fenced + 1] = place
    elseif run.status == 'cancelling' then
      local why = call('HMGET', run.key, RUN.cancel_reason, RUN.cancel_grace)
      cancelled[#cancelled + 1] = CANCELLED.list { place = place, reason = why[1] or 'null',
        grace_ms = why[2] or 'null' }
    end
  end
  return fenced, cancelled
end
