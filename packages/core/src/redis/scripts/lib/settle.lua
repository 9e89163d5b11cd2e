-- Records how an attempt ended: the one place where a running stage stops running.
-- @include lib/propagate.lua

-- Keeps the attempt that ends here in the stage's history; the newest attempt is in the stage's own record.
local function remember_attempt(run, i, s, status, err)
  local field = 'h' .. i
  local before = run.set[field] or call('HGET', run.key, field)
  run.set[field] = (before and (before .. ',') or '') .. '{"attempt":' .. s.att .. ',"status":"' .. status .. '","started_at":' .. s.b ..
    ',"finished_at":' .. now .. ',"worker":"' .. s.w .. '","error":' .. (err or 'null') .. '}'
end

local function refuse(run, i, fence, what)
  count('fenced')
  if run and not is_terminal(run.st) then
    local s = stage_of(run, i)
    emit(run, 'stage.fenced', stage_plan(run, i).name, s.att, '{"fence":' .. fence .. ',"current_fence":' .. s.fence .. ',"what":"' .. what .. '"}')
  end
  return 'fenced'
end

local function stage_ended(run, i, s, status)
  s.st = status
  s.e = now
  s.nx = 0
  run.left = run.left - 1
  touch(run, i)
  local facts = stage_plan(run, i)
  if facts.timed then
    untimer('s', job_id(run, i))
    untimer('q', job_id(run, i))
  end
end

-- The stage failed for good. err: JSON of {code, message}.
local function fail_stage(run, i, err)
  local s = stage_of(run, i)
  local name = stage_plan(run, i).name
  stage_ended(run, i, s, 'failed')
  run.set['x' .. i] = err
  if not run.err then
    run.err = string.sub(err, 1, -2) .. ',"stage":"' .. name .. '","attempt":' .. s.att .. '}'
    run.set.err = run.err
  end
  emit(run, 'stage.failed', name, s.att, '{"error":' .. err .. ',"duration_ms":' .. (s.b > 0 and now - s.b or 0) .. '}')
  if run.st ~= 'cancelling' then skip_dependants(run, i, name, 0) end
  end_run_if_over(run)
end

local function cancel_stage(run, i, reason)
  local s = stage_of(run, i)
  stage_ended(run, i, s, 'cancelled')
  emit(run, 'stage.cancelled', stage_plan(run, i).name, s.att, '{"reason":' .. reason .. '}')
  end_run_if_over(run)
end

local record = {}

record.succeeded = function(run, i, s, o)
  local facts = stage_plan(run, i)
  stage_ended(run, i, s, 'succeeded')
  run.set['o' .. i] = o.payload
  finish_job(facts.queue, job_id(run, i), s, true)
  local queued = ''
  if run.st ~= 'cancelling' then queued = queue_dependants(run, i, 0) end
  emit(run, 'stage.succeeded', facts.name, s.att, '{"duration_ms":' .. (now - s.b) .. ',"queued":[' .. queued .. ']}')
  end_run_if_over(run)
  return 'succeeded'
end

-- payload: JSON of {code, message}; flag '1': retryable; after: ms that the handler asked to wait, or 0.
record.failed = function(run, i, s, o)
  local facts = stage_plan(run, i)
  local policy = policy_of(facts)
  s.fails = s.fails + 1
  remember_attempt(run, i, s, 'failed', o.payload)
  if o.flag == '1' and s.fails < policy.max and run.st ~= 'cancelling' then
    local delay = math.min(policy.initial * policy.coefficient ^ (s.fails - 1), policy.cap) * (1 + policy.jitter * o.random)
    delay = math.ceil(math.max(delay, o.after))
    s.st = 'retrying'
    s.nx = now + delay
    touch(run, i)
    run.set['x' .. i] = o.payload
    delay_job(facts.queue, job_id(run, i), s.nx)
    emit(run, 'stage.retrying', facts.name, s.att, '{"error":' .. o.payload .. ',"delay_ms":' .. delay .. ',"next_attempt_at":' .. s.nx .. '}')
    return 'retrying'
  end
  finish_job(facts.queue, job_id(run, i), s, false, o.payload)
  fail_stage(run, i, o.payload)
  return 'failed'
end

-- payload: the reason as a JSON string.
record.cancelled = function(run, i, s, o)
  if run.st ~= 'cancelling' then
    o.payload = '{"code":"cancelled","message":' .. o.payload .. '}'
    return record.failed(run, i, s, o)
  end
  remember_attempt(run, i, s, 'cancelled')
  finish_job(stage_plan(run, i).queue, job_id(run, i), s, false, 'cancelled')
  cancel_stage(run, i, o.payload)
  return 'cancelled'
end

-- payload: the reason, a bare word; after: ms until it may be claimed again. No attempt is spent: the next claim has the same number.
record.handed_back = function(run, i, s, o)
  local facts = stage_plan(run, i)
  if run.st == 'cancelling' then
    o.payload = '"' .. o.payload .. '"'
    return record.cancelled(run, i, s, o)
  end
  remember_attempt(run, i, s, 'handed_back')
  emit(run, 'stage.handed_back', facts.name, s.att, '{"reason":"' .. o.payload .. '","worker":"' .. s.w .. '"}')
  s.st = 'queued'
  s.q = now
  s.att = s.att - 1
  touch(run, i)
  if o.after > 0 then
    s.nx = now + o.after
    delay_job(facts.queue, job_id(run, i), s.nx)
  else
    requeue_job(facts.queue, job_id(run, i))
  end
  return 'handed_back'
end

-- o: {run, i, gen, fence, kind, payload, flag, after, random}. Answers what was recorded, or 'fenced'.
local function settle(o)
  local run = load_run(o.run, o.i)
  if not run then return refuse(nil, o.i, o.fence, o.kind) end
  local s = stage_of(run, o.i)
  if s.fence ~= o.fence or s.gen ~= o.gen then return refuse(run, o.i, o.fence, o.kind) end
  if s.st ~= 'running' then
    -- The same claim has been recorded: its reply was lost. It is answered as it was.
    return s.st == 'queued' and 'handed_back' or s.st
  end
  run.act = run.act - 1
  return record[o.kind](run, o.i, s, o)
end
