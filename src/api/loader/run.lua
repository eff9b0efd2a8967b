-- `lunaffi.run`: runs the program of the command line through the loader, as the interpreter itself
-- would do it, and ends the process. For `lua -l lunaffi.run program.lua ...`.
local parts = ...

local io, debug, type, tostring, xpcall, getmetatable, error = io, debug, type, tostring, xpcall, getmetatable, error
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

local function message_of(value)
  if type(value) == "string" then
    return value
  end
  local meta = getmetatable(value)
  if type(meta) == "table" and meta.__tostring then
    return tostring(value)
  elseif type(value) == "number" then
    return tostring(value)
  end
  return "(error object is a " .. type(value) .. " value)"
end

local function with_traceback(value)
  local text = debug.traceback(message_of(value), 2)
  -- What is below the program is our own.
  return (text:gsub("\n\t%[lunaffi%.run%].*", ""):gsub("\n\t%[C%]: in function 'xpcall'$", ""):gsub(
    "\n\t%[C%]: in function <0x%x+>$", ""))
end

-- True when a Lua function is running that is none of the command line's.
local function called_by_program()
  for level = 2, 200 do
    local info = debug.getinfo(level, "S")
    if not info then
      return false
    end
    local source = info.source
    if info.what ~= "C" and not source:find("^=lunaffi%.") and source ~= "=(command line)" and source ~= "=LUA_INIT" then
      return true
    end
  end
end

function parts.start()
  if called_by_program() then
    error("lunaffi.run is for the command line: lua -l lunaffi.run program.lua", 0)
  end
  parts.install({}, true)
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
  if not ok then
    io.stderr:write(words[1], ": ", tostring(message), "\n")
    io.stderr:flush()
  end
  parts.finish(ok and 0 or 1)
end
