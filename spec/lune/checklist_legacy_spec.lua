-- The examples of the legacy manual, L1 to L13, as programs that run: libraries from ffi.open,
-- calls by name, buffers, lightuserdata.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local fails = helper.fails
local PATH = helper.fixture("numbers")

describe("L1: opening a library", function()
  it("gives an object that knows its path", function()
    local lib = ffi.open(PATH)
    assert.equals("Library", getmetatable(lib))
    assert.equals(PATH, lib.path)
  end)

  it("raises for a path that is not there, and names it", function()
    fails(function() ffi.open("./build/c_tests/no_such_library.so") end,
      "cannot load library './build/c_tests/no_such_library.so'")
    fails(function() ffi.open("libnosuchthing.so.99") end, "libnosuchthing.so.99")
    fails(function() ffi.open(nil) end, "bad argument #1 to 'open'", "string expected")
  end)
end)

describe("L2: calling add", function()
  it("gives 30 for 10 and 20", function()
    local lib = ffi.open(PATH)
    local sum = lib:call("add", "int", { "int", "int" }, 10, 20)
    assert.equals(30, sum)
    assert.equals("30", tostring(sum))
  end)
end)

describe("L3: calling a void function", function()
  it("returns nothing and has its effect", function()
    local lib = ffi.open(PATH)
    lib:call("noop_reset", "void", {})
    assert.is_nil((lib:call("noop", "void", {})))
    lib:call("noop", "void", {})
    assert.equals(2, lib:call("noop_calls", "int", {}))
  end)
end)

describe("L4: calling a function that returns a text", function()
  it("gives the text, and nil for NULL", function()
    local lib = ffi.open(PATH)
    assert.equals("fixtures 1.0", lib:call("version_string", "string", {}))
    assert.equals("", lib:call("empty_string", "string", {}))
    assert.is_nil((lib:call("null_string", "string", {})))
  end)

  it("takes a text, too", function()
    local lib = ffi.open(PATH)
    assert.equals("hello world!", lib:call("greet", "string", { "string" }, "world"))
    assert.equals(5, lib:call("slen", "u64", { "string" }, "hello"))
  end)
end)

describe("L5: malloc and free", function()
  it("give a lightuserdata and take it back", function()
    local libc = ffi.open("libc.so.6")
    local pointer = libc:call("malloc", "pointer", { "u64" }, 1024)
    assert.is_not_nil(pointer)
    assert.equals("userdata", type(pointer))
    assert.is_false(ffi.isNull(pointer))
    ffi.write(pointer, 1020, "i32", 77)
    assert.equals(77, ffi.read(pointer, 1020, "i32"))
    assert.is_nil((libc:call("free", "void", { "pointer" }, pointer)))
    assert.is_nil((libc:call("free", "void", { "pointer" }, nil)))
  end)
end)

describe("L6: the rows of the type table go through C", function()
  local lib = ffi.open(PATH)
  local rows = {
    { "bool", true, false },
    { "i8", -128, -1, 0, 127 },
    { "u8", 0, 1, 255 },
    { "i16", -32768, 0, 32767 },
    { "u16", 0, 65535 },
    { "i32", -2147483648, 0, 2147483647 },
    { "u32", 0, 4294967295 },
    { "i64", -9007199254740992, 0, 9007199254740992 },
    { "u64", 0, 9007199254740992 },
    { "f32", 0.5, -1.25, 16777216 },
    { "f64", 0.1, -1e300, 3.14 },
    { "string", "", "text" },
  }
  for _, row in ipairs(rows) do
    it(row[1] .. " comes back as it went", function()
      for i = 2, #row do
        local result = lib:call("id_" .. row[1], row[1], { row[1] }, row[i])
        assert.equals(row[i], result)
      end
    end)
  end

  it("pointer comes back as it went", function()
    local buffer = ffi.buffer(8)
    assert.equals(buffer.ptr, lib:call("id_pointer", "pointer", { "pointer" }, buffer.ptr))
    assert.is_nil((lib:call("id_pointer", "pointer", { "pointer" }, nil)))
    assert.is_nil((lib:call("id_pointer", "pointer", { "pointer" }, ffi.null)))
  end)
end)

describe("L7: aliases", function()
  for alias, canonical in pairs({
    int = "i32", uint = "u32", long = "i64", float = "f32", double = "f64", char = "i8", size_t = "u64",
  }) do
    it(alias .. " is as large as " .. canonical, function()
      assert.equals(ffi.sizeof(canonical), ffi.sizeof(alias))
    end)
  end

  it("work in calls", function()
    local lib = ffi.open(PATH)
    assert.equals(-5, lib:call("id_i32", "int", { "int" }, -5))
    assert.equals(-5, lib:call("id_i64", "long", { "long" }, -5))
    assert.equals(5, lib:call("id_u32", "uint", { "uint" }, 5))
    assert.equals(0.5, lib:call("id_f32", "float", { "float" }, 0.5))
    assert.equals(0.1, lib:call("id_f64", "double", { "double" }, 0.1))
    assert.equals(-100, lib:call("id_i8", "char", { "char" }, -100))
    assert.equals(3, lib:call("slen", "size_t", { "cstring" }, "abc"))
  end)
end)

describe("L8: a buffer", function()
  it("holds an int, a misaligned double and a text, and C sees them", function()
    local lib = ffi.open(PATH)
    local buffer = ffi.buffer(64)
    buffer:write(0, "i32", 42)
    buffer:write(4, "f64", 3.14)
    buffer:writeString(12, "Hello, C!")
    assert.equals(42, buffer:read(0, "i32"))
    assert.equals(3.14, buffer:read(4, "f64"))
    assert.equals("Hello, C!", buffer:readString(12))

    assert.equals(42, lib:call("read_ref", "i32", { "pointer" }, buffer.ptr))
    assert.equals(("H"):byte(), lib:call("byte_at", "u8", { "pointer", "usize" }, buffer.ptr, 12))
    assert.equals(("!"):byte(), lib:call("byte_at", "u8", { "pointer", "usize" }, buffer, 20))
    lib:call("set_byte", "void", { "pointer", "usize", "u8" }, buffer.ptr, 12, ("J"):byte())
    assert.equals("Jello, C!", buffer:readString(12))

    buffer:zero()
    assert.equals(("\0"):rep(64), buffer:readBytes(0, 64))
    assert.equals(0, lib:call("byte_at", "u8", { "pointer", "usize" }, buffer.ptr, 12))
  end)

  it("reads and writes bytes", function()
    local buffer = ffi.buffer(8)
    buffer:writeBytes(2, "a\0b\255")
    assert.equals("\0\0a\0b\255\0\0", buffer:readBytes(0, 8))
    assert.equals("a\0b", buffer:readBytes(2, 3))
  end)

  it("shares its memory with a slice", function()
    local buffer = ffi.buffer(16)
    local slice = buffer:slice(4, 8)
    slice:write(0, "i32", 11)
    assert.equals(11, buffer:read(4, "i32"))
    buffer:write(8, "i32", 22)
    assert.equals(22, slice:read(4, "i32"))
    assert.equals(8, slice.size)
  end)
end)

describe("L9: the short calls", function()
  it("give what they are named after", function()
    local lib = ffi.open(PATH)
    assert.equals(7, lib:callInt("version_int"))
    assert.equals(42, lib:callIntArg("twice", 21))
    assert.equals(3.141592653589793, lib:callDouble("pi"))
    assert.equals("fixtures 1.0", lib:callString("version_string"))
    assert.is_nil((lib:callString("null_string")))
    lib:callVoid("noop_reset")
    assert.is_nil((lib:callVoid("noop")))
    assert.equals(1, lib:callInt("noop_calls"))
  end)

  it("take argument types and arguments after the name", function()
    local lib = ffi.open(PATH)
    assert.equals(30, lib:callInt("add", { "i32", "i32" }, 10, 20))
    assert.equals(26.25, lib:callDouble("calculate", { "i32", "f64", "f64" }, 2, 10.5, 2.5))
    assert.equals("hello you!", lib:callString("greet", { "string" }, "you"))
    lib:callVoid("set_last_error", { "u32" }, 9)
    assert.equals(9, lib:callInt("get_last_error"))
  end)
end)

describe("L10: symbols, null and pointers", function()
  local lib = ffi.open(PATH)

  it("a symbol is an address that callPtr calls", function()
    local add = lib:getSymbol("add")
    assert.equals("userdata", type(add))
    assert.is_false(ffi.isNull(add))
    assert.equals(30, lib:callPtr(add, "i32", { "i32", "i32" }, 10, 20))
  end)

  it("a symbol that is not there raises, and hasSymbol tells without raising", function()
    assert.is_true(lib:hasSymbol("add"))
    assert.is_false(lib:hasSymbol("nope"))
    fails(function() lib:getSymbol("nope") end, "symbol 'nope' not found in '" .. PATH .. "'")
  end)

  it("isNull is true for null and nil", function()
    assert.is_true(ffi.isNull(ffi.null))
    assert.is_true(ffi.isNull(nil))
    assert.is_true(ffi.isNull((lib:call("null_pointer", "pointer", {}))))
    assert.is_false(ffi.isNull(lib:getSymbol("add")))
  end)

  it("ffi.string reads to the NUL, or exactly so many bytes", function()
    local pointer = lib:call("version_string", "pointer", {})
    assert.equals("fixtures 1.0", ffi.string(pointer))
    assert.equals("fixtures 1", ffi.string(pointer, 10))
    assert.equals("fixtures 1.0\0", ffi.string(pointer, 13))
    assert.is_nil(ffi.string(ffi.null))
  end)

  it("cast reads the value that is stored there", function()
    local buffer = ffi.buffer(16)
    buffer:write(0, "i32", 12345)
    buffer:write(8, "f64", 2.5)
    assert.is_true(ffi.cast(buffer.ptr, "i32") == 12345)
    assert.is_true(ffi.cast(buffer:slice(8, 8).ptr, "f64") == 2.5)
    assert.is_true(ffi.cast(buffer.ptr, "bool"))
    local value = ffi.cast(lib:call("id_pointer", "pointer", { "pointer" }, buffer), "i32")
    assert.equals(12346, value + 1)
    fails(function() ffi.cast(ffi.null, "i32") end, "bad argument #1 to 'cast'", "null pointer")
  end)
end)

describe("L11: sizes and type names", function()
  it("are 4 and 8, i32 and f64", function()
    assert.equals(4, ffi.sizeof("i32"))
    assert.equals(ffi.sizeof("usize"), ffi.sizeof("pointer"))
    assert.equals("i32", ffi.types.int)
    assert.equals("f64", ffi.types.double)
  end)
end)

describe("L12: the complete program", function()
  it("adds, calculates, doubles a buffer, closes", function()
    local lib = ffi.open(PATH)
    assert.equals("30", tostring(lib:call("add", "i32", { "i32", "i32" }, 10, 20)))

    local types = { "i32", "f64", "f64" }
    assert.equals(13, lib:call("calculate", "f64", types, 0, 10.5, 2.5))
    assert.equals(8, lib:call("calculate", "f64", types, 1, 10.5, 2.5))
    assert.equals(26.25, lib:call("calculate", "f64", types, 2, 10.5, 2.5))
    assert.equals(4.2, lib:call("calculate", "f64", types, 3, 10.5, 2.5))
    assert.equals(0, lib:call("calculate", "f64", types, 9, 10.5, 2.5))

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
    lib:close()
    fails(function() lib:call("add", "i32", { "i32", "i32" }, 1, 2) end, "library is closed")
    fails(function() lib:callInt("version_int") end, "library is closed")
    fails(function() lib:getSymbol("add") end, "library is closed")
    assert.equals(PATH, lib.path)
    assert.equals(8, buffer:read(12, "i32"))
  end)
end)

describe("L13: the tables of the manual", function()
  for _, name in ipairs({
    "open", "buffer", "string", "cast", "sizeof", "alignof", "isNull", "callback", "cdef",
  }) do
    it("the module has the function " .. name, function()
      assert.equals("function", type(ffi[name]))
    end)
  end

  it("the module has null and types", function()
    assert.equals("userdata", type(ffi.null))
    assert.equals("table", type(ffi.types))
  end)

  for _, name in ipairs({
    "call", "callInt", "callIntArg", "callDouble", "callString", "callVoid", "getSymbol", "hasSymbol", "close",
    "callPtr", "listExports",
  }) do
    it("a library has the method " .. name, function()
      assert.equals("function", type(ffi.open(PATH)[name]))
    end)
  end

  it("a library has the property path and nothing unknown", function()
    local lib = ffi.open(PATH)
    assert.equals(PATH, lib.path)
    assert.is_nil(lib.nonsense)
    fails(function() lib.path = "other" end)
    assert.equals(PATH, lib.path)
  end)

  for _, name in ipairs({
    "read", "write", "readBytes", "writeBytes", "readString", "writeString", "zero", "slice", "as_ptr",
  }) do
    it("a buffer has the method " .. name, function()
      assert.equals("function", type(ffi.buffer(8)[name]))
    end)
  end

  it("a buffer has the properties size and ptr and nothing unknown", function()
    local buffer = ffi.buffer(8)
    assert.equals(8, buffer.size)
    assert.equals("userdata", type(buffer.ptr))
    assert.is_nil(buffer.nonsense)
    fails(function() buffer.size = 16 end)
    assert.equals(8, buffer.size)
  end)

  it("a buffer starts with zeros and may be empty", function()
    assert.equals(("\0"):rep(100), ffi.buffer(100):readBytes(0, 100))
    assert.equals(0, ffi.buffer(0).size)
    assert.equals("", ffi.buffer(0):readBytes(0, 0))
    fails(function() ffi.buffer(-1) end, "bad argument #1 to 'buffer'")
  end)

  it("every access past a buffer's end raises and writes nothing", function()
    local buffer = ffi.buffer(8)
    for name, access in pairs({
      read = function() buffer:read(5, "i32") end,
      write = function() buffer:write(5, "i32", -1) end,
      readBytes = function() buffer:readBytes(4, 5) end,
      writeBytes = function() buffer:writeBytes(4, "12345") end,
      readString = function() buffer:readString(9) end,
      writeString = function() buffer:writeString(4, "12345") end,
      slice = function() buffer:slice(4, 5) end,
    }) do
      fails(access, "'" .. name .. "'", "out of bounds")
      assert.equals(("\0"):rep(8), buffer:readBytes(0, 8))
    end
  end)

  it("writeString ends with a NUL, or drops it on an exact fit", function()
    local buffer = ffi.buffer(8)
    ffi.fill(buffer, 8, 0xFF)
    buffer:writeString(0, "abc")
    assert.equals("abc\0\255\255\255\255", buffer:readBytes(0, 8))
    buffer:writeString(0, "12345678")
    assert.equals("12345678", buffer:readBytes(0, 8))
    assert.equals("12345678", buffer:readString())
    assert.equals("5678", buffer:readString(4))
  end)
end)
