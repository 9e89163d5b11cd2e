-- @include lib/runs.lua

-- The newest `most` of the claims recorded for the worker, the newest first, as { field, run, i, s }, and whether it
-- has more of them. One that ended without its worker (a timeout) is not among them: its slot is freed. looks: which
-- claims count, by job and since when. A worker may hold a thousand: only as many are put in order as are asked for.
local function newest_claims(worker_key, most, looks)
  local fields = call('HGETALL', worker_key)
  -- Of each its place in `fields`, and since when.
  local places, since, sorted, n = {}, {}, {}, 0
  for at = 1, #fields, 2 do
    if string.sub(fields[at], 1, #WORKER.claim) == WORKER.claim then
      local claimed_at = tonumber(CLAIM.match(fields[at + 1], since))
      if not looks or looks(CLAIM.match(fields[at + 1], job), claimed_at) then
        n = n + 1
        places[n], since[n], sorted[n] = at, claimed_at, claimed_at
      end
    end
  end
  table.sort(sorted)
  local newest, oldest_of_them = {}, sorted[n - most + 1] or 0
  for k = 1, n do
    if since[k] >= oldest_of_them then
      newest[#newest + 1] = { field = fields[places[k]], text = fields[places[k] + 1], since = since[k] }
    end
  end
  table.sort(newest, function(a, b)
    if a.since ~= b.since then return a.since > b.since end
    return a.field < b.field
  end)
  local claims, ended = {}, {}
  for k = 1, math.min(most, #newest) do
    local field = newest[k].field
    local id, fence = CLAIM.match(newest[k].text, job, fence)
    local run_id, i = parse_job_id(id)
    local run = load_run(run_id, i)
    local s = run and stage_of(run, i)
    if s and s.status == 'running' and s.fence == fence then
      claims[#claims + 1] = { field = field, run = run, i = i, s = s }
    else
      ended[#ended + 1] = field
    end
  end
  if ended[1] then call('HDEL', worker_key, unpack(ended)) end
  return claims, n > most
end

-- Calls f(run, i, s) for each of these claims, and frees their slots.
local function take_claims(worker_key, claims, f)
  local fields = {}
  for n, claim in ipairs(claims) do
    f(claim.run, claim.i, claim.s)
    fields[n] = claim.field
  end
  if fields[1] then call('HDEL', worker_key, unpack(fields)) end
end
