-- `lunaffi.loader`: loads LuaJIT source, translated for this Lua.
local parts = ...

local type, tostring, error, pcall, select, setmetatable = type, tostring, error, pcall, select, setmetatable
local table, io, debug, package, ipairs, rawget = table, io, debug, package, ipairs, rawget
local globals = _G
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
  local dump = parts.main_chunk(native_dump(f))
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
  local what, output, message = parts.translate(text)
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

local function check(value, kind, place, name)
  if type(value) ~= kind then
    local got = value == nil and "no value" or type(value)
    error(("bad argument #%d to '%s' (%s expected, got %s)"):format(place, name, kind, got), 3)
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
  if name ~= nil then
    check(name, "string", 2, "load")
  end
  if env ~= nil then
    check(env, "table", 3, "load")
  end
  name, env = name or text, env or globals
  if is_binary(text) then
    return load_native(text, name, env)
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

-- LuaJIT's `load(text or function, name, mode, env)`.
function own.load(text, name, mode, ...)
  if parts.is_buffer(text) then
    text, name = tostring(text), name or ""
  end
  if type(text) ~= "string" and type(text) ~= "function" then
    check(text, "function", 1, "load")
  end
  if mode ~= nil and type(text) == "string" then
    if not tostring(mode):find(is_binary(text) and "b" or "t", 1, true) then
      return nil, "attempt to load chunk with wrong mode"
    end
  end
  return load_from(text, name, select("#", ...) > 0 and (...) or nil)
end

function own.loadstring(text, name)
  if type(text) == "number" then
    text = tostring(text)
  end
  if type(text) ~= "string" then
    check(text, "string", 1, "loadstring")
  end
  return load_from(text, name)
end

function own.loadfile(path, _, env)
  return loadfile_from(path, env)
end

function own.dofile(path)
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
      wanted = parts.concerns(text) or called_from_translated()
    end
    if not wanted then
      return nil
    end
    local f, message = load_text(text, "@" .. path, globals)
    if not f then
      error(("error loading module '%s' from file '%s':\n\t%s"):format(name, path, message), 0)
    end
    return f, path
  end
end

-- The modules of LuaJIT that are here, by name, and where they come from.
local homes = {
  { "ffi", "lunaffi.luajit" },
  { "bit", "lunaffi.bit" },
  { "jit", "lunaffi.jit" },
  { "jit.opt", "lunaffi.jit" },
  { "string.buffer", "lunaffi.buffer" },
  { "table.new", "lunaffi.loader" },
  { "table.clear", "lunaffi.loader" },
}

local installed = false

-- Makes `require` find LuaJIT's modules and translate what asks for it; adds what it registered to the
-- table. `always`: on LuaJIT, too.
function parts.install(registered, always)
  if is_luajit and not always or installed then
    return
  end
  installed = true
  for _, entry in ipairs(homes) do
    local name, home = entry[1], entry[2]
    local module = parts.modules[name]
    if module ~= nil and package.preload[name] == nil and package.loaded[name] == nil then
      package.preload[name] = function()
        return module
      end
      registered[name] = home
    end
  end
  if always and not is_luajit then
    -- As it is when LuaJIT starts.
    for _, name in ipairs({ "bit", "jit", "ffi" }) do
      if package.loaded[name] == nil and registered[name] then
        package.loaded[name] = parts.modules[name]
      end
    end
  end
  -- Behind what is preloaded, before what finds files.
  table.insert(package.searchers or package.loaders, 2, loader.searcher())
end

parts.loader = setmetatable(loader, { __name = "lunaffi.loader" })
