-- Stages that run apart: two workers were lost while running them beside others, so the culprit is unknown. They wait
-- in a separate list for a worker that holds nothing else. If some wait, the queue's `meta`, which every claim reads,
-- has the field `apart`: '-', or the worker that drains itself for them.
-- @include lib/jobs.lua

-- push: RPUSH puts it behind those that wait, LPUSH in front of them.
local function wait_apart(queue, id, push)
  call(push, R .. '/apart/' .. queue, id)
  call('HSETNX', R .. ':' .. queue .. ':meta', 'apart', '-')
  added[queue] = (added[queue] or 0) + 1
end

-- Returns whether it waited there.
local function leave_apart(queue, id)
  local list = R .. '/apart/' .. queue
  if call('LREM', list, 1, id) == 0 then return false end
  if call('EXISTS', list) == 0 then call('HDEL', R .. ':' .. queue .. ':meta', 'apart') end
  return true
end

-- Back to the front of `wait`, or to the stages that wait apart (push: see wait_apart).
local function requeue_job(queue, id, s, push)
  if s.suspicions == APART then return wait_apart(queue, id, push) end
  call('RPUSH', R .. ':' .. queue .. ':wait', id)
  added[queue] = (added[queue] or 0) + 1
end
