-- Calls of C functions: arguments, results, variadics, errno, variables, constants, libraries.

ffi.cdef [[
typedef int (*dc_fn)(int);
typedef struct { double x, y; } dc_point_t;
typedef struct { float x, y; } dc_pointf_t;
typedef struct { float x, y, z; } dc_vec3f_t;
typedef struct { int8_t v; } dc_one8_t;
typedef struct { int32_t i; float f; } dc_int_float_t;
typedef struct { double d; int32_t i; } dc_double_int_t;
typedef struct { int64_t a, b; } dc_pair64_t;
typedef struct { int64_t a, b, c; } dc_triple64_t;
typedef struct { uint8_t v[3]; } dc_bytes3_t;
typedef union { int32_t i; float f; } dc_num32_t;
typedef union { double d; int64_t i; } dc_num64_t;
typedef union { int32_t i; uint8_t b[16]; } dc_key16_t;
typedef struct { double v[16]; } dc_big_t;
typedef struct { int8_t a; struct { int16_t b; struct { uint8_t c; float d; } e; } f; } dc_deep_t;
enum dc_fruit { DC_APPLE, DC_PEAR = 5, DC_MINUS = -3 };
enum dc_colour { DC_RED = 1, DC_BLUE = 0xffffffffu };

bool dc_bool(bool); char dc_char(char); int8_t dc_i8(int8_t); uint8_t dc_u8(uint8_t); int16_t dc_i16(int16_t); uint16_t dc_u16(uint16_t);
int32_t dc_i32(int32_t); uint32_t dc_u32(uint32_t); int64_t dc_i64(int64_t); uint64_t dc_u64(uint64_t); size_t dc_size(size_t);
float dc_float(float); double dc_double(double); enum dc_fruit dc_fruit(enum dc_fruit); enum dc_colour dc_colour(enum dc_colour);
complex dc_complex(complex); complex float dc_complexf(complex float); void *dc_pointer(void *); const char *dc_text(const char *);
dc_fn dc_function(dc_fn);
dc_point_t dc_point(dc_point_t); dc_pointf_t dc_pointf(dc_pointf_t); dc_vec3f_t dc_vec3f(dc_vec3f_t); dc_one8_t dc_one8(dc_one8_t);
dc_int_float_t dc_int_float(dc_int_float_t); dc_double_int_t dc_double_int(dc_double_int_t); dc_pair64_t dc_pair64(dc_pair64_t);
dc_triple64_t dc_triple64(dc_triple64_t); dc_bytes3_t dc_bytes3(dc_bytes3_t); dc_num32_t dc_num32(dc_num32_t); dc_num64_t dc_num64(dc_num64_t);
dc_key16_t dc_key16(dc_key16_t); dc_big_t dc_big(dc_big_t); dc_deep_t dc_deep(dc_deep_t);
complex dc_add_complex(complex a, complex b); complex float dc_mul_complexf(complex float a, complex float b); double dc_cabs2(complex z);
double dc_many(int a, double b, float c, int64_t d, uint8_t e, double f, int16_t g, float h, uint32_t i, double j, bool k, double l, int m,
               double n, int64_t o, double p, double q, int r);
double dc_points(dc_point_t a, int n, dc_point_t b, dc_pointf_t c, dc_point_t d, dc_point_t e, dc_triple64_t f, dc_point_t g);
int dc_nothing(void); void dc_void(int); int dc_sum(const int *items, int n); double dc_point_length2(const dc_point_t *p);
void dc_move(dc_point_t *p, double dx, double dy); const char *dc_find(const char *const *names, const char *name); bool dc_out(int **out);
int dc_matrix(int (*rows)[3], int n); size_t dc_length(const char *text); uint8_t dc_first_byte(const uint8_t *bytes); int dc_fail(int code);
dc_fn dc_get_function(void); dc_fn dc_no_function(void); int dc_call(dc_fn f, int v);
double dc_va_sum(const char *kinds, ...);
int dc_missing_in_library(int);

bool dc_flag; int8_t dc_small; uint16_t dc_port; int dc_counter; const int dc_limit; unsigned dc_mask; int64_t dc_wide; uint64_t dc_huge;
float dc_ratio; double dc_pi; enum dc_fruit dc_favourite; complex dc_z; const char *dc_title; const char dc_name[]; int dc_numbers[4];
dc_point_t dc_origin; const dc_point_t dc_fixed; dc_point_t *dc_link; dc_fn dc_handler_fn; void *dc_null; dc_num64_t dc_number;
int dc_read_counter(void); double dc_read_origin(void); int dc_call_handler(int);

int dc_renamed(int) asm("dc_i32");
static const int DC_CONSTANT = 17;

int sprintf(char *buffer, const char *format, ...); int snprintf(char *buffer, size_t size, const char *format, ...);
int abs(int); double sqrt(double); double pow(double, double); double fabs(double); size_t strlen(const char *); char *strcpy(char *, const char *);
int toupper(int); int atoi(const char *); double strtod(const char *, char **); void *malloc(size_t); void free(void *); char *getenv(const char *);
int memcmp(const void *, const void *, size_t); void *memcpy(void *, const void *, size_t); long strtol(const char *, char **, int); long labs(long);
unsigned long strtoul(const char *, char **, int); unsigned long long strtoull(const char *, char **, int); int puts(const char *); int close(int);
]]

local lib = ffi.load(fixture("declared"))
local C = ffi.C

-- Each type of number there and back -------------------------------------------------------------------

local values = { 0, 1, -1, 1.9, -1.9, 127, 128, 255, 256, 32768, 65536, 2147483647, 2147483648, 4294967295, 4294967296, 2 ^ 53 }
for _, name in ipairs({ "bool", "char", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "size", "float", "double", "fruit", "colour" }) do
  case("dc_" .. name .. " of numbers", function()
    local results = {}
    for n, value in ipairs(values) do
      if not (value == 2 ^ 53 and (name == "fruit" or name == "colour")) then
        results[n] = lib["dc_" .. name](value)
      end
    end
    return results
  end)
  case("dc_" .. name .. " of cdata", function()
    local results = {}
    for n, value in ipairs({
      ffi.new("int8_t", -5), ffi.new("uint8_t", 250), i64 "-7", u64 "7", ffi.new("float", 2.5), ffi.new("bool", true), ffi.new("enum dc_fruit", 5),
    }) do
      results[n] = lib["dc_" .. name](value)
    end
    return results
  end)
  for _, entry in ipairs({
    { "true", true }, { "nil", nil }, { "a string", "5" }, { "a table", {} }, { "a function", print }, { "a pointer", ffi.cast("int *", 5) },
    { "a struct", ffi.new("dc_point_t") },
  }) do
    case(("dc_%s of %s"):format(name, entry[1]), function()
      local result = lib["dc_" .. name](entry[2])
      return result
    end)
  end
end
case("boxes of int for an int", function()
  local int = ffi.typeof("int")
  local ten, thirty = ffi.new("int", -10), int(-30)
  return C.abs(ten), C.abs(thirty), lib.dc_i32(int(7)), type(C.abs(ten)), type(ten), type(thirty), ffi.typeof(thirty), type(int)
end)
case("enums by name", function()
  return lib.dc_fruit("DC_PEAR"), lib.dc_fruit("DC_MINUS"), lib.dc_colour("DC_BLUE"), tonumber(lib.dc_fruit("DC_PEAR"))
end)
case("an enum by a wrong name", function()
  local result = lib.dc_fruit("DC_RED")
  return result
end)
case("complex numbers", function()
  return lib.dc_complex(ffi.new("complex", 1, 2)), lib.dc_complex(5), lib.dc_complexf(ffi.new("complex", 0.5, 0.25)), lib.dc_complexf(ffi.new("complex float", 3, 4)),
    lib.dc_add_complex(ffi.new("complex", 1, 2), ffi.new("complex", 3, 4)), lib.dc_mul_complexf(ffi.new("complex float", 1, 2), ffi.new("complex float", 3, 4)),
    lib.dc_cabs2(ffi.new("complex", 3, 4)), lib.dc_complex({ 7, 8 })
end)
case("a complex argument from a string", function()
  local result = lib.dc_complex("x")
  return result
end)
case("pointers", function()
  local a = ffi.new("int[3]")
  return lib.dc_pointer(a) == a, isnull(lib.dc_pointer(nil)), lib.dc_pointer(ffi.cast("char *", 16)), ffi.typeof(lib.dc_pointer(a))
end)
case("texts", function()
  return ffi.string(lib.dc_text("hello")), isnull(lib.dc_text(nil)), ffi.typeof(lib.dc_text("x")), ffi.string(lib.dc_text(ffi.new("char[4]", "abc")))
end)
case("function pointers", function()
  local f = lib.dc_function(C.abs)
  return f(-3), f == C.abs, ffi.typeof(f), isnull(lib.dc_function(nil)), isnull(lib.dc_no_function())
end)
case("a function pointer as a result is called", function()
  return lib.dc_get_function()(21), lib.dc_call(lib.dc_get_function(), 4)
end)

-- Arguments that are refused -----------------------------------------------------------------------------

for _, entry in ipairs({
  { "a number for a pointer", function() local r = lib.dc_pointer(5) return r end },
  { "true for a pointer", function() local r = lib.dc_pointer(true) return r end },
  { "a string for a void pointer", function() local r = lib.dc_pointer("x") return r end },
  { "a table for a pointer", function() local r = lib.dc_sum({ 1, 2 }, 2) return r end },
  { "another pointer", function() local r = lib.dc_sum(ffi.new("double[2]"), 2) return r end },
  { "a struct for an int pointer", function() local r = lib.dc_sum(ffi.new("dc_point_t"), 2) return r end },
  { "an int box for a pointer to int", function() local r = lib.dc_sum(ffi.new("int", 3), 1) return r end },
  { "a const pointer for a plain one", function() lib.dc_move(ffi.cast("const dc_point_t *", 16), 1, 2) end },
  { "a table for a pointer to a struct", function() lib.dc_move({ 1, 2 }, 1, 2) end },
  { "a number for a text", function() local r = lib.dc_length(5) return r end },
  { "an int array for a text", function() local r = lib.dc_length(ffi.new("int[2]")) return r end },
  { "a number for a struct", function() local r = lib.dc_point(5) return r end },
  { "another struct", function() local r = lib.dc_point(ffi.new("dc_pair64_t")) return r end },
  { "nil for a struct", function() local r = lib.dc_point(nil) return r end },
  { "a pointer for a struct", function() local r = lib.dc_point(ffi.cast("dc_point_t *", 16)) return r end },
  { "a wrong second argument", function() local r = C.pow(2, "x") return r end },
  { "a data pointer for a function pointer", function() local r = lib.dc_call(ffi.cast("int *", 16), 1) return r end },
  { "a string for a function pointer", function() local r = lib.dc_call("abs", 1) return r end },
  { "too few arguments", function() local r = C.pow(2) return r end },
  { "too many arguments", function() local r = C.abs(1, 2) return r end },
  { "no arguments for one", function() local r = C.abs() return r end },
  { "an argument for none", function() local r = lib.dc_nothing(1) return r end },
  { "nil as a further argument", function() local r = C.abs(1, nil) return r end },
}) do
  case("refused: " .. entry[1], entry[2])
end
case("a refused call through a local", function()
  local abs = C.abs
  local result = abs("x")
  return result
end)
case("a refused call through a table", function()
  local t = { absolute = C.abs }
  local result = t.absolute({})
  return result
end)
case("a refused call as a method", function()
  local t = { absolute = C.abs }
  local result = t:absolute()
  return result
end)

-- Structs by value -----------------------------------------------------------------------------------------

case("structs by value, of every class", function()
  local p = lib.dc_point(ffi.new("dc_point_t", 1, 2))
  local pf = lib.dc_pointf(ffi.new("dc_pointf_t", 0.5, 0.25))
  local v = lib.dc_vec3f(ffi.new("dc_vec3f_t", 1, 2, 3))
  local one = lib.dc_one8(ffi.new("dc_one8_t", -9))
  local mixed = lib.dc_int_float(ffi.new("dc_int_float_t", 7, 0.5))
  local back = lib.dc_double_int(ffi.new("dc_double_int_t", 0.125, -7))
  local pair = lib.dc_pair64(ffi.new("dc_pair64_t", i64 "-1", i64 "9007199254740993"))
  local triple = lib.dc_triple64(ffi.new("dc_triple64_t", 1, 2, 3))
  local bytes = lib.dc_bytes3(ffi.new("dc_bytes3_t", { { 1, 2, 3 } }))
  return p.x, p.y, pf.x, pf.y, v.x, v.z, one.v, mixed.i, mixed.f, back.d, back.i, pair.a, pair.b, triple.a, triple.c, bytes.v[0], bytes.v[2]
end)
case("large and nested structs by value", function()
  local big = ffi.new("dc_big_t")
  for n = 0, 15 do
    big.v[n] = n * n
  end
  local copy = lib.dc_big(big)
  local deep = lib.dc_deep(ffi.new("dc_deep_t", { -1, { -300, { 200, 0.5 } } }))
  return copy.v[15], copy.v[7], copy == big, deep.a, deep.f.b, deep.f.e.c, deep.f.e.d
end)
case("unions by value", function()
  local a = lib.dc_num32(ffi.new("dc_num32_t", { f = 1 }))
  local b = lib.dc_num64(ffi.new("dc_num64_t", { i = i64 "-2" }))
  local c = lib.dc_key16(ffi.new("dc_key16_t", { b = "0123456789abcdef" }))
  return a.i, b.i, ffi.string(c.b, 16)
end)
case("a table for a struct by value", function()
  local p = lib.dc_point({ 3, 4 })
  local q = lib.dc_point({ y = 9 })
  return p.x, p.y, q.x, q.y
end)
case("a table for a union by value", function()
  return lib.dc_num32({ 65 }).i, lib.dc_num32({ f = 1 }).i
end)
case("a reference for a struct by value", function()
  local a = ffi.new("dc_point_t[2]", { { 1, 2 }, { 3, 4 } })
  return lib.dc_point(a[1]).x, lib.dc_point(ffi.cast("dc_point_t *", a)[0]).y
end)
case("the result of a struct is a copy of its own", function()
  local p = ffi.new("dc_point_t", 1, 2)
  local q = lib.dc_point(p)
  q.x = 100
  return p.x, q.x, ffi.typeof(q), tostring(q):match("^[^:]*")
end)
case("a table that does not fit a struct parameter", function()
  local p = lib.dc_point({ 1, 2, 3 })
  return p.x
end)
case("a table with a wrong field for a struct parameter", function()
  local p = lib.dc_point({ x = "a" })
  return p.x
end)

-- Many arguments --------------------------------------------------------------------------------------------

case("eighteen arguments of both kinds", function()
  return lib.dc_many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, true, 12, 13, 14, 15, 16, 17, 18)
end)
case("structs between other arguments", function()
  local p = ffi.new("dc_point_t", 1, 2)
  return lib.dc_points(p, 10, { 3, 4 }, { 5, 6 }, { 7, 8 }, { 9, 10 }, { 11, 12, 13 }, p)
end)

-- Pointers to this and that ------------------------------------------------------------------------------------

case("arrays for pointers", function()
  local a = ffi.new("int[4]", { 1, 2, 3, 4 })
  return lib.dc_sum(a, 4), lib.dc_sum(a + 2, 2), lib.dc_sum(ffi.new("unsigned[2]", { 5, 6 }), 2), lib.dc_sum(nil, 0), lib.dc_sum(ffi.new("int[?]", 3, 7), 3)
end)
case("structs for pointers to them", function()
  local p = ffi.new("dc_point_t", 3, 4)
  lib.dc_move(p, 1, 2)
  lib.dc_move(ffi.cast("dc_point_t *", p), 1, 1)
  return p.x, p.y, lib.dc_point_length2(p)
end)
case("an element for a pointer", function()
  local a = ffi.new("dc_point_t[3]")
  lib.dc_move(a[1], 5, 6)
  lib.dc_move(a + 2, 7, 8)
  return a[0].x, a[1].x, a[2].y
end)
case("a list of pointers to structs, and a struct as the result", function()
  ffi.cdef("struct dc_ints { int x, y; }; struct dc_ints dc_add_pointed(struct dc_ints **p);")
  local ct = ffi.typeof("struct dc_ints")
  local a, b = ct({ 1, 10 }), ct(2, 20)
  local list = ffi.new("struct dc_ints *[?]", 2, ffi.cast("struct dc_ints *", a), ffi.cast("struct dc_ints *", b))
  local sum = lib.dc_add_pointed(list)
  return sum.x, sum.y, ffi.typeof(sum)
end)
case("a list of strings", function()
  local names = ffi.new("const char *[4]", { "one", "two", "three" })
  return ffi.string(lib.dc_find(names, "two")), isnull(lib.dc_find(names, "four"))
end)
case("a pointer to write to", function()
  local out = ffi.new("int *[1]")
  local ok = lib.dc_out(out)
  return ok, out[0][0]
end)
case("a matrix for a pointer to rows", function()
  return lib.dc_matrix(ffi.new("int[2][3]", { { 1, 2, 3 }, { 4, 5, 6 } }), 2)
end)
case("strings for const byte pointers", function()
  return lib.dc_first_byte("A"), lib.dc_first_byte(ffi.new("uint8_t[1]", 200)), lib.dc_length("four"), lib.dc_length(nil), lib.dc_length("a\0b")
end)
case("no results from void", function()
  return select("#", lib.dc_void(1))
end)

-- The standard library -----------------------------------------------------------------------------------------

case("functions of libc and libm", function()
  return C.abs(-5), C.sqrt(2), C.pow(2, 10), C.fabs(-0.5), C.strlen("hello"), C.toupper(97), C.atoi("42x"), C.labs(-3), C.memcmp("a", "b", 1) < 0
end)
case("strtod and its end", function()
  local text, rest = "12.5rest", ffi.new("char *[1]")
  local value = C.strtod(text, rest)
  return value, ffi.string(rest[0])
end)
case("strtoul and strtoull", function()
  return C.strtoul("18446744073709551615", nil, 10), C.strtoull("0x10", nil, 16), C.strtol("-77", nil, 10)
end)
case("malloc, a cast, free", function()
  local p = ffi.cast("int *", C.malloc(16))
  p[0], p[3] = 5, 6
  local sum = p[0] + p[3]
  C.free(p)
  return sum
end)
case("getenv that gives NULL", function()
  return isnull(C.getenv("LUNAFFI_NO_SUCH_VARIABLE")), ffi.typeof(C.getenv("PATH"))
end)
case("strcpy into an array", function()
  local a = ffi.new("char[16]")
  local p = C.strcpy(a, "copied")
  return ffi.string(a), p == a
end)
case("size_t is boxed", function()
  return type(C.strlen("abc")), C.strlen("abc") + 1, tonumber(C.strlen("abc"))
end)

-- Variadics -------------------------------------------------------------------------------------------------------

local kept_text = "pointer"
local function format(text, ...)
  local buffer = ffi.new("char[256]")
  local n = C.sprintf(buffer, text, ...)
  return ffi.string(buffer), n
end
for _, entry in ipairs({
  { "%d", ffi.new("int", 5) }, { "%d", ffi.new("int8_t", -5) }, { "%u", ffi.new("unsigned", 4000000000) }, { "%lld", i64 "-5" }, { "%llu", u64 "18446744073709551615" },
  { "%g", 2.5 }, { "%g", 5 }, { "%.0f", 2 ^ 40 }, { "%g", ffi.new("float", 0.5) }, { "%g", ffi.new("double", -0.25) }, { "%s", "text" }, { "%d", true }, { "%d", false },
  { "%d", ffi.new("bool", true) }, { "%d", ffi.new("enum dc_fruit", 5) }, { "%c", ffi.new("int", 65) }, { "%c", ffi.new("char", 66) }, { "%x", ffi.new("uint8_t", 255) },
  { "%d", ffi.new("int16_t", -300) }, { "%d", ffi.new("uint16_t", 60000) }, { "%zu", ffi.new("size_t", 7) }, { "%p", nil }, { "%s", ffi.new("char[4]", "abc") },
  { "%s", ffi.cast("const char *", kept_text) }, { "%p", ffi.cast("void *", 4096) }, { "%5.2f|", 3.14159 }, { "%s", ffi.new("uint8_t[3]", "ab") },
}) do
  local shown = type(entry[2]) == "number" and ("%.14g"):format(entry[2]) or tostring(entry[2]):gsub("0x%x+", "address")
  case(("format %s of %s"):format(entry[1], shown), function()
    return format(entry[1], entry[2]), kept_text
  end)
end
case("format of many values", function()
  return format("%s %g %d %g %s %lld %g %g %g %g %g %g %g %d", "a", 1.5, ffi.new("int", 2), 3, "b", i64 "4", 5, 6, 7, 8, 9, 10, 11, ffi.new("int", 12))
end)
case("format without values", function()
  return format("plain %%")
end)
for _, entry in ipairs({ { "a table", {} }, { "a function", print }, { "a coroutine", coroutine.create(function() end) } }) do
  case("no format of " .. entry[1], function()
    local text = format("%p", entry[2])
    return text
  end)
end
case("sums of every kind", function()
  return lib.dc_va_sum("d", 5), lib.dc_va_sum("idlsp", ffi.new("int", 1), 2.5, i64 "3", "four", ffi.new("int[1]")), lib.dc_va_sum(""),
    lib.dc_va_sum("sp", nil, nil), lib.dc_va_sum("ii", true, ffi.new("int8_t", -4)), lib.dc_va_sum("u", ffi.new("unsigned", 4000000000))
end)
-- As programs rely on: ioctl(fd, request, struct).
case("structs and arrays go to variadics as pointers to them", function()
  local points = ffi.new("dc_point_t[2]", { { 1, 2 }, { 5, 6 } })
  return lib.dc_va_sum("P", ffi.new("dc_point_t", 3, 4)), lib.dc_va_sum("PP", points[1], points)
end)
case("a pointer to a struct in a variadic call", function()
  return lib.dc_va_sum("P", ffi.cast("dc_point_t *", ffi.new("dc_point_t", 3, 4)))
end)
case("too few for a variadic", function()
  local result = lib.dc_va_sum()
  return result
end)
case("a wrong fixed argument of a variadic", function()
  local result = lib.dc_va_sum(5, 5)
  return result
end)
case("a file as a variadic argument", function()
  return lib.dc_va_sum("p", io.stdout)
end)
case("a variadic function by pointer", function()
  local f = ffi.cast("double (*)(const char *, ...)", lib.dc_va_sum)
  return f("dd", 1, 2)
end)

-- errno -----------------------------------------------------------------------------------------------------------

case("errno after a call", function()
  local result = lib.dc_fail(33)
  return result, ffi.errno()
end)
case("errno stays through other calls and allocations", function()
  lib.dc_fail(34)
  local text = ""
  for n = 1, 1000 do
    text = ffi.string("x") .. n .. text
  end
  C.abs(1)
  return ffi.errno(), #text
end)
case("errno is set before a call", function()
  ffi.cdef("int *__errno_location(void);")
  ffi.errno(35)
  return C.__errno_location()[0]
end)

-- Variables ---------------------------------------------------------------------------------------------------------

case("variables of every type", function()
  return lib.dc_flag, lib.dc_small, lib.dc_port, lib.dc_counter, lib.dc_limit, lib.dc_mask, lib.dc_wide, lib.dc_huge, lib.dc_ratio, lib.dc_pi, lib.dc_favourite, lib.dc_z,
    ffi.string(lib.dc_title), isnull(lib.dc_null), lib.dc_number.i
end)
case("variables of arrays and structs are references", function()
  local origin, numbers = lib.dc_origin, lib.dc_numbers
  origin.x, numbers[1] = 30, 21
  local seen = { lib.dc_origin.x, lib.dc_numbers[1], lib.dc_read_origin(), tostring(origin):match("^[^:]*"), tostring(numbers):match("^[^:]*"), ffi.sizeof(numbers) }
  origin.x, numbers[1] = 3, 20
  return seen
end)
case("a variable array without its size", function()
  return ffi.string(lib.dc_name), lib.dc_name[2], ffi.typeof(lib.dc_name)
end)
case("a pointer variable", function()
  return lib.dc_link.x, lib.dc_link == ffi.cast("void *", lib.dc_origin), ffi.typeof(lib.dc_link)
end)
case("a function pointer variable", function()
  local before = lib.dc_handler_fn(5)
  local old = lib.dc_handler_fn
  lib.dc_handler_fn = C.abs
  local after = lib.dc_call_handler(-5)
  lib.dc_handler_fn = nil
  local none = lib.dc_call_handler(1)
  lib.dc_handler_fn = old
  return before, after, none
end)
case("writes of variables", function()
  lib.dc_counter, lib.dc_flag, lib.dc_small, lib.dc_ratio, lib.dc_pi = 70, false, 300, 0.25, 1.5
  lib.dc_wide, lib.dc_huge, lib.dc_favourite, lib.dc_mask = i64 "5", u64 "6", "DC_MINUS", -1
  local seen = { lib.dc_read_counter(), lib.dc_flag, lib.dc_small, lib.dc_ratio, lib.dc_pi, lib.dc_wide, lib.dc_huge, lib.dc_favourite, lib.dc_mask }
  lib.dc_counter, lib.dc_flag, lib.dc_small, lib.dc_ratio, lib.dc_pi = 7, true, -5, 0.5, 3.25
  lib.dc_wide, lib.dc_huge, lib.dc_favourite, lib.dc_mask = i64 "-5000000000", u64 "18446744073709551615", 5, 0xfffffff0
  return seen
end)
case("a struct variable is assigned a table", function()
  lib.dc_origin = { 8, 9 }
  local seen = lib.dc_read_origin()
  lib.dc_origin = { 3, 4 }
  return seen
end)
case("an array variable is assigned a table", function()
  lib.dc_numbers = { 1, 2 }
  local seen = { lib.dc_numbers[0], lib.dc_numbers[1], lib.dc_numbers[2] }
  lib.dc_numbers = { 10, 20, 30, 40 }
  return seen
end)
case("a text variable", function()
  local text = "another"
  local old = lib.dc_title
  lib.dc_title = text
  local seen = ffi.string(lib.dc_title)
  lib.dc_title = old
  return seen
end)
for _, entry in ipairs({
  { "a const variable", function() lib.dc_limit = 5 end }, { "a const struct", function() lib.dc_fixed = { 1, 2 } end },
  { "a field of a const struct", function() lib.dc_fixed.x = 1 end }, { "an element of a const array", function() lib.dc_name[0] = 65 end },
  { "a const array", function() lib.dc_name = "x" end }, { "a function", function() lib.dc_i32 = nil end }, { "a constant", function() lib.DC_CONSTANT = 1 end },
  { "an enum's constant", function() lib.DC_PEAR = 1 end }, { "a wrong value to a variable", function() lib.dc_counter = "x" end },
  { "nil to a number", function() lib.dc_counter = nil end }, { "a name that is not declared", function() lib.dc_undeclared = 1 end },
}) do
  case("no write: " .. entry[1], entry[2])
end

-- Symbols and libraries ------------------------------------------------------------------------------------------------

case("constants through any namespace", function()
  return lib.DC_CONSTANT, C.DC_CONSTANT, lib.DC_PEAR, C.DC_MINUS, C.DC_BLUE, lib.dc_read_counter ~= nil
end)
case("a function with another name", function()
  return lib.dc_renamed(12)
end)
case("the type of a function", function()
  return type(C.abs), ffi.typeof(C.abs), tostring(C.abs):match("^[^:]*"), ffi.sizeof(C.abs) == nil, ffi.typeof(lib.dc_va_sum)
end)
case("the same function each time", function()
  return C.abs == C.abs, rawequal(C.abs, C.abs)
end)
case("a name that is not declared", function()
  local value = C.dc_never_declared
  return value
end)
case("a name that is not declared, in a library", function()
  local value = lib.dc_never_declared
  return value
end)
case("a declared name that the library lacks", function()
  local ok, message = pcall(function() return lib.dc_missing_in_library end)
  return ok, (message:gsub("^.-: ", "", 1):gsub("^.*(undefined symbol)", "%1"))
end)
case("a declared name that the program lacks", function()
  local ok, message = pcall(function() return C.dc_missing_in_library end)
  return ok, (message:gsub("^.*(undefined symbol)", "%1"))
end)
case("a type's name is no symbol", function()
  local value = C.dc_point_t
  return value
end)
case("a number is no symbol's name", function()
  local value = C[5]
  return value
end)
case("nil is no symbol's name", function()
  local value = C[nil]
  return value
end)
case("a library that is not there", function()
  local ok, message = pcall(ffi.load, "lunaffi_no_such_library")
  return ok, message:find("lunaffi_no_such_library", 1, true) ~= nil
end)
case("a path that is not there", function()
  local ok, message = pcall(ffi.load, "/nowhere/libnothing.so")
  return ok, (message:gsub("^[^\n]-:%d+: ", ""))
end)
case("libraries by name", function()
  ffi.cdef("const char *zlibVersion(void); unsigned long compressBound(unsigned long); int sqlite3_libversion_number(void);")
  local z, sqlite = ffi.load("libz.so.1"), ffi.load("libsqlite3.so.0")
  return ffi.string(z.zlibVersion()):match("^%d") ~= nil, z.compressBound(1000), sqlite.sqlite3_libversion_number() > 3000000
end)
case("a library whose file is a linker script", function()
  local m = ffi.load("m")
  return m.sqrt(16)
end)
case("load of nil", function()
  local result = ffi.load()
  return result
end)
case("load of a table", function()
  local result = ffi.load({})
  return result
end)
case("the type of a library", function()
  return type(lib), type(C), tostring(lib):match("^%a+")
end)
case("a library loaded twice", function()
  local again = ffi.load(fixture("declared"))
  return again.dc_i32(5), again.dc_i32 == lib.dc_i32
end)
case("a global library is seen by C", function()
  ffi.cdef("int add(int, int);")
  local before = pcall(function() return C.add end)
  local numbers = ffi.load(fixture("numbers"), true)
  return before, C.add(20, 22), numbers.add(1, 2)
end)
case("a call of what is no function", function()
  local result = ffi.new("int", 5)()
  return result
end)
case("a call of a pointer", function()
  local result = ffi.cast("int *", 16)()
  return result
end)
case("a call of a struct", function()
  local result = ffi.new("dc_point_t")()
  return result
end)
case("functions in coroutines", function()
  return coroutine.wrap(function()
    local n = coroutine.isyieldable and 0 or 0
    return lib.dc_i32(n + 5)
  end)()
end)
case("a callee's error names the argument", function()
  local ok, message = pcall(function() local r = C.memcmp("a", 5, 1) return r end)
  return ok, (message:gsub("^[^\n]-:%d+: ", ""))
end)
case("what is wrong with an argument comes before that there are too many", function()
  ffi.cdef("int abs(int);")
  local function message(...)
    local arguments, count = { ... }, select("#", ...)
    local ok, text = pcall(function()
      local r = ffi.C.abs(unpack(arguments, 1, count))
      return r
    end)
    return ok, (text:gsub("^[^\n]-:%d+: ", ""))
  end
  local results = {}
  for _, arguments in ipairs({ { {}, 1 }, { nil, 1 }, { 1, {} }, { print, 1 }, { "x", "y", "z" } }) do
    results[#results + 1] = { message(unpack(arguments, 1, 3)) }
  end
  results[#results + 1] = { message() }
  return results
end)
case("too many initialisers of an argument", function()
  ffi.cdef("typedef struct { int32_t v; } dc_one32_t; double sum_one32(dc_one32_t); typedef struct { uint8_t v[3]; } dc_bytes3_t; double sum_bytes3(dc_bytes3_t);")
  local structs = ffi.load(fixture("structs"))
  local results = {}
  for n, call in ipairs({
    function() local r = structs.sum_bytes3({ { 1, 2, 3, 4 } }) return r end,
    function() local r = structs.sum_bytes3({ v = { 1, {} } }) return r end,
    function() local r = structs.sum_one32({ 1, 2 }) return r end,
    function() local r = structs.sum_one32({ "x" }) return r end,
  }) do
    local ok, message = pcall(call)
    results[n] = { ok, ok and message or message:gsub("^[^\n]-:%d+: ", "") }
  end
  return results
end)
case("what is wrong with an argument comes before that there are too few", function()
  ffi.cdef("int strncmp(const char *, const char *, size_t);")
  local pointer = ffi.cast("double (*)(double, void (*)(void), int)", ffi.C.strncmp)
  local results = {}
  for n, call in ipairs({
    function() local r = ffi.C.strncmp(5) return r end,
    function() local r = ffi.C.strncmp("a", {}) return r end,
    function() local r = ffi.C.strncmp("a", "b") return r end,
    function() local r = pointer(nil) return r end,
    function() local r = pointer(1, print) return r end,
    function() local r = pointer(1, 1) return r end,
  }) do
    local ok, text = pcall(call)
    results[n] = { ok, (text:gsub("^[^\n]-:%d+: ", "")) }
  end
  return results
end)
