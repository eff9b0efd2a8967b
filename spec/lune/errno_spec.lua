-- ffi.errno: what the last C call left, kept from everything in between, set for the next call.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local fails, collect = helper.fails, helper.collect
local lib = ffi.load(helper.fixture("numbers"), {
  set_errno = { args = { "i32" }, ret = "i32" },
  get_errno = { ret = "i32" },
  keep_errno = { args = { "i32" }, ret = "i32" },
})
local callbacks = ffi.load(helper.fixture("callbacks"), {
  errno_around = { args = { "pointer" }, ret = "i32" },
  apply = { args = { "pointer", "i32" }, ret = "i32" },
})

-- Things between two calls that use the C library themselves, some of which fail.
local function disturb()
  assert.is_nil((io.open("./no/such/file")))
  assert.is_nil((os.remove("./no/such/file")))
  collect()
  pcall(ffi.load, "nolib.so")
  ffi.buffer(1000):writeString(0, ("%d"):format(12345))
end

describe("ffi.errno", function()
  it("tells what the last call left", function()
    helper.is_integer(lib.set_errno(5), "-1")
    helper.is_integer(ffi.errno(), "5")
    lib.set_errno(17)
    helper.is_integer(ffi.errno(), "17")
    helper.is_integer(ffi.errno(), "17")
  end)

  it("survives what Lua and its libraries do afterwards", function()
    lib.set_errno(42)
    disturb()
    helper.is_integer(ffi.errno(), "42")
  end)

  it("survives memory operations and failing conversions", function()
    lib.set_errno(43)
    local memory = ffi.arena():alloc(64)
    ffi.write(memory, 0, "i32", 1)
    ffi.fill(memory, 64, 0)
    pcall(lib.keep_errno, {})
    pcall(lib.keep_errno)
    helper.is_integer(ffi.errno(), "43")
  end)

  it("is left alone by a function that does not touch it", function()
    lib.set_errno(44)
    helper.is_integer(lib.keep_errno(9), "9")
    helper.is_integer(ffi.errno(), "44")
    disturb()
    lib.keep_errno(9)
    helper.is_integer(ffi.errno(), "44")
  end)

  it("sets what the next call finds, and gives the old value", function()
    lib.set_errno(1)
    helper.is_integer(ffi.errno(33), "1")
    disturb()
    helper.is_integer(lib.get_errno(), "33")
    helper.is_integer(ffi.errno(0), "33")
    helper.is_integer(lib.get_errno(), "0")
  end)

  it("goes with lib:call and callPtr as well", function()
    lib:call("set_errno", "i32", { "i32" }, 21)
    helper.is_integer(ffi.errno(), "21")
    lib:callPtr(lib:getSymbol("set_errno"), "i32", { "i32" }, 22)
    helper.is_integer(ffi.errno(22), "22")
    helper.is_integer(lib:callInt("get_errno"), "22")
    lib:call("keep_errno", "i32", { "i32" }, 0)
    helper.is_integer(ffi.errno(), "22")
  end)

  it("tells why the C library failed", function()
    local descriptor = ffi.C:call("open", "i32", { "string", "i32" }, "./no/such/file", 0)
    helper.is_integer(descriptor, "-1")
    helper.is_integer(ffi.errno(), "2")
    assert.equals("No such file or directory", ffi.C:call("strerror", "string", { "i32" }, ffi.errno()))
  end)

  it("may be negative and as large as an int", function()
    for _, value in ipairs({ -1, 2147483647, -2147483648, 0 }) do
      ffi.errno(value)
      helper.is_integer(ffi.errno(), helper.digits(value))
      assert.equals(value, lib.get_errno())
    end
  end)

  for _, row in ipairs({
    { "a table", {} }, { "a word", "ENOENT" }, { "a boolean", true }, { "NaN", 0 / 0 },
    { "too large a number", 2 ^ 40 },
  }) do
    it("refuses " .. row[1] .. " and keeps its value", function()
      ffi.errno(7)
      fails(function() ffi.errno(row[2]) end, "bad argument #1 to 'errno'", "expected, got")
      helper.is_integer(ffi.errno(), "7")
    end)
  end

  it("is one value for all coroutines", function()
    coroutine.wrap(function() lib.set_errno(61) end)()
    helper.is_integer(ffi.errno(), "61")
    local co = coroutine.create(function()
      lib.set_errno(62)
      coroutine.yield()
      return (lib.get_errno())
    end)
    coroutine.resume(co)
    ffi.errno(63)
    local _, seen = coroutine.resume(co)
    helper.is_integer(seen, "63")
  end)
end)

describe("errno around a callback", function()
  it("inside is what C had", function()
    local inside
    local cb = ffi.callback(function()
      inside = ffi.errno()
      return 0
    end, "i32", {})
    callbacks.errno_around(cb)
    helper.is_integer(inside, "77")
  end)

  it("is not disturbed for C by what the callback does", function()
    local cb = ffi.callback(function()
      disturb()
      return 0
    end, "i32", {})
    helper.is_integer(callbacks.errno_around(cb), "77")
    helper.is_integer(ffi.errno(), "77")
  end)

  it("is not disturbed for C by an error in the callback", function()
    local cb = ffi.callback(function() error("stop", 0) end, "i32", {})
    ffi.errno(0)
    assert.is_false((pcall(callbacks.errno_around, cb)))
    helper.is_integer(ffi.errno(), "77")
  end)

  it("is for C what the callback set", function()
    local cb = ffi.callback(function()
      ffi.errno(78)
      disturb()
      return 0
    end, "i32", {})
    helper.is_integer(callbacks.errno_around(cb), "78")
    helper.is_integer(ffi.errno(), "78")
  end)

  it("is for C what a call inside the callback left", function()
    local cb = ffi.callback(function()
      lib.set_errno(79)
      disturb()
      return 0
    end, "i32", {})
    helper.is_integer(callbacks.errno_around(cb), "79")
    helper.is_integer(ffi.errno(), "79")
  end)

  it("of a nested call is there when that call has returned", function()
    local inside = {}
    local inner = ffi.callback(function()
      inside[#inside + 1] = ffi.errno()
      return 0
    end, "i32", {})
    local outer = ffi.callback(function(x)
      ffi.errno(5)
      callbacks.errno_around(inner)
      inside[#inside + 1] = ffi.errno()
      return x
    end, "i32", { "i32" })
    callbacks.apply(outer, 1)
    assert.same({ 77, 77 }, inside)
  end)
end)
