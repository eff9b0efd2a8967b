-- Callbacks that fail, that nest and that run in coroutines.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local callback_library = require("spec.support.callback_library")

local fails, collect = helper.fails, helper.collect
local lib, int_callback, flood = callback_library.lib, callback_library.int_callback, callback_library.flood

after_each(function()
  lib.forget()
end)

describe("an error in a callback", function()
  local thread = coroutine.create(function() end)
  for _, row in ipairs({
    { "a string", "plain text" }, { "a table", { code = 5 } }, { "a number", 42 }, { "true", true }, { "false", false },
    { "a function", print }, { "a coroutine", thread }, { "a userdata", io.stdout }, { "a buffer", ffi.buffer(1) },
  }) do
    it("is raised unchanged: " .. row[1], function()
      local cb = int_callback(function() error(row[2], 0) end)
      local ok, message = pcall(lib.apply, cb, 1)
      assert.is_false(ok)
      assert.equals(row[2], message)
    end)
  end

  it("is raised unchanged: nil", function()
    local cb = int_callback(function() error(nil) end)
    local expected = helper.pack(pcall(error, nil))
    local got = helper.pack(pcall(lib.apply, cb, 1))
    assert.is_false(got[1])
    assert.equals(expected[2], got[2])
  end)

  it("keeps the position that error gave it", function()
    local cb = int_callback(function() error("with position") end)
    local _, message = pcall(lib.apply, cb, 1)
    assert.matches("callback_error_spec%.lua:%d+: with position$", message)
  end)

  it("of Lua's own making is raised as it is", function()
    local cb = int_callback(function(x) return x.field.field end)
    local _, message = pcall(lib.apply, cb, 1)
    assert.matches("callback_error_spec%.lua:%d+: attempt to index", message)
  end)

  it("is raised by every way to call", function()
    local object = {}
    local cb = int_callback(function() error(object) end)
    local types = { "pointer", "i32" }
    for _, call in ipairs({
      function() lib.apply(cb, 1) end,
      function() lib:call("apply", "i32", types, cb, 1) end,
      function() lib:callPtr(lib:getSymbol("apply"), "i32", types, cb, 1) end,
      function() lib:callInt("apply", types, cb, 1) end,
      function() lib:callVoid("apply", types, cb, 1) end,
    }) do
      local ok, message = pcall(call)
      assert.is_false(ok)
      assert.equals(object, message)
    end
  end)

  it("gives C zero there and in the later callbacks of the call, which do not run", function()
    local runs = 0
    local cb = int_callback(function(i)
      runs = runs + 1
      if i == 2 then
        error("at two", 0)
      end
      return 100 + i
    end)
    local results = ffi.cast(ffi.arena():allocArray("i32", 6), "i32")
    for i = 0, 5 do
      results[i] = -1
    end
    local ok, message = pcall(lib.call_n_collect, cb, 6, results)
    assert.is_false(ok)
    assert.equals("at two", message)
    assert.equals(3, runs)
    local got = {}
    for i = 0, 5 do
      got[#got + 1] = results[i]
    end
    assert.same({ 100, 101, 0, 0, 0, 0 }, got)
  end)

  it("gives C false, NULL and 0.0 for other types", function()
    local function failing(ret, args)
      return ffi.callback(function() error("zero", 0) end, ret, args)
    end
    local words = 0
    local cb = ffi.callback(function()
      words = words + 1
      error("zero", 0)
    end, "bool", { "string", "pointer" })
    pcall(lib.call, lib, "each_word", "void", { "string", "pointer", "pointer" }, "a b c", cb, nil)
    assert.equals(1, words)
    local value = ffi.buffer(8)
    value:write(0, "f64", 5)
    for _, row in ipairs({ { "f64", "call_f64" }, { "string", "call_string" }, { "pointer", "call_pointer" } }) do
      local ok, message = pcall(lib.call, lib, row[2], row[1], { "pointer", row[1] }, failing(row[1], { row[1] }),
        row[1] == "f64" and 1.5 or nil)
      assert.is_false(ok)
      assert.equals("zero", message)
    end
  end)

  it("is over when it was raised: the next call runs its callbacks", function()
    local bad = int_callback(function() error("bad", 0) end)
    local good = int_callback(function(x) return x + 1 end)
    for i = 1, 100 do
      assert.is_false((pcall(lib.apply, bad, i)))
      assert.equals(i + 1, lib.apply(good, i))
    end
  end)

  it("can be caught between nested calls", function()
    local inner = int_callback(function() error({ "inner" }) end)
    local caught
    local outer = int_callback(function(x)
      local ok, message = pcall(lib.apply, inner, x)
      caught = not ok and message[1]
      return x * 2
    end)
    helper.is_integer(lib.apply(outer, 21), "42")
    assert.equals("inner", caught)
  end)

  it("passes through nested calls unchanged when nobody catches it", function()
    local object = {}
    local cb = int_callback(function() error(object) end)
    for _ = 1, 10 do
      local inner = cb
      cb = int_callback(function(x) return lib.apply(inner, x) end)
    end
    local ok, message = pcall(lib.apply, cb, 1)
    assert.is_false(ok)
    assert.equals(object, message)
  end)

  -- A callback need not run inside the C function that was called: the destructor of a library calls
  -- one when the library is closed.
  local function with_destructor(fn, use)
    local file = assert(io.open(callback_library.path, "rb"))
    local image = file:read("*a")
    file:close()
    helper.with_tempfile(image, function(path)
      helper.with_tempfile("", function(log)
        local other = ffi.load(path)
        other:call("call_at_unload", "void", { "pointer", "i32", "string" }, int_callback(fn), 5, log)
        use(other)
      end)
    end)
  end

  it("of a library's destructor that a callback closes is raised by the call around it", function()
    local object = {}
    with_destructor(function() error(object) end, function(other)
      local after
      local cb = int_callback(function(x)
        local text = "kept " .. x
        other:close()
        after = text
        return x
      end)
      local ok, message = pcall(lib.apply, cb, 1)
      assert.is_false(ok)
      assert.equals(object, message)
      assert.equals("kept 1", after)
    end)
    helper.is_integer(lib.apply(int_callback(function(x) return x end), 8), "8")
  end)

  it("of a library's destructor that a coroutine in a callback closes is raised by the call around it", function()
    local object = {}
    with_destructor(function() error(object) end, function(other)
      local cb = int_callback(function(x)
        coroutine.wrap(function() other:close() end)()
        return x
      end)
      local co = coroutine.create(function() lib.apply(cb, 1) end)
      local ok, message = coroutine.resume(co)
      assert.is_false(ok)
      assert.equals(object, message)
    end)
    helper.is_integer(lib.apply(int_callback(function(x) return x end), 8), "8")
  end)

  it("of a library's destructor does not hide an error of the callback around it", function()
    with_destructor(function() error("of the destructor", 0) end, function(other)
      local cb = int_callback(function()
        other:close()
        error("of the callback", 0)
      end)
      local ok, message = pcall(lib.apply, cb, 1)
      assert.is_false(ok)
      assert.is_true(message == "of the destructor" or message == "of the callback", tostring(message))
    end)
  end)

  it("of a library's destructor outside of any call goes to the handler", function()
    local object, handled = {}, nil
    ffi.onCallbackError(function(message) handled = message end)
    with_destructor(function() error(object) end, function(other) other:close() end)
    ffi.onCallbackError(nil)
    assert.equals(object, handled)
  end)

  it("reaches a message handler once", function()
    local cb = int_callback(function() error("traced", 0) end)
    local handled = 0
    local ok, message = xpcall(function() return (lib.apply(cb, 1)) end, function(text)
      handled = handled + 1
      return text .. "!"
    end)
    assert.is_false(ok)
    assert.equals("traced!", message)
    assert.equals(1, handled)
  end)

  it("leaves nothing behind, thousands of times", function()
    local cb = int_callback(function() error("again", 0) end)
    pcall(lib.apply, cb, 1)
    collect()
    local before = collectgarbage("count")
    for _ = 1, 3000 do
      pcall(lib.apply, cb, 1)
    end
    collect()
    assert.is_true(collectgarbage("count") - before < 500)
  end)
end)

describe("callbacks and coroutines:", function()
  it("a callback runs in the coroutine that made the call", function()
    local inside
    local cb = int_callback(function(x)
      inside = coroutine.running()
      return x
    end)
    local co = coroutine.create(function() return (lib.apply(cb, 5)) end)
    local ok, result = coroutine.resume(co)
    assert.is_true(ok)
    assert.equals(5, result)
    assert.equals(co, inside)
    local main = coroutine.running()
    lib.apply(cb, 5)
    assert.equals(main, inside)
  end)

  it("an error in it is an error in that coroutine alone", function()
    local object = {}
    local cb = int_callback(function() error(object) end)
    local co = coroutine.create(function() lib.apply(cb, 1) end)
    local ok, message = coroutine.resume(co)
    assert.is_false(ok)
    assert.equals(object, message)
    assert.equals("dead", coroutine.status(co))
    helper.is_integer(lib.apply(int_callback(function(x) return x end), 4), "4")
  end)

  it("a callback outlives the coroutine that made it", function()
    local function make()
      lib.keep(int_callback(function(x) return x + 100 end))
    end
    coroutine.wrap(make)()
    collect()
    flood(200)
    helper.is_integer(lib.call_kept(5), "105")
  end)

  it("a callback outlives a coroutine that made it and died of an error", function()
    local co = coroutine.create(function()
      lib.keep(int_callback(function(x) return x + 200 end))
      error("dies")
    end)
    assert.is_false((coroutine.resume(co)))
    co = nil -- luacheck: ignore 311
    collect()
    helper.is_integer(lib.call_kept(5), "205")
  end)

  it("a callback outlives a coroutine that was never finished", function()
    do
      local co = coroutine.create(function()
        local cb = int_callback(function(x) return x + 300 end)
        lib.keep(cb)
        lib.apply(cb, 1)
        coroutine.yield()
      end)
      coroutine.resume(co)
    end
    collect()
    helper.is_integer(lib.call_kept(5), "305")
  end)

  it("a coroutine may run inside a callback, with calls of its own", function()
    local inner = int_callback(function(x) return x + 1 end)
    local outer = int_callback(function(x)
      local co = coroutine.wrap(function()
        coroutine.yield((lib.apply(inner, x)))
        coroutine.yield((lib.apply(inner, x * 10)))
      end)
      return co() + co()
    end)
    helper.is_integer(lib.apply(outer, 5), "57")
  end)

  it("coroutines that call in turn do not disturb each other", function()
    local seen = {}
    local cb = int_callback(function(x)
      seen[#seen + 1] = x
      return x
    end)
    local threads = {}
    for i = 1, 5 do
      threads[i] = coroutine.wrap(function()
        for round = 1, 4 do
          lib.apply(cb, round * 10 + i)
          coroutine.yield()
        end
      end)
    end
    for _ = 1, 4 do
      for i = 1, 5 do
        threads[i]()
      end
    end
    assert.equals(20, #seen)
    assert.equals(11, seen[1])
    assert.equals(45, seen[20])
  end)

  it("a yield inside a callback is an error of the call", function()
    local cb = int_callback(function(x)
      coroutine.yield(x)
      return x
    end)
    local co = coroutine.create(function()
      local ok, message = pcall(function() lib.apply(cb, 5) end)
      return ok, message
    end)
    local _, ok, message = coroutine.resume(co)
    assert.equals("dead", coroutine.status(co))
    assert.is_false(ok)
    assert.matches("yield", message)
    helper.is_integer(lib.apply(int_callback(function(x) return x end), 6), "6")
  end)

  it("a yield inside a callback of the main program is an error too", function()
    local cb = int_callback(function() coroutine.yield() end)
    local ok, message = pcall(lib.apply, cb, 5)
    assert.is_false(ok)
    assert.matches("yield", message)
  end)

  it("a yield across a callback from a coroutine inside it is no problem", function()
    local cb = int_callback(function(x)
      local generate = coroutine.wrap(function()
        for i = 1, x do
          coroutine.yield(i)
        end
      end)
      local total = 0
      for i in generate do
        total = total + i
      end
      return total
    end)
    helper.is_integer(lib.apply(cb, 10), "55")
  end)
end)

describe("nested callbacks", function()
  it("may be the same callback", function()
    local cb
    cb = int_callback(function(n)
      if n <= 1 then
        return 1
      end
      return n * lib.apply(cb, n - 1)
    end)
    helper.is_integer(lib.apply(cb, 10), "3628800")
    helper.is_integer(lib.call_twice(int_callback(function(x) return x * 3 end), 2), "18")
  end)

  it("may sort inside a sort", function()
    local function sorted(values, compare)
      local items = ffi.cast(ffi.arena():allocArray("i32", #values), "i32")
      for i, value in ipairs(values) do
        items[i - 1] = value
      end
      lib:call("sort_ints", "usize", { "pointer", "usize", "pointer" }, items, #values,
        ffi.callback(compare, "i32", { "ref i32", "ref i32" }))
      local result = {}
      for i = 0, #values - 1 do
        result[#result + 1] = items[i]
      end
      return result
    end
    local result = sorted({ 3, 1, 2 }, function(a, b)
      assert.same({ 1, 2, 3 }, sorted({ 2, 3, 1 }, function(x, y) return x - y end))
      return b - a
    end)
    assert.same({ 3, 2, 1 }, result)
  end)

  it("may make new callbacks, call them and drop them", function()
    local cb = int_callback(function(x)
      local total = 0
      for i = 1, 50 do
        total = total + lib.apply(int_callback(function(y) return y + i end), x)
      end
      collect()
      return total
    end)
    helper.is_integer(lib.apply(cb, 2), "1375")
  end)
end)

describe("ffi.onCallbackError", function()
  it("gives the handler before", function()
    local one, two = function() end, function() end
    assert.is_nil(ffi.onCallbackError(one))
    assert.equals(one, ffi.onCallbackError(two))
    assert.equals(two, ffi.onCallbackError(nil))
    assert.is_nil(ffi.onCallbackError(nil))
  end)

  for _, value in ipairs({ 5, "handler", {}, true }) do
    it("refuses a " .. type(value), function()
      fails(function() ffi.onCallbackError(value) end,
        "bad argument #1 to 'onCallbackError'", "function", "expected, got " .. type(value))
      assert.is_nil(ffi.onCallbackError(nil))
    end)
  end

  it("is not asked about errors that a call raises", function()
    local asked = false
    ffi.onCallbackError(function() asked = true end)
    assert.is_false((pcall(lib.apply, int_callback(function() error("x") end), 1)))
    ffi.onCallbackError(nil)
    assert.is_false(asked)
  end)
end)
