-- The cases in spec/luajit/cases: reading a file of them, and the environment that they run in.
--
-- A case is a name and a piece of code, whose results or whose error is the outcome:
--
--     case("adds", function() return i64"1" + 2 end)
--     case("adds literals", [[ return 1LL + 2 ]])                      -- LuaJIT's syntax, through the loader
--     case("reads past the end", { differs = "memory is guarded", ours = "error: ..." }, function() ... end)
--
-- The outcome under lunaffi.luajit must be the reference's. A case that differs on purpose says why:
-- `ours` is then the whole outcome here, `ours_has` a part of it, and the reference's must be another.
-- `reference = false`: the reference does not survive the code, so it does not run it.
-- `needs = FEATURE`: only for Luas that can have it, see helper.cannot.
--
-- Code is what every Lua can parse. What stock Lua lacks comes from the environment, and is the native
-- thing under the reference: ffi bit buffer reflect i64 u64 eq lt le isnull type tonumber pairs ipairs; besides it has
-- fixture(name) (a path), collect() and unpack.

local helper = require("spec.helper")
local serialise = require("spec.support.luajit.serialise")

local cases = {}

cases.folder = "spec/luajit/cases/"

local function compile(text, name, env)
  if helper.version == "lua5.1" or helper.is_luajit then
    local chunk = assert(rawget(_G, "loadstring")(text, name))
    return rawget(_G, "setfenv")(chunk, env)
  end
  return assert(load(text, name, "t", env))
end

-- The module that describes types knows them by `ffi.typeinfo` alone.
local function native_reflect(ffi)
  local reflect = {}
  assert(loadfile("src/api/luajit/reflect.lua"))(reflect, ffi)
  return reflect
end

local function native_environment()
  local ffi = require("ffi")
  local function literal(suffix)
    return function(text)
      return rawget(_G, "loadstring")("return " .. text .. suffix)()
    end
  end
  return {
    ffi = ffi,
    bit = require("bit"),
    buffer = require("string.buffer"),
    reflect = native_reflect(ffi),
    i64 = literal("LL"),
    u64 = literal("ULL"),
    eq = function(a, b) return a == b end,
    lt = function(a, b) return a < b end,
    le = function(a, b) return a <= b end,
    isnull = function(p) return p == nil end,
    type = type,
    tonumber = tonumber,
    pairs = pairs,
    ipairs = ipairs,
  }
end

local function module_environment()
  local ffi = require("lunaffi.luajit")
  return {
    ffi = ffi,
    bit = require("lunaffi.bit"),
    buffer = require("lunaffi.buffer"),
    reflect = require("lunaffi.reflect"),
    i64 = ffi.i64,
    u64 = ffi.u64,
    eq = ffi.eq,
    lt = ffi.lt,
    le = ffi.le,
    isnull = ffi.isnull,
    type = ffi.type,
    tonumber = ffi.tonumber,
    pairs = ffi.pairs,
    ipairs = ffi.ipairs,
  }
end

-- What the code of both sides finds under the same names. `native`: for the reference's own ffi.
function cases.environment(native)
  return native and native_environment() or module_environment()
end

-- Locals that a case in LuaJIT's syntax begins with: it is loaded as a program is, with plain globals.
local PRELUDE = "local ffi, bit, fixture, collect = ... "

local function load_source(text, native)
  if native then
    return assert(rawget(_G, "loadstring")(text, "=case.lua"))
  end
  return assert(require("lunaffi.loader").load(text, "=case.lua"))
end

-- Reads the cases of a topic. `native`: for the reference's own ffi. Returns a list of
-- { name =, run = function() -> outcome, differs =, ours =, ours_has =, reference = }.
function cases.read(topic, native)
  local env = cases.environment(native)
  env.fixture = helper.fixture
  env.collect = helper.collect
  env.unpack = helper.unpack
  env.helper = helper
  local type_function = env.type

  local list, names = {}, {}
  function env.case(name, options, code)
    if code == nil then
      options, code = {}, options
    end
    assert(not names[name], "two cases named: " .. name)
    names[name] = true
    local entry = { name = name }
    for key, value in next, options do
      entry[key] = value
    end
    function entry.run()
      if type(code) == "string" then
        return serialise.outcome(type_function, function()
          return load_source(PRELUDE .. code, native)(env.ffi, env.bit, env.fixture, env.collect)
        end)
      end
      return serialise.outcome(type_function, code)
    end
    if not entry.needs or helper.can(entry.needs) then
      list[#list + 1] = entry
    end
  end

  local path = cases.folder .. topic .. ".lua"
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  compile(text, "@" .. path, setmetatable(env, { __index = _G }))()
  return list
end

return cases
