-- `lunaffi.run`: runs the program of the command line through the loader, as the interpreter itself
-- would do it, and ends the process. For `lua -l lunaffi.run program.lua ...`.
local parts = ...

local io, debug, package, type, tostring, getmetatable = io, debug, package, type, tostring, getmetatable
local pcall, xpcall, error = pcall, xpcall, error
local kind_of = parts.ffi().type or type
local unpack = table.unpack or rawget(_G, "unpack")

-- Options of interpreters that take the next word, when nothing follows in their own.
local takes_word = { ["-e"] = true, ["-l"] = true, ["-j"] = true }

-- The place of the program among the words; none when there is no program.
local function find_program(words)
  local place = 2
  while words[place] do
    local word = words[place]
    if word == "-" or word:sub(1, 1) ~= "-" then
      return place
    elseif word == "--" then
      return words[place + 1] and place + 1
    end
    place = place + (takes_word[word] and 2 or 1)
  end
end

-- A message handler: what interpreters make of an error that nobody caught.
local function with_traceback(value)
  if value == nil then
    return nil
  end
  if kind_of(value) == "cdata" then
    local ok, text = pcall(tostring, value)
    value = ok and type(text) == "string" and text or "(error object is a cdata value)"
  elseif type(value) ~= "string" then
    local meta = getmetatable(value)
    if type(meta) == "table" and meta.__tostring then
      return tostring(value)
    end
    value = type(value) == "number" and tostring(value) or "(error object is a " .. type(value) .. " value)"
  end
  local trace = debug.traceback(value, 2)
  -- What is below the program is our own.
  local own = trace:find("\n\tlunaffi%.run:%d+: in ")
  if not own then
    return trace
  end
  trace = trace:sub(1, own - 1):gsub("(\n\t[^\n]-:%d+:) in [^\n]*$", "%1 in main chunk")
  return trace .. "\n\t[C]: in ?"
end

-- True when a Lua function is running that is none of the command line's.
local function called_by_program()
  for level = 2, 200 do
    local info = debug.getinfo(level, "S")
    if not info then
      return false
    end
    local source = info.source
    local of_command = source == "=(command line)" or source == "=LUA_INIT" or source:find("^=lunaffi%.")
    if info.what ~= "C" and not of_command then
      return true
    end
  end
end

-- `old_modules`: what opens the modules that old programs know by other names.
function parts.start(old_modules)
  if called_by_program() then
    error("lunaffi.run is for the command line: lua -l lunaffi.run program.lua", 0)
  end
  parts.install({}, old_modules)
  -- Lua 5.1 has put a mark there while this runs.
  package.loaded["lunaffi.run"] = nil
  local words = parts.arguments()
  local place = find_program(words)
  if not place then
    return parts.loader
  end
  local arg, arguments = {}, {}
  for index = 1, #words do
    arg[index - place] = words[index]
    if index > place then
      arguments[index - place] = words[index]
    end
  end
  _G.arg = arg

  local program = words[place]
  local f, message
  if program == "-" and words[place - 1] ~= "--" then
    f, message = parts.loader.loadfile()
  else
    f, message = parts.loader.loadfile(program)
  end
  local ok = f ~= nil
  if ok then
    local function run()
      f(unpack(arguments, 1, #arguments))
    end
    ok, message = xpcall(run, with_traceback)
  end
  io.stdout:flush()
  if message ~= nil then
    io.stderr:write(words[1], ": ", tostring(message), "\n")
    io.stderr:flush()
  end
  parts.finish(ok and 0 or 1)
end
