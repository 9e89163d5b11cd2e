--[[
  For each slot that asks: records the outcome of its claim and claims the next ready stage. The one round trip of a stage, or of several that end together.
  Keys: root
  Args: worker, queue, random [0,1), then per slot eleven: slot, fetch ('1'|'0'), run or '', stage index, generation, fence, kind, payload, flag, after (ms), '.'
  Returns: per slot {recorded | '', next due (ms), run to expand | '', unregistered ('1'|'0'), claim | ''}
  Emits: stage.succeeded | failed | retrying | cancelled | handed_back | fenced | skipped, run.succeeded | failed | cancelled | admitted, stage.started
]]
-- @include lib/claim.lua

local worker, queue = ARGV[1], ARGV[2]
local worker_key = R .. '/worker/' .. worker
local ask = { 'reg' }
for at = 4, #ARGV, 11 do ask[#ask + 1] = 'c:' .. ARGV[at] end
local known = call('HMGET', worker_key, unpack(ask))
local open, limit

-- The slot's claim that this worker was never told of, because its reply was lost, is told again.
local function told_again(held)
  local id, fence = string.match(held, '^(%S+) (%S+)')
  local run_id, i = parse_job_id(id)
  local run = load_run(run_id, i)
  local s = run and stage_of(run, i)
  if s and s.st == 'running' and s.fence == fence then return describe_claim(run, i, id) end
end

local replies, n = {}, 1
for at = 4, #ARGV, 11 do
  n = n + 1
  local recorded, settled = '', nil
  budget = 500
  if ARGV[at + 2] ~= '' then
    recorded = settle({ run = ARGV[at + 2], i = ARGV[at + 3], gen = ARGV[at + 4], fence = ARGV[at + 5], kind = ARGV[at + 6], payload = ARGV[at + 7],
      flag = ARGV[at + 8], after = ARGV[at + 9], random = ARGV[3] })
    settled = ARGV[at + 2] .. '.' .. ARGV[at + 3] .. '.' .. ARGV[at + 4] .. ' ' .. ARGV[at + 5] .. ' '
  end
  local claim, due = nil, '0'
  local held = known[n]
  if ARGV[at + 1] == '1' and known[1] then
    if held and not (settled and string.sub(held, 1, #settled) == settled) then claim = told_again(held) end
    if not claim then
      if open == nil then open, limit = open_queue(queue) end
      if open then claim, due = claim_next(queue, worker, ARGV[at], limit) end
    end
  end
  if held and not claim then call('HDEL', worker_key, 'c:' .. ARGV[at]) end
  replies[n - 1] = { recorded, due or '0', '', known[1] and '0' or '1', claim or '' }
end
for id, run in pairs(runs) do
  if run.more then replies[1][3] = id end
end
save()
return replies
