-- A write that is not the running claim's. An outcome whose claim was recorded before (its reply was lost) is answered as it was then;
-- any other is refused, and the refusal recorded while the run's log is open.
-- @include lib/plan.lua

local function refuse_write(run, i, att, fence, what)
  local s = run and stage_of(run, i)
  if s and what ~= 'report' then
    if s.st == 'succeeded' and s.fence == fence then return 'succeeded' end
    local past = run.set['h' .. i] or call('HGET', run.key, 'h' .. i)
    local recorded = past and string.match(past, '"fence":' .. fence .. ',"recorded":"([%a_]+)"')
    if recorded then return recorded end
  end
  count('fenced')
  if s and not is_terminal(run.st) and call('HEXISTS', run.plan, 's' .. i) == 1 and in_run(run, i) then
    emit(run, 'stage.fenced', stage_plan(run, i).name, att, '{"fence":' .. fence .. ',"current_fence":' .. s.fence .. ',"what":"' .. what .. '"}')
  end
  return 'fenced'
end
