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

-- The running Lua with the arguments given, as a command line; modules are found where they are found here.
local function command_line(...)
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
  return table.concat(words, " ")
end

-- Runs it.
function interpreter.run(...)
  return interpreter.shell(command_line(...))
end

-- Runs it in an address space of so many kilobytes.
function interpreter.run_within(kilobytes, ...)
  return interpreter.shell(("ulimit -v %d; ulimit -c 0; "):format(kilobytes) .. command_line(...))
end

return interpreter
