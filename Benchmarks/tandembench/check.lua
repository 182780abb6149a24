-- Asks one address again and again and holds every answer against the expected body.
-- Arguments: FILE with the expected body.

local threads = {}
local expected

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  expected = file:read("*a")
  file:close()
  wrong = 0
end

function response(status, _, body)
  -- Lua strings are interned, so equality costs one comparison of pointers.
  if status ~= 200 or body ~= expected then
    wrong = wrong + 1
  end
end

function done(summary, latency)
  local bad = 0
  for _, thread in ipairs(threads) do
    bad = bad + thread:get("wrong")
  end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "microseconds": %d, "wrong": %d, "errors": %d, "p99": %d}\n',
    summary.requests, summary.duration, bad,
    errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(99)))
end
