-- Memory that runs out: a second Lua state, whose allocator refuses at each allocation in turn, does
-- a little of everything. In an interpreter of its own, since a mistake here ends the process.

local run = require("spec.support.limited_memory")

-- What the limited state does: each step on its own, so that one that fails does not hide the others.
-- Globals, since Lua 5.2 itself goes wrong when a collection falls into the making of an upvalue.
local WORK = [[
ffi = require("lunaffi")
failed = 0
function try(step)
  local ok, message = pcall(step)
  if not ok then
    failed = failed + 1
    assert(type(message) == "string" or type(message) == "table")
  end
end
for _ = 1, 2 do
  arena, raw, definition, view, buffer, lib, cb = nil
  try(function() arena = ffi.arena() end)
  try(function() raw = arena:alloc(64) end)
  try(function() ffi.cast(raw, "i32")[1] = 5 end)
  try(function()
    definition = ffi.struct({ { "a", "i32" }, { "p", "pointer" }, { "n", ffi.struct({ { "x", "i16", 3 } }) } },
      { name = "round" .. #tostring(arena) })
  end)
  try(function() view = ffi.view(raw, definition) end)
  try(function() view.n.x = { 1, 2, 3 } end)
  try(function() view.p = raw end)
  try(function() buffer = ffi.buffer(100) end)
  try(function() buffer:writeString(0, "hello") assert(buffer:readString() == "hello") end)
  try(function() return buffer:slice(1, 10):as_ptr() end)
  try(function()
    lib = ffi.load("./build/c_tests/callbacks.so", {
      apply = { args = { "pointer", "i32" }, ret = "i32" },
      call_string = { args = { "pointer", "string" }, ret = "string" },
    })
  end)
  try(function()
    cb = ffi.callback(function(x)
      local garbage = {}
      for i = 1, 10 do
        garbage[i] = "s" .. i .. x
      end
      return x + 1
    end, "i32", { "i32" })
  end)
  try(function() assert(cb and lib.apply(cb, 5) == 6) end)
  try(function() lib.apply(ffi.callback(function(x) error({ x }) end, "i32", { "i32" }), 5) end)
  try(function()
    local exclaim = ffi.callback(function(s) return s .. "!" end, "string", { "string" })
    assert(lib.call_string(exclaim, "abc") == "abc!")
  end)
  try(function() return ffi.callback(function(v) return { v.a + 1 } end, definition, { definition })({ 5 }) end)
  try(function() return lib:listExports() end)
  try(function()
    local first = ffi.callback(function(a) return a end, "i32", { "i32", "i32" })
    assert(lib:call("apply2", "i32", { "pointer", "i32", "i32" }, first, 1, 2) == 1)
  end)
  try(function()
    local variadics = ffi.load("./build/c_tests/variadics.so")
    assert(variadics:call("mix", "string", { "string", "..." }, "sd", "x", 2.5) == "s=x d=2.5")
  end)
  try(function() lib:call("nope", "i32", {}) end)
  try(function() ffi.load("nolib.so") end)
  try(function() ffi.read(raw, 100, "i32") end)
  try(function() return tostring(definition) .. tostring(cb) .. tostring(lib) .. tostring(view) end)
  try(function() return ffi.signature(lib.apply) end)
  try(function() ffi.gc(raw, function() end) end)
  try(function() return ffi.uint64("18446744073709551615") - 5 end)
  try(function()
    local numbers = ffi.load("./build/c_tests/numbers.so")
    return numbers:call("divide", "bool", { "i32", "i32", "ref i32", "ref i32" }, 17, 5, 0, 0)
  end)
  try(function() cb:free() lib:close() arena:reset() end)
end
collectgarbage("collect")
return tostring(failed)
]]

-- Four steps of each round fail with any memory: the ones that ask for what is not there.
local EXPECTED = "without a limit: 8, left: 0\n"

describe("an allocation that fails", function()
  for _, row in ipairs({
    { "once", 1 }, { "and fails again after a collection", 2 }, { "three times", 3 },
    { "and all that follow", 1000000 },
  }) do
    it(row[1] .. " is a Lua error at every allocation of every kind of use", function()
      local output, status = run([[require("lunaffi")]], WORK, row[2])
      assert.equals(0, status, output)
      assert.equals(EXPECTED, output)
    end)
    it(row[1] .. " is a Lua error while the modules are loaded", function()
      local output, status = run("", [[
        for _, name in ipairs({ "", ".luajit", ".alien", ".alien.struct", ".compat", ".bit", ".jit", ".loader",
          ".buffer", ".reflect" }) do
          assert(require("lunaffi" .. name))
        end
        return "0"
      ]], row[2])
      assert.equals(0, status, output)
      assert.equals("without a limit: 0, left: 0\n", output)
    end)
  end
end)
