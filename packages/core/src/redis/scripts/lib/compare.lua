-- @include lib/runs.lua

-- What of the claims in ARGV, from..to, the worker does not hold any more, and which belong to runs that are being cancelled. Places count from 0.
local function compare_claims(worker, from, to)
  local fenced, cancelled = {}, {}
  for n = from, to, 3 do
    local run_id, i = parse_job_id(ARGV[n])
    local run = load_run(run_id, i)
    local s = run and stage_of(run, i)
    if not s or s.st ~= 'running' or s.fence ~= ARGV[n + 1] or s.att ~= ARGV[n + 2] or s.w ~= worker then
      fenced[#fenced + 1] = (n - from) / 3
    elseif run.st == 'cancelling' then
      local why = call('HMGET', run.key, 'cr', 'cg')
      cancelled[#cancelled + 1] = format('%d', (n - from) / 3)
      cancelled[#cancelled + 1] = why[1] or 'null'
      cancelled[#cancelled + 1] = why[2] or 'null'
    end
  end
  return fenced, cancelled
end
