-- The root of all keys, and Redis's own clock: no client's clock decides anything.
-- Numbers are converted to text once, by format: Lua's implicit conversion is a script's most expensive operation.
local R = KEYS[1]
-- The root of the channels, which carry the number of a database other than 0.
local C = KEYS[2] or R
local call = redis.call
local format = string.format
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local now_text = format('%d', now)
