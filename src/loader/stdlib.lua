-- The functions of LuaJIT's standard library that this Lua does not have (`missing`), or has otherwise (`own`),
-- by name: `unpack`, `math_pow`.
local parts = ...

local debug, math, string, table, coroutine, package, os, io = debug, math, string, table, coroutine, package, os, io
local type, tostring, tonumber, select, next, pcall, error = type, tostring, tonumber, select, next, pcall, error
local rawget, rawset, setmetatable, getmetatable = rawget, rawset, setmetatable, getmetatable
local print, collectgarbage, native_getinfo = print, collectgarbage, debug.getinfo
local rawlen = rawlen or function(t)
  return #t
end
local native_require, native_xpcall = require, xpcall
local globals = _G
local unpack = table.unpack or globals.unpack
local ffi = parts.ffi()

local is_luajit = rawget(globals, "jit") ~= nil
local version = is_luajit and "5.1" or _VERSION:match("%d+%.%d+")
local is_old = version == "5.1"

-- Raises where the caller's argument is of another type.
local function check(value, kind, place, name)
  if type(value) ~= kind then
    error(("bad argument #%d to '%s' (%s expected, got %s)"):format(place, name, kind, type(value)), 3)
  end
end

-- Of what every Lua has, but not as LuaJIT has it, and of what LuaJIT alone has. They are used where a
-- program finds the standard function, or nothing.
local own = {
  bit = parts.bit(),
  jit = not is_luajit and parts.jit or nil,
  type = ffi.type or type,
  tonumber = ffi.tonumber or tonumber,
  pairs = ffi.pairs or pairs,
  ipairs = ffi.ipairs or ipairs,
  table_new = parts.table_new,
  math_random = not is_luajit and parts.math_random or nil,
  math_randomseed = not is_luajit and parts.math_randomseed or nil,
}

function own.table_clear(t)
  if type(t) ~= "table" then
    error("bad argument #1 to 'clear' (table expected, got " .. type(t) .. ")", 2)
  end
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

local adapt = parts.adapt

-- A function of Lua's own under the name that its mistakes shall have, for those that the translator calls by
-- another. They are those of the caller: Lua 5.1 counts what a tail call leaves.
local caller = is_old and not is_luajit and 3 or 2
function parts.named(name, f)
  local function finish(ok, ...)
    if ok then
      return ...
    end
    -- LuaJIT tells how we were called: a method's object is no argument.
    local shift = is_luajit and native_getinfo(1, "n").namewhat == "method" and 1 or 0
    local message = tostring((...)):gsub("^bad argument #(%d+) to '[^']*'", function(place)
      return ("bad argument #%d to '%s'"):format(place - shift, name)
    end)
    error(message, caller)
  end
  return function(...)
    return finish(pcall(f, ...))
  end
end

-- What only a program gets whose library is LuaJIT's as a whole.
local run_only = {}
parts.run_only, parts.is_luajit = run_only, is_luajit

-- Patterns -------------------------------------------------------------------------------------------

-- `%g`, which Lua 5.1 does not have, as a range.
local function modern_pattern(pattern)
  local output, place, in_set = {}, 1, false
  while place <= #pattern do
    local char = pattern:sub(place, place)
    if char == "%" then
      local pair = pattern:sub(place, place + 1)
      if pair == "%g" then
        pair = in_set and "!-~" or "[!-~]"
      elseif pair == "%G" then
        pair = in_set and "%z\1- \127-\255" or "[^!-~]"
      end
      output[#output + 1] = pair
      place = place + 2
    else
      if char == "[" and not in_set then
        in_set = true
        -- A bracket at the very beginning is one of the set.
        char = pattern:match("^%[%^?%]?", place)
      elseif char == "]" then
        in_set = false
      end
      output[#output + 1] = char
      place = place + #char
    end
  end
  return table.concat(output)
end

-- Matches as Lua 5.1 finds them: one that is empty may begin where another ends.
local native_find, native_sub = string.find, string.sub

-- Passes on what Lua's own function gave; its mistakes are those of the function at a level.
local function found(level, ok, ...)
  if not ok then
    error((tostring((...)):gsub("^lunaffi%.stdlib:%d+: ", "")), level + 1)
  end
  return ...
end

local function former_gmatch(text, pattern)
  pattern = pattern:gsub("^%^", "%%^")
  local place = 1
  local function step(first, last, ...)
    if not first then
      place = #text + 2
      return nil
    end
    place = last < first and first + 1 or last + 1
    if select("#", ...) == 0 then
      return native_sub(text, first, last)
    end
    return ...
  end
  return function()
    if place <= #text + 1 then
      return step(found(2, pcall(native_find, text, pattern, place)))
    end
  end
end

-- The text that stands for a match: `replacement` is what `gsub` takes.
local function replaced(replacement, whole, ...)
  local count = select("#", ...)
  local first = count > 0 and (...) or whole
  local value
  if type(replacement) == "table" then
    value = replacement[first]
  elseif type(replacement) == "function" then
    if count > 0 then
      value = replacement(...)
    else
      value = replacement(whole)
    end
  else
    local captures = { ... }
    return (replacement:gsub("%%(.)", function(char)
      if char == "0" or char == "1" and count == 0 then
        return whole
      elseif char:find("%d") then
        return captures[tonumber(char)] or error("invalid capture index", 0)
      end
      return char
    end))
  end
  if not value then
    return whole
  elseif type(value) ~= "string" and type(value) ~= "number" then
    error("invalid replacement value (a " .. type(value) .. ")", 5)
  end
  return own.tostring(value)
end

local function former_gsub(text, pattern, replacement, limit)
  if type(replacement) == "number" then
    replacement = own.tostring(replacement)
  end
  local anchored = pattern:byte(1) == 94
  local output, count, place = {}, 0, 1
  local function step(first, last, ...)
    if not first then
      return false
    end
    count = count + 1
    output[#output + 1] = native_sub(text, place, first - 1)
    output[#output + 1] = replaced(replacement, native_sub(text, first, last), ...)
    if last >= first then
      place = last + 1
    else
      output[#output + 1] = native_sub(text, first, first)
      place = first + 1
    end
    return not anchored and place <= #text + 1
  end
  while not (limit and count >= limit) and step(found(3, pcall(native_find, text, pattern, place))) do
  end
  output[#output + 1] = native_sub(text, place)
  return table.concat(output), count
end

-- Parameters -----------------------------------------------------------------------------------------

-- Adds what Lua 5.1 does not tell of a function to its record; the function is removed from that unless asked for.
local native_dump = string.dump
local function add_parameters(info, wants_function)
  local f = info.func
  if not wants_function then
    info.func = nil
  end
  info.nparams, info.isvararg = 0, true
  if f and native_getinfo(f, "S").what ~= "C" then
    local code = native_dump(f)
    -- The sizes of C's types are in the header; before the counts are the source and two lines.
    local little, int_size, size_size = code:byte(7) == 1, code:byte(8), code:byte(9)
    local length = 0
    for index = 0, size_size - 1 do
      local place = little and size_size - index or index + 1
      length = length * 256 + code:byte(12 + place)
    end
    local _, parameters, variadic = code:byte(12 + size_size + length + 2 * int_size + 1, -1 + 12 + size_size + length
      + 2 * int_size + 4)
    info.nparams, info.isvararg = parameters, variadic >= 2
  end
end

-- The fields of a date, whole numbers.
local function whole_fields(date, ...)
  if type(date) ~= "table" then
    return date, ...
  end
  local fields = { isdst = date.isdst }
  for _, name in next, { "year", "month", "day", "hour", "min", "sec" } do
    local value = tonumber(date[name])
    fields[name] = value and (value < 0 and math.ceil(value) or math.floor(value)) or date[name]
  end
  return fields
end

-- Files --------------------------------------------------------------------------------------------

local file_meta = getmetatable(io.stdout)
local file_methods = type(file_meta) == "table" and type(file_meta.__index) == "table" and file_meta.__index or {}
local native_input = io.input

-- Lines with their ends, which Lua 5.1 does not read, nor by other formats than lines.
local function read_with_ends(file, ...)
  local values, count = {}, 0
  for place = 1, select("#", ...) do
    local format = select(place, ...)
    count = place
    if type(format) == "string" and format:find("^%*?L") then
      local line = {}
      repeat
        local char = file_methods.read(file, 1)
        line[#line + 1] = char
      until not char or char == "\n"
      values[place] = line[1] and table.concat(line)
    else
      values[place] = adapt("read", file_methods.read)(file, format)
    end
    if values[place] == nil then
      break
    end
  end
  return unpack(values, 1, count)
end

local function lines_with_formats(file, ...)
  local formats, count = { ... }, select("#", ...)
  return function()
    return read_with_ends(file, unpack(formats, 1, count))
  end
end

-- What is otherwise ------------------------------------------------------------------------------------

if not is_luajit then
  -- The first place and the last of arguments that are whole numbers.
  local function places(first, last)
    return first * 1000 + last
  end

  own._VERSION = "Lua 5.1"
  own.tostring = adapt("tostring", tostring)
  own.print = adapt("print", print, own.tostring)
  own.tonumber = adapt("tonumber", tonumber, own.tonumber)
  own.assert = parts.assert
  own.collectgarbage = adapt("collect", collectgarbage)
  own.string_rep = adapt("rep", string.rep)
  own.string_sub = adapt("whole_numbers", string.sub, places(2, 3))
  own.string_byte = adapt("whole_numbers", string.byte, places(2, 3))
  own.string_find = adapt("find", string.find, modern_pattern)
  own.string_match = adapt("match", string.match, modern_pattern)
  run_only.string_gmatch = adapt("gmatch", string.gmatch, is_old and modern_pattern or former_gmatch)
  run_only.string_gsub = adapt("gsub", string.gsub, is_old and modern_pattern or former_gsub)
  own.string_gmatch = parts.named("gmatch", run_only.string_gmatch)
  own.string_gsub = parts.named("gsub", run_only.string_gsub)
  own.table_insert, own.table_remove = parts.table_insert, parts.table_remove
  run_only.table_concat = adapt("concat", table.concat)
  own.table_concat = parts.named("concat", run_only.table_concat)
  own.math_log10, own.math_pow = parts.math_log10, parts.math_pow
  own.math_sinh, own.math_cosh, own.math_tanh = parts.math_sinh, parts.math_cosh, parts.math_tanh
  own.math_ldexp, own.math_frexp, own.math_modf = parts.math_ldexp, parts.math_frexp, parts.math_modf
  own.math_atan2, own.math_fmod = parts.math_atan2, parts.math_fmod
  own.math_max, own.math_min = parts.math_max, parts.math_min
  own.pairs = adapt("pairs", own.pairs, next)
  own.ipairs = adapt("ipairs", own.ipairs, parts.next_element)
  run_only.io_write = adapt("write", io.write)
  own.io_write = parts.named("write", run_only.io_write)
  own.io_read = adapt("read", io.read, function(...)
    return read_with_ends(native_input(), ...)
  end)
  own.io_lines = adapt("first_result", io.lines)
  own.io_close = adapt("close", io.close)
  own.debug_getinfo = adapt("getinfo", debug.getinfo, add_parameters)
  own.debug_setmetatable = adapt("debug_setmetatable", debug.setmetatable, "__gc")
  own.os_difftime = adapt("difftime", os.difftime)
  if not is_old then
    own.error = adapt("error", error)
    own.setmetatable = adapt("setmetatable", setmetatable, "__gc")
    own.unpack = parts.unpack
    own.table_sort = adapt("sort", table.sort)
    own.io_open, own.io_popen = adapt("open", io.open), adapt("open", io.popen)
    own.os_rename = adapt("rename", os.rename)
    own.os_date = adapt("date", os.date)
  end
  if math.type then
    own.string_char = adapt("whole_numbers", string.char, places(1, 999))
    own.select = adapt("select", select)
    own.debug_getlocal = adapt("whole_numbers", debug.getlocal, places(1, 3))
    own.math_atan = adapt("first_arguments", math.atan, 1)
    own.os_time = adapt("prepared", os.time, whole_fields)
  end
end

-- Methods of files, which a program gets where all of its library is LuaJIT's.
parts.file_methods = not is_luajit and next(file_methods) and {
  write = adapt("write", file_methods.write),
  read = adapt("read", file_methods.read, read_with_ends),
  close = adapt("close", file_methods.close),
  lines = adapt("lines", file_methods.lines, lines_with_formats),
  seek = adapt("without_fractions", file_methods.seek),
} or {}

-- Of what this Lua does not have.
local missing = {}

local modules = {
  ["ffi"] = ffi,
  ["bit"] = own.bit,
  -- LuaJIT's own makes pointers that the ffi of this module does not know.
  ["string.buffer"] = parts.buffer(),
  ["jit"] = own.jit,
  ["jit.opt"] = own.jit and own.jit.opt,
  ["jit.util"] = own.jit and parts.jit_util,
  ["jit.profile"] = own.jit and parts.jit_profile,
  ["table.new"] = not is_luajit and own.table_new or nil,
  ["table.clear"] = not is_luajit and own.table_clear or nil,
}
parts.modules = modules

own.require = parts.require(modules, native_require)

if is_old then
  if not is_luajit then
    local native_rep = string.rep
    own.math_log = parts.math_log
    own.string_rep = adapt("rep", string.rep, function(s, n, separator)
      return n < 1 and "" or native_rep(s .. separator, n - 1) .. s
    end)
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
    return type(f) == "function" and native_getinfo(f, "S").what ~= "C"
  end

  -- What may yield: Lua functions, and objects that are called through one.
  local function may_yield(f)
    if type(f) == "function" then
      return native_getinfo(f, "S").what ~= "C"
    end
    local meta = debug.getmetatable(f)
    return type(meta) == "table" and rawget(meta, "__call") ~= nil
  end

  -- Coroutines of functions in C, which only later Luas have, and of objects that can be called.
  local function body(f)
    if is_lua(f) then
      return f
    elseif f == error then
      -- At the bottom of a coroutine no line is to blame.
      return function(message)
        error(message, 0)
      end
    end
    return function(...)
      return f(...)
    end
  end

  local wrap = coroutine.wrap
  function own.coroutine_create(f)
    check(f, "function", 1, "create")
    return create(body(f))
  end
  function own.coroutine_wrap(f)
    check(f, "function", 1, "wrap")
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
    local co = create(body(f))
    around[co] = current
    return passed(co, handler, resume(co, ...))
  end

  function own.pcall(f, ...)
    local current = running()
    if current and f == yield then
      return true, yield(...)
    elseif current and may_yield(f) then
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
    if type(handler) ~= "function" then
      local got = handler == nil and "no value" or type(handler)
      error("bad argument #2 to 'xpcall' (function expected, got " .. got .. ")", 2)
    end
    local current = running()
    if current and f == yield then
      return true, yield(...)
    elseif current and may_yield(f) then
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
end

if not is_luajit then
  -- The first file that a path has for a name, or what was tried.
  function own.package_searchpath(name, path, separator, replacement)
    check(name, "string", 1, "searchpath")
    check(path, "string", 2, "searchpath")
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
parts.searchpath = own.package_searchpath or package.searchpath

-- Of Lua 5.1 -----------------------------------------------------------------------------------------

missing.unpack = unpack

local native_collect = collectgarbage
function missing.gcinfo()
  return math.floor((native_collect("count")))
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
  check(t, "table", 1, "getn")
  return rawlen(t)
end

function missing.table_maxn(t)
  check(t, "table", 1, "maxn")
  local highest = 0
  for key in next, t do
    if type(key) == "number" and key > highest then
      highest = key
    end
  end
  return highest
end

function missing.table_foreach(t, f)
  check(t, "table", 1, "foreach")
  check(f, "function", 2, "foreach")
  for key, value in next, t do
    local result = f(key, value)
    if result ~= nil then
      return result
    end
  end
end

function missing.table_foreachi(t, f)
  check(t, "table", 1, "foreachi")
  check(f, "function", 2, "foreachi")
  for index = 1, rawlen(t) do
    local result = f(index, rawget(t, index))
    if result ~= nil then
      return result
    end
  end
end

function missing.table_move(from, first, last, place, to)
  check(from, "table", 1, "move")
  check(first, "number", 2, "move")
  check(last, "number", 3, "move")
  check(place, "number", 4, "move")
  if to ~= nil then
    check(to, "table", 5, "move")
  end
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
      error("bad argument #1 to '" .. name .. "' (" .. (level and "invalid level" or
        "number expected, got " .. type(f)) .. ")", 3)
    end
    local info = native_getinfo(level + 2, "f")
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
    if native_getinfo(f, "S").what == "C" then
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
  local has_environment = { userdata = true, thread = true }
  function missing.debug_getfenv(object)
    if type(object) == "function" then
      return missing.getfenv(object)
    end
    return has_environment[type(object)] and (user_values[object] or globals) or nil
  end
  function missing.debug_setfenv(object, env)
    if type(object) == "function" then
      missing.setfenv(object, env)
    elseif has_environment[type(object)] then
      user_values[object] = env
    else
      error("'setfenv' cannot change environment of given object", 2)
    end
    return object
  end

  function missing.package_seeall(module)
    check(module, "table", 1, "seeall")
    local meta = getmetatable(module)
    if not meta then
      meta = {}
      setmetatable(module, meta)
    end
    meta.__index = globals
  end

  -- Lua 5.2 has one that takes a function's first upvalue for its environment.
  function own.module(name, ...)
    if type(name) == "number" then
      name = tostring(name)
    end
    check(name, "string", 1, "module")
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
    missing.setfenv(native_getinfo(2, "f").func, module)
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

-- What the globals do not have, and a program that names it finds.
function own.rawget(list, key)
  local value = rawget(list, key)
  if value == nil and list == globals and type(key) == "string" and not key:find("_", 2, true) then
    value = own[key] or missing[key]
  end
  return value
end
run_only.rawget = rawget

-- LuaJIT's `require`: the functions of `package.loaders` are asked, and a module gets its name alone.
local loading = parts.proxy()

function run_only.require(name)
  if type(name) == "number" then
    name = tostring(name)
  elseif type(name) ~= "string" then
    local got = name == nil and "no value" or type(name)
    error("bad argument #1 to 'require' (string expected, got " .. got .. ")", 2)
  end
  local loaded = package.loaded
  local value = loaded[name]
  if value == loading then
    error("loop or previous error loading module '" .. name .. "'", 2)
  elseif value then
    return value
  end
  local loaders = package.loaders
  if type(loaders) ~= "table" then
    error("'package.loaders' must be a table", 2)
  end
  local tried = {}
  local open
  for index = 1, math.huge do
    local search = loaders[index]
    if search == nil then
      error("module '" .. name .. "' not found:" .. table.concat(tried), 2)
    end
    open = search(name)
    if type(open) == "function" then
      break
    elseif type(open) == "string" then
      tried[#tried + 1] = open:find("^\n") and open or "\n\t" .. open
    end
  end
  loaded[name] = loading
  value = open(name)
  if value ~= nil then
    loaded[name] = value
  elseif loaded[name] == loading then
    loaded[name] = true
  end
  return loaded[name]
end

parts.own, parts.missing, parts.checked = own, missing, checked
