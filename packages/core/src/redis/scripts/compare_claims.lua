--[[
  Compares what a worker holds with what is recorded, as renew_lease does with its first hundred claims.
  Keys: root
  Args: worker, then per held claim: job id, fence, attempt
  Returns: {{places of fenced claims}, {place, reason JSON, grace JSON, … of claims of cancelled runs}}
]]
-- @include lib/compare.lua

return { compare_claims(ARGV[1], 2, #ARGV) }
