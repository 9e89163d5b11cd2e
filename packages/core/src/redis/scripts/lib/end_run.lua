-- The end of a run: its status, its flow parent, its overlap lock and the run that gets the lock next.
-- @include lib/roots.lua

-- The run's BullMQ parent: with closing work (the overlap lock) it becomes the finalizer job, else it goes with the run's end.
local function finish_flow(run)
  call('ZREM', R .. ':runs:waiting-children', run.id)
  if run.ov == '1' then
    call('LPUSH', R .. ':runs:wait', run.id)
    added['runs'] = (added['runs'] or 0) + 1
  else
    call('DEL', R .. ':runs:' .. run.id)
  end
end

local function admit(run)
  move_run(run, 'starting')
  run.set.at = now_text
  take_overlap(run)
  local timeout = run.set.tm or call('HGET', run.key, 'tm')
  if timeout then timer(RUN_TIMER, run.id, now + timeout) end
  emit(run, 'run.admitted', 'pipeline', '0', '{"queued":[' .. queue_roots(run, 0) .. ']}')
end

local function release_overlap(run)
  local waiting = R .. '/overlap/' .. run.pl .. '/queue'
  local holder = call('HGET', R .. '/overlaps', run.pl)
  if not holder or string.match(holder, '^%S+') ~= run.id then
    call('LREM', waiting, 0, run.id)
    return
  end
  while true do
    local id = call('LPOP', waiting)
    if not id then
      call('HDEL', R .. '/overlaps', run.pl)
      return
    end
    local next_run = load_run(id)
    if next_run and next_run.st == 'queued' then return admit(next_run) end
  end
end

-- status: succeeded | failed | cancelled. extra: more members of the event's data, each with a leading comma.
local function end_run(run, status, begun, extra)
  move_run(run, status)
  run.set.et = now_text
  call('ZREM', R .. '/live/' .. run.pl, run.id)
  call('ZADD', R .. '/ended', now_text, run.id)
  emit(run, 'run.' .. status, 'pipeline', '0', '{"duration_ms":' .. (begun and format('%d', now - begun) or 'null') .. extra .. '}')
  finish_flow(run)
  if run.ov == '1' then release_overlap(run) end
end

-- Ends the run when none of its stages is left.
local function finish_run(run)
  if run.left > 0 or is_terminal(run.st) then return end
  local f = call('HMGET', run.key, 'bt', 'tm', 'cr', 'cb', 'cf')
  local begun = tonumber(f[1] or run.set.bt)
  if f[2] then untimer(RUN_TIMER, run.id) end
  if run.st == 'cancelling' then
    local failure = f[5] or run.set.cf
    if failure then
      run.set.err = failure
      end_run(run, 'failed', begun, ',"error":' .. failure)
    else
      end_run(run, 'cancelled', begun, ',"reason":' .. (f[3] or run.set.cr) .. ',"by":' .. (f[4] or run.set.cb))
    end
  elseif run.err then
    end_run(run, 'failed', begun, ',"error":' .. run.err)
  else
    end_run(run, 'succeeded', begun, '')
  end
end
