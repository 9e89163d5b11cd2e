-- What a worker may claim from a queue where stages wait that run apart, or while it runs one. Such a stage is started
-- by a worker that holds nothing else and claims nothing beside it. One worker per queue drains itself for them, so
-- that they do not starve.
-- @include lib/apart.lua
-- @include lib/held.lua

-- Whether the worker holds claims, and whether one of them runs apart: that one would be all that it holds, so that a
-- few are enough to tell.
local function claims_of(worker_key)
  local claims, more = newest_claims(worker_key, 10)
  local runs_apart = apart.began
  for _, claim in ipairs(claims) do runs_apart = runs_apart or claim.s.suspicions == APART end
  return more or claims[1] ~= nil or taken[1] ~= nil, runs_apart
end

local function is_leased(worker)
  return tonumber(call('ZSCORE', R .. '/workers', worker) or '0') > now
end

-- The worker is the one that drains itself for the queue, which may be claimed from now.
local function empties_itself_for(queue, worker)
  local base = R .. ':' .. queue .. ':'
  local meta = call('HMGET', base .. 'meta', 'apart', 'paused', 'concurrency')
  return meta[1] == worker and not meta[2] and (not meta[3] or call('LLEN', base .. 'active') < tonumber(meta[3]))
end

local function start_apart(queue, worker, slot)
  local base, list = R .. ':' .. queue .. ':', R .. '/apart/' .. queue
  for _ = 1, 20 do
    local id = call('LPOP', list)
    if not id then
      call('HDEL', base .. 'meta', 'apart')
      apart.queue = nil
      return nil
    end
    call('LPUSH', base .. 'active', id)
    local run_id, i, gen = parse_job_id(id)
    local run = run_id and load_run(run_id, i)
    local s = run and stage_of(run, i)
    if s and s.generation == gen and (s.status == 'queued' or s.status == 'retrying')
        and (run.status == 'running' or run.status == 'starting') then
      if can_run(run, i) then
        apart.began = true
        apart.worker = queue
        call('HSET', R .. '/worker/' .. worker, WORKER.apart, queue)
        if call('EXISTS', list) == 1 then
          apart.queue = worker
          call('HSET', base .. 'meta', 'apart', worker)
        else
          apart.queue = nil
          call('HDEL', base .. 'meta', 'apart')
        end
        return start_stage(run, i, s, id, worker, slot)
      end
      park_beside(run, i, s)
    else
      set_aside(queue, id, run, i, s, gen)
    end
  end
  added[queue] = (added[queue] or 0) + 1
end

-- Returns the values of claim_next, and as a third whether the worker must hold off.
local function claim_beside_apart(queue, worker, slot, limit)
  local base, worker_key = R .. ':' .. queue .. ':', R .. '/worker/' .. worker
  if limit ~= math.huge and call('LLEN', base .. 'active') >= limit then return nil, '0' end
  local holds, runs_apart = claims_of(worker_key)
  local holds_off = runs_apart
  if not holds_off and apart.queue then
    if not holds then
      local claim = start_apart(queue, worker, slot)
      if claim then
        if call('LLEN', base .. 'wait') > 0 then added[queue] = (added[queue] or 0) + 1 end
        return claim, '0'
      end
    elseif apart.queue == worker or not is_leased(apart.queue) then
      apart.queue = worker
      apart.worker = queue
      call('HSET', base .. 'meta', 'apart', worker)
      call('HSET', worker_key, WORKER.apart, queue)
      holds_off = true
    end
  end
  if not holds_off and apart.worker then
    if apart.worker ~= queue and empties_itself_for(apart.worker, worker) then
      holds_off = true
      if not holds then added[apart.worker] = (added[apart.worker] or 0) + 1 end
    else
      call('HDEL', worker_key, WORKER.apart)
      apart.worker = nil
    end
  end
  if not holds_off then return claim_first(queue, worker, slot, limit) end
  -- This claim used up a wake-up meant for another worker.
  if apart.queue or call('LLEN', base .. 'wait') > 0 then added[queue] = (added[queue] or 0) + 1 end
  return nil, '0', true
end
