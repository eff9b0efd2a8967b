-- Calls through lunaffi.luajit: what stock Lua adds to LuaJIT's own behaviour. (What is LuaJIT's own is in
-- the differential cases.)

local ffi = require("lunaffi.luajit")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local fails = helper.fails

ffi.cdef([[
  typedef struct { double x, y; } cs_point;
  typedef struct { int32_t i; float f; } cs_int_float;
  typedef union { double d; int64_t i; } cs_num64;
  typedef struct { int64_t a, b, c; } cs_triple;
  double sum_point(cs_point);
  cs_point make_point(double, double);
  cs_int_float make_int_float(int32_t, float);
  double sum_triple64(cs_triple);
  cs_triple make_triple64(int64_t, int64_t, int64_t);
  int add(int, int);
  int64_t add64(int64_t, int64_t);
  double fadd(double, double);
  size_t slen(const char *);
  bool not_bool(bool);
  void *null_pointer(void);
  bool divide(int, int, int *, int *);
  int sum20(int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int);
  int snprintf(char *, size_t, const char *, ...);
  int set_errno(int);
  typedef int cs_four __attribute__((vector_size(32)));
  cs_four cs_never(cs_four) __asm__("add");
  long double ldexpl(long double, int);
]])

local numbers = ffi.load(helper.fixture("numbers"))
local structs = ffi.load(helper.fixture("structs"))

describe("a function of a library", function()
  it("is cdata of a function type", function()
    assert.equals("cdata", ffi.type(numbers.add))
    assert.equals("ctype<int ()>", tostring(ffi.typeof(numbers.add)))
    assert.is_true(rawequal(numbers.add, numbers.add))
  end)

  it("takes what LuaJIT would wrap", function()
    assert.equals(2, numbers.add(2 ^ 32 + 1, 1))
    assert.equals(-2, numbers.add(4294967295, -1))
    assert.equals(3, numbers.add(1.9, 2.9))
    assert.equals(0, numbers.add(-0.0, 0))
    assert.equals("9007199254740993LL", tostring(numbers.add64(2 ^ 53, 1)))
    assert.equals(2, numbers.add(true, ffi.new("int64_t", 1)))
  end)

  it("takes and gives structs by value", function()
    local p = structs.make_point(3, 4)
    assert.equals("cdata", ffi.type(p))
    assert.equals(7, structs.sum_point(p))
    assert.equals(3, structs.sum_point({ 1, 2 }))
    assert.equals(30, structs.sum_point({ x = 10, y = 20 }))
    local mixed = structs.make_int_float(7, 0.5)
    assert.same({ 7, 0.5 }, { mixed.i, mixed.f })
    assert.equals(6, structs.sum_triple64(structs.make_triple64(1, 2, 3)))
    fails(function() local _ = structs.sum_point(structs.make_int_float(1, 2)) end, "bad argument #1", "cannot convert")
  end)

  it("takes more arguments than there are registers", function()
    local ones = {}
    for i = 1, 20 do
      ones[i] = i
    end
    assert.equals(210, numbers.sum20(helper.unpack(ones)))
    fails(function() numbers.sum20(1, 2, 3) end, "wrong number of arguments for function call")
  end)

  it("fills what it is pointed to", function()
    local quotient, remainder = ffi.new("int[1]"), ffi.new("int[1]")
    assert.is_true(numbers.divide(17, 5, quotient, remainder))
    assert.same({ 3, 2 }, { quotient[0], remainder[0] })
  end)

  it("names itself in errors, and nothing is lost", function()
    for _ = 1, 3 do
      fails(function() numbers.add("1", 2) end, "bad argument #1 to 'add' (cannot convert 'string' to 'int')")
      fails(function() numbers.add(1) end, "wrong number of arguments for function call")
    end
    assert.equals(3, numbers.add(1, 2))
  end)

  it("is known by its declaration where its caller has no name for it", function()
    ffi.cdef("int cs_renamed(int) __asm__(\"add\"); int cs_other_name(int, int) __asm__(\"add\");")
    local list = { numbers.add, numbers.snprintf }
    for name, call in pairs({
      add = function() numbers.add({}, 1) end,
      cs_other_name = function() return numbers.cs_other_name({}, 1) end,
    }) do
      fails(call, "bad argument #1 to '" .. name .. "' (cannot convert 'table' to 'int')")
    end
    for _, call in ipairs({
      function() error(select(2, pcall(numbers.add, {}, 1)), 0) end,
      function() list[1]({}, 1) end,
      function() local name = "add" numbers[name]({}, 1) end,
    }) do
      local _, message = pcall(call)
      assert.truthy(message:find("bad argument #1 to 'add' (cannot convert 'table' to 'int')", 1, true), message)
    end
    local _, message = pcall(numbers.snprintf, 1)
    assert.truthy(message:find("wrong number of arguments", 1, true) or message:find("'snprintf'", 1, true), message)
    _, message = pcall(ffi.cast("int (*)(int)", numbers.add), {})
    assert.truthy(message:find("bad argument #1 to 'int (*)()' (cannot convert 'table' to 'int')", 1, true), message)
  end)

  it("takes any member for a transparent union", function()
    ffi.cdef([[
      typedef union { const int32_t *i; const double *d; } cs_either __attribute__((__transparent_union__));
      union __attribute__((transparent_union)) cs_tagged { const int32_t *i; const double *d; };
      double dc_first(cs_either numbers, bool whole);
      double cs_first_tagged(union cs_tagged numbers, bool whole) __asm__("dc_first");
      typedef union { const int32_t *i; char c; } cs_uneven __attribute__((__transparent_union__));
      double cs_first_uneven(cs_uneven numbers, bool whole) __asm__("dc_first");
    ]])
    local declared = ffi.load(helper.fixture("declared"))
    local whole, double = ffi.new("int32_t[1]", 42), ffi.new("double[1]", 0.5)
    for _, name in ipairs({ "dc_first", "cs_first_tagged" }) do
      local first = declared[name]
      assert.same({ 42, 0.5 }, { first(whole, true), first(double, false) })
      assert.equals(42, first(ffi.cast("const int32_t *", whole), true))
      assert.equals(0.5, first({ d = double }, false))
      fails(function() first(ffi.new("float[1]"), true) end, "bad argument #1 to 'first'", "cannot convert 'float [1]'")
      fails(function() first(5, true) end, "cannot convert 'number' to 'union ")
    end
    assert.equals(42, declared.dc_first(ffi.new("cs_either", { i = whole }), true))
    -- As with gcc: members of another size make it a plain union, and nothing but an argument is any of them.
    fails(function() declared.cs_first_uneven(whole, true) end, "cannot convert 'int [1]' to 'union ")
    assert.equals(42, declared.cs_first_uneven({ whole }, true))
    fails(function() ffi.new("struct { cs_either e; }").e = whole end, "cannot convert 'int [1]' to 'union ")
  end)

  it("gives a NULL that is cdata", function()
    local p = numbers.null_pointer()
    assert.equals("cdata", ffi.type(p))
    assert.is_true(ffi.isnull(p))
    assert.is_true(p == ffi.nullptr)
  end)

  it("whose values cannot be passed can be looked at, and says so when it is called", function()
    local f = numbers.cs_never
    assert.equals("cdata", ffi.type(f))
    fails(function() f(1) end, "NYI: cannot call this C function (yet)")
  end)

  it("takes and gives long doubles", function()
    assert.equals(12, ffi.load("m").ldexpl(1.5, 3))
  end)

  it("works from a coroutine", function()
    local results = {}
    local co = coroutine.wrap(function()
      for i = 1, 3 do
        coroutine.yield(numbers.add(i, 10))
      end
    end)
    for i = 1, 3 do
      results[i] = co()
    end
    assert.same({ 11, 12, 13 }, results)
  end)
end)

describe("a function pointer", function()
  it("is called like a function", function()
    local f = ffi.cast("int (*)(int, int)", numbers.add)
    assert.equals(5, f(2, 3))
    fails(function() f(2) end, "wrong number of arguments for function call")
    local holder = ffi.new("struct { int (*f)(int, int); double (*g)(double, double); }", { numbers.add, numbers.fadd })
    assert.equals(9, holder.f(4, 5))
    assert.equals(4.5, holder.g(2, 2.5))
    local array = ffi.new("int (*[2])(int, int)", numbers.add)
    assert.equals(7, array[1](3, 4))
  end)

  it("that is NULL is not called", function()
    fails(function() ffi.cast("int (*)(int)", 0)(1) end, "null pointer")
    fails(function() ffi.new("struct { void (*f)(void); }").f() end, "null pointer")
  end)

  it("that is NULL is called by its type where it has no name", function()
    local slots = ffi.new("struct { int (*list[3])(int); int (*one)(int); }")
    fails(function() slots.list[2](1) end, "cannot call 'int (*)()' (null pointer)")
    fails(function() slots.one(1) end, "cannot call 'one' (null pointer)")
  end)

  it("of another type is no function", function()
    fails(function() ffi.new("int *")() end, "'int' is not callable")
    fails(function() ffi.new("int[2]")() end, "'int [2]' is not callable")
    fails(function() ffi.new("int", 4)(1, 2) end, "'int' is not callable")
  end)
end)

describe("a variadic call", function()
  local buffer = ffi.new("char[64]")
  local function format(...)
    numbers.snprintf(buffer, 64, ...)
    return ffi.string(buffer)
  end

  after_each(function()
    ffi.varargs("numbers")
    ffi.varargs("pointers")
  end)

  it("prints, and returns the number of characters", function()
    local output, status = interpreter.run("-e", [[
      local ffi = require("lunaffi.luajit")
      ffi.cdef("int printf(const char *format, ...); int fflush(void *stream);")
      local count = ffi.C.printf("Hello %s!", "world")
      ffi.C.fflush(nil)
      io.stdout:write("\n", tostring(count), "\n")
    ]])
    assert.equals("Hello world!\n12\n", output)
    assert.equals(0, status)
  end)

  it("gets numbers as doubles, of either subtype", function()
    assert.equals("1 2.5 -7", format("%g %g %g", 1, 2.5, -7))
  end)

  it("gets wrapped numbers as what they are", function()
    local int, byte, huge = ffi.new("int", 42), ffi.new("int8_t", -1), ffi.u64("18446744073709551615")
    assert.equals("42 -1 18446744073709551615", format("%d %d %llu", int, byte, huge))
  end)

  it("gets strings, nil, booleans, arrays, structs and functions", function()
    assert.equals("text (nil) 1 chars", format("%s %p %d %s", "text", nil, true, ffi.new("char[6]", "chars")))
    fails(function() format("%d", {}) end, "bad argument #4 to 'snprintf' (cannot convert 'table' to 'void *')")
    fails(function() format("%d", print) end, "bad argument #4", "cannot convert 'function' to 'void *'")
  end)

  it("gets integers as integers when that is asked for", function()
    assert.same({ "numbers", "pointers" }, { ffi.varargs() })
    if helper.can("integer subtype") then
      assert.same({ "integers", "pointers" }, { ffi.varargs("integers") })
      assert.equals("42 1099511627776 0.5", format("%d %lld %g", 42, math.tointeger(2 ^ 40), 0.5))
    else
      fails(function() ffi.varargs("integers") end,
        "bad argument #1 to 'varargs' ('integers' needs Lua 5.3 or later: this Lua has floats only)")
    end
    assert.same({ "numbers", "pointers" }, { ffi.varargs("numbers") })
    assert.equals("42", format("%g", 42))
    fails(function() ffi.varargs("nothing") end, "bad argument #1 to 'varargs'")
  end)

  it("gets structs by value when that is asked for", function()
    local one = ffi.new("struct { double v; }", 2.5)
    assert.same({ "numbers", "structs" }, { ffi.varargs("structs") })
    assert.equals("2.5 3", format("%g %g", one, 3))
    assert.same({ "numbers", "pointers" }, { ffi.varargs("pointers") })
  end)
end)

describe("ffi.errno", function()
  it("keeps what the last call left, whatever Lua does meanwhile", function()
    numbers.set_errno(33)
    io.open("/no/such/file")
    assert.equals(33, ffi.errno())
    assert.equals(33, ffi.errno(5))
    assert.equals(5, ffi.errno())
    assert.equals(5, require("lunaffi").errno())
  end)
end)
