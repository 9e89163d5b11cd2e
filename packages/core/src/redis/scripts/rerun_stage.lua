--[[
  Opens the next generation of a stage of a live run, and of what depends on it. What does not fit into one script holds
  the run until expand_run has gone on with it: no stage starts on an output that is to be made again.
  Emits: stage.reopened, run.paused
]]
-- @include lib/rerun.lua
-- @lazy note_feedback(run, name, gate) lib/gates.lua tell_feedback(run, name, stage_of(run, stage_index), gate)

local run = load_run(run_id, stage_index)
local function answer(kind)
  return reply { kind = kind, status = run and run.status or '', expand = unfinished() }
end
if not run then return answer('unknown') end
local remembered = idempotency_key ~= '' and call('GET', R .. '/idem/' .. idempotency_key)
if remembered then
  local stored_hash = REMEMBERED.match(remembered, body_hash)
  if stored_hash ~= body_hash then return answer('idempotency_mismatch') end
  run.more = call('EXISTS', run.key .. '/todo') == 1
  return answer('reopened')
end
if is_terminal(run.status) then return answer('terminal') end
if run.status == 'cancelling' then return answer('cancelling') end
if call('EXISTS', run.key .. '/todo') == 1 then
  run.more = true
  return answer('unfinished')
end
if if_seq ~= '' and tonumber(if_seq) ~= run.last_seq then return answer('moved') end
local s = stage_of(run, stage_index)
if s.status == 'running' then return answer('running') end
if s.status == 'pending' then return answer('not_begun') end
local facts = stage_plan(run, stage_index)
local decision = decide_now(run, stage_index, facts)
if decision == 'skip' or decision == 'fail' then return answer('never') end

local told = '{"by":' .. by .. ',"reason":' .. reason .. '}'
run.rerun = false
if gate ~= '' then note_feedback(run, facts.name, gate) end
local _, left = open_stages(run, RERUN.pack { reach = reach, stage = facts.name, place = 0, told = told })
if idempotency_key ~= '' then
  call('SET', R .. '/idem/' .. idempotency_key, REMEMBERED.pack { body_hash = body_hash, made = run_id,
    pipeline = run.pipeline }, 'PX', 86400000)
end
if left then
  leave_rerun(run, left)
  if run.status ~= 'paused' then hold_for_rerun(run) end
end
save()
return answer('reopened')
