--[[
  Fires due timeouts (lib/timers.lua): of a whole run, of a whole stage, of a wait for a worker, of a gate.
  Emits: run.cancelling, stage.failed, stage.cancelled, gate.reminded, gate.decided, run.failed …
]]
-- @include lib/rescue.lua
-- @include lib/cancel.lua
-- @include lib/in_words.lua
-- @lazy gate_due(id) lib/gate_moves.lua return is_due(id)

-- Not before every due time has followed a step of the clock.
if latest ~= '' and now > tonumber(latest) or call('EXISTS', R .. '/clock_todo') == 1 then
  return reply { fired = 0, expand = '', more = '0' }
end

local function error_of(code, message)
  return '{"code":"' .. code .. '","message":"' .. message .. '"}'
end

-- By kind, the action of a due timer; returns whether it changed anything.
local handlers = {}

handlers[TIMER_KIND.run] = function(id)
  local run = load_run(id)
  if not run or is_terminal(run.status) or run.status == 'cancelling' then return false end
  budget = budget - 1
  local timeout = tonumber(call('HGET', run.key, RUN.timeout))
  cancel_run(id, '"the run timed out"', 'null', 'null',
    error_of('timed_out', 'the run took longer than its timeout of ' .. in_words(timeout)))
  return true
end

-- A stage of an unfinished run, by its job; nil if the run moved on without that job.
local function stage_of_job(id)
  local run_id, i, gen = parse_job_id(id)
  local run = load_run(run_id, i)
  local s = run and stage_of(run, i)
  if not s or s.generation ~= gen or is_terminal(run.status) then return nil end
  return run, i, s
end

-- A stage of a paused run, or of one whose resume has not come to it yet, does not time out while it waits.
local function stands_still(run, kind, id)
  if run.status == 'paused' then return true end
  if call('HEXISTS', run.key, RUN.pause) == 0 or call('EXISTS', run.key .. '/todo') == 0 then return false end
  timer(kind, id, now + 1000)
  return true
end

-- Ends the wait of a stage for a worker or for its next attempt.
local function fail_waiting(run, i, s, id, err)
  remove_job(run, s, stage_plan(run, i), id)
  fail_stage(run, i, err)
  return true
end

handlers[TIMER_KIND.stage] = function(id, due)
  local run, i, s = stage_of_job(id)
  if not run or not may_move_stage(s.status, 'failed') then return false end
  if s.status ~= 'running' and stands_still(run, TIMER_KIND.stage, id) then
    if run.status == 'paused' then
      run.set[RUN.stage_due .. i] = due
      run.dirty = true
    end
    return false
  end
  budget = budget - 1
  local limit = in_words(tonumber(policy_of(stage_plan(run, i)).stage_timeout))
  local err = error_of('timed_out', 'the stage, all its attempts together, took longer than its timeout of ' .. limit)
  if s.status ~= 'running' then return fail_waiting(run, i, s, id, err) end
  remember_attempt(run, i, s, 'failed', err)
  fail_stage(run, i, err)
  call('PUBLISH', C .. '/control', CONTROL.pack { verb = CONTROL_VERB.cancel, run = run.id })
  return true
end

handlers[TIMER_KIND.queue] = function(id)
  local run, i, s = stage_of_job(id)
  -- The resume begins its wait anew.
  if not run or s.status ~= 'queued' or stands_still(run, TIMER_KIND.queue, id) then return false end
  budget = budget - 1
  local facts = stage_plan(run, i)
  local limit = in_words(tonumber(policy_of(facts).queue_timeout))
  return fail_waiting(run, i, s, id,
    error_of('no_worker', 'no worker of queue ' .. facts.queue .. ' took the stage within ' .. limit))
end

handlers[TIMER_KIND.gate] = function(id)
  budget = budget - 1
  return gate_due(id)
end

local fired = 0
-- A timeout may end its run, which is twice the work of a job.
local MOST = 50
local most = math.min(tonumber(limit), budget, MOST)
local due = call('ZRANGEBYSCORE', R .. '/timers', 0, now_text, 'WITHSCORES', 'LIMIT', 0, most)
local more = #due == 2 * most
for n = 1, #due, 2 do
  if budget <= 0 then
    more = true
    break
  end
  call('ZREM', R .. '/timers', due[n])
  local kind, id = parse_timer(due[n])
  if handlers[kind] and handlers[kind](id, due[n + 1]) then fired = fired + 1 end
end
save()
return reply { fired = fired, expand = unfinished(), more = more and '1' or '0' }
