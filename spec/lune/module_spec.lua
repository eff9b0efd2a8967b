-- The module table: what it holds, its constants and tables, and what stands beside it.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local fails = helper.fails

-- Every key of the module and the Lua type of its value.
local ENTRIES = {
  alignof = "function", arena = "function", buffer = "function", callback = "function",
  cast = "function", cdef = "function", copy = "function", fill = "function",
  isNull = "function", load = "function", open = "function", ptr = "function",
  read = "function", sizeof = "function", string = "function", struct = "function",
  view = "function", write = "function",
  ctypes = "table", types = "table", unsafe = "table",
  null = "userdata", nullPtr = "userdata",
  -- what Lune does not have
  errno = "function", gc = "function", int64 = "function", onCallbackError = "function",
  pointer = "function", signature = "function", uint64 = "function", union = "function",
  C = "userdata", library = "table", _VERSION = "string",
}

local CANONICAL = {
  "void", "bool", "i8", "u8", "i16", "u16", "i32", "u32",
  "i64", "u64", "isize", "usize", "f32", "f64", "pointer", "string",
}

local ALIASES = {
  int = "i32", uint = "u32", long = "i64", ulong = "u64", float = "f32", double = "f64",
  char = "i8", uchar = "u8", short = "i16", ushort = "u16", ptr = "pointer", size_t = "usize",
  ssize_t = "isize", intptr_t = "isize", uintptr_t = "usize", ptrdiff_t = "isize",
}

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do
    keys[#keys + 1] = tostring(key)
  end
  table.sort(keys)
  return keys
end

describe("the module table", function()
  for name, kind in pairs(ENTRIES) do
    it("has " .. name .. " as a " .. kind, function()
      assert.equals(kind, type(ffi[name]))
    end)
  end

  it("holds those entries and no others", function()
    assert.same(sorted_keys(ENTRIES), sorted_keys(ffi))
  end)

  it("is what require gives again", function()
    assert.equals(ffi, require("lunaffi"))
  end)

  it("sets no global", function()
    assert.is_nil(rawget(_G, "lunaffi"))
    assert.is_nil(rawget(_G, "ffi"))
  end)

  it("tells its name and version", function()
    assert.equals("lunaffi 0.1.0", ffi._VERSION)
  end)

  it("keeps objects of a second load usable by the first", function()
    local loaded = package.loaded["lunaffi"]
    package.loaded["lunaffi"] = nil
    local again = require("lunaffi")
    package.loaded["lunaffi"] = loaded

    local pointer = again.arena():alloc(8)
    ffi.write(pointer, 0, "i32", 7)
    assert.equals(7, again.read(pointer, 0, "i32"))
    assert.equals(7, ffi.cast(pointer, "i32")[0])
    assert.equals(again.nullPtr, ffi.nullPtr)
  end)
end)

describe("ffi.ctypes", function()
  for _, name in ipairs(CANONICAL) do
    it("maps " .. name .. " to itself", function()
      assert.equals(name, ffi.ctypes[name])
    end)
  end

  it("has the 16 canonical names and no others", function()
    local wanted = { helper.unpack(CANONICAL) }
    table.sort(wanted)
    assert.same(wanted, sorted_keys(ffi.ctypes))
  end)
end)

describe("ffi.types", function()
  for _, name in ipairs(CANONICAL) do
    it("maps " .. name .. " to itself", function()
      assert.equals(name, ffi.types[name])
    end)
  end

  for alias, name in pairs(ALIASES) do
    it("maps " .. alias .. " to " .. name, function()
      assert.equals(name, ffi.types[alias])
    end)
  end

  it("has the module's own sizeof and alignof", function()
    assert.equals(ffi.sizeof, ffi.types.sizeof)
    assert.equals(ffi.alignof, ffi.types.alignof)
  end)

  it("maps whatever else it holds to a canonical name of the same size", function()
    local texts = 0
    for name, target in pairs(ffi.types) do
      if type(target) == "string" then
        texts = texts + 1
        assert.equals(target, ffi.ctypes[target], name)
        assert.equals(ffi.sizeof(target), ffi.sizeof(name), name)
      else
        assert.is_true(name == "sizeof" or name == "alignof", name)
      end
    end
    assert.is_true(texts >= 32)
  end)
end)

describe("ffi.unsafe", function()
  it("has its five functions and no others", function()
    assert.same({ "copy", "fill", "read", "write", "zero" }, sorted_keys(ffi.unsafe))
    for _, fn in pairs(ffi.unsafe) do
      assert.equals("function", type(fn))
    end
  end)
end)

describe("ffi.library", function()
  it("has every method of a library as a function", function()
    local wanted = {
      "call", "callDouble", "callInt", "callIntArg", "callPtr", "callString", "callVoid", "close",
      "getSymbol", "hasSymbol", "listExports", "path",
    }
    assert.same(wanted, sorted_keys(ffi.library))
    for name, fn in pairs(ffi.library) do
      assert.equals("function", type(fn), name)
    end
  end)

  it("works on a library as its methods do", function()
    local lib = ffi.open(helper.fixture("numbers"))
    assert.equals(lib.path, ffi.library.path(lib))
    assert.equals(30, ffi.library.call(lib, "add", "i32", { "i32", "i32" }, 10, 20))
    assert.equals(7, ffi.library.callInt(lib, "version_int"))
    assert.is_true(ffi.library.hasSymbol(lib, "add"))
    assert.is_false(ffi.library.hasSymbol(lib, "no_such_function"))
  end)
end)

describe("ffi.C", function()
  it("is a library of what the process has already", function()
    assert.equals("Library", getmetatable(ffi.C))
    assert.is_true(ffi.C:hasSymbol("malloc"))
    assert.is_false(ffi.C:hasSymbol("no_such_function_anywhere"))
    assert.equals(42, ffi.C:call("abs", "i32", { "i32" }, -42))
  end)
end)

describe("ffi.null and ffi.nullPtr", function()
  it("are a NULL lightuserdata and a null RawPointer", function()
    assert.equals("userdata", type(ffi.null))
    assert.is_nil(getmetatable(ffi.null))
    assert.equals("RawPointer", getmetatable(ffi.nullPtr))
    assert.equals(0, ffi.nullPtr.addr)
    assert.is_true(ffi.nullPtr.isNull)
    assert.is_false(ffi.nullPtr.isManaged)
  end)

  it("are not equal to each other", function()
    assert.is_false(ffi.null == ffi.nullPtr)
  end)

  it("both arrive in C as NULL", function()
    local lib = ffi.load(helper.fixture("numbers"), {
      is_null = { args = { "pointer" }, ret = "bool" },
    })
    assert.is_true(lib.is_null(ffi.null))
    assert.is_true(lib.is_null(ffi.nullPtr))
    assert.is_true(lib.is_null(nil))
    assert.is_false(lib.is_null(ffi.arena():alloc(1)))
  end)
end)

describe("ffi.isNull", function()
  local arena = ffi.arena()
  local Pair = ffi.struct({ { "a", "i32" }, { "b", "i32" } })
  local block = arena:alloc(16)

  local null_kinds = {
    { "nil", function() return nil end },
    { "ffi.null", function() return ffi.null end },
    { "ffi.nullPtr", function() return ffi.nullPtr end },
    { "ffi.ptr(0)", function() return ffi.ptr(0) end },
    { "a RawPointer moved to address 0", function() return ffi.ptr(16) - 16 end },
    { "a null TypedPointer", function() return ffi.cast(ffi.nullPtr, "i32") end },
  }
  for _, case in ipairs(null_kinds) do
    it("is true for " .. case[1], function()
      assert.is_true(ffi.isNull(case[2]()))
    end)
  end

  local other_kinds = {
    { "0", 0 }, { "1", 1 }, { "an empty string", "" }, { "a string", "0" }, { "false", false },
    { "true", true }, { "a table", {} }, { "a function", function() end },
    { "an arena", arena },
    { "a live RawPointer", block },
    { "a live TypedPointer", ffi.cast(block, "i32") },
    { "a live lightuserdata", block:toLightUserData() },
    { "a live StructView", ffi.view(block, Pair) },
    { "a StructDefinition", Pair },
    { "a Buffer", ffi.buffer(4) },
    { "an empty Buffer", ffi.buffer(0) },
    { "a coroutine", coroutine.create(function() end) },
  }
  for _, case in ipairs(other_kinds) do
    it("is false for " .. case[1], function()
      assert.is_false(ffi.isNull(case[2]))
    end)
  end
end)

describe("ffi.errno", function()
  it("sets what C sees and gives the old value back", function()
    local lib = ffi.load(helper.fixture("numbers"), { get_errno = { ret = "i32" } })
    ffi.errno(5)
    assert.equals(5, ffi.errno())
    assert.equals(5, ffi.errno(7))
    assert.equals(7, lib.get_errno())
    assert.equals(7, ffi.errno(0))
    assert.equals(0, ffi.errno())
  end)

  it("refuses what is not a number and keeps the value", function()
    ffi.errno(3)
    fails(function() ffi.errno({}) end, "bad argument #1 to 'errno'", "got table")
    fails(function() ffi.errno("many") end, "bad argument #1 to 'errno'", "got string")
    fails(function() ffi.errno(2 ^ 40) end, "bad argument #1 to 'errno'", "out of range")
    assert.equals(3, ffi.errno(0))
  end)
end)

describe("ffi.signature", function()
  it("writes a bound function as its C-like text", function()
    local lib = ffi.load(helper.fixture("numbers"), {
      add = { args = { "int", "i32" }, ret = "int" },
      noop = {},
    })
    assert.equals("i32 add(i32, i32)", ffi.signature(lib.add))
    assert.equals("void noop()", ffi.signature(lib.noop))
  end)

  it("writes a callback's types", function()
    local callback = ffi.callback(function() end, "f64", { "i32", "pointer" })
    local text = ffi.signature(callback)
    assert.equals("f64", text:match("^f64"))
    assert.is_truthy(text:find("(i32, pointer)", 1, true))
  end)

  it("refuses anything else", function()
    fails(function() ffi.signature(print) end, "bad argument #1 to 'signature'")
    fails(function() ffi.signature(function() end) end, "bad argument #1 to 'signature'")
    fails(function() ffi.signature("add") end, "bad argument #1 to 'signature'", "got string")
    fails(function() ffi.signature() end, "bad argument #1 to 'signature'")
  end)
end)

describe("ffi.onCallbackError", function()
  after_each(function()
    ffi.onCallbackError(nil)
  end)

  it("returns the handler before", function()
    local function first() end
    local function second() end
    assert.is_nil(ffi.onCallbackError(first))
    assert.equals(first, ffi.onCallbackError(second))
    assert.equals(second, ffi.onCallbackError(nil))
    assert.is_nil(ffi.onCallbackError(nil))
  end)

  it("refuses what is not a function and keeps the handler", function()
    local function handler() end
    ffi.onCallbackError(handler)
    fails(function() ffi.onCallbackError("print") end, "bad argument #1 to 'onCallbackError'", "got string")
    fails(function() ffi.onCallbackError({}) end, "bad argument #1 to 'onCallbackError'", "got table")
    assert.equals(handler, ffi.onCallbackError(nil))
  end)
end)

describe("functions of the module", function()
  -- Called with nothing at all, each says which argument it misses.
  local first_argument = {
    "alignof", "buffer", "callback", "cast", "cdef", "copy", "fill", "gc", "int64", "load", "open",
    "pointer", "ptr", "read", "signature", "sizeof", "struct", "uint64", "union", "view", "write",
  }
  for _, name in ipairs(first_argument) do
    it(name .. " names itself when nothing is given", function()
      fails(function() ffi[name]() end, "bad argument #1 to '" .. name .. "'")
    end)
  end

  for _, name in ipairs({ "copy", "fill", "read", "write", "zero" }) do
    it("unsafe." .. name .. " names itself when nothing is given", function()
      fails(function() ffi.unsafe[name]() end, "bad argument #1 to '" .. name .. "'")
    end)
  end
end)

describe("lunaffi.compat", function()
  local before

  before_each(function()
    before = package.preload["@lune/ffi"]
    package.preload["@lune/ffi"] = nil
    package.loaded["@lune/ffi"] = nil
    package.loaded["lunaffi.compat"] = nil
  end)

  after_each(function()
    package.preload["@lune/ffi"] = before
    package.loaded["@lune/ffi"] = nil
    package.loaded["lunaffi.compat"] = nil
  end)

  it("makes @lune/ffi a name of the same module", function()
    assert.is_false(pcall(require, "@lune/ffi"))
    require("lunaffi.compat")
    local lune = require("@lune/ffi")
    assert.equals("lunaffi 0.1.0", lune._VERSION)
    local pointer = lune.arena():alloc(4)
    lune.write(pointer, 0, "i32", 42)
    assert.equals(42, ffi.read(pointer, 0, "i32"))
  end)

  it("leaves a name that is preloaded already", function()
    local own = { mine = true }
    package.preload["@lune/ffi"] = function() return own end
    require("lunaffi.compat")
    assert.equals(own, require("@lune/ffi"))
  end)

  it("leaves a name that is loaded already", function()
    local own = { mine = true }
    package.loaded["@lune/ffi"] = own
    require("lunaffi.compat")
    assert.equals(own, require("@lune/ffi"))
    assert.is_nil(package.preload["@lune/ffi"])
  end)
end)
