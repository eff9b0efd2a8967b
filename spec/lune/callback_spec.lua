-- Callbacks: the object, every type in and out, results, calls from Lua.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local callback_library = require("spec.support.callback_library")

local fails, collect = helper.fails, helper.collect
local CALLBACKS, lib, int_callback = callback_library.path, callback_library.lib, callback_library.int_callback

local function digits_or_same(wanted, got)
  if type(wanted) == "string" then
    helper.is_integer(got, wanted)
  else
    assert.equals(wanted, got)
    assert.equals(type(wanted), type(got))
  end
end
describe("ffi.callback", function()
  it("makes an object with code address, types and validity", function()
    local cb = ffi.callback(function() end, "int", { "i32", "double", "char*" })
    assert.equals("FfiCallback", getmetatable(cb))
    assert.equals("userdata", type(cb.ptr))
    assert.is_nil(getmetatable(cb.ptr))
    assert.is_false(ffi.isNull(cb.ptr))
    assert.equals("i32", cb.retType)
    assert.equals(3, cb.argCount)
    assert.is_true(cb.isValid)
    assert.equals(cb.ptr, cb:getPtr())
    assert.equals(cb.ptr, cb.ptr)
  end)

  it("shows its types as text", function()
    assert.equals("FfiCallback<i32(i32, i32)>", tostring(ffi.callback(print, "int", { "i32", "int32" })))
    assert.equals("FfiCallback<void()>", tostring(ffi.callback(print, "void", {})))
    assert.equals("FfiCallback<f64(string, pointer)>", tostring(ffi.callback(print, "double", { "char*", "void*" })))
  end)

  it("gives every callback its own address", function()
    local one, two = int_callback(print), int_callback(print)
    assert.are_not.equal(one.ptr, two.ptr)
    assert.are_not.equal(one, two)
  end)

  it("reads unknown keys as nil and refuses assignment", function()
    local cb = int_callback(print)
    assert.is_nil(cb.nonsense)
    assert.is_nil(cb[1])
    fails(function() cb.isValid = false end)
    fails(function() cb.anything = 1 end)
    assert.is_true(cb.isValid)
  end)

  for _, row in ipairs({
    { "nil", nil }, { "number", 5 }, { "string", "print" }, { "table", {} }, { "boolean", true },
  }) do
    it("refuses a " .. row[1] .. " for the function", function()
      fails(function() ffi.callback(row[2], "i32", {}) end,
        "bad argument #1 to 'callback'", "function expected", "got " .. row[1])
    end)
  end

  for _, row in ipairs({
    { "a missing result type", { nil, {} }, "#2", "type expected" },
    { "an unknown result type", { "foo", {} }, "#2", "unknown type 'foo'" },
    { "a number as result type", { 5, {} }, "#2", "type expected, got number" },
    { "a missing parameter list", { "i32", nil }, "#3", "expected, got nil" },
    { "a string as parameter list", { "i32", "i32" }, "#3", "expected, got string" },
    { "an unknown parameter type", { "i32", { "i32", "foo" } }, "#3", "unknown type 'foo'" },
    { "a parameter that is no type", { "i32", { 5 } }, "#3", "type expected, got number" },
    { "a void parameter", { "i32", { "void" } }, "#3", "void" },
    { "a ref result", { "ref i32", {} }, "#2", "" },
  }) do
    it("refuses " .. row[1], function()
      fails(function() ffi.callback(print, row[2][1], row[2][2]) end,
        "bad argument " .. row[3] .. " to 'callback'", row[4])
    end)
  end

  it("takes a C function of Lua's own and a bound function", function()
    helper.is_integer(lib.apply(ffi.callback(math.abs, "i32", { "i32" }), -5), "5")
    local add_one = ffi.load(CALLBACKS, { add_one = { args = { "i32" }, ret = "i32" } }).add_one
    helper.is_integer(lib.apply(int_callback(add_one), 5), "6")
  end)

  it("names itself when a method gets a wrong self", function()
    local cb = int_callback(print)
    fails(function() cb.free(5) end, "calling 'free' on bad self", "FfiCallback expected, got number")
    fails(function() cb.getPtr(io.stdout) end, "calling 'getPtr' on bad self", "FfiCallback expected")
  end)
end)

describe("a callback", function()
  it("may be passed itself, as its ptr and as its address", function()
    local cb = ffi.callback(function(a, b) return a - b end, "i32", { "i32", "i32" })
    for _, form in ipairs({ cb, cb.ptr, cb:getPtr(), ffi.ptr(cb.ptr), ffi.ptr(cb), ffi.ptr(cb.ptr).addr }) do
      helper.is_integer(lib.apply2(form, 10, 3), "7")
      helper.is_integer(lib:call("apply2", "i32", { "pointer", "i32", "i32" }, form, 10, 3), "7")
    end
  end)

  it("may run many times in one call, and in many calls", function()
    local count = 0
    local cb = int_callback(function(x)
      count = count + 1
      return x % 2
    end)
    helper.is_integer(lib.count_calls(cb, 1000), "500")
    helper.is_integer(lib.count_calls(cb, 10), "5")
    assert.equals(1010, count)
  end)

  it("gets exactly its parameters", function()
    local got
    lib.call_void(ffi.callback(function(...) got = select("#", ...) end, "void", {}))
    assert.equals(0, got)
    lib.apply(int_callback(function(...) got = select("#", ...) end), 1)
    assert.equals(1, got)
  end)

  it("sorts integers", function()
    local ints = ffi.cast(ffi.arena():allocArray("i32", 8), "i32")
    for i, value in ipairs({ 5, -3, 9, 0, 2147483647, -2147483648, 7, 5 }) do
      ints[i - 1] = value
    end
    local expected = { -2147483648, -3, 0, 5, 5, 7, 9, 2147483647 }
    for _, types in ipairs({ { "i32*", "i32*" }, { "ref i32", "ref i32" }, { "pointer", "pointer" } }) do
      local cb = ffi.callback(function(a, b)
        if types[1] == "i32*" then
          a, b = a[0], b[0]
        elseif types[1] == "pointer" then
          a, b = a:read(0, "i32"), b:read(0, "i32")
        end
        return a < b and -1 or a > b and 1 or 0
      end, "i32", types)
      ints[0], ints[3] = ints[3], ints[0]
      local comparisons = lib:call("sort_ints", "usize", { "pointer", "usize", "pointer" }, ints, 8, cb)
      assert.is_true(comparisons >= 7)
      for i, value in ipairs(expected) do
        assert.equals(value, ints[i - 1])
      end
    end
  end)

  it("sorts with the C library's qsort", function()
    local values = ffi.buffer(4 * 200)
    for i = 0, 199 do
      values:write(i * 4, "i32", (i * 7919) % 1009)
    end
    local cb = ffi.callback(function(a, b) return a - b end, "i32", { "ref i32", "ref i32" })
    ffi.C:call("qsort", "void", { "pointer", "usize", "usize", "pointer" }, values, 200, 4, cb)
    for i = 1, 199 do
      assert.is_true(values:read((i - 1) * 4, "i32") <= values:read(i * 4, "i32"))
    end
  end)

  it("that takes the addresses of elements for integers loses no element of what is sorted", function()
    local values = { 42, 7, -3, 19, 7, 0, 100, -55 }
    local ints = ffi.cast(ffi.arena():allocArray("i32", #values), "i32")
    for i, value in ipairs(values) do
      ints[i - 1] = value
    end
    -- The addresses arrive cut to 32 bits: the order is any, and a difference may be too large for an int.
    local cb = ffi.callback(function(a, b) return a - b end, "i32", { "i32", "i32" })
    local ok, message = pcall(function()
      ffi.C:call("qsort", "void", { "pointer", "usize", "usize", "pointer" }, ints, #values, 4, cb)
    end)
    assert.is_true(ok or tostring(message):find("out of range", 1, true) ~= nil)
    local sorted = {}
    for i = 1, #values do
      sorted[i] = ints[i - 1]
    end
    table.sort(sorted)
    assert.same({ -55, -3, 0, 7, 7, 19, 42, 100 }, sorted)
  end)

  it("integrates a Lua function", function()
    local cb = ffi.callback(function(x) return x * x end, "f64", { "f64" })
    local area = lib:call("integrate", "f64", { "pointer", "f64", "f64", "i32" }, cb, 0, 3, 300)
    assert.is_true(math.abs(area - 9) < 0.001)
  end)
end)

describe("a callback's argument and result of type", function()
  for _, row in ipairs({
    { "bool", true, false },
    { "i8", "-128", "127", "-1" }, { "u8", "255", "128", "0" }, { "i16", "-32768", "32767" }, { "u16", "65535", "0" },
    { "i32", "-2147483648", "2147483647" }, { "u32", "4294967295", "2147483648" },
    { "i64", "-9223372036854775808", "9223372036854775807", "9007199254740993" },
    { "u64", "18446744073709551615", "9223372036854775808", "9007199254740993" },
    { "isize", "-9223372036854775808", "-1" }, { "usize", "18446744073709551615", "1" },
    { "f32", 0.5, -1.25, math.huge }, { "f64", 0.1, -1e300, -math.huge },
  }) do
    local name = row[1]
    it(name .. " passes unchanged both ways", function()
      local received
      local cb = ffi.callback(function(value)
        received = value
        return value
      end, name, { name })
      for i = 2, #row do
        received = nil
        local result = lib:call("call_" .. name, name, { "pointer", name }, cb, row[i])
        digits_or_same(row[i], received)
        digits_or_same(row[i], result)
      end
    end)
  end

  it("string passes both ways, whatever its bytes", function()
    local received
    local cb = ffi.callback(function(text)
      received = text
      return text
    end, "string", { "string" })
    for _, text in ipairs({ "text", "", "caf\233 \255\128", "gr\195\188\195\159", ("x"):rep(100000) }) do
      assert.equals(text, lib:call("call_string", "string", { "pointer", "string" }, cb, text))
      assert.equals(text, received)
    end
  end)

  it("string and pointer are nil for NULL, both ways", function()
    for _, name in ipairs({ "string", "pointer", "i32*" }) do
      local received, count = "unset", nil
      local cb = ffi.callback(function(...)
        received, count = (...), select("#", ...)
        return nil
      end, name, { name })
      local function_name = name == "string" and "call_string" or "call_pointer"
      assert.is_nil(lib:call(function_name, name, { "pointer", "pointer" }, cb, nil))
      assert.is_nil(received)
      assert.equals(1, count)
    end
  end)

  it("pointer is a RawPointer inside, and every pointer kind is a result", function()
    local memory = ffi.arena():alloc(16)
    local buffer = ffi.buffer(8)
    local received
    local value
    local cb = ffi.callback(function(pointer)
      received = pointer
      return value
    end, "pointer", { "pointer" })
    local Pair = ffi.struct({ { "a", "i32" }, { "b", "i32" } })
    for _, row in ipairs({
      { memory, memory.addr }, { memory + 4, memory.addr + 4 }, { ffi.cast(memory, "i32") + 1, memory.addr + 4 },
      { ffi.view(memory, Pair), memory.addr }, { memory:toLightUserData(), memory.addr }, { memory.addr, memory.addr },
      { buffer, buffer:as_ptr().addr }, { buffer.ptr, buffer:as_ptr().addr }, { cb, ffi.ptr(cb.ptr).addr },
    }) do
      value = row[1]
      local result = lib:call("call_pointer", "pointer", { "pointer", "pointer" }, cb, memory)
      assert.equals(row[2], result.addr)
      assert.equals("RawPointer", getmetatable(received))
      assert.equals(memory.addr, received.addr)
      assert.is_false(received.isManaged)
    end
    for _, null in ipairs({ ffi.null, ffi.nullPtr, 0 }) do
      value = null
      assert.is_nil(lib:call("call_pointer", "pointer", { "pointer", "pointer" }, cb, memory))
    end
  end)

  it("pointer-to-T is a TypedPointer that writes through", function()
    local cb = ffi.callback(function(cell)
      assert.equals("TypedPointer", getmetatable(cell))
      cell[0] = cell[0] + 1
    end, "void", { "i32*" })
    helper.is_integer(lib:call("call_ref", "i32", { "pointer", "i32" }, cb, 41), "42")
  end)

  it("ref T is the value behind the pointer, nil for NULL", function()
    local received, count
    local cb = ffi.callback(function(...)
      received, count = (...), select("#", ...)
      return 5
    end, "i32", { "ref i32" })
    lib:call("call_ref", "i32", { "pointer", "i32" }, cb, -7)
    helper.is_integer(received, "-7")
    helper.is_integer(lib:call("call_ref_null", "i32", { "pointer" }, cb), "5")
    assert.is_nil(received)
    assert.equals(1, count)
  end)

  it("every kind at once arrives in order", function()
    local got
    local cb = ffi.callback(function(...)
      got = helper.pack(...)
      return 77
    end, "i32", {
      "bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "isize", "usize", "f32", "f64", "pointer", "string",
    })
    helper.is_integer(lib:call("call_all_types", "i32", { "pointer" }, cb), "77")
    assert.equals(15, got.n)
    assert.is_true(got[1])
    for i, digits in ipairs({
      "-1", "255", "-2", "65535", "-3", "4294967295", "-9223372036854775808", "18446744073709551615", "-4",
      "18446744073709551615",
    }) do
      helper.is_integer(got[i + 1], digits)
    end
    assert.equals(0.5, got[12])
    assert.equals(-0.25, got[13])
    assert.equals(0x1234, got[14].addr)
    assert.equals("text", got[15])
  end)

  it("twenty arrive in order", function()
    local types, mixed = {}, {}
    for i = 1, 20 do
      types[i], mixed[i] = "i32", i % 2 == 1 and "i32" or "f64"
    end
    local got
    local function store(...)
      got = { ... }
      local weighed = 0
      for i, value in ipairs(got) do
        weighed = weighed + i * value
      end
      return weighed
    end
    helper.is_integer(lib:call("call_sum20", "i32", { "pointer" }, ffi.callback(store, "i32", types)), "2870")
    assert.equals(20, #got)
    local expected = 0
    for i = 1, 20 do
      expected = expected + i * (i % 2 == 1 and i or i + 0.5)
    end
    assert.equals(expected, lib:call("call_mixed20", "f64", { "pointer" }, ffi.callback(store, "f64", mixed)))
    local doubles = {}
    for i = 1, 12 do
      doubles[i] = "f64"
    end
    assert.equals(689, lib:call("call_doubles12", "f64", { "pointer" }, ffi.callback(store, "f64", doubles)))
  end)
end)

describe("a callback's result", function()
  for _, row in ipairs({
    { "i8", -1, "i32", "-1" }, { "i8", 127, "i32", "127" }, { "i8", 255, "i32", "-1" }, { "u8", 255, "u32", "255" },
    { "u8", -1, "u32", "255" }, { "i16", -2, "i32", "-2" }, { "u16", 65535, "u32", "65535" },
    { "i32", -3, "i32", "-3" }, { "u32", 4294967295, "u32", "4294967295" }, { "bool", true, "u32", "1" },
    { "bool", 0, "u32", "1" }, { "bool", false, "u32", "0" },
    { "i64", "-9007199254740993", "i64", "-9007199254740993" },
    { "i64", "-9007199254740993", "i64", "-9007199254740993" },
  }) do
    it(("%s as %s is widened to the whole int that C may read"):format(tostring(row[2]), row[1]), function()
      local cb = ffi.callback(function() return row[2] end, row[1], {})
      helper.is_integer(lib:call("call_wide", row[3], { "pointer" }, cb), row[4])
    end)
  end

  for _, row in ipairs({
    { 3.9, 3 }, { -3.9, -3 }, { "12", 12 }, { "0xff", 255 }, { 4294967295, -1 }, { helper.i64("-5"), -5 },
  }) do
    it(("%s of type %s is the i32 %d"):format(tostring(row[1]), type(row[1]), row[2]), function()
      local cb = int_callback(function() return row[1] end)
      assert.equals(row[2], lib.apply(cb, 1))
    end)
  end

  it("is zero when there is none", function()
    for name, zero in pairs({ i32 = 0, u64 = 0, f64 = 0, f32 = 0, bool = false }) do
      for _, fn in ipairs({ function() end, function() return nil end }) do
        local cb = ffi.callback(fn, name, { name })
        assert.equals(zero, lib:call("call_" .. name, name, { "pointer", name }, cb, 1))
      end
    end
  end)

  it("is the first of several", function()
    helper.is_integer(lib.apply(int_callback(function() return 1, 2, 3 end), 0), "1")
  end)

  it("is of no interest for void", function()
    local ran = false
    lib.call_void(ffi.callback(function()
      ran = true
      return "anything", {}
    end, "void", {}))
    assert.is_true(ran)
  end)

  for _, row in ipairs({
    { "i32", {}, "i32 expected, got table" }, { "i32", "text", "i32 expected" },
    { "i32", true, "i32 expected, got boolean" }, { "i32", 0 / 0, "i32 expected, got nan" },
    { "i32", 1099511627776, "i32 expected, got 1099511627776: out of range -2147483648..4294967295" },
    { "u8", 300, "u8 expected, got 300: out of range -128..255" }, { "f64", {}, "f64 expected, got table" },
    { "pointer", {}, "pointer expected, got table" }, { "pointer", true, "pointer expected, got boolean" },
    { "string", 5, "string expected, got number" }, { "string", {}, "string expected, got table" },
    { "string", "a\0b", "embedded NUL" },
  }) do
    it(("%s as %s makes the call raise"):format(type(row[2]) .. " " .. tostring(row[2]):sub(1, 8), row[1]), function()
      local cb = ffi.callback(function() return row[2] end, row[1], { row[1] })
      local function_name = "call_" .. row[1]
      local types = { "pointer", row[1] == "string" and "pointer" or row[1] }
      local argument = (row[1] ~= "string" and row[1] ~= "pointer") and 1 or nil
      fails(function() lib:call(function_name, row[1], types, cb, argument) end, row[3])
      helper.is_integer(lib.apply(int_callback(function(x) return x end), 3), "3")
    end)
  end

  it("as a string stays until the callback runs again", function()
    local n = 0
    local cb = ffi.callback(function()
      n = n + 1
      return "result number " .. n
    end, "string", { "string" })
    local first = lib:call("call_string", "pointer", { "pointer", "pointer" }, cb, nil)
    collect()
    for i = 1, 200 do
      local _ = ("noise %d "):format(i):rep(5)
    end
    collect()
    assert.equals("result number 1", ffi.string(first))
    assert.equals("result number 2", lib:call("call_string", "string", { "pointer", "pointer" }, cb, nil))
  end)

  it("as a string is measured by C, and NULL is told apart from empty", function()
    local value
    local cb = ffi.callback(function() return value end, "string", {})
    local function length()
      return (lib:call("string_length_of", "usize", { "pointer" }, cb))
    end
    value = ("x"):rep(1000)
    helper.is_integer(length(), "1000")
    value = ""
    helper.is_integer(length(), "0")
    value = nil
    helper.is_integer(length(), "18446744073709551615")
    local buffer = ffi.buffer(16)
    buffer:writeString(0, "in a buffer")
    value = buffer
    helper.is_integer(length(), "11")
  end)
end)

describe("a callback called from Lua", function()
  it("goes through C: values are converted both ways", function()
    local cb = ffi.callback(function(a, b) return a + b end, "u8", { "i8", "f32" })
    helper.is_integer(cb(255, 2), "1")
    helper.is_integer(cb(-1.5, 0.1), "0")
  end)

  it("counts and checks its arguments", function()
    local cb = ffi.callback(function(a, b) return a + b end, "i32", { "i32", "u8" })
    fails(function() cb(1) end, "wrong number of arguments", "(2 expected, got 1)")
    fails(function() cb(1, 2, 3) end, "wrong number of arguments", "(2 expected, got 3)")
    fails(function() cb(1, 300) end, "bad argument #2", "u8 expected, got 300: out of range -128..255")
    fails(function() cb({}, 1) end, "bad argument #1", "i32 expected, got table")
    helper.is_integer(cb(1, 2), "3")
  end)

  it("raises what its function raises", function()
    local object = {}
    local cb = ffi.callback(function() error(object) end, "void", {})
    local ok, message = pcall(cb)
    assert.is_false(ok)
    assert.equals(object, message)
  end)

  it("takes and gives strings and pointers", function()
    local cb = ffi.callback(function(text, pointer)
      return pointer and text .. "!"
    end, "string", { "string", "pointer" })
    assert.equals("hi!", cb("hi", ffi.buffer(1)))
    assert.is_nil(cb("hi", nil))
  end)

  it("may call itself", function()
    local cb
    cb = int_callback(function(n) return n <= 0 and 0 or n + cb(n - 1) end)
    helper.is_integer(cb(20), "210")
  end)
end)

describe("a C function as a callback", function()
  it("is passed as a symbol or as C gave it", function()
    local add_one = lib:getSymbol("add_one")
    helper.is_integer(lib.apply(add_one, 5), "6")
    helper.is_integer(lib.apply(lib:call("get_add_one", "pointer", {}), 5), "6")
    helper.is_integer(lib.apply2(lib:call("get_function", "pointer", { "string" }, "subtract"), 9, 4), "5")
    assert.is_nil(lib:call("get_function", "pointer", { "string" }, "nothing"))
  end)

  it("sorts without entering Lua", function()
    local buffer = ffi.buffer(12)
    for i, value in ipairs({ 3, 1, 2 }) do
      buffer:write((i - 1) * 4, "i32", value)
    end
    lib:call("sort_ints", "usize", { "pointer", "usize", "pointer" }, buffer, 3, lib:getSymbol("compare_ints"))
    assert.equals(1, buffer:read(0, "i32"))
    assert.equals(3, buffer:read(8, "i32"))
  end)
end)
