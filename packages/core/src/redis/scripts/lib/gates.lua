-- The records of gates, and the lists of those that wait for a decision.
-- @include lib/jobs.lua

-- Gates in the list of the closed ones.
local MOST_CLOSED = 10000

local function gate_id(g)
  return g.run.id .. '.' .. g.name
end

-- The gate by its name (GATE_NAME), or nil: the texts of GATE, its run and its name.
local function read_gate(run, name)
  local packed = call('HGET', run.key .. '/gates', GATES.state .. name)
  if not packed then return nil end
  local state, kind, index, opened_at, deadline, reminded, time_left, digest = GATE.match(packed, state, kind, index,
    opened_at, deadline, reminded, time_left, digest)
  return { run = run, name = name, state = state, kind = kind, index = index, opened_at = opened_at,
    deadline = deadline, reminded = reminded, time_left = time_left, digest = digest }
end

-- The last one of the stage of that name, or nil.
local function newest_gate(run, stage_name)
  local name = call('HGET', run.key .. '/gates', GATES.newest .. stage_name)
  return name and read_gate(run, name)
end

local function gate_of_id(id)
  local run_id, name = string.match(id, '^([^.]+)%.(.+)$')
  local run = load_run(run_id)
  return run and read_gate(run, name)
end

local function save_gate(g)
  call('HSET', g.run.key .. '/gates', GATES.state .. g.name, GATE.packed(g))
end

-- The record GATE_RULES.
local function rules_of(g)
  g.rules = g.rules or cjson.decode(call('HGET', g.run.key .. '/gates', GATES.rules .. g.name))
  return g.rules
end

-- When something happens by itself (ms), or nil: the next escalation, or the deadline.
local function due_of(g)
  local after = rules_of(g).after[g.reminded + 1]
  if after then return g.opened_at + after end
  return g.deadline ~= '0' and tonumber(g.deadline) or nil
end

-- Calls f(key) for each list in which the gate waits.
local function each_list(g, f)
  local rules = rules_of(g)
  f(R .. '/gates')
  f(R .. '/gates/' .. g.run.pipeline)
  for _, principal in ipairs(rules.principals) do f(R .. '/gates_of/' .. principal) end
  for k = 1, tonumber(g.reminded) do
    for _, principal in ipairs(rules.added[k]) do f(R .. '/gates_of/' .. principal) end
  end
end

local function list_gate(g)
  local id = gate_id(g)
  each_list(g, function(list_key) call('ZADD', list_key, g.opened_at, id) end)
  local due = due_of(g)
  if due then timer(TIMER_KIND.gate, id, due) end
end

local function unlist_gate(g)
  local id = gate_id(g)
  each_list(g, function(list_key) call('ZREM', list_key, id) end)
  untimer(TIMER_KIND.gate, id)
end

-- by, notes, values: JSON. queued: the name of the stage if it is queued by this, else nil.
local function close_gate_as(g, state, by, via, notes, values, queued)
  local run, s = g.run, stage_of(g.run, g.index)
  g.state = state
  save_gate(g)
  unlist_gate(g)
  call('HSET', run.key .. '/gates', GATES.decision .. g.name, GATE_DECISION.object { by = by, via = via, at = now_text,
    notes = notes, values = values, back_to = 'null' })
  call('ZADD', R .. '/gates_closed', now_text, gate_id(g))
  call('ZREMRANGEBYRANK', R .. '/gates_closed', 0, -1 - MOST_CLOSED)
  emit(run, 'gate.decided', stage_plan(run, g.index).name, s.attempt, '{"gate":"' .. gate_id(g) .. '","status":"' ..
    state .. '","via":"' .. via .. '","by":' .. by .. ',"notes":' .. notes ..
    (queued and (',"queued":["' .. queued .. '"]') or '') .. '}', s.generation)
end

-- A stage leaves its gate.
local function leave_gate(run)
  call('HINCRBY', run.key, RUN.at_gates, -1)
end

-- The run is being cancelled, and the stage with it.
local function close_by_run(run, i, s)
  local g = newest_gate(run, stage_plan(run, i).name)
  leave_gate(run)
  if g and g.state == 'pending' then close_gate_as(g, 'closed', 'null', 'run', 'null', 'null') end
end

-- The stage opens its next generation: whoever has not decided is asked anew.
local function supersede(run, i, s)
  local g = newest_gate(run, stage_plan(run, i).name)
  leave_gate(run)
  if g and g.state == 'pending' then close_gate_as(g, 'superseded', 'null', 'run', 'null', 'null') end
end

-- The next generation of the stage is told what was said at the gate of that name.
local function tell_feedback(run, stage_name, s, gate)
  call('HSET', run.key .. '/gates', GATES.feedback .. stage_name,
    FEEDBACK.pack { generation = format('%d', tonumber(s.generation) + 1), gate = gate })
end

-- Puts back what was lost of a waiting gate; returns whether anything was.
local function restore(run, i, s)
  local g = newest_gate(run, stage_plan(run, i).name)
  if not g or g.state ~= 'pending' then return false end
  local id = gate_id(g)
  local lost = due_of(g) and not timer_due(TIMER_KIND.gate, id)
  each_list(g, function(list_key) lost = lost or not call('ZSCORE', list_key, id) end)
  if lost then list_gate(g) end
  return lost
end

-- Redis's clock has stepped by `step`; returns whether the gate follows. is_new(at): that instant is by the new clock.
local function follow_step(id, step, is_new)
  local g = gate_of_id(id)
  if not g or is_new(tonumber(g.opened_at)) then return false end
  g.opened_at = format('%d', g.opened_at + step)
  if g.deadline ~= '0' then g.deadline = format('%d', g.deadline + step) end
  save_gate(g)
  return true
end
