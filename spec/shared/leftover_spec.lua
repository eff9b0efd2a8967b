-- Callbacks that C may still hold when their state closes: what they answer then, and what they cost. In interpreters
-- of their own.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local PRELUDE = ([[
local HOSTS, CALLBACKS = %q, %q
local ffi = require("lunaffi")
local hosts = ffi.load(HOSTS, {
  states_in_threads = { args = { "i32", "i32", "string", "pointer" }, ret = "i32" },
})
local HEAD = ("package.path, package.cpath = %%q, %%q\nlocal HOSTS, CALLBACKS = %%q, %%q\n"):format(
  package.path, package.cpath, HOSTS, CALLBACKS)
local text = ffi.buffer(1000)
local function in_states(count, source)
  assert(hosts.states_in_threads(1, count, HEAD .. source, text) == count, ffi.string(text))
end
]]):format(helper.fixture("hosts"), helper.fixture("callbacks"))

local function run(script)
  return helper.with_tempfile(PRELUDE .. script, function(path)
    local output, status = interpreter.run(path)
    assert.equals(0, status, output)
    return output
  end)
end

describe("A callback that is left when its state closes", function()
  it("answers zero of every kind, be it a trampoline or a closure, and keeps its address", function()
    local output = run([[
      local path = os.tmpname()
      local TYPES = [=[
        local ffi = require("lunaffi")
        local point = ffi.struct({ { "x", "f64" }, { "y", "f64" } })
        local rect = ffi.struct({ { "a", point }, { "b", point } })
        local TYPES = { "bool", "i8", "u16", "i32", "u64", "f32", "f64", "pointer", "void", point, rect }
      ]=]
      -- Too many arguments for the registers: such a callback is a closure.
      in_states(1, TYPES .. ("local PATH = %q\n"):format(path) .. [=[
        local file = assert(io.open(PATH, "w"))
        for _, ty in ipairs(TYPES) do
          for _, args in ipairs({ { "f64" }, { "f64", "f64", "f64", "f64", "f64", "f64", "f64", "f64", "f64" } }) do
            file:write(tostring(ffi.callback(function() error("never") end, ty, args):getPtr()), "\n")
          end
        end
        file:close()
        return "fine"
      ]=])
      local addresses = {}
      for line in io.lines(path) do
        addresses[#addresses + 1] = ffi.ptr(tonumber(line:match("0x%x+")))
      end
      os.remove(path)
      -- Others do not get the addresses.
      in_states(3, [=[
        local ffi = require("lunaffi")
        for i = 1, 3000 do
          ffi.callback(function() return 1 end, "i32", { "f64" }):getPtr()
        end
        return "fine"
      ]=])
      local types = (rawget(_G, "loadstring") or load)(TYPES .. " return TYPES")()
      local results = {}
      for i, ty in ipairs(types) do
        local short = ffi.C:callPtr(addresses[2 * i - 1], ty, { "f64" }, 1)
        local long = ffi.C:callPtr(addresses[2 * i], ty, { "f64", "f64", "f64", "f64", "f64", "f64", "f64", "f64",
          "f64" }, 1, 2, 3, 4, 5, 6, 7, 8, 9)
        for _, value in ipairs({ short, long }) do
          if ty == types[#types] then
            value = value.a.x + value.a.y + value.b.x + value.b.y
          elseif ty == types[#types - 1] then
            value = value.x + value.y
          end
          results[#results + 1] = type(value) == "number" and ("%d"):format(value) or tostring(value)
        end
      end
      print(#addresses, table.concat(results, " "))
    ]])
    assert.equals("22\tfalse false 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n", output)
  end)

  it("costs little, and takes nothing from the callbacks of later states", function()
    local output = run([[
      local function resident()
        local file = assert(io.open("/proc/self/statm"))
        local pages = file:read("*a"):match("^%d+ (%d+)")
        file:close()
        return pages * 4096
      end
      local LEAVE = [=[
        local ffi = require("lunaffi")
        local lib = ffi.load(CALLBACKS, { apply = { args = { "pointer", "i32" }, ret = "i32" } })
        for i = 1, 50 do
          assert(lib.apply(ffi.callback(function(x) return x + i end, "i32", { "i32" }), 1) == i + 1)
        end
        return "fine"
      ]=]
      -- So many take every trampoline, and all that is kept until others come after it.
      in_states(120, LEAVE)
      local before = resident()
      in_states(400, LEAVE)
      print((resident() - before) / (400 * 50) < 200)
    ]])
    assert.equals("true\n", output)
  end)
end)
