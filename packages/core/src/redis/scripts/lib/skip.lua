-- Skips, transitively, what can no longer run because stage i did not succeed.
-- @include lib/ready.lua

local function skip_dependants(run, i, name, from)
  local work = { { i, name, from } }
  local at = 1
  while work[at] do
    local index, because, first = work[at][1], work[at][2], work[at][3]
    local place = 0
    for j, dependant in DEPENDANT.each(stage_plan(run, index).dependants, index, name) do
      if place >= first and in_run(run, j) then
        if budget <= 0 then
          leave_for_later(run, 'x ' .. index .. ' ' .. place .. ' ' .. because)
          break
        end
        budget = budget - 1
        local s = stage_of(run, j)
        if s.status == 'pending' then
          s.status = 'skipped'
          s.ended_at = now_text
          run.changed[j] = true
          run.stages_left = run.stages_left - 1
          emit(run, 'stage.skipped', dependant, '0', '{"because":"' .. because .. '"}', s.generation)
          work[#work + 1] = { j, dependant, 0 }
        end
      end
      place = place + 1
    end
    at = at + 1
  end
end
