-- One state on several C stacks: threads that take turns, and contexts that switch from stack to stack inside of C.
-- In interpreters of their own.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local PRELUDE = ([[
local HOSTS, CALLBACKS = %q, %q
if jit then
  jit.off() -- LuaJIT's traces do not know of other C stacks
end
local ffi = require("lunaffi")
local hosts = ffi.load(HOSTS, {
  enter_side = { args = { "i32" }, ret = "bool" },
  give_way = {},
  sum_later = { args = { "pointer", "usize" }, ret = "i64" },
  call_later = { args = { "pointer", "i32" }, ret = "i32" },
  call_between = { args = { "i32", "pointer", "i32" }, ret = "i32" },
  raise_error = {},
})
local lib = ffi.load(CALLBACKS, { apply = { args = { "pointer", "i32" }, ret = "i32" } })
local new_side = assert(package.loadlib(HOSTS, "new_side"))
local continue_side = assert(package.loadlib(HOSTS, "continue_side"))
local raise_in = assert(package.loadlib(HOSTS, "raise_in"))
-- Enough that the system takes it back at once when it is freed.
local MANY = 1048576
local function callback(fn)
  return ffi.callback(fn, "i32", { "i32" })
end
local function resident()
  local file = assert(io.open("/proc/self/statm"))
  local pages = file:read("*a"):match("^%%d+ (%%d+)")
  file:close()
  return pages * 4096
end
local increment = callback(function(x) return x + 1 end)
]]):format(helper.fixture("hosts"), helper.fixture("callbacks"))

-- Runs a script, in which `start(fn)` makes a side; checks that it ends well; returns what it printed.
local function run(is_fiber, script)
  -- Lua does not know that the coroutines run: something has to keep them.
  local start = ([[
local coroutines = {}
local function start(fn)
  local co, side = new_side(fn, %s)
  coroutines[side] = co
  return co, side
end
]]):format(tostring(is_fiber))
  return helper.with_tempfile(PRELUDE .. start .. script, function(path)
    local output, status = interpreter.run(path)
    assert.equals(0, status, output)
    return output
  end)
end

for _, kind in ipairs({ "thread", "context" }) do
  local is_fiber = kind == "context"

  describe("A call that waits on the stack of another " .. kind, function()
    it("keeps the memory of an arena that is reset meanwhile", function()
      assert.equals("2097152\t2097152\n", run(is_fiber, [[
        local sums = {}
        for i, release in ipairs({ "reset", "free" }) do
          local arena = ffi.arena()
          local co, side = start(function()
            local memory = arena:alloc(MANY)
            ffi.fill(memory, MANY, 2)
            sums[i] = hosts.sum_later(memory, MANY)
          end)
          assert(not continue_side(side))
          assert(lib.apply(increment, 1) == 2)
          arena[release](arena)
          assert(lib.apply(increment, 2) == 3)
          assert(continue_side(side) == "")
        end
        print(("%d\t%d"):format(sums[1], sums[2]))
      ]]))
    end)

    it("keeps that memory as long as it runs, and a call that began later does not", function()
      local output = run(is_fiber, [[
        local arena = ffi.arena()
        local _, first = start(function()
          hosts.give_way()
          local memory = arena:alloc(16 * MANY)
          ffi.fill(memory, 16 * MANY, 1)
          hosts.sum_later(memory, 1)
          memory = nil
          hosts.give_way()
        end)
        local _, second = start(hosts.give_way)
        assert(not continue_side(first))
        local start_size = resident()
        assert(not continue_side(first))
        arena:reset()
        assert(lib.apply(increment, 1) == 2)
        assert(not continue_side(second))
        print("while it runs", resident() - start_size > 12 * MANY)
        assert(not continue_side(first))
        print("after it", resident() - start_size > 12 * MANY)
        assert(continue_side(first) == "" and continue_side(second) == "")
      ]])
      assert.equals("while it runs\ttrue\nafter it\tfalse\n", output)
    end)

    it("keeps its library loaded", function()
      assert.equals("6\n", run(is_fiber, [[
        local own = ffi.load(HOSTS, { sum_later = { args = { "pointer", "usize" }, ret = "i64" } })
        local result
        local co, side = start(function()
          local memory = ffi.buffer(3)
          ffi.fill(memory, 3, 2)
          result = own.sum_later(memory, 3)
        end)
        assert(not continue_side(side))
        own:close()
        assert(lib.apply(increment, 1) == 2)
        assert(continue_side(side) == "")
        print(("%d"):format(result))
      ]]))
    end)
  end)
end

describe("A call that waits on the stack of another thread", function()
  it("has no callbacks when it goes on: another thread made the last call", function()
    assert.equals("nil\t0\t8\n", run(false, [[
      local inside, result, again, co, side
      co, side = start(function()
        local function note(x)
          inside = coroutine.running()
          return x + 1
        end
        result = hosts.call_later(callback(note), 7)
        local before = inside
        again = lib.apply(callback(note), 7)
        assert(inside == co)
        inside = before
      end)
      assert(not continue_side(side))
      assert(lib.apply(increment, 1) == 2)
      assert(continue_side(side) == "")
      print(inside, result, again)
    ]]))
  end)
end)

describe("Calls that switch stacks inside of C", function()
  it("may end before calls that began in them", function()
    assert.equals("2097152\t5\n", run(true, [[
      local arena, sum = ffi.arena(), nil
      local co, side = start(function()
        local memory = arena:alloc(MANY)
        ffi.fill(memory, MANY, 2)
        sum = hosts.sum_later(memory, MANY)
      end)
      -- The call that enters the context ends while the one in there waits.
      assert(not hosts.enter_side(side))
      arena:reset()
      local result = lib.apply(increment, 4)
      for _ = 1, 100 do
        lib.apply(callback(function(x) return lib.apply(increment, x) end), 1)
      end
      assert(hosts.enter_side(side))
      print(("%d\t%d"):format(sum, result))
    ]]))
  end)

  it("run the callbacks of a call that waited in its own coroutine", function()
    assert.equals("true\ttrue\t8\n", run(true, [[
      local inside, result, co, side
      co, side = start(function()
        result = hosts.call_later(callback(function(x)
          inside = coroutine.running()
          return x + 1
        end), 7)
      end)
      assert(not continue_side(side))
      local outside
      lib.apply(callback(function(x)
        outside = coroutine.running()
        return x
      end), 1)
      assert(continue_side(side) == "")
      print(inside == co, outside ~= co, result)
    ]]))
  end)

  it("raise the errors of a call that waited from that call", function()
    assert.equals("inside\toutside\n", run(true, [[
      local inside
      local co, side = start(function()
        local _, problem = pcall(hosts.call_later, callback(function() error("inside", 0) end), 7)
        inside = problem
      end)
      assert(not continue_side(side))
      local _, outside = pcall(lib.apply, callback(function() error("outside", 0) end), 1)
      assert(continue_side(side) == "")
      print(inside, outside)
    ]]))
  end)

  it("run callbacks in the coroutine of the stack that calls", function()
    assert.equals("true\ttrue\n", run(true, [[
      local main = coroutine.create(function()
        local seen = {}
        local co, side = start(function()
          hosts.call_later(callback(function(x)
            seen.inside = coroutine.running()
            return x
          end), 1)
        end)
        local function note(x)
          seen.outside = coroutine.running()
          return x
        end
        hosts.call_between(side, callback(note), 1)
        local outside = seen.outside == coroutine.running()
        assert(hosts.enter_side(side))
        return seen.inside == co, outside
      end)
      print(select(2, assert(coroutine.resume(main))))
    ]]))
  end)

  it("may wait by the hundred", function()
    assert.equals("44850\n", run(true, [[
      local sum, sides = 0, {}
      for i = 0, 299 do
        local _, side = start(function()
          local given = hosts.call_later(callback(function(x) return x end), i)
          sum = sum + given
        end)
        sides[i] = side
        assert(not continue_side(side))
      end
      assert(lib.apply(increment, 1) == 2)
      for i = 0, 299, 2 do
        assert(continue_side(sides[i]) == "")
      end
      for i = 299, 1, -2 do
        assert(continue_side(sides[i]) == "")
      end
      print(("%d"):format(sum))
    ]]))
  end)
end)

describe("A call that an error of Lua's has left", function()
  local function raising(script)
    return run(false, [[
      raise_in()
      local function raise()
        local ok, problem = pcall(hosts.raise_error)
        assert(not ok and problem == "raised by C", problem)
      end
    ]] .. script)
  end

  -- The call after it has the same place on the C stack.
  it("does not count as running when another one takes its place", function()
    assert.equals("false\n", raising([[
      local arena = ffi.arena()
      local start_size = resident()
      for _ = 1, 300 do
        raise()
        assert(select(2, pcall(lib.apply, increment, 1)) == 2)
        ffi.fill(arena:alloc(MANY), MANY, 1)
        arena:reset()
      end
      print(resident() - start_size > 32 * MANY)
    ]]))
  end)

  it("has no part in the callback that it was made in", function()
    assert.equals("mine\t5\n", raising([[
      local function again(x)
        raise()
        if x > 0 then
          error("mine", 0)
        end
        return lib.apply(increment, 4)
      end
      print(select(2, pcall(lib.apply, callback(again), 1)), lib.apply(callback(again), 0))
    ]]))
  end)

  it("does not lend its coroutine, which is gone, to callbacks", function()
    assert.equals("2\n", raising([[
      for _ = 1, 20 do
        for _ = 1, 20 do
          local co = coroutine.create(function()
            raise_in()
            hosts.raise_error()
          end)
          assert(not coroutine.resume(co))
        end
        collectgarbage()
        collectgarbage()
        assert(lib.apply(callback(function(x) return #tostring({}) > 0 and x end), 3) == 3)
      end
      print(lib.apply(increment, 1))
    ]]))
  end)
end)
