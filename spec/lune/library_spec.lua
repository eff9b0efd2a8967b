-- Libraries as objects: opening by every kind of name, symbols, export lists, closing, unloading.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local fails, collect = helper.fails, helper.collect
local NUMBERS = helper.fixture("numbers")
local GLOBALS = helper.fixture("globals")

-- Calls fn(path, counter, unloads) with a copy of the library whose unloading can be seen. A copy of
-- its own, so that no handle from elsewhere keeps it loaded. The counters live as long as the specs:
-- the library's destructor writes to them whenever it runs.
local counters = {}

local function content_of(path)
  local file = assert(io.open(path, "rb"))
  local content = file:read("*a")
  file:close()
  return content
end

local function with_closable(fn)
  local counter = ffi.buffer(4)
  counters[#counters + 1] = counter
  helper.with_tempfile(content_of(helper.fixture("libclosable")), function(path)
    fn(path, counter, function() return counter:read(0, "i32") end)
  end)
end

local CLOSABLE = {
  watch = { args = { "pointer" } },
  closable_answer = { ret = "i32" },
  closable_counter = { ret = "i32" },
  call_and_return = { args = { "pointer", "i32" }, ret = "i32" },
}

-- What every method of an open library can be asked for.
local METHODS = {
  call = function(lib) lib:call("add", "i32", { "i32", "i32" }, 1, 2) end,
  callPtr = function(lib, symbol) lib:callPtr(symbol, "i32", { "i32", "i32" }, 1, 2) end,
  callInt = function(lib) lib:callInt("version_int") end,
  callIntArg = function(lib) lib:callIntArg("twice", 4) end,
  callDouble = function(lib) lib:callDouble("pi") end,
  callString = function(lib) lib:callString("version_string") end,
  callVoid = function(lib) lib:callVoid("noop") end,
  getSymbol = function(lib) lib:getSymbol("add") end,
  hasSymbol = function(lib) lib:hasSymbol("add") end,
  listExports = function(lib) lib:listExports() end,
}

local METHOD_NAMES = {}
for name in pairs(METHODS) do
  METHOD_NAMES[#METHOD_NAMES + 1] = name
end
table.sort(METHOD_NAMES)

for _, open in ipairs({ "load", "open" }) do
  describe("ffi." .. open, function()
    it("opens a file whose name has a slash", function()
      local lib = ffi[open](NUMBERS)
      helper.is_integer(lib:call("add", "i32", { "i32", "i32" }, 10, 20), "30")
    end)

    it("finds a bare name where the system's loader looks", function()
      assert.equals(1, ffi[open]("libm.so.6"):call("cos", "f64", { "f64" }, 0))
    end)

    it("takes the empty name for what the process already has", function()
      local process = ffi[open]("")
      helper.is_integer(process:call("abs", "i32", { "i32" }, -42), "42")
      assert.is_true(process:hasSymbol("malloc"))
      assert.is_false(process:hasSymbol("no_such_symbol_here"))
    end)

    it("opens the same file twice as two libraries, and closing one leaves the other", function()
      local one, two = ffi[open](NUMBERS), ffi[open](NUMBERS)
      assert.are_not.equal(one, two)
      one:close()
      helper.is_integer(two:callInt("version_int"), "7")
    end)

    it("names the file and gives the loader's text when there is no such library", function()
      fails(function() ffi[open]("nolib.so") end,
        "cannot load library 'nolib.so': ", "cannot open shared object file")
      fails(function() ffi[open]("./build/c_tests/missing.so") end, "cannot load library './build/c_tests/missing.so'")
    end)

    it("refuses a directory", function()
      fails(function() ffi[open]("./spec") end, "cannot load library './spec'")
    end)

    it("refuses a text file", function()
      helper.with_tempfile("this is text, and not a library\n", function(path)
        fails(function() ffi[open](path) end, "cannot load library '" .. path .. "'")
      end)
    end)

    it("refuses an empty file and one that only begins like a library", function()
      for _, content in ipairs({ "", "\127ELF", "\127ELF\2\1\1\0" .. ("\0"):rep(200) }) do
        helper.with_tempfile(content, function(path)
          fails(function() ffi[open](path) end, "cannot load library '" .. path .. "'")
        end)
      end
    end)

    it("refuses a very long name", function()
      fails(function() ffi[open]("./" .. ("x"):rep(100000)) end, "cannot load library './xxx")
    end)

    it("refuses a name with an embedded NUL instead of cutting it there", function()
      fails(function() ffi[open](NUMBERS .. "\0.bak") end, "cannot load library", "embedded NUL")
    end)

    for _, row in ipairs({ { "nil", nil }, { "number", 42 }, { "table", {} }, { "boolean", true } }) do
      it("refuses a " .. row[1] .. " as the name", function()
        fails(function() ffi[open](row[2]) end,
          "bad argument #1 to '" .. open .. "'", "string expected", "got " .. row[1])
      end)
    end

    it("refuses a missing name", function()
      fails(function() ffi[open]() end, "bad argument #1 to '" .. open .. "'", "string expected")
    end)

    it("follows a linker script to the library that it names", function()
      local script = "/* GNU ld script */\nOUTPUT_FORMAT(elf64-x86-64)\nGROUP ( libm.so.6 AS_NEEDED ( libc.so.6 ) )\n"
      helper.with_tempfile(script, function(path)
        local lib = ffi[open](path)
        assert.equals(12, lib:call("sqrt", "f64", { "f64" }, 144))
        assert.equals(path, lib.path)
      end)
    end)

    it("refuses a linker script that names itself or nothing that exists", function()
      helper.with_tempfile("", function(path)
        for _, target in ipairs({ path, "./build/c_tests/missing.so" }) do
          local file = assert(io.open(path, "w"))
          file:write("GROUP ( " .. target .. " )\n")
          file:close()
          fails(function() ffi[open](path) end, "cannot load library '" .. path .. "'")
        end
      end)
    end)

    it("still opens libraries after failures", function()
      for _ = 1, 200 do
        pcall(ffi[open], "./build/c_tests/missing.so")
      end
      helper.is_integer(ffi[open](NUMBERS):callInt("version_int"), "7")
    end)
  end)
end

describe("the second argument of ffi.load", function()
  for _, value in ipairs({ 42, true, print }) do
    it("cannot be a " .. type(value), function()
      fails(function() ffi.load(NUMBERS, value) end,
        "bad argument #2 to 'load'", "table", "expected, got " .. type(value))
    end)
  end

  it("may be C text", function()
    assert.equals(5, ffi.load(NUMBERS, "int add(int, int);").add(2, 3))
    fails(function() ffi.load(NUMBERS, "int add(int, nonsense);") end, "nonsense")
  end)

  it("may be nil", function()
    assert.equals("Library", getmetatable(ffi.load(NUMBERS, nil)))
  end)
end)

describe("a library", function()
  it("keeps its name as given", function()
    assert.equals(NUMBERS, ffi.load(NUMBERS).path)
    assert.equals("libm.so.6", ffi.open("libm.so.6").path)
    assert.equals("", ffi.open("").path)
  end)

  it("shows kind and name as text", function()
    assert.equals("Library(libm.so.6)", tostring(ffi.open("libm.so.6")))
    assert.equals("Library(" .. NUMBERS .. ")", tostring(ffi.load(NUMBERS)))
  end)

  it("hides its metatable behind the kind's name", function()
    assert.equals("Library", getmetatable(ffi.open(NUMBERS)))
  end)

  it("reads unknown keys as nil", function()
    local lib = ffi.open(NUMBERS)
    assert.is_nil(lib.nonsense)
    assert.is_nil(lib.add)
    assert.is_nil(lib.__gc)
    assert.is_nil(lib[1])
  end)

  it("refuses assignment", function()
    local lib = ffi.open(NUMBERS)
    fails(function() lib.path = "other" end)
    fails(function() lib.anything = 1 end)
    assert.equals(NUMBERS, lib.path)
    assert.is_nil(lib.anything)
  end)

  for _, name in ipairs(METHOD_NAMES) do
    it("has a method " .. name .. " that names itself when self is wrong", function()
      local method = ffi.open(NUMBERS)[name]
      assert.equals("function", type(method))
      fails(function() method(5, "add") end, "calling '" .. name .. "' on bad self", "Library expected", "got number")
      fails(function() method(io.stdout, "add") end, "calling '" .. name .. "' on bad self", "Library expected")
    end)
  end

  it("has all its methods in ffi.library as well", function()
    local lib = ffi.open(NUMBERS)
    for _, name in ipairs(METHOD_NAMES) do
      assert.equals("function", type(ffi.library[name]))
    end
    helper.is_integer(ffi.library.call(lib, "add", "i32", { "i32", "i32" }, 2, 3), "5")
    assert.equals(NUMBERS, ffi.library.path(lib))
    ffi.library.close(lib)
    fails(function() lib:callInt("version_int") end, "library is closed")
  end)
end)

describe("ffi.C", function()
  it("is a library", function()
    assert.equals("Library", getmetatable(ffi.C))
  end)

  it("calls what the process already has", function()
    helper.is_integer(ffi.C:call("abs", "i32", { "i32" }, -42), "42")
    helper.is_integer(ffi.C:call("atoi", "i32", { "string" }, "12345"), "12345")
    helper.is_integer(ffi.C:call("strlen", "usize", { "string" }, "twelve chars"), "12")
  end)

  it("has the C library's symbols and no others", function()
    assert.is_true(ffi.C:hasSymbol("malloc"))
    assert.is_false(ffi.C:hasSymbol("no_such_symbol_here"))
    assert.is_false(ffi.C:hasSymbol("weigh20"))
  end)

  it("is the same object each time", function()
    assert.equals(ffi.C, ffi.C)
  end)
end)

describe("getSymbol", function()
  it("gives a RawPointer from ffi.load", function()
    local symbol = ffi.load(NUMBERS):getSymbol("add")
    assert.equals("RawPointer", getmetatable(symbol))
    assert.is_false(symbol.isNull)
    assert.is_false(symbol.isManaged)
  end)

  it("gives a lightuserdata from ffi.open", function()
    local symbol = ffi.open(NUMBERS):getSymbol("add")
    assert.equals("userdata", type(symbol))
    assert.is_nil(getmetatable(symbol))
    assert.is_false(ffi.isNull(symbol))
  end)

  it("gives what callPtr calls", function()
    for _, open in ipairs({ ffi.load, ffi.open }) do
      local lib = open(NUMBERS)
      helper.is_integer(lib:callPtr(lib:getSymbol("add"), "i32", { "i32", "i32" }, 10, 20), "30")
    end
  end)

  it("reaches variables", function()
    local lib = ffi.load(GLOBALS)
    helper.is_integer(lib:getSymbol("limit"):read(0, "i32"), "1000")
    helper.is_integer(lib:getSymbol("huge"):read(0, "u64"), "18446744073709551615")
    assert.equals("fixture globals", lib:getSymbol("title"):read(0, "string"))
    helper.is_integer(ffi.cast(lib:getSymbol("table"), "i32")[7], "49")
  end)

  it("writes variables that C then sees", function()
    local lib = ffi.load(GLOBALS)
    lib:getSymbol("counter"):write(0, "i32", 77)
    helper.is_integer(lib:callInt("get_counter"), "77")
    helper.is_integer(lib:callInt("bump_counter"), "78")
    helper.is_integer(lib:getSymbol("counter_pointer"):read(0, "pointer"):read(0, "i32"), "78")
    lib:callVoid("reset_globals")
  end)

  it("gives the legacy reading of a variable through cast", function()
    local lib = ffi.open(GLOBALS)
    helper.is_integer(ffi.cast(lib:getSymbol("limit"), "i32"), "1000")
  end)

  it("names symbol and library when there is none", function()
    local lib = ffi.load(NUMBERS)
    fails(function() lib:getSymbol("nope") end, "symbol 'nope' not found in '" .. NUMBERS .. "'")
    fails(function() lib:getSymbol("") end, "not found")
    helper.is_integer(lib:callInt("version_int"), "7")
  end)

  it("finds weak functions, and neither hidden nor static ones", function()
    local lib = ffi.load(GLOBALS)
    helper.is_integer(lib:callPtr(lib:getSymbol("weak_answer"), "i32", {}), "42")
    fails(function() lib:getSymbol("hidden_answer") end, "symbol 'hidden_answer' not found")
    fails(function() lib:getSymbol("static_answer") end, "symbol 'static_answer' not found")
  end)

  it("refuses a name with an embedded NUL instead of finding what stands before it", function()
    fails(function() ffi.load(NUMBERS):getSymbol("add\0junk") end, "'getSymbol'", "not found")
  end)

  for _, row in ipairs({ { "nil", nil }, { "number", 1 }, { "table", {} }, { "boolean", false } }) do
    it("refuses a " .. row[1] .. " as the name", function()
      fails(function() ffi.load(NUMBERS):getSymbol(row[2]) end,
        "bad argument #1 to 'getSymbol'", "string expected", "got " .. row[1])
    end)
  end
end)

describe("hasSymbol", function()
  it("is true for functions, variables and weak symbols", function()
    local lib = ffi.open(GLOBALS)
    assert.is_true(lib:hasSymbol("get_counter"))
    assert.is_true(lib:hasSymbol("counter"))
    assert.is_true(lib:hasSymbol("weak_answer"))
  end)

  it("is false for absent, hidden, static and empty names", function()
    local lib = ffi.open(GLOBALS)
    for _, name in ipairs({ "nope", "hidden_answer", "static_answer", "", ("x"):rep(100000) }) do
      assert.is_false(lib:hasSymbol(name))
    end
  end)

  it("is not deceived by an embedded NUL", function()
    local ok, found = pcall(function() return (ffi.open(GLOBALS):hasSymbol("get_counter\0junk")) end)
    assert.is_false(ok and found)
  end)

  it("refuses what is not a string", function()
    fails(function() ffi.open(GLOBALS):hasSymbol(nil) end, "bad argument #1 to 'hasSymbol'", "string expected")
    fails(function() ffi.open(GLOBALS):hasSymbol({}) end, "bad argument #1 to 'hasSymbol'", "got table")
  end)
end)

describe("listExports", function()
  local function exports_of(lib)
    local by_name, count = {}, 0
    for _, entry in ipairs(lib:listExports()) do
      assert.is_nil(by_name[entry.name], "listed twice: " .. tostring(entry.name))
      by_name[entry.name] = entry
      count = count + 1
    end
    return by_name, count
  end

  it("lists functions with name, kind and weakness", function()
    local exports = exports_of(ffi.load(GLOBALS))
    assert.same({ name = "get_counter", kind = "function", weak = false }, exports.get_counter)
    assert.same({ name = "weak_answer", kind = "function", weak = true }, exports.weak_answer)
  end)

  it("lists variables", function()
    local exports = exports_of(ffi.load(GLOBALS))
    for _, name in ipairs({ "counter", "ratio", "title", "table", "origin", "limit", "huge", "handler" }) do
      assert.same({ name = name, kind = "data", weak = false }, exports[name])
    end
  end)

  it("lists nothing that is imported, hidden or static", function()
    local globals, numbers = exports_of(ffi.load(GLOBALS)), exports_of(ffi.load(NUMBERS))
    assert.is_nil(globals.hidden_answer)
    assert.is_nil(globals.static_answer)
    for _, name in ipairs({ "malloc", "free", "strlen", "strcmp", "memset", "nanosleep", "__cxa_finalize", "" }) do
      assert.is_nil(numbers[name])
    end
  end)

  it("lists only what getSymbol finds", function()
    local lib = ffi.load(NUMBERS)
    local exports, count = exports_of(lib)
    assert.is_true(count > 150)
    for name in pairs(exports) do
      assert.is_true(lib:hasSymbol(name), name)
    end
  end)

  it("works for a library that the loader searched", function()
    local exports, count = exports_of(ffi.open("libm.so.6"))
    assert.is_true(count > 100)
    assert.equals("function", exports.cos.kind)
    assert.equals("function", exports.sqrt.kind)
  end)

  it("reads a file that was replaced since, or refuses it", function()
    with_closable(function(path)
      local lib = ffi.load(path)
      os.remove(path)
      for _, content in ipairs({ "", "\127ELF\2\1\1\0" .. ("\255"):rep(4000), "text" }) do
        os.remove(path)
        local file = assert(io.open(path, "wb"))
        file:write(content)
        file:close()
        local ok, result = pcall(function() return (lib:listExports()) end)
        if ok then
          assert.equals("table", type(result))
        else
          assert.matches("^.-%.lua:%d+: ", result)
        end
        helper.is_integer(lib:callInt("closable_answer"), "42")
      end
    end)
  end)
end)

describe("close", function()
  it("returns nothing and may be repeated", function()
    local lib = ffi.open(NUMBERS)
    assert.equals(0, select("#", lib:close()))
    assert.equals(0, select("#", lib:close()))
  end)

  it("leaves path and text readable", function()
    local lib = ffi.open(NUMBERS)
    lib:close()
    assert.equals(NUMBERS, lib.path)
    assert.equals("Library(" .. NUMBERS .. ")", tostring(lib))
  end)

  for _, open in ipairs({ "load", "open" }) do
    for _, name in ipairs(METHOD_NAMES) do
      it("makes " .. name .. " of a library from ffi." .. open .. " raise", function()
        local lib, other = ffi[open](NUMBERS), ffi[open](NUMBERS)
        local symbol = other:getSymbol("add")
        METHODS[name](lib, symbol)
        lib:close()
        fails(function() METHODS[name](lib, symbol) end, "library is closed")
        METHODS[name](other, symbol)
      end)
    end
  end

  it("makes functions bound to the library raise", function()
    local lib = ffi.load(NUMBERS, { add = { args = { "i32", "i32" }, ret = "i32" }, noop = {} })
    local add, noop = lib.add, lib.noop
    helper.is_integer(add(1, 2), "3")
    lib:close()
    fails(function() add(1, 2) end, "library is closed")
    fails(function() noop() end, "library is closed")
    fails(function() lib.add(1, 2) end, "library is closed")
  end)

  it("makes pointers from getSymbol raise, wherever they are used", function()
    local lib, other = ffi.load(GLOBALS), ffi.load(GLOBALS)
    local limit, answer = lib:getSymbol("limit"), lib:getSymbol("weak_answer")
    local moved, typed = limit + 0, ffi.cast(limit, "i32")
    lib:close()
    fails(function() limit:read(0, "i32") end, "library is closed")
    fails(function() moved:read(0, "i32") end, "library is closed")
    fails(function() return typed[0] end, "library is closed")
    fails(function() ffi.read(limit, 0, "i32") end, "library is closed")
    fails(function() ffi.string(limit, 4) end, "library is closed")
    fails(function() other:callPtr(answer, "i32", {}) end, "library is closed")
    helper.is_integer(other:callInt("weak_answer"), "42")
  end)

  it("unloads the library at once", function()
    with_closable(function(path, counter, unloads)
      local lib = ffi.open(path)
      lib:call("watch", "void", { "pointer" }, counter)
      helper.is_integer(lib:callInt("closable_answer"), "42")
      assert.equals(0, unloads())
      lib:close()
      assert.equals(1, unloads())
      lib:close()
      assert.equals(1, unloads())
    end)
  end)

  it("unloads a library although functions and symbols of it are still held", function()
    with_closable(function(path, counter, unloads)
      local lib = ffi.load(path, CLOSABLE)
      local answer, value = lib.closable_answer, lib:getSymbol("closable_value")
      lib.watch(counter)
      helper.is_integer(answer(), "42")
      lib:close()
      assert.equals(1, unloads())
      fails(function() answer() end, "library is closed")
      fails(function() value:read(0, "i32") end, "library is closed")
    end)
  end)

  it("leaves a library loaded while another handle of it is open", function()
    with_closable(function(path, counter, unloads)
      local one, two = ffi.load(path), ffi.load(path, CLOSABLE)
      two.watch(counter)
      one:close()
      assert.equals(0, unloads())
      helper.is_integer(two.closable_answer(), "42")
      two:close()
      assert.equals(1, unloads())
    end)
  end)

  it("loads a library anew after it was unloaded", function()
    with_closable(function(path, counter, unloads)
      for round = 1, 3 do
        local lib = ffi.load(path, CLOSABLE)
        lib.watch(counter)
        helper.is_integer(lib.closable_counter(), "1")
        helper.is_integer(lib.closable_counter(), "2")
        lib:close()
        assert.equals(round, unloads())
      end
    end)
  end)

  for _, row in ipairs({
    { "the method call", function(lib, cb)
      return (lib:call("call_and_return", "i32", { "pointer", "i32" }, cb, 5))
    end },
    { "callPtr", function(lib, cb)
      return (lib:callPtr(lib:getSymbol("call_and_return"), "i32", { "pointer", "i32" }, cb, 5))
    end },
  }) do
    it("waits for a running call of " .. row[1] .. " that closes the library in its callback", function()
      with_closable(function(path, counter, unloads)
        local lib = ffi.load(path)
        lib:call("watch", "void", { "pointer" }, counter)
        local during
        local cb = ffi.callback(function(x)
          lib:close()
          collect()
          during = unloads()
          return x * 10
        end, "i32", { "i32" })
        helper.is_integer(row[2](lib, cb), "51")
        assert.equals(0, during)
        assert.equals(1, unloads())
        fails(function() lib:callInt("closable_answer") end, "library is closed")
      end)
    end)
  end

  it("waits for a running call of a bound function that closes the library in its callback", function()
    with_closable(function(path, counter, unloads)
      local lib = ffi.load(path, CLOSABLE)
      lib.watch(counter)
      local during, refused
      local cb = ffi.callback(function(x)
        lib:close()
        refused = not pcall(lib.closable_answer)
        lib = nil
        collect()
        during = unloads()
        return x * 10
      end, "i32", { "i32" })
      helper.is_integer(lib.call_and_return(cb, 5), "51")
      assert.equals(0, during)
      assert.is_true(refused)
      collect()
      assert.equals(1, unloads())
    end)
  end)

  it("waits for the outermost of nested calls", function()
    with_closable(function(path, counter, unloads)
      local lib = ffi.load(path, CLOSABLE)
      lib.watch(counter)
      local seen = {}
      local depth = 0
      local cb
      cb = ffi.callback(function(x)
        depth = depth + 1
        if depth == 3 then
          lib:close()
          seen[#seen + 1] = unloads()
          return 100
        end
        local result = lib.call_and_return(cb, x)
        seen[#seen + 1] = unloads()
        return result
      end, "i32", { "i32" })
      helper.is_integer(lib.call_and_return(cb, 0), "103")
      assert.same({ 0, 0, 0 }, seen)
      assert.equals(1, unloads())
    end)
  end)

  it("unloads after a call whose callback closes the library and then raises", function()
    with_closable(function(path, counter, unloads)
      local lib = ffi.load(path, CLOSABLE)
      lib.watch(counter)
      local cb = ffi.callback(function()
        lib:close()
        error("closed and failed", 0)
      end, "i32", { "i32" })
      local ok, message = pcall(lib.call_and_return, cb, 1)
      assert.is_false(ok)
      assert.equals("closed and failed", message)
      assert.equals(1, unloads())
    end)
  end)

  local Point = ffi.struct({ { "x", "f64" }, { "y", "f64" } })
  for name, row in pairs({
    i32 = { "call_i32", "i32", 1 }, f64 = { "call_f64", "f64", 1 }, string = { "call_string", "string", "text" },
    pointer = { "call_pointer", "pointer", nil }, ["a struct"] = { "call_point", Point, { 1, 2 } },
  }) do
    it("unloads after callbacks that failed in calls with " .. name .. " as the result", function()
      helper.with_tempfile(content_of(helper.fixture("callbacks")), function(path)
        helper.with_tempfile("", function(log)
          local lib = ffi.load(path)
          -- writes to the log when the library is unloaded
          lib:call("call_at_unload", "void", { "pointer", "i32", "string" }, lib:getSymbol("add_one"), 5, log)
          local cb = ffi.callback(function() error("fails", 0) end, row[2], { row[2] })
          for _, handle in ipairs({ lib, ffi.open(path) }) do
            local ok, message = pcall(handle.call, handle, row[1], row[2], { "pointer", row[2] }, cb, row[3])
            assert.is_false(ok)
            assert.equals("fails", message)
            assert.equals("", content_of(log))
            handle:close()
          end
          assert.equals("unload 6\n", content_of(log))
        end)
      end)
    end)
  end

  it("closes while a call runs in another coroutine", function()
    with_closable(function(path, counter, unloads)
      local lib = ffi.load(path, CLOSABLE)
      lib.watch(counter)
      local cb = ffi.callback(function(x)
        coroutine.wrap(function() lib:close() end)()
        return x
      end, "i32", { "i32" })
      local result = coroutine.wrap(function() return (lib.call_and_return(cb, 8)) end)()
      helper.is_integer(result, "9")
      assert.equals(1, unloads())
    end)
  end)
end)

describe("a library that is not closed", function()
  it("is unloaded when nothing refers to it any more", function()
    with_closable(function(path, counter, unloads)
      local lib = ffi.load(path, CLOSABLE)
      lib.watch(counter)
      collect()
      assert.equals(0, unloads())
      lib = nil -- luacheck: ignore 311
      collect()
      assert.equals(1, unloads())
    end)
  end)

  it("stays loaded while a function bound to it is held", function()
    with_closable(function(path, counter, unloads)
      local lib = ffi.load(path, CLOSABLE)
      lib.watch(counter)
      local answer = lib.closable_answer
      lib = nil -- luacheck: ignore 311
      collect()
      assert.equals(0, unloads())
      helper.is_integer(answer(), "42")
      answer = nil -- luacheck: ignore 311
      collect()
      assert.equals(1, unloads())
    end)
  end)

  it("stays loaded while a pointer from getSymbol is held, or what was made of it", function()
    with_closable(function(path, counter, unloads)
      local lib = ffi.load(path)
      lib:call("watch", "void", { "pointer" }, counter)
      local value = ffi.cast(lib:getSymbol("closable_value"), "i32")
      lib = nil -- luacheck: ignore 311
      collect()
      assert.equals(0, unloads())
      helper.is_integer(value[0], "5")
      value = nil -- luacheck: ignore 311
      collect()
      assert.equals(1, unloads())
    end)
  end)

  it("stays loaded after it gave a symbol as a bare lightuserdata", function()
    with_closable(function(path)
      local lib = ffi.open(path)
      local answer = lib:getSymbol("closable_answer")
      lib = nil -- luacheck: ignore 311
      collect()
      helper.is_integer(ffi.open(NUMBERS):callPtr(answer, "i32", {}), "42")
    end)
  end)

  it("stays loaded while a call of it runs whose callback drops the last reference", function()
    with_closable(function(path, counter, unloads)
      local holder = { ffi.load(path, CLOSABLE) }
      holder[1].watch(counter)
      local during
      local cb = ffi.callback(function(x)
        holder[1] = nil
        collect()
        during = unloads()
        return x
      end, "i32", { "i32" })
      helper.is_integer(holder[1].call_and_return(cb, 5), "6")
      assert.equals(0, during)
      collect()
      assert.equals(1, unloads())
    end)
  end)

  it("stays loaded while a method of it runs whose callback drops the last reference", function()
    with_closable(function(path, counter, unloads)
      local holder = { ffi.open(path) }
      holder[1]:call("watch", "void", { "pointer" }, counter)
      local during
      local cb = ffi.callback(function(x)
        holder[1] = nil
        collect()
        during = unloads()
        return x
      end, "i32", { "i32" })
      helper.is_integer(holder[1]:call("call_and_return", "i32", { "pointer", "i32" }, cb, 5), "6")
      assert.equals(0, during)
      collect()
      assert.equals(1, unloads())
    end)
  end)
end)

describe("a program that opens a library", function()
  it("calls with numbers and a buffer, and closes", function()
    local lib = ffi.open(NUMBERS)
    assert.equals("30", tostring(lib:call("add", "i32", { "i32", "i32" }, 10, 20)))

    local types = { "i32", "f64", "f64" }
    for operation, result in pairs({ [0] = 13, [1] = 8, [2] = 26.25, [3] = 4.2, [9] = 0 }) do
      assert.equals(result, lib:call("calculate", "f64", types, operation, 10.5, 2.5))
      assert.equals(result, lib:callDouble("calculate", types, operation, 10.5, 2.5))
    end

    local buffer = ffi.buffer(16)
    for i = 0, 3 do
      buffer:write(i * 4, "i32", i + 1)
    end
    lib:call("process_buffer", "void", { "pointer", "i32" }, buffer.ptr, 4)
    local shown = {}
    for i = 0, 3 do
      shown[i + 1] = tostring(buffer:read(i * 4, "i32"))
    end
    assert.equals("2,4,6,8", table.concat(shown, ","))

    lib:close()
    fails(function() lib:call("add", "i32", { "i32", "i32" }, 1, 2) end, "library is closed")
    assert.equals(NUMBERS, lib.path)
    assert.equals(8, buffer:read(12, "i32"))
  end)
end)
