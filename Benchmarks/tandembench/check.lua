-- Asks one address again and again and holds every answer against the expected status and body.
-- Arguments: FILE with the expected body, STATUS if it is not 200.

dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "result.lua")

local expected
local expected_status

function init(args)
  local file = assert(io.open(args[1], "rb"))
  expected = file:read("*a")
  file:close()
  expected_status = tonumber(args[2] or 200)
  wrong = 0
end

function response(status, _, body)
  -- Lua strings are interned, so equality costs one comparison of pointers.
  if status ~= expected_status or body ~= expected then
    wrong = wrong + 1
  end
end
