-- ffi.cast: what the pointer is decides what comes back. Bare lightuserdata gives the value that
-- is stored there, now; pointer objects give a TypedPointer; a struct definition gives a view.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local samples = require("spec.support.samples")

local fails = helper.fails
local numbers_path = helper.fixture("numbers")

local point = ffi.struct({ { "x", "i32" }, { "y", "i32" } }, { name = "Point" })

local function block(size)
  return ffi.arena():alloc(size)
end

-- Kinds of pointers: each gives a pointer to the bytes of `raw` and is known by its metatable.
local objects = {
  { "an arena's RawPointer", function(raw) return raw end },
  { "a moved RawPointer", function(raw) return raw + 4 - 4 end },
  { "an unmanaged RawPointer", function(raw) return ffi.ptr(raw.addr) end },
  { "ffi.ptr of lightuserdata", function(raw) return ffi.ptr(raw:toLightUserData()) end },
  { "a TypedPointer", function(raw) return ffi.cast(raw, "u8") end },
  { "a StructView", function(raw) return ffi.view(raw, point) end },
  { "a field's pointer", function(raw) return ffi.view(raw, point):fieldPtr("x") end },
}

describe("ffi.cast of lightuserdata", function()
  for _, row in ipairs(samples.scalars) do
    it("returns the " .. row[1] .. " that is stored there", function()
      local buffer = ffi.buffer(24)
      for i = 4, #row do
        buffer:write(0, row[1], row[i])
        samples.expect(row[i], ffi.cast(buffer.ptr, row[1]))
      end
    end)
  end

  it("returns a number that equals numbers", function()
    local buffer = ffi.buffer(4)
    buffer:write(0, "i32", 42)
    assert.is_true(ffi.cast(buffer.ptr, "i32") == 42)
    assert.equals("number", type(ffi.cast(buffer.ptr, "i32")))
    assert.equals(43, ffi.cast(buffer.ptr, "int") + 1)
  end)

  it("returns a copy: later writes do not change it", function()
    local buffer = ffi.buffer(4)
    buffer:write(0, "i32", 1)
    local value = ffi.cast(buffer.ptr, "i32")
    buffer:write(0, "i32", 2)
    assert.equals(1, value)
  end)

  it("returns lightuserdata for a stored pointer, and nil for NULL", function()
    local buffer, target = ffi.buffer(8), block(4)
    assert.is_nil(ffi.cast(buffer.ptr, "pointer"))
    buffer:write(0, "pointer", target)
    local value = ffi.cast(buffer.ptr, "pointer")
    assert.is_true(value == target:toLightUserData())
    assert.equals(0, ffi.cast(value, "i32"))
  end)

  it("returns text for a stored string, and nil for NULL", function()
    local buffer, text = ffi.buffer(8), ffi.buffer(16)
    text:writeString(0, "gr\195\188\195\159 \255")
    assert.is_nil(ffi.cast(buffer.ptr, "string"))
    buffer:write(0, "pointer", text)
    assert.equals("gr\195\188\195\159 \255", ffi.cast(buffer.ptr, "string"))
  end)

  it("reads at any alignment", function()
    local buffer = ffi.buffer(16)
    buffer:write(3, "f64", 2.5)
    assert.equals(2.5, ffi.cast((buffer:as_ptr() + 3):toLightUserData(), "f64"))
  end)

  it("is what a pointer's own lightuserdata does too", function()
    local raw = block(8)
    raw:write(0, "i32", 99)
    assert.equals(99, ffi.cast(raw:toLightUserData(), "i32"))
    assert.equals(99, ffi.cast(ffi.cast(raw, "u8"):toLightUserData(), "i32"))
  end)

  it("reads what a library from ffi.open returned", function()
    local lib = ffi.open(numbers_path)
    local memory = lib:call("get_memory", "pointer", { "usize" }, 16)
    assert.equals("userdata", type(memory))
    assert.equals(0xA5, ffi.cast(memory, "u8"))
    assert.equals(0xA5A5, ffi.cast(memory, "u16"))
    lib:call("release", "void", { "pointer" }, memory)
  end)

  it("reads a symbol of a library from ffi.open", function()
    local lib = ffi.open(helper.fixture("globals"))
    assert.equals(1000, ffi.cast(lib:getSymbol("limit"), "i32"))
    assert.equals(0.5, ffi.cast(lib:getSymbol("ratio"), "f64"))
    helper.is_integer(ffi.cast(lib:getSymbol("huge"), "u64"), "18446744073709551615")
  end)

  it("raises for ffi.null", function()
    fails(function() ffi.cast(ffi.null, "i32") end, "bad argument #1 to 'cast'", "null pointer")
    fails(function() ffi.cast(ffi.null, "string") end, "'cast'", "null pointer")
  end)

  it("with a struct definition gives a view", function()
    local buffer = ffi.buffer(8)
    buffer:write(4, "i32", 6)
    local view = ffi.cast(buffer.ptr, point)
    assert.equals("StructView", getmetatable(view))
    assert.equals(6, view.y)
    view.x = 5
    assert.equals(5, buffer:read(0, "i32"))
  end)

  it("with a struct definition raises for ffi.null", function()
    fails(function() ffi.cast(ffi.null, point) end, "null pointer")
  end)
end)

describe("ffi.cast of a pointer object", function()
  for _, kind in ipairs(objects) do
    local name, make = kind[1], kind[2]

    it("gives a TypedPointer for " .. name, function()
      local raw = block(8)
      raw:write(0, "i32", 7)
      local pointer = ffi.cast(make(raw), "i32")
      assert.equals("TypedPointer", getmetatable(pointer))
      assert.equals(raw.addr, pointer.addr)
      assert.equals(4, pointer.stride)
      assert.equals(7, pointer[0])
      pointer[0] = 8
      assert.equals(8, raw:read(0, "i32"))
    end)

    it("gives a view with a struct definition for " .. name, function()
      local raw = block(8)
      local def = name == "a field's pointer" and ffi.struct({ { "only", "i32" } }) or point
      local view = ffi.cast(make(raw), def)
      assert.equals("StructView", getmetatable(view))
      assert.equals(raw.addr, view.addr)
      assert.equals(def.size, view.size)
    end)

    it("leaves the plain value to ffi.read for " .. name, function()
      local raw = block(8)
      raw:write(0, "i32", 7)
      assert.equals(7, ffi.read(make(raw), 0, "i32"))
    end)
  end

  it("gives a TypedPointer for a Buffer, and a view with a struct definition", function()
    local buffer = ffi.buffer(8)
    local pointer = ffi.cast(buffer, "i16")
    assert.equals("TypedPointer", getmetatable(pointer))
    pointer[3] = -2
    assert.equals(-2, buffer:read(6, "i16"))
    local view = ffi.cast(buffer, point)
    assert.equals("StructView", getmetatable(view))
    assert.equals(-2 * 65536, view.y)
  end)

  it("gives a TypedPointer for Buffer:as_ptr()", function()
    local buffer = ffi.buffer(8)
    assert.equals("TypedPointer", getmetatable(ffi.cast(buffer:as_ptr(), "i32")))
    assert.equals(2, ffi.cast(buffer:as_ptr(), "i32").count)
  end)

  it("gives a TypedPointer for what a library from ffi.load returned", function()
    local lib = ffi.load(numbers_path)
    local memory = lib:call("get_memory", "pointer", { "usize" }, 16)
    assert.equals("RawPointer", getmetatable(memory))
    local bytes = ffi.cast(memory, "u8")
    assert.equals("TypedPointer", getmetatable(bytes))
    assert.equals(0xA5, bytes[15])
    lib:call("release", "void", { "pointer" }, memory)
  end)

  it("gives a TypedPointer for what a bound function returned", function()
    local lib = ffi.load(numbers_path, {
      get_memory = { args = { "usize" }, ret = "pointer" },
      release = { args = { "pointer" } },
    })
    local memory = lib.get_memory(16)
    assert.equals("RawPointer", getmetatable(memory))
    assert.equals(0xA5A5, ffi.cast(memory, "u16")[7])
    lib.release(memory)
  end)

  it("gives a TypedPointer for a symbol of a library from ffi.load", function()
    local symbol = ffi.load(helper.fixture("globals")):getSymbol("table")
    assert.equals("RawPointer", getmetatable(symbol))
    assert.equals(49, ffi.cast(symbol, "i32")[7])
  end)

  it("is the other meaning for lightuserdata: ffi.ptr first, then cast", function()
    local buffer = ffi.buffer(8)
    buffer:write(4, "i32", 5)
    local pointer = ffi.cast(ffi.ptr(buffer.ptr), "i32")
    assert.equals("TypedPointer", getmetatable(pointer))
    assert.equals(5, pointer[1])
  end)

  it("changes the type of a TypedPointer, at its place", function()
    local raw = block(16)
    local pointer = ffi.cast(ffi.cast(raw, "i32") + 1, "u8")
    assert.equals(raw.addr + 4, pointer.addr)
    assert.equals(1, pointer.stride)
    assert.equals(12, pointer.count)
  end)

  it("of null gives a null TypedPointer that cannot be used", function()
    local pointer = ffi.cast(ffi.nullPtr, "i32")
    assert.equals("TypedPointer", getmetatable(pointer))
    assert.is_true(pointer.isNull)
    assert.equals(0, pointer.addr)
    assert.is_true(ffi.isNull(pointer))
    fails(function() local _ = pointer[0] end, "null pointer")
  end)

  it("of null with a struct definition raises", function()
    fails(function() ffi.cast(ffi.nullPtr, point) end, "'cast'", "null pointer")
  end)
end)

describe("ffi.cast keeps bounds", function()
  it("of a RawPointer, moved or not", function()
    assert.equals(4, ffi.cast(block(16), "i32").count)
    assert.equals(2, ffi.cast(block(16) + 8, "i32").count)
    assert.equals(0, ffi.cast(block(16) + 16, "i32").count)
  end)

  it("of a Buffer and of a slice", function()
    local buffer = ffi.buffer(16)
    assert.equals(4, ffi.cast(buffer, "i32").count)
    local slice = ffi.cast(buffer:slice(4, 8), "i32")
    assert.equals(2, slice.count)
    fails(function() slice[2] = 1 end, "index 2 is out of bounds (count 2)")
    fails(function() slice[-1] = 1 end, "out of bounds")
    assert.equals(("\0"):rep(16), buffer:readBytes(0, 16))
  end)

  it("of a StructView: the struct itself", function()
    local pointer = ffi.cast(ffi.view(block(64), point), "i32")
    assert.equals(2, pointer.count)
    fails(function() pointer[2] = 1 end, "out of bounds")
  end)

  it("of a field's pointer: the field", function()
    local view = ffi.view(block(64), point)
    assert.equals(1, ffi.cast(view:fieldPtr("x"), "i32").count)
    assert.equals(4, ffi.cast(view:fieldPtr("x"), "u8").count)
  end)

  it("as unknown for unmanaged memory", function()
    assert.is_nil(ffi.cast(ffi.ptr(4096), "i32").count)
  end)

  it("when a struct is laid over it: too few bytes raise", function()
    fails(function() ffi.cast(block(7), point) end, "'cast'", "out of bounds")
    fails(function() ffi.cast(ffi.buffer(7), point) end, "out of bounds")
    fails(function() ffi.cast(ffi.cast(block(8), "i32") + 1, point) end, "out of bounds")
    assert.equals(8, ffi.cast(block(8), point).size)
  end)
end)

describe("Pointers read from memory follow the accessor", function()
  local target = block(4)
  local buffer = ffi.buffer(8)
  buffer:write(0, "pointer", target)
  local holder = ffi.struct({ { "p", "pointer" } })

  for _, row in ipairs({
    { "ffi.read", function() return ffi.read(buffer, 0, "pointer") end },
    { "ffi.read of lightuserdata", function() return ffi.read(buffer.ptr, 0, "pointer") end },
    { "RawPointer:read", function() return buffer:as_ptr():read(0, "pointer") end },
    { "TypedPointer[i]", function() return ffi.cast(buffer, "pointer")[0] end },
    { "TypedPointer:get", function() return ffi.cast(buffer, "pointer"):get(0) end },
    { "a StructView's field", function() return ffi.view(buffer, holder).p end },
    { "ffi.unsafe.read", function() return ffi.unsafe.read(buffer:as_ptr().addr, "pointer") end },
  }) do
    it(row[1] .. " gives a RawPointer", function()
      local value = row[2]()
      assert.equals("RawPointer", getmetatable(value))
      assert.equals(target.addr, value.addr)
      assert.is_false(value.isManaged)
    end)
  end

  for _, row in ipairs({
    { "Buffer:read", function() return buffer:read(0, "pointer") end },
    { "ffi.cast of lightuserdata", function() return ffi.cast(buffer.ptr, "pointer") end },
  }) do
    it(row[1] .. " gives lightuserdata", function()
      local value = row[2]()
      assert.equals("userdata", type(value))
      assert.is_true(value == target:toLightUserData())
    end)
  end

  it("an address of all 64 bits comes back exactly, whatever carries it", function()
    local high = ffi.buffer(16)
    high:write(0, "u64", "0xfffffffffffffff8")
    high:write(8, "pointer", high:read(0, "pointer"))
    assert.equals(high:readBytes(0, 8), high:readBytes(8, 8))
    helper.is_integer(ffi.read(high, 0, "pointer").addr, "18446744073709551608")
    high:write(8, "pointer", ffi.cast(high.ptr, "pointer"))
    assert.equals(high:readBytes(0, 8), high:readBytes(8, 8))
  end)
end)

describe("ffi.cast refuses", function()
  for _, row in ipairs({
    { "nil", nil }, { "a number", 4096 }, { "zero", 0 }, { "text", "text" }, { "a table", {} }, { "a boolean", true },
    { "a function", print }, { "a file", io.stdout }, { "an arena", ffi.arena() }, { "a struct definition", point },
  }) do
    it(row[1] .. " as the pointer", function()
      fails(function() ffi.cast(row[2], "i32") end, "bad argument #1 to 'cast'", "expected, got")
      fails(function() ffi.cast(row[2], point) end, "bad argument #1 to 'cast'", "expected, got")
    end)
  end

  it("unknown type names", function()
    local raw = block(8)
    fails(function() ffi.cast(raw, "i33") end, "bad argument #2 to 'cast'", "unknown type 'i33'")
    fails(function() ffi.cast(raw:toLightUserData(), "i33") end, "bad argument #2 to 'cast'", "unknown type 'i33'")
  end)

  it("values that are no type", function()
    local raw = block(8)
    fails(function() ffi.cast(raw) end, "bad argument #2 to 'cast'", "type expected")
    fails(function() ffi.cast(raw, 4) end, "bad argument #2 to 'cast'", "type expected, got number")
    fails(function() ffi.cast(raw, {}) end, "bad argument #2 to 'cast'", "type expected, got table")
    fails(function() ffi.cast(raw, raw) end, "bad argument #2 to 'cast'", "type expected")
  end)

  it("void as an element type", function()
    fails(function() ffi.cast(block(8), "void") end, "bad argument #2 to 'cast'", "void")
    fails(function() ffi.cast(ffi.buffer(8), "void") end, "bad argument #2 to 'cast'", "void")
  end)
end)
