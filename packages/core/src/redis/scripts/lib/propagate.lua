-- What follows from a stage's end: ready dependants are queued, unreachable ones skipped. Work beyond the script's budget
-- is left in the run's todo list, for the next expand_run.
-- @include lib/end_run.lua

local budget = 500

local function leave_for_later(run, item)
  call('RPUSH', run.key .. '/todo', item)
  run.more = true
end

-- Queues the dependants of stage i that became ready; answers their names as JSON strings.
local function queue_dependants(run, i, from)
  local queued = {}
  local text = stage_plan(run, i).dependants
  if text ~= '' then
    local stopped = each_dependant(text, from, function(j, indegree, info)
      if budget <= 0 then return false end
      if not in_run(run, j) then return true end
      budget = budget - 1
      if (indegree == 1 or call('HINCRBY', run.key, 'n' .. j, 1) == indegree) and stage_of(run, j).st == 'pending' then
        add_job(run, j, info)
        queued[#queued + 1] = '"' .. info.name .. '"'
      end
      return true
    end)
    if stopped then leave_for_later(run, 'd ' .. i .. ' ' .. stopped) end
  end
  return table.concat(queued, ',')
end

-- Skips, transitively, what can no longer run because stage i did not succeed.
local function skip_dependants(run, i, name, from)
  local work = { { i, name, from } }
  local at = 1
  while work[at] do
    local because = work[at][2]
    local stopped = each_dependant(stage_plan(run, work[at][1]).dependants, work[at][3], function(j, _, info)
      if budget <= 0 then return false end
      if not in_run(run, j) then return true end
      budget = budget - 1
      local s = stage_of(run, j)
      if s.st == 'pending' then
        s.st = 'skipped'
        s.e = now
        touch(run, j)
        run.left = run.left - 1
        emit(run, 'stage.skipped', info.name, 0, '{"because":"' .. because .. '"}')
        work[#work + 1] = { j, info.name, 0 }
      end
      return true
    end)
    if stopped then leave_for_later(run, 'x ' .. work[at][1] .. ' ' .. stopped .. ' ' .. because) end
    at = at + 1
  end
end

local function queue_roots_from(run, from)
  local queued = {}
  local n = 0
  -- Roots of a subset are stages whose dependencies all lie outside it; the start has counted those as met.
  local text = run.sub_roots or call('HGET', run.key, 'roots') or call('HGET', run.plan, 'roots')
  local stopped = each_dependant(text, from, function(j, _, info)
    if budget <= 0 then return false end
    budget = budget - 1
    if stage_of(run, j).st == 'pending' then
      add_job(run, j, info)
      n = n + 1
      queued[n] = '"' .. info.name .. '"'
    end
    return true
  end)
  if stopped then leave_for_later(run, 'r ' .. stopped) end
  return table.concat(queued, ',')
end

queue_roots = function(run)
  return queue_roots_from(run, 0)
end

-- Cancels stages from index `from` on that have not started; running ones are their workers' to end.
local function cancel_stages(run, from, reason)
  local n = tonumber(call('HGET', run.plan, 'n'))
  local upto = math.min(from + 500, n) - 1
  load_stages(run, from, upto)
  for i = from, upto do
    local s = run.stages[i]
    if in_run(run, i) and (s.st == 'pending' or s.st == 'queued' or s.st == 'retrying') then
      local facts = stage_plan(run, i)
      if s.st ~= 'pending' then
        remove_job(facts.queue, job_id(run, i))
        untimer('q', job_id(run, i))
      end
      if facts.timed then untimer('s', job_id(run, i)) end
      s.st = 'cancelled'
      s.e = now
      s.nx = 0
      touch(run, i)
      run.left = run.left - 1
      emit(run, 'stage.cancelled', facts.name, s.att, '{"reason":' .. reason .. '}')
    end
  end
  if upto + 1 < n then leave_for_later(run, 'c ' .. (upto + 1)) end
end

-- Goes on with what earlier scripts left for later.
local function expand(run)
  while budget > 0 do
    local item = call('LPOP', run.key .. '/todo')
    if not item then
      run.more = false
      break
    end
    local kind, rest = string.match(item, '^(%a) (.+)$')
    if kind == 'c' then
      budget = 0
      cancel_stages(run, tonumber(rest), call('HGET', run.key, 'cr') or 'null')
    elseif run.st == 'cancelling' or is_terminal(run.st) then
      -- The cancel sweep ends every stage that had not started; nothing may be queued any more.
    elseif kind == 'd' then
      local i, from = string.match(rest, '^(%d+) (%d+)$')
      queue_dependants(run, tonumber(i), tonumber(from))
    elseif kind == 'x' then
      local i, from, because = string.match(rest, '^(%d+) (%d+) (%S+)$')
      skip_dependants(run, tonumber(i), because, tonumber(from))
    elseif kind == 'r' then
      queue_roots_from(run, tonumber(rest))
    end
  end
  end_run_if_over(run)
end
