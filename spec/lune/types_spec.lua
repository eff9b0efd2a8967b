-- Type names: every accepted spelling with its size and alignment as the compiler has them, what
-- is refused, pointers to types, and reference parameters.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local fails = helper.fails

local oracle = ffi.load(helper.fixture("extra_types"), {
  c_size_of = { args = { "string" }, ret = "usize" },
  c_align_of = { args = { "string" }, ret = "usize" },
  c_wchar_is_signed = { ret = "bool" },
})

local function c_size(name)
  local size = oracle.c_size_of(name)
  assert(size > 0, "the fixture does not know " .. name)
  return size
end

local POINTER = c_size("void *")

-- canonical name, size, C's name for it, all spellings
local TYPES = {
  { "bool", 1, "bool", { "bool" } },
  { "i8", 1, "int8_t", { "i8", "int8", "char" } },
  { "u8", 1, "uint8_t", { "u8", "uint8", "uchar", "byte" } },
  { "i16", 2, "int16_t", { "i16", "int16", "short" } },
  { "u16", 2, "uint16_t", { "u16", "uint16", "ushort" } },
  { "i32", 4, "int32_t", { "i32", "int32", "int" } },
  { "u32", 4, "uint32_t", { "u32", "uint32", "uint" } },
  { "i64", 8, "int64_t", { "i64", "int64", "long", "longlong" } },
  { "u64", 8, "uint64_t", { "u64", "uint64", "ulong", "ulonglong" } },
  { "isize", POINTER, "ptrdiff_t", { "isize", "intptr_t", "ptrdiff_t", "ssize_t" } },
  { "usize", POINTER, "size_t", { "usize", "size_t", "uintptr_t" } },
  { "f32", 4, "float", { "f32", "float" } },
  { "f64", 8, "double", { "f64", "double" } },
  { "pointer", POINTER, "void *", { "pointer", "ptr", "void*" } },
  { "string", POINTER, "void *", { "string", "cstring", "char*" } },
}

-- Other C names of the same types, for the spellings that are named after them.
local C_NAMES = {
  char = "char", short = "short", int = "int", intptr_t = "intptr_t", ptrdiff_t = "ptrdiff_t",
  ssize_t = "ssize_t", size_t = "size_t", uintptr_t = "uintptr_t", float = "float",
  double = "double",
}

local function retype(name)
  return ffi.callback(function() end, name, {}).retType
end

local function argument_type(name)
  return ffi.signature(ffi.callback(function() end, "void", { name })):match("%((.*)%)")
end

describe("the spelling", function()
  for _, row in ipairs(TYPES) do
    local canonical, size, c_name, spellings = helper.unpack(row)
    for _, spelling in ipairs(spellings) do
      it(("'%s' is %s: %d bytes, aligned and sized as C's %s"):format(spelling, canonical, size, c_name), function()
        helper.is_integer(ffi.sizeof(spelling), tostring(size))
        assert.equals(c_size(C_NAMES[spelling] or c_name), ffi.sizeof(spelling))
        helper.is_integer(ffi.alignof(spelling), helper.digits(oracle.c_align_of(c_name)))
        assert.equals(canonical, retype(spelling))
        assert.equals(canonical, argument_type(spelling))
      end)

      it(("'%s' works as the type of an allocation, a cast, a field and an access"):format(spelling), function()
        local arena = ffi.arena()
        local block = arena:allocType(spelling)
        assert.equals(size, arena.totalAllocated)
        assert.equals(0, block.addr % ffi.alignof(spelling))
        assert.equals(size, ffi.cast(block, spelling).stride)
        assert.equals(size, ffi.struct({ { "f", spelling } }).size)
        assert.equals(ffi.alignof(canonical), ffi.struct({ { "f", spelling } }).alignment)
        -- All-zero bytes are false, 0 or NULL, whatever the spelling.
        assert.equals(ffi.read(block, 0, canonical), ffi.read(block, 0, spelling))
        assert.has_error(function() ffi.read(block, 1, spelling) end)
      end)
    end
  end

  it("'void' has no bytes and alignment 1", function()
    helper.is_integer(ffi.sizeof("void"), "0")
    helper.is_integer(ffi.alignof("void"), "1")
    assert.equals("void", retype("void"))
  end)

  it("list has 46 entries", function()
    local count = 1 -- void
    for _, row in ipairs(TYPES) do
      count = count + #row[4]
    end
    assert.equals(46, count)
  end)
end)

describe("long and ulong", function()
  it("are 64 bits wide wherever they run", function()
    assert.equals(8, ffi.sizeof("long"))
    assert.equals(8, ffi.sizeof("ulong"))
    assert.equals(8, ffi.sizeof("longlong"))
  end)
end)

describe("clong, culong and wchar", function()
  it("have the sizes and alignments of the platform's C", function()
    assert.equals(c_size("long"), ffi.sizeof("clong"))
    assert.equals(c_size("long"), ffi.sizeof("culong"))
    assert.equals(c_size("wchar_t"), ffi.sizeof("wchar"))
    assert.equals(oracle.c_align_of("long"), ffi.alignof("clong"))
    assert.equals(oracle.c_align_of("long"), ffi.alignof("culong"))
    assert.equals(oracle.c_align_of("wchar_t"), ffi.alignof("wchar"))
  end)

  it("go through C unchanged", function()
    local lib = ffi.load(helper.fixture("numbers"), {
      id_clong = { args = { "clong" }, ret = "clong" },
      id_culong = { args = { "culong" }, ret = "culong" },
      id_wchar = { args = { "wchar" }, ret = "wchar" },
    })
    assert.equals(-2147483648, lib.id_clong(-2147483648))
    assert.equals(4294967295, lib.id_culong(4294967295))
    assert.equals(0x1F600, lib.id_wchar(0x1F600))
    helper.is_integer(lib.id_wchar(-1), oracle.c_wchar_is_signed() and "-1" or "4294967295")
  end)

  it("are signed and unsigned as C has them", function()
    local arena = ffi.arena()
    local block = arena:alloc(8)
    ffi.fill(block, 8, 0xFF)
    helper.is_integer(ffi.read(block, 0, "clong"), "-1")
    local all_ones = ffi.sizeof("culong") == 8 and "18446744073709551615" or "4294967295"
    helper.is_integer(ffi.read(block, 0, "culong"), all_ones)
  end)
end)

describe("a name that is no type", function()
  local bad = {
    "foo", "", " ", "I32", "Int", "i 32", "i7", "i128", "u", "f16", "f80", "unsigned i32",
    "const i32*", "void *x", "int[-4]", "int[", "int()", "*", "**", "*i32", "foo*", "foo**", "i32&", "i32*x",
    "struct point", "ref", "reference i32", "...", "i32\0", "\0", "i32\0*", "\255\254", "Pointer",
  }
  for _, name in ipairs(bad) do
    local shown = ("%q"):format(name):gsub("%z", "\\0")
    it("is refused: " .. shown, function()
      fails(function() ffi.sizeof(name) end, "bad argument #1 to 'sizeof'", "unknown type '")
      fails(function() ffi.alignof(name) end, "bad argument #1 to 'alignof'", "unknown type '")
    end)
  end

  it("is named in the error", function()
    fails(function() ffi.sizeof("foo") end, "(unknown type 'foo')")
    fails(function() ffi.sizeof("unsigned i32") end, "(unknown type 'unsigned i32')")
  end)

  it("may be very long without harm", function()
    local message = fails(function() ffi.sizeof(("x"):rep(1000000)) end, "unknown type 'xxx")
    assert.is_true(#message < 2000)
  end)

  it("may be a name followed by very many stars without harm", function()
    local ok, result = pcall(function() return ffi.sizeof("i32" .. ("*"):rep(100000)) end)
    assert.is_true(ok and result == POINTER or not ok and type(result) == "string")
  end)

  local block = ffi.arena():alloc(16)
  local C = ffi.open(helper.fixture("numbers"))
  local places = {
    { "read", 3, function(t) ffi.read(block, 0, t) end },
    { "write", 3, function(t) ffi.write(block, 0, t, 1) end },
    { "read", 2, function(t) block:read(0, t) end },
    { "write", 2, function(t) block:write(0, t, 1) end },
    { "cast", 2, function(t) ffi.cast(block, t) end },
    { "allocType", 1, function(t) ffi.arena():allocType(t) end },
    { "allocArray", 1, function(t) ffi.arena():allocArray(t, 1) end },
    { "read", 2, function(t) ffi.buffer(8):read(0, t) end },
    { "write", 2, function(t) ffi.buffer(8):write(0, t, 1) end },
    { "read", 2, function(t) ffi.unsafe.read(block.addr, t) end },
    { "write", 2, function(t) ffi.unsafe.write(block.addr, t, 1) end },
    { "callback", 2, function(t) ffi.callback(function() end, t, {}) end },
    { "callback", 3, function(t) ffi.callback(function() end, "void", { t }) end },
    { "struct", 1, function(t) ffi.struct({ { "f", t } }) end },
    { "union", 1, function(t) ffi.union({ { "f", t } }) end },
    { "pointer", 1, function(t) ffi.pointer(t) end },
    { "call", 2, function(t) C:call("noop", t, {}) end },
    { "call", 3, function(t) C:call("noop", "void", { t }, 1) end },
  }
  for i, place in ipairs(places) do
    local name, position, use = helper.unpack(place)
    it(("is refused by %s as argument #%d (place %d), which changes nothing"):format(name, position, i), function()
      fails(function() use("foo") end, "bad argument #" .. position .. " to '" .. name .. "'", "unknown type 'foo'")
      assert.equals(("\0"):rep(16), ffi.string(block, 16))
    end)
  end
end)

describe("what is not a type at all", function()
  local cases = {
    { "number", 32 }, { "boolean", true }, { "table", {} }, { "table", { "i32" } },
    { "function", function() end }, { "userdata", ffi.null }, { "RawPointer", ffi.nullPtr },
    { "Buffer", ffi.buffer(4) }, { "thread", coroutine.create(function() end) },
  }
  for _, case in ipairs(cases) do
    it("is refused: a " .. case[1], function()
      fails(function() ffi.sizeof(case[2]) end, "bad argument #1 to 'sizeof'", "type expected, got ")
      fails(function() ffi.alignof(case[2]) end, "bad argument #1 to 'alignof'", "type expected, got ")
      fails(function() ffi.cast(ffi.buffer(8), case[2]) end, "bad argument #2 to 'cast'", "type expected, got ")
    end)
  end

  it("is named in the error by its kind", function()
    fails(function() ffi.sizeof(42) end, "(type expected, got number)")
    fails(function() ffi.sizeof({}) end, "(type expected, got table)")
    fails(function() ffi.sizeof(nil) end, "(type expected, got nil)")
    fails(function() ffi.sizeof(ffi.buffer(4)) end, "(type expected, got Buffer)")
    fails(function() ffi.sizeof() end, "bad argument #1 to 'sizeof'", "type expected, got no value")
  end)
end)

describe("sizeof and alignof", function()
  local Inner = ffi.struct({ { "a", "i8" }, { "b", "f64" } })
  local Outer = ffi.struct({ { "head", "u8" }, { "inner", Inner, 3 }, { "tail", "u8" } })
  local Packed = ffi.struct({ { "a", "u8" }, { "b", "u32" } }, { packed = true })
  local Aligned = ffi.struct({ { "a", "u8" } }, { align = 16 })
  local Either = ffi.union({ { "i", "i32" }, { "d", "f64" }, { "b", "u8", 9 } })

  it("take a struct definition", function()
    helper.is_integer(ffi.sizeof(Inner), "16")
    helper.is_integer(ffi.alignof(Inner), "8")
    assert.equals(Outer.size, ffi.sizeof(Outer))
    assert.equals(64, ffi.sizeof(Outer))
    assert.equals(8, ffi.alignof(Outer))
  end)

  it("take packed and aligned definitions", function()
    assert.equals(5, ffi.sizeof(Packed))
    assert.equals(1, ffi.alignof(Packed))
    assert.equals(16, ffi.sizeof(Aligned))
    assert.equals(16, ffi.alignof(Aligned))
  end)

  it("take a union", function()
    assert.equals(16, ffi.sizeof(Either))
    assert.equals(8, ffi.alignof(Either))
  end)

  it("take what ffi.pointer makes", function()
    assert.equals(POINTER, ffi.sizeof(ffi.pointer("i32")))
    assert.equals(POINTER, ffi.sizeof(ffi.pointer(Inner)))
    assert.equals(POINTER, ffi.alignof(ffi.pointer(Inner)))
  end)

  it("agree with the compiler on the fixtures' packed and aligned structs", function()
    local lib = ffi.load(helper.fixture("structs"), {
      size_packed1 = { ret = "usize" }, size_packed2 = { ret = "usize" }, size_aligned16 = { ret = "usize" },
      size_long_rect = { ret = "usize" }, size_short_rect = { ret = "usize" }, size_mixed_rect = { ret = "usize" },
    })
    local packed = { { "a", "u8" }, { "b", "u32" }, { "c", "u16" }, { "d", "f64" } }
    assert.equals(lib.size_packed1(), ffi.sizeof(ffi.struct(packed, { packed = 1 })))
    assert.equals(lib.size_packed2(), ffi.sizeof(ffi.struct(packed, { packed = 2 })))
    assert.equals(lib.size_aligned16(), ffi.sizeof(ffi.struct({ { "a", "u8" }, { "b", "u32" } }, { align = 16 })))
    local function rect(x, y)
      return ffi.struct({ { "left", x }, { "top", y }, { "right", x }, { "bottom", y } })
    end
    assert.equals(lib.size_long_rect(), ffi.sizeof(rect("clong", "clong")))
    assert.equals(lib.size_short_rect(), ffi.sizeof(rect("short", "short")))
    assert.equals(lib.size_mixed_rect(), ffi.sizeof(rect("short", "clong")))
  end)
end)

describe("a pointer-to spelling", function()
  local lib = ffi.load(helper.fixture("numbers"), {
    id_i32 = { args = { "i32*" }, ret = "i32*", name = "id_pointer" },
    id_spaced = { args = { "i32 *" }, ret = "i32 *", name = "id_pointer" },
    id_f64s = { args = { "f64**" }, ret = "f64**", name = "id_pointer" },
    swap = { args = { "i32*", "i32*" }, name = "swap_i32" },
    sum = { args = { "i32*", "usize" }, ret = "i64", name = "sum_i32" },
  })

  for _, row in ipairs(TYPES) do
    for _, spelling in ipairs(row[4]) do
      it(("'%s*' and '%s **' are as large as a pointer"):format(spelling, spelling), function()
        assert.equals(POINTER, ffi.sizeof(spelling .. "*"))
        assert.equals(POINTER, ffi.sizeof(spelling .. " *"))
        assert.equals(POINTER, ffi.sizeof(spelling .. "**"))
        assert.equals(POINTER, ffi.sizeof(spelling .. " **"))
        assert.equals(POINTER, ffi.alignof(spelling .. "*"))
      end)
    end
  end

  it("gives results as TypedPointers of unknown count", function()
    local arena = ffi.arena()
    local block = arena:alloc(8)
    block:write(0, "i32", 11)
    block:write(4, "i32", -12)
    for _, fn in ipairs({ lib.id_i32, lib.id_spaced }) do
      local typed = fn(block)
      assert.equals("TypedPointer", getmetatable(typed))
      assert.equals(4, typed.stride)
      assert.equals(block.addr, typed.addr)
      assert.is_nil(typed.count)
      assert.equals(11, typed[0])
      assert.equals(-12, typed[1])
    end
  end)

  it("gives nil for NULL", function()
    assert.is_nil(lib.id_i32(nil))
    assert.is_nil(lib.id_f64s(ffi.nullPtr))
  end)

  it("takes every kind of pointer", function()
    local arena = ffi.arena()
    local a, b = arena:allocArray("i32", 2), ffi.buffer(8)
    a:write(0, "i32", 1)
    b:write(0, "i32", 2)
    lib.swap(a, b)
    assert.equals(2, a:read(0, "i32"))
    lib.swap(ffi.cast(a, "i32"), b.ptr)
    assert.equals(1, a:read(0, "i32"))
    lib.swap(a.addr, ffi.view(b, ffi.struct({ { "v", "i32" } })))
    assert.equals(2, a:read(0, "i32"))
    assert.equals(1, b:read(0, "i32"))
  end)

  it("reaches through two levels", function()
    local arena = ffi.arena()
    local value, cell = arena:allocType("f64"), arena:allocType("pointer")
    value:write(0, "f64", 2.5)
    cell:write(0, "pointer", value)
    local outer = lib.id_f64s(cell)
    assert.equals("TypedPointer", getmetatable(outer))
    assert.equals(POINTER, outer.stride)
    local inner = outer[0]
    assert.equals(value.addr, inner.addr)
    assert.equals(2.5, inner[0])
  end)

  it("gives TypedPointers to callbacks, and nil for NULL", function()
    local callbacks = ffi.load(helper.fixture("callbacks"), {
      call_ref = { args = { "pointer", "i32" }, ret = "i32" },
      call_ref_null = { args = { "pointer" }, ret = "i32" },
    })
    local seen
    local add_one = ffi.callback(function(cell)
      seen = getmetatable(cell)
      cell[0] = cell[0] + 1
    end, "void", { "i32*" })
    assert.equals(42, callbacks.call_ref(add_one, 41))
    assert.equals("TypedPointer", seen)
    local null = ffi.callback(function(...) return select("#", ...) == 1 and (...) == nil and 5 or 6 end,
      "i32", { "i32*" })
    assert.equals(5, callbacks.call_ref_null(null))
  end)

  it("refuses what is no pointer, naming the type", function()
    fails(function() lib.sum({}, 0) end, "bad argument #1 to 'sum_i32'", "got table")
    fails(function() lib.sum(true, 0) end, "bad argument #1 to 'sum_i32'", "got boolean")
    fails(function() lib.sum(print, 0) end, "bad argument #1 to 'sum_i32'", "got function")
    fails(function() lib.sum(-1, 0) end, "bad argument #1 to 'sum_i32'")
    assert.equals(0, lib.sum(nil, 0))
  end)
end)

describe("ffi.pointer", function()
  local Point = ffi.struct({ { "x", "f64" }, { "y", "f64" } })
  local PointPtr = ffi.pointer(Point)

  it("of a type name is the pointer-to spelling", function()
    local lib = ffi.load(helper.fixture("numbers"), {
      id = { args = { ffi.pointer("i32") }, ret = ffi.pointer("i32"), name = "id_pointer" },
    })
    local block = ffi.arena():allocType("i32")
    block:write(0, "i32", 77)
    local typed = lib.id(block)
    assert.equals("TypedPointer", getmetatable(typed))
    assert.equals(4, typed.stride)
    assert.equals(77, typed[0])
    assert.is_nil(lib.id(nil))
  end)

  it("of a struct gives results as StructViews, and nil for NULL", function()
    local lib = ffi.load(helper.fixture("structs"), {
      point_static = { ret = PointPtr },
      point_none = { ret = PointPtr },
      point_add = { args = { PointPtr, PointPtr, PointPtr } },
    })
    local view = lib.point_static()
    assert.equals("StructView", getmetatable(view))
    assert.equals(1, view.x)
    assert.equals(2, view.y)
    assert.is_nil(lib.point_none())

    local sum = Point:new()
    lib.point_add(view, Point:new({ 10, 20 }), sum)
    assert.equals(11, sum.x)
    assert.equals(22, sum.y)
  end)

  it("of a struct gives StructViews to callbacks", function()
    local lib = ffi.load(helper.fixture("callbacks"), {
      call_point_ref = { args = { "pointer", "f64", "f64" }, ret = "f64" },
    })
    local callback = ffi.callback(function(point)
      assert(getmetatable(point) == "StructView")
      local product = point.x * point.y
      point.x, point.y = 100, 1000
      return product
    end, "f64", { PointPtr })
    assert.equals(12 + 1100, lib.call_point_ref(callback, 3, 4))
  end)

  it("may point to a pointer", function()
    assert.equals(POINTER, ffi.sizeof(ffi.pointer(PointPtr)))
    assert.equals(POINTER, ffi.sizeof(ffi.pointer("i32*")))
    local cell = ffi.arena():allocType("pointer")
    local point = Point:new({ 3, 4 })
    cell:write(0, "pointer", point)
    assert.equals(3, ffi.cast(cell, PointPtr)[0].x)
  end)

  it("refuses what is no type", function()
    fails(function() ffi.pointer("foo") end, "bad argument #1 to 'pointer'", "unknown type 'foo'")
    fails(function() ffi.pointer(5) end, "bad argument #1 to 'pointer'", "type expected, got number")
    fails(function() ffi.pointer(nil) end, "bad argument #1 to 'pointer'", "type expected, got nil")
    fails(function() ffi.pointer({}) end, "bad argument #1 to 'pointer'", "type expected, got table")
  end)
end)

describe("a reference parameter", function()
  local path = helper.fixture("numbers")

  -- The last n results: cells stand after the function's own result.
  local function cells(n, ...)
    local count = select("#", ...)
    return select(count - n + 1, ...)
  end

  local increments = {
    { "i8", 5, 6 }, { "i8", -1, 0 }, { "i8", 127, -128 }, { "u8", 255, 0 }, { "i16", 32767, -32768 },
    { "u16", 65535, 0 }, { "i32", 2147483647, -2147483648 }, { "u32", 4294967295, 0 },
    { "i64", -1, 0 }, { "u64", 5, 6 }, { "isize", -2, -1 }, { "usize", 0, 1 }, { "f32", 0.5, 1.5 },
    { "f64", 0.25, 1.25 }, { "bool", true, false }, { "bool", false, true },
  }
  for _, case in ipairs(increments) do
    local name, before, after = helper.unpack(case)
    it(("'ref %s' passes a cell with %s and returns what C left there"):format(name, tostring(before)), function()
      local lib = ffi.load(path, {
        increment = { args = { "ref " .. name }, name = "increment_" .. name },
      })
      assert.equals(after, cells(1, lib.increment(before)))
    end)
  end

  it("takes every spelling of its type", function()
    local lib = ffi.load(path, {
      increment = { args = { "ref int" }, name = "increment_i32" },
    })
    assert.equals(42, cells(1, lib.increment(41)))
  end)

  it("keeps 64 bits exactly", function()
    local lib = ffi.load(path, {
      out_u64 = { args = { "ref u64" } },
      out_i64 = { args = { "ref i64" } },
      increment_i64 = { args = { "ref i64" } },
    })
    helper.is_integer(cells(1, lib.out_u64(0)), "18446744073709551615")
    helper.is_integer(cells(1, lib.out_i64(0)), "-9223372036854775808")
    helper.is_integer(cells(1, lib.increment_i64(helper.i64("9007199254740992"))), "9007199254740993")
  end)

  it("starts at zero for nil", function()
    local lib = ffi.load(path, {
      increment_i32 = { args = { "ref i32" } },
      out_f64 = { args = { "ref f64" } },
      out_bool = { args = { "ref bool" } },
    })
    assert.equals(1, cells(1, lib.increment_i32(nil)))
    assert.equals(2.5, cells(1, lib.out_f64(nil)))
    assert.is_true(cells(1, lib.out_bool(nil)))
  end)

  it("appends its value to the result, in the order of the parameters", function()
    local lib = ffi.load(path, {
      divide = { args = { "i32", "i32", "ref i32", "ref i32" }, ret = "bool" },
      sum_refs = { args = { "ref i32", "i32", "ref i32" }, ret = "i32" },
      swap_i32 = { args = { "ref i32", "ref i32" } },
    })
    assert.same({ n = 3, true, 3, 2 }, helper.pack(lib.divide(17, 5, nil, nil)))
    assert.same({ n = 3, false, 8, 9 }, helper.pack(lib.divide(17, 0, 8, 9)))
    assert.same({ n = 3, 6, 10, 30 }, helper.pack(lib.sum_refs(1, 2, 3)))
    assert.same({ n = 2, 20, 10 }, helper.pack(cells(2, lib.swap_i32(10, 20))))
  end)

  it("gives a pointer that C stored, and nil for NULL", function()
    local lib = ffi.load(path, {
      out_pointer = { args = { "ref pointer" } },
      out_null = { args = { "ref pointer" } },
    })
    local pointer = cells(1, lib.out_pointer(nil))
    assert.equals(1234, ffi.read(pointer, 0, "i32"))
    local block = ffi.arena():alloc(1)
    assert.same({ n = 1 }, helper.pack(cells(1, lib.out_null(block))))
  end)

  it("is the pointed-to value in a callback, nil for NULL", function()
    local lib = ffi.load(helper.fixture("callbacks"), {
      call_ref = { args = { "pointer", "i32" }, ret = "i32" },
      call_ref_null = { args = { "pointer" }, ret = "i32" },
    })
    local seen
    local callback = ffi.callback(function(value) seen = value end, "void", { "ref i32" })
    assert.equals(-9, lib.call_ref(callback, -9))
    assert.equals(-9, seen)
    local null = ffi.callback(function(...) return select("#", ...) == 1 and (...) == nil and 5 or 6 end,
      "i32", { "ref i32" })
    assert.equals(5, lib.call_ref_null(null))
  end)

  it("checks its value as the type does", function()
    local lib = ffi.load(path, { increment_u8 = { args = { "ref u8" } } })
    fails(function() lib.increment_u8(256) end, "bad argument #1 to 'increment_u8'", "out of range -128..255")
    fails(function() lib.increment_u8("x") end, "bad argument #1 to 'increment_u8'", "got string")
    fails(function() lib.increment_u8({}) end, "bad argument #1 to 'increment_u8'", "got table")
    assert.equals(8, cells(1, lib.increment_u8(7)))
  end)

  it("does not exist for void, strings and unknown types", function()
    for _, name in ipairs({ "ref void", "ref string", "ref foo", "ref ", "ref ref i32" }) do
      fails(function() ffi.load(path, { noop = { args = { name } } }) end)
    end
  end)

  it("is no type of results, fields and memory", function()
    local block = ffi.arena():alloc(16)
    fails(function() ffi.load(path, { id_i32 = { args = { "i32" }, ret = "ref i32" } }) end)
    fails(function() ffi.callback(function() end, "ref i32", {}) end, "bad argument #2 to 'callback'")
    fails(function() ffi.struct({ { "f", "ref i32" } }) end, "bad argument #1 to 'struct'")
    fails(function() ffi.read(block, 0, "ref i32") end, "bad argument #3 to 'read'")
    fails(function() ffi.write(block, 0, "ref i32", 1) end, "bad argument #3 to 'write'")
    fails(function() ffi.cast(block, "ref i32") end, "bad argument #2 to 'cast'")
  end)
end)

describe("void", function()
  local block = ffi.arena():alloc(8)

  it("reads as nil and writes nothing", function()
    ffi.fill(block, 8, 0xAA)
    assert.is_nil(ffi.read(block, 0, "void"))
    assert.is_nil(block:read(8, "void"))
    ffi.write(block, 0, "void", 255)
    block:write(0, "void", "anything")
    assert.equals(("\170"):rep(8), ffi.string(block, 8))
  end)

  it("is refused as an element, a field, an allocation and a parameter", function()
    fails(function() ffi.cast(block, "void") end, "bad argument #2 to 'cast'", "void")
    fails(function() ffi.struct({ { "f", "void" } }) end, "bad argument #1 to 'struct'", "void")
    fails(function() ffi.arena():allocType("void") end, "bad argument #1 to 'allocType'")
    fails(function() ffi.arena():allocArray("void", 4) end, "bad argument #1 to 'allocArray'")
    fails(function() ffi.callback(function() end, "void", { "void" }) end, "bad argument #3 to 'callback'", "void")
    local C = ffi.open(helper.fixture("numbers"))
    fails(function() C:call("noop", "void", { "void" }, 1) end, "void")
    fails(function() ffi.load(C.path, { noop = { args = { "void" } } }) end, "void")
  end)
end)

describe("A name with many refs", function()
  for _, count in ipairs({ 2, 1000000 }) do
    it("is refused: " .. count, function()
      local name = ("ref "):rep(count) .. "int"
      fails(function() ffi.sizeof(name) end, "bad argument #1 to 'sizeof'", "unknown type 'ref ref")
    end)
  end
end)
