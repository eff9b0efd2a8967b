-- Values between Lua and C: every scalar type both ways, through memory and through calls; what
-- fits, what is one beyond, what is refused, and that a refusal leaves everything as it was.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local fails = helper.fails

local SCALARS = {
  "bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "isize", "usize", "f32", "f64",
}

local numbers, callbacks
do
  local functions, calls = {}, {}
  for _, name in ipairs(SCALARS) do
    functions["id_" .. name] = { args = { name }, ret = name }
    calls["call_" .. name] = { args = { "pointer", name }, ret = name }
  end
  for name, entry in pairs({
    id_pointer = { args = { "pointer" }, ret = "pointer" },
    id_string = { args = { "string" }, ret = "string" },
    ident = { args = { "string" }, ret = "string" },
    slen = { args = { "string" }, ret = "usize" },
    is_null = { args = { "pointer" }, ret = "bool" },
    is_null_string = { args = { "string" }, ret = "bool", name = "is_null" },
    byte_at = { args = { "pointer", "usize" }, ret = "u8" },
    bool_to_int = { args = { "bool" }, ret = "i32" },
    byte_bool = { args = { "u32" }, ret = "bool" },
    dirty_bool = { args = { "u32" }, ret = "bool" },
    dirty_i8 = { args = { "u32" }, ret = "i8", name = "dirty8" },
    dirty_u8 = { args = { "u32" }, ret = "u8", name = "dirty8" },
    dirty_i16 = { args = { "u32" }, ret = "i16", name = "dirty16" },
    dirty_u16 = { args = { "u32" }, ret = "u16", name = "dirty16" },
    dirty_i32 = { args = { "u32" }, ret = "i32", name = "dirty32" },
    dirty_u32 = { args = { "u32" }, ret = "u32", name = "dirty32" },
    bits_i8 = { args = { "i8" }, ret = "i32", name = "arg_bits" },
    bits_u8 = { args = { "u8" }, ret = "i32", name = "arg_bits" },
    bits_i16 = { args = { "i16" }, ret = "i32", name = "arg_bits" },
    bits_u16 = { args = { "u16" }, ret = "i32", name = "arg_bits" },
    bits_bool = { args = { "bool" }, ret = "i32", name = "arg_bits" },
    nan_f64 = { ret = "f64" }, inf_f64 = { ret = "f64" }, tiny_f32 = { ret = "f32" },
    third = { ret = "f64" }, neg_zero = { ret = "f64" },
    null_string = { ret = "string" }, empty_string = { ret = "string" },
    utf8_text = { ret = "string" }, latin1_text = { ret = "string" },
    version_pointer = { ret = "pointer", name = "version_string" },
    same_text = { args = { "string", "string" }, ret = "bool" },
    noop = {},
  }) do
    functions[name] = entry
  end
  numbers = ffi.load(helper.fixture("numbers"), functions)
  calls.call_pointer = { args = { "pointer", "pointer" }, ret = "pointer" }
  calls.call_string = { args = { "pointer", "string" }, ret = "string" }
  calls.string_length_of = { args = { "pointer" }, ret = "usize" }
  callbacks = ffi.load(helper.fixture("callbacks"), calls)
end

local lone = ffi.open(helper.fixture("numbers"))

-- The ways a value takes into C and back. make(type) gives a function that sends one value and
-- returns what comes back, and a text that shows whether anything changed. `place` is what an
-- error names.
local MARK = 0x5A

local function marked(size)
  local block = ffi.arena():alloc(size)
  ffi.fill(block, size, MARK)
  return block
end

local WAYS = {
  {
    name = "ffi.write and ffi.read", place = "bad argument #4 to 'write'",
    make = function(ctype)
      local block = marked(16)
      return function(value)
        ffi.write(block, 0, ctype, value)
        return ffi.read(block, 0, ctype)
      end, function() return ffi.string(block, 16) end
    end,
  },
  {
    name = "a RawPointer", place = "bad argument #3 to 'write'",
    make = function(ctype)
      local block = marked(16)
      return function(value)
        block:write(1, ctype, value)
        return block:read(1, ctype)
      end, function() return ffi.string(block, 16) end
    end,
  },
  {
    name = "an indexed TypedPointer", place = "bad value for index 1",
    make = function(ctype)
      local block = marked(16)
      local typed = ffi.cast(block, ctype)
      return function(value)
        typed[1] = value
        return typed[1]
      end, function() return ffi.string(block, 16) end
    end,
  },
  {
    name = "TypedPointer set and get", place = "bad argument #2 to 'set'",
    make = function(ctype)
      local block = marked(16)
      local typed = ffi.cast(block, ctype)
      return function(value)
        typed:set(0, value)
        return typed:get(0)
      end, function() return ffi.string(block, 16) end
    end,
  },
  {
    name = "a struct field", place = "bad value for field 'f'",
    make = function(ctype)
      local block = marked(24)
      local view = ffi.view(block, ffi.struct({ { "head", "u8" }, { "f", ctype } }))
      return function(value)
        view.f = value
        return view.f
      end, function() return ffi.string(block, 24) end
    end,
  },
  {
    name = "a Buffer", place = "bad argument #3 to 'write'",
    make = function(ctype)
      local buffer = ffi.buffer(16)
      ffi.fill(buffer, 16, MARK)
      return function(value)
        buffer:write(3, ctype, value)
        return buffer:read(3, ctype)
      end, function() return buffer:readBytes(0, 16) end
    end,
  },
  {
    name = "ffi.unsafe", place = "bad argument #3 to 'write'",
    make = function(ctype)
      local block = marked(16)
      return function(value)
        ffi.unsafe.write(block.addr, ctype, value)
        return ffi.unsafe.read(block.addr, ctype)
      end, function() return ffi.string(block, 16) end
    end,
  },
  {
    name = "a bound function", place = "bad argument #1 to 'id_%s'",
    make = function(ctype)
      return numbers["id_" .. ctype], function() return "" end
    end,
  },
  {
    name = "Library:call", place = "bad argument #",
    make = function(ctype)
      local symbol = "id_" .. ctype
      return function(value)
        local result = lone:call(symbol, ctype, { ctype }, value)
        return result
      end, function() return "" end
    end,
  },
  {
    name = "a callback's argument and result", place = "bad argument #2 to 'call_%s'",
    make = function(ctype)
      local callback = ffi.callback(function(value) return value end, ctype, { ctype })
      local call = callbacks["call_" .. ctype]
      return function(value)
        local result = call(callback, value)
        return result
      end, function() return "" end
    end,
  },
  {
    name = "a callback's result alone", place = "",
    make = function(ctype)
      local answer
      local callback = ffi.callback(function() return answer end, ctype, { ctype })
      local call = callbacks["call_" .. ctype]
      return function(value)
        answer = value
        local result = call(callback, 0)
        return result
      end, function() return "" end
    end,
  },
}

-- The two ways that every single value below takes; the others get the limits of every type.
local MEMORY, CALL = WAYS[1], WAYS[8]

-- Checks that the value is refused on that way, with those texts, and that the way still works.
local function refuses(way, ctype, value, ...)
  local send, state = way.make(ctype)
  send(1)
  local before = state()
  fails(function()
    local _ = send(value)
  end, way.place:format(ctype), ctype .. " expected", ...)
  assert.equals(before, state())
  assert.equals(1, send(1))
end

-- The exact integer with these digits, in the form that this Lua has for it.
local function exact(digits)
  return digits:sub(1, 1) == "-" and helper.i64(digits) or helper.u64(digits)
end

-- Limits per width: one below, minimum, signed maximum, one above that, unsigned maximum, one above.
local LIMITS = {
  [8] = { "-129", "-128", "127", "128", "255", "256" },
  [16] = { "-32769", "-32768", "32767", "32768", "65535", "65536" },
  [32] = { "-2147483649", "-2147483648", "2147483647", "2147483648", "4294967295", "4294967296" },
  [64] = {
    "-9223372036854775809", "-9223372036854775808", "9223372036854775807", "9223372036854775808",
    "18446744073709551615", "18446744073709551616",
  },
}

local INTEGERS = {
  { "i8", 8, true }, { "u8", 8, false }, { "i16", 16, true }, { "u16", 16, false },
  { "i32", 32, true }, { "u32", 32, false }, { "i64", 64, true }, { "u64", 64, false },
  { "isize", 8 * ffi.sizeof("isize"), true }, { "usize", 8 * ffi.sizeof("usize"), false },
}

-- digits sent -> digits that come back
local function accepted(bits, signed)
  local below, min, max, above, umax = helper.unpack(LIMITS[bits])
  assert(below)
  if signed then
    return {
      { min, min }, { "-1", "-1" }, { "0", "0" }, { "1", "1" }, { max, max },
      { above, min }, { umax, "-1" },
    }
  end
  return {
    { "0", "0" }, { "1", "1" }, { max, max }, { above, above }, { umax, umax },
    { min, above }, { "-1", umax },
  }
end

-- One beyond each limit, as texts: at 64 bits no number and no boxed value can be so large.
local function beyond(bits)
  local limits = LIMITS[bits]
  return { limits[1], limits[6] }
end

local function range_text(bits)
  return LIMITS[bits][2] .. ".." .. LIMITS[bits][5]
end

for _, row in ipairs(INTEGERS) do
  local ctype, bits, signed = helper.unpack(row)

  describe(ctype, function()
    for _, way in ipairs({ MEMORY, CALL }) do
      for _, pair in ipairs(accepted(bits, signed)) do
        it(("takes %s through %s and gives %s"):format(pair[1], way.name, pair[2]), function()
          local send = way.make(ctype)
          helper.is_integer(send(exact(pair[1])), pair[2])
          helper.is_integer(send(pair[1]), pair[2])
        end)
      end

      for _, digits in ipairs(beyond(bits)) do
        it(("refuses %s through %s"):format(digits, way.name), function()
          refuses(way, ctype, digits, "out of range " .. range_text(bits))
          if bits < 64 then
            refuses(way, ctype, exact(digits), "got " .. digits .. ": out of range " .. range_text(bits))
          end
        end)
      end

      it("truncates fractions toward zero through " .. way.name, function()
        local send = way.make(ctype)
        helper.is_integer(send(3.7), "3")
        helper.is_integer(send(0.999), "0")
        helper.is_integer(send(-0.999), "0")
        helper.is_integer(send(100.5), "100")
        helper.is_integer(send(-1.5), signed and "-1" or LIMITS[bits][5])
        helper.is_integer(send(-3.7), signed and "-3" or helper.digits(send(-3)))
      end)

      it("takes whole floats as integers through " .. way.name, function()
        local send = way.make(ctype)
        helper.is_integer(send(2 ^ (bits - 2)), ("%.0f"):format(2 ^ (bits - 2)))
        helper.is_integer(send(-1 / math.huge), "0")
      end)

      it("refuses NaN and infinities through " .. way.name, function()
        refuses(way, ctype, 0 / 0, "got nan: not an integer")
        refuses(way, ctype, -(0 / 0), "got nan: not an integer")
        refuses(way, ctype, math.huge, "got inf: out of range " .. range_text(bits))
        refuses(way, ctype, -math.huge, "got -inf: out of range " .. range_text(bits))
      end)

      it("refuses floats far out of range through " .. way.name, function()
        for _, value in ipairs({ 1e30, -1e30, 2 ^ 64, -2 ^ 64, 1.7976931348623157e308, -9223372036854777856 }) do
          refuses(way, ctype, value, "out of range " .. range_text(bits))
        end
      end)

      it("takes numeric strings through " .. way.name, function()
        local send = way.make(ctype)
        for text, digits in pairs({
          ["12"] = "12", ["0"] = "0", ["007"] = "7", ["+5"] = "5", ["0x1f"] = "31", ["0X1F"] = "31",
          [" 12 "] = "12", ["1e2"] = "100", ["3.7"] = "3", ["-0"] = "0", ["0x7F"] = "127", ["-0.5"] = "0",
        }) do
          helper.is_integer(send(text), digits)
        end
      end)

      it("refuses strings of more than 64 bits through " .. way.name, function()
        for _, text in ipairs({
          "0x10000000000000000", "0x10000000000000001", "-0x10000000000000001", "0xfffffffffffffffffff", "1e20",
          "18446744073709551617", "-9223372036854775810", "-18446744073709551615",
          "340282366920938463463374607431768211457", ("9"):rep(500),
        }) do
          refuses(way, ctype, text, "out of range " .. range_text(bits))
        end
      end)

      it("refuses other strings through " .. way.name, function()
        for _, text in ipairs({
          "", " ", "abc", "12abc", "0x", "1e", "--1", "1 2", "nan", "inf", "-inf", "12\0", "5\0junk", "0xg",
          "1,5", "true", "0b11", "infinity", "1LL",
        }) do
          refuses(way, ctype, text, "got ")
        end
        refuses(way, ctype, "abc", "got string")
      end)

      it("refuses what is no number through " .. way.name, function()
        refuses(way, ctype, nil, "got nil")
        refuses(way, ctype, true, "got boolean")
        refuses(way, ctype, false, "got boolean")
        refuses(way, ctype, {}, "got table")
        refuses(way, ctype, print, "got function")
        refuses(way, ctype, coroutine.create(function() end), "got thread")
        refuses(way, ctype, ffi.null, "got ")
        refuses(way, ctype, ffi.nullPtr, "got RawPointer")
        refuses(way, ctype, ffi.buffer(8), "got Buffer")
      end)
    end

    for i, way in ipairs(WAYS) do
      if way ~= MEMORY and way ~= CALL then
        it(("has the same limits through %s (way %d)"):format(way.name, i), function()
          local send = way.make(ctype)
          for _, pair in ipairs(accepted(bits, signed)) do
            helper.is_integer(send(exact(pair[1])), pair[2])
          end
          helper.is_integer(send(-3.7), signed and "-3" or helper.digits(send(-3)))
          for _, digits in ipairs(beyond(bits)) do
            refuses(way, ctype, digits, "out of range " .. range_text(bits))
          end
          refuses(way, ctype, 0 / 0, "got nan: not an integer")
          refuses(way, ctype, math.huge, "got inf: out of range")
          refuses(way, ctype, "abc", "got string")
          refuses(way, ctype, {}, "got table")
          refuses(way, ctype, true, "got boolean")
        end)
      end
    end

    it("has its bytes in memory in the platform's order", function()
      local block = marked(16)
      ffi.write(block, 0, ctype, 1)
      local bytes = bits / 8
      local text = ffi.string(block, 16)
      assert.equals(("\0"):rep(bytes - 1), (text:sub(1, bytes):gsub("\1", "", 1)))
      assert.equals(("Z"):rep(16 - bytes), text:sub(bytes + 1))
    end)

    it("is read from any address, aligned or not", function()
      local block = marked(32)
      for offset = 0, 9 do
        block:write(offset, ctype, 100)
        helper.is_integer(block:read(offset, ctype), "100")
        helper.is_integer(ffi.cast(block + offset, ctype)[0], "100")
        helper.is_integer(ffi.unsafe.read(block.addr + offset, ctype), "100")
      end
    end)

    it("comes from C at its limits", function()
      local lib = ffi.load(helper.fixture("numbers"), {
        min = { ret = ctype, name = "min_" .. ctype },
        max = { ret = ctype, name = "max_" .. ctype },
      })
      helper.is_integer(lib.min(), signed and LIMITS[bits][2] or "0")
      helper.is_integer(lib.max(), signed and LIMITS[bits][3] or LIMITS[bits][5])
    end)
  end)
end

describe("small results and arguments", function()
  it("ignore what C leaves above a small result", function()
    helper.is_integer(numbers.dirty_i8(0xFF), "-1")
    helper.is_integer(numbers.dirty_i8(0x7F), "127")
    helper.is_integer(numbers.dirty_u8(0xFF), "255")
    helper.is_integer(numbers.dirty_u8(0), "0")
    helper.is_integer(numbers.dirty_i16(0x8000), "-32768")
    helper.is_integer(numbers.dirty_u16(0xFFFF), "65535")
    helper.is_integer(numbers.dirty_i32(0xFFFFFFFE), "-2")
    helper.is_integer(numbers.dirty_u32(0xFFFFFFFE), "4294967294")
    assert.is_false(numbers.dirty_bool(0))
    assert.is_true(numbers.dirty_bool(1))
  end)

  it("fill the register of a small argument", function()
    assert.equals(-1, numbers.bits_i8(-1))
    assert.equals(-128, numbers.bits_i8(128))
    assert.equals(255, numbers.bits_u8(-1))
    assert.equals(200, numbers.bits_u8(200))
    assert.equals(-1, numbers.bits_i16(65535))
    assert.equals(65535, numbers.bits_u16(-1))
    assert.equals(1, numbers.bits_bool(true))
    assert.equals(0, numbers.bits_bool(nil))
  end)

  -- C reads a small result from the low 32 bits at most: the rest of the register is anybody's.
  it("fill the low half of the register of a callback's small result", function()
    for _, case in ipairs({
      { "i8", -1, "-1" }, { "u8", 255, "255" }, { "i16", -2, "-2" }, { "u16", 65535, "65535" },
      { "bool", true, "1" }, { "bool", false, "0" },
    }) do
      local callback = ffi.callback(function() return case[2] end, case[1], {})
      local lib = ffi.load(helper.fixture("callbacks"), { call_wide = { args = { "pointer" }, ret = "i32" } })
      helper.is_integer(lib.call_wide(callback), case[3])
    end
  end)
end)

describe("bool", function()
  local truths = {
    { "nil", nil, false }, { "false", false, false }, { "true", true, true }, { "0", 0, true },
    { "0.0", 0.0, true }, { "1", 1, true }, { "NaN", 0 / 0, true }, { "an empty string", "", true },
    { "a string", "false", true }, { "a table", {}, true }, { "a function", print, true },
    { "ffi.null", ffi.null, true }, { "ffi.nullPtr", ffi.nullPtr, true }, { "a buffer", ffi.buffer(0), true },
  }
  for _, way in ipairs(WAYS) do
    for _, case in ipairs(truths) do
      local name, value, wanted = case[1], case[2], case[3]
      it(("of %s is %s through %s (%s)"):format(name, tostring(wanted), way.name, way.place), function()
        local send = way.make("bool")
        assert.equals(not wanted, send(not wanted))
        assert.equals(wanted, send(value))
      end)
    end
  end

  it("is the byte 0 or 1 in memory", function()
    local block = marked(4)
    ffi.write(block, 0, "bool", "anything")
    ffi.write(block, 1, "bool", nil)
    ffi.write(block, 2, "bool", 0)
    assert.equals("\1\0\1Z", ffi.string(block, 4))
  end)

  it("is the int 0 or 1 to C", function()
    assert.equals(1, numbers.bool_to_int({}))
    assert.equals(1, numbers.bool_to_int(0))
    assert.equals(0, numbers.bool_to_int(false))
    assert.equals(0, numbers.bool_to_int(nil))
  end)

  it("reads true from every byte but 0", function()
    local block = marked(1)
    for byte = 0, 255 do
      block:write(0, "u8", byte)
      assert.equals(byte ~= 0, block:read(0, "bool"))
      assert.equals(byte ~= 0, numbers.byte_bool(byte))
    end
  end)
end)

describe("f64", function()
  for i, way in ipairs(WAYS) do
    it(("carries every double unchanged through %s (way %d)"):format(way.name, i), function()
      local send = way.make("f64")
      for _, value in ipairs({
        0, 1, -1, 0.1, -2.5, 1 / 3, 1e-300, 4.9406564584124654e-324, 2.2250738585072014e-308,
        1.7976931348623157e308, -1.7976931348623157e308, 9007199254740992, 1e22, math.huge, -math.huge,
      }) do
        assert.equals(value, send(value))
      end
      local nan = send(0 / 0)
      assert.is_true(nan ~= nan)
      assert.equals(-math.huge, 1 / send(-1 / math.huge))
    end)

    it(("refuses what is no number through %s (way %d)"):format(way.name, i), function()
      if way.place == "" then
        return -- a callback that returns nothing gives zero: see below
      end
      refuses(way, "f64", nil, "got nil")
      refuses(way, "f64", true, "got boolean")
      refuses(way, "f64", {}, "got table")
      refuses(way, "f64", "abc", "got string")
      refuses(way, "f64", ffi.nullPtr, "got RawPointer")
    end)
  end

  it("is a float to Lua even when whole", function()
    local value = numbers.id_f64(3)
    assert.equals(3, value)
    if helper.can("integer subtype") then
      assert.equals("float", math.type(value))
      assert.equals("float", math.type(numbers.id_f32(3)))
      assert.equals("float", math.type(ffi.read(marked(8), 0, "f64")))
    end
  end)

  it("takes numeric strings", function()
    for text, value in pairs({
      ["1.5"] = 1.5, ["-2"] = -2, ["0x10"] = 16, ["1e3"] = 1000, [" 2.5 "] = 2.5, [".5"] = 0.5, ["5."] = 5,
      ["1e400"] = math.huge,
    }) do
      assert.equals(value, numbers.id_f64(text))
      assert.equals(value, numbers.id_f32(text))
    end
  end)

  it("refuses words and broken numbers", function()
    for _, text in ipairs({ "", "nan", "inf", "-inf", "infinity", "nan(1)", "1.5x", "0x", "1e", "1.5\0", "0b11" }) do
      refuses(CALL, "f64", text, "got string")
      refuses(MEMORY, "f64", text, "got string")
      refuses(CALL, "f32", text, "got string")
    end
  end)

  it("refuses an integer that a double cannot hold", function()
    for _, digits in ipairs({
      "9007199254740993", "-9007199254740993", "9223372036854775807", "18446744073709551615",
      "9223372036854775809", "9007199254740995",
    }) do
      for _, way in ipairs({ MEMORY, CALL }) do
        refuses(way, "f64", exact(digits), "got " .. digits, "not exact as a double")
        refuses(way, "f32", exact(digits), "got " .. digits, "not exact as a double")
      end
    end
  end)

  it("takes every integer that a double can hold", function()
    for digits, value in pairs({
      ["9007199254740992"] = 2 ^ 53, ["9007199254740994"] = 2 ^ 53 + 2, ["-9007199254740992"] = -2 ^ 53,
      ["9223372036854775808"] = 2 ^ 63, ["-9223372036854775808"] = -2 ^ 63,
      ["18446744073709549568"] = 2 ^ 64 - 2048, ["36028797018963968"] = 2 ^ 55,
    }) do
      assert.equals(value, numbers.id_f64(exact(digits)))
      assert.equals(value, MEMORY.make("f64")(exact(digits)))
    end
  end)

  it("comes from C as it is", function()
    assert.equals(1 / 3, numbers.third())
    assert.equals(math.huge, numbers.inf_f64())
    assert.equals(-math.huge, 1 / numbers.neg_zero())
    local nan = numbers.nan_f64()
    assert.is_true(nan ~= nan)
  end)
end)

describe("f32", function()
  for i, way in ipairs(WAYS) do
    it(("rounds to the nearest float through %s (way %d)"):format(way.name, i), function()
      local send = way.make("f32")
      for _, case in ipairs({
        { 0.5, 0.5 }, { -0.25, -0.25 }, { 0.1, 0.10000000149011612 }, { 1 / 3, 0.3333333432674408 },
        { 16777217, 16777216 }, { 16777219, 16777220 }, { 3.4028234663852886e38, 3.4028234663852886e38 },
        { 3.402823669209385e38, math.huge }, { 1e39, math.huge }, { -1e39, -math.huge },
        { math.huge, math.huge }, { 2 ^ -149, 2 ^ -149 }, { 2 ^ -151, 0 }, { 2 ^ 63, 2 ^ 63 },
      }) do
        assert.equals(case[2], send(case[1]))
      end
      local nan = send(0 / 0)
      assert.is_true(nan ~= nan)
    end)
  end

  it("keeps the sign of zero", function()
    assert.equals(-math.huge, 1 / numbers.id_f32(-1 / math.huge))
    assert.equals(-math.huge, 1 / numbers.id_f32(-1e-60))
  end)

  it("comes from C as it is", function()
    assert.equals(2 ^ -149, numbers.tiny_f32())
  end)

  it("refuses what is no number", function()
    for _, way in ipairs({ MEMORY, CALL }) do
      refuses(way, "f32", nil, "got nil")
      refuses(way, "f32", false, "got boolean")
      refuses(way, "f32", {}, "got table")
    end
  end)
end)

describe("a callback without a result", function()
  for _, ctype in ipairs(SCALARS) do
    it("gives C a zero for " .. ctype, function()
      local callback = ffi.callback(function() end, ctype, { ctype })
      local zero = 0
      if ctype == "bool" then
        zero = false
      end
      assert.equals(zero, callbacks["call_" .. ctype](callback, 1))
    end)
  end
end)

-- Pointers -------------------------------------------------------------------------------------

describe("pointer", function()
  local arena = ffi.arena()
  local block = arena:alloc(64)
  local cell = arena:alloc(8)
  local Record = ffi.struct({ { "p", "pointer" }, { "n", "i32" } })
  local record = ffi.view(arena:alloc(16), Record)
  local callback = ffi.callback(function() return 1 end, "i32", {})
  local answer
  local returning = ffi.callback(function() return answer end, "pointer", { "pointer" })

  local buffer = ffi.buffer(16)

  local function address_of(pointer)
    return pointer and ffi.ptr(pointer).addr or 0
  end

  -- The address that C sees, by every way a pointer takes.
  local ways = {
    { "an argument", function(p) return address_of(numbers.id_pointer(p)) end, true },
    { "Library:call", function(p) return address_of(lone:call("id_pointer", "pointer", { "pointer" }, p)) end, true },
    { "ffi.write", function(p)
      ffi.write(cell, 0, "pointer", p)
      return cell:read(0, "usize")
    end },
    { "RawPointer:write", function(p)
      cell:write(0, "pointer", p)
      return cell:read(0, "usize")
    end },
    { "an element", function(p)
      ffi.cast(cell, "pointer")[0] = p
      return cell:read(0, "usize")
    end },
    { "a field", function(p)
      record.p = p
      return record:fieldPtr("p"):read(0, "usize")
    end },
    { "Buffer:write", function(p)
      buffer:write(8, "pointer", p)
      return buffer:read(8, "usize")
    end },
    { "a callback's result", function(p)
      answer = p
      return address_of(callbacks.call_pointer(returning, nil))
    end },
  }

  local kinds = {
    { "nil", function() return nil end, 0 },
    { "ffi.null", function() return ffi.null end, 0 },
    { "ffi.nullPtr", function() return ffi.nullPtr end, 0 },
    { "a null TypedPointer", function() return ffi.cast(ffi.nullPtr, "i32") end, 0 },
    { "a lightuserdata", function() return block:toLightUserData() end, block.addr },
    { "a RawPointer", function() return block end, block.addr },
    { "a moved RawPointer", function() return block + 12 end, block.addr + 12 },
    { "a TypedPointer", function() return ffi.cast(block, "f64") end, block.addr },
    { "a moved TypedPointer", function() return ffi.cast(block, "f64") + 2 end, block.addr + 16 },
    { "a StructView", function() return record end, record.addr },
    { "a Buffer", function() return buffer end, ffi.ptr(buffer.ptr).addr },
    { "a slice", function() return buffer:slice(4, 8) end, ffi.ptr(buffer.ptr).addr + 4 },
    { "a FfiCallback", function() return callback end, ffi.ptr(callback.ptr).addr },
    { "0", function() return 0 end, 0 },
    { "an address", function() return block.addr end, block.addr },
    { "a whole float", function() return 65536.0 end, 65536 },
  }

  for _, way in ipairs(ways) do
    for _, kind in ipairs(kinds) do
      it(("takes %s through %s"):format(kind[1], way[1]), function()
        assert.equals(kind[3], way[2](kind[2]()))
      end)
    end

    local refused = {
      { "true", true, "got boolean" }, { "false", false, "got boolean" }, { "a table", {}, "got table" },
      { "a function", print, "got function" }, { "a bound function", numbers.noop, "got function" },
      { "a thread", coroutine.create(function() end), "got thread" }, { "a negative number", -1, "pointer expected" },
      { "a fraction", 1.5, "pointer expected" }, { "NaN", 0 / 0, "pointer expected" },
      { "infinity", math.huge, "pointer expected" }, { "an arena", arena, "got Arena" },
      { "a library", lone, "got Library" }, { "a struct definition", Record, "got StructDefinition" },
    }
    for _, case in ipairs(refused) do
      it(("refuses %s through %s"):format(case[1], way[1]), function()
        way[2](block)
        fails(function()
          local _ = way[2](case[2])
        end, case[3])
        assert.equals(block.addr, way[2](block))
      end)
    end
  end

  it("takes the bytes of a string as an argument, NULs included", function()
    local text = "a\0b\255"
    for i = 1, #text do
      assert.equals(text:byte(i), numbers.byte_at(text, i - 1))
    end
    assert.equals(0, numbers.byte_at(text, 4))
    assert.is_false(numbers.is_null(""))
  end)

  it("refuses a string in memory, which nothing would keep alive", function()
    for i = 3, 8 do
      local way = ways[i]
      way[2](block)
      fails(function()
        local _ = way[2]("text")
      end, "got string")
    end
    assert.equals(block.addr, cell:read(0, "usize"))
  end)

  it("is nil for NULL and a RawPointer otherwise, from a loaded library", function()
    assert.is_nil(numbers.id_pointer(nil))
    assert.is_nil(numbers.id_pointer(0))
    local pointer = numbers.id_pointer(block)
    assert.equals("RawPointer", getmetatable(pointer))
    assert.is_false(pointer.isManaged)
    assert.is_true(pointer == block)
  end)

  it("is nil for NULL and a lightuserdata otherwise, from an opened library", function()
    assert.is_nil(lone:call("id_pointer", "pointer", { "pointer" }, nil))
    local pointer = lone:call("id_pointer", "pointer", { "pointer" }, block)
    assert.equals("userdata", type(pointer))
    assert.is_nil(getmetatable(pointer))
    assert.equals(block:toLightUserData(), pointer)
  end)

  it("is read from memory as the reader has it", function()
    cell:write(0, "pointer", block)
    buffer:write(0, "pointer", block)
    record.p = block
    for name, pointer in pairs({
      read = ffi.read(cell, 0, "pointer"), raw = cell:read(0, "pointer"), typed = ffi.cast(cell, "pointer")[0],
      view = record.p, unsafe = ffi.unsafe.read(cell.addr, "pointer"),
    }) do
      assert.equals("RawPointer", getmetatable(pointer), name)
      assert.equals(block.addr, pointer.addr, name)
    end
    for name, pointer in pairs({
      buffer = buffer:read(0, "pointer"), cast = ffi.cast(cell:toLightUserData(), "pointer"),
    }) do
      assert.equals("userdata", type(pointer), name)
      assert.is_nil(getmetatable(pointer), name)
      assert.equals(block:toLightUserData(), pointer, name)
    end
  end)

  it("is nil where memory holds NULL, whoever reads", function()
    cell:write(0, "pointer", nil)
    buffer:write(0, "pointer", nil)
    record.p = nil
    assert.is_nil(ffi.read(cell, 0, "pointer"))
    assert.is_nil(cell:read(0, "pointer"))
    assert.is_nil(ffi.cast(cell, "pointer")[0])
    assert.is_nil(record.p)
    assert.is_nil(buffer:read(0, "pointer"))
    assert.is_nil(ffi.unsafe.read(cell.addr, "pointer"))
  end)

  it("is nil or a RawPointer to callbacks", function()
    local seen
    local looking = ffi.callback(function(p)
      seen = p == nil and "nil" or getmetatable(p)
      return p
    end, "pointer", { "pointer" })
    assert.equals(block.addr, address_of(callbacks.call_pointer(looking, block)))
    assert.equals("RawPointer", seen)
    assert.is_nil(callbacks.call_pointer(looking, nil))
    assert.equals("nil", seen)
  end)
end)

-- Strings --------------------------------------------------------------------------------------

describe("string", function()
  local arena = ffi.arena()
  local text = arena:alloc(16)
  ffi.copy(text, "in memory\0", 10)
  local View = ffi.struct({ { "c", "u8", 16 } })

  local texts = {
    { "plain text", "hello" }, { "nothing", "" }, { "one byte", "x" },
    { "UTF-8", "gr\195\188\195\159 dich \226\152\131" }, { "bytes that are no UTF-8", "\255\254\128caf\233" },
    { "every byte but NUL", (function()
      local bytes = {}
      for i = 1, 255 do bytes[i] = string.char(i) end
      return table.concat(bytes)
    end)() },
    { "line ends", "a\r\nb\n" }, { "64 KiB and more", ("0123456789abcdef"):rep(5000) },
  }
  for _, case in ipairs(texts) do
    it("goes through C unchanged: " .. case[1], function()
      assert.equals(case[2], numbers.ident(case[2]))
      assert.equals(case[2], lone:call("ident", "string", { "string" }, case[2]))
      assert.equals(#case[2], numbers.slen(case[2]))
      assert.is_true(numbers.same_text(case[2], case[2]))
      local callback = ffi.callback(function(s) return s end, "string", { "string" })
      assert.equals(case[2], callbacks.call_string(callback, case[2]))
    end)
  end

  it("stays the same over many calls and collections", function()
    for i = 1, helper.heavy(2000) do
      local s = ("text %d"):format(i)
      assert(numbers.ident(s) == s)
      assert(lone:call("ident", "string", { "string" }, s) == s)
      if i % 100 == 0 then collectgarbage() end
    end
  end)

  it("is nil for NULL both ways", function()
    assert.is_nil(numbers.ident(nil))
    assert.is_nil(numbers.ident(ffi.null))
    assert.is_nil(numbers.ident(ffi.nullPtr))
    assert.is_nil(numbers.null_string())
    assert.is_true(numbers.is_null_string(nil))
    assert.equals("", numbers.empty_string())
  end)

  it("comes from C byte by byte", function()
    assert.equals("gr\195\188\195\159 dich \226\152\131", numbers.utf8_text())
    assert.equals("caf\233 \255\128", numbers.latin1_text())
  end)

  local pointers = {
    { "a RawPointer", text }, { "a TypedPointer", ffi.cast(text, "u8") }, { "a StructView", ffi.view(text, View) },
    { "a lightuserdata", text:toLightUserData() },
  }
  for _, case in ipairs(pointers) do
    it("takes " .. case[1] .. " as an argument", function()
      assert.equals("in memory", numbers.ident(case[2]))
      assert.equals("in memory", lone:call("ident", "string", { "string" }, case[2]))
    end)
  end

  it("takes a Buffer as an argument", function()
    local buffer = ffi.buffer(8)
    buffer:writeString(0, "buffer")
    assert.equals("buffer", numbers.ident(buffer))
    assert.equals("fer", numbers.ident(buffer:slice(3, 5)))
  end)

  local refused = {
    { "a number", 12, "got number" }, { "0", 0, "got number" }, { "true", true, "got boolean" },
    { "a table", {}, "got table" }, { "a function", print, "got function" },
    { "a thread", coroutine.create(function() end), "got thread" },
  }
  for _, case in ipairs(refused) do
    it("refuses " .. case[1] .. " as an argument", function()
      fails(function()
        local _ = numbers.ident(case[2])
      end, "bad argument #1 to 'ident'", "string expected", case[3])
      fails(function()
        local _ = lone:call("ident", "string", { "string" }, case[2])
      end, "string expected", case[3])
      assert.equals("next", numbers.ident("next"))
    end)
  end

  it("refuses an embedded NUL wherever it stands", function()
    for _, s in ipairs({ "\0", "a\0", "\0a", "a\0b", ("x"):rep(100000) .. "\0" }) do
      fails(function()
        local _ = numbers.ident(s)
      end, "bad argument #1 to 'ident'", "string expected, got a string with an embedded NUL")
      fails(function()
        local _ = lone:call("ident", "string", { "string" }, s)
      end, "a string with an embedded NUL")
    end
    fails(function()
      local _ = numbers.same_text("a", "b\0")
    end, "bad argument #2 to 'same_text'", "embedded NUL")
  end)

  it("still works after very many refusals", function()
    for _ = 1, helper.heavy(5000) do
      assert(not pcall(numbers.same_text, ("x"):rep(1000), {}))
    end
    assert.is_true(numbers.same_text("same", "same"))
    assert.equals(100000, numbers.slen(("y"):rep(100000)))
  end)

  it("is stored in memory as a pointer, and a Lua string is refused there", function()
    local cell = arena:alloc(8)
    cell:write(0, "string", text)
    assert.equals("in memory", cell:read(0, "string"))
    assert.equals(text.addr, cell:read(0, "usize"))
    for _, place in ipairs({
      { "bad argument #3 to 'write'", function() cell:write(0, "string", "lua") end },
      { "bad argument #4 to 'write'", function() ffi.write(cell, 0, "string", "lua") end },
      { "bad value for index 0", function() ffi.cast(cell, "string")[0] = "lua" end },
      { "bad value for field 's'", function() ffi.view(cell, ffi.struct({ { "s", "string" } })).s = "lua" end },
      { "bad argument #3 to 'write'", function() ffi.unsafe.write(cell.addr, "string", "lua") end },
    }) do
      fails(place[2], place[1], "got string")
      assert.equals("in memory", cell:read(0, "string"))
    end
    cell:write(0, "string", nil)
    assert.is_nil(cell:read(0, "string"))
  end)

  it("stops at the first NUL when it comes from memory", function()
    local cell = arena:alloc(8)
    local bytes = arena:alloc(8)
    ffi.copy(bytes, "ab\0cd\0", 6)
    cell:write(0, "string", bytes)
    assert.equals("ab", cell:read(0, "string"))
    assert.equals("ab", numbers.ident(bytes))
    assert.equals("cd", numbers.ident(bytes + 3))
  end)

  it("is kept for C while a callback's result is in use", function()
    local callback = ffi.callback(function() return ("z"):rep(1000) end, "string", {})
    assert.equals(1000, callbacks.string_length_of(callback))
    assert.equals(1000, callbacks.string_length_of(callback))
    local null = ffi.callback(function() end, "string", {})
    local max = ffi.load(helper.fixture("numbers"), { max_usize = { ret = "usize" } }).max_usize()
    helper.is_integer(callbacks.string_length_of(null), helper.digits(max))
  end)
end)

describe("the number of arguments", function()
  it("must be the declared one, for bound functions", function()
    fails(function()
      local _ = numbers.id_i32()
    end, "wrong number of arguments to 'id_i32' (1 expected, got 0)")
    fails(function()
      local _ = numbers.id_i32(1, 2)
    end, "wrong number of arguments to 'id_i32' (1 expected, got 2)")
    fails(function() numbers.noop(nil) end, "wrong number of arguments to 'noop' (0 expected, got 1)")
    assert.equals(3, numbers.id_i32(3))
  end)

  it("must be the declared one, for Library:call", function()
    fails(function()
      local _ = lone:call("id_i32", "i32", { "i32" })
    end, "(1 expected, got 0)")
    fails(function()
      local _ = lone:call("id_i32", "i32", { "i32" }, 1, 2)
    end, "(1 expected, got 2)")
    assert.equals(3, lone:call("id_i32", "i32", { "i32" }, 3))
  end)
end)
