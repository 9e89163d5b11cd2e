--[[
  Appends events of a running stage, fenced by its claim.
  Keys: root
  Args: run id, stage index, generation, attempt, fence, worker, which report of the claim this is or '0', then per event: type, data JSON
  Returns: 'ok' | 'fenced'
  Emits: the events given, or stage.fenced
]]
-- @include lib/settle.lua

local i, fence = ARGV[2], ARGV[5]
local run = load_run(ARGV[1], i)
local s = run and stage_of(run, i)
local answer = 'ok'
if not s or s.st ~= 'running' or s.fence ~= fence or s.gen ~= ARGV[3] or s.att ~= ARGV[4] or s.w ~= ARGV[6] then
  answer = refuse(run, i, ARGV[4], fence, 'report')
else
  if ARGV[7] ~= '0' then
    local last = call('HGET', run.key, 'r' .. i)
    local last_fence, last_ordinal = string.match(last or '', '^(%d+) (%d+)$')
    -- Its reply was lost: it is recorded already.
    if last_fence == fence and tonumber(last_ordinal) >= tonumber(ARGV[7]) then return answer end
    run.set['r' .. i] = fence .. ' ' .. ARGV[7]
  end
  local name = stage_plan(run, i).name
  for n = 8, #ARGV, 2 do emit(run, ARGV[n], name, s.att, ARGV[n + 1]) end
end
save()
return answer
