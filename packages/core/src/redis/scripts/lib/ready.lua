-- What follows from the end of a stage for those that wait for it. Work beyond the script's budget is left in the run's todo list, for the
-- next expand_run.
-- @include lib/jobs.lua
-- @lazy end_run_if_over(run) lib/end_run.lua return finish_run(run)
-- @lazy decide_special(run, j, n) lib/special.lua return decide_by(run, j, n)
-- @lazy hold_back(run, i, from) lib/rerun_hold.lua return hold_back_visit(run, i, from)
-- @lazy follow_doomed(run, doomed) lib/doom.lua return follow(run, doomed)

-- Stages that one script may queue, skip or cancel, whatever it does and for however many slots.
local budget = 100

-- The set of cut runs outlives the caller: what the caller does not continue, the sweep does.
-- item: {kind, stage, place}, as far as the kind has them.
local function leave_for_later(run, item)
  call('RPUSH', run.key .. '/todo', TODO.pack { kind = item.kind, stage = item.stage or '-', place = item.place or 0 })
  call('SADD', R .. '/unfinished', run.id)
  run.more = true
end

-- The runs with work left over by this script, including those admitted by the end of another run.
local function unfinished()
  local ids = {}
  for id, run in pairs(runs) do
    if run.more then ids[#ids + 1] = id end
  end
  return table.concat(ids, ' ')
end

-- How many of a stage's parents ended in which way, as digits of one number: one call counts an end and returns all
-- counts. A digit holds the most stages that a pipeline may have (LIMITS.stages).
local DIGIT = 16384

local function digit_of(st)
  if st == 'succeeded' then return 1 end
  local outcome = outcome_of(st)
  return DIGIT ^ (outcome == 'failed' and 1 or outcome == 'skipped' and 2 or 3)
end

-- The decision of stage j's rule by how its parents ended (digits of n).
local function decide_counted(run, j, indegree, n, special)
  local upper = math.floor(n / DIGIT)
  if special == '1' then
    local outside = run.subset ~= '' and call('HGET', run.key, RUN.parents_outside .. j) or 0
    return decide_special(run, j, { total = indegree - outside, succeeded = n % DIGIT, failed = upper % DIGIT,
      skipped = math.floor(upper / DIGIT) % DIGIT, cancelled = math.floor(upper / DIGIT ^ 2) })
  end
  return decide {
    rule = DEFAULT_RULE, total = tonumber(indegree), succeeded = n % DIGIT, failed = upper % DIGIT,
    skipped = math.floor(upper / DIGIT) % DIGIT,
    cancelled = math.floor(upper / DIGIT ^ 2),
  }
end

-- The same after one of its parents has ended in state `st`. A single parent needs no count.
local function decide_after(run, j, indegree, st, special)
  local n = digit_of(st)
  if indegree ~= '1' then n = call('HINCRBY', run.key, RUN.parents_ended .. j, format('%d', n)) end
  return decide_counted(run, j, indegree, n, special)
end

-- The dependants of stage i, which has ended, from place `from` on. Queues those that became ready and returns their
-- names as JSON strings; they go to the front: earlier runs continue before later ones begin. Ends those that can never
-- run, and returns them too, for follow_doomed, or nil. `want`: a slot that takes the first ready one of its queue
-- directly, if its worker can run it.
local function visit_dependants(run, i, from, want)
  local text = stage_plan(run, i).dependants
  if run.status == 'paused' and hold_back(run, i, from) or text == '' then return '' end
  local ended_as, queued, fronts, doomed = stage_of(run, i).status, '', {}, nil
  each_item(run.plan, PLAN.dependants .. i, DEPENDANT.pattern(index, dependencies, queue, name, queue_timeout,
    stage_timeout, special), from, function(place, j, indegree, queue, name, qt, st, special)
    if not in_run(run, j) then return end
    if budget <= 0 then
      leave_for_later(run, { kind = TODO_KIND.dependants, stage = i, place = place })
      return false
    end
    budget = budget - 1
    local decision = decide_after(run, j, indegree, ended_as, special)
    if decision == 'wait' or stage_of(run, j).status ~= 'pending' then return end
    if decision ~= 'run' then
      doomed = doomed or {}
      doomed[#doomed + 1] = { i = j, name = name, decision = decision, because = stage_plan(run, i).name }
      end_stage(run, j, stage_of(run, j), decision == 'skip' and 'skipped' or 'upstream_failed')
      return
    end
    local id = make_job(run, j, queue, name, qt, st)
    local first = want and not want.job and queue == want.queue and run.status == 'running'
    if first and not want.can_run(run, j) then first, want = false, nil end
    if first then
      want.job, want.run, want.i = id, run, j
    else
      fronts[queue] = fronts[queue] or {}
      table.insert(fronts[queue], 1, id)
    end
    queued = queued == '' and ('"' .. name .. '"') or (queued .. ',"' .. name .. '"')
  end, text)
  -- What follows from the doomed ones is queued later, and so claimed earlier.
  if doomed and want and want.job then
    fronts[want.queue] = fronts[want.queue] or {}
    table.insert(fronts[want.queue], want.job)
    want.job = nil
  end
  for queue, ids in pairs(fronts) do
    call('RPUSH', R .. ':' .. queue .. ':wait', unpack(ids))
    added[queue] = (added[queue] or 0) + #ids
  end
  return queued, doomed
end
