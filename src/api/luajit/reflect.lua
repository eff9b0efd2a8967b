-- The part of `lunaffi.reflect` that describes types, from what `ffi.typeinfo` tells: tables with the names that the
-- `ffi-reflect` module has.
local reflect, ffi = ...

local typeinfo, tonumber, floor, setmetatable = ffi.typeinfo, ffi.tonumber or tonumber, math.floor, setmetatable

-- So many bits of a number, from that one on.
local function bits(number, first, count)
  return floor(floor(number % 2 ^ 32 / 2 ^ first) % 2 ^ count)
end

-- So many bits in bytes.
local function bytes(count)
  return count % 8 == 0 and floor(count / 8) or count / 8
end

-- The kinds of entries, by their numbers: their name; the property that the entry's child is; the one that its size
-- is; flags by their bit, a name that begins with "=" being that of the entry itself.
local KINDS = {
  [0] = { what = "int", size = "size", [27] = "bool", [26] = "=float", [25] = "const", [24] = "volatile",
    [23] = "unsigned", [22] = "long" },
  { what = "struct", size = "size", [25] = "const", [24] = "volatile", [23] = "=union", [20] = "vla" },
  { what = "ptr", child = "element_type", size = "size", [25] = "const", [24] = "volatile", [23] = "=ref" },
  { what = "array", child = "element_type", size = "size", [27] = "vector", [26] = "complex", [25] = "const",
    [24] = "volatile", [20] = "vla" },
  { what = "void", size = "size", [25] = "const", [24] = "volatile" },
  { what = "enum", child = "type", size = "size", [25] = "const", [24] = "volatile" },
  { what = "func", child = "return_type", size = "nargs", [23] = "vararg", [22] = "sse_reg_params" },
  { what = "typedef", child = "element_type" },
  { what = "attrib" },
  { what = "field", child = "type", size = "offset" },
  { what = "bitfield", size = "offset", [27] = "bool", [25] = "const", [24] = "volatile", [23] = "unsigned" },
  { what = "constant", child = "type", size = "value", [25] = "const" },
}
local ATTRIB, FUNCTION, BIT_FIELD, LAST_TYPE = 8, 6, 10, 5

local CONVENTIONS = { [0] = "cdecl", "thiscall", "fastcall", "stdcall" }

-- The kinds of attributes.
local QUALIFIERS, ALIGNMENT, PART = 1, 2, 3

-- The methods of descriptions, by the name of their kind.
local methods = {}
local metatables = {}

-- The number of the first member of each description that has members.
local first_member = setmetatable({}, { __mode = "k" })

local describe

-- What an attribute says is said of the type behind it.
local function describe_attribute(id, entry)
  local described = describe(bits(entry.info, 0, 16))
  local attribute, value = bits(entry.info, 16, 8), entry.size or 0
  if attribute == QUALIFIERS then
    described.const = bits(value, 25, 1) == 1 or described.const
    described.volatile = bits(value, 24, 1) == 1 or described.volatile
  elseif attribute == ALIGNMENT then
    described.alignment = floor(2 ^ value)
  elseif attribute == PART then
    described.transparent, described.offset = true, value
  end
  described.typeid = id
  return described
end

-- A bit-field looks like a field of an integer type of its own.
local function finish_bit_field(described, info)
  described.offset = described.offset + bytes(bits(info, 0, 7))
  described.size = bytes(bits(info, 8, 7))
  described.type = setmetatable({
    what = "int",
    size = bits(info, 16, 7),
    bool = described.bool,
    const = described.const,
    volatile = described.volatile,
    unsigned = described.unsigned,
  }, metatables.int)
  described.bool, described.const, described.volatile, described.unsigned = nil, nil, nil, nil
end

function describe(id)
  local entry = typeinfo(id)
  local info = entry.info
  local number = bits(info, 28, 4)
  if number == ATTRIB then
    return describe_attribute(id, entry)
  end
  local kind = KINDS[number]
  local described = { what = kind.what, typeid = id, name = entry.name }
  for bit = 20, 27 do
    local flag = kind[bit]
    if flag and bits(info, bit, 1) == 1 then
      if flag:sub(1, 1) == "=" then
        described.what = flag:sub(2)
      else
        described[flag] = true
      end
    end
  end
  if number <= LAST_TYPE then
    described.alignment = floor(2 ^ bits(info, 16, 4))
  elseif number == FUNCTION then
    described.convention = CONVENTIONS[bits(info, 16, 2)]
  end
  if kind.child then
    described[kind.child] = describe(bits(info, 0, 16))
  end
  if kind.size == "size" then
    described.size = entry.size or "none"
  elseif kind.size then
    -- LuaJIT has no size of -1: a value of it is left out.
    described[kind.size] = entry.size or -1
  end
  if number == BIT_FIELD then
    finish_bit_field(described, info)
  end
  if methods[kind.what] then
    first_member[described] = entry.sib or false
  end
  return setmetatable(described, metatables[described.what])
end

-- An iterator over the members of a description.
local function members(described)
  local id = first_member[described]
  return function()
    while id do
      local current, entry = id, typeinfo(id)
      id = entry.sib
      -- An attribute without a type is one of the whole.
      if bits(entry.info, 28, 4) ~= ATTRIB or bits(entry.info, 0, 16) ~= 0 then
        return describe(current)
      end
    end
  end
end

-- A member by its name, or by its place from 1.
local function member(described, name)
  local place = tonumber(name)
  for found in members(described) do
    if place == 1 or not place and found.name == name then
      return found
    end
    place = place and place - 1
  end
end

methods.struct = { members = members, member = member }
methods.func = { arguments = members, argument = member }
methods.enum = { values = members, value = member }
for number = 0, #KINDS do
  local what = KINDS[number].what
  metatables[what] = { __index = methods[what] or {} }
end
metatables.union, metatables.float, metatables.ref = metatables.struct, metatables.int, metatables.ptr

function reflect.typeof(x)
  return describe(tonumber(ffi.typeof(x)))
end
