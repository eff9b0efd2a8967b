-- Lua values to C and C values to Lua: initialisers, fields, elements, and from one C type to another.

ffi.cdef [[
enum cv_fruit { CV_APPLE, CV_PEAR = 5, CV_MINUS = -3 };
enum cv_colour { CV_RED = 1, CV_BLUE = 0xffffffffu };
struct cv_point { int x, y; };
struct cv_same { int x, y; };
struct cv_hidden;
typedef int (*cv_fn)(int);
struct cv_all {
  int8_t i8; uint8_t u8; int16_t i16; uint16_t u16; int32_t i32; uint32_t u32; int64_t i64; uint64_t u64;
  float f; double d; bool b; char c; enum cv_fruit e; enum cv_colour ue; complex z; complex float zf;
  void *p; const char *s; int *ip; cv_fn fn; struct cv_point point; int numbers[3]; char text[6]; struct cv_point *link;
};
]]

-- What stands in a new object of the type, as Lua reads it back from an array's element.
local function read(ct, value)
  local a = ffi.new(ct .. "[1]")
  a[0] = value
  return a[0]
end

-- The outcome of each value: the element read back, or the error.
local function try(ct, value)
  local ok, result = pcall(read, ct, value)
  if not ok then
    return (result:gsub("^[^\n]-:%d+: ", ""))
  end
  return result
end

local numeric = {
  "bool", "char", "signed char", "int8_t", "uint8_t", "int16_t", "uint16_t", "int", "unsigned int", "long", "unsigned long",
  "int64_t", "uint64_t", "size_t", "float", "double", "enum cv_fruit", "enum cv_colour", "complex", "complex float",
}

local groups = {
  { "small integers", { 0, 1, -1, 5, 100, -100 } },
  { "the edges of 8 bits", { 127, 128, 255, 256, 300, -128, -129 } },
  { "the edges of 16 bits", { 32767, 32768, 65535, 65536, 70000, -32768, -32769 } },
  { "the edges of 32 bits", { 2147483647, 2147483648, 4294967295, 4294967296, -2147483648, -2147483649 } },
  { "large integers", { 2 ^ 40, 2 ^ 53 - 1, 2 ^ 53, -2 ^ 53, 2 ^ 62, -2 ^ 63 } },
  { "fractions", { 0.1, 0.5, 0.999, 1.5, 1.999, -0.5, -1.5, -1.999, 2.5, 300.7 } },
}
for _, ct in ipairs(numeric) do
  for _, group in ipairs(groups) do
    case(("%s from %s"):format(ct, group[1]), function()
      local results = {}
      for n, value in ipairs(group[2]) do
        results[n] = try(ct, value)
      end
      return results
    end)
  end
  case(ct .. " from booleans", function()
    return try(ct, true), try(ct, false)
  end)
  for _, entry in ipairs({
    { "nil", nil }, { "a string", "5" }, { "a table", {} }, { "a table of a number", { 5 } }, { "a function", print },
    { "a file", io.stdout },
  }) do
    case(("%s from %s"):format(ct, entry[1]), function()
      return try(ct, entry[2])
    end)
  end
end

case("enum from the names of its constants", function()
  return try("enum cv_fruit", "CV_PEAR"), try("enum cv_fruit", "CV_MINUS"), try("enum cv_colour", "CV_BLUE")
end)
case("enum from other names", function()
  return try("enum cv_fruit", "CV_RED"), try("enum cv_fruit", "cv_pear"), try("enum cv_fruit", ""), try("int", "CV_PEAR")
end)
case("infinity and NaN into floats", function()
  return try("double", 1 / 0), try("float", -1 / 0), try("double", 0 / 0), try("float", 0 / 0)
end)
case("negative zero", function()
  local zero = tonumber("0.0") * -1
  return try("double", zero), try("float", zero), try("int", zero)
end)
case("a double too large for a float", function()
  return try("float", 1e300), try("float", -1e300), try("float", 1e-300), try("float", 16777217)
end)
case("the largest uint64 that a double holds", function()
  return try("uint64_t", 2 ^ 63), try("uint64_t", 2 ^ 64 - 2 ^ 11), try("size_t", 2 ^ 63 + 2 ^ 11)
end)
case("bool from numbers between", function()
  return try("bool", 0.3), try("bool", -0.3), try("bool", 1e300), try("bool", -0.0)
end)

-- Pointers from Lua values -------------------------------------------------------------------------

local pointers = {
  "void *", "const void *", "char *", "const char *", "const int8_t *", "const uint8_t *", "const unsigned char *",
  "const int *", "int *", "volatile char *", "const volatile char *", "struct cv_point *", "cv_fn", "void **", "const char **",
  "const bool *", "const wchar_t *", "enum cv_fruit *", "struct cv_hidden *", "char *const",
}
local plain = {
  { "nil", nil }, { "a number", 5 }, { "zero", 0 }, { "true", true }, { "a table", {} }, { "a Lua function", function() return 1 end },
  { "an int64", i64 "5" },
}
for _, ct in ipairs(pointers) do
  for _, entry in ipairs(plain) do
    case(("%s from %s"):format(ct, entry[1]), function()
      -- The pointer to a callback differs each time, and only its type is told.
      local ok, result = pcall(ffi.new, ct, entry[2])
      if not ok then
        return (result:gsub("^[^\n]-:%d+: ", ""))
      end
      return ffi.typeof(result), isnull(result)
    end)
  end
  case(ct .. " from a string", function()
    local ok, result = pcall(ffi.new, ct, "hello")
    if not ok then
      return (result:gsub("^[^\n]-:%d+: ", ""))
    end
    return ffi.string(ffi.cast("const char *", result))
  end)
  case(ct .. " from a file", function()
    local ok, result = pcall(ffi.new, ct, io.stdout)
    if not ok then
      return (result:gsub("^[^\n]-:%d+: ", ""))
    end
    return ffi.typeof(result), isnull(result)
  end)
end

-- Pointers from pointers ---------------------------------------------------------------------------

local sources = {
  "void *", "const void *", "char *", "const char *", "unsigned char *", "int8_t *", "int *", "const int *", "volatile int *",
  "unsigned int *", "long *", "long long *", "float *", "double *", "int **", "const int **", "int *const *", "void **",
  "struct cv_point *", "const struct cv_point *", "struct cv_same *", "struct cv_hidden *", "cv_fn", "int (*)(double)",
  "enum cv_fruit *", "enum cv_colour *", "int (*)[3]", "int (*)[4]", "bool *", "complex *", "int8_t *const",
}
for _, target in ipairs(sources) do
  case("what converts to " .. target, function()
    local accepted = {}
    for _, source in ipairs(sources) do
      if pcall(ffi.new, target, ffi.cast(source, 64)) then
        accepted[#accepted + 1] = source
      end
    end
    return accepted
  end)
end
for _, entry in ipairs({
  { "int *", "const int *" }, { "int *", "short *" }, { "struct cv_point *", "struct cv_same *" }, { "int **", "const int **" },
  { "cv_fn", "void *" }, { "void *", "const char *" }, { "char *", "const char *" }, { "int (*)[3]", "int (*)[4]" },
}) do
  case(("the message for %s from %s"):format(entry[1], entry[2]), function()
    local p = ffi.new(entry[1], ffi.cast(entry[2], 64))
    return p
  end)
end

-- Aggregates to pointers, and to each other ------------------------------------------------------------

local objects = {
  "int[3]", "unsigned int[3]", "const int[3]", "int[4]", "char[6]", "struct cv_point", "const struct cv_point", "struct cv_same",
  "int[2][3]", "struct cv_point[2]", "int", "double", "int64_t", "complex", "bool", "enum cv_fruit",
}
for _, ct in ipairs(objects) do
  case("pointers from " .. ct, function()
    local accepted, object = {}, ffi.new(ct)
    for _, target in ipairs(sources) do
      if pcall(ffi.new, target, object) then
        accepted[#accepted + 1] = target
      end
    end
    return accepted
  end)
  case("aggregates from " .. ct, function()
    local outcomes, object = {}, ffi.new(ct)
    for n, target in ipairs(objects) do
      local holder = ffi.new("struct { " .. target:gsub("^([^%[]*)(.*)$", "%1 field%2") .. "; }")
      local ok, message = pcall(function()
        holder.field = object
      end)
      outcomes[n] = target .. ": " .. (ok and "taken" or (message:gsub("^[^\n]-:%d+: ", "")))
    end
    return outcomes
  end)
end

-- Numbers of one type to another -----------------------------------------------------------------------

local boxes = {
  { "int8_t", -100 }, { "uint8_t", 200 }, { "int16_t", -30000 }, { "uint16_t", 60000 }, { "int", -2000000000 },
  { "unsigned int", 4000000000 }, { "int64_t", -2 ^ 40 }, { "uint64_t", 2 ^ 63 }, { "float", 1.75 }, { "double", -1000.75 },
  { "bool", true }, { "enum cv_fruit", -3 }, { "enum cv_colour", 4294967295 }, { "complex", 2.5 }, { "complex float", -1.5 },
}
for _, box in ipairs(boxes) do
  local source, value = box[1], box[2]
  case(("%s %.14g to each type of number"):format(source, value == true and 1 or value), function()
    local results = {}
    for n, target in ipairs(numeric) do
      -- A float that the integer cannot hold is anyone's guess.
      if not (source == "double" and (target:find("^uint") or target:find("^unsigned") or target == "size_t" or target:find("8_t")
        or target:find("char") or target:find("colour"))) then
        results[n] = try(target, ffi.new(source, value))
      end
    end
    return results
  end)
end
case("int64 boxes into narrower fields", function()
  return try("int8_t", i64 "300"), try("uint8_t", i64 "-1"), try("int", i64 "4294967297"), try("uint32_t", i64 "-1"),
    try("int16_t", u64 "18446744073709551615"), try("bool", i64 "256"), try("uint64_t", i64 "-1"), try("int64_t", u64 "18446744073709551615")
end)
case("int64 boxes into floats", function()
  return try("double", i64 "9007199254740993"), try("float", i64 "16777217"), try("double", u64 "18446744073709551615"),
    try("double", i64 "-9223372036854775807")
end)
case("complex to numbers takes the real part", function()
  return try("int", ffi.new("complex", 3.9, 7)), try("double", ffi.new("complex float", 2.5, 1)), try("bool", ffi.new("complex", 0, 1)),
    try("complex float", ffi.new("complex", 1.5, -2)), try("complex", ffi.new("complex float", 1.5, -2))
end)

-- Reads ------------------------------------------------------------------------------------------------

case("the Lua type of each kind of field", function()
  local all = ffi.new("struct cv_all")
  local kinds = {}
  for _, name in ipairs({
    "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f", "d", "b", "c", "e", "ue", "z", "zf", "p", "s", "ip", "fn", "point",
    "numbers", "text", "link",
  }) do
    kinds[name] = type(all[name])
  end
  return kinds
end)
case("the ctype of each kind of field", function()
  local all = ffi.new("struct cv_all")
  local types = {}
  for _, name in ipairs({ "i64", "u64", "e", "ue", "z", "zf", "p", "s", "ip", "fn", "point", "numbers", "text", "link" }) do
    types[name] = ffi.typeof(all[name])
  end
  return types
end)
case("fields of a new struct are zero", function()
  local all = ffi.new("struct cv_all")
  return all.i8, all.u8, all.i16, all.u16, all.i32, all.u32, all.i64, all.u64, all.f, all.d, all.b, all.c, all.e, all.ue, all.z,
    all.zf, all.p, all.s, all.ip, all.fn, all.link
end)
case("fields read back what was written", function()
  local all = ffi.new("struct cv_all")
  all.i8, all.u8, all.i16, all.u16, all.i32, all.u32 = -8, 8, -16, 16, -32, 32
  all.i64, all.u64, all.f, all.d, all.b, all.c, all.e = i64 "-64", u64 "64", 0.5, 0.1, true, 65, "CV_PEAR"
  all.z, all.zf = ffi.new("complex", 1, -2), ffi.new("complex float", 3, 4)
  return all.i8, all.u8, all.i16, all.u16, all.i32, all.u32, all.i64, all.u64, all.f, all.d, all.b, all.c, all.e, all.z, all.zf
end)
case("the number types that are read as numbers", function()
  local kinds = {}
  for n, ct in ipairs(numeric) do
    kinds[n] = ct .. " " .. type(read(ct, 1))
  end
  return kinds
end)
case("a char is a number, signed", function()
  return read("char", 200), read("unsigned char", 200), read("char", 65)
end)
case("a bool of another byte than 1 is true", function()
  local u = ffi.new("union { uint8_t byte; bool flag; }")
  u.byte = 2
  return u.flag
end)
case("long double has no conversion", { differs = "a long double is read and written as a double", ours = "1.5" }, function()
  local a = ffi.new("long double[1]")
  a[0] = 1.5
  return a[0]
end)
case("boxed values print with their type", function()
  return tostring(i64 "5"), tostring(u64 "5"), tostring(ffi.new("int", 5)), tostring(ffi.new("double", 5)),
    tostring(ffi.new("bool")), tostring(ffi.new("enum cv_fruit", 5)), tostring(ffi.new("int *")), tostring(ffi.new("struct cv_point")),
    tostring(ffi.new("struct cv_all").point), tostring(ffi.new("int[3]")), tostring(ffi.new("int[?]", 3)), tostring(ffi.new("complex", 1, -2.5)),
    tostring(ffi.new("complex float", 0.5, 0.25)), tostring(ffi.new("char[4]")), tostring(ffi.new("cv_fn"))
end)
case("complex prints like numbers do", function()
  -- Lua 5.1 takes the constants 0 and -0 of a function for one.
  local zero = tonumber("0.0")
  return tostring(ffi.new("complex", 1e100, -1e-10)), tostring(ffi.new("complex", 0.1, 3)), tostring(ffi.new("complex", -zero, -zero)),
    tostring(ffi.new("complex", 1 / zero, -1 / zero)), tostring(ffi.new("complex", 0 / zero, 1)), tostring(ffi.new("complex", 123456789, 1))
end)
case("64-bit integers print all their digits", function()
  return tostring(i64 "9223372036854775807"), tostring(i64 "-9223372036854775807" - 1), tostring(u64 "18446744073709551615"), tostring(i64 "0")
end)
case("enums print their value", function()
  return ffi.new("enum cv_fruit", "CV_MINUS"), ffi.new("enum cv_fruit", 77), ffi.new("enum cv_colour", "CV_BLUE")
end)

-- Strings, files, userdata ----------------------------------------------------------------------------

case("a string field points at the string", function()
  local all, text = ffi.new("struct cv_all"), "hello"
  all.s = text
  return ffi.string(all.s), all.s[1]
end)
case("a string is no char pointer", function()
  local s = ffi.new("struct { char *p; }")
  s.p = "text"
end)
case("a string into an array of bytes is cut to its size", function()
  local all = ffi.new("struct cv_all")
  all.text = "abc"
  local short = ffi.string(all.text, 6)
  all.text = "abcdefghi"
  return short, ffi.string(all.text, 6)
end)
case("a string with zeros inside", function()
  local all = ffi.new("struct cv_all")
  all.text = "a\0b"
  return ffi.string(all.text, 6)
end)
case("a string into arrays of other elements", function()
  local function into(ct)
    local ok, result = pcall(ffi.new, ct, "ab")
    -- LuaJIT leaves what was there behind the zero.
    return ok and ffi.string(result, math.min(ffi.sizeof(result), 3)) or (result:gsub("^[^\n]-:%d+: ", ""))
  end
  return into("char[4]"), into("int8_t[4]"), into("uint8_t[4]"), into("const char[4]"), into("int16_t[4]"), into("bool[4]"), into("char[2]"),
    into("char[1]"), into("int[4]")
end)
case("the string of exactly the array's size has no room for its zero", function()
  return ffi.string(ffi.new("char[3]", "abc"), 3), ffi.string(ffi.new("char[4]", "abc"))
end)
case("a table for a pointer", function()
  local all = ffi.new("struct cv_all")
  all.ip = { 1, 2, 3 }
end)
case("a number for a pointer", function()
  local all = ffi.new("struct cv_all")
  all.ip = 0
end)
case("a wrong value leaves the field as it was", function()
  local all = ffi.new("struct cv_all")
  all.i32, all.d, all.p = 7, 7.5, ffi.cast("void *", 7)
  local r = { pcall(function() all.i32 = {} end), pcall(function() all.d = "x" end), pcall(function() all.p = 5 end) }
  return r[1], all.i32, all.d, all.p == ffi.cast("void *", 7)
end)
case("arrays are copied, of the same type alone", function()
  local all = ffi.new("struct cv_all")
  all.numbers = ffi.new("int[3]", { 1, 2, 3 })
  return all.numbers[0], all.numbers[1], all.numbers[2]
end)
case("an array of another length is refused", function()
  local all = ffi.new("struct cv_all")
  all.numbers = ffi.new("int[4]")
end)
case("structs are copied", function()
  local all, point = ffi.new("struct cv_all"), ffi.new("struct cv_point", 3, 4)
  all.point = point
  point.x = 100
  return all.point.x, all.point.y
end)
case("a struct is copied through a pointer to it only when dereferenced", function()
  local all, point = ffi.new("struct cv_all"), ffi.new("struct cv_point", 3, 4)
  all.point = ffi.cast("struct cv_point *", point)[0]
  return all.point.x
end)
case("a pointer to a struct is no struct", function()
  local all = ffi.new("struct cv_all")
  all.point = ffi.cast("struct cv_point *", 64)
end)
case("a struct of another declaration is refused", function()
  local all = ffi.new("struct cv_all")
  all.point = ffi.new("struct cv_same")
end)
case("the address of a struct goes into a pointer field", function()
  local all, point = ffi.new("struct cv_all"), ffi.new("struct cv_point", 3, 4)
  all.link = point
  all.link.x = 9
  return point.x, all.link == point
end)
case("an array goes into a pointer field", function()
  local all, numbers = ffi.new("struct cv_all"), ffi.new("int[2]", { 5, 6 })
  all.ip = numbers
  return all.ip[1], all.ip == numbers
end)
case("the address of a number is not taken", function()
  local all = ffi.new("struct cv_all")
  all.ip = ffi.new("int", 5)
end)
case("a ctype is no value", { differs = "LuaJIT takes the number of the type", ours_has = "error: cannot convert " }, function()
  local all = ffi.new("struct cv_all")
  all.i32 = ffi.typeof("int")
end)
case("a C function goes into a function pointer", function()
  ffi.cdef("int abs(int);")
  local all = ffi.new("struct cv_all")
  all.fn = ffi.C.abs
  return all.fn(-5), all.fn == ffi.C.abs
end)
case("nil clears pointers", function()
  local all = ffi.new("struct cv_all")
  all.p, all.ip, all.s = ffi.cast("void *", 1), ffi.cast("int *", 1), "x"
  all.p, all.ip, all.s = nil, nil, nil
  return isnull(all.p), isnull(all.ip), isnull(all.s)
end)
case("what a bit-field refuses goes through an int", function()
  ffi.cdef("struct cv_bits { char c : 3; unsigned char u : 3; short s : 4; unsigned short v : 5; int i : 6; unsigned w : 7; bool b : 1; };")
  local bits, results = ffi.new("struct cv_bits"), {}
  for n, name in ipairs({ "c", "u", "s", "v", "i", "w", "b" }) do
    local ok, message = pcall(function() bits[name] = {} end)
    results[n] = { name, ok, (message:gsub("^[^\n]-:%d+: ", "")) }
  end
  bits.c, bits.u, bits.s, bits.v = 1000.9, -1, "5" + 0, 4294967295
  return results, bits.c, bits.u, bits.s, bits.v
end)
