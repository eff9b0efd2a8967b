-- Bound functions and callbacks have entry points of their own, of which there is a limited number: with more of them
-- than that, from coroutines, and with arguments that the shortest way does not take, calls are the same.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local PATH = helper.fixture("numbers")

local INTERFACE = {
  add = { args = { "i32", "i32" }, ret = "i32" },
  fadd = { args = { "f64", "f64" }, ret = "f64" },
  slen = { args = { "string" }, ret = "usize" },
  twice = { args = { "i32" }, ret = "i32" },
  not_bool = { args = { "bool" }, ret = "bool" },
}

-- Calls every function of the interface with n.
local function check(lib, n)
  assert.equals(n + 3, lib.add(n, 3))
  assert.equals(n + 0.5, lib.fadd(n, 0.5))
  assert.equals(n % 50, lib.slen(("x"):rep(n % 50)))
  assert.equals(2 * n, lib.twice(n))
  assert.equals(true, lib.not_bool(false))
end

describe("Bound functions", function()
  it("are what they are, however many there are", function()
    local libraries = {}
    for i = 1, 400 do
      libraries[i] = ffi.load(PATH, INTERFACE)
    end
    for i, lib in ipairs(libraries) do
      check(lib, i)
      assert.equals("i32 add(i32, i32)", ffi.signature(lib.add))
    end
    for i = 1, #libraries, 2 do
      libraries[i]:close()
    end
    for i, lib in ipairs(libraries) do
      if i % 2 == 1 then
        helper.fails(function()
          lib.add(1, 2)
        end, "cannot call 'add' (library is closed)")
      else
        check(lib, i)
      end
    end
  end)

  it("are the same in coroutines, also in turns with the main one", function()
    local lib = ffi.load(PATH, INTERFACE)
    local thread = coroutine.wrap(function()
      for i = 1, 100 do
        check(lib, i)
        coroutine.yield(lib.add(i, 1))
      end
      return pcall(lib.add, 1, "x")
    end)
    for i = 1, 100 do
      assert.equals(i + 1, thread())
      check(lib, i)
    end
    local fine, message = thread()
    assert.is_false(fine)
    assert.matches("bad argument #2 to 'add'", message, 1, true)
  end)

  it("take what needs a closer look beside what does not", function()
    local lib = ffi.load(PATH, INTERFACE)
    assert.equals(7, lib.add("3", 4))
    assert.equals(7, lib.add(3, " 0x4 "))
    assert.equals(7, lib.add(3.0, 4.9))
    assert.equals(-1, lib.add(4294967295, 0))
    assert.equals(3.5, lib.fadd("3", "0.5"))
    assert.equals(9007199254740992, lib.fadd(9007199254740992, 0))
    assert.equals(math.huge, lib.fadd(math.huge, 1))
    local nan = lib.fadd(0 / 0, 1)
    assert.is_true(nan ~= nan)
  end)

  it("refuse what does not fit, wherever it stands", function()
    local lib = ffi.load(PATH, INTERFACE)
    for _, bad in ipairs({ 4294967296, -2147483649, "0x10000000000000001", "x", {}, "1\0" }) do
      helper.fails(function()
        lib.add(bad, 1)
      end, "bad argument #1 to 'add'")
      helper.fails(function()
        lib.add(1, bad)
      end, "bad argument #2 to 'add'")
    end
    for _, bad in ipairs({ "x", {}, "0x", "1\0" }) do
      helper.fails(function()
        lib.fadd(1, bad)
      end, "bad argument #2 to 'fadd'")
    end
    assert.equals(18446744073709551616, lib.fadd("0x10000000000000000", 0))
    helper.fails(function()
      lib.slen("a\0b")
    end, "bad argument #1 to 'slen'")
    helper.fails(function()
      lib.slen(12)
    end, "bad argument #1 to 'slen'")
    for _, count in ipairs({ 0, 1, 3 }) do
      helper.fails(function()
        lib.add(helper.unpack({ 1, 2, 3 }, 1, count))
      end, "wrong number of arguments to 'add' (2 expected")
    end
    assert.equals(3, lib.add(1, 2))
  end)
end)

describe("Callbacks", function()
  local lib = ffi.load(helper.fixture("callbacks"), {
    call_i32 = { args = { "pointer", "i32" }, ret = "i32" },
    call_i8 = { args = { "pointer", "i8" }, ret = "i8" },
    call_u16 = { args = { "pointer", "u16" }, ret = "u16" },
    call_f32 = { args = { "pointer", "f32" }, ret = "f32" },
    call_f64 = { args = { "pointer", "f64" }, ret = "f64" },
    call_bool = { args = { "pointer", "bool" }, ret = "bool" },
    call_none = { args = { "pointer" }, ret = "i32" },
  })

  it("are what they are, however many there are", function()
    local callbacks = {}
    for i = 1, 1500 do
      callbacks[i] = ffi.callback(function(x)
        return x + i
      end, "i32", { "i32" })
    end
    for i, callback in ipairs(callbacks) do
      assert.equals(1000 + i, lib.call_i32(callback, 1000))
    end
    for i = 1, #callbacks, 2 do
      callbacks[i]:free()
    end
    for i = 2, #callbacks, 2 do
      assert.equals(i - 7, lib.call_i32(callbacks[i], -7))
      callbacks[i]:free()
    end
  end)

  it("take and give each primitive whole, in range or with an error", function()
    local function same(ty)
      return ffi.callback(function(x)
        return x
      end, ty, { ty })
    end
    for ty, values in pairs({
      i8 = { -128, 127, 0 }, u16 = { 65535, 0 }, i32 = { -2147483648, 2147483647 }, f32 = { -0.5, 16777216 },
      f64 = { 1e300, -0.1, 9007199254740992 }, bool = { true, false },
    }) do
      local callback = same(ty)
      for _, value in ipairs(values) do
        assert.equals(value, lib["call_" .. ty](callback, value))
      end
      callback:free()
    end
    for _, bad in ipairs({ 4294967296, -2147483649, "x", {} }) do
      local callback = ffi.callback(function()
        return bad
      end, "i32", {})
      helper.fails(function()
        lib.call_none(callback)
      end, "i32")
      callback:free()
    end
    for given, expected in pairs({ ["12"] = 12, [3.9] = 3, [4294967295] = -1 }) do
      local callback = ffi.callback(function()
        return given
      end, "i32", {})
      assert.equals(expected, lib.call_none(callback))
      callback:free()
    end
  end)
end)
