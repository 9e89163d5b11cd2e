--[[
  Creates a run in one step: idempotency, the tick's claim, the overlap lock, the run itself, its first jobs and its
  flow parent.
  Emits: run.created, and the older run's cancel events under `cancel_running`
]]
-- @include lib/roots.lua
-- @lazy close_gate(run, i, s) lib/gates.lua return close_by_run(run, i, s)
-- @lazy supersede(run) lib/supersede.lua return supersede_older(run)
-- @lazy begin_retry(run) lib/begin_retry.lua return keep_for_good(run, retry_of)

local key = R .. '/run/' .. run_id
local plan = R .. '/plan/' .. pipeline .. '/' .. version
local instant = tonumber(tick)

-- Its place among the pipeline's runs shows whether it exists already. A refused start gives the place back.
if call('ZADD', R .. '/runs/' .. pipeline, 'NX', now_text, run_id) == 0 then
  return reply { kind = 'repeated', run_id = run_id, cancelled = '', expand = '', events = {} }
end
local function refuse(kind, run)
  call('ZREM', R .. '/runs/' .. pipeline, run_id)
  return reply { kind = kind, run_id = run or '', cancelled = '', expand = '', events = {} }
end
if idempotency_key ~= '' then
  local remembered = call('GET', R .. '/idem/' .. idempotency_key)
  if remembered then
    local stored_hash, stored_run = REMEMBERED.match(remembered, body_hash, made)
    if stored_hash ~= body_hash then return refuse('idempotency_mismatch') end
    return refuse('repeated', stored_run)
  end
end
if only_if_current == '1' and call('HGET', R .. '/pipelines', pipeline) ~= version then return refuse('outdated') end
local facts = call('HMGET', plan, PLAN.stage_count, PLAN.timeout, PLAN.roots, PLAN.retired)
if not facts[1] then return refuse('unknown_version') end
if facts[4] then return refuse('retired') end
-- What it keeps is in its keys already (retry-keeps.ts), but not for ever.
if retry_of ~= '' and call('HGET', key, RUN.retry_of) ~= retry_of then return refuse('source_gone') end

local function record_tick(outcome, why, run)
  if schedule_id == '' then return end
  call('HSET', R .. '/schedule/' .. schedule_id, SCHEDULE.cursor, tick)
  local entry = TICK.object { instant = tick, outcome = outcome, reason = why, run_id = run, handled_at = now_text }
  call('LPUSH', R .. '/schedule/' .. schedule_id .. '/ticks', entry)
  call('LTRIM', R .. '/schedule/' .. schedule_id .. '/ticks', 0, 999)
end

if schedule_id ~= '' then
  if judged_by ~= '' and judged_by ~= (call('HGET', R .. '/schedule_changes', SCHEDULE_CHANGES.revision) or '0') then
    return refuse('schedule_changed')
  end
  local cursor = tonumber(call('HGET', R .. '/schedule/' .. schedule_id, SCHEDULE.cursor) or '-1')
  if instant <= cursor then return refuse('tick_done') end
end

local holder = overlap ~= 'allow' and call('HGET', R .. '/overlaps', pipeline)
local live = holder and HOLDER.match(holder, run)
if live and overlap == 'skip' then
  record_tick('skipped', '"overlap"', 'null')
  return refuse('overlap', live)
end

-- Common values are not stored.
local function unless(usual, value)
  return value ~= usual and value or nil
end

local overlaps = overlap == 'allow' and '0' or '1'
local status = live and 'queued' or 'starting'
local stages = subset == '' and facts[1] or subset_count
local fence = call('HINCRBY', R .. '/fences', pipeline, 1)
local run = { id = run_id, key = key, plan = plan, status = status, last_seq = 0, pipeline = pipeline,
  version = version, last_fence = 0, stages_left = tonumber(stages) - tonumber(kept),
  stages_running = 0, overlaps = overlaps, subset = subset,
  roots = facts[3], stages = {}, dirty = true, fresh = retry_of == '',
  set = {
    [RUN.pipeline] = pipeline, [RUN.version] = version, [RUN.overlaps] = unless('0', overlaps),
    [RUN.subset] = unless('', subset),
    [RUN.params] = unless('{}', params), [RUN.trigger] = trigger, [RUN.mode] = unless('null', mode),
    [RUN.labels] = unless('{}', labels),
    [RUN.reason] = unless('null', reason), [RUN.fence] = fence, [RUN.created_at] = now_text,
    [RUN.timeout] = unless('0', facts[2]),
  } }
runs[run_id] = run
if subset ~= '' then
  for at = subset_roots.first, #ARGV, subset_roots.stride do
    run.set[ARGV[at + subset_roots.name]] = ARGV[at + subset_roots.value]
  end
  run.roots = run.set[RUN.roots]
  -- Incremented by each dependency that succeeds; those outside the subset count as met. For a rule they do not exist.
  for j, n, special in MET.each(subset_met, index, count, special) do
    run.set[(special == '1' and RUN.parents_outside or RUN.parents_ended) .. j] = n
  end
end
if audit_id ~= '' then call('HSET', R .. '/audit_open', audit_id, audit_text) end
call('ZADD', R .. '/runs', now_text, run_id)
call('ZADD', R .. '/live/' .. pipeline, now_text, run_id)
if idempotency_key ~= '' then
  call('SET', R .. '/idem/' .. idempotency_key, REMEMBERED.pack { body_hash = body_hash, made = run_id,
    pipeline = pipeline }, 'PX', 86400000)
end
record_tick(tick_outcome, 'null', '"' .. run_id .. '"')
make_flow(run_id, pipeline, now_text, overlaps)

local queued = ''
if status == 'starting' then
  run.set[RUN.admitted_at] = now_text
  if overlaps == '1' then take_overlap(run) end
  if facts[2] ~= '0' then timer(TIMER_KIND.run, run_id, now + tonumber(facts[2])) end
  queued = queue_roots(run, 0)
end
if retry_of ~= '' then begin_retry(run) end
local events = { emit(run, 'run.created', 'pipeline', '0', '{"version":"' .. version .. '","trigger":' .. trigger ..
  ',"mode":' .. mode .. ',"labels":' .. labels .. ',"reason":' .. reason ..
  ',"fence":' .. fence .. ',"status":"' .. status .. '","stages":' .. stage_names .. ',"queued":[' .. queued .. ']' .. retry_data .. '}') }

if taken_over_from ~= '' then
  events[2] = emit(run, 'run.lock_taken_over', 'pipeline', '0', '{"from":"' .. taken_over_from .. '"}')
  count('lock_taken_over')
end

local cancelled = ''
if live then
  call('RPUSH', R .. '/overlap/' .. pipeline .. '/queue', run_id)
  if overlap == 'cancel_running' then
    local older = call('LRANGE', R .. '/overlap/' .. pipeline .. '/queue', 0, -2)
    local holder_run = load_run(live)
    if holder_run and holder_run.status ~= 'cancelling' then older[#older + 1] = live end
    cancelled = table.concat(older, ' ')
    supersede(run)
  end
end
local kind = run.status == 'queued' and 'queued' or 'started'
save()
-- A run cancelled for this one may have admitted it.
if cancelled ~= '' then events = {} end
return reply { kind = kind, run_id = run_id, cancelled = cancelled, expand = unfinished(), events = events }
