-- @include lib/rerun.lua
-- @include lib/gates.lua

-- What was rejected at the gate of stage i is made anew, as its next generation. Nothing has followed from it yet.
local function make_anew(run, i)
  local facts = stage_plan(run, i)
  local g = newest_gate(run, facts.name)
  if not g or g.state ~= 'rejected' then return end
  tell_feedback(run, facts.name, stage_of(run, i), g.name)
  open_again(run, i, facts, nil, ',"gate":"' .. gate_id(g) .. '"')
end
