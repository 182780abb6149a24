-- As check.lua, but sends several requests at once; wrk counts, and checks, each of their answers.
-- Arguments: FILE with the expected body, DEPTH how many requests.

dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "check.lua")

local check = init
local requests

function init(args)
  check({args[1]})
  requests = wrk.format():rep(tonumber(args[2]))
end

function request()
  return requests
end
