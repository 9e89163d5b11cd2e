-- A worker takes parked stages that it can run, the longest waiting first. Nothing is moved before a slot takes it: a
-- worker that dies between its registration and its first claim has changed nothing.
-- @include lib/park.lua

-- The claim, or nil if nothing is left that the worker can run.
local function take_longest_parked(queue, worker, slot, limit)
  local base = R .. ':' .. queue .. ':'
  local worker_key = R .. '/worker/' .. worker
  if limit ~= math.huge and call('LLEN', base .. 'active') >= limit then return nil end
  local info = call('HGET', worker_key, WORKER.info)
  local groups = {}
  for _, group in ipairs(call('SMEMBERS', R .. '/parked')) do
    if queue_served(info, group) == queue then groups[#groups + 1] = group end
  end
  for _ = 1, 20 do
    local id, group, since
    for _, one in ipairs(groups) do
      local first = call('ZRANGE', R .. '/parked/' .. one, 0, 0, 'WITHSCORES')
      local score = tonumber(first[2])
      if score and (not id or score < since or (score == since and first[1] < id)) then
        id, group, since = first[1], one, score
      end
    end
    if not id then
      call('HDEL', worker_key, WORKER.parked_in .. queue)
      call('HDEL', base .. 'meta', 'offers')
      return nil
    end
    leave_parked(group, id)
    local run_id, i, gen = parse_job_id(id)
    local run = load_run(run_id, i)
    local s = run and stage_of(run, i)
    if s and (run.status == 'running' or run.status == 'starting') and not can_run(run, i) then pause_by_scope(run) end
    if s and s.generation == gen and s.wait ~= '' and (run.status == 'running' or run.status == 'starting') then
      call('LPUSH', base .. 'active', id)
      return start_stage(run, i, s, id, worker, slot)
    end
    set_aside(queue, id, run, i, s, gen)
  end
  return nil
end
