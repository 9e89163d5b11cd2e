-- What a success makes ready. Work beyond the script's budget is left in the run's todo list, for the next expand_run.
-- @include lib/plan.lua
-- @lazy end_run_if_over(run) lib/end_run.lua return finish_run(run)

-- Stages that one script may queue, skip or cancel.
local budget = 500

local function leave_for_later(run, item)
  call('RPUSH', run.key .. '/todo', item)
  run.more = true
end

-- Queues the dependants of stage i, from place `from` on, that became ready; answers their names as JSON strings.
local function queue_dependants(run, i, from)
  local text = stage_plan(run, i).dependants
  if text == '' then return '' end
  local queued, place = '', 0
  for j, indegree, queue, name, qt, st in string.gmatch(text, DEPENDANT) do
    if place >= from and in_run(run, j) then
      if budget <= 0 then
        leave_for_later(run, 'd ' .. i .. ' ' .. place)
        break
      end
      budget = budget - 1
      if (indegree == '1' or call('HINCRBY', run.key, 'n' .. j, 1) == tonumber(indegree)) and stage_of(run, j).st == 'pending' then
        add_job(run, j, queue, name, qt, st)
        queued = queued == '' and ('"' .. name .. '"') or (queued .. ',"' .. name .. '"')
      end
    end
    place = place + 1
  end
  return queued
end
