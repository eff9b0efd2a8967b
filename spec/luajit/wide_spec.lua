-- Numbers that are no primitives (128-bit integers, halves, quads, long doubles), vectors and complex
-- numbers: their values, and how they go by value. Against what gcc makes of the same in c_tests/wide.c.

local ffi = require("lunaffi.luajit")
local bit = require("lunaffi.bit")
local helper = require("spec.helper")

local fails = helper.fails
local unpack = helper.unpack

ffi.cdef([[
typedef __int128 i128;
typedef unsigned __int128 u128;
typedef int v2i __attribute__((vector_size(8)));
typedef float v2f __attribute__((vector_size(8)));
typedef int v4i __attribute__((vector_size(16)));
typedef float v4f __attribute__((vector_size(16)));
typedef double v2d __attribute__((vector_size(16)));
typedef unsigned char v16b __attribute__((vector_size(16)));
]])

-- The fixture's own text is its declarations.
do
  local file = assert(io.open("c_tests/wide.c"))
  local text = file:read("*a")
  file:close()
  text = text:gsub("/%*.-%*/", ""):gsub("#[^\n]*", ""):gsub("typedef[^\n]*", "")
  ffi.cdef(text)
end

local wide = ffi.load(helper.fixture("wide"))
local I, U = ffi.typeof("i128"), ffi.typeof("u128")

-- The elements of a vector or array as text.
local function elements(v, count)
  local list = {}
  for i = 0, count - 1 do
    list[#list + 1] = ("%g"):format(ffi.tonumber(v[i]))
  end
  return table.concat(list, " ")
end

local function vector(ty, ...)
  return ffi.new(ty, { ... })
end

-- A 128-bit integer by its halves.
local function i128(high, low)
  return I(high) * I(2) ^ 64 + U(ffi.u64(low))
end

describe("a 128-bit integer", function()
  it("is made of numbers of all kinds", function()
    assert.equals("5", tostring(I(5)))
    assert.equals("-5", tostring(I(-5.9)))
    assert.equals("1", tostring(I(true)))
    assert.equals("340282366920938463463374607431768211455", tostring(U(-1)))
    assert.equals("9223372036854775807", tostring(I(ffi.i64("9223372036854775807"))))
    assert.equals("18446744073709551615", tostring(I(ffi.u64("18446744073709551615"))))
    assert.equals("-9223372036854775808", tostring(I(ffi.i64("-9223372036854775808"))))
    assert.equals("7", tostring(I(ffi.new("enum { WIDE_SIX = 6, WIDE_SEVEN }", "WIDE_SEVEN"))))
    assert.equals("2", tostring(I(ffi.new("long double", 2.5))))
    assert.equals("12", tostring(I(U(12))))
    assert.equals("16", tostring(ffi.cast("i128", ffi.cast("void *", 16))))
    assert.equals("-3", tostring(ffi.cast("i128", -3)))
    assert.equals("0", tostring(I()))
  end)

  it("refuses what is no number", function()
    fails(function() I("5") end, "cannot convert 'string' to 'int128_t'")
    fails(function() I(nil) end, "cannot convert 'nil' to 'int128_t'")
    fails(function() U({}) end, "cannot convert 'table' to 'uint128_t'")
    fails(function() I(ffi.new("int[2]")) end, "cannot convert 'int [2]' to 'int128_t'")
    fails(function() I(ffi.cast("void *", 16)) end, "cannot convert 'void *' to 'int128_t'")
    fails(function() I(1, 2) end, "too many initializers for 'int128_t'")
  end)

  it("becomes numbers of all kinds, which wrap or are rounded once", function()
    local x = i128(5, "18446744073709551613")
    assert.equals("-3LL", tostring(ffi.cast("int64_t", x)))
    assert.equals("18446744073709551613ULL", tostring(ffi.cast("uint64_t", x)))
    assert.equals(-3, ffi.new("int[1]", x)[0])
    assert.equals(253, ffi.new("unsigned char[1]", x)[0])
    assert.equals(true, ffi.new("bool[1]", I(2) ^ 100)[0])
    assert.equals(false, ffi.new("bool[1]", I(0))[0])
    assert.equals(2 ^ 100, ffi.new("double[1]", I(2) ^ 100)[0])
    assert.equals(2 ^ 100, ffi.tonumber(I(2) ^ 100))
    assert.equals(-5, ffi.tonumber(I(-5)))
    assert.equals("-3LL", tostring(ffi.i64(x)))
    assert.equals(7, ffi.new("complex", I(7)).re)
    assert.equals("7 7 7 7", elements(ffi.new("v4i", I(7)), 4))
    assert.is_true(ffi.cast("void *", I(16)) == ffi.cast("void *", 16))
    assert.equals(1, ffi.tonumber(ffi.new("enum { WIDE_ZERO, WIDE_ONE }", I(1))))
  end)

  it("is an element, a member, a bit-field and an index", function()
    local array = ffi.new("i128[3]", { 1, I(2) ^ 70 })
    assert.equals("1", tostring(array[0]))
    assert.equals("1180591620717411303424", tostring(array[1]))
    array[2] = array[1]
    array[1] = -1
    assert.equals("1180591620717411303424", tostring(array[2]))
    assert.equals("-1", tostring(array[1]))
    assert.equals("9 9", tostring(ffi.new("i128[2]", 9)[0]) .. " " .. tostring(ffi.new("i128[2]", 9)[1]))
    assert.equals(-1, ffi.tonumber((array + I(1))[0]))
    assert.equals(-1, ffi.tonumber(array[I(1)]))
    -- What is read is a copy.
    local first = array[0]
    array[0] = 77
    assert.equals("1", tostring(first))
    local box = ffi.new("struct wide_more", 1, I(2) ^ 80, 2.5)
    assert.is_true(box.value == I(2) ^ 80)
    assert.equals(48, ffi.sizeof(box))
    assert.equals(16, ffi.offsetof("struct wide_more", "value"))
    local bits = ffi.new("struct wide_bits", { I(2) ^ 99 + 3, -7, -(I(2) ^ 69) })
    assert.equals("633825300114114700748351602691", tostring(bits.a))
    assert.equals(-7, bits.b)
    assert.is_true(bits.c == -(I(2) ^ 69))
    bits.a = -1
    assert.is_true(bits.a == U(2) ^ 100 - 1)
    assert.equals(-7, bits.b)
    assert.equals("5", tostring(wide.wide_bit_fields.a - U(0xabcdef) * U(2) ^ 76))
    assert.equals(-7, wide.wide_bit_fields.b)
    assert.is_true(wide.wide_bit_fields.c == -(I(2) ^ 68))
    fails(function() ffi.new("int[2]")[I(5)] = 1 end, "out of bounds")
  end)

  it("computes with 128 bits, which wrap", function()
    assert.equals("1267650600228229401496703205377", tostring(I(2) ^ 100 + 1))
    assert.equals("-1208925819614629174706175", tostring(I(1) - 2 ^ 80))
    assert.equals("-170141183460469231731687303715884105728", tostring(I(2) ^ 127))
    assert.equals("-170141183460469231731687303715884105728", tostring(-(I(2) ^ 127)))
    assert.equals("340282366920938463463374607431768211454", tostring(U(-1) * 1 - 1))
    assert.equals("-4 1", tostring(I(-9) / 2) .. " " .. tostring(I(9) % -2))
    assert.equals("0 1 -1", tostring(I(5) ^ -1) .. " " .. tostring(I(1) ^ -3) .. " " .. tostring(I(-1) ^ -3))
    assert.equals("10", tostring(I(7) + ffi.u64("3")))
    assert.equals("7", tostring(I(5) + ffi.new("long double", 2.5)))
    assert.equals(ffi.typeof("u128"), ffi.typeof(I(1) + U(1)))
    assert.equals(ffi.typeof("i128"), ffi.typeof(I(1) + ffi.u64("1")))
    -- As 64-bit integers do: no trap.
    assert.equals("-170141183460469231731687303715884105728", tostring(I(5) / 0))
    assert.equals("-170141183460469231731687303715884105728", tostring(I(5) % 0))
    assert.equals("170141183460469231731687303715884105728", tostring(U(5) / 0))
    assert.equals("-170141183460469231731687303715884105728", tostring(I(2) ^ 127 / -1))
    assert.equals("0", tostring(I(2) ^ 127 % -1))
    fails(function() return I(1) + "1" end, "attempt to perform arithmetic on 'int128_t' and 'string'")
    fails(function() return I(1) .. "" end, "attempt to concatenate 'int128_t' and 'string'")
    fails(function() return #I(1) end, "attempt to get length of 'int128_t'")
    fails(function() bit.band(I(1), 1) end, "cannot convert 'int128_t' to 'int64_t'")
  end)

  it("has the operators of newer Luas", function()
    if helper.can("bit operators") then
      local text = helper.eval([[
        local I, U = ...
        local list = { I(1) << 100, (I(1) << 100) >> 98, I(-1) >> 120, ~I(0), ~U(0) ~ U(1), I(12) & 10, I(8) | 3 }
        for i, value in ipairs(list) do list[i] = tostring(value) end
        return table.concat(list, " ")
      ]], I, U)
      assert.equals("1267650600228229401496703205376 4 255 -1 340282366920938463463374607431768211454 8 11", text)
      assert.equals("-5 4",
        helper.eval("local I, U = ... return tostring(I(-9) // 2) .. ' ' .. tostring(U(9) // 2)", I, U))
      assert.equals("-170141183460469231731687303715884105728", helper.eval("return tostring((...)(1) // 0)", I))
    end
  end)

  it("is compared by value, without a sign if either has none", function()
    assert.is_true(I(5) == I(5))
    assert.is_true(I(5) == U(5))
    assert.is_true(I(-1) == U(-1))
    assert.is_false(I(2) ^ 64 == I(0))
    assert.is_true(I(2) ^ 64 > I(0))
    assert.is_true(I(-1) < I(0))
    assert.is_false(I(-1) < U(0))
    assert.is_true(I(-1) <= ffi.u64("0"))
    assert.is_true(ffi.eq(I(5), 5))
    assert.is_true(ffi.lt(I(5), 6))
    assert.is_true(ffi.le(I(-6), -5.5))
    assert.is_false(ffi.eq(I(5), nil))
    assert.is_false(ffi.isnull(I(0)))
    assert.is_true(ffi.istype("i128", I(1)))
    assert.is_false(ffi.istype("u128", I(1)))
    assert.is_false(ffi.istype("int64_t", I(1)))
  end)

  it("computes and converts as gcc does", function()
    local seed = 12345
    local function random(n)
      seed = (seed * 1103515245 + 12345) % 2147483648
      return math.floor(seed / 2147483648 * n)
    end
    -- Of all lengths, near powers of two often.
    local function number()
      local value = I(0)
      for _ = 1, random(5) do
        value = value * 4294967296 + random(2147483648) * 2 + random(2)
      end
      local power = I(2) ^ random(128) + random(3) - 1
      value = random(3) == 0 and power or value
      return random(2) == 0 and value or -value
    end
    local signed = {
      [0] = function(a, b) return a + b end,
      function(a, b) return a - b end,
      function(a, b) return a * b end,
      function(a, b) return a / b end,
      function(a, b) return a % b end,
      function(a, b) return U(a) / U(b) end,
      function(a, b) return U(a) % U(b) end,
      function(a, b) return a < b end,
      function(a, b) return U(a) < U(b) end,
      function(a, b) return a == b end,
    }
    local l, q, h = ffi.new("long double[1]"), ffi.new("__float128[1]"), ffi.new("_Float16[1]")
    local l2, q2, h2 = ffi.new("long double[1]"), ffi.new("__float128[1]"), ffi.new("_Float16[1]")
    local from_l, from_q = ffi.new("i128[1]"), ffi.new("i128[1]")
    for _ = 1, 400 do
      local a, b = number(), number()
      for operator, compute in pairs(signed) do
        -- In C these have no result.
        if not (operator >= 3 and operator <= 6 and (b == I(0) or b == I(-1))) then
          local mine, theirs = compute(a, b), wide.wide_compute(operator, a, b)
          if type(mine) == "boolean" then
            mine = mine and 1 or 0
          end
          assert.equals(tostring(theirs), tostring(I(mine)), operator .. ": " .. tostring(a) .. ", " .. tostring(b))
        end
      end
      assert.equals(wide.wide_to_double(a), ffi.tonumber(ffi.cast("double", a)), tostring(a))
      assert.equals(wide.wide_to_float(a), ffi.tonumber(ffi.cast("float", a)), tostring(a))
      assert.equals(wide.wide_unsigned_to_double(U(a)), ffi.tonumber(ffi.cast("double", U(a))), tostring(a))
      local double = ffi.tonumber(a) * (1 + random(1000) / 1000) / 4
      assert.equals(tostring(wide.wide_of_double(double)), tostring(I(double)), double)
      assert.equals(tostring(wide.wide_unsigned_of_double(math.abs(double))), tostring(U(math.abs(double))), double)
      -- Long doubles, quads and halves, all bits of them.
      wide.wide_to_floats(a, l, q, h)
      l2[0], q2[0], h2[0] = a, a, a
      assert.is_true(wide.same_bytes(l, l2, 10) == 1 or wide.long_doubles_are_long() == 0, tostring(a))
      assert.is_true(wide.same_bytes(q, q2, 16) == 1, tostring(a))
      assert.is_true(wide.same_bytes(h, h2, 2) == 1, tostring(a))
      wide.wide_of_floats(l[0], q[0], from_l, from_q)
      assert.is_true(from_l[0] == ffi.cast("i128", ffi.new("long double", l[0])), tostring(a))
      local small = (random(2000001) - 1000000) / 2 ^ random(40)
      wide.half_of_double(small, h)
      h2[0] = small
      assert.is_true(wide.same_bytes(h, h2, 2) == 1, small)
    end
  end)
end)

describe("a floating-point type of another size", function()
  it("is a number", function()
    local halves = ffi.new("_Float16[4]", { 1.5, 65504, 70000, -0.1 })
    assert.equals("1.5 65504 inf -0.0999756", elements(halves, 4))
    local brains = ffi.new("__bf16[2]", { 1.5, 1e38 })
    assert.equals("1.5 9.96921e+37", elements(brains, 2))
    assert.equals(0.1, ffi.new("__float128[1]", 0.1)[0])
    assert.equals(0.1, ffi.new("long double[1]", 0.1)[0])
    assert.equals(2, ffi.sizeof("_Float16"))
    local s = ffi.new("struct half_mix", { 1, 2, { 3, 4, 5 } })
    s.a = s.c[2] * 2
    assert.equals(10, s.a)
    assert.equals(1.5, ffi.tonumber(ffi.new("_Float16", 1.5)))
    assert.equals("3LL", tostring(ffi.new("_Float16", 1.5) + 2))
    assert.is_true(ffi.new("_Float16", 1.5) == ffi.new("_Float16", 1.5))
    assert.equals("1.5 1.5 1.5 1.5", elements(ffi.new("_Float16 __attribute__((vector_size(8)))", 1.5), 4))
    fails(function() ffi.new("_Float16", "1") end, "cannot convert 'string' to '_Float16'")
    fails(function() ffi.cast("long double", ffi.cast("void *", 1)) end, "cannot convert 'void *' to 'long double'")
  end)

  it("keeps all bits of a 64-bit integer, and of another wide one", function()
    for _, text in ipairs({ "9223372036854775807", "-9223372036854775807", "4611686018427387905" }) do
      local value = ffi.i64(text)
      assert.equals(text .. "LL", tostring(ffi.cast("int64_t", ffi.new("long double", value))))
      assert.equals(text .. "LL", tostring(ffi.cast("int64_t", ffi.new("__float128", value))))
      assert.equals(text .. "LL", tostring(ffi.cast("int64_t", ffi.new("__float128", ffi.new("long double", value)))))
    end
    assert.equals("18446744073709551615ULL",
      tostring(ffi.cast("uint64_t", ffi.new("long double", ffi.u64("18446744073709551615")))))
    -- Nor is anything rounded from quad to quad, or when one is an argument.
    local odd = I(2) ^ 112 + 1
    local quad = ffi.new("__float128", odd)
    local l, h = ffi.new("long double[1]"), ffi.new("_Float16[1]")
    local q, copy = ffi.new("__float128[1]"), ffi.new("__float128[1]")
    wide.wide_to_floats(odd, l, q, h)
    copy[0] = quad
    assert.is_true(wide.same_bytes(q, copy, 16) == 1)
    local a, b = ffi.new("i128[1]"), ffi.new("i128[1]")
    wide.wide_of_floats(1, quad, a, b)
    assert.is_true(b[0] == odd and ffi.cast("i128", quad) == odd)
  end)

  it("without values says so", function()
    fails(function() ffi.new("_Decimal64", 1) end, "cannot convert 'number' to '_Decimal64'")
    fails(function() ffi.new("complex _Float16", 1) end, "cannot convert 'number' to 'complex _Float16'")
    fails(function() ffi.new("complex long double", 1) end, "cannot convert 'number' to 'complex long double'")
    ffi.cdef("_Decimal64 wide_decimal(_Decimal64) __asm__(\"half_add\");"
      .. "complex _Float16 wide_complex(int) __asm__(\"half_add\");")
    fails(function() wide.wide_decimal(1) end, "NYI: cannot call this C function (yet)")
    fails(function() wide.wide_complex(1) end, "NYI: cannot call this C function (yet)")
  end)
end)

describe("by value go", function()
  it("128-bit integers: in pairs of registers, on the stack, in structs and unions", function()
    assert.equals("1267650600228229401496703205381", tostring(wide.wide_add(I(2) ^ 100, 5)))
    assert.equals("3541774862152233910272", tostring(wide.wide_mul(I(2) ^ 70, 3)))
    assert.equals("3099053004383204671497", tostring(wide.wide_split(1, 2, 3, 4, 5, I(2) ^ 70, 7, -9)))
    assert.is_true(wide.wide_stack(1, 2, 3, 4, 5, 6, 7, I(2) ^ 70, 9, I(10)) == I(2) ^ 78 + 97031)
    assert.is_true(wide.wide_in_struct({ I(2) ^ 80 }, 5).value == I(2) ^ 80 - 5)
    local more = wide.wide_in_memory(5, { 1, I(2) ^ 80, 2.5 })
    assert.is_true(more.value == 5 - I(2) ^ 80)
    assert.equals(5, more.rest)
    assert.is_true(wide.wide_in_union(2.5, { I(2) ^ 90 }, 7).value == I(2) ^ 90 + 9)
    fails(function() wide.wide_add(1, "2") end, "cannot convert 'string' to 'int128_t'")
  end)

  it("128-bit integers: by pointer, as more arguments, and to callbacks", function()
    local a, b = ffi.new("i128[2]", { I(2) ^ 100, -3 }), ffi.new("u128[2]", { 0, 1 })
    wide.wide_by_pointer(a, b, 2)
    assert.is_true(a[0] == -(I(2) ^ 100) and a[1] == I(3))
    assert.is_true(b[0] == U(-1) and b[1] == U(-2))
    assert.is_true(wide.wide_sum(3, I(1), I(2), I(2) ^ 100) == I(2) ^ 100 + 3)
    assert.is_true(wide.wide_sum(7, I(1), I(2), I(1), I(2), I(1), I(2), I(2) ^ 100) == I(2) ^ 100 + 9)
    local function f(x, p, y, q)
      return p * x + q * y
    end
    assert.is_true(wide.wide_call(f, I(2) ^ 100, I(5)) == I(2) ^ 100 * 3 + 21)
    local function g(p, q, r, s, t, u, v, w)
      return w + p + q + r + s + t + u + v
    end
    assert.is_true(wide.wide_call_stack(g, I(2) ^ 100) == I(2) ^ 101 + 56)
  end)

  it("halves", function()
    assert.equals(3.5, wide.half_add(1.5, 2))
    assert.equals(55, wide.half_mixed(1, 2, 3, 4, 5))
    assert.equals(10936, wide.half_stack(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
    local three = wide.half_struct({ 1, 2, 3 }, 2)
    assert.equals("2 4 6", ("%g %g %g"):format(three.a, three.b, three.c))
    local mix = wide.half_mixed_struct(2, { 1, 2, { 3, 4, 5 } })
    assert.equals("3 3 3 4 3", ("%g %d %g %g %g"):format(mix.a, mix.b, mix.c[0], mix.c[1], mix.c[2]))
    assert.equals(4, wide.half_call(function(a, b) return a * b end, 1.5))
  end)

  it("quads", function()
    assert.equals(1.5, wide.quad_mul(3, 0.5))
    assert.equals(55, wide.quad_mixed(1, 2, 3, 4, 5))
    assert.equals(12045, wide.quad_stack(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))
    assert.equals(2, wide.quad_in_struct({ 5 }, { 3 }).value)
    assert.equals(1 / 3, wide.quad_third())
    assert.equals(5, wide.quad_to_long(3, vector("v4f", 1, 2, 3, 4)))
    local box = ffi.new("struct quad_box")
    box.value = ffi.new("__float128", 0.5)
    assert.equals(0, wide.quad_is_third(box.value))
  end)

  it("vectors of 8 and of 16 bytes", function()
    assert.equals("8 15", elements(wide.vec_v2i(vector("v2i", 2, 3), vector("v2i", 4, 5)), 2))
    assert.equals("42 53", elements(wide.vec_v2f(vector("v2f", 2, 3), 10, vector("v2f", 4, 5)), 2))
    assert.equals("-2 -2 3 4", elements(wide.vec_v4i(vector("v4i", 2, 3, 4, 5), vector("v4i", 4, 5, 1, 1)), 4))
    assert.equals("8.5 15.5 4.5 5.5",
      elements(wide.vec_v4f(vector("v4f", 2, 3, 4, 5), vector("v4f", 4, 5, 1, 1), 0.5), 4))
    assert.equals("8.5 10.5", elements(wide.vec_v2d(2, vector("v2d", 4, 5), 0.5), 2))
    assert.equals("5 4 1 0", elements(wide.vec_v16b(vector("v16b", 4, 5), vector("v16b", 1, 1, 1)), 4))
    local many = {}
    for i = 1, 11 do
      many[i] = i == 9 and 9 or vector("v4i", i, i + 1, i + 2, i + 3)
    end
    assert.equals("506 563 620 677", elements(wide.vec_many(unpack(many)), 4))
    assert.equals("2 2 2 2", elements(wide.vec_v4i(3, vector("v4i", 1, 1, 1, 1)), 4))
  end)

  it("vectors in structs and unions, as more arguments, and to callbacks", function()
    assert.equals("-3 -1 1 3", elements(wide.vec_in_struct({ { 1, 2, 3, 4 } }, { { 4, 3, 2, 1 } }).v, 4))
    local two = wide.vec_in_memory(3, { { 1, 2, 3, 4 }, 7 }, 2)
    assert.equals("3 6 9 12 9", elements(two.v, 4) .. " " .. two.n)
    local small = wide.vec_small_struct({ { 1, 2 }, 3 }, vector("v2i", 5, 6))
    assert.equals("6 8 4", elements(small.v, 2) .. " " .. small.n)
    assert.equals("2 3", elements(wide.vec_small_union({ { 1, 2 } }).v, 2))
    assert.equals("3 4 5 6", elements(wide.vec_in_union(2, { { 1, 2, 3, 4 } }).v, 4))
    local pair = wide.vec_two_in_struct({ { 1, 2, 3, 4 }, { 5, 6, 7, 8 } }, 1)
    assert.equals("6 7 8 9 1 2 3 4", elements(pair.a, 4) .. " " .. elements(pair.b, 4))
    local one = vector("v4i", 1, 2, 3, 4)
    assert.equals(8642, wide.vec_sum(2, one, one))
    assert.equals(38889, wide.vec_sum(9, one, one, one, one, one, one, one, one, one))
    local function twice(v, n)
      return vector("v2i", v[0] * n, v[1] * n)
    end
    assert.equals("7 10", elements(wide.vec_call(twice, vector("v2i", 2, 3)), 2))
  end)

  it("no vectors in ways that depend on how the library was compiled", function()
    ffi.cdef([[
      typedef float v8f __attribute__((vector_size(32)));
      typedef int v1i __attribute__((vector_size(4)));
      struct vec_large { v8f v; };
      union __attribute__((packed)) vec_large_union { v8f v; char bytes[40]; };
      v8f vec_eight(v8f) __asm__("vec_v4i");
      void vec_struct(struct vec_large) __asm__("vec_v4i");
      void vec_packed(union vec_large_union) __asm__("vec_v4i");
      v1i vec_four(int) __asm__("vec_v4i");
    ]])
    for _, name in ipairs({ "vec_eight", "vec_struct", "vec_packed", "vec_four" }) do
      fails(function() wide[name]() end, "NYI: cannot call this C function (yet)")
    end
    -- Their values are there all the same.
    assert.equals("0 1 2 3", elements(ffi.new("v8f", { 0, 1, 2, 3 }), 4))
  end)

  it("no vectors of 16 bytes, quads or packed structs to callbacks", function()
    for _, ty in ipairs({ "v4i", "__float128", "struct odd_packed", "struct vec_one", "struct odd_over" }) do
      fails(function() ffi.cast("void (*)(" .. ty .. ")", print) end, "by value in a callback")
      fails(function() ffi.cast(ty .. " (*)(void)", print) end, "by value in a callback")
    end
  end)

  it("complex numbers", function()
    local function complex(re, im)
      return ffi.new("complex", re, im)
    end
    assert.equals("-5+10i", tostring(wide.cx_mul(complex(1, 2), complex(3, 4))))
    assert.equals("0+10i", tostring(wide.cx_mulf(complex(1, 2), 5, complex(3, 4))))
    assert.equals("91+6i", tostring(wide.cx_many(1, 2, 3, 4, 5, complex(6, 1))))
    local box = wide.cx_in_struct({ complex(1, 2), 7 }, complex(0, 1))
    assert.equals("-2+1i 8", tostring(box.a) .. " " .. box.n)
    local function f(a, b)
      return complex(a.re + b.re, a.im - b.im)
    end
    assert.equals("5-3i", tostring(wide.cx_call(f, complex(1, 2), complex(3, 5))))
  end)

  it("packed and over-aligned structs", function()
    local p = wide.odd_packed_by_value(1, { 2, 3, 4 }, 5)
    assert.equals("3 6 9", ("%d %d %d"):format(p.a, p.b, p.c))
    local q = wide.odd_large_by_value({ 1, { 2, 3, 4 }, 5 }, 6)
    assert.equals("1 9 -5LL", ("%d %g %s"):format(q.a, q.b[1], tostring(q.c)))
    assert.equals("51243LL", tostring(wide.odd_aligned_by_value(1, { 2 }, 3, { 4 }, 5).a))
    assert.equals("10918LL", tostring(wide.odd_aligned_stack(1, 2, 3, 4, 5, 6, 7, { 8 }, 9, { 10 })))
    local over = wide.odd_over_by_value(5, { { 1, 2, 3, 4 } }, 6)
    assert.equals("6LL -2LL", tostring(over.a[0]) .. " " .. tostring(over.a[3]))
    assert.equals("1312944LL",
      tostring(wide.odd_over_stack(1, 2, 3, 4, 5, 6, 7, { { 8, 0, 0, 9 } }, 10, { { 11, 12 } }, 13)))
    assert.equals("75421LL", tostring(wide.odd_line_stack(1, { { 2, 3, 4 } }, 5, { { 6, 7, 8 } })))
  end)

  it("structs with bit-fields, also such without a name, and empty ones", function()
    local p = wide.odd_bits_by_value({ 1, 2.5 }, 1)
    assert.equals("2 3.5", ("%d %g"):format(p.a, p.b))
    local q = wide.odd_packed_bits_by_value({ 1, 2, 3 }, 5)
    assert.equals("6 7ULL 8", ("%d %s %d"):format(q.a, tostring(q.b), q.c))
    assert.equals(321, wide.odd_gap_by_value({ 1 }, 2, 3))
    assert.equals(4321, wide.odd_mixed_gap_by_value({ 1, 2 }, 3, 4))
    assert.equals("45LL", tostring(wide.odd_empty_by_value(4, {}, 5)))
  end)

  it("empty structs of callbacks, which C does not pass either", function()
    local seen
    assert.equals("42LL", tostring(wide.odd_empty_to(function(a, first, x, second, b)
      seen = { tostring(a), ffi.sizeof(first), x, ffi.istype("struct odd_empty", second), tostring(b) }
      return a * 10 + b
    end)))
    assert.same({ "4LL", 0, 0.5, true, "2LL" }, seen)
    assert.equals("7LL", tostring(wide.odd_empty_from(function() return {} end, 7)))
    fails(function() wide.odd_empty_from(function() return 5 end, 7) end,
      "cannot convert 'number' to 'struct odd_empty'")
    local difference = ffi.cast("int (*)(int, struct {}, int)", function(a, _, b) return a - b end)
    assert.equals(2, difference(5, {}, 3))
    difference:free()
  end)
end)
