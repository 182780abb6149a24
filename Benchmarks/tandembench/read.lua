-- Gets one lead after the other of the ids in a file, and expects 200 for each.
-- Argument: FILE with an id a line.

dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "result.lua")

local requests = {}
local made = 0

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
