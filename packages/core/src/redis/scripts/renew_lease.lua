--[[
  Registers a worker or renews its lease, and settles what it holds against what is recorded.
  Emits: stage.handed_back (orphans)
]]
-- @include lib/rescue.lua

local key = R .. '/worker/' .. worker
local known = call('HMGET', key, WORKER.registered_at, WORKER.renewed_at, WORKER.renewal, WORKER.info)
if not known[1] then
  if register ~= '1' then return reply { registered = 0, orphans = 0, fenced = {}, cancelled = {} } end
  call('HSET', key, WORKER.registered_at, now_text)
end
-- A renewal is sent again when its own reply was lost. It is no newer than it was: claims that were granted since may have been told in
-- replies that are still under way when the next renewal is sent.
local repeated = ordinal ~= '' and known[3] == ordinal
call('HSET', key, WORKER.renewed_at, repeated and known[2] or now_text, WORKER.lease_end, format('%d', now + ttl_ms), WORKER.ttl, ttl_ms,
  WORKER.info, info, WORKER.renewal, ordinal)
call('ZADD', R .. '/workers', format('%d', now + ttl_ms), worker)
tell_parked(key, info)
if known[4] ~= info then call('PUBLISH', C .. '/feed', 'workers') end

local knows, fenced, cancelled = {}, {}, {}
for n = held.first, #ARGV, held.stride do
  local id, fence = ARGV[n + held.job], ARGV[n + held.fence]
  local place = (n - held.first) / held.stride
  knows[id] = true
  local run_id, i = parse_job_id(id)
  local run = load_run(run_id, i)
  local s = run and stage_of(run, i)
  if not s or s.status ~= 'running' or s.fence ~= fence or s.attempt ~= ARGV[n + held.attempt] or s.worker ~= worker then
    fenced[#fenced + 1] = place
  elseif run.status == 'cancelling' then
    local why = call('HMGET', run.key, RUN.cancel_reason, RUN.cancel_grace)
    cancelled[#cancelled + 1] = format('%d', place)
    cancelled[#cancelled + 1] = why[1] or 'null'
    cancelled[#cancelled + 1] = why[2] or 'null'
  end
end

-- Claimed before the last renewal, and the worker still does not know of it: the reply was lost. A repeated renewal does not know of claims
-- whose replies were lost with its own and are told again.
local orphans = 0
local before = repeated and 0 or tonumber(known[2] or now)
each_claim(key, function(field, run, i, s, at)
  if at < before and not knows[job_of(run, i, s)] then
    outcomes.handed_back(run, i, s, { payload = 'lost_reply', after = '0', random = '0', retryable = '0', taken = true })
    call('HDEL', key, field)
    orphans = orphans + 1
  end
end)
save()
return reply { registered = 1, orphans = orphans, fenced = fenced, cancelled = cancelled }
