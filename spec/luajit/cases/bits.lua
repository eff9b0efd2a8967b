-- The functions of `bit`: 32 bits for numbers, 64 for boxed integers.

ffi.cdef("char *getenv(const char *);")

local numbers = { 0, 1, -1, 5, 255, 256, 65535, 0x12345678, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000001, -2147483648, 1.9, -1.9, 2 ^ 40 + 3, -2 ^ 33 - 7, 2 ^ 52 }
local wide = {
  i64 "0", i64 "1", i64 "-1", i64 "255", i64 "4294967296", i64 "9223372036854775807", i64 "-9223372036854775807" - 1, u64 "0", u64 "1", u64 "81985529216486895",
  u64 "18446744073709551615", u64 "9223372036854775808",
}

for _, name in ipairs({ "tobit", "bnot", "bswap", "tohex" }) do
  case(name .. " of numbers", function()
    local results = {}
    for n, number in ipairs(numbers) do
      results[n] = bit[name](number)
    end
    return results
  end)
  case(name .. " of 64-bit integers", function()
    local results = {}
    for n, number in ipairs(wide) do
      results[n] = bit[name](number)
    end
    return results
  end)
end
for _, name in ipairs({ "band", "bor", "bxor" }) do
  for _, number in ipairs(numbers) do
    case(("%s of %.14g and each number"):format(name, number), function()
      local results = {}
      for n, other in ipairs(numbers) do
        results[n] = bit[name](number, other)
      end
      return results
    end)
  end
  for first, number in ipairs(wide) do
    case(("%s of %s and each 64-bit integer"):format(name, tostring(number)), function()
      local results = {}
      for n, other in ipairs(wide) do
        results[n] = bit[name](number, other)
      end
      return results, first
    end)
    case(("%s of %s and numbers"):format(name, tostring(number)), function()
      return bit[name](number, 1), bit[name](-1, number), bit[name](255, number, 65535), bit[name](number)
    end)
  end
  case(name .. " of one and of many", function()
    return bit[name](5), bit[name](15, 7, 3, 1), bit[name](0xff, 0x0f, i64 "3")
  end)
  case(name .. " of cdata of other types", function()
    return bit[name](ffi.new("int", 6), 3), bit[name](ffi.new("uint8_t", 200), 255), bit[name](ffi.new("uint32_t", 4294967295), 1), bit[name](ffi.new("double", 7.9), 5)
  end)
end
for _, name in ipairs({ "lshift", "rshift", "arshift", "rol", "ror" }) do
  for _, number in ipairs({ 1, -1, 0x12345678, 0x80000000, 255 }) do
    case(("%s of %.14g"):format(name, number), function()
      local results = {}
      for n, shift in ipairs({ 0, 1, 4, 8, 31, 32, 33, 63, 64, -1, -31, 1.9 }) do
        results[n] = bit[name](number, shift)
      end
      return results
    end)
  end
  for _, number in ipairs({ i64 "1", i64 "-1", i64 "-9223372036854775807", u64 "81985529216486895", u64 "18446744073709551615" }) do
    case(("%s of %s"):format(name, tostring(number)), function()
      local results = {}
      for n, shift in ipairs({ 0, 1, 4, 8, 31, 32, 33, 63, 64, 65, -1 }) do
        results[n] = bit[name](number, shift)
      end
      return results
    end)
  end
  case(name .. " by a 64-bit count", function()
    return bit[name](1, i64 "4"), bit[name](i64 "16", u64 "2"), type(bit[name](1, i64 "4"))
  end)
end
case("tohex with a number of digits", function()
  local results = {}
  for n, digits in ipairs({ 1, 2, 4, 8, 9, 16, 17, -1, -2, -8, -16, 0 }) do
    results[n] = bit.tohex(0x1234abcd, digits)
  end
  return results
end)
case("tohex of 64 bits with a number of digits", function()
  local results = {}
  for n, digits in ipairs({ 1, 4, 8, 16, 20, -1, -16 }) do
    results[n] = bit.tohex(u64 "81985529216486895", digits)
  end
  return results
end)
case("the type of a result", function()
  return type(bit.band(1, 1)), type(bit.band(1, i64 "1")), ffi.typeof(bit.bor(i64 "1", u64 "1")), ffi.typeof(bit.bnot(i64 "1")), ffi.typeof(bit.lshift(u64 "1", 1)),
    ffi.typeof(bit.bxor(ffi.new("int", 1), 2))
end)
case("strings of digits are numbers", function()
  return bit.band("255", "0x0f"), bit.bnot("1"), bit.lshift("1", "4")
end)
-- Called by their names, which the messages tell.
for _, entry in ipairs({
  { "band", function(...) local r = bit.band(...) return r end }, { "bnot", function(...) local r = bit.bnot(...) return r end },
  { "lshift", function(...) local r = bit.lshift(...) return r end }, { "tobit", function(...) local r = bit.tobit(...) return r end },
  { "tohex", function(...) local r = bit.tohex(...) return r end }, { "bswap", function(...) local r = bit.bswap(...) return r end },
  { "rol", function(...) local r = bit.rol(...) return r end },
}) do
  local name, call = entry[1], entry[2]
  case(name .. " of nothing", function()
    return call()
  end)
  for _, operand in ipairs({
    { "nil", nil }, { "a string", "x" }, { "a table", {} }, { "a boolean", true },
    { "a struct", ffi.new("struct { int x; }") }, { "a pointer", ffi.cast("int *", 16) },
  }) do
    case(("%s of %s"):format(name, operand[1]), function()
      return call(operand[2], 1)
    end)
  end
end
case("a second operand that is none", function()
  local result = bit.bor(1, "x")
  return result
end)
case("an enum's constant by name is no operand of bit", function()
  ffi.cdef("enum bt_flags { BT_A = 1, BT_B = 2 };")
  return bit.bor(ffi.new("enum bt_flags", 1), ffi.new("enum bt_flags", 2))
end)
case("a field's boxed integer", function()
  local s = ffi.new("struct { uint64_t flags; }", u64 "9223372036854775809")
  s.flags = bit.band(s.flags, bit.bnot(u64 "1"))
  return s.flags
end)
case("what is no number is to be what the operands before it are", function()
  local results = {}
  for n, call in ipairs({
    function() local r = bit.bor(u64 "1", ffi.new("int[3]")) return r end,
    function() local r = bit.bor(1, ffi.new("int[3]")) return r end,
    function() local r = bit.bor(i64 "1", 5, ffi.new("int *")) return r end,
    function() local r = bit.lshift(u64 "1", ffi.new("int *")) return r end,
    function() local r = bit.bxor(1, ffi.C.getenv) return r end,
    function() local r = bit.bnot(ffi.new("struct { int x; } *")) return r end,
  }) do
    local ok, message = pcall(call)
    results[n] = { ok, (message:gsub("^[^\n]-:%d+: ", "")) }
  end
  return results
end)
