-- Numbers that are no primitives, by their C names: 128-bit integers, long doubles, quads, halves. They are
-- plain and exact numbers, as far as Lua has such; what it has not raises.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local luajit = require("lunaffi.luajit")

local fails, is_integer = helper.fails, helper.is_integer

local I, S = "__int128", "i64"
local wide = ffi.load(helper.fixture("wide"), {
  wide_add = { args = { I, I }, ret = I },
  wide_mul = { args = { "unsigned __int128", "unsigned __int128" }, ret = "unsigned __int128" },
  wide_stack = { args = { S, S, S, S, S, S, "i8", I, "i8", I }, ret = I },
  wide_sum = { args = { "int", "..." }, ret = I },
  wide_call = { args = { "pointer", I, I }, ret = I },
  half_add = { args = { "_Float16", "_Float16" }, ret = "_Float16" },
  half_call = { args = { "pointer", "_Float16" }, ret = "_Float16" },
  quad_mul = { args = { "__float128", "__float128" }, ret = "__float128" },
})

ffi.cdef([[
  struct lw_all { __int128 a; long double b; _Float16 c[3]; __int128 d : 70; unsigned __int128 e : 128; _Decimal32 f; };
]])

describe("a 128-bit integer", function()
  it("is an argument and a result", function()
    is_integer(wide.wide_add(5, "18446744073709551610"), "18446744073709551615")
    is_integer(wide.wide_add(-5, 3), "-2")
    is_integer(wide.wide_add(1.5, 2.9), "3")
    is_integer(wide.wide_mul("4294967296", 2147483648), "9223372036854775808")
    is_integer(wide.wide_stack(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), "99079")
    is_integer(wide.wide_sum(2, { I, 5 }, { I, -7 }), "-2")
    assert.equals("__int128 wide_add(__int128, __int128)", ffi.signature(wide.wide_add))
  end)

  it("is never cut to 64 bits", function()
    fails(function() wide.wide_add("18446744073709551615", 1) end, "the integer has more than 64 bits")
    fails(function() wide.wide_add("-9223372036854775808", -1) end, "the integer has more than 64 bits")
    -- What comes between is exact.
    is_integer(wide.wide_add(1e38, -1e38), "0")
    local box = luajit.new("__int128[1]", luajit.new("__int128", 2) ^ 100)
    fails(function() ffi.read(ffi.ptr(box), 0, I) end, "the integer has more than 64 bits")
    fails(function() wide.wide_add(box[0], 0) end, "the integer has more than 64 bits")
    is_integer(wide.wide_add(box[0], -(box[0] - 5)), "5")
    local doubles = ffi.arena():alloc(8)
    doubles:write(0, "f64", luajit.new("__int128", 2) ^ 100)
    assert.equals(2 ^ 100, doubles:read(0, "f64"))
    fails(function() doubles:write(0, "f64", luajit.new("__int128", 2) ^ 100 + 1) end, "not exact as a double")
    fails(function() doubles:write(0, "i64", luajit.new("__int128", 2) ^ 100) end, "out of range")
    fails(function() doubles:write(0, "i64", luajit.new("unsigned __int128", -1)) end, "i64 expected")
  end)

  it("refuses what is no integer", function()
    fails(function() wide.wide_add("x", 1) end, "bad argument #1 to 'wide_add' (__int128 expected, got string)")
    fails(function() wide.wide_add(1, 0 / 0) end,
      "bad argument #2 to 'wide_add' (__int128 expected, got", "not an integer")
    fails(function() wide.wide_add(2e38, 0) end,
      "bad argument #1 to 'wide_add' (integer expected, got 2e+38: out of range")
    fails(function() wide.wide_add({}, 0) end, "__int128 expected, got table")
    fails(function() wide.wide_add(nil, 0) end, "__int128 expected, got nil")
  end)

  it("goes to callbacks and comes from them", function()
    local callback = ffi.callback(function(x, p, y, q) return p * x + q * y end, I, { S, I, "i32", I })
    is_integer(wide.wide_call(callback, 100, 5), "321")
    fails(function() wide.wide_call(callback, luajit.new("__int128", 2) ^ 100, 5) end, "more than 64 bits")
  end)
end)

describe("a float of another size", function()
  it("is an argument and a result", function()
    assert.equals(3.5, wide.half_add(1.5, 2))
    assert.equals(1.5, wide.quad_mul(3, 0.5))
    local sqrtl = ffi.load("libm.so.6", { sqrtl = { args = { "long double" }, ret = "long double" } }).sqrtl
    assert.equals(math.sqrt(2), sqrtl(2))
    local product = ffi.callback(function(a, b) return a * b end, "_Float16", { "_Float16", "i32" })
    assert.equals(4, wide.half_call(product, 1.5))
  end)

  it("takes integers that it holds", function()
    local memory = ffi.arena():alloc(16)
    memory:write(0, "long double", "9223372036854775807")
    assert.equals(2 ^ 63, memory:read(0, "long double"))
    is_integer(memory:read(0, "u64"), "18446744073709551614")
    fails(function() memory:write(0, "long double", luajit.new("__int128", 2) ^ 100 + 1) end, "not exact")
    fails(function() memory:write(0, "long double", "x") end, "long double expected, got string")
    memory:write(0, "_Float16", 0.1)
    assert.equals(0.0999755859375, memory:read(0, "_Float16"))
  end)
end)

describe("in memory they", function()
  it("are fields, elements and bit-fields", function()
    local all = ffi.cast(ffi.arena():alloc(ffi.sizeof("struct lw_all")), "struct lw_all")
    all.a, all.b, all.c, all.d, all.e = -5, 2.5, { 1, 2, 3 }, -7, "18446744073709551615"
    is_integer(all.a, "-5")
    assert.equals(2.5, all.b)
    assert.equals("1 2 3", ("%g %g %g"):format(all.c[0], all.c[1], all.c[2]))
    is_integer(all.d, "-7")
    is_integer(all.e, "18446744073709551615")
    fails(function() all.d = 1e38 end, "field 'd'", "out of range")
    is_integer(all.d, "-7")
    -- What has no values is bytes.
    assert.equals("u8", tostring(all.f):match("<(%w+)>"))
    local Pair = ffi.struct({ { "n", I }, { "x", "long double", 2 } })
    assert.equals(48, Pair.size)
    local pair = Pair:new({ n = 7, x = { 1.5, 2.5 } })
    is_integer(pair.n, "7")
    assert.equals(2.5, pair.x[1])
    local list = ffi.cast(ffi.arena():alloc(48), I)
    list[0], list[1] = 5, -1
    is_integer(list[1], "-1")
    assert.equals(3, list.count)
  end)

  it("have sizes, alignments and pointers", function()
    assert.equals("16 16 2 16", ("%d %d %d %d"):format(ffi.sizeof(I), ffi.alignof(I), ffi.sizeof("__bf16"),
      ffi.sizeof("long double")))
    assert.equals("__int128*", tostring(ffi.pointer(I)))
  end)
end)

describe("an integer of any number of bits", function()
  it("takes what either reading of them holds, and reads as its own", function()
    ffi.cdef("struct lw_bits { char c; _BitInt(7) a; unsigned _BitInt(12) b; _BitInt(33) d; };")
    local view = ffi.cast(ffi.arena():alloc(24), "struct lw_bits")
    for value, read in pairs({ [-64] = -64, [63] = 63, [64] = -64, [127] = -1 }) do
      view.a = value
      assert.equals(read, view.a)
    end
    view.b, view.d = 4095, -4294967296
    assert.same({ 4095, -4294967296 }, { view.b, tonumber(tostring(view.d)) })
    for _, value in ipairs({ 128, -65 }) do
      fails(function() view.a = value end, "bad value for field 'a'", "out of range -64..127")
    end
    fails(function() view.b = 4096 end, "out of range -2048..4095")
    local numbers = ffi.load(helper.fixture("numbers"), {
      add = { args = { "_BitInt(7)", "_BitInt(7)" }, ret = "_BitInt(7)" },
    })
    assert.same({ 4, -64 }, { numbers.add(7, -3), numbers.add(63, 1) })
    fails(function() numbers.add(200, 1) end, "bad argument #1 to 'add'", "out of range -64..127")
  end)
end)
