--[[
  Registers a worker or renews its lease, and settles what it holds against what is recorded.
  Keys: root
  Args: worker, ttl ms, register ('1'|'0'), info JSON, then per held claim: job id, fence, attempt
  Returns: {registered (0|1), orphans, {places of fenced claims}, {place, reason JSON, grace JSON, … of claims of cancelled runs}}
  Emits: stage.handed_back (orphans)
]]
-- @include lib/rescue.lua

local worker, ttl = ARGV[1], tonumber(ARGV[2])
local key = R .. '/worker/' .. worker
local known = call('HMGET', key, 'reg', 'beat')
if not known[1] then
  if ARGV[3] ~= '1' then return { 0, 0, {}, {} } end
  call('HSET', key, 'reg', now_text)
end
call('HSET', key, 'beat', now_text, 'until', format('%d', now + ttl), 'info', ARGV[4])
call('ZADD', R .. '/workers', format('%d', now + ttl), worker)

local held, fenced, cancelled = {}, {}, {}
for n = 5, #ARGV, 3 do
  local id, fence = ARGV[n], ARGV[n + 1]
  held[id] = true
  local run_id, i = parse_job_id(id)
  local run = load_run(run_id, i)
  local s = run and stage_of(run, i)
  if not s or s.st ~= 'running' or s.fence ~= fence or s.att ~= ARGV[n + 2] or s.w ~= worker then
    fenced[#fenced + 1] = (n - 5) / 3
  elseif run.st == 'cancelling' then
    local why = call('HMGET', run.key, 'cr', 'cg')
    cancelled[#cancelled + 1] = format('%d', (n - 5) / 3)
    cancelled[#cancelled + 1] = why[1] or 'null'
    cancelled[#cancelled + 1] = why[2] or 'null'
  end
end

-- Claimed before the last renewal, and the worker still does not know of it: the reply was lost.
local orphans = 0
local before = tonumber(known[2] or now)
each_claim(key, function(field, run, i, s, at)
  if at < before and not held[job_of(run, i, s)] then
    run.act = run.act - 1
    outcomes.handed_back(run, i, s, { payload = 'lost_reply', after = '0', random = '0', flag = '0', taken = true })
    call('HDEL', key, field)
    orphans = orphans + 1
  end
end)
save()
return { 1, orphans, fenced, cancelled }
