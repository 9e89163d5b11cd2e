-- Runs as this script sees them. Fields are read once, changes are kept here and written once, by save_runs.
-- @include lib/clock.lua

local runs = {}

-- More than this many values in one unpack() could overflow Lua's C stack.
local CHUNK = 2000

local BLANK = { st = 'pending', gen = 1, att = 0, fence = 0, fails = 0, lost = 0, q = 0, b = 0, e = 0, nx = 0, w = '-' }

local function unpack_stage(packed)
  if not packed then
    local s = {}
    for k, v in pairs(BLANK) do s[k] = v end
    return s
  end
  local st, gen, att, fence, fails, lost, q, b, e, nx, w =
    string.match(packed, '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
  return { st = st, gen = tonumber(gen), att = tonumber(att), fence = tonumber(fence), fails = tonumber(fails), lost = tonumber(lost),
    q = tonumber(q), b = tonumber(b), e = tonumber(e), nx = tonumber(nx), w = w }
end

local function pack_stage(s)
  return s.st .. ' ' .. s.gen .. ' ' .. s.att .. ' ' .. s.fence .. ' ' .. s.fails .. ' ' .. s.lost .. ' ' .. s.q .. ' ' .. s.b .. ' ' .. s.e .. ' ' .. s.nx .. ' ' .. s.w
end

-- The run, or nil. With `i` its stage i is read in the same call.
local function load_run(id, i)
  local run = runs[id]
  if run then return run end
  local key = R .. '/run/' .. id
  local f = call('HMGET', key, 'st', 'seq', 'pl', 'v', 'fc', 'left', 'act', 'ov', 'sub', 'err', i and ('s' .. i) or 'st')
  if not f[1] then return nil end
  run = { id = id, key = key, st = f[1], seq = tonumber(f[2]), pl = f[3], v = f[4], fc = tonumber(f[5]), left = tonumber(f[6]), act = tonumber(f[7]),
    ov = f[8], sub = f[9], err = f[10], stages = {}, changed = {}, set = {} }
  run.plan = R .. '/plan/' .. run.pl .. '/' .. run.v
  if i then run.stages[i] = unpack_stage(f[11]) end
  runs[id] = run
  return run
end

local function stage_of(run, i)
  local s = run.stages[i]
  if not s then
    s = unpack_stage(call('HGET', run.key, 's' .. i))
    run.stages[i] = s
  end
  return s
end

-- Reads stages from..to in one call.
local function load_stages(run, from, to)
  local fields = {}
  for i = from, to do
    if not run.stages[i] then fields[#fields + 1] = 's' .. i end
  end
  if #fields == 0 then return end
  local packed = call('HMGET', run.key, unpack(fields))
  for n, field in ipairs(fields) do run.stages[tonumber(string.sub(field, 2))] = unpack_stage(packed[n]) end
end

-- Marks stage i as changed, to be written by save_runs.
local function touch(run, i)
  run.changed[i] = true
  run.dirty = true
end

local function is_terminal(st)
  return st == 'succeeded' or st == 'failed' or st == 'cancelled' or st == 'skipped'
end

local function job_id(run, i)
  return run.id .. '.' .. i .. '.' .. run.stages[i].gen
end

local function parse_job_id(id)
  local run, i, gen = string.match(id, '^([^.]+)%.(%d+)%.(%d+)$')
  return run, tonumber(i), tonumber(gen)
end

local function save_runs()
  for _, run in pairs(runs) do
    if run.dirty then
      local f = { 'st', run.st, 'seq', run.seq, 'fc', run.fc, 'left', run.left, 'act', run.act }
      for i in pairs(run.changed) do
        f[#f + 1] = 's' .. i
        f[#f + 1] = pack_stage(run.stages[i])
      end
      for k, v in pairs(run.set) do
        f[#f + 1] = k
        f[#f + 1] = v
      end
      for at = 1, #f, CHUNK do call('HSET', run.key, unpack(f, at, math.min(at + CHUNK - 1, #f))) end
    end
  end
end
