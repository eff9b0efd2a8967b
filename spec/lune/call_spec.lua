-- Calls of C functions: bound functions, lib:call, lib:callPtr and the call helpers with every type,
-- argument counts, bad arguments, calls inside calls.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local fixture = require("spec.support.fixture")

local fails, collect, unpack = helper.fails, helper.collect, helper.unpack
local numbers = fixture("numbers")
local NUMBERS, lib, legacy, bind = numbers.path, numbers.lib, numbers.legacy, numbers.bind

-- The ways to call one function: each is fn(...).
local function ways(name, args, ret)
  local symbol = lib:getSymbol(name)
  return {
    ["a bound function"] = bind(name, args, ret),
    ["lib:call"] = function(...) return lib:call(name, ret, args, ...) end,
    ["call of an opened library"] = function(...) return legacy:call(name, ret, args, ...) end,
    ["lib:callPtr"] = function(...) return lib:callPtr(symbol, ret, args, ...) end,
  }
end

-- Integers as texts of digits, floats as numbers, the rest as themselves.
local function expect(wanted, got, type_name)
  if type(wanted) == "string" and type_name ~= "string" then
    helper.is_integer(got, wanted)
  else
    assert.equals(wanted, got)
    assert.equals(type(wanted), type(got))
  end
end

local TYPES = {
  { "bool", false, true },
  { "i8", "0", "1", "-1", "127", "-128" },
  { "u8", "0", "1", "127", "128", "255" },
  { "i16", "0", "-1", "32767", "-32768" },
  { "u16", "0", "1", "32768", "65535" },
  { "i32", "0", "-1", "2147483647", "-2147483648" },
  { "u32", "0", "1", "2147483648", "4294967295" },
  { "i64", "0", "-1", "9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808" },
  { "u64", "0", "1", "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551615" },
  { "isize", "0", "-1", "9223372036854775807", "-9223372036854775808" },
  { "usize", "0", "1", "9223372036854775808", "18446744073709551615" },
  { "clong", "0", "-1", "2147483647" },
  { "culong", "0", "1", "4294967295" },
  { "wchar", "0", "65", "9731" },
  { "f32", 0, 0.5, -2.25, 16777216, math.huge, -math.huge },
  { "f64", 0, 0.1, -1 / 3, 1e300, 5e-324, math.huge, -math.huge },
  { "string", "", "text", "caf\233 \255\128", ("x"):rep(100000) },
}

local SPELLINGS = {
  i8 = { "int8", "char" }, u8 = { "uint8", "uchar", "byte" }, i16 = { "int16", "short" }, u16 = { "uint16", "ushort" },
  i32 = { "int32", "int" }, u32 = { "uint32", "uint" }, i64 = { "int64", "long", "longlong" },
  u64 = { "uint64", "ulong", "ulonglong" }, isize = { "intptr_t", "ptrdiff_t", "ssize_t" },
  usize = { "size_t", "uintptr_t" }, f32 = { "float" }, f64 = { "double" }, string = { "cstring", "char*" },
}

describe("a value there and back as", function()
  for _, row in ipairs(TYPES) do
    local name = row[1]
    it(name .. " is unchanged, however it is called", function()
      for way, call in pairs(ways("id_" .. name, { name }, name)) do
        for i = 2, #row do
          local ok, message = pcall(expect, row[i], (call(row[i])), name)
          assert.is_true(ok, way .. ": " .. tostring(message))
        end
      end
    end)
  end

  for name, spellings in pairs(SPELLINGS) do
    it(name .. " is unchanged under the type's other spellings", function()
      for _, row in ipairs(TYPES) do
        if row[1] == name then
          for _, spelling in ipairs(spellings) do
            for i = 2, #row do
              expect(row[i], (lib:call("id_" .. name, spelling, { spelling }, row[i])), name)
            end
          end
        end
      end
    end)
  end

  it("f32 is rounded to a float", function()
    assert.equals(0.100000001490116119384765625, bind("id_f32", { "f32" }, "f32")(0.1))
    assert.equals(math.huge, bind("id_f32", { "f32" }, "f32")(1e300))
  end)

  it("f32 and f64 keep NaN and the sign of zero", function()
    for _, name in ipairs({ "f32", "f64" }) do
      local id = bind("id_" .. name, { name }, name)
      local nan = id(0 / 0)
      assert.is_true(nan ~= nan)
      assert.equals(-math.huge, 1 / id(-1 / math.huge))
      assert.equals(math.huge, 1 / id(1 / math.huge))
    end
  end)

  it("the largest and smallest of its type is what C says", function()
    for name, limits in pairs({
      i8 = { "-128", "127" }, u8 = { "0", "255" }, i16 = { "-32768", "32767" }, u16 = { "0", "65535" },
      i32 = { "-2147483648", "2147483647" }, u32 = { "0", "4294967295" },
      i64 = { "-9223372036854775808", "9223372036854775807" }, u64 = { "0", "18446744073709551615" },
      isize = { "-9223372036854775808", "9223372036854775807" }, usize = { "0", "18446744073709551615" },
    }) do
      helper.is_integer(lib:call("min_" .. name, name, {}), limits[1])
      helper.is_integer(lib:call("max_" .. name, name, {}), limits[2])
    end
    assert.equals(2 ^ -149, lib:call("tiny_f32", "f32", {}))
    assert.equals(1 / 3, lib:call("third", "f64", {}))
    assert.equals(-math.huge, 1 / lib:call("neg_zero", "f64", {}))
    assert.equals(math.huge, lib:call("inf_f64", "f64", {}))
    local nan = lib:call("nan_f64", "f64", {})
    assert.is_true(nan ~= nan)
  end)
end)

describe("integer arguments", function()
  for _, row in ipairs({
    { "i8", 255, "-1" }, { "u8", -1, "255" }, { "i16", 65535, "-1" }, { "u16", -1, "65535" },
    { "i32", 4294967295, "-1" }, { "u32", -1, "4294967295" }, { "i64", "18446744073709551615", "-1" },
    { "u64", -1, "18446744073709551615" }, { "u64", "-9223372036854775808", "9223372036854775808" },
    { "i8", "12", "12" }, { "i32", "0xff", "255" }, { "u64", "0xffffffffffffffff", "18446744073709551615" },
    { "i32", 3.99, "3" }, { "i32", -3.99, "-3" }, { "u8", 255.9, "255" }, { "i8", -128.5, "-128" },
  }) do
    it(("of %s take %s as %s"):format(row[1], tostring(row[2]), row[3]), function()
      helper.is_integer(bind("id_" .. row[1], { row[1] }, row[1])(row[2]), row[3])
    end)
  end

  it("take boxed 64-bit values", function()
    local id = bind("id_u64", { "u64" }, "u64")
    helper.is_integer(id(helper.u64("18446744073709551615")), "18446744073709551615")
    helper.is_integer(id(id("9223372036854775809")), "9223372036854775809")
    helper.is_integer(bind("id_i32", { "i32" }, "i32")(helper.i64("-5")), "-5")
  end)

  it("are widened to what the function's register holds", function()
    for name, row in pairs({ i8 = { -1, "-1" }, u8 = { 255, "255" }, i16 = { -2, "-2" }, u16 = { 65535, "65535" } }) do
      helper.is_integer(bind("arg_bits", { name }, "i32")(row[1]), row[2])
    end
    helper.is_integer(bind("arg_bits", { "bool" }, "i32")(true), "1")
    helper.is_integer(bind("arg_bits", { "bool" }, "i32")(0), "1")
    helper.is_integer(bind("arg_bits", { "bool" }, "i32")(nil), "0")
  end)
end)

describe("a narrow result under garbage in the register", function()
  for _, row in ipairs({
    { "i8", "dirty8", 0x80, "-128" }, { "i8", "dirty8", 0x7f, "127" }, { "u8", "dirty8", 0xff, "255" },
    { "i16", "dirty16", 0x8000, "-32768" }, { "u16", "dirty16", 0xffff, "65535" },
    { "i32", "dirty32", 0xffffffff, "-1" }, { "u32", "dirty32", 0xffffffff, "4294967295" },
  }) do
    it(("is %s as %s"):format(row[4], row[1]), function()
      helper.is_integer(bind(row[2], { "u32" }, row[1])(row[3]), row[4])
      helper.is_integer(lib:call(row[2], row[1], { "u32" }, row[3]), row[4])
    end)
  end

  it("is a boolean as bool", function()
    local dirty, byte = bind("dirty_bool", { "u32" }, "bool"), bind("byte_bool", { "u32" }, "bool")
    assert.is_false(dirty(0))
    assert.is_true(dirty(1))
    assert.is_false(byte(0))
    assert.is_true(byte(2))
    assert.is_true(byte(128))
    assert.is_true(byte(255))
  end)
end)

describe("bool arguments", function()
  local to_int = bind("bool_to_int", { "bool" }, "i32")

  it("follow Lua's truth", function()
    for _, value in ipairs({ true, 0, 1, "", "x", {}, print, ffi.null }) do
      helper.is_integer(to_int(value), "1")
    end
    helper.is_integer(to_int(false), "0")
    helper.is_integer(to_int(nil), "0")
  end)

  it("come back from functions of several", function()
    local all = bind("all3", { "bool", "bool", "bool" }, "bool")
    assert.is_true(all(true, true, true))
    assert.is_false(all(true, false, true))
    assert.is_true(bind("not_bool", { "bool" }, "bool")(false))
    assert.is_true(bind("is_even", { "i32" }, "bool")(4))
  end)
end)

describe("long argument lists", function()
  local function repeated(count, ...)
    local types, kinds = {}, { ... }
    for i = 1, count do
      types[i] = kinds[(i - 1) % #kinds + 1]
    end
    return types
  end

  local function counted(count, step)
    local values = {}
    for i = 1, count do
      values[i] = i * (step or 1)
    end
    return values
  end

  for _, way in ipairs({ "a bound function", "lib:call", "lib:callPtr" }) do
    it("arrive in order through " .. way, function()
      local function call(name, ret, types, values)
        return (ways(name, types, ret)[way](unpack(values)))
      end
      helper.is_integer(call("sum6", "i32", repeated(6, "i32"), { 1, 20, 300, 4000, 50000, 600000 }), "654321")
      helper.is_integer(call("sum20", "i32", repeated(20, "i32"), counted(20)), "210")
      helper.is_integer(call("weigh20", "i64", repeated(20, "i32"), counted(20)), "2870")
      assert.equals(2870, call("mixed20", "f64", repeated(20, "i32", "f64"), counted(20)))
      assert.equals(325, call("doubles12", "f64", repeated(12, "f64"), counted(12, 0.5)))
      assert.equals(192.5, call("floats10", "f32", repeated(10, "f32"), counted(10, 0.5)))
    end)
  end

  it("of mixed small types arrive in order", function()
    local mix8 = bind("mix8", { "i8", "u8", "i16", "u16", "i32", "f32", "i64", "f64" }, "f64")
    assert.equals(-1 + 2 * 255 + 3 * -300 + 4 * 65535 + 5 * -70000 + 6 * 0.5 + 7 * 2 ^ 40 + 8 * 0.25,
      mix8(-1, 255, -300, 65535, -70000, 0.5, 2 ^ 40, 0.25))
    local types = { "i8", "u8", "i16", "u16", "bool", "i8", "u8", "i16", "u16", "bool", "i8", "u8" }
    helper.is_integer(bind("smalls12", types, "i64")(-1, 200, -300, 60000, true, -6, 7, -8, 9, false, -11, 255),
      helper.digits(-1 + 400 - 900 + 240000 + 5 - 36 + 49 - 64 + 81 + 0 - 121 + 3060))
  end)

  it("may be declared far longer than any call", function()
    local types = repeated(200, "i32")
    fails(function() lib:call("sum20", "i32", types, 1, 2) end,
      "wrong number of arguments to 'sum20' (200 expected, got 2)")
    helper.is_integer(lib:call("sum20", "i32", types, unpack(repeated(200, 1))), "20")
  end)
end)

describe("the number of arguments", function()
  local add = bind("add", { "i32", "i32" }, "i32")
  local noop = bind("noop", {})

  for _, row in ipairs({
    { "none", 0 }, { "too few", 1, 1 }, { "too many", 3, 1, 2, 3 }, { "a nil too many", 3, 1, 2, nil },
  }) do
    it("must be right for a bound function: " .. row[1], function()
      fails(function() add(unpack(row, 3, 2 + row[2])) end,
        "wrong number of arguments to 'add' (2 expected, got " .. row[2] .. ")")
      helper.is_integer(add(1, 2), "3")
    end)

    it("must be right for lib:call: " .. row[1], function()
      fails(function() lib:call("add", "i32", { "i32", "i32" }, unpack(row, 3, 2 + row[2])) end,
        "wrong number of arguments to 'add' (2 expected, got " .. row[2] .. ")")
    end)

    it("must be right for lib:callPtr: " .. row[1], function()
      local symbol = lib:getSymbol("add")
      fails(function() lib:callPtr(symbol, "i32", { "i32", "i32" }, unpack(row, 3, 2 + row[2])) end,
        "wrong number of arguments", "(2 expected, got " .. row[2] .. ")")
    end)
  end

  it("must be right for a function of none", function()
    fails(function() noop(nil) end, "wrong number of arguments to 'noop' (0 expected, got 1)")
    fails(function() noop(1, 2) end, "wrong number of arguments to 'noop' (0 expected, got 2)")
  end)

  it("leaves the function uncalled when it is wrong", function()
    lib:callVoid("noop_reset")
    pcall(noop, 1)
    helper.is_integer(lib:callInt("noop_calls"), "0")
  end)

  it("of results is one, and void gives nil at most", function()
    assert.equals(1, select("#", add(1, 2)))
    assert.is_true(select("#", noop()) <= 1)
    assert.is_nil((noop()))
    assert.is_nil((lib:call("noop", "void", {})))
  end)
end)

describe("a bad argument", function()
  local nan, inf = 0 / 0, math.huge
  local bound_function = bind("noop", {})
  local rows = {
    { "i32", nil, "i32 expected, got nil" },
    { "i32", true, "i32 expected, got boolean" },
    { "i32", {}, "i32 expected, got table" },
    { "i32", "text", "i32 expected, got" },
    { "i32", "", "i32 expected, got" },
    { "i32", "12x", "i32 expected, got" },
    { "i32", print, "i32 expected, got function" },
    { "i32", ffi.null, "i32 expected, got" },
    { "i32", ffi.buffer(4), "i32 expected, got" },
    { "i32", nan, "i32 expected, got nan: not an integer" },
    { "i32", inf, "i32 expected, got inf: out of range -2147483648..4294967295" },
    { "i32", -inf, "i32 expected, got -inf: out of range" },
    { "i8", 256, "i8 expected, got 256: out of range -128..255" },
    { "i8", -129, "i8 expected, got -129: out of range -128..255" },
    { "u8", 300, "u8 expected, got 300: out of range -128..255" },
    { "i16", 65536, "i16 expected, got 65536: out of range -32768..65535" },
    { "u16", -32769, "u16 expected, got -32769: out of range -32768..65535" },
    { "i32", 4294967296, "i32 expected, got 4294967296: out of range -2147483648..4294967295" },
    { "u32", -2147483649, "u32 expected, got -2147483649: out of range -2147483648..4294967295" },
    { "i64", 1e30, "i64 expected", "out of range -9223372036854775808..18446744073709551615" },
    { "u64", "18446744073709551616", "u64 expected", "out of range" },
    { "u64", "-9223372036854775809", "u64 expected", "out of range" },
    { "usize", {}, "usize expected, got table" },
    { "f64", nil, "f64 expected, got nil" },
    { "f64", {}, "f64 expected, got table" },
    { "f64", true, "f64 expected, got boolean" },
    { "f64", "text", "f64 expected, got" },
    { "f64", helper.u64("18446744073709551615"), "not exact as a double" },
    { "f32", print, "f32 expected, got function" },
    { "string", 5, "string expected, got number" },
    { "string", true, "string expected, got boolean" },
    { "string", {}, "string expected, got table" },
    { "string", print, "string expected, got function" },
    { "string", "a\0b", "string expected, got a string with an embedded NUL" },
    { "pointer", {}, "pointer expected, got table" },
    { "pointer", true, "pointer expected, got boolean" },
    { "pointer", false, "pointer expected, got boolean" },
    { "pointer", print, "pointer expected, got function" },
    { "pointer", function() end, "pointer expected, got function" },
    { "pointer", bound_function, "pointer expected, got function" },
    { "pointer", coroutine.create(function() end), "pointer expected, got thread" },
    { "pointer", io.stdout, "pointer expected, got" },
    { "pointer", ffi.arena(), "pointer expected, got" },
    { "pointer", ffi.struct({ { "x", "i32" } }), "pointer expected, got" },
    { "pointer", ffi.open(NUMBERS), "pointer expected, got" },
    { "pointer", -1, "pointer expected, got -1" },
    { "pointer", 0.5, "pointer expected, got 0.5" },
    { "pointer", nan, "pointer expected, got nan" },
    { "pointer", 1e30, "pointer expected, got" },
  }
  local function label(value)
    if type(value) == "number" or type(value) == "string" then
      return ("%q"):format(tostring(value)):gsub("%z", "0")
    end
    local kind = getmetatable(value)
    return type(kind) == "string" and kind or type(value)
  end

  for i, row in ipairs(rows) do
    local name = row[1]
    it(("(row %d) names function, position, type and value: %s, not %s"):format(i, name, label(row[2])), function()
      local good = name == "string" and "x" or name == "pointer" and ffi.null or 1
      local types = { "i32", name, name }
      for _, call in ipairs({
        bind("sum6", types, "void"),
        function(...) lib:call("sum6", "void", types, ...) end,
      }) do
        fails(function() call(1, row[2], good) end, "bad argument #2 to 'sum6'", row[3], row[4] or "")
        fails(function() call(1, good, row[2]) end, "bad argument #3 to 'sum6'", row[3], row[4] or "")
        call(1, good, good)
      end
    end)
  end

  it("leaves the function uncalled", function()
    local set = bind("set_last_error", { "u32" })
    set(7)
    fails(function() set({}) end, "bad argument #1 to 'set_last_error'")
    helper.is_integer(lib:call("get_last_error", "u32", {}), "7")
  end)

  it("is named by position through callPtr", function()
    local symbol = lib:getSymbol("add")
    fails(function() lib:callPtr(symbol, "i32", { "i32", "i32" }, 1, {}) end,
      "bad argument #", "i32 expected, got table")
    helper.is_integer(lib:callPtr(symbol, "i32", { "i32", "i32" }, 1, 2), "3")
  end)

  it("leaves string calls working after thousands of failures", function()
    local same = bind("same_text", { "string", "string" }, "bool")
    local long = ("x"):rep(70000)
    for _ = 1, 3000 do
      assert.is_false((pcall(same, long, {})))
    end
    assert.is_true(same(long, long))
    assert.is_false(same("a", "b"))
  end)
end)

describe("lib:call", function()
  it("names a missing symbol and its library", function()
    fails(function() lib:call("nope", "void", {}) end, "symbol 'nope' not found in '" .. NUMBERS .. "'")
  end)

  for _, row in ipairs({
    { "an unknown result type", { "add", "foo", { "i32", "i32" }, 1, 2 }, "#2", "unknown type 'foo'" },
    { "a result that is no type", { "add", 5, { "i32", "i32" }, 1, 2 }, "#2", "type expected, got number" },
    { "an unknown argument type", { "add", "i32", { "i32", "foo" }, 1, 2 }, "#3", "unknown type 'foo'" },
    { "an argument that is no type", { "add", "i32", { "i32", {} }, 1, 2 }, "#3", "type expected, got table" },
    { "types that are no table", { "add", "i32", "i32", 1, 2 }, "#3", "expected, got string" },
    { "void as an argument", { "add", "i32", { "void", "i32" }, 1, 2 }, "#3", "void" },
    { "a number as the name", { 5, "i32", {} }, "#1", "string expected, got number" },
    { "a table as the name", { {}, "i32", {} }, "#1", "string expected, got table" },
    { "a name with an embedded NUL", { "add\0", "i32", { "i32", "i32" }, 1, 2 }, "#1", "not found" },
  }) do
    it("refuses " .. row[1], function()
      fails(function() lib:call(unpack(row[2], 1, 5)) end, "bad argument " .. row[3] .. " to 'call'", row[4])
      helper.is_integer(lib:call("add", "i32", { "i32", "i32" }, 1, 2), "3")
    end)
  end

  it("uses the types of each call, not those of an earlier one", function()
    local types = { "i32" }
    helper.is_integer(lib:call("id_i32", "i32", types, -1), "-1")
    helper.is_integer(lib:call("id_i32", "u32", { "u32" }, 4294967295), "4294967295")
    types[1] = "u8"
    fails(function() lib:call("id_i32", "i32", types, 300) end, "u8 expected, got 300")
    types[1] = "i32"
    helper.is_integer(lib:call("id_i32", "i32", types, 300), "300")
  end)

  it("gives pointers as RawPointer from ffi.load and as lightuserdata from ffi.open", function()
    local memory = lib:call("get_memory", "pointer", { "usize" }, 4)
    assert.equals("RawPointer", getmetatable(memory))
    assert.is_false(memory.isManaged)
    lib:call("release", "void", { "pointer" }, memory)
    memory = legacy:call("get_memory", "pointer", { "usize" }, 4)
    assert.equals("userdata", type(memory))
    assert.is_nil(getmetatable(memory))
    legacy:call("release", "void", { "pointer" }, memory)
  end)

  it("gives NULL as nil", function()
    assert.is_nil(lib:call("null_pointer", "pointer", {}))
    assert.is_nil(legacy:call("null_pointer", "pointer", {}))
    assert.is_nil(lib:call("null_string", "string", {}))
    assert.is_nil(lib:call("null_pointer", "i32*", {}))
  end)
end)

describe("lib:callPtr", function()
  it("calls an address of every kind", function()
    local symbol = legacy:getSymbol("twice")
    local raw = ffi.ptr(symbol)
    local types = { "i32" }
    helper.is_integer(lib:callPtr(symbol, "i32", types, 21), "42")
    helper.is_integer(lib:callPtr(raw, "i32", types, 21), "42")
    helper.is_integer(lib:callPtr(ffi.cast(raw, "u8"), "i32", types, 21), "42")
    helper.is_integer(lib:callPtr(raw.addr, "i32", types, 21), "42")
    local cb = ffi.callback(function(x) return x * 3 end, "i32", { "i32" })
    helper.is_integer(lib:callPtr(cb, "i32", types, 21), "63")
    helper.is_integer(lib:callPtr(cb.ptr, "i32", types, 21), "63")
  end)

  it("refuses NULL in every form", function()
    for _, null in ipairs({ ffi.null, ffi.nullPtr, 0, false }) do
      fails(function() lib:callPtr(null or nil, "void", {}) end, "bad argument #1 to 'callPtr'")
    end
    fails(function() lib:callPtr(ffi.null, "void", {}) end, "null pointer")
    fails(function() lib:callPtr(ffi.nullPtr, "void", {}) end, "null pointer")
  end)

  it("refuses what is no address", function()
    for _, value in ipairs({ true, {}, "noop", print, -1, 0.5, io.stdout }) do
      fails(function() lib:callPtr(value, "void", {}) end, "bad argument #1 to 'callPtr'")
    end
  end)

  it("refuses bad types", function()
    local symbol = lib:getSymbol("noop")
    fails(function() lib:callPtr(symbol, "foo", {}) end, "bad argument #2 to 'callPtr'", "unknown type 'foo'")
    fails(function() lib:callPtr(symbol, "void", { "foo" }, 1) end,
      "bad argument #3 to 'callPtr'", "unknown type 'foo'")
    fails(function() lib:callPtr(symbol, "void", 5) end, "bad argument #3 to 'callPtr'", "expected, got number")
  end)
end)

describe("the call helpers", function()
  it("call functions without arguments", function()
    helper.is_integer(lib:callInt("version_int"), "7")
    assert.equals(3.141592653589793, lib:callDouble("pi"))
    assert.equals("fixtures 1.0", lib:callString("version_string"))
    assert.is_nil((lib:callVoid("noop")))
  end)

  it("give nil for a NULL string and keep an empty one", function()
    assert.is_nil(lib:callString("null_string"))
    assert.equals("", lib:callString("empty_string"))
  end)

  it("keep bytes that are not UTF-8", function()
    assert.equals("caf\233 \255\128", lib:callString("latin1_text"))
    assert.equals("gr\195\188\195\159 dich \226\152\131", lib:callString("utf8_text"))
  end)

  it("take argument types and arguments", function()
    helper.is_integer(lib:callInt("add", { "i32", "i32" }, 10, 20), "30")
    assert.equals(4, lib:callDouble("fadd", { "f64", "f64" }, 1.5, 2.5))
    assert.equals("hello Lua!", lib:callString("greet", { "string" }, "Lua"))
    lib:callVoid("set_last_error", { "u32" }, 99)
    helper.is_integer(lib:callInt("get_last_error"), "99")
  end)

  it("callIntArg passes one int", function()
    helper.is_integer(lib:callIntArg("twice", 21), "42")
    helper.is_integer(lib:callIntArg("twice", -3.5), "-6")
    helper.is_integer(lib:callIntArg("twice", "5"), "10")
  end)

  it("callIntArg names the function for a bad or missing number", function()
    fails(function() lib:callIntArg("twice", {}) end, "i32 expected, got table")
    fails(function() lib:callIntArg("twice", 1099511627776) end, "i32 expected, got 1099511627776: out of range")
    fails(function() lib:callIntArg("twice", nil) end, "i32 expected, got nil")
    fails(function() lib:callIntArg("twice") end)
    helper.is_integer(lib:callIntArg("twice", 1), "2")
  end)

  for _, name in ipairs({ "callInt", "callDouble", "callString", "callVoid" }) do
    it(name .. " counts and checks its arguments", function()
      fails(function() lib[name](lib, "nope") end, "symbol 'nope' not found")
      fails(function() lib[name](lib, "add", { "i32", "i32" }, 1) end,
        "wrong number of arguments to 'add' (2 expected, got 1)")
      fails(function() lib[name](lib, "add", { "i32", "i32" }, 1, {}) end, "'add'", "i32 expected, got table")
      fails(function() lib[name](lib, "add", { "foo" }, 1) end, "'" .. name .. "'", "unknown type 'foo'")
      fails(function() lib[name](lib, "noop", 5) end,
        "bad argument #2 to '" .. name .. "'", "expected, got number")
      fails(function() lib[name](lib, 5) end, "bad argument #1 to '" .. name .. "'", "string expected, got number")
      fails(function() lib[name](lib) end, "bad argument #1 to '" .. name .. "'", "string expected")
    end)
  end
end)

describe("a call inside a call", function()
  local apply = ffi.load(helper.fixture("callbacks"), {
    apply = { args = { "pointer", "i32" }, ret = "i32" },
    recurse = { args = { "pointer", "i32" }, ret = "i32" },
  })
  local add = bind("add", { "i32", "i32" }, "i32")

  it("leaves the outer call's arguments and result alone", function()
    local cb = ffi.callback(function(x) return add(x, 1000) end, "i32", { "i32" })
    helper.is_integer(add(apply.apply(cb, 1), apply.apply(cb, 2)), "2003")
  end)

  it("may be the same function, many levels deep", function()
    local cb
    cb = ffi.callback(function(n) return apply.recurse(cb, n) end, "i32", { "i32" })
    helper.is_integer(apply.recurse(cb, 50), "50")
  end)

  it("may pass strings at every level", function()
    local greet = bind("greet", { "string" }, "string")
    local seen = {}
    local cb
    cb = ffi.callback(function(n)
      local text = greet("level " .. n)
      if n > 0 then
        lib:call("slen", "usize", { "string" }, ("x"):rep(n * 1000))
        apply.apply(cb, n - 1)
      end
      seen[#seen + 1] = text
      return n
    end, "i32", { "i32" })
    helper.is_integer(apply.apply(cb, 5), "5")
    assert.same({
      "hello level 0!", "hello level 1!", "hello level 2!", "hello level 3!", "hello level 4!", "hello level 5!",
    }, seen)
  end)

  it("may fail and be caught without harm to the outer one", function()
    local cb = ffi.callback(function(x)
      assert.is_false((pcall(add, {}, 1)))
      assert.is_false((pcall(add, 1)))
      assert.is_false((pcall(lib.call, lib, "nope", "void", {})))
      return x + 1
    end, "i32", { "i32" })
    helper.is_integer(apply.apply(cb, 5), "6")
    helper.is_integer(add(1, 2), "3")
  end)

  it("that never ends raises, and the next call works", function()
    local cb
    local depth = 0
    cb = ffi.callback(function(n)
      depth = depth + 1
      return apply.apply(cb, n)
    end, "i32", { "i32" })
    local ok, message = pcall(apply.apply, cb, 1)
    assert.is_false(ok)
    assert.matches("overflow", tostring(message))
    assert.is_true(depth > 20)
    helper.is_integer(add(1, 2), "3")
    helper.is_integer(apply.apply(ffi.callback(function(x) return x end, "i32", { "i32" }), 9), "9")
  end)
end)

describe("results and bounds together:", function()
  it("malloc and free through a library from ffi.open", function()
    local before = legacy:callInt("live_copies")
    local memory = legacy:call("get_memory", "pointer", { "u64" }, 1024)
    assert.is_false(ffi.isNull(memory))
    assert.equals(before + 1, legacy:callInt("live_copies"))
    legacy:call("release", "void", { "pointer" }, memory)
    legacy:call("release", "void", { "pointer" }, nil)
    assert.equals(before, legacy:callInt("live_copies"))
  end)

  it("a finalizer releases what C allocated", function()
    local before = lib:callInt("live_copies")
    local release = bind("release", { "pointer" })
    local copy = ffi.gc(lib:call("copy_string", "pointer", { "string" }, "a copy"), release)
    assert.equals("a copy", ffi.string(copy))
    assert.equals(before + 1, lib:callInt("live_copies"))
    copy = nil -- luacheck: ignore 311
    collect()
    assert.equals(before, lib:callInt("live_copies"))
  end)

  it("thousands of calls of every kind leave the totals right", function()
    local add64, fadd, ident = bind("add64", { "i64", "i64" }, "i64"), bind("fadd", { "f64", "f64" }, "f64"),
      bind("ident", { "string" }, "string")
    local sum, total, length = 0, 0, 0
    for i = 1, 5000 do
      sum = add64(sum, i)
      total = fadd(total, i / 2)
      length = length + #ident("s" .. i)
    end
    helper.is_integer(sum, "12502500")
    assert.equals(6251250, total)
    assert.equals(23893, length)
  end)
end)
