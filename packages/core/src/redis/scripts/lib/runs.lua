-- Runs as seen by this script. Fields are read once; changes are kept here and written once, by save_runs.
-- @include lib/clock.lua
-- @include lib/states.lua

local runs = {}

-- Whether a stage's next claim begins a new attempt or keeps the number of the last one.
local NEXT_ATTEMPT, SAME_ATTEMPT = '0', '1'
-- After this many suspicions it runs alone.
local APART = '2'

-- @record STAGE

-- A stage as seen by this script, all text as stored. saved_due: its due_at as read. Set by this script:
-- changed, and output, the JSON text of its success.
local function read_stage(packed)
  local s = unpack_stage(packed)
  s.saved_due = s.due_at
  return s
end

-- The run, or nil. With `i` (text) its stage i is read in the same call.
local function load_run(id, i)
  local run = runs[id]
  if run then return run end
  local key = R .. '/run/' .. id
  local status, last_seq, pipeline, version, last_fence, stages_left, stages_running, overlaps, subset, failure, params,
    trigger, stage = unpack(call('HMGET', key,
      RUN.fields(status, last_seq, pipeline, version, last_fence, stages_left, stages_running, overlaps, subset, error,
        params, trigger),
      i and (RUN.stage .. i) or RUN.status))
  if not status then return nil end
  run = {
    id = id, key = key, plan = R .. '/plan/' .. pipeline .. '/' .. version, status = status,
    last_seq = tonumber(last_seq), pipeline = pipeline, version = version,
    last_fence = tonumber(last_fence), stages_left = tonumber(stages_left), stages_running = tonumber(stages_running),
    overlaps = overlaps or '0', subset = subset or '',
    error = failure, params = params or '{}', trigger = trigger, stages = {}, set = {},
  }
  if i then run.stages[i] = read_stage(stage) end
  runs[id] = run
  return run
end

local function stage_of(run, i)
  local s = run.stages[i]
  if not s then
    s = read_stage(not run.fresh and call('HGET', run.key, RUN.stage .. i))
    run.stages[i] = s
  end
  return s
end

-- Stage indexes and generations are text everywhere except in loops.
local function parse_job_id(id)
  return JOB.match(id, run, stage, generation)
end

local function job_of(run, i, s)
  return JOB.pack { run = run.id, stage = i, generation = s.generation }
end

-- 2026-01-01, ms: fences are counted from then, which makes them two digits shorter; they are written often.
local FENCES_SINCE = 1767225600000

-- Higher than the run's earlier ones, and never repeated by a Redis that lost its last writes: made of the clock and a
-- random part.
local function next_fence(run, random)
  run.last_fence = math.max(run.last_fence, (now - FENCES_SINCE) * 1024) + 1 + math.floor(random * 1023)
  return format('%d', run.last_fence)
end

-- More than this many values in one unpack() could overflow Lua's C stack.
local CHUNK = 2000

-- Largest output stored with the state, bytes: Redis keeps a hash compact while its values are that short, and a
-- separate key costs more.
local SHORT_OUTPUT = 64

local function save_fields(key, f, n)
  for at = 1, n, CHUNK do call('HSET', key, unpack(f, at, math.min(at + CHUNK - 1, n))) end
end

-- The part of an output stored with the run's state: a long one goes to a separate key and leaves ''.
local function save_output(run, i, output)
  if #output <= SHORT_OUTPUT then return output end
  call('HSET', run.key .. '/outputs', i, output)
  return ''
end

local function save_runs()
  for _, run in pairs(runs) do
    if run.dirty then
      local f = { RUN.status, run.status, RUN.last_seq, format('%d', run.last_seq), RUN.last_fence,
        format('%d', run.last_fence), RUN.stages_left, format('%d', run.stages_left),
        RUN.stages_running, format('%d', run.stages_running) }
      local n, more_due = 10, 0
      for i, s in pairs(run.stages) do
        if s.changed then
          if s.due_at ~= s.saved_due then
            more_due = more_due + (s.due_at ~= '0' and 1 or 0) - (s.saved_due ~= '0' and 1 or 0)
          end
          f[n + 1] = RUN.stage .. i
          f[n + 2] = STAGE.packed(s)
          n = n + 2
        end
        if s.output and s.output ~= 'null' then
          f[n + 1] = RUN.output .. i
          f[n + 2] = save_output(run, i, s.output)
          n = n + 2
        end
      end
      for k, v in pairs(run.set) do
        f[n + 1] = k
        f[n + 2] = v
        n = n + 2
      end
      save_fields(run.key, f, n)
      if more_due ~= 0 then call('HINCRBY', run.key, RUN.delayed_stages, more_due) end
      for field, value in pairs(run.attempts or {}) do call('HSET', run.key .. '/attempts', field, value) end
    end
  end
end
