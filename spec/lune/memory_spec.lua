-- ffi.read, write, copy, fill and string on every kind of pointer: values, conversion, bounds.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local samples = require("spec.support.samples")

local fails = helper.fails

local record = ffi.struct({ { "bytes", "u8", 16 } })

-- Every kind of pointer to 16 bytes of memory that is 0 at first. `bounded` tells whether its
-- extent is known. `keep` holds what the bare ones do not keep alive themselves.
local keep = {}
local function kept(pointer)
  keep[#keep + 1] = pointer
  return pointer
end

local kinds = {
  { name = "RawPointer", bounded = true, make = function() return ffi.arena():alloc(16) end },
  { name = "moved RawPointer", bounded = true, make = function() return ffi.arena():alloc(24) + 8 end },
  { name = "TypedPointer", bounded = true, make = function() return ffi.cast(ffi.arena():alloc(16), "i32") end },
  { name = "Buffer", bounded = true, make = function() return ffi.buffer(16) end },
  { name = "slice", bounded = true, make = function() return ffi.buffer(48):slice(16, 16) end },
  { name = "StructView", bounded = true, make = function() return ffi.view(ffi.arena():alloc(32), record) end },
  { name = "field pointer", bounded = true, make = function() return record:new():fieldPtr("bytes") end },
  { name = "array field", bounded = true, make = function() return record:new().bytes end },
  { name = "lightuserdata", make = function() return kept(ffi.buffer(16)).ptr end },
  { name = "unmanaged RawPointer", make = function() return ffi.ptr(kept(ffi.arena():alloc(16)).addr) end },
  { name = "unmanaged TypedPointer", make = function()
    return ffi.cast(ffi.ptr(kept(ffi.arena():alloc(16)).addr), "i32")
  end },
}

local function bytes_of(pointer)
  return ffi.string(pointer, 16)
end

local ZEROS = ("\0"):rep(16)
local PATTERN = "0123456789abcdef"

for _, kind in ipairs(kinds) do
  describe("With a " .. kind.name .. ",", function()
    it("ffi.write and ffi.read move every scalar", function()
      local pointer = kind.make()
      samples.each(function(ctype, size, value)
        for _, offset in ipairs({ 0, 5, 16 - size }) do
          assert.equals(0, select("#", ffi.write(pointer, offset, ctype, value)))
          samples.expect(value, ffi.read(pointer, offset, ctype))
        end
      end)
    end)

    it("ffi.write touches only the bytes of the value", function()
      local pointer = kind.make()
      ffi.copy(pointer, PATTERN, 16)
      ffi.write(pointer, 5, "u16", 0x4141)
      assert.equals("01234AA789abcdef", bytes_of(pointer))
      ffi.write(pointer, 9, "u32", 0x42424242)
      assert.equals("01234AA78BBBBdef", bytes_of(pointer))
    end)

    it("offsets are bytes", function()
      local pointer = kind.make()
      ffi.write(pointer, 0, "i32", 1)
      ffi.write(pointer, 4, "i32", 2)
      ffi.write(pointer, 8, "i32", 3)
      assert.equals(2, ffi.read(pointer, 4, "i32"))
      assert.equals(3, ffi.read(pointer, 8, "i32"))
    end)

    it("ffi.copy moves bytes from and to it", function()
      local pointer, other = kind.make(), kind.make()
      assert.equals(0, select("#", ffi.copy(pointer, PATTERN, 16)))
      assert.equals(0, select("#", ffi.copy(other, pointer, 10)))
      assert.equals("0123456789\0\0\0\0\0\0", bytes_of(other))
      ffi.copy(pointer, other, 0)
      assert.equals(PATTERN, bytes_of(pointer))
    end)

    it("ffi.copy to and from every other kind gives the same bytes", function()
      local pointer = kind.make()
      ffi.copy(pointer, PATTERN, 16)
      for _, other in ipairs(kinds) do
        local target, back = other.make(), kind.make()
        ffi.copy(target, pointer, 16)
        assert.equals(PATTERN, bytes_of(target))
        ffi.copy(back, target, 16)
        assert.equals(PATTERN, bytes_of(back))
      end
    end)

    it("ffi.fill sets bytes", function()
      local pointer = kind.make()
      assert.equals(0, select("#", ffi.fill(pointer, 16, 0xAB)))
      assert.equals(("\171"):rep(16), bytes_of(pointer))
      ffi.fill(pointer, 4, 0)
      ffi.fill(pointer, 0, 7)
      assert.equals("\0\0\0\0" .. ("\171"):rep(12), bytes_of(pointer))
    end)

    it("ffi.string stops at the first NUL", function()
      local pointer = kind.make()
      assert.equals("", ffi.string(pointer))
      ffi.copy(pointer, "caf\233 \255\0rest", 11)
      assert.equals("caf\233 \255", ffi.string(pointer))
    end)

    it("ffi.string with a length gives exactly that many bytes", function()
      local pointer = kind.make()
      ffi.copy(pointer, "a\0b\0\0c\255", 7)
      assert.equals("", ffi.string(pointer, 0))
      assert.equals("a\0b", ffi.string(pointer, 3))
      assert.equals("a\0b\0\0c\255\0\0\0\0\0\0\0\0\0", ffi.string(pointer, 16))
    end)

    it("a bad value is refused and changes nothing", function()
      local pointer = kind.make()
      ffi.copy(pointer, PATTERN, 16)
      fails(function() ffi.write(pointer, 0, "u8", 300) end, "bad argument #4 to 'write'",
        "u8 expected, got 300: out of range -128..255")
      fails(function() ffi.write(pointer, 0, "i32", {}) end, "bad argument #4 to 'write'", "i32 expected, got table")
      fails(function() ffi.write(pointer, 0, "pointer", true) end, "bad argument #4 to 'write'")
      fails(function() ffi.fill(pointer, 4, 256) end, "bad argument #3 to 'fill'", "256")
      assert.equals(PATTERN, bytes_of(pointer))
    end)

    it("a negative offset is refused", function()
      local pointer = kind.make()
      for _, offset in ipairs({ -1, -16, -2 ^ 62 }) do
        fails(function() ffi.read(pointer, offset, "u8") end, "bad argument #2 to 'read'")
        fails(function() ffi.write(pointer, offset, "u8", 1) end, "bad argument #2 to 'write'")
      end
      assert.equals(ZEROS, bytes_of(pointer))
    end)

    it("a fractional offset or length is truncated", function()
      local pointer = kind.make()
      ffi.write(pointer, 3.75, "u8", 65)
      assert.equals(65, ffi.read(pointer, 3, "u8"))
      assert.equals(65, ffi.read(pointer, 3.25, "u8"))
      ffi.fill(pointer, 2.9, 66)
      ffi.copy(pointer, "CCCC", 1.5)
      assert.equals("CB\0A\0", ffi.string(pointer, 5.5))
    end)

    it("a negative length is refused", function()
      local pointer = kind.make()
      fails(function() ffi.fill(pointer, -1, 1) end, "bad argument #2 to 'fill'")
      fails(function() ffi.copy(pointer, PATTERN, -1) end, "bad argument #3 to 'copy'")
      fails(function() ffi.string(pointer, -1) end, "bad argument #2 to 'string'")
      assert.equals(ZEROS, bytes_of(pointer))
    end)

    it("offsets and lengths that are no number are refused", function()
      local pointer = kind.make()
      for _, bad in ipairs({ 0 / 0, math.huge, true, {}, "four", print }) do
        fails(function() ffi.read(pointer, bad, "u8") end, "bad argument #2 to 'read'")
        fails(function() ffi.write(pointer, bad, "u8", 1) end, "bad argument #2 to 'write'")
        fails(function() ffi.copy(pointer, PATTERN, bad) end, "bad argument #3 to 'copy'")
        fails(function() ffi.fill(pointer, bad, 1) end, "bad argument #2 to 'fill'")
        fails(function() ffi.string(pointer, bad) end, "bad argument #2 to 'string'")
      end
      assert.equals(ZEROS, bytes_of(pointer))
    end)

    if kind.bounded then
      it("ffi.read and ffi.write stay inside", function()
        local pointer = kind.make()
        samples.each(function(ctype, size, value)
          for _, offset in ipairs({ 16 - size + 1, 16, 17, 4096, 2 ^ 32, 2 ^ 53, 2 ^ 62 }) do
            fails(function() ffi.read(pointer, offset, ctype) end, "bad argument #2 to 'read'", "out of bounds")
            fails(function() ffi.write(pointer, offset, ctype, value) end, "bad argument #2 to 'write'",
              "out of bounds")
          end
        end)
        fails(function() ffi.read(pointer, 14, "i32") end,
          "(offset 14 + 4 bytes is out of bounds: 16 bytes are accessible)")
        fails(function() ffi.read(pointer, "18446744073709551615", "u8") end, "'read'")
        fails(function() ffi.write(pointer, "18446744073709551612", "i32", 1) end, "'write'")
        assert.equals(ZEROS, bytes_of(pointer))
      end)

      it("ffi.copy stays inside at both ends", function()
        local pointer, big = kind.make(), ffi.buffer(64)
        big:writeBytes(0, ("x"):rep(64))
        for _, length in ipairs({ 17, 64 }) do
          fails(function() ffi.copy(pointer, big, length) end, "'copy'", "out of bounds", "16")
          fails(function() ffi.copy(big, pointer, length) end, "'copy'", "out of bounds", "16")
        end
        for _, length in ipairs({ 2 ^ 31, 2 ^ 53, 2 ^ 62, 2 ^ 64, "18446744073709551615" }) do
          fails(function() ffi.copy(pointer, pointer, length) end, "'copy'")
          fails(function() ffi.copy(pointer, big.ptr, length) end, "'copy'")
          fails(function() ffi.copy(big.ptr, pointer, length) end, "'copy'")
        end
        assert.equals(ZEROS, bytes_of(pointer))
        assert.equals(("x"):rep(64), big:readBytes(0, 64))
      end)

      it("ffi.fill stays inside", function()
        local pointer = kind.make()
        for _, length in ipairs({ 17, 18, 4096, 2 ^ 32, 2 ^ 53, 2 ^ 62 }) do
          fails(function() ffi.fill(pointer, length, 0xFF) end, "'fill'", "out of bounds", "16")
        end
        fails(function() ffi.fill(pointer, 2 ^ 64, 0xFF) end, "'fill'")
        fails(function() ffi.fill(pointer, "18446744073709551615", 0xFF) end, "'fill'")
        assert.equals(ZEROS, bytes_of(pointer))
      end)

      it("ffi.string never scans past the end, and refuses longer lengths", function()
        local pointer = kind.make()
        ffi.copy(pointer, PATTERN, 16)
        assert.equals(PATTERN, ffi.string(pointer))
        for _, length in ipairs({ 17, 4096, 2 ^ 32, 2 ^ 53, 2 ^ 62 }) do
          fails(function() ffi.string(pointer, length) end, "'string'", "out of bounds", "16")
        end
        fails(function() ffi.string(pointer, 2 ^ 64) end, "'string'")
        assert.equals(PATTERN, ffi.string(pointer, 16))
      end)
    end
  end)
end

describe("Values written to memory", function()
  local buffer
  before_each(function()
    buffer = ffi.buffer(16)
  end)

  for _, row in ipairs(samples.out_of_range) do
    it("of " .. row[1] .. " outside both readings of the width raise", function()
      for _, value in ipairs(row[2]) do
        fails(function() ffi.write(buffer, 4, row[1], value) end, "bad argument #4 to 'write'", row[1] .. " expected",
          "out of range", row[3])
      end
      assert.equals(ZEROS, buffer:readBytes(0, 16))
      ffi.write(buffer, 4, row[1], 1)
      assert.equals(1, ffi.read(buffer, 4, row[1]))
    end)

    it("of " .. row[1] .. " refuse NaN, infinities and what is no number", function()
      local ctype, range = row[1], ": out of range " .. row[3]
      fails(function() ffi.write(buffer, 0, ctype, 0 / 0) end, ctype .. " expected, got nan: not an integer")
      fails(function() ffi.write(buffer, 0, ctype, math.huge) end, ctype .. " expected, got inf" .. range)
      fails(function() ffi.write(buffer, 0, ctype, -math.huge) end, ctype .. " expected, got -inf" .. range)
      fails(function() ffi.write(buffer, 0, ctype, nil) end, ctype .. " expected, got nil")
      fails(function() ffi.write(buffer, 0, ctype, false) end, ctype .. " expected, got boolean")
      fails(function() ffi.write(buffer, 0, ctype, {}) end, ctype .. " expected, got table")
      fails(function() ffi.write(buffer, 0, ctype, print) end, ctype .. " expected, got function")
      fails(function() ffi.write(buffer, 0, ctype, "12 apples") end, ctype .. " expected, got string")
      fails(function() ffi.write(buffer, 0, ctype, "") end, ctype .. " expected, got string")
      fails(function() ffi.write(buffer, 0, ctype, buffer) end, ctype .. " expected, got Buffer")
      assert.equals(ZEROS, buffer:readBytes(0, 16))
    end)
  end

  it("take the signed and the unsigned reading of a width", function()
    for _, row in ipairs({
      { "i8", 255, "-1" }, { "i8", 200, "-56" }, { "u8", -1, "255" }, { "u8", -128, "128" },
      { "i16", 65535, "-1" }, { "u16", -32768, "32768" },
      { "i32", 4294967295, "-1" }, { "i32", 0x80000000, "-2147483648" }, { "u32", -1, "4294967295" },
      { "i64", "18446744073709551615", "-1" }, { "i64", "9223372036854775808", "-9223372036854775808" },
      { "u64", -1, "18446744073709551615" }, { "u64", "-9223372036854775808", "9223372036854775808" },
      { "isize", "18446744073709551614", "-2" }, { "usize", -2, "18446744073709551614" },
    }) do
      ffi.write(buffer, 0, row[1], row[2])
      helper.is_integer(ffi.read(buffer, 0, row[1]), row[3])
    end
  end)

  it("truncate fractions toward zero", function()
    for _, row in ipairs({
      { "i32", 3.99, 3 }, { "i32", -3.99, -3 }, { "u8", 255.5, 255 }, { "i64", 1.5, 1 }, { "u64", 0.999, 0 },
      { "i16", -0.5, 0 }, { "i32", "2.75", 2 },
    }) do
      ffi.write(buffer, 0, row[1], row[2])
      assert.equals(row[3], ffi.read(buffer, 0, row[1]))
    end
  end)

  it("take numeric strings, decimal and hexadecimal, exactly", function()
    ffi.write(buffer, 0, "i32", "-12")
    assert.equals(-12, ffi.read(buffer, 0, "i32"))
    ffi.write(buffer, 0, "u8", "0xff")
    assert.equals(255, ffi.read(buffer, 0, "u8"))
    ffi.write(buffer, 0, "u64", "18446744073709551615")
    helper.is_integer(ffi.read(buffer, 0, "u64"), "18446744073709551615")
    ffi.write(buffer, 0, "f64", "0.25")
    assert.equals(0.25, ffi.read(buffer, 0, "f64"))
  end)

  it("keep every bit of 64-bit integers on their way there and back", function()
    for _, digits in ipairs({
      "9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775807",
      "-9223372036854775808", "-9223372036854775807", "1311768467463790320",
    }) do
      ffi.write(buffer, 0, "i64", digits)
      helper.is_integer(ffi.read(buffer, 0, "i64"), digits)
      ffi.write(buffer, 8, "i64", ffi.read(buffer, 0, "i64"))
      assert.equals(buffer:readBytes(0, 8), buffer:readBytes(8, 8))
    end
    for _, digits in ipairs({
      "9223372036854775808", "18446744073709551614", "18446744073709551615", "9007199254740993",
    }) do
      ffi.write(buffer, 0, "u64", digits)
      helper.is_integer(ffi.read(buffer, 0, "u64"), digits)
      ffi.write(buffer, 8, "u64", ffi.read(buffer, 0, "u64"))
      assert.equals(buffer:readBytes(0, 8), buffer:readBytes(8, 8))
    end
  end)

  it("lie in memory in the order of the machine's bytes", function()
    ffi.write(buffer, 0, "u32", 0x01020304)
    assert.equals("\4\3\2\1", buffer:readBytes(0, 4))
    ffi.write(buffer, 0, "i16", -2)
    assert.equals("\254\255", buffer:readBytes(0, 2))
    ffi.write(buffer, 0, "f64", 1)
    assert.equals("\0\0\0\0\0\0\240\63", buffer:readBytes(0, 8))
  end)

  it("of bool follow truthiness", function()
    for _, row in ipairs({ { true, 1 }, { false, 0 }, { 0, 1 }, { "", 1 }, { "false", 1 }, { {}, 1 } }) do
      ffi.write(buffer, 0, "bool", row[1])
      assert.equals(row[2], ffi.read(buffer, 0, "u8"))
      assert.equals(row[2] == 1, ffi.read(buffer, 0, "bool"))
    end
    ffi.write(buffer, 0, "u8", 1)
    ffi.write(buffer, 0, "bool", nil)
    assert.equals(0, ffi.read(buffer, 0, "u8"))
  end)

  it("of f32 are rounded, and overflow to infinity", function()
    ffi.write(buffer, 0, "f32", 0.1)
    assert.equals(0.10000000149011612, ffi.read(buffer, 0, "f32"))
    ffi.write(buffer, 0, "f32", 1e300)
    assert.equals(math.huge, ffi.read(buffer, 0, "f32"))
    ffi.write(buffer, 0, "f32", -1e300)
    assert.equals(-math.huge, ffi.read(buffer, 0, "f32"))
    ffi.write(buffer, 0, "f32", 1e-300)
    assert.equals(0, ffi.read(buffer, 0, "f32"))
  end)

  it("of f32 and f64 keep NaN, infinities and negative zero", function()
    for _, ctype in ipairs({ "f32", "f64" }) do
      ffi.write(buffer, 0, ctype, 0 / 0)
      local nan = ffi.read(buffer, 0, ctype)
      assert.is_true(nan ~= nan)
      ffi.write(buffer, 0, ctype, -math.huge)
      assert.equals(-math.huge, ffi.read(buffer, 0, ctype))
      ffi.write(buffer, 0, ctype, -1 / math.huge)
      assert.equals(-math.huge, 1 / ffi.read(buffer, 0, ctype))
    end
  end)

  it("of f64 must fit a double exactly when they are integers", function()
    fails(function() ffi.write(buffer, 0, "f64", helper.i64("9007199254740993")) end, "not exact as a double")
    fails(function() ffi.write(buffer, 0, "f64", helper.u64("18446744073709551615")) end, "not exact as a double")
    assert.equals(ZEROS, buffer:readBytes(0, 16))
    ffi.write(buffer, 0, "f64", helper.u64("9223372036854775808"))
    assert.equals(2 ^ 63, ffi.read(buffer, 0, "f64"))
  end)

  it("of floats refuse what is no number", function()
    for _, ctype in ipairs({ "f32", "f64" }) do
      for _, value in ipairs({ true, {}, "half", print, buffer }) do
        fails(function() ffi.write(buffer, 0, ctype, value) end, "bad argument #4 to 'write'",
          ctype .. " expected, got")
      end
      fails(function() ffi.write(buffer, 0, ctype, nil) end, ctype .. " expected, got nil")
      fails(function() ffi.write(buffer, 0, ctype) end, ctype .. " expected")
    end
    assert.equals(ZEROS, buffer:readBytes(0, 16))
  end)

  it("of void are no bytes, and reading void gives nil", function()
    buffer:writeBytes(0, PATTERN)
    assert.equals(0, select("#", ffi.write(buffer, 0, "void", 5)))
    assert.is_nil(ffi.read(buffer, 0, "void"))
    assert.equals(PATTERN, buffer:readBytes(0, 16))
  end)

  it("read as bool are true for any byte that is not zero", function()
    for _, byte in ipairs({ 1, 2, 127, 128, 255 }) do
      ffi.write(buffer, 0, "u8", byte)
      assert.is_true(ffi.read(buffer, 0, "bool"))
    end
    ffi.write(buffer, 0, "u8", 0)
    assert.is_false(ffi.read(buffer, 0, "bool"))
  end)
end)

describe("Pointers written to memory", function()
  local buffer = ffi.buffer(16)
  local target = ffi.arena():alloc(8)
  local callback = ffi.callback(function() end, "void", {})
  local lib = ffi.load(helper.fixture("numbers"), { add = { args = { "i32", "i32" }, ret = "i32" } })

  for _, row in ipairs({
    { "a RawPointer", target },
    { "a TypedPointer", ffi.cast(target, "u8") },
    { "a StructView", ffi.view(target, ffi.struct({ { "a", "i32" } })) },
    { "lightuserdata", target:toLightUserData() },
    { "an address", target.addr },
  }) do
    it("may be " .. row[1], function()
      ffi.write(buffer, 0, "pointer", row[2])
      assert.equals(target.addr, ffi.read(buffer, 0, "pointer").addr)
      ffi.write(buffer, 0, "pointer", nil)
    end)
  end

  it("may be a Buffer", function()
    ffi.write(buffer, 0, "pointer", buffer)
    assert.is_true(ffi.read(buffer, 0, "pointer") == buffer:as_ptr())
  end)

  it("may be an FfiCallback: its code address", function()
    ffi.write(buffer, 0, "pointer", callback)
    assert.is_true(ffi.read(buffer, 0, "pointer") == ffi.ptr(callback.ptr))
  end)

  for _, row in ipairs({ { "nil", nil }, { "ffi.null", ffi.null }, { "ffi.nullPtr", ffi.nullPtr }, { "0", 0 } }) do
    it("may be " .. row[1] .. ", which reads as nil", function()
      for _, ctype in ipairs({ "pointer", "ptr", "void*" }) do
        ffi.write(buffer, 0, "u64", 77)
        ffi.write(buffer, 0, ctype, row[2])
        assert.equals(0, ffi.read(buffer, 0, "u64"))
        assert.is_nil(ffi.read(buffer, 0, ctype))
      end
    end)
  end

  for _, row in ipairs({
    { "a Lua string", "text" }, { "a boolean", true }, { "a table", {} }, { "a function", print },
    { "a bound function", lib.add }, { "a negative number", -1 }, { "a fraction", 0.5 }, { "NaN", 0 / 0 },
    { "2^64", 2 ^ 64 }, { "an arena", ffi.arena() },
  }) do
    it("may not be " .. row[1], function()
      ffi.write(buffer, 0, "u64", 77)
      fails(function() ffi.write(buffer, 0, "pointer", row[2]) end, "bad argument #4 to 'write'", "expected, got")
      assert.equals(77, ffi.read(buffer, 0, "u64"))
    end)
  end

  it("as string may be nil and pointers, and read as text", function()
    local text = ffi.buffer(8)
    text:writeString(0, "abc")
    for _, value in ipairs({ text, text.ptr, text:as_ptr(), ffi.cast(text, "u8") }) do
      ffi.write(buffer, 0, "string", value)
      assert.equals("abc", ffi.read(buffer, 0, "string"))
    end
    ffi.write(buffer, 0, "string", nil)
    assert.is_nil(ffi.read(buffer, 0, "string"))
  end)

  it("as string may not be a Lua string, a number or a boolean", function()
    ffi.write(buffer, 0, "u64", 0)
    fails(function() ffi.write(buffer, 0, "string", "text") end, "bad argument #4 to 'write'", "string expected")
    fails(function() ffi.write(buffer, 0, "char*", 4096) end, "bad argument #4 to 'write'", "string expected, got")
    fails(function() ffi.write(buffer, 0, "cstring", true) end, "bad argument #4 to 'write'", "string expected, got")
    assert.is_nil(ffi.read(buffer, 0, "string"))
  end)
end)

describe("Structs in memory", function()
  local pair = ffi.struct({ { "a", "i32" }, { "b", "u8" } }, { name = "Pair" })

  it("are read as views at a byte offset", function()
    local buffer = ffi.buffer(24)
    ffi.write(buffer, 12, "i32", 5)
    local view = ffi.read(buffer, 12, pair)
    assert.equals("StructView", getmetatable(view))
    assert.equals(5, view.a)
    view.b = 6
    assert.equals(6, ffi.read(buffer, 16, "u8"))
  end)

  it("are written from tables and views", function()
    local buffer = ffi.buffer(24)
    ffi.write(buffer, 8, pair, { a = 1, b = 2 })
    ffi.write(buffer, 16, pair, ffi.read(buffer, 8, pair))
    assert.equals(1, ffi.read(buffer, 16, "i32"))
    assert.equals(2, ffi.read(buffer, 20, "u8"))
  end)

  it("must lie inside", function()
    local buffer = ffi.buffer(24)
    fails(function() ffi.read(buffer, 17, pair) end, "bad argument #2 to 'read'", "out of bounds")
    fails(function() ffi.write(buffer, 17, pair, { 1, 2 }) end, "bad argument #2 to 'write'", "out of bounds")
    assert.equals(("\0"):rep(24), buffer:readBytes(0, 24))
  end)

  it("are not written in part", function()
    local buffer = ffi.buffer(8)
    fails(function() ffi.write(buffer, 0, pair, { a = 1, b = 300 }) end, "out of range")
    fails(function() ffi.write(buffer, 0, pair, 5) end, "bad argument #4 to 'write'", "Pair expected, got number")
    assert.equals(("\0"):rep(8), buffer:readBytes(0, 8))
  end)
end)

describe("ffi.read and ffi.write refuse", function()
  for _, row in ipairs({
    { "nil", nil }, { "text", "text" }, { "a table", {} }, { "a boolean", true }, { "a function", print },
    { "a file", io.stdout }, { "an arena", ffi.arena() },
  }) do
    it(row[1] .. " as the pointer", function()
      fails(function() ffi.read(row[2], 0, "i32") end, "bad argument #1 to 'read'", "pointer expected, got")
      fails(function() ffi.write(row[2], 0, "i32", 1) end, "bad argument #1 to 'write'", "pointer expected, got")
    end)
  end

  for _, row in ipairs({
    { "ffi.null", ffi.null }, { "ffi.nullPtr", ffi.nullPtr }, { "a null TypedPointer", ffi.cast(ffi.nullPtr, "i32") },
  }) do
    it(row[1], function()
      fails(function() ffi.read(row[2], 0, "i32") end, "'read'", "null pointer")
      fails(function() ffi.write(row[2], 0, "i32", 1) end, "'write'", "null pointer")
      fails(function() ffi.read(row[2], 64, "i32") end, "'read'", "null pointer")
    end)
  end

  it("unknown types and values that are no type", function()
    local buffer = ffi.buffer(8)
    fails(function() ffi.read(buffer, 0, "number") end, "bad argument #3 to 'read'", "unknown type 'number'")
    fails(function() ffi.read(buffer, 0) end, "bad argument #3 to 'read'", "type expected")
    fails(function() ffi.write(buffer, 0, "int33", 1) end, "bad argument #3 to 'write'", "unknown type 'int33'")
    fails(function() ffi.write(buffer, 0, 33, 1) end, "bad argument #3 to 'write'", "type expected, got number")
  end)
end)

describe("ffi.copy", function()
  it("is safe when the regions overlap, upwards and downwards", function()
    local raw = ffi.arena():alloc(16)
    ffi.copy(raw, PATTERN, 16)
    ffi.copy(raw + 4, raw, 12)
    assert.equals("01230123456789ab", bytes_of(raw))
    ffi.copy(raw, PATTERN, 16)
    ffi.copy(raw, raw + 4, 12)
    assert.equals("456789abcdefcdef", bytes_of(raw))
    ffi.copy(raw, raw, 16)
    assert.equals("456789abcdefcdef", bytes_of(raw))
  end)

  it("is safe when large regions overlap by all but one byte", function()
    local size = 100000
    local buffer = ffi.buffer(size + 1)
    local text = ("lunaffi-"):rep(size / 8)
    buffer:writeBytes(0, text)
    ffi.copy(buffer:slice(1, size), buffer:slice(0, size), size)
    assert.equals(text, buffer:readBytes(1, size))
    ffi.copy(buffer:slice(0, size), buffer:slice(1, size), size)
    assert.equals(text, buffer:readBytes(0, size))
  end)

  it("takes a Lua string as its source, up to the string's length", function()
    local buffer = ffi.buffer(16)
    ffi.copy(buffer, "ab\0cd", 5)
    assert.equals("ab\0cd", buffer:readBytes(0, 5))
    fails(function() ffi.copy(buffer, "abc", 16) end, "'copy'", "out of bounds")
    fails(function() ffi.copy(buffer, "", 2) end, "'copy'", "out of bounds")
    assert.equals("ab\0cd" .. ("\0"):rep(11), buffer:readBytes(0, 16))
  end)

  it("refuses a Lua string as its destination", function()
    local text = "constant"
    fails(function() ffi.copy(text, ffi.buffer(8), 8) end, "bad argument #1 to 'copy'", "got string")
    assert.equals("cons" .. "tant", text)
  end)

  it("refuses null at either end", function()
    local buffer = ffi.buffer(8)
    buffer:writeBytes(0, "untouch!")
    for _, null in ipairs({ ffi.null, ffi.nullPtr, ffi.cast(ffi.nullPtr, "u8") }) do
      fails(function() ffi.copy(buffer, null, 8) end, "'copy'", "null pointer")
      fails(function() ffi.copy(null, buffer, 8) end, "'copy'", "null pointer")
    end
    assert.equals("untouch!", buffer:readBytes(0, 8))
  end)

  it("refuses what is no pointer at either end, and a missing length", function()
    local buffer = ffi.buffer(8)
    fails(function() ffi.copy(nil, buffer, 1) end, "bad argument #1 to 'copy'")
    fails(function() ffi.copy({}, buffer, 1) end, "bad argument #1 to 'copy'", "pointer expected, got table")
    fails(function() ffi.copy(buffer, nil, 1) end, "bad argument #2 to 'copy'")
    fails(function() ffi.copy(buffer, true, 1) end, "bad argument #2 to 'copy'", "got boolean")
    fails(function() ffi.copy(buffer, buffer) end, "bad argument #3 to 'copy'")
  end)

  it("moves a hundred megabytes", function()
    local size = helper.heavy(100000000)
    local arena = ffi.arena()
    local from, to = arena:alloc(size), arena:alloc(size)
    ffi.fill(from, size, 0x77)
    ffi.copy(to, from, size)
    assert.equals(0x77, to:read(0, "u8"))
    assert.equals(0x77, to:read(size - 1, "u8"))
    arena:free()
  end)

  it("moves 512 bytes of 0xAB like the source", function()
    local arena = ffi.arena()
    local from, to = arena:alloc(1024), arena:alloc(1024)
    ffi.fill(from, 1024, 0xAB)
    ffi.copy(to, from, 512)
    assert.equals(("\171"):rep(512) .. ("\0"):rep(512), ffi.string(to, 1024))
  end)
end)

describe("ffi.fill", function()
  it("takes every byte from 0 to 255", function()
    local buffer = ffi.buffer(2)
    for byte = 0, 255 do
      ffi.fill(buffer, 1, byte)
      assert.equals(byte, buffer:read(0, "u8"))
    end
    assert.equals(0, buffer:read(1, "u8"))
  end)

  for _, row in ipairs({
    { "256", 256 }, { "-1", -1 }, { "-128", -128 }, { "1e300", 1e300 }, { "NaN", 0 / 0 }, { "a table", {} },
    { "a boolean", true }, { "text", "x" }, { "nil", nil },
  }) do
    it("refuses " .. row[1] .. " as the byte", function()
      local buffer = ffi.buffer(8)
      fails(function() ffi.fill(buffer, 8, row[2]) end, "bad argument #3 to 'fill'")
      assert.equals(("\0"):rep(8), buffer:readBytes(0, 8))
    end)
  end

  it("refuses null and what is no pointer", function()
    fails(function() ffi.fill(ffi.null, 4, 0) end, "'fill'", "null pointer")
    fails(function() ffi.fill(ffi.nullPtr, 4, 0) end, "'fill'", "null pointer")
    fails(function() ffi.fill(nil, 4, 0) end, "bad argument #1 to 'fill'")
    fails(function() ffi.fill("text", 4, 0) end, "bad argument #1 to 'fill'", "got string")
    fails(function() ffi.fill({}, 4, 0) end, "bad argument #1 to 'fill'", "got table")
  end)

  it("sets a large block", function()
    local size = 1000000
    local raw = ffi.arena():alloc(size)
    ffi.fill(raw, size, 0x5A)
    assert.equals(("Z"):rep(size), ffi.string(raw, size))
  end)
end)

describe("ffi.string", function()
  for _, row in ipairs({
    { "nil", nil }, { "ffi.null", ffi.null }, { "ffi.nullPtr", ffi.nullPtr },
    { "a null TypedPointer", ffi.cast(ffi.nullPtr, "u8") },
  }) do
    it("of " .. row[1] .. " is nil, with and without a length", function()
      assert.is_nil(ffi.string(row[2]))
      assert.is_nil(ffi.string(row[2], 4))
    end)
  end

  for _, row in ipairs({
    { "a Lua string", "text" }, { "a boolean", false }, { "a table", {} }, { "a function", print },
    { "a file", io.stdout }, { "an arena", ffi.arena() },
  }) do
    it("refuses " .. row[1], function()
      fails(function() ffi.string(row[2]) end, "bad argument #1 to 'string'", "expected, got")
    end)
  end

  it("of a moved pointer reads from there to the block's end", function()
    local raw = ffi.arena():alloc(6)
    ffi.copy(raw, "abcdef", 6)
    assert.equals("def", ffi.string(raw + 3))
    assert.equals("de", ffi.string(raw + 3, 2))
    fails(function() ffi.string(raw + 3, 4) end, "out of bounds", "3")
    fails(function() ffi.string(raw - 1, 1) end, "out of bounds")
    fails(function() ffi.string(raw + 6, 1) end, "out of bounds")
  end)

  it("counts its length in bytes for a TypedPointer too", function()
    local pointer = ffi.cast(ffi.arena():alloc(8), "u16")
    pointer[0], pointer[1] = 0x4241, 0x4443
    assert.equals("ABC", ffi.string(pointer, 3))
  end)

  it("reads text that C returned", function()
    local lib = ffi.open(helper.fixture("numbers"))
    local text = lib:call("utf8_text", "pointer", {})
    assert.equals("gr\195\188\195\159 dich \226\152\131", ffi.string(text))
    assert.equals("gr", ffi.string(text, 2))
    local latin1 = ffi.load(helper.fixture("numbers")):call("latin1_text", "pointer", {})
    assert.equals("caf\233 \255\128", ffi.string(latin1))
  end)

  it("gives every byte value back", function()
    local bytes = {}
    for byte = 0, 255 do
      bytes[#bytes + 1] = string.char(byte)
    end
    local text = table.concat(bytes)
    local buffer = ffi.buffer(256)
    ffi.copy(buffer, text, 256)
    assert.equals(text, ffi.string(buffer, 256))
    assert.equals(text:sub(2), ffi.string(buffer:slice(1, 255)))
  end)
end)
