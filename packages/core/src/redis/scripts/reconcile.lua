--[[
  Re-derives what one live run should have in the queues, repairs differences and counts them. BullMQ is the dispatcher, never the truth.
  Emits: run.repaired, stage.rescued, and what follows
]]
-- @include lib/rescue.lua
-- @include lib/expand.lua

-- A wait list longer than this is not searched: the job's own hash is evidence enough.
local SEARCHABLE = 5000

local run = load_run(run_id)
if not run or is_terminal(run.status) then return reply { repaired = 0, next = -1 } end
local patience = tonumber(patience_ms)
max_lost, first = tonumber(max_lost), tonumber(first)
-- Whoever empties the queue of the flows takes the list of all live runs along.
if first == 0 and not call('ZSCORE', R .. ':runs:waiting-children', run.id) then make_flow(run.id, run.pipeline, call('HGET', run.key, RUN.created_at), run.overlaps) end
if run.status == 'queued' then return reply { repaired = 0, next = -1 } end
local n = tonumber(call('HGET', run.plan, PLAN.stage_count))
local repairs = {}
-- Names of the stages that this queued, as JSON strings: the state is the fold of the events.
local queued = {}

local function note(what, name)
  repairs[#repairs + 1] = '"' .. what .. ':' .. name .. '"'
end

local function is_parked(group, id)
  return call('SISMEMBER', R .. '/parked', group) == 1 and call('ZSCORE', R .. '/parked/' .. group, id)
end

local function is_dispatched(queue, id, s)
  local base = R .. ':' .. queue .. ':'
  if call('EXISTS', base .. id) == 0 then return false end
  if s.suspicions == APART and call('LPOS', R .. '/apart/' .. queue, id) then return call('HEXISTS', base .. 'meta', 'apart') == 1 end
  if call('ZSCORE', base .. 'delayed', id) then return true end
  if call('LLEN', base .. 'wait') > SEARCHABLE then return true end
  return (call('LPOS', base .. 'wait', id) or call('LPOS', base .. 'active', id)) and true or false
end

-- What the rule of a stage decides by how its parents ended, and the last of them that did not succeed.
local function decide_anew(run, facts)
  local n, total, because = { succeeded = 0, failed = 0, skipped = 0, cancelled = 0 }, 0, nil
  for k in DEPENDENCY.each(facts.dependencies, index) do
    local st = in_run(run, k) and stage_of(run, k).status or 'succeeded'
    total = total + 1
    if n[st] then n[st] = n[st] + 1 end
    if n[st] and st ~= 'succeeded' then because = k end
  end
  return decide(DEFAULT_RULE, total, n.succeeded, n.failed, n.cancelled, n.skipped), because
end

if first == 0 and call('LLEN', run.key .. '/todo') > 0 then
  expand(run)
elseif run.status == 'cancelling' then
  cancel_stages(run, first, call('HGET', run.key, RUN.cancel_reason) or 'null')
end

local upto = math.min(first + 300, n) - 1
load_stages(run, first, upto)
for index = first, upto do
  local i = format('%d', index)
  local s = run.stages[i]
  if in_run(run, i) and not is_terminal(run.status) then
    local facts = stage_plan(run, i)
    local id = job_of(run, i, s)
    local base = R .. ':' .. facts.queue .. ':'
    if (s.status == 'queued' or s.status == 'retrying') and now - math.max(tonumber(s.queued_at), tonumber(s.due_at)) > patience and
      not (s.keeps == PARKED and is_parked(parked_group(run, facts), id)) and not is_dispatched(facts.queue, id, s) then
      note('queued', facts.name)
      if s.keeps == PARKED then
        leave_parked(parked_group(run, facts), id)
        s.keeps = SAME_ATTEMPT
      end
      call('LREM', base .. 'active', 1, id)
      local policy = policy_of(facts)
      if s.suspicions == APART then
        leave_apart(facts.queue, id)
        wait_apart(facts.queue, make_job(run, i, facts.queue, facts.name, policy.queue_timeout, '0'), 'RPUSH')
      else
        add_job(run, i, facts.queue, facts.name, policy.queue_timeout, '0')
      end
      queued[#queued + 1] = '"' .. facts.name .. '"'
    elseif s.status == 'running' and now - tonumber(s.begun_at) > patience and not call('ZSCORE', R .. '/workers', s.worker) then
      note('rescued', facts.name)
      -- What else its worker held is forgotten with it.
      rescue_stage(run, i, max_lost, false)
    elseif s.status == 'pending' and run.status ~= 'cancelling' and now - tonumber(call('HGET', run.key, RUN.admitted_at) or now) > patience then
      local decision, because = decide_anew(run, facts)
      if decision == 'skip' and call('LLEN', run.key .. '/todo') == 0 then
        note('skipped', facts.name)
        skip_stage(run, i, facts.name, stage_plan(run, because).name)
        skip_dependants(run, i, facts.name, 0)
      elseif decision == 'run' and call('LLEN', run.key .. '/todo') == 0 then
        note('ready', facts.name)
        local policy = policy_of(facts)
        add_job(run, i, facts.queue, facts.name, policy.queue_timeout, policy.stage_timeout)
        queued[#queued + 1] = '"' .. facts.name .. '"'
      end
    end
  end
end

if first == 0 and upto + 1 >= n and not is_terminal(run.status) then
  local left, running = 0, 0
  for index = 0, n - 1 do
    local i = format('%d', index)
    if in_run(run, i) then
      local st = run.stages[i].status
      if not is_terminal(st) then left = left + 1 end
      if st == 'running' then running = running + 1 end
    end
  end
  if left ~= run.stages_left or running ~= run.stages_running then
    note('counters', run.pipeline)
    run.stages_left = left
    run.stages_running = running
    run.dirty = true
    end_run_if_over(run)
  end
end

if #repairs > 0 then
  count('repaired', #repairs)
  if not is_terminal(run.status) then emit(run, 'run.repaired', 'pipeline', '0', '{"repairs":[' .. table.concat(repairs, ',', 1, math.min(#repairs, 50)) .. '],"queued":[' .. table.concat(queued, ',') .. ']}') end
end
save()
return reply { repaired = #repairs, next = upto + 1 < n and upto + 1 or -1 }
