-- The functions of the module: sizes, strings, copies, symbols of the platform, types, garbage.

ffi.cdef [[
enum ap_enum { AP_ONE = 1 };
struct ap_point { double x, y; };
struct ap_hidden;
struct ap_mixed { char c; short s; int i; double d; char tail; };
struct ap_outer { int a; struct { int b; union { int c; double e; }; }; struct ap_point point; int bits1 : 3, bits2 : 7; int array[4]; };
struct ap_vls { int n; double tail[?]; };
typedef struct ap_point ap_point_t;
]]

local sized = {
  "bool", "char", "short", "int", "long", "long long", "float", "double", "long double", "void *", "int8_t", "uint64_t", "size_t",
  "wchar_t", "ptrdiff_t", "complex", "complex float", "enum ap_enum", "struct ap_point", "struct ap_mixed", "struct ap_outer", "int[10]",
  "int[3][4]", "char[0]", "int &", "int (*)(int)", "void", "struct ap_hidden", "int[]", "int(int)", "struct {}", "union {}",
  "struct ap_point *", "struct ap_point[3]", "const int", "struct { char c; long double l; }", "ap_point_t", "unsigned char",
  "struct { int x[]; }", "struct { char c; int x[]; }", "float complex *",
}
for _, ct in ipairs(sized) do
  case("size and alignment of " .. ct, function()
    local size, align = ffi.sizeof(ct), ffi.alignof(ct)
    return size, align
  end)
end
for _, ct in ipairs({ "int", "double", "struct ap_point", "int[5]", "int64_t", "complex", "char", "int *", "enum ap_enum" }) do
  case("size of an object of " .. ct, function()
    return ffi.sizeof(ffi.new(ct)), ffi.alignof(ffi.new(ct)), ffi.sizeof(ffi.typeof(ct))
  end)
end
case("size of variable arrays", function()
  return ffi.sizeof("int[?]", 5), ffi.sizeof("struct ap_vls", 3), ffi.sizeof(ffi.new("int[?]", 7)), ffi.sizeof(ffi.new("struct ap_vls", 2)), ffi.sizeof("char[?]", 0)
end)
case("size of a variable array without its length", function()
  local size = ffi.sizeof("int[?]")
  return size
end)
case("size of a variable struct without its length", function()
  local size = ffi.sizeof("struct ap_vls")
  return size
end)
case("size of a variable array with a wrong length", function()
  return ffi.sizeof("int[?]", -1), ffi.sizeof("int[?]", 2 ^ 31 - 1), ffi.sizeof("int[?]", 2 ^ 30)
end)
case("a length for a type that needs none", function()
  return ffi.sizeof("int", 5), ffi.sizeof("int[3]", 5)
end)
case("size of a string's type", function()
  local size = ffi.sizeof("ap_nothing")
  return size
end)
for _, entry in ipairs({ { "nil", nil }, { "true", true }, { "a table", {} }, { "a function", print } }) do
  for _, name in ipairs({ "sizeof", "alignof", "typeof", "new" }) do
    case(("%s of %s"):format(name, entry[1]), function()
      local result
      if name == "sizeof" then
        result = ffi.sizeof(entry[2])
      elseif name == "alignof" then
        result = ffi.alignof(entry[2])
      elseif name == "typeof" then
        result = ffi.typeof(entry[2])
      else
        result = ffi.new(entry[2])
      end
      return result
    end)
  end
end

-- offsetof ------------------------------------------------------------------------------------------------

for _, entry in ipairs({
  { "struct ap_mixed", "c" }, { "struct ap_mixed", "s" }, { "struct ap_mixed", "d" }, { "struct ap_mixed", "tail" },
  { "struct ap_outer", "a" }, { "struct ap_outer", "b" }, { "struct ap_outer", "c" }, { "struct ap_outer", "e" }, { "struct ap_outer", "point" },
  { "struct ap_outer", "bits1" }, { "struct ap_outer", "bits2" }, { "struct ap_outer", "array" }, { "struct ap_outer", "nothing" },
  { "struct ap_outer", "" }, { "struct ap_vls", "tail" }, { "struct ap_point *", "y" }, { "struct ap_point &", "y" }, { "union { int a; char b; }", "b" },
  { "int", "x" }, { "int[3]", "x" }, { "struct ap_hidden", "x" }, { "enum ap_enum", "AP_ONE" }, { "struct ap_point[2]", "x" },
}) do
  case(("offset of %s.%s"):format(entry[1], entry[2]), function()
    local offset, position, width = ffi.offsetof(entry[1], entry[2])
    return offset, position, width
  end)
end
case("offset in an object", function()
  local offset = ffi.offsetof(ffi.new("struct ap_point"), "y")
  return offset
end)
case("offset without a field", function()
  local offset = ffi.offsetof("struct ap_point")
  return offset
end)
case("offset of a field by number", function()
  local offset = ffi.offsetof("struct ap_point", 1)
  return offset
end)

-- typeof --------------------------------------------------------------------------------------------------

case("typeof gives one type for each", function()
  return ffi.typeof("int"), ffi.typeof(ffi.typeof("int")), ffi.typeof(ffi.new("int")), ffi.typeof("int") == ffi.typeof(ffi.new("int"))
end)
case("typeof of pointers, arrays and references", function()
  return ffi.typeof(ffi.new("int[3]")), ffi.typeof(ffi.new("int[?]", 3)), ffi.typeof(ffi.new("struct ap_outer").point), ffi.typeof(ffi.new("struct ap_outer").array)
end)
case("type of a ctype and of its objects", function()
  return type(ffi.typeof("int")), type(ffi.new("int")), type(ffi.C), type(ffi)
end)
case("a ctype given a ctype", function()
  return ffi.typeof("$ *", ffi.typeof("int")), ffi.typeof("$[3]", ffi.typeof("struct ap_point")), ffi.typeof("$ (*)($)", ffi.typeof("int"), ffi.typeof("double"))
end)
case("a cdata as a parameter gives its type", function()
  return ffi.typeof("$ *", ffi.new("double"))
end)
case("a name as a parameter", function()
  local ct = ffi.typeof("struct { int $; int $; }", "first", "second")
  local s = ct(1, 2)
  return s.first, s.second
end)
case("a number as a parameter", function()
  return ffi.typeof("int[$][$]", 3, 4), ffi.sizeof(ffi.typeof("struct { int a : $; }", 5))
end)
case("types and names mixed", function()
  local ct = ffi.typeof("struct { $ $; $ $[$]; }", ffi.typeof("int"), "count", ffi.typeof("double"), "values", 4)
  return ffi.sizeof(ct), ffi.offsetof(ct, "values")
end)
case("cdef with parameters", function()
  ffi.cdef("typedef $ ap_param_t; struct $ { int $; };", ffi.typeof("short"), "ap_param_struct", "member")
  return ffi.sizeof("ap_param_t"), ffi.new("struct ap_param_struct", 5).member
end)
case("too few parameters", function()
  local ct = ffi.typeof("$ *")
  return ct
end)
case("too many parameters", function()
  local ct = ffi.typeof("int *", ffi.typeof("int"))
  return ct
end)
case("a string where a type is wanted", function()
  local ct = ffi.typeof("$ *", "int")
  return ct
end)
case("a table as a parameter", function()
  local ct = ffi.typeof("$ *", {})
  return ct
end)
case("parameters for a ctype", function()
  local ct = ffi.typeof(ffi.typeof("int"), 5)
  return ct
end)
case("a number is a text", function()
  local ct = ffi.typeof(5)
  return ct
end)
case("an empty text", function()
  local ct = ffi.typeof("")
  return ct
end)
case("a text with more than a type", function()
  local ct = ffi.typeof("int x")
  return ct
end)
case("a text with a semicolon", function()
  local ct = ffi.typeof("int;")
  return ct
end)
case("spaces and comments around a type", function()
  return ffi.typeof("  int /* a number */ * // pointer\n")
end)
case("typeof without an argument", function()
  local ct = ffi.typeof()
  return ct
end)

-- cdef ----------------------------------------------------------------------------------------------------

case("cdef returns nothing", function()
  return select("#", ffi.cdef("struct ap_declared { int x; };"))
end)
case("the last semicolon may be missing", function()
  ffi.cdef("typedef int ap_no_semicolon")
  return ffi.sizeof("ap_no_semicolon")
end)
case("an empty declaration", function()
  ffi.cdef("")
  ffi.cdef("  ;; ")
  ffi.cdef("/* nothing */")
end)
for _, entry in ipairs({ { "nil", nil }, { "a table", {} }, { "true", true } }) do
  case("cdef of " .. entry[1], function()
    ffi.cdef(entry[2])
  end)
end
case("cdef of a number", function()
  ffi.cdef(5)
end)
case("a failed declaration declares nothing", function()
  pcall(ffi.cdef, "struct ap_failed { int x; }; typedef int ap_failed_t; nonsense here;")
  local ok1 = pcall(ffi.typeof, "ap_failed_t")
  local ok2 = pcall(ffi.new, "struct ap_failed")
  ffi.cdef("struct ap_failed { double y; }; typedef double ap_failed_t;")
  return ok1, ok2, ffi.sizeof("ap_failed_t"), ffi.new("struct ap_failed", 1.5).y
end)

-- string --------------------------------------------------------------------------------------------------

case("string of arrays and pointers of bytes", function()
  return ffi.string(ffi.new("char[8]", "abc")), ffi.string(ffi.new("uint8_t[8]", "abc")), ffi.string(ffi.new("int8_t[8]", "abc")),
    ffi.string(ffi.cast("const char *", "abc")), ffi.string(ffi.cast("void *", ffi.cast("char *", "abc"))), ffi.string(ffi.cast("const uint8_t *", "xyz"))
end)
case("string with a length", function()
  local a = ffi.new("char[8]", "abcdef")
  return ffi.string(a, 3), ffi.string(a, 0), ffi.string(a, 8), ffi.string(a + 2, 2)
end)
case("string with a length keeps zeros", function()
  return ffi.string(ffi.new("char[4]", { 65, 0, 66, 0 }), 4)
end)
case("string of other memory with a length", function()
  return ffi.string(ffi.new("int[2]", { 0x41424344, 0x45464748 }), 8), ffi.string(ffi.new("struct { char a, b; }", 65, 66), 2),
    ffi.string(ffi.new("uint16_t[1]", 0x4142), 2)
end)
case("string of a string", function()
  return ffi.string("abc"), ffi.string("abc", 2), ffi.string("a\0b", 3)
end)
case("string with a boxed length", function()
  return ffi.string("abcdef", i64 "3"), ffi.string("abcdef", ffi.new("uint8_t", 2)), ffi.string("abcdef", 2.9)
end)
case("string of a string with zeros, without a length", function()
  return ffi.string("a\0b")
end)
for _, entry in ipairs({
  { "int *", ffi.new("int[2]") }, { "short *", ffi.new("short[2]") }, { "a struct", ffi.new("struct ap_point") }, { "a number", 5 },
  { "true", true }, { "a table", {} }, { "an int64", i64 "5" }, { "a function", print }, { "a bool array", ffi.new("bool[2]") },
  { "a wchar_t array", ffi.new("wchar_t[2]") },
}) do
  case("no string of " .. entry[1], function()
    local text = ffi.string(entry[2])
    return text
  end)
end
local null = { differs = "NULL is not read", ours_has = "error: ", reference = false }
case("no string of nil", null, function()
  local text = ffi.string(nil)
  return text
end)
case("no string of NULL", null, function()
  local text = ffi.string(ffi.new("const char *"))
  return text
end)
case("no string of nil with a length", null, function()
  local text = ffi.string(nil, 3)
  return text
end)
case("no string of a number with a length", function()
  local text = ffi.string(5, 3)
  return text
end)
case("no string of negative length", {
  differs = "in words of our own", ours = "error: bad argument #2 to 'string' (negative length)",
}, function()
  local text = ffi.string("abc", -1)
  return text
end)
case("no string with a string for a length", function()
  local text = ffi.string("abc", "x")
  return text
end)
case("string with nil for a length", function()
  local text = ffi.string("abc", nil)
  return text
end)

-- copy and fill ---------------------------------------------------------------------------------------------

case("copy of bytes", function()
  local a = ffi.new("char[8]", "xxxxxxx")
  ffi.copy(a, "abcdef", 3)
  return ffi.string(a)
end)
case("copy of a string brings its zero", function()
  local a = ffi.new("char[8]", "xxxxxxx")
  ffi.copy(a, "abc")
  return ffi.string(a, 8)
end)
case("copy of an empty string", function()
  local a = ffi.new("char[4]", "xyz")
  ffi.copy(a, "")
  return ffi.string(a, 4)
end)
case("copy of a string with zeros", function()
  local a = ffi.new("char[8]")
  ffi.copy(a, "a\0b")
  return ffi.string(a, 4)
end)
case("copy returns nothing", function()
  return select("#", ffi.copy(ffi.new("char[4]"), "abc"))
end)
case("copy of structs and arrays", function()
  local p, q = ffi.new("struct ap_point", 1, 2), ffi.new("struct ap_point")
  ffi.copy(q, p, ffi.sizeof(p))
  local a, b = ffi.new("int[3]", { 1, 2, 3 }), ffi.new("int[3]")
  ffi.copy(b, a, ffi.sizeof(a))
  return q.x, q.y, b[0], b[2]
end)
case("copy through pointers", function()
  local a = ffi.new("int[4]", { 1, 2, 3, 4 })
  ffi.copy(a + 2, a, 8)
  return a[2], a[3]
end)
case("copy of nothing", function()
  local a = ffi.new("char[4]", "abc")
  ffi.copy(a, "xyz", 0)
  return ffi.string(a)
end)
case("copy with a boxed length", function()
  local a = ffi.new("char[8]")
  ffi.copy(a, "abcdef", u64 "2")
  return ffi.string(a)
end)
case("no copy to nil", null, function()
  ffi.copy(nil, "a", 1)
end)
case("no copy from nil", null, function()
  ffi.copy(ffi.new("char[8]"), nil, 1)
end)
case("no fill of nil", null, function()
  ffi.fill(nil, 4)
end)
case("no fill of NULL", null, function()
  ffi.fill(ffi.cast("char *", 0), 4)
end)
case("nothing is copied to nil", function()
  ffi.copy(nil, "a", 0)
  ffi.fill(nil, 0)
end)
for _, entry in ipairs({
  { "a string", "abc" }, { "a number", 5 }, { "a table", {} }, { "const memory", ffi.new("const char[4]") },
  { "a pointer to const", ffi.cast("const char *", "abc") }, { "an int64", i64 "5" },
}) do
  case("no copy to " .. entry[1], function()
    ffi.copy(entry[2], "a", 1)
  end)
end
for _, entry in ipairs({ { "a number", 5 }, { "a table", {} }, { "an int64", i64 "5" }, { "a function", print } }) do
  case("no copy from " .. entry[1], function()
    ffi.copy(ffi.new("char[8]"), entry[2], 1)
  end)
end
case("no copy of memory without a length", function()
  ffi.copy(ffi.new("char[8]"), ffi.new("char[8]"))
end)
case("copy with a string for a length", function()
  ffi.copy(ffi.new("char[8]"), "abc", "x")
end)
case("copy without a source", function()
  ffi.copy(ffi.new("char[8]"))
end)
local guarded = "memory that the module owns is guarded"
case("copy past the end", { differs = guarded, ours_has = "error: ", reference = false }, function()
  ffi.copy(ffi.new("char[8]"), ("x"):rep(1000), 1000)
end)
case("fill past the end", { differs = guarded, ours_has = "error: ", reference = false }, function()
  ffi.fill(ffi.new("char[8]"), 1000)
end)
case("string past the end", { differs = guarded, ours_has = "error: ", reference = false }, function()
  local text = ffi.string(ffi.new("char[8]"), 100000)
  return #text
end)
case("fill with zero and with a byte", function()
  local a = ffi.new("uint8_t[4]", { 1, 2, 3, 4 })
  ffi.fill(a, 2)
  local first = { a[0], a[1], a[2], a[3] }
  ffi.fill(a, 3, 0xab)
  return first, a[0], a[2], a[3]
end)
case("fill takes the lowest byte", function()
  local a = ffi.new("uint8_t[2]")
  ffi.fill(a, 1, 0x1ff)
  ffi.fill(a + 1, 1, -1)
  return a[0], a[1]
end)
case("fill of a struct", function()
  local p = ffi.new("struct ap_point", 1, 2)
  ffi.fill(p, ffi.sizeof(p))
  return p.x, p.y
end)
case("fill returns nothing", function()
  return select("#", ffi.fill(ffi.new("char[4]"), 4))
end)
case("no fill of const memory", function()
  ffi.fill(ffi.new("const char[4]"), 4)
end)
case("no fill without a length", function()
  ffi.fill(ffi.new("char[4]"))
end)
case("fill with a string for a byte", function()
  ffi.fill(ffi.new("char[4]"), 4, "x")
end)

-- The platform ----------------------------------------------------------------------------------------------

for _, name in ipairs({ "32bit", "64bit", "le", "be", "fpu", "softfp", "hardfp", "eabi", "win", "uwp", "pauth", "nothing", "" }) do
  case("abi " .. name, function()
    return ffi.abi(name)
  end)
end
case("abi of nil", function()
  local result = ffi.abi()
  return result
end)
case("abi of a table", function()
  local result = ffi.abi({})
  return result
end)
case("os and arch", function()
  return ffi.os, ffi.arch
end)

-- errno -----------------------------------------------------------------------------------------------------

case("errno is set and returned", function()
  ffi.errno(0)
  local old = ffi.errno(7)
  return old, ffi.errno(), ffi.errno(0), ffi.errno()
end)
case("errno after a call that failed", function()
  ffi.cdef("int close(int fd);")
  ffi.errno(0)
  local result = ffi.C.close(-1)
  return result, ffi.errno()
end)
case("errno survives what Lua does", function()
  ffi.cdef("int chdir(const char *path);")
  ffi.C.chdir("/nowhere/at/all")
  local file = io.open("/another/nowhere")
  return file, ffi.errno()
end)
case("errno of a string", function()
  local old = ffi.errno("x")
  return old
end)
case("errno of a fraction", function()
  ffi.errno(5.9)
  return ffi.errno(0)
end)

-- tonumber, tostring, type ------------------------------------------------------------------------------------

for _, entry in ipairs({
  { "int64", i64 "-5" }, { "uint64", u64 "18446744073709551615" }, { "a large int64", i64 "9007199254740993" }, { "int", ffi.new("int", 7) },
  { "double", ffi.new("double", 2.5) }, { "float", ffi.new("float", 0.1) }, { "true", ffi.new("bool", true) }, { "false", ffi.new("bool") },
  { "an enum", ffi.new("enum ap_enum", 1) }, { "a pointer", ffi.cast("int *", 5) }, { "a struct", ffi.new("struct ap_point") },
  { "an array", ffi.new("int[3]") }, { "complex", ffi.new("complex", 3, 4) }, { "a function pointer", ffi.new("int (*)(int)") },
  { "a char", ffi.new("char", 65) },
}) do
  local exact = entry[1] == "a large int64" and helper.has_integers
  case("tonumber of " .. entry[1], {
    differs = exact and "an integer is exact where this Lua has integers" or nil,
    ours = exact and "9007199254740993" or nil,
  }, function()
    return tonumber(entry[2])
  end)
end
case("tonumber of plain values", function()
  return tonumber("10"), tonumber("0x10"), tonumber(" 5 "), tonumber("x"), tonumber({}), tonumber(nil), tonumber(5.5), tonumber("777", 8), tonumber("z", 36), tonumber("1e3")
end)
case("type of everything", function()
  return type(nil), type(true), type(1), type("x"), type({}), type(print), type(i64 "1"), type(ffi.typeof("int")), type(ffi.C), type(io.stdout), type(coroutine.create(function() end))
end)
case("type without an argument", function()
  local result = type()
  return result
end)
case("getmetatable of cdata", function()
  return getmetatable(i64 "1"), getmetatable(ffi.typeof("int"))
end)
case("tostring of ctypes", function()
  return tostring(ffi.typeof("int")), tostring(ffi.typeof("struct ap_point")), tostring(ffi.typeof("struct ap_point *"))
end)
case("pairs of a cdata without a metatable", function()
  local iterate = pairs(ffi.new("struct ap_point"))
  return iterate
end)
case("ipairs of a cdata without a metatable", function()
  local iterate = ipairs(ffi.new("int[3]"))
  return iterate
end)
case("pairs of a number box", function()
  local iterate = pairs(i64 "1")
  return iterate
end)
case("pairs and ipairs of tables", function()
  local seen = {}
  for key, value in pairs({ a = 1 }) do seen[#seen + 1] = key .. value end
  for key, value in ipairs({ "x", "y" }) do seen[#seen + 1] = key .. value end
  return seen
end)

-- gc ----------------------------------------------------------------------------------------------------------

case("gc returns its object", function()
  local p = ffi.new("struct ap_point")
  return ffi.gc(p, function() end) == p, rawequal(ffi.gc(p, nil), p)
end)
for _, ct in ipairs({ "int", "double", "bool", "enum ap_enum", "int64_t", "complex" }) do
  case("no finalizer for " .. ct, function()
    local result = ffi.gc(ffi.new(ct), print)
    return result
  end)
end
for _, ct in ipairs({ "int *", "struct ap_point", "int[3]", "void *", "union { int a; }", "int (*)(int)" }) do
  case("a finalizer for " .. ct, function()
    return ffi.typeof(ffi.gc(ffi.new(ct), function() end))
  end)
end
for _, entry in ipairs({ { "a number", 5 }, { "nil", nil }, { "a table", {} }, { "a string", "x" }, { "a ctype", ffi.typeof("int") } }) do
  case("no finalizer for what is no cdata: " .. entry[1], function()
    ffi.gc(entry[2], print)
  end)
end
case("a finalizer must be given", function()
  ffi.gc(ffi.new("int[1]"))
end)
case("the keys of the module", function()
  local found = {}
  for n, name in ipairs({
    "C", "abi", "alignof", "arch", "cast", "cdef", "copy", "errno", "fill", "gc", "istype", "load", "metatype", "new", "offsetof", "os", "sizeof", "string",
    "typeof",
  }) do
    found[n] = name .. " " .. type(ffi[name])
  end
  return found
end)
case("the module has nothing else by accident", function()
  return ffi.nothing, ffi.null
end)
case("gc of a reference", function()
  local array = ffi.new("int[4]")
  local reference = ffi.cast("int &", array)
  return rawequal(ffi.gc(reference, print), reference), rawequal(ffi.gc(reference, nil), reference)
end)
case("the names of qualified vectors and complex numbers", function()
  ffi.cdef("typedef int ap_vector __attribute__((vector_size(16)));")
  return ffi.typeof("const complex"), ffi.typeof("complex const *const *"), ffi.typeof("const complex float[2]"),
    ffi.typeof("const ap_vector"), ffi.typeof("volatile ap_vector *"), ffi.typeof("const int[2]")
end)
for _, base in ipairs({ 10, 16, 2, 36 }) do
  case("tonumber of a cdata to the base " .. base, function()
    return tonumber(i64 "12", base)
  end)
  case("tonumber of a small cdata to the base " .. base, function()
    return tonumber(ffi.new("int", 12), base)
  end)
end
