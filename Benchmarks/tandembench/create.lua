-- Posts leads, each with an e-mail address of its own, and expects 201 for each.
-- Arguments: FILE with a lead in which @UNIQUE@ stands for what differs, RUN a number no other run has.

local threads = {}
local parts = {}
local run
local made = 0

function setup(thread)
  table.insert(threads, thread)
end

local function split(template, marker)
  local from = 1
  while true do
    local first, last = template:find(marker, from, true)
    table.insert(parts, template:sub(from, first and first - 1))
    if not first then
      return
    end
    from = last + 1
  end
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  split(file:read("*a"), "@UNIQUE@")
  file:close()
  run = tonumber(args[2])
  wrk.headers["Content-Type"] = "application/json"
  wrong = 0
end

function request()
  made = made + 1
  local unique = string.format("%02d%07d", run, made)
  return wrk.format("POST", nil, nil, table.concat(parts, unique))
end

function response(status)
  if status ~= 201 then
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
