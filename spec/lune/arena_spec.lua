-- Arenas: allocation, counters, alignment, reset and free.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local samples = require("spec.support.samples")

local fails = helper.fails
local HUGE = 2 ^ 62

local function is_zero(pointer, size)
  return ffi.string(pointer, size) == ("\0"):rep(size)
end

describe("ffi.arena", function()
  it("gives every arena an id above those before it", function()
    local first, second, third = ffi.arena(), ffi.arena(), ffi.arena()
    assert.is_true(first.id < second.id)
    assert.is_true(second.id < third.id)
    helper.is_integer(first.id, helper.digits(first.id))
    assert.is_true(first.id >= 1)
  end)

  it("starts with nothing allocated", function()
    local arena = ffi.arena()
    assert.equals(0, arena.totalAllocated)
    assert.equals(0, arena.allocationCount)
  end)

  it("shows class, id, bytes and blocks as text", function()
    local arena = ffi.arena()
    arena:alloc(40)
    arena:alloc(24)
    assert.equals(("Arena(id=%d, allocated=64 bytes, blocks=2)"):format(arena.id), tostring(arena))
  end)

  it("reads nil for unknown keys", function()
    local arena = ffi.arena()
    assert.is_nil(arena.size)
    assert.is_nil(arena.nonsense)
  end)

  it("refuses assignment to properties and to unknown keys", function()
    local arena = ffi.arena()
    local id = arena.id
    fails(function() arena.id = 99 end)
    fails(function() arena.totalAllocated = 1 end)
    fails(function() arena.anything = true end)
    assert.equals(id, arena.id)
    assert.is_nil(arena.anything)
  end)

  it("hides its metatable behind its name", function()
    assert.equals("Arena", getmetatable(ffi.arena()))
    assert.has_error(function() setmetatable(ffi.arena(), {}) end)
  end)

  for _, method in ipairs({ "alloc", "allocAligned", "allocType", "allocArray", "reset", "free" }) do
    it("names itself when " .. method .. " gets a wrong self", function()
      local arena = ffi.arena()
      local call = arena[method]
      fails(function() call(5, 8, 8) end, "'" .. method .. "'", "bad self", "Arena expected", "number")
      fails(function() call(ffi.buffer(8), 8, 8) end, "'" .. method .. "'", "Arena expected", "Buffer")
      fails(function() call(nil) end, "'" .. method .. "'", "Arena expected")
      assert.equals(0, arena.allocationCount)
    end)
  end
end)

describe("Arena:alloc", function()
  it("gives a managed pointer that is not null", function()
    local pointer = ffi.arena():alloc(16)
    assert.equals("RawPointer", getmetatable(pointer))
    assert.is_true(pointer.isManaged)
    assert.is_false(pointer.isNull)
    assert.is_true(pointer.addr > 0)
  end)

  it("counts requested bytes and blocks", function()
    local arena = ffi.arena()
    arena:alloc(1)
    assert.equals(1, arena.totalAllocated)
    arena:alloc(100)
    arena:alloc(1000)
    assert.equals(1101, arena.totalAllocated)
    assert.equals(3, arena.allocationCount)
    helper.is_integer(arena.totalAllocated, "1101")
  end)

  it("fills with zeros", function()
    assert.is_true(is_zero(ffi.arena():alloc(4096), 4096))
  end)

  it("fills with zeros again after used memory came back", function()
    local arena = ffi.arena()
    for size = 1, 200 do
      ffi.fill(arena:alloc(size), size, 0xAA)
    end
    arena:reset()
    for size = 1, 200 do
      assert.is_true(is_zero(arena:alloc(size), size))
    end
  end)

  it("aligns every block to 16 bytes at least", function()
    local arena = ffi.arena()
    for size = 1, 70 do
      assert.equals(0, arena:alloc(size).addr % 16)
    end
  end)

  it("gives blocks that do not overlap", function()
    local arena = ffi.arena()
    local blocks = {}
    for i = 1, 1000 do
      blocks[i] = arena:alloc(i % 37 + 1)
      ffi.fill(blocks[i], i % 37 + 1, i % 251)
    end
    for i = 1, 1000 do
      local size = i % 37 + 1
      assert.equals(string.char(i % 251):rep(size), ffi.string(blocks[i], size))
    end
  end)

  it("gives exactly the requested bytes", function()
    local pointer = ffi.arena():alloc(13)
    pointer:write(12, "u8", 1)
    fails(function() pointer:write(13, "u8", 1) end, "'write'", "out of bounds", "13")
  end)

  it("truncates a fractional size", function()
    local arena = ffi.arena()
    arena:alloc(10.9)
    assert.equals(10, arena.totalAllocated)
  end)

  it("takes a size from a numeric string and from a boxed value", function()
    local arena = ffi.arena()
    arena:alloc("32")
    arena:alloc(ffi.int64("16"))
    assert.equals(48, arena.totalAllocated)
  end)

  for _, row in ipairs({
    { "zero", 0 },
    { "a fraction below one", 0.5 },
    { "a negative number", -1 },
    { "a huge negative number", -HUGE },
    { "NaN", 0 / 0 },
    { "infinity", math.huge },
    { "2^62", HUGE },
    { "2^63", 2 ^ 63 },
    { "2^64", 2 ^ 64 },
    { "1e300", 1e300 },
    { "the largest u64", "18446744073709551615" },
    { "a boolean", true },
    { "a table", {} },
    { "text", "many" },
  }) do
    it("refuses " .. row[1] .. " as a size and changes nothing", function()
      local arena = ffi.arena()
      arena:alloc(8)
      fails(function() arena:alloc(row[2]) end, "alloc")
      assert.equals(8, arena.totalAllocated)
      assert.equals(1, arena.allocationCount)
      assert.is_true(is_zero(arena:alloc(8), 8))
    end)
  end

  it("refuses a missing size, naming function, argument and wanted type", function()
    local arena = ffi.arena()
    fails(function() arena:alloc() end, "bad argument #1 to 'alloc'", "expected")
    fails(function() arena:alloc(nil) end, "bad argument #1 to 'alloc'", "got nil")
    assert.equals(0, arena.allocationCount)
  end)

  it("says out of memory when there is not that much", function()
    local arena = ffi.arena()
    fails(function() arena:alloc(HUGE) end, "out of memory")
    assert.equals(0, arena.allocationCount)
  end)
end)

describe("Arena:allocAligned", function()
  for _, alignment in ipairs({ 1, 2, 4, 8, 16, 32, 64, 256, 4096, 65536 }) do
    it("aligns to " .. alignment, function()
      local arena = ffi.arena()
      for _ = 1, 5 do
        local pointer = arena:allocAligned(24, alignment)
        assert.equals(0, pointer.addr % alignment)
        assert.is_true(is_zero(pointer, 24))
        pointer:write(23, "u8", 7)
      end
      assert.equals(120, arena.totalAllocated)
      assert.equals(5, arena.allocationCount)
    end)
  end

  it("treats alignment 0 as 1", function()
    local arena = ffi.arena()
    local pointer = arena:allocAligned(5, 0)
    assert.is_true(is_zero(pointer, 5))
    assert.equals(5, arena.totalAllocated)
  end)

  for _, alignment in ipairs({ 3, 24, 100, -8, 2 ^ 62, 2 ^ 63, 2 ^ 70, "eight", {} }) do
    it("refuses the alignment " .. type(alignment) .. " " .. tostring(alignment):gsub("0x%x+", ""), function()
      local arena = ffi.arena()
      fails(function() arena:allocAligned(8, alignment) end, "allocAligned")
      assert.equals(0, arena.allocationCount)
      assert.equals(0, arena:allocAligned(8, 8).addr % 8)
    end)
  end

  it("names the second argument when the alignment is no power of two", function()
    local arena = ffi.arena()
    fails(function() arena:allocAligned(8, 3) end, "bad argument #2 to 'allocAligned'", "3")
  end)

  it("refuses a size of 0, a negative and a huge one", function()
    local arena = ffi.arena()
    fails(function() arena:allocAligned(0, 8) end, "bad argument #1 to 'allocAligned'")
    fails(function() arena:allocAligned(-1, 8) end, "bad argument #1 to 'allocAligned'")
    fails(function() arena:allocAligned(HUGE, 64) end, "allocAligned")
    assert.equals(0, arena.totalAllocated)
  end)
end)

describe("Arena:allocType", function()
  for _, row in ipairs(samples.scalars) do
    local ctype, size, alignment, value = row[1], row[2], row[3], row[4]
    it("gives room for one " .. ctype, function()
      local arena = ffi.arena()
      local pointer = arena:allocType(ctype)
      assert.equals(size, arena.totalAllocated)
      assert.equals(0, pointer.addr % alignment)
      pointer:write(0, ctype, value)
      samples.expect(value, pointer:read(0, ctype))
      fails(function() pointer:read(1, ctype) end, "out of bounds")
    end)
  end

  it("gives room for a pointer, a string and an alias", function()
    local arena = ffi.arena()
    arena:allocType("pointer")
    arena:allocType("char*")
    arena:allocType("short")
    assert.equals(2 * ffi.sizeof("pointer") + 2, arena.totalAllocated)
  end)

  it("takes a struct definition, with its size and alignment", function()
    local arena = ffi.arena()
    local wide = ffi.struct({ { "a", "u8" }, { "b", "u16" } }, { align = 64 })
    local pointer = arena:allocType(wide)
    assert.equals(64, arena.totalAllocated)
    assert.equals(0, pointer.addr % 64)
  end)

  it("refuses void, unknown names and values that are no type", function()
    local arena = ffi.arena()
    fails(function() arena:allocType("void") end, "bad argument #1 to 'allocType'", "void")
    fails(function() arena:allocType("i33") end, "bad argument #1 to 'allocType'", "unknown type 'i33'")
    fails(function() arena:allocType(4) end, "bad argument #1 to 'allocType'", "type expected, got number")
    fails(function() arena:allocType() end, "bad argument #1 to 'allocType'", "type expected")
    assert.equals(0, arena.allocationCount)
  end)
end)

describe("Arena:allocArray", function()
  it("multiplies the count by the size", function()
    local arena = ffi.arena()
    local pointer = arena:allocArray("i32", 100)
    assert.equals("RawPointer", getmetatable(pointer))
    assert.equals(400, arena.totalAllocated)
    assert.equals(1, arena.allocationCount)
    assert.equals(100, ffi.cast(pointer, "i32").count)
    assert.is_true(is_zero(pointer, 400))
  end)

  it("takes a struct definition", function()
    local arena = ffi.arena()
    local point = ffi.struct({ { "x", "f32" }, { "y", "f32" } })
    arena:allocArray(point, 10)
    assert.equals(80, arena.totalAllocated)
  end)

  it("refuses a count of 0, negative, missing or not a number", function()
    local arena = ffi.arena()
    fails(function() arena:allocArray("i32", 0) end, "bad argument #2 to 'allocArray'")
    fails(function() arena:allocArray("i32", -1) end, "bad argument #2 to 'allocArray'")
    fails(function() arena:allocArray("i32") end, "bad argument #2 to 'allocArray'")
    fails(function() arena:allocArray("i32", {}) end, "bad argument #2 to 'allocArray'", "table")
    fails(function() arena:allocArray("i32", 0 / 0) end, "bad argument #2 to 'allocArray'", "nan")
    assert.equals(0, arena.allocationCount)
  end)

  for _, row in ipairs({
    { "u64", 2 ^ 61 }, { "i32", 2 ^ 62 }, { "i16", 2 ^ 63 }, { "u8", 2 ^ 64 }, { "f64", 2 ^ 61 + 2 ^ 10 },
    { "i32", 2 ^ 60 }, { "u8", 2 ^ 62 }, { "u64", "18446744073709551615" },
  }) do
    it(("refuses %s elements of %s instead of wrapping"):format(tostring(row[2]), row[1]), function()
      local arena = ffi.arena()
      fails(function() arena:allocArray(row[1], row[2]) end, "allocArray")
      assert.equals(0, arena.totalAllocated)
      assert.equals(0, arena.allocationCount)
      assert.equals(2, ffi.cast(arena:allocArray(row[1], 2), row[1]).count)
    end)
  end

  it("refuses a struct array whose size overflows", function()
    local arena = ffi.arena()
    local def = ffi.struct({ { "bytes", "u8", 4096 } })
    fails(function() arena:allocArray(def, 2 ^ 52) end, "allocArray")
    assert.equals(0, arena.totalAllocated)
  end)

  it("refuses void and unknown types", function()
    local arena = ffi.arena()
    fails(function() arena:allocArray("void", 4) end, "bad argument #1 to 'allocArray'", "void")
    fails(function() arena:allocArray("what", 4) end, "bad argument #1 to 'allocArray'", "unknown type 'what'")
    fails(function() arena:allocArray(nil, 4) end, "bad argument #1 to 'allocArray'", "type expected")
    assert.equals(0, arena.allocationCount)
  end)
end)

describe("Arena:reset", function()
  it("returns nothing", function()
    assert.equals(0, select("#", ffi.arena():reset()))
  end)

  it("sets both counters to 0 and keeps the id", function()
    local arena = ffi.arena()
    local id = arena.id
    arena:alloc(64)
    arena:alloc(64)
    arena:reset()
    assert.equals(0, arena.totalAllocated)
    assert.equals(0, arena.allocationCount)
    assert.equals(id, arena.id)
  end)

  it("leaves the arena usable, again and again", function()
    local arena = ffi.arena()
    for round = 1, 20 do
      local pointer = arena:alloc(32)
      pointer:write(0, "i32", round)
      assert.equals(round, pointer:read(0, "i32"))
      assert.equals(32, arena.totalAllocated)
      arena:reset()
    end
  end)

  it("is harmless on an empty arena and twice in a row", function()
    local arena = ffi.arena()
    arena:reset()
    arena:reset()
    arena:alloc(1)
    assert.equals(1, arena.totalAllocated)
  end)

  it("leaves other arenas alone", function()
    local one, other = ffi.arena(), ffi.arena()
    local pointer = other:alloc(4)
    pointer:write(0, "i32", 7)
    one:alloc(4)
    one:reset()
    assert.equals(7, pointer:read(0, "i32"))
    assert.equals(4, other.totalAllocated)
  end)
end)

describe("Arena:free", function()
  it("returns nothing and sets both counters to 0", function()
    local arena = ffi.arena()
    arena:alloc(64)
    assert.equals(0, select("#", arena:free()))
    assert.equals(0, arena.totalAllocated)
    assert.equals(0, arena.allocationCount)
  end)

  it("makes every further allocation an error", function()
    local arena = ffi.arena()
    arena:free()
    fails(function() arena:alloc(8) end, "use after free of the arena")
    fails(function() arena:allocAligned(8, 8) end, "use after free of the arena")
    fails(function() arena:allocType("i32") end, "use after free of the arena")
    fails(function() arena:allocArray("i32", 2) end, "use after free of the arena")
    assert.equals(0, arena.allocationCount)
  end)

  it("is final: neither a second free nor a reset makes the arena usable", function()
    local arena = ffi.arena()
    arena:free()
    arena:free()
    pcall(function() arena:reset() end)
    fails(function() arena:alloc(8) end, "use after free of the arena")
  end)

  it("leaves id and text readable", function()
    local arena = ffi.arena()
    local id = arena.id
    arena:alloc(8)
    arena:free()
    assert.equals(id, arena.id)
    assert.equals(("Arena(id=%d, allocated=0 bytes, blocks=0)"):format(id), tostring(arena))
  end)
end)
