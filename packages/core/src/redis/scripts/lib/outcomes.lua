-- All outcomes of an attempt except success.
-- @include lib/settle.lua
-- @include lib/doom.lua
-- @include lib/park.lua
-- @include lib/apart.lua
-- @include lib/policy.lua

-- Attempts that save_runs writes.
local function attempts_of(run)
  run.attempts = run.attempts or {}
  return run.attempts
end

-- Keeps the attempt that ends here in the stage's history; the newest attempt is in the stage's own record.
-- recorded: the answer to its worker, so that a resent outcome gets the same one; nil if the worker was not involved.
-- at: when it ended, ms as text; nil: now.
local function remember_attempt(run, i, s, status, err, recorded, at)
  local field = ATTEMPTS.past .. i
  local attempts = attempts_of(run)
  local before = attempts[field] or call('HGET', run.key .. '/attempts', field)
  local ended = ATTEMPT.object {
    attempt = s.attempt, status = status, started_at = s.begun_at, finished_at = at or now_text, worker = s.worker,
    error = err or 'null', fence = s.fence, recorded = recorded, generation = s.generation,
  }
  attempts[field] = before and (before .. ',' .. ended) or ended
end

-- Into `delayed` until `due`, with BullMQ's marker "1", which wakes a worker at the first due time.
local function delay_job(queue, id, due)
  local base = R .. ':' .. queue .. ':'
  call('HSET', base .. id, 'delay', format('%d', due - now))
  call('ZADD', base .. 'delayed', format('%d', due * 4096), id)
  local first = call('ZRANGE', base .. 'delayed', 0, 0, 'WITHSCORES')
  call('ZADD', base .. 'marker', format('%d', math.floor(tonumber(first[2]) / 4096)), '1')
end

local function fail_by(run, facts, attempt, err)
  run.error = string.sub(err, 1, -2) .. ',"stage":"' .. facts.name .. '","attempt":' .. attempt .. '}'
  run.set[RUN.error] = run.error
end

-- The first failure is the run's; those after it are kept in their order, for a rerun of the first.
local function note_failure(run, i, facts, err)
  if not run.error then return fail_by(run, facts, stage_of(run, i).attempt, err) end
  call('ZADD', run.key .. '/failed', format('%d', run.last_seq), i)
end

-- Fails the stage for good, even while it waits. err: JSON of {code, message}.
local function fail_stage(run, i, err)
  local s = stage_of(run, i)
  local facts = stage_plan(run, i)
  end_stage(run, i, s, 'failed')
  attempts_of(run)[ATTEMPTS.error .. i] = err
  if decides_end(run, i) then note_failure(run, i, facts, err) end
  local queued, doomed = '', nil
  if run.status ~= 'cancelling' then queued, doomed = visit_dependants(run, i, 0) end
  emit(run, 'stage.failed', facts.name, s.attempt, '{"error":' .. err .. ',"duration_ms":' ..
    (s.begun_at == '0' and 'null' or format('%d', now - s.begun_at)) .. and_queued(queued) .. '}', s.generation)
  count_leaf(run, i, 1)
  if doomed then follow(run, doomed) end
  if run.stages_left == 0 then end_run_if_over(run) end
end

-- Ends a running stage of a cancelled run.
local function cancel_stage(run, i, reason)
  local s = stage_of(run, i)
  local facts = stage_plan(run, i)
  end_stage(run, i, s, 'cancelled')
  emit(run, 'stage.cancelled', facts.name, s.attempt, '{"reason":' .. reason .. '}', s.generation)
  if run.stages_left == 0 then end_run_if_over(run) end
end

local outcomes = {}

-- payload: JSON of {code, message}; flag '1': retryable; after: delay in ms requested by the handler, or '0'.
outcomes.failed = function(run, i, s, o)
  local facts = stage_plan(run, i)
  local policy = policy_of(facts)
  local fails = tonumber(s.failures) + 1
  s.failures = format('%d', fails)
  local again = o.retryable == '1' and fails < policy.max and run.status ~= 'cancelling'
  remember_attempt(run, i, s, 'failed', o.payload, again and 'retrying' or 'failed')
  if again then
    local delay = math.min(policy.initial * policy.coefficient ^ (fails - 1), policy.cap)
      * (1 + policy.jitter * tonumber(o.random))
    delay = math.ceil(math.max(delay, tonumber(o.after)))
    move_stage(run, i, s, 'retrying')
    s.due_at = format('%d', now + delay)
    attempts_of(run)[ATTEMPTS.error .. i] = o.payload
    delay_job(facts.queue, job_of(run, i, s), now + delay)
    emit(run, 'stage.retrying', facts.name, s.attempt, '{"error":' .. o.payload .. ',"delay_ms":' ..
      format('%d', delay) .. ',"next_attempt_at":' .. s.due_at .. '}', s.generation)
    return 'retrying'
  end
  fail_stage(run, i, o.payload)
  return 'failed'
end

-- payload: the reason as a JSON string. In a run that is not being cancelled it is an ordinary failure.
outcomes.cancelled = function(run, i, s, o)
  if run.status ~= 'cancelling' then
    o.payload = '{"code":"cancelled","message":' .. o.payload .. '}'
    return outcomes.failed(run, i, s, o)
  end
  remember_attempt(run, i, s, 'cancelled', nil, not o.taken and 'cancelled')
  cancel_stage(run, i, o.payload)
  return 'cancelled'
end

-- payload: the reason, a bare word; after: ms until it may be claimed again. The attempt is not counted: the next claim
-- has the same number. taken: the store took the stage back; the worker did not hand it back. A stage whose worker
-- lacks its code is parked: offering it repeatedly would fill its history.
outcomes.handed_back = function(run, i, s, o)
  local facts = stage_plan(run, i)
  if run.status == 'cancelling' then
    o.payload = run.set[RUN.cancel_reason] or call('HGET', run.key, RUN.cancel_reason) or 'null'
    return outcomes.cancelled(run, i, s, o)
  end
  remember_attempt(run, i, s, 'handed_back', nil, not o.taken and 'handed_back')
  local lacks_code = o.payload == 'no_compatible_version'
  local parks = lacks_code and not is_own_code(run, s, facts)
  move_stage(run, i, s, 'queued')
  if not lacks_code then call('HDEL', run.key, RUN.lacks_code .. i) end
  if not parks and o.after ~= '0' then s.due_at = format('%d', now + o.after) end
  local due = s.due_at ~= '0' and (',"next_attempt_at":' .. s.due_at) or ''
  emit(run, 'stage.handed_back', facts.name, s.attempt, '{"reason":"' .. o.payload .. '","worker":"' .. s.worker ..
    '"' .. due .. '}', s.generation)
  s.queued_at = now_text
  s.keeps = SAME_ATTEMPT
  local since = parks and park(run, i, s, facts)
  local queue_timeout = policy_of(facts).queue_timeout
  if queue_timeout ~= '0' then timer(TIMER_KIND.queue, job_of(run, i, s), (since or now) + queue_timeout) end
  if since then return 'handed_back' end
  if s.due_at ~= '0' then
    delay_job(facts.queue, job_of(run, i, s), now + o.after)
  else
    requeue_job(facts.queue, job_of(run, i, s), s, 'LPUSH')
  end
  return 'handed_back'
end
