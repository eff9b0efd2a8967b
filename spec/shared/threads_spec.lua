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
