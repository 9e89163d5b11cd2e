-- A rerun too wide for one script holds its run, paused, until all its stages are open again.
-- @include lib/ready.lua

-- The record RERUN while stages are still to be opened again, or false.
local function rerun_of(run)
  if run.rerun == nil then run.rerun = call('HGET', run.key, RUN.rerun) end
  return run.rerun
end

-- How the rerun still has to reach stage i (text): one of REACH.
local function reach_of(reach, i)
  return string.sub(reach, i + 1, i + 1)
end

-- What follows from the end of stage i waits until then, so that counts change in one place only. What is to be opened
-- again itself is never counted.
local function hold_back_visit(run, i, from)
  local rerun = rerun_of(run)
  if not rerun then return false end
  local how = reach_of(RERUN.match(rerun, reach), i)
  if how == REACH.all or how == REACH.next then
    call('HSET', run.key, RUN.uncounted .. i, '1')
  elseif stage_plan(run, i).dependants ~= '' then
    leave_for_later(run, { kind = TODO_KIND.dependants, stage = i, place = from })
  end
  return true
end
