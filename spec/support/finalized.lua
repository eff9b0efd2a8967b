-- The start of a program: `finalized(fn)` makes garbage with that finalizer, and the collector never pauses.
return [=[
local function finalized(fn)
  if newproxy then
    getmetatable(newproxy(true)).__gc = fn
  else
    setmetatable({}, { __gc = fn })
  end
end
-- Once it starts, the collector goes through a whole cycle. (1000 is the most that fits into 5.4's field.)
if _VERSION == "Lua 5.5" then
  collectgarbage("param", "pause", 0)
  collectgarbage("param", "stepmul", 100000)
else
  collectgarbage("setpause", 0)
  collectgarbage("setstepmul", _VERSION == "Lua 5.4" and 1000 or 100000000)
end
]=]
