-- Runs as this script sees them. Fields are read once, changes are kept here and written once, by save_runs.
-- @include lib/clock.lua
-- @include lib/states.lua

local runs = {}

-- A stage's record: all texts, as it is stored. st: status, gen: generation, att: attempt, fails: failed attempts, lost: lost workers,
-- q, b, e, nx: queued, begun, ended, due again (ms), due: nx as it was stored, w: worker, k: '1' when the next claim keeps the attempt's number, '2' when it does and the
-- stage is parked (lib/parked.lua), u: '' or workers that were lost while it ran beside others; from APART on it runs alone.
local APART = '2'

local function unpack_stage(packed)
  if not packed then return { st = 'pending', gen = '1', att = '0', fence = '0', fails = '0', lost = '0', q = '0', b = '0', e = '0', nx = '0', due = '0', w = '-', k = '0', u = '' } end
  local st, gen, att, fence, fails, lost, q, b, e, nx, w, k, u =
    string.match(packed, '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) ?(%S*)$')
  return { st = st, gen = gen, att = att, fence = fence, fails = fails, lost = lost, q = q, b = b, e = e, nx = nx, due = nx, w = w, k = k, u = u }
end

-- The run, or nil. With `i` (text) its stage i is read in the same call.
local function load_run(id, i)
  local run = runs[id]
  if run then return run end
  local key = R .. '/run/' .. id
  local f = call('HMGET', key, 'st', 'seq', 'pl', 'v', 'fc', 'left', 'act', 'ov', 'sub', 'err', 'p', 'tk', i and ('s' .. i) or 'st')
  if not f[1] then return nil end
  run = { id = id, key = key, st = f[1], seq = tonumber(f[2]), pl = f[3], v = f[4], fc = tonumber(f[5]), left = tonumber(f[6]), act = tonumber(f[7]),
    ov = f[8] or '0', sub = f[9] or '', err = f[10], params = f[11] or '{}', trigger = f[12], plan = R .. '/plan/' .. f[3] .. '/' .. f[4], stages = {}, changed = {}, set = {},
    outputs = {}, past = {} }
  if i then run.stages[i] = unpack_stage(f[13]) end
  runs[id] = run
  return run
end

local function stage_of(run, i)
  local s = run.stages[i]
  if not s then
    s = unpack_stage(not run.fresh and call('HGET', run.key, 's' .. i))
    run.stages[i] = s
  end
  return s
end

-- Stage indexes and generations are texts everywhere but in loops.
local function parse_job_id(id)
  return string.match(id, '^([^.]+)%.(%d+)%.(%d+)$')
end

local function job_of(run, i, s)
  return run.id .. '.' .. i .. '.' .. s.gen
end

-- 2026-01-01, ms: a fence is written many times, and counted from then it is two digits shorter.
local FENCES_SINCE = 1767225600000

-- Higher than those of the run before it, and one that a Redis which forgot its last writes does not give again: of the clock and of chance.
local function next_fence(run, random)
  run.fc = math.max(run.fc, (now - FENCES_SINCE) * 1024) + 1 + math.floor(random * 1023)
  return format('%d', run.fc)
end

-- More than this many values in one unpack() could overflow Lua's C stack.
local CHUNK = 2000

-- Bytes of an output that stays with the state: Redis keeps a hash compact while its values are that short, and a key of its own costs more.
local SHORT_OUTPUT = 64

local function save_fields(key, f, n)
  for at = 1, n, CHUNK do call('HSET', key, unpack(f, at, math.min(at + CHUNK - 1, n))) end
end

-- Adds the outputs to the fields f of the run's state: a null one is not stored, a long one goes to a key of its own and leaves ''.
local function save_outputs(run, f, n)
  local long, m = {}, 0
  for i, output in pairs(run.outputs) do
    if output ~= 'null' then
      local is_long = #output > SHORT_OUTPUT
      f[n + 1] = 'o' .. i
      f[n + 2] = is_long and '' or output
      n = n + 2
      if is_long then
        long[m + 1] = i
        long[m + 2] = output
        m = m + 2
      end
    end
  end
  save_fields(run.key .. '/outputs', long, m)
  return n
end

local function save_runs()
  for _, run in pairs(runs) do
    if run.dirty then
      local f = { 'st', run.st, 'seq', format('%d', run.seq), 'fc', format('%d', run.fc), 'left', format('%d', run.left), 'act', format('%d', run.act) }
      local n, more_due = 10, 0
      for i in pairs(run.changed) do
        local s = run.stages[i]
        if s.nx ~= s.due then more_due = more_due + (s.nx ~= '0' and 1 or 0) - (s.due ~= '0' and 1 or 0) end
        f[n + 1] = 's' .. i
        f[n + 2] = s.st .. ' ' .. s.gen .. ' ' .. s.att .. ' ' .. s.fence .. ' ' .. s.fails .. ' ' .. s.lost .. ' ' .. s.q .. ' ' .. s.b .. ' ' .. s.e .. ' ' .. s.nx .. ' ' .. s.w .. ' ' .. s.k .. (s.u == '' and '' or (' ' .. s.u))
        n = n + 2
      end
      for k, v in pairs(run.set) do
        f[n + 1] = k
        f[n + 2] = v
        n = n + 2
      end
      if next(run.outputs) then n = save_outputs(run, f, n) end
      save_fields(run.key, f, n)
      if more_due ~= 0 then call('HINCRBY', run.key, 'due', more_due) end
      for field, value in pairs(run.past) do call('HSET', run.key .. '/attempts', field, value) end
    end
  end
end
