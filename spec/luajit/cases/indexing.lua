-- Reading and writing members and elements, by every kind of key.

ffi.cdef [[
enum ix_key { IX_ZERO, IX_ONE, IX_TWO, IX_MINUS = -1 };
struct ix_point { int x, y; };
struct ix_hidden;
struct ix_all {
  int a; const int fixed; struct ix_point point; int numbers[4]; struct ix_point points[2]; int *ip; struct ix_point *link;
  void *vp; struct { int inner; union { int left; float right; }; }; char name[8]; const struct ix_point frozen; int (*fn)(int);
  enum { IX_SCOPED = 42, IX_OTHER }; static const int LIMIT = 99;
};
union ix_union { int i; uint8_t bytes[4]; };
struct ix_bits {
  unsigned a : 1; unsigned b : 3; int c : 4; int d : 9; bool e : 1; unsigned f : 32; int g : 32; uint8_t h : 8; int16_t i : 15;
};
typedef struct ix_point ix_pair[2];
]]

local function five()
  return ffi.new("int[5]", { 10, 20, 30, 40, 50 })
end

-- Keys of arrays and pointers -----------------------------------------------------------------------

local keys = {
  { "a number", 3 }, { "zero", 0 }, { "a fraction", 3.7 }, { "a small fraction", 0.9 }, { "int64", i64 "2" }, { "uint64", u64 "4" },
  { "int8_t", ffi.new("int8_t", 1) }, { "uint8_t", ffi.new("uint8_t", 2) }, { "int", ffi.new("int", 3) },
  { "unsigned", ffi.new("unsigned", 4) }, { "size_t", ffi.new("size_t", 1) }, { "an enum", ffi.new("enum ix_key", 2) },
  { "a bool", ffi.new("bool", true) }, { "a float", ffi.new("float", 2.9) }, { "a double", ffi.new("double", 3.9) },
  { "nil", nil }, { "a string", "x" }, { "a digit in a string", "1" }, { "true", true }, { "a table", {} }, { "a pointer", ffi.cast("int *", 1) },
  { "a struct", ffi.new("struct ix_point") }, { "complex", ffi.new("complex", 1) }, { "a function", print },
}
for _, key in ipairs(keys) do
  case("an array by " .. key[1], function()
    local a = five()
    local value = a[key[2]]
    return value
  end)
  case("a pointer by " .. key[1], function()
    local a = five()
    local p = ffi.cast("int *", a)
    local value = p[key[2]]
    return value
  end)
  case("an element written by " .. key[1], function()
    local a = five()
    a[key[2]] = 7
    return a[0], a[1], a[2], a[3], a[4]
  end)
  case("a struct by " .. key[1], function()
    local s = ffi.new("struct ix_point", 1, 2)
    local value = s[key[2]]
    return value
  end)
  case("a field written by " .. key[1], function()
    local s = ffi.new("struct ix_point", 1, 2)
    s[key[2]] = 7
    return s.x, s.y
  end)
  case("a pointer to a struct by " .. key[1], function()
    local s = ffi.new("struct ix_point[5]", { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 }, { 9, 10 } })
    local p = ffi.cast("struct ix_point *", s)
    local value = p[key[2]]
    return type(value) == "cdata" and value.x or value
  end)
  case("complex by " .. key[1], function()
    local z = ffi.new("complex", 3, 4)
    local value = z[key[2]]
    return value
  end)
  case("a number box by " .. key[1], function()
    local value = ffi.new("int", 5)[key[2]]
    return value
  end)
  case("a void pointer by " .. key[1], function()
    local value = ffi.cast("void *", 4096)[key[2]]
    return value
  end)
end
case("negative keys from the middle", function()
  local a = five()
  local p = ffi.cast("int *", a) + 2
  return p[-1], p[-2], p[i64 "-1"], p[ffi.new("enum ix_key", -1)], p[-0.9], p[-1.9]
end)
case("writes through a pointer from the middle", function()
  local a = five()
  local p = a + 2
  p[-2], p[2] = 1, 5
  return a[0], a[4]
end)

-- Memory is guarded -----------------------------------------------------------------------------------

local guarded = "memory that the module owns is guarded"
case("a key past the array", { differs = guarded, ours_has = "error: ", reference = false }, function()
  local a = five()
  local value = a[1000000]
  return value
end)
case("a write before the array", { differs = guarded, ours_has = "error: ", reference = false }, function()
  local a = five()
  a[-100] = 1
end)
case("a pointer outside of what it came from", { differs = guarded, ours_has = "error: ", reference = false }, function()
  local p = five() + 5
  local value = p[1000]
  return value
end)
case("the whole allocation may be reached from its parts", function()
  local s = ffi.new("struct { int head[1]; int tail[4]; }", { 1 }, { 2, 3, 4, 5 })
  return s.head[1], s.head[4], s.tail[-1]
end)

-- Elements that cannot be ------------------------------------------------------------------------------

for _, ct in ipairs({ "void *", "const void *", "struct ix_hidden *", "int (*)(int)" }) do
  case("no element of " .. ct, function()
    local value = ffi.cast(ct, 4096)[0]
    return value
  end)
  case("no element to write of " .. ct, function()
    ffi.cast(ct, 4096)[0] = 1
  end)
  case("no field of " .. ct, function()
    local value = ffi.cast(ct, 4096).x
    return value
  end)
end

-- Fields -------------------------------------------------------------------------------------------------

case("fields of a struct, of a pointer to it and of a reference", function()
  local s = ffi.new("struct ix_all", { a = 5, point = { 1, 2 } })
  local p = ffi.cast("struct ix_all *", s)
  local r = ffi.cast("struct ix_all &", s)
  p.a = p.a + 1
  r.point.y = 20
  return s.a, p.point.x, r.a, s.point.y
end)
case("a pointer to a pointer is not followed twice", function()
  local s = ffi.new("struct ix_point", 1, 2)
  local p = ffi.new("struct ix_point *[1]", { s })
  local value = ffi.cast("struct ix_point **", p).x
  return value
end)
case("element zero of a pointer to a struct", function()
  local s = ffi.new("struct ix_point", 1, 2)
  local p = ffi.cast("struct ix_point *", s)
  p[0].x = 10
  return s.x, ffi.typeof(p[0]), tostring(p[0]):match("^[^:]*")
end)
case("nested fields are references", function()
  local s = ffi.new("struct ix_all")
  local point, points, numbers = s.point, s.points, s.numbers
  point.x, points[1].y, numbers[3] = 1, 2, 3
  return s.point.x, s.points[1].y, s.numbers[3], tostring(point):match("^[^:]*"), tostring(numbers):match("^[^:]*"), tostring(points[1]):match("^[^:]*")
end)
case("members of anonymous members", function()
  local s = ffi.new("struct ix_all")
  s.inner, s.right = 5, 0.5
  return s.inner, s.left, s.right
end)
case("the members of a union share their bytes", function()
  local u = ffi.new("union ix_union")
  u.i = 0x01020304
  local first = u.bytes[0]
  u.bytes[3] = 0xff
  return first, u.i
end)
case("scoped constants of a struct", function()
  local s = ffi.new("struct ix_all")
  return s.IX_SCOPED, s.LIMIT, ffi.typeof("struct ix_all").IX_OTHER, ffi.typeof("struct ix_all").LIMIT, ffi.C.IX_OTHER
end)
case("a scoped constant through a pointer", function()
  return ffi.new("struct ix_all *").LIMIT
end)
case("a scoped constant is not written", function()
  local s = ffi.new("struct ix_all")
  s.LIMIT = 5
end)
case("a ctype is not written", function()
  ffi.typeof("struct ix_all").LIMIT = 5
end)
case("a ctype has no fields to read", function()
  local value = ffi.typeof("struct ix_point").x
  return value
end)
case("a ctype of a number has no fields", function()
  local value = ffi.typeof("int").x
  return value
end)
for _, object in ipairs({
  { "a struct", "struct ix_point" }, { "a pointer", "struct ix_point *" }, { "a union", "union ix_union" }, { "an array", "int[3]" },
  { "an int pointer", "int *" }, { "a number", "double" }, { "a function pointer", "int (*)(int)" }, { "an enum", "enum ix_key" },
  { "complex", "complex" }, { "bool", "bool" }, { "an int64", "int64_t" },
}) do
  case(object[1] .. " has no such member", function()
    local value = ffi.new(object[2]).nothing
    return value
  end)
  case(object[1] .. " has no such member to write", function()
    ffi.new(object[2]).nothing = 1
  end)
end
case("a member of a function", function()
  ffi.cdef("int abs(int);")
  local value = ffi.C.abs.x
  return value
end)

-- Constness ----------------------------------------------------------------------------------------------

case("a const field", function()
  ffi.new("struct ix_all").fixed = 1
end)
case("a field of a const struct", function()
  ffi.new("const struct ix_point").x = 1
end)
case("a field of a const member", function()
  ffi.new("struct ix_all").frozen.x = 1
end)
case("a const member as a whole", function()
  ffi.new("struct ix_all").frozen = { 1, 2 }
end)
case("a field through a pointer to const", function()
  ffi.cast("const struct ix_point *", ffi.new("struct ix_point")).x = 1
end)
case("an element through a pointer to const", function()
  ffi.cast("const int *", five())[0] = 1
end)
case("an element of a const array", function()
  ffi.new("const int[3]")[0] = 1
end)
case("a const pointer may write what it points at", function()
  local a = five()
  ffi.cast("int *const", a)[0] = 11
  return a[0]
end)
case("a struct with a const member, assigned as a whole", function()
  local a = ffi.new("struct { const int fixed; int free; }[2]")
  a[0] = { 1, 2 }
end)
case("a struct with a struct with a const member, assigned as a whole", function()
  local a = ffi.new("struct { struct { const int fixed; } inner; int free; }[2]")
  a[0] = a[1]
end)
case("an array of const inside of a struct", function()
  ffi.new("struct { const int n[3]; }").n[0] = 1
end)
case("volatile changes nothing", function()
  local s = ffi.new("struct { volatile int x; }")
  s.x = 5
  return s.x
end)
case("the characters of a string are const", function()
  ffi.cast("const char *", "abc")[0] = 65
end)

-- Functions into fields ----------------------------------------------------------------------------------

case("a Lua function in a field is called by its pointer", function()
  local s = ffi.new("struct ix_all")
  s.fn = function(n) return n * 2 end
  local result = s.fn(21)
  s.fn:free()
  return result
end)
case("a Lua function in an array", function()
  local a = ffi.new("int (*[2])(int)")
  a[1] = function(n) return n + 1 end
  local result = a[1](41)
  a[1]:free()
  return result, isnull(a[0])
end)

-- Complex ------------------------------------------------------------------------------------------------

case("parts of complex numbers", function()
  local z, f = ffi.new("complex", 3, -4), ffi.new("complex float", 0.5, 0.25)
  return z.re, z.im, z[0], z[1], f.re, f.im
end)
for _, key in ipairs({ "re", "im", 0, 1, 2, "x" }) do
  case("a part of a complex number is not written: " .. key, function()
    ffi.new("complex")[key] = 1
  end)
end
case("no third part", function()
  local value = ffi.new("complex", 3, 4)[2]
  return value
end)
case("complex elements are copies", function()
  local a = ffi.new("complex[2]")
  a[0] = ffi.new("complex", 1, 2)
  local z = a[0]
  a[0] = 5
  return z, a[0], ffi.typeof(z)
end)

-- Bit-fields ---------------------------------------------------------------------------------------------

for _, field in ipairs({ "a", "b", "c", "d", "f", "g", "h", "i" }) do
  case("bit-field " .. field .. " keeps what fits", function()
    local s = ffi.new("struct ix_bits")
    local results = {}
    for n, value in ipairs({ 0, 1, 2, 7, 8, 15, -1, -8, 255, 256, 511, 2147483647, 4294967295, 1.9 }) do
      s[field] = value
      results[n] = s[field]
    end
    return results
  end)
end
case("a bool bit-field", function()
  local s = ffi.new("struct ix_bits")
  s.e = true
  local first = s.e
  s.e = 0
  return first, s.e
end)
case("bit-fields do not touch their neighbours", function()
  local s = ffi.new("struct ix_bits")
  s.a, s.b, s.c, s.d, s.e = 1, 5, -3, 200, true
  s.b = 2
  return s.a, s.b, s.c, s.d, s.e, s.f
end)
case("a string for a bit-field", function()
  ffi.new("struct ix_bits").b = "1"
end)
case("a bool for a bit-field and the reverse", function()
  local s = ffi.new("struct ix_bits")
  s.b = true
  s.e = 2
  return s.b, s.e
end)
case("an int64 for a bit-field", function()
  local s = ffi.new("struct ix_bits")
  s.b = i64 "13"
  return s.b
end)

-- Arrays of arrays ----------------------------------------------------------------------------------------

case("rows of arrays", function()
  local a = ffi.new("int[3][4]")
  a[1][2] = 7
  local row = a[1]
  row[3] = 8
  return a[1][2], a[1][3], ffi.typeof(row), ffi.sizeof(row)
end)
case("a typedef of an array", function()
  local p = ffi.new("ix_pair", { { 1, 2 }, { 3, 4 } })
  return p[1].y, ffi.typeof(p)
end)
case("a pointer to an array", function()
  local a = ffi.new("int[2][3]", { { 1, 2, 3 }, { 4, 5, 6 } })
  local p = ffi.cast("int (*)[3]", a)
  return p[0][1], p[1][2], (p + 1)[0][0]
end)
case("an array of unknown size by cast", function()
  local a = five()
  local s = ffi.new("struct { int n; int tail[]; } *")
  return isnull(s), ffi.sizeof(ffi.typeof("struct { int n; int tail[]; }")), a[0]
end)
case("a string key of a struct array", function()
  local value = ffi.new("struct ix_point[2]").x
  return value
end)
case("a whole array is not assigned a number", function()
  ffi.new("int[2][2]")[0] = 1
end)
case("an element assigned nil", function()
  ffi.new("int[2]")[0] = nil
end)
case("a reference is no key", function()
  local array = ffi.new("int[4]", 1, 2, 3, 4)
  local results = {}
  for n, key in ipairs({ ffi.cast("int &", array + 1), ffi.new("struct { char c[4]; }").c, ffi.new("int[2][2]")[1] }) do
    for m, object in ipairs({ array, ffi.new("struct ix_point"), ffi.cast("struct ix_point *", array) }) do
      local ok, message = pcall(function() return object[key] end)
      results[#results + 1] = { n, m, ok, ok and message or message:gsub("^[^\n]-:%d+: ", "") }
    end
  end
  return results
end)
