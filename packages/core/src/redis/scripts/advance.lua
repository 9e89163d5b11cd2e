--[[
  For each slot that asks: records the outcome of its claim and claims the next ready stage. The one round trip of a stage, or of several that end together.
  Emits: stage.succeeded | failed | retrying | cancelled | handed_back | fenced | skipped, run.succeeded | failed | cancelled | admitted, stage.started
]]
-- @include lib/claim.lua

local worker_key = R .. '/worker/' .. worker
local ask = { WORKER.lease_end, WORKER.apart }
for at = slots.first, #ARGV, slots.stride do ask[#ask + 1] = WORKER.claim .. ARGV[at + slots.slot] end
ask[#ask + 1] = WORKER.parked_in .. queue
local known = call('HMGET', worker_key, unpack(ask))
-- Stages are parked that this worker can run.
parked.here = known[#ask]
-- A worker whose lease has ended claims nothing before it has renewed it; what it ran it may still settle.
local leased = known[1] and tonumber(known[1]) > now
apart.worker = known[2] or nil
local open, limit
local freed = {}

-- The slot's claim that this worker was never told of, because its reply was lost, is told again.
local function told_again(held)
  local id, fence = CLAIM.match(held, job, fence)
  local run_id, i = parse_job_id(id)
  local run = load_run(run_id, i)
  local s = run and stage_of(run, i)
  if s and s.status == 'running' and s.fence == fence then return describe_claim(run, i, id) end
end

local replies, n = {}, 2
for at = slots.first, #ARGV, slots.stride do
  n = n + 1
  local slot, fetch, outcome = ARGV[at + slots.slot], ARGV[at + slots.fetch] == '1', ARGV[at + slots.outcome]
  local recorded, settled, want, holds_off = '', nil, nil, nil
  if fetch and leased then
    if open == nil then open, limit = open_queue(queue) end
    if open and limit == math.huge and not apart.queue and not apart.worker then want = { queue = queue } end
  end
  budget = 500
  if outcome ~= '' then
    local run, i, generation, attempt, fence, kind, retryable, after =
      OUTCOME.match(outcome, run, stage, generation, attempt, fence, kind, retryable, after)
    recorded = settle({ worker = worker, run = run, i = i, generation = generation, attempt = attempt, fence = fence, kind = kind, payload = ARGV[at + slots.payload], retryable = retryable, after = after, random = random }, want)
    settled = JOB.pack { run = run, stage = i, generation = generation } .. ' ' .. fence .. ' '
  end
  local claim, due = nil, '0'
  local held = known[n]
  if fetch and leased then
    if held and not (settled and string.sub(held, 1, #settled) == settled) then claim = told_again(held) end
    if not claim and want and want.job then
      claim = start_stage(want.run, want.i, want.run.stages[want.i], want.job, worker, slot)
    elseif not claim and open and (apart.queue or apart.worker) then
      claim, due, holds_off = claim_with_care(queue, worker, slot, limit)
    elseif not claim and open then
      claim, due = claim_first(queue, worker, slot, limit)
    end
  end
  if held and not claim then freed[#freed + 1] = WORKER.claim .. slot end
  replies[n - 2] = reply {
    recorded = recorded, next_due_at = due or '0', expand = '', unregistered = leased and '0' or '1', claim = claim or '', holds_off = holds_off and '1' or '',
  }
end
replies[1][reply.expand] = unfinished()
if taken[1] then call('HSET', worker_key, unpack(taken)) end
if freed[1] then call('HDEL', worker_key, unpack(freed)) end
save()
return replies
