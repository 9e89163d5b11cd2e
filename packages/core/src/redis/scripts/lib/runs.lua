-- Runs as this script sees them. Fields are read once, changes are kept here and written once, by save_runs.
-- @include lib/clock.lua

local runs = {}

-- What a stage's record says of its next claim: it begins an attempt, or keeps the number of the last one, and is parked meanwhile (lib/parked.lua).
local NEXT_ATTEMPT, SAME_ATTEMPT, PARKED = '0', '1', '2'
-- From this many suspicions on it runs alone.
local APART = '2'

-- All of it is text, as it is stored.
-- @record STAGE

-- The run, or nil. With `i` (text) its stage i is read in the same call.
local function load_run(id, i)
  local run = runs[id]
  if run then return run end
  local key = R .. '/run/' .. id
  local f = call('HMGET', key, RUN.status, RUN.last_seq, RUN.pipeline, RUN.version, RUN.last_fence, RUN.stages_left, RUN.stages_running, RUN.overlaps,
    RUN.subset, RUN.error, RUN.params, RUN.trigger, i and (RUN.stage .. i) or RUN.status)
  if not f[1] then return nil end
  run = { id = id, key = key, status = f[1], last_seq = tonumber(f[2]), pipeline = f[3], version = f[4], last_fence = tonumber(f[5]), stages_left = tonumber(f[6]),
    stages_running = tonumber(f[7]), overlaps = f[8], subset = f[9], error = f[10], params = f[11], trigger = f[12], plan = R .. '/plan/' .. f[3] .. '/' .. f[4], stages = {}, changed = {}, set = {} }
  if i then run.stages[i] = unpack_stage(f[13]) end
  runs[id] = run
  return run
end

local function stage_of(run, i)
  local s = run.stages[i]
  if not s then
    s = unpack_stage(not run.fresh and call('HGET', run.key, RUN.stage .. i))
    run.stages[i] = s
  end
  return s
end

local function is_terminal(st)
  return st == 'succeeded' or st == 'failed' or st == 'cancelled' or st == 'skipped'
end

-- Stage indexes and generations are texts everywhere but in loops.
local function parse_job_id(id)
  return JOB.match(id, run, stage, generation)
end

-- 2026-01-01, ms: a fence is written many times, and counted from then it is two digits shorter.
local FENCES_SINCE = 1767225600000

-- Higher than those of the run before it, and one that a Redis which forgot its last writes does not give again: of the clock and of chance.
local function next_fence(run, random)
  run.last_fence = math.max(run.last_fence, (now - FENCES_SINCE) * 1024) + 1 + math.floor(random * 1023)
  return format('%d', run.last_fence)
end

-- More than this many values in one unpack() could overflow Lua's C stack.
local CHUNK = 2000

local function save_runs()
  for _, run in pairs(runs) do
    if run.dirty then
      local f = { RUN.status, run.status, RUN.last_seq, format('%d', run.last_seq), RUN.last_fence, format('%d', run.last_fence), RUN.stages_left, format('%d', run.stages_left),
        RUN.stages_running, format('%d', run.stages_running) }
      local n = 10
      for i in pairs(run.changed) do
        local s = run.stages[i]
        f[n + 1] = RUN.stage .. i
        f[n + 2] = STAGE.packed(s)
        n = n + 2
      end
      for k, v in pairs(run.set) do
        f[n + 1] = k
        f[n + 2] = v
        n = n + 2
      end
      for at = 1, n, CHUNK do call('HSET', run.key, unpack(f, at, math.min(at + CHUNK - 1, n))) end
    end
  end
end
