-- What LuaJIT refuses and real headers use: accepted here, with what C means by it.

local accepted = "LuaJIT's parser refuses it"

-- Declares, then returns what `ask` says; LuaJIT raises an error.
local function extension(name, text, ours, ask)
  case(name, { differs = accepted, ours = ours }, function()
    ffi.cdef(text)
    return ask()
  end)
end

local function sizes(...)
  local names = { ... }
  return function()
    local out = {}
    for n, name in ipairs(names) do
      out[n] = ffi.sizeof(name)
    end
    return unpack(out)
  end
end

extension("static assertions", '_Static_assert(sizeof(int) == 4, "int"); typedef int ex_a1; struct ex_a2 { int x; _Static_assert(1, "in a struct"); };', "4\n4",
  sizes("ex_a1", "struct ex_a2"))
extension("static assertions in C23's words", 'static_assert(1 + 1 == 2); typedef int ex_a3;', "4", sizes("ex_a3"))
extension("_Noreturn", "_Noreturn void ex_b1(void); typedef int ex_b2;", "4", sizes("ex_b2"))
extension("_Alignas with a number and a type", "struct ex_c1 { char a; _Alignas(16) int b; }; struct ex_c2 { char a; _Alignas(double) char b; };", "32\n16\n16\n8", function()
  return ffi.sizeof("struct ex_c1"), ffi.offsetof("struct ex_c1", "b"), ffi.sizeof("struct ex_c2"), ffi.offsetof("struct ex_c2", "b")
end)
extension("alignas in C23's words", "struct ex_c3 { char a; alignas(8) char b; };", "8", function() return ffi.offsetof("struct ex_c3", "b") end)
extension("_Atomic", "typedef _Atomic int ex_d1; typedef _Atomic(long) ex_d2; struct ex_d3 { _Atomic int x; };", "4\n8\n4", sizes("ex_d1", "ex_d2", "struct ex_d3"))
extension("__typeof__ of a type and of an expression", "typedef __typeof__(int *) ex_e1; typedef __typeof__(1 + 1) ex_e2; typedef typeof(double) ex_e3;", "8\n4\n8",
  sizes("ex_e1", "ex_e2", "ex_e3"))
extension("_Float32 and its kin", "typedef _Float32 ex_f1; typedef _Float64 ex_f2; typedef _Float32x ex_f3; typedef _Float64x ex_f4; typedef _Float128 ex_f5; typedef __float128 ex_f6;",
  "4\n8\n8\n16\n16\n16", sizes("ex_f1", "ex_f2", "ex_f3", "ex_f4", "ex_f5", "ex_f6"))
extension("_Float32 is a float", "typedef struct { _Float32 f; _Float64 d; } ex_f7;", "0.5\n0.25", function()
  local s = ffi.new("ex_f7", 0.5, 0.25)
  return s.f, s.d
end)
extension("_Complex of _Float32", "typedef _Float32 _Complex ex_f8; typedef _Complex _Float64 ex_f9;", "8\n16", sizes("ex_f8", "ex_f9"))
extension("__int128_t", "typedef __int128_t ex_g1; typedef __uint128_t ex_g2;", "16\n16", sizes("ex_g1", "ex_g2"))
extension("static in array parameters", "int ex_h1(int x[static 3]); int ex_h2(int x[restrict]); int ex_h3(int x[restrict 4]); int ex_h4(int x[const 4]);" ..
  "int ex_h5(int n, int x[restrict n]); typedef int ex_h6;",
  "4", sizes("ex_h6"))
extension('extern "C"', 'extern "C" { typedef int ex_i1; } extern "C" int ex_i2(void);', "4", sizes("ex_i1"))
extension("initialisers of variables", "int ex_j1 = 5; const char *ex_j2 = \"text\"; int ex_j3[] = { 1, 2, 3 }; double ex_j4 = 1.5e3; typedef int ex_j5;", "4", sizes("ex_j5"))
extension("#define of a number", "#define EX_K1 42\n#define EX_K2 (EX_K1 + 1)\n#define EX_K3 0x10\ntypedef int ex_k4[EX_K1];", "42\n16\n168", function()
  return ffi.C.EX_K1, ffi.C.EX_K3, ffi.sizeof("ex_k4")
end)
extension("#include is read over", "#include <stdio.h>\n#include \"own.h\"\ntypedef int ex_l1;", "4", sizes("ex_l1"))
extension("alignof without underscores", "enum { EX_N1 = _Alignof(double), EX_N2 = alignof(short) };", "8\n2", function() return ffi.C.EX_N1, ffi.C.EX_N2 end)
extension("suffixes of constants", "enum { EX_O1 = 1UL, EX_O2 = 2ULL, EX_O3 = 3L, EX_O4 = 4LLU }; typedef char ex_o5[10UL];", "1\n2\n3\n4\n10", function()
  return tonumber(ffi.C.EX_O1), tonumber(ffi.C.EX_O2), tonumber(ffi.C.EX_O3), tonumber(ffi.C.EX_O4), ffi.sizeof("ex_o5")
end)
extension("constants of 64 bits", "static const int64_t EX_P1 = 0x7fffffffffffffff; static const uint64_t EX_P2 = 0xffffffffffffffffULL; static const long EX_P3 = -5;",
  "9223372036854775807LL\n18446744073709551615ULL\n-5LL", function() return ffi.C.EX_P1, ffi.C.EX_P2, ffi.C.EX_P3 end)
extension("constants of floats", "static const double EX_P4 = 1.5; static const float EX_P5 = -0.25f;", "1.5\n-0.25", function() return ffi.C.EX_P4, ffi.C.EX_P5 end)
extension("a constant text", "static const char EX_P6[] = \"text\"; static const char *const EX_P7 = \"pointer\";", '"text"\n"pointer"', function()
  return ffi.string(ffi.C.EX_P6), ffi.string(ffi.C.EX_P7)
end)
extension("enums of 64 bits", "enum ex_q1 { EX_Q1 = 0x100000000, EX_Q2 }; enum ex_q2 { EX_Q3 = -1LL, EX_Q4 = 0x7fffffffffffffff };", "8\n8\n4294967296\n-1", function()
  return ffi.sizeof("enum ex_q1"), ffi.sizeof("enum ex_q2"), tonumber(ffi.C.EX_Q1), tonumber(ffi.C.EX_Q3)
end)
extension("attributes of enumerators", "enum ex_q3 { EX_Q5 __attribute__((deprecated)) = 5, EX_Q6 __attribute__((unused)) };", "5\n6", function() return ffi.C.EX_Q5, ffi.C.EX_Q6 end)
extension("64-bit bit-fields", "struct ex_r1 { uint64_t a : 40, b : 24; }; struct ex_r2 { int64_t a : 33; long b : 7; unsigned long long c : 1; };", "8\n8\n8\n33\n40", function()
  local _, b = ffi.offsetof("struct ex_r2", "b")
  local _, c = ffi.offsetof("struct ex_r2", "c")
  return ffi.sizeof("struct ex_r1"), ffi.alignof("struct ex_r1"), ffi.sizeof("struct ex_r2"), b, c
end)
extension("values of 64-bit bit-fields", "struct ex_r3 { uint64_t a : 40; int64_t b : 24; uint64_t c : 64; };", "1099511627775ULL\n-1LL\n18446744073709551615ULL", function()
  local s = ffi.new("struct ex_r3")
  s.a, s.b, s.c = u64 "18446744073709551615", -1, u64 "18446744073709551615"
  return s.a, s.b, s.c
end)
extension("bit-fields of an enum", "enum ex_r4 { EX_R1, EX_R2, EX_R3 }; struct ex_r5 { enum ex_r4 a : 3; unsigned b : 5; };", "4\n2\n3", function()
  local s = ffi.new("struct ex_r5", 2, 3)
  return ffi.sizeof(s), tonumber(s.a), s.b
end)
extension("the offsetof idiom", "struct ex_s1 { char a; double b; int c[3]; }; enum { EX_S1 = (unsigned long)&((struct ex_s1 *)0)->b, EX_S2 = (long)&((struct ex_s1 *)0)->c[2] };", "8\n24", function()
  return tonumber(ffi.C.EX_S1), tonumber(ffi.C.EX_S2)
end)
extension("__builtin_offsetof", "struct ex_s2 { char a; int b; }; enum { EX_S3 = __builtin_offsetof(struct ex_s2, b) };", "4", function() return tonumber(ffi.C.EX_S3) end)
extension("compound headers of libc", [[
extern float strtof_l_like (const char *__restrict __nptr, char **__restrict __endptr) __attribute__ ((__nothrow__ , __leaf__)) __attribute__ ((__nonnull__ (1)));
extern _Float32 ex_t1 (_Float32 __x) __attribute__ ((__nothrow__ , __leaf__)) __attribute__ ((__const__));
extern int regexec_like (const void *__restrict __preg, const char *__restrict __String, size_t __nmatch, int __pmatch[__restrict __nmatch], int __eflags);
typedef int ex_t2;
]], "4", sizes("ex_t2"))
extension("thread-local and other storage", "extern _Thread_local int ex_u1; extern __thread int ex_u2; typedef int ex_u3;", "4", sizes("ex_u3"))
extension("an enum with a base of its own", "typedef enum ex_v1 : uint8_t { EX_V1, EX_V2 = 200 } ex_v1;", "1\n200", function()
  return ffi.sizeof("ex_v1"), tonumber(ffi.C.EX_V2)
end)

extension("the same body in a later text", "struct ex_w1 { int a, b[3]; struct { char c; } d; }; enum ex_w2 { EX_W1 = 3, EX_W2 }; enum { EX_W3 = -1 }; typedef int ex_w3;", "20\n4\n4\n-1", function()
  ffi.cdef("struct ex_w1 { int a; ex_w3 b[3]; struct { char c; } d; }; enum ex_w2 { EX_W1 = 3, EX_W2 = 4 }; enum { EX_W3 = -1 };")
  return ffi.sizeof("struct ex_w1"), ffi.sizeof("enum ex_w2"), tonumber(ffi.C.EX_W2), tonumber(ffi.C.EX_W3)
end)
for _, bodies in ipairs {
  { "struct ex_w4 { int a, b; };", "struct ex_w4 { int a; char b; };" }, { "union ex_w5 { int a; char b; };", "union ex_w5 { int a; };" },
  { "enum ex_w6 { EX_W4 = 1 };", "enum ex_w6 { EX_W4 };" }, { "enum { EX_W5 };", "enum { EX_W5 = 2 };" },
} do
  case("another body in a later text: " .. bodies[2], function()
    ffi.cdef(bodies[1])
    ffi.cdef("\n" .. bodies[2])
  end)
end
extension("a struct of a header's own without a value", "static struct { int x; } ex_x1; static unsigned ex_x2[256]; typedef int ex_x3;", "4", sizes("ex_x3"))
extension("attributes in two brackets", "[[nodiscard]] int ex_y1(int x [[maybe_unused]]); struct [[gnu::packed]] ex_y2 { char c; int i [[deprecated]]; };", "5", sizes("struct ex_y2"))
extension("constexpr, thread_local, true, false and nullptr", "constexpr int EX_Z1 = 1'000; extern thread_local int ex_z2; static const bool EX_Z3 = true; typedef typeof(nullptr) ex_z4;",
  "1000\ntrue\n8", function() return ffi.C.EX_Z1, ffi.C.EX_Z3 ~= 0, ffi.sizeof("ex_z4") end)
extension("types that headers declare for other compilers", "typedef float _Float32; typedef long double _Float64x; typedef long long __int64;", "4\n16\n8",
  sizes("_Float32", "_Float64x", "__int64"))

-- What other sizes than LuaJIT's are right ---------------------------------------------------------------

case("va_list is what the compiler says", { differs = "LuaJIT takes it for a pointer", ours = "24" }, function()
  return ffi.sizeof("va_list")
end)
