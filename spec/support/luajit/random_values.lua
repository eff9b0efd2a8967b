-- The values that random programs work with, as code.

local values = {}

values.NUMBERS = {
  "0", "1", "(-1)", "2", "3", "7", "100", "127", "128", "255", "256", "(-128)", "(-129)", "32767", "32768",
  "65535", "65536", "2147483647", "2147483648", "(-2147483648)", "4294967295", "4294967296", "0.5", "(-0.5)", "1.9",
  "(-1.9)", "2.5", "255.99",
  "1e10", "(2^40+0.5)", "2^53", "(-2^53)", "negative_zero", "0.1", "1e-300", "3.4e38", "1e300",
}
-- What no integer type of C has: LuaJIT leaves the conversion open, so only floats are given them.
values.WILD = { "(0/0)", "(1/0)", "(-1/0)", "1e300", "(2^63)", "(-2^63)", "(2^64)", "1e19" }

values.BOXED = {
  'i64"0"', 'i64"1"', 'i64"-1"', 'i64"5"', 'i64"-7"', 'i64"9223372036854775807"', 'i64"-9223372036854775807"',
  'i64"4294967296"', 'u64"0"', 'u64"1"', 'u64"3"', 'u64"18446744073709551615"', 'u64"9223372036854775808"',
  'ffi.new("int8_t", -3)', 'ffi.new("uint8_t", 200)', 'ffi.new("int16_t", -30000)', 'ffi.new("int", 42)',
  'ffi.new("unsigned int", 4000000000)', 'ffi.new("float", 1.5)', 'ffi.new("double", -2.75)', 'ffi.new("bool", true)',
  'ffi.new("char", 65)', 'ffi.new("complex", 1.5, -2)', 'ffi.new("complex float", 3)',
}
values.POINTERS = {
  'ffi.new("int *")', 'ffi.new("void *")', 'ffi.cast("char *", 0)', 'ffi.cast("int (*)(int)", 0)',
  'ffi.new("const char *")', "shared.bytes", "shared.ints", "shared.doubles", "shared.pointer", "shared.constant",
  "shared.void", "shared.pointers", "shared.struct", "shared.struct_pointer", "shared.abs", "shared.matrix",
  "shared.matrix[1]", "shared.vector", "shared.union", "shared.struct.s",
}
values.STRINGS = { '""', '"a"', '"abc"', '"10"', '"0x10"', '" 7 "', '"1e3"', '"in\\0side"', '"a longer text than fits"',
  '"-1"', '"KNOWN_ONE"' }
values.OTHERS = { "nil", "true", "false", "{}", "{ 1 }", "{ 1, 2, 3 }", "{ { 1 }, { 2 } }", "{ nil, 2 }",
  "{ [0] = 4, 5 }", "{ x = 1, y = 2 }", '{ "a" }', "nothing", "io.stdout", "ffi.C", "shared.thread" }

-- What the steps find besides: the same for all programs of a run.
values.SHARED = [[
ffi.cdef("enum known { KNOWN_ONE = 1, KNOWN_TWO }; struct shared_struct { int a; char b; double d; char s[4]; };" ..
  "union shared_union { int a; float f; }; typedef int shared_vector __attribute__((vector_size(16))); int abs(int);")
return {
  bytes = ffi.new("uint8_t[8]", 1, 2, 3, 4, 5, 6, 7),
  ints = ffi.new("int[4]", 1, 2, 3, 4),
  doubles = ffi.new("double[3]", 0.5),
  matrix = ffi.new("int[2][3]", { { 1, 2, 3 }, { 4, 5, 6 } }),
  pointers = ffi.new("void *[2]"),
  struct = ffi.new("struct shared_struct", 1, 2, 3, "abc"),
  vector = ffi.new("shared_vector", 1, 2, 3, 4),
  union = ffi.new("union shared_union", 3),
  abs = ffi.C.abs,
  thread = coroutine.create(function() end),
}, function(shared)
  shared.pointer = ffi.cast("int *", shared.ints) + 1
  shared.constant = ffi.cast("const int *", shared.ints)
  shared.void = ffi.cast("void *", shared.ints)
  shared.struct_pointer = ffi.cast("struct shared_struct *", shared.struct)
  shared.int_ref = ffi.cast("int &", shared.ints)
end
]]

return values
