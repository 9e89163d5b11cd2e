-- Generated from domain/states.ts and domain/trigger-rules.ts by `npm run generate`; do not edit.

-- Of a run or of a stage.
local function is_terminal(st)
  return st == 'succeeded' or st == 'failed' or st == 'cancelled' or st == 'skipped' or st == 'upstream_failed'
end

local function may_move_run(from, to)
  if from == 'queued' then return to == 'starting' or to == 'paused' or to == 'cancelling' or to == 'cancelled' or to == 'failed' end
  if from == 'starting' then return to == 'running' or to == 'paused' or to == 'succeeded' or to == 'failed' or to == 'cancelling' or to == 'cancelled' end
  if from == 'running' then return to == 'retrying' or to == 'awaiting_gate' or to == 'paused' or to == 'succeeded' or to == 'failed' or to == 'cancelling' or to == 'cancelled' end
  if from == 'awaiting_gate' then return to == 'running' or to == 'paused' or to == 'failed' or to == 'cancelling' or to == 'cancelled' end
  if from == 'paused' then return to == 'queued' or to == 'starting' or to == 'running' or to == 'paused' or to == 'succeeded' or to == 'failed' or to == 'cancelling' or to == 'cancelled' end
  if from == 'retrying' then return to == 'running' or to == 'failed' or to == 'cancelling' or to == 'cancelled' end
  if from == 'cancelling' then return to == 'cancelled' or to == 'failed' end
  return false
end

local function may_move_stage(from, to)
  if from == 'pending' then return to == 'ready' or to == 'queued' or to == 'skipped' or to == 'upstream_failed' or to == 'cancelled' end
  if from == 'ready' then return to == 'queued' or to == 'awaiting_gate' or to == 'skipped' or to == 'cancelled' end
  if from == 'queued' then return to == 'running' or to == 'failed' or to == 'cancelled' or to == 'skipped' end
  if from == 'running' then return to == 'succeeded' or to == 'failed' or to == 'cancelled' or to == 'retrying' or to == 'queued' or to == 'awaiting_gate' end
  if from == 'retrying' then return to == 'running' or to == 'queued' or to == 'failed' or to == 'cancelled' end
  if from == 'awaiting_gate' then return to == 'queued' or to == 'succeeded' or to == 'failed' or to == 'cancelled' or to == 'skipped' or to == 'awaiting_gate' end
  return false
end

-- How the end of a stage counts for those that depend on it.
local function outcome_of(st)
  if st == 'upstream_failed' then return 'failed' end
  return st
end

local DEFAULT_RULE = 'all_succeeded'

-- wait | fail | skip | run, by how many of a stage's parents ended in which way.
local function decide(rule, total, succeeded, failed, cancelled, skipped)
  if total == 0 then return 'run' end
  if rule == 'all_succeeded' then
    if failed + cancelled > 0 then return 'fail' end
    if skipped > 0 then return 'skip' end
    if succeeded == total then return 'run' end
    return 'wait'
  end
  if rule == 'all_failed' then
    if succeeded + skipped > 0 then return 'skip' end
    if failed + cancelled == total then return 'run' end
    return 'wait'
  end
  if rule == 'all_done' then
    if succeeded + failed + cancelled + skipped == total then return 'run' end
    return 'wait'
  end
  if rule == 'one_succeeded' then
    if succeeded > 0 then return 'run' end
    if skipped == total then return 'skip' end
    if succeeded + failed + cancelled + skipped == total then return 'fail' end
    return 'wait'
  end
  if rule == 'one_failed' then
    if failed + cancelled > 0 then return 'run' end
    if succeeded + failed + cancelled + skipped == total then return 'skip' end
    return 'wait'
  end
  if rule == 'one_done' then
    if succeeded + failed + cancelled > 0 then return 'run' end
    if succeeded + failed + cancelled + skipped == total then return 'skip' end
    return 'wait'
  end
  if rule == 'none_failed' then
    if failed + cancelled > 0 then return 'fail' end
    if succeeded + failed + cancelled + skipped == total then return 'run' end
    return 'wait'
  end
  if rule == 'none_failed_min_one_succeeded' then
    if failed + cancelled > 0 then return 'fail' end
    if skipped == total then return 'skip' end
    if succeeded + failed + cancelled + skipped == total then return 'run' end
    return 'wait'
  end
  if rule == 'none_skipped' then
    if skipped > 0 then return 'skip' end
    if succeeded + failed + cancelled + skipped == total then return 'run' end
    return 'wait'
  end
  if rule == 'always' then
    return 'run'
  end
  return 'wait'
end
