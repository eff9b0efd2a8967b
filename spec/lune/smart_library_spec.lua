-- Libraries with an interface table: functions, constants, optional and renamed entries, bad entries.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local fails, collect = helper.fails, helper.collect
local NUMBERS = helper.fixture("numbers")

local function load(interface)
  return ffi.load(NUMBERS, interface)
end

local ADD = { args = { "i32", "i32" }, ret = "i32" }

describe("the functions of an interface", function()
  it("are called as plain functions", function()
    local lib = load({ add = ADD, fadd = { args = { "f64", "f64" }, ret = "f64" } })
    helper.is_integer(lib.add(10, 20), "30")
    assert.equals(2.5, lib.fadd(1.25, 1.25))
  end)

  it("may be those of the C library", function()
    local libc = ffi.load("libc.so.6", {
      abs = { args = { "int" }, ret = "int" },
      strlen = { args = { "string" }, ret = "size_t" },
      atoi = { args = { "string" }, ret = "int" },
      getpid = { args = {}, ret = "u32" },
      getppid = { ret = "u32" },
      usleep = { args = { "u32" }, ret = "void" },
      clock_gettime = { args = { "i32", "pointer" }, ret = "i32" },
    })
    helper.is_integer(libc.abs(-42), "42")
    helper.is_integer(libc.strlen("Hello World!"), "12")
    helper.is_integer(libc.atoi("12345"), "12345")
    -- The process id as the system tells it.
    local file = assert(io.open("/proc/self/stat"))
    assert.equals(file:read("*n"), libc.getpid())
    file:close()
    assert.is_true(libc.getppid() > 0)

    local Time = ffi.struct({ { "seconds", "clong" }, { "nanoseconds", "clong" } })
    local before, after = Time:new(), Time:new()
    local MONOTONIC = 1
    assert.equals(0, libc.clock_gettime(MONOTONIC, before))
    assert.is_nil((libc.usleep(20000)))
    assert.equals(0, libc.clock_gettime(MONOTONIC, after))
    local slept = (after.seconds - before.seconds) * 1e9 + after.nanoseconds - before.nanoseconds
    assert.is_true(slept >= 20e6)
  end)

  it("may be those of the mathematical library", function()
    local libm = ffi.load("libm.so.6", {
      sqrt = { args = { "f64" }, ret = "f64" },
      pow = { args = { "f64", "f64" }, ret = "f64" },
      cos = { args = { "f64" }, ret = "f64" },
      sin = { args = { "f64" }, ret = "f64" },
    })
    assert.same({ 12, 1024, 1, 0 }, { libm.sqrt(144), libm.pow(2, 10), libm.cos(0), libm.sin(0) })
  end)

  it("take nothing and return nothing by default", function()
    local lib = load({ noop = {}, noop_calls = { ret = "i32" }, noop_reset = {} })
    lib.noop_reset()
    local result = lib.noop()
    assert.is_nil(result)
    lib.noop()
    helper.is_integer(lib.noop_calls(), "2")
  end)

  it("may spell out that they take and return nothing", function()
    local lib = load({ noop = { args = {}, ret = "void" } })
    assert.is_nil((lib.noop()))
  end)

  it("are functions to Lua", function()
    assert.equals("function", type(load({ add = ADD }).add))
  end)

  it("are the same object on every access", function()
    local lib = load({ add = ADD })
    local first = lib.add
    assert.equals(first, lib.add)
    lib.add(1, 2)
    collect()
    assert.equals(first, lib.add)
  end)

  it("take every spelling of a type", function()
    for _, spelling in ipairs({ "i32", "int32", "int", ffi.types.int, ffi.ctypes.i32 }) do
      helper.is_integer(load({ add = { args = { spelling, "int" }, ret = spelling } }).add(-3, 1), "-2")
    end
  end)

  it("give pointers as RawPointers", function()
    local lib = load({ get_memory = { args = { "usize" }, ret = "pointer" }, release = { args = { "pointer" } } })
    local memory = lib.get_memory(4)
    assert.equals("RawPointer", getmetatable(memory))
    helper.is_integer(memory:read(0, "u32"), "2779096485") -- 0xA5A5A5A5
    lib.release(memory)
  end)

  it("can be very many", function()
    local interface, count = {}, 0
    for _, export in ipairs(ffi.open(NUMBERS):listExports()) do
      if export.kind == "function" then
        interface[export.name] = {}
        count = count + 1
      end
    end
    local lib = load(interface)
    local bound = 0
    for name in pairs(interface) do
      assert.equals("function", type(lib[name]))
      bound = bound + 1
    end
    assert.equals(count, bound)
    assert.equals(("SmartLibrary(%s, %d functions, 0 constants)"):format(NUMBERS, count), tostring(lib))
  end)

  it("are settled when the library is loaded, whatever becomes of the table", function()
    local args = { "i32", "i32" }
    local entry = { args = args, ret = "i32" }
    local interface = { add = entry }
    local lib = load(interface)
    args[1], args[3], entry.ret, interface.add = "f64", "f64", "f64", nil
    collect()
    helper.is_integer(lib.add(10, 20), "30")
  end)

  it("may share one signature table", function()
    local lib = load({ add = ADD, add_i32 = ADD, sub_i32 = ADD })
    helper.is_integer(lib.add(10, 20), "30")
    helper.is_integer(lib.add_i32(1, 2), "3")
    helper.is_integer(lib.sub_i32(1, 2), "-1")
  end)
end)

describe("the constants of an interface", function()
  for _, row in ipairs({
    { "an integer", 42 },
    { "zero", 0 },
    { "a negative integer", -7 },
    { "an unsigned 32-bit integer", 0xFFFFFFFF },
    { "a float", 2.5 },
    { "a string", "text" },
    { "an empty string", "" },
    { "a string with NULs", "a\0b" },
    { "true", true },
    { "false", false },
  }) do
    it("can be " .. row[1], function()
      local lib = load({ VALUE = row[2] })
      assert.equals(row[2], lib.VALUE)
      assert.equals(type(row[2]), type(lib.VALUE))
    end)
  end

  it("keep the subtype of a number", function()
    helper.is_integer(load({ VALUE = 4294967295 }).VALUE, "4294967295")
    assert.equals("2.5", tostring(load({ VALUE = 2.5 }).VALUE))
  end)

  it("stand beside functions and need no symbol", function()
    local lib = load({ add = ADD, no_such_symbol = 1 })
    assert.equals(1, lib.no_such_symbol)
    helper.is_integer(lib.add(lib.no_such_symbol, 2), "3")
  end)
end)

describe("entries of an interface", function()
  it("that are neither tables nor constants are ignored", function()
    local lib = load({ add = ADD, twice = print, noop = coroutine.create(function() end) })
    assert.is_nil(lib.twice)
    assert.is_nil(lib.noop)
    helper.is_integer(lib.add(1, 2), "3")
  end)

  it("with a missing symbol make the load raise and name it", function()
    fails(function() load({ add = ADD, missing_one = ADD }) end,
      "symbol 'missing_one' not found in '" .. NUMBERS .. "'")
  end)

  it("with a missing symbol raise although nobody calls them", function()
    fails(function() load({ missing_one = {} }) end, "missing_one")
    helper.is_integer(load({ add = ADD }).add(1, 2), "3")
  end)

  it("with optional may be missing, and read as nil then", function()
    local lib = load({ add = ADD, missing_one = { args = { "i32" }, optional = true } })
    assert.is_nil(lib.missing_one)
    helper.is_integer(lib.add(1, 2), "3")
    for name in pairs(lib) do
      assert.equals("add", name)
    end
    assert.equals("SmartLibrary(" .. NUMBERS .. ", 1 functions, 0 constants)", tostring(lib))
  end)

  it("with optional are bound when they are there", function()
    local lib = load({ add = { args = { "i32", "i32" }, ret = "i32", optional = true } })
    helper.is_integer(lib.add(1, 2), "3")
  end)

  it("with optional are checked all the same", function()
    fails(function() load({ missing_one = { args = { "foo" }, optional = true } }) end, "unknown type 'foo'")
  end)

  it("with a false optional must be there", function()
    fails(function() load({ missing_one = { optional = false } }) end, "missing_one")
  end)

  it("with a name bind that symbol under the key", function()
    local lib = load({ plus = { args = { "i32", "i32" }, ret = "i32", name = "add" }, add = { name = "noop" } })
    helper.is_integer(lib.plus(10, 20), "30")
    assert.is_nil((lib.add()))
  end)

  it("with a name that is missing raise and name the symbol", function()
    fails(function() load({ plus = { name = "missing_one" } }) end, "symbol 'missing_one' not found")
  end)

  for _, abi in ipairs({ "default", "cdecl", "sysv" }) do
    it("with the abi " .. abi .. " are called by it", function()
      local lib = load({ add = { args = { "i32", "i32" }, ret = "i32", abi = abi } })
      helper.is_integer(lib.add(10, 20), "30")
    end)
  end

  it("with the abi win64 are called by Microsoft's convention where the machine has it", function()
    local path = helper.fixture("extra_abi")
    local mixed = { "i32", "f64", "i64", "f32", "i32", "f64" }
    local lib = ffi.load(path, {
      has_win64 = { ret = "bool" },
      win64_add = { args = { "i32", "i32" }, ret = "i32", abi = "win64", optional = true },
      win64_mix = { args = mixed, ret = "f64", abi = "win64", optional = true },
    })
    assert.equals(lib.has_win64(), lib.win64_add ~= nil)
    if lib.win64_add then
      helper.is_integer(lib.win64_add(10, 20), "30")
      assert.equals(1 + 2 * 2.5 + 3 * 3 + 4 * 0.5 + 5 * -5 + 6 * 6.25, lib.win64_mix(1, 2.5, 3, 0.5, -5, 6.25))
    end
  end)
end)

describe("a bad entry of an interface makes the load raise:", function()
  for _, row in ipairs({
    { "an unknown argument type", { args = { "i32", "foo" } }, "unknown type 'foo'" },
    { "an unknown result type", { args = { "i32", "i32" }, ret = "foo" }, "unknown type 'foo'" },
    { "an argument that is no type", { args = { "i32", 5 } }, "type expected, got number" },
    { "a result that is no type", { ret = {} }, "type expected, got table" },
    { "a boolean as the result type", { ret = true }, "type expected, got boolean" },
    { "a void argument", { args = { "void" } }, "void" },
    { "a void argument among others", { args = { "i32", "void", "i32" } }, "void" },
    { "an argument list that is no table", { args = "i32" }, "expected, got string" },
    { "a number as the argument list", { args = 2 }, "expected, got number" },
    { "dots before the last argument", { args = { "i32", "...", "i32" } }, "..." },
    { "an unknown key", { arg = { "i32", "i32" } }, "'arg'" },
    { "another unknown key", { args = {}, returns = "i32" }, "'returns'" },
    { "an unknown abi", { abi = "pascal" }, "'pascal'" },
    { "an abi that is no string", { abi = 5 }, "expected, got number" },
    { "a symbol name that is no string", { name = {} }, "name" },
    { "a symbol name with an embedded NUL", { name = "add\0" }, "not found" },
  }) do
    it(row[1], function()
      fails(function() load({ add = row[2] }) end, "load", "add", row[3])
      helper.is_integer(load({ add = ADD }).add(1, 2), "3")
    end)
  end
end)

describe("a library with an interface", function()
  it("lists functions and constants, and nothing else, to pairs", function()
    local lib = load({ add = ADD, noop = {}, ANSWER = 42, OFF = false })
    local seen = {}
    for name, value in pairs(lib) do
      seen[name] = value
    end
    assert.same({ add = lib.add, noop = lib.noop, ANSWER = 42, OFF = false }, seen)
  end)

  it("may be empty", function()
    local lib = load({})
    assert.is_nil(next(lib))
    assert.equals(NUMBERS, lib.path)
    assert.equals("SmartLibrary(" .. NUMBERS .. ", 0 functions, 0 constants)", tostring(lib))
  end)

  it("shows its name and what it has as text", function()
    local lib = ffi.load("libm.so.6", {
      cos = { args = { "f64" }, ret = "f64" },
      sin = { args = { "f64" }, ret = "f64" },
      sqrt = { args = { "f64" }, ret = "f64" },
      PI = 3.141592653589793,
    })
    assert.equals("SmartLibrary(libm.so.6, 3 functions, 1 constants)", tostring(lib))
  end)

  it("hides its metatable behind the kind's name", function()
    assert.equals("SmartLibrary", getmetatable(load({})))
  end)

  it("reads undeclared names as nil", function()
    local lib = load({ add = ADD })
    assert.is_nil(lib.twice)
    assert.is_nil(lib[1])
    assert.is_nil(lib.nonsense)
  end)

  it("refuses assignment to undeclared names", function()
    local lib = load({ add = ADD })
    fails(function() lib.anything = 1 end, "anything")
    fails(function() lib.path = "other" end)
    fails(function() lib[1] = 1 end)
    assert.is_nil(lib.anything)
    assert.equals(NUMBERS, lib.path)
  end)

  it("raises for a library that cannot be loaded", function()
    fails(function() ffi.load("nolib.so", { add = ADD }) end, "cannot load library 'nolib.so'")
  end)
end)

describe("the methods of a library with an interface", function()
  local lib = load({ noop = {} })

  it("call, callInt, callIntArg, callDouble, callString and callVoid call", function()
    helper.is_integer(lib:call("add", "i32", { "i32", "i32" }, 10, 20), "30")
    helper.is_integer(lib:callInt("version_int"), "7")
    helper.is_integer(lib:callIntArg("twice", 21), "42")
    assert.equals(3.141592653589793, lib:callDouble("pi"))
    assert.equals("fixtures 1.0", lib:callString("version_string"))
    assert.is_nil((lib:callVoid("noop")))
  end)

  it("getSymbol gives RawPointers that callPtr calls", function()
    local symbol = lib:getSymbol("add")
    assert.equals("RawPointer", getmetatable(symbol))
    helper.is_integer(lib:callPtr(symbol, "i32", { "i32", "i32" }, 10, 20), "30")
  end)

  it("hasSymbol tells about declared and other symbols", function()
    assert.is_true(lib:hasSymbol("noop"))
    assert.is_true(lib:hasSymbol("weigh20"))
    assert.is_false(lib:hasSymbol("missing_one"))
  end)

  it("listExports lists more than was declared", function()
    local names = {}
    for _, entry in ipairs(lib:listExports()) do
      names[entry.name] = entry.kind
    end
    assert.equals("function", names.weigh20)
    assert.equals("function", names.noop)
  end)

  it("path is the name as given", function()
    assert.equals(NUMBERS, lib.path)
  end)

  it("close closes, more than once, and leaves path and text", function()
    local closed = load({ add = ADD, ANSWER = 42 })
    closed:close()
    closed:close()
    fails(function() closed.add(1, 2) end, "library is closed")
    fails(function() closed:call("add", "i32", { "i32", "i32" }, 1, 2) end, "library is closed")
    fails(function() closed:hasSymbol("add") end, "library is closed")
    assert.equals(NUMBERS, closed.path)
    assert.equals(42, closed.ANSWER)
    assert.equals("SmartLibrary(" .. NUMBERS .. ", 1 functions, 1 constants)", tostring(closed))
  end)
end)

describe("an interface entry named like a method", function()
  it("close binds the C library's close, and ffi.library.close closes", function()
    local libc = ffi.load("libc.so.6", { close = { args = { "i32" }, ret = "i32" } })
    helper.is_integer(libc.close(-1), "-1")
    helper.is_integer(ffi.errno(), "9")
    ffi.library.close(libc)
    fails(function() libc.close(-1) end, "library is closed")
  end)

  it("path is that entry, and ffi.library.path tells the path", function()
    local lib = load({ path = "a constant", add = ADD })
    assert.equals("a constant", lib.path)
    assert.equals(NUMBERS, ffi.library.path(lib))
  end)

  it("call is that entry, and ffi.library.call calls", function()
    local lib = load({ call = { args = { "i32", "i32" }, ret = "i32", name = "add" } })
    helper.is_integer(lib.call(10, 20), "30")
    helper.is_integer(ffi.library.call(lib, "twice", "i32", { "i32" }, 4), "8")
  end)

  for _, name in ipairs({
    "callPtr", "callInt", "callIntArg", "callDouble", "callString", "callVoid", "getSymbol", "hasSymbol", "listExports",
    "__index", "__newindex", "__gc", "__name", "__metatable", "__tostring", "__pairs", "__close",
  }) do
    it(name .. " is that entry", function()
      local lib = load({ [name] = { args = { "i32" }, ret = "i32", name = "twice" } })
      helper.is_integer(lib[name](21), "42")
      assert.equals("SmartLibrary(" .. NUMBERS .. ", 1 functions, 0 constants)", tostring(lib))
      assert.equals("SmartLibrary", getmetatable(lib))
      helper.is_integer(ffi.library.callInt(lib, "version_int"), "7")
      ffi.library.close(lib)
      fails(function() lib[name](21) end, "library is closed")
    end)
  end

  it("shows the hidden method only as ffi.library has it", function()
    local lib = load({ getSymbol = 1, hasSymbol = 2, listExports = 3 })
    assert.equals(1, lib.getSymbol)
    assert.is_true(ffi.library.hasSymbol(lib, "add"))
    assert.equals("RawPointer", getmetatable(ffi.library.getSymbol(lib, "add")))
    assert.equals("table", type(ffi.library.listExports(lib)))
  end)

  it("leaves ffi.library refusing what is no library", function()
    for _, name in ipairs({ "close", "path", "callInt", "hasSymbol", "listExports" }) do
      for _, value in ipairs({ 5, {}, "x", io.stdout, ffi.buffer(8), setmetatable({}, {}) }) do
        fails(function() ffi.library[name](value, "add") end, name, "Library expected")
      end
    end
  end)
end)

describe("ffi.signature", function()
  local lib = load({
    add = { args = { "int", "int32" }, ret = "i32" },
    plus = { args = { "f64", "double" }, ret = "double", name = "fadd" },
    noop = {},
    slen = { args = { "cstring" }, ret = "size_t" },
  })

  it("spells a bound function with canonical types", function()
    assert.equals("i32 add(i32, i32)", ffi.signature(lib.add))
    assert.equals("usize slen(string)", ffi.signature(lib.slen))
    assert.equals("void noop()", ffi.signature(lib.noop))
  end)

  it("gives the symbol of a renamed function", function()
    assert.equals("f64 fadd(f64, f64)", ffi.signature(lib.plus))
  end)

  it("shows the dots of a variadic function", function()
    local variadics = ffi.load(helper.fixture("variadics"), { sum_ints = { args = { "i32", "..." }, ret = "i32" } })
    assert.equals("i32 sum_ints(i32, ...)", ffi.signature(variadics.sum_ints))
  end)

  it("spells a callback", function()
    local cb = ffi.callback(function() end, "int", { "i32", "f64" })
    assert.matches("^i32 ?%(i32, f64%)$", ffi.signature(cb))
  end)

  it("works after close", function()
    local closed = load({ add = ADD })
    local add = closed.add
    closed:close()
    assert.equals("i32 add(i32, i32)", ffi.signature(add))
  end)

  for _, row in ipairs({
    { "a Lua function", function() end }, { "a C function of Lua's own", print }, { "a method", lib.call },
    { "a number", 5 }, { "a library", lib }, { "another userdata", io.stdout }, { "nil", nil },
  }) do
    it("refuses " .. row[1], function()
      fails(function() ffi.signature(row[2]) end, "bad argument #1 to 'signature'")
    end)
  end
end)
