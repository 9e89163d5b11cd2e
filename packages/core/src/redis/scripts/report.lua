--[[
  Appends events of a running stage and keeps its checkpoint, fenced by its claim.
  Emits: the events given, or stage.fenced
]]
-- @include lib/settle.lua

-- Ids and events of the recorded artifacts, in turn, so that listing them need not read the whole log.
local artifacts = {}

-- Counts an artifact of the run; if that would exceed the run's limit, counts nothing and returns the total it would
-- have reached.
local function count_artifact(run, size)
  local recorded = run.set[RUN.artifact_count] and { run.set[RUN.artifact_count], run.set[RUN.artifact_bytes] }
    or call('HMGET', run.key, RUN.artifact_count, RUN.artifact_bytes)
  local count = tonumber(recorded[1] or '0') + 1
  local bytes = tonumber(recorded[2] or '0') + size
  if most_artifacts ~= '' and (count > tonumber(most_artifacts) or bytes > tonumber(most_bytes)) then
    return { artifacts = count, bytes = bytes }
  end
  run.set[RUN.artifact_count] = format('%d', count)
  run.set[RUN.artifact_bytes] = format('%d', bytes)
  return nil
end

local i = stage_index
local run = load_run(run_id, i)
local s = run and stage_of(run, i)
if not s or s.status ~= 'running' or s.fence ~= fence or s.generation ~= generation or s.attempt ~= attempt
    or s.worker ~= worker then
  refuse(run, i, attempt, fence, 'report')
  save()
  return reply { kind = 'fenced', artifacts = 0, bytes = 0 }
end
if ordinal ~= '0' then
  local last = call('HGET', run.key, RUN.last_report .. i)
  local last_fence, last_ordinal, last_artifacts, last_bytes = LAST_REPORT.match(last or '', fence, ordinal, artifacts,
    bytes)
  -- Its reply was lost: it is already recorded.
  if last_fence == fence and tonumber(last_ordinal) >= tonumber(ordinal) then
    if last_ordinal ~= ordinal or last_artifacts == '0' then return reply { kind = 'ok', artifacts = 0, bytes = 0 } end
    return reply { kind = 'over', artifacts = last_artifacts, bytes = last_bytes }
  end
end
local name = stage_plan(run, i).name
-- The total the run would have reached with the first artifact left out.
local over
local checkpoint
for n = reported.first, #ARGV, reported.stride do
  local type, data = ARGV[n + reported.type], ARGV[n + reported.data]
  local artifact = type == 'stage.artifact' and cjson.decode(data)
  local beyond = artifact and count_artifact(run, artifact.size)
  if type == 'checkpoint' then
    checkpoint = data
  elseif not beyond then
    local body = emit(run, type, name, s.attempt, data, s.generation)
    if artifact then
      artifacts[#artifacts + 1] = artifact.id
      artifacts[#artifacts + 1] = body
    end
  else
    over = over or beyond
  end
end
if ordinal ~= '0' then
  run.set[RUN.last_report .. i] = LAST_REPORT.pack {
    fence = fence, ordinal = ordinal, artifacts = format('%d', over and over.artifacts or 0),
    bytes = format('%d', over and over.bytes or 0),
  }
  run.dirty = true
end
save()
if checkpoint then
  call('HSET', run.key .. '/checkpoints', i, CHECKPOINT.pack { generation = s.generation, json = checkpoint })
end
for at = 1, #artifacts, 2 do
  if call('HSET', run.key .. '/artifacts', artifacts[at], artifacts[at + 1]) == 1 then
    call('RPUSH', run.key .. '/artifact_ids', artifacts[at])
  end
end
return reply { kind = over and 'over' or 'ok', artifacts = over and over.artifacts or 0,
  bytes = over and over.bytes or 0 }
