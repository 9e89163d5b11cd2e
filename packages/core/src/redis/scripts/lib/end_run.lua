-- Ends a run: its status, its flow parent, its overlap lock, and the run that gets the lock next.
-- @include lib/roots.lua
-- @include lib/retry.lua

-- The run's BullMQ parent: with closing work (the overlap lock) it becomes the finalizer job, else it is deleted when
-- the run ends.
local function finish_flow(run)
  call('ZREM', R .. ':runs:waiting-children', run.id)
  if run.overlaps == '1' then
    call('LPUSH', R .. ':runs:wait', run.id)
    added['runs'] = (added['runs'] or 0) + 1
  else
    gone[#gone + 1] = R .. ':runs:' .. run.id
  end
end

local function admit(run)
  move_run(run, 'starting')
  run.set[RUN.admitted_at] = now_text
  take_overlap(run)
  local timeout = run.set[RUN.timeout] or call('HGET', run.key, RUN.timeout)
  if timeout then timer(TIMER_KIND.run, run.id, now + timeout) end
  emit(run, 'run.admitted', 'pipeline', '0', '{"queued":[' .. queue_roots(run, 0) .. ']}')
  visit_kept(run)
end

local function release_overlap(run)
  local waiting = R .. '/overlap/' .. run.pipeline .. '/queue'
  local holder = call('HGET', R .. '/overlaps', run.pipeline)
  if not holder or HOLDER.match(holder, run) ~= run.id then
    call('LREM', waiting, 0, run.id)
    return
  end
  while true do
    local id = call('LPOP', waiting)
    if not id then
      call('HDEL', R .. '/overlaps', run.pipeline)
      return
    end
    local next_run = load_run(id)
    if next_run and next_run.status == 'queued' then return admit(next_run) end
  end
end

-- A failure behind a success notes when that was: whoever asks for the last success must not look through all that
-- failed since.
local function note_result(pl, status, duration)
  local ended = results[pl] or {}
  results[pl] = ended
  if status == 'failed' then
    local before, at = RESULT.match(ended[#ended] or call('LINDEX', R .. '/results/' .. pl, 0) or '', status, ended_at)
    if before == 'succeeded' then call('HSET', R .. '/last_success', pl, at) end
  end
  ended[#ended + 1] = RESULT.pack { status = status, duration = duration, ended_at = now_text }
end

-- status: succeeded | failed | cancelled. extra: more members of the event's data, each with a leading comma.
local function end_run(run, status, begun, extra)
  move_run(run, status)
  run.set[RUN.ended_at] = now_text
  call('ZREM', R .. '/live/' .. run.pipeline, run.id)
  call('ZADD', R .. '/ended', now_text, run.id)
  if status ~= 'cancelled' then note_result(run.pipeline, status, begun and format('%d', now - begun) or '0') end
  emit(run, 'run.' .. status, 'pipeline', '0', '{"duration_ms":' .. (begun and format('%d', now - begun) or 'null') ..
    extra .. '}')
  finish_flow(run)
  gone[#gone + 1] = run.key .. '/checkpoints'
  if run.overlaps == '1' then release_overlap(run) end
end

-- Ends the run if none of its stages is left.
local function finish_run(run)
  if run.stages_left > 0 or is_terminal(run.status) then return end
  local f = call('HMGET', run.key, RUN.begun_at, RUN.timeout, RUN.cancel_reason, RUN.cancel_by, RUN.cancel_error,
    RUN.leaves_failed)
  local begun = tonumber(f[1] or run.set[RUN.begun_at])
  if f[2] then untimer(TIMER_KIND.run, run.id) end
  if run.status == 'cancelling' then
    local failure = f[5] or run.set[RUN.cancel_error]
    if failure then
      run.set[RUN.error] = failure
      end_run(run, 'failed', begun, ',"error":' .. failure)
    else
      end_run(run, 'cancelled', begun, ',"reason":' .. (f[3] or run.set[RUN.cancel_reason]) .. ',"by":' ..
        (f[4] or run.set[RUN.cancel_by]))
    end
  elseif (run.set[RUN.leaves_failed] or f[6] or '0') ~= '0' then
    end_run(run, 'failed', begun, ',"error":' .. run.error)
  else
    end_run(run, 'succeeded', begun, '')
  end
end
