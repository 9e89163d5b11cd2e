--[[
  Requeues stages that were in no list of their queue when the whole queue was read.
  Emits: run.repaired
]]
-- @include lib/outcomes.lua

since = tonumber(since)
local repairs, queued, n = {}, {}, 0
for at = lost.first, #ARGV, lost.stride do
  local id = ARGV[at + lost.job]
  local run_id, i, gen = parse_job_id(id)
  local run = load_run(run_id, i)
  local s = run and stage_of(run, i)
  -- Queued, and not touched since.
  if s and s.generation == gen and (s.status == 'queued' or s.status == 'retrying')
      and math.max(tonumber(s.queued_at), tonumber(s.due_at)) < since and
    (run.status == 'running' or run.status == 'starting') then
    local facts = stage_plan(run, i)
    local base = R .. ':' .. facts.queue .. ':'
    local group = parked_group(run, facts)
    if not call('ZSCORE', base .. 'delayed', id) and not (s.wait ~= '' and is_parked(group, id)) then
      if s.wait ~= '' then
        leave_parked(group, id)
        s.wait = ''
      end
      s.due_at = '0'
      call('LREM', base .. 'active', 1, id)
      local policy = policy_of(facts)
      if s.suspicions == APART then
        wait_apart(facts.queue, make_job(run, i, facts.queue, facts.name, policy.queue_timeout, '0'), 'RPUSH')
      else
        add_job(run, i, facts.queue, facts.name, policy.queue_timeout, '0')
      end
      repairs[run_id] = repairs[run_id] or {}
      queued[run_id] = queued[run_id] or {}
      table.insert(repairs[run_id], '"queued:' .. facts.name .. '"')
      table.insert(queued[run_id], '"' .. facts.name .. '"')
      n = n + 1
    end
  end
end
for run_id, names in pairs(queued) do
  emit(runs[run_id], 'run.repaired', 'pipeline', '0', '{"repairs":[' .. table.concat(repairs[run_id], ',') ..
    '],"queued":[' .. table.concat(names, ',') .. ']}')
end
if n > 0 then count('repaired', n) end
save()
return n
