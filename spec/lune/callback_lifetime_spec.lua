-- How long a callback lives: while C keeps its address, until it is freed, on foreign threads, by the thousand.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local callback_library = require("spec.support.callback_library")

local fails, collect = helper.fails, helper.collect
local lib, int_callback, flood = callback_library.lib, callback_library.int_callback, callback_library.flood
local globals = ffi.load(helper.fixture("globals"))

after_each(function()
  lib.forget()
end)

describe("a callback that C keeps", function()
  it("answers after its object was collected, and nothing else does", function()
    lib.keep(int_callback(function(x) return x + 7 end))
    collect()
    local others = flood(3000)
    collect()
    helper.is_integer(lib.call_kept(5), "12")
    assert.equals(3000, #others)
  end)

  it("answers when only its ptr was passed", function()
    do
      local cb = int_callback(function(x) return x + 8 end)
      lib.keep(cb.ptr)
    end
    collect()
    flood(1000)
    helper.is_integer(lib.call_kept(5), "13")
  end)

  for _, row in ipairs({
    { "an arena's memory with write", function(memory, cb) memory:write(0, "pointer", cb) end },
    { "an arena's memory with ffi.write", function(memory, cb) ffi.write(memory, 0, "pointer", cb) end },
    { "an arena's memory by index", function(memory, cb) ffi.cast(memory, "pointer")[0] = cb end },
    { "a field of a view", function(memory, cb)
      ffi.view(memory, ffi.struct({ { "on_int", "pointer" }, { "on_double", "pointer" } })).on_int = cb
    end },
    { "an arena's memory as ptr", function(memory, cb) memory:write(0, "pointer", cb.ptr) end },
  }) do
    it("through " .. row[1] .. " answers after its object was collected", function()
      local memory = ffi.arena():alloc(24)
      row[2](memory, int_callback(function(x) return x + 30 end))
      collect()
      flood(1000)
      collect()
      assert.equals(35, lib:call("fire", "f64", { "pointer", "i32", "f64" }, memory, 5, 0))
    end)
  end

  it("through a buffer answers after its object was collected", function()
    local buffer = ffi.buffer(24)
    buffer:write(8, "pointer", ffi.callback(function(x) return x * 2 end, "f64", { "f64" }))
    collect()
    flood(1000)
    assert.equals(5, lib:call("fire", "f64", { "pointer", "i32", "f64" }, buffer, 1, 2.5))
  end)

  it("through a struct's initial values answers after its object was collected", function()
    local Handlers = ffi.struct({ { "on_int", "pointer" }, { "on_double", "pointer" }, { "user", "pointer" } })
    local handlers = Handlers:new({
      on_int = int_callback(function(x) return x end),
      on_double = ffi.callback(function(x) return x / 2 end, "f64", { "f64" }),
    })
    collect()
    flood(1000)
    assert.equals(6, lib:call("fire", "f64", { "pointer", "i32", "f64" }, handlers, 5, 2))
  end)

  it("through a C variable answers after its object was collected", function()
    globals:getSymbol("handler"):write(0, "pointer", int_callback(function(x) return x + 9 end))
    collect()
    flood(1000)
    helper.is_integer(globals:call("call_handler", "i32", { "i32" }, 5), "14")
    globals:callVoid("reset_globals")
  end)

  it("keeps what its function refers to", function()
    local alive = setmetatable({}, { __mode = "v" })
    do
      local object = { value = 11 }
      alive.object = object
      lib.keep(int_callback(function(x) return x + object.value end))
    end
    collect()
    assert.is_table(alive.object)
    helper.is_integer(lib.call_kept(1), "12")
  end)

  it("raises its errors from the call that runs it", function()
    local object = {}
    lib.keep(int_callback(function() error(object) end))
    collect()
    local ok, message = pcall(lib.call_kept, 1)
    assert.is_false(ok)
    assert.equals(object, message)
  end)
end)

describe("free", function()
  it("makes a callback invalid and leaves it readable", function()
    local cb = int_callback(print)
    assert.equals(0, select("#", cb:free()))
    assert.is_false(cb.isValid)
    assert.equals("i32", cb.retType)
    assert.equals(1, cb.argCount)
    assert.equals("string", type(tostring(cb)))
    assert.equals("FfiCallback", getmetatable(cb))
  end)

  it("makes passing and calling it raise", function()
    local cb = int_callback(function() return 5 end)
    local pointer = ffi.arena():alloc(8)
    cb:free()
    fails(function() lib.apply(cb, 1) end, "bad argument #1 to 'apply'", "callback has been freed")
    fails(function() lib:call("apply", "i32", { "pointer", "i32" }, cb, 1) end, "callback has been freed")
    fails(function() lib:callPtr(cb, "i32", { "i32" }, 1) end, "callback has been freed")
    fails(function() cb(1) end, "callback has been freed")
    fails(function() pointer:write(0, "pointer", cb) end, "callback has been freed")
    assert.is_nil(pointer:read(0, "pointer"))
  end)

  it("makes C that still calls it get zeros, never another function", function()
    local runs = 0
    local cb = int_callback(function()
      runs = runs + 1
      return 5
    end)
    lib.keep(cb)
    helper.is_integer(lib.call_kept(1), "5")
    cb:free()
    helper.is_integer(lib.call_kept(1), "0")
    cb = nil -- luacheck: ignore 311
    collect()
    flood(3000)
    helper.is_integer(lib.call_kept(1), "0")
    assert.equals(1, runs)
  end)

  it("gives C zeros of the callback's own type", function()
    local cb = ffi.callback(function(x) return x end, "f64", { "f64" })
    local pointer = ffi.ptr(cb.ptr)
    cb:free()
    assert.equals(0, lib:call("call_f64", "f64", { "pointer", "f64" }, pointer, 2.5))
    local Big = ffi.struct({ { "v", "f64", 16 } })
    local make = ffi.callback(function() return { v = { 1, 2, 3 } } end, Big, { Big })
    pointer = ffi.ptr(make.ptr)
    make:free()
    local result = lib:call("call_big", Big, { "pointer", Big }, pointer, {})
    assert.equals(("\0"):rep(128), ffi.string(result, 128))
  end)

  it("releases the function", function()
    local alive = setmetatable({}, { __mode = "v" })
    local cb
    do
      local object = {}
      alive.object = object
      cb = int_callback(function() return object and 1 end)
    end
    collect()
    assert.is_table(alive.object)
    cb:free()
    collect()
    assert.is_nil(alive.object)
    assert.is_false(cb.isValid)
  end)

  it("may come from inside the callback, whose result is refused as ever", function()
    for _, types in ipairs({ { "i32", { "i32" } }, { ffi.struct({ { "v", "f64", 16 } }), {} } }) do
      local cb
      cb = ffi.callback(function()
        cb:free()
        return "text"
      end, types[1], types[2])
      fails(function() cb(helper.unpack({ 5 }, 1, #types[2])) end, "bad result of callback", "expected, got string")
    end
  end)

  it("may come from inside the callback, which still returns its result", function()
    local cb
    cb = int_callback(function(x)
      cb:free()
      collect()
      flood(100)
      return x + 1
    end)
    helper.is_integer(lib.apply(cb, 5), "6")
    assert.is_false(cb.isValid)
    fails(function() lib.apply(cb, 5) end, "callback has been freed")
  end)

  it("may come from inside the callback, and C gets zeros from then on", function()
    local cb
    local runs = 0
    cb = int_callback(function(i)
      runs = runs + 1
      if i == 1 then
        cb:free()
      end
      return 100 + i
    end)
    local results = ffi.buffer(16)
    helper.is_integer(lib.call_n_collect(cb, 4, results), "4")
    assert.equals(100, results:read(0, "i32"))
    assert.equals(101, results:read(4, "i32"))
    assert.equals(0, results:read(8, "i32"))
    assert.equals(0, results:read(12, "i32"))
    assert.equals(2, runs)
  end)

  it("may come from an inner run of the same callback", function()
    local cb
    cb = int_callback(function(n)
      if n == 0 then
        cb:free()
        collect()
        return 1
      end
      return 10 + lib.apply(cb, n - 1)
    end)
    helper.is_integer(lib.apply(cb, 3), "31")
    assert.is_false(cb.isValid)
  end)

  it("may come before an error in the callback", function()
    local object = {}
    local cb
    cb = int_callback(function()
      cb:free()
      error(object)
    end)
    local ok, message = pcall(lib.apply, cb, 1)
    assert.is_false(ok)
    assert.equals(object, message)
  end)

  it("may be repeated", function()
    local cb = int_callback(print)
    cb:free()
    cb:free()
    assert.is_false(cb.isValid)
  end)
end)

describe("a callback on a foreign thread", function()
  -- Foreign threads leave a record that reaches the handler at a lunaffi call of the owner.
  local messages

  before_each(function()
    messages = {}
    ffi.onCallbackError(function(message) messages[#messages + 1] = message end)
  end)

  after_each(function()
    lib.has_kept()
    ffi.onCallbackError(nil)
  end)

  it("never enters Lua: C gets zero and the handler a message", function()
    local runs = 0
    local cb = int_callback(function()
      runs = runs + 1
      return 5
    end)
    helper.is_integer(lib.call_on_thread(cb, 1), "0")
    lib.has_kept()
    assert.equals(0, runs)
    assert.is_true(#messages >= 1)
    assert.equals("string", type(messages[1]))
    assert.matches("thread", messages[1])
    helper.is_integer(lib.apply(cb, 1), "5")
    assert.equals(1, runs)
  end)

  it("gets zeros however many threads call at once", function()
    local runs = 0
    local cb = int_callback(function()
      runs = runs + 1
      return 5
    end)
    local calls, sum = lib.call_from_threads(cb, 8, 500, nil)
    helper.is_integer(calls, "4000")
    helper.is_integer(sum, "0")
    assert.equals(0, runs)
  end)

  it("gets zero while Lua goes on elsewhere", function()
    local cb = int_callback(function() return 5 end)
    assert.is_true(lib.start_caller(cb, 1, 20))
    local garbage = {}
    for i = 1, 20000 do
      garbage[i % 100] = { lib.apply(cb, i) }
    end
    helper.is_integer(lib.join_caller(), "0")
    assert.same({ 5 }, garbage[99])
  end)

  it("does no harm while the same callback runs in Lua, is freed and collected", function()
    local cb = int_callback(function(x) return x end)
    assert.is_true(lib.start_hammer(cb))
    for i = 1, 2000 do
      assert.equals(i, lib.apply(cb, i))
    end
    collect()
    cb:free()
    cb = nil -- luacheck: ignore 311
    flood(500)
    collect()
    assert.is_true(lib.stop_hammer() > 0)
    helper.is_integer(lib.apply(int_callback(function(x) return x + 1 end), 1), "2")
  end)
end)

describe("many callbacks:", function()
  it("five thousand at once, each answering for itself", function()
    local list = {}
    for i = 1, 5000 do
      list[i] = int_callback(function(x) return x + i end)
    end
    for i = 1, 5000 do
      assert.equals(i + 1, lib.apply(list[i], 1))
    end
    local addresses = {}
    for i = 1, 5000 do
      addresses[ffi.ptr(list[i].ptr).addr] = true
    end
    local distinct = 0
    for _ in pairs(addresses) do
      distinct = distinct + 1
    end
    assert.equals(5000, distinct)
  end)

  it("twenty thousand made, used and freed one after the other", function()
    for i = 1, 20000 do
      local cb = int_callback(function(x) return x + i end)
      if i % 100 == 0 then
        assert.equals(i + 1, lib.apply(cb, 1))
      end
      cb:free()
    end
    helper.is_integer(lib.apply(int_callback(function(x) return x end), 1), "1")
  end)

  it("twenty thousand made and dropped", function()
    local last
    for i = 1, 20000 do
      last = int_callback(function(x) return x + i end)
    end
    collect()
    helper.is_integer(lib.apply(last, 1), "20001")
  end)

  it("thousands freed while C still has their addresses answer zero", function()
    local addresses = {}
    for i = 1, 2000 do
      local cb = int_callback(function(x) return x + i end)
      lib.keep(cb)
      addresses[i] = ffi.ptr(cb.ptr)
      cb:free()
    end
    local others = flood(2000)
    for i = 1, 2000, 50 do
      helper.is_integer(lib.apply(addresses[i], 1), "0")
      assert.equals(1000000 + i, lib.apply(others[i], 1))
    end
  end)
end)
