-- What every script here has in common: the threads, and the line that the benchmark reads when they are done.
-- A script that holds answers against something counts in the global `wrong`; of another the statuses count.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

local function wrong_answers(summary)
  local sum
  for _, thread in ipairs(threads) do
    local wrong = thread:get("wrong")
    sum = wrong and (sum or 0) + wrong or sum
  end
  return sum or summary.errors.status
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "microseconds": %d, "wrong": %d, "errors": %d, "p50": %d, "p99": %d}\n',
    summary.requests, summary.duration, wrong_answers(summary),
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
