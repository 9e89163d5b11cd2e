--[[
  Records the outcome of a claim and claims the next ready stage: the one round trip of a stage.
  Keys: root
  Args: worker, queue, slot, fetch ('1'|'0'), random [0,1), then, with an outcome: run, stage index, generation, fence, kind, payload, flag, after (ms)
  Returns: {recorded | '', unregistered (0|1), next due (ms|0), run to expand | '', …claim}
  Emits: stage.succeeded | failed | retrying | cancelled | handed_back | fenced | skipped, run.succeeded | failed | cancelled | admitted, stage.started
]]
-- @include lib/claim.lua

local worker, queue, slot, fetch = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'
local worker_key = R .. '/worker/' .. worker
local known = call('HMGET', worker_key, 'reg', 'c:' .. slot)
local recorded, settled = '', nil
if ARGV[6] then
  local o = { run = ARGV[6], i = tonumber(ARGV[7]), gen = tonumber(ARGV[8]), fence = tonumber(ARGV[9]), kind = ARGV[10], payload = ARGV[11],
    flag = ARGV[12], after = tonumber(ARGV[13]), random = tonumber(ARGV[5]) }
  recorded = settle(o)
  settled = o.run .. '.' .. o.i .. '.' .. o.gen .. ' ' .. o.fence .. ' '
end

local reply = { recorded, 0, 0, '' }
local claimed = false
if fetch and not known[1] then
  reply[2] = 1
elseif fetch then
  local held = known[2]
  if held and not (settled and string.sub(held, 1, #settled) == settled) then
    -- The slot's claim that this worker was never told of (its reply was lost) is told again.
    local id, fence = string.match(held, '^(%S+) (%S+)')
    local run_id, i = parse_job_id(id)
    local run = load_run(run_id, i)
    local s = run and stage_of(run, i)
    if s and s.st == 'running' and s.fence == tonumber(fence) then
      describe_claim(reply, run, i, id)
      claimed = true
    end
  end
  if not claimed then reply[3], claimed = claim_next(reply, queue, worker, slot) end
end
if known[2] and not claimed then call('HDEL', worker_key, 'c:' .. slot) end
for id, run in pairs(runs) do
  if run.more then reply[4] = id end
end
save_jobs()
save_runs()
publish()
return reply
