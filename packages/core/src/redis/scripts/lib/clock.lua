-- The root of all keys, and Redis's own clock: no client's clock decides anything.
local R = KEYS[1]
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
