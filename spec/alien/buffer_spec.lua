-- Buffers: making, sizes, texts, addresses, elements and their bounds, types, realloc.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local support = require("spec.support.alien")

local fails, collect, is_integer = helper.fails, helper.collect, helper.is_integer
local lib, bind, exact = support.lib, support.bind, support.exact

local strlen = bind(alien.default, "strlen", "size_t", "string")

describe("alien.buffer", function()
  it("has BUFSIZ bytes without an argument", function()
    assert.equals(8192, #alien.buffer())
    assert.equals(8192, #alien.buffer(nil))
  end)

  it("has as many bytes as asked for", function()
    for _, size in ipairs({ 1, 2, 7, 100, 65536, 1000000 }) do
      assert.equals(size, #alien.buffer(size))
    end
    assert.equals(16, #alien.buffer(2 ^ 4))
  end)

  it("is zeroed", function()
    for _, size in ipairs({ 1, 64, 8192 }) do
      assert.equals(("\0"):rep(size), alien.buffer(size):tostring(size))
    end
  end)

  it("may have no bytes", function()
    local buf = alien.buffer(0)
    assert.equals(0, #buf)
    assert.equals("", buf:tostring())
    assert.equals("", tostring(buf))
    is_integer(buf:strlen(), "0")
    is_integer(strlen(buf), "0")
    fails(function() return buf[1], 1 end)
    fails(function() buf[1] = 1 end)
  end)

  it("holds a copy of a string and its NUL", function()
    local buf = alien.buffer("text")
    assert.equals(5, #buf)
    assert.equals("text", buf:tostring())
    assert.equals("text\0", buf:tostring(5))
    buf[1] = ("T"):byte()
    assert.equals("Text", buf:tostring())
    assert.equals("text", "te" .. "xt")
    assert.equals(1, #alien.buffer(""))
    assert.equals(4, #alien.buffer("a\0b"))
    assert.equals("a\0b\0", alien.buffer("a\0b"):tostring(4))
  end)

  it("takes the text of a number for a text", function()
    local buf = alien.buffer("12")
    assert.equals(3, #buf)
    assert.equals("12", buf:tostring())
  end)

  it("is of no known size over a light userdata", function()
    local whole = alien.buffer("foreign memory")
    local buf = alien.buffer(whole:topointer())
    assert.equals(0, #buf)
    assert.equals("foreign memory", buf:tostring())
    assert.equals("memory", buf:tostring(6, 9))
    buf[1] = ("F"):byte()
    assert.equals("Foreign memory", whole:tostring())
    is_integer(buf:get(9, "char"), tostring(("m"):byte()))
  end)

  it("is of a known size over a light userdata with a length", function()
    local whole = alien.buffer("foreign memory")
    local buf = alien.buffer(whole:topointer(), 7)
    assert.equals(7, #buf)
    assert.equals("foreign", buf:tostring())
    is_integer(buf:strlen(), "7")
    fails(function() return buf[8], 1 end)
    fails(function() buf:set(5, 1, "int") end)
  end)

  it("shares the memory of another buffer", function()
    local one = alien.buffer("shared")
    local two = alien.buffer(one)
    assert.equals(7, #two)
    two[1] = ("S"):byte()
    assert.equals("Shared", one:tostring())
    assert.equals(one:topointer(), two:topointer())
    one = nil -- luacheck: ignore 311
    collect()
    assert.equals("Shared", two:tostring())
  end)

  for _, row in ipairs({
    { "a negative size", -1 }, { "nan", 0 / 0 }, { "infinity", math.huge }, { "an absurd size", 2 ^ 62 },
    { "a boolean", true }, { "a table", {} }, { "a function", print }, { "a file", io.stdout },
  }) do
    it("refuses " .. row[1], function()
      fails(function() alien.buffer(row[2]) end)
    end)
  end

  it("names itself and the argument", function()
    fails(function() alien.buffer(true) end, "bad argument #1 to 'buffer'", "got boolean")
    fails(function() alien.buffer(-1) end, "bad argument #1 to 'buffer'", "-1")
    fails(function() alien.buffer(alien.buffer(4):topointer(), -1) end, "bad argument #2 to 'buffer'")
  end)

  it("refuses NULL", function()
    fails(function() alien.buffer(require("lunaffi").null) end, "bad argument #1 to 'buffer'")
  end)
end)

describe("a buffer's length", function()
  it("is #buf, buf.size; the text's is strlen and len", function()
    local buf = alien.buffer("text")
    assert.equals(5, #buf)
    is_integer(buf.size, "5")
    is_integer(buf:strlen(), "4")
    is_integer(buf:len(), "4")
  end)

  it("is not known of foreign memory", function()
    local size = alien.buffer(alien.buffer("x"):topointer()).size
    assert.is_true(size == nil or size == 0)
  end)

  it("never reads a text beyond the end", function()
    local buf = alien.buffer(4)
    for i = 1, 4 do
      buf[i] = 120
    end
    is_integer(buf:strlen(), "4")
    assert.equals("xxxx", buf:tostring())
    assert.equals("xxxx", tostring(buf))
  end)
end)

describe("buf:tostring", function()
  local buf = alien.buffer("hello world")

  it("is the text from the start", function()
    assert.equals("hello world", buf:tostring())
    assert.equals("hello world", tostring(buf))
  end)

  it("is exactly as long as asked for", function()
    assert.equals("hello", buf:tostring(5))
    assert.equals("", buf:tostring(0))
    assert.equals("hello world\0", buf:tostring(12))
  end)

  it("starts at the offset", function()
    assert.equals("world", buf:tostring(5, 7))
    assert.equals("hello", buf:tostring(5, 1))
    assert.equals("d\0", buf:tostring(2, 11))
    assert.equals("world", buf:tostring(nil, 7))
    assert.equals("", buf:tostring(nil, 12))
  end)

  it("stays in bounds", function()
    fails(function() buf:tostring(13) end, "out of bounds")
    fails(function() buf:tostring(6, 8) end, "out of bounds")
    fails(function() buf:tostring(1, 13) end, "out of bounds")
    fails(function() buf:tostring(1, 0) end)
    fails(function() buf:tostring(-1) end)
    fails(function() buf:tostring(1, -3) end)
    fails(function() buf:tostring(2 ^ 53) end)
    fails(function() buf:tostring({}) end, "tostring", "got table")
  end)
end)

describe("a buffer that C fills", function()
  it("holds the bytes of a file, and ends where the program puts a NUL", function()
    local open = bind(alien.default, "open", "int", "string", "int")
    local read = bind(alien.default, "read", "long", "int", "pointer", "size_t")
    local close = bind(alien.default, "close", "int", "int")
    local buf = alien.buffer()
    helper.with_tempfile("hello from the file\n", function(path)
      local file = open(path, 0)
      is_integer(read(file, buf, #buf), "20")
      close(file)
    end)
    assert.equals("hello from the file\n", tostring(buf))
    buf[20] = 0
    assert.equals("hello from the file", tostring(buf))
    is_integer(buf:len(), "19")
    is_integer(buf:strlen(), "19")
  end)
end)

describe("addresses of a buffer", function()
  local buf = alien.buffer("hello world")

  it("are light userdata", function()
    assert.is_true(support.is_light(buf:topointer()))
    assert.equals(buf:topointer(), buf:topointer(1))
    assert.are_not.equal(buf:topointer(), buf:topointer(2))
    assert.equals("world", alien.tostring(buf:topointer(7)))
  end)

  it("become offsets again", function()
    for _, offset in ipairs({ 1, 2, 7, 12 }) do
      is_integer(buf:tooffset(buf:topointer(offset)), tostring(offset))
    end
    local found = bind(lib, "find_byte", "pointer", "pointer", "int")(buf, ("w"):byte())
    is_integer(buf:tooffset(found), "7")
  end)

  it("stay in bounds; the end has an address", function()
    assert.is_true(support.is_light(buf:topointer(13)))
    fails(function() buf:topointer(14) end)
    fails(function() buf:topointer(0) end)
    fails(function() buf:topointer(-1) end)
    fails(function() buf:topointer("x") end, "topointer")
  end)

  it("are asked for with a pointer", function()
    fails(function() buf:tooffset(nil) end, "tooffset")
    fails(function() buf:tooffset(5) end, "tooffset")
  end)
end)

describe("a byte of a buffer", function()
  it("is buf[i], from 1", function()
    local buf = alien.buffer("abc")
    is_integer(buf[1], "97")
    is_integer(buf[3], "99")
    is_integer(buf[4], "0")
    buf[2] = 66
    assert.equals("aBc", buf:tostring())
    is_integer(buf[2.0], "66")
  end)

  it("is unsigned", function()
    local buf = alien.buffer(2)
    buf[1] = 200
    is_integer(buf[1], "200")
    is_integer(buf:get(1), "200")
    is_integer(buf:get(1, "char"), "200")
    is_integer(buf:get(1, "byte"), "-56")
    buf[2] = -1
    is_integer(buf[2], "255")
  end)

  it("is in bounds", function()
    local buf = alien.buffer(4)
    for _, index in ipairs({ 0, 5, -1, 2 ^ 31, -2 ^ 40 }) do
      fails(function() return buf[index], 1 end)
      fails(function() buf[index] = 1 end)
      fails(function() buf:get(index) end, "get")
      fails(function() buf:set(index, 1) end, "set")
    end
    assert.equals("\0\0\0\0", buf:tostring(4))
  end)

  it("has a whole index", function()
    local buf = alien.buffer(4)
    for _, index in ipairs({ 1.5, 0 / 0, math.huge }) do
      fails(function() return buf[index], 1 end)
      fails(function() buf[index] = 1 end)
    end
  end)

  it("is a number", function()
    local buf = alien.buffer(4)
    for _, value in ipairs({ {}, true, "text", print }) do
      fails(function() buf[1] = value end)
    end
    fails(function() buf[1] = nil end)
    fails(function() buf[1] = 256 end, "out of range")
    fails(function() buf[1] = -129 end, "out of range")
    assert.equals("\0\0\0\0", buf:tostring(4))
  end)
end)

describe("an unknown key of a buffer", function()
  for _, key in ipairs({ "loadlib", "path", "cpath", "preload", "loaded", "x", "Size", "1", "__index", "gsub" }) do
    it(key .. " raises", function()
      local buf = alien.buffer(4)
      fails(function() return buf[key], 1 end, key)
      fails(function() buf[key] = 1 end)
    end)
  end

  it("of another kind raises", function()
    local buf = alien.buffer(4)
    for _, key in ipairs({ true, {}, print }) do
      fails(function() return buf[key], 1 end)
      fails(function() buf[key] = 1 end)
    end
  end)
end)

describe("get and set of type", function()
  for _, row in ipairs(support.integers) do
    local name, least, greatest = row[1], row[2], row[3]
    it(name .. " are exact", function()
      local buf = alien.buffer(24)
      for offset = 1, 9 do
        for _, digits in ipairs({ least, greatest, "0", "77" }) do
          assert.equals(0, select("#", buf:set(offset, exact(digits), name)))
          is_integer(buf:get(offset, name), digits)
        end
      end
    end)

    it(name .. " are in bounds", function()
      local size = alien.sizeof(name)
      local buf = alien.buffer(12)
      is_integer(buf:get(13 - size, name), "0")
      fails(function() buf:get(14 - size, name) end, "out of bounds")
      fails(function() buf:set(14 - size, 1, name) end, "out of bounds")
      fails(function() buf:get(0, name) end)
      assert.equals(("\0"):rep(12), buf:tostring(12))
    end)
  end

  it("float and double are floats", function()
    local buf = alien.buffer(16)
    buf:set(1, 0.5, "float")
    buf:set(9, 0.1, "double")
    assert.equals(0.5, buf:get(1, "float"))
    assert.equals(0.1, buf:get(9, "double"))
    fails(function() buf:set(13, 1, "double") end, "out of bounds")
  end)

  it("pointer are light userdata or nil", function()
    local buf, other = alien.buffer(8), alien.buffer("other")
    assert.is_nil(buf:get(1, "pointer"))
    buf:set(1, other:topointer(), "pointer")
    assert.equals(other:topointer(), buf:get(1, "pointer"))
    buf:set(1, nil, "pointer")
    assert.is_nil(buf:get(1, "pointer"))
    buf:set(1, other, "pointer")
    assert.equals(other:topointer(), buf:get(1, "pointer"))
    local array = alien.array("int", 3)
    buf:set(1, array, "pointer")
    assert.equals(array.buffer:topointer(), buf:get(1, "pointer"))
    fails(function() buf:set(1, {}, "pointer") end, "set", "got table")
    assert.equals(array.buffer:topointer(), buf:get(1, "pointer"))
  end)

  it("pointer take a string, which the buffer keeps", function()
    local buf = alien.buffer(8)
    buf:set(1, ("kept "):rep(20), "pointer")
    collect()
    assert.equals(("kept "):rep(20), alien.tostring(buf:get(1, "pointer")))
  end)

  it("string are Lua strings or nil", function()
    local buf = alien.buffer(16)
    assert.is_nil(buf:get(1, "string"))
    buf:set(1, "one", "string")
    buf:set(9, "two", "string")
    assert.equals("one", buf:get(1, "string"))
    assert.equals("two", buf:get(9, "string"))
    buf:set(1, nil, "string")
    assert.is_nil(buf:get(1, "string"))
    assert.equals("two", buf:get(9, "string"))
  end)

  it("string keep what they point to as long as the buffer", function()
    local buf = alien.buffer(8 * 100)
    for i = 1, 100 do
      buf:set(i * 8 - 7, "text number " .. i, "string")
    end
    collect()
    for i = 1, 100 do
      assert.equals("text number " .. i, buf:get(i * 8 - 7, "string"))
    end
    local total = bind(lib, "total_of", "size_t", "pointer", "size_t")
    is_integer(total(buf, 100), tostring(100 * 12 + 9 + 90 * 2 + 3))
  end)

  it("string may be set again and again, longer each time", function()
    local buf = alien.buffer(8)
    for i = 1, 200 do
      buf:set(1, ("x"):rep(i), "string")
      assert.equals(i, #buf:get(1, "string"))
    end
  end)

  it("callback are functions or nil", function()
    local buf = alien.buffer(8)
    assert.is_nil(buf:get(1, "callback"))
    buf:set(1, support.callbacks.add_one, "callback")
    local add_one = buf:get(1, "callback")
    add_one:types("int", "int")
    is_integer(add_one(41), "42")
    buf:set(1, nil, "callback")
    assert.is_nil(buf:get(1, "callback"))
    fails(function() buf:set(1, "x", "callback") end)
    fails(function() buf:set(1, print, "callback") end)
    assert.is_nil(buf:get(1, "pointer"))
  end)

  it("struct are an instance over the buffer, and a copy", function()
    local Pair = alien.defstruct({ { "a", "int" }, { "b", "double" } })
    local buf = alien.buffer(32)
    local pair = Pair:new()
    pair.a, pair.b = 3, 0.5
    buf:set(17, pair, Pair)
    is_integer(buf:get(17, "int"), "3")
    local inside = buf:get(17, Pair)
    inside.b = 2.5
    assert.equals(2.5, buf:get(25, "double"))
    assert.equals(0.5, pair.b)
    fails(function() buf:get(18, Pair) end, "out of bounds")
    fails(function() buf:set(1, 5, Pair) end, "bad argument #2 to 'set'")
  end)

  for _, name in ipairs({ "void", "ref int", "ref char", "int128", "", "..." }) do
    it(("%q raise"):format(name), function()
      local buf = alien.buffer(16)
      fails(function() buf:get(1, name) end, "get", name)
      fails(function() buf:set(1, 1, name) end, "set", name)
      assert.equals(("\0"):rep(16), buf:tostring(16))
    end)
  end

  it("a kind that is no type raise", function()
    local buf = alien.buffer(16)
    for _, value in ipairs({ 5, true, {}, print }) do
      fails(function() buf:get(1, value) end, "bad argument #2 to 'get'")
      fails(function() buf:set(1, 1, value) end, "bad argument #3 to 'set'")
    end
  end)

  it("a value that does not fit change nothing", function()
    local buf = alien.buffer(8)
    buf:set(1, 7, "int")
    fails(function() buf:set(1, 2 ^ 32, "int") end, "bad argument #2 to 'set'", "out of range")
    fails(function() buf:set(1, "text", "int") end, "bad argument #2 to 'set'")
    fails(function() buf:set(1, nil, "int") end, "bad argument #2 to 'set'")
    is_integer(buf:get(1, "int"), "7")
  end)
end)

describe("buf:realloc", function()
  it("keeps what there is, and zeroes what is new", function()
    local buf = alien.buffer("hello")
    assert.equals(0, select("#", buf:realloc(20)))
    assert.equals(20, #buf)
    assert.equals("hello" .. ("\0"):rep(15), buf:tostring(20))
    buf:realloc(3)
    assert.equals(3, #buf)
    assert.equals("hel", buf:tostring())
    fails(function() return buf[4], 1 end)
  end)

  it("may leave nothing, and grow again", function()
    local buf = alien.buffer("hello")
    buf:realloc(0)
    assert.equals(0, #buf)
    assert.equals("", buf:tostring())
    buf:realloc(5)
    assert.equals(("\0"):rep(5), buf:tostring(5))
  end)

  it("is for memory of its own", function()
    local owner = alien.buffer("hello")
    local foreign = alien.buffer(owner:topointer())
    fails(function() foreign:realloc(20) end, "realloc")
    fails(function() alien.buffer(owner:topointer(), 3):realloc(20) end, "realloc")
    assert.equals("hello", owner:tostring())
  end)

  it("refuses sizes that cannot be", function()
    local buf = alien.buffer("hello")
    for _, size in ipairs({ -1, 0 / 0, math.huge, 2 ^ 62 }) do
      fails(function() buf:realloc(size) end)
    end
    fails(function() buf:realloc() end, "realloc")
    fails(function() buf:realloc("x") end, "realloc")
    assert.equals("hello", buf:tostring())
    assert.equals(6, #buf)
  end)

  it("is seen, or refused, by those who share the memory", function()
    local buf = alien.buffer("hello")
    local shared = alien.buffer(buf)
    local ok = pcall(buf.realloc, buf, 100000)
    collect()
    -- Either way nothing reads memory that is gone.
    local read, text = pcall(shared.tostring, shared)
    assert.is_true(not read or text == "hello")
    assert.equals("hello", buf:tostring())
    assert.equals(ok and 100000 or 6, #buf)
  end)

  it("keeps the strings that the buffer holds", function()
    local buf = alien.buffer(8)
    buf:set(1, ("kept"):rep(30), "string")
    buf:realloc(64)
    collect()
    assert.equals(("kept"):rep(30), buf:get(1, "string"))
  end)
end)

describe("the methods of a buffer", function()
  it("refuse another self", function()
    local buf = alien.buffer(4)
    for _, name in ipairs({ "strlen", "len", "tostring", "topointer", "tooffset", "get", "set", "realloc" }) do
      local method = buf[name]
      fails(function() method(5, 1) end, name, "got number")
      fails(function() method(io.stdout, 1) end, name)
      fails(function() method() end, name)
    end
  end)

  it("are not to be replaced", function()
    local buf = alien.buffer(4)
    fails(function() buf.tostring = print end)
    assert.is_false(pcall(setmetatable, buf, {}))
    assert.are_not.equal("table", type(getmetatable(buf)))
  end)
end)

describe("the finalizer of a buffer", function()
  it("finds what is in it, also when it was attached before the buffer was given another size", function()
    local ffi = require("lunaffi")
    for _, size in ipairs({ 4, 70000 }) do
      local seen = {}
      do
        local buf = alien.buffer(size)
        ffi.gc(buf, function(b) seen[#seen + 1] = b:tostring(4) end)
        buf:realloc(100000)
        alien.memset(buf, 65, 4)
      end
      collect()
      collect()
      assert.same({ "AAAA" }, seen)
    end
  end)
end)
