-- Retries of ended runs: what they keep is in their keys before they begin (retry-keeps.ts).
-- @include lib/ready.lua

-- Lets the work begin that follows from kept stages: they count for those that wait for them.
local function visit_kept(run)
  if call('EXISTS', run.key .. '/begins') == 0 then return end
  call('RENAME', run.key .. '/begins', run.key .. '/todo')
  call('SADD', R .. '/unfinished', run.id)
  run.more = true
end
