--[[
  For each slot: records the outcome of its claim and claims the next ready stage. The one round trip of a stage, or of
  several that end together.
  Emits: stage.succeeded | failed | retrying | cancelled | handed_back | parked | fenced | skipped, run.succeeded |
    failed | cancelled | admitted, stage.started
]]
-- @include lib/claim.lua

local worker_key = R .. '/worker/' .. worker
local ask = { WORKER.lease_end, WORKER.apart, WORKER.code }
for at = slots.first, #ARGV, slots.stride do ask[#ask + 1] = WORKER.claim .. ARGV[at + slots.slot] end
ask[#ask + 1] = WORKER.parked_in .. queue
local known = call('HMGET', worker_key, unpack(ask))
-- Whether stages are parked that this worker can run.
parked.here = known[#ask]
-- A worker whose lease has ended claims nothing until it renews it, but may still settle what it ran.
local leased = known[1] and tonumber(known[1]) > now
apart.worker = known[2] or nil
code.has = known[3] or ''
local open, limit
local freed = {}
-- Jobs that go to a slot without waiting.
local handed_on = {}
-- Number of jobs added to the queue when it was last found empty, and when its next job is due; the idle slots that
-- were granted a claim.
local dry, dry_due
local idle, filled = 0, 0

-- Redelivers a claim whose reply was lost.
local function redeliver(held)
  local id, fence = CLAIM.match(held, job, fence)
  local run_id, i = parse_job_id(id)
  local run = load_run(run_id, i)
  local s = run and stage_of(run, i)
  if s and s.status == 'running' and s.fence == fence then return describe_claim(run, i, id, true) end
end

local replies, n = {}, 3
for at = slots.first, #ARGV, slots.stride do
  n = n + 1
  local slot, fetch, outcome = ARGV[at + slots.slot], ARGV[at + slots.fetch] == '1', ARGV[at + slots.outcome]
  local recorded, want, holds_off = '', nil, nil
  local ended, settled
  if outcome ~= '' then
    local run, i, generation, attempt, fence, kind, retryable, after =
      OUTCOME.match(outcome, run, stage, generation, attempt, fence, kind, retryable, after)
    ended = { worker = worker, run = run, i = i, generation = generation, attempt = attempt, fence = fence,
      kind = kind, payload = ARGV[at + slots.payload], retryable = retryable, after = after, random = random }
    settled = CLAIM.prefix { job = JOB.pack { run = run, stage = i, generation = generation }, fence = fence }
  end
  local held = known[n]
  local holds_other = held and not (settled and string.sub(held, 1, #settled) == settled)
  if fetch and leased then
    if open == nil then open, limit = open_queue(queue) end
    -- A slot that holds another claim has no room for what becomes ready.
    if open and limit == math.huge and not holds_other and not parked.here and not apart.queue and not apart.worker then
      want = { queue = queue, can_run = can_run }
    end
  end
  if ended then recorded = settle(ended, want) end
  local claim, due = nil, '0'
  if fetch and leased then
    if holds_other then claim = redeliver(held) end
    if not claim and want and want.job then
      handed_on[#handed_on + 1] = want.job
      claim = start_stage(want.run, want.i, want.run.stages[want.i], want.job, worker, slot)
    elseif not claim and open and (apart.queue or apart.worker) then
      claim, due, holds_off = claim_with_care(queue, worker, slot, limit)
    elseif not claim and open and dry ~= (added[queue] or 0) then
      claim, due = claim_first(queue, worker, slot, limit)
      if not claim then dry, dry_due = added[queue] or 0, due end
    elseif not claim and open then
      due = dry_due
    end
  end
  if fetch and outcome == '' then
    idle = idle + 1
    if claim then filled = filled + 1 end
  end
  if held and not claim then freed[#freed + 1] = WORKER.claim .. slot end
  replies[n - 3] = reply {
    recorded = recorded, next_due_at = due or '0', expand = '', unregistered = leased and '0' or '1',
    claim = claim or '', holds_off = holds_off and '1' or '',
  }
end
replies[1][reply.expand] = unfinished()
-- A wake-up filled idle slots: there may be work for those of another worker.
if idle > 0 and idle == filled and call('LLEN', R .. ':' .. queue .. ':wait') > 0 then
  added[queue] = (added[queue] or 0) + MANY
end
if handed_on[1] then call('LPUSH', R .. ':' .. queue .. ':active', unpack(handed_on)) end
if taken[1] then call('HSET', worker_key, unpack(taken)) end
if freed[1] then call('HDEL', worker_key, unpack(freed)) end
save()
return replies
