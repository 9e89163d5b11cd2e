-- The only places where a status changes. A move that the tables (domain/states.ts) do not list is a bug: it raises an
-- error, which must happen before the transition's first write.
-- @include lib/plan.lua
-- @include lib/timers.lua

local function refuse_move(who, from, to)
  -- The place that it names is the caller's of the move.
  error('illegal_transition: ' .. who .. ': ' .. from .. ' -> ' .. to, 3)
end

local function move_run(run, to)
  if not may_move_run(run.status, to) then refuse_move('run ' .. run.id, run.status, to) end
  run.status = to
  run.dirty = true
end

-- The only way out of `running`: the stage is no longer counted as running, nor its job in `active`, where the oldest
-- are last. The caller checks the claim.
local function leave_running(run, i, s)
  run.stages_running = run.stages_running - 1
  call('LREM', R .. ':' .. stage_plan(run, i).queue .. ':active', -1, job_of(run, i, s))
end

-- Keeps the run's counts of open and of running stages.
local function move_stage(run, i, s, to)
  if is_terminal(run.status) then
    refuse_move('stage ' .. i .. ' of run ' .. run.id .. ', which has ended', s.status, to)
  end
  if not may_move_stage(s.status, to) then refuse_move('stage ' .. i .. ' of run ' .. run.id, s.status, to) end
  if s.status == 'running' then leave_running(run, i, s) end
  if to == 'running' then run.stages_running = run.stages_running + 1 end
  if is_terminal(to) then run.stages_left = run.stages_left - 1 end
  s.status = to
  s.changed = true
  run.dirty = true
end

-- Keys deleted at the end of the script, in one command.
local gone = {}

-- Ends the stage in any terminal state. Deletes the job of one that ran; the caller removes that of a waiting one from
-- its queue.
local function end_stage(run, i, s, to)
  local ran, has_timers = s.status == 'running', s.status ~= 'pending' and stage_plan(run, i).timed
  move_stage(run, i, s, to)
  if ran then gone[#gone + 1] = R .. ':' .. stage_plan(run, i).queue .. ':' .. job_of(run, i, s) end
  s.ended_at = now_text
  s.due_at = '0'
  s.suspicions = '0'
  s.wait = ''
  if has_timers then
    local id = job_of(run, i, s)
    untimer(TIMER_KIND.stage, id)
    untimer(TIMER_KIND.queue, id)
  end
end
