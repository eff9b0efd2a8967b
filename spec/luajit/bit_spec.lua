-- `lunaffi.bit` against LuaJIT's own `bit`: the same calls with the same operands.

local bit = require("lunaffi.bit")
local loader = require("lunaffi.loader")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

-- Writes a line for each call of each function with operands of all kinds. LuaJIT runs this text with
-- its own `bit`, the running Lua with lunaffi's.
local CALLS = [[
local bit, write = ...
local ffi = require "ffi"
local function of(ct, value) return ffi.new(ct, value) end
local operands = {
  0, 1, -1, 2, 5, 31, 32, 33, 255, 256, 65535, 0x7fffffff, 0x80000000, 0xffffffff, -2147483648,
  2^32, 2^32 + 5, -2^32 - 7,
  1e15 + 3, 2^51 - 1, -2^51 + 1, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 4294967295.5,
  "7", " 0x10 ", "-1", "1e2",
  0LL, 1LL, -1LL, 5LL, 63LL, 64LL, 0x123456789abcdefLL, -0x8000000000000000LL, 0x7fffffffffffffffLL,
  0ULL, 1ULL, 255ULL, 0xffffffffffffffffULL, 0x8000000000000000ULL,
  of("int", -5), of("uint8_t", 200), of("int16_t", -3), of("uint32_t", 4000000000),
  of("double", 3.75), of("float", -2.5),
  of("bool", true),
}
-- A negative number beside a uint64_t: LuaJIT made another value of it before 2023.
local function unsettled(...)
  local unsigned, negative = false, false
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    unsigned = unsigned or tostring(value):find("ULL$") ~= nil
    local number = type(value) ~= "cdata" and tonumber(value)
    if ffi.istype("double", value) or ffi.istype("float", value) then number = tonumber(value) end
    negative = negative or (number and number < 0)
  end
  return unsigned and negative
end
local function show(name, ...)
  if unsettled(...) then return end
  local ok, result = pcall(bit[name], ...)
  write(name, " ", ok and type(result) or "error", " ", ok and tostring(result) or "", "\n")
end
for _, name in ipairs { "tobit", "bnot", "bswap", "tohex", "band", "bor", "bxor" } do
  for _, a in ipairs(operands) do show(name, a) end
end
for _, name in ipairs { "band", "bor", "bxor", "lshift", "rshift", "arshift", "rol", "ror" } do
  for _, a in ipairs(operands) do
    for _, b in ipairs(operands) do show(name, a, b) end
  end
end
for _, a in ipairs { 1, -1, 0xabcdef, 0x123456789abcdefLL, -1ULL } do
  for _, n in ipairs { 0, 1, 4, 8, 12, 16, 20, 254, -1, -4, -8, -16, -20, 2.9, "3", 5LL } do
    show("tohex", a, n)
  end
end
for a = 1, #operands, 3 do
  for b = 1, #operands, 4 do
    for c = 2, #operands, 5 do show("bxor", operands[a], operands[b], operands[c], 0x55) end
  end
end
]]

describe("lunaffi.bit", function()
  it("gives what LuaJIT's bit gives, for every function and kind of operand", function()
    local expected = helper.with_tempfile(
      "local calls = loadstring(" .. ("%q"):format(CALLS) .. ")\ncalls(require 'bit', io.write)",
      function(path)
        return interpreter.shell("luajit " .. interpreter.quote(path))
      end
    )
    local written = {}
    loader.load(CALLS, "=calls")(bit, function(...)
      for place = 1, select("#", ...) do
        written[#written + 1] = tostring((select(place, ...)))
      end
    end)
    local actual = table.concat(written)
    local count, different = 0, {}
    local place = 0
    local lines = {}
    for line in actual:gmatch("[^\n]*\n") do
      lines[#lines + 1] = line
    end
    for line in expected:gmatch("[^\n]*\n") do
      place = place + 1
      count = count + 1
      if line ~= lines[place] then
        different[#different + 1] = ("%d: %s instead of %s"):format(place, tostring(lines[place]), line)
      end
    end
    assert.equal(#lines, count)
    assert.is_true(count > 20000, "too few calls: " .. count)
    assert.equal("", table.concat(different))
  end)

  it("has LuaJIT's functions and no other", function()
    local names = {}
    for name in pairs(bit) do
      names[#names + 1] = name
    end
    table.sort(names)
    assert.equal("arshift band bnot bor bswap bxor lshift rol ror rshift tobit tohex", table.concat(names, " "))
  end)

  it("makes no more than 254 digits", function()
    for _, count in ipairs({ 254, 255, 1000, -255, 2147483647, -2147483648 }) do
      assert.equal(254, #bit.tohex(1, count))
    end
    assert.equal(("0"):rep(246) .. "ABCDEF01", bit.tohex(0xabcdef01, -300))
  end)

  it("takes integers of the Lua at hand beyond 2^53 as they are", function()
    if helper.can("integer subtype") then
      assert.equal(0x11, bit.band(math.maxinteger - 0xee, 0xff))
    end
  end)

  it("takes the boxed integers of the Lune API", function()
    local boxed = require("lunaffi").uint64("18446744073709551615")
    assert.equal("18446744073709551615ULL", tostring(bit.bor(boxed, 0)))
    assert.equal(-1, bit.tobit(boxed))
  end)

  it("says which operand is none", function()
    helper.fails(function() bit.band() end, "bad argument #1 to 'band' (number expected, got no value)")
    helper.fails(function() bit.bor(1, nil) end, "bad argument #2 to 'bor' (number expected, got nil)")
    helper.fails(function() bit.bxor(1, 2, {}) end, "bad argument #3 to 'bxor' (number expected, got table)")
    helper.fails(function() bit.bnot(true) end, "bad argument #1 to 'bnot' (number expected, got boolean)")
    helper.fails(function() bit.lshift(1) end, "bad argument #2 to 'lshift' (number expected, got no value)")
    helper.fails(function() bit.tobit("x") end, "bad argument #1 to 'tobit' (number expected, got string)")
    helper.fails(function() bit.tohex(1, {}) end, "bad argument #2 to 'tohex' (number expected, got table)")
    local ffi = require("lunaffi.luajit")
    local pointer = ffi.new("int *")
    helper.fails(function() bit.bor(pointer, 1) end, "bad argument #1 to 'bor' (cannot convert 'int *' to 'int64_t')")
  end)
end)

describe("lunaffi.jit", function()
  it("is what a program asks LuaJIT's for, with a compiler that is off", function()
    local jit, ffi = require("lunaffi.jit"), require("lunaffi.luajit")
    assert.same({ ffi.os, ffi.arch, 20199 }, { jit.os, jit.arch, jit.version_num })
    assert.truthy(jit.version:find("^LuaJIT 2%.1"))
    assert.same({ false }, { jit.status() })
    for _, name in ipairs({ "on", "off", "flush", "attach" }) do
      assert.equal(0, select("#", jit[name](true, true)))
    end
    assert.equal(0, select("#", jit.opt.start("hotloop=10")))
  end)
end)
