-- The syntax of C declarations, the spelling of types, and what is refused.

ffi.cdef [[
typedef struct de_node de_node;
struct de_point { int x, y; };
union de_either { int a; float b; };
enum de_fruit { DE_APPLE, DE_PEAR = 5 };
typedef int de_int;
typedef int (*de_fn)(int);
typedef int de_row[3];
]]

-- How types are spelled ------------------------------------------------------------------------------

local spelled = {
  "void", "bool", "_Bool", "char", "signed char", "unsigned char", "short", "short int", "signed short", "unsigned short",
  "short unsigned int", "int", "signed", "signed int", "unsigned", "unsigned int", "int unsigned", "long", "long int", "unsigned long",
  "int long unsigned", "long unsigned int", "long long", "long long int", "unsigned long long", "long int long", "long unsigned long",
  "int long long unsigned", "float", "double", "long double", "double long", "short signed", "int short", "signed char const", "char signed",
  "int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t", "intptr_t", "uintptr_t", "size_t", "ssize_t",
  "ptrdiff_t", "wchar_t", "complex", "_Complex", "complex double", "double complex",
  "complex float", "float complex", "_Complex float", "__complex__ double", "__complex double", "__int8", "__int16", "__int32", "__int64", "unsigned __int8",
  "unsigned __int64", "const int", "int const", "volatile int", "const volatile int", "int volatile const", "const const int", "restrict int",
  "int *", "int **", "int ***", "const int *", "int const *", "int *const", "int *volatile", "const int *const", "int *restrict", "int *__restrict",
  "int *__restrict__", "const char *const *", "char **const", "__const char *", "__const__ char *", "__volatile__ int", "__volatile int", "__signed__ int",
  "__signed int", "__inline int", "inline int", "__inline__ int", "__extension__ int", "volatile char *volatile", "void *", "const void *", "void **",
  "int[3]", "int[]", "int[?]", "int[3][4]", "int[][4]", "int[2][3][4]", "int *[3]", "int (*)[3]", "int (*)[3][4]", "int (*[2])[3]", "const int[3]",
  "char[0]", "int (int)", "int (*)(int)", "int (*)(int, double)", "void (*)(void)", "void (*)()", "int (*)(const char *, ...)", "int (*[3])(int)",
  "int (*(*)(int))(double)", "int *(*)(int)", "void (*(*)(void))(int)", "int (**)(int)", "int (*(*)[3])(int)", "int (*(*)(int))[3]", "int &", "int *&",
  "int (&)[4]", "struct de_point", "const struct de_point", "struct de_point *", "struct de_point const *", "struct de_point[3]", "struct de_point &",
  "enum de_fruit", "enum de_fruit *", "const enum de_fruit", "de_int", "const de_int", "de_int *", "de_fn", "de_fn *", "de_fn[2]", "de_row", "de_row *",
  "de_row[2]", "const de_row", "struct {}", "struct { int x; }", "union { int x; }", "struct { int x; } *", "enum { DE_SPELLED_A }", "union { int x; }[2]",
  "int (*)(int (*)(int))", "int ((*))", "int (([3]))", "int ([10])[5]", "int (*(([3])))", "void (*)(int[3], int f(int))", "unsigned char *", "uint8_t *",
  "int8_t *", "char *", "long *", "long long *", "size_t *", "wchar_t *", "bool *", "double *", "float complex *", "complex *",
  "int __attribute__((unused))", "int * __attribute__((aligned(8)))", "__attribute__((const)) int", "int __attribute__((mode(QI)))",
  "int __attribute__((mode(HI)))", "int __attribute__((mode(SI)))", "int __attribute__((mode(DI)))", "unsigned __attribute__((mode(DI)))",
  "float __attribute__((mode(DF)))", "float __attribute__((mode(SF)))", "unsigned int __attribute__((mode(__QI__)))", "int __attribute__((mode(TI)))",
  "int __attribute__((vector_size(16)))", "float __attribute__((vector_size(16)))", "double __attribute__((vector_size(32)))",
  "int __attribute((vector_size(8)))", "int __attribute__((mode(V4SI)))", "int __cdecl (*)(int)", "int (__cdecl *)(int)", "int (__stdcall *)(int)", "__int128",
  "unsigned __int128", "struct de_point[]", "union de_either",
}
for _, text in ipairs(spelled) do
  case("spelling of " .. text, function()
    local ct = ffi.typeof(text)
    return ct
  end)
end

case("_Bool int is four bytes", function()
  return ffi.sizeof("_Bool int"), ffi.sizeof("int _Bool"), ffi.sizeof("unsigned _Bool")
end)
case("spelling of parameter lists is short", function()
  return tostring(ffi.typeof("int (*)(int, char *, double)"))
end)

-- Texts that are no type ------------------------------------------------------------------------------

local refused = {
  "in", "integer", "de_nothing", "struct", "enum", "union", "struct de_nothing", "struct de_nothing *", "union de_nothing *", "enum de_nothing",
  "int int", "float int", "void int",
  "int *int", "*", "* int", "int [", "int ]", "int [3", "int [-1]", "int [x]", "int [1.5]", "int ['ab']", "int )", "int (*", "int (*)(",
  "int (*)(int", "int (*)(int,)", "int (*)(,int)", "int (*)(void, int)", "int (*)(..., int)", "int,", "int;int", "int x y", "int x", "int {", "int }",
  "struct {", "struct { int", "struct { int x", "struct { int x }", "struct { x; }", "struct { int x; int x }", "struct { int; }", "enum {",
  "enum { }", "enum { DE_R1 = }", "enum { 5 }", "enum { DE_R2 DE_R3 }", "int [3][]", "int [][]", "int [?][?]", "int (int)[3]", "int (int)(int)",
  "void [3]", "int (&)[3] &", "int &[3]", "int & &", "int &*", "struct de_point x", "typedef int", "extern int", "static int", "auto int",
  "register int", "int %", "int @", "int 'a'", "int \"a\"", "int $", "0", "1", "int 5", "'a'", "struct 5",
  "struct int", "struct { int x : 40; }", "struct { int x : -1; }", "struct { int x : 0; }", "struct { float x : 3; }", "struct { int *x : 3; }", "const", "*const",
  "int __attribute__", "int __attribute__((",
   "int [2147483648]", "int [1073741824]", "char [2147483648]", "int [0x7fffffff]", "struct { void x; }",
  "struct { int f(int); }", "struct { int x[]; int y; }", "struct { int x[?]; int y; }", "struct { struct de_hidden x; }",
  "int\1", "int\127", "bool bool", "int bool", "int ...", "...", "struct de_point { int z; }",
  "enum de_fruit { DE_AGAIN }", "union de_point", "struct de_fruit", "enum de_point", "int <3>", "int::x", "class x", "int [0x]", "int [08]", "int [1e3]",
  "int ['", "int [\"abc\"]", "int [sizeof]", "int [1 +]", "int [1 + ]", "int [(1]", "int [1/0]", "int [1%0]", "int [sizeof(void)]", "int [sizeof(struct de_hidden)]",
}
-- Where we say it in other words, or know better.
local floats = "numbers with a fraction are read, and refused as values"
local gcc = "as gcc has it"
local own_words = {
  ["int [1.5]"] = { floats, "error: invalid value" },
  ["int [1e3]"] = { floats, "error: invalid value" },
  ["int ['ab']"] = { gcc, "ctype<int [24930]>" },
}
for _, text in ipairs(refused) do
  local own = own_words[text] or {}
  local name = text:gsub("%c", function(char) return ("\\%d"):format(char:byte()) end)
  case("no type: " .. name, { differs = own[1], ours = own[2] }, function()
    local ct = ffi.typeof(text)
    return ct
  end)
end

-- What looks wrong and is taken all the same, or is not by us.
local nonsense = "C has no such type"
local better = {
  ["long char"] = { nonsense, "error: invalid C type" },
  ["short long"] = { nonsense, "error: invalid C type" },
  ["unsigned signed"] = { nonsense, "error: invalid C type" },
  ["complex int"] = { nonsense, "error: invalid C type" },
  ["int __attribute__((aligned(3)))"] = { "an alignment is a power of two", "error: invalid value" },
  ["int __attribute__((mode(XX)))"] = { nonsense, "error: invalid value near 'XX'" },
  ["int __attribute__((vector_size(3)))"] = { nonsense, "error: size of C type is unknown or too large" },
  ["int /*"] = { "a comment must end", "error: unfinished comment near '<eof>'" },
}
for _, text in ipairs({
  "long char", "long long long", "short long", "unsigned float", "signed double", "unsigned signed", "long float", "complex int",
  "int __attribute__((aligned(3)))", "int __attribute__((aligned(0)))", "int __attribute__((mode(XX)))",
  "int __attribute__((vector_size(3)))", "void &", "void (*)(void x)", "int [?][3]", "int /*", "int // x", "int [3u]", "char [2147483647]", "complex",
}) do
  local own = better[text] or {}
  case(("taken: %s"):format(text), { differs = own[1], ours = own[2] }, function()
    local ct = ffi.typeof(text)
    return ct
  end)
end

-- Declarations ---------------------------------------------------------------------------------------

-- A text for cdef, and what is then asked of it.
local function declares(name, text, ask)
  case(name, function()
    ffi.cdef(text)
    return ask()
  end)
end

local function size_of(...)
  local names = { ... }
  return function()
    local sizes = {}
    for n, name in ipairs(names) do
      sizes[n] = ffi.sizeof(name)
    end
    return unpack(sizes)
  end
end

local function spells(...)
  local names = { ... }
  return function()
    local types = {}
    for n, name in ipairs(names) do
      types[n] = ffi.typeof(name)
    end
    return unpack(types)
  end
end

declares("typedefs of several declarators", "typedef int de_t1, *de_t2, de_t3[4], (*de_t4)(int), **de_t5;", spells("de_t1", "de_t2", "de_t3", "de_t4", "de_t5"))
declares("typedef after the type", "int typedef de_u1; unsigned typedef long de_u2;", spells("de_u1", "de_u2"))
declares("typedef of a typedef", "typedef de_int de_v1; typedef de_v1 *de_v2; typedef const de_v2 de_v3;", spells("de_v1", "de_v2", "de_v3"))
declares("typedef of an anonymous struct", "typedef struct { int x; } de_w1, *de_w2;", spells("de_w1", "de_w2"))
declares("typedef of a named struct", "typedef struct de_x1 { int x; } de_x2;", spells("struct de_x1", "de_x2"))
declares("typedef of a struct to come", "typedef struct de_y1 de_y2; struct de_y1 { de_y2 *next; int x; };", size_of("de_y2", "struct de_y1"))
declares("typedef without a name", "typedef struct de_z1 { int x; };", size_of("struct de_z1"))
declares("typedef of a function", "typedef int de_f1(int); typedef de_f1 *de_f2;", spells("de_f1", "de_f2"))
declares("typedef repeated", "typedef int de_rep; typedef int de_rep;", spells("de_rep"))
declares("typedef repeated with another type: the first stays", "typedef int de_rep2; typedef double de_rep2;", spells("de_rep2"))
declares("a predefined typedef declared again is ignored", "typedef double size_t; typedef char uint8_t; typedef long int64_t;", spells("size_t", "uint8_t", "int64_t"))
declares("a pointer to itself", "struct de_s1 { struct de_s1 *next; int n; };", size_of("struct de_s1"))
declares("two structs that point to each other", "struct de_s2 { struct de_s3 *other; }; struct de_s3 { struct de_s2 *other; int n; };", size_of("struct de_s2", "struct de_s3"))
declares("a struct inside of a struct has a name outside", "struct de_s4 { struct de_s5 { int a, b; } inner; };", size_of("struct de_s4", "struct de_s5"))
declares("a union of structs", "union de_s6 { struct { char c; int i; } a; double d; char bytes[20]; };", size_of("union de_s6"))
declares("a struct used before and after its body", "struct de_s7 *de_s7_var(void); struct de_s7 { int x; }; struct de_s7 *de_s7_other(void);", size_of("struct de_s7"))
declares("empty structs and unions", "struct de_e1 {}; union de_e2 {}; struct de_e3 { struct {} x; int y; };", function()
  return ffi.sizeof("struct de_e1"), ffi.alignof("struct de_e1"), ffi.sizeof("union de_e2"), ffi.sizeof("struct de_e3"), ffi.offsetof("struct de_e3", "y")
end)
declares("members of one line", "struct de_m1 { int a, *b, c[3], (*d)(int), **e; };", function()
  return ffi.sizeof("struct de_m1"), ffi.offsetof("struct de_m1", "b"), ffi.offsetof("struct de_m1", "c"), ffi.offsetof("struct de_m1", "d"), ffi.offsetof("struct de_m1", "e")
end)
declares("anonymous members", "struct de_m2 { struct { int a; union { int b; char c; }; }; int d; };", function()
  return ffi.offsetof("struct de_m2", "a"), ffi.offsetof("struct de_m2", "b"), ffi.offsetof("struct de_m2", "c"), ffi.offsetof("struct de_m2", "d")
end)
declares("an anonymous member of a declared type", "struct de_m3 { struct de_point; int z; }; struct de_m4 { de_int w; struct de_point; };", function()
  return ffi.sizeof("struct de_m3"), ffi.offsetof("struct de_m3", "y"), ffi.offsetof("struct de_m4", "x")
end)
declares("an anonymous member of a typedef", "typedef struct { int p, q; } de_m5; struct de_m6 { de_m5; int z; };", function()
  return ffi.sizeof("struct de_m6"), ffi.offsetof("struct de_m6", "q")
end)
declares("enums inside of structs", "struct de_m7 { enum { DE_IN_A = 3, DE_IN_B }; enum de_m8 { DE_IN_C = 9 } other; };", function()
  return ffi.C.DE_IN_B, ffi.C.DE_IN_C, ffi.sizeof("enum de_m8"), ffi.new("struct de_m7").DE_IN_A
end)
declares("constants inside of structs", "struct de_m9 { static const int K = 5; static const unsigned L = 6, M = 7; int a[6]; };", function()
  return ffi.sizeof("struct de_m9"), ffi.new("struct de_m9").K, ffi.new("struct de_m9").L, ffi.typeof("struct de_m9").M
end)
declares("a flexible member", "struct de_flex { int n; double tail[]; };", function()
  return ffi.sizeof("struct de_flex"), ffi.offsetof("struct de_flex", "tail"), ffi.alignof("struct de_flex")
end)
declares("a member of no elements", "struct de_zero { int n; int tail[0]; };", size_of("struct de_zero"))
declares("function pointers as members", "struct de_ops { int (*open)(const char *, int); void (*close)(int); de_fn fn; de_fn table[4]; };", size_of("struct de_ops"))
declares("const members", "struct de_const { const char *name; const int n; char *const fixed; };", size_of("struct de_const"))
declares("the same name as tag, typedef and member", "typedef struct de_same { int de_same; } de_same;", function()
  return ffi.sizeof("de_same"), ffi.new("struct de_same", 5).de_same
end)
declares("keywords as members", "struct de_words { int end_, function_; };", size_of("struct de_words"))
declares("type names as members", "struct de_names { int de_int, size_t; };", size_of("struct de_names"))

-- Bit-fields ------------------------------------------------------------------------------------------

local fields = {
  "int a:1, b:2, c:3", "int a:31, b:2", "unsigned a:32, b:1", "char a:3; char b:6", "int a:3; char b", "char c; int a:3", "int a:3; int :5; int b:4",
  "int a:3; int :0; int b:3", "char a:3; int :0; char b:3", "short a:9, b:9", "bool a:1, b:1", "uint8_t a:4, b:4, c:4", "int a:5; short b:5; char c:5",
  "char a:1; short b:15; int c:17", "unsigned a:1; struct { int x; } b; unsigned c:1", "int a:10; double d; int b:10", "unsigned char a:8, b:8",
  "de_int a:7", "const int a:3", "int :3", "int a:3, :4, b:3",
}
for _, text in ipairs(fields) do
  local own = text == "int :3" and { "as gcc lays it out", 1 } or {}
  case("layout of " .. text, { differs = own[1], ours_has = own[2] and "{ [1] = 1, [2] = 1," }, function()
    local ct = ffi.typeof("struct { " .. text .. "; }")
    local out = { ffi.sizeof(ct), ffi.alignof(ct) }
    for _, name in ipairs({ "a", "b", "c", "d" }) do
      local offset, position, width = ffi.offsetof(ct, name)
      out[#out + 1] = ("%s %s %s %s"):format(name, tostring(offset), tostring(position), tostring(width))
    end
    return out
  end)
  local packed = text:find("int :0", 1, true) and { "as gcc lays it out", "5\n1" } or {}
  case("packed layout of " .. text, { differs = packed[1], ours = packed[2] }, function()
    local ct = ffi.typeof("struct { " .. text .. "; } __attribute__((packed))")
    return ffi.sizeof(ct), ffi.alignof(ct)
  end)
  case("union of " .. text, { differs = own[1], ours = own[2] and "1\n1" }, function()
    local ct = ffi.typeof("union { " .. text .. "; }")
    return ffi.sizeof(ct), ffi.alignof(ct)
  end)
end

-- Alignment, packing, attributes ------------------------------------------------------------------------

local bodies = {
  "{ char a; int b; double c; }", "{ char a; short b; char c; }", "{ int a; char b[3]; int64_t c; }", "{ char a; struct { char x; double y; } b; }",
}
local packed = 0
for _, body in ipairs(bodies) do
  for _, attribute in ipairs({ "packed", "aligned(2)", "aligned(16)", "aligned", "packed, aligned(4)", "__packed__", "__aligned__(8)" }) do
    local lower = attribute == "aligned(2)" and not body:find("short", 1, true)
    case(("struct %s with %s"):format(body, attribute), {
      differs = lower and "an attribute only raises the alignment of a struct, as gcc has it" or nil,
      ours_has = lower and "\n8\n" or nil,
    }, function()
      local before = ffi.typeof(("struct __attribute__((%s)) %s"):format(attribute, body))
      local after = ffi.typeof(("struct %s __attribute__((%s))"):format(body, attribute))
      return ffi.sizeof(before), ffi.alignof(before), ffi.sizeof(after), ffi.alignof(after), ffi.offsetof(after, "b"), ffi.offsetof(after, "c")
    end)
  end
  for _, pack in ipairs({ "1", "2", "4", "8", "" }) do
    packed = packed + 1
    local name = "struct de_packed" .. packed
    case(("struct %s under #pragma pack(%s)"):format(body, pack), function()
      ffi.cdef(("#pragma pack(%s)\n%s %s;"):format(pack, name, body))
      return ffi.sizeof(name), ffi.alignof(name), ffi.offsetof(name, "b"), ffi.offsetof(name, "c")
    end)
  end
end
declares("#pragma pack with push and pop", [[
#pragma pack(push, 1)
struct de_pack1 { char a; int b; };
#pragma pack(push)
#pragma pack(2)
struct de_pack2 { char a; int b; };
#pragma pack(pop)
struct de_pack3 { char a; int b; };
#pragma pack(pop)
struct de_pack4 { char a; int b; };
]], size_of("struct de_pack1", "struct de_pack2", "struct de_pack3", "struct de_pack4"))
declares("packing does not outlive its cdef", "struct de_pack5 { char a; int b; };", size_of("struct de_pack5"))
declares("aligned members", "struct de_al1 { char a; int b __attribute__((aligned(16))); char c __attribute__((aligned(2))); };", function()
  return ffi.sizeof("struct de_al1"), ffi.alignof("struct de_al1"), ffi.offsetof("struct de_al1", "b"), ffi.offsetof("struct de_al1", "c")
end)
declares("packed members", "struct de_al2 { char a; int b __attribute__((packed)); char c; double d; };", function()
  return ffi.sizeof("struct de_al2"), ffi.offsetof("struct de_al2", "b"), ffi.offsetof("struct de_al2", "d")
end)
declares("an aligned typedef", "typedef int de_al3 __attribute__((aligned(16))); struct de_al4 { char a; de_al3 b; };", function()
  return ffi.sizeof("de_al3"), ffi.alignof("de_al3"), ffi.offsetof("struct de_al4", "b"), ffi.sizeof("struct de_al4")
end)
declares("an aligned struct as a member", "struct de_al5 { int x; } __attribute__((aligned(32))); struct de_al6 { char c; struct de_al5 s; };", function()
  return ffi.sizeof("struct de_al5"), ffi.offsetof("struct de_al6", "s"), ffi.sizeof("struct de_al6")
end)
declares("attributes everywhere", [[
__attribute__((visibility("default"))) int __attribute__((noinline)) de_at1(int x __attribute__((unused))) __attribute__((format(printf, 1, 2), pure));
struct __attribute__((packed)) __attribute__((aligned(4))) de_at2 { char a; int b; } __attribute__((deprecated("use another, please: (this)")));
typedef int __attribute__((may_alias)) de_at3;
extern int de_at4 __attribute__((weak));
enum __attribute__((unused)) de_at5 { DE_AT_A, DE_AT_B };
]], function()
  return ffi.sizeof("struct de_at2"), ffi.alignof("struct de_at2"), ffi.typeof("de_at3")
end)
declares("declspec", "__declspec(dllimport) int de_ds1(void); __declspec(align(16)) struct de_ds2 { int x; }; struct __declspec(align(8)) de_ds3 { char c; };", function()
  return ffi.alignof("struct de_ds2"), ffi.alignof("struct de_ds3")
end)
declares("vectors", "typedef float de_vec4 __attribute__((vector_size(16))); typedef int de_vec2i __attribute__((vector_size(8)));", function()
  return ffi.sizeof("de_vec4"), ffi.alignof("de_vec4"), ffi.sizeof("de_vec2i"), ffi.typeof("de_vec4"), ffi.typeof("de_vec2i *")
end)
case("a vector's elements", function()
  ffi.cdef("typedef int de_vec4i __attribute__((vector_size(16)));")
  local v = ffi.new("de_vec4i", 1, 2, 3, 4)
  local w = ffi.new("de_vec4i", 7)
  local s = ffi.new("struct { char c; de_vec4i v; }")
  s.v = v
  return v[0], v[3], w[0], w[3], s.v[2], ffi.offsetof(ffi.typeof(s), "v"), type(s.v)
end)
case("a vector's elements are not written", function()
  ffi.new("int __attribute__((vector_size(16)))")[0] = 1
end)

-- Enums -----------------------------------------------------------------------------------------------

declares("enum values", "enum de_n1 { DE_N_A, DE_N_B, DE_N_C = 10, DE_N_D, DE_N_E = DE_N_C + 5, DE_N_F = -2, DE_N_G };", function()
  local C = ffi.C
  return C.DE_N_A, C.DE_N_B, C.DE_N_C, C.DE_N_D, C.DE_N_E, C.DE_N_F, C.DE_N_G
end)
declares("an enum with a trailing comma", "enum de_n2 { DE_N_H, };", function() return ffi.C.DE_N_H, ffi.sizeof("enum de_n2") end)
declares("an anonymous enum declares constants", "enum { DE_N_I = 7, DE_N_J };", function() return ffi.C.DE_N_I, ffi.C.DE_N_J end)
declares("an enum is unsigned unless a member is negative", "enum de_n3 { DE_N_K = 1 }; enum de_n4 { DE_N_L = -1 };", function()
  return ffi.cast("int64_t", ffi.new("enum de_n3", -1)), ffi.cast("int64_t", ffi.new("enum de_n4", -1))
end)
declares("large unsigned constants", "enum de_n5 { DE_N_M = 0x80000000, DE_N_N = 0xffffffff, DE_N_O = 4294967295u };", function()
  return ffi.C.DE_N_M, ffi.C.DE_N_N, ffi.C.DE_N_O
end)
declares("the same constants in later texts", "enum { DE_N_P = DE_PEAR * 2 }; int de_n6[DE_N_P];", function() return ffi.C.DE_N_P end)
declares("an enum by typedef", "typedef enum { DE_N_Q = 3 } de_n7;", function() return ffi.new("de_n7", "DE_N_Q"), ffi.sizeof("de_n7") end)
declares("an enum to come", "enum de_n8; typedef enum de_n8 de_n9; enum de_n8 { DE_N_R = 4 };", function() return ffi.sizeof("de_n9"), ffi.new("enum de_n8", "DE_N_R") end)
declares("a negative and a large constant", "enum de_n10 { DE_N_S = -1, DE_N_T = 0x7fffffff };", function() return ffi.C.DE_N_S, ffi.C.DE_N_T end)
declares("a constant is not declared twice", "enum { DE_N_U = 1 }; enum { DE_N_U = 2 };", function() return ffi.C.DE_N_U end)

-- Constants, functions and variables --------------------------------------------------------------------

declares("static constants", "static const int DE_K1 = 5; static const unsigned DE_K2 = 0xffffffff; static const char DE_K3 = 'a', DE_K4 = DE_K1 * 2;", function()
  local C = ffi.C
  return C.DE_K1, C.DE_K2, C.DE_K3, C.DE_K4
end)
declares("static constants of narrow types wrap", "static const uint8_t DE_K5 = 300; static const int8_t DE_K6 = 200;", function()
  return ffi.C.DE_K5, ffi.C.DE_K6
end)
declares("const static, and const after the type", "const static int DE_K8 = 8; int const static DE_K9 = 9;", function() return ffi.C.DE_K8, ffi.C.DE_K9 end)
declares("functions declared in every way", [[
int abs(int);
extern int abs(int x);
int (abs)(int);
static int abs(int);
extern double fabs(double), floor(double);
int *__errno_location(void), toupper(int c);
]], function()
  return ffi.C.abs(-3), ffi.C.toupper(97), ffi.typeof(ffi.C.__errno_location)
end)
declares("a function declared twice with other types: the first stays", "long labs(long); double labs(double);", function() return ffi.C.labs(-5) end)
declares("functions by typedef", "typedef int de_abs_t(int); de_abs_t abs; extern de_abs_t llabs_like;", function() return ffi.C.abs(-3) end)
declares("a function that returns a function pointer", "void (*signal(int sig, void (*handler)(int)))(int);", function() return ffi.typeof(ffi.C.signal) end)
declares("old style no parameters", "int getpid(); int getppid(void);", function() return ffi.C.getpid() > 0, ffi.C.getppid() >= 0 end)
declares("array and function parameters are pointers", "void qsort(int base[], size_t n, size_t size, int compare(const void *, const void *));", function()
  return ffi.typeof(ffi.C.qsort)
end)
declares("parameters with qualifiers and names", "size_t strlen(const char *const restrict text); int memcmp(const void *__restrict a, const void *__restrict__ b, size_t n);", function()
  return ffi.C.strlen("four"), ffi.C.memcmp("abc", "abd", 2)
end)
declares("array parameters with qualifiers", "int execve_like(const char *path, char *const argv[], char *const envp[3]);", function() return 1 end)
declares("inline functions with bodies", [[
static inline int de_inl1(int x) { if (x) { return x + 1; } else { return '}'; } }
inline int de_inl2(void) { const char *s = "}"; return s[0]; }
static __inline__ __attribute__((always_inline)) int de_inl3(void) { return 0; }
typedef int de_after_inline;
]], function() return ffi.sizeof("de_after_inline") end)
declares("symbols with other names", [[
int de_asm1(int) asm("abs");
int de_asm2(int) __asm__("abs");
int de_asm3(int) __asm("ab" "s");
int de_asm4(int) __asm__ ("" "abs") __attribute__((nothrow));
]], function() return ffi.C.de_asm1(-1), ffi.C.de_asm2(-2), ffi.C.de_asm3(-3), ffi.C.de_asm4(-4) end)
declares("a variable with another name", "extern char **de_environ __asm__(\"environ\");", function() return isnull(ffi.C.de_environ) end)
declares("register in a parameter list", "int de_reg1(register int x); typedef int de_reg2;", size_of("de_reg2"))
declares("calling conventions are read over", "int __cdecl de_cc1(int); int (__cdecl *de_cc2)(int); int __attribute__((cdecl)) de_cc3(int);", function() return 1 end)
declares("extension, noreturn and others", "__extension__ typedef long long de_ext1; __extension__ struct de_ext2 { __extension__ int x; }; void exit(int) __attribute__((noreturn));", function()
  return ffi.sizeof("de_ext1"), ffi.sizeof("struct de_ext2")
end)

-- Lexical things ----------------------------------------------------------------------------------------

declares("white space and comments", "typedef\tint\v\f\r\nde_lex1 /* ; */ ; // ;\n/* * / */typedef/**/int/**/de_lex2;/***/", size_of("de_lex1", "de_lex2"))
declares("a line continued", "typedef int de_le\\\nx3; typedef \\\n int de_lex4;", size_of("de_lex3", "de_lex4"))
declares("line directives", "# 12 \"file.h\"\ntypedef int de_lex5;\n#line 5\ntypedef int de_lex6;\n# 1 \"other.h\" 3 4\ntypedef int de_lex7;", size_of("de_lex5", "de_lex6", "de_lex7"))
declares("other pragmas are read over", "#pragma once\n#pragma GCC visibility push(default)\ntypedef int de_lex8;", size_of("de_lex8"))
declares("names with dollars and underscores", "typedef int _de_lex9, __de_lex10, de_lex_11_;", size_of("_de_lex9", "__de_lex10", "de_lex_11_"))
declares("long names", "typedef int de_" .. ("x"):rep(500) .. ";", size_of("de_" .. ("x"):rep(500)))
declares("many declarations", (function()
  local parts = {}
  for n = 1, 500 do
    parts[n] = ("struct de_many%d { int a%d; struct de_many%d *next; };"):format(n, n, n)
  end
  return table.concat(parts, "\n")
end)(), size_of("struct de_many1", "struct de_many500"))
declares("a struct of many members", "struct de_wide { " .. (function()
  local parts = {}
  for n = 1, 300 do
    parts[n] = ("int m%d;"):format(n)
  end
  return table.concat(parts, " ")
end)() .. " };", function() return ffi.sizeof("struct de_wide"), ffi.offsetof("struct de_wide", "m300") end)
declares("semicolons alone", ";;; struct de_semi; ;", function() return 1 end)

-- Texts that are refused, and where --------------------------------------------------------------------

local broken = {
  "int", "int x", "int x y;", "int 5;", "x;", "typedef de_nothing de_x;", "struct de_b1 { int x; } struct", "int f(;", "int f(int;", "int f(int));", "int x[;",
  "int x = ;", "struct de_point { int x; };", "enum de_fruit { DE_Z };", "union de_point { int x; };", "struct de_b2 { int x; int x; };", "auto int x;",
  "register int x;", "typedef extern int x;", "static typedef int x;", "int x : 3;", "struct { int x; ", "}", "{", ")", "int f(void) { return 1;",
  "# error no", "#include <stdio.h>", "#define X", "#if 0", "int x; #pragma pack(1)", "#pragma pack(3)\nstruct { int x; };", "static int de_b17;", "static const int de_b18;",
  "static const int x = de_unknown;", "static const int x = 1", "static const double x = 1.5;", "static const int *x = 0;", "void x;", "int x[-1];", "int f(int)[3];",
  "int f(int)(int);", "void f(void, void);", "int f(struct de_unseen { int x; } *p);", "extern \"C\" int f(void);", "typedef struct de_point de_point_t, ;", "int x,;",
  "int *;", "int x; int", "struct de_b3 { struct de_b3 inner; };", "struct de_b4 { int a[?]; int b; };", "struct de_b5 { int a[]; int b; };", "enum de_b6 { DE_B6 = 1 / 0 };",
  "enum de_b7 { DE_B7 = de_unknown };", "enum de_b8 { DE_B8 = \"a\" };", "typedef int de_b9[2147483648];", "struct de_b10 { char a[2147483647]; char b[2147483647]; };",
  "int x __asm__(\"a\";", "/* never ended", "int x; /* never ended", "int f(const);", "\"string\";", "'c';", "int 'c';",
  "typedef int unsigned long short de_b11;", "static const uint64_t de_b12x = ;", "long long long de_b13;", "struct de_b14 { int x : 33; };", "struct de_b15 { char x : 9; };",
  "struct de_b16 { bool x : 2; };", "int @;", "int `x`;", "int x\\y;", "int $;", "int f(...; ", "void f(int x, ...,);", "goto x;", "return 1;",
}
local own_answers = {
  ["#include <stdio.h>"] = { "headers are read over", "nothing" },
  ["int x = ;"] = { "variables may be initialised", "error: unexpected symbol near ';'" },
  ["#define X"] = { "definitions are taken", "nothing" },
  ["static const int x = 1"] = { "the last semicolon may be missing", "nothing" },
  ["static const double x = 1.5;"] = { "constants of any type are taken", "nothing" },
  ["static const int *x = 0;"] = { "constants of any type are taken", "nothing" },
  ["static const int x = de_unknown;"] = {
    "the expression is what is wrong", "error: unexpected symbol near 'de_unknown'",
  },
  ["static const uint64_t de_b12x = ;"] = { "constants of 64 bits are taken", "error: unexpected symbol near ';'" },
  ['extern "C" int f(void);'] = { "headers say so", "nothing" },
  ["/* never ended"] = { "a comment must end", "error: unfinished comment near '<eof>'" },
  ["int x; /* never ended"] = { "a comment must end", "error: unfinished comment near '<eof>'" },
  ["typedef int unsigned long short de_b11;"] = { nonsense, "error: invalid C type" },
  ["#if 0"] = { "the message says what is not read", "error: conditionals of the preprocessor are not read near 'if'" },
}
for _, text in ipairs(broken) do
  local own = own_answers[text] or {}
  case("refused: " .. text:gsub("\n", " "), { differs = own[1], ours = own[2] }, function()
    ffi.cdef(text)
  end)
end
for line = 1, 5 do
  case("an error names its line: " .. line, function()
    ffi.cdef(("int de_line_a;\n"):rep(line - 1) .. "int de_line_b b;" .. ("\nint de_line_c;"):rep(3))
  end)
end
case("an error in a later line of a type", function()
  local ct = ffi.typeof("struct {\n  int x;\n  nonsense y;\n}")
  return ct
end)
case("a line directive sets the number of lines", function()
  ffi.cdef("int de_line_d;\n# 100 \"x.h\"\nint de_line_e e;")
end)
case("a token that is too long is cut in the message", function()
  ffi.cdef("int x " .. ("y"):rep(200) .. ";")
end)
case("nesting without end", function()
  ffi.cdef("int " .. ("("):rep(5000) .. "x" .. (")"):rep(5000) .. ";")
end)
case("pointers without end", function()
  ffi.cdef("int " .. ("*"):rep(5000) .. "x;")
end)
case("an expression without end", function()
  ffi.cdef("int x[" .. ("("):rep(5000) .. "1" .. (")"):rep(5000) .. "];")
end)
case("structs without end", {
  differs = "nesting has a limit", ours = "error: chunk has too many syntax levels",
}, function()
  ffi.cdef(("struct { "):rep(1000) .. "int x;" .. (" };"):rep(1000))
end)

-- What has no size is no member and no element.
for _, text in ipairs({
  "union { double x; int a[?]; }", "union { int a[?]; }", "struct { int n; struct { int a[?]; } s; }", "struct { struct { int a[?]; } s; int n; }",
  "union { struct { int k; int a[?]; } s; int n; }", "struct { int a[2][?]; }", "struct { int a[?]; }[2]", "struct { int a[?]; }[?]", "struct { int a[?]; }[]",
}) do
  case("of variable size: " .. text, function()
    return ffi.sizeof(ffi.typeof(text))
  end)
end
case("a pointer of half the size", { differs = "LuaJIT has such pointers, of 4 bytes", ours = "error: invalid C type near '__ptr32'" }, function()
  return ffi.sizeof("int *__ptr32")
end)
