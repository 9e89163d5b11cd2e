-- Skips, transitively, what can no longer run because stage i did not succeed.
-- @include lib/ready.lua

local function skip_dependants(run, i, name, from)
  local work = { { i, name, from } }
  local at = 1
  while work[at] do
    local index, because, first = work[at][1], work[at][2], work[at][3]
    each_item(run.plan, 'd' .. index, DEPENDANT, first, function(place, j, _, _, dependant)
      if not in_run(run, j) then return end
      if budget <= 0 then
        leave_for_later(run, 'x ' .. index .. ' ' .. place .. ' ' .. because)
        return false
      end
      budget = budget - 1
      local s = stage_of(run, j)
      if s.st == 'pending' then
        s.st = 'skipped'
        s.e = now_text
        run.changed[j] = true
        run.left = run.left - 1
        emit(run, 'stage.skipped', dependant, '0', '{"because":"' .. because .. '"}', s.gen)
        work[#work + 1] = { j, dependant, 0 }
      end
    end, stage_plan(run, index).dependants)
    at = at + 1
  end
end
