-- A stage whose worker is gone goes back to the queue; what the lost worker sends later finds it not running, or under a higher fence.
-- @include lib/outcomes.lua

local WORKER_LOST = '{"code":"worker_lost","message":"the worker that ran the stage was lost"}'

local function rescue_stage(run, i, max_lost)
  local s = stage_of(run, i)
  local facts = stage_plan(run, i)
  local id = job_of(run, i, s)
  local lost = tonumber(s.lost) + 1
  run.act = run.act - 1
  s.lost = format('%d', lost)
  local fails = lost > max_lost and run.st ~= 'cancelling'
  remember_attempt(run, i, s, run.st == 'cancelling' and 'cancelled' or 'worker_lost', fails and WORKER_LOST or nil)
  run.changed[i] = true
  run.dirty = true
  if run.st == 'cancelling' then
    finish_job(facts.queue, id, s, 'cancelled')
    cancel_stage(run, i, run.set.cr or call('HGET', run.key, 'cr') or 'null')
  elseif fails then
    finish_job(facts.queue, id, s, 'worker_lost')
    fail_stage(run, i, WORKER_LOST)
  else
    s.st = 'queued'
    s.q = now_text
    requeue_job(facts.queue, id)
    emit(run, 'stage.rescued', facts.name, s.att, '{"worker":"' .. s.w .. '","lost":' .. s.lost .. '}')
    count('rescued')
  end
end

-- Calls f(slot field, run, i, s, claimed at) for each claim recorded for the worker that is still running under its fence.
local function each_claim(worker_key, f)
  local fields = call('HGETALL', worker_key)
  for n = 1, #fields, 2 do
    if string.sub(fields[n], 1, 2) == 'c:' then
      local id, fence, at = string.match(fields[n + 1], '^(%S+) (%S+) (%S+)')
      local run_id, i = parse_job_id(id)
      local run = load_run(run_id, i)
      local s = run and stage_of(run, i)
      if s and s.st == 'running' and s.fence == fence then
        f(fields[n], run, i, s, tonumber(at))
      else
        -- Ended without its worker (a timeout): the slot holds nothing.
        call('HDEL', worker_key, fields[n])
      end
    end
  end
end
