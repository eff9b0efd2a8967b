-- Callbacks: both forms, every type in and out, calls from Lua, errors, life, threads.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local support = require("spec.support.alien")

local fails, collect, is_integer = helper.fails, helper.collect, helper.is_integer
local lib, callbacks, bind, exact = support.lib, support.callbacks, support.bind, support.exact

local apply = bind(callbacks, "apply", "int", "callback", "int")

-- A callback of the type int (*)(int).
local function int_callback(fn)
  return alien.callback(fn, "int", "int")
end

-- Callbacks by the hundred, all different: whatever address was free is used again.
local function flood(count)
  local list = {}
  for i = 1, count do
    list[i] = int_callback(function() return 1000000 + i end)
  end
  return list
end

describe("alien.callback", function()
  it("takes the types as a list", function()
    is_integer(apply(alien.callback(function(x) return x + 1 end, "int", "int"), 41), "42")
  end)

  it("takes the types as a table", function()
    is_integer(apply(alien.callback(function(x) return x + 1 end, { ret = "int", "int" }), 41), "42")
  end)

  for _, abi in ipairs({ "default", "cdecl", "stdcall" }) do
    it("takes the abi " .. abi, function()
      is_integer(apply(alien.callback(function(x) return x end, { ret = "int", abi = abi, "int" }), 4), "4")
    end)
  end

  it("takes int for a result and a parameter that are nil", function()
    is_integer(apply(alien.callback(function(x) return x + 1 end, nil, "int"), 41), "42")
    is_integer(apply(alien.callback(function(x) return x + 1 end, "int", nil), 41), "42")
    is_integer(apply(alien.callback(function(x) return x + 1 end, { "int" }), 41), "42")
  end)

  it("means int f(void) without types", function()
    local count
    local cb = alien.callback(function(...)
      count = select("#", ...)
      return 9
    end)
    local call_none = bind(callbacks, "call_none", "int", "callback")
    is_integer(call_none(cb), "9")
    assert.equals(0, count)
    is_integer(call_none(alien.callback(function() end)), "0")
    is_integer(call_none(alien.callback(function() return 3 end, {})), "3")
  end)

  it("gives a function object", function()
    local cb = int_callback(function(x) return x end)
    assert.matches("^alien function anonymous, library default", tostring(cb))
    assert.equals("function", type(cb.types))
    assert.is_nil(cb.x)
    assert.equals(getmetatable(callbacks.apply), getmetatable(cb))
  end)

  for _, row in ipairs({ { "nil", nil }, { "string", "print" }, { "table", {} }, { "number", 5 } }) do
    it("refuses a " .. row[1] .. " for the function", function()
      fails(function() alien.callback(row[2], "int") end, "bad argument #1 to 'callback'", "got " .. row[1])
    end)
  end

  it("refuses nothing at all", function()
    fails(function() alien.callback() end, "bad argument #1 to 'callback'", "function expected")
  end)

  for _, row in ipairs({
    { "an unknown result", { "integer" }, "integer" }, { "an unknown parameter", { "int", "int128" }, "int128" },
    { "a void parameter", { "int", "void" }, "void" }, { "a number as a type", { "int", 5 }, "got number" },
    { "a result by ref", { "ref int" }, "ref int" },
    { "an unknown abi", { { ret = "int", abi = "nonsense" } }, "nonsense" },
    { "dots", { "int", "int", "..." }, "" },
  }) do
    it("refuses " .. row[1], function()
      fails(function() alien.callback(print, helper.unpack(row[2])) end, "callback", row[3])
    end)
  end

  it("takes a C function of Lua's own", function()
    is_integer(apply(int_callback(math.abs), -5), "5")
  end)
end)

describe("a callback's types", function()
  it("may be set again", function()
    local received
    local cb = alien.callback(function(x)
      received = x
      return x
    end, "int", "int")
    is_integer(apply(cb, 4), "4")
    cb:types("double", "double")
    local call_double = bind(lib, "call_double", "double", "callback", "double")
    assert.equals(0.5, call_double(cb, 0.5))
    assert.equals(0.5, received)
    cb:types({ ret = "int", "int" })
    is_integer(apply(cb, 7), "7")
  end)

  it("stay when new ones are wrong", function()
    local cb = int_callback(function(x) return x + 1 end)
    fails(function() cb:types("int", "nonsense") end, "nonsense")
    fails(function() cb:types("int", "void") end, "void")
    is_integer(apply(cb, 1), "2")
  end)

  it("may change while the callback runs", function()
    local cb
    cb = int_callback(function(x)
      cb:types("int", "int")
      return x + 1
    end)
    is_integer(apply(cb, 1), "2")
    is_integer(apply(cb, 2), "3")
  end)
end)

describe("a callback called from Lua", function()
  it("goes through C", function()
    local cb = int_callback(function(x) return x * 2 end)
    is_integer(cb(21), "42")
    fails(function() cb(4294967296) end, "out of range")
    fails(function() cb() end, "too few arguments")
    fails(function() cb(1, 2) end, "too many arguments")
  end)

  it("returns its refs after the result", function()
    local compare = alien.callback(function(a, b) return a - b end, "int", "ref int", "ref int")
    local results = helper.pack(compare(3, 4))
    assert.equals(3, results.n)
    is_integer(results[1], "-1")
    is_integer(results[2], "3")
    is_integer(results[3], "4")
  end)

  it("may call itself", function()
    local factorial
    factorial = int_callback(function(n) return n < 2 and 1 or n * factorial(n - 1) end)
    is_integer(factorial(10), "3628800")
  end)
end)

describe("a callback's argument and result of type", function()
  for _, row in ipairs(support.integers) do
    it(row[1] .. " passes exactly both ways", function()
      local call = bind(lib, "call_" .. row[1], row[1], "callback", row[1])
      local received
      local cb = alien.callback(function(v)
        received = v
        return v
      end, row[1], row[1])
      for _, digits in ipairs({ row[2], row[3], "0", "1" }) do
        is_integer(call(cb, exact(digits)), digits)
        is_integer(received, digits)
      end
    end)
  end

  for _, name in ipairs({ "float", "double" }) do
    it(name .. " passes both ways", function()
      local call = bind(lib, "call_" .. name, name, "callback", name)
      local cb = alien.callback(function(v) return v end, name, name)
      for _, value in ipairs({ 0.5, -1.25, math.huge, 0 }) do
        assert.equals(value, call(cb, value))
      end
    end)
  end

  it("string is a Lua string, or nil for NULL, both ways", function()
    local call = bind(callbacks, "call_string", "string", "callback", "string")
    local received, count
    local cb = alien.callback(function(...)
      received, count = (...), select("#", ...)
      return (...)
    end, "string", "string")
    for _, text in ipairs({ "text", "", "caf\233", ("x"):rep(10000) }) do
      assert.equals(text, call(cb, text))
      assert.equals(text, received)
    end
    assert.is_nil(call(cb, nil))
    assert.is_nil(received)
    assert.equals(1, count)
  end)

  it("pointer is a light userdata, or nil for NULL, both ways", function()
    local call = bind(callbacks, "call_pointer", "pointer", "callback", "pointer")
    local received
    local cb = alien.callback(function(p)
      received = p
      return p
    end, "pointer", "pointer")
    local buf = alien.buffer(4)
    assert.equals(buf:topointer(), call(cb, buf))
    assert.is_true(support.is_light(received))
    assert.equals(buf:topointer(), received)
    assert.is_nil(call(cb, nil))
    assert.is_nil(received)
  end)

  it("callback is a function, or nil for NULL", function()
    local call = bind(lib, "call_with_function", "int", "callback", "int")
    local received
    local cb = alien.callback(function(f, v)
      received = f
      f:types("int", "int")
      return f(v) * 2
    end, "int", "callback", "int")
    is_integer(call(cb, 11), "42")
    assert.matches("^alien function ", tostring(received))
    local call_null = bind(lib, "call_with_no_function", "int", "callback", "int")
    local seen = "unset"
    is_integer(call_null(alien.callback(function(f, v)
      seen = f
      return v
    end, "int", "callback", "int"), 5), "5")
    assert.is_nil(seen)
  end)

  it("callback may be a result", function()
    local call = bind(lib, "call_given_function", "int", "callback", "int")
    local twice = int_callback(function(x) return x * 2 end)
    is_integer(call(alien.callback(function() return twice end, "callback"), 21), "42")
    is_integer(call(alien.callback(function() return callbacks.add_one end, "callback"), 21), "22")
    is_integer(call(alien.callback(function() end, "callback"), 21), "-1")
  end)

  it("ref is the number at the address", function()
    local call = bind(lib, "call_compare", "int", "callback", "int", "int")
    local compare = alien.callback(function(a, b) return a < b and -1 or a > b and 1 or 0 end,
      "int", "ref int", "ref int")
    is_integer(call(compare, 3, 4), "-1")
    is_integer(call(compare, 4, 4), "0")
    is_integer(call(compare, -2147483648, -2147483648), "0")
    is_integer(call(compare, 5, 4), "1")
  end)

  it("ref char is unsigned", function()
    local call = bind(lib, "call_compare_char", "int", "callback", "int", "int")
    local got
    call(alien.callback(function(a, b)
      got = { a, b }
      return 0
    end, "int", "ref char", "ref char"), 200, -1)
    is_integer(got[1], "200")
    is_integer(got[2], "255")
  end)

  it("ref is nil for NULL", function()
    local call = bind(callbacks, "call_ref_null", "int", "callback")
    local got = "unset"
    is_integer(call(alien.callback(function(v)
      got = v
      return 6
    end, "int", "ref int")), "6")
    assert.is_nil(got)
  end)

  it("mixed kinds arrive in order", function()
    local call = bind(lib, "call_double4", "double", "callback", "int", "double", "float", "long")
    local got
    assert.equals(11.5, call(alien.callback(function(...)
      got = helper.pack(...)
      return 11.5
    end, "double", "int", "double", "float", "long"), -1, 2.5, 0.25, 4000000000))
    assert.same({ n = 4, -1, 2.5, 0.25, 4000000000 }, got)
  end)
end)

describe("a callback's result", function()
  it("is 0 or NULL when there is none", function()
    for _, fn in ipairs({ function() end, function() return nil end }) do
      is_integer(apply(int_callback(fn), 5), "0")
      local call_double = bind(lib, "call_double", "double", "callback", "double")
      assert.equals(0, call_double(alien.callback(fn, "double", "double"), 1))
      local call_string = bind(callbacks, "call_string", "string", "callback", "string")
      assert.is_nil(call_string(alien.callback(fn, "string", "string"), "x"))
      local call_pointer = bind(callbacks, "call_pointer", "pointer", "callback", "pointer")
      assert.is_nil(call_pointer(alien.callback(fn, "pointer", "pointer"), "x"))
    end
  end)

  it("is the first of several", function()
    is_integer(apply(int_callback(function() return 1, 2, 3 end), 0), "1")
  end)

  it("may be a whole float, loses a fraction, may be the text of a number", function()
    is_integer(apply(int_callback(function() return 2 ^ 10 end), 0), "1024")
    is_integer(apply(int_callback(function() return 3.9 end), 0), "3")
    is_integer(apply(int_callback(function() return "12" end), 0), "12")
  end)

  it("is of no interest for void", function()
    local call_void = bind(callbacks, "call_void", "void", "callback")
    local ran
    call_void(alien.callback(function()
      ran = true
      return {}, "x"
    end, "void"))
    assert.is_true(ran)
  end)

  for _, row in ipairs({
    { "a table for an int", {}, "got table" }, { "a text for an int", "text", "int expected" },
    { "too large a number", 4294967296, "out of range" }, { "nan", 0 / 0, "nan" },
  }) do
    it("raises for " .. row[1], function()
      fails(function() apply(int_callback(function() return row[2] end), 0) end, "bad result of callback", row[3])
    end)
  end

  it("that is a string stays until the next call of it", function()
    local measure = bind(lib, "measure_twice", "size_t", "callback")
    local made = 0
    local cb = alien.callback(function(n)
      collect()
      made = made + 1
      return ("x"):rep(n * 100 + made)
    end, "string", "int")
    is_integer(measure(cb), "101202")
    local length = bind(callbacks, "string_length_of", "size_t", "callback")
    local text = alien.callback(function() return ("y"):rep(300) .. tostring({}):sub(1, 0) end, "string")
    collect()
    is_integer(length(text), "300")
  end)

  it("that is a pointer may be a buffer, an array, a light userdata, or a string", function()
    local call = bind(callbacks, "call_pointer", "pointer", "callback", "pointer")
    local buf, array = alien.buffer("buffer"), alien.array("int", { 1, 2 })
    local value
    local cb = alien.callback(function() return value end, "pointer", "pointer")
    value = buf
    assert.equals(buf:topointer(), call(cb, nil))
    value = buf:topointer(3)
    assert.equals(buf:topointer(3), call(cb, nil))
    value = array
    assert.equals(array.buffer:topointer(), call(cb, nil))
  end)

  it("that is a string may be a buffer", function()
    local call = bind(callbacks, "call_string", "string", "callback", "string")
    local buf = alien.buffer("from a buffer")
    assert.equals("from a buffer", call(alien.callback(function() return buf end, "string", "string"), nil))
    assert.equals("a buffer",
      call(alien.callback(function() return buf:topointer(6) end, "string", "string"), nil))
  end)
end)

describe("an error in a callback", function()
  it("is raised by the call that led there, unchanged", function()
    local object = {}
    local ok, message = pcall(apply, int_callback(function() error(object) end), 1)
    assert.is_false(ok)
    assert.equals(object, message)
    ok, message = pcall(apply, int_callback(function() error("told", 0) end), 1)
    assert.is_false(ok)
    assert.equals("told", message)
  end)

  it("gives C a zero, and C goes on", function()
    local calls = 0
    local halve = bind(lib, "halve", "int", "int", "callback")
    local ok, message = pcall(halve, 8, int_callback(function()
      calls = calls + 1
      error("first", 0)
    end))
    assert.is_false(ok)
    assert.equals("first", message)
    assert.equals(1, calls)
  end)

  it("leaves nothing behind", function()
    for _ = 1, 100 do
      assert.is_false((pcall(apply, int_callback(function() error("again") end), 1)))
    end
    is_integer(apply(int_callback(function(x) return x end), 5), "5")
  end)

  it("is raised by a call of the callback itself", function()
    local ok, message = pcall(int_callback(function() error("inner", 0) end), 1)
    assert.is_false(ok)
    assert.equals("inner", message)
  end)
end)

describe("callbacks nest:", function()
  it("a call inside of a callback, to some depth", function()
    local recurse = bind(callbacks, "recurse", "int", "callback", "int")
    local cb
    cb = int_callback(function(n) return recurse(cb, n) end)
    is_integer(recurse(cb, 40), "40")
  end)

  it("a sort inside of a comparison", function()
    local qsort = bind(alien.default, "qsort", "void", "pointer", "size_t", "size_t", "callback")
    local inner = alien.callback(function(a, b) return b - a end, "int", "ref int", "ref int")
    local sorted
    local outer = alien.callback(function(a, b)
      local array = alien.array("int", { 1, 3, 2 })
      qsort(array.buffer, 3, 4, inner)
      sorted = { array[1], array[2], array[3] }
      return a - b
    end, "int", "ref int", "ref int")
    local array = alien.array("int", { 5, 4, 9, 1 })
    qsort(array.buffer, array.length, array.size, outer)
    assert.same({ 3, 2, 1 }, sorted)
    assert.same({ 1, 4, 5, 9 }, { array[1], array[2], array[3], array[4] })
  end)
end)

describe("callbacks and coroutines:", function()
  it("a callback runs in the coroutine that made the call", function()
    local inside
    local cb = int_callback(function(x)
      inside = coroutine.running()
      return x
    end)
    local co = coroutine.create(function() return (apply(cb, 5)) end)
    local ok, result = coroutine.resume(co)
    assert.is_true(ok)
    assert.equals(5, result)
    assert.equals(co, inside)
  end)

  it("a callback outlives the coroutine that made it", function()
    local cb = coroutine.wrap(function() return int_callback(function(x) return x + 100 end) end)()
    collect()
    is_integer(apply(cb, 5), "105")
  end)

  it("an attempt to yield out of one is an error", function()
    local cb = int_callback(function() coroutine.yield(1) end)
    local co = coroutine.create(function() apply(cb, 1) end)
    local ok, message = coroutine.resume(co)
    assert.is_false(ok)
    assert.matches("yield", message)
  end)
end)

describe("the life of a callback", function()
  it("goes on in C when its object is gone", function()
    local keep = bind(callbacks, "keep", "void", "callback")
    local call_kept = bind(callbacks, "call_kept", "int", "int")
    keep(int_callback(function(x) return x + 500 end))
    collect()
    local others = flood(200)
    collect()
    is_integer(call_kept(5), "505")
    bind(callbacks, "forget", "void")()
    assert.equals(200, #others)
  end)

  it("goes on when it is stored in a buffer", function()
    local handlers = alien.buffer(24)
    handlers:set(1, int_callback(function(x) return x * 3 end), "callback")
    handlers:set(9, alien.callback(function(x) return x / 2 end, "double", "double"), "callback")
    handlers:set(17, nil, "pointer")
    collect()
    flood(200)
    local fire = bind(callbacks, "fire", "double", "pointer", "int", "double")
    assert.equals(30.5, fire(handlers, 10, 1))
    local read = handlers:get(1, "callback")
    read:types("int", "int")
    is_integer(read(14), "42")
  end)

  it("ends with its object when nothing got its address", function()
    local weak = setmetatable({}, { __mode = "v" })
    do
      local held = {}
      weak[1] = held
      local cb = int_callback(function() return held and 1 or 0 end)
      is_integer(cb(1), "1")
      weak[2] = cb
    end
    collect()
    assert.is_nil(weak[2])
  end)
end)

describe("a callback on a foreign thread", function()
  it("answers zero and does not enter Lua", function()
    local ran = false
    local on_thread = bind(callbacks, "call_on_thread", "int", "callback", "int")
    is_integer(on_thread(int_callback(function()
      ran = true
      return 7
    end), 1), "0")
    assert.is_false(ran)
    is_integer(apply(int_callback(function(x) return x end), 3), "3")
  end)
end)
