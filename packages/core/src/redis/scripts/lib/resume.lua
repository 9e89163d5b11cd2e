-- Resumes a run: what was parked goes to the front of its queue.
-- @include lib/pause.lua
-- @include lib/cancel.lua
-- @include lib/end_run.lua
-- @include lib/policy.lua
-- @lazy rerun_rejected(run, i) lib/rejected.lua make_anew(run, i)

-- The clocks of a waiting stage stood still: its timeout is later by the pause, or by what of it came after the stage
-- was queued; its wait for a worker begins anew.
local function restart_timers(run, i, s, facts, id, since)
  local policy = policy_of(facts)
  local held = call('HGET', run.key, RUN.stage_due .. i)
  local due = timer_due(TIMER_KIND.stage, id) or held
  if due then timer(TIMER_KIND.stage, id, due + now - math.max(since, tonumber(s.queued_at))) end
  if held then call('HDEL', run.key, RUN.stage_due .. i) end
  if policy.queue_timeout ~= '0' and s.status == 'queued' then
    timer(TIMER_KIND.queue, id, now + policy.queue_timeout)
  end
end

-- From stage index `from` (a number) on; returns the names of those that were parked, as JSON strings.
local function resume_stages(run, from)
  local n = stages_of_plan(run)
  local upto = math.min(from + budget, n) - 1
  load_stages(run, from, upto)
  local since, queued, parked_ones = tonumber(paused_since(run)), {}, {}
  for index = from, upto do
    local i = format('%d', index)
    local s = run.stages[i]
    if s.status == 'awaiting_gate' then rerun_rejected(run, i) end
    if in_run(run, i) and (s.status == 'queued' or s.status == 'retrying') then
      local facts = stage_plan(run, i)
      local was_parked = s.wait == WAIT.paused
      if was_parked then
        if s.status ~= 'queued' then move_stage(run, i, s, 'queued') end
        s.wait = ''
        s.due_at = '0'
        s.changed = true
        run.dirty = true
        parked_ones[#parked_ones + 1] = { queue = facts.queue, s = s, id = job_of(run, i, s) }
        queued[#queued + 1] = '"' .. facts.name .. '"'
      end
      if facts.timed then restart_timers(run, i, s, facts, job_of(run, i, s), since) end
      if was_parked then s.queued_at = now_text end
    end
  end
  -- The last one put at the front is the first one out.
  for k = #parked_ones, 1, -1 do requeue_job(parked_ones[k].queue, parked_ones[k].id, parked_ones[k].s, 'LPUSH') end
  budget = budget - (upto - from + 1)
  if upto + 1 < n then leave_for_later(run, { kind = TODO_KIND.resumes, place = upto + 1 }) end
  return table.concat(queued, ',')
end

-- told: JSON text of {by, reason}. A run that waited for its overlap lock takes it, or waits again before all others.
local function resume_run(run, told)
  local function resumed(status, queued)
    emit(run, 'run.resumed', 'pipeline', '0', string.sub(told, 1, -2) .. ',"status":"' .. status .. '","queued":[' ..
      queued .. ']}')
  end
  local admitted, begun, left = unpack(call('HMGET', run.key, RUN.admitted_at, RUN.begun_at, RUN.time_left))
  if admitted then
    move_run(run, begun and 'running' or 'starting')
    if left then timer(TIMER_KIND.run, run.id, now + left) end
    return resumed(run.status, resume_stages(run, 0))
  end
  move_run(run, 'queued')
  resumed(run.status, '')
  if call('HEXISTS', R .. '/overlaps', run.pipeline) == 1 then
    call('LPUSH', R .. '/overlap/' .. run.pipeline .. '/queue', run.id)
  else
    admit(run)
  end
end
