-- ffi.istype: which types count as the same.

ffi.cdef [[
struct is_point { double x, y; };
struct is_same { double x, y; };
union is_union { int a; float b; };
enum is_enum { IS_A, IS_B };
enum is_signed { IS_MINUS = -1 };
struct is_holder { struct is_point point; int numbers[4]; struct is_point *link; int bits : 3; const int fixed; };
typedef struct is_point is_point_t;
typedef int is_number;
]]

-- A type against objects of many types: which it accepts.
local objects = {
  "bool", "char", "int8_t", "uint8_t", "int16_t", "uint16_t", "int", "unsigned int", "long", "long long", "int64_t",
  "uint64_t", "size_t", "float", "double", "complex", "complex float", "enum is_enum", "enum is_signed", "is_number",
  "void *", "const void *", "char *", "const char *", "int *", "const int *", "unsigned int *", "int *const", "int **",
  "const int **", "short *", "int[4]", "int[3]", "unsigned int[4]", "const int[4]", "struct is_point", "const struct is_point",
  "struct is_point *", "const struct is_point *", "struct is_point **", "struct is_same", "struct is_same *", "is_point_t",
  "union is_union", "union is_union *", "int (*)(int)", "int (*)(double)", "void (*)(void)", "int (*)[4]", "struct is_point[2]",
  "uintptr_t", "enum is_enum *", "volatile int", "char[4]", "int8_t[4]",
}
for _, ct in ipairs(objects) do
  case(ct .. " is the type of", function()
    local accepted = {}
    for _, name in ipairs(objects) do
      if ffi.istype(ct, ffi.new(name)) then
        accepted[#accepted + 1] = name
      end
    end
    return accepted
  end)
  case("a ctype counts as its type: " .. ct, function()
    return ffi.istype(ct, ffi.typeof(ct)), ffi.istype(ffi.typeof(ct), ffi.new(ct)), ffi.istype(ffi.new(ct), ffi.new(ct))
  end)
end

for _, entry in ipairs({
  { "nil", nil }, { "a number", 5 }, { "a string", "int" }, { "true", true }, { "a table", {} }, { "a function", print },
}) do
  case(entry[1] .. " is no cdata", function()
    return ffi.istype("int", entry[2])
  end)
end
case("a struct's name as a string is no object", function()
  return ffi.istype("struct is_point", "struct is_point")
end)
case("a type takes a pointer to its struct, and the reverse does not hold", function()
  local s = ffi.new("struct is_point")
  local p = ffi.cast("struct is_point *", s)
  return ffi.istype("struct is_point", p), ffi.istype("struct is_point *", s), ffi.istype("struct is_point", p + 1)
end)
case("fields are references to their type", function()
  local h = ffi.new("struct is_holder")
  return ffi.istype("struct is_point", h.point), ffi.istype("int[4]", h.numbers), ffi.istype("struct is_point *", h.link),
    ffi.istype("struct is_point", h.link), ffi.istype("struct is_holder", h.point), ffi.istype("int", h.bits)
end)
case("references are looked through", function()
  local a = ffi.new("int[1]", 3)
  local r = ffi.cast("int &", a)
  return ffi.istype("int", r), ffi.istype("int &", r), ffi.istype("int &", ffi.new("int")), ffi.istype("short", r)
end)
case("typedefs are the type they name", function()
  return ffi.istype("is_number", ffi.new("int")), ffi.istype("is_point_t", ffi.new("struct is_point")),
    ffi.istype("struct is_point", ffi.typeof("is_point_t"))
end)
case("arrays of unknown length", function()
  return ffi.istype("int[?]", ffi.new("int[?]", 4)), ffi.istype("int[4]", ffi.new("int[?]", 4)),
    ffi.istype("int[?]", ffi.new("int[4]")), ffi.istype("int[]", ffi.new("int[?]", 4))
end)
case("functions are no pointers", function()
  ffi.cdef("int abs(int);")
  return ffi.istype("int (*)(int)", ffi.C.abs), ffi.istype("void *", ffi.C.abs)
end)
case("functions of one type", { differs = "types of functions that are alike are one type", ours = "true" }, function()
  ffi.cdef("int abs(int);")
  return ffi.istype("int (int)", ffi.C.abs)
end)
case("boxed results of arithmetic", function()
  return ffi.istype("int64_t", i64 "1"), ffi.istype("uint64_t", u64 "1"), ffi.istype("int64_t", u64 "1"),
    ffi.istype("long", i64 "1"), ffi.istype("size_t", u64 "1"), ffi.istype("int", i64 "1")
end)
case("anonymous structs are what their ctype says", function()
  local a, b = ffi.typeof("struct { int x; }"), ffi.typeof("struct { int x; }")
  return ffi.istype(a, a()), ffi.istype(a, b()), ffi.istype(b, b())
end)
-- No tail calls here: they would take the function's name from the message.
case("istype without an object", function()
  local result = ffi.istype("int")
  return result
end)
case("istype of a name that is no type", function()
  local result = ffi.istype("is_nothing", 1)
  return result
end)
case("istype of nil", function()
  local result = ffi.istype(nil, 1)
  return result
end)
case("istype with a table for a type", function()
  local result = ffi.istype({}, 1)
  return result
end)
case("complex numbers and vectors are arrays of their parts", function()
  ffi.cdef("typedef float is_v2 __attribute__((vector_size(8))); typedef int is_w2 __attribute__((vector_size(8)));")
  local names = { "is_v2", "is_w2", "complex float", "float[2]", "int[2]", "unsigned[2]", "complex", "double[2]", "float *", "int64_t" }
  local results = {}
  for n, name in ipairs(names) do
    local row = {}
    for m, other in ipairs(names) do
      row[m] = ffi.istype(name, ffi.typeof(other)) and "x" or "."
    end
    results[n] = name .. " " .. table.concat(row)
  end
  return results
end)
