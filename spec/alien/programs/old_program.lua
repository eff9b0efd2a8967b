-- A program as it was written for Alien, which knows nothing of lunaffi: it requires "alien" and is
-- run by spec/alien/old_program_spec.lua with `lua -l lunaffi.compat`. Fifty blocks, a line for each.
-- Arguments: the folder of the fixtures.

local alien = require "alien"

local folder = (...)
local fixture = alien.load(folder .. "/alien.so")
local callbacks = alien.load(folder .. "/callbacks.so")
local structs = alien.load(folder .. "/structs.so")
local numbers = alien.load(folder .. "/numbers.so")
local libc = alien.default

local count = 0

local function block(name, fn)
  count = count + 1
  local ok, message = pcall(fn)
  print(("%s %d %s%s"):format(ok and "ok" or "not ok", count, name, ok and "" or ": " .. tostring(message)))
end

-- Numbers of each type there and back: divided by three in C, which also remembers what came.
local function round_trip(name, seen, values)
  block("round trip of " .. name, function()
    local third, padded, void = fixture["third_" .. name], fixture["padded_" .. name], fixture["void_" .. name]
    local get = fixture["get_seen_" .. seen]
    third:types(name, name)
    padded:types(name, "byte", name)
    void:types("void", name)
    get:types(seen == "float" and "double" or "long")
    for _, value in ipairs(values) do
      assert(third(value) == value / 3)
      assert(get() == value)
      local other = seen == "unsigned" and value or -value
      assert(padded(0, other) == other / 3)
      assert(void(value) == nil)
      assert(get() == value)
    end
  end)
end

round_trip("byte", "signed", { -126, 42, 0 })
round_trip("char", "unsigned", { 42, 126, 255 })
round_trip("short", "signed", { -32766, 3333, 32766 })
round_trip("ushort", "unsigned", { 42, 32766, 65535 })
round_trip("int", "signed", { -2147483646, 42, 2147483646, 2 ^ 18 + 2 })
round_trip("uint", "unsigned", { 42, 4294967295 })
round_trip("long", "signed", { -2147483646, 42, 6.0 })
round_trip("ulong", "unsigned", { 42, 4294967295 })
round_trip("ptrdiff_t", "signed", { -42, 42 })
round_trip("size_t", "unsigned", { 42, 3 * 2 ^ 40 })
round_trip("float", "float", { -42, 42, 0 })
round_trip("double", "float", { -0.375, 42, 3e100 })

-- Eight arguments of eight types.
for _, row in ipairs({ { "eight_int", "int" }, { "eight_long", "long" }, { "eight_float", "float" },
  { "eight_double", "double" } }) do
  block("eight arguments, the result " .. row[2], function()
    local sum = fixture[row[1]]
    sum:types({ ret = row[2], abi = "cdecl", "byte", "char", "short", "int", "long", "float", "double", "longlong" })
    assert(sum(1, 4, 9, 16, 25, 36, 49, 14) == 154)
    assert(sum(1, 2, 3, 4, 5, 6, 7, 8) == 36)
    assert(sum(-1, 0, -3, -4, -5, -6, -7, -10) == -36)
  end)
end

block("a narrower result than C's", function()
  local sum = fixture.eight_int
  sum:types("short", "byte", "char", "short", "int", "long", "float", "double", "longlong")
  assert(sum(0, 0, 0, 2 ^ 18 + 5, 0, 0.0, 0.0, 0) == 5)
  sum:types("int", "byte", "char", "short", "int", "long", "float", "double", "longlong")
  assert(sum(0, 0, 0, 2 ^ 18 + 5, 0, 0.0, 0.0, 0) == 2 ^ 18 + 5)
end)

block("wrong counts of arguments", function()
  fixture.third_int:types("int", "int")
  local ok, message = pcall(fixture.third_int)
  assert(not ok and message:find("too few arguments", 1, true) and message:find("third_int", 1, true))
  ok, message = pcall(fixture.third_int, 1, 2)
  assert(not ok and message:find("too many arguments", 1, true) and message:find("third_int", 1, true))
end)

-- Callbacks.
block("a sum of callbacks", function()
  local halve = fixture.halve
  halve:types("int", "int", "callback")
  local seen = {}
  local callback = alien.callback(function(value)
    seen[#seen + 1] = value
    return value
  end, "int", "int")
  assert(halve(-10, callback) == -18)
  assert(table.concat(seen, " "):gsub("%.0", "") == "-10 -5 -2 -1")
  callback = alien.callback(function(value) return value * 2 end, { ret = "int", "int" })
  assert(halve(-10, callback) == -36)
  assert(callback(4) == 8)
end)

block("a callback that returns nothing", function()
  local calls = 0
  assert(fixture.halve(8, alien.callback(function() calls = calls + 1 end, "int", "int")) == 0)
  assert(calls == 4)
end)

block("a callback of four kinds", function()
  fixture.call_double4:types("double", "callback", "int", "double", "float", "long")
  local callback = alien.callback(function(a, b, c, d) return a + b + c + d end,
    "double", "int", "double", "float", "long")
  assert(fixture.call_double4(callback, 1, 2.5, 0.25, 40) == 43.75)
end)

block("an integral", function()
  callbacks.integrate:types("double", "callback", "double", "double", "int")
  local area = callbacks.integrate(alien.callback(function(x) return x * x end, "double", "double"), 0.0, 1.0, 1000)
  assert(math.abs(area - 1 / 3) < 1e-5)
end)

-- Texts.
block("strchr with a string", function()
  libc.strchr:types("string", "string", "int")
  assert(libc.strchr("abcdefghi", ("b"):byte()) == "bcdefghi")
  assert(libc.strchr("abcdefghi", ("x"):byte()) == nil)
end)

block("strchr with a pointer into the argument", function()
  libc.strchr:types("pointer", "string", "int")
  local text = "abcdefghi"
  local place = libc.strchr(text, ("d"):byte())
  assert(alien.tostring(place) == "defghi")
  assert(alien.tostring(place, 2) == "de")
  assert(libc.strchr(text, ("z"):byte()) == nil)
end)

block("strtok, which goes on with NULL", function()
  libc.strtok:types("string", "string", "string")
  local buffer = alien.buffer("one, two;three")
  local words, word = {}, libc.strtok(buffer, ", ;")
  while word do
    words[#words + 1] = word
    word = libc.strtok(nil, ", ;")
  end
  assert(table.concat(words, "|") == "one|two|three")
end)

-- Sorting.
local function chars_of(text)
  local buffer = alien.buffer(text)
  return buffer, #text
end

block("qsort with a comparison in Lua", function()
  libc.qsort:types("void", "pointer", "int", "int", "callback")
  local buffer, length = chars_of("spam, spam, and spam")
  local compare = alien.callback(function(a, b) return a - b end, "int", "ref char", "ref char")
  libc.qsort(buffer, length, alien.sizeof("char"), compare)
  assert(buffer:tostring() == "   ,,aaaadmmmnpppsss")
end)

block("qsort with a comparison in C", function()
  local buffer, length = chars_of("spam, spam, and spam")
  libc.qsort(buffer, length, 1, callbacks.compare_chars)
  assert(buffer:tostring() == "   ,,aaaadmmmnpppsss")
end)

block("qsort of an array", function()
  local array = alien.array("int", { 4, 5, 3, 2, 6, 1 })
  libc.qsort(array.buffer, array.length, array.size,
    alien.callback(function(a, b) return a - b end, "int", "ref int", "ref int"))
  for i, value in array:ipairs() do
    assert(value == i)
  end
end)

-- Functions in memory.
block("function pointers in a buffer, called by C", function()
  callbacks.fire:types("double", "pointer", "int", "double")
  local buffer = alien.buffer(3 * alien.sizeof("callback"))
  local size = alien.sizeof("pointer")
  buffer:set(1, alien.callback(function(x) return x + 1 end, "int", "int"), "callback")
  buffer:set(1 + size, alien.callback(function(x) return x * 2 end, "double", "double"), "callback")
  buffer:set(1 + 2 * size, nil, "pointer")
  assert(callbacks.fire(buffer, 41, 0.5) == 43)
end)

block("a function pointer from a buffer", function()
  local buffer = alien.buffer(alien.sizeof("callback"))
  buffer:set(1, callbacks.subtract, "callback")
  local subtract = buffer:get(1, "callback")
  subtract:types("int", "int", "int")
  assert(subtract(50, 8) == 42)
end)

block("a function by its address", function()
  callbacks.get_function:types("pointer", "string")
  local add_one = alien.funcptr(callbacks.get_function("add_one"))
  add_one:types("int", "int")
  assert(add_one(41) == 42)
  assert(callbacks.get_function("nothing") == nil)
end)

block("values by reference", function()
  numbers.divide:types("char", "int", "int", "ref int", "ref int")
  local ok, quotient, remainder = numbers.divide(17, 5, 0, 0)
  assert(ok == 1 and quotient == 3 and remainder == 2)
  numbers.swap_i32:types("void", "ref int", "ref int")
  local nothing, a, b = numbers.swap_i32(1, 2)
  assert(nothing == nil and a == 2 and b == 1)
end)

-- Tags.
block("tags wrap and unwrap", function()
  local metatable = alien.tag("old_program_point")
  assert(metatable == alien.tag("old_program_point"))
  metatable.__index = metatable
  local pointer = libc.strchr("text", ("t"):byte())
  local object = alien.wrap("old_program_point", pointer, 42, nil)
  local p, n, nothing = alien.unwrap("old_program_point", object)
  assert(p == pointer and n == 42 and nothing == nil)
  alien.tag("old_program_other")
  assert(not pcall(alien.unwrap, "old_program_other", object))
end)

block("tags and the collector", function()
  structs.create_foo:types("pointer", "int")
  structs.destroy_foo:types("void", "pointer")
  structs.live_foos:types("int")
  structs.foo_value:types("int", "pointer")
  local metatable = alien.tag("old_program_foo")
  function metatable.__gc(object) structs.destroy_foo((alien.unwrap("old_program_foo", object))) end
  metatable.__index = { value = function(object)
    return structs.foo_value((alien.unwrap("old_program_foo", object)))
  end }
  local foos = {}
  for i = 1, 10 do
    foos[i] = alien.wrap("old_program_foo", structs.create_foo(i))
  end
  assert(structs.live_foos() == 10 and foos[7]:value() == 7)
  foos = nil -- luacheck: ignore 311
  for _ = 1, 3 do
    collectgarbage()
  end
  assert(structs.live_foos() == 0)
end)

block("tags and other values", function()
  local object = alien.wrap("old_program_point", 1, 2)
  alien.rewrap("old_program_point", object, 10, 20, 30)
  local a, b, c = alien.unwrap("old_program_point", object)
  assert(a == 10 and b == 20 and c == nil)
  alien.rewrap("old_program_point", object, 5)
  a, b = alien.unwrap("old_program_point", object)
  assert(a == 5 and b == nil)
end)

-- Memory at addresses.
for _, row in ipairs({ { "int", { 10, -20, 2147483647 } }, { "long", { 10, -20, 2147483647 } },
  { "short", { 10, -20, 32767 } }, { "char", { 10, 20, 127 } }, { "double", { 0.5, -1.25, 1e300 } },
  { "float", { 0.5, -1.25, 1024 } } }) do
  block("to" .. row[1], function()
    local buffer = alien.buffer(3 * alien.sizeof(row[1]))
    for i, value in ipairs(row[2]) do
      buffer:set(1 + (i - 1) * alien.sizeof(row[1]), value, row[1])
    end
    local values = { alien["to" .. row[1]](buffer:topointer(), 3) }
    assert(#values == 3)
    for i, value in ipairs(row[2]) do
      assert(values[i] == value)
    end
    assert(alien["to" .. row[1]](buffer:topointer()) == row[2][1])
    assert(alien["to" .. row[1]](nil) == nil)
  end)
end

block("unsigned numbers", function()
  for name, greatest in pairs({ ushort = 65535, uint = 4294967295 }) do
    local buffer = alien.buffer(alien.sizeof(name))
    buffer:set(1, greatest, name)
    assert(buffer:get(1, name) == greatest)
    assert(alien["to" .. name](buffer:topointer()) == greatest)
    local third = fixture["third_" .. name]
    third:types(name, name)
    assert(third(greatest) == greatest / 3)
  end
end)

-- Buffers and arrays.
block("a buffer's bytes", function()
  local buffer = alien.buffer("foobar")
  assert(buffer:strlen() == 6 and buffer:len() == 6 and #buffer == 7 and tostring(buffer) == "foobar")
  buffer[1] = string.byte("F")
  buffer:set(2, string.byte("O"), "char")
  assert(buffer:tostring() == "FOobar" and buffer:tostring(3) == "FOo" and buffer:tostring(3, 4) == "bar")
  assert(buffer:tooffset(buffer:topointer(4)) == 4)
  buffer:realloc(20)
  assert(#buffer == 20 and buffer:tostring() == "FOobar")
  alien.memmove(buffer:topointer(7), "baz\0")
  assert(buffer:tostring() == "FOobarbaz")
  alien.memset(buffer, string.byte("z"), 3)
  assert(buffer:tostring() == "zzzbarbaz")
end)

block("an array that grows", function()
  local array = alien.array("int", { 1, 2, 3 })
  array:realloc(5)
  assert(array.length == 5)
  array[5] = 50
  assert(array[1] == 1 and array[3] == 3 and array[5] == 50)
  array:realloc(2)
  assert(array.length == 2 and array[2] == 2)
  assert(not pcall(function() return array[3] end))
  array = alien.array("string", { "foo", "bar" })
  fixture.total_of:types("int", "pointer", "int")
  assert(array[1] == "foo" and array[2] == "bar" and fixture.total_of(array.buffer, 2) == 6)
end)

-- Structs.
for _, row in ipairs({
  { "long rectangle", { "long", "long", "long", "long" }, "long_rect_area", 32 },
  { "short rectangle", { "short", "short", "short", "short" }, "short_rect_area", 8 },
  { "mixed rectangle", { "short", "long", "short", "long" }, "mixed_rect_area", 32 },
}) do
  block(row[1], function()
    local fields = {}
    for i, name in ipairs({ "left", "top", "right", "bottom" }) do
      fields[i] = { name, row[2][i] }
    end
    local Rectangle = alien.defstruct(fields)
    assert(Rectangle.size == row[4])
    local rectangle = Rectangle:new()
    rectangle.left, rectangle.top, rectangle.right, rectangle.bottom = 2, 3, 12, 24
    local area = structs[row[3]]
    area:types("long", "pointer")
    assert(area(rectangle()) == 210)
    if row[1] == "long rectangle" then
      structs.long_rect_double:types("void", "pointer")
      structs.long_rect_double(rectangle())
      assert(rectangle.left == 4 and rectangle.bottom == 48)
    end
    assert(Rectangle:new(rectangle():topointer()).right == rectangle.right)
    assert(not pcall(function() return rectangle.middle end))
  end)
end

-- Bytes.
block("pack and unpack", function()
  local buffer = alien.buffer("x")
  local bytes = alien.pack(">ipbph", 42, buffer:topointer(), 7, nil, -300)
  local i, p, b, null, h, position = alien.unpack(">ipbph", bytes)
  assert(i == 42 and p == buffer:topointer() and b == 7 and alien.isnull(null) and h == -300)
  assert(position == #bytes + 1 and alien.size(">ipbph") == #bytes and alien.offset(">ipbph", 3) == 13)
  assert(require("alien.struct").pack(">h", 258) == "\1\2")
end)

-- Libraries.
block("a function of a library that is forgotten", function()
  local add = alien.load(folder .. "/numbers.so").add
  add:types("int", "int", "int")
  alien.loaded[folder .. "/numbers.so"] = nil
  numbers = nil -- luacheck: ignore 311
  for _ = 1, 3 do
    collectgarbage()
  end
  assert(add(40, 2) == 42)
  assert(alien.load(folder .. "/numbers.so") ~= nil)
end)

block("errno and others", function()
  libc.open:types("int", "string", "int")
  assert(libc.open("/no/such/file", 0) == -1)
  assert(alien.errno() == 2)
  assert(type(alien.platform) == "string" and type(alien.version) == "string")
  assert(next(alien.table(3, 4)) == nil)
  assert(alien.sizeof() == alien.sizeof("int") and alien.align("double") == alien.sizeof("double"))
end)
