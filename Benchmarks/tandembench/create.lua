-- Posts leads, each with an e-mail address of its own, and expects success for each.
-- Arguments: FILE with a lead in which @UNIQUE@ stands for what differs, RUN a number no other run has, COUNT how many
-- requests to make at most. They are made before the first is sent, or making them would take time from the server's core.

dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "result.lua")

local requests = {}
local sent = 0

local function split(template, marker)
  local parts = {}
  local from = 1
  while true do
    local first, last = template:find(marker, from, true)
    table.insert(parts, template:sub(from, first and first - 1))
    if not first then
      return parts
    end
    from = last + 1
  end
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local parts = split(file:read("*a"), "@UNIQUE@")
  file:close()
  wrk.headers["Content-Type"] = "application/json"
  for number = 1, tonumber(args[3]) do
    local unique = string.format("%02d%07d", tonumber(args[2]), number)
    requests[number] = wrk.format("POST", nil, nil, table.concat(parts, unique))
  end
end

function request()
  sent = sent + 1
  -- Past the last the server says 409, and the run is no run.
  return requests[sent] or requests[#requests]
end
