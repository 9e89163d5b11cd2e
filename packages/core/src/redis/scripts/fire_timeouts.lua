--[[
  Applies timeouts that came due: r:<run> whole run, s:<job> whole stage, q:<job> wait for a worker.
  Emits: run.cancelling, stage.failed, stage.cancelled, run.failed …
]]
-- @include lib/rescue.lua
-- @include lib/cancel.lua

if latest ~= '' and now > tonumber(latest) then return reply { fired = 0, expand = '' } end

-- As formatDuration (domain/duration.ts) writes it.
local function in_words(ms)
  if ms < 1000 then return format('%dms', ms) end
  if ms < 60000 then return format('%.1fs', math.floor(ms / 100) / 10) end
  if ms < 3600000 then return format('%dm %ds', math.floor(ms / 60000), math.floor(ms % 60000 / 1000)) end
  return format('%dh %dm', math.floor(ms / 3600000), math.floor(ms % 3600000 / 60000))
end

local function error_of(code, message)
  return '{"code":"' .. code .. '","message":"' .. message .. '"}'
end

-- Whether that changed anything.
local function time_out_run(id)
  local run = load_run(id)
  if not run or is_terminal(run.status) or run.status == 'cancelling' then return false end
  local timeout = tonumber(call('HGET', run.key, RUN.timeout))
  cancel_run(id, '"the run timed out"', 'null', 'null', error_of('timed_out', 'the run took longer than its timeout of ' .. in_words(timeout)))
  return true
end

local fired = 0
for _, member in ipairs(call('ZRANGEBYSCORE', R .. '/timers', 0, now_text, 'LIMIT', 0, tonumber(limit))) do
  call('ZREM', R .. '/timers', member)
  budget = 500
  local kind, id = TIMER.match(member, kind, id)
  if kind == 'r' then
    if time_out_run(id) then fired = fired + 1 end
  else
    local run_id, i, gen = parse_job_id(id)
    local run = load_run(run_id, i)
    local s = run and stage_of(run, i)
    local waits = s and (s.status == 'queued' or s.status == 'retrying')
    if s and s.generation == gen and not is_terminal(run.status) and (waits or (kind == 's' and s.status == 'running')) then
      local facts = stage_plan(run, i)
      local policy = policy_of(facts)
      local err = kind == 's' and error_of('timed_out', 'the stage, all its attempts together, took longer than its timeout of ' .. in_words(tonumber(policy.stage_timeout)))
        or error_of('no_worker', 'no worker of queue ' .. facts.queue .. ' took the stage within ' .. in_words(tonumber(policy.queue_timeout)))
      if waits then
        remove_job(run, s, facts, id)
      else
        run.stages_running = run.stages_running - 1
        finish_job(facts.queue, id)
        remember_attempt(run, i, s, 'failed', err)
        call('PUBLISH', C .. '/control', 'cancel ' .. run_id)
      end
      fail_stage(run, i, err)
      fired = fired + 1
    end
  end
end
save()
return reply { fired = fired, expand = unfinished() }
