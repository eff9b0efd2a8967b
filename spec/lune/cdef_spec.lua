-- C declarations in the Lune API: `ffi.cdef`, C type names where a type is named, structs declared in C,
-- libraries bound from a text of C.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local fails = helper.fails

ffi.cdef([[
  struct cd_point { int x, y; };
  typedef struct cd_point cd_point_t;
  typedef unsigned char cd_byte;
  typedef int cd_row[3];
  enum cd_colour { CD_RED, CD_GREEN = 5, CD_BLUE };
  typedef struct {
    unsigned int low : 3;
    int signed_part : 5;
    _Bool flag : 1;
    unsigned long long wide : 40;
    const int fixed;
    enum cd_colour colour;
    const char *name;
    struct { short a, b; };
    union { float f; unsigned int bits; } u;
    cd_point_t corners[2];
    int grid[2][3];
    double _Complex z;
    long double big;
    struct cd_opaque *opaque;
    cd_byte tail[];
  } cd_everything;
  struct cd_node { struct cd_node *next; int value; };
  struct cd_unknown;
  struct cd_late;
]])

describe("ffi.cdef", function()
  it("gives nothing, and takes an empty text", function()
    assert.equals(0, select("#", ffi.cdef("")))
    assert.equals(0, select("#", ffi.cdef("/* nothing */ ;;")))
  end)

  it("says where an error is and what it found there", function()
    fails(function() ffi.cdef("int cd_ok(void);\nint cd_bad(int x,\n  y z);") end,
      "bad argument #1 to 'cdef' (line 3, column 3: declaration specifier expected near 'y')")
  end)

  it("declares nothing when a part fails", function()
    fails(function() ffi.cdef("typedef int cd_half; struct cd_halved { int a; }; foo bar;") end, "near 'foo'")
    fails(function() ffi.sizeof("cd_half") end, "unknown type 'cd_half'")
    fails(function() ffi.sizeof("struct cd_halved") end, "unknown type 'struct cd_halved'")
    ffi.cdef("typedef short cd_half;")
    assert.equals(2, ffi.sizeof("cd_half"))
  end)

  it("refuses another struct of the same tag", function()
    fails(function() ffi.cdef("struct cd_point { int x; };") end, "attempt to redefine 'cd_point'")
    assert.equals(8, ffi.sizeof("struct cd_point"))
  end)

  it("checks that it gets a text", function()
    for _, value in ipairs({ {}, true, 4, print }) do
      fails(function() ffi.cdef(value) end, "bad argument #1 to 'cdef'", "string expected, got " .. type(value))
    end
    fails(function() ffi.cdef() end, "bad argument #1 to 'cdef'", "string expected")
    fails(function() ffi.cdef(nil) end, "bad argument #1 to 'cdef'", "string expected")
  end)

  it("takes the text of a header", function()
    ffi.cdef([[
      #pragma pack(push, 1)
      struct cd_packed { char c; int i; } __attribute__((packed));
      #pragma pack(pop)
      extern int cd_function(struct cd_packed *restrict, const char *, ...) __attribute__((nonnull(1)));
      static inline int cd_inline(int x) { return x + 1; }
    ]])
    assert.equals(5, ffi.sizeof("struct cd_packed"))
  end)
end)

describe("a C type name", function()
  for _, row in ipairs({
    { "unsigned int", 4, 4 }, { "long double", 16, 16 }, { "struct cd_point", 8, 4 }, { "cd_point_t", 8, 4 },
    { "const cd_point_t", 8, 4 }, { "enum cd_colour", 4, 4 }, { "int[4]", 16, 4 }, { "cd_row", 12, 4 },
    { "int[2][3]", 24, 4 }, { "cd_point_t[5]", 40, 4 }, { "const char *", 8, 8 }, { "struct cd_point *", 8, 8 },
    { "struct cd_unknown *", 8, 8 }, { "void (*)(int)", 8, 8 }, { "unsigned long long", 8, 8 },
    { "signed char", 1, 1 }, { "_Bool", 1, 1 }, { "int64_t", 8, 8 }, { "cd_byte", 1, 1 }, { "double _Complex", 16, 8 },
  }) do
    it(row[1] .. " has its size and alignment", function()
      assert.equals(row[2], ffi.sizeof(row[1]))
      assert.equals(row[3], ffi.alignof(row[1]))
    end)
  end

  it("does not change what plain names mean", function()
    ffi.cdef("typedef char i32; typedef double usize;")
    assert.equals(4, ffi.sizeof("i32"))
    assert.equals(8, ffi.sizeof("usize"))
    local block = ffi.arena():alloc(8)
    block:write(0, "usize", 7)
    assert.equals(7, block:read(0, "u8"))
  end)

  it("that names nothing is unknown", function()
    for _, name in ipairs({ "cd_nothing", "struct cd_point x", "int[", "enum cd_nothing", "int(int)", "1" }) do
      fails(function() ffi.sizeof(name) end, "unknown type '" .. name .. "'")
    end
  end)

  it("follows what is declared later", function()
    local block = ffi.arena():alloc(16)
    block:write(0, "pointer", block)
    assert.equals("RawPointer", getmetatable(block:read(0, "struct cd_late *")))
    ffi.cdef("struct cd_late { int a; };")
    assert.equals("StructView", getmetatable(block:read(0, "struct cd_late *")))
  end)

  it("reads and writes memory", function()
    local block = ffi.arena():alloc(64)
    block:write(0, "unsigned short", 65535)
    assert.equals(65535, block:read(0, "unsigned short"))
    assert.equals(-1, block:read(0, "short int"))
    block:write(8, "enum cd_colour", 6)
    assert.equals(6, block:read(8, "enum cd_colour"))
    block:write(16, "cd_point_t", { x = 3, y = -4 })
    assert.equals(-4, block:read(16, "struct cd_point").y)
    block:write(32, "int[4]", { 1, 2, 3, 4 })
    local four = block:read(32, "int[4]")
    assert.equals(4, four[3])
    fails(function() block:write(32, "int[4]", { 1, 2, 3, 4, 5 }) end, "index 5 is out of bounds (count 4)")
    fails(function() return block:read(52, "int[4]") end, "out of bounds")
    fails(function() block:write(0, "unsigned short", 65536) end, "out of range")
  end)

  it("works for buffers, casts, arenas, pointers and refs", function()
    local buffer = ffi.buffer(32)
    buffer:write(0, "cd_byte", 200)
    assert.equals(200, buffer:read(0, "unsigned char"))
    local one = ffi.view(ffi.arena():allocType("cd_point_t"), "cd_point_t")
    one.y = 2
    assert.equals(2, one.y)
    local typed = ffi.cast(ffi.arena():alloc(16), "struct cd_point")
    assert.equals("StructView", getmetatable(typed))
    assert.equals("cd_point*", tostring(ffi.pointer("cd_point_t")))
    local lib = ffi.load(helper.fixture("numbers"), {
      divide = { args = { "int", "int", "ref int32_t", "ref int" }, ret = "_Bool" },
      slen = { args = { "const char *" }, ret = "unsigned long" },
      sum_i32 = { args = { "const int *", "size_t" }, ret = "long long" },
    })
    local ok, quotient, remainder = lib.divide(17, 5, 0, 0)
    assert.same({ true, 3, 2 }, { ok, quotient, remainder })
    assert.equals(5, lib.slen("hello"))
    local items = ffi.cast(ffi.arena():alloc(12), "int")
    items[0], items[1], items[2] = 1, 2, 3
    assert.equals(6, lib.sum_i32(items, 3))
  end)

  it("works for callbacks", function()
    local callback = ffi.callback(function(a, b) return a[0] - b[0] end, "int", { "const int *", "const int *" })
    local items = ffi.cast(ffi.arena():alloc(16), "int")
    for i, value in ipairs({ 4, 1, 3, 2 }) do
      items[i - 1] = value
    end
    local libc = ffi.load("libc.so.6", "void qsort(void *, size_t, size_t, int (*)(const void *, const void *));")
    libc.qsort(items, 4, 4, callback)
    assert.same({ 1, 2, 3, 4 }, { items[0], items[1], items[2], items[3] })
  end)
end)

describe("a struct declared in C", function()
  local Everything = ffi.struct("cd_everything")

  it("is a StructDefinition", function()
    assert.equals("StructDefinition", getmetatable(Everything))
    assert.equals(ffi.sizeof("cd_everything"), Everything.size)
    assert.equals(16, Everything.alignment)
    local Point = ffi.struct("struct cd_point")
    assert.equals("cd_point", Point.name)
    assert.same({ "x", "y" }, Point:fields())
    assert.equals(4, Point:offsetOf("y"))
    assert.equals("StructDefinition cd_point (size=8, alignment=4)\n  x: i32 @ 0\n  y: i32 @ 4", tostring(Point))
  end)

  it("has its bit-fields", function()
    local v = Everything:new({ low = 7, signed_part = -16, flag = true, wide = 2 ^ 40 - 1 })
    assert.same({ 7, -16, true }, { v.low, v.signed_part, v.flag })
    helper.is_integer(v.wide, "1099511627775")
    v.low = 2
    assert.same({ 2, -16, true }, { v.low, v.signed_part, v.flag })
    v.signed_part = 31
    assert.equals(-1, v.signed_part)
    fails(function() v.low = 8 end, "bad value for field 'low'", "out of range -4..7")
    fails(function() v.low = "x" end, "bad value for field 'low'")
    fails(function() Everything:new({ low = 9 }) end, "field 'low'", "out of range")
    assert.equals(2, v.low)
    fails(function() return v:fieldPtr("low") end, "a bit-field has no address")
  end)

  it("has its other members", function()
    local v = Everything:new({ fixed = 3, colour = 5, a = 1, b = 2, u = { f = 1 }, corners = { { x = 1, y = 2 } },
      grid = { { 1, 2, 3 }, { 4, 5, 6 } }, z = { 1.5, -1 } })
    assert.equals(3, v.fixed)
    fails(function() v.fixed = 4 end, "bad value for field 'fixed'", "const")
    assert.equals(5, v.colour)
    assert.is_nil(v.name)
    assert.same({ 1, 2 }, { v.a, v.b })
    v.b = -7
    assert.equals(-7, v.b)
    assert.equals(0x3f800000, v.u.bits)
    assert.equals(2, v.corners[0].y)
    assert.same({ 1, 6 }, { v.grid[0][0], v.grid[1][2] })
    v.grid[1][2] = 60
    assert.equals(60, v.grid[1][2])
    assert.same({ 1.5, -1 }, { v.z[0], v.z[1] })
    assert.is_nil(v.opaque)
    fails(function() return v.tail[16] end, "out of bounds")
    fails(function() return v.nothing end, "no field 'nothing'")
    local names = Everything:fields()
    assert.same({ "low", "a", "b" }, { names[1], names[#names - 1], names[#names] })
  end)

  it("reaches as far as the memory does when its last member has no length", function()
    ffi.cdef([[
      struct cd_flexible { int n; short tail[]; };
      struct cd_zero { int n; struct { int x, y; } tail[0]; };
      struct cd_around { int first; struct cd_flexible inner; };
      struct cd_rows { int n; int tail[][2]; };
      union cd_tails { int n; unsigned char tail[]; };
    ]])
    local block = ffi.arena():alloc(16)
    local flexible = ffi.cast(block, "struct cd_flexible")
    flexible.tail[5] = -3
    assert.same({ 4, -3, 6, -3 },
      { flexible.size, flexible.tail[5], flexible.tail.count, flexible:fieldPtr("tail"):read(10, "i16") })
    for _, index in ipairs({ -1, 6 }) do
      fails(function() flexible.tail[index] = 1 end, "index " .. index .. " is out of bounds (count 6)")
    end
    fails(function() flexible.tail = { 1 } end, "bad value for field 'tail'", "out of bounds (count 0)")

    local zero = ffi.view(block, "struct cd_zero")
    zero.tail[0] = { x = 7, y = 8 }
    assert.equals(8, zero.tail[0].y)
    fails(function() return zero.tail[1] end, "out of bounds (count 1)")
    local around = ffi.view(block, "struct cd_around")
    around.inner.tail[3] = 9
    assert.equals(9, around.inner.tail[3])
    fails(function() return around.inner.tail[4] end, "out of bounds (count 4)")
    local rows = ffi.view(block, "struct cd_rows")
    rows.tail[0][1] = 11
    assert.equals(11, rows.tail[0][1])
    fails(function() return rows.tail[1] end, "out of bounds (count 1)")
    assert.equals(16, ffi.view(block, "union cd_tails").tail.count)

    local own = ffi.struct("struct cd_flexible"):new()
    fails(function() return own.tail[0] end, "out of bounds (count 0)")
    own:pointTo(block)
    own.tail[5] = 21
    assert.equals(21, flexible.tail[5])
  end)

  it("follows pointers to itself", function()
    local Node = ffi.struct("struct cd_node")
    local first, second = Node:new({ value = 1 }), Node:new({ value = 2 })
    first.next = second
    assert.equals(2, first.next.value)
    assert.is_nil(second.next)
  end)

  it("is taken by name where a definition is", function()
    local block = ffi.arena():alloc(8)
    local view = ffi.view(block, "cd_point_t")
    view.x = 11
    assert.equals(11, ffi.cast(block, "i32")[0])
    fails(function() ffi.view(block, "int") end, "bad argument #2 to 'view'", "StructDefinition expected")
    fails(function() ffi.struct("int") end, "bad argument #1 to 'struct'")
    fails(function() ffi.struct("struct cd_nowhere") end, "unknown type 'struct cd_nowhere'")
  end)

  it("can be a field of a struct defined in Lua, and an array type, too", function()
    local Outer = ffi.struct({ { "p", "struct cd_point" }, { "row", "cd_row" }, { "many", "cd_point_t", 2 } })
    assert.equals(8 + 12 + 16, Outer.size)
    local v = Outer:new({ p = { x = 1, y = 2 }, row = { 7, 8, 9 } })
    assert.same({ 2, 9 }, { v.p.y, v.row[2] })
  end)
end)

describe("a library bound from C", function()
  local TEXT = [[
    typedef struct { double x, y; } cd_vector;
    enum { CD_LIMIT = 12, CD_LEAST = -3 };
    static const int CD_STEP = 5;
    static const unsigned long long CD_HUGE = 0xffffffffffffffffULL;
    extern int counter;
    extern double ratio;
    extern const char *title;
    extern int table[8];
    extern cd_vector origin;
    extern const int limit;
    extern unsigned long long huge;
    int get_counter(void);
    void set_counter(int v);
    int bump(void) __asm__("bump_counter");
    int sum_table(void);
    void reset_globals(void);
    const char *get_title(void);
    double origin_distance(void);
    int not_there(int);
    _Decimal64 unusable(_Decimal64) __asm__("get_counter");
  ]]
  local lib = ffi.load(helper.fixture("globals"), TEXT)

  before_each(function() lib.reset_globals() end)

  it("has its functions", function()
    assert.equals("SmartLibrary", getmetatable(lib))
    lib.set_counter(41)
    assert.equals(42, lib.bump())
    assert.equals("fixture globals", lib.get_title())
    assert.equals("i32 bump_counter()", ffi.signature(lib.bump))
    fails(function() lib.set_counter() end, "wrong number of arguments to 'set_counter'")
  end)

  it("has its constants", function()
    assert.same({ 12, -3, 5 }, { lib.CD_LIMIT, lib.CD_LEAST, lib.CD_STEP })
    helper.is_integer(lib.CD_HUGE, "18446744073709551615")
  end)

  it("has its variables, at each access", function()
    assert.equals(0, lib.counter)
    lib.counter = 7
    assert.equals(7, lib.get_counter())
    lib.set_counter(8)
    assert.equals(8, lib.counter)
    assert.equals(0.5, lib.ratio)
    assert.equals("fixture globals", lib.title)
    helper.is_integer(lib.huge, "18446744073709551615")
    fails(function() lib.counter = "x" end, "bad value for field 'counter'")
    fails(function() lib.counter = 2 ^ 40 end, "bad value for field 'counter'", "out of range")
    assert.equals(1000, lib.limit)
    fails(function() lib.limit = 1 end, "bad value for field 'limit'", "const")
  end)

  it("has arrays and structs as the memory they are", function()
    lib.table[0] = 100
    assert.equals(240, lib.sum_table())
    fails(function() return lib.table[8] end, "out of bounds")
    assert.equals(5, lib.origin_distance())
    lib.origin.x, lib.origin.y = 6, 8
    assert.equals(10, lib.origin_distance())
  end)

  it("assigns to arrays and structs as a whole", function()
    lib.table = { 1, 2, 3 }
    assert.equals(6, lib.sum_table())
    lib.table[7] = 4
    assert.equals(10, lib.sum_table())
    lib.origin = { x = 0, y = 9 }
    assert.equals(9, lib.origin_distance())
    lib.origin = ffi.struct("cd_vector"):new({ 3, 4 })
    assert.equals(5, lib.origin_distance())
    fails(function() lib.table = { 1, 2, 3, 4, 5, 6, 7, 8, 9 } end,
      "bad value for field 'table' (index 9 is out of bounds (count 8))")
    fails(function() lib.table = 5 end, "bad value for field 'table' (table expected, got number)")
    fails(function() lib.origin = { z = 1 } end, "bad value for field 'origin' (no field 'z')")
    assert.same({ 10, 5 }, { lib.sum_table(), lib.origin_distance() })
    local open = ffi.load(helper.fixture("globals"), "extern unsigned char flags[];")
    assert.equals(128, open.flags[0])
    fails(function() open.flags = { 1 } end, "bad value for field 'flags' (its length is not declared)")
  end)

  it("does not write to what is const", function()
    local const = ffi.load(helper.fixture("globals"), [[
      extern const int squares[4];
      extern const cd_vector corner;
      struct cd_segment { unsigned low : 3; cd_vector ends[2]; };
      extern const struct cd_segment piece;
    ]])
    assert.same({ 9, 2, 5, 3 }, { const.squares[3], const.corner.y, const.piece.low, const.piece.ends[1].x })
    local squares = const.squares
    for name, write in pairs({
      squares = function() const.squares = { 1 } end,
      corner = function() const.corner = { x = 1 } end,
      ["1"] = function() const.squares[1] = 2 end,
      ["0"] = function() (squares + 2)[0] = 2 end,
      x = function() const.corner.x = 2 end,
      low = function() const.piece.low = 2 end,
      y = function() const.piece.ends[1].y = 2 end,
    }) do
      for _ = 1, 3 do
        fails(write, "bad value for ", name, "(it is const)")
      end
    end
    for _, write in ipairs({
      function() ffi.fill(squares, 4, 0) end,
      function() ffi.copy(squares, "abcd", 4) end,
      function() ffi.write(squares, 0, "i32", 1) end,
      function() squares:toRaw():write(0, "i32", 1) end,
      function() squares:set(0, 1) end,
      function() ffi.cast(squares, "u8")[0] = 1 end,
      function() const.corner:fieldPtr("x"):write(0, "f64", 1) end,
      function() require("lunaffi.luajit").fill(squares, 4) end,
      function() require("lunaffi.luajit").copy(squares, "ab") end,
    }) do
      fails(write, "const")
    end
    assert.same({ 0, 1, 4, 9 }, { squares[0], squares[1], squares[2], squares[3] })
    local view = ffi.view(ffi.arena():alloc(16), "cd_vector")
    view:pointTo(const.corner)
    fails(function() view.x = 1 end, "const")
  end)

  it("says of what is missing, when it is used, why", function()
    fails(function() return lib.not_there end, "symbol 'not_there' not found in '" .. helper.fixture("globals") .. "'")
    fails(function() return lib.unusable end, "'unusable' cannot be used")
    assert.is_nil(lib.never_declared)
    fails(function() lib.never_declared = 1 end, "never_declared")
  end)

  it("has the methods of a library", function()
    assert.equals(helper.fixture("globals"), lib.path)
    assert.is_true(lib:hasSymbol("counter"))
  end)

  it("can be bound by the same text again", function()
    local other = ffi.load(helper.fixture("globals"), TEXT)
    other.set_counter(3)
    assert.equals(3, lib.counter)
  end)

  it("binds variadic functions", function()
    local libc = ffi.load("libc.so.6", "int snprintf(char *, size_t, const char *, ...);")
    local buffer = ffi.buffer(32)
    assert.equals(7, libc.snprintf(buffer, 32, "%d-%s", 42, "four"))
    assert.equals("42-four", ffi.string(buffer))
  end)

  it("passes structs by value", function()
    ffi.cdef("typedef struct { double x, y; } cd_pair;")
    local structs = ffi.load(helper.fixture("structs"), [[
      double sum_point(cd_pair);
      cd_pair make_point(double, double);
    ]])
    assert.equals(7, structs.sum_point(structs.make_point(3, 4)))
    assert.equals(3, structs.sum_point({ x = 1, y = 2 }))
  end)

  it("takes any member for a transparent union", function()
    local declared = ffi.load(helper.fixture("declared"), [[
      typedef union { const int *i; const double *d; } cd_either __attribute__((__transparent_union__));
      double dc_first(cd_either numbers, _Bool whole);
    ]])
    local arena = ffi.arena()
    local whole, fraction = arena:alloc(4), arena:alloc(8)
    whole:write(0, "i32", 42)
    fraction:write(0, "f64", 0.5)
    assert.equals(42, declared.dc_first(ffi.cast(whole, "const int *"), true))
    assert.equals(42, declared.dc_first(whole, true))
    assert.equals(0.5, declared.dc_first(fraction, false))
    assert.equals(0.5, declared.dc_first({ d = fraction }, false))
    fails(function() declared.dc_first("text", true) end, "bad argument #1 to 'dc_first'")
    fails(function() declared.dc_first(true, true) end, "bad argument #1 to 'dc_first'")
  end)

  it("closes, and its variables with it", function()
    local closing = ffi.load(helper.fixture("globals"), "extern int counter; int get_counter(void);")
    closing:close()
    fails(function() return closing.counter end, "library is closed")
    fails(function() closing.get_counter() end, "library is closed")
  end)

  it("raises for a text that is no C, and loads nothing", function()
    fails(function() ffi.load(helper.fixture("globals"), "int foo(") end,
      "bad argument #2 to 'load' (line 1, column 9: ")
    fails(function() ffi.load(helper.fixture("globals"), 5) end, "bad argument #2 to 'load'")
    fails(function() ffi.load("./no/such.so", "int cd_never(void);") end, "cannot load library")
  end)
end)
