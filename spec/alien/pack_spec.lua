-- pack, unpack, size and offset: every letter, order of bytes, alignment, positions, what is refused.

local alien = require("lunaffi.alien")
local struct = require("lunaffi.alien.struct")
local helper = require("spec.helper")
local support = require("spec.support.alien")

local fails, is_integer = helper.fails, helper.is_integer
local exact = support.exact

local function hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

describe("lunaffi.alien.struct", function()
  it("is what alien itself has", function()
    assert.is_true(rawequal(struct, alien.struct) or struct.pack == alien.struct.pack)
    local count = 0
    for name, fn in pairs(struct) do
      count = count + 1
      assert.equals("function", type(fn), name)
      assert.equals(fn, alien[name])
    end
    assert.equals(4, count)
  end)
end)

describe("pack and unpack of", function()
  for _, row in ipairs({
    { ">b", "-128", "80" }, { ">b", "127", "7f" }, { ">B", "255", "ff" }, { ">h", "-2", "fffe" },
    { "<h", "-2", "feff" }, { ">H", "65535", "ffff" }, { "<H", "513", "0102" }, { ">i", "-2", "fffffffe" },
    { "<i", "1", "01000000" }, { ">I", "4294967295", "ffffffff" }, { ">l", "-2", "fffffffffffffffe" },
    { "<l", "9007199254740993", "0100000000002000" }, { ">L", "18446744073709551615", "ffffffffffffffff" },
    { ">L", "9223372036854775808", "8000000000000000" }, { ">l", "-9223372036854775808", "8000000000000000" },
    { ">i1", "-1", "ff" }, { ">i2", "-1", "ffff" }, { ">i4", "258", "00000102" }, { "<i4", "258", "02010000" },
    { ">i8", "-9007199254740993", "ffdfffffffffffff" }, { ">I1", "200", "c8" }, { ">I2", "40000", "9c40" },
    { ">I4", "4000000000", "ee6b2800" }, { "<I8", "18446744073709551615", "ffffffffffffffff" },
    { ">i16", "-1", ("ff"):rep(16) }, { ">i16", "258", ("00"):rep(14) .. "0102" },
    { "<I16", "258", "0201" .. ("00"):rep(14) },
  }) do
    it(row[1] .. " " .. row[2] .. " are exact", function()
      local bytes = struct.pack(row[1], exact(row[2]))
      assert.equals(row[3], hex(bytes))
      local value, position = struct.unpack(row[1], bytes)
      is_integer(value, row[2])
      is_integer(position, tostring(#bytes + 1))
      assert.equals(#bytes, struct.size(row[1]))
    end)
  end

  for _, row in ipairs({
    { ">f", 0.5, "3f000000" }, { "<f", 0.5, "0000003f" }, { ">d", 0.1, "3fb999999999999a" },
    { "<d", -2, "00000000000000c0" },
  }) do
    it(row[1] .. " are floats", function()
      local bytes = struct.pack(row[1], row[2])
      assert.equals(row[3], hex(bytes))
      assert.equals(row[2], (struct.unpack(row[1], bytes)))
    end)
  end

  it("the native order is that of the machine", function()
    local bytes = struct.pack("h", 1)
    assert.is_true(bytes == struct.pack("<h", 1) or bytes == struct.pack(">h", 1))
    local buf = alien.buffer(2)
    buf:set(1, 1, "short")
    assert.equals(buf:tostring(2), bytes)
  end)

  it("the order may change in between", function()
    assert.equals("0001010000010001", hex(struct.pack(">h<h>h h", 1, 1, 1, 1)))
    assert.equals("000101000001", hex(struct.pack(">h<h>h", 1, 1, 1)))
    assert.same({ n = 4, 1, 1, 1, 7 }, helper.pack(struct.unpack(">h<h>h", "\0\1\1\0\0\1")))
  end)

  it("c takes so many bytes", function()
    assert.equals("abc", struct.pack("c3", "abcdef"))
    assert.equals("a", struct.pack("c", "abcdef"))
    assert.equals("a\0b", struct.pack("c3", "a\0b"))
    assert.same({ n = 2, "abc", 4 }, helper.pack(struct.unpack("c3", "abcdef")))
    assert.same({ n = 2, "a", 2 }, helper.pack(struct.unpack("c", "abcdef")))
    fails(function() struct.pack("c5", "abc") end, "bad argument #2 to 'pack'")
  end)

  it("c0 takes all of it, with the length of the value before", function()
    assert.equals("\5hello", struct.pack("bc0", 5, "hello"))
    assert.equals("hello", struct.pack("c0", "hello"))
    assert.same({ n = 2, "hello", 7 }, helper.pack(struct.unpack("bc0", "\5hello")))
    assert.same({ n = 3, "hello", 9, 8 }, helper.pack(struct.unpack("bc0b", "\5hello\9")))
    fails(function() struct.unpack("c0", "hello") end, "unpack")
    fails(function() struct.unpack("bc0", "\6hello") end, "too short")
    fails(function() struct.unpack("bc0", "\255hello") end, "unpack")
  end)

  it("s ends with a NUL", function()
    assert.equals("text\0", struct.pack("s", "text"))
    assert.equals("\0", struct.pack("s", ""))
    assert.same({ n = 2, "text", 6 }, helper.pack(struct.unpack("s", "text\0more")))
    assert.same({ n = 3, "one", "two", 9 }, helper.pack(struct.unpack("ss", "one\0two\0")))
    fails(function() struct.unpack("s", "no end") end, "unpack")
  end)

  it("x is a byte of padding", function()
    assert.equals("010000000002", hex(struct.pack("bxxxxb", 1, 2)))
    assert.same({ n = 3, 1, 2, 7 }, helper.pack(struct.unpack("bxxxxb", "\1....\2")))
  end)

  it("p is a pointer", function()
    local buf = alien.buffer("pointed")
    local bytes = struct.pack("p", buf:topointer())
    assert.equals(8, #bytes)
    local pointer, position = struct.unpack("p", bytes)
    assert.equals(buf:topointer(), pointer)
    is_integer(position, "9")
    assert.equals(bytes, struct.pack(">p", buf))
    assert.equals(bytes, struct.pack("<p", buf))
    assert.equals(("\0"):rep(8), struct.pack("p", nil))
    assert.is_true(alien.isnull((struct.unpack("p", ("\0"):rep(8)))))
    fails(function() struct.pack("p", {}) end, "bad argument #2 to 'pack'")
  end)

  it("blanks are nothing", function()
    assert.equals(struct.pack(">hh", 1, 2), struct.pack(" > h  h ", 1, 2))
  end)

  it("an empty format is nothing", function()
    assert.equals("", struct.pack(""))
    assert.same({ n = 1, 1 }, helper.pack(struct.unpack("", "text")))
    assert.equals(0, struct.size(""))
  end)

  it("several letters are several values", function()
    local buf = alien.buffer(1)
    local bytes = struct.pack(">ipbph", -2, buf, 7, nil, 300)
    assert.equals(4 + 8 + 1 + 8 + 2, #bytes)
    local i, p, b, q, h, position = struct.unpack(">ipbph", bytes)
    is_integer(i, "-2")
    assert.equals(buf:topointer(), p)
    is_integer(b, "7")
    assert.is_true(alien.isnull(q))
    is_integer(h, "300")
    is_integer(position, "24")
  end)
end)

describe("values to pack", function()
  for _, row in ipairs({
    { "b", 256 }, { "b", -129 }, { "B", 256 }, { "h", 65536 }, { "H", -32769 }, { "i", 4294967296 },
    { "I1", 256 }, { "i2", 65536 }, { "l", 2 ^ 64 }, { "L", 2 ^ 64 }, { "i", 0 / 0 }, { "l", math.huge },
  }) do
    it(("%s of %s raise"):format(row[1], tostring(row[2])), function()
      fails(function() struct.pack(row[1], row[2]) end, "bad argument #2 to 'pack'")
    end)
  end

  for _, row in ipairs({
    { "b", "text" }, { "i", {} }, { "d", true }, { "f", "x" }, { "s", {} }, { "c3", false }, { "s", nil },
    { "l", nil },
  }) do
    it(("%s of a %s raise"):format(row[1], type(row[2])), function()
      fails(function() struct.pack(row[1], row[2]) end, "bad argument #2 to 'pack'", "got " .. type(row[2]))
    end)
  end

  it("that are missing raise", function()
    fails(function() struct.pack("ii", 1) end, "bad argument #3 to 'pack'")
  end)

  it("name the argument that is wrong", function()
    fails(function() struct.pack(">hxxh", 1, "text") end, "bad argument #3 to 'pack'")
  end)
end)

describe("alignment", function()
  it("is none at first", function()
    assert.equals(9, struct.size("bd"))
    assert.equals(9, #struct.pack("bd", 1, 2))
  end)

  for _, row in ipairs({
    { "!bd", 16 }, { "!8bd", 16 }, { "!4bd", 12 }, { "!2bd", 10 }, { "!1bd", 9 }, { "!bhi", 8 }, { "!4bi", 8 },
    { "!2bi", 6 }, { "!bc3i", 4 + 4 }, { "!bsd", nil }, { "!bp", 16 }, { "!bi2", 4 }, { "!bi1", 2 }, { "!dbh", 12 },
    { "b!d", 16 }, { "!b!1d", 9 }, { "!4b!8d", 16 }, { "!16bi16", 32 },
  }) do
    if row[2] then
      it(("%s has %d bytes"):format(row[1], row[2]), function()
        assert.equals(row[2], struct.size(row[1]))
      end)
    end
  end

  it("pads with zeros", function()
    assert.equals("01000000" .. "00000002", hex(struct.pack("!4>bi", 1, 2)))
    assert.same({ n = 3, 1, 2, 9 }, helper.pack(struct.unpack("!4>bi", "\1...\0\0\0\2")))
  end)

  it("counts from the start of the data", function()
    local bytes = struct.pack("!4>bibi", 1, 2, 3, 4)
    assert.equals(16, #bytes)
    assert.same({ n = 5, 1, 2, 3, 4, 17 }, helper.pack(struct.unpack("!4>bibi", bytes)))
  end)

  for _, format in ipairs({ "!3i", "!0i", "!5i", "!99999999999999999999i", "!32i" }) do
    it(format .. " raises or is a power of two", function()
      local ok, message = pcall(struct.size, format)
      assert.is_true(format == "!32i" or not ok)
      assert.is_true(ok or type(message) == "string")
    end)
  end
end)

describe("unpack", function()
  it("begins at a position", function()
    assert.same({ n = 2, 2, 3 }, helper.pack(struct.unpack("b", "\1\2\3", 2)))
    assert.same({ n = 2, 3, 4 }, helper.pack(struct.unpack("b", "\1\2\3", 3)))
    fails(function() struct.unpack("b", "\1\2\3", 4) end, "too short")
    fails(function() struct.unpack("b", "\1\2\3", 0) end, "unpack")
    fails(function() struct.unpack("b", "\1\2\3", 5) end, "unpack")
    fails(function() struct.unpack("b", "\1\2\3", "x") end, "bad argument #3 to 'unpack'")
  end)

  it("goes through a string piece by piece", function()
    local bytes = struct.pack(">hbs", 1, 2, "three") .. struct.pack(">d", 4)
    local a, b, c, position = struct.unpack(">hbs", bytes)
    local d, last = struct.unpack(">d", bytes, position)
    assert.same({ 1, 2, "three", 4 }, { a, b, c, d })
    assert.equals(#bytes + 1, last)
  end)

  it("raises when the data is too short", function()
    for format, bytes in pairs({
      i = "...", d = "....", h = ".", c5 = "....", p = ".......", xxxxx = "....", ["!4bi"] = ".......", bb = ".",
    }) do
      fails(function() struct.unpack(format, bytes) end, "too short")
    end
  end)

  it("reads a buffer", function()
    local bytes = struct.pack(">hs", 513, "text")
    local buf = alien.buffer(bytes)
    assert.same({ n = 3, 513, "text", 8 }, helper.pack(struct.unpack(">hs", buf, #bytes)))
    assert.same({ n = 2, "text", 8 }, helper.pack(struct.unpack("s", buf, #bytes, 3)))
    fails(function() struct.unpack(">d", buf, #bytes) end, "too short")
    fails(function() struct.unpack(">d", buf, 100) end, "unpack")
    fails(function() struct.unpack(">d", buf, -1) end, "unpack")
  end)

  it("reads at a light userdata, as many bytes as are said", function()
    local bytes = struct.pack(">hs", 513, "text")
    local pointer = alien.buffer(bytes):topointer()
    assert.same({ n = 3, 513, "text", 8 }, helper.pack(struct.unpack(">hs", alien.buffer(bytes):topointer(), #bytes)))
    fails(function() struct.unpack(">hs", pointer, 4) end)
    fails(function() struct.unpack(">h", pointer) end, "unpack")
  end)

  it("needs something to read", function()
    for _, value in ipairs({ 5.5, true, {}, print }) do
      if type(value) ~= "number" then
        fails(function() struct.unpack("b", value) end, "bad argument #2 to 'unpack'")
      end
    end
    fails(function() struct.unpack("b") end, "bad argument #2 to 'unpack'")
    fails(function() struct.unpack("b", nil) end, "bad argument #2 to 'unpack'")
  end)

  it("gives as many values as there are, on a stack that is large enough", function()
    local count = 500
    local bytes = ("\7"):rep(count)
    assert.equals(count + 1, select("#", struct.unpack(("b"):rep(count), bytes)))
  end)
end)

describe("size", function()
  for _, row in ipairs({
    { "b", 1 }, { "B", 1 }, { "h", 2 }, { "H", 2 }, { "i", 4 }, { "I", 4 }, { "l", 8 }, { "L", 8 }, { "f", 4 },
    { "d", 8 }, { "p", 8 }, { "c", 1 }, { "c10", 10 }, { "x", 1 }, { "i1", 1 }, { "i16", 16 }, { ">", 0 },
    { "bhilfd", 1 + 2 + 4 + 8 + 4 + 8 },
  }) do
    it(("of %s is %d"):format(row[1], row[2]), function()
      is_integer(struct.size(row[1]), tostring(row[2]))
    end)
  end

  it("of what has no fixed size raises", function()
    fails(function() struct.size("s") end, "size")
    fails(function() struct.size("c0") end, "size")
    fails(function() struct.size("is") end, "size")
    fails(function() struct.offset("sb", 2) end, "offset")
    fails(function() struct.offset("bc0b", 3) end, "offset")
  end)
end)

describe("offset", function()
  it("is that of an item, from 1", function()
    is_integer(struct.offset("bhi"), "1")
    is_integer(struct.offset("bhi", 1), "1")
    is_integer(struct.offset("bhi", 2), "2")
    is_integer(struct.offset("bhi", 3), "4")
  end)

  it("counts the padding in front of the item", function()
    is_integer(struct.offset("!bd", 2), "9")
    is_integer(struct.offset("!bhi", 2), "3")
    is_integer(struct.offset("!bhi", 3), "5")
  end)

  it("of every item behind the last is where the packed bytes end", function()
    is_integer(struct.offset("bhi", 4), "8")
    is_integer(struct.offset("bhi", 5), "8")
    is_integer(struct.offset("bhi", 2 ^ 40), "8")
    is_integer(struct.offset("", 1), "1")
    is_integer(struct.offset("", 7), "1")
    is_integer(struct.offset("!bd", 3), "17")
    is_integer(struct.offset(">ipbph", 10), "24")
  end)

  it("of item 0 is that of the first byte", function()
    is_integer(struct.offset("bhi", 0), "1")
    is_integer(struct.offset("", 0), "1")
    is_integer(struct.offset("sb", 0), "1")
  end)

  it("does not count x", function()
    is_integer(struct.offset("bxxb", 2), "4")
  end)

  it("of what is no number of an item raises", function()
    for _, n in ipairs({ -1, 2 ^ 70, 0 / 0 }) do
      fails(function() struct.offset("bhi", n) end, "offset")
    end
    fails(function() struct.offset("bhi", "x") end, "bad argument #2 to 'offset'")
  end)
end)

describe("a format", function()
  for _, letter in ipairs({ "z", "q", "?", "T", "=", "9", "\n!", "%" }) do
    it(("with %q raises, naming it"):format(letter), function()
      local format = "b" .. letter .. "b"
      local bad = letter:match("^%s*(.)")
      fails(function() struct.pack(format, 1, 2) end, "pack")
      fails(function() struct.unpack(format, "\1\2") end, "unpack")
      local message = fails(function() struct.size(format) end, "size")
      assert.is_truthy(message:find(bad, 1, true) or letter == "9" or letter == "\n!")
    end)
  end

  for _, format in ipairs({ "i3", "i0", "i5", "i32", "I64", "i99999999999999999999", "c99999999999999999999" }) do
    it(format .. " raises", function()
      fails(function() struct.size(format) end, "size")
      fails(function() struct.pack(format, 1) end, "pack")
      fails(function() struct.unpack(format, ("\0"):rep(100)) end, "unpack")
    end)
  end

  it("is a string", function()
    for _, name in ipairs({ "pack", "unpack", "size", "offset" }) do
      fails(function() struct[name](nil) end, "bad argument #1 to '" .. name .. "'")
      fails(function() struct[name]({}) end, "bad argument #1 to '" .. name .. "'", "got table")
    end
  end)
end)
