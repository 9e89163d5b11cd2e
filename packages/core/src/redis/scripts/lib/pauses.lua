-- Pauses of pipelines and of the whole deployment. A claim knows them by the worker's code: it lacks what is paused.
-- @include lib/pause.lua

-- The field of the deployment: no pipeline has this name.
local DEPLOYMENT = '*'

local in_force = {}

-- The record PAUSE of the pipeline or of the deployment, or false: read once per script.
local function pause_in_force(pipeline)
  if in_force[pipeline] == nil then
    local own, all = unpack(call('HMGET', R .. '/pauses', pipeline, DEPLOYMENT))
    in_force[pipeline] = own or all
  end
  return in_force[pipeline]
end

-- Whether the run's pipeline is paused: the run then is, from now on.
local function pause_by_scope(run)
  local pause = pause_in_force(run.pipeline)
  if pause then pause_run(run, pause) end
  return pause
end

local paused_names

-- What a worker with this info (JSON) may claim: the code that it has, as WORKER.code, less that of paused pipelines.
local function code_of(info)
  local all = string.gsub(string.match(info, '"pipelines":(%b[])') or '', '[%[%]",]+', ' ')
  if not paused_names then
    paused_names = {}
    for _, name in ipairs(call('HKEYS', R .. '/pauses')) do
      paused_names[name] = true
      paused_names[1] = true
    end
  end
  if not paused_names[1] then return all end
  local open = ' '
  for name, version in string.gmatch(all, '([^ @]+)@(%S+)') do
    if not paused_names[name] and not paused_names[DEPLOYMENT] then open = open .. name .. '@' .. version .. ' ' end
  end
  return open
end
