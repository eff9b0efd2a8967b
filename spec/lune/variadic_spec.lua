-- Variadic functions: what each Lua value becomes, explicit types, promotions, structs, errors.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local records = require("spec.support.records")

local fails, collect, unpack = helper.fails, helper.collect, helper.unpack
local VARIADICS = helper.fixture("variadics")
local T = records.types
local lib = ffi.load(VARIADICS, {
  sum_ints = { args = { "i32", "..." }, ret = "i32" },
  sum_i64 = { args = { "i32", "..." }, ret = "i64" },
  sum_doubles = { args = { "i32", "..." }, ret = "f64" },
  sum_points = { args = { "i32", "..." }, ret = "f64" },
  sum_pairs = { args = { "i32", "..." }, ret = "i64" },
  sum_triples = { args = { "i32", "..." }, ret = "i64" },
  format = { args = { "pointer", "usize", "string", "..." }, ret = "i32" },
  mix = { args = { "string", "..." }, ret = "string" },
  sum_mixed = { args = { "string", "..." }, ret = "f64" },
  total_length = { args = { "string", "..." }, ret = "usize" },
  scaled_sum = { args = { "f64", "f32", "i8", "i32", "..." }, ret = "f64" },
  first_of = { args = { "i32", "..." }, ret = "i32" },
})

-- What C's printf makes of it.
local function format(...)
  local buffer = ffi.buffer(256)
  local length = lib.format(buffer, 256, ...)
  assert.equals(length, #buffer:readString())
  return buffer:readString()
end

local function counted(count)
  local values = {}
  for i = 1, count do
    values[i] = i
  end
  return values
end

describe("extra values by Lua's own types:", function()
  it("none at all", function()
    helper.is_integer(lib.sum_ints(0), "0")
    helper.is_integer(lib.first_of(0), "0")
    assert.equals("plain", format("plain"))
  end)

  it("integral numbers are 64-bit integers, which C may read as int", function()
    helper.is_integer(lib.sum_i64(3, 1, 1099511627776, -5), "1099511627772")
    helper.is_integer(lib.sum_ints(3, 10, -20, 30), "20")
    assert.equals("i=-1 l=9007199254740991", lib.mix("il", -1, 9007199254740991))
    assert.equals("42 -7", format("%d %lld", 42, -7))
  end)

  it("fractions are doubles", function()
    assert.equals(4, lib.sum_doubles(2, 1.5, 2.5))
    assert.equals("d=0.10000000000000001", lib.mix("d", 0.1))
    assert.equals("2.50", format("%.2f", 2.5))
  end)

  it("infinities and NaN are doubles", function()
    assert.equals(math.huge, lib.sum_doubles(2, 0.5, math.huge))
    local nan = lib.sum_doubles(1, 0 / 0)
    assert.is_true(nan ~= nan)
  end)

  it("whole numbers follow the subtype where there is one", function()
    -- a float stays a double where Lua tells it from an integer; elsewhere a whole number is an integer
    if helper.can("integer subtype") then
      assert.equals(3, lib.sum_doubles(2, 1.0, 2.0))
      assert.equals("2.0", format("%.1f", 2.0))
    else
      helper.is_integer(lib.sum_i64(2, 1.0, 2.0), "3")
      assert.equals("2", format("%lld", 2.0))
    end
  end)

  it("whole numbers beyond 64 bits are doubles", function()
    assert.equals(1e300, lib.sum_doubles(1, 1e300))
    assert.equals(-2 ^ 70, lib.sum_doubles(1, -2 ^ 70))
  end)

  it("booleans are ints", function()
    assert.equals("b=true b=false", lib.mix("bb", true, false))
    helper.is_integer(lib.sum_ints(3, true, false, true), "2")
  end)

  it("nil is NULL", function()
    assert.equals("p=0x0 s=(null)", lib.mix("ps", nil, nil))
  end)

  it("a nil at the end counts", function()
    helper.is_integer(lib.total_length("abc", "de", nil), "5")
  end)

  it("strings are C strings", function()
    assert.equals("s=abc s= s=caf\233", lib.mix("sss", "abc", "", "caf\233"))
    assert.equals("<abc>", format("<%s>", "abc"))
  end)

  it("pointers of every kind are pointers", function()
    local raw = ffi.arena():alloc(16)
    local buffer = ffi.buffer(8)
    local cb = ffi.callback(function() end, "void", {})
    local function shown(value)
      return lib.mix("p", value):lower()
    end
    local function address(value)
      return ("p=0x%x"):format(value)
    end
    assert.equals(address(raw.addr), shown(raw))
    assert.equals(address(raw.addr), shown(ffi.cast(raw, "i32")))
    assert.equals(address(raw.addr), shown(ffi.view(raw, T.point)))
    assert.equals(address(raw.addr), shown(raw:toLightUserData()))
    assert.equals(address(buffer:as_ptr().addr), shown(buffer))
    assert.equals(address(ffi.ptr(cb.ptr).addr), shown(cb))
    assert.equals("p=0x0", shown(ffi.null))
    assert.equals("p=0x0", shown(ffi.nullPtr))
  end)

  it("boxed 64-bit values are 64-bit integers", function()
    assert.equals("L=18446744073709551615", lib.mix("L", helper.u64("18446744073709551615")))
    assert.equals("l=-9223372036854775808", lib.mix("l", helper.i64("-9223372036854775808")))
    assert.equals("l=9007199254740993", lib.mix("l", helper.i64("9007199254740993")))
  end)

  it("kinds may be mixed in any order", function()
    assert.equals("i=-1 d=2.5 s=abc p=0x10 l=5 c=A b=true s=(null)",
      lib.mix("idsplcbs", -1, 2.5, "abc", ffi.ptr(16), 5, 65, true, nil))
    assert.equals(7.75, lib.sum_mixed("idlid", 1, 0.5, 2, 3, 1.25))
  end)
end)

describe("extra values with an explicit type", function()
  for _, row in ipairs({
    { "i8", -1, "i", "i=-1" }, { "u8", 255, "i", "i=255" }, { "i16", -2, "i", "i=-2" },
    { "u16", 65535, "i", "i=65535" }, { "i32", -3, "i", "i=-3" }, { "u32", 4294967295, "u", "u=4294967295" },
    { "i64", "-9223372036854775808", "l", "l=-9223372036854775808" },
    { "u64", "18446744073709551615", "L", "L=18446744073709551615" },
    { "isize", -4, "l", "l=-4" }, { "usize", "9223372036854775808", "L", "L=9223372036854775808" },
    { "f64", 2, "d", "d=2" }, { "f32", 0.5, "d", "d=0.5" }, { "f64", "0.25", "d", "d=0.25" },
    { "bool", true, "i", "i=1" }, { "bool", 0, "i", "i=1" }, { "bool", false, "i", "i=0" }, { "bool", nil, "i", "i=0" },
    { "string", "abc", "s", "s=abc" }, { "string", nil, "s", "s=(null)" }, { "pointer", nil, "p", "p=0x0" },
    { "pointer", 4096, "p", "p=0x1000" }, { "char", 65, "c", "c=A" }, { "i32*", nil, "p", "p=0x0" },
    { "i8", 255, "i", "i=-1" }, { "u8", -1, "i", "i=255" }, { "i32", 2.9, "i", "i=2" },
  }) do
    it(("%s %s arrive promoted as C promotes them"):format(row[1], tostring(row[2])), function()
      assert.equals(row[4] .. " i=77", lib.mix(row[3] .. "i", { row[1], row[2] }, 77))
      local many = ("i"):rep(12) .. row[3]
      local shown = lib.mix(many, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, { row[1], row[2] })
      assert.equals(row[4], shown:sub(-#row[4]))
    end)
  end

  it("f32 are rounded before they are widened", function()
    assert.equals(0.100000001490116119384765625, lib.sum_doubles(1, { "f32", 0.1 }))
  end)

  it("whole numbers as f64 do not depend on the Lua", function()
    assert.equals(6, lib.sum_doubles(3, { "f64", 1 }, { "f64", 2 }, { "double", 3 }))
  end)

  it("structs by value", function()
    assert.equals(10, lib.sum_points(2, { T.point, { 1, 2 } }, { T.point, T.point:new({ 3, 4 }) }))
    helper.is_integer(lib.sum_pairs(2, { T.pair64, { a = 1, b = 2 } }, { T.pair64, { 3, 4 } }), "10")
    helper.is_integer(lib.sum_triples(2, { T.triple64, { 1, 2, 3 } }, { T.triple64, { 4, 5, 6 } }), "21")
  end)

  it("more structs than registers", function()
    local values, expected = {}, 0
    for i = 1, 20 do
      values[i] = { T.point, { i, i / 2 } }
      expected = expected + i * 1.5
    end
    assert.equals(expected, lib.sum_points(20, unpack(values)))
  end)
end)

describe("fixed parameters of a variadic function", function()
  it("are converted by their types", function()
    assert.equals(2 * (0.5 - 3 + 1.5 + 2.5), lib.scaled_sum(2, 0.5, -3, 2, 1.5, 2.5))
    assert.equals(2 * (0.5 - 3), lib.scaled_sum(2, 0.5, -3, 0))
  end)

  it("are checked like others", function()
    fails(function() lib.scaled_sum(2, 0.5, 300, 0) end,
      "bad argument #3 to 'scaled_sum'", "i8 expected, got 300: out of range -128..255")
    fails(function() lib.mix(5) end, "bad argument #1 to 'mix'", "string expected, got number")
  end)

  it("must all be there", function()
    fails(function() lib.scaled_sum(2, 0.5, 1) end, "wrong number of arguments to 'scaled_sum'", "got 3")
    fails(function() lib.sum_ints() end, "wrong number of arguments to 'sum_ints'", "got 0")
    fails(function() lib:call("sum_ints", "i32", { "i32", "..." }) end,
      "wrong number of arguments to 'sum_ints'", "got 0")
    helper.is_integer(lib.sum_ints(1, 5), "5")
  end)
end)

describe("an extra value that cannot be passed", function()
  for _, row in ipairs({
    { "a function", function() end, "function" }, { "a bound function", lib.mix, "function" },
    { "a coroutine", coroutine.create(function() end), "thread" }, { "an empty table", {}, "" },
    { "a table without a type", { 1, 2 }, "" }, { "a table of fields", { x = 1 }, "" },
    { "an unknown type", { "foo", 1 }, "unknown type 'foo'" }, { "the type void", { "void", 1 }, "void" },
    { "a value that its type refuses", { "u8", 300 }, "u8 expected, got 300: out of range" },
    { "a value of the wrong kind", { "i32", {} }, "i32 expected, got table" },
    { "a missing value", { "i32" }, "i32 expected, got nil" },
    { "dots as the type", { "...", 1 }, "" }, { "a string with an embedded NUL", "a\0b", "embedded NUL" },
    { "a typed string with an embedded NUL", { "string", "a\0b" }, "embedded NUL" },
    { "another userdata", io.stdout, "" }, { "an arena", ffi.arena(), "" }, { "a struct definition", T.point, "" },
    { "a bad struct", { T.point, { z = 1 } }, "z" },
    { "a view of another struct", { T.point, T.pair64:new() }, "point" },
  }) do
    it("raises with its position: " .. row[1], function()
      fails(function() lib.mix("i", row[2]) end, "bad argument #2 to 'mix'", row[3])
      fails(function() lib.mix("ii", 1, row[2]) end, "bad argument #3 to 'mix'", row[3])
      fails(function() lib:call("mix", "string", { "string", "..." }, "ii", 1, row[2]) end, "'mix'", row[3])
      assert.equals("i=1 s=x", lib.mix("is", 1, "x"))
    end)
  end

  it("raises for a pointer into an arena that was reset", function()
    local arena = ffi.arena()
    local stale = arena:alloc(8)
    arena:reset()
    fails(function() lib.mix("p", stale) end, "bad argument #2 to 'mix'", "use after reset of the arena")
    fails(function() lib.mix("p", { "pointer", stale }) end, "use after reset of the arena")
  end)

  it("raises for a callback that was freed", function()
    local cb = ffi.callback(print, "void", {})
    cb:free()
    fails(function() lib.mix("p", cb) end, "bad argument #2 to 'mix'", "callback has been freed")
  end)
end)

describe("variadic calls", function()
  it("go through lib:call, callPtr and the helpers as well", function()
    local types = { "i32", "..." }
    helper.is_integer(lib:call("sum_ints", "i32", types, 3, 1, 2, 3), "6")
    helper.is_integer(lib:callPtr(lib:getSymbol("sum_ints"), "i32", types, 3, 1, 2, 3), "6")
    helper.is_integer(lib:callInt("sum_ints", types, 3, 1, 2, 3), "6")
    assert.equals(4, lib:callDouble("sum_doubles", types, 2, 1.5, 2.5))
    assert.equals("s=x i=3", lib:callString("mix", { "string", "..." }, "si", "x", 3))
  end)

  it("take hundreds of values", function()
    helper.is_integer(lib.sum_ints(200, unpack(counted(200))), "20100")
    helper.is_integer(lib.sum_i64(250, unpack(counted(250))), "31375")
    local halves = {}
    for i = 1, 200 do
      halves[i] = i - 0.5
    end
    assert.equals(20000, lib.sum_doubles(200, unpack(halves)))
  end)

  it("take thousands of values or say that they are too many", function()
    local values = counted(5000)
    local ok, result = pcall(function() return (lib.sum_i64(5000, unpack(values))) end)
    if ok then
      helper.is_integer(result, "12502500")
    else
      assert.matches("%.lua:%d+: .*too many", result)
    end
    helper.is_integer(lib.sum_i64(2, 1, 2), "3")
  end)

  it("may differ in number and types from one to the next", function()
    for round = 1, 200 do
      local count = round % 30
      helper.is_integer(lib.sum_ints(count, unpack(counted(count))), helper.digits(count * (count + 1) / 2))
      assert.equals("d=0.5 i=" .. round, lib.mix("di", 0.5, round))
      assert.equals("s=x" .. round .. " d=0.25", lib.mix("sd", "x" .. round, 0.25))
    end
  end)

  it("keep built strings alive until C has read them", function()
    for i = 1, 300 do
      local a, b = ("a"):rep(i), ("b"):rep(i)
      assert.equals("s=" .. a .. "1 s=" .. b .. "2", lib.mix("ss", a .. 1, { "string", b .. 2 }))
    end
    collect()
  end)

  it("print like C", function()
    assert.equals("  42|abc  |3.142|ff|%|x", format("%4d|%-5s|%.3f|%x|%%|%c", 42, "abc", 3.14159, 255, 120))
  end)
end)

describe("the dots", function()
  it("come last", function()
    fails(function() lib:call("sum_ints", "i32", { "...", "i32" }, 1) end, "bad argument #3 to 'call'", "...")
    fails(function() lib:call("sum_ints", "i32", { "i32", "...", "..." }, 1) end, "bad argument #3 to 'call'", "...")
  end)

  it("are no type of anything else", function()
    fails(function() lib:call("sum_ints", "...", { "i32" }, 1) end, "bad argument #2 to 'call'")
    fails(function() ffi.callback(print, "i32", { "i32", "..." }) end, "bad argument #3 to 'callback'")
    fails(function() ffi.sizeof("...") end, "sizeof")
    fails(function() ffi.struct({ { "x", "..." } }) end, "struct")
    fails(function() ffi.read(ffi.buffer(8), 0, "...") end, "read")
  end)
end)

describe("A boxed value that does not fit its explicit type", function()
  it("is shown by its digits", function()
    fails(function() lib.mix("i", { "u8", ffi.uint64("18446744073709551615") }) end,
      "bad argument #2 to 'mix'", "u8 expected, got 18446744073709551615: out of range -128..255")
    assert.equals(6, lib.sum_ints(3, 1, 2, 3))
  end)
end)
