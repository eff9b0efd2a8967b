-- The module table: what it holds, sizes and alignments of types, platform, version, table, errno.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local support = require("spec.support.alien")

local fails, is_integer = helper.fails, helper.is_integer
local numbers, bind = support.numbers, support.bind

-- Every entry and the Lua type of its value.
local ENTRIES = {
  align = "function", array = "function", buffer = "function", byval = "function", callback = "function",
  defstruct = "function", errno = "function", funcptr = "function", isnull = "function", load = "function",
  memcpy = "function", memmove = "function", memset = "function", offset = "function", pack = "function",
  rewrap = "function", size = "function", sizeof = "function", table = "function", tag = "function",
  tochar = "function", todouble = "function", tofloat = "function", toint = "function", tolong = "function",
  toptrdiff_t = "function", toshort = "function", tosize_t = "function", tostring = "function",
  touint = "function", toulong = "function", toushort = "function", unpack = "function", unwrap = "function",
  wrap = "function",
  default = "userdata", loaded = "table", platform = "string", version = "string", struct = "table",
}

describe("the module table", function()
  for name, kind in pairs(ENTRIES) do
    it("has " .. name .. " as a " .. kind, function()
      assert.equals(kind, type(rawget(alien, name)))
    end)
  end

  it("has no other", function()
    for name in pairs(alien) do
      assert.is_truthy(ENTRIES[name], tostring(name))
    end
  end)

  it("is what require gives again", function()
    assert.is_true(rawequal(alien, require("lunaffi.alien")))
  end)

  it("sets no global", function()
    assert.is_nil(rawget(_G, "alien"))
  end)

  it("is another table than the module of the other API", function()
    assert.is_false(rawequal(alien, require("lunaffi")))
  end)

  it("may be filled by a program", function()
    alien.of_my_own = 5
    assert.equals(5, alien.of_my_own)
    alien.of_my_own = nil
    assert.is_nil(rawget(alien, "of_my_own"))
  end)

  it("is no library for a key that is no name", function()
    for _, key in ipairs({ 1, true, 0.5, print }) do
      local ok, value = pcall(function() return alien[key] end)
      assert.is_true(not ok or value == nil)
    end
  end)
end)

describe("alien.sizeof and alien.align", function()
  for _, row in ipairs(support.sizes) do
    it("know " .. row[1], function()
      is_integer(alien.sizeof(row[1]), tostring(row[2]))
      is_integer(alien.align(row[1]), tostring(row[2]))
    end)
  end

  for _, name in ipairs({
    "ref char", "ref int", "ref uint", "ref double", "ref short", "ref longlong", "ref pointer",
  }) do
    it("know " .. name .. ", a pointer", function()
      is_integer(alien.sizeof(name), "8")
      is_integer(alien.align(name), "8")
    end)
  end

  it("take int and char without an argument", function()
    is_integer(alien.sizeof(), "4")
    is_integer(alien.align(), "1")
    is_integer(alien.sizeof(nil), "4")
    is_integer(alien.align(nil), "1")
  end)

  it("give 1 for the size of void", function()
    is_integer(alien.sizeof("void"), "1")
  end)

  it("know structs", function()
    local def = alien.defstruct({ { "a", "char" }, { "b", "double" } })
    is_integer(alien.sizeof(def), "16")
    is_integer(alien.align(def), "8")
  end)

  for _, name in ipairs({ "integer", "i32", "", "int ", "ref", "ref void", "ref string int" }) do
    it(("raise for %q, naming it"):format(name), function()
      fails(function() alien.sizeof(name) end, "sizeof", name)
      fails(function() alien.align(name) end, "align", name)
    end)
  end

  it("raise for what is no name", function()
    for _, value in ipairs({ 5, true, {}, print }) do
      fails(function() alien.sizeof(value) end, "bad argument #1 to 'sizeof'")
      fails(function() alien.align(value) end, "bad argument #1 to 'align'")
    end
  end)
end)

describe("alien.platform and alien.version", function()
  it("tell the platform by its short name", function()
    assert.is_truthy(({ linux = true, bsd = true, darwin = true, windows = true, unknown = true })[alien.platform])
    if io.open("/proc/self/maps") then
      assert.equals("linux", alien.platform)
    end
  end)

  it("tell the version of Lua and of the library", function()
    local lua, own = alien.version:match("^alien library for Lua (%d%.%d) / (%d[%d.]*)$")
    assert.equals(_VERSION:match("%d%.%d"), lua)
    assert.is_not_nil(own)
  end)
end)

describe("alien.table", function()
  it("gives a new, empty table", function()
    for _, sizes in ipairs({ {}, { 10 }, { 0, 10 }, { 10, 10 } }) do
      local made = alien.table(helper.unpack(sizes))
      assert.equals("table", type(made))
      assert.is_nil(next(made))
      assert.is_nil(getmetatable(made))
    end
    assert.is_false(rawequal(alien.table(), alien.table()))
  end)

  it("refuses sizes that cannot be", function()
    for _, size in ipairs({ -1, "x", {}, true, 0 / 0, 2 ^ 60 }) do
      fails(function() alien.table(size) end, "bad argument #1 to 'table'")
      fails(function() alien.table(0, size) end, "bad argument #2 to 'table'")
    end
  end)
end)

describe("alien.errno", function()
  local set_errno = bind(numbers, "set_errno", "int", "int")
  local get_errno = bind(numbers, "get_errno", "int")

  it("is that of the last call", function()
    set_errno(2)
    is_integer(alien.errno(), "2")
    set_errno(13)
    is_integer(alien.errno(), "13")
    is_integer(alien.errno(), "13")
  end)

  it("is not changed by what Lua does meanwhile", function()
    set_errno(77)
    local file = io.open("/no/such/file/at/all")
    os.remove("/no/such/file/at/all")
    assert.is_nil(file)
    is_integer(alien.errno(), "77")
  end)

  it("is set for the next call", function()
    alien.errno(42)
    is_integer(get_errno(), "42")
    alien.errno(0)
    is_integer(get_errno(), "0")
  end)

  it("is the same for both APIs", function()
    local ffi = require("lunaffi")
    set_errno(55)
    is_integer(ffi.errno(), "55")
    ffi.errno(56)
    is_integer(alien.errno(), "56")
  end)

  it("takes numbers only", function()
    for _, value in ipairs({ "x", {}, true, 2 ^ 40, 0 / 0 }) do
      fails(function() alien.errno(value) end, "bad argument #1 to 'errno'")
    end
  end)
end)
