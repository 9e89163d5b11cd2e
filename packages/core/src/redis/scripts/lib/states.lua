-- Generated from domain/states.ts and domain/trigger-rules.ts by `npm run generate`; do not edit.

-- Of a run or of a stage.
local function is_terminal(st)
  return st == 'succeeded' or st == 'failed' or st == 'cancelled' or st == 'skipped'
end

local function may_move_run(from, to)
  if from == 'queued' then return to == 'starting' or to == 'paused' or to == 'cancelling' or to == 'cancelled' or to == 'failed' end
  if from == 'starting' then return to == 'running' or to == 'paused' or to == 'failed' or to == 'cancelling' or to == 'cancelled' end
  if from == 'running' then return to == 'retrying' or to == 'awaiting_gate' or to == 'paused' or to == 'succeeded' or to == 'failed' or to == 'cancelling' or to == 'cancelled' end
  if from == 'awaiting_gate' then return to == 'running' or to == 'paused' or to == 'failed' or to == 'cancelling' or to == 'cancelled' end
  if from == 'paused' then return to == 'queued' or to == 'starting' or to == 'running' or to == 'paused' or to == 'succeeded' or to == 'failed' or to == 'cancelling' or to == 'cancelled' end
  if from == 'retrying' then return to == 'running' or to == 'failed' or to == 'cancelling' or to == 'cancelled' end
  if from == 'cancelling' then return to == 'cancelled' or to == 'failed' end
  return false
end

local function may_move_stage(from, to)
  if from == 'pending' then return to == 'ready' or to == 'queued' or to == 'skipped' or to == 'cancelled' end
  if from == 'ready' then return to == 'queued' or to == 'awaiting_gate' or to == 'skipped' or to == 'cancelled' end
  if from == 'queued' then return to == 'running' or to == 'failed' or to == 'cancelled' or to == 'skipped' end
  if from == 'running' then return to == 'succeeded' or to == 'failed' or to == 'cancelled' or to == 'retrying' or to == 'queued' or to == 'awaiting_gate' end
  if from == 'retrying' then return to == 'running' or to == 'queued' or to == 'failed' or to == 'cancelled' end
  if from == 'awaiting_gate' then return to == 'queued' or to == 'succeeded' or to == 'failed' or to == 'cancelled' or to == 'skipped' end
  return false
end

local DEFAULT_RULE = 'all_succeeded'

-- wait | skip | run, by how many of a stage's parents ended in which way.
local function decide(rule, total, succeeded, failed, cancelled, skipped)
  if rule == 'all_succeeded' then
    if failed + skipped + cancelled > 0 then return 'skip' end
    if succeeded == total then return 'run' end
  end
  return 'wait'
end
