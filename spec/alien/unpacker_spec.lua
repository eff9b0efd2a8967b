-- Reading through addresses: to<type>, tostring, isnull.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local support = require("spec.support.alien")

local fails, is_integer = helper.fails, helper.is_integer
local lib, bind, exact = support.lib, support.bind, support.exact

-- The function of a type; each has one but those of pointers.
local INTEGERS = {
  { "toshort", "short", 2 }, { "toushort", "ushort", 2 }, { "toint", "int", 4 },
  { "touint", "uint", 4 }, { "tolong", "long", 8 }, { "toulong", "ulong", 8 },
  { "toptrdiff_t", "ptrdiff_t", 8 }, { "tosize_t", "size_t", 8 },
}
local ALL = { "tochar", "tofloat", "todouble" }
local limits = {}
for _, row in ipairs(support.integers) do
  limits[row[1]] = { row[2], row[3] }
end

for _, row in ipairs(INTEGERS) do
  local name, kind, size = row[1], row[2], row[3]
  ALL[#ALL + 1] = name
  describe("alien." .. name, function()
    it("reads the number at an address, exactly", function()
      local buf = alien.buffer(size)
      for _, digits in ipairs({ limits[kind][1], limits[kind][2], "1", "0" }) do
        buf:set(1, exact(digits), kind)
        is_integer(alien[name](buf:topointer()), digits)
      end
    end)

    it("reads several as several results", function()
      local buf = alien.buffer(size * 4)
      for i = 1, 4 do
        buf:set(1 + (i - 1) * size, i * 10, kind)
      end
      assert.same({ n = 4, 10, 20, 30, 40 }, helper.pack(alien[name](buf:topointer(), 4)))
      assert.same({ n = 2, 20, 30 }, helper.pack(alien[name](buf:topointer(1 + size), 2)))
    end)
  end)
end

describe("alien.tofloat and alien.todouble", function()
  it("read floats", function()
    local pointer = bind(lib, "get_fractions", "pointer")()
    assert.same({ n = 3, 0.5, -1.25, 1e300 }, helper.pack(alien.todouble(pointer, 3)))
    local buf = alien.buffer(8)
    buf:set(1, 0.5, "float")
    buf:set(5, -0.25, "float")
    assert.same({ n = 2, 0.5, -0.25 }, helper.pack(alien.tofloat(buf:topointer(), 2)))
  end)
end)

describe("alien.tochar", function()
  it("reads characters", function()
    local buf = alien.buffer("az")
    assert.same({ n = 3, 97, 122, 0 }, helper.pack(alien.tochar(buf:topointer(), 3)))
  end)
end)

describe("what C has", function()
  it("is read as the type that it is", function()
    local get = bind(lib, "get_extreme", "pointer", "int")
    is_integer(alien.toshort(get(2)), "-32768")
    is_integer(alien.toushort(get(3)), "65535")
    is_integer(alien.tolong(get(4)), "-9223372036854775808")
    is_integer(alien.toulong(get(5)), "18446744073709551615")
    assert.equals(0.25, alien.tofloat(get(6)))
    assert.same({ n = 4, 10, -20, 30, -40 }, helper.pack(alien.toint(bind(lib, "get_numbers", "pointer")(), 4)))
  end)
end)

table.sort(ALL)
for _, name in ipairs(ALL) do
  describe("alien." .. name, function()
    local read = alien[name]

    it("gives nil for nil", function()
      assert.is_nil(read(nil))
      assert.is_nil((read(nil, 3)))
    end)

    it("gives nothing for a count of 0 or less", function()
      local pointer = alien.buffer(8):topointer()
      assert.equals(0, select("#", read(pointer, 0)))
      assert.equals(0, select("#", read(pointer, -5)))
    end)

    it("takes a buffer, in its bounds", function()
      local buf = alien.buffer(16)
      assert.equals(0, read(buf))
      assert.equals(2, select("#", read(buf, 2)))
      fails(function() read(buf, 17) end, name)
      fails(function() read(alien.buffer(0)) end, name)
    end)

    it("gives a thousand results", function()
      local count = 1000
      local buf = alien.buffer(8 * count)
      assert.equals(count, select("#", read(buf:topointer(), count)))
    end)

    it("raises for more results than Lua can have", function()
      local pointer = alien.buffer(8):topointer()
      fails(function() read(pointer, 100000000) end, name)
      fails(function() read(pointer, 2 ^ 53) end, name)
      fails(function() read(pointer, 0 / 0) end, name)
    end)

    for _, row in ipairs({ { "number", 5 }, { "string", "text" }, { "table", {} }, { "boolean", true } }) do
      it("refuses a " .. row[1], function()
        fails(function() read(row[2]) end, "bad argument #1 to '" .. name .. "'", "got " .. row[1])
      end)
    end

    it("refuses a count that is no number", function()
      local pointer = alien.buffer(8):topointer()
      fails(function() read(pointer, "x") end, "bad argument #2 to '" .. name .. "'")
      fails(function() read(pointer, {}) end, "bad argument #2 to '" .. name .. "'")
    end)
  end)
end

describe("alien.tostring", function()
  local words = bind(lib, "get_words", "pointer")()

  it("reads a text up to its NUL", function()
    assert.equals("buffered", alien.tostring(alien.buffer("buffered"):topointer()))
    local array = alien.array("string", 3, alien.buffer(words))
    assert.equals("alpha", array[1])
    assert.is_nil(array[3])
  end)

  it("reads as many bytes as asked for", function()
    local buf = alien.buffer("a\0b")
    assert.equals("a\0b", alien.tostring(buf:topointer(), 3))
    assert.equals("", alien.tostring(buf:topointer(), 0))
    assert.equals("a", alien.tostring(buf:topointer()))
  end)

  it("gives nil for nil", function()
    assert.is_nil(alien.tostring(nil))
    assert.is_nil((alien.tostring(nil, 4)))
  end)

  it("takes a buffer, in its bounds", function()
    local buf = alien.buffer("buffered")
    assert.equals("buffered", alien.tostring(buf))
    assert.equals("buf", alien.tostring(buf, 3))
    fails(function() alien.tostring(buf, 10) end, "tostring")
  end)

  it("refuses what cannot be", function()
    local buf = alien.buffer("buffered")
    fails(function() alien.tostring(buf, -1) end, "tostring")
    fails(function() alien.tostring(buf, {}) end, "bad argument #2 to 'tostring'")
    fails(function() alien.tostring({}) end, "bad argument #1 to 'tostring'", "got table")
    fails(function() alien.tostring(5) end, "bad argument #1 to 'tostring'", "got number")
    fails(function() alien.tostring(buf, 2 ^ 62) end, "tostring")
  end)
end)

describe("alien.isnull", function()
  it("tells NULL from others", function()
    assert.is_true(alien.isnull(nil))
    assert.is_true(alien.isnull(require("lunaffi").null))
    assert.is_true(alien.isnull(require("lunaffi").nullPtr))
    assert.is_false(alien.isnull(alien.buffer(1):topointer()))
    assert.is_false(alien.isnull(alien.buffer(1)))
  end)
end)
