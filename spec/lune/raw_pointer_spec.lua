-- RawPointer: where it points, moving it, comparing it, and the checks on what it reads and writes.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local samples = require("spec.support.samples")

local fails = helper.fails

local function block(size)
  return ffi.arena():alloc(size)
end

describe("ffi.ptr", function()
  it("makes an unmanaged pointer from an address", function()
    local pointer = ffi.ptr(4096)
    assert.equals("RawPointer", getmetatable(pointer))
    assert.equals(4096, pointer.addr)
    assert.is_false(pointer.isManaged)
    assert.is_false(pointer.isNull)
  end)

  it("makes a null pointer from address 0", function()
    local pointer = ffi.ptr(0)
    assert.is_true(pointer.isNull)
    assert.equals(0, pointer.addr)
    assert.is_true(ffi.isNull(pointer))
    assert.is_true(pointer == ffi.nullPtr)
  end)

  it("keeps a high address exactly", function()
    assert.equals(0x7fffdeadbeef, ffi.ptr(0x7fffdeadbeef).addr)
    helper.is_integer(ffi.ptr(0x7fffdeadbeef).addr, "140736929316591")
    helper.is_integer(ffi.ptr(helper.u64("0xffffffffffffff01")).addr, "18446744073709551361")
  end)

  local original = block(16)
  local def = ffi.struct({ { "a", "i32" } })
  local buffer = ffi.buffer(8)
  local callback = ffi.callback(function() end, "void", {})
  for _, row in ipairs({
    { "a RawPointer", original, original.addr },
    { "a TypedPointer", ffi.cast(original, "i32"), original.addr },
    { "a StructView", ffi.view(original, def), original.addr },
    { "a Buffer", buffer, buffer:as_ptr().addr },
    { "lightuserdata", original:toLightUserData(), original.addr },
    { "an FfiCallback", callback, ffi.ptr(callback.ptr).addr },
  }) do
    it("takes " .. row[1] .. " and gives an unmanaged RawPointer to the same place", function()
      local pointer = ffi.ptr(row[2])
      assert.equals("RawPointer", getmetatable(pointer))
      assert.equals(row[3], pointer.addr)
      assert.is_false(pointer.isManaged)
      assert.is_true(original.isManaged)
    end)
  end

  for _, row in ipairs({
    { "a negative number", -1 }, { "a fraction", 1.5 }, { "NaN", 0 / 0 }, { "infinity", math.huge }, { "2^64", 2 ^ 64 },
    { "a boolean", true }, { "a table", {} }, { "text", "here" }, { "a function", print },
  }) do
    it("refuses " .. row[1], function()
      fails(function() ffi.ptr(row[2]) end, "bad argument #1 to 'ptr'", "expected, got")
    end)
  end
end)

describe("RawPointer properties", function()
  it("tell address, null and ownership", function()
    local pointer = block(8)
    assert.is_true(pointer.addr > 0)
    helper.is_integer(pointer.addr, helper.digits(pointer.addr))
    assert.is_false(pointer.isNull)
    assert.is_true(pointer.isManaged)
  end)

  it("of ffi.nullPtr are those of address 0", function()
    assert.equals(0, ffi.nullPtr.addr)
    assert.is_true(ffi.nullPtr.isNull)
    assert.is_false(ffi.nullPtr.isManaged)
  end)

  it("are nil for unknown keys", function()
    assert.is_nil(block(8).size)
    assert.is_nil(block(8).anything)
  end)

  it("cannot be assigned, nor can new keys", function()
    local pointer = block(8)
    local address = pointer.addr
    fails(function() pointer.addr = 1 end)
    fails(function() pointer.isNull = true end)
    fails(function() pointer.fresh = 1 end)
    assert.equals(address, pointer.addr)
    assert.is_nil(pointer.fresh)
  end)

  it("show as class and hexadecimal address", function()
    local pointer = block(8)
    assert.equals(("RawPointer(0x%x)"):format(pointer.addr), tostring(pointer))
    assert.equals("RawPointer(0x1000)", tostring(ffi.ptr(4096)))
  end)

  it("are those of a userdata whose metatable is hidden", function()
    assert.equals("userdata", type(block(8)))
    assert.equals("RawPointer", getmetatable(block(8)))
  end)
end)

describe("RawPointer indexed with a number", function()
  it("raises on reading and says to cast", function()
    local pointer = block(8)
    fails(function() local _ = pointer[0] end, "RawPointer", "cast")
    fails(function() local _ = pointer[-1] end, "cast")
    fails(function() local _ = pointer[1.5] end, "cast")
  end)

  it("raises on writing, says to cast and writes nothing", function()
    local pointer = block(8)
    fails(function() pointer[0] = 1 end, "RawPointer", "cast")
    assert.equals(0, pointer:read(0, "u8"))
  end)
end)

describe("RawPointer:read and :write", function()
  for _, row in ipairs(samples.scalars) do
    local ctype, size = row[1], row[2]
    it("move " .. ctype .. " at offset 0, unaligned, and at the very end", function()
      local pointer = block(33)
      for i = 4, #row do
        for _, offset in ipairs({ 0, 3, 33 - size }) do
          assert.equals(0, select("#", pointer:write(offset, ctype, row[i])))
          samples.expect(row[i], pointer:read(offset, ctype))
        end
      end
    end)

    it("refuse " .. ctype .. " that does not lie inside the block", function()
      local pointer = block(33)
      for _, offset in ipairs({ 33 - size + 1, 33, 34, 1000, 2 ^ 31, 2 ^ 32, 2 ^ 53, 2 ^ 62 }) do
        fails(function() pointer:read(offset, ctype) end, "'read'", "out of bounds")
        fails(function() pointer:write(offset, ctype, row[4]) end, "'write'", "out of bounds")
      end
      assert.equals(("\0"):rep(33), ffi.string(pointer, 33))
    end)
  end

  it("say offset, size and what is accessible when out of bounds", function()
    local pointer = block(16)
    fails(function() pointer:read(14, "i32") end, "bad argument #1 to 'read'",
      "(offset 14 + 4 bytes is out of bounds: 16 bytes are accessible)")
    fails(function() pointer:write(9, "f64", 1) end, "bad argument #1 to 'write'",
      "(offset 9 + 8 bytes is out of bounds: 16 bytes are accessible)")
  end)

  for _, row in ipairs({
    { "negative", -1 }, { "far negative", -2 ^ 62 }, { "NaN", 0 / 0 }, { "infinite", math.huge },
    { "2^63", 2 ^ 63 }, { "2^64", 2 ^ 64 }, { "largest u64", "18446744073709551615" }, { "missing" },
    { "boolean", true }, { "text", "first" }, { "table", {} },
  }) do
    it("refuse an offset that is " .. row[1], function()
      local whole = block(16)
      local pointer = whole + 8
      fails(function() pointer:read(row[2], "u8") end, "bad argument #1 to 'read'")
      fails(function() pointer:write(row[2], "u8", 1) end, "bad argument #1 to 'write'")
      assert.equals(("\0"):rep(16), ffi.string(whole, 16))
    end)
  end

  it("take an offset from a numeric string and from a boxed value", function()
    local pointer = block(16)
    pointer:write("8", "u8", 5)
    assert.equals(5, pointer:read(ffi.uint64("8"), "u8"))
    assert.equals(5, pointer:read("0x8", "u8"))
  end)

  it("truncate a fractional offset", function()
    local pointer = block(4)
    pointer:write(1.9, "u8", 7)
    assert.equals(7, pointer:read(1, "u8"))
    assert.equals(7, pointer:read(1.25, "u8"))
  end)

  it("refuse unknown types and values that are no type", function()
    local pointer = block(8)
    fails(function() pointer:read(0, "i31") end, "bad argument #2 to 'read'", "unknown type 'i31'")
    fails(function() pointer:read(0) end, "bad argument #2 to 'read'", "type expected")
    fails(function() pointer:write(0, 8, 8) end, "bad argument #2 to 'write'", "type expected, got number")
  end)

  it("name the third argument for a bad value and write nothing", function()
    local pointer = block(8)
    fails(function() pointer:write(0, "u8", 300) end, "bad argument #3 to 'write'",
      "u8 expected, got 300: out of range -128..255")
    fails(function() pointer:write(0, "i32", {}) end, "bad argument #3 to 'write'", "i32 expected, got table")
    fails(function() pointer:write(0, "i32") end, "bad argument #3 to 'write'", "i32 expected")
    fails(function() pointer:write(0, "i32", nil) end, "bad argument #3 to 'write'", "i32 expected, got nil")
    assert.equals(("\0"):rep(8), ffi.string(pointer, 8))
  end)

  it("raise on a null pointer", function()
    fails(function() ffi.nullPtr:read(0, "u8") end, "'read'", "null pointer")
    fails(function() ffi.nullPtr:write(0, "u8", 1) end, "'write'", "null pointer")
    fails(function() ffi.ptr(0):read(16, "u8") end, "null pointer")
  end)

  it("do not limit an unmanaged pointer", function()
    local whole = block(64)
    local pointer = ffi.ptr((whole + 8).addr)
    pointer:write(40, "i32", 9)
    assert.equals(9, whole:read(48, "i32"))
  end)

  it("read structs as views and write them from views and tables", function()
    local def = ffi.struct({ { "a", "i32" }, { "b", "i32" } })
    local pointer = block(24)
    pointer:write(8, def, { a = 3, b = 4 })
    assert.equals(4, pointer:read(12, "i32"))
    local view = pointer:read(8, def)
    assert.equals("StructView", getmetatable(view))
    assert.equals(3, view.a)
    pointer:write(0, def, view)
    assert.equals(3, pointer:read(0, "i32"))
    fails(function() pointer:read(20, def) end, "out of bounds")
    fails(function() pointer:write(20, def, { a = 1 }) end, "out of bounds")
  end)

  it("name themselves on a wrong self", function()
    local pointer = block(8)
    fails(function() pointer.read(5, 0, "u8") end, "calling 'read' on bad self", "RawPointer expected, got number")
    fails(function() pointer.write({}, 0, "u8", 1) end, "calling 'write' on bad self", "RawPointer expected, got table")
    fails(function() pointer.read() end, "calling 'read' on bad self", "RawPointer expected")
    fails(function() pointer.offset(io.stdout, 1) end, "calling 'offset' on bad self", "RawPointer expected")
    fails(function() pointer.toLightUserData(ffi.null) end, "'toLightUserData'", "RawPointer expected")
  end)
end)

describe("RawPointer:offset, + and -", function()
  for _, row in ipairs({
    { "offset(n)", function(p, n) return p:offset(n) end },
    { "p + n", function(p, n) return p + n end },
    { "n + p", function(p, n) return n + p end },
    { "p - (-n)", function(p, n) return p - (-n) end },
  }) do
    it(row[1] .. " moves by bytes and leaves the original", function()
      local pointer = block(32)
      local address = pointer.addr
      for _, by in ipairs({ 1, 10, 20, 32 }) do
        local moved = row[2](pointer, by)
        assert.equals("RawPointer", getmetatable(moved))
        assert.equals(by, moved.addr - address)
        assert.is_true(moved.isManaged)
      end
      assert.equals(address, pointer.addr)
    end)

    it(row[1] .. " takes the block's bounds along", function()
      local pointer = row[2](block(32), 20)
      pointer:write(8, "i32", 1)
      fails(function() pointer:write(9, "i32", 1) end, "'write'", "out of bounds", "12 bytes are accessible")
    end)

    it(row[1] .. " moves back to what was there", function()
      local pointer = block(32)
      pointer:write(4, "i32", 77)
      assert.equals(77, row[2](row[2](pointer, 20), -16):read(0, "i32"))
      assert.is_true(pointer == row[2](row[2](pointer, 20), -20))
    end)

    it(row[1] .. " may leave the block, where nothing is accessible, and come back", function()
      local pointer = block(8)
      for _, by in ipairs({ 9, 100, -1, -100, 2 ^ 40, -(2 ^ 40) }) do
        local outside = row[2](pointer, by)
        fails(function() outside:read(0, "u8") end, "'read'", "out of bounds")
        fails(function() outside:write(0, "u8", 1) end, "'write'", "out of bounds")
        row[2](outside, -by):write(0, "u8", 5)
      end
      assert.equals(5, pointer:read(0, "u8"))
    end)

    it(row[1] .. " refuses what is not an integer", function()
      local pointer = block(8)
      for _, by in ipairs({ 0 / 0, math.huge, -math.huge, 1e300 }) do
        fails(function() row[2](pointer, by) end)
      end
      assert.equals(0, pointer:read(0, "u8"))
    end)
  end

  it("offset names its argument", function()
    local pointer = block(8)
    fails(function() pointer:offset() end, "bad argument #1 to 'offset'")
    fails(function() pointer:offset({}) end, "bad argument #1 to 'offset'", "got table")
    fails(function() pointer:offset("far") end, "bad argument #1 to 'offset'")
  end)

  it("subtracting moves down", function()
    local pointer = block(8) + 8
    local below = pointer - 3
    assert.equals(pointer.addr - 3, below.addr)
    below:write(0, "u8", 1)
    assert.equals(1, pointer:offset(-3):read(0, "u8"))
  end)

  it("refuse pointer minus pointer, number minus pointer and pointer plus pointer", function()
    local pointer = block(8)
    fails(function() local _ = pointer - pointer end)
    fails(function() local _ = 100 - pointer end)
    fails(function() local _ = pointer + pointer end)
  end)

  it("refuse operands that are no number", function()
    local pointer = block(8)
    fails(function() local _ = pointer + {} end)
    fails(function() local _ = pointer - true end)
    fails(function() local _ = "far" + pointer end)
    fails(function() local _ = pointer + print end)
  end)

  it("have no multiplication, no length and no call", function()
    local pointer = block(8)
    fails(function() local _ = pointer * 2 end)
    fails(function() local _ = #pointer end)
    fails(function() pointer() end)
  end)

  it("one past the end can be made, compared and moved back, but not read", function()
    local pointer = block(8)
    local past = pointer + 8
    fails(function() past:read(0, "u8") end, "out of bounds", "0 bytes are accessible")
    fails(function() past:write(0, "bool", true) end, "out of bounds")
    assert.is_true(past == pointer + 8)
    assert.equals(0, (past - 1):read(0, "u8"))
  end)
end)

describe("RawPointer compared", function()
  it("equals another one to the same address, however made", function()
    local pointer = block(8)
    assert.is_true(pointer == pointer + 0)
    assert.is_true(pointer + 4 == pointer:offset(4))
    assert.is_true(pointer == ffi.ptr(pointer.addr))
    assert.is_true(ffi.ptr(64) == ffi.ptr(64))
  end)

  it("differs from another address", function()
    local pointer = block(8)
    assert.is_false(pointer == pointer + 1)
    assert.is_false(pointer == ffi.nullPtr)
  end)

  it("differs from a TypedPointer, a view, a buffer, lightuserdata and numbers", function()
    local pointer = block(8)
    assert.is_false(pointer == ffi.cast(pointer, "u8"))
    assert.is_false(pointer == ffi.view(pointer, ffi.struct({ { "a", "u8" } })))
    assert.is_false(ffi.buffer(8) == pointer)
    assert.is_false(pointer == pointer:toLightUserData())
    assert.is_false(pointer == pointer.addr)
    assert.is_false(pointer == nil)
  end)

  it("has no order", function()
    local pointer = block(8)
    fails(function() local _ = pointer < pointer + 1 end)
    fails(function() local _ = pointer <= pointer end)
  end)
end)

describe("RawPointer:toLightUserData", function()
  it("gives the bare address as userdata", function()
    local pointer = block(8)
    local light = pointer:toLightUserData()
    assert.equals("userdata", type(light))
    assert.is_true(light == (pointer + 0):toLightUserData())
    assert.is_false(light == (pointer + 1):toLightUserData())
    assert.is_true(ffi.ptr(light) == pointer)
  end)

  it("of the null pointer is ffi.null", function()
    assert.is_true(ffi.nullPtr:toLightUserData() == ffi.null)
  end)

  it("keeps an address of 64 bits", function()
    local pointer = ffi.ptr(helper.u64("0xfedcba9876543210"))
    helper.is_integer(ffi.ptr(pointer:toLightUserData()).addr, "18364758544493064720")
  end)
end)
