-- Takes the next ready stage of a queue for a worker's slot, and records its start.
-- @include lib/settle.lua
-- @lazy take_parked(queue, worker, slot, limit) lib/take_parked.lua return take_longest_parked(queue, worker, slot, limit)
-- @lazy park_beside(run, i, s) lib/park.lua return park_candidate(run, i, s)
-- @lazy set_aside(queue, id, run, i, s, gen) lib/set_aside.lua return set_job_aside(queue, id, run, i, s, gen)
-- @lazy last_checkpoint(run, i, s) lib/checkpoint.lua return read_checkpoint(run, i, s)
-- @lazy set_apart(queue, id) lib/apart.lua wait_apart(queue, id, 'RPUSH')
-- @lazy claim_with_care(queue, worker, slot, limit) lib/claim_apart.lua return claim_beside_apart(queue, worker, slot, limit)

-- Dependencies whose outputs are sent with the claim; a wider join reads them separately.
local MAX_INPUTS = 16

-- The outputs of stages, in the order of their indexes (lib/runs.lua save_output).
local function read_outputs(run, indexes)
  local fields, long, places = {}, {}, {}
  for n, i in ipairs(indexes) do fields[n] = RUN.output .. i end
  local outputs = call('HMGET', run.key, unpack(fields))
  for n, output in ipairs(outputs) do
    if output == '' then
      long[#long + 1] = indexes[n]
      places[#places + 1] = n
    end
  end
  if long[1] then
    for n, output in ipairs(call('HMGET', run.key .. '/outputs', unpack(long))) do outputs[places[n]] = output end
  end
  return outputs
end

-- The claim of stage i as sent to the worker: the record STARTED. again: it was claimed before, so that it may have a
-- checkpoint.
local function describe_claim(run, i, id, again)
  local s = run.stages[i]
  local facts = stage_plan(run, i)
  -- The indexes of the dependencies, and their outputs as far as this script knows them.
  local indexes, inputs, n, missing = {}, {}, 0, false
  -- More than one part exceeds what is sent with the claim.
  local wide = string.find(facts.dependencies, LIST.more, 1, true) ~= nil
  if facts.dependencies ~= '' and not wide then
    for k in DEPENDENCY.each(facts.dependencies, index) do
      if in_run(run, k) then
        n = n + 1
        indexes[n] = k
        inputs[n] = run.stages[k] and run.stages[k].output
        missing = missing or not inputs[n]
      end
    end
  end
  wide = wide or n > MAX_INPUTS
  if wide then
    inputs = {}
  elseif n > 0 then
    local stored = missing and read_outputs(run, indexes)
    for at = 1, n do inputs[at] = inputs[at] or stored[at] or 'null' end
  end
  return STARTED.list {
    job = id, pipeline = run.pipeline, version = run.version, stage = facts.name, attempt = s.attempt, fence = s.fence,
    started_at = s.begun_at,
    deadline = facts.timed and timer_due(TIMER_KIND.stage, id) or '', wide = wide and '1' or '0',
    subset = wide and '' or run.subset,
    dependencies = wide and '' or facts.dependencies, params = run.params, trigger = run.trigger, inputs = inputs,
    checkpoint = again and last_checkpoint(run, i, s) or '',
  }
end

-- The worker's slots after this script, for its hash: field and value in turn, written at once.
local taken = {}

-- has: the claiming worker's code, ` pipeline@version pipeline@version `; by_plan: whether it includes a run's version.
local code = { has = '', by_plan = {} }

-- A command is entirely in its definition: it runs on any worker that has some version of its pipeline.
local function can_run(run, i)
  local exact = code.by_plan[run.plan]
  if exact == nil then
    exact = string.find(code.has, ' ' .. run.pipeline .. '@' .. run.version .. ' ', 1, true) ~= nil
    code.by_plan[run.plan] = exact
  end
  return exact or is_command(stage_plan(run, i)) and string.find(code.has, ' ' .. run.pipeline .. '@', 1, true) ~= nil
end

local function start_stage(run, i, s, id, worker, slot)
  local facts = stage_plan(run, i)
  if run.status == 'starting' then
    move_run(run, 'running')
    run.set[RUN.begun_at] = now_text
  end
  move_stage(run, i, s, 'running')
  local again = s.attempt ~= '0'
  if s.keeps == NEXT_ATTEMPT then s.attempt = s.attempt == '0' and '1' or format('%d', tonumber(s.attempt) + 1) end
  s.keeps = NEXT_ATTEMPT
  s.fence = next_fence(run, tonumber(random))
  s.begun_at = now_text
  s.ended_at = '0'
  s.due_at = '0'
  s.worker = worker
  s.wait = ''
  if facts.timed then untimer(TIMER_KIND.queue, id) end
  emit(run, 'stage.started', facts.name, s.attempt, '{"worker":"' .. worker .. '","fence":' .. s.fence ..
    ',"queue":"' .. facts.queue .. '"}', s.generation)
  taken[#taken + 1] = WORKER.claim .. slot
  taken[#taken + 1] = CLAIM.pack { job = id, fence = s.fence, since = now_text, stage = facts.name }
  return describe_claim(run, i, id, again)
end

-- Marks of stages that run apart (lib/apart.lua). queue: some wait in the queue claimed from; worker: the queue for
-- which the worker drains itself or of which it runs one; began: this script started one.
local apart = {}

-- here: stages are parked that the claiming worker can run; offers: how many workers may still be woken for parked
-- stages.
local parked = {}

-- Whether the queue may be claimed from now; moves due jobs from `delayed` to `wait`.
local function open_queue(queue)
  local base = R .. ':' .. queue .. ':'
  local due = call('ZRANGEBYSCORE', base .. 'delayed', '0', format('%d', (now + 1) * 4096 - 1), 'LIMIT', '0', '500')
  if due[1] then
    call('ZREM', base .. 'delayed', unpack(due))
    call('LPUSH', base .. 'wait', unpack(due))
    added[queue] = (added[queue] or 0) + #due
  end
  local meta = call('HMGET', base .. 'meta', 'paused', 'concurrency', 'apart', 'offers')
  apart.queue = meta[3]
  parked.offers = meta[4]
  return not meta[1], tonumber(meta[2] or 'inf')
end

-- The next claim from the queue, or nil and when the next delayed job is due (ms, '0': none).
local function claim_next(queue, worker, slot, limit)
  local base = R .. ':' .. queue .. ':'
  if limit ~= math.huge and call('LLEN', base .. 'active') >= limit then return nil, '0' end
  for _ = 1, 20 do
    local id = call('RPOPLPUSH', base .. 'wait', base .. 'active')
    if not id then
      local first = call('ZRANGE', base .. 'delayed', '0', '0', 'WITHSCORES')
      return nil, first[2] and format('%d', math.floor(tonumber(first[2]) / 4096)) or '0'
    end
    local run_id, i, gen = parse_job_id(id)
    local run = run_id and load_run(run_id, i)
    local s = run and stage_of(run, i)
    if s and s.generation == gen and (s.status == 'queued' or s.status == 'retrying')
        and (run.status == 'running' or run.status == 'starting') then
      if not can_run(run, i) then
        park_beside(run, i, s)
      elseif s.suspicions ~= APART then
        added[queue] = (added[queue] or 0) - 1
        return start_stage(run, i, s, id, worker, slot)
      else
        -- Its delay has passed.
        added[queue] = (added[queue] or 0) - 1
        call('LREM', base .. 'active', 1, id)
        set_apart(queue, id)
        apart.queue = apart.queue or '-'
      end
    else
      set_aside(queue, id, run, i, s, gen)
    end
  end
  added[queue] = (added[queue] or 0) + 1
  return nil, '0'
end

-- The same, but parked stages that the worker can run come first.
local function claim_first(queue, worker, slot, limit)
  local claim = parked.here and take_parked(queue, worker, slot, limit)
  if claim then return claim, '0' end
  parked.here = nil
  local due
  claim, due = claim_next(queue, worker, slot, limit)
  if not claim and parked.offers then
    -- The wake-up was meant for a worker that can run a parked stage.
    if call('HINCRBY', R .. ':' .. queue .. ':meta', 'offers', -1) <= 0 then
      call('HDEL', R .. ':' .. queue .. ':meta', 'offers')
    end
    parked.offers = nil
    added[queue] = (added[queue] or 0) + MANY
  end
  return claim, due
end
