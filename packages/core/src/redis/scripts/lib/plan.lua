-- Reads the plan of the run's pipeline version: packed text, written once at registration (domain/plan.ts).
-- @include lib/jobs.lua

-- Stage i's name and queue, whether it has timeouts, and its dependants (`d`).
local function stage_plan(run, i)
  local cached = run.facts and run.facts[i]
  if cached then return cached end
  local fields = call('HMGET', run.plan, 's' .. i, 'd' .. i)
  local name, queue, timed = string.match(fields[1], '^(%S+) (%S+) (%d)')
  local facts = { name = name, queue = queue, timed = timed == '1', packed = fields[1], dependants = fields[2] }
  run.facts = run.facts or {}
  run.facts[i] = facts
  return facts
end

-- The retry policy and the timeouts of a stage, for the transitions that need them.
local function policy_of(facts)
  local max, initial, coefficient, cap, jitter, st, qt = string.match(facts.packed, '^%S+ %S+ %S+ (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
  return { max = tonumber(max), initial = tonumber(initial), coefficient = tonumber(coefficient), cap = tonumber(cap), jitter = tonumber(jitter),
    stage_timeout = tonumber(st), queue_timeout = tonumber(qt) }
end

-- Calls f(j, indegree, info) for each stage packed in `text`, from place `from` on, until f answers false; answers the place it stopped at, or nil.
local function each_dependant(text, from, f)
  local place = 0
  for j, indegree, queue, name, qt, st in string.gmatch(text, '(%d+):(%d+):([^:]+):([^:]+):(%d+):(%d+)') do
    if place >= from then
      if f(tonumber(j), tonumber(indegree), { queue = queue, name = name, queue_timeout = tonumber(qt), stage_timeout = tonumber(st) }) == false then return place end
    end
    place = place + 1
  end
  return nil
end

local function in_run(run, i)
  return run.sub == '' or string.find(run.sub, ' ' .. i .. ' ', 1, true) ~= nil
end
