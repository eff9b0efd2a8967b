-- Finalizers that run in the middle of what Alien does, and there give buffers another size, functions
-- other types, wrapped objects other values, and let go of libraries.

local run = require("spec.support.ended_by_finalizers")

-- What is called while finalizers wait: name, then an expression of the objects below.
local USES = {
  { "a pointer argument", "sum(buf, 16)" },
  { "a pointer argument after a string", "sum(array, 3), slen('a' .. i)" },
  { "a string argument and result", "greet('a' .. i)" },
  { "a number as a string", "slen(i)" },
  { "out-parameters", "divide(i, 3, 0, 0)" },
  { "a struct argument", "sum_pair(pair)" },
  { "a struct argument and result", "next_pair(pair).b" },
  { "a struct of a buffer's memory", "next_pair(over).b" },
  { "a callback", "apply(cb, i)" },
  { "a callback from Lua", "cb(i)" },
  { "a callback with strings", "call_string(text_cb, 'x' .. i)" },
  { "a callback with structs", "pair_cb(pair)" },
  { "a callback being made", "alien.callback(print, 'void', Pair, 'string')" },
  { "a variadic call", "mix('ps', buf, 's' .. i)" },
  { "types being set", "(function() sum:types('longlong', 'pointer', 'size_t') end)()" },
  { "a string stored", "(function() buf:set(9, 'text' .. i, 'string') return buf:get(9, 'string') end)()" },
  { "a string stored in an array", "(function() texts[2] = 'text' .. i return texts[2] end)()" },
  { "a string stored in a struct", "(function() named.s = 'text' .. i return named.s end)()" },
  { "a callback stored and read", "(function() buf:set(1, cb, 'callback') return buf:get(1, 'callback') end)()" },
  { "a boxed integer read", "buf:get(17, 'ulonglong')" },
  { "many numbers read", "alien.toulong(buf, 16)" },
  { "a buffer as text", "buf:tostring(128) .. tostring(buf)" },
  { "a buffer over the memory", "alien.buffer(buf):get(100)" },
  { "an array over the memory", "alien.array('int', 32, buf)[32]" },
  { "an array of a table", "alien.array('ulong', { 1, buf:get(17, 'ulonglong'), 3 })[2]" },
  { "a walk through an array", "(function() for _, v in wide:ipairs() do tostring(v) end end)()" },
  { "an instance over the memory", "Pair:new(buf).b" },
  { "an instance's buffer", "pair():get(9, 'long')" },
  { "part of an instance", "outer.inner.b + outer.list[2]" },
  { "an instance copied", "(function() outer.inner = over end)()" },
  { "a copy of a built string", "alien.memmove(buf, ('x'):rep(100) .. i)" },
  { "a copy of a pointer", "alien.memmove(buf, pointers, 64)" },
  { "wrapped values", "alien.unwrap('tag', object)" },
  { "an object wrapped", "alien.wrap('tag', buf, 'text' .. i)" },
  { "an object wrapped anew", "alien.rewrap('tag', object, buf, 'text' .. i)" },
  { "packing", "alien.pack('!8bdsc0lL', 1, 2.5, 'text' .. i, ('x'):rep(100), 4, 5)" },
  { "unpacking a buffer", "alien.unpack('LLLLLsL', buf, 128)" },
  { "a struct definition", "alien.defstruct({ { 'a', Pair }, { 'f' .. i, 'int', 3 } })" },
  { "a library and a function of it", "alien.load('./build/c_tests/globals.so').get_counter" },
  { "objects as text", "tostring(sum) .. tostring(array) .. tostring(pair) .. tostring(alien.default)" },
}

local FIRST = [[
local alien = require("lunaffi.alien")
local Pair = alien.defstruct({ { "a", "long" }, { "b", "long" } })
local Named = alien.defstruct({ { "s", "string" } })
local Outer = alien.defstruct({ { "inner", Pair }, { "list", "int", 4 } })
alien.tag("tag")
local numbers = alien.load("./build/c_tests/numbers.so")
local structs = alien.load("./build/c_tests/structs.so")
local calls = alien.load("./build/c_tests/callbacks.so")
local function bind(library, name, ...)
  library[name]:types(...)
  return library[name]
end
local sum = bind(numbers, "sum_i32", "longlong", "pointer", "size_t")
local slen = bind(numbers, "slen", "size_t", "string")
local greet = bind(numbers, "greet", "string", "string")
local divide = bind(numbers, "divide", "char", "int", "int", "ref int", "ref int")
local sum_pair = bind(structs, "sum_pair64", "double", Pair)
local next_pair = bind(structs, "next_pair64", Pair, Pair)
local apply = bind(calls, "apply", "int", "callback", "int")
local call_string = bind(calls, "call_string", "string", "callback", "string")
local mix = bind(alien.load("./build/c_tests/variadics.so"), "mix", "string", "string", "...")
]]

local SETUP = [[
  local buf = alien.buffer(128)
  alien.memset(buf, 255, 128)
  local array = alien.array("int", { 1, 2, 3 })
  local wide = alien.array("ulong", 4)
  alien.memset(wide, 255, 32)
  local texts = alien.array("string", { "one", "two" })
  local pointers = alien.array("pointer", { "a", "b", "c", "d", "e", "f", "g", "h" })
  local pair, over, named, outer = Pair:new(), Pair:new(buf), Named:new(), Outer:new()
  local cb = alien.callback(function(x) return x + 1 end, "int", "int")
  local text_cb = alien.callback(function(s) return s .. "!" end, "string", "string")
  local pair_cb = alien.callback(function(p) return p end, Pair, Pair)
  local object = alien.wrap("tag", buf, "text", 5)
]]

local ENDING = [[
    -- Not less than C reads; less than what is asked for in Lua.
    local grows = (bytes - base) % 16 == 0
    buf:realloc(grows and 100000 or 64)
    array:realloc(grows and 100000 or 3)
    wide:realloc(grows and 40 or 0)
    texts:realloc(0)
    pointers:realloc(0)
    cb:types("int", "int", "int")
    text_cb:types("int", "int")
    pair_cb:types("void")
    alien.rewrap("tag", object)
    for name in pairs(alien.loaded) do
      alien.loaded[name] = nil
    end
    for _ = 1, 20 do
      local other = alien.buffer(128)
      alien.memset(other, 119, 128)
    end
]]

describe("finalizers that end what is in use do no harm to", function()
  for _, row in ipairs(USES) do
    it(row[1], function()
      local output, status = run(FIRST, SETUP, row[2], ENDING)
      assert.equals("done\n", output)
      assert.equals(0, status)
    end)
  end
end)
