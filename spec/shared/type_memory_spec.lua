-- What declarations cost: those that fail nothing, and each type that a program makes a little.

local ffi = require("lunaffi.luajit")
local lune = require("lunaffi")
local helper = require("spec.helper")

-- The process's memory in bytes, as far as it is in use: that of types is not Lua's own.
local function memory()
  helper.collect()
  for line in io.lines("/proc/self/status") do
    local kilobytes = line:match("^VmRSS:%s*(%d+)")
    if kilobytes then
      return tonumber(kilobytes) * 1024
    end
  end
  error("no VmRSS in /proc/self/status")
end

-- By how many bytes memory grows each time; the first times fill tables that stay.
local function growth(count, step)
  for i = 1, count / 10 do
    step(i)
  end
  local before = memory()
  for i = 1, count do
    step(i)
  end
  return (memory() - before) / count
end

local TEXT = [[
  struct tm_left { int a; struct { char *name; double (*call)(struct tm_left *, int (*)[3]); } inner[5]; };
  enum tm_colour { TM_RED, TM_GREEN };
  static const int TM_CONSTANT = 12;
  int tm_function(struct tm_left *, ...);
  oops here;
]]

describe("a declaration that fails", function()
  it("leaves memory where it was", function()
    assert.is_true(growth(20000, function()
      assert(not pcall(ffi.cdef, TEXT))
    end) < 100)
    assert.is_true(growth(20000, function()
      assert(not pcall(lune.cdef, TEXT))
    end) < 100)
    assert.is_true(growth(20000, function()
      assert(not pcall(ffi.typeof, "struct { int tm_member[4]; } *(*)(oops)"))
    end) < 100)
  end)

  it("leaves nothing of what it declared", function()
    for _ = 1, 3 do
      assert.is_false(pcall(ffi.cdef, TEXT))
    end
    assert.is_false(pcall(ffi.typeof, "enum tm_colour"))
    assert.is_false(pcall(function() return ffi.C.TM_CONSTANT end))
    assert.is_false(pcall(function() return ffi.C.TM_RED end))
    -- all of it is free to be declared
    ffi.cdef((TEXT:gsub("oops here;", "")))
    assert.equals(1, ffi.C.TM_GREEN)
    assert.equals(88, ffi.sizeof("struct tm_left"))
  end)

  it("leaves a struct incomplete that it completed", function()
    ffi.cdef("struct tm_late;")
    local pointer = ffi.typeof("struct tm_late *")
    assert.is_false(pcall(ffi.cdef, "struct tm_late { int a, b; }; oops here;"))
    assert.is_nil(ffi.sizeof("struct tm_late"))
    assert.is_false(pcall(ffi.new, "struct tm_late"))
    ffi.cdef("struct tm_late { double d; };")
    assert.equals(8, ffi.sizeof("struct tm_late"))
    local late = ffi.new("struct tm_late", 2.5)
    assert.equals(2.5, ffi.cast(pointer, late).d)
  end)
end)

describe("a type", function()
  it("that only a question names costs nothing", function()
    assert.is_true(growth(20000, function()
      assert(ffi.sizeof("struct { int x[5]; union { char c; double d; } u; }") == 32)
      assert(ffi.alignof("struct { char c; short s; }") == 2)
      assert(ffi.offsetof("struct { char c; short s; }", "s") == 2)
      assert(not ffi.istype("struct { char c; short s; }", 1))
      assert(lune.alignof("struct { char c; short s; }") == 2)
    end) < 100)
  end)

  it("that only a question names may have a length, and constants that stay", function()
    assert.equals(4, ffi.sizeof("struct { int n; int pad[][2]; }"))
    assert.equals(4 + 3 * 2, ffi.sizeof("struct { int n; short s[?]; }", 3))
    assert.equals(4, ffi.sizeof("enum { TM_ASKED = 31 }"))
    assert.equals(31, ffi.C.TM_ASKED)
    local ok, message = pcall(ffi.offsetof, "struct { int a; } oops", "a")
    assert.is_false(ok)
    assert.matches("oops", message)
    assert.is_false(pcall(ffi.offsetof, "struct { int a; }"))
    assert.is_nil((ffi.offsetof("struct { int a; }", "b")))
    local _, position, width = ffi.offsetof("struct { int a : 3, b : 5; }", "b")
    assert.equals(3, position)
    assert.equals(5, width)
  end)

  it("of an ever-new text costs a few hundred bytes, and its text is not kept for good", function()
    -- Two numbers of elements for each: the name, the type, and whatever tables double.
    local each = growth(100000, function(i)
      assert(ffi.sizeof("short[" .. i .. "]") == 2 * i)
    end)
    assert.is_true(each < 400, each)
    -- Texts that are forgotten are read again, and mean the same.
    local first = ffi.typeof("short[77]")
    for i = 1, 20000 do
      ffi.sizeof("int[" .. i .. "]")
    end
    assert.equals(first, ffi.typeof("short[77]"))
    assert.is_true(ffi.istype(first, ffi.new("short[77]")))
    assert.equals(400, #ffi.string(ffi.new("char[401]", ("x"):rep(400))))
  end)

  it("that is new each time costs what the pages say, as a struct and for each member", function()
    local one = growth(100000, function()
      ffi.new("struct { int a; }")
    end)
    assert.is_true(one < 480, one)
    local eleven = growth(30000, function()
      ffi.new("struct { int a, b, c, d, e, f, g, h, i, j, k; }")
    end)
    assert.is_true(eleven < 480 + 10 * 110, eleven)
    local with_object = growth(50000, function()
      ffi.typeof("struct { int a; }")
    end)
    assert.is_true(with_object < 600, with_object)
  end)

  it("of an ever-new text is interned: equal texts are one type", function()
    for n = 1, 300 do
      assert.equals(ffi.typeof("char[" .. n .. "]"), ffi.typeof("char [ " .. n .. " ]"))
      assert.equals(n, ffi.sizeof(ffi.new("char[" .. n .. "]")))
    end
  end)
end)
