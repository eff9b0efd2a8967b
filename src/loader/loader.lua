-- `lunaffi.loader`: loads LuaJIT source, translated for this Lua.
local parts = ...

local type, tostring, error, pcall, select, setmetatable = type, tostring, error, pcall, select, setmetatable
local table, io, debug, package, ipairs, rawget, rawequal = table, io, debug, package, ipairs, rawget, rawequal
local string, math = string, math
local globals = _G
local ffi = parts.ffi()
local native_load, native_loadstring, native_setfenv = load, rawget(_G, "loadstring"), rawget(_G, "setfenv")
local is_luajit = rawget(_G, "jit") ~= nil
-- `load` takes a text and an environment.
local modern = is_luajit or _VERSION ~= "Lua 5.1"

local loader = {}

-- The chunk of a text as it stands.
local function load_native(text, name, env)
  if modern then
    return native_load(text, name, nil, env)
  end
  local f, message = native_loadstring(text, name)
  if f then
    native_setfenv(f, env)
  end
  return f, message
end

-- How messages name a chunk: what Lua makes of an error in it.
local function shown_name(name)
  local _, message = load_native("?", name, globals)
  return message:match("^(.*):1:") or name
end

-- Compiled functions are loaded by the function for text.
local native_dump, native_getupvalue = string.dump, debug.getupvalue
local native_setupvalue, native_joinupvalue = debug.setupvalue, debug.upvaluejoin

-- A function that begins on the first line, as a main function: to `debug.getinfo` and tracebacks the chunk is
-- what the text alone would be.
local function as_main(f, name, env)
  local dumped, text = pcall(native_dump, f)
  if not dumped then
    -- LuaJIT says only that it cannot; a function that was just loaded can be dumped, if there is memory.
    error("not enough memory", 0)
  end
  local dump = parts.main_chunk(text)
  local main = dump and load_native(dump, name, env)
  if not main then
    return f
  end
  for index = 1, math.huge do
    local upvalue, value = native_getupvalue(f, index)
    if not upvalue then
      return main
    elseif native_joinupvalue then
      native_joinupvalue(main, index, f, index)
    else
      native_setupvalue(main, index, value)
    end
  end
end

-- The sources of all chunks that were loaded here, as `debug.getinfo` tells them.
local sources = {}

local function load_text(text, name, env)
  local what, output, message = parts.translate(text, parts.is_taken_over)
  if what == "error" then
    -- Later Luas have more grammar than the translator knows, but no deeper nesting: some call the
    -- program's message handler over that.
    local f = not message:find("^chunk has too many syntax levels") and load_native(text, name, env)
    if f then
      return f
    end
    return nil, shown_name(name) .. ":" .. output .. ": " .. message
  end
  local f
  f, message = load_native(what == "same" and text or output, name, env)
  if not f then
    return nil, message
  end
  sources[name] = true
  if what == "maker" then
    f = as_main(f(parts.helpers(env)), name, env)
  end
  return f
end

local function check(value, kind, place, name, level)
  if type(value) ~= kind then
    local got = value == nil and "no value" or type(value)
    error(("bad argument #%d to '%s' (%s expected, got %s)"):format(place, name, kind, got), level or 3)
  end
end

-- The text of pieces that a function gives; none, and what it raised.
local function pieces(reader)
  local list = {}
  while true do
    local piece = reader()
    if piece == nil or piece == "" then
      return table.concat(list)
    elseif type(piece) ~= "string" then
      error("reader function must return a string", 0)
    end
    list[#list + 1] = piece
  end
end

local function is_binary(text)
  return text:byte(1) == 27
end

-- Compiled functions ---------------------------------------------------------------------------------

-- What begins the text of a compiled function with upvalues that it has to find again: a letter for each (the
-- globals, the helpers, what stands for all cdata, constants and their texts, or another), and a line's end.
local MARK = "\27lunaffi "
local function constants_text(list)
  local texts = {}
  for index, value in ipairs(list) do
    texts[index] = tostring(value):gsub("^%-?0([+-])", "%1"):gsub("^%+", "")
  end
  return "k" .. table.concat(texts, ",") .. ";"
end

local function dump(f, strip)
  local code = native_dump(f, strip)
  local kinds = {}
  local needed = false
  for index = 1, math.huge do
    local name, value = native_getupvalue(f, index)
    if not name then
      break
    elseif name == "_ENV" then
      kinds[index] = "e"
      needed = needed or index > 1
    elseif parts.is_helpers[value or 0] then
      kinds[index], needed = "h", true
    elseif rawequal(value, parts.any) then
      kinds[index], needed = "a", true
    elseif type(value) == "table" and name:find("^__ffi[%d_]*k$") then
      kinds[index], needed = constants_text(value), true
    else
      kinds[index] = "-"
      needed = needed or modern and not is_luajit
    end
  end
  return needed and MARK .. table.concat(kinds) .. "\n" .. code or code
end

local function load_compiled(text, name, env)
  if text:sub(1, #MARK) ~= MARK then
    return load_native(text, name, env)
  end
  local line = text:find("\n", 1, true)
  local f, message = load_native(text:sub(line + 1), name, env)
  if not f then
    return nil, message
  end
  local index, place = 0, #MARK + 1
  while place < line do
    local kind, texts = text:sub(place, place), text:match("^k([^;]*;)", place) or ""
    index, place = index + 1, place + 1 + #texts
    local value
    if kind == "e" then
      value = env
    elseif kind == "h" then
      value = parts.helpers(env)
    elseif kind == "a" then
      value = parts.any
    elseif kind == "k" then
      value = {}
      for constant in texts:gmatch("[^,;]+") do
        value[#value + 1] = ffi.eval(constant)
      end
    end
    native_setupvalue(f, index, value)
  end
  return f
end

function loader.load(text, name, env)
  if type(text) == "function" then
    local ok
    ok, text = pcall(pieces, text)
    if not ok then
      return nil, text
    end
    name = name or "=(load)"
  end
  check(text, "string", 1, "load")
  if type(name) == "number" then
    name = tostring(name)
  elseif name ~= nil then
    check(name, "string", 2, "load")
  end
  if env ~= nil then
    check(env, "table", 3, "load")
  end
  name, env = name or text, env or globals
  if is_binary(text) then
    return load_compiled(text, name, env)
  end
  return load_text(text, name, env)
end

local function read_file(path)
  if path == nil then
    return io.read("*a"), nil
  end
  local file, message = io.open(path, "rb")
  if not file then
    return nil, "cannot open " .. message
  end
  local text
  text, message = file:read("*a")
  file:close()
  if not text then
    return nil, "cannot read " .. path .. ": " .. tostring(message)
  end
  return text
end

function loader.loadfile(path, env)
  if path ~= nil then
    check(path, "string", 1, "loadfile")
  end
  if env ~= nil then
    check(env, "table", 2, "loadfile")
  end
  local text, message = read_file(path)
  if not text then
    return nil, message
  end
  return loader.load(text, path and "@" .. path or "=stdin", env)
end

function loader.translate(text)
  check(text, "string", 1, "translate")
  local what, output, message = parts.translate(text)
  if what == "error" then
    return nil, output .. ": " .. message
  end
  return what == "same" and text or output
end

-- Functions of translated programs that load source: it is of the same kind. ---------------------------

local own = {}
local load_from, loadfile_from = loader.load, loader.loadfile

-- A number is a text as well.
local function as_text(value)
  return type(value) == "number" and (parts.own.tostring or tostring)(value) or value
end

-- LuaJIT's `load(text or function, name, mode, env)`.
local function load_by(function_name, text, name, mode, ...)
  if parts.is_buffer(text) then
    text, name = tostring(text), name or ""
  end
  text, name = as_text(text), as_text(name)
  if type(text) ~= "string" and type(text) ~= "function" then
    check(text, "function", 1, function_name, 4)
  elseif name ~= nil then
    check(name, "string", 2, function_name, 4)
  end
  if mode ~= nil and type(text) == "string" then
    if not tostring(mode):find(is_binary(text) and "b" or "t", 1, true) then
      return nil, "attempt to load chunk with wrong mode"
    end
  end
  return load_from(text, name, select("#", ...) > 0 and (...) or nil)
end

function own.load(...)
  local f, message = load_by("load", ...)
  if f then
    return f
  end
  return nil, message
end

function own.loadstring(...)
  local f, message = load_by("loadstring", ...)
  if f then
    return f
  end
  return nil, message
end

function own.string_dump(f, strip)
  if type(f) ~= "function" then
    check(f, "function", 1, "dump")
  elseif debug.getinfo(f, "S").what == "C" then
    error("unable to dump given function", 2)
  end
  return dump(f, strip)
end

function own.loadfile(path, _, env)
  if path ~= nil then
    check(path, "string", 1, "loadfile")
  end
  local f, message = loadfile_from(path, env)
  if f then
    return f
  end
  return nil, message
end

function own.dofile(path)
  if path ~= nil then
    check(path, "string", 1, "dofile")
  end
  local f, message = loadfile_from(path)
  if not f then
    error(message, 0)
  end
  return f()
end

parts.replace(own)
parts.remember_standard()

-- require --------------------------------------------------------------------------------------------

-- Whether a translated chunk is what called `require`: the innermost Lua function but our own.
local function called_from_translated()
  for level = 3, 20 do
    local info = debug.getinfo(level, "S")
    if not info then
      return false
    end
    if info.what ~= "C" and info.what ~= "tail" and not info.source:find("^=lunaffi%.") then
      return sources[info.source] or false
    end
  end
  return false
end

-- The modules that describe C types by reading LuaJIT's memory: what gives the one that is used instead. A program's
-- own module of that name, which does not do so, is used.
local describers = { ["reflect"] = parts.reflect, ["ffi-reflect"] = parts.reflect }

local function reads_memory(text)
  return text:find("CTState", 1, true) ~= nil
end

-- LuaJIT calls a module with its name alone; later Luas add where it was found.
local passes_path = modern and not is_luajit
local function named_alone(f)
  return function(name)
    return f(name)
  end
end

function loader.searcher(wants)
  if wants ~= nil then
    check(wants, "function", 1, "searcher")
  end
  return function(name)
    local path = parts.searchpath(name, package.path)
    local text = path and read_file(path)
    local describer = not wants and describers[name]
    if describer and (not text or reads_memory(text)) then
      return describer
    end
    if not text or is_binary(text) then
      return nil
    end
    local wanted
    if wants then
      wanted = wants(text, name, path)
    else
      wanted = parts.is_taken_over or parts.concerns(text) or called_from_translated()
    end
    if not wanted then
      return nil
    end
    local f, message = load_text(text, "@" .. path, globals)
    if not f then
      error(("error loading module '%s' from file '%s':\n\t%s"):format(name, path, message), 0)
    end
    return passes_path and named_alone(f) or f, path
  end
end

-- The modules of LuaJIT that are here, by name, and where they come from.
local homes = {
  { "ffi", "lunaffi.luajit" },
  { "bit", "lunaffi.bit" },
  { "jit", "lunaffi.jit" },
  { "jit.opt", "lunaffi.jit" },
  { "string.buffer", "lunaffi.buffer" },
  { "jit.util", "lunaffi.jit" },
  { "jit.profile", "lunaffi.jit" },
  { "table.new", "lunaffi.loader" },
  { "table.clear", "lunaffi.loader" },
}

local installed = false

-- Makes `require` find LuaJIT's modules and translate what asks for it; adds what it registered to the
-- table. `old_modules`: for a program as a whole, on LuaJIT, too; what opens the modules that old programs know by
-- other names.
function parts.install(registered, old_modules)
  if is_luajit and not old_modules or installed then
    return
  end
  installed = true
  if old_modules then
    parts.modules.ffi = parts.plain_ffi()
  end
  for _, entry in ipairs(homes) do
    local name, home = entry[1], entry[2]
    local module = parts.modules[name]
    local is_free = package.preload[name] == nil and package.loaded[name] == nil
    if module ~= nil and (is_free or is_luajit) then
      package.preload[name] = function()
        return module
      end
      registered[name] = home
    end
  end
  if not old_modules then
    -- Behind what is preloaded, before what finds files.
    table.insert(package.searchers or package.loaders, 2, loader.searcher())
    return
  end
  -- As it is when LuaJIT starts.
  for _, name in ipairs({ "bit", "jit", "jit.opt" }) do
    if registered[name] then
      package.loaded[name], package.preload[name] = parts.modules[name], nil
    end
  end
  if is_luajit then
    package.loaded.ffi, package.loaded["string.buffer"] = nil, nil
  end
  parts.take_over()
  local loaders = package.loaders
  local search, native_search = loader.searcher(), loaders[2]
  loaders[2] = function(name)
    local open = old_modules[name]
    if open then
      return function()
        local module = open()
        -- The global that old programs expect is there from now on.
        if name == "alien" and rawget(globals, "alien") == nil then
          globals.alien = module
        end
        return module
      end
    end
    local f, path = search(name)
    if f then
      return f, path
    end
    return native_search(name)
  end
end

parts.loader = setmetatable(loader, { __name = "lunaffi.loader" })
