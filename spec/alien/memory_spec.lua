-- memmove, memcpy, memset: what they take, their bounds, and that nothing is half done.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")

local fails, collect = helper.fails, helper.collect

for _, name in ipairs({ "memmove", "memcpy" }) do
  describe("alien." .. name, function()
    local move = alien[name]

    it("copies from a string, all of it without a count", function()
      local buf = alien.buffer(8)
      assert.equals(0, select("#", move(buf, "abc")))
      assert.equals("abc\0\0\0\0\0", buf:tostring(8))
      move(buf, "xyz", 2)
      assert.equals("xyc", buf:tostring())
      move(buf, "a\0b")
      assert.equals("a\0b", buf:tostring(3))
      move(buf, "")
      move(buf, "zzz", 0)
      assert.equals("a\0b", buf:tostring(3))
    end)

    it("copies from a buffer and an address", function()
      local source, target = alien.buffer("source"), alien.buffer(8)
      move(target, source, 3)
      assert.equals("sou", target:tostring())
      move(target:topointer(4), source:topointer(4), 3)
      assert.equals("source", target:tostring())
    end)

    it("takes arrays and structs", function()
      local array = alien.array("int", { 1, 2, 3 })
      local buf = alien.buffer(12)
      move(buf, array, 12)
      assert.equals(3, buf:get(9, "int"))
      local struct = alien.defstruct({ { "a", "int" }, { "b", "int" } }):new()
      move(struct, array, 8)
      assert.equals(2, struct.b)
      move(array.buffer:topointer(5), struct, 4)
      assert.equals(1, array[2])
    end)

    it("takes memory that overlaps", function()
      local buf = alien.buffer("0123456789")
      move(buf:topointer(3), buf, 5)
      assert.equals("0101234789", buf:tostring())
      move(buf, buf:topointer(3), 5)
      assert.equals("0123434789", buf:tostring())
    end)

    it("stays in bounds, and copies nothing else", function()
      local buf, source = alien.buffer(4), alien.buffer("source")
      fails(function() move(buf, "12345") end, name)
      fails(function() move(buf, source, 5) end, name)
      fails(function() move(alien.buffer(100), source, 8) end, name)
      fails(function() move(buf, "ab", 3) end, name)
      fails(function() move(buf, "ab", -1) end, name)
      fails(function() move(buf, "ab", 0 / 0) end, name)
      fails(function() move(buf, source, 2 ^ 60) end, name)
      assert.equals("\0\0\0\0", buf:tostring(4))
    end)

    it("needs a count, unless the source is a string", function()
      local buf = alien.buffer(4)
      fails(function() move(buf, alien.buffer(4)) end, "bad argument #3 to '" .. name .. "'")
      fails(function() move(buf, alien.buffer(4):topointer()) end, "bad argument #3 to '" .. name .. "'")
    end)

    for _, row in ipairs({ { "nil", nil }, { "number", 5 }, { "table", {} }, { "boolean", true } }) do
      it("refuses a " .. row[1] .. " on either side", function()
        local buf = alien.buffer(4)
        fails(function() move(row[2], "ab", 1) end, "bad argument #1 to '" .. name .. "'", "got " .. row[1])
        fails(function() move(buf, row[2], 1) end, "bad argument #2 to '" .. name .. "'", "got " .. row[1])
      end)
    end

    it("refuses a string and NULL as the target", function()
      local null = require("lunaffi").null
      fails(function() move("target", "ab") end, "bad argument #1 to '" .. name .. "'", "got string")
      fails(function() move(null, "ab") end, "bad argument #1 to '" .. name .. "'")
      fails(function() move(alien.buffer(4), null, 1) end, "bad argument #2 to '" .. name .. "'")
      assert.equals("target", "tar" .. "get")
    end)
  end)
end

describe("alien.memset", function()
  it("sets bytes", function()
    local buf = alien.buffer(6)
    assert.equals(0, select("#", alien.memset(buf, 120, 4)))
    assert.equals("xxxx\0\0", buf:tostring(6))
    alien.memset(buf:topointer(2), 121, 2)
    assert.equals("xyyx", buf:tostring())
    alien.memset(buf, 0, 6)
    assert.equals(("\0"):rep(6), buf:tostring(6))
    alien.memset(buf, 5, 0)
    assert.equals(("\0"):rep(6), buf:tostring(6))
  end)

  it("takes arrays and structs", function()
    local array = alien.array("int", 2)
    alien.memset(array, 1, 8)
    assert.equals(0x01010101, array[2])
    local struct = alien.defstruct({ { "a", "short" } }):new()
    alien.memset(struct, 255, 2)
    assert.equals(-1, struct.a)
  end)

  it("stays in bounds", function()
    local buf = alien.buffer(4)
    for _, n in ipairs({ 5, -1, 2 ^ 60, 0 / 0, math.huge }) do
      fails(function() alien.memset(buf, 1, n) end, "memset")
    end
    fails(function() alien.memset(buf, 1) end, "bad argument #3 to 'memset'")
    assert.equals("\0\0\0\0", buf:tostring(4))
  end)

  it("sets a byte, and nothing that is none", function()
    local buf = alien.buffer(4)
    for _, byte in ipairs({ 256, -129, 0 / 0 }) do
      fails(function() alien.memset(buf, byte, 1) end, "bad argument #2 to 'memset'")
    end
    fails(function() alien.memset(buf, "x", 1) end, "bad argument #2 to 'memset'")
    fails(function() alien.memset(buf, nil, 1) end, "bad argument #2 to 'memset'")
    assert.equals("\0\0\0\0", buf:tostring(4))
  end)

  it("needs memory", function()
    for _, target in ipairs({ 5, "text", true, {}, require("lunaffi").null }) do
      fails(function() alien.memset(target, 0, 1) end, "bad argument #1 to 'memset'")
    end
    fails(function() alien.memset(nil, 0, 1) end, "bad argument #1 to 'memset'")
  end)

  it("is fast", function()
    -- No time is asked for: this would last minutes byte by byte through Lua.
    local size = helper.heavy(100000000)
    local buf = alien.buffer(size)
    alien.memset(buf, 255, size)
    assert.equals(255, buf[size])
    buf = nil -- luacheck: ignore 311
    collect()
  end)
end)
