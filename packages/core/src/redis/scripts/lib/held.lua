-- @include lib/runs.lua

-- Calls f(slot field, run, i, s, claimed at) for each of the worker's recorded claims that still runs under its fence, newest first,
-- until it returns false. looks: filters them by their job and since when; nil: all.
local function each_claim(worker_key, f, looks)
  local fields = call('HGETALL', worker_key)
  local claims = {}
  for n = 1, #fields, 2 do
    if string.sub(fields[n], 1, #WORKER.claim) == WORKER.claim then
      local id, fence, at = CLAIM.match(fields[n + 1], job, fence, since)
      at = tonumber(at)
      if not looks or looks(id, at) then claims[#claims + 1] = { field = fields[n], id = id, fence = fence, at = at } end
    end
  end
  table.sort(claims, function(a, b)
    if a.at ~= b.at then return a.at > b.at end
    return a.field < b.field
  end)
  for _, claim in ipairs(claims) do
    local run_id, i = parse_job_id(claim.id)
    local run = load_run(run_id, i)
    local s = run and stage_of(run, i)
    if s and s.status == 'running' and s.fence == claim.fence then
      if f(claim.field, run, i, s, claim.at) == false then return end
    else
      -- Ended without its worker (a timeout): the slot is empty.
      call('HDEL', worker_key, claim.field)
    end
  end
end
