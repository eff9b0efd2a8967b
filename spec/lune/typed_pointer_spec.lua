-- TypedPointer: elements by index, counts and bounds, moving by elements, struct elements.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local samples = require("spec.support.samples")

local fails = helper.fails

local function block(size)
  return ffi.arena():alloc(size)
end

-- A pointer to `count` elements of i32 holding 10, 20, 30 ...
local function numbers(count)
  local pointer = ffi.cast(block(4 * count), "i32")
  for i = 0, count - 1 do
    pointer[i] = (i + 1) * 10
  end
  return pointer
end

describe("TypedPointer properties", function()
  it("tell address, stride, null and count", function()
    local raw = block(100)
    local pointer = ffi.cast(raw, "i32")
    assert.equals("TypedPointer", getmetatable(pointer))
    assert.equals(raw.addr, pointer.addr)
    assert.equals(4, pointer.stride)
    assert.is_false(pointer.isNull)
    assert.equals(25, pointer.count)
    helper.is_integer(pointer.count, "25")
  end)

  it("count is also the length", function()
    assert.equals(25, #ffi.cast(block(100), "i32"))
    assert.equals(0, #ffi.cast(block(3), "i32"))
  end)

  it("count only whole elements", function()
    for size = 1, 17 do
      assert.equals(math.floor(size / 8), ffi.cast(block(size), "f64").count)
    end
  end)

  it("count what is left after moving", function()
    local pointer = numbers(4)
    assert.equals(3, (pointer + 1).count)
    assert.equals(0, (pointer + 4).count)
    assert.equals(4, (pointer + 4 - 4).count)
  end)

  it("have no count when the extent is unknown", function()
    assert.is_nil(ffi.cast(ffi.ptr(4096), "i32").count)
  end)

  it("raise for unknown string keys, on reading and on writing", function()
    local pointer = numbers(2)
    fails(function() local _ = pointer.size end, "TypedPointer", "size")
    fails(function() local _ = pointer["0"] end, "TypedPointer")
    fails(function() pointer.size = 1 end, "TypedPointer")
    fails(function() pointer["1"] = 1 end, "TypedPointer")
    assert.equals(20, pointer[1])
  end)

  it("cannot be assigned", function()
    local pointer = numbers(2)
    local address = pointer.addr
    fails(function() pointer.addr = 1 end)
    fails(function() pointer.count = 99 end)
    fails(function() pointer.get = print end)
    assert.equals(address, pointer.addr)
    assert.equals(2, pointer.count)
  end)

  it("show as class, type, address and stride", function()
    local pointer = numbers(2)
    assert.equals(("TypedPointer<i32>(0x%x, stride=4)"):format(pointer.addr), tostring(pointer))
    assert.equals("TypedPointer<f64>(0x1000, stride=8)", tostring(ffi.cast(ffi.ptr(4096), "double")))
  end)
end)

describe("TypedPointer elements", function()
  for _, row in ipairs(samples.scalars) do
    local ctype, size = row[1], row[2]
    it("of " .. ctype .. " lie one stride apart and keep their values", function()
      local raw = block(size * (#row - 3))
      local pointer = ffi.cast(raw, ctype)
      assert.equals(size, pointer.stride)
      assert.equals(#row - 3, pointer.count)
      for i = 4, #row do
        pointer[i - 4] = row[i]
      end
      for i = 4, #row do
        samples.expect(row[i], pointer[i - 4])
        samples.expect(row[i], pointer:get(i - 4))
        samples.expect(row[i], raw:read((i - 4) * size, ctype))
      end
    end)

    it("of " .. ctype .. " at a misaligned address work alike", function()
      local raw = block(size * 2 + 1)
      local pointer = ffi.cast(raw + 1, ctype)
      for i = 4, #row do
        pointer:set(1, row[i])
        samples.expect(row[i], pointer[1])
        samples.expect(row[i], raw:read(1 + size, ctype))
      end
    end)
  end

  it("of pointer are RawPointers, or nil for NULL", function()
    local target = block(4)
    target:write(0, "i32", 5)
    local pointer = ffi.cast(block(16), "pointer")
    assert.is_nil(pointer[0])
    pointer[0] = target
    assert.equals("RawPointer", getmetatable(pointer[0]))
    assert.equals(5, pointer[0]:read(0, "i32"))
    pointer[0] = nil
    assert.is_nil(pointer[0])
  end)

  it("of string are texts, or nil for NULL", function()
    local text = ffi.buffer(8)
    text:writeString(0, "caf\233")
    local pointer = ffi.cast(block(16), "string")
    assert.is_nil(pointer[1])
    pointer[1] = text
    assert.equals("caf\233", pointer[1])
    fails(function() pointer[1] = "Lua text" end, "bad value for index 1", "string expected")
    assert.equals("caf\233", pointer[1])
  end)

  it("can be set through numeric strings and boxed values", function()
    local pointer = numbers(2)
    pointer[0] = "0x7f"
    pointer[1] = ffi.int64("-5")
    assert.equals(127, pointer[0])
    assert.equals(-5, pointer[1])
  end)

  it("set returns nothing", function()
    assert.equals(0, select("#", numbers(1):set(0, 1)))
  end)

  it("name the index when the value is bad, and stay as they were", function()
    local pointer = numbers(4)
    fails(function() pointer[3] = "text" end, "bad value for index 3 (i32 expected, got string")
    fails(function() pointer[2] = 4294967296 end, "bad value for index 2", "i32 expected",
      "out of range -2147483648..4294967295")
    fails(function() pointer[0] = nil end, "bad value for index 0 (i32 expected, got nil")
    fails(function() pointer[1] = 0 / 0 end, "bad value for index 1", "nan: not an integer")
    for i = 0, 3 do
      assert.equals((i + 1) * 10, pointer[i])
    end
  end)

  it("may be ten million", function()
    local count = helper.heavy(10000000)
    local ints = ffi.cast(ffi.arena():allocArray("i32", count), "i32")
    for i = 0, count - 1 do
      ints[i] = i
    end
    local middle = math.floor(count / 2)
    assert.same({ 0, middle, count - 1 }, { ints[0], ints[middle], ints[count - 1] })
  end)

  it("set refuses a bad value and writes nothing", function()
    local pointer = numbers(4)
    fails(function() pointer:set(3, {}) end, "i32 expected, got table")
    fails(function() pointer:set(3, nil) end, "i32 expected, got nil")
    fails(function() pointer:set(3) end, "i32 expected")
    assert.equals(40, pointer[3])
  end)
end)

describe("TypedPointer index", function()
  local access = {
    { "p[i]", function(p, i) return (p[i]) end },
    { "p[i] = v", function(p, i) p[i] = 1 end },
    { "get(i)", function(p, i) return (p:get(i)) end },
    { "set(i, v)", function(p, i) p:set(i, 1) end },
  }
  for _, row in ipairs(access) do
    local name, use = row[1], row[2]

    it("at or above the count raises for " .. name, function()
      local pointer = numbers(4)
      fails(function() use(pointer, 5) end, "index 5 is out of bounds (count 4)")
      fails(function() use(pointer, 4) end, "index 4 is out of bounds (count 4)")
      for _, index in ipairs({ 2 ^ 31, 2 ^ 32, 2 ^ 53, 2 ^ 60, 2 ^ 62, 2 ^ 62 + 2 ^ 20, 2 ^ 63, 2 ^ 64, 1e300 }) do
        fails(function() use(pointer, index) end)
      end
      for i = 0, 3 do
        assert.equals((i + 1) * 10, pointer[i])
      end
    end)

    it("below 0 raises for " .. name, function()
      local pointer = numbers(4)
      for _, index in ipairs({ -1, -4, -2 ^ 31, -2 ^ 53, -2 ^ 61, -2 ^ 62, -2 ^ 63 }) do
        fails(function() use(pointer, index) end)
      end
      fails(function() use(pointer, -1) end, "index -1 is out of bounds")
      assert.equals(10, pointer[0])
    end)

    it("below 0 is legal inside the block after moving up, for " .. name, function()
      local pointer = numbers(4) + 2
      use(pointer, -1)
      use(pointer, -2)
      fails(function() use(pointer, -3) end, "out of bounds")
      use(pointer, 1)
      fails(function() use(pointer, 2) end, "out of bounds")
    end)

    it("that is fractional raises for " .. name, function()
      local pointer = numbers(4)
      for _, index in ipairs({ 0.5, 1.25, -0.5, 3.999 }) do
        fails(function() use(pointer, index) end)
      end
      for i = 0, 3 do
        assert.equals((i + 1) * 10, pointer[i])
      end
    end)

    it("that is NaN or infinite raises for " .. name, function()
      local pointer = numbers(4)
      fails(function() use(pointer, 0 / 0) end)
      fails(function() use(pointer, math.huge) end)
      fails(function() use(pointer, -math.huge) end)
      assert.equals(10, pointer[0])
    end)

    it("that is no number raises for " .. name, function()
      local pointer = numbers(4)
      fails(function() use(pointer, true) end)
      fails(function() use(pointer, {}) end)
      fails(function() use(pointer, print) end)
      fails(function() use(pointer, pointer) end)
      fails(function() use(pointer, "first") end)
      assert.equals(10, pointer[0])
    end)

    it("of a null pointer raises for " .. name, function()
      local pointer = ffi.cast(ffi.nullPtr, "i32")
      fails(function() use(pointer, 0) end, "null pointer")
      fails(function() use(pointer, 1) end, "null pointer")
      fails(function() use(pointer, -1) end)
    end)
  end

  it("in a block smaller than one element always raises", function()
    for size = 1, 3 do
      local pointer = ffi.cast(block(size), "i32")
      fails(function() local _ = pointer[0] end, "index 0 is out of bounds (count 0)")
      fails(function() pointer[0] = 1 end, "index 0 is out of bounds (count 0)")
    end
  end)

  it("one past the end raises, and the elements before it are reached by going down", function()
    local past = numbers(4) + 4
    fails(function() local _ = past[0] end, "out of bounds")
    fails(function() past[0] = 1 end, "out of bounds")
    assert.equals(40, past[-1])
    assert.equals(10, past[-4])
    fails(function() local _ = past[-5] end, "out of bounds")
  end)

  it("before the start raises until the pointer has come back", function()
    local before = numbers(4) - 1
    fails(function() local _ = before[0] end, "out of bounds")
    fails(function() before[0] = 1 end, "out of bounds")
    assert.equals(10, (before + 1)[0])
  end)

  it("does not reach a partial element at the end", function()
    local raw = block(10)
    local pointer = ffi.cast(raw, "i32")
    assert.equals(2, pointer.count)
    fails(function() pointer[2] = 1 end, "out of bounds")
    assert.equals(("\0"):rep(10), ffi.string(raw, 10))
  end)

  it("does not reach a partial element at the start", function()
    local raw = block(16)
    local pointer = ffi.cast(raw + 2, "i32")
    fails(function() pointer[-1] = 1 end, "out of bounds")
    assert.equals(("\0"):rep(16), ffi.string(raw, 16))
  end)

  it("takes a float that is whole and a boxed value", function()
    local pointer = numbers(4)
    assert.equals(30, pointer[4 / 2])
    assert.equals(40, pointer:get(ffi.int64("3")))
  end)

  it("is unlimited for unmanaged memory, up and down", function()
    local managed = numbers(4)
    local pointer = ffi.cast(ffi.ptr(managed.addr + 4), "i32")
    assert.equals(40, pointer[2])
    assert.equals(20, pointer:get(0))
    pointer:set(1, 33)
    assert.equals(33, managed[2])
  end)
end)

describe("TypedPointer arithmetic", function()
  for _, row in ipairs(samples.scalars) do
    it("moves by the size of " .. row[1], function()
      local pointer = ffi.cast(block(80), row[1])
      assert.equals(row[2], (pointer + 1).addr - pointer.addr)
      assert.equals(2 * row[2], (2 + pointer).addr - pointer.addr)
      assert.equals(3 * row[2], pointer.addr - (pointer - 3).addr)
      assert.equals(row[2], (pointer + 1).stride)
      assert.equals("TypedPointer", getmetatable(pointer - 1))
    end)
  end

  it("stores two elements four bytes apart", function()
    local raw = block(100)
    local pointer = ffi.cast(raw, "i32")
    local second = pointer + 1
    pointer[0] = 123
    second[0] = 456
    assert.equals(123, raw:read(0, "i32"))
    assert.equals(456, raw:read(4, "i32"))
  end)

  it("refuses pointer minus pointer, number minus pointer and operands that are no number", function()
    local pointer = numbers(4)
    fails(function() local _ = pointer - pointer end)
    fails(function() local _ = 4 - pointer end)
    fails(function() local _ = pointer + {} end)
    fails(function() local _ = pointer + pointer end)
    fails(function() local _ = pointer - "far" end)
    fails(function() local _ = pointer + 0 / 0 end)
    fails(function() local _ = pointer + math.huge end)
  end)

  it("never wraps round to a legal place", function()
    local pointer = numbers(4)
    for _, by in ipairs({ 2 ^ 62, -(2 ^ 62), 2 ^ 61, 2 ^ 63, 2 ^ 64 }) do
      fails(function() (pointer + by)[0] = 1 end)
      fails(function() local _ = (pointer - by)[0] end)
    end
    assert.equals(10, pointer[0])
  end)
end)

describe("TypedPointer compared", function()
  it("equals another of the same address and type", function()
    local pointer = numbers(4)
    assert.is_true(pointer == pointer + 0)
    assert.is_true(pointer + 1 == pointer + 1)
    assert.is_true(pointer == ffi.cast(pointer:toRaw(), "int"))
  end)

  it("differs at another address, for another type, and from other kinds", function()
    local pointer = numbers(4)
    assert.is_false(pointer == pointer + 1)
    assert.is_false(pointer == ffi.cast(pointer, "u32"))
    assert.is_false(pointer == pointer:toRaw())
    assert.is_false(pointer == pointer:toLightUserData())
  end)

  it("has no order", function()
    local pointer = numbers(4)
    fails(function() local _ = pointer < pointer + 1 end)
  end)
end)

describe("TypedPointer:toRaw and :toLightUserData", function()
  it("toRaw keeps address, ownership and bounds", function()
    local raw = (numbers(4) + 1):toRaw()
    assert.equals("RawPointer", getmetatable(raw))
    assert.is_true(raw.isManaged)
    assert.equals(20, raw:read(0, "i32"))
    assert.equals(40, raw:read(8, "i32"))
    fails(function() raw:read(9, "i32") end, "out of bounds", "12 bytes are accessible")
    assert.equals(10, (raw - 4):read(0, "i32"))
  end)

  it("toRaw of an unmanaged one is unmanaged", function()
    local raw = ffi.cast(ffi.ptr(4096), "i32"):toRaw()
    assert.is_false(raw.isManaged)
    assert.equals(4096, raw.addr)
  end)

  it("toLightUserData gives the bare address", function()
    local pointer = numbers(4)
    assert.is_true(pointer:toLightUserData() == pointer:toRaw():toLightUserData())
    assert.is_true(ffi.cast(ffi.nullPtr, "u8"):toLightUserData() == ffi.null)
  end)

  it("name themselves on a wrong self", function()
    local pointer = numbers(4)
    fails(function() pointer.toRaw(3) end, "calling 'toRaw' on bad self", "TypedPointer expected, got number")
    fails(function() pointer.get(pointer:toRaw(), 0) end, "calling 'get' on bad self",
      "TypedPointer expected, got RawPointer")
    fails(function() pointer.set(nil, 0, 1) end, "calling 'set' on bad self", "TypedPointer expected")
  end)
end)

describe("TypedPointer to structs", function()
  local point = ffi.struct({ { "x", "i32" }, { "y", "i32" } }, { name = "Point" })

  it("has the struct's size as stride and counts structs", function()
    local pointer = ffi.cast(ffi.cast(block(40), "u8"), "i64")
    assert.equals(5, pointer.count)
    local array = ffi.struct({ { "points", point, 5 } })
    local points = ffi.view(pointer, array).points
    assert.equals("TypedPointer", getmetatable(points))
    assert.equals(8, points.stride)
    assert.equals(5, points.count)
  end)

  it("reads elements as views that write through", function()
    local points = ffi.struct({ { "points", point, 3 } }):new().points
    points[1].x = 11
    points:get(1).y = 12
    local view = points[1]
    assert.equals("StructView", getmetatable(view))
    assert.equals(11, view.x)
    assert.equals(12, view.y)
    assert.equals(points.addr + 8, view.addr)
    assert.equals(0, points[0].x)
    assert.equals(0, points[2].x)
  end)

  it("copies tables and views into elements", function()
    local points = ffi.struct({ { "points", point, 3 } }):new().points
    points[0] = { x = 1, y = 2 }
    points[1] = points[0]
    points:set(2, { 5, 6 })
    points[0].x = 100
    assert.equals(1, points[1].x)
    assert.equals(2, points[1].y)
    assert.equals(6, points[2].y)
  end)

  it("refuses other structs and bad tables, and copies nothing then", function()
    local other = ffi.struct({ { "x", "i32" }, { "y", "i32" } }):new({ 7, 8 })
    local points = ffi.struct({ { "points", point, 2 } }):new({ points = { { 1, 2 }, { 3, 4 } } }).points
    fails(function() points[0] = other end, "index 0", "Point")
    fails(function() points[0] = { x = 9, y = "no" } end, "i32 expected, got string")
    fails(function() points[0] = { x = 9, z = 1 } end, "z")
    fails(function() points[0] = 5 end, "index 0", "got number")
    assert.equals(1, points[0].x)
    assert.equals(2, points[0].y)
  end)

  it("moves by whole structs and checks bounds", function()
    local points = ffi.struct({ { "points", point, 2 } }):new({ points = { { 1, 2 }, { 3, 4 } } }).points
    assert.equals(3, (points + 1)[0].x)
    fails(function() local _ = points[2] end, "index 2 is out of bounds (count 2)")
    fails(function() local _ = points[-1] end, "index -1 is out of bounds")
    fails(function() points[2] = { 1, 2 } end, "index 2 is out of bounds (count 2)")
  end)
end)
