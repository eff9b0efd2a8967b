-- A finalizer frees memory while a function is at work on it: the outcome is right, or an error. Every
-- function of all APIs that takes, reads or writes memory.

local run = require("spec.support.freed_by_finalizer")

-- Rows are: a name, what is made before, what is done, and what that returns.

local LUNE = {
  first = [[
local Point = ffi.struct({ { "x", "f64" }, { "y", "f64" } })
local Numbers = ffi.struct({ { "l", "i64" }, { "u", "u64" }, { "p", "pointer" }, { "s", "string" }, { "a", "u8", 64 },
  { "inner", Point }, { "points", Point, 2 } })
ffi.cdef("struct fm_bits { unsigned long long wide : 60; int low : 4; unsigned long long all : 64; };")
local Bits = ffi.struct("struct fm_bits")
local text = ("t"):rep(3000)
local other = ffi.buffer(SIZE)
local calls = ffi.load("./build/c_tests/callbacks.so", {
  call_string = { args = { "pointer", "pointer" }, ret = "string" },
  call_point = { args = { "pointer", Point }, ret = Point },
})
local structs = ffi.load("./build/c_tests/structs.so", {
  point_add = { args = { "pointer", "pointer", "pointer" } }, sum_pair64 = { args = { Point }, ret = "f64" },
  named_length = { args = { Numbers }, ret = "usize" },
})
local libc = ffi.load("libc.so.6", {
  strstr = { args = { "pointer", "string" }, ret = "string" },
  strlen = { args = { "pointer" }, ret = "usize" },
  memcmp = { args = { "pointer", "pointer", "usize" }, ret = "i32" },
  snprintf = { args = { "pointer", "usize", "string", "..." }, ret = "i32" },
  qsort = { args = { "pointer", "usize", "usize", "pointer" } },
})
local big = (ffi.uint64 or ffi.u64)("18446744073709551615")
]],
  { "raw:read of 64 bits", "", "return tostring(raw:read(8, 'u64'))", "'4702111234474983745'" },
  { "raw:read of a float", "", "return raw:read(8, 'f64') > 0", "true" },
  { "raw:read of a pointer", "raw:write(8, 'pointer', raw)", "return raw:read(8, 'pointer') == raw", "true" },
  { "raw:read of a string", "raw:write(8, 'pointer', raw + 100)", "return #raw:read(8, 'string')", "SIZE - 101" },
  { "raw:read of a struct", "", "return raw:read(8, Point).x > 0", "true" },
  { "raw:write of 64 bits", "", "raw:write(8, 'u64', big) return 1", "1" },
  { "raw:write of a string as number", "", "raw:write(8, 'u64', '12345678901234567890') return 1", "1" },
  { "raw:write of a pointer", "", "raw:write(8, 'pointer', other) return 1", "1" },
  { "raw:write of a table", "local t = { x = 1, y = 2 }", "raw:write(8, Point, t) return 1", "1" },
  { "raw:write of a view", "local view = Point:new({ 1, 2 })", "raw:write(8, Point, view) return 1", "1" },
  { "ffi.read", "", "return tostring(ffi.read(raw, 8, 'u64'))", "'4702111234474983745'" },
  { "ffi.write", "local t = { 1, 2 }", "ffi.write(raw, 8, Point, t) return 1", "1" },
  { "ffi.cast of a light userdata", "local light = raw:toLightUserData()",
    "return light == nil or ffi.cast(raw, 'u64')[0] ~= nil", "true" },
  { "ffi.copy from text", "", "ffi.copy(raw, text, 3000) return 1", "1" },
  { "ffi.copy from a pointer", "", "ffi.copy(other, raw, SIZE) return 1", "1" },
  { "ffi.copy to a pointer", "", "ffi.copy(raw, other, SIZE) return 1", "1" },
  { "ffi.fill", "", "ffi.fill(raw, SIZE, 1) return 1", "1" },
  { "ffi.string of a length", "", "return #ffi.string(raw, SIZE)", "SIZE" },
  { "ffi.string of a short length", "", "return ffi.string(raw, 20)", "('A'):rep(20)" },
  { "ffi.string", "", "return #ffi.string(raw)", "SIZE - 1" },
  { "ffi.string of a short text", "raw:write(30, 'u8', 0)", "return ffi.string(raw)", "('A'):rep(30)" },
  { "ffi.view", "", "return ffi.view(raw, Point).x > 0", "true" },
  { "an element read", "local p = ffi.cast(raw, 'u64')", "return tostring(p[3])", "'4702111234474983745'" },
  { "an element written", "local p = ffi.cast(raw, 'u64')", "p[3] = big return 1", "1" },
  { "get of an element", "local p = ffi.cast(raw, 'u64')", "return tostring(p:get(3))", "'4702111234474983745'" },
  { "set of an element", "local p = ffi.cast(raw, 'u64')", "p:set(3, big) return 1", "1" },
  { "an element that is a pointer", "local p = ffi.cast(raw, 'pointer') p[1] = raw", "return p[1] == raw", "true" },
  { "an element that is a string", "local p = ffi.cast(raw, 'string') p[1] = raw + 20", "return #p[1]", "SIZE - 21" },
  { "an element that is a struct", "local p = ffi.cast(raw, ffi.pointer and Point or Point)",
    "return p.x > 0", "true" },
  { "a member of 64 bits", "local v = ffi.view(raw, Numbers)", "return tostring(v.u)", "'4702111234474983745'" },
  { "a member that is a pointer", "local v = ffi.view(raw, Numbers) v.p = raw", "return v.p == raw", "true" },
  { "a member that is a string", "local v = ffi.view(raw, Numbers) v.s = raw + 500", "return #v.s", "SIZE - 501" },
  { "a member that is an array", "local v = ffi.view(raw, Numbers)", "return v.a[5]", "65" },
  { "a member that is a struct", "local v = ffi.view(raw, Numbers)", "return v.inner.y > 0", "true" },
  { "a member of 64 bits written", "local v = ffi.view(raw, Numbers)", "v.u = big return 1", "1" },
  { "a member that is a pointer written", "local v = ffi.view(raw, Numbers)", "v.p = other return 1", "1" },
  { "a member that is an array from a table", "local v, t = ffi.view(raw, Numbers), { 1, 2, 3 }",
    "v.a = t return 1", "1" },
  { "a member that is an array from text", "local v, t = ffi.view(raw, Numbers), 'abc'", "v.a = t return 1", "1" },
  { "a member that is an array from an array", "local v, t = ffi.view(raw, Numbers), ffi.view(raw + 4096, Numbers).a",
    "v.a = t return 1", "1" },
  { "a member that is a struct from a table", "local v, t = ffi.view(raw, Numbers), { x = 1, y = 2 }",
    "v.inner = t return 1", "1" },
  { "a member that is a struct from a view", "local v, t = Numbers:new(), ffi.view(raw, Point)",
    "v.inner = t return 1", "1" },
  { "members that are structs from tables", "local v, t = ffi.view(raw, Numbers), { { 1, 2 }, { 3, 4 } }",
    "v.points = t return 1", "1" },
  { "a member from a table of views", "local v, t = Numbers:new(), { ffi.view(raw, Point), ffi.view(raw + 16, Point) }",
    "v.points = t return 1", "1" },
  { "fieldPtr", "local v = ffi.view(raw, Numbers)", "return v:fieldPtr('u') == raw + 8", "true" },
  { "pointTo", "local v = ffi.view(other, Numbers)", "v:pointTo(raw) return 1", "1" },
  { "a struct copied", "local v = ffi.view(raw, Point)", "return Point:new(v).x > 0", "true" },
  { "a struct made of views", "local t = { l = 1, inner = ffi.view(raw, Point), a = ffi.view(raw, Numbers).a }",
    "return Numbers:new(t).a[5]", "65" },
  { "bit-fields read", "local v = ffi.view(raw, Bits)", "return tostring(v.wide)", "'90425216047595841'" },
  { "wide bit-fields read", "local v = ffi.view(raw, Bits)", "return tostring(v.all)", "'4702111234474983745'" },
  { "bit-fields written", "local v = ffi.view(raw, Bits)", "v.all = big v.low = 1 return 1", "1" },
  { "a pointer argument", "", "return libc.strlen(raw)", "SIZE - 1" },
  { "several pointer arguments", "", "return libc.memcmp(raw, raw + 16, 1000)", "0" },
  { "a pointer argument and a string", "", "return #libc.strstr(raw, 'A')", "SIZE - 1" },
  { "a string result", "raw:write(100, 'u8', 0)", "return libc.strstr(raw, 'A')", "('A'):rep(100)" },
  { "a struct argument", "local v = ffi.view(raw, Point)", "return structs.sum_pair64(v) ~= nil", "true" },
  { "a variadic call", "", "return libc.snprintf(raw, 100, '%s %d', 'text', ffi.int64 and 5 or 5)", "6" },
  { "a variadic call with a pointer", "", "return libc.snprintf(nil, 0, '%s %p', raw, raw + 1) > SIZE", "true" },
  { "lib:call", "", "return libc:call('strlen', 'usize', { 'pointer' }, raw)", "SIZE - 1" },
  { "lib:call with a string result", "", "return #libc:call('strstr', 'string', { 'pointer', 'string' }, raw, 'A')",
    "SIZE - 1" },
  { "a callback's string", "local cb = ffi.callback(function(s) return #s > 0 and 'right' end, 'string', { 'string' })",
    "return calls.call_string(cb, raw)", "'right'" },
  { "a callback's pointers", "local cb = ffi.callback(function() return 0 end, 'i32', { 'pointer', 'pointer' })",
    "libc.qsort(raw, 2, 4, cb) return 1", "1" },
  { "unsafe functions", "", "return ffi.isNull(raw)", "false" },
  { "objects as text", "local v, p = ffi.view(raw, Point), ffi.cast(raw, 'u64')",
    "return #(tostring(raw) .. tostring(v) .. tostring(p)) > 0", "true" },
}

local LUAJIT = {
  first = [[
lj.cdef("typedef struct { double x, y; } fm_point; typedef struct { fm_point a, b; int n[4]; char name[16]; } fm_rect;"
  .. "typedef struct { int low : 4; unsigned long long wide : 60; unsigned long long all : 64; } fm_bits;"
  .. "typedef struct { int (*f)(const void *, const void *); const char *s; void *p; int64_t l; } fm_mixed;"
  .. "typedef union { int i; double d; fm_point p; } fm_union; enum fm_enum { fm_a = 0x41414141, fm_b };"
  .. "typedef struct { int n; int v[]; } fm_open;"
  .. "size_t fwrite(const void *, size_t, size_t, void *); size_t strlen(const char *); int fflush(void *);"
  .. "char *strstr(const char *, const char *); int snprintf(char *, size_t, const char *, ...);"
  .. "void qsort(void *, size_t, size_t, int (*)(const void *, const void *));"
  .. "int memcmp(const void *, const void *, size_t);"
  .. "void *memchr(const void *, int, size_t);")
local structs = lj.load("./build/c_tests/structs.so")
lj.cdef("double sum_pair64(struct fm_pair { long a, b; }); fm_point make_point(double, double);")
lj.cdef("double point_after_ints(int, int, int, int, int, int, fm_point, int);")
local file = assert(io.open("/dev/null", "wb"))
local memory = lj.new("char[1048576]")
local huge = lj.cast("uint64_t", -1)
]],
  { "ffi.string of a length", "", "return #lj.string(raw, SIZE)", "SIZE" },
  { "ffi.string of a short length", "", "return lj.string(raw, 20)", "('A'):rep(20)" },
  { "ffi.string", "local p = lj.cast('char *', raw)", "return #lj.string(p)", "SIZE - 1" },
  { "ffi.string of a short text", "local p = lj.cast('char *', raw) p[30] = 0",
    "return lj.string(p)", "('A'):rep(30)" },
  { "ffi.copy from text", "local t = ('t'):rep(3000)", "lj.copy(raw, t) return 1", "1" },
  { "ffi.copy from a pointer", "", "lj.copy(memory, raw, SIZE) return 1", "1" },
  { "ffi.copy to a pointer", "", "lj.copy(raw, memory, SIZE) return 1", "1" },
  { "ffi.copy of int64 bytes", "local count = lj.cast('int64_t', 1000)", "lj.copy(raw, memory, count) return 1", "1" },
  { "ffi.fill", "", "lj.fill(raw, SIZE, 1) return 1", "1" },
  { "an int read", "local p = lj.cast('int *', raw)", "return p[5]", "0x41414141" },
  { "an int64_t read", "local p = lj.cast('int64_t *', raw)", "return tostring(p[5])", "'4702111234474983745LL'" },
  { "a double read", "local p = lj.cast('double *', raw)", "return p[5] > 0", "true" },
  { "a pointer read", "local p = lj.cast('void **', raw) p[5] = raw", "return p[5] == p", "true" },
  { "a char pointer read", "local p = lj.cast('char **', raw) p[5] = raw", "return lj.eq(p[5], raw)", "true" },
  { "a struct read", "local p = lj.cast('fm_point *', raw)", "return p[5].x > 0", "true" },
  { "an array read", "local p = lj.cast('int (*)[4]', raw)", "return p[5][1]", "0x41414141" },
  { "a complex read", "local p = lj.cast('complex *', raw)", "return p[5].re > 0", "true" },
  { "a wide integer read", "local p = lj.cast('__int128 *', raw)", "return p[5] ~= nil", "true" },
  { "a long double read", "local p = lj.cast('long double *', raw)", "return p[5] ~= 0", "true" },
  { "an enumeration read", "local p = lj.cast('enum fm_enum *', raw)", "return lj.eq(p[5], 'fm_a')", "true" },
  { "a bit-field read", "local p = lj.cast('fm_bits *', raw)", "return p.low", "1" },
  { "a wide bit-field read", "local p = lj.cast('fm_bits *', raw)",
    "return tostring(p.all)", "'4702111234474983745ULL'" },
  { "a member read", "local p = lj.cast('fm_rect *', raw)", "return p.b.y > 0", "true" },
  { "a function pointer read", "local p = lj.cast('fm_mixed *', raw)", "return p.f ~= nil", "true" },
  { "an int written", "local p = lj.cast('int *', raw)", "p[5] = 7 return 1", "1" },
  { "a boxed integer written", "local p = lj.cast('uint64_t *', raw)", "p[5] = huge return 1", "1" },
  { "an element from another", "local p, q = lj.cast('uint64_t *', raw), lj.cast('uint64_t &', raw)",
    "p[5] = q return 1", "1" },
  { "an array from a table", "local p, t = lj.cast('int (*)[262144]', raw), { 1, 2, 3 }", "p[0] = t return 1", "1" },
  { "an array from boxed integers", "local p, t = lj.cast('uint64_t (*)[1000]', raw), { huge, huge }",
    "p[0] = t return 1", "1" },
  { "an array from text", "local p, t = lj.cast('char (*)[1048576]', raw), ('t'):rep(3000)", "p[0] = t return 1", "1" },
  { "an array from an array", "local p = lj.cast('char (*)[1048576]', raw)", "p[0] = memory return 1", "1" },
  { "another array from an array", "local p, q = lj.cast('char (*)[1048576]', raw), lj.new('char[1][1048576]')",
    "q[0] = p[0] return 1", "1" },
  { "a struct from a table", "local p, t = lj.cast('fm_rect *', raw), { { 1, 2 }, { 3, 4 }, { 5 }, 'name' }",
    "p[5] = t return 1", "1" },
  { "a struct from names", "local p, t = lj.cast('fm_rect *', raw), { b = { x = 3 }, name = 'name', n = { 1, 2 } }",
    "p[5] = t return 1", "1" },
  { "a struct from a struct", "local p, q = lj.cast('fm_rect *', raw), lj.new('fm_rect')", "p[5] = q return 1", "1" },
  { "another struct from a struct", "local p, q = lj.cast('fm_rect *', raw), lj.new('fm_rect[2]')",
    "q[1] = p[5] return q[1].b.y > 0", "true" },
  { "a union from a table", "local p, t = lj.cast('fm_union *', raw), { p = { 1, 2 } }", "p[5] = t return 1", "1" },
  { "a complex from a table", "local p, t = lj.cast('complex *', raw), { 1, 2 }", "p[5] = t return 1", "1" },
  { "a complex from a number", "local p = lj.cast('complex *', raw)", "p[5] = 3 return 1", "1" },
  { "a wide integer written", "local p = lj.cast('__int128 *', raw)", "p[5] = huge return 1", "1" },
  { "a bit-field written", "local p = lj.cast('fm_bits *', raw)", "p.wide = huge p.low = 1 return 1", "1" },
  { "an enumeration written", "local p = lj.cast('enum fm_enum *', raw)", "p[5] = 'fm_b' return 1", "1" },
  { "a pointer from a file", "local p = lj.cast('void **', raw)", "p[5] = io.stdout return 1", "1" },
  { "a pointer from a userdata", "local p = lj.cast('void **', raw)", "p[5] = file return 1", "1" },
  { "a pointer from a pointer object", "local p = lj.cast('void **', raw)", "p[5] = raw return 1", "1" },
  { "a function pointer from a function", "local p = lj.cast('fm_mixed *', raw)",
    "p.f = function() return 0 end return 1", "1" },
  { "a struct from a function", "local p, t = lj.cast('fm_mixed *', raw), { f = function() return 0 end, s = 'text' }",
    "p[5] = t return 1", "1" },
  { "a struct from a file", "local p, t = lj.cast('fm_mixed *', raw), { p = io.stdout, l = huge }",
    "p[5] = t return 1", "1" },
  { "ffi.new from references", "local t = { lj.cast('fm_point &', raw), lj.cast('fm_point &', raw) }",
    "return lj.new('fm_rect', t).b.y > 0", "true" },
  { "ffi.new of a struct", "local r = lj.cast('fm_rect *', raw)[0]", "return lj.new('fm_rect', r).b.y > 0", "true" },
  { "ffi.new of a pointer", "local p = lj.cast('int *', raw)", "return lj.new('const int *', p)[0]", "0x41414141" },
  { "ffi.new of an array of parts", "local r = lj.cast('fm_point *', raw)[0]",
    "return lj.new('fm_point[3]', { r, r, r })[2].x > 0", "true" },
  { "ffi.new with many values", "local r = lj.cast('fm_point *', raw)[0]",
    "return lj.new('fm_point[3]', r, r, r)[2].x > 0", "true" },
  { "ffi.cast to a pointer", "", "return lj.cast('int *', raw)[0]", "0x41414141" },
  { "ffi.cast to an integer", "local q = lj.cast('uint64_t &', raw)", "return tostring(lj.cast('int64_t', q))",
    "'4702111234474983745LL'" },
  { "ffi.cast to a double", "local q = lj.cast('uint64_t &', raw)", "return lj.cast('double', q) ~= nil", "true" },
  { "arithmetic", "local q = lj.cast('uint64_t &', raw)",
    "return tostring(lj.i64(0) + q)", "'4702111234474983745ULL'" },
  { "arithmetic of wide integers", "local q = lj.cast('__int128 &', raw)", "return (q + q) ~= nil", "true" },
  { "comparison", "local q = lj.cast('uint64_t &', raw)", "return lj.eq(q, q)", "true" },
  { "pointer arithmetic", "local p = lj.cast('int *', raw)", "return (p + 1)[1]", "0x41414141" },
  { "tostring", "local q = lj.cast('uint64_t &', raw)", "return tostring(q)", "'4702111234474983745ULL'" },
  { "tostring of a complex", "local q = lj.cast('complex &', raw)", "return #tostring(q) > 0", "true" },
  { "tostring of an enumeration", "local q = lj.cast('enum fm_enum &', raw)", "return #tostring(q) > 0", "true" },
  { "tonumber", "local q = lj.cast('int &', raw)", "return lj.tonumber(q)", "0x41414141" },
  { "ffi.toretval", "local r = lj.cast('fm_rect *', raw)[0]", "return lj.toretval(r).b.y > 0", "true" },
  { "ffi.addressof", "local r = lj.cast('fm_rect *', raw)[0]", "return lj.addressof(r).b.y > 0", "true" },
  { "a reference assigned through", "local q = lj.cast('fm_rect &', raw)", "q.n[1] = 5 return q.n[1]", "5" },
  { "an array with an open end", "local p = lj.cast('fm_open *', raw)", "p.v[3] = 5 return p.v[3]", "5" },
  { "a call with a pointer", "local p = lj.cast('char *', raw)",
    "return tonumber(lj.tonumber(lj.C.strlen(p)))", "SIZE - 1" },
  { "a call with a pointer and a file", "", "return lj.tonumber(lj.C.fwrite(raw, 1, SIZE, file))", "SIZE" },
  { "a call with a typed pointer and a file", "local p = lj.cast('char *', raw)",
    "return lj.tonumber(lj.C.fwrite(p, 1, SIZE, file))", "SIZE" },
  { "a call with a pointer and a function", "local p = lj.cast('int *', raw)",
    "lj.C.qsort(p, 2, 4, function() return 0 end) return 1", "1" },
  { "a call with several pointers", "local p = lj.cast('int *', raw)", "return lj.C.memcmp(p, raw, 1000)", "0" },
  { "a call with a pointer and a string", "local p = lj.cast('char *', raw)",
    "return lj.C.strstr(p, 'A') == p", "true" },
  { "a variadic call", "local p = lj.cast('char *', raw)",
    "return lj.C.snprintf(p, 100, '%s %lld', 'text', lj.i64(5))", "6" },
  { "a variadic call with a file", "local p = lj.cast('char *', raw)",
    "return lj.C.snprintf(memory, 100, '%.5s%.0s%p', p, p, file) > 5", "true" },
  { "a struct argument", "local r = lj.cast('fm_point *', raw)[0]",
    "return structs.point_after_ints(0, 0, 0, 0, 0, 0, r, 0) ~= nil", "true" },
  { "a struct argument from a table", "local t = { 1, 2 }",
    "return structs.point_after_ints(0, 0, 0, 0, 0, 0, t, 0) ~= nil", "true" },
  { "a call by a pointer to a function", "local f = lj.cast('size_t (*)(const char *, void *)', lj.C.strlen)",
    "return lj.tonumber(f(raw, file))", "SIZE - 1" },
  { "a call by a pointer into a library that is closed",
    "local library = ffi.load('./build/c_tests/libclosable.so') arena = { free = function() library:close() end } "
      .. "local f = lj.cast('fm_point (*)(void)', library:getSymbol('closable_answer'))",
    "return f() ~= nil", "true" },
  { "ffi.typeof's call", "local r = lj.cast('fm_rect *', raw)[0] local ct = lj.typeof('fm_rect')",
    "return ct(r).b.y > 0", "true" },
  { "ffi.gc", "local p = lj.cast('int *', raw)", "return lj.gc(p, function() end)[0]", "0x41414141" },
}

local ALIEN = {
  first = [[
local Pair = al.defstruct({ { "a", "long" }, { "b", "long" } })
local Mixed = al.defstruct({ { "u", "ulonglong" }, { "p", "pointer" }, { "s", "string" }, { "n", "int", 8 },
  { "pair", Pair } })
local libc = al.load("libc.so.6")
local function bind(name, ...)
  local f = libc[name]
  f:types(...)
  return f
end
local strlen = bind("strlen", "size_t", "pointer")
local strstr = bind("strstr", "string", "pointer", "string")
local memcmp = bind("memcmp", "int", "pointer", "pointer", "size_t")
local qsort = bind("qsort", "void", "pointer", "size_t", "size_t", "callback")
local snprintf = bind("snprintf", "int", "pointer", "size_t", "string", "...")
local structs = al.load("./build/c_tests/structs.so")
structs.sum_pair64:types("double", Pair)
local text = ("t"):rep(3000)
local other = al.buffer(SIZE)
local box = (ffi.uint64 or ffi.u64)("18446744073709551615")
]],
  { "buf:get of 64 bits", "local b = al.buffer(raw, SIZE)",
    "return tostring(b:get(9, 'ulonglong'))", "'4702111234474983745'" },
  { "buf:get of a string", "local b = al.buffer(raw, SIZE) raw:write(8, 'pointer', raw + 100)",
    "return #b:get(9, 'string')", "SIZE - 101" },
  { "buf:get of a pointer", "local b = al.buffer(raw, SIZE)", "return b:get(9, 'pointer') ~= nil", "true" },
  { "buf:get of a struct", "local b = al.buffer(raw, SIZE)", "return b:get(9, Pair).b ~= nil", "true" },
  { "buf:get of a callback", "local b = al.buffer(raw, SIZE)", "return b:get(9, 'callback') ~= nil", "true" },
  { "buf:set of 64 bits", "local b = al.buffer(raw, SIZE)", "b:set(9, box, 'ulonglong') return 1", "1" },
  { "buf:set of a string", "local b = al.buffer(raw, SIZE)", "b:set(9, text, 'string') return 1", "1" },
  { "buf:set of a pointer", "local b = al.buffer(raw, SIZE)", "b:set(9, other, 'pointer') return 1", "1" },
  { "buf:set of a struct", "local b, p = al.buffer(raw, SIZE), Pair:new()", "b:set(9, p, Pair) return 1", "1" },
  { "buf:set of a struct from a table", "local b, t = al.buffer(raw, SIZE), { 1, 2 }",
    "b:set(9, t, Pair) return 1", "1" },
  { "buf:tostring of a length", "local b = al.buffer(raw, SIZE)", "return #b:tostring(SIZE)", "SIZE" },
  { "buf:tostring", "local b = al.buffer(raw, SIZE)", "return #b:tostring()", "SIZE - 1" },
  { "buf:tostring of a part", "local b = al.buffer(raw, SIZE)", "return b:tostring(20, 5)", "('A'):rep(20)" },
  { "tostring of a buffer", "local b = al.buffer(raw, SIZE)", "return #tostring(b)", "SIZE - 1" },
  { "buf:strlen", "local b = al.buffer(raw, SIZE)", "return b:strlen()", "SIZE - 1" },
  { "a byte read and written", "local b = al.buffer(raw, SIZE)", "b[5] = 66 return b[5]", "66" },
  { "a byte from a boxed integer", "local b, i = al.buffer(raw, SIZE), ffi.uint64 and ffi.uint64(66) or 66",
    "b[5] = i return b[5]", "66" },
  { "alien.buffer", "", "return al.buffer(raw, SIZE)[5]", "65" },
  { "an array read", "local a = al.array('ulong', 100, raw)", "return tostring(a[5])", "'4702111234474983745'" },
  { "an array written", "local a = al.array('ulong', 100, raw)", "a[5] = box return 1", "1" },
  { "an array of pointers", "local a = al.array('pointer', 100, raw)", "a[5] = other return a[5] ~= nil", "true" },
  { "an array of strings", "local a = al.array('string', 100, raw) raw:write(32, 'pointer', raw + 100)",
    "return #a[5]", "SIZE - 101" },
  { "an array of strings written", "local a = al.array('string', 100, raw)", "a[5] = text return #a[5]", "3000" },
  { "an array of structs", "local a = al.array(Pair, 100, raw)", "a[5] = Pair:new() return a[5].b", "0" },
  { "an array made of values", "local t = { box, box }", "return tostring(al.array('ulong', t, raw)[2])",
    "'18446744073709551615'" },
  { "a walk through an array", "local a = al.array('ulong', 4, raw)",
    "local n = 0 for _, v in a:ipairs() do n = n + (v and 1) end return n", "4" },
  { "a member of 64 bits", "local s = Mixed:new(raw)", "return tostring(s.u)", "'4702111234474983745'" },
  { "a member that is a string", "local s = Mixed:new(raw) raw:write(16, 'pointer', raw + 100)",
    "return #s.s", "SIZE - 101" },
  { "a member that is an array", "local s = Mixed:new(raw)", "return s.n[5]", "0x41414141" },
  { "a member that is a struct", "local s = Mixed:new(raw)", "return s.pair.b ~= nil", "true" },
  { "a member written", "local s = Mixed:new(raw)", "s.u = box return 1", "1" },
  { "a member that is a string written", "local s = Mixed:new(raw)", "s.s = text return #s.s", "3000" },
  { "a member that is an array written", "local s, t = Mixed:new(raw), { 1, 2, 3 }", "s.n = t return s.n[2]", "2" },
  { "a member that is a struct written", "local s, p = Mixed:new(raw), Pair:new()", "s.pair = p return s.pair.b", "0" },
  { "an instance's buffer", "local s = Mixed:new(raw)", "return s():get(1)", "65" },
  { "definition:new", "", "return Pair:new(raw).b ~= nil", "true" },
  { "alien.tostring of a length", "", "return #al.tostring(raw, SIZE)", "SIZE" },
  { "alien.tostring of a short length", "", "return al.tostring(raw, 20)", "('A'):rep(20)" },
  { "alien.tostring", "", "return #al.tostring(raw)", "SIZE - 1" },
  { "alien.toulong", "", "return #{ al.toulong(raw, 8) }", "8" },
  { "alien.memmove from text", "", "al.memmove(raw, text) return 1", "1" },
  { "alien.memmove from a pointer", "", "al.memmove(other, raw, SIZE) return 1", "1" },
  { "alien.memmove to a pointer", "local s = al.array('pointer', { other })",
    "al.memmove(raw, s.buffer, 8) return 1", "1" },
  { "alien.memset", "", "al.memset(raw, 1, SIZE) return 1", "1" },
  { "alien.unpack", "", "return select(3, al.unpack('LLc2000', raw, SIZE))", "('A'):rep(2000)" },
  { "alien.unpack of text", "", "return #(al.unpack('s', raw, SIZE))", "SIZE - 1" },
  { "a pointer argument", "", "return strlen(raw)", "SIZE - 1" },
  { "a buffer argument", "local b = al.buffer(raw, SIZE)", "return strlen(b)", "SIZE - 1" },
  { "several pointer arguments", "local b = al.buffer(raw, SIZE)", "return memcmp(b, raw, 1000)", "0" },
  { "a string result", "", "return #strstr(raw, 'A')", "SIZE - 1" },
  { "a short string result", "raw:write(100, 'u8', 0)", "return strstr(raw, 'A')", "('A'):rep(100)" },
  { "a callback argument", "local cb = al.callback(function() return 0 end, 'int', 'pointer', 'pointer')",
    "qsort(raw, 2, 4, cb) return 1", "1" },
  { "a callback's string", "local cb = al.callback(function(s) return #s > 0 and 0 end, 'int', 'string', 'string')",
    "qsort(raw, 2, 4, cb) return 1", "1" },
  { "a number as a string", "", "return snprintf(raw, 100, 'n%d', 5)", "2" },
  { "a struct argument", "local s = Pair:new(raw)", "return structs.sum_pair64(s) ~= nil", "true" },
  { "a wrapped buffer", "al.tag('t') local o = al.wrap('t', raw)", "return al.unwrap('t', o) ~= nil", "true" },
}

-- A finalizer gives the buffer another size; `b` is of a megabyte, all "A".
local RESIZED = {
  first = ALIEN.first,
  { "buf:tostring", "", "return #b:tostring() > 60", "true" },
  { "tostring of a buffer", "", "return #tostring(b) > 60", "true" },
  { "buf:get of 64 bits", "", "return tostring(b:get(SIZE - 15, 'ulonglong'))", "'4702111234474983745'" },
  { "buf:set of a string", "", "b:set(SIZE - 15, text, 'string') return 1", "1" },
  { "a pointer argument", "", "return strlen(b) > 60", "true" },
  { "a string result", "", "return #strstr(b, 'A') > 60", "true" },
  { "alien.tostring", "", "return #al.tostring(b) > 60", "true" },
  { "an array read", "local a = al.array('ulong', 100, b)", "return tostring(a[100])", "'4702111234474983745'" },
  { "an array written", "local a = al.array('ulong', 100, b)", "a[100] = box return 1", "1" },
  { "buf:realloc", "", "b:realloc(2 * SIZE) return 1", "1" },
}
for _, row in ipairs(RESIZED) do
  row[2] = "local b = al.buffer(SIZE) al.memset(b, 65, SIZE - 1) "
    .. "arena = { free = function() b:realloc(64) al.memset(b, 65, 63) b[64] = 0 end } "
    .. row[2]
end

for name, rows in pairs({ ["the Lune API"] = LUNE, ["the LuaJIT API"] = LUAJIT, ["the Alien API"] = ALIEN,
  ["a buffer that is given another size"] = RESIZED }) do
  describe("memory freed by a finalizer in the middle, " .. name .. ":", function()
    for _, row in ipairs(rows) do
      it(row[1], function()
        local output, status = run(rows.first, row[2], row[3], row[4])
        assert.equals("done\n", output)
        assert.equals(0, status)
      end)
    end
  end)
end
