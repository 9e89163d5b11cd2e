-- A late write is refused, and the refusal recorded while the run's log is open.
-- @include lib/plan.lua

local function refuse_write(run, i, fence, what)
  count('fenced')
  if run and not is_terminal(run.st) then
    local s = stage_of(run, i)
    emit(run, 'stage.fenced', stage_plan(run, i).name, s.att, '{"fence":' .. fence .. ',"current_fence":' .. s.fence .. ',"what":"' .. what .. '"}')
  end
  return 'fenced'
end
