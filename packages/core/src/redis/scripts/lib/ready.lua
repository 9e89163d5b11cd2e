-- Queues the stages that a success makes ready. Work beyond the script's budget is left in the run's todo list, for the
-- next expand_run.
-- @include lib/jobs.lua
-- @lazy end_run_if_over(run) lib/end_run.lua return finish_run(run)

-- Stages that one script may queue, skip or cancel, whatever it does and for however many slots.
local budget = 100

-- The set of cut runs outlives the caller: what the caller does not continue, the sweep does.
-- item: {kind, stage, place, because}, as far as the kind has them.
local function leave_for_later(run, item)
  call('RPUSH', run.key .. '/todo', TODO.pack { kind = item.kind, stage = item.stage or '-', place = item.place or 0,
    because = item.because or '-' })
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

local function digit_of(outcome)
  if outcome == 'succeeded' then return 1 end
  return DIGIT ^ (outcome == 'failed' and 1 or outcome == 'skipped' and 2 or 3)
end

-- The decision of stage j's rule after one of its parents has ended. A single parent needs no count.
local function decide_after(run, j, indegree, outcome)
  local n = digit_of(outcome)
  if indegree ~= '1' then n = call('HINCRBY', run.key, RUN.parents_ended .. j, format('%d', n)) end
  local upper = math.floor(n / DIGIT)
  return decide {
    rule = DEFAULT_RULE, total = tonumber(indegree), succeeded = n % DIGIT, failed = upper % DIGIT,
    skipped = math.floor(upper / DIGIT) % DIGIT,
    cancelled = math.floor(upper / DIGIT ^ 2),
  }
end

-- Queues the dependants of stage i, from place `from` on, that became ready; returns their names as JSON strings. They
-- go to the front: earlier runs continue before later ones begin. `want`: a slot that takes the first one of its queue
-- directly, if its worker can run it.
local function queue_dependants(run, i, from, want)
  local text = stage_plan(run, i).dependants
  if text == '' then return '' end
  local queued, fronts = '', {}
  each_item(run.plan, PLAN.dependants .. i, DEPENDANT.pattern(index, dependencies, queue, name, queue_timeout,
    stage_timeout), from, function(place, j, indegree, queue, name, qt, st)
    if not in_run(run, j) then return end
    if budget <= 0 then
      leave_for_later(run, { kind = TODO_KIND.dependants, stage = i, place = place })
      return false
    end
    budget = budget - 1
    if decide_after(run, j, indegree, 'succeeded') == 'run' and stage_of(run, j).status == 'pending' then
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
    end
  end, text)
  for queue, ids in pairs(fronts) do
    call('RPUSH', R .. ':' .. queue .. ':wait', unpack(ids))
    added[queue] = (added[queue] or 0) + #ids
  end
  return queued
end
