-- What a script makes without end, in an address space with an end. Each in an interpreter of its own: memory that
-- is missed ends the process.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local PROGRAM = [=[
local ffi, lune, alien = require("lunaffi.luajit"), require("lunaffi"), require("lunaffi.alien")
local numbers = lune.load("./build/c_tests/numbers.so", { add = { args = { "i32", "i32" }, ret = "i32" } })
local variadics = lune.load("./build/c_tests/variadics.so")
local keep = {}
local function step(i)
%s
end
local ok, message, count
for i = 1, 1e8 do
  count = i
  ok, message = pcall(step, i)
  if not ok then
    break
  end
end
keep = nil
collectgarbage()
collectgarbage()
assert(count > 1, message)
-- What was made works on, and what needs memory raises or works.
assert(numbers.add(1, 2) == 3)
local called, sum = pcall(variadics.call, variadics, "sum_ints", "i32", { "i32", "..." }, 2, 3, 4)
assert(called and sum == 7 or not called and sum:find("memory"), sum)
for i = 1, 1000 do
  pcall(step, count + i)
  pcall(ffi.typeof, "struct { int a; } oops")
  pcall(lune.struct, {})
end
assert(numbers.add(1, 2) == 3)
-- A message of Lua's own may have no place for more.
io.write(tostring(message))
]=]

local STEPS = {
  { "structs declared", [[ffi.cdef(("struct ml%d { int a; struct { char *p; } in[4]; };"):format(i))]] },
  { "functions declared", [[ffi.cdef(("int ml%d(struct ml *, int);"):format(i))]] },
  { "names declared for one type", [[lune.cdef(("typedef int ml_t%d;"):format(i))]] },
  { "constants declared", [[ffi.cdef(("enum { ML_%d = %d };"):format(i, i))]] },
  { "long texts declared", [[
    local text = {}
    for k = 1, 2000 do
      text[k] = ("int ml_%d_%d(char *, int (*)[%d]);"):format(i, k, k)
    end
    ffi.cdef(table.concat(text))]] },
  { "anonymous types", [[ffi.typeof("struct { int a; char *b; }")]] },
  { "types derived from others", [[keep[i % 10] = ffi.typeof(("int (*)[%d]"):format(i))]] },
  { "pointers to pointers", [[keep.t = ffi.typeof("$ *", keep.t or ffi.typeof("int"))]] },
  { "definitions of structs", [[lune.struct({ { "a", "i32" }, { "b", "f64", 3 } })]] },
  { "Alien's structs", [[alien.defstruct({ { "a", "int" }, { "b", "double" } })]] },
  { "callbacks", [[keep[i] = lune.callback(print, "i32", { "i32" }) keep[-i] = keep[i].ptr]] },
  { "Alien's callbacks", [[keep[i] = alien.callback(print, "int", "int")]] },
  { "converted callbacks", [[keep[i] = ffi.cast("int (*)(int)", function() return 1 end)]] },
  { "signatures", [[
    local args = {}
    for k = 1, 20 do
      args[k] = ({ "i32", "f64", "pointer", "i8" })[math.floor(i / 4 ^ (k - 1)) % 4 + 1]
    end
    keep[i % 100] = lune.load("./build/c_tests/numbers.so", { add = { args = args, ret = "i32" } })]] },
  { "blocks of an arena", [[
    keep.arena = keep.arena or lune.arena()
    for _ = 1, 1000 do
      keep.arena:alloc(1)
    end]] },
  { "arenas", [[keep[i] = lune.arena() keep[i]:alloc(64)]] },
  { "tables of Lua's own, and types now and then", [[
    keep[i] = ("x"):rep(1000) .. i
    if i % 50 == 0 then
      ffi.typeof("struct { int a; }")
      pcall(ffi.typeof, "oops" .. i)
      variadics:call("sum_ints", "i32", { "i32", "..." }, 2, 3, 4)
    end]] },
}

describe("without memory for more there is an error:", function()
  for _, row in ipairs(STEPS) do
    it(row[1], function()
      local output, status = helper.with_tempfile(PROGRAM:format(row[2]), function(path)
        return interpreter.run_within(80000, path)
      end)
      assert.equals(0, status, output:sub(-500))
      assert.is_truthy(output:find("out of memory", 1, true) or output:find("not enough memory", 1, true), output)
    end)
  end
end)
