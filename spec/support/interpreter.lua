-- The Lua that runs the specs, and running other programs with it.

local interpreter = {}

-- `arg` counts down from the script to the interpreter: the lowest entry is the command.
local function find_command()
  local arguments = rawget(_G, "arg") or {}
  local index = 0
  while arguments[index - 1] do
    index = index - 1
  end
  if index < 0 then
    return arguments[index]
  end
  return rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("%d+%.%d+")
end

interpreter.command = find_command()

-- A word of a POSIX shell's command line.
function interpreter.quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- Runs a command line. Returns what it wrote, errors included, and its exit status.
function interpreter.shell(line)
  -- 5.1 does not tell the status of a pipe: the shell appends it.
  local pipe = assert(io.popen("{ " .. line .. "\n} 2>&1 </dev/null; echo \"exit status $?\""))
  local output = pipe:read("*a")
  pipe:close()
  local text, status = output:match("^(.*)exit status (%d+)\n$")
  assert(text, "the shell did not end: " .. output)
  return text, tonumber(status)
end

-- Runs the running Lua with the arguments given; modules are found where they are found here.
function interpreter.run(...)
  -- The versioned variables win over the others, so a Lua that knows them gets those.
  local suffix = ""
  if _VERSION ~= "Lua 5.1" then
    suffix = "_" .. _VERSION:match("%d+%.%d+"):gsub("%.", "_")
  end
  local words = {
    "LUA_PATH" .. suffix .. "=" .. interpreter.quote(package.path),
    "LUA_CPATH" .. suffix .. "=" .. interpreter.quote(package.cpath),
    interpreter.quote(interpreter.command),
  }
  for _, argument in ipairs({ ... }) do
    words[#words + 1] = interpreter.quote(argument)
  end
  return interpreter.shell(table.concat(words, " "))
end

return interpreter
