-- How a gate opens, and what follows from its decision for its stage.
-- @include lib/gates.lua
-- @include lib/outcomes.lua
-- @include lib/pause.lua
-- @include lib/in_words.lua

-- Opens the next gate of the stage. rules, shown: JSON texts.
local function add_gate(run, i, s, opened)
  local facts = stage_plan(run, i)
  local key = run.key .. '/gates'
  local before = call('HGET', key, GATES.newest .. facts.name)
  local opening = 1
  if before then
    local generation, last = GATE_NAME.match(before, generation, opening)
    if generation == s.generation then opening = last + 1 end
  end
  local was_here = s.status == 'awaiting_gate'
  move_stage(run, i, s, 'awaiting_gate')
  if not was_here then call('HINCRBY', run.key, RUN.at_gates, 1) end
  run.set[RUN.has_gates] = '1'
  local name = GATE_NAME.pack { stage = facts.name, generation = s.generation, opening = format('%d', opening) }
  local rules = cjson.decode(opened.rules)
  local g = { run = run, name = name, state = 'pending', kind = opened.kind, index = i, opened_at = now_text,
    deadline = rules.timeout > 0 and format('%d', now + rules.timeout) or '0', reminded = '0',
    time_left = opened.time_left, digest = opened.digest, rules = rules }
  local starter = cjson.decode(run.trigger or '{}').by
  local all = call('HGET', key, GATES.all)
  call('HSET', key, GATES.all, all and (all .. ' ' .. name) or name, GATES.newest .. facts.name, name,
    GATES.rules .. name, opened.rules, GATES.facts .. name, opened.shown,
    GATES.starter .. name, starter and cjson.encode(starter) or 'null')
  if before then call('HSET', key, GATES.previous .. name, before) end
  save_gate(g)
  list_gate(g)
  emit(run, 'gate.opened', facts.name, s.attempt, '{"gate":"' .. gate_id(g) .. '","kind":"' .. g.kind ..
    '","opening":' .. format('%d', opening) .. ',"deadline":' .. (g.deadline == '0' and 'null' or g.deadline) ..
    ',"shown_digest":"' .. g.digest .. '"}', s.generation)
  return g
end

-- by, notes, values: JSON.
local function approve(g, by, via, notes, values)
  local run, i = g.run, g.index
  local s, facts = stage_of(run, i), stage_plan(run, i)
  leave_gate(run)
  call('HSET', R .. '/gates_approved', run.pipeline .. '/' .. facts.name, gate_id(g))
  if g.kind ~= 'start' then
    close_gate_as(g, 'approved', by, via, notes, values)
    local own = s.output
    if g.kind == 'stage' then own = 'null' end
    settle_success(run, i, s, values ~= 'null' and values or own)
    return
  end
  local id = make_job(run, i, facts.queue, facts.name, policy_of(facts).queue_timeout, '0')
  if g.time_left ~= '0' then timer(TIMER_KIND.stage, id, now + g.time_left) end
  requeue_job(facts.queue, id, s, 'LPUSH')
  close_gate_as(g, 'approved', by, via, notes, values, facts.name)
end

-- The stage stays where it is; the run waits for a person to resume it.
local function reject(g, by, via, notes)
  local run = g.run
  close_gate_as(g, 'rejected', by, via, notes, 'null')
  local pause = PAUSE.object {
    since = now_text, scope = 'run', by = by == 'null' and by or cjson.encode(cjson.decode(by).name), reason = notes,
    cause = '{"kind":"gate_rejected","gate":"' .. gate_id(g) .. '"}',
  }
  if run.status == 'paused' then replace_pause(run, pause) else pause_run(run, pause) end
end

-- JSON of the values given so far.
local function values_of(g)
  return call('HGET', g.run.key .. '/gates', GATES.values .. g.name) or 'null'
end

-- Its deadline has passed.
local function expire(g)
  local rules = rules_of(g)
  if rules.on_timeout == 'approve' then return approve(g, 'null', 'deadline', 'null', values_of(g)) end
  if rules.on_timeout == 'reject' then return reject(g, 'null', 'deadline', 'null') end
  leave_gate(g.run)
  close_gate_as(g, 'expired', 'null', 'deadline', 'null', 'null')
  fail_stage(g.run, g.index, '{"code":"gate_expired","message":"nobody decided at its gate within ' ..
    in_words(rules.timeout) .. '"}')
end

-- An attempt ended with a gate. payload: JSON {kind, rules, shown, digest, verdict, reason, output}, of which rules,
-- shown and output are JSON texts.
local function open_gate(run, i, s, o)
  if run.status == 'cancelling' then
    o.payload = run.set[RUN.cancel_reason] or call('HGET', run.key, RUN.cancel_reason) or 'null'
    return outcomes.cancelled(run, i, s, o)
  end
  local facts, id = stage_plan(run, i), job_of(run, i, s)
  local opened = cjson.decode(o.payload)
  remember_attempt(run, i, s, opened.kind == 'result' and 'succeeded' or 'gated', nil, 'gate')
  opened.time_left = '0'
  local due = facts.timed and timer_due(TIMER_KIND.stage, id)
  if due then
    untimer(TIMER_KIND.stage, id)
    opened.time_left = format('%d', math.max(1, due - now))
  end
  local g = add_gate(run, i, s, opened)
  gone[#gone + 1] = R .. ':' .. facts.queue .. ':' .. id
  if opened.output then s.output = opened.output end
  if opened.kind == 'start' then s.keeps = SAME_ATTEMPT end
  if opened.verdict == 'approve' then approve(g, 'null', 'auto', opened.reason, 'null') end
  if opened.verdict == 'reject' then reject(g, 'null', 'auto', opened.reason) end
  return 'gate'
end

-- What is due at the gate: escalations, or its end. Returns whether anything was.
local function is_due(id)
  local g = gate_of_id(id)
  if not g or g.state ~= 'pending' or g.run.status == 'cancelling' then return false end
  local rules, run = rules_of(g), g.run
  local s, before = stage_of(run, g.index), tonumber(g.reminded)
  local reminded = before
  while rules.after[reminded + 1] and g.opened_at + rules.after[reminded + 1] <= now do
    reminded = reminded + 1
    local names = {}
    for n, principal in ipairs(rules.added[reminded]) do names[n] = cjson.encode(string.sub(principal, #'name:' + 1)) end
    local notify = rules.notify[reminded]
    emit(run, 'gate.reminded', stage_plan(run, g.index).name, s.attempt, '{"gate":"' .. id .. '","after_ms":' ..
      format('%d', rules.after[reminded]) .. ',"notify":' .. cjson.encode(notify) .. ',"add_approvers":[' ..
      table.concat(names, ',') .. ']}', s.generation)
  end
  g.reminded = format('%d', reminded)
  local over = g.deadline ~= '0' and tonumber(g.deadline) <= now
  if over then
    expire(g)
  else
    save_gate(g)
    list_gate(g)
  end
  return over or reminded > before
end
