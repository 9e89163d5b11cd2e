--[[
  Creates a run in one step: idempotency, the tick's claim, the overlap slot, the run itself, its first jobs and its flow parent.
  Keys: root
  Args: run id, pipeline, version, overlap, trigger JSON, mode JSON, params JSON, labels JSON, reason JSON,
        stage subset ('1' or '0' per stage, or ''), stages in the subset, their roots (packed like the plan's, a part a line), pre-met dependencies ('j:n …'), their names JSON array,
        idempotency key or '', body hash, schedule id or '', tick (ms), outcome for the ledger, run whose stale lock was taken over or '',
        revision of the schedules that the tick was judged by or ''
  Returns: {kind, run id, cancelled run ids | '', runs to expand | ''}: started | queued | repeated | overlap (run id: the live run) | idempotency_mismatch | unknown_version | retired | tick_done | schedule_changed
  Emits: run.created, and the older run's cancel events under `cancel_running`
]]
-- @include lib/roots.lua
-- @include lib/supersede.lua

local id, pl, v, overlap = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local key = R .. '/run/' .. id
local plan = R .. '/plan/' .. pl .. '/' .. v
local idem, hash = ARGV[15], ARGV[16]
local schedule, tick = ARGV[17], tonumber(ARGV[18])

-- Its place among the runs of its pipeline tells whether it was made before. What is refused gives the place back.
if call('ZADD', R .. '/runs/' .. pl, 'NX', now_text, id) == 0 then return { 'repeated', id, '', '' } end
local function refuse(kind, run)
  call('ZREM', R .. '/runs/' .. pl, id)
  return { kind, run or '', '', '' }
end
if idem ~= '' then
  local stored = call('GET', R .. '/idem/' .. idem)
  if stored then
    local stored_hash, stored_run = string.match(stored, '^(%S+) (%S+)')
    if stored_hash ~= hash then return refuse('idempotency_mismatch') end
    return refuse('repeated', stored_run)
  end
end
local facts = call('HMGET', plan, 'n', 'timeout', 'roots', 'retired')
if not facts[1] then return refuse('unknown_version') end
if facts[4] then return refuse('retired') end

local function record_tick(outcome, reason, run)
  if schedule == '' then return end
  call('HSET', R .. '/schedule/' .. schedule, 'cursor', ARGV[18])
  call('LPUSH', R .. '/schedule/' .. schedule .. '/ticks', '{"instant":' .. ARGV[18] .. ',"outcome":"' .. outcome .. '","reason":' .. reason .. ',"run_id":' .. run .. ',"handled_at":' .. now_text .. '}')
  call('LTRIM', R .. '/schedule/' .. schedule .. '/ticks', 0, 999)
end

if schedule ~= '' then
  if ARGV[21] ~= '' and ARGV[21] ~= (call('HGET', R .. '/schedule_changes', 'revision') or '0') then return refuse('schedule_changed') end
  local cursor = tonumber(call('HGET', R .. '/schedule/' .. schedule, 'cursor') or '-1')
  if tick <= cursor then return refuse('tick_done') end
end

local holder = overlap ~= 'allow' and call('HGET', R .. '/slots', pl)
local live = holder and string.match(holder, '^%S+')
if live and overlap == 'skip' then
  record_tick('skipped', '"overlap"', 'null')
  return refuse('overlap', live)
end

local ov = overlap == 'allow' and '0' or '1'
local status = live and 'queued' or 'starting'
local stages = ARGV[10] == '' and facts[1] or ARGV[11]
local fence = call('HINCRBY', R .. '/fences', pl, 1)
local run = { id = id, key = key, plan = plan, st = status, seq = 0, pl = pl, v = v, fc = 0, left = tonumber(stages), act = 0, ov = ov, sub = ARGV[10],
  roots = ARGV[10] ~= '' and string.match(ARGV[12], '^[^\n]*') or facts[3], stages = {}, changed = {}, dirty = true, fresh = true,
  set = { pl = pl, v = v, gen = '1', ov = ov, sub = ARGV[10], p = ARGV[7], tk = ARGV[5], md = ARGV[6], lb = ARGV[8], rs = ARGV[9], fe = fence, ct = now_text, tm = facts[2] } }
runs[id] = run
if ARGV[10] ~= '' then
  -- A long list goes on in fields of its own, as in the plan.
  local part = 0
  for text in string.gmatch(ARGV[12], '[^\n]+') do
    run.set[part == 0 and 'roots' or format('roots.%d', part)] = text
    part = part + 1
  end
  -- Counted up by each dependency that succeeds: these start as met.
  for j, n in string.gmatch(ARGV[13], '(%d+):(%d+)') do run.set['n' .. j] = n end
end
call('ZADD', R .. '/runs', now_text, id)
call('ZADD', R .. '/live/' .. pl, now_text, id)
if idem ~= '' then call('SET', R .. '/idem/' .. idem, hash .. ' ' .. id .. ' ' .. pl, 'PX', 86400000) end
record_tick(ARGV[19], 'null', '"' .. id .. '"')
make_flow(id, pl, now_text)

local queued = ''
if status == 'starting' then
  run.set.at = now_text
  if ov == '1' then take_slot(run) end
  if facts[2] ~= '0' then timer('r', id, now + tonumber(facts[2])) end
  queued = queue_roots(run, 0)
end
emit(run, 'run.created', 'pipeline', '0', '{"version":"' .. v .. '","trigger":' .. ARGV[5] .. ',"mode":' .. ARGV[6] .. ',"labels":' .. ARGV[8] .. ',"reason":' .. ARGV[9] ..
  ',"fence":' .. fence .. ',"status":"' .. status .. '","stages":' .. ARGV[14] .. ',"queued":[' .. queued .. ']}')

if ARGV[20] ~= '' then
  emit(run, 'run.lock_taken_over', 'pipeline', '0', '{"from":"' .. ARGV[20] .. '"}')
  count('lock_taken_over')
end

local cancelled = ''
if live then
  call('RPUSH', R .. '/slot/' .. pl .. '/queue', id)
  if overlap == 'cancel_running' then
    local older = call('LRANGE', R .. '/slot/' .. pl .. '/queue', 0, -2)
    local holder_run = load_run(live)
    if holder_run and holder_run.st ~= 'cancelling' then older[#older + 1] = live end
    cancelled = table.concat(older, ' ')
    supersede(run)
  end
end
local kind = run.st == 'queued' and 'queued' or 'started'
save()
return { kind, id, cancelled, unfinished() }
