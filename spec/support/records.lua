-- The struct and union types of the fixtures, declared through lunaffi, with a value of each.

local ffi = require("lunaffi")

local records = {}

local function union(schema)
  return ffi.union(schema)
end

local function struct(name, schema)
  return ffi.struct(schema, { name = name })
end

local point = struct("point", { { "x", "f64" }, { "y", "f64" } })
local pointf = struct("pointf", { { "x", "f32" }, { "y", "f32" } })
local innermost = struct("innermost", { { "c", "u8" }, { "d", "f32" } })
local inner = struct("inner", { { "b", "i16" }, { "e", innermost } })

records.types = {
  point = point,
  pointf = pointf,
  vec3f = struct("vec3f", { { "x", "f32" }, { "y", "f32" }, { "z", "f32" } }),
  floats4 = struct("floats4", { { "v", "f32", 4 } }),
  one32 = struct("one32", { { "v", "i32" } }),
  one8 = struct("one8", { { "v", "i8" } }),
  onef = struct("onef", { { "v", "f32" } }),
  oned = struct("oned", { { "v", "f64" } }),
  i8_i16 = struct("i8_i16", { { "a", "i8" }, { "b", "i16" } }),
  int_float = struct("int_float", { { "i", "i32" }, { "f", "f32" } }),
  double_int = struct("double_int", { { "d", "f64" }, { "i", "i32" } }),
  int_double = struct("int_double", { { "i", "i32" }, { "d", "f64" } }),
  pair64 = struct("pair64", { { "a", "i64" }, { "b", "i64" } }),
  triple64 = struct("triple64", { { "a", "i64" }, { "b", "i64" }, { "c", "i64" } }),
  bytes3 = struct("bytes3", { { "v", "u8", 3 } }),
  bytes16 = struct("bytes16", { { "v", "u8", 16 } }),
  bytes17 = struct("bytes17", { { "v", "u8", 17 } }),
  floats3d = struct("floats3d", { { "f", "f32" }, { "d", "f64" } }),
  bools = struct("bools", { { "a", "bool" }, { "b", "bool" }, { "c", "bool" } }),
  rect = struct("rect", { { "min", point }, { "max", point } }),
  segment = struct("segment", { { "a", pointf }, { "b", pointf } }),
  item = struct("item", { { "id", "i32" }, { "tags", "i16", 3 }, { "weight", "f32" } }),
  big = struct("big", { { "v", "f64", 16 } }),
  deep = struct("deep", { { "a", "i8" }, { "f", inner } }),
  polygon = struct("polygon", { { "count", "i32" }, { "corners", pointf, 3 } }),
  named = struct("named", { { "name", "pointer" }, { "data", "pointer" }, { "n", "i32" } }),
  num32 = union({ { "i", "i32" }, { "f", "f32" } }),
  num64 = union({ { "d", "f64" }, { "i", "i64" } }),
  key16 = union({ { "i", "i32" }, { "b", "u8", 16 } }),
  funion = union({ { "f", "f32" }, { "v", "f32", 2 } }),
  wide = union({ { "i", "i64" }, { "b", "u8", 24 } }),
}
records.types.tagged = struct("tagged", { { "kind", "i32" }, { "value", records.types.num64 } })

local function sequence(count, first, step)
  local list = {}
  for i = 1, count do
    list[i] = first + (i - 1) * (step or 1)
  end
  return list
end

-- Name, the value as the flat list of its numbers in order, and the same as nested tables by name.
-- Every number is exact as a float.
records.values = {
  { "point", { 1.5, -2.25 }, { x = 1.5, y = -2.25 } },
  { "pointf", { 1.5, -2.25 }, { x = 1.5, y = -2.25 } },
  { "vec3f", { 1.5, -2.25, 1024 }, { x = 1.5, y = -2.25, z = 1024 } },
  { "floats4", { 0.5, 1.5, 2.5, 3.5 }, { v = { 0.5, 1.5, 2.5, 3.5 } } },
  { "one32", { -70000 }, { v = -70000 } },
  { "one8", { -100 }, { v = -100 } },
  { "onef", { 0.25 }, { v = 0.25 } },
  { "oned", { 1e100 }, { v = 1e100 } },
  { "i8_i16", { -100, 30000 }, { a = -100, b = 30000 } },
  { "int_float", { -5, 0.5 }, { i = -5, f = 0.5 } },
  { "double_int", { 2.5, -7 }, { d = 2.5, i = -7 } },
  { "int_double", { -7, 2.5 }, { i = -7, d = 2.5 } },
  { "pair64", { 2 ^ 40, -3 }, { a = 2 ^ 40, b = -3 } },
  { "triple64", { 1, -2 ^ 41, 3 }, { a = 1, b = -2 ^ 41, c = 3 } },
  { "bytes3", { 1, 128, 250 }, { v = { 1, 128, 250 } } },
  { "bytes16", sequence(16, 101), { v = sequence(16, 101) } },
  { "bytes17", sequence(17, 200), { v = sequence(17, 200) } },
  { "floats3d", { 0.5, -8.125 }, { f = 0.5, d = -8.125 } },
  { "rect", { 1.5, 2.5, 3.5, -4.5 }, { min = { x = 1.5, y = 2.5 }, max = { x = 3.5, y = -4.5 } } },
  { "segment", { 1.5, 2.5, 3.5, -4.5 }, { a = { x = 1.5, y = 2.5 }, b = { x = 3.5, y = -4.5 } } },
  { "item", { 7, 1, -2, 300, 0.75 }, { id = 7, tags = { 1, -2, 300 }, weight = 0.75 } },
  { "big", sequence(16, -3.5, 1.25), { v = sequence(16, -3.5, 1.25) } },
  { "deep", { -1, 3000, 200, 0.5 }, { a = -1, f = { b = 3000, e = { c = 200, d = 0.5 } } } },
  { "polygon", { 3, 0.5, 1.5, 2.5, 3.5, 4.5, -5.5 },
    { count = 3, corners = { { x = 0.5, y = 1.5 }, { x = 2.5, y = 3.5 }, { x = 4.5, y = -5.5 } } } },
}

-- The flat list of numbers in a view, reading it as the nested table of its value is shaped.
-- Arrays are tables with a first element; fields come in the order of the definition.
function records.flatten(view, definition, shape)
  local list = {}
  local function walk(value, part, fields)
    if type(part) ~= "table" then
      list[#list + 1] = value
    elseif part[1] ~= nil then
      for i = 1, #part do
        walk(value[i - 1], part[i])
      end
    else
      local names = fields or {}
      if not fields then
        for name in pairs(part) do
          names[#names + 1] = name
        end
        table.sort(names, function(one, other) return value:fieldPtr(one).addr < value:fieldPtr(other).addr end)
      end
      for _, name in ipairs(names) do
        walk(value[name], part[name])
      end
    end
  end
  walk(view, shape, definition:fields())
  return list
end

return records
