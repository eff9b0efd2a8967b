-- What may be accessed through cdata: all of the allocation that an object owns, or was derived from
-- one that does, and nothing outside of it.

local ffi = require("lunaffi.luajit")
local helper = require("spec.helper")

local fails = helper.fails

ffi.cdef([[
struct bo_point { int x, y; };
struct bo_line { struct bo_point from, to; char name[8]; };
struct bo_list { int count; double values[?]; };
struct bo_packet { uint8_t kind; uint32_t value; } __attribute__((packed));
]])

describe("an owner's bounds", function()
  it("hold for every element of an array, read and written", function()
    local array = ffi.new("int[4]", { 1, 2, 3, 4 })
    assert.equals(4, array[3])
    for _, index in ipairs({ 4, -1, 2 ^ 40, -2 ^ 40, 2 ^ 62 }) do
      fails(function()
        local _ = array[index]
      end, "out of bounds")
      fails(function()
        array[index] = 9
      end, "out of bounds")
    end
    assert.equals(4, array[3])
  end)

  it("say where the access was, counted from the start of the allocation", function()
    local array = ffi.new("int[4]")
    local message = fails(function()
      local _ = array[5]
    end)
    assert.truthy(message:find("offset 20 + 4 bytes is out of bounds: 16 bytes are accessible", 1, true))
    local element = array + 3
    message = fails(function()
      local _ = element[-5]
    end)
    assert.truthy(message:find("offset -8 + 4 bytes", 1, true))
  end)

  it("are those of the whole allocation, not of the declared member", function()
    local line = ffi.new("struct bo_line", { { 1, 2 }, { 3, 4 }, "abcdefg" })
    -- One past `from` is `to`.
    local from = line.from
    local second = ffi.cast("struct bo_point *", from) + 1
    assert.equals(3, second.x)
    assert.equals(4, second.y)
    -- The name ends the allocation.
    assert.equals(("g"):byte(), line.name[6])
    fails(function()
      local _ = line.name[8]
    end, "out of bounds")
    -- Before the name is the rest.
    assert.equals(4, ffi.cast("int *", line.name)[-1])
    fails(function()
      local _ = ffi.cast("int *", line.name)[-5]
    end, "out of bounds")
  end)

  it("hold for objects of variable length", function()
    local list = ffi.new("struct bo_list", 3, { 3, { 1.5, 2.5, 3.5 } })
    assert.equals(3.5, list.values[2])
    fails(function()
      list.values[3] = 1
    end, "out of bounds")
    local array = ffi.new("char[?]", 5, "abcd")
    assert.equals(0, array[4])
    fails(function()
      array[5] = 1
    end, "out of bounds")
    assert.equals(5, ffi.sizeof(array))
  end)

  it("hold for no bytes at all", function()
    local none = ffi.new("int[?]", 0)
    fails(function()
      local _ = none[0]
    end, "out of bounds")
    assert.equals("", ffi.string(none, 0))
    ffi.fill(none, 0)
    ffi.copy(none, "x", 0)
  end)

  it("are kept by casts, pointer arithmetic and decay", function()
    local array = ffi.new("uint8_t[8]", { 1, 2, 3, 4, 5, 6, 7, 8 })
    local words = ffi.cast("uint16_t *", array)
    assert.equals(8 * 256 + 7, words[3])
    fails(function()
      local _ = words[4]
    end, "out of bounds")
    local last = array + 7
    assert.equals(8, last[0])
    fails(function()
      local _ = last[1]
    end, "out of bounds")
    local back = ffi.cast("uint8_t *", ffi.cast("void *", last)) - 7
    assert.equals(1, back[0])
    fails(function()
      local _ = back[-1]
    end, "out of bounds")
    local converted = ffi.new("const uint8_t *", array)
    fails(function()
      local _ = converted[8]
    end, "out of bounds")
  end)

  it("let a pointer go anywhere as long as it is not followed", function()
    local array = ffi.new("int[2]", { 5, 6 })
    local far = array + 1000
    assert.equals(1000, far - array)
    assert.equals(5, (far - 1000)[0])
    local end_ = array + 2
    assert.equals(6, end_[-1])
  end)

  it("hold for members of structs behind pointers", function()
    local points = ffi.new("struct bo_point[2]", { { 1, 2 }, { 3, 4 } })
    local pointer = ffi.cast("struct bo_point *", points)
    assert.equals(4, pointer[1].y)
    fails(function()
      local _ = pointer[2].x
    end, "out of bounds")
    fails(function()
      pointer[2] = { 1, 2 }
    end, "out of bounds")
    fails(function()
      pointer[-1].y = 1
    end, "out of bounds")
    assert.equals(2, points[0].y)
  end)

  it("hold for bytes inside of a value", function()
    local packet = ffi.new("struct bo_packet", 1, 0x01020304)
    assert.equals(0x01020304, packet.value)
    local wide = ffi.cast("uint64_t *", packet)
    fails(function()
      local _ = wide[0]
    end, "out of bounds")
    local inside = ffi.cast("uint32_t *", ffi.cast("char *", packet) + 2)
    fails(function()
      inside[0] = 0
    end, "out of bounds")
    assert.equals(0x01020304, packet.value)
  end)

  it("hold for a Lua string that a pointer was made of", function()
    local text = ffi.cast("const char *", "hello")
    assert.equals(("h"):byte(), text[0])
    assert.equals(0, text[5])
    fails(function()
      local _ = text[6]
    end, "out of bounds")
    assert.equals("hello", ffi.string(text))
  end)
end)

describe("ffi.copy, ffi.fill and ffi.string", function()
  it("refuse what leaves the memory, and change nothing then", function()
    local bytes = ffi.new("uint8_t[5]", 1)
    fails(function()
      ffi.fill(bytes, 20, 10)
    end, "bad argument #1 to 'fill'", "out of bounds")
    fails(function()
      ffi.copy(bytes, "123456")
    end, "bad argument #1 to 'copy'", "out of bounds")
    fails(function()
      ffi.copy(bytes, ffi.new("uint8_t[2]", 9), 3)
    end, "bad argument #2 to 'copy'", "out of bounds")
    fails(function()
      ffi.copy(bytes + 3, "abc", 3)
    end, "bad argument #1 to 'copy'", "out of bounds")
    for i = 0, 4 do
      assert.equals(1, bytes[i])
    end
    fails(function()
      ffi.string(bytes, 6)
    end, "bad argument #1 to 'string'", "out of bounds")
    ffi.fill(bytes, 5, 10)
    assert.equals(("\10"):rep(5), ffi.string(bytes, 5))
  end)

  it("look for a string's end within the memory", function()
    local bytes = ffi.new("char[4]", "abcd")
    fails(function()
      ffi.string(bytes)
    end, "bad argument #1 to 'string'", "end")
    bytes[3] = 0
    assert.equals("abc", ffi.string(bytes))
    assert.equals("", ffi.string(bytes + 3))
    fails(function()
      ffi.string(bytes + 4)
    end, "out of bounds")
  end)

  it("refuse a negative length", function()
    local bytes = ffi.new("char[4]")
    for _, use in ipairs({
      function()
        ffi.string(bytes, -1)
      end,
      function()
        ffi.copy(bytes, "abc", -1)
      end,
      function()
        ffi.fill(bytes, -1)
      end,
    }) do
      fails(use, "negative length")
    end
  end)

  it("copy within one block whichever way it overlaps", function()
    local bytes = ffi.new("char[6]", "abcdef")
    ffi.copy(bytes + 2, bytes, 4)
    assert.equals("ababcd", ffi.string(bytes, 6))
    ffi.copy(bytes, bytes + 2, 4)
    assert.equals("abcdcd", ffi.string(bytes, 6))
  end)
end)

describe("NULL", function()
  it("is an error to follow, whatever is done with it", function()
    local pointer = ffi.new("struct bo_point *")
    for _, use in ipairs({
      function()
        return pointer.x + 0
      end,
      function()
        pointer.x = 1
      end,
      function()
        return pointer[0].y + 0
      end,
      function()
        pointer[0] = { 1, 2 }
      end,
      function()
        return ffi.cast("int **", nil)[0] == nil
      end,
      function()
        return ffi.string(ffi.cast("const char *", nil))
      end,
      function()
        return ffi.string(ffi.cast("const char *", nil), 3)
      end,
      function()
        ffi.fill(ffi.nullptr, 1)
      end,
      function()
        ffi.copy(ffi.nullptr, "x")
      end,
      function()
        return ffi.new("struct bo_point", ffi.cast("struct bo_point &", nil))
      end,
      function()
        return ffi.tonumber(ffi.new("int &"))
      end,
    }) do
      fails(function()
        use()
        return nil
      end, "null pointer")
    end
  end)

  it("can be moved, and come back", function()
    local pointer = ffi.cast("char *", nil) + 64
    assert.equals("cdata<char *>: 0x00000040", tostring(pointer))
    assert.is_true(ffi.isnull(pointer - 64))
  end)
end)

describe("ffi.bounds", function()
  after_each(function()
    ffi.bounds(true)
  end)

  it("tells and sets whether accesses are checked", function()
    assert.is_true(ffi.bounds())
    assert.is_false(ffi.bounds(false))
    assert.is_false(ffi.bounds())
    assert.is_true(ffi.bounds(true))
    fails(function()
      ffi.bounds(1)
    end, "bad argument #1 to 'bounds' (boolean expected, got number)")
  end)

  it("false: memory around what is declared may be accessed", function()
    local block = ffi.new("int[16]", 7)
    -- An address without bounds of its own would be unchecked anyway; this one has them.
    local inner = ffi.cast("int *", block) + 4
    ffi.bounds(false)
    assert.equals(7, inner[3])
    assert.equals(7, inner[-4])
    -- What is read behind a string's last byte is the NUL that Lua keeps there.
    local text = ffi.cast("const char *", "abc")
    assert.equals("abc", ffi.string(text))
    assert.equals("abc\0", ffi.string(text, 4))
    -- NULL stays what it is.
    fails(function()
      local _ = ffi.cast("int *", nil)[0]
    end, "null pointer")
  end)
end)
