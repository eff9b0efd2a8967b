-- Operators on cdata: what LuaJIT has no precedent for (`//` and the bit operators), no traps, and
-- the types of results.

local ffi = require("lunaffi.luajit")
local helper = require("spec.helper")

local fails = helper.fails

local LOW = "-9223372036854775808LL"

local function show(value)
  return ffi.type(value) == "cdata" and tostring(value) or value
end

describe("division", function()
  it("never traps", function()
    local low, minus_one, zero = ffi.i64("-9223372036854775808"), ffi.i64(-1), ffi.i64(0)
    assert.equals(LOW, show(low / minus_one))
    assert.equals("0LL", show(low % minus_one))
    assert.equals(LOW, show(low / zero))
    assert.equals(LOW, show(ffi.i64(5) % zero))
    assert.equals("9223372036854775808ULL", show(ffi.u64(5) / 0))
    assert.equals("9223372036854775808ULL", show(ffi.u64(5) % 0))
    assert.equals(LOW, show(-low))
    assert.equals(LOW, show(low * minus_one))
  end)

  it("cuts towards zero, and the remainder has the dividend's sign", function()
    assert.equals("-3LL", show(ffi.i64(-7) / 2))
    assert.equals("-1LL", show(ffi.i64(-7) % 2))
    assert.equals("1LL", show(ffi.i64(7) % -2))
  end)
end)

if helper.can("floor division operator") then
  describe("//", function()
    it("divides towards minus infinity", function()
      local eval = helper.eval
      local divide = eval("return function(a, b) return a // b end")
      assert.equals("-4LL", show(divide(ffi.i64(-7), 2)))
      assert.equals("-4LL", show(divide(7, ffi.i64(-2))))
      assert.equals("3LL", show(divide(ffi.i64(7), ffi.new("int", 2))))
      assert.equals("-3LL", show(divide(ffi.i64(-6), 2)))
      assert.equals("9223372036854775804ULL", show(divide(ffi.u64(-7), 2)))
      assert.equals(LOW, show(divide(ffi.i64("-9223372036854775808"), -1)))
      assert.equals(LOW, show(divide(ffi.i64(1), 0)))
    end)
  end)
end

if helper.can("bit operators") then
  describe("bit operators", function()
    local op = helper.eval([[return {
      band = function(a, b) return a & b end, bor = function(a, b) return a | b end,
      bxor = function(a, b) return a ~ b end, shl = function(a, b) return a << b end,
      shr = function(a, b) return a >> b end, bnot = function(a) return ~a end,
    }]])

    it("work on 64 bits", function()
      local a, b = ffi.i64("0x0ff0"), ffi.i64("0x00ff")
      assert.equals("240LL", show(op.band(a, b)))
      assert.equals("4095LL", show(op.bor(a, b)))
      assert.equals("3855LL", show(op.bxor(a, b)))
      assert.equals("-4081LL", show(op.bnot(a)))
      assert.equals("18446744073709547535ULL", show(op.bnot(ffi.u64("0x0ff0"))))
      assert.equals("65280LL", show(op.shl(b, 8)))
      assert.equals("15LL", show(op.shr(b, 4)))
      assert.equals("18446744073709551615ULL", show(op.bor(ffi.u64(0), -1)))
    end)

    it("shift by the count's low six bits, and bring in zeros", function()
      assert.equals("1LL", show(op.shl(ffi.i64(1), 64)))
      assert.equals("2LL", show(op.shl(ffi.i64(1), 65)))
      assert.equals(LOW, show(op.shl(ffi.i64(1), 63)))
      assert.equals("1LL", show(op.shr(ffi.i64(-1), 63)))
    end)

    it("take enumerations and small integers, and give 64 bits", function()
      ffi.cdef("enum op_flags { OP_A = 1, OP_B = 2, OP_C = 4 };")
      local flags = ffi.new("enum op_flags", "OP_B")
      assert.equals("3LL", show(op.bor(flags, 1)))
      assert.equals("6LL", show(op.bor(flags, ffi.new("enum op_flags", "OP_C"))))
      assert.equals("2LL", show(op.band(ffi.new("uint8_t", 0xfe), flags)))
    end)

    it("refuse what has no bits", function()
      for _, bad in ipairs({ {}, true, "x" }) do
        fails(function()
          op.band(ffi.i64(1), bad)
          return nil
        end, "attempt to perform arithmetic on 'int64_t' and '" .. type(bad) .. "'")
      end
      fails(function()
        op.bnot(ffi.new("int *"))
        return nil
      end, "attempt to perform arithmetic on 'int *'")
    end)
  end)
end

describe("comparisons", function()
  it("of any values, as LuaJIT has them", function()
    local p = ffi.new("int *")
    assert.is_true(ffi.eq(p, nil))
    assert.is_true(ffi.eq(nil, p))
    assert.is_true(ffi.eq(ffi.i64(5), 5))
    assert.is_true(ffi.eq(5.5, ffi.i64(5)))
    assert.is_false(ffi.eq(ffi.i64(5), "5"))
    assert.is_false(ffi.eq(ffi.i64(5), {}))
    assert.is_true(ffi.lt(4, ffi.i64(5)))
    assert.is_false(ffi.lt(ffi.i64(-1), ffi.u64(1)))
    assert.is_true(ffi.le(ffi.i64(5), 5))
    assert.is_true(ffi.isnull(p))
    assert.is_true(ffi.isnull(nil))
    assert.is_false(ffi.isnull(ffi.i64(0)))
    fails(function()
      ffi.lt(ffi.i64(5), "x")
    end, "attempt to compare 'int64_t' with 'string'")
  end)

  it("of plain values are Lua's own", function()
    assert.is_true(ffi.eq("a", "a"))
    assert.is_false(ffi.eq("a", 1))
    assert.is_true(ffi.lt(1, 2))
    assert.is_true(ffi.le("a", "b"))
    assert.is_false(ffi.le(0 / 0, 0 / 0))
    assert.is_false(ffi.lt(0 / 0, 1))
    local ok, message = pcall(ffi.lt, {}, {})
    assert.is_false(ok)
    assert.truthy(tostring(message):find("attempt to compare", 1, true))
    local meta = {
      __le = function()
        return true
      end,
      __lt = function()
        return false
      end,
    }
    local a, b = setmetatable({}, meta), setmetatable({}, meta)
    assert.is_true(ffi.le(a, b))
    assert.is_false(ffi.lt(a, b))
  end)

  it("of two cdata are operators on every Lua", function()
    assert.is_true(ffi.i64(1) < ffi.i64(2))
    assert.is_true(ffi.i64(2) <= ffi.new("int", 2))
    assert.is_true(ffi.i64(2) == ffi.u64(2))
    assert.is_true(ffi.new("int *") == ffi.nullptr)
    assert.is_true(ffi.typeof("int") == ffi.typeof("int32_t"))
    assert.is_false(ffi.typeof("int") == ffi.new("int"))
    if helper.can("order of mixed types") then
      assert.is_true(ffi.i64(1) < 2)
      assert.is_true(1 <= ffi.i64(1))
    end
  end)
end)

describe("results", function()
  it("of arithmetic with floats are integers of 64 bits, as in LuaJIT", function()
    assert.equals("3LL", show(ffi.new("double", 7.5) / 2))
    assert.equals("6LL", show(ffi.i64(5) + 1.9))
    assert.equals("-5LL", show(ffi.i64(5) * -1.5))
  end)

  it("of pointer differences are plain numbers", function()
    local array = ffi.new("double[4]")
    local difference = (array + 3) - array
    assert.equals(3, difference)
    assert.equals("number", type(difference))
    assert.equals(-3, array - (array + 3))
  end)
end)
