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
