-- A stage whose worker is gone goes back to the queue; what the lost worker sends later finds it not running, or under a higher fence.
-- @include lib/outcomes.lua
-- @include lib/held.lua

-- alone: it was all that its worker held, so the loss is its own. Beside others it is only suspected, and the second time it runs apart.
local function rescue_stage(run, i, max_lost, alone)
  local s = stage_of(run, i)
  local facts = stage_plan(run, i)
  local id = job_of(run, i, s)
  alone = alone or s.u == APART
  if alone then s.lost = format('%d', tonumber(s.lost) + 1) else s.u = s.u == '' and '1' or APART end
  local fails = alone and tonumber(s.lost) > max_lost and run.st ~= 'cancelling'
  local err = fails and ('{"code":"worker_lost","message":"' .. s.lost .. ' workers were lost while each ran nothing but this stage"}') or nil
  remember_attempt(run, i, s, run.st == 'cancelling' and 'cancelled' or 'worker_lost', err)
  if run.st == 'cancelling' then
    cancel_stage(run, i, run.set.cr or call('HGET', run.key, 'cr') or 'null')
  elseif fails then
    fail_stage(run, i, err)
  else
    move_stage(run, i, s, 'queued')
    s.q = now_text
    local queue_timeout = policy_of(facts).queue_timeout
    if queue_timeout ~= '0' then timer(QUEUE_TIMER, id, now + queue_timeout) end
    requeue_job(facts.queue, id, s, 'RPUSH')
    emit(run, 'stage.rescued', facts.name, s.att, '{"worker":"' .. s.w .. '","lost":' .. s.lost .. ',"alone":' .. (alone and 'true' or 'false') .. '}', s.gen)
    count('rescued')
  end
end
