-- The objects of lunaffi.luajit and of Alien: each is accepted by the other.

local alien = require("lunaffi.alien")
local ffi = require("lunaffi.luajit")
local lune = require("lunaffi")
local helper = require("spec.helper")
local support = require("spec.support.alien")

local fails, collect, is_integer = helper.fails, helper.collect, helper.is_integer
local bind = support.bind

ffi.cdef([[
  size_t strlen(const char *);
  long long sum_i32(const int *, size_t);
  unsigned char byte_at(const void *, size_t);
  int apply(int (*)(int), int);
  int add_one(int);
  typedef int (*alien_cross_fn)(int);
  struct alien_cross { int a; double b; };
]])
local numbers, callbacks = ffi.load(helper.fixture("numbers")), ffi.load(helper.fixture("callbacks"))

local sum = bind(support.numbers, "sum_i32", "longlong", "pointer", "size_t")
local slen = bind(support.numbers, "slen", "size_t", "string")
local apply = bind(support.callbacks, "apply", "int", "callback", "int")

-- The plain number of a 64-bit cdata.
local function number(value)
  return ffi.tonumber(value)
end

describe("what Alien makes, in LuaJIT's API,", function()
  it("a buffer is an argument", function()
    local buf = alien.buffer("alien text")
    assert.equals(10, number(ffi.C.strlen(buf)))
    assert.equals(("l"):byte(), numbers.byte_at(buf, 1))
  end)

  it("a buffer is cast, read and written", function()
    local buf = alien.buffer("alien text")
    local pointer = ffi.cast("char *", buf)
    assert.equals(("a"):byte(), pointer[0])
    pointer[0] = ("A"):byte()
    assert.equals("Alien text", buf:tostring())
    assert.equals("Alien", ffi.string(pointer, 5))
    ffi.copy(buf, "other", 5)
    assert.equals("other text", buf:tostring())
    ffi.fill(buf, 5, ("x"):byte())
    assert.equals("xxxxx text", buf:tostring())
  end)

  it("a light userdata is a pointer", function()
    local buf = alien.buffer("alien text")
    assert.equals("text", ffi.string(ffi.cast("char *", buf:topointer(7))))
  end)

  it("an array is memory", function()
    local array = alien.array("int", { 1, 2, 3 })
    assert.equals(6, number(numbers.sum_i32(ffi.cast("int *", array), 3)))
    local typed = ffi.cast("int *", array)
    typed[1] = 20
    is_integer(array[2], "20")
  end)

  it("an instance is a struct's memory", function()
    local instance = alien.defstruct({ { "a", "int" }, { "b", "double" } }):new()
    local pointer = ffi.cast("struct alien_cross *", instance)
    pointer.a, pointer.b = 7, 0.5
    is_integer(instance.a, "7")
    assert.equals(0.5, instance.b)
    assert.equals(7, ffi.cast("struct alien_cross *", instance()).a)
  end)

  it("a callback and a function are functions", function()
    local cb = alien.callback(function(x) return x * 2 end, "int", "int")
    assert.equals(42, callbacks.apply(ffi.cast("alien_cross_fn", cb), 21))
    assert.equals(42, callbacks.apply(ffi.cast("alien_cross_fn", support.callbacks.add_one), 41))
  end)
end)

describe("what LuaJIT's API makes, in Alien,", function()
  it("an array is an argument, and memory", function()
    local array = ffi.new("int[3]", { 10, 20, 30 })
    is_integer(sum(array, 3), "60")
    assert.same({ n = 3, 10, 20, 30 }, helper.pack(alien.toint(array, 3)))
    local buf = alien.buffer(array)
    assert.equals(12, #buf)
    buf:set(9, 33, "int")
    assert.equals(33, array[2])
    fails(function() buf:get(10, "int") end, "out of bounds")
    assert.equals(60 + 3, (function()
      local total = 0
      for _, value in alien.array("int", 3, array):ipairs() do
        total = total + value
      end
      return total
    end)())
  end)

  it("a pointer is the address it holds", function()
    local array = ffi.new("int[4]", { 1, 2, 3, 4 })
    is_integer(sum(ffi.cast("int *", array) + 1, 2), "5")
    assert.same({ n = 2, 3, 4 }, helper.pack(alien.toint(ffi.cast("int *", array) + 2, 2)))
    assert.is_true(alien.isnull(ffi.cast("void *", nil)))
    assert.is_false(alien.isnull(array))
  end)

  it("characters are a string", function()
    local text = ffi.new("char[16]", "cdata text")
    is_integer(slen(text), "10")
    assert.equals("cdata text", alien.tostring(text))
    assert.equals("cdata", alien.tostring(text, 5))
    fails(function() alien.tostring(text, 17) end, "tostring")
  end)

  it("memory stays under a buffer, an array and an instance", function()
    local buf = alien.buffer(ffi.new("char[32]", "kept"))
    local array = alien.array("int", 2, ffi.new("int[2]", { 5, 6 }))
    local instance = alien.defstruct({ { "a", "int" }, { "b", "double" } })
      :new(ffi.new("struct alien_cross", { 7, 0.5 }))
    collect()
    for _ = 1, 50 do
      ffi.fill(ffi.new("char[32]"), 32, 255)
    end
    assert.equals("kept", buf:tostring())
    is_integer(array[2], "6")
    assert.equals(0.5, instance.b)
  end)

  it("a struct is the memory of an instance", function()
    local struct = ffi.new("struct alien_cross", { 7, 0.5 })
    local instance = alien.defstruct({ { "a", "int" }, { "b", "double" } }):new(struct)
    is_integer(instance.a, "7")
    instance.b = 2.5
    assert.equals(2.5, struct.b)
    fails(function() alien.defstruct({ { "c", "double", 3 } }):new(struct) end, "new")
  end)

  it("memory is copied and set", function()
    local array, buf = ffi.new("int[2]", { 1, 2 }), alien.buffer(8)
    alien.memmove(buf, array, 8)
    is_integer(buf:get(5, "int"), "2")
    alien.memset(array, 0, 4)
    assert.equals(0, array[0])
    fails(function() alien.memset(array, 0, 9) end, "memset")
    fails(function() alien.memmove(buf, array, 9) end, "memmove")
  end)

  it("a function and a callback are functions", function()
    is_integer(apply(callbacks.add_one, 41), "42")
    local cb = ffi.cast("alien_cross_fn", function(x) return x + 2 end)
    is_integer(apply(cb, 40), "42")
    local fn = alien.funcptr(cb)
    fn:types("int", "int")
    is_integer(fn(1), "3")
    cb:free()
  end)

  it("an integer of 64 bits is a number", function()
    local buf = alien.buffer(8)
    buf:set(1, ffi.cast("int64_t", -5), "longlong")
    is_integer(buf:get(1, "longlong"), "-5")
    buf:set(1, ffi.cast("uint64_t", 12345678901), "ulonglong")
    is_integer(buf:get(1, "ulonglong"), "12345678901")
  end)
end)

describe("the three APIs", function()
  it("pass one memory around", function()
    local memory = lune.arena():alloc(16)
    local array = alien.array("int", 4, alien.buffer(memory))
    local pointer = ffi.cast("int *", array)
    pointer[3] = 44
    assert.equals(44, memory:read(12, "i32"))
    is_integer(array[4], "44")
    assert.equals(44, lune.cast(array, "i32")[3])
    lune.write(array, 0, "i32", 11)
    assert.equals(11, pointer[0])
  end)

  it("share errno", function()
    bind(support.numbers, "set_errno", "int", "int")(33)
    assert.equals(33, ffi.errno())
    ffi.errno(34)
    is_integer(alien.errno(), "34")
    is_integer(lune.errno(), "34")
  end)
end)

describe("types", function()
  local definition = alien.defstruct({ { "a", "int" }, { "b", "double" } })

  it("of Alien are LuaJIT's", function()
    local struct = ffi.new(definition, { 3, 2.5 })
    assert.equals(16, ffi.sizeof(definition))
    assert.equals(3, struct.a)
    local instance = definition:new(struct)
    instance.a = 9
    assert.equals(9, struct.a)
  end)

  it("of Alien are Lune's", function()
    local view = lune.struct({ { "inner", definition }, { "n", "int" } }):new({ inner = { 1, 2 }, n = 3 })
    is_integer(view.inner.a, "1")
    assert.equals(2, view.inner.b)
    is_integer(view.n, "3")
  end)

  it("of C are Alien's, with bit-fields, arrays of arrays and constant members", function()
    local outer = alien.defstruct({
      { "inner", ffi.typeof("struct { unsigned a : 3; int b : 5; int m[2][3]; const int k; char name[8]; }") },
      { "n", "int" },
    })
    local instance = outer:new()
    local inner = instance.inner
    inner.a, inner.b = 5, -3
    is_integer(inner.a, "5")
    is_integer(inner.b, "-3")
    fails(function() inner.a = 9 end, "field 'a'", "-4..7")
    fails(function() inner.k = 1 end, "const")
    inner.m[2][3] = 77
    is_integer(instance.inner.m[2][3], "77")
    fails(function() return inner.m[2][4], 1 end, "array access out of bounds")
    inner.m = { { 1, 2, 3 }, { 4, 5, 6 } }
    is_integer(inner.m[2][1], "4")
    inner.name = "hello"
    assert.equals("hello", inner.name.buffer:tostring())
    is_integer(inner.a, "5")
  end)

  it("of C are refused where they have no values", function()
    fails(function() alien.array(ffi.typeof("int (int)"), 2) end, "array")
    fails(function() alien.array(ffi.typeof("void"), 2) end, "array")
  end)
end)
