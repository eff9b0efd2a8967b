-- The examples of Alien's own manuals, each by its letter and number.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")
local support = require("spec.support.alien")

local fails, collect, is_integer = helper.fails, helper.collect, helper.is_integer
local lib, structs, bind = support.lib, support.structs, support.bind
local libc = alien.default

-- What a program prints that gets `input` on its standard input.
local function output_of(source, input)
  return helper.with_tempfile(source, function(path)
    return helper.with_tempfile(input or "", function(input_path)
      local line = ("LUA_CPATH%s=%s %s %s <%s"):format(
        _VERSION == "Lua 5.1" and "" or "_" .. _VERSION:match("%d%.%d"):gsub("%.", "_"),
        interpreter.quote(package.cpath), interpreter.quote(interpreter.command), path, input_path)
      local output, status = interpreter.shell("{ " .. line .. "; }")
      assert.equals(0, status, output)
      return output
    end)
  end)
end

describe("A1: libraries load", function()
  it("by bare name, by path, by full file name and by key alike", function()
    local forms = { alien.load("m"), alien.load("libm.so.6"), alien.load(helper.fixture("numbers")), alien.m }
    for _, form in ipairs(forms) do
      assert.matches("^alien library ", tostring(form))
    end
    for i = 1, 4 do
      if i ~= 3 then
        local sqrt = forms[i].sqrt
        sqrt:types("double", "double")
        assert.equals(1.5, sqrt(2.25))
      end
    end
  end)

  it("by load alone where the name is taken", function()
    assert.equals("function", type(alien.buffer))
    fails(function() alien.load("buffer") end, "buffer")
  end)
end)

it("A2: alien.default.puts shows itself", function()
  assert.equals("alien function puts, library default", tostring(libc.puts))
end)

it("A3: puts writes a line", function()
  assert.equals("foo\ntrue\n", output_of([[
    local alien = require("lunaffi.alien")
    local puts = alien.default.puts
    puts:types("int", "string")
    local result = puts("foo")
    alien.default.fflush:types("int", "pointer")
    alien.default.fflush(nil)
    print(result >= 0)
  ]]))
end)

it("A4: scanf fills references, types as a list", function()
  assert.equals("2\t23\t42.5\n", output_of([[
    local alien = require("lunaffi.alien")
    local scanf = alien.default.scanf
    scanf:types("int", "string", "ref int", "ref double")
    local count, x, y = scanf("%i %lf", 0, 0)
    print(count, x, y)
  ]], "23 42.5\n"))
end)

for name, types in pairs({
  ["with a result"] = [[{ ret = "int", "string", "ref int", "ref double" }]],
  ["without a result"] = [[{ "string", "ref int", "ref double" }]],
  ["with an abi"] = [[{ ret = "int", abi = "cdecl", "string", "ref int", "ref double" }]],
}) do
  it("A5: scanf fills references, types as a table " .. name, function()
    assert.equals("2\t23\t42.5\n", output_of(([[
      local alien = require("lunaffi.alien")
      local scanf = alien.default.scanf
      scanf:types(TYPES)
      print(scanf("%i %lf", 0, 0))
    ]]):gsub("TYPES", types), "23 42.5\n"))
  end)
end

it("A6: abi is default, cdecl or stdcall", function()
  for _, abi in ipairs({ "default", "cdecl", "stdcall" }) do
    libc.abs:types({ ret = "int", abi = abi, "int" })
    is_integer(libc.abs(-5), "5")
  end
  fails(function() libc.abs:types({ ret = "int", abi = "vectorcall", "int" }) end, "vectorcall")
end)

it("A7: funcptr makes a function of an address that C returned", function()
  local fn = alien.funcptr(bind(support.callbacks, "get_function", "pointer", "string")("subtract"))
  fn:types("int", "int", "int")
  is_integer(fn(50, 8), "42")
end)

it("A8: a line is read into a default buffer", function()
  assert.equals("hello from the input\n20\t20\n", output_of([[
    local alien = require("lunaffi.alien")
    local read = alien.default.read
    read:types("long", "int", "pointer", "size_t")
    local buf = alien.buffer()
    local length = read(0, buf, #buf)
    buf[length] = 0
    print(tostring(buf))
    print(buf:len(), buf:strlen())
  ]], "hello from the input\n"))
end)

describe("A9: a buffer", function()
  it("has its forms", function()
    assert.equals(8192, #alien.buffer())
    assert.equals(64, #alien.buffer(64))
    assert.equals("text", alien.buffer("text"):tostring())
    assert.equals("text", alien.buffer(alien.buffer("text"):topointer()):tostring())
  end)

  it("has bytes from 1", function()
    local buf = alien.buffer("foobar")
    assert.equals(("foobar"):byte(1), buf[1])
    assert.equals(("foobar"):byte(6), buf[6])
    buf[1] = ("b"):byte()
    assert.equals("boobar", tostring(buf))
  end)

  it("has integers at 1, 5 and 9", function()
    local buf = alien.buffer(3 * alien.sizeof("int"))
    buf:set(1, 1000000, "int")
    buf:set(5, -2, "int")
    buf:set(9, 3, "int")
    assert.same({ 1000000, -2, 3 }, { buf:get(1, "int"), buf:get(5, "int"), buf:get(9, "int") })
  end)
end)

it("A10: an array has type, length, size and buffer, elements, and ipairs", function()
  local array = alien.array("int", 4)
  assert.equals("int", array.type)
  is_integer(array.length, "4")
  is_integer(array.size, "4")
  assert.equals(16, #array.buffer)
  for i = 1, 4 do
    array[i] = i * i
  end
  local seen = {}
  for i, value in array:ipairs() do
    seen[i] = value
  end
  assert.same({ 1, 4, 9, 16 }, seen)
  fails(function() return array[5], 1 end)
  fails(function() array[0] = 1 end)
end)

it("A11: qsort sorts an array with a callback", function()
  assert.equals("1\n2\n3\n4\n5\n6\n", output_of([[
    local alien = require("lunaffi.alien")
    local compare = alien.callback(function(a, b) return a - b end, "int", "ref int", "ref int")
    local qsort = alien.default.qsort
    qsort:types("void", "pointer", "int", "int", "callback")
    local nums = alien.array("int", { 4, 5, 3, 2, 6, 1 })
    qsort(nums.buffer, nums.length, nums.size, compare)
    for _, v in nums:ipairs() do
      print(v)
    end
  ]]))
end)

it("A12: an array may share a buffer", function()
  local buf = alien.buffer(12)
  local array = alien.array("int", 3, buf)
  array[2] = 258
  is_integer(buf:get(5, "int"), "258")
  buf:set(9, -1, "int")
  is_integer(array[3], "-1")
end)

it("A13: tofloat gives as many results as asked for", function()
  local buf = alien.buffer(16)
  for i = 0, 3 do
    buf:set(1 + 4 * i, i + 0.5, "float")
  end
  assert.equals(4, select("#", alien.tofloat(buf:topointer(), 4)))
  local list = { alien.tofloat(buf:topointer(), 4) }
  assert.same({ 0.5, 1.5, 2.5, 3.5 }, list)
end)

it("A14: toint, tolong, toshort, todouble and tostring read at an address", function()
  local buf = alien.buffer(64)
  buf:set(1, -7, "int")
  buf:set(9, -70000000000, "long")
  buf:set(17, -300, "short")
  buf:set(25, 0.25, "double")
  alien.memmove(buf:topointer(33), "some text")
  is_integer(alien.toint(buf:topointer(1)), "-7")
  is_integer(alien.tolong(buf:topointer(9)), "-70000000000")
  is_integer(alien.toshort(buf:topointer(17)), "-300")
  assert.equals(0.25, alien.todouble(buf:topointer(25)))
  assert.equals("some text", alien.tostring(buf:topointer(33)))
  assert.equals("some", alien.tostring(buf:topointer(33), 4))
end)

it("A15: a tag wraps what C made, and destroys it once", function()
  local create = bind(structs, "create_foo", "pointer", "int")
  local destroy = bind(structs, "destroy_foo", "void", "pointer")
  local value_of = bind(structs, "foo_value", "int", "pointer")
  bind(structs, "foo_reset_counters", "void")()
  local foo = alien.tag("libfoo_foo")
  foo.__index = {
    value = function(object) return value_of((alien.unwrap("libfoo_foo", object))) end,
  }
  foo.__gc = function(object) destroy((alien.unwrap("libfoo_foo", object))) end
  local pointer = create(42)
  local object = alien.wrap("libfoo_foo", pointer)
  assert.equals(pointer, alien.unwrap("libfoo_foo", object))
  is_integer(object:value(), "42")
  alien.tag("libfoo_bar")
  fails(function() alien.unwrap("libfoo_bar", object) end)
  object = nil -- luacheck: ignore 311
  collect()
  collect()
  assert.equals(1, bind(structs, "destroyed_foos", "int")())
  assert.equals(0, bind(structs, "foo_errors", "int")())
end)

it("A16: errno tells why a call failed", function()
  libc.open:types("int", "string", "int")
  is_integer(libc.open("/no/such/file", 0), "-1")
  is_integer(alien.errno(), "2")
end)

it("A17: qsort sorts characters", function()
  local compare = alien.callback(function(a, b) return a - b end, "int", "ref char", "ref char")
  libc.qsort:types("void", "pointer", "int", "int", "callback")
  local chars = alien.buffer("spam, spam, and spam")
  libc.qsort(chars, chars:len(), alien.sizeof("char"), compare)
  assert.equals("   ,,aaaadmmmnpppsss", chars:tostring())
end)

it("A18: a callback can be called from Lua", function()
  local compare = alien.callback(function(a, b) return a - b end, "int", "ref int", "ref int")
  assert.same({ n = 3, -1, 3, 4 }, helper.pack(compare(3, 4)))
end)

-- A19 is in constants_spec.lua.

it("A20: platform, sizeof, align and table", function()
  assert.equals("linux", alien.platform)
  is_integer(alien.sizeof("char"), "1")
  is_integer(alien.align("double"), "8")
  is_integer(alien.align("short"), "2")
  assert.same({}, alien.table(10, 10))
end)

it("A21: a struct is what C doubles", function()
  local Rect = alien.defstruct({ { "left", "long" }, { "top", "long" }, { "right", "long" }, { "bottom", "long" } })
  local rect = Rect:new()
  rect.left = 2
  bind(structs, "long_rect_double", "void", "pointer")(rect())
  is_integer(rect.left, "4")
end)

it("A22: a buffer has length, offsets, realloc, memmove and memset", function()
  local buf = alien.buffer("foobar")
  assert.equals(7, #buf)
  is_integer(buf:strlen(), "6")
  assert.equals("bar", buf:tostring(3, 4))
  assert.equals("bar", alien.tostring(buf:topointer(4)))
  is_integer(buf:tooffset(buf:topointer(4)), "4")
  buf:realloc(10)
  assert.equals(10, #buf)
  assert.equals("foobar", buf:tostring())
  alien.memmove(buf, "FOO")
  assert.equals("FOObar", buf:tostring())
  alien.memset(buf:topointer(4), ("z"):byte(), 3)
  assert.equals("FOOzzz", buf:tostring())
end)

it("A23: rewrap ignores extra values and clears missing ones", function()
  alien.tag("checklist_rewrap")
  local object = alien.wrap("checklist_rewrap", 1, 2)
  alien.rewrap("checklist_rewrap", object, 10, 20, 30)
  assert.same({ n = 2, 10, 20 }, helper.pack(alien.unwrap("checklist_rewrap", object)))
  alien.rewrap("checklist_rewrap", object, 5)
  local results = helper.pack(alien.unwrap("checklist_rewrap", object))
  assert.equals(2, results.n)
  assert.equals(5, results[1])
  assert.is_nil(results[2])
end)

-- A24 is old_program_spec.lua.

describe("A25: the samples", function()
  it("malloc, strcpy, strcat and puts", function()
    assert.equals("foobar\nbar\nYeah!\n", output_of([[
      local alien = require("lunaffi.alien")
      local libc = alien.default
      libc.malloc:types("pointer", "size_t")
      libc.free:types("void", "pointer")
      libc.strcpy:types("pointer", "pointer", "string")
      libc.strcat:types("pointer", "pointer", "string")
      libc.strchr:types("pointer", "pointer", "int")
      libc.puts:types("int", "pointer")
      local memory = libc.malloc(16)
      libc.strcpy(memory, "foo")
      libc.strcat(memory, "bar")
      libc.puts(memory)
      libc.puts(libc.strchr(memory, string.byte("b")))
      libc.puts("Yeah!")
      libc.free(memory)
      libc.fflush:types("int", "pointer")
      libc.fflush(nil)
    ]]))
  end)

  it("a text is split and joined", function()
    -- The sample uses glib; the C library's strsep does the same without one.
    local strtok = bind(libc, "strtok", "string", "pointer", "string")
    local buf = alien.buffer("line one\nline two\nline three")
    local lines = alien.array("string", 3)
    local line, count = strtok(buf, "\n"), 0
    while line do
      count = count + 1
      lines[count] = line
      line = strtok(nil, "\n")
    end
    assert.equals(3, count)
    local joined = {}
    for i, text in lines:ipairs() do
      joined[i] = text
    end
    assert.equals("line one line two line three", table.concat(joined, " "))
    is_integer(bind(lib, "total_of", "size_t", "pointer", "size_t")(lines.buffer, 3), "26")
  end)
end)
