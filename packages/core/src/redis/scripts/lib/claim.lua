-- Takes the next ready stage of a queue for a worker's slot, and records its start.
-- @include lib/settle.lua

-- Dependencies whose outputs travel with the claim; a wider join reads them with a call of its own.
local MAX_INPUTS = 16

local function promote_due(base)
  local due = call('ZRANGEBYSCORE', base .. 'delayed', 0, (now + 1) * 4096 - 1, 'LIMIT', 0, 500)
  if #due > 0 then
    call('ZREM', base .. 'delayed', unpack(due))
    call('LPUSH', base .. 'wait', unpack(due))
  end
  return #due
end

-- Appends what the worker needs to run stage i to the reply.
local function describe_claim(reply, run, i, id)
  local s = run.stages[i]
  local facts = stage_plan(run, i)
  local dependencies = call('HGET', run.plan, 'p' .. i)
  local fields = { 'p', 'tk' }
  local inputs = {}
  for k in string.gmatch(dependencies, '(%d+):') do
    if in_run(run, tonumber(k)) then
      inputs[#inputs + 1] = 'o' .. k
      fields[#fields + 1] = 'o' .. k
    end
  end
  local wide = #inputs > MAX_INPUTS
  local values = call('HMGET', run.key, unpack(wide and { 'p', 'tk' } or fields))
  local deadline = facts.timed and call('ZSCORE', R .. '/timers', 's:' .. id) or '0'
  for _, v in ipairs({ id, run.pl, run.v, facts.name, s.att, s.fence, s.b, deadline, wide and '1' or '0', run.sub, dependencies, values[1], values[2] }) do
    reply[#reply + 1] = v
  end
  if not wide then
    for n, field in ipairs(inputs) do reply[#reply + 1] = run.set[field] or values[n + 2] or 'null' end
  end
end

local function start_stage(reply, run, i, id, worker, slot)
  local s = run.stages[i]
  local facts = stage_plan(run, i)
  if run.st == 'starting' then
    run.st = 'running'
    if not call('HGET', run.key, 'bt') then run.set.bt = now end
  end
  run.fc = run.fc + 1
  run.act = run.act + 1
  s.st = 'running'
  s.att = s.att + 1
  s.fence = run.fc
  s.b = now
  s.e = 0
  s.nx = 0
  s.w = worker
  touch(run, i)
  if facts.timed then untimer('q', id) end
  emit(run, 'stage.started', facts.name, s.att, '{"worker":"' .. worker .. '","fence":' .. s.fence .. ',"queue":"' .. facts.queue .. '"}')
  call('HSET', R .. '/worker/' .. worker, 'c:' .. slot, id .. ' ' .. s.fence .. ' ' .. now)
  describe_claim(reply, run, i, id)
end

-- Appends a claim to the reply, if there is one; answers when the next delayed job is due (0: none), and whether it claimed.
local function claim_next(reply, queue, worker, slot)
  local base = R .. ':' .. queue .. ':'
  local meta = call('HMGET', base .. 'meta', 'paused', 'concurrency')
  local promoted = promote_due(base)
  if promoted > 0 then added[queue] = (added[queue] or 0) + promoted end
  if meta[1] or (meta[2] and call('LLEN', base .. 'active') >= tonumber(meta[2])) then return 0, false end
  for _ = 1, 20 do
    local id = call('RPOPLPUSH', base .. 'wait', base .. 'active')
    if not id then
      local first = call('ZRANGE', base .. 'delayed', 0, 0, 'WITHSCORES')
      return first[2] and math.floor(tonumber(first[2]) / 4096) or 0, false
    end
    local run_id, i, gen = parse_job_id(id)
    local run = run_id and load_run(run_id, i)
    local s = run and stage_of(run, i)
    if s and s.gen == gen and (s.st == 'queued' or s.st == 'retrying') and (run.st == 'running' or run.st == 'starting') then
      start_stage(reply, run, i, id, worker, slot)
      added[queue] = (added[queue] or 0) - 1
      return 0, true
    end
    -- The run went on without this job (cancelled, repaired, pruned): it is not work any more.
    call('LREM', base .. 'active', 1, id)
    call('DEL', base .. id)
    count('stale_jobs')
  end
  added[queue] = (added[queue] or 0) + 1
  return 0, false
end
