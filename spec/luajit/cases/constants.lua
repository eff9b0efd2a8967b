-- Constant expressions: in array sizes, enum values, bit widths, attributes and static constants.

ffi.cdef [[
enum co_names { CO_ONE = 1, CO_TWO, CO_TEN = 10, CO_MINUS = -5, CO_BIG = 0x80000000, CO_MAX = 0xffffffff };
static const int CO_STATIC = 42;
static const unsigned CO_UNSIGNED = 7;
struct co_point { int x, y; };
struct co_scoped { enum { CO_SCOPED = 11 }; static const int CO_INNER = 12; char c; double d; struct { int e; int f[4]; } g; };
extern struct co_scoped co_variable;
extern int co_array[5];
typedef short co_short;
]]

-- The value of an expression as an enum's constant; each in an enum of its own.
local count = 0
local function value(expression)
  count = count + 1
  local name = "CO_VALUE_" .. count
  ffi.cdef(("enum { %s = %s };"):format(name, expression))
  return ffi.C[name]
end

for _, expression in ipairs({
  -- Literals.
  "0", "1", "10", "2147483647", "2147483648", "4294967295", "0x0", "0x7f", "0xFF", "0X1f", "0x7fffffff", "0x80000000", "0xffffffff", "0xdeadBEEF",
  "010", "0777", "00", "037777777777", "1u", "1U", "0xffu", "010U", "'a'", "'\\n'", "'\\t'", "'\\r'", "'\\0'", "'\\\\'", "'\\''", "'\"'", "'\\\"'", "'\\a'", "'\\b'",
  "'\\f'", "'\\v'", "'\\e'", "'\\x41'", "'\\x7f'", "'\\xff'", "'\\101'", "'\\377'", "'\\7'", "' '", "'\\?'", "'\\q'",
  -- Unary operators.
  "-1", "+1", "- -1", "~0", "~1", "!0", "!1", "!5", "-(-5)", "~0u", "-1u", "!-1", "- - - 3", "~-1", "!!7", "+-+5",
  -- Binary operators, one by one.
  "1 + 2", "1 - 2", "3 * 4", "7 / 2", "-7 / 2", "7 / -2", "7 % 3", "-7 % 3", "7 % -3", "1 << 4", "1 << 31", "-8 >> 1", "0x80000000 >> 31", "0xffffffff >> 4",
  "-1 >> 31", "6 & 3", "6 | 3", "6 ^ 3", "1 < 2", "2 < 1", "1 > 2", "2 <= 2", "3 >= 4", "1 == 1", "1 != 1", "1 && 2", "1 && 0", "0 && 1", "0 || 0", "0 || 5", "1 || 0",
  "1 ? 2 : 3", "0 ? 2 : 3", "1 << 32", "1 << 33", "2147483647 + 1", "-2147483647 - 2", "65536 * 65536", "2147483647 * 2",
  -- Unsigned arithmetic.
  "-1 > 0u", "-1 < 1u", "0u - 1", "-1 / 2u", "7u / 2", "-7 % 3u", "0xffffffff + 1", "0xffffffff / 2", "-1 == 0xffffffff", "-1 < 0x80000000", "1u > -1",
  "(unsigned)-1", "(unsigned)-1 >> 28", "(int)0xffffffff",
  "(int)3 + (int)4", "-(unsigned)1", "(int)-1 >> 1", "(unsigned)-2 / 2",
  -- Precedence.
  "1 + 2 * 3", "(1 + 2) * 3", "10 - 4 - 3", "100 / 10 / 2", "2 * 3 % 4", "1 << 2 + 3", "1 + 2 << 3", "7 & 3 == 3", "1 | 2 & 4", "1 ^ 3 & 1", "6 & 5 | 8", "1 < 2 == 1",
  "1 == 1 < 2", "1 && 0 || 1", "1 || 0 && 0", "!0 + 1", "~1 + 2", "-2 * -3", "1 ? 0 ? 2 : 3 : 4", "0 ? 1 : 0 ? 2 : 3", "1 ? 2 : 0 ? 3 : 4", "2 > 1 ? 10 : 20",
  "1 + 1 ? 3 : 4", "5 - 3 == 2", "1 << 1 << 2", "256 >> 2 >> 2", "8 >> 1 + 1", "3 & 6 ^ 1", "1 != 2 == 1", "2 + 3 > 4 && 1", "(1, 2)", "(1, 2, 3) + 1",
  "((((7))))", "1 ? 2 : 3 + 4", "0 || 0 ? 1 : 2",
  -- Names.
  "CO_ONE", "CO_TEN + CO_TWO", "-CO_TEN", "CO_MINUS", "CO_MINUS - 1", "CO_BIG", "CO_BIG >> 31", "CO_MAX", "CO_MAX + 1", "CO_STATIC", "CO_STATIC * CO_UNSIGNED",
  "~CO_ONE", "!CO_ONE", "CO_ONE ? CO_TWO : CO_TEN", "CO_SCOPED",
  -- sizeof and alignof.
  "sizeof(int)", "sizeof(char)", "sizeof(void *)", "sizeof(double)", "sizeof(struct co_point)", "sizeof(struct co_point *)", "sizeof(int[10])", "sizeof(co_short)",
  "sizeof(long) * 8", "sizeof 1", "sizeof(1)", "sizeof 1 + 1", "sizeof(int) + 1", "sizeof(int) == 4 ? 100 : 200", "sizeof(int) > -1", "sizeof \"abc\"",
  "sizeof(\"abc\")", "sizeof(\"\")", "sizeof(\"a\" \"bc\")", "sizeof(\"\\x41\\n\")", "sizeof 'a'", "sizeof(struct { int a; char b; })",
  "sizeof(int (*)(int))", "sizeof(co_array)", "sizeof co_array", "sizeof(co_variable)", "sizeof((int)1)", "sizeof(bool)", "sizeof(unsigned long)",
  "__alignof__(double)", "__alignof__(char)", "__alignof(int)", "__alignof__(struct co_point)", "__alignof__ 1",
  -- Scoped names and the offsetof idiom.
  "((struct co_scoped *)0)->CO_SCOPED", "((struct co_scoped *)0)->CO_INNER", "co_variable.CO_INNER", "sizeof(((struct co_scoped *)0)->d)",
  "sizeof(((struct co_scoped *)0)->g.f)", "sizeof(co_variable.g)",
}) do
  case("= " .. expression, function()
    local result = value(expression)
    return result
  end)
end

-- What LuaJIT gets wrong.
local casts, unsigned = "a cast cuts to the width of its type", "an unsigned constant makes the result unsigned"
local sizes, floats = "size_t has 64 bits", "floats are no integers"
for _, entry in ipairs({
  { casts, "(unsigned char)300", "44" }, { casts, "(signed char)200", "-56" }, { casts, "(char)200", "-56" },
  { casts, "(short)70000", "4464" }, { casts, "(co_short)70000", "4464" }, { casts, "(uint8_t)-1", "255" },
  { casts, "(int8_t)255", "-1" }, { casts, "(unsigned short)-1", "65535" }, { unsigned, "CO_UNSIGNED - 8", "4294967295" },
  { sizes, "-sizeof(int)", "18446744073709551612ULL" }, { sizes, "sizeof(sizeof(int))", "8" },
  { "an enum is as wide as its constants", "sizeof(enum co_names)", "8" },
  { "the middle of ?: may be missing", "1 ? : 3", "1" }, { "characters are put together", "'ab'", "24930" },
  { "an escape needs digits", "'\\x'", "error: invalid escape sequence near '''" },
  { "a pointer is its address", "(int *)5", "5" }, { floats, "1.5", "error: invalid value" }, { floats, "1e3", "error: invalid value" },
}) do
  case("= " .. entry[2], { differs = entry[1], ours = entry[3] }, function()
    local result = value(entry[2])
    return result
  end)
end
local offsets = "the offsetof idiom gives the real offset"
for _, entry in ipairs({
  { "(int)&((struct co_scoped *)0)->d", 8 }, { "(unsigned long)&((struct co_scoped *)0)->g.f", 20 }, { "(int)&((struct co_point *)0)->y", 4 },
  { "(int)&((struct co_scoped *)0)->g.f[2]", 28 },
}) do
  case("= " .. entry[1], { differs = offsets, ours = tostring(entry[2]) }, function()
    local result = value(entry[1])
    return result
  end)
end
local wide = "constants of 64 bits and their suffixes are accepted"
for _, entry in ipairs({
  { "1L", "1" }, { "1l", "1" }, { "1UL", "1" }, { "1ul", "1" }, { "1LL", "1" }, { "1ULL", "1" }, { "1LLU", "1" }, { "0xffUL", "255" }, { "1llu", "1" },
  { "4294967296", "4294967296LL" }, { "1LL << 40", "1099511627776LL" }, { "0x7fffffffffffffff", "9223372036854775807LL" }, { "-9223372036854775807LL - 1", "-9223372036854775808LL" },
  { "0xffffffffffffffffULL", "18446744073709551615ULL" }, { "(bool)5", "1" }, { "(enum co_names)5", "5" }, { "_Alignof(short)", "2" },
}) do
  case("= " .. entry[1], { differs = wide, ours = entry[2] }, function()
    local result = value(entry[1])
    return result
  end)
end

-- Expressions that are none ------------------------------------------------------------------------------

for _, expression in ipairs({
  "", "+", "1 +", "* 2", "1 2", "(1", "1)", "()", "1 ? 2", "1 ? 2 :", "1 : 2", "co_unknown", "sizeof", "sizeof()", "sizeof(", "sizeof(void)", "sizeof(co_unknown)",
  "1 / 0", "1 % 0", "1 / (2 - 2)", "5 % CO_ONE - 1 / 0", "\"abc\"", "0x", "0xg", "08", "09", "1x", "'", "'a", "=", "1 = 2", "1 += 2", "1++", "++1",
  "x.y", "CO_ONE.x", "co_variable.nothing", "((struct co_scoped *)0)->nothing", "(struct co_point)1", "(void)1", "&5", "*5", "int", "(int)", "1 <> 2", "1 === 1", "1 && ", "!",
  "@", "$", "1 $", "[1]", "{1}", "1;", "0b101", "1 , 2",
}) do
  case("no expression: " .. expression, function()
    local result = value(expression)
    return result
  end)
end

-- Where expressions stand -----------------------------------------------------------------------------------

case("sizes of arrays", function()
  return ffi.sizeof("char[CO_TEN]"), ffi.sizeof("char[CO_TEN * 2 + 1]"), ffi.sizeof("char[sizeof(int) * 2]"), ffi.sizeof("char[1 ? 5 : 6]"),
    ffi.sizeof("char[CO_STATIC]"), ffi.sizeof("int[2][CO_TWO]"), ffi.sizeof("char['a']"), ffi.sizeof("char[(CO_TEN)]"), ffi.sizeof("char[~0 & 15]")
end)
case("sizes that depend on the width of a type", function()
  return ffi.sizeof("int[1024 / (8 * sizeof (unsigned long))]")
end)
case("widths of bit-fields", function()
  local ct = ffi.typeof("struct { int a : CO_TWO + 1; unsigned b : sizeof(int) * 8 - CO_TEN; }")
  local _, _, a = ffi.offsetof(ct, "a")
  local _, _, b = ffi.offsetof(ct, "b")
  return a, b
end)
case("arguments of attributes", function()
  return ffi.alignof("struct { int x __attribute__((aligned(CO_TWO * 8))); }"), ffi.sizeof("int __attribute__((vector_size(sizeof(int) * CO_TWO)))")
end)
case("a constant of the text itself", function()
  ffi.cdef("enum { CO_LOCAL = 3 }; typedef int co_local_t[CO_LOCAL]; static const int CO_NEXT = CO_LOCAL + 1; typedef char co_next_t[CO_NEXT];")
  return ffi.sizeof("co_local_t"), ffi.sizeof("co_next_t")
end)
case("an enum's own earlier constants", function()
  ffi.cdef("enum { CO_FLAG_A = 1 << 0, CO_FLAG_B = 1 << 1, CO_FLAG_ALL = CO_FLAG_A | CO_FLAG_B, CO_FLAG_NEXT };")
  return ffi.C.CO_FLAG_ALL, ffi.C.CO_FLAG_NEXT
end)
case("negative sizes", function()
  local size = ffi.sizeof("int[CO_MINUS]")
  return size
end)
case("a parameter as a number", function()
  return ffi.sizeof(ffi.typeof("char[$ * 2 + $]", 3, 4))
end)
case("constants are numbers", function()
  return type(ffi.C.CO_ONE), type(ffi.C.CO_MAX), type(ffi.C.CO_STATIC)
end)
case("constants are not written", function()
  ffi.C.CO_ONE = 5
end)
