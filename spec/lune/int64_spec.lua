-- 64-bit integers: exact both ways on every Lua, and the boxed values that stand for those which
-- a plain number cannot hold: 2^63 and above where numbers have an integer subtype, everything
-- beyond 2^53 where they have not.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local fails = helper.fails
local is_integer = helper.is_integer

-- Beyond every plain number on every Lua, so boxed on all of them.
local MAX = "18446744073709551615"
local TWO_63 = "9223372036854775808"
local MIN = "-9223372036854775808"
local TWO_53_1 = "9007199254740993"

local function exact(digits)
  return digits:sub(1, 1) == "-" and helper.i64(digits) or helper.u64(digits)
end

local function calc(operator, a, b)
  return helper.eval("local a, b = ... return a " .. operator .. " b", a, b)
end

-- Values at every edge, and where each fits.
local EDGES = {
  -- digits, fits i64, fits u64
  { "0", true, true }, { "1", true, true }, { "-1", true, false }, { "255", true, true },
  { "2147483648", true, true }, { "-2147483649", true, false }, { "4294967296", true, true },
  { "9007199254740991", true, true }, { "9007199254740992", true, true }, { TWO_53_1, true, true },
  { "9007199254740994", true, true }, { "9007199254740995", true, true },
  { "-9007199254740991", true, false }, { "-9007199254740992", true, false },
  { "-9007199254740993", true, false }, { "1311768467463790320", true, true },
  { "9223372036854775806", true, true }, { "9223372036854775807", true, true },
  { TWO_63, false, true }, { "9223372036854775809", false, true },
  { "12297829382473034410", false, true }, { "18446744073709551614", false, true },
  { MAX, false, true }, { "-9223372036854775807", true, false }, { MIN, true, false },
}

describe("ffi.int64 and ffi.uint64", function()
  for _, edge in ipairs(EDGES) do
    local digits, signed, unsigned = helper.unpack(edge)

    it(("give %s exactly, plain where plain is exact"):format(digits), function()
      if signed then
        is_integer(ffi.int64(digits), digits)
        is_integer(ffi.int64(ffi.int64(digits)), digits)
      end
      if unsigned then
        is_integer(ffi.uint64(digits), digits)
        is_integer(ffi.uint64(ffi.uint64(digits)), digits)
      end
      if signed and unsigned then
        is_integer(ffi.int64(ffi.uint64(digits)), digits)
        is_integer(ffi.uint64(ffi.int64(digits)), digits)
      end
    end)

    if not signed then
      it("refuse " .. digits .. " as signed", function()
        fails(function() ffi.int64(digits) end, "bad argument #1 to 'int64'", "out of range")
        fails(function() ffi.int64(ffi.uint64(digits)) end, "bad argument #1 to 'int64'", "out of range")
      end)
    end
    if not unsigned then
      it("refuse " .. digits .. " as unsigned", function()
        fails(function() ffi.uint64(digits) end, "bad argument #1 to 'uint64'", "out of range")
        fails(function() ffi.uint64(ffi.int64(digits)) end, "bad argument #1 to 'uint64'", "out of range")
      end)
    end
  end

  it("read hexadecimal exactly", function()
    is_integer(ffi.uint64("0xffffffffffffffff"), MAX)
    is_integer(ffi.uint64("0xFFFFFFFFFFFFFFFF"), MAX)
    is_integer(ffi.int64("0x7fffffffffffffff"), "9223372036854775807")
    is_integer(ffi.int64("-0x8000000000000000"), MIN)
    is_integer(ffi.uint64("0x20000000000001"), TWO_53_1)
    is_integer(ffi.int64("0xff"), "255")
    is_integer(ffi.uint64("0x0000000000000000000000000000001"), "1")
  end)

  it("refuse more than 64 bits", function()
    for _, text in ipairs({
      "18446744073709551616", "0x10000000000000000", "99999999999999999999999999", "-9223372036854775809", "1e20",
      "-0x8000000000000001",
    }) do
      fails(function() ffi.int64(text) end, "bad argument #1 to 'int64'", "out of range")
      fails(function() ffi.uint64(text) end, "bad argument #1 to 'uint64'", "out of range")
    end
    fails(function() ffi.uint64(2 ^ 64) end, "bad argument #1 to 'uint64'", "out of range")
    fails(function() ffi.int64(2 ^ 63) end, "bad argument #1 to 'int64'", "out of range")
    fails(function() ffi.uint64(-1) end, "bad argument #1 to 'uint64'", "out of range")
    is_integer(ffi.uint64(2 ^ 63), TWO_63)
    is_integer(ffi.int64(-2 ^ 63), MIN)
  end)

  it("truncate fractions toward zero", function()
    is_integer(ffi.int64(3.9), "3")
    is_integer(ffi.int64(-3.9), "-3")
    is_integer(ffi.uint64(0.5), "0")
    is_integer(ffi.uint64(-0.5), "0")
  end)

  it("refuse what is no number", function()
    for name, fn in pairs({ int64 = ffi.int64, uint64 = ffi.uint64 }) do
      local place = "bad argument #1 to '" .. name .. "'"
      fails(function() fn() end, place, "no value")
      fails(function() fn(nil) end, place, "got nil")
      fails(function() fn(true) end, place, "got boolean")
      fails(function() fn({}) end, place, "got table")
      fails(function() fn("abc") end, place, "got string")
      fails(function() fn("") end, place, "got string")
      fails(function() fn(ffi.null) end, place)
      fails(function() fn(ffi.nullPtr) end, place, "got RawPointer")
      fails(function() fn(0 / 0) end, place, "got nan: not an integer")
      fails(function() fn(math.huge) end, place, "got inf: out of range")
      fails(function() fn(-math.huge) end, place, "got -inf: out of range")
    end
  end)
end)

describe("a boxed value", function()
  local max = helper.u64(MAX)

  it("prints its decimal digits", function()
    assert.equals(MAX, tostring(max))
    assert.equals(TWO_63, tostring(helper.u64(TWO_63)))
    assert.equals(MAX, max:tostring())
  end)

  it("prints in hexadecimal", function()
    assert.equals("0xffffffffffffffff", max:hex())
    assert.equals("0x8000000000000000", helper.u64(TWO_63):hex())
    assert.equals("0xaaaaaaaaaaaaaaaa", helper.u64("12297829382473034410"):hex())
  end)

  it("converts to a plain number, rounded to the nearest double", function()
    assert.equals(18446744073709551616.0, max:tonumber())
    assert.equals(9223372036854775808.0, helper.u64(TWO_63):tonumber())
    assert.equals(9223372036854777856.0, helper.u64("9223372036854777856"):tonumber())
    assert.equals(9223372036854775808.0, helper.u64("9223372036854776832"):tonumber())
    assert.equals("number", type(max:tonumber()))
  end)

  it("concatenates as its digits", function()
    assert.equals("max " .. MAX, "max " .. max)
    assert.equals(MAX .. " max", max .. " max")
    assert.equals(MAX .. MAX, max .. max)
    assert.equals("1" .. MAX, 1 .. max)
    assert.equals("<" .. MAX .. ">", "<" .. max .. ">")
    fails(function()
      local _ = max .. {}
    end)
    fails(function()
      local _ = nil .. max
    end)
  end)

  it("reads nil for unknown keys and refuses assignment", function()
    assert.is_nil(max.nonsense)
    assert.is_nil(max[1])
    fails(function() max.nonsense = 1 end)
    fails(function() max[1] = 1 end)
    assert.equals(MAX, tostring(max))
  end)

  it("hides its metatable behind its name", function()
    assert.equals("Int64", getmetatable(max))
    assert.has_error(function() setmetatable(max, {}) end)
  end)

  it("names its methods when self is wrong", function()
    for _, method in ipairs({ "tonumber", "tostring", "hex" }) do
      local call = max[method]
      fails(function() call(5) end, "calling '" .. method .. "' on bad self", "Int64 expected, got number")
      fails(function() call() end, "calling '" .. method .. "' on bad self", "Int64 expected")
      fails(function() call(ffi.nullPtr) end, "calling '" .. method .. "' on bad self", "got RawPointer")
    end
  end)

  it("is no pointer and not null", function()
    assert.is_false(ffi.isNull(max))
    fails(function() ffi.read(max, 0, "i32") end, "bad argument #1 to 'read'", "got Int64")
    fails(function() ffi.cast(max, "i32") end, "bad argument #1 to 'cast'", "got Int64")
    fails(function() ffi.string(max) end, "bad argument #1 to 'string'", "got Int64")
  end)

  it("survives collections", function()
    local kept = {}
    for i = 1, 100 do
      kept[i] = max - (i - 1)
    end
    helper.collect()
    for i = 1, 100 do
      assert.equals(("18446744073709551%d"):format(615 - (i - 1)), tostring(kept[i]))
    end
    is_integer(max - kept[100], "99")
  end)
end)

describe("arithmetic", function()
  -- a, operator, b, result: at least one operand is boxed on every Lua, except where noted below.
  local cases = {
    { MAX, "-", "1", "18446744073709551614" },
    { MAX, "-", MAX, "0" },
    { MAX, "-", TWO_63, "9223372036854775807" },
    { TWO_63, "-", "1", "9223372036854775807" },
    { TWO_63, "-", MAX, "-9223372036854775807" },
    { TWO_63, "+", "9223372036854775807", MAX },
    { "9223372036854775807", "+", TWO_63, MAX },
    { "1", "+", TWO_63, "9223372036854775809" },
    { TWO_63, "+", "0", TWO_63 },
    { "0", "+", MAX, MAX },
    { "0", "-", TWO_63, MIN },
    { "1", "-", "9223372036854775809", MIN },
    { "-1", "+", MAX, "18446744073709551614" },
    { MAX, "+", "-1", "18446744073709551614" },
    { MIN, "+", TWO_63, "0" },
    { MIN, "+", MAX, "9223372036854775807" },
    { MAX, "*", "1", MAX },
    { MAX, "*", "0", "0" },
    { "0", "*", MAX, "0" },
    { TWO_63, "*", "-1", MIN },
    { "-1", "*", TWO_63, MIN },
    { MAX, "%", "10", "5" },
    { MAX, "%", TWO_63, "9223372036854775807" },
    { MAX, "%", MAX, "0" },
    { "10", "%", MAX, "10" },
    { "-10", "%", MAX, "18446744073709551605" },
    { "-1", "%", TWO_63, "9223372036854775807" },
    { MAX, "%", "-10", "-5" },
    { MAX, "%", "-1", "0" },
    { MIN, "%", TWO_63, "0" },
    -- within 64-bit signed: boxed where numbers are doubles, native elsewhere, the same results
    { "9007199254740992", "+", "1", TWO_53_1 },
    { TWO_53_1, "+", TWO_53_1, "18014398509481986" },
    { TWO_53_1, "-", "1", "9007199254740992" },
    { TWO_53_1, "-", "9007199254740992", "1" },
    { TWO_53_1, "*", "3", "27021597764222979" },
    { "-9007199254740993", "*", "1000", "-9007199254740993000" },
    { TWO_53_1, "%", "1000", "993" },
    { "-9007199254740993", "%", "1000", "7" },
    { TWO_53_1, "%", "-1000", "-7" },
    { "-9007199254740993", "%", "-1000", "-993" },
    { MIN, "+", "9223372036854775807", "-1" },
    { MIN, "%", "1000", "192" },
    { MIN, "+", "0", MIN },
  }
  for _, case in ipairs(cases) do
    local a, operator, b, result = helper.unpack(case)
    -- Two plain doubles make a plain double: the module has no part in that.
    local both_plain = helper.form_of(a) == "number" and helper.form_of(b) == "number"
    if not both_plain then
      it(("%s %s %s is %s"):format(a, operator, b, result), function()
        is_integer(calc(operator, exact(a), exact(b)), result)
      end)
    end
  end

  if helper.can("floor division operator") then
    for _, case in ipairs({
      { MAX, "10", "1844674407370955161" }, { MAX, MAX, "1" }, { MAX, TWO_63, "1" }, { "10", MAX, "0" },
      { "-10", MAX, "-1" }, { MAX, "2", "9223372036854775807" }, { TWO_63, "-1", MIN }, { TWO_63, "1", TWO_63 },
      { MIN, TWO_63, "-1" }, { MAX, "-4294967296", "-4294967296" }, { TWO_63, "-10", "-922337203685477581" },
    }) do
      it(("%s // %s is %s"):format(helper.unpack(case)), function()
        is_integer(calc("//", exact(case[1]), exact(case[2])), case[3])
      end)
    end

    it("// by zero raises", function()
      fails(function() calc("//", helper.u64(MAX), 0) end, "division by zero")
      fails(function() calc("//", helper.u64(TWO_63), exact("0")) end, "division by zero")
    end)
  end

  it("negates", function()
    is_integer(-helper.u64(TWO_63), MIN)
    is_integer(-helper.i64("-9007199254740993"), TWO_53_1)
    is_integer(-helper.u64(TWO_53_1), "-9007199254740993")
  end)

  it("raises where the result needs more than 64 bits", function()
    for _, case in ipairs({
      { MAX, "+", "1" }, { "1", "+", MAX }, { MAX, "+", MAX }, { TWO_63, "+", TWO_63 }, { MAX, "*", "2" },
      { TWO_63, "*", "2" }, { MAX, "*", MAX }, { MAX, "*", "-1" }, { "0", "-", MAX },
      { "0", "-", "9223372036854775809" },
      { "-1", "-", TWO_63 }, { MIN, "-", TWO_63 }, { TWO_63, "-", MIN }, { MIN, "*", TWO_63 },
    }) do
      local a, operator, b = helper.unpack(case)
      fails(function() calc(operator, exact(a), exact(b)) end, "integer overflow")
    end
    fails(function()
      local _ = -helper.u64(MAX)
    end, "integer overflow")
    fails(function()
      local _ = -helper.u64("9223372036854775809")
    end, "integer overflow")
  end)

  it("% by zero raises", function()
    fails(function() calc("%", helper.u64(MAX), 0) end, "division by zero")
    fails(function() calc("%", helper.u64(TWO_63), exact("0")) end, "division by zero")
  end)

  it("/ and ^ give floats", function()
    local max, half = helper.u64(MAX), helper.u64(TWO_63)
    assert.equals(4611686018427387904.0, half / 2)
    assert.equals(0.5, half / max)
    assert.equals(2.0, max / half)
    assert.equals(2 ^ -62, 2 / half)
    assert.equals(math.huge, max / 0)
    assert.equals(1.0, max ^ 0)
    assert.equals((2 ^ 63) ^ 0.5, half ^ 0.5)
    assert.equals(2.0 ^ 126, half ^ 2)
    if helper.can("integer subtype") then
      assert.equals("float", math.type(half / 2))
      assert.equals("float", math.type(max ^ 0))
    end
  end)

  it("mixed with a fraction is float arithmetic", function()
    local half = helper.u64(TWO_63)
    assert.equals(2 ^ 63 * 0.5, half * 0.5)
    assert.equals(2 ^ 63 + 4096.5, half + 4096.5)
    assert.equals(2 ^ 63 - 4096.5, half - 4096.5)
    assert.equals(0.5 - 2 ^ 63, 0.5 - half)
    assert.equals(0, half % 0.5)
    assert.equals(math.huge, half + math.huge)
    assert.equals(-math.huge, half - math.huge)
    local nan = half + 0 / 0
    assert.is_true(nan ~= nan)
  end)

  it("mixed with a whole float is integer arithmetic", function()
    is_integer(helper.u64(TWO_63) + 1.0, "9223372036854775809")
    is_integer(helper.u64(MAX) - 9007199254740992.0, "18437736874454810623")
    is_integer(helper.u64(MAX) % 1e3, "615")
  end)

  it("raises for what is no number, with either on the left", function()
    local max = helper.u64(MAX)
    for _, operator in ipairs({ "+", "-", "*", "/", "%", "^" }) do
      for _, other in ipairs({ {}, true, print, coroutine.create(function() end) }) do
        fails(function() calc(operator, max, other) end)
        fails(function() calc(operator, other, max) end)
      end
      fails(function() calc(operator, max, "abc") end)
      fails(function() calc(operator, max, nil) end)
      fails(function() calc(operator, nil, max) end)
    end
    assert.equals(MAX, tostring(max))
  end)

  it("goes on after an error", function()
    local max = helper.u64(MAX)
    for _ = 1, 100 do
      assert(not pcall(function() return max + 1 end))
    end
    is_integer(max - 1, "18446744073709551614")
  end)

  if not helper.can("integer subtype") then
    -- Where numbers have integers these are native, and wrap as the language says.
    it("overflows nowhere silently below 2^63 either", function()
      fails(function() calc("-", helper.i64(MIN), 1) end, "integer overflow")
      fails(function() calc("*", helper.i64(MIN), 4) end, "integer overflow")
      is_integer(helper.i64("9223372036854775807") + 1, TWO_63)
      is_integer(-helper.i64(MIN), TWO_63)
      is_integer(helper.i64(MIN) * -1, TWO_63)
    end)
  end

  it("adds up exactly over many steps", function()
    local sum = exact(TWO_53_1)
    for i = 1, 1000 do
      sum = sum + i
    end
    is_integer(sum, "9007199255241493")
    sum = helper.u64(TWO_63)
    for i = 1, 1000 do
      sum = sum + i
    end
    is_integer(sum, "9223372036855276308")
    is_integer(exact("121645100408832000") * 20, "2432902008176640000")
  end)
end)

describe("comparison", function()
  local max, half, min = helper.u64(MAX), helper.u64(TWO_63), helper.i64(MIN)

  it("== holds between boxed values of the same number", function()
    assert.is_true(helper.u64(MAX) == helper.u64(MAX))
    assert.is_true(max - 1 == helper.u64("18446744073709551614"))
    assert.is_false(max == half)
    assert.is_true(max ~= half)
    assert.is_true(helper.u64(TWO_53_1) == helper.i64(TWO_53_1))
    assert.is_true(helper.i64(MIN) == min)
    assert.is_false(helper.i64(MIN) == half)
    assert.is_false(helper.i64("-1") == max)
  end)

  it("== between a boxed value and a plain number is false, as Lua has it", function()
    assert.is_false(max == 18446744073709551616.0)
    assert.is_false(half == 9223372036854775808.0)
    assert.is_false(half == 5)
    assert.is_false(half == TWO_63)
    assert.is_false(half == nil)
    assert.is_false(half == ffi.nullPtr)
  end)

  it("< and <= order boxed values exactly", function()
    assert.is_true(half < max)
    assert.is_true(half <= max)
    assert.is_false(max < half)
    assert.is_false(max <= half)
    assert.is_false(max < helper.u64(MAX))
    assert.is_true(max <= helper.u64(MAX))
    assert.is_true(max > half)
    assert.is_true(max >= half)
    assert.is_true(helper.u64("18446744073709551614") < max)
    assert.is_true(half < helper.u64("9223372036854775809"))
  end)

  it("sorts", function()
    local values = {
      max, half, helper.u64("9223372036854775809"), helper.u64("18446744073709551614"),
      helper.u64("12297829382473034410"),
    }
    table.sort(values)
    local texts = {}
    for i, value in ipairs(values) do
      texts[i] = tostring(value)
    end
    assert.same({ TWO_63, "9223372036854775809", "12297829382473034410", "18446744073709551614", MAX }, texts)
  end)

  if not helper.can("integer subtype") then
    it("orders negative boxed values below positive ones", function()
      assert.is_true(min < max)
      assert.is_true(min < half)
      assert.is_true(min < helper.i64(TWO_53_1))
      assert.is_true(min < helper.i64("-9007199254740993"))
      assert.is_false(half < min)
      assert.is_true(helper.i64("-9007199254740994") < helper.i64("-9007199254740993"))
    end)
  end

  if helper.can("order of mixed types") then
    it("orders a boxed value and a plain number exactly", function()
      assert.is_true(5 < max)
      assert.is_true(max > 5)
      assert.is_false(max < 5)
      assert.is_false(max <= 5)
      assert.is_true(-1 < half)
      assert.is_false(half < -1)
      assert.is_true(max < 18446744073709551616.0)
      assert.is_true(max <= 18446744073709551616.0)
      assert.is_false(18446744073709551616.0 < max)
      assert.is_true(half <= 9223372036854775808.0)
      assert.is_true(half >= 9223372036854775808.0)
      assert.is_false(half < 9223372036854775808.0)
      assert.is_true(helper.u64("9223372036854775809") > 9223372036854775808.0)
      assert.is_true(half > 0.5)
      assert.is_true(max < math.huge)
      assert.is_true(max > -math.huge)
      assert.is_false(max < 0 / 0)
      assert.is_false(max > 0 / 0)
      assert.is_false(max <= 0 / 0)
    end)

    it("orders a boxed value and an exact value of any size", function()
      assert.is_true(exact("9223372036854775807") < half)
      assert.is_true(min < half)
      assert.is_true(exact(TWO_53_1) < half)
      assert.is_false(half < exact(TWO_53_1))
    end)
  end

  it("raises for other things", function()
    for _, other in ipairs({ "5", {}, true, print }) do
      fails(function() calc("<", max, other) end)
      fails(function() calc("<=", other, max) end)
    end
    fails(function() calc("<", max, nil) end)
    fails(function() calc("<", nil, max) end)
  end)
end)

if helper.can("bit operators") then
  describe("bit operators", function()
    for _, case in ipairs({
      { MAX, "&", "255", "255" }, { "255", "&", MAX, "255" }, { MAX, "&", TWO_63, TWO_63 },
      { MAX, "&", "0", "0" }, { MAX, "~", MAX, "0" }, { MAX, "~", TWO_63, "9223372036854775807" },
      { MAX, "~", "1", "18446744073709551614" }, { TWO_63, "|", "1", "9223372036854775809" },
      { TWO_63, "|", "9223372036854775807", MAX }, { TWO_63, ">>", "63", "1" },
      { MAX, ">>", "1", "9223372036854775807" },
      { MAX, ">>", "60", "15" }, { MAX, ">>", "64", "0" }, { MAX, ">>", "1000", "0" }, { MAX, "<<", "64", "0" },
      { TWO_63, "<<", "1", "0" }, { MAX, "<<", "63", TWO_63 }, { MAX, "<<", "1", "18446744073709551614" },
      { MAX, ">>", "0", MAX }, { MAX, "<<", "0", MAX }, { TWO_63, "<<", "-63", "1" },
      { "12297829382473034410", "&", "65535", "43690" },
    }) do
      local a, operator, b, result = helper.unpack(case)
      it(("%s %s %s is %s"):format(a, operator, b, result), function()
        is_integer(calc(operator, exact(a), exact(b)), result)
      end)
    end

    it("~ alone inverts all 64 bits", function()
      is_integer(helper.eval("local a = ... return ~a", helper.u64(MAX)), "0")
      is_integer(helper.eval("local a = ... return ~a", helper.u64(TWO_63)), "9223372036854775807")
    end)

    it("raise for fractions and what is no number", function()
      local max = helper.u64(MAX)
      for _, operator in ipairs({ "&", "|", "~", "<<", ">>" }) do
        fails(function() calc(operator, max, 1.5) end)
        fails(function() calc(operator, max, {}) end)
        fails(function() calc(operator, nil, max) end)
        fails(function() calc(operator, "x", max) end)
      end
    end)
  end)
end

describe("64-bit values through C", function()
  local numbers = ffi.load(helper.fixture("numbers"), {
    id_i64 = { args = { "i64" }, ret = "i64" },
    id_u64 = { args = { "u64" }, ret = "u64" },
    id_isize = { args = { "isize" }, ret = "isize" },
    id_usize = { args = { "usize" }, ret = "usize" },
    add_u64 = { args = { "u64", "u64" }, ret = "u64" },
    add64 = { args = { "i64", "i64" }, ret = "i64" },
    out_u64 = { args = { "ref u64" } },
    out_i64 = { args = { "ref i64" } },
    slen = { args = { "string" }, ret = "usize" },
    increment_u64 = { args = { "u64*" } },
  })
  local callbacks = ffi.load(helper.fixture("callbacks"), {
    call_i64 = { args = { "pointer", "i64" }, ret = "i64" },
    call_u64 = { args = { "pointer", "u64" }, ret = "u64" },
  })
  local lone = ffi.open(helper.fixture("numbers"))
  local arena = ffi.arena()
  local block = arena:alloc(32)
  local Wide = ffi.struct({ { "s", "i64" }, { "u", "u64" }, { "many", "u64", 2 } })

  -- type -> ways; a value goes in and the same value comes back
  local ways = {
    { "a bound function", function(t, v) return numbers["id_" .. t](v) end },
    { "Library:call", function(t, v) return lone:call("id_" .. t, t, { t }, v) end },
    { "memory", function(t, v)
      ffi.write(block, 3, t, v)
      return ffi.read(block, 3, t)
    end },
    { "an element", function(t, v)
      local typed = ffi.cast(block, t)
      typed[2] = v
      return typed[2]
    end },
    { "a field", function(t, v)
      local view = ffi.view(block, Wide)
      local field = t == "i64" and "s" or "u"
      view[field] = v
      return view[field]
    end },
    { "an initialiser", function(t, v)
      local field = t == "i64" and "s" or "u"
      return Wide:new({ [field] = v })[field]
    end },
    { "a buffer", function(t, v)
      local buffer = ffi.buffer(9)
      buffer:write(1, t, v)
      return buffer:read(1, t)
    end },
    { "unsafe memory", function(t, v)
      ffi.unsafe.write(block.addr + 1, t, v)
      return ffi.unsafe.read(block.addr + 1, t)
    end },
    { "a callback", function(t, v)
      local seen
      local callback = ffi.callback(function(x)
        seen = x
        return x
      end, t, { t })
      local result = callbacks["call_" .. t](callback, v)
      assert(helper.digits(seen) == helper.digits(result))
      return result
    end },
    { "a variadic argument", function(t, v)
      local lib = ffi.load(helper.fixture("variadics"), {
        sum_i64 = { args = { "i32", "..." }, ret = t },
      })
      return lib.sum_i64(1, { t, v })
    end },
  }
  for _, way in ipairs(ways) do
    for _, edge in ipairs(EDGES) do
      local digits, signed, unsigned = helper.unpack(edge)
      it(("%s goes through %s exactly"):format(digits, way[1]), function()
        if signed then
          is_integer(way[2]("i64", exact(digits)), digits)
        end
        if unsigned then
          is_integer(way[2]("u64", exact(digits)), digits)
        end
      end)
    end

    it("the other reading of 64 bits goes through " .. way[1], function()
      is_integer(way[2]("i64", helper.u64(MAX)), "-1")
      is_integer(way[2]("i64", helper.u64(TWO_63)), MIN)
      is_integer(way[2]("u64", helper.i64(MIN)), TWO_63)
      is_integer(way[2]("u64", -1), MAX)
    end)
  end

  it("isize and usize are as exact", function()
    if ffi.sizeof("usize") == 8 then
      is_integer(numbers.id_usize(helper.u64(MAX)), MAX)
      is_integer(numbers.id_isize(helper.i64(MIN)), MIN)
      is_integer(numbers.id_isize(helper.i64("-9007199254740993")), "-9007199254740993")
      is_integer(numbers.id_usize(helper.u64(TWO_53_1)), TWO_53_1)
    end
  end)

  it("C computes with them", function()
    is_integer(numbers.add_u64(helper.u64(TWO_63), helper.i64("9223372036854775807")), MAX)
    is_integer(numbers.add_u64(helper.u64(MAX), 2), "1")
    is_integer(numbers.add64(helper.i64(TWO_53_1), helper.i64(TWO_53_1)), "18014398509481986")
    is_integer(numbers.add64(helper.i64(MIN), helper.i64("9223372036854775807")), "-1")
  end)

  it("C changes them in place", function()
    ffi.write(block, 0, "u64", helper.u64("18446744073709551614"))
    numbers.increment_u64(block)
    is_integer(ffi.read(block, 0, "u64"), MAX)
    numbers.increment_u64(block)
    is_integer(ffi.read(block, 0, "u64"), "0")
  end)

  it("small results of 64-bit types are plain numbers", function()
    for _, value in ipairs({ 0, 1, -1, 1000000, -2147483649 }) do
      assert.equals("number", type(numbers.id_i64(value)))
      assert.equals(value, numbers.id_i64(value))
    end
    assert.equals(5, numbers.slen("12345"))
  end)

  it("array fields take tables of them", function()
    local view = Wide:new({ many = { helper.u64(MAX), helper.u64(TWO_53_1) } })
    is_integer(view.many[0], MAX)
    is_integer(view.many[1], TWO_53_1)
  end)

  it("do not fit smaller types", function()
    local max = helper.u64(MAX)
    for _, ctype in ipairs({ "i8", "u8", "i16", "u16", "i32", "u32" }) do
      fails(function() ffi.write(block, 0, ctype, max) end, "bad argument #4 to 'write'",
        ctype .. " expected", "got " .. MAX .. ": out of range")
    end
  end)

  it("go into doubles where that is exact", function()
    ffi.write(block, 0, "f64", helper.u64(TWO_63))
    assert.equals(2 ^ 63, ffi.read(block, 0, "f64"))
    fails(function() ffi.write(block, 0, "f64", helper.u64(MAX)) end, "bad argument #4 to 'write'",
      "f64 expected", "not exact as a double")
    assert.equals(2 ^ 63, ffi.read(block, 0, "f64"))
  end)

  it("are true as a bool, and no string", function()
    ffi.write(block, 0, "bool", helper.u64(MAX))
    assert.is_true(ffi.read(block, 0, "bool"))
    fails(function() numbers.slen(helper.u64(MAX)) end, "bad argument #1 to 'slen'", "string expected", "got Int64")
  end)

  it("go as 64-bit integers through plain variadic arguments", function()
    local lib = ffi.load(helper.fixture("variadics"), {
      sum_i64 = { args = { "i32", "..." }, ret = "i64" },
      sum_u64 = { args = { "i32", "..." }, ret = "u64", name = "sum_i64" },
      format = { args = { "pointer", "usize", "string", "..." }, ret = "i32" },
    })
    is_integer(lib.sum_u64(1, helper.u64(MAX)), MAX)
    is_integer(lib.sum_i64(2, helper.i64(MIN), helper.u64(TWO_53_1)), "-9214364837600034815")
    local buffer = ffi.buffer(64)
    lib.format(buffer, 64, "%llu", helper.u64(MAX))
    assert.equals(MAX, buffer:readString())
  end)
end)

describe("a huge boxed value as a size, an offset, an index or a count", function()
  local max = helper.u64(MAX)
  local arena = ffi.arena()
  local block = arena:alloc(16)
  local typed = ffi.cast(block, "i32")
  local buffer = ffi.buffer(16)
  local cases = {
    { "arena:alloc", function() arena:alloc(max) end },
    { "arena:allocAligned, size", function() arena:allocAligned(max, 16) end },
    { "arena:allocAligned, alignment", function() arena:allocAligned(16, max) end },
    { "arena:allocArray", function() arena:allocArray("i32", max) end },
    { "pointer:read", function() block:read(max, "i32") end },
    { "pointer:write", function() block:write(max, "i32", 1) end },
    { "typed:get", function() typed:get(max) end },
    { "typed:set", function() typed:set(max, 1) end },
    { "typed[max]", function()
      local _ = typed[max]
    end },
    { "typed[max] = v", function() typed[max] = 1 end },
    { "ffi.read", function() ffi.read(block, max, "i32") end },
    { "ffi.write", function() ffi.write(block, max, "i32", 1) end },
    { "ffi.copy", function() ffi.copy(block, buffer, max) end },
    { "ffi.fill, length", function() ffi.fill(block, max, 0) end },
    { "ffi.fill, byte", function() ffi.fill(block, 1, max) end },
    { "ffi.string", function() ffi.string(block, max) end },
    { "ffi.buffer", function() ffi.buffer(max) end },
    { "buffer:read", function() buffer:read(max, "i32") end },
    { "buffer:write", function() buffer:write(max, "i32", 1) end },
    { "buffer:readBytes, offset", function() buffer:readBytes(max, 1) end },
    { "buffer:readBytes, length", function() buffer:readBytes(0, max) end },
    { "buffer:writeBytes", function() buffer:writeBytes(max, "x") end },
    { "buffer:readString", function() buffer:readString(max) end },
    { "buffer:writeString", function() buffer:writeString(max, "x") end },
    { "buffer:slice, offset", function() buffer:slice(max, 1) end },
    { "buffer:slice, size", function() buffer:slice(0, max) end },
    { "ffi.struct, array length", function() ffi.struct({ { "f", "i32", max } }) end },
    { "ffi.errno", function() ffi.errno(max) end },
  }
  for _, case in ipairs(cases) do
    it("is refused by " .. case[1] .. ", and nothing changes", function()
      ffi.fill(block, 16, 7)
      fails(case[2])
      assert.equals(("\7"):rep(16), ffi.string(block, 16))
      assert.equals(16, arena.totalAllocated)
      assert.equals(1, arena.allocationCount)
      assert.equals(("\0"):rep(16), buffer:readBytes(0, 16))
    end)
  end

  it("moves no pointer", function()
    fails(function()
      local _ = block + max
    end)
    fails(function()
      local _ = max + block
    end)
    fails(function()
      local _ = block - max
    end)
    fails(function() block:offset(max) end)
    fails(function()
      local _ = typed + max
    end)
    fails(function()
      local _ = typed - max
    end)
    ffi.fill(block, 16, 1)
    assert.equals(1, block:read(15, "u8"))
  end)

  it("is an address to ffi.ptr and ffi.unsafe, of which nothing is read here", function()
    local pointer = ffi.ptr(max)
    is_integer(pointer.addr, MAX)
    assert.is_false(pointer.isNull)
    assert.is_false(pointer.isManaged)
  end)
end)
