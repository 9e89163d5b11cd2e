-- Makes what a retry keeps its own.
-- @include lib/retry.lua

-- Ids kept of the runs that retry a run (MOST_RETRIES, domain/retry-plan.ts), and the length of one with its blank.
local MOST_RETRIES, ID = 50, 37

-- A new run's keys stay, and the run that it retries knows it.
local function keep_for_good(run, of)
  for _, part in ipairs({ '', '/begins', '/outputs', '/artifacts', '/artifact_ids' }) do
    call('PERSIST', run.key .. part)
  end
  local st, earlier = unpack(call('HMGET', R .. '/run/' .. of, RUN.status, RUN.retries))
  if st then
    local ids = earlier and (earlier .. ' ' .. run.id) or run.id
    call('HSET', R .. '/run/' .. of, RUN.retries, string.sub(ids, 1 - MOST_RETRIES * ID))
  end
  if run.status == 'starting' then visit_kept(run) end
end
