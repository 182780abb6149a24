-- Gets one lead after the other of the ids in a file, and expects 200 for each.
-- Argument: FILE with an id a line.

local threads = {}
local requests = {}
local made = 0

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  for id in io.lines(args[1]) do
    table.insert(requests, wrk.format("GET", "/v1/leads/" .. id))
  end
  wrong = 0
end

function request()
  made = made % #requests + 1
  return requests[made]
end

function response(status)
  if status ~= 200 then
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
