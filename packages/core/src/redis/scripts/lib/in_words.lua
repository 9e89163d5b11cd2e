-- @include lib/clock.lua

-- As formatDuration (domain/duration.ts) writes it.
local function in_words(ms)
  if ms < 1000 then return format('%dms', ms) end
  if ms < 60000 then return format('%.1fs', math.floor(ms / 100) / 10) end
  if ms < 3600000 then return format('%dm %ds', math.floor(ms / 60000), math.floor(ms % 60000 / 1000)) end
  return format('%dh %dm', math.floor(ms / 3600000), math.floor(ms % 3600000 / 60000))
end
