--[[
  A person decides at a gate, or votes. First wins: a gate that is closed, or whose deadline has passed, answers so.
  Emits: gate.voted | decided, and what follows: stage.succeeded, run.paused …
]]
-- @include lib/gate_moves.lua

-- Commands whose answers are kept for repeats.
local MOST_ANSWERED = 20

local run = load_run(run_id)
local g = run and read_gate(run, gate)
if not g then return reply { kind = 'unknown', waits_for = '', expand = '' } end

local key = run.key .. '/gates'
local answered = call('HGET', key, GATES.answered .. gate) or ''

local function answer_before()
  for line in string.gmatch(answered, '[^\n]+') do
    local id, kind = ANSWERED.match(line, command, kind)
    if id == command_id then return kind end
  end
end

local function remember_answer(kind)
  local lines = {}
  for line in string.gmatch(answered, '[^\n]+') do lines[#lines + 1] = line end
  lines[#lines + 1] = ANSWERED.pack { command = command_id, kind = kind }
  local first = math.max(1, #lines - MOST_ANSWERED + 1)
  call('HSET', key, GATES.answered .. gate, table.concat(lines, '\n', first))
end

local function may_decide()
  local rules = rules_of(g)
  if not rules.starter and call('HGET', key, GATES.starter .. gate) == cjson.encode(name) then return false end
  local is = {}
  for principal in string.gmatch(principals, '%S+') do is[principal] = true end
  for _, principal in ipairs(rules.principals) do
    if is[principal] then return true end
  end
  for k, after in ipairs(rules.after) do
    if g.opened_at + after > now then break end
    for _, principal in ipairs(rules.added[k]) do
      if is[principal] then return true end
    end
  end
  return false
end

local function needs_notes()
  local rule = rules_of(g).notes
  return verb ~= 'withdraw' and (rule == 'always' or rule == 'on_reject' and verb ~= 'approve')
end

-- The stages of its depends_on whose gates are not approved. One that asked nobody counts once its stage has ended.
local function gates_before()
  local names = {}
  for _, other in ipairs(rules_of(g).depends_on) do
    local first, i = newest_gate(run, other[1]), format('%d', other[2])
    local waits
    if first then
      waits = first.state ~= 'approved'
    else
      waits = in_run(run, i) and not is_terminal(stage_of(run, i).status)
    end
    if waits then names[#names + 1] = other[1] end
  end
  return table.concat(names, ' ')
end

-- The votes of others, a GATE_VOTE a line, and how many there are; and whether this person has one.
local function votes_of_others()
  local lines, voted = {}, false
  for line in string.gmatch(call('HGET', key, GATES.votes .. gate) or '', '[^\n]+') do
    if cjson.decode(line).by.name == name then voted = true else lines[#lines + 1] = line end
  end
  return lines, voted
end

local function tell_vote(votes)
  emit(run, 'gate.voted', stage_plan(run, g.index).name, stage_of(run, g.index).attempt, '{"gate":"' .. gate_id(g) ..
    '","verb":"' .. verb .. '","by":' .. by .. ',"votes":' .. votes .. ',"quorum":' ..
    format('%d', rules_of(g).quorum) .. '}', stage_of(run, g.index).generation)
end

local waits_for = ''

local function decide_now()
  if g.state == 'pending' and run.status == 'cancelling' then
    close_gate_as(g, 'closed', 'null', 'run', 'null', 'null')
  elseif g.state == 'pending' and g.deadline ~= '0' and tonumber(g.deadline) <= now then
    expire(g)
  end
  if g.state ~= 'pending' then return 'closed' end
  if g.digest ~= shown_digest then return 'changed' end
  if not may_decide() then return 'not_an_approver' end
  if needs_notes() and is_silent == '1' then return 'notes_needed' end
  if verb == 'reject' then
    reject(g, by, 'person', notes)
    return 'decided'
  end
  local votes, voted = votes_of_others()
  if verb == 'withdraw' then
    if not voted then return 'no_vote' end
    call('HSET', key, GATES.votes .. gate, table.concat(votes, '\n'))
    tell_vote(#votes)
    return 'voted'
  end
  waits_for = gates_before()
  if waits_for ~= '' then return 'waits' end
  votes[#votes + 1] = GATE_VOTE.object { by = by, at = now_text, notes = notes }
  call('HSET', key, GATES.votes .. gate, table.concat(votes, '\n'))
  if values ~= 'null' then call('HSET', key, GATES.values .. gate, values) end
  if #votes < rules_of(g).quorum then
    tell_vote(#votes)
    return 'voted'
  end
  approve(g, by, 'person', notes, values_of(g))
  return 'decided'
end

local kind = answer_before()
if not kind then
  kind = decide_now()
  if kind == 'decided' or kind == 'voted' then remember_answer(kind) end
end
save()
return reply { kind = kind, waits_for = waits_for, expand = unfinished() }
