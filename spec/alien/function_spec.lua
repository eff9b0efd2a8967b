-- Functions: their text, both forms of types, abi, counts of arguments, results, addresses.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")
local support = require("spec.support.alien")

local fails, is_integer = helper.fails, helper.is_integer
local lib, numbers, bind, exact = support.lib, support.numbers, support.bind, support.exact

describe("a function object", function()
  it("tells its name and its library", function()
    assert.equals("alien function puts, library default", tostring(alien.default.puts))
    assert.equals("alien function add, library " .. helper.fixture("numbers"), tostring(numbers.add))
  end)

  it("has types, and nothing else", function()
    assert.equals("function", type(numbers.add.types))
    for _, key in ipairs({ "name", "library", "x", "Types", 1, true, 2.5, "__index", "__call", "__gc" }) do
      assert.is_nil(numbers.add[key])
    end
    fails(function() numbers.add.x = 1 end)
  end)

  it("keeps its metatable to itself", function()
    assert.are_not.equal("table", type(getmetatable(numbers.add)))
  end)

  it("raises when it is called before its types are set", function()
    local fresh = alien.funcptr(alien.buffer(8):topointer())
    fails(function() fresh() end, "types not set")
    fails(function() fresh(1, 2) end, "types not set")
  end)

  it("refuses another self", function()
    local types = numbers.add.types
    fails(function() types(5, "int") end, "types", "got number")
    fails(function() types(alien.buffer(4), "int") end, "types")
    fails(function() types() end, "types")
  end)
end)

describe("types", function()
  it("returns nothing", function()
    assert.equals(0, select("#", numbers.add:types("int", "int", "int")))
    assert.equals(0, select("#", numbers.add:types({ ret = "int", "int", "int" })))
  end)

  it("takes a list", function()
    numbers.fadd:types("double", "double", "double")
    assert.equals(3.75, numbers.fadd(1.5, 2.25))
  end)

  it("takes a table", function()
    numbers.fadd:types({ ret = "double", "double", "double" })
    assert.equals(3.75, numbers.fadd(1.5, 2.25))
  end)

  it("takes int for a result that is nil", function()
    numbers.add:types(nil, "int", "int")
    is_integer(numbers.add(2, 3), "5")
    numbers.add:types({ "int", "int" })
    is_integer(numbers.add(2, 4), "6")
  end)

  it("takes int for a nil in the list", function()
    numbers.divide:types("int", nil, nil, "ref int", "ref int")
    local ok, quotient, remainder = numbers.divide(17, 5, 0, 0)
    is_integer(ok % 256, "1")
    is_integer(quotient, "3")
    is_integer(remainder, "2")
    numbers.add:types("int", "int", nil)
    is_integer(numbers.add(2, 3), "5")
  end)

  it("means int f(void) when nothing is given", function()
    numbers.version_int:types()
    is_integer(numbers.version_int(), "7")
    fails(function() numbers.version_int(1) end, "too many arguments", "version_int")
    numbers.version_int:types({})
    is_integer(numbers.version_int(), "7")
  end)

  it("may be set again", function()
    local third = lib.third_double
    third:types("double", "double")
    assert.equals(1.5, third(4.5))
    local sum = bind(lib, "eight_int", "int", "byte", "char", "short", "int", "long", "float", "double", "longlong")
    is_integer(sum(1, 2, 3, 4, 5, 6, 7, 8), "36")
    sum:types("short", "byte", "char", "short", "int", "long", "float", "double", "longlong")
    is_integer(sum(1, 2, 3, 70000, 5, 6, 7, 8), tostring(70032 - 65536))
  end)

  it("keeps what it had when it fails", function()
    numbers.add:types("int", "int", "int")
    fails(function() numbers.add:types("int", "int", "nonsense") end, "nonsense")
    fails(function() numbers.add:types("nonsense", "int") end, "nonsense")
    fails(function() numbers.add:types({ abi = "fastest", ret = "int", "int" }) end, "fastest")
    is_integer(numbers.add(20, 3), "23")
  end)

  for _, row in ipairs({
    { "an unknown parameter type", { "int", "int", "int128" }, "int128" },
    { "an unknown result type", { "integer" }, "integer" },
    { "a number as a type", { "int", 5 }, "got number" },
    { "a boolean as a type", { "int", true }, "got boolean" },
    { "a function as a type", { "int", print }, "got function" },
    { "a plain table as a type", { "int", {} }, "" },
    { "void as a parameter", { "int", "void" }, "void" },
    { "void among the parameters", { "int", "int", "void", "int" }, "void" },
    { "ref void", { "int", "ref void" }, "ref void" },
    { "a name with blanks", { "int", " int" }, " int" },
    { "a name in capitals", { "INT" }, "INT" },
    { "an empty name", { "" }, "" },
    { "a result by ref", { "ref int" }, "ref int" },
    { "a name of another API", { "i32" }, "i32" },
    { "a pointer type of C", { "char*" }, "char*" },
  }) do
    it("refuses " .. row[1], function()
      fails(function() numbers.add:types(helper.unpack(row[2])) end, "types", row[3])
    end)
    it("refuses " .. row[1] .. " in a table", function()
      local list = { ret = row[2][1] }
      for i = 2, #row[2] do
        list[i - 1] = row[2][i]
      end
      fails(function() numbers.add:types(list) end, "types", row[3])
    end)
  end

  for _, row in ipairs(support.sizes) do
    it("knows " .. row[1], function()
      assert.is_true(pcall(numbers.add.types, numbers.add, "void", row[1]))
      assert.is_true(pcall(numbers.add.types, numbers.add, row[1]))
    end)
  end

  for _, name in ipairs({
    "byte", "char", "short", "ushort", "int", "uint", "long", "ulong", "ptrdiff_t", "size_t", "float", "double",
    "longlong", "ulonglong", "pointer",
  }) do
    it("knows ref " .. name, function()
      assert.is_true(pcall(numbers.add.types, numbers.add, "void", "ref " .. name))
    end)
  end
end)

describe("abi", function()
  for _, name in ipairs({ "default", "cdecl", "stdcall" }) do
    it(name .. " is known", function()
      numbers.add:types({ ret = "int", abi = name, "int", "int" })
      is_integer(numbers.add(2, 3), "5")
    end)
  end

  for _, name in ipairs({ "fastcall", "", "Default", "pascal", "vectorcall" }) do
    it(("%q is not"):format(name), function()
      fails(function() numbers.add:types({ ret = "int", abi = name, "int", "int" }) end, name)
    end)
  end

  it("is a string", function()
    for _, value in ipairs({ 5, true, {}, print }) do
      fails(function() numbers.add:types({ ret = "int", abi = value, "int", "int" }) end)
    end
  end)
end)

describe("the count of arguments", function()
  it("is exact", function()
    numbers.add:types("int", "int", "int")
    fails(function() numbers.add() end, "too few arguments", "add")
    fails(function() numbers.add(1) end, "too few arguments", "add")
    fails(function() numbers.add(1, 2, 3) end, "too many arguments", "add")
    fails(function() numbers.add(1, 2, nil) end, "too many arguments", "add")
    is_integer(numbers.add(1, 2), "3")
  end)

  it("counts a ref like any other", function()
    numbers.divide:types("char", "int", "int", "ref int", "ref int")
    fails(function() numbers.divide(17, 5) end, "too few arguments", "divide")
  end)

  it("is zero for a function without parameters", function()
    numbers.noop:types("void")
    fails(function() numbers.noop(nil) end, "too many arguments", "noop")
  end)

  it("may be large", function()
    local list, values = {}, {}
    for i = 1, 20 do
      list[i], values[i] = "int", i
    end
    numbers.weigh20:types("long", helper.unpack(list))
    is_integer(numbers.weigh20(helper.unpack(values)), "2870")
    values[20] = nil
    fails(function() numbers.weigh20(helper.unpack(values)) end, "too few arguments", "weigh20")
  end)
end)

describe("eight arguments of eight types", function()
  for _, row in ipairs({
    { "eight_int", "int" }, { "eight_long", "long" }, { "eight_float", "float" }, { "eight_double", "double" },
  }) do
    it("arrive in order for a result of " .. row[2], function()
      local sum = bind(lib, row[1], row[2], "byte", "char", "short", "int", "long", "float", "double", "longlong")
      assert.equals(36, sum(1, 2, 3, 4, 5, 6, 7, 8))
      assert.equals(154, sum(1, 4, 9, 16, 25, 36, 49, 14))
      assert.equals(-36, sum(-1, 0, -3, -4, -5, -6, -7, -10))
    end)
  end
end)

describe("a result of type", function()
  for _, row in ipairs(support.integers) do
    local name, least, greatest = row[1], row[2], row[3]
    it(name .. " is an exact integer", function()
      for _, digits in ipairs({ least, greatest, "0", "1", "100" }) do
        local value = exact(digits)
        local bump = bind(lib, "call_" .. name, name, "callback", name)
        local echo = alien.callback(function(v) return v end, name, name)
        is_integer(bump(echo, value), digits)
      end
    end)
  end

  it("void is nil, one value", function()
    numbers.noop:types("void")
    local results = helper.pack(numbers.noop())
    assert.equals(1, results.n)
    assert.is_nil(results[1])
  end)

  it("float and double is a float", function()
    lib.third_float:types("float", "float")
    assert.equals(0.5, lib.third_float(1.5))
    lib.third_double:types("double", "double")
    assert.equals(1 / 3, lib.third_double(1))
    if helper.can("integer subtype") then
      assert.equals("float", math.type(lib.third_double(3)))
    end
  end)

  it("char is unsigned, byte is signed", function()
    numbers.id_i8:types("char", "byte")
    is_integer(numbers.id_i8(-56), "200")
    numbers.id_u8:types("byte", "char")
    is_integer(numbers.id_u8(200), "-56")
  end)

  for _, row in ipairs({
    { "dirty8", "byte", 200, "-56" }, { "dirty8", "char", 200, "200" }, { "dirty16", "short", 40000, "-25536" },
    { "dirty16", "ushort", 40000, "40000" }, { "dirty32", "int", 4294967295, "-1" },
    { "dirty32", "uint", 4294967295, "4294967295" },
  }) do
    it(row[2] .. " ignores what C leaves above it", function()
      numbers[row[1]]:types(row[2], "uint")
      is_integer(numbers[row[1]](row[3]), row[4])
    end)
  end

  it("string is a Lua string, nil for NULL", function()
    numbers.greet:types("string", "string")
    assert.equals("hello you!", numbers.greet("you"))
    numbers.null_string:types("string")
    assert.is_nil(numbers.null_string())
    assert.equals(1, select("#", numbers.null_string()))
    numbers.empty_string:types("string")
    assert.equals("", numbers.empty_string())
    numbers.latin1_text:types("string")
    assert.equals("caf\233 \255\128", numbers.latin1_text())
  end)

  it("pointer is a light userdata, nil for NULL", function()
    numbers.utf8_text:types("pointer")
    assert.is_true(support.is_light(numbers.utf8_text()))
    assert.equals(numbers.utf8_text(), numbers.utf8_text())
    numbers.null_pointer:types("pointer")
    assert.is_nil(numbers.null_pointer())
    assert.equals(1, select("#", numbers.null_pointer()))
  end)

  it("callback is a function object, nil for NULL", function()
    lib.get_add_ten:types("callback")
    local add_ten = lib.get_add_ten()
    assert.matches("^alien function anonymous, library default", tostring(add_ten))
    add_ten:types("int", "int")
    is_integer(add_ten(5), "15")
    lib.get_no_function:types("callback")
    assert.is_nil(lib.get_no_function())
  end)
end)

describe("alien.funcptr", function()
  local address

  before_each(function()
    lib.get_add_ten:types("pointer")
    address = lib.get_add_ten()
  end)

  it("makes a function of an address", function()
    local add_ten = alien.funcptr(address)
    assert.equals("alien function anonymous, library default", tostring(add_ten))
    add_ten:types("int", "int")
    is_integer(add_ten(32), "42")
    fails(function() add_ten() end, "too few arguments", "anonymous")
  end)

  it("makes functions that do not share their types", function()
    local one, two = alien.funcptr(address), alien.funcptr(address)
    one:types("int", "int")
    two:types({ ret = "short", "int" })
    is_integer(one(70000), "70010")
    is_integer(two(70000), tostring(70010 - 65536))
  end)

  it("takes what it gave back", function()
    local add_ten = alien.funcptr(address)
    add_ten:types("int", "int")
    support.callbacks.apply:types("int", "callback", "int")
    is_integer(support.callbacks.apply(add_ten, 1), "11")
  end)

  it("takes every pointer-like", function()
    local ffi = require("lunaffi")
    for _, pointer in ipairs({ ffi.ptr(address), alien.buffer(address) }) do
      local add_ten = alien.funcptr(pointer)
      add_ten:types("int", "int")
      is_integer(add_ten(1), "11")
    end
  end)

  for _, row in ipairs({ { "nil", nil }, { "table", {} }, { "boolean", false }, { "string", "add_ten" } }) do
    it("refuses a " .. row[1], function()
      fails(function() alien.funcptr(row[2]) end, "bad argument #1 to 'funcptr'", "got " .. row[1])
    end)
  end

  it("refuses NULL", function()
    fails(function() alien.funcptr(require("lunaffi").null) end, "funcptr")
  end)
end)

describe("a variadic function", function()
  it("says so with ... at the end of its types", function()
    local format = bind(support.variadics, "format", "int", "pointer", "size_t", "string", "...")
    local buf = alien.buffer(64)
    is_integer(format(buf, #buf, "%s %d %.2f", "text", 42, 0.25), "12")
    assert.equals("text 42 0.25", buf:tostring())
    is_integer(format(buf, #buf, "plain"), "5")
    fails(function() format(buf, #buf) end, "too few arguments", "format")
  end)

  it("says so in a table as well", function()
    local mix = bind(support.variadics, "mix", { ret = "string", "string", "..." })
    assert.equals("i=1 d=2.5 s=x", mix("ids", 1, 2.5, "x"))
  end)

  it("takes buffers, arrays, structs and functions as pointers", function()
    local mix = bind(support.variadics, "mix", "string", "string", "...")
    local buf, array = alien.buffer(4), alien.array("int", 2)
    local instance = alien.defstruct({ { "a", "int" } }):new()
    local cb = alien.callback(function() end, "int")
    local code = bind(lib, "same_address", "pointer", "pointer")
    for _, row in ipairs({
      { buf, buf:topointer() }, { array, array.buffer:topointer() }, { instance, instance():topointer() },
      { cb, code(cb) }, { numbers.add, code(numbers.add) }, { buf:topointer(2), buf:topointer(2) },
    }) do
      assert.equals(mix("p", row[2]), mix("p", row[1]))
      assert.matches("^p=0x%x+$", mix("p", row[1]))
    end
    for _, value in ipairs({ io.stdout, print }) do
      fails(function() mix("p", value) end, "bad argument #2 to 'mix'")
    end
  end)

  it("has its dots at the end only", function()
    fails(function() support.variadics.mix:types("string", "...", "string") end, "...")
    fails(function() support.variadics.mix:types("...") end, "...")
  end)
end)

describe("functions of the C library", function()
  it("build a text in memory from malloc and print it", function()
    local output, status = interpreter.run("-e", [[
      local libc = require("lunaffi.alien").default
      libc.malloc:types("pointer", "size_t")
      libc.free:types("void", "pointer")
      libc.strcpy:types("pointer", "pointer", "string")
      libc.strcat:types("pointer", "pointer", "string")
      libc.strchr:types("pointer", "pointer", "int")
      libc.puts:types("int", "pointer")
      libc.fflush:types("int", "pointer")
      local memory = libc.malloc(16)
      libc.strcpy(memory, "foo")
      libc.strcat(memory, "bar")
      libc.puts(memory)
      libc.puts(libc.strchr(memory, string.byte("b")))
      libc.free(memory)
      libc.puts:types("int", "string")
      local result = libc.puts("Yeah!")
      libc.fflush(nil)
      print(result >= 0)
    ]])
    assert.equals("foobar\nbar\nYeah!\ntrue\n", output)
    assert.equals(0, status)
  end)
end)
