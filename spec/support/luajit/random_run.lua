-- Runs the random programs of some seeds, under the reference or under lunaffi.luajit: the outcomes of the steps.

local helper = require("spec.helper")
local cases = require("spec.support.luajit.cases")
local calls = require("spec.support.luajit.random_calls")
local programs = require("spec.support.luajit.random_programs")
local known = require("spec.support.luajit.random_values")
local serialise = require("spec.support.luajit.serialise")

local function load_in(text, env)
  if rawget(_G, "setfenv") then
    return rawget(_G, "setfenv")(assert(rawget(_G, "loadstring")(text, "=step.lua")), env)
  end
  return assert(load(text, "=step.lua", "t", env))
end

-- A function of a seed: calls `each(number, outcome, step)` for the declaration (0) and the steps of its program.
return function(native)
  local env = setmetatable(cases.environment(native), { __index = _G })
  local outcome = function(...)
    -- Newer Luas name an open file by its metatable.
    return (serialise.outcome(...):gsub("FILE%*", "userdata"))
  end
  env.fixture = helper.fixture
  env.negative_zero = -1 / math.huge
  local tostring, type_of = tostring, env.type
  local show = serialise.value(type_of)
  function env.text(x)
    return show(x)
  end
  -- Values for a metamethod to show: none is asked for its own text.
  function env.texts(...)
    local parts = {}
    for i = 1, select("#", ...) do
      local x = (select(i, ...))
      parts[i] = type_of(x) == "cdata" and show(env.ffi.typeof(x)) or show(x)
    end
    return table.concat(parts, " ")
  end
  function env.nothing() end
  function env.same(...)
    return ...
  end
  function env.message(x)
    return (tostring(x):gsub("^[^\n]-:%d+: ", ""))
  end
  -- The bytes that there are behind an object or a pointer of `shared`.
  function env.size(x)
    local shared = env.shared
    return rawequal(x, shared.pointer) and 12 or (rawequal(x, shared.constant) or rawequal(x, shared.void)) and 16
      or rawequal(x, shared.struct_pointer) and env.ffi.sizeof("struct shared_struct") or env.ffi.sizeof(x)
  end
  local values, complete = load_in(known.SHARED, env)()
  env.shared = values
  complete(values)
  env.structs = env.ffi.load(env.fixture("structs"))
  env.ffi.cdef(calls.declarations())
  env.ffi.cdef("size_t strlen(const char *); int toupper(int); long labs(long); double fabs(double);")

  return function(seed, each)
    local program = programs.make(seed)
    env.v = {}
    each(0, outcome(type_of, env.ffi.cdef, program.declaration), { code = program.declaration })
    for number, step in ipairs(program.steps) do
      local there = true
      for _, n in ipairs(step.needs) do
        there = there and not rawequal(env.v[n], nil)
      end
      if there then
        -- A function that is called last has no name in messages.
        local code = step.code:gsub("^(.*)%f[%w]return (.*)$", "%1return same(%2)")
        each(number, outcome(type_of, load_in(code, env)), step)
      end
    end
    env.v = nil
    collectgarbage()
  end
end
