-- Memory that runs out: a Lua state whose allocator refuses at each allocation in turn does a little of
-- everything that Alien has.

local run = require("spec.support.limited_memory")

-- Each step on its own, so that one that fails does not hide the others. Globals, since Lua 5.2 itself
-- goes wrong when a collection falls into the making of an upvalue.
local WORK = [[
alien = require("lunaffi.alien")
failed = 0
function try(step)
  local ok, message = pcall(step)
  if not ok then
    failed = failed + 1
    assert(type(message) == "string" or type(message) == "table")
  end
end
for round = 1, 2 do
  buf, array, texts, definition, instance, lib, apply, cb, object = nil
  try(function() buf = alien.buffer(100) end)
  try(function() alien.memmove(buf, "hello") assert(buf:tostring() == "hello") end)
  try(function() buf:set(9, "kept by the buffer", "string") assert(buf:get(9, "string") == "kept by the buffer") end)
  try(function() buf:set(17, "18446744073709551615", "ulonglong") end)
  try(function() return buf:get(17, "ulonglong") end)
  try(function() assert(#alien.buffer("a text") == 7) end)
  try(function() return alien.buffer(buf), alien.buffer(buf:topointer(5), 4) end)
  try(function() buf:realloc(2000) assert(buf:get(9, "string") == "kept by the buffer") end)
  try(function() array = alien.array("int", { 3, 1, 2 }) end)
  try(function() array:realloc(20) array[20] = 7 assert(array[1] == 3 and array[20] == 7) end)
  try(function() array.note = "mine" assert(array.note == "mine") end)
  try(function() texts = alien.array("string", { "one", "two" }) end)
  try(function() texts[2] = "another" assert(texts[1] == "one" and texts[2] == "another") end)
  try(function()
    definition = alien.defstruct({ { "a", "int" }, { "s", "string" },
      { "n", alien.defstruct({ { "x", "short", 3 } }) } })
  end)
  try(function() instance = definition:new() end)
  try(function() instance.n.x[3] = 5 instance.s = "text" assert(instance.s == "text" and instance.n.x[3] == 5) end)
  try(function() assert(#instance() == definition.size) end)
  try(function() return definition:new(buf) end)
  try(function()
    lib = alien.load("./build/c_tests/callbacks.so")
    apply = lib.apply
    apply:types("int", "callback", "int")
  end)
  try(function()
    cb = alien.callback(function(x)
      local garbage = {}
      for i = 1, 10 do
        garbage[i] = "s" .. i .. x
      end
      return x + 1
    end, "int", "int")
  end)
  try(function() assert(cb and apply(cb, 5) == 6 and cb(6) == 7) end)
  try(function() apply(alien.callback(function(x) error({ x }) end, "int", "int"), 5) end)
  try(function()
    lib.call_string:types("string", "callback", "string")
    local exclaim = alien.callback(function(s) return s .. "!" end, "string", "string")
    assert(lib.call_string(exclaim, "abc") == "abc!")
  end)
  try(function() cb:types("double", "double") cb:types({ ret = "int", "int" }) end)
  try(function() buf:set(1, cb, "callback") buf:get(1, "callback"):types("int", "int") end)
  try(function()
    local numbers = alien.load("./build/c_tests/numbers.so")
    numbers.divide:types("char", "int", "int", "ref int", "ref int")
    assert(select("#", numbers.divide(17, 5, 0, 0)) == 3)
  end)
  try(function()
    local mix = alien.load("./build/c_tests/variadics.so").mix
    mix:types("string", "string", "...")
    assert(mix("sd", "x", 2.5) == "s=x d=2.5")
  end)
  try(function()
    local pairs = alien.load("./build/c_tests/structs.so").next_pair64
    local Pair = alien.defstruct({ { "a", "long" }, { "b", "long" } })
    pairs:types(Pair, Pair)
    assert(pairs(Pair:new()).b == 1)
  end)
  try(function()
    alien.tag("limited" .. round).__gc = function(o) alien.unwrap("limited" .. round, o) end
    object = alien.wrap("limited" .. round, buf, "text", 5)
  end)
  try(function() assert(select(2, alien.unwrap("limited" .. round, object)) == "text") end)
  try(function() alien.rewrap("limited" .. round, object, 1) end)
  try(function() return alien.toint(array.buffer, 20) end)
  try(function() return alien.tostring(buf, 500) end)
  try(function() assert(alien.pack("!8>bisc0", 1, 2, "three", "four") == "\1\0\0\0\0\0\0\2three\0four") end)
  try(function() assert(select("#", alien.unpack(("b"):rep(100), ("x"):rep(100))) == 101) end)
  try(function() return alien.table(10, 10) end)
  try(function() return tostring(buf) .. tostring(array) .. tostring(instance) .. tostring(cb) .. tostring(lib) end)
  try(function() return alien.m end)
  try(function() alien.load("nolib.so") end)
  try(function() return lib.nope end)
  try(function() buf:get(5000, "int") end)
  try(function() alien.unwrap("limited" .. round, 5) end)
  try(function() buf:set(1, {}, "int") end)
end
collectgarbage("collect")
return tostring(failed)
]]

-- Six steps of each round fail with any memory: the ones that ask for what is not there, and an error.
local EXPECTED = "without a limit: 12, left: 0\n"

describe("an allocation that fails", function()
  for _, row in ipairs({
    { "once", 1 }, { "and fails again after a collection", 2 }, { "and all that follow", 1000000 },
  }) do
    it(row[1] .. " is a Lua error at every allocation of every kind of use", function()
      local output, status = run([[require("lunaffi.alien")]], WORK, row[2])
      assert.equals(0, status, output)
      assert.equals(EXPECTED, output)
    end)
  end
end)
