--[[
  Appends events of a running stage, fenced by its claim.
  Keys: root
  Args: run id, stage index, generation, attempt, fence, worker, which report of the claim this is or '0', how many artifacts and bytes of them the run may have ('' or "count bytes"), then per event:
    type, data JSON
  Returns: 'ok' | 'fenced' | 'over <count> <bytes>', what the run would have with the first artifact that was left out
  Emits: the events given, or stage.fenced
]]
-- @include lib/settle.lua

-- Ids and events of the artifacts that are recorded, in turn: who asks for them must not read the whole log.
local artifacts = {}

-- Counts an artifact of the run; answers 'over …', and counts nothing, when it would be beyond what the run may have.
local function count_artifact(run, size, limits)
  local recorded = run.set.an and { run.set.an, run.set.ab } or call('HMGET', run.key, 'an', 'ab')
  local count = tonumber(recorded[1] or '0') + 1
  local bytes = tonumber(recorded[2] or '0') + size
  local most_artifacts, most_bytes = string.match(limits, '^(%d+) (%d+)$')
  if most_artifacts and (count > tonumber(most_artifacts) or bytes > tonumber(most_bytes)) then return format('over %d %d', count, bytes) end
  run.set.an = format('%d', count)
  run.set.ab = format('%d', bytes)
  return nil
end

local i, fence = ARGV[2], ARGV[5]
local run = load_run(ARGV[1], i)
local s = run and stage_of(run, i)
local answer = 'ok'
if not s or s.st ~= 'running' or s.fence ~= fence or s.gen ~= ARGV[3] or s.att ~= ARGV[4] or s.w ~= ARGV[6] then
  answer = refuse(run, i, ARGV[4], fence, 'report')
else
  if ARGV[7] ~= '0' then
    local last = call('HGET', run.key, 'r' .. i)
    local last_fence, last_ordinal, last_answer = string.match(last or '', '^(%d+) (%d+) ?(.*)$')
    -- Its reply was lost: it is recorded already.
    if last_fence == fence and tonumber(last_ordinal) >= tonumber(ARGV[7]) then
      return last_ordinal == ARGV[7] and last_answer ~= '' and last_answer or answer
    end
  end
  local name = stage_plan(run, i).name
  for n = 9, #ARGV, 2 do
    local artifact = ARGV[n] == 'stage.artifact' and cjson.decode(ARGV[n + 1])
    local over = artifact and count_artifact(run, artifact.size, ARGV[8])
    if not over then
      local body = emit(run, ARGV[n], name, s.att, ARGV[n + 1])
      if artifact then
        artifacts[#artifacts + 1] = artifact.id
        artifacts[#artifacts + 1] = body
      end
    elseif answer == 'ok' then
      answer = over
    end
  end
  if ARGV[7] ~= '0' then
    run.set['r' .. i] = fence .. ' ' .. ARGV[7] .. (answer == 'ok' and '' or (' ' .. answer))
    run.dirty = true
  end
end
save()
for at = 1, #artifacts, 2 do
  if call('HSET', run.key .. '/artifacts', artifacts[at], artifacts[at + 1]) == 1 then call('RPUSH', run.key .. '/artifact_ids', artifacts[at]) end
end
return answer
