-- Opens the next generation of stages of a live run (domain/rerun.ts).
-- @include lib/rerun_hold.lua
-- @include lib/pauses.lua
-- @include lib/resume.lua
-- @include lib/outcomes.lua
-- @lazy supersede_gate(run, i, s) lib/gates.lua supersede(run, i, s)

local function count_items(dependencies)
  local _, to = string.find(dependencies, LIST.more, 1, true)
  if to then return tonumber(string.sub(dependencies, to + 1)) end
  local n = 0
  for _ in DEPENDENCY.each(dependencies, index) do n = n + 1 end
  return n
end

local function has_parents(run, i, facts)
  local found = false
  each_item(run.plan, PLAN.dependencies .. i, DEPENDENCY.pattern(index), 0, function(_, k)
    found = in_run(run, k)
    return not found
  end, facts.dependencies)
  return found
end

-- What the rule of stage i says by those of its parents that have ended and are counted.
local function decide_now(run, i, facts)
  if facts.dependencies == '' or not has_parents(run, i, facts) then return 'run' end
  local all, n = count_items(facts.dependencies), nil
  if all == 1 then
    local st = stage_of(run, DEPENDENCY.match(facts.dependencies, index)).status
    n = is_terminal(st) and digit_of(st) or 0
  else
    n = tonumber(call('HGET', run.key, RUN.parents_ended .. i) or '0')
  end
  return decide_counted(run, i, all, n, PLAN_STAGE.match(facts.packed, special))
end

-- The dependants of stage i, which ended in state `st`, no longer count that. Returns the place where the budget ended,
-- or nil. A single parent is not counted.
local function uncount(run, i, st, from, facts)
  local cut, by = nil, format('%d', -digit_of(st))
  each_item(run.plan, PLAN.dependants .. i, DEPENDANT.pattern(index, dependencies), from, function(place, j, indegree)
    if indegree == '1' or not in_run(run, j) then return end
    if budget <= 0 then
      cut = place
      return false
    end
    budget = budget - 1
    call('HINCRBY', run.key, RUN.parents_ended .. j, by)
  end, facts.dependants)
  return cut
end

-- A failed stage no longer decides how the run ends. The failure that came next is the run's.
local function forget_failure(run, i, st, facts)
  count_leaf(run, i, -1)
  if st ~= 'failed' or not decides_end(run, i) then return end
  local failed = run.key .. '/failed'
  if string.match(run.error or '', '"stage":"([^"]*)","attempt":%d+}$') ~= facts.name then
    call('ZREM', failed, i)
    return
  end
  run.error = nil
  run.set[RUN.error] = nil
  call('HDEL', run.key, RUN.error)
  local k = call('ZRANGE', failed, 0, 0)[1]
  if not k then return end
  call('ZREM', failed, k)
  local err = attempts_of(run)[ATTEMPTS.error .. k] or call('HGET', run.key .. '/attempts', ATTEMPTS.error .. k)
  fail_by(run, stage_plan(run, k), stage_of(run, k).attempt, err)
end

-- An attempt that ended at a gate is among the past ones already.
local function is_remembered(run, i, s)
  local past = attempts_of(run)[ATTEMPTS.past .. i] or call('HGET', run.key .. '/attempts', ATTEMPTS.past .. i)
  return past and string.find(past, '"fence":' .. s.fence .. ',', 1, true) ~= nil
end

-- Leaves the stage's generation: its job, its claim, its timers, its output. Its attempts are kept.
local function leave_generation(run, i, s, facts)
  local id = job_of(run, i, s)
  if s.status == 'running' then
    remember_attempt(run, i, s, 'cancelled')
    leave_running(run, i, s)
    gone[#gone + 1] = R .. ':' .. facts.queue .. ':' .. id
    run.superseded = true
  elseif is_terminal(s.status) then
    if s.status == 'succeeded' and s.attempt ~= '0' and not is_remembered(run, i, s) then
      remember_attempt(run, i, s, 'succeeded', nil, 'succeeded', s.ended_at)
    elseif outcome_of(s.status) == 'failed' then
      forget_failure(run, i, s.status, facts)
    end
    run.stages_left = run.stages_left + 1
  elseif s.status == 'awaiting_gate' then
    supersede_gate(run, i, s)
  else
    remove_job(run, s, facts, id)
  end
  if facts.timed then
    untimer(TIMER_KIND.stage, id)
    untimer(TIMER_KIND.queue, id)
  end
  call('HDEL', run.key, RUN.output .. i, RUN.lacks_code .. i, RUN.stage_due .. i)
  call('HDEL', run.key .. '/outputs', i)
end

-- because: JSON of the stage that was told to run again, or nil: it is this one. why: more members of the event, each
-- with a leading comma. Queues it if its rule says so.
local function open_again(run, i, facts, because, why)
  local s = stage_of(run, i)
  leave_generation(run, i, s, facts)
  local fresh = read_stage(false)
  fresh.generation = format('%d', tonumber(s.generation) + 1)
  fresh.fence = s.fence
  fresh.saved_due = s.saved_due
  fresh.changed = true
  run.stages[i] = fresh
  run.dirty = true
  local queued = ''
  if decide_now(run, i, facts) == 'run' then
    local policy = policy_of(facts)
    local id = make_job(run, i, facts.queue, facts.name, policy.queue_timeout, policy.stage_timeout)
    call('RPUSH', R .. ':' .. facts.queue .. ':wait', id)
    added[facts.queue] = (added[facts.queue] or 0) + 1
    queued = '"' .. facts.name .. '"'
  end
  emit(run, 'stage.reopened', facts.name, '0', '{"because":' .. (because or 'null') .. ',"was":"' .. s.status .. '"' ..
    why .. and_queued(queued) .. '}', fresh.generation)
end

-- Whether the turn of stage i opens it again; how: one of REACH. ended: it ended after its turn had been set.
local function opens_again(run, i, s, how, facts, ended)
  if s.status == 'pending' then return false end
  if s.status == 'skipped' or s.status == 'upstream_failed' then
    local decision = decide_now(run, i, facts)
    return decision == 'run' or decision == 'wait'
  end
  if how == REACH.all then return true end
  if is_terminal(s.status) then return how == REACH.next and ended end
  return how == REACH.next or decide_now(run, i, facts) ~= 'run'
end

-- Opens stages again as far as the budget goes, in plan order: each after all of its parents. Returns how many, and the
-- record RERUN of what is left, or nil.
local function open_stages(run, rerun)
  local reach, stage, place, told = RERUN.match(rerun, reach, stage, place, told)
  local because, n, at = '"' .. stage .. '"', 0, string.find(reach, '[^' .. REACH.none .. ']')
  place = tonumber(place)
  while at and budget > 0 do
    budget = budget - 1
    local i = format('%d', at - 1)
    local s, facts = stage_of(run, i), stage_plan(run, i)
    local ended = run.rerun and call('HEXISTS', run.key, RUN.uncounted .. i) == 1
    if place > 0 or opens_again(run, i, s, string.sub(reach, at, at), facts, ended) then
      local cut = is_terminal(s.status) and not ended and uncount(run, i, s.status, place, facts)
      if cut then
        place = cut
        break
      end
      place = 0
      if ended then call('HDEL', run.key, RUN.uncounted .. i) end
      local is_first = facts.name == stage
      open_again(run, i, facts, not is_first and because or nil, is_first and (',' .. string.sub(told, 2, -2)) or '')
      n = n + 1
    end
    at = string.find(reach, '[^' .. REACH.none .. ']', at + 1)
  end
  if run.superseded then call('PUBLISH', C .. '/control', CONTROL.pack { verb = CONTROL_VERB.cancel, run = run.id }) end
  if not at then return n end
  reach = string.rep(REACH.none, at - 1) .. string.sub(reach, at)
  return n, RERUN.pack { reach = reach, stage = stage, place = place, told = told }
end

local function pause_of_rerun(told)
  return '{"since":' .. now_text .. ',"scope":"rerun",' .. string.sub(told, 2, -2) .. '}'
end

-- The run stays held while stages are to be opened again.
local function hold_for_rerun(run)
  local pause = pause_of_rerun(RERUN.match(rerun_of(run), told))
  if run.status == 'paused' then replace_pause(run, pause) else pause_run(run, pause) end
end

local function leave_rerun(run, left)
  run.rerun = left
  run.set[RUN.rerun] = left
  run.dirty = true
  leave_for_later(run, { kind = TODO_KIND.reopens })
end

-- All are open again: what their ends had to wait for goes on, and so does the run, unless it is paused otherwise.
local function finish_rerun(run, told)
  run.rerun = false
  run.set[RUN.rerun] = nil
  call('HDEL', run.key, RUN.rerun)
  if run.status ~= 'paused' or paused_scope(run) ~= 'rerun' then return end
  local pause = pause_in_force(run.pipeline)
  if pause then return replace_pause(run, pause) end
  resume_run(run, told)
end

-- Goes on with a rerun that was cut.
local function go_on_rerunning(run)
  local rerun = rerun_of(run)
  if not rerun then return end
  local _, left = open_stages(run, rerun)
  if left then return leave_rerun(run, left) end
  finish_rerun(run, RERUN.match(rerun, told))
end
