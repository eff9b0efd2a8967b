-- Arguments: numbers with their ranges, strings, pointers, functions, and cells by ref.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local support = require("spec.support.alien")

local fails, is_integer = helper.fails, helper.is_integer
local lib, numbers, bind, exact = support.lib, support.numbers, support.bind, support.exact
local SIGNED = { byte = true, short = true, int = true, long = true, ptrdiff_t = true, longlong = true }

-- What arrived in C.
local function seen(name)
  local kind = SIGNED[name] and "signed" or "unsigned"
  return bind(lib, "get_seen_" .. kind, kind == "signed" and "longlong" or "ulonglong")()
end

-- One more than the greatest and one less than the least that either reading of a type has.
local OUTSIDE = {
  [1] = { 256, -129 }, [2] = { 65536, -32769 }, [4] = { 4294967296, -2147483649 },
  [8] = { 2 ^ 64, -2 ^ 63 - 2048 },
}

for _, row in ipairs(support.integers) do
  local name, least, greatest = row[1], row[2], row[3]
  describe("an argument of type " .. name, function()
    local void = bind(lib, "void_" .. name, "void", name)
    local third = bind(lib, "third_" .. name, name, name)
    local padded = bind(lib, "padded_" .. name, name, "byte", name)

    it("arrives exactly", function()
      for _, digits in ipairs({ least, greatest, "0", "1", "42" }) do
        void(exact(digits))
        is_integer(seen(name), digits)
      end
    end)

    it("may follow a smaller one", function()
      is_integer(padded(-1, 42), "14")
      is_integer(seen(name), "42")
    end)

    it("may be a whole float, and loses a fraction", function()
      is_integer(third(6.0), "2")
      is_integer(third(2 ^ 5 + 1), "11")
      is_integer(third(9.75), "3")
    end)

    it("may be the other reading of the same bits", function()
      if SIGNED[name] then
        local bits = 8 * alien.sizeof(name)
        void(bits == 64 and exact("18446744073709551615") or 2 ^ bits - 1)
        is_integer(seen(name), "-1")
      else
        void(-1)
        is_integer(seen(name), greatest)
      end
    end)

    it("may be the text of a number", function()
      is_integer(third("12"), "4")
    end)

    it("is never wrapped", function()
      void(7)
      for _, value in ipairs(OUTSIDE[alien.sizeof(name)]) do
        fails(function() void(value) end, "bad argument #1 to 'void_" .. name .. "'", "out of range")
      end
      is_integer(seen(name), "7")
    end)

    for _, wrong in ipairs({
      { "nil", nil }, { "table", {} }, { "boolean", true }, { "string", "text" }, { "function", print },
    }) do
      it("is never a " .. wrong[1], function()
        fails(function() void(wrong[2]) end, "bad argument #1 to 'void_" .. name .. "'", "got " .. wrong[1])
      end)
    end

    it("is never nan or infinite", function()
      for _, value in ipairs({ 0 / 0, math.huge, -math.huge }) do
        fails(function() void(value) end, "bad argument #1 to 'void_" .. name .. "'")
      end
    end)

    it("names the place of a wrong one", function()
      fails(function() padded(1, {}) end, "bad argument #2 to 'padded_" .. name .. "'")
    end)
  end)
end

for _, name in ipairs({ "float", "double" }) do
  describe("an argument of type " .. name, function()
    local third = bind(lib, "third_" .. name, name, name)

    it("is a number", function()
      assert.equals(0.5, third(1.5))
      assert.equals(-2, third(-6))
      assert.equals(math.huge, third(math.huge))
      local nan = third(0 / 0)
      assert.are_not.equal(nan, nan)
    end)

    it("may be the text of a number", function()
      assert.equals(0.5, third("1.5"))
    end)

    it("is nothing else", function()
      for _, value in ipairs({ {}, true, "text", print }) do
        fails(function() third(value) end, "bad argument #1 to 'third_" .. name .. "'", name .. " expected")
      end
      fails(function() third(nil) end, "got nil")
    end)
  end)
end

describe("an argument of type string", function()
  local strlen = bind(alien.default, "strlen", "size_t", "string")
  local same = bind(lib, "same_addresses", "int", "string", "string")

  it("is a Lua string", function()
    is_integer(strlen("hello"), "5")
    is_integer(strlen(""), "0")
    is_integer(strlen(("x"):rep(100000)), "100000")
  end)

  it("is the string's own bytes", function()
    local text = "the text that stays"
    is_integer(same(text, text), "1")
    local find = bind(lib, "find_byte", "pointer", "string", "int")
    local place = find(text, ("t"):byte())
    assert.equals(text, alien.tostring(place))
    assert.equals("xt that stays", alien.tostring(find(text, ("x"):byte())))
  end)

  it("may hold NULs", function()
    local hash = bind(lib, "hash_text", "size_t", "string", "size_t")
    local wanted = 5381
    for byte in ("a\0b"):gmatch(".") do
      wanted = wanted * 33 + byte:byte()
    end
    is_integer(hash("a\0b", 3), tostring(("%.0f"):format(wanted)))
    is_integer(strlen("a\0b"), "1")
  end)

  it("may be a number, as its decimal text", function()
    is_integer(strlen(1234), "4")
    is_integer(strlen(0.5), "3")
    is_integer(strlen(-7), "2")
  end)

  it("may be nil, which is NULL", function()
    local is_null = bind(numbers, "is_null", "char", "string")
    is_integer(is_null(nil), "1")
    is_integer(is_null(""), "0")
  end)

  it("may be a buffer, its memory", function()
    is_integer(strlen(alien.buffer("buffered")), "8")
    local upcase = bind(numbers, "upcase", "int", "string")
    local buf = alien.buffer("small")
    is_integer(upcase(buf), "5")
    assert.equals("SMALL", buf:tostring())
  end)

  it("may be a light userdata", function()
    is_integer(strlen(alien.buffer("buffered"):topointer(4)), "5")
  end)

  for _, row in ipairs({ { "table", {} }, { "boolean", true }, { "boolean", false }, { "function", print } }) do
    it(("is never a %s (%s)"):format(row[1], tostring(row[2]):match("^%a+")), function()
      fails(function() strlen(row[2]) end, "bad argument #1 to 'strlen'", "string expected", "got " .. row[1])
    end)
  end

  it("is never a foreign userdata", function()
    fails(function() strlen(io.stdout) end, "bad argument #1 to 'strlen'", "string expected")
  end)
end)

describe("an argument of type pointer", function()
  local same_address = bind(lib, "same_address", "pointer", "pointer")
  local byte_at = bind(numbers, "byte_at", "char", "pointer", "size_t")

  it("may be nil, which is NULL", function()
    assert.is_nil(same_address(nil))
  end)

  it("may be a light userdata", function()
    local buf = alien.buffer(8)
    assert.equals(buf:topointer(3), same_address(buf:topointer(3)))
  end)

  it("may be a buffer", function()
    local buf = alien.buffer("abc")
    assert.equals(buf:topointer(), same_address(buf))
    is_integer(byte_at(buf, 1), "98")
  end)

  it("may be a string, its own bytes", function()
    is_integer(byte_at("a\0b", 2), "98")
  end)

  it("may be an array, its memory", function()
    local array = alien.array("int", { 10, 20, 30 })
    assert.equals(array.buffer:topointer(), same_address(array))
    local sum = bind(numbers, "sum_i32", "longlong", "pointer", "size_t")
    is_integer(sum(array, 3), "60")
  end)

  it("may be a struct, its memory", function()
    local rect = alien.defstruct({ { "left", "long" }, { "top", "long" } }):new()
    rect.top = 5
    assert.equals(rect():topointer(), same_address(rect))
  end)

  it("may be a function or a callback, its code", function()
    local code = same_address(lib.same_address)
    assert.is_true(support.is_light(code))
    local again = alien.funcptr(code)
    again:types("pointer", "pointer")
    local buf = alien.buffer(1)
    assert.equals(buf:topointer(), again(buf))
    local cb = alien.callback(function(x) return x + 1 end, "int", "int")
    local through = alien.funcptr(same_address(cb))
    through:types("int", "int")
    is_integer(through(41), "42")
  end)

  it("is never the text of a number", function()
    -- The address 48 would be the text "0" in the original.
    local strlen = bind(alien.default, "strlen", "size_t", "pointer")
    fails(function() strlen(1234.5) end, "bad argument #1 to 'strlen'")
    local ok, result = pcall(same_address, 1234)
    assert.is_true(not ok or require("lunaffi").ptr(result).addr == 1234)
    alien.default.strlen:types("size_t", "string")
  end)

  for _, row in ipairs({ { "table", {} }, { "boolean", true }, { "function", print } }) do
    it("is never a " .. row[1], function()
      fails(function() same_address(row[2]) end, "bad argument #1 to 'same_address'", "pointer expected",
        "got " .. row[1])
    end)
  end
end)

describe("an argument of type callback", function()
  local apply = bind(support.callbacks, "apply", "int", "callback", "int")

  it("may be a callback", function()
    is_integer(apply(alien.callback(function(x) return x * 2 end, "int", "int"), 21), "42")
  end)

  it("may be a function of a library", function()
    is_integer(apply(support.callbacks.add_one, 41), "42")
  end)

  it("may be a function by its address", function()
    local get = bind(lib, "get_add_ten", "pointer")
    is_integer(apply(alien.funcptr(get()), 32), "42")
  end)

  it("may be nil, which is NULL", function()
    local is_null = bind(lib, "is_null_callback", "int", "callback")
    is_integer(is_null(nil), "1")
    is_integer(is_null(support.callbacks.add_one), "0")
  end)

  for _, row in ipairs({
    { "table", {} }, { "boolean", true }, { "number", 5 }, { "string", "add_one" },
  }) do
    it("is never a " .. row[1], function()
      fails(function() apply(row[2], 1) end, "bad argument #1 to 'apply'", "got " .. row[1])
    end)
  end

  it("is never a Lua function", function()
    fails(function() apply(function(x) return x end, 1) end, "bad argument #1 to 'apply'", "got function")
  end)
end)

describe("an argument by ref", function()
  for _, row in ipairs(support.integers) do
    local name, least, greatest = row[1], row[2], row[3]
    it("of type " .. name .. " goes in and comes back", function()
      local bump = bind(lib, "bump_" .. name, "void", "ref " .. name)
      local results = helper.pack(bump(41))
      assert.equals(2, results.n)
      assert.is_nil(results[1])
      is_integer(results[2], "42")
      is_integer((select(2, bump(exact(least)))), helper.digits(exact(least)):gsub("0$", "1"):gsub("8$", "7"))
      is_integer((select(2, bump(exact(greatest)))), least)
      fails(function() bump({}) end, "bad argument #1 to 'bump_" .. name .. "'")
      fails(function() bump(nil) end, "bad argument #1 to 'bump_" .. name .. "'")
    end)
  end

  for _, name in ipairs({ "float", "double" }) do
    it("of type " .. name .. " goes in and comes back", function()
      local bump = bind(lib, "bump_" .. name, "void", "ref " .. name)
      assert.equals(1.25, select(2, bump(0.25)))
    end)
  end

  it("of type char is unsigned", function()
    local bump = bind(lib, "bump_char", "void", "ref char")
    is_integer((select(2, bump(199))), "200")
  end)

  it("of type pointer gives the pointer that C wrote", function()
    local out = bind(numbers, "out_pointer", "void", "ref pointer")
    local place = select(2, out(nil))
    assert.is_true(support.is_light(place))
    is_integer(alien.toint(place), "1234")
    local null = bind(numbers, "out_null", "void", "ref pointer")
    local results = helper.pack(null(place))
    assert.equals(2, results.n)
    assert.is_nil(results[2])
  end)

  it("comes back after the result, in the order of the parameters", function()
    local sum_refs = bind(numbers, "sum_refs", "int", "ref int", "int", "ref int")
    local results = helper.pack(sum_refs(1, 2, 3))
    assert.same({ n = 3, 6, 10, 30 }, results)
  end)

  for name, types in pairs({
    ["with a result"] = { ret = "int", "string", "string", "ref int", "ref double" },
    ["without a result"] = { "string", "string", "ref int", "ref double" },
    ["with an abi"] = { ret = "int", abi = "cdecl", "string", "string", "ref int", "ref double" },
  }) do
    it("may be declared in a table " .. name, function()
      local sscanf = bind(alien.default, "sscanf", types)
      assert.same({ n = 3, 2, 23, 42.5 }, helper.pack(sscanf("23 42.5", "%i %lf", 0, 0)))
    end)
  end

  it("does not change what Lua has", function()
    local value = 41
    local bump = bind(lib, "bump_int", "void", "ref int")
    bump(value)
    assert.equals(41, value)
  end)
end)
