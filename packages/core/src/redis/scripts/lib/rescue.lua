-- Returns a stage whose worker is gone to the queue; a late write of that worker finds it not running, or under a
-- higher fence.
-- @include lib/outcomes.lua
-- @include lib/held.lua

-- alone: its worker held nothing else, so the loss is blamed on it. Beside others it is only suspected, and runs apart
-- after the second loss.
local function rescue_stage(run, i, max_lost, alone)
  local s = stage_of(run, i)
  local facts = stage_plan(run, i)
  local id = job_of(run, i, s)
  alone = alone or s.suspicions == APART
  if alone then
    s.losses = format('%d', tonumber(s.losses) + 1)
  else
    s.suspicions = s.suspicions == '0' and '1' or APART
  end
  local fails = alone and tonumber(s.losses) > max_lost and run.status ~= 'cancelling'
  local err = fails and ('{"code":"worker_lost","message":"' .. s.losses ..
    ' workers were lost while each ran nothing but this stage"}') or nil
  remember_attempt(run, i, s, run.status == 'cancelling' and 'cancelled' or 'worker_lost', err)
  if run.status == 'cancelling' then
    cancel_stage(run, i, run.set[RUN.cancel_reason] or call('HGET', run.key, RUN.cancel_reason) or 'null')
  elseif fails then
    fail_stage(run, i, err)
  else
    move_stage(run, i, s, 'queued')
    s.queued_at = now_text
    local queue_timeout = policy_of(facts).queue_timeout
    if queue_timeout ~= '0' then timer(TIMER_KIND.queue, id, now + queue_timeout) end
    requeue_job(facts.queue, id, s, 'RPUSH')
    emit(run, 'stage.rescued', facts.name, s.attempt, '{"worker":"' .. s.worker .. '","lost":' .. s.losses ..
      ',"alone":' .. (alone and 'true' or 'false') .. '}', s.generation)
    count('rescued')
  end
end
