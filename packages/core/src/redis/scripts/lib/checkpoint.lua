-- What an earlier attempt of a stage left for the next one.

-- The JSON of the stage's last checkpoint, or nil. One of an earlier generation does not count.
local function read_checkpoint(run, i, s)
  local generation, json = CHECKPOINT.match(call('HGET', run.key .. '/checkpoints', i) or '', generation, json)
  return generation == s.generation and json or nil
end
