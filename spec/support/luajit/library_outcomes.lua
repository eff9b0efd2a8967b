-- Prints what each expression of `library_cases.lua` gives, a line each. It is run by the reference LuaJIT, and by
-- `lunaffi.run`. The file of the cases is the argument.

local path = ...

-- Text without what is another each time.
local function plain(text)
  return (text:gsub("0x%x+", "ADDRESS"):gsub("\n", "\\n"):gsub("%z", "\\0"))
end

local function shown(value)
  if type(value) == "function" then
    return "function"
  end
  return type(value) .. " " .. plain(tostring(value))
end

-- Of an error the words are Lua's own; where it is said to be, and in which function, have to be right.
local function shown_error(message)
  if type(message) ~= "string" then
    return "raises a " .. type(message)
  end
  local position = message:match("^case:%d+: ") or "(nowhere) "
  return "raises " .. position .. (message:match(" to ('[^']*') %(") or "")
end

local function outcome(ok, ...)
  if not ok then
    return shown_error((...))
  end
  local list = {}
  for place = 1, select("#", ...) do
    list[place] = shown((select(place, ...)))
  end
  return table.concat(list, ", ")
end

-- No call of a case is a tail call: such a one has no name in messages.
_G.keep = function(...)
  return ...
end

local output = {}
for place, text in ipairs(dofile(path)) do
  local chunk = assert(loadstring("return keep(" .. text .. ")", "=case"))
  output[place] = outcome(pcall(chunk))
end
io.write(table.concat(output, "\n"), "\n")
