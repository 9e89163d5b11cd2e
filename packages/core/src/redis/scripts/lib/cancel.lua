-- Cancel, in two phases: `cancelling` while something still runs, then the run's end.
-- @include lib/ready.lua
-- @include lib/parked.lua
-- @include lib/apart.lua
-- @lazy close_gate(run, i, s) lib/gates.lua return close_by_run(run, i, s)

-- How far from either end of a queue a job is searched. In a longer queue it stays until remove_stale.lua removes it,
-- or a claim finds that it is stale.
local REACH = 500
-- Misses per queue: stages cancelled together waited together.
local missed, MOST_MISSES = {}, 3

-- Returns 0 if it is not there.
local function leave_wait(queue, base, id)
  local wait = base .. 'wait'
  if (missed[base] or 0) < MOST_MISSES then
    if call('LPOS', wait, id, 'RANK', '-1', 'MAXLEN', REACH) then return call('LREM', wait, -1, id) end
    if call('LPOS', wait, id, 'MAXLEN', REACH) then return call('LREM', wait, 1, id) end
    if call('LLEN', wait) <= 2 * REACH then return 0 end
    missed[base] = (missed[base] or 0) + 1
  end
  call('SADD', R .. '/stale/' .. queue, id)
  return 1
end

-- Removes the job of a stage that has not started from its queue, or from where it waits outside of it.
local function remove_job(run, s, facts, id)
  local base = R .. ':' .. facts.queue .. ':'
  if s.wait ~= '' then
    leave_parked(parked_group(run, facts), id)
  elseif not (s.suspicions == APART and leave_apart(facts.queue, id)) and call('ZREM', base .. 'delayed', id) == 0
      and leave_wait(facts.queue, base, id) == 0 then
    call('LREM', base .. 'active', 1, id)
  end
  call('DEL', base .. id)
end

-- Reads stages from..to (numbers) in one call.
local function load_stages(run, from, to)
  local fields, indexes = {}, {}
  for index = from, to do
    local i = format('%d', index)
    if not run.stages[i] then
      indexes[#indexes + 1] = i
      fields[#fields + 1] = RUN.stage .. i
    end
  end
  if #fields == 0 then return end
  local packed = call('HMGET', run.key, unpack(fields))
  for n, i in ipairs(indexes) do run.stages[i] = read_stage(packed[n]) end
end

local function stages_of_plan(run)
  return tonumber(call('HGET', run.plan, PLAN.stage_count))
end

-- Cancels the stages from index `from` (a number) on that have not started; running ones are ended by their workers.
local function cancel_stages(run, from, reason)
  local n = stages_of_plan(run)
  local upto = math.min(from + budget, n) - 1
  load_stages(run, from, upto)
  for index = from, upto do
    local i = format('%d', index)
    local s = run.stages[i]
    if in_run(run, i) and (s.status == 'pending' or s.status == 'queued' or s.status == 'retrying'
        or s.status == 'awaiting_gate') then
      local facts = stage_plan(run, i)
      local id = job_of(run, i, s)
      if s.status == 'awaiting_gate' then
        close_gate(run, i, s)
      elseif s.status ~= 'pending' then
        remove_job(run, s, facts, id)
      end
      end_stage(run, i, s, 'cancelled')
      emit(run, 'stage.cancelled', facts.name, s.attempt, '{"reason":' .. reason .. '}', s.generation)
    end
  end
  budget = budget - (upto - from + 1)
  if upto + 1 < n then leave_for_later(run, { kind = TODO_KIND.cancels, place = upto + 1 }) end
end

-- reason, by, grace: JSON texts. failure: JSON of {code, message} when a timeout cancels, else nil.
local function cancel_run(id, reason, by, grace, failure)
  local run = load_run(id)
  if not run then return 'unknown' end
  if is_terminal(run.status) then return 'terminal', run.status end
  if run.status == 'cancelling' then return 'cancelling' end
  local waited = run.status == 'queued'
  move_run(run, 'cancelling')
  if waited then call('LREM', R .. '/overlap/' .. run.pipeline .. '/queue', 1, id) end
  run.set[RUN.cancel_reason] = reason
  run.set[RUN.cancel_by] = by
  run.set[RUN.cancel_grace] = grace
  if failure then run.set[RUN.cancel_error] = string.sub(failure, 1, -2) .. ',"stage":null,"attempt":null}' end
  -- A cut cancel is visible meanwhile, like one that waits for running stages.
  if run.stages_running > 0 or stages_of_plan(run) > budget then
    emit(run, 'run.cancelling', 'pipeline', '0', '{"reason":' .. reason .. ',"by":' .. by .. '}')
    call('PUBLISH', C .. '/control', CONTROL.pack { verb = CONTROL_VERB.cancel, run = id })
  end
  if budget > 0 then cancel_stages(run, 0, reason) else leave_for_later(run, { kind = TODO_KIND.cancels }) end
  if run.stages_left == 0 then end_run_if_over(run) end
  return run.status == 'cancelling' and 'cancelling' or 'cancelled'
end
