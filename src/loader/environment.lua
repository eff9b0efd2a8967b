-- What a translated chunk finds. The translator writes `helpers.NAME`; the table of helpers belongs to the
-- table of globals that a chunk runs with, and finds each name there first: what a program defines itself is
-- its own.
local parts = ...

local debug, string, io = debug, string, io
local type, next, pcall, error = type, next, pcall, error
local rawget, rawset, rawequal, setmetatable, getmetatable = rawget, rawset, rawequal, setmetatable, getmetatable
local package, require = package, require
local globals = _G
local ffi = parts.ffi()
local own, missing, run_only = parts.own, parts.missing, parts.run_only
local checked, method_format = parts.checked, parts.method_format

-- Comparing ------------------------------------------------------------------------------------------

local eq, lt, le = ffi.eq, ffi.lt, ffi.le

local always = {
  eq = eq,
  lt = lt,
  le = le,
  i64 = ffi.i64,
  u64 = ffi.u64,
  any = parts.any,
  s = parts.s,
  int = parts.int,
  float = parts.float,
}

function always.ne(a, b)
  return not eq(a, b)
end

-- What is not equal to Lua: it is so in any case if both are cdata, which have answered.
local any = parts.any
local function mixed_eq(a, b)
  return (any == a) ~= (any == b) and eq(a, b)
end
always.mixed_eq = mixed_eq

function always.mixed_ne(a, b)
  return not mixed_eq(a, b)
end

function always.equal(a, b)
  if a == b then
    return true
  end
  return (any == a or any == b) and mixed_eq(a, b)
end

function always.unequal(a, b)
  if a == b then
    return false
  end
  return any ~= a and any ~= b or not mixed_eq(a, b)
end

-- Later Luas ask a metamethod that the operands do not share: for programs that have one.
local metatable_of = debug.getmetatable
local function old_eq(a, b)
  local kind = type(a)
  if (kind == "table" or kind == "userdata") and kind == type(b) and any ~= a and any ~= b and not rawequal(a, b) then
    local first, second = metatable_of(a), metatable_of(b)
    local method = first and rawget(first, "__eq")
    if first ~= second and not rawequal(method, second and rawget(second, "__eq")) then
      return false
    end
    return a == b
  end
  return eq(a, b)
end
always.old_eq = old_eq

function always.old_ne(a, b)
  return not old_eq(a, b)
end

function always.eq_to(a, b)
  return eq(b, a)
end

function always.ne_to(a, b)
  return not eq(b, a)
end

-- Later Luas ask a table's `__len`.
local rawlen = rawget(_G, "rawlen")
function always.len(x)
  local kind = type(x)
  if kind == "table" then
    return rawlen(x)
  elseif kind == "string" or kind == "userdata" then
    return #x
  end
  error("attempt to get length of a " .. kind .. " value", 2)
end

function always.gt(a, b)
  return lt(b, a)
end

function always.ge(a, b)
  return le(b, a)
end

function always.imaginary(digits)
  return ffi.eval(digits .. "i")
end

-- A method, as the caller's own `object:name(...)` finds it.
local function method_of(object, name)
  local kind = type(object)
  if kind ~= "table" and kind ~= "userdata" and not debug.getmetatable(object) then
    error("attempt to index a " .. kind .. " value", 3)
  end
  local method = object[name]
  if method == nil then
    error("attempt to call method '" .. name .. "' (a nil value)", 3)
  end
  return method
end

-- `object:goto(...)`, which later Luas cannot say.
function always.method(object, name, ...)
  return method_of(object, name)(object, ...)
end

local native_format = string.format
function always.format(object, ...)
  local method = method_of(object, "format")
  if method == native_format and type(object) == "string" then
    local result = method_format(object, ...)
    return result
  end
  return method(object, ...)
end

-- Walks of patterns that can match nothing.
for name, native in next, { gsub = string.gsub, gmatch = string.gmatch } do
  local adapted = run_only["string_" .. name]
  always[name] = function(object, ...)
    local method = method_of(object, name)
    return (method == native and type(object) == "string" and adapted or method)(object, ...)
  end
end

local native_rep = string.rep
function always.rep(object, ...)
  local method = method_of(object, "rep")
  if method == native_rep and type(object) == "string" then
    local result = own.string_rep(object, ...)
    return result
  end
  return method(object, ...)
end

local kind_of_file = io.type
local function method_write(method, file, ...)
  local result = checked("write", 1, pcall(method, file, parts.written(...)))
  return result
end

function always.write(object, ...)
  local method = method_of(object, "write")
  if kind_of_file(object) == "file" then
    local result = method_write(method, object, ...)
    return result
  end
  return method(object, ...)
end

-- Finding --------------------------------------------------------------------------------------------

-- The standard value of each name, as it was when this began.
local standard = {}
-- Where a name that is missing has to be found instead, for it to be given: what a program may not
-- reach, its helpers do not give it.
local instead = {
  unpack = "table", loadstring = "load", setfenv = "debug", getfenv = "debug", module = "package",
  bit = "require", jit = "require", newproxy = "setmetatable", gcinfo = "collectgarbage",
}

local function read(t, key)
  return t[key]
end

-- A field, however the table finds it; none if it refuses.
local function lookup(t, key)
  if type(t) ~= "table" then
    return nil
  end
  local value = rawget(t, key)
  if value == nil and getmetatable(t) then
    local ok, found = pcall(read, t, key)
    value = ok and found or nil
  end
  return value
end

-- The two words that a name is made of, by name; false for a global's.
local libraries, fields = {}, {}

local function find(env, name)
  local library, field = libraries[name], fields[name]
  if library == nil then
    library, field = name:match("^(%a+)_(%a+)$")
    libraries[name], fields[name] = library or false, field
  end
  if library then
    return lookup(lookup(env, library), field), lookup(env, library) == globals[library]
  end
  local other = instead[name]
  return lookup(env, name), env == globals or other and standard[other] and lookup(env, other) == standard[other]
end

local function names_of(set)
  for name in next, set do
    standard[name] = (find(globals, name))
  end
end

local replaced_often = { print = true, io_write = true }

-- What translated chunks that run with these globals use.
local made = setmetatable({}, { __mode = "k" })
parts.is_helpers = setmetatable({}, { __mode = "k" })

function parts.helpers(env)
  local helpers = made[env]
  if helpers then
    return helpers
  end
  helpers = { globals = env }
  for name, value in next, always do
    helpers[name] = value
  end
  parts.is_helpers[helpers] = true
  made[env] = setmetatable(helpers, {
    __index = function(_, name)
      local found, allowed = find(env, name)
      local value = found
      if found == nil then
        value = allowed and (own[name] or missing[name]) or nil
      elseif found == standard[name] then
        value = own[name] or found
      end
      -- What a program may still define is looked for again, as is what programs often replace.
      if value ~= nil and not replaced_often[name] and (found ~= nil or own[name] or missing[name]) then
        helpers[name] = value
      end
      return value
    end,
  })
  return helpers
end

-- For functions that need the loader.
function parts.replace(functions)
  for name, f in next, functions do
    own[name] = f
  end
end

function parts.remember_standard()
  names_of(own)
  names_of(missing)
  for _, other in next, instead do
    standard[other] = standard[other] or globals[other]
  end
end

-- All of it ------------------------------------------------------------------------------------------

-- What LuaJIT's libraries have; the globals are those of `_G`.
local contents = {
  _G = "_VERSION assert bit collectgarbage coroutine debug dofile error gcinfo getfenv getmetatable io ipairs jit load "
    .. "loadfile loadstring math module newproxy next os package pairs pcall print rawequal rawget rawset require "
    .. "select setfenv setmetatable string table tonumber tostring type unpack xpcall",
  string = "byte char dump find format gmatch gsub len lower match rep reverse sub upper",
  table = "concat foreach foreachi getn insert maxn move remove sort",
  math = "abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp huge ldexp log log10 max min modf pi pow rad "
    .. "random randomseed sin sinh sqrt tan tanh",
  io = "close flush input lines open output popen read stderr stdin stdout tmpfile type write",
  os = "clock date difftime execute exit getenv remove rename setlocale time tmpname",
  debug = "debug getfenv gethook getinfo getlocal getmetatable getregistry getupvalue setfenv sethook setlocal "
    .. "setmetatable setupvalue traceback upvalueid upvaluejoin",
  package = "config cpath loaded loaders loadlib path preload searchpath seeall",
  coroutine = "create isyieldable resume running status wrap yield",
}

-- What other Luas have besides.
local foreign = {
  _G = "rawlen utf8 bit32 warn",
  string = "gfind pack packsize unpack",
  table = "pack unpack setn create",
  math = "mod type tointeger ult maxinteger mininteger",
  debug = "getuservalue setuservalue setcstacklimit newproxy",
  package = "searchers",
  coroutine = "close",
}

-- LuaJIT's own functions of `ffi`; what there is besides is found, but not listed.
local ffi_names = "C abi alignof arch cast cdef copy errno fill gc istype load metatype new offsetof os sizeof string "
  .. "typeinfo typeof"

function parts.plain_ffi()
  local plain = setmetatable({}, { __index = ffi, __metatable = false })
  for name in ffi_names:gmatch("%S+") do
    plain[name] = ffi[name]
  end
  return plain
end

-- Lua's own `require` finds its searchers where nobody else does.
local function keep_searchers(loaders)
  local hidden = setmetatable({ searchers = loaders }, { __index = package })
  debug.setupvalue(require, 1, hidden)
end

-- Makes the standard library what it is on LuaJIT, for good.
function parts.take_over()
  parts.is_taken_over = true
  local loaders = package.searchers or package.loaders
  if package.searchers then
    keep_searchers(loaders)
  end
  for library, names in next, contents do
    local t = globals[library]
    for name in names:gmatch("%S+") do
      local helper = library == "_G" and name or library .. "_" .. name
      local value = run_only[helper]
      if value == nil then
        value = own[helper]
      end
      if value ~= nil then
        rawset(t, name, value)
      elseif t[name] == nil then
        rawset(t, name, missing[helper])
      end
    end
  end
  for library, names in next, foreign do
    for name in names:gmatch("%S+") do
      rawset(globals[library], name, nil)
    end
  end
  package.loaded.utf8, package.loaded.bit32 = nil, nil
  -- One table is the metatable of files and has their methods.
  local meta = getmetatable(io.stdout)
  if next(parts.file_methods) then
    local methods = meta.__index
    for name, method in next, methods do
      rawset(meta, name, parts.file_methods[name] or method)
    end
    meta.__index, meta.__name, meta.__close = meta, nil, nil
  end
end
