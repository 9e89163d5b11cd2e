-- The only places where a status changes. A move that the tables (domain/states.ts) do not list is a fault of ours: it is refused with an error,
-- which a transition must meet before its first write.
-- @include lib/plan.lua
-- @include lib/timers.lua

local function refuse_move(who, from, to)
  error('illegal_transition: ' .. who .. ': ' .. from .. ' -> ' .. to)
end

local function move_run(run, to)
  if not may_move_run(run.st, to) then refuse_move('run ' .. run.id, run.st, to) end
  run.st = to
  run.dirty = true
end

-- The one way out of `running`: the stage is no longer one of those that run, nor its job in `active`. Whose claim it was is the caller's to check.
local function leave_running(run, i, s)
  run.act = run.act - 1
  call('LREM', R .. ':' .. stage_plan(run, i).queue .. ':active', 1, job_of(run, i, s))
end

-- Keeps the run's counts of open and of running stages.
local function move_stage(run, i, s, to)
  if is_terminal(run.st) then refuse_move('stage ' .. i .. ' of run ' .. run.id .. ', which has ended', s.st, to) end
  if not may_move_stage(s.st, to) then refuse_move('stage ' .. i .. ' of run ' .. run.id, s.st, to) end
  if s.st == 'running' then leave_running(run, i, s) end
  if to == 'running' then run.act = run.act + 1 end
  if is_terminal(to) then run.left = run.left - 1 end
  s.st = to
  run.changed[i] = true
  run.dirty = true
end

-- The stage is over, whatever its end. The job of one that ran goes; that of one that waits is the caller's to take out of its queue.
local function end_stage(run, i, s, to)
  local ran, has_timers = s.st == 'running', s.st ~= 'pending' and stage_plan(run, i).timed
  move_stage(run, i, s, to)
  if ran then call('DEL', R .. ':' .. stage_plan(run, i).queue .. ':' .. job_of(run, i, s)) end
  s.e = now_text
  s.nx = '0'
  s.u = ''
  if has_timers then
    local id = job_of(run, i, s)
    untimer(STAGE_TIMER, id)
    untimer(QUEUE_TIMER, id)
  end
end
