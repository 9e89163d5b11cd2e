--[[
  Redis's clock stepped: moves what was to happen at an instant of the clock before to the same time from now on.
]]
-- @include lib/outcomes.lua

-- The last place of each kind that is moved: what stands behind it comes late or early.
local MOST = '9999'
local step = tonumber(step_ms)
since = tonumber(since)
local noted = tonumber(call('HGET', R .. '/clock', 'at') or '-1')
if noted >= since and noted <= now then return 0 end
call('HSET', R .. '/clock', 'at', now_text, 'step', step_ms)

-- Whether what was written at that instant was written by the new clock already.
local function is_new(at)
  return at >= since and at <= now
end

-- A lease never ends later than its ttl from now; one that was renewed by the new clock is cut to that.
for _, id in ipairs(call('ZRANGE', R .. '/workers', '0', '-1')) do
  local f = call('HMGET', R .. '/worker/' .. id, WORKER.lease_end, WORKER.ttl)
  if f[1] then
    local lease_end = format('%d', math.min(tonumber(f[1]) + math.max(step, 0), now + tonumber(f[2] or 'inf')))
    call('HSET', R .. '/worker/' .. id, WORKER.lease_end, lease_end)
    call('ZADD', R .. '/workers', lease_end, id)
  end
end

local function each_moved(kind, f)
  for at = moved.first, #ARGV, moved.stride do
    if ARGV[at + moved.kind] == kind then f(ARGV[at + moved.name]) end
  end
end

each_moved('queue', function(queue)
  local base = R .. ':' .. queue .. ':'
  local delayed = call('ZRANGE', base .. 'delayed', '0', MOST, 'WITHSCORES')
  for k = 1, #delayed, 2 do
    local due = math.floor(tonumber(delayed[k + 1]) / 4096)
    local delay = tonumber(call('HGET', base .. delayed[k], 'delay') or '0')
    if not is_new(due - delay) then call('ZADD', base .. 'delayed', format('%d', math.min(due + step, now + delay) * 4096), delayed[k]) end
  end
  -- Wakes a worker, which then waits for what is due first now.
  if delayed[1] then call('ZADD', base .. 'marker', '0', '0') end
end)

-- By kind, since when a timer counts (ms, text); nil: since before the step.
local counts_since = {}
counts_since[RUN_TIMER] = function(id) return call('HGET', R .. '/run/' .. id, RUN.admitted_at) end
counts_since[STAGE_TIMER] = function(id)
  local run_id, i = parse_job_id(id)
  local run = load_run(run_id, i)
  return run and call('HGET', R .. ':' .. stage_plan(run, i).queue .. ':' .. id, 'timestamp')
end
counts_since[QUEUE_TIMER] = counts_since[STAGE_TIMER]

local timers = call('ZRANGE', R .. '/timers', '0', MOST, 'WITHSCORES')
for k = 1, #timers, 2 do
  local kind, id = parse_timer(timers[k])
  local since_when = counts_since[kind]
  local begun = since_when and since_when(id)
  if not begun or not is_new(tonumber(begun)) then call('ZADD', R .. '/timers', format('%d', tonumber(timers[k + 1]) + step), timers[k]) end
end

-- A schedule goes on from now: an instant that has its run is never run again, one that was only passed over comes anew.
each_moved('schedule', function(schedule)
  local key = R .. '/schedule/' .. schedule
  if tonumber(call('HGET', key, 'cursor') or '0') > now then call('HSET', key, 'cursor', now_text) end
end)
local changes = call('HGETALL', R .. '/schedule_changes')
for k = 1, #changes, 2 do
  if changes[k] ~= SCHEDULE_CHANGES.revision and tonumber(changes[k + 1]) > now then call('HSET', R .. '/schedule_changes', changes[k], now_text) end
end
return 1
