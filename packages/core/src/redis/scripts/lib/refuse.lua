-- Handles a write that is not by the running claim. An outcome already recorded (its reply was lost) gets the same
-- answer; any other write is refused, and the refusal is recorded while the run's log is open.
-- @include lib/jobs.lua

local function refuse_write(run, i, att, fence, what, worker)
  local s = run and stage_of(run, i)
  if s and what ~= 'report' then
    if s.status == 'succeeded' and what ~= 'gate' and s.fence == fence and s.worker == worker then return 'succeeded' end
    local past = run.attempts and run.attempts[ATTEMPTS.past .. i]
      or call('HGET', run.key .. '/attempts', ATTEMPTS.past .. i)
    for _, ended in ipairs(cjson.decode('[' .. (past or '') .. ']')) do
      if ended.worker == worker and format('%d', ended.fence) == fence and ended.recorded then return ended.recorded end
    end
  end
  count('fenced')
  if s and not is_terminal(run.status) and call('HEXISTS', run.plan, PLAN.stage .. i) == 1 and in_run(run, i) then
    emit(run, 'stage.fenced', stage_plan(run, i).name, att, '{"fence":' .. fence .. ',"current_fence":' .. s.fence ..
      ',"what":"' .. what .. '"}', s.generation)
  end
  return 'fenced'
end
