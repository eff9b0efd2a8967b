-- Coroutines that yield from protected calls. luacheck: ignore 211
local function show(...)
  local list = { ... }
  for place = 1, select("#", ...) do
    list[place] = tostring(list[place])
  end
  print(table.concat(list, " "))
end

local step = coroutine.wrap(function(...)
  show("began", ...)
  local ok, value, other = pcall(function(a, b)
    local x = coroutine.yield(1, a)
    local y = coroutine.yield(2, x)
    return y, b
  end, "a", nil)
  show("first", ok, value, other)
  show("second", pcall(function()
    coroutine.yield(3)
    error("failed", 0)
  end))
  show("third", xpcall(function(x)
    local inner = { pcall(function()
      return coroutine.yield(4) + x
    end) }
    error({ inner[1], inner[2] })
  end, function(problem)
    return problem[2]
  end, 10))
  return "end"
end)
show(step("x", nil, "z"))
show(step("one"))
show(step("two"))
show(step())
show(step(32))

-- The coroutine is the same inside.
local co
co = coroutine.create(function()
  local outside = coroutine.running()
  pcall(function()
    show(coroutine.running() == outside, outside == co)
    pcall(function()
      show(coroutine.running() == outside, coroutine.yield("deep"))
    end)
  end)
  return "done"
end)
show(coroutine.resume(co))
show(coroutine.status(co))
show(coroutine.resume(co, "back"))
show(coroutine.status(co), coroutine.resume(co))
show(coroutine.running())

-- A scheduler, and what it runs.
local queue, log = {}, {}
local function spawn(name, n)
  queue[#queue + 1] = coroutine.create(function()
    for turn = 1, n do
      local ok, problem = pcall(function()
        log[#log + 1] = name .. turn
        coroutine.yield()
        if turn == 2 then
          error(name .. " fails", 0)
        end
      end)
      if not ok then
        log[#log + 1] = problem
      end
    end
  end)
end
spawn("a", 3)
spawn("b", 2)
while #queue > 0 do
  local task = table.remove(queue, 1)
  assert(coroutine.resume(task))
  if coroutine.status(task) ~= "dead" then
    queue[#queue + 1] = task
  end
end
show(table.concat(log, ", "))

-- Functions in C, and mistakes.
show(coroutine.resume(coroutine.create(math.floor), 2.5))
show(coroutine.wrap(tostring)(12))
show(coroutine.wrap(function() return (pcall(math.floor, "x")) end)())
show(pcall(coroutine.create, 1) == false, (coroutine.wrap(function() return pcall(nil) end)()))
show(select("#", pcall(function() end)), xpcall(function(...) return select("#", ...) end, print, nil, nil))

-- Callbacks of C and protected calls in them.
local ffi = require "ffi"
ffi.cdef "void qsort(void *, size_t, size_t, int (*)(const void *, const void *));"
local numbers = ffi.new("int[6]", { 5, 3, 9, 1, 7, 2 })
local sort = coroutine.wrap(function()
  local calls = 0
  local compare = ffi.cast("int (*)(const void *, const void *)", function(a, b)
    calls = calls + 1
    local ok, result = pcall(function()
      return ffi.cast("const int *", a)[0] - ffi.cast("const int *", b)[0]
    end)
    return ok and result or 0
  end)
  coroutine.yield("ready")
  ffi.C.qsort(numbers, 6, 4, compare)
  compare:free()
  return calls > 5
end)
show(sort())
show(sort())
for place = 0, 5 do
  io.write(numbers[place], " ")
end
print()

-- newproxy, and separators.
local proxy = newproxy(true)
getmetatable(proxy).__index = function(_, key) return key .. "!" end
getmetatable(proxy).__len = function() return 42 end
show(#proxy, proxy.name, type(proxy), getmetatable(newproxy(proxy)) == getmetatable(proxy), getmetatable(newproxy()))
show(("x"):rep(3, ", "), ("ab"):rep(2), string.rep("y", 2, "-"))
local finalized
getmetatable(proxy).__gc = function() finalized = true end
proxy = nil
collectgarbage()
collectgarbage()
show(finalized)
