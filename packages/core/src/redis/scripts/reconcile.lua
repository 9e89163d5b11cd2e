--[[
  Compares live runs with their stages and workers, one after the other up to its budget; repairs differences and counts
  them.
  BullMQ is the dispatcher, never the truth. Whether a stage waits in a list is not checked here: the caller reads lists
  as a whole.
  Emits: run.repaired, stage.rescued | parked, and what follows
]]
-- @include lib/rescue.lua
-- @include lib/expand.lua
-- @lazy restore_gate(run, i, s) lib/gates.lua return restore(run, i, s)

-- Budget of one script, about 1 ms, and the cost of a run, of an open stage, and of a repair.
local work, RUN, STAGE, REPAIR = 350, 10, 3, 12
local patience = tonumber(patience_ms)
max_lost = tonumber(max_lost)
local repaired, waiting = 0, {}

-- It was set aside for a worker that is gone.
local function record_cause(run, i, s, facts)
  local group = parked_group(run, facts)
  if not able_workers(group)[1] then
    record_parked(run, i, s, facts, LACKS_CODE.match(call('HGET', run.key, RUN.lacks_code .. i), since))
  end
end

local function has_failures(run)
  return run.error or run.set[RUN.error]
end

-- The decision of a pending stage's rule by how its parents ended, and one of them that decided it.
local function decide_anew(run, i, facts)
  local special = PLAN_STAGE.match(facts.packed, special) == '1'
  local _, to = string.find(facts.dependencies, LIST.more, 1, true)
  local all = to and tonumber(string.sub(facts.dependencies, to + 1))
  -- For a plain wide join, its own count suffices while nothing has failed.
  if all and not special and not has_failures(run) and tonumber(call('HGET', run.key, RUN.parents_ended .. i) or '0') < all then
    return 'wait'
  end
  local n, total, because = { succeeded = 0, failed = 0, skipped = 0, cancelled = 0 }, 0, nil
  each_item(run.plan, PLAN.dependencies .. i, DEPENDENCY.pattern(index), 0, function(_, k)
    work = work - 1
    if not in_run(run, k) then return end
    local st = stage_of(run, k).status
    total = total + 1
    if not is_terminal(st) then return end
    st = outcome_of(st)
    n[st] = n[st] + 1
    if st ~= 'succeeded' or not because then because = k end
  end, facts.dependencies)
  n.total = total
  if special then return decide_special(run, i, n), because end
  return decide { rule = DEFAULT_RULE, total = total, succeeded = n.succeeded, failed = n.failed,
    cancelled = n.cancelled, skipped = n.skipped }, because
end

-- Returns the stage to continue from, or nil if the run is done.
local function reconcile_run(run, first)
  work = work - RUN
  -- Emptying the queue of the flows also deletes the list of live runs.
  if first == 0 and not call('ZSCORE', R .. ':runs:waiting-children', run.id) then
    make_flow(run.id, run.pipeline, call('HGET', run.key, RUN.created_at), run.overlaps)
  end
  if run.status == 'queued' then return nil end
  local is_cut = call('EXISTS', run.key .. '/todo') == 1
  if first == 0 and is_cut then
    expand(run)
    work = 0
  elseif first == 0 and run.status == 'cancelling' then
    cancel_stages(run, 0, call('HGET', run.key, RUN.cancel_reason) or 'null')
    work = work - STAGE * 10
  end
  local n = tonumber(call('HGET', run.plan, PLAN.stage_count))
  local admitted = tonumber(call('HGET', run.key, RUN.admitted_at) or now)
  local repairs, queued = {}, {}
  local function note(what, name)
    repairs[#repairs + 1] = '"' .. what .. ':' .. name .. '"'
    work = work - REPAIR
  end
  local upto = math.min(first + 100, n) - 1
  load_stages(run, first, upto)
  local index = first
  -- At least one stage per call, so that it always advances.
  while index <= upto and (index == first or (work > 0 and budget > 0)) do
    local i = format('%d', index)
    local s = run.stages[i]
    if in_run(run, i) and not is_terminal(run.status) and not is_terminal(s.status) then
      work = work - STAGE
      local facts = stage_plan(run, i)
      local id = job_of(run, i, s)
      local base = R .. ':' .. facts.queue .. ':'
      if s.wait == WAIT.paused and (run.status == 'paused' or is_cut) then
        -- Its resume queues it.
      elseif s.status == 'queued' or s.status == 'retrying' then
        if s.wait ~= '' and is_parked(parked_group(run, facts), id) then
          if s.wait == WAIT.aside then record_cause(run, i, s, facts) end
        elseif now - math.max(tonumber(s.queued_at), tonumber(s.due_at)) > patience
            and not call('ZSCORE', base .. 'delayed', id) then
          waiting[#waiting + 1] = SUSPECT.list { queue = facts.queue, job = id }
          if s.suspicions == APART and call('EXISTS', R .. '/apart/' .. facts.queue) == 1
              and call('HSETNX', base .. 'meta', 'apart', '-') == 1 then
            note('queued', facts.name)
            added[facts.queue] = (added[facts.queue] or 0) + 1
          end
        end
      elseif s.status == 'awaiting_gate' then
        if restore_gate(run, i, s) then note('gate', facts.name) end
      elseif s.status == 'running' then
        if now - tonumber(s.begun_at) > patience and not call('ZSCORE', R .. '/workers', s.worker) then
          note('rescued', facts.name)
          -- The worker's other claims are lost with it.
          rescue_stage(run, i, max_lost, false)
        end
      elseif s.status == 'pending' and not is_cut and run.status ~= 'cancelling' and now - admitted > patience then
        local decision, because = decide_anew(run, i, facts)
        if decision == 'skip' or decision == 'fail' then
          local ends_as = decision == 'skip' and 'skipped' or 'upstream_failed'
          note(ends_as, facts.name)
          end_stage(run, i, s, ends_as)
          follow(run, { { i = i, name = facts.name, decision = decision, because = stage_plan(run, because).name } })
        elseif decision == 'run' then
          note('ready', facts.name)
          local policy = policy_of(facts)
          add_job(run, i, facts.queue, facts.name, policy.queue_timeout, policy.stage_timeout)
          queued[#queued + 1] = '"' .. facts.name .. '"'
        end
      end
    end
    index = index + 1
  end
  if first == 0 and index >= n and not is_terminal(run.status) then
    local left, running = 0, 0
    for at = 0, n - 1 do
      local i = format('%d', at)
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
    repaired = repaired + #repairs
    if not is_terminal(run.status) then
      emit(run, 'run.repaired', 'pipeline', '0', '{"repairs":[' ..
        table.concat(repairs, ',', 1, math.min(#repairs, 50)) .. '],"queued":[' .. table.concat(queued, ',') .. ']}')
    end
  end
  return index < n and index or nil
end

local done, from = 0, tonumber(first)
for at = listed.first, #ARGV, listed.stride do
  if work <= 0 or budget <= 0 then break end
  local run = load_run(ARGV[at + listed.run_id])
  from = run and not is_terminal(run.status) and reconcile_run(run, from) or nil
  if from then break end
  from = 0
  done = done + 1
end
if repaired > 0 then count('repaired', repaired) end
save()
return reply { done = done, next = from, repaired = repaired, waiting = waiting }
