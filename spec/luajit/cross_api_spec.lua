-- One type table and one kind of object for all APIs: what one makes the others take.

local ffi = require("lunaffi.luajit")
local lune = require("lunaffi")
local helper = require("spec.helper")

local fails = helper.fails

ffi.cdef([[
  struct xs_point { int x, y; };
  typedef struct xs_point xs_point;
  int64_t sum_i32(const int32_t *, size_t);
  void fill_i32(int32_t *, size_t, int32_t);
  int apply(int (*)(int), int);
]])
local numbers = ffi.load(helper.fixture("numbers"))

describe("a declaration", function()
  it("holds in both APIs", function()
    assert.equals(8, lune.sizeof("struct xs_point"))
    lune.cdef("typedef struct { short a; } xs_short;")
    assert.equals(2, ffi.sizeof("xs_short"))
    assert.same({ "x", "y" }, lune.struct("xs_point"):fields())
  end)
end)

describe("an object of the Lune API", function()
  it("is a pointer to lunaffi.luajit", function()
    local block = lune.arena():alloc(16)
    numbers.fill_i32(block, 4, 7)
    assert.equals(7, block:read(12, "i32"))
    local items = lune.cast(block, "int")
    assert.equals("28LL", tostring(numbers.sum_i32(items, 4)))
    assert.equals(7, ffi.cast("int *", block)[3])
    local buffer = lune.buffer(8)
    numbers.fill_i32(buffer, 2, -1)
    assert.equals(-1, buffer:read(4, "i32"))
    assert.equals("\255\255", ffi.string(buffer, 2))
  end)

  it("loses its bounds nowhere", function()
    local arena = lune.arena()
    local pointer = ffi.cast("int *", arena:alloc(8))
    fails(function() return pointer[2] end, "out of bounds")
    arena:free()
    fails(function() return pointer[0] end, "use after free of the arena")
  end)

  it("is a callback where C wants one", function()
    local callbacks = ffi.load(helper.fixture("callbacks"))
    local callback = lune.callback(function(x) return x + 1 end, "int", { "int" })
    assert.equals(5, callbacks.apply(callback, 4))
    callback:free()
  end)
end)

describe("cdata", function()
  it("are pointers to the Lune API", function()
    local lib = lune.load(helper.fixture("numbers"), {
      sum_i32 = { args = { "pointer", "usize" }, ret = "i64" },
      add = { args = { "i32", "i32" }, ret = "i32" },
    })
    local items = ffi.new("int[3]", { 1, 2, 3 })
    assert.equals(6, lib.sum_i32(items, 3))
    assert.equals(6, lib.sum_i32(ffi.cast("void *", items), 3))
    assert.equals(7, lib.add(ffi.new("int64_t", 3), ffi.new("int", 4)))
    local point = ffi.new("xs_point", 3, 4)
    assert.equals(4, lune.view(point, "xs_point").y)
    assert.equals(3, lune.read(point, 0, "i32"))
  end)

  it("keep their memory, wherever they go", function()
    local function make()
      return lune.view(ffi.new("xs_point", 8, 9), "xs_point")
    end
    local view = make()
    helper.collect()
    assert.same({ 8, 9 }, { view.x, view.y })
  end)
end)

describe("the other APIs, of cdata,", function()
  local alien = require("lunaffi.alien")

  it("take the address that it holds or has", function()
    local array = ffi.new("int[2]", { 77, 88 })
    local address = ffi.cast("intptr_t", array)
    local reference = ffi.cast("int *&", ffi.new("int *[1]", { array }))
    for _, pointer in ipairs({ array, address, reference, ffi.cast("void *", array) }) do
      assert.equals(88, lune.ptr(pointer):read(4, "i32"))
    end
    ffi.cdef("struct xa_pair { int a, b; };")
    assert.equals(88, lune.view(address, "struct xa_pair").b)
    fails(function()
      lune.view(ffi.new("double", 5), "struct xa_pair")
    end, "bad argument #1 to 'view'")
  end)

  it("take no number for a text", function()
    local path = helper.fixture("numbers")
    local lune_slen = lune.load(path, { slen = { args = { "string" }, ret = "usize" } }).slen
    local alien_slen = alien.load(path).slen
    alien_slen:types("size_t", "string")
    local holder = alien.defstruct({ { "text", "string" } }):new()
    local result
    local lune_result = lune.callback(function() return result end, "string", {})
    local alien_result = alien.callback(function() return result end, "string")
    ffi.cdef("enum xa_number { XA_ZERO, XA_ONE };")
    for _, number in ipairs({ ffi.i64(3), ffi.new("int", 3), ffi.new("enum xa_number", 1), ffi.u64(2 ^ 40) }) do
      local wrong = "string expected, got cdata"
      result = number
      fails(function() lune_slen(number) end, wrong)
      fails(function() alien_slen(number) end, wrong)
      fails(function() holder.text = number end, wrong)
      fails(function() lune_result() end, wrong)
      fails(function() alien_result() end, wrong)
    end
    assert.equals(3, lune_slen(ffi.new("char[4]", "abc")))
    assert.equals(3, alien_slen(ffi.cast("const char *", ffi.new("char[4]", "abc"))))
  end)

  it("take ctype objects as types, and as definitions", function()
    local ct = ffi.typeof("struct { int a; const int k; }")
    local arena = lune.arena()
    assert.equals(8, lune.sizeof(ct))
    local view = lune.view(arena:alloc(8), ct)
    view.a = 3
    assert.same({ 3, 0 }, { view.a, view.k })
    assert.equals(12, lune.struct({ { "pair", ct }, { "more", "i32" } }).size)
    fails(function()
      lune.view(arena:alloc(8), ffi.typeof("int"))
    end, "bad argument #2 to 'view' (StructDefinition expected, got ctype)")
  end)

  it("read what is const, and do not write it", function()
    local array = ffi.new("const int[2]", { 5, 6 })
    local record = ffi.new("const struct { int a, b; }", 1, 2)
    assert.equals("abc", lune.string(ffi.cast("const char *", "abc")))
    assert.same({ 6, 6, 5 }, { lune.read(array, 4, "i32"), lune.cast(array, "i32")[1], lune.ptr(array):read(0, "i32") })
    assert.equals(2, lune.view(record, ffi.typeof(record)).b)
    assert.same({ 6, 6 }, { alien.array("int", 2, array)[2], alien.buffer(array):get(5, "int") })
    local copy = lune.arena():alloc(8)
    lune.copy(copy, array, 8)
    assert.equals(6, copy:read(4, "i32"))
    local Pair = alien.defstruct({ { "x", "int" }, { "y", "int" } })
    for _, write in ipairs({
      function() lune.write(array, 0, "i32", 1) end,
      function() lune.copy(array, "ab", 2) end,
      function() lune.fill(array, 2, 0) end,
      function() lune.cast(array, "i32")[0] = 1 end,
      function() lune.ptr(array):write(0, "i32", 1) end,
      function() lune.view(record, ffi.typeof(record)).a = 1 end,
      function() alien.memset(array, 1, 2) end,
      function() alien.memmove(array, "ab", 2) end,
      function() alien.array("int", 2, array)[1] = 4 end,
      function() alien.array("int", { 7, 8 }, array) end,
      function() alien.buffer(array):set(1, 3, "int") end,
      function() alien.buffer(array):set(1, nil, "pointer") end,
      function() Pair:new(array).x = 1 end,
    }) do
      fails(write, "it is const")
    end
    assert.same({ 5, 6, 1 }, { array[0], array[1], record.a })
    local volatile = ffi.new("volatile int[1]", { 5 })
    lune.write(volatile, 0, "i32", 7)
    assert.equals(7, volatile[0])
  end)
end)

describe("ffi.install", function()
  it("gives the globals of LuaJIT", function()
    local interpreter = require("spec.support.interpreter")
    local output, status = interpreter.run("-e", [[
      local ffi = require('lunaffi.luajit')
      assert(rawequal(ffi.install(), ffi))
      local p = ffi.metatype('struct { int x; }', { __pairs = function(s) return next, { x = s.x } end })(5)
      print(type(p), type(1), type('x'), tonumber(ffi.new('int', 7)), tonumber('0x10'), tonumber('z', 36))
      for k, v in pairs(p) do print(k, v) end
      for i, v in ipairs({ 'a' }) do print(i, v) end
      print(bit.band(0xff, 0x0f), require('bit') == bit, jit.os == ffi.os, jit.arch == ffi.arch)
    ]])
    assert.equal(0, status, output)
    assert.equals("cdata\tnumber\tstring\t7\t16\t35\nx\t5\n1\ta\n15\ttrue\ttrue\ttrue\n", output)
  end)
end)
