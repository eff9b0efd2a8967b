-- States in many threads at once, and states that are handed from thread to thread, in interpreters of their own.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local HOSTS, CALLBACKS = helper.fixture("hosts"), helper.fixture("callbacks")

-- Runs a script with the host functions; checks that it ends well; returns what it printed.
local PRELUDE = ([[
local HOSTS, CALLBACKS = %q, %q
local ffi = require("lunaffi")
local hosts = ffi.load(HOSTS, {
  states_in_threads = { args = { "i32", "i32", "string", "pointer" }, ret = "i32" },
  call_after_thread = { args = { "string", "string", "i32", "pointer" }, ret = "i32" },
})
-- The start of a chunk for another state: it finds the same modules.
local HEAD = ("package.path, package.cpath = %%q, %%q\nlocal HOSTS, CALLBACKS = %%q, %%q\n"):format(
  package.path, package.cpath, HOSTS, CALLBACKS)
local text = ffi.buffer(2100)
]]):format(HOSTS, CALLBACKS)

local function run(script)
  return helper.with_tempfile(PRELUDE .. script, function(path)
    local output, status = interpreter.run(path)
    assert.equals(0, status, output)
    return output
  end)
end

describe("States in threads", function()
  local ROUNDS = [[
    print(hosts.states_in_threads(4, %d, HEAD .. %q, text), ffi.string(text))
  ]]

  it("make, give other types to and release closures at once", function()
    assert.equals("8\tfine\n", run(ROUNDS:format(2, [[
      local alien = require("lunaffi.alien")
      for _ = 1, 20 do
        local all = {}
        for i = 1, 3000 do
          all[i] = alien.callback(function(x) return x end, "int", "int")
        end
        for i = 1, 3000 do
          all[i]:types("double", "double")
        end
        all = nil
        collectgarbage()
        collectgarbage()
      end
      return "fine"
    ]])))
  end)

  it("make and free callbacks that take structs, and more than there are trampolines", function()
    assert.equals("8\tfine\n", run(ROUNDS:format(2, [[
      local ffi = require("lunaffi")
      local point = ffi.struct({ { "x", "f64" }, { "y", "f64" } })
      local lib = ffi.load(CALLBACKS, { call_point = { args = { "pointer", point }, ret = point } })
      for round = 1, 10 do
        local all = {}
        for i = 1, 3000 do
          local types = i % 2 == 0 and point or "i32"
          all[i] = ffi.callback(function(v) return v end, types, { types })
        end
        local given = lib.call_point(all[2], { x = round, y = 2 })
        assert(given.x == round and given.y == 2)
        for i = 1, 3000 do
          all[i]:free()
        end
      end
      return "fine"
    ]])))
  end)
end)

describe("A thread that ends after it ran a state", function()
  -- The fixture waits for a thread whose errno lies where the ended thread's did.
  it("leaves the state's callbacks to none that begins later, before that calls something", function()
    local output = run([[
      print(hosts.call_after_thread(HEAD .. [=[
        ffi = require("lunaffi")
        told, calls = 0, 0
        ffi.onCallbackError(function() told = told + 1 end)
        hosts = ffi.load(HOSTS, { leave = { args = { "pointer" } } })
        lib = ffi.load(CALLBACKS, { apply = { args = { "pointer", "i32" }, ret = "i32" } })
        cb = ffi.callback(function(x)
          calls = calls + 1
          return x + 1
        end, "i32", { "i32" })
        hosts.leave(cb)
        return ("%d"):format(lib.apply(cb, 1))
      ]=], [=[
        local before = calls
        return ("%d\t%d\t%d\t%d"):format(before, lib.apply(cb, 4), calls, told)
      ]=], 7, text))
      io.write(ffi.string(text))
    ]])
    assert.equals("0\n2\n1\t5\t2\t1\n", output)
  end)
end)

describe("Eight threads with states of their own", function()
  -- Ten thousand states where Lua itself takes little time to make one, else enough to see that it works there too.
  local ROUNDS = helper.version == "lua5.4" and 1250 or 25

  it("make, use and close everything", function()
    assert.equals(("%d\tfine\n"):format(8 * ROUNDS), run(([[
      print(hosts.states_in_threads(8, %d, HEAD .. %q, text), ffi.string(text))
    ]]):format(ROUNDS, [[
      local ffi = require("lunaffi")
      local lib = ffi.load(CALLBACKS, {
        apply = { args = { "pointer", "i32" }, ret = "i32" },
        count_calls = { args = { "pointer", "i32" }, ret = "i32" },
        call_string = { args = { "pointer", "string" }, ret = "string" },
      })
      -- Memory.
      local arena = ffi.arena()
      local memory, typed = arena:alloc(4096), ffi.cast(arena:allocArray("i32", 10), "i32")
      typed[9] = 9
      memory:write(8, "f64", 0.5)
      local buffer = ffi.buffer(16)
      ffi.copy(buffer, typed, 16)
      assert(typed[9] == 9 and memory:read(8, "f64") == 0.5 and buffer:slice(4, 8).size == 8)
      local pair = ffi.struct({ { "a", "i32" }, { "next", "pointer" } })
      local own = pair:new({ a = 3, next = memory })
      assert(own.a == 3 and own.next.addr == memory.addr)
      ffi.gc(own, function() end)
      -- Callbacks: trampolines and closures, freed and left.
      ffi.cdef("typedef struct { int x, y; } pair_of_ints;")
      local by_value = ffi.struct({ { "x", "f64" }, { "y", "f64" } })
      local points = ffi.load(CALLBACKS, { call_point = { args = { "pointer", by_value }, ret = by_value } })
      local kept = {}
      for i = 1, 3 do
        local cb = ffi.callback(function(x) return x + i end, "i32", { "i32" })
        assert(lib.apply(cb, 1) == i + 1 and lib.count_calls(cb, 5) == 5)
        local swap = ffi.callback(function(p) return { x = p.y, y = p.x } end, by_value, { by_value })
        local swapped = points.call_point(swap, { x = i, y = 2 })
        assert(swapped.x == 2 and swapped.y == i)
        swap:free()
        kept[i] = i == 1 and cb or cb:free()
      end
      local failing = ffi.callback(function() error("failed", 0) end, "i32", { "i32" })
      assert(select(2, pcall(lib.apply, failing, 1)) == "failed")
      failing:free()
      local text = ffi.callback(function(s) return s .. "!" end, "string", { "string" })
      assert(lib.call_string(text, "text") == "text!")
      text:free()
      assert(coroutine.wrap(function() return lib.apply(kept[1], 4) end)() == 5)
      -- LuaJIT's API.
      local lj = require("lunaffi.luajit")
      lj.cdef("typedef struct { int x; struct { char c[4]; } in; } t; int apply2(int (*cb)(int, int), int a, int b);")
      local t = lj.metatype("t", {
        __add = function(a, b) return a.x + b.x end,
        __index = { double = function(v) return v.x * 2 end },
      })
      local v = t(4, { "abc" })
      assert(v + v == 8 and v:double() == 8 and lj.string(v["in"].c) == "abc")
      local numbers = lj.load(CALLBACKS)
      local converted = lj.cast("int (*)(int, int)", function(a, b) return a * b end)
      assert(numbers.apply2(converted, 6, 7) == 42)
      converted:free()
      assert(numbers.apply2(function(a, b) return a - b end, 6, 7) == -1)
      lj.gc(lj.new("char[100]"), function() end)
      -- Alien.
      local al = require("lunaffi.alien")
      local old = al.load(CALLBACKS)
      old.apply:types("int", "callback", "int")
      assert(old.apply(al.callback(function(x) return x * 3 end, "int", "int"), 5) == 15)
      local array = al.array("int", { 1, 2, 3 })
      assert(array[2] == 2)
      local bytes = al.buffer("hello")
      assert(bytes:tostring(4) == "hell")
      -- All of it goes, now or with the state.
      arena:reset()
      arena:free()
      ffi.load(HOSTS):close()
      return "fine"
    ]])))
  end)
end)
