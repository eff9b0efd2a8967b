-- Writes random function signatures twice: as C functions that hash the arguments they get and callers that hash the
-- result they get (signatures.c), and as data with the same test values (signatures_manifest.lua). The signatures spec
-- calls each one both ways and compares what C saw with what C computes by itself.
--
--   lua gen_signatures.lua OUT=folder [COUNT=300] [SEED=20240]
--
-- In the manifest a type is a Lune type name or, as a number, an index into its structs. 64-bit integers are decimal
-- strings, NULL is false, a struct is a table by member name, an array a list.
local folder = arg[0]:match("^(.*[/\\])") or ""
local random = dofile(folder .. "random.lua")
local parameters = random.parameters(arg, { OUT = ".", COUNT = 300, SEED = 20240 })
local R = random.new(parameters.SEED)

local C_TYPES = {
  void = "void", bool = "bool", i8 = "int8_t", u8 = "uint8_t", i16 = "int16_t", u16 = "uint16_t", i32 = "int32_t",
  u32 = "uint32_t", i64 = "int64_t", u64 = "uint64_t", isize = "intptr_t", usize = "size_t", f32 = "float",
  f64 = "double", pointer = "void *", string = "const char *",
}
local SIZES = { bool = 1, i8 = 1, u8 = 1, i16 = 2, u16 = 2, i32 = 4, u32 = 4, f32 = 4 }

local ALL = {
  "bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "isize", "usize", "f32", "f64", "pointer", "string",
}
-- A Lua string has no place to live inside a struct, so members are everything but strings.
local MEMBERS = {
  "bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "isize", "usize", "f32", "f64", "pointer",
}
local INTEGERS = { "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "isize", "usize" }
local SMALL = { "bool", "i8", "u8", "i16", "u16" }
local WIDE = { "i64", "u64", "isize", "usize", "pointer", "string" }
local FLOATS = { "f32", "f64" }
-- By value a union must not depend on how an ABI merges the classes of different members.
local UNIONS = {
  { "i32", "u32" }, { "f64", "f64" }, { "f32", "f32" }, { "i64", "u64" }, { "i16", "u16" }, { "u8", "i8" },
  { "usize", "isize" },
}

-- ---- struct types ----

local structs = {}

local function size_of(kind)
  if type(kind) == "number" then
    return structs[kind].size
  end
  return SIZES[kind] or 8
end

local function c_type(kind)
  if type(kind) == "number" then
    return "S" .. kind
  end
  return C_TYPES[kind]
end

local function add_member(struct, kind, length)
  local members = struct.members
  members[#members + 1] = { name = "m" .. (#members + 1), kind = kind, length = length }
  struct.size = struct.size + size_of(kind) * (length or 1)
end

-- An upper bound is all that `size` has to be: it only keeps nesting small.
local SHAPES = {
  function(struct) -- one kind of float
    local kind = R.pick(FLOATS)
    for _ = 1, R.int(1, 5) do
      add_member(struct, kind)
    end
  end,
  function(struct) -- one kind of integer
    local kind = R.pick(INTEGERS)
    for _ = 1, R.int(1, 4) do
      add_member(struct, kind)
    end
  end,
  function(struct) -- small members
    for _ = 1, R.int(1, 6) do
      add_member(struct, R.pick(SMALL))
    end
  end,
  function(struct) -- anything: integers and floats share eightbytes
    for _ = 1, R.int(1, 5) do
      add_member(struct, R.pick(MEMBERS))
    end
  end,
  function(struct) -- an array alone, below, at and above what registers hold
    local kind = R.pick({ "u8", "i8", "i16", "f32", "i32", "f64", "u64", "bool", "pointer" })
    add_member(struct, kind, R.int(1, kind == "u8" and 24 or 6))
  end,
  function(struct) -- structs and arrays inside
    for _ = 1, R.int(1, 3) do
      local inner = #structs > 0 and R.int(1, #structs) or "i32"
      if size_of(inner) > 48 or R.chance(35) then
        inner = R.pick(MEMBERS)
      end
      add_member(struct, inner, R.chance(30) and R.int(1, 4) or nil)
    end
  end,
  function(struct) -- large
    for _ = 1, R.int(6, 14) do
      add_member(struct, R.pick(MEMBERS), R.chance(15) and R.int(2, 5) or nil)
    end
  end,
  function(struct) -- a union
    struct.kind = "union"
    for _, kind in ipairs(R.pick(UNIONS)) do
      add_member(struct, kind)
    end
  end,
}

local function random_struct(shape)
  local struct = { kind = "struct", members = {}, size = 0 }
  shape(struct)
  return struct
end

-- Each shape at least thrice, the simple ones first: they are what the nested ones are made of.
for i = 1, math.max(40, math.floor(parameters.COUNT / 4)) do
  local shape = i <= 3 * #SHAPES and SHAPES[(i - 1) % #SHAPES + 1] or R.pick(SHAPES)
  structs[i] = random_struct(shape)
end

-- ---- test values: { lua = text, c = text } ----

local function integer_text(text, c_text)
  return { lua = text, c = c_text or text }
end

local function small_integer(low, high)
  local roll = R.int(1, 8)
  local value = R.int(low, high)
  if roll == 1 then
    value = low
  elseif roll == 2 then
    value = high
  elseif roll == 3 then
    value = low < 0 and -R.int(1, 3) or high - R.int(0, 2)
  elseif roll == 4 then
    value = R.int(0, 2)
  end
  return integer_text(string.format("%d", value))
end

local function i32_value()
  local roll = R.int(1, 8)
  if roll == 1 then
    return integer_text("-2147483648", "(-2147483647 - 1)")
  elseif roll == 2 then
    return integer_text("2147483647")
  elseif roll <= 4 then
    return integer_text(string.format("%d", -R.int(1, 300)))
  end
  return integer_text(string.format("%d", R.int(0, 2000000000) - 1000000000))
end

local function u32_value()
  local roll = R.int(1, 8)
  if roll == 1 then
    return integer_text("4294967295", "4294967295u")
  elseif roll == 2 then
    return integer_text("2147483648", "2147483648u")
  end
  local text = string.format("%.0f", R.int(0, 2000000000) * 2.0 + R.int(0, 1))
  return integer_text(text, text .. "u")
end

-- Up to 18 random digits, without leading zeros: always below 2^63.
local function random_digits()
  local digits = { R.int(1, 9) }
  for i = 2, R.int(1, 18) do
    digits[i] = R.int(0, 9)
  end
  return table.concat(digits)
end

local I64_EDGES = {
  "9223372036854775807", "9223372036854775806", "-9223372036854775807", "9007199254740992", "9007199254740993",
  "-9007199254740993", "4294967296", "-2147483649", "-1", "0",
}
local U64_EDGES = {
  "9223372036854775807", "9223372036854775808", "9223372036854775809", "9007199254740993", "4294967296", "0",
}

local function i64_value()
  local roll = R.int(1, 10)
  local text
  if roll == 1 then
    return { lua = '"-9223372036854775808"', c = "INT64_MIN" }
  elseif roll <= 4 then
    text = R.pick(I64_EDGES)
  else
    text = (R.chance(50) and "-" or "") .. random_digits()
  end
  return { lua = '"' .. text .. '"', c = "INT64_C(" .. text .. ")" }
end

local function u64_value()
  local roll = R.int(1, 10)
  local text
  if roll <= 2 then
    text = string.format("184467440737095%05d", 51615 - R.int(0, 1) * R.int(0, 1000))
  elseif roll == 3 then
    text = "1" .. string.format("%09d%010d", R.int(0, 799999999), R.int(0, 2000000000))
  elseif roll <= 6 then
    text = R.pick(U64_EDGES)
  else
    text = random_digits()
  end
  return { lua = '"' .. text .. '"', c = "UINT64_C(" .. text .. ")" }
end

local function float_text(value, suffix)
  local text = string.format("%.17g", value)
  return { lua = text, c = text .. (text:find("[.e]") and "" or ".0") .. suffix }
end

local function f32_value()
  local roll = R.int(1, 10)
  if roll == 1 then
    return { lua = "math.huge", c = "(float)INFINITY" }
  elseif roll == 2 then
    return float_text(R.pick({ 0, 1, -1, 16777216, -16777215, 0.5, -0.25, 1024.0625 }), "f")
  end
  return float_text((R.int(0, 2000000) - 1000000) / R.pick({ 1, 2, 8, 16 }), "f")
end

local function f64_value()
  local roll = R.int(1, 10)
  if roll == 1 then
    return { lua = "-math.huge", c = "-(double)INFINITY" }
  elseif roll == 2 then
    return float_text(R.pick({ 0, 1, -1, 9007199254740992, -9007199254740991, 2 ^ -40, 2 ^ 100, -(2 ^ -1000) }), "")
  end
  -- At most 17 significant digits: printed exactly, since Luas differ in how they round a tie.
  return float_text((R.int(0, 2000000000) - 1000000000) / R.pick({ 1, 4, 64, 1024 }), "")
end

-- Never dereferenced: any address will do that fits 47 bits.
local function pointer_value()
  if R.chance(15) then
    return { lua = "false", c = "NULL" }
  end
  local text = string.format("%.0f", R.int(1, 1000000000) * 16.0 * R.pick({ 1, 1, 4096 }) + R.int(0, 15))
  return { lua = text, c = "(void *)UINT64_C(" .. text .. ")" }
end

local STRINGS = {
  "", "a", "hello", "two words", 'quote " and \\ backslash', "line\nbreak\ttab", "gr\195\188\195\159e \226\152\131",
  "latin1 \233\255\128", "%s %d %%", "??=trigraph", ("long "):rep(60),
}

local function string_value()
  if R.chance(12) then
    return { lua = "false", c = "NULL" }
  end
  local text = R.pick(STRINGS)
  local lua = text:gsub('[^%w ]', function(char)
    return string.format("\\%03d", char:byte())
  end)
  local c = text:gsub('[^%w ]', function(char)
    return string.format("\\%03o", char:byte())
  end)
  return { lua = '"' .. lua .. '"', c = '"' .. c .. '"' }
end

local VALUES = {
  bool = function()
    local text = R.chance(50) and "true" or "false"
    return { lua = text, c = text }
  end,
  i8 = function() return small_integer(-128, 127) end,
  u8 = function() return small_integer(0, 255) end,
  i16 = function() return small_integer(-32768, 32767) end,
  u16 = function() return small_integer(0, 65535) end,
  i32 = i32_value, u32 = u32_value, i64 = i64_value, u64 = u64_value, isize = i64_value, usize = u64_value,
  f32 = f32_value, f64 = f64_value, pointer = pointer_value, string = string_value,
}

local random_value

local function random_list(kind, length)
  local lua, c = {}, {}
  for i = 1, length do
    local value = random_value(kind)
    lua[i], c[i] = value.lua, value.c
  end
  return { lua = "{" .. table.concat(lua, ", ") .. "}", c = "{" .. table.concat(c, ", ") .. "}" }
end

local function random_members(struct)
  local members = struct.members
  if struct.kind == "union" then
    members = { R.pick(members) }
  end
  local lua, c = {}, {}
  for i, member in ipairs(members) do
    local value = member.length and random_list(member.kind, member.length) or random_value(member.kind)
    lua[i] = member.name .. " = " .. value.lua
    c[i] = "." .. member.name .. " = " .. value.c
  end
  return { lua = "{" .. table.concat(lua, ", ") .. "}", c = "{" .. table.concat(c, ", ") .. "}" }
end

function random_value(kind)
  if type(kind) == "number" then
    return random_members(structs[kind])
  end
  return VALUES[kind]()
end

-- ---- signatures ----

local PROFILES = {
  function() return R.pick(ALL) end,
  function() return R.chance(35) and R.int(1, #structs) or R.pick(ALL) end,
  function() return R.chance(20) and R.int(1, #structs) or R.pick(ALL) end,
  function() return R.pick(INTEGERS) end,
  function() return R.pick(FLOATS) end,
  function() return R.pick(SMALL) end,
  function() return R.chance(15) and R.int(1, #structs) or R.pick(WIDE) end,
  function() return R.int(1, #structs) end,
  function() return R.chance(50) and R.pick(FLOATS) or R.pick(INTEGERS) end,
}
local MAX_ARGUMENTS = 20

local function random_result(index)
  if index <= #ALL then
    return ALL[index]
  end
  local roll = R.int(1, 100)
  if roll <= 6 then
    return "void"
  end
  return roll <= 50 and R.int(1, #structs) or R.pick(ALL)
end

local function random_signature(index)
  local signature = { result = random_result(index), arguments = {}, values = {} }
  local profile = R.pick(PROFILES)
  local count = index <= MAX_ARGUMENTS + 1 and index - 1 or R.int(0, MAX_ARGUMENTS)
  for i = 1, count do
    signature.arguments[i] = profile()
    signature.values[i] = random_value(signature.arguments[i])
  end
  if signature.result ~= "void" then
    signature.returns = random_value(signature.result)
  end
  return signature
end

local signatures = {}
for i = 1, parameters.COUNT do
  signatures[i] = random_signature(i)
end

-- ---- C ----

local c = {}
local function emit(...)
  c[#c + 1] = string.format(...)
end

-- "T name", with the space that C style wants.
local function declare(kind, name)
  local text = c_type(kind)
  return text .. (text:sub(-1) == "*" and "" or " ") .. name
end

local function hash_statement(kind, expression)
  if type(kind) == "number" then
    return string.format("h = hash_S%d(h, &%s);", kind, expression)
  elseif kind == "string" then
    return string.format("h = hash_string(h, %s);", expression)
  end
  return string.format("h = hash_bytes(h, &%s, sizeof %s);", expression, expression)
end

emit([[
/* Generated by gen_signatures.lua: for each signature N
 *   sig_N              hashes its arguments, returns a fixed value
 *   call_N             calls what it is given with the fixed arguments, hashes the result
 *   expected_N         the hash of the fixed arguments;   expected_result_N   the hash of the fixed result
 * A hash covers the bytes of each value, in order, but no padding. */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint64_t last;
static char text[17];

static const char *last_text(void)
{
    snprintf(text, sizeof text, "%%016" PRIx64, last);
    return text;
}

uint64_t last_hash(void) { return last; }
const char *last_hash_text(void) { return last_text(); }
void clear_hash(void) { last = 0; }
int signature_count(void) { return %d; }

/* FNV-1a */
static uint64_t hash_bytes(uint64_t h, const void *p, size_t n)
{
    const uint8_t *bytes = p;
    for (size_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * UINT64_C(1099511628211);
    return h;
}

static uint64_t hash_start(int id) { return hash_bytes(UINT64_C(14695981039346656037), &id, sizeof id); }

static uint64_t hash_string(uint64_t h, const char *s)
{
    uint8_t is_null = s == NULL;
    h = hash_bytes(h, &is_null, 1);
    return s ? hash_bytes(h, s, strlen(s) + 1) : h;
}
]], #signatures)

for index, struct in ipairs(structs) do
  emit("typedef %s {", struct.kind)
  for _, member in ipairs(struct.members) do
    emit("    %s%s;", declare(member.kind, member.name), member.length and string.format("[%d]", member.length) or "")
  end
  emit("} S%d;", index)
  emit("__attribute__((unused)) static uint64_t hash_S%d(uint64_t h, const S%d *v)", index, index)
  emit("{")
  if struct.kind == "union" then
    -- The members have the same size and no padding, so either one's bytes are the union's.
    emit("    h = hash_bytes(h, v, sizeof *v);")
  else
    for _, member in ipairs(struct.members) do
      if member.length then
        emit("    for (int i = 0; i < %d; i++)", member.length)
        emit("        %s", hash_statement(member.kind, "v->" .. member.name .. "[i]"))
      else
        emit("    %s", hash_statement(member.kind, "v->" .. member.name))
      end
    end
  end
  emit("    return h;")
  emit("}")
  emit("")
end

for index, signature in ipairs(signatures) do
  local declared, kinds, values = {}, {}, {}
  for i, kind in ipairs(signature.arguments) do
    declared[i] = declare(kind, "a" .. i)
    kinds[i] = c_type(kind)
    values[i] = signature.values[i].c
    if type(kind) == "number" then
      values[i] = string.format("(S%d)%s", kind, values[i])
    end
  end
  local is_void = signature.result == "void"
  local none = #kinds == 0 and "void"
  if not is_void then
    emit("static %s%s = %s;", type(signature.result) == "number" and "const " or "",
      declare(signature.result, "result_" .. index), signature.returns.c)
  end
  emit("%s(%s)", declare(signature.result, "sig_" .. index), none or table.concat(declared, ", "))
  emit("{")
  emit("    uint64_t h = hash_start(%d);", index)
  for i, kind in ipairs(signature.arguments) do
    emit("    %s", hash_statement(kind, "a" .. i))
  end
  emit("    last = h;")
  if not is_void then
    emit("    return result_%d;", index)
  end
  emit("}")
  emit("void call_%d(%s(%s))", index, declare(signature.result, "(*cb)"), none or table.concat(kinds, ", "))
  emit("{")
  local call = string.format("cb(%s);", table.concat(values, ", "))
  emit("    %s", is_void and call or declare(signature.result, "r") .. " = " .. call)
  emit("    uint64_t h = hash_start(-%d);", index)
  if not is_void then
    emit("    %s", hash_statement(signature.result, "r"))
  end
  emit("    last = h;")
  emit("}")
  emit("const char *expected_%d(void)", index)
  emit("{")
  emit("    sig_%d(%s);", index, table.concat(values, ", "))
  emit("    return last_text();")
  emit("}")
  emit("const char *expected_result_%d(void)", index)
  emit("{")
  emit("    call_%d(sig_%d);", index, index)
  emit("    return last_text();")
  emit("}")
  emit("")
end

-- ---- Lua: each entry in a function of its own, since Lua limits the constants of one function ----

local lua = { "-- Generated by gen_signatures.lua: the types and test values of signatures.c." }
lua[#lua + 1] = "local M = { structs = {}, signatures = {} }"

local function lua_type(kind)
  return type(kind) == "number" and string.format("%d", kind) or '"' .. kind .. '"'
end

local function type_text(kind)
  return type(kind) == "number" and string.format("S%d", kind) or kind
end

for index, struct in ipairs(structs) do
  local members = {}
  for i, member in ipairs(struct.members) do
    members[i] = string.format('{"%s", %s%s}', member.name, lua_type(member.kind),
      member.length and string.format(", %d", member.length) or "")
  end
  lua[#lua + 1] = string.format('M.structs[%d] = { kind = "%s", schema = {%s} }', index, struct.kind,
    table.concat(members, ", "))
end

for index, signature in ipairs(signatures) do
  local kinds, names, values = {}, {}, {}
  for i, kind in ipairs(signature.arguments) do
    kinds[i], names[i], values[i] = lua_type(kind), type_text(kind), signature.values[i].lua
  end
  lua[#lua + 1] = string.format("M.signatures[%d] = (function() return {", index)
  lua[#lua + 1] = string.format('  text = "sig_%d: %s (%s)",', index, type_text(signature.result),
    table.concat(names, ", "))
  lua[#lua + 1] = string.format("  result = %s,", lua_type(signature.result))
  if signature.returns then
    lua[#lua + 1] = string.format("  returns = %s,", signature.returns.lua)
  end
  lua[#lua + 1] = "  args = {" .. table.concat(kinds, ", ") .. "},"
  lua[#lua + 1] = "  values = {" .. table.concat(values, ", ") .. "},"
  lua[#lua + 1] = "} end)()"
end
lua[#lua + 1] = "return M"

random.write_file(parameters.OUT .. "/signatures_manifest.lua", lua)
random.write_file(parameters.OUT .. "/signatures.c", c)
