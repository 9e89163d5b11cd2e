-- Skips, transitively, the stages that can no longer run because stage i did not succeed.
-- @include lib/ready.lua

local function skip_stage(run, j, name, because)
  local s = stage_of(run, j)
  end_stage(run, j, s, 'skipped')
  emit(run, 'stage.skipped', name, '0', '{"because":"' .. because .. '"}', s.generation)
end

local function skip_dependants(run, i, name, from)
  local work = { { i, name, from } }
  local at = 1
  while work[at] do
    local index, because, first = work[at][1], work[at][2], work[at][3]
    local outcome = stage_of(run, index).status
    each_item(run.plan, PLAN.dependants .. index, DEPENDANT.pattern(index, dependencies, name), first,
      function(place, j, indegree, dependant)
      if not in_run(run, j) then return end
      if budget <= 0 then
        leave_for_later(run, { kind = TODO_KIND.skips, stage = index, place = place, because = because })
        return false
      end
      budget = budget - 1
      if decide_after(run, j, indegree, outcome) == 'skip' and stage_of(run, j).status == 'pending' then
        skip_stage(run, j, dependant, because)
        work[#work + 1] = { j, dependant, 0 }
      end
    end, stage_plan(run, index).dependants)
    at = at + 1
  end
end
