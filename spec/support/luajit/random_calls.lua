-- Steps of random programs that call C: structs by value and by pointer, variadic functions.

local types = require("spec.support.luajit.random_types")

local calls = {}

local function number(text)
  return { kind = "number", text = text }
end

local function record(name, ...)
  local fields = {}
  for i, field in ipairs({ ... }) do
    fields[i] = { name = field[1], type = type(field[2]) == "string" and number(field[2]) or field[2] }
  end
  return { kind = "record", text = "cl_" .. name, name = name, fields = fields }
end

local function array(text, count)
  return { kind = "array", elem = type(text) == "string" and number(text) or text, count = count }
end

local point = record("point", { "x", "double" }, { "y", "double" })
local pointf = record("pointf", { "x", "float" }, { "y", "float" })
-- The structs of the fixtures that have a sum and a next one.
local RECORDS = {
  point, pointf, record("vec3f", { "x", "float" }, { "y", "float" }, { "z", "float" }),
  record("floats4", { "v", array("float", 4) }), record("onef", { "v", "float" }), record("oned", { "v", "double" }),
  record("floats3d", { "f", "float" }, { "d", "double" }), record("one8", { "v", "int8_t" }),
  record("one32", { "v", "int32_t" }), record("i8_i16", { "a", "int8_t" }, { "b", "int16_t" }),
  record("bools", { "a", "bool" }, { "b", "bool" }, { "c", "bool" }), record("bytes3", { "v", array("uint8_t", 3) }),
  record("bytes16", { "v", array("uint8_t", 16) }), record("bytes17", { "v", array("uint8_t", 17) }),
  record("pair64", { "a", "int64_t" }, { "b", "int64_t" }),
  record("triple64", { "a", "int64_t" }, { "b", "int64_t" }, { "c", "int64_t" }),
  record("int_float", { "i", "int32_t" }, { "f", "float" }),
  record("double_int", { "d", "double" }, { "i", "int32_t" }),
  record("int_double", { "i", "int32_t" }, { "d", "double" }), record("big", { "v", array("double", 16) }),
  record("rect", { "min", point }, { "max", point }), record("segment", { "a", pointf }, { "b", pointf }),
  record("polygon", { "count", "int32_t" }, { "corners", array(pointf, 3) }),
}

-- What declares them, and the functions.
function calls.declarations()
  local lines = { "int snprintf(char *, size_t, const char *, ...);" }
  for _, t in ipairs(RECORDS) do
    local members = {}
    for i, field in ipairs(t.fields) do
      members[i] = types.declare(field.type, field.name) .. ";"
    end
    lines[#lines + 1] = ("typedef struct { %s } %s; double sum_%s(%s); %s next_%s(%s);"):format(
      table.concat(members, " "), t.text, t.name, t.text, t.text, t.name, t.text)
  end
  return table.concat(lines, "\n")
end

-- Adds steps: `random`, `step(code)`, `value()` of any kind, `suited(type)`.
function calls.add(random, step, value, suited)
  local t = random.pick(RECORDS)
  -- What one of the functions may be given.
  local function argument()
    local roll = random.int(1, 10)
    if roll <= 4 then
      return suited(t)
    elseif roll <= 7 then
      return ('ffi.new("%s", %s)'):format(t.text, suited(t))
    elseif roll <= 8 then
      return ('ffi.new("%s[1]")%s'):format(t.text, random.chance(50) and "[0]" or "")
    elseif roll <= 9 then
      return ('ffi.new("%s")'):format(random.pick(RECORDS).text)
    end
    return (value())
  end
  local function arguments()
    local list = {}
    for i = 1, random.pick({ 1, 1, 1, 1, 1, 1, 0, 2 }) do
      list[i] = argument()
    end
    return table.concat(list, ", ")
  end
  if random.chance(70) then
    step(("return structs.sum_%s(%s)"):format(t.name, arguments()))
    local shown = {}
    for i, place in ipairs(types.places(t, "x")) do
      local kind = place[2].kind
      shown[i] = (kind == "array" or kind == "record") and ("ffi.typeof(%s)"):format(place[1]) or place[1]
    end
    step(("local x = structs.next_%s(%s) return %s"):format(t.name, arguments(), table.concat(shown, ", ")))
    return
  end
  local FORMATS = {
    { "%g", { "1.5", "7", 'ffi.new("float", 0.25)', 'ffi.new("double", -3)', "(-2)", "1e10" } },
    { "%d", { 'ffi.new("int", -5)', 'ffi.new("int8_t", -5)', 'ffi.new("uint16_t", 65535)', "true", "false",
      'ffi.new("bool", true)', 'ffi.new("enum known", 2)' } },
    { "%lld", { 'i64"-9223372036854775807"', 'i64"5"', 'ffi.new("long", 7)' } },
    { "%llu", { 'u64"18446744073709551615"', 'ffi.new("size_t", 1)' } },
    { "%s", { '"text"', '""', 'ffi.cast("const char *", "pointed to")', 'ffi.new("char[4]", "abc")' } },
    { "%c", { 'ffi.new("char", 65)', 'ffi.new("int", 66)' } },
  }
  local format, list = {}, {}
  for i = 1, random.int(0, 9) do
    local entry = random.pick(FORMATS)
    format[i], list[i] = entry[1], ", " .. random.pick(entry[2])
  end
  local wrong = random.chance(15) and ", " .. random.pick({ "{}", "nothing", "ffi.C", "shared.thread" }) or ""
  step(('local b = ffi.new("char[400]") local n = ffi.C.snprintf(b, 400, "%s"%s%s) return n, ffi.string(b)'):format(
    table.concat(format, " "), table.concat(list), wrong))
end

return calls
