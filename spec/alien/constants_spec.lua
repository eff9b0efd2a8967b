-- bin/lunaffi-constants: from definitions to a C program to a Lua file, and everything that may go wrong.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local is_integer = helper.is_integer
local SCRIPT = "bin/lunaffi-constants"

local function read(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local text = file:read("*a")
  file:close()
  return text
end

-- Calls fn(folder) with an empty folder that is removed whatever happens.
local function with_folder(fn)
  local folder = os.tmpname()
  os.remove(folder)
  interpreter.shell("mkdir " .. folder)
  local results = helper.pack(pcall(fn, folder))
  interpreter.shell("rm -rf " .. folder)
  if not results[1] then
    error(results[2], 0)
  end
  return helper.unpack(results, 2, results.n)
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function script(...)
  return interpreter.run(SCRIPT, ...)
end

-- The Lua file that --run makes of definitions: its text, and what it sets.
local function constants_of(definitions, ...)
  local options = { ... }
  return with_folder(function(folder)
    write(folder .. "/definitions", definitions)
    local words = { "--run" }
    for _, option in ipairs(options) do
      words[#words + 1] = option
    end
    words[#words + 1] = folder .. "/definitions"
    words[#words + 1] = folder .. "/out.lua"
    local output, status = script(helper.unpack(words))
    assert.equals(0, status, output)
    assert.equals("", output)
    local text = read(folder .. "/out.lua")
    local globals = setmetatable({}, { __index = { require = require, math = math } })
    local chunk
    if rawget(_G, "setfenv") then
      chunk = assert((rawget(_G, "loadstring"))(text))
      rawget(_G, "setfenv")(chunk, globals)
    else
      chunk = assert(load(text, "=out.lua", "t", globals))
    end
    local result = chunk()
    return text, globals, result
  end)
end

-- The header that the manual's example asks for has the same macros here.
local EVENTS = [[
#define EV_TIMEOUT 0x01
#define EV_READ    0x02
#define EV_WRITE   0x04
#define EVLOOP_ONCE 0x01
#define EVLOOP_NONBLOCK 0x02
struct event { long fields[12]; };
]]

local DEFINITIONS = [[
#include <sys/types.h>
#include "event.h"

EV_SIZE = sizeof(struct event)
EV_READ
EV_WRITE
EV_TIMEOUT
EVLOOP_NONBLOCK
EVLOOP_ONCE
]]

describe("the constants of the manual", function()
  it("become a C file, whose program makes a Lua file", function()
    with_folder(function(folder)
      write(folder .. "/event.h", EVENTS)
      write(folder .. "/event_constants", DEFINITIONS)
      local output, status = script(folder .. "/event_constants", folder .. "/event.c", folder .. "/event.lua")
      assert.equals(0, status, output)
      assert.equals("", output)
      assert.is_nil(read(folder .. "/event.lua"))

      -- The parts of the C file, in order.
      local text = read(folder .. "/event.c")
      local at = 1
      for _, part in ipairs({
        "/*", "#include <stdio.h>\n", "#include <sys/types.h>\n", '#include "event.h"\n', "#define ",
        folder .. "/event.lua", "int main(", "EV_SIZE", "sizeof(struct event)", "EV_READ", "EV_WRITE", "EV_TIMEOUT",
        "EVLOOP_NONBLOCK", "EVLOOP_ONCE",
      }) do
        local from, to = text:find(part, at, true)
        assert.is_truthy(from, part)
        at = to
      end

      output, status = interpreter.shell(("cc -o %s/event %s/event.c && %s/event"):format(folder, folder, folder))
      assert.equals(0, status, output)
      assert.equals("", output)
      assert.matches("^%-%- [^\n]+\n\nEV_SIZE = 96\nEV_READ = 2\nEV_WRITE = 4\nEV_TIMEOUT = 1\n"
        .. "EVLOOP_NONBLOCK = 2\nEVLOOP_ONCE = 1\n$", read(folder .. "/event.lua"))
    end)
  end)

  it("become a C file that compilers take by any standard that they know, and as C++", function()
    with_folder(function(folder)
      write(folder .. "/definitions", "#include <limits.h>\nI = INT_MAX\nU = ULONG_MAX\nT = \"text\"\nF = 2.5f\n")
      local output, status = script(folder .. "/definitions", folder .. "/out.c", folder .. "/out.lua")
      assert.equals(0, status, output)
      local expected
      for _, options in ipairs({ "-std=c99 -pedantic-errors -x c", "-std=gnu99 -x c", "-std=c11 -pedantic-errors -x c",
        "-std=gnu11 -x c", "-std=gnu89 -x c", "-std=c++11 -pedantic-errors -x c++" }) do
        output, status = interpreter.shell(("cc -Wall -Wextra -Werror %s -o %s/out %s/out.c && %s/out")
          :format(options, folder, folder, folder))
        assert.equals(0, status, options .. output)
        assert.equals("", output)
        expected = expected or read(folder .. "/out.lua")
        assert.equals(expected, read(folder .. "/out.lua"))
      end
      assert.is_truthy(expected:find('I = 2147483647\nU = .*T = "text"\nF = 2.5\n$'))
    end)
  end)

  it("become a Lua file in one go", function()
    with_folder(function(folder)
      write(folder .. "/event.h", EVENTS)
      write(folder .. "/event_constants", DEFINITIONS)
      local output, status = script("--run", folder .. "/event_constants", folder .. "/event.c", folder .. "/event.lua")
      assert.equals(0, status, output)
      assert.is_truthy(read(folder .. "/event.c"))
      output, status = interpreter.run("-e", ([[
        dofile("%s/event.lua")
        print(EV_READ, EV_WRITE, EV_TIMEOUT, EVLOOP_NONBLOCK, EVLOOP_ONCE, EV_SIZE)
      ]]):format(folder))
      assert.equals("2\t4\t1\t2\t1\t96\n", output)
      assert.equals(0, status)
    end)
  end)
end)

describe("a value", function()
  local text, values = constants_of([[
#include <limits.h>
#include <stdint.h>
#include <float.h>
#define TEXT "a \"quoted\" text\\\n\t\x01\xff"
#define SUM(a, b) ((a) + (b))
#include <sys/socket.h>
INT_MAX
INT_MIN
UINT_MAX
LONG_MAX
LONG_MIN
ULONG_MAX
INT64_MIN
UINT64_MAX
EXACT = 9007199254740993LL
EXACT_NEGATIVE = -9007199254740993LL
EDGE = 9007199254740992
HALF_WAY = 9223372036854775808u
ZERO = 0
SHUT_RDWR
NEGATIVE = -7
CHARACTER = 'A'
SMALL = (signed char)-5
BYTE = (unsigned char)200
TRUTH = (_Bool)5
TENTH = 0.1
SINGLE = 0.5f
THREE = 3.0
HUGE = 1e308
TINY = -DBL_MIN
LONG_DOUBLE = 0.25L
INFINITE = (double)__builtin_inf()
NEGATIVE_INFINITE = -__builtin_inf()
NOT_A_NUMBER = __builtin_nan("")
TEXT
EMPTY = ""
CONSTANT = (const char *)"constant"
NOTHING = (char *)0
COMMA = SUM(1, 2), 5
COMMENT = 5 // five
OTHER = 6 /* six */
]])

  for name, digits in pairs({
    INT_MAX = "2147483647", INT_MIN = "-2147483648", UINT_MAX = "4294967295", LONG_MAX = "9223372036854775807",
    LONG_MIN = "-9223372036854775808", ULONG_MAX = "18446744073709551615", INT64_MIN = "-9223372036854775808",
    UINT64_MAX = "18446744073709551615", EXACT = "9007199254740993", EXACT_NEGATIVE = "-9007199254740993",
    EDGE = "9007199254740992", HALF_WAY = "9223372036854775808", ZERO = "0", SHUT_RDWR = "2", NEGATIVE = "-7",
    CHARACTER = "65", SMALL = "-5", BYTE = "200", TRUTH = "1", COMMA = "5", COMMENT = "5", OTHER = "6",
  }) do
    it(name .. " is the integer " .. digits, function()
      is_integer(values[name], digits)
    end)
  end

  for name, value in pairs({
    TENTH = 0.1, SINGLE = 0.5, THREE = 3, HUGE = 1e308, TINY = -2.2250738585072014e-308, LONG_DOUBLE = 0.25,
    INFINITE = math.huge, NEGATIVE_INFINITE = -math.huge,
  }) do
    it(name .. " is the float " .. value, function()
      assert.equals(value, values[name])
      if helper.can("integer subtype") then
        assert.equals("float", math.type(values[name]))
      end
    end)
  end

  it("NOT_A_NUMBER is one", function()
    assert.equals("number", type(values.NOT_A_NUMBER))
    assert.are_not.equal(values.NOT_A_NUMBER, values.NOT_A_NUMBER)
  end)

  it("that is a text is the same text", function()
    assert.equals('a "quoted" text\\\n\t\1\255', values.TEXT)
    assert.equals("", values.EMPTY)
    assert.equals("constant", values.CONSTANT)
  end)

  it("that is NULL is nil", function()
    assert.is_nil(values.NOTHING)
    assert.is_truthy(text:find("\nNOTHING = nil\n", 1, true))
  end)

  it("takes one line, in the order of the definitions", function()
    local lines = {}
    for name in text:gmatch("\n([%w_]+) = ") do
      lines[#lines + 1] = name
    end
    assert.equals(35, #lines)
    assert.equals("INT_MAX", lines[1])
    assert.equals("OTHER", lines[35])
  end)
end)

describe("definitions", function()
  it("may have blanks anywhere, which do not get into the names", function()
    local text, values = constants_of("  A=1\nB =2\n C   =   3  \n\tD\t=\t4\t\n  INT_MAX  \n#include <limits.h>\n")
    assert.same({ 1, 2, 3, 4, 2147483647 }, { values.A, values.B, values.C, values.D, values.INT_MAX })
    assert.is_truthy(text:find("\n\nA = 1\nB = 2\nC = 3\nD = 4\nINT_MAX = 2147483647\n", 1, true))
  end)

  it("may come from Windows, and lack the last end of line", function()
    local _, values = constants_of("#define X 5\r\nX\r\n\r\nY = 6")
    assert.same({ 5, 6 }, { values.X, values.Y })
  end)

  it("may have directives that go on", function()
    local _, values = constants_of("#define LONG_ONE \\\n  (3 + \\\n  4)\nLONG_ONE\n")
    assert.equals(7, values.LONG_ONE)
  end)

  it("may have directives indented and after what needs them", function()
    local _, values = constants_of("LATE\n  #define LATE 5\n#ifdef LATE\n#define MORE 6\n#endif\nMORE\n")
    assert.same({ 5, 6 }, { values.LATE, values.MORE })
  end)

  it("may hold = in the expression", function()
    local _, values = constants_of("A = 5 == 5\nB = 3 >= 4\n")
    assert.same({ 1, 0 }, { values.A, values.B })
  end)

  it("may be none", function()
    local text = constants_of("\n\n")
    assert.matches("^%-%- [^\n]+\n\n$", text)
  end)

  for name, row in pairs({
    ["a name with a blank"] = { "X = 1\nA B\n", 2, "'A B'" },
    ["a name that begins with a digit"] = { "1A = 5\n", 1, "'1A'" },
    ["a call as a name"] = { "f(x) = 5\n", 1, "'f(x)'" },
    ["an empty name"] = { "\n\n = 5\n", 3, "name" },
    ["an empty expression"] = { "A =\n", 1, "'A ='" },
    ["a comparison"] = { "A == B\n", 1, "'A ='" },
    ["a word of Lua"] = { "end = 5\n", 1, "'end'" },
    ["a bare word of Lua"] = { "X = 1\n\nnil\n", 3, "'nil'" },
  }) do
    it("with " .. name .. " are refused, with the line", function()
      with_folder(function(folder)
        write(folder .. "/definitions", row[1])
        local output, status = script("--run", folder .. "/definitions", folder .. "/out.lua")
        assert.equals(1, status)
        assert.is_truthy(output:find(folder .. "/definitions:" .. row[2] .. ": ", 1, true), output)
        assert.is_truthy(output:find(row[3], 1, true), output)
        assert.is_nil(read(folder .. "/out.lua"))
      end)
    end)
  end
end)

describe("--module", function()
  it("returns a table and sets no globals", function()
    local text, globals, result = constants_of("#include <limits.h>\nINT_MAX\nULONG_MAX\ntext = \"t\"\n", "--module")
    assert.is_nil(next(globals))
    is_integer(result.INT_MAX, "2147483647")
    is_integer(result.ULONG_MAX, "18446744073709551615")
    assert.equals("t", result.text)
    assert.matches("^%-%- [^\n]+\n\n", text)
  end)

  it("works without --run", function()
    with_folder(function(folder)
      write(folder .. "/definitions", "A = 5\n")
      local output, status = script("--module", folder .. "/definitions", folder .. "/a.c", folder .. "/a.lua")
      assert.equals(0, status, output)
      output, status = interpreter.shell(("cc -o %s/a %s/a.c && %s/a"):format(folder, folder, folder))
      assert.equals(0, status, output)
      assert.same({ A = 5 }, dofile(folder .. "/a.lua"))
    end)
  end)

  it("takes more constants than a function has locals", function()
    local lines = {}
    for i = 1, 400 do
      lines[i] = ("C%d = %d"):format(i, i * i)
    end
    local _, _, result = constants_of(table.concat(lines, "\n"), "--module")
    assert.equals(160000, result.C400)
  end)
end)

describe("files", function()
  it("may have blanks and quotes in their names", function()
    with_folder(function(folder)
      write(folder .. "/it's a file", "A = 5\n")
      local output, status = script("--run", folder .. "/it's a file", folder .. "/c \"file\".c",
        folder .. "/o $x`.lua")
      assert.equals(0, status, output)
      assert.is_truthy(read(folder .. "/o $x`.lua"):find("A = 5", 1, true))
      assert.is_truthy(read(folder .. "/c \"file\".c"))
    end)
  end)

  it("leave nothing beside them", function()
    with_folder(function(folder)
      write(folder .. "/definitions", "A = 5\n")
      assert.equals(0, (select(2, script("--run", folder .. "/definitions", folder .. "/out.lua"))))
      assert.equals("definitions\nout.lua\n", (interpreter.shell("ls " .. folder)))
    end)
  end)
end)

describe("the arguments", function()
  for _, row in ipairs({ {}, { "one" }, { "one", "two" }, { "one", "two", "three", "four" }, { "--run", "one" } }) do
    it(("%d of them are a usage line and status 1"):format(#row), function()
      local output, status = script(helper.unpack(row))
      assert.equals(1, status)
      assert.matches("^usage: lunaffi%-constants [^\n]+\n$", output)
    end)
  end

  it("may ask for help", function()
    local output, status = script("--help")
    assert.equals(0, status)
    assert.matches("^usage: lunaffi%-constants ", output)
    for _, option in ipairs({ "--run", "--module", "--cc" }) do
      assert.is_truthy(output:find("\n  " .. option, 1, true))
    end
  end)

  it("may not be unknown options", function()
    local output, status = script("--fast", "a", "b", "c")
    assert.equals(1, status)
    assert.is_truthy(output:find("unknown option '--fast'", 1, true))
    output, status = script("a", "b", "c", "--cc")
    assert.equals(1, status)
    assert.is_truthy(output:find("--cc needs a command", 1, true))
  end)

  it("may not name a file twice", function()
    with_folder(function(folder)
      write(folder .. "/definitions", "A = 5\n")
      local output, status = script("--run", folder .. "/definitions", folder .. "/definitions")
      assert.equals(1, status)
      assert.is_truthy(output:find("named twice", 1, true))
      assert.equals("A = 5\n", read(folder .. "/definitions"))
    end)
  end)
end)

describe("what goes wrong", function()
  -- Runs the script on definitions; nothing may come of it.
  local function fails(definitions, status, ...)
    local options, wanted = {}, { ... }
    if type(wanted[1]) == "table" then
      options = table.remove(wanted, 1)
    end
    with_folder(function(folder)
      write(folder .. "/definitions", definitions)
      local words = { "--run" }
      for _, option in ipairs(options) do
        words[#words + 1] = option
      end
      words[#words + 1] = folder .. "/definitions"
      words[#words + 1] = (options.out or "FOLDER/out.lua"):gsub("FOLDER", folder)
      local output, got = script(helper.unpack(words))
      assert.equals(status, got, output)
      assert.is_truthy(output:find("lunaffi-constants: ", 1, true), output)
      for _, text in ipairs(wanted) do
        assert.is_truthy(output:find(text, 1, true), output)
      end
      assert.equals("definitions\n", (interpreter.shell("ls " .. folder)))
    end)
  end

  it("a missing compiler", function()
    fails("A = 5\n", 2, { "--cc", "no_such_compiler" }, "there is no C compiler 'no_such_compiler'")
    fails("A = 5\n", 2, { "--cc=no_such_compiler -O2" }, "there is no C compiler 'no_such_compiler -O2'")
  end)

  it("a compiler named by CC", function()
    with_folder(function(folder)
      write(folder .. "/definitions", "A = 5\n")
      local output, status = interpreter.shell(("CC=no_such_compiler %s %s --run %s/definitions %s/out.lua"):format(
        interpreter.quote(interpreter.command), SCRIPT, folder, folder))
      assert.equals(2, status)
      assert.is_truthy(output:find("there is no C compiler 'no_such_compiler'", 1, true))
      write(folder .. "/definitions", "A\n")
      output, status = interpreter.shell(("CC= CPPFLAGS=-DA=77 %s %s --run %s/definitions %s/out.lua"):format(
        interpreter.quote(interpreter.command), SCRIPT, folder, folder))
      assert.equals("", output)
      assert.equals(0, status)
      assert.is_truthy(read(folder .. "/out.lua"):find("A = 77", 1, true))
    end)
  end)

  it("an unknown constant, with its line in the definitions", function()
    fails("A = 5\n\nNOT_DEFINED_ANYWHERE\n", 2, "definitions:3:", "NOT_DEFINED_ANYWHERE", "could not compile")
  end)

  it("a missing header", function()
    fails("#include <no/such/header.h>\nA = 5\n", 2, "no/such/header.h", "could not compile")
  end)

  it("a constant that is neither number nor text", function()
    fails("P = (void *)0\n", 2, "definitions:1:", "could not compile")
    fails("#include <stdio.h>\nP = stdout\n", 2, "definitions:2:", "could not compile")
  end)

  it("an unwritable Lua file", function()
    fails("A = 5\n", 3, { out = "FOLDER/no/such/folder/out.lua" }, "no/such/folder/out.lua", "could not write")
  end)

  it("an unwritable C file", function()
    with_folder(function(folder)
      write(folder .. "/definitions", "A = 5\n")
      local output, status = script(folder .. "/definitions", folder .. "/no/such/a.c", folder .. "/a.lua")
      assert.equals(1, status)
      assert.is_truthy(output:find("cannot write the C program", 1, true), output)
      assert.is_truthy(output:find("no/such/a.c", 1, true), output)
    end)
  end)

  it("definitions that are not there", function()
    local output, status = script("/no/such/definitions", "a.c", "a.lua")
    assert.equals(1, status)
    assert.is_truthy(output:find("cannot read the definitions", 1, true), output)
    assert.is_truthy(output:find("/no/such/definitions", 1, true), output)
    output, status = script("/tmp", "a.c", "a.lua")
    assert.equals(1, status)
    assert.is_truthy(output:find("cannot read the definitions", 1, true), output)
  end)

  it("a number that no double is", function()
    fails("A = 5\nB = 0.1L\n", 3, "B", "not exact as a double")
  end)

  it("a full disk", function()
    if io.open("/dev/full") then
      with_folder(function(folder)
        write(folder .. "/definitions", "A = 5\n")
        local output, status = script(folder .. "/definitions", "/dev/full", folder .. "/a.lua")
        assert.equals(1, status)
        assert.is_truthy(output:find("cannot write the C program", 1, true), output)
      end)
    end
  end)
end)

describe("installing", function()
  it("is told by the rockspecs, and by the Makefile", function()
    for path in interpreter.shell("ls rockspec/*.rockspec"):gmatch("[^\n]+") do
      local text = read(path)
      assert.is_truthy(text:find('bin = { "bin/lunaffi-constants" }', 1, true), path)
    end
    assert.matches("^#!/usr/bin/env lua\n", read(SCRIPT))
    assert.equals(0, (select(2, interpreter.shell("test -x " .. SCRIPT))))
    with_folder(function(folder)
      local output, status = interpreter.shell(("make -n install LUA=%s PREFIX=%s"):format(helper.version, folder))
      assert.equals(0, status, output)
      assert.is_truthy(output:find(folder .. "/bin/lunaffi-constants", 1, true))
    end)
  end)
end)
