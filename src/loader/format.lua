-- `string.format` as LuaJIT has it: `%d` takes 64-bit cdata and cuts fractions off, `%s` takes anything, what is
-- no number has a name.
local parts = ...

local math, string, table, type, tostring, select, pcall = math, string, table, type, tostring, select, pcall
local unpack = table.unpack or _G.unpack
local ffi = parts.ffi()
local own, checked = parts.own, parts.checked
local is_old = _VERSION == "Lua 5.1"
-- Texts may end at a NUL.
local cuts_text = (is_old or _VERSION == "Lua 5.2") and not parts.is_luajit

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

-- A number beyond 64 bits, or what is as long as they are, as C converts it.
local function wide(value, letter)
  if letter == "d" or letter == "i" or value < 0 then
    return ffi.cast("int64_t", value)
  end
  return ffi.cast("uint64_t", value)
end

-- The digits of a wide integer.
local function digits_of(value, letter)
  if letter == "o" then
    return octal(value)
  elseif letter == "x" or letter == "X" then
    return (own.bit.tohex(value, letter == "X" and -16 or 16):gsub("^0+(.)", "%1"))
  elseif letter == "u" then
    return (tostring(ffi.cast("uint64_t", value)):gsub("ULL$", ""))
  end
  return (tostring(ffi.cast("int64_t", value)):gsub("LL$", ""))
end

-- A template and values that Lua's own function takes.
local function prepared(template, ...)
  local values, count = { ... }, select("#", ...)
  local place = 0
  local changed = template:gsub("%%([-+ #0]*)([%d.]*)([%a%%])", function(flags, width, letter)
    if letter == "%" then
      return nil
    end
    place = place + 1
    local value = values[place]
    local kept = flags:gsub("[+ #0]", "")
    if integral[letter] and type(value) == "string" then
      value = tonumber(value) or value
    end
    if letter == "s" and type(value) ~= "string" and place <= count then
      values[place] = text_of(value)
    elseif letter == "s" and cuts_text and value:find("%z") then
      -- In the template itself: there only what is written is text.
      local size, limit = tonumber(width:match("^%d+")) or 0, tonumber(width:match("%.(%d*)$"))
      local text = value:sub(1, limit)
      local padding = (" "):rep(size - #text)
      table.remove(values, place)
      place, count = place - 1, count - 1
      return ((flags:find("-", 1, true) and text .. padding or padding .. text):gsub("%%", "%%%%"))
    elseif letter == "q" and (is_old or type(value) ~= "string") and place <= count then
      values[place] = quoted(value)
      return "%s"
    elseif letter == "q" then
      return "%q"
    elseif floating[letter] and type(value) == "number" and value - value ~= 0 then
      local name = name_of(value, flags)
      values[place] = letter:find("%u") and name:upper() or name
      return "%" .. kept .. width:gsub("%..*", "") .. "s"
    elseif letter == "F" then
      return "%" .. flags .. width .. "f"
    elseif is_old and (letter == "a" or letter == "A") and tonumber(value) then
      values[place] = parts.hexadecimal("%" .. flags .. width .. letter, tonumber(value))
      return "%s"
    elseif integral[letter] and type(value) == "number" then
      local unsigned = value < 0 and letter:find("[xXou]")
      if value - value == 0 and letter ~= "c" and (value >= 2^63 or value < -2^63 or unsigned) then
        values[place] = digits_of(wide(value, letter), letter)
        return "%" .. kept .. width .. "s"
      end
      values[place] = value < 0 and ceil(value) or floor(value)
    elseif integral[letter] and kind_of(value) == "cdata" then
      values[place] = digits_of(value, letter)
      return "%" .. kept .. width .. "s"
    end
  end)
  return changed, unpack(values, 1, count)
end

local function format_any(template, ...)
  if type(template) ~= "string" or fits(template, ...) then
    return format(template, ...)
  end
  return format(prepared(template, ...))
end

own.string_format = parts.named("format", format_any)
if not parts.is_luajit then
  parts.run_only.string_format = parts.adapt("format", format, prepared)
end

function parts.method_format(template, ...)
  local result = checked("format", 1, pcall(format_any, template, ...))
  return result
end
