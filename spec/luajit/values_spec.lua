-- Values where Lua's versions differ from LuaJIT's, and what the rest of lunaffi has to do with
-- cdata: integers of Lua 5.3 and later, the mode of 64-bit integers, objects of the Lune API.

local ffi = require("lunaffi.luajit")
local lune = require("lunaffi")
local helper = require("spec.helper")

local fails = helper.fails

ffi.cdef([[
struct va_all {
  bool flag; int8_t i8; uint8_t u8; int16_t i16; uint16_t u16; int32_t i32; uint32_t u32; int64_t i64;
  uint64_t u64; float f; double d; long double ld; void *p; int32_t low:5; uint64_t wide:40; int64_t sign:33;
};
typedef long double va_ld_array[2];
struct va_pair { int32_t x; double y; };
]])

local function text(value)
  return tostring(ffi.i64(value)):gsub("LL$", "")
end

describe("numbers of C", function()
  it("are integers of Lua where it has them, and floats where C has", function()
    local all = ffi.new("struct va_all", { i8 = -1, u8 = 255, i16 = -2, u16 = 65535, i32 = -3, u32 = 2 ^ 32 - 1 })
    all.f, all.d = 1.5, 3
    for name, expected in pairs({ i8 = -1, u8 = 255, i16 = -2, u16 = 65535, i32 = -3, u32 = 4294967295 }) do
      assert.equals(expected, all[name])
      if helper.has_integers then
        assert.equals("integer", math.type(all[name]))
      end
    end
    if helper.has_integers then
      assert.equals("float", math.type(all.f))
      assert.equals("float", math.type(all.d))
    end
    assert.equals(3, all.d)
  end)

  it("have as many bits as C says", function()
    ffi.cdef([[
      typedef _BitInt(7) va_i7; typedef unsigned _BitInt(12) va_u12;
      struct va_bits { char c; va_i7 a; va_u12 b; _BitInt(33) d; unsigned _BitInt(63) e; va_i7 f[2]; va_i7 g : 3; };
      static const va_i7 VA_WRAPPED = 200;
      enum va_small : uint8_t; typedef enum va_small : uint8_t { VA_NONE, VA_MANY = 200 } va_small_t;
      va_i7 va_add(va_i7, va_i7) __asm__("add"); va_i7 va_apply(va_i7 (*)(va_i7), va_i7) __asm__("dc_call_twice");
    ]])
    local all = ffi.new("struct va_bits", { 1, -5, 4095, -4294967296, 2 ^ 62, { -64, 63 }, -2 })
    assert.same({ 1, -5, 4095, -64, 63, -2 }, { all.c, all.a, all.b, all.f[0], all.f[1], all.g })
    assert.same({ "-4294967296", "4611686018427387904ULL" }, { text(all.d), tostring(ffi.u64(all.e)) })
    for value, wrapped in pairs({ [64] = -64, [-65] = 63, [128] = 0, [200] = -56, [-1] = -1 }) do
      all.a = value
      assert.equals(wrapped, all.a)
      assert.equals(wrapped, ffi.tonumber(ffi.new("va_i7", value)))
      assert.equals(tostring(wrapped), tostring(ffi.cast("va_i7", value)))
    end
    all.b = -1
    assert.equals(4095, all.b)
    assert.equals(-56, ffi.C.VA_WRAPPED)
    assert.same({ 1, 2, 8, 16, 8 }, { ffi.sizeof("va_i7"), ffi.sizeof("va_u12"), ffi.sizeof("_BitInt(33)"),
      ffi.sizeof("_BitInt(100)"), ffi.alignof("_BitInt(100)") })
    assert.equals("ctype<unsigned _BitInt(12) *>", tostring(ffi.typeof("va_u12 *")))
    assert.equals("-4", text(ffi.new("va_i7", -5) + 1))
    local numbers, declared = ffi.load(helper.fixture("numbers")), ffi.load(helper.fixture("declared"))
    assert.same({ 4, -64 }, { numbers.va_add(7, -3), numbers.va_add(63, 1) })
    assert.equals(-55, declared.va_apply(function(value) return value - 1 end, -53))
    local small = ffi.new("va_small_t[2]", { "VA_MANY", 300 })
    assert.same({ 2, 200, 44 }, { ffi.sizeof(small), ffi.tonumber(small[0]), ffi.tonumber(small[1]) })
  end)

  it("are rounded once where a text spells them", function()
    ffi.cdef([[
      static const double VA_LEAST = 0x1p-1074, VA_SMALL = 0x1.8p-1023, VA_LONG = 0x1.000000000000080000001p0;
      static const double VA_TIE = 0x1.00000000000008p0, VA_MOST = 0x1.fffffffffffff8p1023, VA_ZERO = 0x1p-1075;
      static const float VA_FLOAT = 0x1.0000010000000001p0f;
      static const float VA_CUT = 0x1.0000010000000001p0; static const double VA_SUFFIX = 0.1f;
      static const double VA_TWICE = 0x1.00000000000007ffffp0L; static const long double VA_WIDE = 0.1L;
      static const double VA_SUM = (VA_WIDE - 0.1) * 0x1p60L; static const int VA_SEPARATED = 1'000'000;
    ]])
    local C = ffi.C
    assert.same({ 4.9406564584124654e-324, 2 ^ -1023 * 1.5, 1 + 2 ^ -52 }, { C.VA_LEAST, C.VA_SMALL, C.VA_LONG })
    assert.same({ 1, math.huge, 0 }, { C.VA_TIE, C.VA_MOST, C.VA_ZERO })
    assert.same({ 1 + 2 ^ -23, 1, 0.10000000149011612 }, { C.VA_FLOAT, C.VA_CUT, C.VA_SUFFIX })
    assert.equals(0.1, C.VA_WIDE)
    assert.equals(1000000, C.VA_SEPARATED)
    if ffi.abi("64bit") and ffi.arch == "x64" then
      -- gcc rounds a long double's constant first to that type.
      assert.equals(1, C.VA_TWICE)
      assert.equals(-6.3984375, C.VA_SUM)
    end
    assert.equals(1 + 2 ^ -52, ffi.eval("0x1.000000000000080000001p0"))
    assert.equals(-1.5, ffi.eval("-1.5i").im)
    for _, bad in ipairs({ "1''0", "0x'1", "1'.5", "1.5'", "0x1.8", "0x1p", "09", "1e", "1.0x", "0b12" }) do
      fails(function() ffi.cdef("static const double VA_BAD = " .. bad .. ";") end)
    end
  end)

  it("take an integer of 64 bits exactly", function()
    local all = ffi.new("struct va_all")
    if helper.has_integers then
      all.i64 = math.maxinteger
      assert.equals("9223372036854775807LL", tostring(all.i64))
      all.u64 = math.mininteger
      assert.equals("9223372036854775808ULL", tostring(all.u64))
      all.d = math.maxinteger
      assert.equals(2 ^ 63, all.d)
    end
    all.i64 = ffi.i64("0x7fffffffffffffff")
    assert.equals("9223372036854775807LL", tostring(all.i64))
    all.u64 = all.i64
    assert.equals("9223372036854775807ULL", tostring(all.u64))
  end)

  it("wrap, and cut fractions off", function()
    local all = ffi.new("struct va_all")
    for _, case in ipairs({
      { "i8", 300, 44 },
      { "u8", -1, 255 },
      { "i16", 40000, -25536 },
      { "u16", -1.9, 65535 },
      { "i32", 2 ^ 31, -2 ^ 31 },
      { "u32", -1, 2 ^ 32 - 1 },
      { "i32", 3.99, 3 },
      { "i32", -3.99, -3 },
    }) do
      all[case[1]] = case[2]
      assert.equals(case[3], all[case[1]])
    end
    all.u64 = -1
    assert.equals("18446744073709551615ULL", tostring(all.u64))
    all.u64 = 2 ^ 63
    assert.equals("9223372036854775808ULL", tostring(all.u64))
  end)

  it("cut fractions off in each member of an array of structs", function()
    local count = 400 * 400
    local image = ffi.new("struct { uint8_t red, green, blue, alpha; }[?]", count)
    assert.equals(4 * count, ffi.sizeof(image))
    local step = 255 / (count - 1)
    for i = 0, count - 1 do
      image[i].green = i * step
      image[i].alpha = 255
    end
    for i = 0, count - 1 do
      local grey = 0.3 * image[i].red + 0.59 * image[i].green + 0.11 * image[i].blue
      image[i].red, image[i].green, image[i].blue = grey, grey, grey
    end
    for i = 0, count - 1, 997 do
      local grey = math.floor(0.59 * math.floor(i * step))
      local pixel = image[i]
      assert.same({ grey, grey, grey, 255 }, { pixel.red, pixel.green, pixel.blue, pixel.alpha })
    end
  end)

  it("of long double are the nearest doubles", function()
    local all = ffi.new("struct va_all")
    for _, value in ipairs({ 0, 1, -1.5, 0.1, 1e300, -1e-300, 2 ^ 1023, 5e-324, 1 / 0 }) do
      all.ld = value
      assert.equals(value, all.ld)
    end
    all.ld = 0 / 0
    assert.is_true(all.ld ~= all.ld)
    all.ld = ffi.i64(7)
    assert.equals(7, all.ld)
    local pair = ffi.new("va_ld_array", { 1.25, 2.5 })
    assert.equals(2.5, pair[1])
    assert.equals(1.25, ffi.tonumber(ffi.new("long double", pair[0])))
    fails(function()
      all.ld = "1"
    end, "cannot convert 'string' to 'long double'")
  end)

  it("in bit-fields of 64-bit types are 64-bit integers, and leave their neighbours alone", function()
    local all = ffi.new("struct va_all", { low = -1 })
    all.wide = 2 ^ 40 - 1
    all.sign = -1
    assert.equals("1099511627775ULL", tostring(all.wide))
    assert.equals("-1LL", tostring(all.sign))
    all.wide = 0
    assert.equals("-1LL", tostring(all.sign))
    assert.equals(-1, all.low)
    all.low = 15.9
    assert.equals(15, all.low)
    all.low = 16
    assert.equals(-16, all.low)
    assert.equals("0ULL", tostring(all.wide))
  end)
end)

describe("ffi.int64", function()
  after_each(function()
    ffi.int64("boxed")
  end)

  it("tells the mode, which is 'boxed' at first", function()
    assert.equals("boxed", ffi.int64())
    for _, bad in ipairs({ "Native", 1, false }) do
      fails(function()
        ffi.int64(bad)
      end, "bad argument #1 to 'int64'")
    end
    assert.equals("boxed", ffi.int64())
  end)

  if helper.has_integers then
    it("'native': 64-bit integers are Lua's own where it can hold them", function()
      local all = ffi.new("struct va_all", { i64 = -5, u64 = 7 })
      assert.equals("native", ffi.int64("native"))
      assert.equals(-5, all.i64)
      assert.equals("integer", math.type(all.i64))
      assert.equals(7, all.u64)
      all.i64 = math.mininteger
      assert.equals(math.mininteger, all.i64)
      all.u64 = math.maxinteger
      assert.equals(math.maxinteger, all.u64)
      all.u64 = -1
      assert.equals("18446744073709551615ULL", tostring(all.u64))
      all.sign = -9
      assert.equals(-9, all.sign)
      -- What is asked for as cdata stays so, and so does what is computed with it.
      assert.equals("5LL", tostring(ffi.new("int64_t", 5)))
      assert.equals("6LL", tostring(ffi.new("int64_t", 5) + 1))
      ffi.int64("boxed")
      assert.equals("-9LL", tostring(all.sign))
    end)
  else
    it("refuses 'native' where numbers are doubles", function()
      fails(function()
        ffi.int64("native")
      end, "native 64-bit integers need Lua 5.3 or later")
      assert.equals("boxed", ffi.int64())
    end)
  end
end)

describe("ffi.tonumber", function()
  it("gives an integer where Lua has them and the value fits, else a float", function()
    if helper.has_integers then
      assert.equals("integer", math.type(ffi.tonumber(ffi.i64("-9223372036854775808"))))
      assert.equals(math.maxinteger, ffi.tonumber(ffi.u64("9223372036854775807")))
      assert.equals("float", math.type(ffi.tonumber(ffi.u64("9223372036854775808"))))
    end
    assert.equals(2 ^ 63, ffi.tonumber(ffi.u64("9223372036854775808")))
    assert.equals(18446744073709551616, ffi.tonumber(ffi.u64(-1)))
    assert.equals(1, ffi.tonumber(ffi.new("bool", true)))
    assert.equals(1.5, ffi.tonumber(ffi.new("float", 1.5)))
    assert.is_nil(ffi.tonumber(ffi.new("int *")))
    assert.is_nil(ffi.tonumber(ffi.new("struct va_pair")))
  end)

  it("is Lua's own for other values", function()
    assert.equals(511, ffi.tonumber("777", 8))
    assert.equals(16, ffi.tonumber("0x10"))
    assert.is_nil(ffi.tonumber("x"))
    assert.is_nil(ffi.tonumber({}))
    assert.equals(12, ffi.number("12"))
  end)
end)

describe("literals", function()
  it("come from text and numbers", function()
    assert.equals("-9223372036854775808LL", tostring(ffi.i64("-9223372036854775808")))
    assert.equals("18446744073709551615ULL", tostring(ffi.u64("0xffffffffffffffff")))
    assert.equals("-1LL", tostring(ffi.i64("0xffffffffffffffff")))
    assert.equals("42LL", tostring(ffi.eval("42LL")))
    assert.equals("42ULL", tostring(ffi.eval(" 0x2AuLl ")))
    assert.equals("0+1.5i", tostring(ffi.eval("1.5i")))
    assert.equals(7, ffi.eval("7"))
    assert.equals(0.5, ffi.eval("0.5"))
    assert.equals("3LL", text(3.9) .. "LL")
    for _, bad in ipairs({ "", "LL", "x", "1.5LL", "i", "1 2" }) do
      fails(function()
        ffi.eval(bad)
      end, "bad argument #1 to 'eval'")
    end
    for _, bad in ipairs({ "x", "", "1.5" }) do
      fails(function()
        ffi.i64(bad)
      end, "bad argument #1 to 'i64'")
    end
    fails(function()
      ffi.u64({})
    end, "bad argument #1 to 'u64' (number expected, got table)")
  end)
end)

describe("the Lune API and cdata", function()
  it("take each other's pointers", function()
    local array = ffi.new("int32_t[3]", { 1, 2, 3 })
    assert.equals(2, lune.read(array, 4, "i32"))
    lune.write(array, 8, "i32", 9)
    assert.equals(9, array[2])
    assert.is_false(lune.isNull(array))
    assert.is_true(lune.isNull(ffi.nullptr))
    local typed = lune.cast(array, "i32")
    assert.equals(9, typed[2])
    array = nil -- luacheck: ignore 311
    helper.collect()
    assert.equals(1, typed[0])
    local back = ffi.cast("int32_t *", typed)
    typed = nil -- luacheck: ignore 311
    helper.collect()
    assert.equals(2, back[1])
    fails(function()
      local _ = back[3]
    end, "out of bounds")
  end)

  it("take each other's numbers", function()
    assert.equals("7LL", tostring(ffi.i64(lune.int64(7))))
    local boxed = lune.uint64("18446744073709551615")
    assert.equals("18446744073709551615ULL", tostring(ffi.new("uint64_t", boxed)))
    assert.equals("18446744073709551615ULL", tostring(ffi.i64(0) + boxed))
    assert.equals("18446744073709551614", tostring(boxed - ffi.i64(1)))
    local buffer = ffi.new("int64_t[1]")
    lune.write(buffer, 0, "i64", ffi.i64("-9223372036854775808"))
    assert.equals("-9223372036854775808LL", tostring(buffer[0]))
    lune.write(buffer, 0, "i32", ffi.new("int", 5))
    assert.equals(5, lune.read(buffer, 0, "i32"))
    fails(function()
      lune.write(buffer, 0, "i32", ffi.u64(-1))
    end, "out of range")
  end)

  it("share struct definitions and views", function()
    local Pair = lune.struct({ { "x", "i32" }, { "y", "f64" } })
    local object = ffi.new(Pair, 3, 2.5)
    assert.equals(2.5, object.y)
    local view = Pair:new({ x = 7, y = 1.5 })
    local copy = ffi.new(Pair, view)
    assert.equals(7, copy.x)
    view.x = 8
    assert.equals(7, copy.x)
    assert.equals(8, ffi.cast(ffi.typeof("$ *", ffi.typeof(Pair)), view).x)
    local over = lune.view(object, Pair)
    over.x = 11
    assert.equals(11, object.x)
    object = nil -- luacheck: ignore 311
    helper.collect()
    assert.equals(11, over.x)
    assert.is_true(ffi.istype(Pair, copy))
  end)

  it("a pointer into an arena ends with it, for cdata too", function()
    local arena = lune.arena()
    local bytes = ffi.cast("int32_t *", arena:alloc(16))
    bytes[3] = 7
    assert.equals(7, bytes[3])
    fails(function()
      local _ = bytes[4]
    end, "out of bounds")
    local pointer = bytes + 1
    arena:reset()
    for _, use in ipairs({
      function()
        return pointer[0]
      end,
      function()
        pointer[0] = 1
      end,
      function()
        return ffi.string(pointer, 4)
      end,
      function()
        ffi.fill(pointer, 4)
      end,
      function()
        return ffi.new("int32_t *", pointer)
      end,
    }) do
      fails(function()
        use()
        return nil
      end, "use after reset of the arena")
    end
    -- A table that resets the arena while a struct is being made of it.
    local pair = ffi.cast("struct va_pair *", arena:alloc(64))
    pair[1] = { x = 1, y = 2 }
    assert.equals(2, pair[1].y)
  end)
end)
