-- Finalizers run wherever Lua allocates, also in the middle of a call. Here they reset the arena, close
-- the library or free the callback that is just being used. In interpreters of their own: what goes
-- wrong here ends the process.

local run = require("spec.support.ended_by_finalizers")

-- What is called while finalizers wait: name, then an expression of the objects below.
local CALLS = {
  { "a pointer argument", "lib.sum_i32(raw, 64)" },
  { "a string argument and result", "lib.greet('a' .. i)" },
  { "out-parameters", "lib.divide(i, 3, 0, 0)" },
  { "a struct argument", "structs.sum_big(view)" },
  { "a table as struct argument", "structs.sum_big({ v = { 1, 2, 3 } })" },
  { "a struct argument and result", "structs.next_big(view).v[0]" },
  { "a struct result", "structs.make_big(1).v[3]" },
  { "several pointers", "structs.point_add(raw, raw + 16, raw + 32)" },
  { "a callback", "calls.apply(cb, i)" },
  { "a callback with structs", "calls.call_big(big_cb, view)" },
  { "a callback with strings", "calls.call_string(string_cb, 'x' .. i)" },
  { "lib:call with a pointer", "lib:call('hash_bytes', 'u32', { 'pointer', 'usize' }, raw, 256)" },
  { "lib:call with a struct", "structs:call('sum_big', 'f64', { Big }, view)" },
  { "a variadic call", "variadics.mix('ps', raw, 's' .. i)" },
  { "a variadic call with types", "variadics.mix('ss', 'a' .. i, { 'string', 'b' .. i })" },
  { "a variadic call with structs", "variadics.sum_points(1, { Point, ffi.view(raw, Point) })" },
  { "listExports", "lib:listExports()" },
  { "getSymbol", "lib:getSymbol('add')" },
  { "a callback from Lua", "cb(i)" },
  { "a callback with structs from Lua", "big_cb(view)" },
  { "a callback being made", "ffi.callback(print, 'void', { Big, 'string' })" },
  { "an array field read", "view.v[1]" },
  { "an array field written from a table", "(function() view.v = { 1, 2, 3, 4, 5, 6, 7, 8 } end)()" },
  { "a struct copied", "Big:new(view)" },
  { "a struct made of parts", "Big:new({ v = view.v })" },
  { "memory as a string", "ffi.string(raw, 256)" },
  { "a copy of a built string", "ffi.copy(raw, ('x'):rep(100) .. i, 100)" },
  { "a 64-bit read", "raw:read(8, 'u64')" },
  { "a pointer read", "raw:read(8, 'pointer')" },
  { "pointer arithmetic", "ffi.cast(raw, 'i32') + 1" },
  { "objects as text", "tostring(view) .. tostring(lib) .. tostring(cb) .. tostring(Big)" },
}

-- What is done once, what each round makes, and what the finalizer does to it.
local FIRST = [[
local ffi = require("lunaffi")
local Point = ffi.struct({ { "x", "f64" }, { "y", "f64" } })
local Big = ffi.struct({ { "v", "f64", 16 } })
]]
local SETUP = [[
  local arena = ffi.arena()
  local raw = arena:alloc(256)
  local view = ffi.view(raw, Big)
  local lib = ffi.load("./build/c_tests/numbers.so", {
    sum_i32 = { args = { "pointer", "usize" }, ret = "i64" }, greet = { args = { "string" }, ret = "string" },
    divide = { args = { "i32", "i32", "ref i32", "ref i32" }, ret = "bool" },
  })
  local structs = ffi.load("./build/c_tests/structs.so", {
    sum_big = { args = { Big }, ret = "f64" }, next_big = { args = { Big }, ret = Big },
    make_big = { args = { "f64" }, ret = Big }, point_add = { args = { "pointer", "pointer", "pointer" } },
  })
  local calls = ffi.load("./build/c_tests/callbacks.so", {
    apply = { args = { "pointer", "i32" }, ret = "i32" }, call_big = { args = { "pointer", Big }, ret = Big },
    call_string = { args = { "pointer", "string" }, ret = "string" },
  })
  local variadics = ffi.load("./build/c_tests/variadics.so", {
    mix = { args = { "string", "..." }, ret = "string" }, sum_points = { args = { "i32", "..." }, ret = "f64" },
  })
  local cb = ffi.callback(function(x) return x + 1 end, "i32", { "i32" })
  local big_cb = ffi.callback(function(v) return v end, Big, { Big })
  local string_cb = ffi.callback(function(s) return s .. "!" end, "string", { "string" })
]]
local ENDING = [[
    if (bytes - base) % 16 == 0 then
      arena:reset()
      for _ = 1, 30 do
        ffi.fill(arena:alloc(256), 256, 0xff)
      end
    else
      arena:free()
    end
    lib:close()
    structs:close()
    calls:close()
    variadics:close()
    cb:free()
    big_cb:free()
    string_cb:free()
]]

describe("finalizers that end what is in use do no harm to", function()
  for _, row in ipairs(CALLS) do
    it(row[1], function()
      local output, status = run(FIRST, SETUP, row[2], ENDING)
      assert.equals("done\n", output)
      assert.equals(0, status)
    end)
  end
end)
