-- Records how an attempt ended.
-- @include lib/ready.lua
-- @lazy settle_otherwise(run, i, s, o) lib/outcomes.lua return outcomes[o.kind](run, i, s, o)
-- @lazy settle_gate(run, i, s, o) lib/gate_moves.lua return open_gate(run, i, s, o)
-- @lazy refuse(run, i, att, fence, what, worker) lib/refuse.lua return refuse_write(run, i, att, fence, what, worker)

local function settle_success(run, i, s, output, want)
  local facts = stage_plan(run, i)
  end_stage(run, i, s, 'succeeded')
  s.output = output
  local queued, doomed = '', nil
  if run.status ~= 'cancelling' then queued, doomed = visit_dependants(run, i, 0, want) end
  emit(run, 'stage.succeeded', facts.name, s.attempt, '{"duration_ms":' .. format('%d', now - s.begun_at) ..
    ',"queued":[' .. queued .. ']}', s.generation)
  if doomed then follow_doomed(run, doomed) end
  if run.stages_left == 0 then end_run_if_over(run) end
  return 'succeeded'
end

-- The worker is part of the claim: a failover that lost writes may grant the same fence again, to another worker. o:
-- {worker, run, i, gen, att, fence, kind, payload, flag, after, random}, all text. Returns what was recorded, or
-- 'fenced'. want: see visit_dependants.
local function settle(o, want)
  local run = load_run(o.run, o.i)
  if not run then return refuse(nil, o.i, o.attempt, o.fence, o.kind) end
  local s = stage_of(run, o.i)
  if is_terminal(run.status) or s.status ~= 'running' or s.fence ~= o.fence or s.attempt ~= o.attempt
      or s.generation ~= o.generation or s.worker ~= o.worker then
    return refuse(run, o.i, o.attempt, o.fence, o.kind, o.worker)
  end
  if o.kind == 'succeeded' then return settle_success(run, o.i, s, o.payload, want) end
  if o.kind == 'gate' then return settle_gate(run, o.i, s, o) end
  return settle_otherwise(run, o.i, s, o)
end
