--[[
  Applies timeouts that came due: r:<run> whole run, s:<job> whole stage, q:<job> wait for a worker.
  Keys: root
  Args: limit, latest that an honest clock shows or ''
  Returns: {fired, runs to expand …}
  Emits: run.cancelling, stage.failed, stage.cancelled, run.failed …
]]
-- @include lib/rescue.lua
-- @include lib/cancel.lua

if ARGV[2] ~= '' and now > tonumber(ARGV[2]) then return { 0 } end

local fired = 0
local reply = { 0 }
for _, member in ipairs(call('ZRANGEBYSCORE', R .. '/timers', 0, now_text, 'LIMIT', 0, tonumber(ARGV[1]))) do
  call('ZREM', R .. '/timers', member)
  budget = 500
  local kind, id = string.match(member, '^(%a):(.+)$')
  if kind == 'r' then
    if cancel_run(id, '"run timed out"', 'null', 'null', '{"code":"timed_out","message":"the run exceeded its timeout"}') ~= 'terminal' then fired = fired + 1 end
  else
    local run_id, i, gen = parse_job_id(id)
    local run = load_run(run_id, i)
    local s = run and stage_of(run, i)
    local waits = s and (s.st == 'queued' or s.st == 'retrying')
    if s and s.gen == gen and not is_terminal(run.st) and (waits or (kind == 's' and s.st == 'running')) then
      local facts = stage_plan(run, i)
      if waits then
        remove_job(run, s, facts, id)
      else
        run.act = run.act - 1
        finish_job(facts.queue, id, s, 'timed_out')
        remember_attempt(run, i, s, 'failed', '{"code":"timed_out","message":"the stage exceeded its timeout over all attempts"}')
        call('PUBLISH', C .. '/control', 'cancel ' .. run_id)
      end
      if kind == 's' then
        fail_stage(run, i, '{"code":"timed_out","message":"the stage exceeded its timeout over all attempts"}')
      else
        fail_stage(run, i, '{"code":"no_worker","message":"no worker took the stage within its queue timeout"}')
      end
      fired = fired + 1
    end
  end
end
for id, run in pairs(runs) do
  if run.more then reply[#reply + 1] = id end
end
reply[1] = fired
save()
return reply
