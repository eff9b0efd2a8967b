-- ffi.unsafe: memory by address, without any check of where it lies.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local samples = require("spec.support.samples")

local fails = helper.fails
local unsafe = ffi.unsafe

describe("ffi.unsafe", function()
  it("has five functions and nothing else", function()
    local names = {}
    for name, value in pairs(unsafe) do
      assert.equals("function", type(value))
      names[#names + 1] = name
    end
    table.sort(names)
    assert.same({ "copy", "fill", "read", "write", "zero" }, names)
  end)

  for _, row in ipairs(samples.scalars) do
    it("reads and writes " .. row[1] .. " at an address, aligned or not", function()
      local raw = ffi.arena():alloc(32)
      for i = 4, #row do
        for offset = 0, 9 do
          assert.equals(0, select("#", unsafe.write(raw.addr + offset, row[1], row[i])))
          samples.expect(row[i], unsafe.read(raw.addr + offset, row[1]))
          samples.expect(row[i], raw:read(offset, row[1]))
        end
      end
    end)
  end

  it("stores a 64-bit pattern exactly", function()
    local raw = ffi.arena():alloc(8)
    unsafe.write(raw.addr, "u64", "0xdeadbeefcafebabe")
    helper.is_integer(unsafe.read(raw.addr, "u64"), "16045690984503098046")
    assert.equals(0xcafebabe, raw:read(0, "u32"))
    assert.equals(0xdeadbeef, raw:read(4, "u32"))
  end)

  it("reads pointers as RawPointers, NULL as nil, and texts", function()
    local raw, text = ffi.arena():alloc(8), ffi.buffer(8)
    text:writeString(0, "\255bin")
    assert.is_nil(unsafe.read(raw.addr, "pointer"))
    assert.is_nil(unsafe.read(raw.addr, "string"))
    unsafe.write(raw.addr, "pointer", text)
    assert.equals("RawPointer", getmetatable(unsafe.read(raw.addr, "pointer")))
    assert.is_true(unsafe.read(raw.addr, "pointer") == text:as_ptr())
    assert.equals("\255bin", unsafe.read(raw.addr, "string"))
  end)

  local def = ffi.struct({ { "a", "i32" } })
  for _, row in ipairs({
    { "a RawPointer", function(raw) return raw end },
    { "a TypedPointer", function(raw) return ffi.cast(raw, "u16") end },
    { "a StructView", function(raw) return ffi.view(raw, def) end },
    { "lightuserdata", function(raw) return raw:toLightUserData() end },
    { "a boxed address", function(raw) return ffi.uint64(raw.addr) end },
    { "an address as a float", function(raw) return raw.addr + 0.0 end },
  }) do
    it("takes " .. row[1] .. " in every function", function()
      local raw = ffi.arena():alloc(16)
      local pointer = row[2](raw)
      unsafe.write(pointer, "i32", 5)
      assert.equals(5, unsafe.read(pointer, "i32"))
      unsafe.fill(pointer, 4, 0x61)
      assert.equals("aaaa", ffi.string(raw))
      unsafe.copy(raw + 8, pointer, 4)
      assert.equals("aaaa", ffi.string(raw + 8))
      unsafe.zero(pointer, 2)
      assert.equals("\0\0aa", ffi.string(raw, 4))
      unsafe.copy(pointer, raw + 8, 2)
      assert.equals("aaaa", ffi.string(raw, 4))
    end)
  end

  it("takes a Buffer in every function", function()
    local buffer = ffi.buffer(8)
    unsafe.fill(buffer, 8, 1)
    unsafe.zero(buffer, 4)
    unsafe.write(buffer, "u8", 9)
    unsafe.copy(buffer:as_ptr() + 1, buffer, 1)
    assert.equals(9, unsafe.read(buffer, "u8"))
    assert.equals("\9\9\0\0\1\1\1\1", buffer:readBytes(0, 8))
  end)

  it("does not check bounds: the end of a slice is no limit", function()
    local buffer = ffi.buffer(32)
    local slice = buffer:slice(8, 4)
    unsafe.write(slice, "f64", 2.5)
    assert.equals(2.5, buffer:read(8, "f64"))
    assert.equals(2.5, unsafe.read(slice, "f64"))
    unsafe.fill(slice, 16, 0x7A)
    assert.equals(("z"):rep(16), buffer:readBytes(8, 16))
    unsafe.zero(slice:as_ptr() - 8, 32)
    assert.equals(("\0"):rep(32), buffer:readBytes(0, 32))
    buffer:writeBytes(8, "abcdefgh")
    unsafe.copy(buffer, slice, 8)
    assert.equals("abcdefgh", buffer:readBytes(0, 8))
  end)

  it("fills, zeroes and copies 1024 bytes", function()
    local arena = ffi.arena()
    local from, to = arena:alloc(1024), arena:alloc(1024)
    unsafe.write(from.addr, "i32", 12345)
    assert.equals(12345, unsafe.read(from.addr, "i32"))
    assert.equals(0, select("#", unsafe.fill(from.addr, 1024, 0xFF)))
    assert.equals(4294967295, unsafe.read(from.addr, "u32"))
    assert.equals(0, select("#", unsafe.copy(to.addr, from.addr, 1024)))
    assert.equals(ffi.string(from, 1024), ffi.string(to, 1024))
    assert.equals(0, select("#", unsafe.zero(from.addr, 1024)))
    assert.equals(0, unsafe.read(from.addr, "u32"))
    assert.equals(("\0"):rep(1024), ffi.string(from, 1024))
    assert.equals(("\255"):rep(1024), ffi.string(to, 1024))
  end)

  it("copies overlapping regions safely", function()
    local raw = ffi.arena():alloc(10)
    ffi.copy(raw, "0123456789", 10)
    unsafe.copy(raw.addr + 2, raw.addr, 8)
    assert.equals("0101234567", ffi.string(raw))
    ffi.copy(raw, "0123456789", 10)
    unsafe.copy(raw.addr, raw.addr + 2, 8)
    assert.equals("2345678989", ffi.string(raw))
  end)

  it("still refuses bad values, and writes nothing then", function()
    local raw = ffi.arena():alloc(8)
    fails(function() unsafe.write(raw.addr, "u8", 300) end, "bad argument #3 to 'write'",
      "u8 expected, got 300: out of range -128..255")
    fails(function() unsafe.write(raw.addr, "i32", {}) end, "bad argument #3 to 'write'", "i32 expected, got table")
    fails(function() unsafe.write(raw.addr, "i32", nil) end, "bad argument #3 to 'write'", "i32 expected, got nil")
    fails(function() unsafe.write(raw.addr, "i32") end, "bad argument #3 to 'write'", "i32 expected")
    assert.equals(("\0"):rep(8), ffi.string(raw, 8))
  end)

  it("still refuses bytes outside 0..255", function()
    local raw = ffi.arena():alloc(8)
    for _, byte in ipairs({ 256, -1, 0 / 0, {}, "x", true }) do
      fails(function() unsafe.fill(raw.addr, 8, byte) end, "bad argument #3 to 'fill'")
    end
    fails(function() unsafe.fill(raw.addr, 8) end, "bad argument #3 to 'fill'")
    assert.equals(("\0"):rep(8), ffi.string(raw, 8))
  end)

  it("still refuses unknown types and values that are no type", function()
    local raw = ffi.arena():alloc(8)
    fails(function() unsafe.read(raw.addr, "i33") end, "bad argument #2 to 'read'", "unknown type 'i33'")
    fails(function() unsafe.read(raw.addr) end, "bad argument #2 to 'read'", "type expected")
    fails(function() unsafe.write(raw.addr, {}, 1) end, "bad argument #2 to 'write'", "type expected, got table")
  end)

  it("still refuses addresses that are none", function()
    for _, address in ipairs({ true, {}, print, io.stdout, 0.5, 0 / 0, -1 }) do
      fails(function() unsafe.read(address, "u8") end, "bad argument #1 to 'read'")
      fails(function() unsafe.write(address, "u8", 1) end, "bad argument #1 to 'write'")
      fails(function() unsafe.fill(address, 1, 1) end, "bad argument #1 to 'fill'")
      fails(function() unsafe.zero(address, 1) end, "bad argument #1 to 'zero'")
      fails(function() unsafe.copy(address, address, 1) end, "'copy'")
    end
  end)

  it("still refuses lengths that are none", function()
    local raw = ffi.arena():alloc(8)
    for _, length in ipairs({ -1, 0 / 0, 2 ^ 64, {}, "long", true }) do
      fails(function() unsafe.fill(raw.addr, length, 1) end, "bad argument #2 to 'fill'")
      fails(function() unsafe.zero(raw.addr, length) end, "bad argument #2 to 'zero'")
      fails(function() unsafe.copy(raw.addr, raw.addr, length) end, "bad argument #3 to 'copy'")
    end
    unsafe.fill(raw.addr, 0, 1)
    assert.equals(("\0"):rep(8), ffi.string(raw, 8))
  end)
end)
