-- Stages that run apart: two workers of theirs were lost while they ran beside others, so nobody knows whose fault it was. They wait in a list of
-- their own, for a worker that holds nothing else. The mark `apart` in the queue's `meta`, which every ask reads, says that some wait:
-- '-', or the worker that empties itself for them.
-- @include lib/jobs.lua

-- push: RPUSH puts it behind those that wait there, LPUSH in front of them.
local function wait_apart(queue, id, push)
  call(push, R .. '/apart/' .. queue, id)
  call('HSETNX', R .. ':' .. queue .. ':meta', 'apart', '-')
  added[queue] = (added[queue] or 0) + 1
end

-- Answers whether it waited there.
local function leave_apart(queue, id)
  local list = R .. '/apart/' .. queue
  if call('LREM', list, 1, id) == 0 then return false end
  if call('EXISTS', list) == 0 then call('HDEL', R .. ':' .. queue .. ':meta', 'apart') end
  return true
end
