-- Buffer: owned memory with byte offsets, its strings, its slices, and what it refuses.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local samples = require("spec.support.samples")

local fails = helper.fails

local function zeros(size)
  return ("\0"):rep(size)
end

local function filled(text)
  local buffer = ffi.buffer(#text)
  buffer:writeBytes(0, text)
  return buffer
end

local function all(buffer)
  return buffer:readBytes(0, buffer.size)
end

describe("ffi.buffer", function()
  it("gives zeroed memory of the requested size", function()
    local buffer = ffi.buffer(64)
    assert.equals("Buffer", getmetatable(buffer))
    assert.equals(64, buffer.size)
    assert.equals(64, #buffer)
    assert.equals(zeros(64), all(buffer))
    helper.is_integer(buffer.size, "64")
  end)

  it("gives memory aligned for every type", function()
    local keep = {}
    for size = 1, 50 do
      keep[size] = ffi.buffer(size)
      assert.equals(0, keep[size]:as_ptr().addr % 8)
    end
  end)

  it("may be empty", function()
    local buffer = ffi.buffer(0)
    assert.equals(0, buffer.size)
    assert.equals(0, #buffer)
    assert.equals("", buffer:readBytes(0, 0))
    assert.equals("", buffer:readString())
    buffer:writeBytes(0, "")
    buffer:writeString(0, "")
    buffer:zero()
    assert.equals(0, buffer:slice(0, 0).size)
    fails(function() buffer:read(0, "u8") end, "out of bounds")
    fails(function() buffer:write(0, "u8", 1) end, "out of bounds")
    fails(function() buffer:writeString(0, "x") end, "out of bounds")
    fails(function() buffer:readBytes(0, 1) end, "out of bounds")
    fails(function() buffer:slice(0, 1) end, "out of bounds")
  end)

  it("holds a megabyte", function()
    local buffer = ffi.buffer(1048576)
    buffer:write(1048572, "i32", 9)
    assert.equals(9, buffer:read(1048572, "i32"))
    fails(function() buffer:write(1048573, "i32", 9) end, "out of bounds")
  end)

  for _, row in ipairs({
    { "a negative size", -1 }, { "NaN", 0 / 0 }, { "infinity", math.huge }, { "2^64", 2 ^ 64 }, { "1e300", 1e300 },
    { "nil", nil }, { "a boolean", true }, { "a table", {} }, { "text", "large" },
  }) do
    it("refuses " .. row[1], function()
      fails(function() ffi.buffer(row[2]) end, "bad argument #1 to 'buffer'")
      assert.equals(4, ffi.buffer(4).size)
    end)
  end

  for _, row in ipairs({ { "2^62", 2 ^ 62 }, { "2^62 + 2^61", 2 ^ 62 + 2 ^ 61 }, { "2^60", 2 ^ 60 } }) do
    it("says out of memory for " .. row[1] .. " bytes", function()
      fails(function() ffi.buffer(row[2]) end, "out of memory")
      assert.equals(4, ffi.buffer(4).size)
    end)
  end

  it("refuses 2^63 bytes and the largest u64", function()
    fails(function() ffi.buffer(2 ^ 63) end)
    fails(function() ffi.buffer("9223372036854775807") end)
    fails(function() ffi.buffer("18446744073709551615") end)
  end)
end)

describe("Buffer properties", function()
  it("ptr is lightuserdata to the first byte", function()
    local buffer = ffi.buffer(8)
    assert.equals("userdata", type(buffer.ptr))
    assert.is_true(buffer.ptr == buffer.ptr)
    assert.is_true(buffer.ptr == buffer:as_ptr():toLightUserData())
    assert.is_false(ffi.isNull(buffer.ptr))
  end)

  it("show as class, address and size", function()
    local buffer = ffi.buffer(64)
    assert.equals(("Buffer(0x%x, size=64)"):format(buffer:as_ptr().addr), tostring(buffer))
  end)

  it("are nil for unknown keys", function()
    assert.is_nil(ffi.buffer(8).length)
  end)

  it("cannot be assigned", function()
    local buffer = ffi.buffer(8)
    fails(function() buffer.size = 100 end)
    fails(function() buffer.ptr = ffi.null end)
    fails(function() buffer.other = 1 end)
    assert.equals(8, buffer.size)
    fails(function() buffer:read(8, "u8") end, "out of bounds")
  end)

  for _, method in ipairs({
    "read", "write", "readBytes", "writeBytes", "readString", "writeString", "zero", "slice", "as_ptr",
  }) do
    it("names itself when " .. method .. " gets a wrong self", function()
      local call = ffi.buffer(8)[method]
      assert.equals("function", type(call))
      fails(function() call(5, 0, 1) end, "calling '" .. method .. "' on bad self", "Buffer expected, got number")
      fails(function() call(ffi.arena():alloc(8), 0, 1) end, "'" .. method .. "'", "Buffer expected, got RawPointer")
      fails(function() call() end, "calling '" .. method .. "' on bad self", "Buffer expected")
    end)
  end
end)

describe("Buffer:read and :write", function()
  for _, row in ipairs(samples.scalars) do
    local ctype, size = row[1], row[2]
    it("move " .. ctype .. " at any alignment", function()
      local buffer = ffi.buffer(24)
      for i = 4, #row do
        for offset = 0, 24 - size do
          assert.equals(0, select("#", buffer:write(offset, ctype, row[i])))
          samples.expect(row[i], buffer:read(offset, ctype))
        end
      end
    end)

    it("refuse " .. ctype .. " past the end and write nothing", function()
      local buffer = ffi.buffer(24)
      for _, offset in ipairs({ 24 - size + 1, 24, 25, 2 ^ 31, 2 ^ 53, 2 ^ 62 }) do
        fails(function() buffer:read(offset, ctype) end, "bad argument #1 to 'read'", "out of bounds")
        fails(function() buffer:write(offset, ctype, row[4]) end, "bad argument #1 to 'write'", "out of bounds")
      end
      fails(function() buffer:read("18446744073709551615", ctype) end, "'read'")
      fails(function() buffer:write("18446744073709551615", ctype, row[4]) end, "'write'")
      assert.equals(zeros(24), all(buffer))
    end)
  end

  it("keep an i32, an f64 at offset 4 and a text side by side, and C sees them", function()
    local buffer = ffi.buffer(64)
    buffer:write(0, "i32", 42)
    buffer:write(4, "f64", 3.14)
    buffer:writeString(12, "Hello FFI")
    assert.equals(42, buffer:read(0, "i32"))
    assert.equals(3.14, buffer:read(4, "f64"))
    assert.equals("Hello FFI", buffer:readString(12))
    local lib = ffi.open(helper.fixture("numbers"))
    for _, pointer in ipairs({ buffer.ptr, buffer }) do
      assert.equals(42, lib:call("byte_at", "u8", { "pointer", "usize" }, pointer, 0))
      assert.equals(("H"):byte(), lib:call("byte_at", "u8", { "pointer", "usize" }, pointer, 12))
    end
    buffer:zero()
    assert.equals(zeros(64), all(buffer))
  end)

  it("see what C writes", function()
    local buffer = ffi.buffer(16)
    local lib = ffi.open(helper.fixture("numbers"))
    lib:call("fill_i32", "void", { "pointer", "usize", "i32" }, buffer, 4, -7)
    assert.equals(-7, buffer:read(0, "i32"))
    assert.equals(-7, buffer:read(12, "i32"))
    lib:call("set_byte", "void", { "pointer", "usize", "u8" }, buffer.ptr, 3, 1)
    assert.equals(1, buffer:read(3, "u8"))
  end)

  it("refuse negative offsets and offsets that are no number", function()
    local buffer = ffi.buffer(8)
    for _, offset in ipairs({ -1, -2 ^ 62, 0 / 0, math.huge, true, {}, "start" }) do
      fails(function() buffer:read(offset, "u8") end, "bad argument #1 to 'read'")
      fails(function() buffer:write(offset, "u8", 1) end, "bad argument #1 to 'write'")
    end
    fails(function() buffer:read(nil, "u8") end, "bad argument #1 to 'read'")
    fails(function() buffer:read() end, "'read'")
    assert.equals(zeros(8), all(buffer))
  end)

  it("refuse bad types and values, and write nothing", function()
    local buffer = ffi.buffer(8)
    fails(function() buffer:read(0, "word") end, "bad argument #2 to 'read'", "unknown type 'word'")
    fails(function() buffer:write(0, "word", 1) end, "bad argument #2 to 'write'", "unknown type 'word'")
    fails(function() buffer:write(0, "u8", 256) end, "bad argument #3 to 'write'", "out of range -128..255")
    fails(function() buffer:write(0, "i64", {}) end, "bad argument #3 to 'write'", "i64 expected, got table")
    fails(function() buffer:write(0, "f32", "x") end, "bad argument #3 to 'write'", "f32 expected, got string")
    assert.equals(zeros(8), all(buffer))
  end)

  it("move pointers as lightuserdata, NULL as nil", function()
    local buffer = ffi.buffer(8)
    assert.is_nil(buffer:read(0, "pointer"))
    buffer:write(0, "pointer", buffer)
    assert.is_true(buffer:read(0, "pointer") == buffer.ptr)
    buffer:write(0, "pointer", nil)
    assert.is_nil(buffer:read(0, "pointer"))
  end)
end)

describe("Buffer:readBytes", function()
  it("gives exactly the bytes asked for", function()
    local buffer = filled("a\0b\255\0c")
    assert.equals("a\0b\255\0c", buffer:readBytes(0, 6))
    assert.equals("\0b", buffer:readBytes(1, 2))
    assert.equals("c", buffer:readBytes(5, 1))
    assert.equals("", buffer:readBytes(3, 0))
    assert.equals("", buffer:readBytes(6, 0))
  end)

  it("refuses to read past the end", function()
    local buffer = ffi.buffer(6)
    for _, row in ipairs({
      { 0, 7 }, { 6, 1 }, { 5, 2 }, { 7, 0 }, { 2 ^ 53, 0 }, { 1, 2 ^ 62 }, { 2 ^ 62, 2 ^ 62 }, { 2 ^ 62, 1 },
    }) do
      fails(function() buffer:readBytes(row[1], row[2]) end, "'readBytes'", "out of bounds")
    end
    fails(function() buffer:readBytes(1, "18446744073709551615") end, "'readBytes'")
    fails(function() buffer:readBytes("18446744073709551615", 2) end, "'readBytes'")
  end)

  it("refuses negative and missing arguments", function()
    local buffer = ffi.buffer(6)
    fails(function() buffer:readBytes(-1, 1) end, "bad argument #1 to 'readBytes'")
    fails(function() buffer:readBytes(0, -1) end, "bad argument #2 to 'readBytes'")
    fails(function() buffer:readBytes(0) end, "bad argument #2 to 'readBytes'")
    fails(function() buffer:readBytes() end, "bad argument #1 to 'readBytes'")
    fails(function() buffer:readBytes({}, 1) end, "bad argument #1 to 'readBytes'", "table")
  end)
end)

describe("Buffer:writeBytes", function()
  it("stores the bytes and nothing else", function()
    local buffer = filled("________")
    assert.equals(0, select("#", buffer:writeBytes(2, "a\0\255")))
    assert.equals("__a\0\255___", all(buffer))
    buffer:writeBytes(8, "")
    buffer:writeBytes(0, "12345678")
    assert.equals("12345678", all(buffer))
  end)

  it("refuses bytes past the end and writes none of them", function()
    local buffer = filled("________")
    for _, row in ipairs({
      { 0, "123456789" }, { 7, "12" }, { 8, "1" }, { 9, "" }, { 2 ^ 53, "1" }, { 2 ^ 62, "1" },
    }) do
      fails(function() buffer:writeBytes(row[1], row[2]) end, "'writeBytes'", "out of bounds")
    end
    fails(function() buffer:writeBytes("18446744073709551615", "12") end, "'writeBytes'")
    assert.equals("________", all(buffer))
  end)

  it("refuses what is no string and negative offsets", function()
    local buffer = ffi.buffer(8)
    fails(function() buffer:writeBytes(0, nil) end, "bad argument #2 to 'writeBytes'", "string expected")
    fails(function() buffer:writeBytes(0, {}) end, "bad argument #2 to 'writeBytes'", "string expected, got table")
    fails(function() buffer:writeBytes(0, true) end, "bad argument #2 to 'writeBytes'", "string expected, got boolean")
    fails(function() buffer:writeBytes(-1, "a") end, "bad argument #1 to 'writeBytes'")
    assert.equals(zeros(8), all(buffer))
  end)
end)

describe("Buffer:readString", function()
  it("stops at the first NUL", function()
    local buffer = filled("one\0two\0")
    assert.equals("one", buffer:readString())
    assert.equals("one", buffer:readString(0))
    assert.equals("ne", buffer:readString(1))
    assert.equals("", buffer:readString(3))
    assert.equals("two", buffer:readString(4))
  end)

  it("stops at the end of the buffer when there is no NUL", function()
    assert.equals("abcd", filled("abcd"):readString())
    assert.equals("cd", filled("abcd"):readString(2))
    assert.equals("", filled("abcd"):readString(4))
  end)

  it("stops at the end of a slice", function()
    assert.equals("bc", filled("abcd"):slice(1, 2):readString())
  end)

  it("is exact for bytes that are no UTF-8", function()
    local text = "caf\233 \255\254\128\192"
    assert.equals(text, filled(text .. "\0"):readString())
  end)

  it("refuses offsets past the end and negative ones", function()
    local buffer = filled("abcd")
    fails(function() buffer:readString(5) end, "bad argument #1 to 'readString'", "out of bounds")
    fails(function() buffer:readString(2 ^ 53) end, "'readString'", "out of bounds")
    fails(function() buffer:readString(-1) end, "bad argument #1 to 'readString'")
    fails(function() buffer:readString({}) end, "bad argument #1 to 'readString'", "table")
    assert.equals("abcd", buffer:readString())
  end)
end)

describe("Buffer:writeString", function()
  it("adds a NUL", function()
    local buffer = filled("________")
    assert.equals(0, select("#", buffer:writeString(1, "abc")))
    assert.equals("_abc\0___", all(buffer))
    assert.equals("abc", buffer:readString(1))
  end)

  it("writes an empty string as a NUL alone", function()
    local buffer = filled("____")
    buffer:writeString(2, "")
    assert.equals("__\0_", all(buffer))
  end)

  it("drops the NUL when the text ends exactly at the end", function()
    local buffer = filled("________")
    buffer:writeString(4, "wxyz")
    assert.equals("____wxyz", all(buffer))
    buffer:writeString(0, "12345678")
    assert.equals("12345678", all(buffer))
    buffer:writeString(8, "")
    assert.equals("12345678", all(buffer))
  end)

  it("keeps the NUL when one byte is left for it", function()
    local buffer = filled("____")
    buffer:writeString(0, "abc")
    assert.equals("abc\0", all(buffer))
  end)

  it("drops the NUL at the end of a slice, so the parent's next byte stays", function()
    local buffer = filled("________")
    buffer:slice(0, 4):writeString(0, "abcd")
    assert.equals("abcd____", all(buffer))
  end)

  it("copies bytes that are no UTF-8, and embedded NULs", function()
    local buffer = filled("________")
    buffer:writeString(0, "\255\0\254")
    assert.equals("\255\0\254\0____", all(buffer))
  end)

  it("refuses text past the end and writes none of it", function()
    local buffer = filled("____")
    for _, row in ipairs({ { 0, "12345" }, { 3, "12" }, { 4, "1" }, { 5, "" }, { 2 ^ 53, "1" }, { 2 ^ 62, "" } }) do
      fails(function() buffer:writeString(row[1], row[2]) end, "'writeString'", "out of bounds")
    end
    assert.equals("____", all(buffer))
  end)

  it("refuses what is no string and negative offsets", function()
    local buffer = filled("____")
    fails(function() buffer:writeString(0) end, "bad argument #2 to 'writeString'", "string expected")
    fails(function() buffer:writeString(0, {}) end, "bad argument #2 to 'writeString'", "string expected, got table")
    fails(function() buffer:writeString(-1, "a") end, "bad argument #1 to 'writeString'")
    assert.equals("____", all(buffer))
  end)
end)

describe("Buffer:zero", function()
  it("sets every byte to 0", function()
    local buffer = filled(("x"):rep(100))
    assert.equals(0, select("#", buffer:zero()))
    assert.equals(zeros(100), all(buffer))
  end)

  it("of a slice leaves the rest", function()
    local buffer = filled("abcdef")
    buffer:slice(2, 3):zero()
    assert.equals("ab\0\0\0f", all(buffer))
  end)
end)

describe("Buffer:slice", function()
  it("shares the memory both ways", function()
    local buffer = ffi.buffer(16)
    local slice = buffer:slice(4, 8)
    assert.equals("Buffer", getmetatable(slice))
    assert.equals(8, slice.size)
    assert.equals(8, #slice)
    slice:write(0, "i32", 5)
    assert.equals(5, buffer:read(4, "i32"))
    buffer:write(8, "i32", 6)
    assert.equals(6, slice:read(4, "i32"))
    assert.equals(buffer:as_ptr().addr + 4, slice:as_ptr().addr)
  end)

  it("has its own bounds, not the parent's", function()
    local buffer = ffi.buffer(16)
    local slice = buffer:slice(4, 4)
    fails(function() slice:read(1, "i32") end, "out of bounds", "4 bytes are accessible")
    fails(function() slice:write(4, "u8", 1) end, "out of bounds")
    fails(function() slice:writeBytes(0, "12345") end, "out of bounds")
    fails(function() slice:slice(0, 5) end, "out of bounds")
    assert.equals(zeros(16), all(buffer))
  end)

  it("can be sliced again", function()
    local slice = filled("0123456789"):slice(2, 7):slice(1, 5):slice(2, 2)
    assert.equals("56", slice:readBytes(0, 2))
  end)

  it("may be the entire buffer, or empty, at the end too", function()
    local buffer = ffi.buffer(8)
    assert.equals(8, buffer:slice(0, 8).size)
    assert.equals(0, buffer:slice(3, 0).size)
    assert.equals(0, buffer:slice(8, 0).size)
    fails(function() buffer:slice(8, 0):read(0, "u8") end, "out of bounds")
  end)

  it("refuses what is not inside", function()
    local buffer = ffi.buffer(8)
    for _, row in ipairs({
      { 0, 9 }, { 8, 1 }, { 9, 0 }, { 5, 4 }, { 2 ^ 53, 1 }, { 1, 2 ^ 53 }, { 2 ^ 62, 2 ^ 62 }, { 4, 2 ^ 62 },
    }) do
      fails(function() buffer:slice(row[1], row[2]) end, "'slice'", "out of bounds")
    end
    fails(function() buffer:slice(1, "18446744073709551615") end, "'slice'")
    fails(function() buffer:slice("18446744073709551615", 1) end, "'slice'")
  end)

  it("refuses negative and missing arguments", function()
    local buffer = ffi.buffer(8)
    fails(function() buffer:slice(-1, 2) end, "bad argument #1 to 'slice'")
    fails(function() buffer:slice(0, -1) end, "bad argument #2 to 'slice'")
    fails(function() buffer:slice(0) end, "bad argument #2 to 'slice'")
    fails(function() buffer:slice("a", 1) end, "bad argument #1 to 'slice'")
  end)

  it("keeps its parent's memory alive, through slices of slices", function()
    local slice = filled("abcdefghij"):slice(1, 8):slice(1, 6):slice(1, 4)
    helper.collect()
    for _ = 1, 200 do
      filled(("z"):rep(10))
    end
    helper.collect()
    assert.equals("defg", slice:readBytes(0, 4))
    slice:write(0, "u8", 65)
    assert.equals("Aefg", slice:readBytes(0, 4))
  end)
end)

describe("Buffer:as_ptr", function()
  it("gives a RawPointer with the buffer's bounds", function()
    local buffer = ffi.buffer(8)
    local pointer = buffer:as_ptr()
    assert.equals("RawPointer", getmetatable(pointer))
    pointer:write(4, "i32", 3)
    assert.equals(3, buffer:read(4, "i32"))
    fails(function() pointer:write(5, "i32", 3) end, "out of bounds", "8 bytes are accessible")
    fails(function() (pointer - 1):read(0, "u8") end, "out of bounds")
  end)

  it("of a slice is limited to the slice", function()
    local pointer = ffi.buffer(16):slice(4, 4):as_ptr()
    pointer:write(0, "i32", 1)
    fails(function() pointer:read(1, "i32") end, "out of bounds", "4 bytes are accessible")
    fails(function() (pointer - 1):read(0, "u8") end, "out of bounds")
  end)

  it("keeps the buffer alive", function()
    local pointer = filled("persistent"):as_ptr()
    helper.collect()
    for _ = 1, 200 do
      filled(("z"):rep(10))
    end
    helper.collect()
    assert.equals("persistent", ffi.string(pointer, 10))
  end)
end)
