-- `string.format` as LuaJIT has it: `%d` takes 64-bit cdata and cuts fractions off, `%s` takes anything, what is
-- no number has a name.
local parts = ...

local math, string, type, tostring, select, pcall = math, string, type, tostring, select, pcall
local unpack = table.unpack or _G.unpack
local ffi = parts.ffi()
local own, checked = parts.own, parts.checked
local is_old = _VERSION == "Lua 5.1"

local format = string.format
local floor, ceil = math.floor, math.ceil
local kind_of, fits = own.type, parts.fits
local text_of = own.tostring or tostring

local function octal(value)
  local digits = ""
  repeat
    digits = tostring(own.bit.band(value, 7)):gsub("U?LL$", "") .. digits
    value = own.bit.rshift(value, 3)
  until ffi.eq(value, 0)
  return digits
end

local integral = { d = true, i = true, c = true, o = true, u = true, x = true, X = true }
local floating = { a = true, A = true, e = true, E = true, f = true, F = true, g = true, G = true }

-- Infinity, or none, with the sign that the flags ask for.
local function name_of(value, flags)
  local sign = value == -math.huge and "-" or flags:find("+", 1, true) and value == value and "+" or flags:match(" ")
  return (sign or "") .. (value ~= value and "nan" or "inf")
end

-- In quotes, as every Lua but 5.1 has it.
local function quoted(value)
  local text = text_of(value):gsub('([%c%z"\\])(%d?)', function(char, digit)
    if char == '"' or char == "\\" or char == "\n" then
      return "\\" .. char .. digit
    end
    return format(digit == "" and "\\%d" or "\\%03d", char:byte()) .. digit
  end)
  return '"' .. text .. '"'
end

-- A template and values that Lua's own function takes.
local function prepared(count, template, ...)
  local values = { ... }
  local place = 0
  local changed = template:gsub("%%([-+ #0]*)([%d.]*)([%a%%])", function(flags, width, letter)
    if letter == "%" then
      return nil
    end
    place = place + 1
    local value = values[place]
    local kept = flags:gsub("[+ #0]", "")
    if letter == "s" and type(value) ~= "string" and place <= count then
      values[place] = text_of(value)
    elseif letter == "q" and (is_old or type(value) ~= "string") and place <= count then
      values[place] = quoted(value)
      return "%s"
    elseif floating[letter] and type(value) == "number" and value - value ~= 0 then
      local name = name_of(value, flags)
      values[place] = letter:find("%u") and name:upper() or name
      return "%" .. kept .. width:gsub("%..*", "") .. "s"
    elseif integral[letter] and type(value) == "number" then
      values[place] = value < 0 and ceil(value) or floor(value)
    elseif integral[letter] and kind_of(value) == "cdata" then
      if letter == "o" then
        values[place] = octal(value)
      elseif letter == "x" or letter == "X" then
        values[place] = own.bit.tohex(value, letter == "X" and -16 or 16):gsub("^0+(.)", "%1")
      else
        values[place] = tostring(ffi.cast("int64_t", value)):gsub("LL$", "")
      end
      return "%" .. kept .. width .. "s"
    end
  end)
  return changed, unpack(values, 1, count)
end

function own.string_format(template, ...)
  local result
  if type(template) ~= "string" or fits(template, ...) then
    result = checked("format", 0, pcall(format, template, ...))
  else
    result = checked("format", 0, pcall(format, prepared(select("#", ...), template, ...)))
  end
  return result
end

function parts.method_format(template, ...)
  local result
  if fits(template, ...) then
    result = checked("format", 1, pcall(format, template, ...))
  else
    result = checked("format", 1, pcall(format, prepared(select("#", ...), template, ...)))
  end
  return result
end
