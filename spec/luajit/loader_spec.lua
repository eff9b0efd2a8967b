-- The loader: LuaJIT programs on every Lua.

local loader = require("lunaffi.loader")
local ffi = require("lunaffi.luajit")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")
local programs = require("spec.support.translated_programs")

-- Runs a chunk with two arguments and returns all that it prints, as one text. LuaJIT runs this very
-- text, too.
local CAPTURE = [[
local chunk = ...
local lines, out = {}, print
local function line(...)
  local list = { ... }
  for i = 1, select("#", ...) do
    list[i] = tostring(list[i])
    list[i] = list[i]:gsub("0x%x+", "ADDRESS")
  end
  lines[#lines + 1] = table.concat(list, "\t")
end
local write = io.write
io.write = function(...) lines[#lines + 1] = table.concat({ ... }) end
print = line
local getn, number = table.getn, tonumber
local ok, message = pcall(chunk, "first", "second")
print, io.write, table.getn, tonumber = out, write, getn, number
if not ok then lines[#lines + 1] = "FAILED " .. tostring(message) end
return table.concat(lines, "\n")
]]

local capture = (rawget(_G, "loadstring") or load)(CAPTURE, "=capture")

-- What LuaJIT prints for each program, by its place.
local function run_on_luajit()
  local words = { "local capture = loadstring(", ("%q"):format(CAPTURE), ", '=capture')\nlocal out = io.write\n" }
  for place, program in ipairs(programs) do
    local line = "out('<%d>', capture(loadstring(%q, '@program.lua')), '</%d>')\n"
    words[#words + 1] = line:format(place, program[2], place)
  end
  return helper.with_tempfile(table.concat(words), function(path)
    local output, status = interpreter.shell("luajit " .. interpreter.quote(path))
    assert.equal(0, status, output)
    return output
  end)
end

local function load_error(text, name)
  local f, message = loader.load(text, name)
  assert.is_nil(f)
  return message
end

describe("a translated program does what it does on LuaJIT:", function()
  local output

  setup(function()
    output = run_on_luajit()
  end)

  for place, program in ipairs(programs) do
    it(program[1], function()
      local _, first = output:find("<" .. place .. ">", 1, true)
      local last = output:find("</" .. place .. ">", 1, true)
      local expected = output:sub(first + 1, last - 1)
      assert.is_nil(expected:find("^FAILED"), expected)
      assert.equal(expected, capture(assert(loader.load(program[2], "@program.lua"))))
    end)
  end
end)

describe("loader.translate", function()
  it("leaves a program alone that needs nothing", function()
    for _, text in ipairs({
      "",
      "local t = {} for i = 1, 10 do t[i] = i * i end return #t",
      "local n = 0 while n ~= 10 do n = n + 1 if n == 5 then print('five') end end",
      "local function f(s) return type(s) == 'table' end return f",
      "local s = os.date(x) if s == 'a' or s:sub(1, 1) ~= 'b' then return s:upper() end",
      "local floor, x = math.floor, 1 x = floor(x / 2) return x == 0",
      "-- 1LL in a comment, type(x) == 'cdata' too\nreturn '42LL'",
      "return function(a, b, ...) return a + b, ... end",
    }) do
      assert.equal(text, loader.translate(text))
    end
  end)

  it("keeps the number of lines", function()
    for _, program in ipairs(programs) do
      local _, before = program[2]:gsub("\n", "")
      local _, after = loader.translate(program[2]):gsub("\n", "")
      assert.equal(before, after, program[1])
    end
  end)

  it("puts a helper where operands may be cdata, and only there", function()
    local text = loader.translate("local a, b = ... local n = 1 return a == b, n == 2, a.x ~= b")
    assert.truthy(text:find("(a == b or (__ffia==a or __ffia==b) and __ffi.mixed_eq(a,b))", 1, true))
    assert.truthy(text:find("n == 2", 1, true))
    assert.truthy(text:find("__ffi.unequal(a.x , b)", 1, true))
  end)

  it("gives a chunk that takes the helpers and makes the program's", function()
    local text = loader.translate("return type(...)")
    assert.equal("local __ffi=... return function(...) return __ffi.type(...) end", text)
    local maker = (rawget(_G, "loadstring") or load)(text)
    assert.equal("given", maker({ type = function() return "given" end })())
  end)

  it("makes each constant once", function()
    local text = loader.translate("for i = 1, 3 do print(1LL, 2ULL, 3i) end")
    local head = 'local __ffi=... local __ffik={__ffi.i64"1",__ffi.u64"2",__ffi.imaginary"3e0"} return function(...) '
    assert.equal(head, text:sub(1, #head))
  end)

  it("tells what is wrong and on which line", function()
    assert.same({ nil, "2: unexpected symbol near '='" }, { loader.translate("\nx = = 1") })
    assert.same({ nil, "1: malformed number near '1LLL'" }, { loader.translate("return 1LLL") })
  end)

  it("takes text only", function()
    helper.fails(function() loader.translate(nil) end, "bad argument #1 to 'translate' (string expected, got no value)")
    helper.fails(function() loader.translate({}) end, "bad argument #1 to 'translate' (string expected, got table)")
  end)
end)

describe("loader.load", function()
  it("names chunks as load does", function()
    assert.equal('[string "x = = 1"]:1: unexpected symbol near \'=\'', load_error("x = = 1"))
    assert.equal("name:1: unexpected symbol near '='", load_error("x = = 1", "=name"))
    assert.equal("dir/file.lua:3: '<eof>' expected near 'end'", load_error("\n\nend", "@dir/file.lua"))
    local f = assert(loader.load("return debug.getinfo(1, 'S').source, 1LL", "@dir/file.lua"))
    assert.equal("@dir/file.lua", (f()))
  end)

  it("gives a main chunk, as load does", function()
    local text = "local x = type(...)\n"
      .. "local i = debug.getinfo(1, 'Sl') local j = debug.getinfo(function() end, 'S')\n" .. ("\n"):rep(300)
      .. "local info = { i.what, i.linedefined, i.source, i.short_src, i.currentline, j.what, j.linedefined }\n"
      .. "return info, x, debug.getinfo(1, 'l').currentline, debug.traceback('here'), ..."
    local f = assert(loader.load(text, "@dir/file.lua"))
    for _ = 1, 2 do
      local info, x, line, trace, first, second, third = f("a", nil, "c")
      assert.same({ "main", 0, "@dir/file.lua", "dir/file.lua", 2, "Lua", 2 }, info)
      assert.same({ "string", 304, "a", nil, "c" }, { x, line, first, second, third })
      assert.truthy(trace:find("\n\tdir/file.lua:304: in ", 1, true), trace)
    end
    assert.same({ "main", 0 }, { debug.getinfo(f, "S").what, debug.getinfo(f, "S").linedefined })
  end)

  it("keeps all lines of a main chunk, however many it has", function()
    for _, count in ipairs({ 0, 1, 125, 126, 127, 128, 252, 253, 254, 255, 256, 257, 300, 65530, 65533, 65540 }) do
      for _, first in ipairs({ "", "\n", ("x = 1 "):rep(200) }) do
        local text = first .. "local x = type(...)" .. ("\n"):rep(count)
          .. " local function f() return debug.getinfo(1, 'l').currentline end "
          .. "return x, f(), debug.getinfo(1, 'l').currentline"
        local line = 1 + count + (first == "\n" and 1 or 0)
        local env = setmetatable({}, { __index = _G })
        assert.same({ "nil", line, line }, { assert(loader.load(text, "=many", env))(nil) })
      end
    end
  end)

  it("lets a main chunk define globals where others may not", function()
    local env = setmetatable({}, { __index = _G, __newindex = function(t, name, value)
      local what = debug.getinfo(2, "S").what
      if what ~= "main" and what ~= "C" then
        error("assign to undeclared variable '" .. name .. "'", 2)
      end
      rawset(t, name, value)
    end })
    local f = assert(loader.load("x = type(1LL) function g() y = 1LL end", "=strict", env))
    f()
    assert.equal("cdata", env.x)
    assert.same({ false, "strict:1: assign to undeclared variable 'y'" }, { pcall(env.g) })
  end)

  it("changes a main chunk's environment for what it defines later", function()
    if not helper.has_integers and helper.version ~= "lua5.2" then
      return
    end
    local text = "local function before() return x end x = 1 setfenv(1, { x = 2 }) "
      .. "local function after() return x end return before(), after(), x"
    assert.same({ 1, 2, 2 }, { assert(loader.load(text, "=env", setmetatable({}, { __index = _G })))() })
    local f = assert(loader.load("return x, unpack({ 3 })", "=env"))
    assert.same({ 4, 3 }, { assert(loader.load("return setfenv(...)"))(f, { x = 4 })() })
  end)

  it("goes on with names of Lua 5.1 where the letters _ENV stand", function()
    for _, text in ipairs({
      "-- _ENV\nreturn unpack({ 1, 2 })", "local s = '_ENV' return unpack({ 1, 2 })",
      "local t = { _ENV = 1 } t._ENV = 2 return unpack({ 1, 2 })",
      "local function f(_ENV) return x end return unpack({ f({ x = 1 }) or 1, 2 })",
    }) do
      local env = setmetatable({ x = 1 }, { __index = _G })
      assert.same({ 1, 2 }, { assert(loader.load(text, "=env", env))() })
    end
  end)

  it("takes the pieces that a function gives", function()
    local pieces = { "return ", "1LL", " == 1" }
    local place = 0
    local f = assert(loader.load(function()
      place = place + 1
      return pieces[place]
    end))
    assert.is_true(f())
    assert.same({ nil, "reader function must return a string" }, { loader.load(function() return {} end) })
    local f2, message = loader.load(function() error("boom", 0) end)
    assert.same({ nil, "boom" }, { f2, message })
  end)

  it("takes compiled chunks", function()
    local binary = string.dump(function(x) return x end)
    assert.equal(3, loader.load(binary)(3))
  end)

  it("lets chunks run with globals of their own", function()
    local env = { x = 7 }
    local f = assert(loader.load("y = x == 7LL return x, type", "=env", env))
    local x, kind = f()
    assert.equal(7, x)
    assert.is_nil(kind)
    assert.is_true(env.y)
    assert.is_nil(rawget(_G, "y"))
  end)

  it("gives a chunk nothing that its globals do not have", function()
    local f = assert(loader.load("return unpack, loadstring, setfenv, bit, jit, require, module, type", "=env", {}))
    assert.equal(0, select("#", f()) - 8)
    for place = 1, 8 do
      assert.is_nil((select(place, f())))
    end
  end)

  it("gives a chunk names of Lua 5.1 by what its globals have", function()
    local env = setmetatable({}, { __index = _G })
    local f = assert(loader.load("return unpack({ 1, 2 })", "=env", env))
    assert.same({ 1, 2 }, { f() })
    f = assert(loader.load("return unpack(3)", "=env", { unpack = function(x) return x + 1 end }))
    assert.equal(4, f())
    f = assert(loader.load("return type(1LL), tonumber(2LL)", "=env", { type = type, tonumber = tonumber }))
    assert.same({ "cdata", 2 }, { f() })
    f = assert(loader.load("return type(1LL)", "=env", { type = function() return "own" end }))
    assert.equal("own", f())
  end)

  it("takes later grammar where the Lua at hand does", function()
    if helper.has_integers then
      assert.equal(3, loader.load("return 7 // 2 | 0, type(x)")())
    else
      assert.is_nil(loader.load("return 7 // 2 | 0"))
    end
    if helper.version == "lua5.4" then
      assert.is_true(loader.load("local x <const> = 1LL return x == 1")())
    end
    if helper.version ~= "lua5.1" then
      assert.equal(3, loader.load("local i = 0 ::top:: i = i + 1 if i ~= 3 then goto top end return i")())
    end
  end)

  it("leaves the numbers and names of code for Lua 5.3 and later alone", function()
    if not helper.has_integers then
      return
    end
    local native = assert(load)
    for _, text in ipairs({
      "return 0x428a2f98d728ae22 ~ 1", "return 0x428a2f98d728ae22 & -1, ~0", "return 1 << 62, 3 * 0x7fffffffffffff | 0",
      "return 7 // 2, 9007199254740993 * 3, 10 / 2 .. '', tostring(2^53), (tostring(3.0))",
      "local h = 0xcbf29ce484222325 for i = 1, 9 do h = (h ~ i) * 0x100000001b3 end return h",
      "return 1 | 2, select('#', coroutine.running()), unpack, setfenv, math.pow, ('%s'):format(2.0)",
      "return 1 | 2, string.format('%s %q', 2.0, 1 // 1), table.concat({ 1.0, 2 }, ' '), math.type(3 * 2)",
    }) do
      assert.same({ native(text)() }, { loader.load(text)() })
    end
  end)

  it("gives zero its sign", function()
    local text = "return 0 * -1 .. '', -0 .. '', tostring(-(0)), tostring(-0.0), 1 / -0, 1 / (0 * -1), x % 0 ~= x % 0"
    -- Lua 5.1 has one constant for both.
    if helper.version == "lua5.1" then
      return
    end
    local zeros = { assert(loader.load(text, "=zeros", { x = 5, tostring = tostring }))() }
    assert.same({ "-0", "-0", "-0", "-0", -math.huge, -math.huge, true }, zeros)
  end)

  it("refuses what is no text", function()
    helper.fails(function() loader.load(nil) end, "bad argument #1 to 'load' (string expected, got no value)")
    helper.fails(function() loader.load("", {}) end, "bad argument #2 to 'load' (string expected, got table)")
    helper.fails(function() loader.load("", "x", 1) end, "bad argument #3 to 'load' (table expected, got number)")
  end)

  it("refuses nesting without a bound, and goes on", function()
    assert.truthy(load_error("x = " .. ("("):rep(100000)):find("chunk has too many syntax levels near '('", 1, true))
    assert.truthy(load_error(("do "):rep(100000)):find("chunk has too many syntax levels near 'do'", 1, true))
    assert.truthy(load_error("x = " .. ("{"):rep(100000)):find("chunk has too many syntax levels near '{'", 1, true))
    assert.equal(3, tonumber(tostring(loader.load("return 1 + 2")())))
  end)

  it("frees what it makes", function()
    local function count()
      helper.collect()
      return collectgarbage("count")
    end
    local text = "local x = 1LL return x == 1, unpack"
    for _ = 1, 10 do loader.load(text) end
    local before = count()
    for _ = 1, helper.heavy(500) do assert(loader.load(text)) end
    assert.is_true(count() - before < 20)
  end)
end)

describe("loader.loadfile", function()
  it("reads a program, its first line of a shell and its mark of UTF-8 left out", function()
    local text = "\239\187\191#!/usr/bin/env luajit\nreturn 1LL == 1, debug.getinfo(1, 'l').currentline, ..."
    helper.with_tempfile(text, function(path)
      assert.same({ true, 2, "a" }, { assert(loader.loadfile(path))("a") })
    end)
  end)

  it("runs with globals of its own", function()
    helper.with_tempfile("x = 1LL ~= 1", function(path)
      local env = {}
      assert(loader.loadfile(path, env))()
      assert.same({ x = false }, env)
    end)
  end)

  it("says which file is not there, or is none of Lua", function()
    local message = "cannot open /no/such/file.lua: No such file or directory"
    assert.same({ nil, message }, { loader.loadfile("/no/such/file.lua") })
    helper.with_tempfile("return +", function(path)
      assert.same({ nil, path .. ":1: unexpected symbol near '+'" }, { loader.loadfile(path) })
    end)
    assert.truthy(select(2, loader.loadfile("/")):find("cannot", 1, true))
    helper.fails(function() loader.loadfile({}) end, "bad argument #1 to 'loadfile' (string expected, got table)")
  end)
end)

-- Calls fn with a folder in which modules are found.
local function with_modules(modules, fn)
  local folder = os.tmpname()
  os.remove(folder)
  os.execute("mkdir " .. interpreter.quote(folder))
  for name, text in pairs(modules) do
    local file = assert(io.open(folder .. "/" .. name .. ".lua", "wb"))
    file:write(text)
    file:close()
  end
  local path = package.path
  package.path = folder .. "/?.lua;" .. path
  local ok, message = pcall(fn, folder)
  package.path = path
  os.execute("rm -r " .. interpreter.quote(folder))
  for name in pairs(modules) do
    package.loaded[name] = nil
  end
  if not ok then
    error(message, 0)
  end
end

describe("loader.searcher", function()
  it("gives lunaffi.reflect for modules that read LuaJIT's memory, and where there is none", function()
    local reflect = require("lunaffi.reflect")
    with_modules({
      reflect = "local ffi = require 'ffi' local CTState = {} return 'reads memory'",
      ["ffi-reflect"] = "return 'of its own'",
    }, function()
      assert.equal(reflect, loader.searcher()("reflect")())
      assert.is_nil(loader.searcher()("ffi-reflect"))
      assert.equal("of its own", loader.searcher(function() return true end)("ffi-reflect")())
    end)
    assert.equal(reflect, loader.searcher()("reflect")())
    assert.equal(reflect, loader.searcher()("ffi-reflect")())
  end)

  it("translates a module that has to do with cdata by its looks, and leaves others to Lua", function()
    with_modules({
      loader_ffi = "local ffi = require 'ffi' return { eq = ffi.new('int64_t', 1) == 1, name = ..., line = 1 }",
      loader_literal = "return 1LL == 1",
      loader_cdata = "return function(x) return type(x) == 'cdata' end",
      loader_plain = "return 1",
    }, function(folder)
      local search = loader.searcher()
      local chunk, path = search("loader_ffi")
      assert.equal(folder .. "/loader_ffi.lua", path)
      assert.same({ eq = true, name = "loader_ffi", line = 1 }, chunk("loader_ffi", path))
      assert.is_true(search("loader_literal")())
      assert.is_true(search("loader_cdata")()(ffi.i64(1)))
      assert.is_nil(search("loader_plain"))
      assert.is_nil(search("loader_nowhere"))
    end)
  end)

  it("asks a function which modules are wanted", function()
    with_modules({ loader_a = "return unpack ~= nil", loader_b = "return 1LL" }, function(folder)
      local asked = {}
      local search = loader.searcher(function(text, name, path)
        asked[#asked + 1] = { text, name, path }
        return name == "loader_a"
      end)
      assert.is_true(search("loader_a")())
      assert.is_nil(search("loader_b"))
      assert.same({
        { "return unpack ~= nil", "loader_a", folder .. "/loader_a.lua" },
        { "return 1LL", "loader_b", folder .. "/loader_b.lua" },
      }, asked)
    end)
    helper.fails(function() loader.searcher(1) end, "bad argument #1 to 'searcher' (function expected, got number)")
  end)

  it("translates what a translated program requires", function()
    local searchers = package.searchers or package.loaders
    local search = loader.searcher()
    table.insert(searchers, 2, search)
    with_modules({
      loader_outer = "local ffi = require 'ffi' return require 'loader_inner'",
      loader_inner = "return { unpack({ 1, 2 }) }, require 'loader_innermost'",
      loader_innermost = "return getfenv(1) == _G",
      loader_alone = "return unpack",
    }, function()
      assert.same({ 1, 2 }, require("loader_outer"))
      assert.is_true(require("loader_innermost"))
      assert.equal(rawget(_G, "unpack") or true, require("loader_alone") or true)
    end)
    table.remove(searchers, 2)
  end)

  it("says in which file a module is broken", function()
    with_modules({ loader_broken = "local ffi = 1\nx = = 2" }, function(folder)
      local ok, message = pcall(loader.searcher(), "loader_broken")
      assert.is_false(ok)
      assert.equal(("error loading module 'loader_broken' from file '%s/loader_broken.lua':\n\t%s/loader_broken.lua:2: "
        .. "unexpected symbol near '='"):format(folder, folder), message)
    end)
  end)
end)
