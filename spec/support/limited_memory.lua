-- Lua states whose memory runs out: each allocation of a program is refused in turn. In an interpreter
-- of its own, since a mistake there ends the process.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

-- Prints how often the state survived, what failed without a limit, what is left.
local DRIVER = [=[
local ffi = require("lunaffi")
local BEFORE, WORK, TIMES = %q, %q, %d
local C, P = ffi.C, "pointer"
local lib = ffi.load("./build/c_tests/extra_alloc.so", {
  refuse_after = { args = { "clong", "clong" }, ret = "clong" }, live_allocations = { ret = "clong" },
})
local allocator = lib:getSymbol("limited_alloc")
local protected = C:hasSymbol("lua_pcallk") and "lua_pcallk" or "lua_pcall"
local function eval(state, source)
  local status = C:call("luaL_loadstring", "i32", { P, "string" }, state, source)
  if status == 0 and protected == "lua_pcallk" then
    status = C:call(protected, "i32", { P, "i32", "i32", "i32", "isize", P }, state, 0, 1, 0, 0, nil)
  elseif status == 0 then
    status = C:call(protected, "i32", { P, "i32", "i32", "i32" }, state, 0, 1, 0)
  end
  return status
end
local function text_of(state)
  return C:call("lua_tolstring", "string", { P, "i32", P }, state, -1, nil)
end
BEFORE = ("package.path, package.cpath = %%q, %%q\n"):format(package.path, package.cpath) .. BEFORE
local rounds, status, failed = 0
repeat
  -- (Lua 5.5 is given a seed; others do not look at it.)
  local state = C:call("lua_newstate", P, { P, P, "u32" }, allocator, nil, 1)
  assert(state, "no state")
  if C:hasSymbol("luaL_openlibs") then
    C:call("luaL_openlibs", "void", { P }, state)
  else
    C:call("luaL_openselectedlibs", "void", { P, "i32", "i32" }, state, -1, 0)
  end
  assert(eval(state, BEFORE) == 0, text_of(state))
  assert(C:call("luaL_loadstring", "i32", { P, "string" }, state, "") == 0)
  lib.refuse_after(rounds, TIMES)
  status = eval(state, WORK)
  local refused = lib.refuse_after(-1, 0)
  failed = text_of(state)
  assert(status == 0 or failed:find("not enough memory", 1, true), failed)
  C:call("lua_close", "void", { P }, state)
  rounds = rounds + 1
until refused == 0
assert(status == 0, failed)
assert(rounds > 50, rounds)
print("without a limit: " .. failed .. ", left: " .. ("%%d"):format(lib.live_allocations()))
]=]

-- Runs the chunk `before`, and then `work` under the limit, for each number of allocations that succeed,
-- until nothing was refused; `times` allocations are refused each time. `work` may end with nothing but an error of
-- memory, and else returns how many of its steps failed, as a text. Returns what was printed and the exit status.
return function(before, work, times)
  return helper.with_tempfile(DRIVER:format(before, work, times), function(path)
    local output, status = interpreter.run(path)
    return (output:sub(-2000)), status
  end)
end
