-- Loading: names and paths, the default library, the table of what is loaded, symbols, unloading.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")
local support = require("spec.support.alien")

local fails, collect = helper.fails, helper.collect
local NUMBERS = helper.fixture("numbers")
local CLOSABLE = helper.fixture("libclosable")

-- package.cpath with full paths, for programs that run in another folder.
local root = interpreter.shell("pwd"):match("^[^\n]+")
local cpath = package.cpath:gsub("^%./", root .. "/"):gsub(";%./", ";" .. root .. "/")

-- Runs a program in a new folder that has the fixture of structs as libfoo.so.
local function run_beside_libfoo(source, environment)
  local folder = os.tmpname()
  os.remove(folder)
  local output, status = interpreter.shell(table.concat({
    "mkdir " .. folder,
    "cp " .. helper.fixture("structs") .. " " .. folder .. "/libfoo.so",
    "cd " .. folder,
    ("env -u LUA_CPATH_5_2 -u LUA_CPATH_5_3 -u LUA_CPATH_5_4 %s LUA_CPATH=%s %s -e %s"):format(
      (environment or ""):gsub("FOLDER", folder), interpreter.quote(cpath),
      interpreter.quote(interpreter.command), interpreter.quote(source)),
  }, " && "))
  interpreter.shell("rm -rf " .. folder)
  return output, status
end

describe("alien.load", function()
  for _, name in ipairs({ "c", "m", "z", "pthread", "dl" }) do
    it("finds lib" .. name .. " by its bare name", function()
      local lib = alien.load(name)
      assert.equals("userdata", type(lib))
      assert.matches("^alien library .*lib" .. name .. "%.so", tostring(lib))
    end)
  end

  it("loads what it found, so its functions can be called", function()
    local fabs = alien.load("m").fabs
    fabs:types("double", "double")
    assert.equals(2.5, fabs(-2.5))
    local version = alien.load("z").zlibVersion
    version:types("string")
    assert.matches("^%d+%.%d+", version())
  end)

  it("gives a name with .so in it to the loader as it is", function()
    assert.equals("alien library libm.so.6", tostring(alien.load("libm.so.6")))
  end)

  it("loads the same library by its bare name and by its file name", function()
    for _, name in ipairs({ "m", "libm.so.6" }) do
      local sqrt = alien.load(name).sqrt
      sqrt:types("double", "double")
      assert.equals(1.5, sqrt(2.25))
    end
  end)

  it("gives a name with a slash to the loader as it is", function()
    assert.equals("alien library " .. NUMBERS, tostring(alien.load(NUMBERS)))
  end)

  it("finds lib<name>.so in the current folder", function()
    local output, status = run_beside_libfoo([[
      local alien = require("lunaffi.alien")
      local foo = alien.load("foo")
      foo.live_foos:types("int")
      print(tostring(foo), foo.live_foos())
    ]])
    assert.equals("alien library ./libfoo.so\t0\n", output)
    assert.equals(0, status)
  end)

  it("finds lib<name>.so where the loader looks before the current folder", function()
    local output = run_beside_libfoo([[
      local alien = require("lunaffi.alien")
      print(tostring(alien.load("foo")))
    ]], "LD_LIBRARY_PATH=FOLDER")
    assert.equals("alien library libfoo.so\n", output)
  end)

  it("gives the same object for the same name while it is alive", function()
    local lib = alien.load(NUMBERS)
    assert.is_true(rawequal(lib, alien.load(NUMBERS)))
    assert.is_true(rawequal(alien.load("m"), alien.load("m")))
  end)

  it("raises that a bare name is not found, naming it", function()
    fails(function() alien.load("no_such_library_at_all") end, "no_such_library_at_all", "not found")
  end)

  it("raises with the loader's own words for a path", function()
    fails(function() alien.load("./no/such/library.so") end, "./no/such/library.so", "No such file")
  end)

  it("raises for a file that is no library", function()
    fails(function() alien.load("./Makefile") end, "Makefile")
  end)

  it("raises the same again at the second try", function()
    local first = fails(function() alien.load("no_such_library_at_all") end)
    local second = fails(function() alien.load("no_such_library_at_all") end)
    assert.equals(first:match("^.-:%d+: (.*)"), second:match("^.-:%d+: (.*)"))
  end)

  for _, row in ipairs({ { "nil", nil }, { "table", {} }, { "boolean", true }, { "function", print } }) do
    it("refuses a " .. row[1] .. " as the name", function()
      fails(function() alien.load(row[2]) end, "bad argument #1 to 'load'", "string expected, got " .. row[1])
    end)
  end

  it("refuses a name with a NUL in it", function()
    fails(function() alien.load("m\0evil") end, "NUL")
  end)

  it("refuses the empty name", function()
    fails(function() alien.load("") end)
  end)
end)

describe("a name is never a command:", function()
  for _, name in ipairs({
    "x; touch MARK;", "$(touch MARK)", "`touch MARK`", "x | touch MARK", "x\ntouch MARK\n", "'; touch MARK; '",
    '"; touch MARK; "', "../x; touch MARK", "x && touch MARK #",
  }) do
    it(("%q"):format(name), function()
      local mark = os.tmpname()
      os.remove(mark)
      fails(function() alien.load((name:gsub("MARK", mark))) end)
      fails(function() return alien[(name:gsub("MARK", mark))], 1 end)
      local made = io.open(mark)
      if made then
        made:close()
        os.remove(mark)
      end
      assert.is_nil(made)
    end)
  end
end)

describe("alien.default", function()
  it("is the process itself", function()
    assert.equals("alien library default", tostring(alien.default))
    local strlen = alien.default.strlen
    strlen:types("size_t", "string")
    helper.is_integer(strlen("12345"), "5")
  end)

  it("is one object", function()
    assert.is_true(rawequal(alien.default, alien.default))
  end)

  it("raises for a symbol that is not there", function()
    fails(function() return alien.default.no_such_symbol, 1 end, "no_such_symbol")
  end)
end)

describe("alien.<name>", function()
  it("is the library of that name", function()
    assert.is_true(rawequal(alien.m, alien.load("m")))
    local sqrt = alien.m.sqrt
    sqrt:types("double", "double")
    assert.equals(3, sqrt(9))
  end)

  it("works for names that need brackets", function()
    assert.is_true(rawequal(alien[NUMBERS], alien.load(NUMBERS)))
  end)

  it("never hides an exported name", function()
    for _, name in ipairs({ "buffer", "array", "callback", "struct", "load", "default", "loaded", "tag", "table" }) do
      assert.are_not.equal("alien library", tostring(alien[name]):sub(1, 13) .. (name == "default" and "!" or ""))
    end
    assert.equals("function", type(alien.load))
    assert.equals("function", type(alien.table))
    assert.equals("function", type(alien.struct.pack))
  end)

  it("is looked for by load also where the module has an entry of that name", function()
    fails(function() alien.load("buffer") end, "buffer", "not found")
  end)

  it("raises when there is no such library", function()
    fails(function() return alien.no_such_library_at_all, 1 end, "no_such_library_at_all", "not found")
  end)

  it("is not stored in the module's table", function()
    local _ = alien.m
    assert.is_nil(rawget(alien, "m"))
  end)
end)

describe("alien.loaded", function()
  it("has what was loaded, by the name it was loaded by", function()
    local lib = alien.load(NUMBERS)
    assert.is_true(rawequal(lib, alien.loaded[NUMBERS]))
    assert.is_true(rawequal(lib, rawget(alien.loaded, NUMBERS)))
  end)

  it("loads what is not there yet", function()
    alien.loaded.m = nil
    assert.is_nil(rawget(alien.loaded, "m"))
    local lib = alien.loaded.m
    assert.matches("^alien library .*libm%.so", tostring(lib))
    assert.is_true(rawequal(lib, alien.load("m")))
  end)

  it("forgets a library when nil is written there", function()
    local lib = alien.load(NUMBERS)
    alien.loaded[NUMBERS] = nil
    local again = alien.load(NUMBERS)
    assert.is_false(rawequal(lib, again))
    assert.equals(tostring(lib), tostring(again))
  end)

  it("raises when there is no such library, and remembers nothing", function()
    fails(function() return alien.loaded.no_such_library_at_all, 1 end, "no_such_library_at_all")
    assert.is_nil(rawget(alien.loaded, "no_such_library_at_all"))
  end)

  it("keeps nothing alive", function()
    local path = "./build/c_tests/../c_tests/globals.so"
    local lib = alien.load(path)
    assert.is_true(rawequal(lib, rawget(alien.loaded, path)))
    lib = nil -- luacheck: ignore 311
    collect()
    assert.is_nil(rawget(alien.loaded, path))
  end)
end)

describe("a library object", function()
  it("gives the same function for the same name, so types last", function()
    local lib = alien.load(NUMBERS)
    lib.add:types("int", "int", "int")
    assert.is_true(rawequal(lib.add, lib.add))
    helper.is_integer(lib.add(2, 3), "5")
  end)

  it("does not share functions with another library", function()
    local libc = alien.load("c")
    assert.is_false(rawequal(alien.default.strlen, libc.strlen))
    libc.strlen:types("size_t", "string")
    alien.default.strlen:types("uint", "string")
    helper.is_integer(libc.strlen("abc"), "3")
  end)

  it("raises for a missing symbol, naming it and the library", function()
    fails(function() return support.numbers.no_such_function, 1 end, "no_such_function", "numbers.so")
  end)

  it("has nothing but symbols", function()
    for _, key in ipairs({ 1, true, 2.5 }) do
      fails(function() return support.numbers[key], 1 end)
    end
    fails(function() return support.numbers["add\0x"], 1 end)
    fails(function() support.numbers.add = print end)
    fails(function() support.numbers.new = 5 end)
  end)

  it("keeps its metatable to itself", function()
    assert.are_not.equal("table", type(getmetatable(support.numbers)))
    assert.is_false(pcall(setmetatable, support.numbers, {}))
  end)
end)

describe("an unused library", function()
  local counter = alien.buffer(4)

  local function watched()
    local lib = alien.load(CLOSABLE)
    lib.watch:types("void", "pointer")
    lib.watch(counter)
    return lib
  end

  before_each(function()
    collect()
    counter:set(1, 0, "int")
  end)

  it("is unloaded when it is collected", function()
    local lib = watched()
    assert.equals(0, counter:get(1, "int"))
    assert.matches("libclosable", tostring(lib))
    lib = nil -- luacheck: ignore 311
    collect()
    assert.equals(1, counter:get(1, "int"))
  end)

  it("stays while one of its functions is there", function()
    local answer = watched().closable_answer
    answer:types("int")
    collect()
    assert.equals(0, counter:get(1, "int"))
    helper.is_integer(answer(), "42")
    answer = nil -- luacheck: ignore 311
    collect()
    assert.equals(1, counter:get(1, "int"))
  end)

  it("stays for a function when the table of libraries forgot it", function()
    local answer = watched().closable_answer
    answer:types("int")
    alien.loaded[CLOSABLE] = nil
    collect()
    helper.is_integer(answer(), "42")
    assert.equals(0, counter:get(1, "int"))
  end)

  it("is loaded anew after that", function()
    watched()
    collect()
    assert.equals(1, counter:get(1, "int"))
    local lib = watched()
    lib.closable_answer:types("int")
    helper.is_integer(lib.closable_answer(), "42")
  end)
end)
