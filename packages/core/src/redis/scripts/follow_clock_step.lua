--[[
  Shifts some of the due times set before a step of the clock. Each is shifted once, even with several callers: shifts
  upwards go from the last one down, shifts downwards from the first one up, and the place reached is stored in the
  same script.
]]
-- @include lib/outcomes.lua
-- @lazy step_gate(id, step, is_new) lib/gates.lua return follow_step(id, step, is_new)

most = tonumber(most)
local todo, clock = R .. '/clock_todo', R .. '/clock'
local item = call('LINDEX', todo, 0)
if not item then return 0 end
local kind, step, since, names = CLOCK_TODO.match(item, kind, step, since, names)
step, since = tonumber(step), tonumber(since)
local done = true

-- Whether instants written at that moment are already by the new clock.
local function is_new(at)
  return at >= since and at <= now
end

-- Sets the scores of up to `most` members of a sorted set to f(member, score); nil: unchanged. Members unchanged at the
-- last score are counted, so that the next call continues after them.
local function move_some(key, f)
  local at, stayed = CLOCK_PLACE.match(call('HGET', clock, CLOCK.place) or '', score, stayed)
  local up = step > 0
  local page = call(up and 'ZREVRANGEBYSCORE' or 'ZRANGEBYSCORE', key, at or (up and '+inf' or '-inf'),
    up and '-inf' or '+inf', 'WITHSCORES',
    'LIMIT', stayed or 0, most)
  stayed = tonumber(stayed or '0')
  for k = 1, #page, 2 do
    if page[k + 1] ~= at then at, stayed = page[k + 1], 0 end
    local score = f(page[k], tonumber(page[k + 1]))
    if score then call('ZADD', key, format('%d', score), page[k]) else stayed = stayed + 1 end
  end
  done = #page < 2 * most
  if not done then call('HSET', clock, CLOCK.place, CLOCK_PLACE.pack { score = at, stayed = stayed }) end
end

local follow = {}

-- A lease never ends later than its ttl from now; one renewed by the new clock is cut to that.
follow.leases = function()
  move_some(R .. '/workers', function(worker)
    local key = R .. '/worker/' .. worker
    local f = call('HMGET', key, WORKER.lease_end, WORKER.ttl)
    if not f[1] then return nil end
    local lease_end = math.min(tonumber(f[1]) + math.max(step, 0), now + tonumber(f[2] or 'inf'))
    if lease_end == tonumber(f[1]) then return nil end
    call('HSET', key, WORKER.lease_end, format('%d', lease_end))
    return lease_end
  end)
end

follow.queue = function()
  local base = R .. ':' .. names .. ':'
  move_some(base .. 'delayed', function(job, score)
    local due = math.floor(score / 4096)
    local delay = tonumber(call('HGET', base .. job, 'delay') or '0')
    return not is_new(due - delay) and math.min(due + step, now + delay) * 4096 or nil
  end)
  -- Wakes a worker, which then waits for the job now due first.
  if done and call('EXISTS', base .. 'delayed') == 1 then call('ZADD', base .. 'marker', '0', '0') end
end

-- The timer's length, ms, or nil if its run or stage is gone; and whether it stands still because its run is paused:
-- the resume will add the pause to it, by the new clock.
local function length_of(member)
  local timer_kind, id = TIMER.match(member, kind, id)
  if timer_kind == TIMER_KIND.run then return tonumber(call('HGET', R .. '/run/' .. id, RUN.timeout) or nil) end
  local run_id, i = parse_job_id(id)
  local run = load_run(run_id, i)
  local policy = run and policy_of(stage_plan(run, i))
  if run and run.status == 'paused' and stage_of(run, i).status ~= 'running' then return nil, true end
  return policy and tonumber(timer_kind == TIMER_KIND.stage and policy.stage_timeout or policy.queue_timeout)
end

follow.timers = function()
  move_some(R .. '/timers', function(member, due)
    local timer_kind, id = TIMER.match(member, kind, id)
    if timer_kind == TIMER_KIND.gate then return step_gate(id, step, is_new) and due + step or nil end
    local length, still = length_of(member)
    return not still and (not length or not is_new(due - length)) and due + step or nil
  end)
end

-- A schedule continues from now: an instant that has its run is never run again, a skipped one is due again.
follow.schedules = function()
  for name in string.gmatch(names, '%S+') do
    local key = R .. '/schedule/' .. name
    if tonumber(call('HGET', key, SCHEDULE.cursor) or '0') > now then call('HSET', key, SCHEDULE.cursor, now_text) end
  end
end

follow.changes = function()
  local changes = R .. '/schedule_changes'
  local page = call('HSCAN', changes, call('HGET', clock, CLOCK.place) or '0', 'COUNT', most)
  for k = 1, #page[2], 2 do
    local name, at = page[2][k], page[2][k + 1]
    if name ~= SCHEDULE_CHANGES.revision and tonumber(at) > now then call('HSET', changes, name, now_text) end
  end
  done = page[1] == '0'
  if not done then call('HSET', clock, CLOCK.place, page[1]) end
end

follow[kind]()
if done then
  call('LPOP', todo)
  call('HDEL', clock, CLOCK.place)
end
return call('EXISTS', todo)
