-- Values and errors as text that must be equal under the reference and under lunaffi.luajit: types by
-- name, numbers exactly, addresses and the numbers of anonymous types masked, positions cut off.

local serialise = {}

local function number(x)
  if x ~= x then
    return "nan"
  elseif x == math.huge or x == -math.huge then
    return x > 0 and "inf" or "-inf"
  elseif x == 0 then
    return 1 / x < 0 and "-0" or "0"
  elseif math.type and math.type(x) == "integer" then
    return ("%d"):format(x)
  end
  -- 17 digits tell every double from every other; the shortest text that reads back looks better.
  for digits = 1, 17 do
    local text = ("%." .. digits .. "g"):format(x)
    if tonumber(text) == x then
      -- Integral values read like integers, however large.
      return text:find("e", 1, true) and math.abs(x) < 2 ^ 53 and x % 1 == 0 and ("%.0f"):format(x) or text
    end
  end
end

local function mask(text)
  text = text:gsub("(<[^\n]->: )0x%x+", "%1ADDRESS")
  text = text:gsub("(%f[%w]struct )%d+", "%1N"):gsub("(%f[%w]union )%d+", "%1N"):gsub("(%f[%w]enum )%d+", "%1N")
  return text
end

local function string_text(text)
  return '"' .. mask(text):gsub('[%c"\\\127-\255]', function(char)
    return ("\\x%02x"):format(char:byte())
  end) .. '"'
end

local value -- tables contain values

local function table_text(t)
  local keys = {}
  for key in next, t do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    local ta, tb = type(a), type(b)
    if ta ~= tb then
      return ta < tb
    end
    if ta == "number" then
      return a < b
    end
    return tostring(a) < tostring(b)
  end)
  local parts = {}
  for i, key in ipairs(keys) do
    parts[i] = "[" .. value(key) .. "] = " .. value(t[key])
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

-- `type_of` is what `type` is in a LuaJIT program.
local type_of

function value(x)
  local kind = type_of(x)
  if kind == "number" then
    return number(x)
  elseif kind == "string" then
    return string_text(x)
  elseif kind == "table" and not getmetatable(x) then
    return table_text(x)
  elseif kind == "nil" or kind == "boolean" then
    return tostring(x)
  elseif kind == "cdata" then
    return mask(tostring(x))
  end
  return kind
end

-- The function that makes the text of a value.
function serialise.value(type_function)
  return function(x)
    type_of = type_function
    return value(x)
  end
end

-- What `fn(...)` does: its results, a line each, or its error.
function serialise.outcome(type_function, fn, ...)
  type_of = type_function
  local function collect(ok, ...)
    if not ok then
      local message = (...)
      if type(message) == "string" then
        -- A position, and one that a message from an inner chunk brought along.
        return "error: " .. mask((message:gsub("^[^\n]-:%d+: ", "")))
      end
      return "error with " .. value(message)
    end
    local parts = {}
    for i = 1, select("#", ...) do
      parts[i] = value((select(i, ...)))
    end
    return #parts == 0 and "nothing" or table.concat(parts, "\n")
  end
  return collect(pcall(fn, ...))
end

return serialise
