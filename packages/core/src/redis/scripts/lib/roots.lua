-- Begins a run: its overlap lock and its first stages.
-- @include lib/ready.lua

-- The run's BullMQ parent waits until the run ends: that set doubles as the list of live runs.
local function make_flow(id, pipeline, at, overlaps)
  local flow = R .. ':runs:' .. id
  call('HSET', flow, 'name', pipeline, 'timestamp', at)
  -- With an overlap lock it becomes the finalizer job.
  if overlaps == '1' then
    call('HSET', flow, 'opts', '{"attempts":10,"backoff":{"type":"exponential","delay":1000}}')
  end
  call('ZADD', R .. ':runs:waiting-children', at, id)
end

local function take_overlap(run)
  local fence = call('HINCRBY', R .. '/overlap_fences', run.pipeline, 1)
  call('HSET', R .. '/overlaps', run.pipeline, HOLDER.pack { run = run.id, fence = fence, since = now_text })
end

-- Queues the run's roots from place `from` on; returns their names as JSON strings.
local function queue_roots(run, from)
  local queued, n = {}, 0
  -- Roots of a subset are stages whose dependencies all lie outside it; the start counts those as met.
  local key, field = run.plan, PLAN.roots
  if run.subset ~= '' then key, field = run.key, RUN.roots end
  each_item(key, field, DEPENDANT.pattern(index, queue, name, queue_timeout, stage_timeout), from,
    function(place, j, queue, name, qt, st)
    if budget <= 0 then
      leave_for_later(run, { kind = TODO_KIND.roots, place = place })
      return false
    end
    budget = budget - 1
    if stage_of(run, j).status == 'pending' then
      add_job(run, j, queue, name, qt, st)
      n = n + 1
      queued[n] = '"' .. name .. '"'
    end
  end, run.roots)
  return table.concat(queued, ',')
end
