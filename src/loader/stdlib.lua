-- The functions of LuaJIT's standard library that this Lua does not have (`missing`), or has otherwise (`own`),
-- by name: `unpack`, `math_pow`.
local parts = ...

local debug, math, string, table, coroutine, package, os, io = debug, math, string, table, coroutine, package, os, io
local type, tostring, tonumber, select, next, pcall, error = type, tostring, tonumber, select, next, pcall, error
local rawget, rawset, setmetatable, getmetatable = rawget, rawset, setmetatable, getmetatable
local native_require, native_xpcall = require, xpcall
local globals = _G
local unpack = table.unpack or globals.unpack
local ffi = parts.ffi()

local is_luajit = rawget(globals, "jit") ~= nil
local version = is_luajit and "5.1" or _VERSION:match("%d+%.%d+")
local is_old = version == "5.1"

-- Of what every Lua has, but not as LuaJIT has it, and of what LuaJIT alone has. They are used where a
-- program finds the standard function, or nothing.
local own = {
  bit = parts.bit(),
  jit = parts.jit,
  type = ffi.type or type,
  tonumber = ffi.tonumber or tonumber,
  pairs = ffi.pairs or pairs,
  ipairs = ffi.ipairs or ipairs,
  table_new = parts.table_new,
  math_random = parts.math_random,
  math_randomseed = parts.math_randomseed,
}

function own.table_clear(t)
  for key in next, t do
    rawset(t, key, nil)
  end
end

-- What a function of Lua's own gave when it was called by us: its mistakes are those of our caller.
-- `shift`: 1 if the caller called a method, through another function.
local function checked(name, shift, ok, result)
  if ok then
    return result
  end
  result = tostring(result):gsub("^bad argument #(%d+) to '[^']*'", function(place)
    return ("bad argument #%d to '%s'"):format(place - shift, name)
  end)
  error(result, 3 + shift)
end

-- Lua 5.3 and later insist that `__tostring` gives a string; LuaJIT takes what it gives. And there are
-- their numbers: `printed` gives what prints as LuaJIT prints them.
if math.type then
  local getmetatable_of = debug.getmetatable
  local printed, printed_list = parts.printed, parts.printed_list
  function own.tostring(...)
    local value = ...
    local kind = type(value)
    if value == nil and select("#", ...) == 0 then
      error("bad argument #1 to 'tostring' (value expected)", 2)
    end
    if kind == "userdata" or kind == "table" then
      local meta = getmetatable_of(value)
      local method = meta and rawget(meta, "__tostring")
      if method then
        return (method(value))
      end
    end
    return tostring((printed(value)))
  end

  local print = print
  function own.print(...)
    return print(printed(...))
  end

  local write, written = io.write, parts.written
  function own.io_write(...)
    local result = checked("write", 0, pcall(write, written(...)))
    return result
  end

  local concat = table.concat
  function own.table_concat(list, ...)
    local result = checked("concat", 0, pcall(concat, printed_list(list, select(2, ...)), ...))
    return result
  end
end

-- Of what this Lua does not have.
local missing = {}

local modules = {
  ["ffi"] = ffi,
  ["bit"] = own.bit,
  -- LuaJIT's own makes pointers that the ffi of this module does not know.
  ["string.buffer"] = parts.buffer(),
  ["jit"] = not is_luajit and own.jit or nil,
  ["jit.opt"] = not is_luajit and own.jit.opt or nil,
  ["table.new"] = not is_luajit and own.table_new or nil,
  ["table.clear"] = not is_luajit and own.table_clear or nil,
}
parts.modules = modules

own.require = parts.require(modules, native_require)

if is_old then
  local log = math.log
  function own.math_log(x, base)
    if base == nil then
      return log(x)
    end
    return log(x) / log(base)
  end

  local rep = string.rep
  function own.string_rep(s, n, separator)
    if separator == nil or n < 2 then
      return rep(s, n)
    end
    return rep(s .. separator, n - 1) .. s
  end

  function own.xpcall(f, handler, ...)
    local count = select("#", ...)
    if count == 0 then
      return native_xpcall(f, handler)
    end
    return native_xpcall(parts.bind(f, { ... }, count), handler)
  end

  -- What fails may yield before: within a coroutine it gets one of its own, whose values pass through.
  local running = coroutine.running
  local create, resume, yield, status = coroutine.create, coroutine.resume, coroutine.yield, coroutine.status
  local function is_lua(f)
    return type(f) == "function" and debug.getinfo(f, "S").what ~= "C"
  end

  -- Coroutines of functions in C, which only later Luas have.
  local function body(f)
    if type(f) ~= "function" or is_lua(f) then
      return f
    end
    return function(...)
      return f(...)
    end
  end

  local wrap = coroutine.wrap
  function own.coroutine_create(f)
    return create(body(f))
  end
  function own.coroutine_wrap(f)
    return wrap(body(f))
  end

  -- The coroutine in which each of these is run.
  local around = setmetatable({}, { __mode = "k" })

  local function passed(co, handler, ok, ...)
    if not ok then
      if handler == debug.traceback then
        return false, handler(co, ...)
      elseif handler then
        return false, handler(...)
      end
      return false, ...
    elseif status(co) == "suspended" then
      return passed(co, handler, resume(co, yield(...)))
    end
    return true, ...
  end

  local function within(current, f, handler, ...)
    local co = create(f)
    around[co] = current
    return passed(co, handler, resume(co, ...))
  end

  function own.pcall(f, ...)
    local current = running()
    if current and is_lua(f) then
      return within(current, f, nil, ...)
    elseif f == error then
      -- Which counts us, too.
      local message, level = ...
      return pcall(f, message, (tonumber(level) or 1) > 1 and level + 1 or level)
    end
    return pcall(f, ...)
  end

  local xpcall = own.xpcall
  function own.xpcall(f, handler, ...)
    local current = running()
    if current and is_lua(f) then
      return within(current, f, handler, ...)
    end
    return xpcall(f, handler, ...)
  end

  function own.coroutine_running()
    local co = running()
    while around[co or 0] do
      co = around[co]
    end
    return co
  end

  local exit = os.exit
  function own.os_exit(code, close)
    if code == true then
      code = 0
    elseif code == false then
      code = 1
    end
    return exit(code, close)
  end

  -- As later versions: the first file that a path has for a name, or what was tried.
  function missing.package_searchpath(name, path, separator, replacement)
    separator = separator or "."
    replacement = replacement or package.config:sub(1, 1)
    if separator ~= "" then
      name = name:gsub("%" .. separator, (replacement:gsub("%%", "%%%%")))
    end
    local tried = {}
    for template in path:gmatch("[^;]+") do
      local file = template:gsub("%?", (name:gsub("%%", "%%%%")))
      local handle = io.open(file, "rb")
      if handle then
        handle:close()
        return file
      end
      tried[#tried + 1] = "\n\tno file '" .. file .. "'"
    end
    return nil, table.concat(tried)
  end
end
parts.searchpath = package.searchpath or missing.package_searchpath

-- Of Lua 5.1 -----------------------------------------------------------------------------------------

missing.unpack = unpack
missing.gcinfo = function()
  return collectgarbage("count")
end

function missing.newproxy(kind)
  local meta
  if kind == true then
    -- A finalizer may be set later: what it is in now, objects that get this metatable are marked for.
    meta = { __gc = function() end }
  elseif kind then
    meta = getmetatable(kind)
    if type(kind) ~= "userdata" or type(meta) ~= "table" then
      error("bad argument #1 to 'newproxy' (boolean or proxy expected)", 2)
    end
  end
  return parts.proxy(meta)
end

function missing.table_getn(t)
  return #t
end

function missing.table_maxn(t)
  local highest = 0
  for key in next, t do
    if type(key) == "number" and key > highest then
      highest = key
    end
  end
  return highest
end

function missing.table_foreach(t, f)
  for key, value in next, t do
    local result = f(key, value)
    if result ~= nil then
      return result
    end
  end
end

function missing.table_foreachi(t, f)
  for index = 1, #t do
    local result = f(index, t[index])
    if result ~= nil then
      return result
    end
  end
end

function missing.table_move(from, first, last, place, to)
  to = to or from
  if place > first and place <= last and to == from then
    for offset = last - first, 0, -1 do
      to[place + offset] = from[first + offset]
    end
  else
    for offset = 0, last - first do
      to[place + offset] = from[first + offset]
    end
  end
  return to
end

missing.string_gfind = string.gmatch

function missing.math_pow(x, y)
  return x ^ y
end

function missing.math_log10(x)
  return math.log(x, 10)
end

function missing.math_ldexp(mantissa, exponent)
  -- In two steps: the power alone may be out of range.
  local half = exponent < 0 and math.ceil(exponent / 2) or math.floor(exponent / 2)
  return mantissa * 2.0 ^ half * 2.0 ^ (exponent - half)
end

function missing.math_frexp(x)
  if x == 0 or x ~= x or x == math.huge or x == -math.huge then
    return x, 0
  end
  local exponent = 0
  local magnitude = math.abs(x)
  while magnitude >= 1 do
    magnitude = magnitude / 2
    exponent = exponent + 1
  end
  while magnitude < 0.5 do
    magnitude = magnitude * 2
    exponent = exponent - 1
  end
  return x < 0 and -magnitude or magnitude, exponent
end

function missing.math_sinh(x)
  return (math.exp(x) - math.exp(-x)) / 2
end

function missing.math_cosh(x)
  return (math.exp(x) + math.exp(-x)) / 2
end

function missing.math_tanh(x)
  if x > 20 or x < -20 then
    return x > 0 and 1.0 or -1.0
  end
  local up, down = math.exp(x), math.exp(-x)
  return (up - down) / (up + down)
end

missing.package_loaders = package.searchers

if not is_old then
  -- What the shell said, as the C function gives it.
  local execute = os.execute
  function own.os_execute(command)
    local ok, how, code = execute(command)
    if command == nil then
      return ok and 1 or 0
    end
    return how == "exit" and code * 256 or code or -1
  end

  -- Nothing outside of coroutines.
  local running = coroutine.running
  function own.coroutine_running()
    local thread, is_main = running()
    if is_main then
      return nil
    end
    return thread
  end

  -- Environments: the upvalue `_ENV` of a function. One that names no global has none; what is set for
  -- it is remembered.
  local remembered = setmetatable({}, { __mode = "k" })

  local function environment_upvalue(f)
    for index = 1, math.huge do
      local name = debug.getupvalue(f, index)
      if name == "_ENV" then
        return index
      elseif not name then
        return nil
      end
    end
  end

  -- The function that is meant by itself or by its level, counted from the caller of our caller.
  local function function_at(f, name)
    if type(f) == "function" then
      return f
    end
    local level = tonumber(f)
    if not level or level < 0 then
      error("bad argument #1 to '" .. name .. "' (" .. (level and "level must be non-negative" or
        "number expected, got " .. type(f)) .. ")", 3)
    end
    local info = debug.getinfo(level + 2, "f")
    if not info then
      error("bad argument #1 to '" .. name .. "' (invalid level)", 3)
    end
    return info.func
  end

  function missing.getfenv(f)
    f = f == nil and 1 or f
    if f == 0 then
      return globals
    end
    f = function_at(f, "getfenv")
    local index = environment_upvalue(f)
    if index then
      local _, env = debug.getupvalue(f, index)
      return env
    end
    return remembered[f] or globals
  end

  function missing.setfenv(f, env)
    if type(env) ~= "table" then
      error("bad argument #2 to 'setfenv' (table expected, got " .. type(env) .. ")", 2)
    end
    if f == 0 then
      error("'setfenv' cannot change the environment of a thread", 2)
    end
    f = function_at(f, "setfenv")
    if debug.getinfo(f, "S").what == "C" then
      error("'setfenv' cannot change environment of given object", 2)
    end
    local index = environment_upvalue(f)
    if index then
      -- A variable of its own: others that share the old one keep their environment.
      debug.upvaluejoin(f, index, function()
        return env
      end, 1)
    else
      remembered[f] = env
    end
    return f
  end

  local user_values = setmetatable({}, { __mode = "k" })
  function missing.debug_getfenv(object)
    if type(object) == "function" then
      return missing.getfenv(object)
    end
    return user_values[object] or globals
  end
  function missing.debug_setfenv(object, env)
    if type(object) == "function" then
      missing.setfenv(object, env)
    else
      user_values[object] = env
    end
    return object
  end

  function missing.package_seeall(module)
    local meta = getmetatable(module)
    if not meta then
      meta = {}
      setmetatable(module, meta)
    end
    meta.__index = globals
  end

  -- Lua 5.2 has one that takes a function's first upvalue for its environment.
  function own.module(name, ...)
    local module = package.loaded[name]
    if type(module) ~= "table" then
      module = globals
      for part in name:gmatch("[^.]+") do
        local inner = rawget(module, part)
        if inner == nil then
          inner = {}
          module[part] = inner
        elseif type(inner) ~= "table" then
          error("name conflict for module '" .. name .. "'", 2)
        end
        module = inner
      end
      package.loaded[name] = module
    end
    if module._NAME == nil then
      module._M, module._NAME, module._PACKAGE = module, name, name:match("^(.*%.)[^.]*$") or ""
    end
    local caller = debug.getinfo(2, "f").func
    missing.setfenv(caller, module)
    for place = 1, select("#", ...) do
      select(place, ...)(module)
    end
  end
  missing.module = own.module
end

function missing.coroutine_isyieldable()
  local thread, is_main = coroutine.running()
  return thread ~= nil and not is_main
end

parts.own, parts.missing, parts.checked = own, missing, checked
