-- ffi.C, ffi.load and ffi.cdef of lunaffi.luajit.

local ffi = require("lunaffi.luajit")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local fails = helper.fails

ffi.cdef([[
  enum { NS_LIMIT = 12 };
  static const int NS_STEP = -5;
  static const unsigned long long NS_HUGE = 0xffffffffffffffffULL;
  extern int counter;
  extern double ratio;
  extern const char *title;
  extern int table[8];
  extern struct { double x, y; } origin;
  extern const int limit;
  extern uint64_t huge;
  extern int (*handler)(int);
  extern bool ready;
  int get_counter(void);
  int ns_bump(void) __asm__("bump" "_counter");
  int call_handler(int);
  int sum_table(void);
  double origin_distance(void);
  void reset_globals(void);
  typedef int ns_type;
  int ns_nowhere(void);
  extern int ns_no_variable;
]])
local lib = ffi.load(helper.fixture("globals"))

describe("a namespace", function()
  before_each(function() lib.reset_globals() end)

  it("is a userdata that hides its metatable", function()
    for _, namespace in ipairs({ ffi.C, lib }) do
      assert.equals("userdata", type(namespace))
      assert.equals("ffi", getmetatable(namespace))
    end
    assert.is_true(rawequal(ffi.C, ffi.C))
  end)

  it("has functions, by the symbol that their declaration names", function()
    assert.equals(0, lib.get_counter())
    assert.equals(1, lib.ns_bump())
    assert.equals(1, lib.get_counter())
  end)

  it("has constants, and any namespace has them", function()
    for _, namespace in ipairs({ ffi.C, lib }) do
      assert.same({ 12, -5 }, { namespace.NS_LIMIT, namespace.NS_STEP })
      assert.equals("18446744073709551615ULL", tostring(namespace.NS_HUGE))
      fails(function() namespace.NS_LIMIT = 1 end, "attempt to write to constant location")
    end
  end)

  it("reads and writes variables", function()
    lib.counter = 41
    assert.equals(42, lib.ns_bump())
    assert.equals(42, lib.counter)
    assert.equals(0.5, lib.ratio)
    assert.equals("fixture globals", ffi.string(lib.title))
    assert.equals("18446744073709551615ULL", tostring(lib.huge))
    lib.huge = 5
    assert.equals("5ULL", tostring(lib.huge))
    lib.ready = true
    assert.is_true(lib.ready)
    lib.counter = 3.9
    assert.equals(3, lib.counter)
    fails(function() lib.counter = "x" end, "cannot convert 'string' to 'int'")
    fails(function() lib.counter = nil end, "cannot convert 'nil' to 'int'")
    assert.equals(3, lib.counter)
  end)

  it("gives arrays and structs as references", function()
    lib.table[0] = 100
    assert.equals(240, lib.sum_table())
    lib.table = { 1, 1 }
    assert.equals(2, lib.sum_table())
    lib.origin.x, lib.origin.y = 6, 8
    assert.equals(10, lib.origin_distance())
    lib.origin = { 0, 5 }
    assert.equals(5, lib.origin_distance())
    assert.equals(16, ffi.sizeof(lib.origin))
  end)

  it("takes a Lua function for a variable that points to one", function()
    assert.equals(-1, lib.call_handler(4))
    lib.handler = function(x) return x * 2 end
    assert.equals(8, lib.call_handler(4))
    assert.equals(6, lib.handler(3))
    lib.handler:free()
    lib.handler = nil
    assert.equals(-1, lib.call_handler(4))
  end)

  it("does not write to what is constant", function()
    fails(function() lib.limit = 1 end, "attempt to write to constant location")
    fails(function() lib.get_counter = print end, "attempt to write to constant location")
    assert.equals(1000, lib.limit)
  end)

  it("says what is not declared, and what is not there", function()
    for _ = 1, 2 do
      fails(function() local _ = lib.ns_unheard_of end, "missing declaration for symbol 'ns_unheard_of'")
      fails(function() lib.ns_unheard_of = 1 end, "missing declaration for symbol 'ns_unheard_of'")
      fails(function() local _ = lib.ns_type end, "missing declaration for symbol 'ns_type'")
      fails(function() local _ = lib.ns_nowhere end, helper.fixture("globals") .. ": undefined symbol: ns_nowhere")
      fails(function() lib.ns_no_variable = 1 end, "undefined symbol: ns_no_variable")
      fails(function() local _ = ffi.C.ns_nowhere end, "undefined symbol: ns_nowhere")
    end
    fails(function() local _ = lib[1] end, "bad argument #2 to '__index' (string expected, got number)")
    fails(function() lib[{}] = 1 end, "bad argument #2 to '__newindex' (string expected, got table)")
  end)

  it("sees what is declared after it was loaded", function()
    fails(function() local _ = lib.get_ratio end, "missing declaration")
    ffi.cdef("double get_ratio(void);")
    assert.equals(0.5, lib.get_ratio())
  end)

  it("keeps its library while something of it is used", function()
    local function variable()
      return ffi.load(helper.fixture("globals")).origin
    end
    local origin = variable()
    helper.collect()
    assert.equals(3, origin.x)
  end)
end)

describe("ffi.load", function()
  it("completes a name as LuaJIT does", function()
    ffi.cdef("double cos(double); unsigned long crc32(unsigned long, const char *, unsigned int);")
    assert.equals(1, ffi.load("m").cos(0))
    assert.equals(1, ffi.load("libm.so.6").cos(0))
    fails(function() ffi.load("ns_none") end, "libns_none.so: cannot open shared object file")
    fails(function() ffi.load("./ns_none") end, "./ns_none: cannot open shared object file")
    fails(function() ffi.load("ns_none.so") end, "libns_none.so: cannot open")
    fails(function() ffi.load() end, "bad argument #1 to 'load' (string expected, got no value)")
    fails(function() ffi.load({}) end, "bad argument #1 to 'load' (string expected, got table)")
    fails(function() ffi.load("a\0b") end, "NUL")
  end)

  it("follows a linker script", function()
    ffi.cdef("int abs(int);")
    assert.equals(3, ffi.load("c").abs(-3))
  end)

  it("finds a library by its bare name where the system looks", function()
    local folder = os.tmpname()
    os.remove(folder)
    local program = [[
      local ffi = require("lunaffi.luajit")
      ffi.cdef("int add(int x, int y);")
      print(ffi.load("lunaffi_own").add(1, 2))
      print((pcall(function() return ffi.C.add end)))
      ffi.load("lunaffi_own", true)
      print(ffi.C.add(1, 2))
    ]]
    local suffix = _VERSION ~= "Lua 5.1" and "_" .. _VERSION:match("%d+%.%d+"):gsub("%.", "_") or ""
    local output = interpreter.shell(table.concat({
      ("mkdir %s"):format(folder),
      ('ln -s "$PWD/%s" %s/liblunaffi_own.so'):format(helper.fixture("numbers"), folder),
      ("LD_LIBRARY_PATH=%s LUA_CPATH%s=%s %s -e %s"):format(folder, suffix, interpreter.quote(package.cpath),
        interpreter.quote(interpreter.command), interpreter.quote(program)),
    }, " && "))
    interpreter.shell("rm -r " .. folder)
    assert.equals("3\nfalse\n3\n", output)
  end)

  it("makes a library global when asked", function()
    ffi.cdef("int add(int, int);")
    fails(function() local _ = ffi.C.add end, "undefined symbol: add")
    local numbers = ffi.load(helper.fixture("numbers"), true)
    assert.equals(3, ffi.C.add(1, 2))
    assert.equals(3, numbers.add(1, 2))
  end)
end)

describe("ffi.cdef", function()
  it("declares all or nothing", function()
    fails(function() ffi.cdef("typedef int ns_half; struct ns_tag { int a; }; oops") end,
      "declaration specifier expected near 'oops'")
    fails(function() ffi.sizeof("ns_half") end, "declaration specifier expected near 'ns_half'")
    fails(function() ffi.sizeof("struct ns_tag") end, "undeclared or implicit tag 'ns_tag'")
  end)

  it("puts values in the place of $", function()
    ffi.cdef("struct $ { $ a[$]; };", "ns_named", ffi.typeof("short"), 3)
    assert.equals(6, ffi.sizeof("struct ns_named"))
    fails(function() ffi.cdef("int $;") end, "wrong number of type parameters")
    fails(function() ffi.cdef("int ns_x;", 3) end, "wrong number of type parameters")
    fails(function() ffi.cdef("int $;", {}) end, "bad argument #2 to 'cdef'")
    assert.equals(12, ffi.sizeof(ffi.typeof("$[3]", ffi.typeof("int"))))
  end)

  it("tells the line", function()
    fails(function() ffi.cdef("int a1;\nint b1\nint c1;") end, "at line 3")
  end)
end)
