-- ffi.gc: a finalizer for a pointer, its removal and replacement, what it keeps alive, errors in
-- it, and the close of the state.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local fails = helper.fails
local collect = helper.collect

local foos = ffi.load(helper.fixture("structs"), {
  create_foo = { args = { "i32" }, ret = "pointer" },
  foo_value = { args = { "pointer" }, ret = "i32" },
  destroy_foo = { args = { "pointer" } },
  live_foos = { ret = "i32" },
  destroyed_foos = { ret = "i32" },
  last_destroyed_foo = { ret = "i32" },
  foo_errors = { ret = "i32" },
  foo_reset_counters = {},
})

local pair = ffi.struct({ { "a", "i32" }, { "b", "i32" } }, { name = "Pair" })

-- A finalizer that counts its calls in the table it returns.
local function counter()
  local calls = { n = 0 }
  return function()
    calls.n = calls.n + 1
  end, calls
end

local kinds = {
  { "RawPointer", function() return ffi.arena():alloc(8) end },
  { "TypedPointer", function() return ffi.cast(ffi.arena():alloc(8), "i32") end },
  { "StructView", function() return pair:new() end },
  { "Buffer", function() return ffi.buffer(8) end },
  { "unmanaged RawPointer", function() return ffi.ptr(4096) end },
}

for _, kind in ipairs(kinds) do
  describe("ffi.gc of a " .. kind[1], function()
    it("returns the very object", function()
      local pointer = kind[2]()
      assert.is_true(rawequal(pointer, ffi.gc(pointer, counter())))
      assert.is_true(rawequal(pointer, ffi.gc(pointer, nil)))
    end)

    it("runs the finalizer once, when the object is unreachable and not before", function()
      local finalizer, calls = counter()
      local pointer = ffi.gc(kind[2](), finalizer)
      collect()
      assert.equals(0, calls.n)
      assert.equals("userdata", type(pointer))
      pointer = nil -- luacheck: ignore
      collect()
      assert.equals(1, calls.n)
      collect()
      assert.equals(1, calls.n)
    end)

    it("hands the finalizer the object", function()
      local name, address
      local expected
      do
        local pointer = ffi.gc(kind[2](), function(object, ...)
          name = getmetatable(object)
          address = ffi.ptr(object).addr
          assert(select("#", ...) == 0)
        end)
        expected = ffi.ptr(pointer).addr
      end
      collect()
      assert.equals(kind[1]:match("%w+$"), name)
      assert.equals(expected, address)
    end)

    it("runs nothing after removal with nil", function()
      local finalizer, calls = counter()
      local pointer = ffi.gc(kind[2](), finalizer)
      ffi.gc(pointer, nil)
      pointer = nil -- luacheck: ignore
      collect()
      assert.equals(0, calls.n)
    end)

    it("runs only the last finalizer that was set", function()
      local first, first_calls = counter()
      local second, second_calls = counter()
      local third, third_calls = counter()
      local pointer = ffi.gc(kind[2](), first)
      ffi.gc(pointer, second)
      ffi.gc(pointer, nil)
      ffi.gc(pointer, third)
      pointer = nil -- luacheck: ignore
      collect()
      assert.equals(0, first_calls.n)
      assert.equals(0, second_calls.n)
      assert.equals(1, third_calls.n)
    end)
  end)
end

-- Compiled code leaves behind what it has seen, for the collector to find.
if helper.is_luajit then
  require("jit").off()
end

describe("ffi.gc", function()
  it("accepts removal where nothing was set", function()
    local pointer = ffi.arena():alloc(8)
    assert.is_true(rawequal(pointer, ffi.gc(pointer, nil)))
    assert.equals(0, pointer:read(0, "i32"))
  end)

  it("runs finalizers in the reverse order of creation", function()
    local order = {}
    local held = {}
    for i = 1, 5 do
      held[i] = ffi.gc(ffi.arena():alloc(8), function()
        order[#order + 1] = i
      end)
    end
    collect()
    assert.equals(5, #held)
    assert.same({}, order)
    held = nil -- luacheck: ignore
    collect()
    assert.same({ 5, 4, 3, 2, 1 }, order)
  end)

  it("treats two pointers to one address as two", function()
    local order = {}
    local arena = ffi.arena()
    local raw = arena:alloc(8)
    local first = ffi.gc(raw + 0, function() order[#order + 1] = "first" end)
    local second = ffi.gc(raw + 0, function() order[#order + 1] = "second" end)
    assert.is_true(first == second)
    second = nil -- luacheck: ignore
    collect()
    assert.same({ "second" }, order)
    first = nil -- luacheck: ignore
    collect()
    assert.same({ "second", "first" }, order)
  end)

  it("runs every one of ten thousand finalizers once", function()
    local calls, sum = 0, 0
    for i = 1, 10000 do
      ffi.gc(ffi.ptr(i), function(pointer)
        calls = calls + 1
        sum = sum + pointer.addr
      end)
    end
    collect()
    assert.equals(10000, calls)
    assert.equals(10000 * 10001 / 2, sum)
  end)

  it("lets go of the finalizer that was removed or replaced", function()
    local weak = setmetatable({}, { __mode = "k" })
    local pointer = ffi.arena():alloc(8)
    for _ = 1, 3 do
      local finalizer = counter()
      weak[finalizer] = true
      ffi.gc(pointer, finalizer)
    end
    ffi.gc(pointer, nil)
    collect()
    assert.is_nil(next(weak))
  end)

  it("keeps the finalizer alive as long as the pointer", function()
    local calls = { n = 0 }
    local pointer = ffi.gc(ffi.arena():alloc(8), function()
      calls.n = calls.n + 1
    end)
    for _ = 1, 3 do
      collect()
      pointer:write(0, "i32", calls.n)
    end
    assert.equals(0, calls.n)
    pointer = nil -- luacheck: ignore
    collect()
    assert.equals(1, calls.n)
  end)

  it("collects a pointer that its own finalizer refers to", function()
    local seen
    do
      local pointer = ffi.arena():alloc(8)
      pointer:write(0, "i32", 31)
      ffi.gc(pointer, function()
        seen = pointer:read(0, "i32")
      end)
    end
    collect()
    assert.equals(31, seen)
  end)

  it("works from a coroutine that has died since", function()
    local finalizer, calls = counter()
    local pointer
    local co = coroutine.create(function()
      pointer = ffi.gc(ffi.arena():alloc(8), finalizer)
    end)
    coroutine.resume(co)
    co = nil -- luacheck: ignore
    collect()
    pointer:write(0, "i32", 1)
    assert.equals(0, calls.n)
    pointer = nil -- luacheck: ignore
    collect()
    assert.equals(1, calls.n)
  end)

  for _, row in ipairs({
    { "nil", nil }, { "a number", 4096 }, { "text", "text" }, { "a boolean", true }, { "a table", {} },
    { "a function", print }, { "lightuserdata", ffi.buffer(8).ptr }, { "ffi.null", ffi.null }, { "a file", io.stdout },
  }) do
    it("refuses " .. row[1] .. " as the pointer", function()
      local finalizer, calls = counter()
      fails(function() ffi.gc(row[2], finalizer) end, "bad argument #1 to 'gc'", "expected, got")
      fails(function() ffi.gc(row[2], nil) end, "bad argument #1 to 'gc'", "expected, got")
      collect()
      assert.equals(0, calls.n)
    end)
  end

  for _, row in ipairs({ { "a number", 5 }, { "text", "free" }, { "a boolean", false }, { "a table", {} } }) do
    it("refuses " .. row[1] .. " as the finalizer and keeps the one that was set", function()
      local finalizer, calls = counter()
      local pointer = ffi.gc(ffi.arena():alloc(8), finalizer)
      fails(function() ffi.gc(pointer, row[2]) end, "bad argument #2 to 'gc'", "function", "expected, got")
      pointer = nil -- luacheck: ignore
      collect()
      assert.equals(1, calls.n)
    end)
  end
end)

describe("A finalizer", function()
  it("can still read and write the memory, whatever else dies with it", function()
    local seen = {}
    do
      local raw = ffi.arena():alloc(16)
      raw:write(0, "i32", 11)
      ffi.gc(raw, function(p)
        p:write(4, "i32", p:read(0, "i32") + 1)
        seen.raw = p:read(4, "i32")
      end)
      local typed = ffi.cast(ffi.arena():alloc(16), "i32")
      typed[3] = 13
      ffi.gc(typed, function(p) seen.typed = p[3] end)
      local view = pair:new({ 5, 6 })
      ffi.gc(view, function(p) seen.view = p.b end)
      local buffer = ffi.buffer(8)
      buffer:writeString(0, "bytes")
      ffi.gc(buffer:slice(1, 4), function(p) seen.slice = p:readString() end)
    end
    collect()
    assert.same({ raw = 12, typed = 13, view = 6, slice = "ytes" }, seen)
  end)

  it("runs after its arena was reset, and then cannot use the memory", function()
    local ok, message
    do
      local arena = ffi.arena()
      ffi.gc(arena:alloc(8), function(p)
        ok, message = pcall(function() p:read(0, "i32") end)
      end)
      arena:reset()
    end
    collect()
    assert.is_false(ok)
    assert.is_truthy(message:find("use after reset of the arena", 1, true))
  end)

  it("may bring its object back, and does not run again", function()
    local saved = {}
    local calls = 0
    do
      ffi.gc(pair:new({ 77, 78 }), function(view)
        calls = calls + 1
        saved[1] = view
      end)
    end
    collect()
    assert.equals(1, calls)
    assert.equals(77, saved[1].a)
    assert.equals(78, ffi.cast(saved[1], "i32")[1])
    saved[1] = nil
    collect()
    assert.equals(1, calls)
  end)

  it("that brings back a pointer whose arena is gone makes its use an error, not a crash", function()
    local saved = {}
    do
      local raw = ffi.arena():alloc(8)
      raw:write(0, "i32", 77)
      ffi.gc(raw, function(p)
        saved[1] = p
      end)
    end
    collect()
    local ok, result = pcall(function() return (saved[1]:read(0, "i32")) end)
    if ok then
      assert.equals(77, result)
    else
      assert.is_truthy(result:find("use after free of the arena", 1, true))
    end
  end)

  it("may allocate, load, call C and set finalizers of others", function()
    local later, later_calls = counter()
    local value
    do
      ffi.gc(ffi.ptr(64), function()
        local buffer = ffi.buffer(64)
        buffer:write(0, "i32", 4)
        local lib = ffi.load(helper.fixture("numbers"), { twice = { args = { "i32" }, ret = "i32" } })
        value = lib.twice(buffer:read(0, "i32"))
        ffi.gc(ffi.arena():alloc(8), later)
        for _ = 1, 100 do
          ffi.arena():alloc(1000)
        end
      end)
    end
    collect()
    collect()
    assert.equals(8, value)
    assert.equals(1, later_calls.n)
  end)

  it("may collect garbage", function()
    local done = 0
    for _ = 1, 20 do
      ffi.gc(ffi.arena():alloc(8), function()
        collectgarbage("collect")
        done = done + 1
      end)
    end
    collect()
    assert.equals(20, done)
  end)

  it("that raises disturbs nobody: not the collector's caller, not other finalizers", function()
    local finalizer, calls = counter()
    for i = 1, 10 do
      ffi.gc(ffi.ptr(64), finalizer)
      ffi.gc(ffi.ptr(64), function()
        error(i % 2 == 0 and "finalizer failed" or { "finalizer failed" })
      end)
      ffi.gc(ffi.ptr(64), finalizer)
    end
    assert.is_true((pcall(collect)))
    assert.is_true((pcall(collect)))
    assert.equals(20, calls.n)
    assert.equals(4, ffi.buffer(4).size)
  end)

  it("may run in the middle of other work", function()
    local finalizer, calls = counter()
    local arena = ffi.arena()
    local raw = arena:alloc(64)
    local view = ffi.view(raw, pair)
    for i = 1, 2000 do
      ffi.gc(ffi.ptr(64), finalizer)
      view.a = i
      raw:write(8, "u64", i)
      assert.equals(i, raw:read(8, "u64"))
      assert.equals(i, view.a)
      if i % 100 == 0 then
        collectgarbage("step", 100)
      end
    end
    collect()
    assert.equals(2000, calls.n)
  end)
end)

describe("What points into an object with a finalizer keeps it from running:", function()
  for _, row in ipairs({
    { "p + n", function() return ffi.arena():alloc(16) end, function(p) return p + 4 end },
    { "offset", function() return ffi.ptr(4096) end, function(p) return p:offset(-8) end },
    { "a cast", function() return ffi.arena():alloc(16) end, function(p) return ffi.cast(p, "i32") end },
    { "a cast of unmanaged memory", function() return ffi.ptr(4096) end, function(p) return ffi.cast(p, "i32") end },
    { "toRaw", function() return ffi.cast(ffi.ptr(4096), "i32") end, function(p) return p:toRaw() end },
    { "a moved TypedPointer", function() return ffi.cast(ffi.ptr(4096), "u8") end, function(p) return p + 1 end },
    { "a view", function() return ffi.arena():alloc(16) end, function(p) return ffi.view(p, pair) end },
    { "a view's field pointer", function() return pair:new() end, function(p) return p:fieldPtr("b") end },
    { "a nested view", function() return ffi.struct({ { "p", pair } }):new() end, function(p) return p.p end },
    { "an array field", function() return ffi.struct({ { "l", "i32", 2 } }):new() end, function(p) return p.l end },
    { "a slice", function() return ffi.buffer(16) end, function(p) return p:slice(4, 4) end },
    { "as_ptr", function() return ffi.buffer(16) end, function(p) return p:as_ptr() end },
    { "a view by pointTo", function() return ffi.arena():alloc(16) end, function(p)
      local view = pair:new()
      view:pointTo(p)
      return view
    end },
  }) do
    it(row[1], function()
      local finalizer, calls = counter()
      local derived = row[3](ffi.gc(row[2](), finalizer))
      collect()
      assert.equals(0, calls.n)
      assert.equals("userdata", type(derived))
      derived = nil -- luacheck: ignore
      collect()
      assert.equals(1, calls.n)
    end)
  end

  it("but not what was made by ffi.ptr, which knows an address and nothing else", function()
    local finalizer, calls = counter()
    local free = ffi.ptr(ffi.gc(ffi.arena():alloc(8), finalizer).addr)
    collect()
    assert.equals(1, calls.n)
    assert.is_false(free.isManaged)
  end)
end)

describe("A re-aimed view and its target", function()
  it("keep finalizers of their own", function()
    local log = {}
    local holder = ffi.struct({ { "at", pair } })
    local view, target = holder:new({ { 1, 2 } }), ffi.buffer(8)
    local at = view.at
    view:pointTo(target)
    ffi.gc(view, function() log[#log + 1] = "view" end)
    ffi.gc(target, function() log[#log + 1] = "target" end)
    collect()
    assert.same({}, log)
    assert.equals(2, at.b)
    at = nil -- luacheck: ignore
    view = nil -- luacheck: ignore
    collect()
    assert.same({ "view" }, log)
    target = nil -- luacheck: ignore
    collect()
    assert.same({ "view", "target" }, log)
  end)

  it("are kept apart when the target got its finalizer first", function()
    local log = {}
    local view, target = pair:new({ 1, 2 }), ffi.buffer(8)
    local field = view:fieldPtr("b")
    ffi.gc(target, function() log[#log + 1] = "target" end)
    view:pointTo(target:slice(0, 8))
    ffi.gc(view, function() log[#log + 1] = "view" end)
    target = nil -- luacheck: ignore
    collect()
    assert.same({}, log)
    assert.equals(2, field:read(0, "i32"))
    field, view = nil, nil -- luacheck: ignore
    collect()
    table.sort(log)
    assert.same({ "target", "view" }, log)
  end)
end)

describe("A C function as the finalizer", function()
  before_each(function()
    collect()
    foos.foo_reset_counters()
  end)

  it("gets the pointer, once for each object", function()
    local before = foos.live_foos()
    do
      local held = {}
      for i = 1, 100 do
        held[i] = ffi.gc(foos.create_foo(i), foos.destroy_foo)
      end
      assert.equals(before + 100, foos.live_foos())
      assert.equals(57, foos.foo_value(held[57]))
      collect()
      assert.equals(before + 100, foos.live_foos())
      held = nil -- luacheck: ignore
    end
    collect()
    assert.equals(before, foos.live_foos())
    assert.equals(100, foos.destroyed_foos())
    assert.equals(0, foos.foo_errors())
  end)

  it("is not called for an object that was destroyed by hand and released from it", function()
    local foo = ffi.gc(foos.create_foo(5), foos.destroy_foo)
    foos.destroy_foo(ffi.gc(foo, nil))
    foo = nil -- luacheck: ignore
    collect()
    assert.equals(1, foos.destroyed_foos())
    assert.equals(5, foos.last_destroyed_foo())
    assert.equals(0, foos.foo_errors())
  end)

  it("does not run while the object is an argument of a call", function()
    for i = 1, 200 do
      assert.equals(i, foos.foo_value(ffi.gc(foos.create_foo(i), foos.destroy_foo)))
      if i % 20 == 0 then
        collectgarbage("collect")
      end
    end
    collect()
    assert.equals(200, foos.destroyed_foos())
    assert.equals(0, foos.foo_errors())
  end)

  it("keeps its library alive", function()
    local live
    do
      local lib = ffi.load(helper.fixture("structs"), {
        create_foo = { args = { "i32" }, ret = "pointer" },
        destroy_foo = { args = { "pointer" } },
      })
      live = ffi.gc(lib.create_foo(9), lib.destroy_foo)
    end
    collect()
    assert.equals(9, foos.foo_value(live))
    live = nil -- luacheck: ignore
    collect()
    assert.equals(9, foos.last_destroyed_foo())
  end)

  it("of a library that was closed before does no harm", function()
    local finalizer, calls = counter()
    local address
    do
      local lib = ffi.load(helper.fixture("structs"), {
        create_foo = { args = { "i32" }, ret = "pointer" },
        destroy_foo = { args = { "pointer" } },
      })
      local foo = lib.create_foo(3)
      address = foo.addr
      ffi.gc(foo, lib.destroy_foo)
      ffi.gc(ffi.ptr(64), finalizer)
      lib:close()
    end
    assert.is_true((pcall(collect)))
    assert.equals(1, calls.n)
    foos.destroy_foo(address)
  end)
end)

describe("When the state closes,", function()
  local function child(code)
    local output, status = interpreter.run("-e", "local ffi = require('lunaffi')\n" .. code)
    assert.equals(0, status, output)
    return output
  end

  it("finalizers of all live objects run, the newest first", function()
    assert.equals("third\nsecond\nfirst\n", child([[
      held = {}
      for _, name in ipairs({ "first", "second", "third" }) do
        held[name] = ffi.gc(ffi.arena():alloc(8), function() print(name) end)
      end
    ]]))
  end)

  it("finalizers run once: those that ran before do not run again", function()
    assert.equals("dead\nbefore close\nalive\n", child([[
      held = ffi.gc(ffi.ptr(64), function() print("alive") end)
      ffi.gc(ffi.ptr(64), function() print("dead") end)
      for _ = 1, 4 do collectgarbage() end
      print("before close")
    ]]))
  end)

  it("removed finalizers do not run", function()
    assert.equals("", child([[
      held = ffi.gc(ffi.ptr(64), function() print("never") end)
      ffi.gc(held, nil)
    ]]))
  end)

  it("finalizers can still use the memory and the module", function()
    assert.equals("42 7 text\n", child([[
      local def = ffi.struct({ { "a", "i32" } })
      local arena = ffi.arena()
      held = arena:alloc(16)
      held:write(0, "i32", 42)
      ffi.gc(held, function(p)
        local buffer = ffi.buffer(16)
        buffer:writeString(0, "text")
        local view = ffi.view(ffi.arena():alloc(4), def)
        view.a = 7
        print(p:read(0, "i32") .. " " .. view.a .. " " .. ffi.string(buffer))
      end)
      arena = nil
    ]]))
  end)

  it("C functions run as finalizers", function()
    assert.equals("from C\n", child([[
      local process = ffi.load("", { puts = { args = { "pointer" }, ret = "i32" } })
      held = ffi.buffer(16)
      held:writeString(0, "from C")
      ffi.gc(held, process.puts)
    ]]))
  end)

  it("finalizers can call functions of libraries that close too", function()
    assert.equals("value 5, live 0\n", child([[
      local lib = ffi.load("./build/c_tests/structs.so", {
        create_foo = { args = { "i32" }, ret = "pointer" },
        foo_value = { args = { "pointer" }, ret = "i32" },
        destroy_foo = { args = { "pointer" } },
        live_foos = { ret = "i32" },
      })
      held = ffi.gc(lib.create_foo(5), function(foo)
        local value = lib.foo_value(foo)
        lib.destroy_foo(foo)
        print("value " .. value .. ", live " .. lib.live_foos())
      end)
    ]]))
  end)

  it("an error in a finalizer is silent and the others run", function()
    assert.equals("third\nfirst\n", child([[
      held = {
        ffi.gc(ffi.ptr(64), function() print("first") end),
        ffi.gc(ffi.ptr(64), function() error("second") end),
        ffi.gc(ffi.ptr(64), function() print("third") end),
      }
    ]]))
  end)

  it("a finalizer may create objects with finalizers without end", function()
    assert.equals("done\n", child([[
      local rounds = 0
      local function again()
        rounds = rounds + 1
        ffi.gc(ffi.arena():alloc(8), again)
      end
      held = ffi.gc(ffi.arena():alloc(8), again)
      print("done")
    ]]))
  end)

  it("a thousand objects of all kinds are finalized", function()
    assert.equals("1000\n", child([[
      local calls = 0
      local def = ffi.struct({ { "a", "i32" } })
      -- The oldest is finalized last.
      last = ffi.gc(ffi.ptr(64), function() print(calls) end)
      held = {}
      local function count() calls = calls + 1 end
      for i = 1, 250 do
        held[#held + 1] = ffi.gc(ffi.arena():alloc(i), count)
        held[#held + 1] = ffi.gc(ffi.buffer(i), count)
        held[#held + 1] = ffi.gc(def:new(), count)
        held[#held + 1] = ffi.gc(ffi.cast(ffi.buffer(i), "u8"), count)
      end
    ]]))
  end)
end)
