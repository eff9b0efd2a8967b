-- Arithmetic on 64-bit integers, other number cdata, enums, strings and pointers.

ffi.cdef [[
enum ar_fruit { AR_APPLE, AR_PEAR = 5, AR_MINUS = -3 };
enum ar_colour { AR_RED = 1, AR_BLUE = 0x80000000u };
struct ar_point { double x, y; };
struct ar_hidden;
typedef int (*ar_fn)(int);
]]

local operators = {
  { "+", function(a, b) return a + b end },
  { "-", function(a, b) return a - b end },
  { "*", function(a, b) return a * b end },
  { "/", function(a, b) return a / b end },
  { "%", function(a, b) return a % b end },
  { "^", function(a, b) return a ^ b end },
}

local signed = {
  "0", "1", "-1", "2", "-2", "7", "-7", "10", "4294967296", "9223372036854775807", "-9223372036854775807",
}
local INT64_MIN = i64 "-9223372036854775807" - 1
local unsigned = { "0", "1", "2", "7", "10", "4294967295", "9223372036854775808", "18446744073709551615" }

local rights = {}
for _, text in ipairs(signed) do
  rights[#rights + 1] = i64(text)
end
rights[#rights + 1] = INT64_MIN

local function each(operator, left, list)
  local results = {}
  for i, right in ipairs(list) do
    results[i] = operator(left, right)
  end
  return unpack(results)
end

-- One operator, one left operand, all right operands.
for _, entry in ipairs(operators) do
  local sign, operator = entry[1], entry[2]
  for _, text in ipairs(signed) do
    case(("int64 %s %s each int64"):format(text, sign), function()
      return each(operator, i64(text), rights)
    end)
  end
  case(("int64 minimum %s each int64"):format(sign), function()
    return each(operator, INT64_MIN, rights)
  end)

  local unsigned_rights = {}
  for i, text in ipairs(unsigned) do
    unsigned_rights[i] = u64(text)
  end
  for _, text in ipairs(unsigned) do
    case(("uint64 %s %s each uint64"):format(text, sign), function()
      return each(operator, u64(text), unsigned_rights)
    end)
  end
  for _, text in ipairs({ "1", "-1", "-7", "9223372036854775807" }) do
    case(("int64 %s %s each uint64 is unsigned"):format(text, sign), function()
      return each(operator, i64(text), unsigned_rights)
    end)
    case(("each uint64 %s int64 %s is unsigned"):format(sign, text), function()
      local results = {}
      for i, left in ipairs(unsigned_rights) do
        results[i] = operator(left, i64(text))
      end
      return unpack(results)
    end)
  end

  -- A Lua number is truncated to an integer first.
  for _, number in ipairs({ 0, 1, -1, 3, 2.9, -2.9, 1e10, 2 ^ 40 + 0.5, -2 ^ 62 }) do
    case(("int64 -7 %s the number %.14g"):format(sign, number), function()
      return operator(i64 "-7", number)
    end)
    case(("the number %.14g %s int64 7"):format(number, sign), function()
      return operator(number, i64 "7")
    end)
  end
  for _, number in ipairs({ 1, 3, 2.9, 2 ^ 40 + 0.5 }) do
    case(("uint64 1000 %s the number %.14g"):format(sign, number), function()
      return operator(u64 "1000", number)
    end)
    case(("the number %.14g %s uint64 1000"):format(number, sign), function()
      return operator(number, u64 "1000")
    end)
  end

  -- Every kind of number cdata is an integer of 64 bits to an operator.
  for _, declared in ipairs({
    { "int8_t", -5 }, { "uint8_t", 250 }, { "int16_t", -300 }, { "uint16_t", 60000 }, { "int", -70000 },
    { "unsigned int", 4000000000 }, { "long", -3 }, { "unsigned long", 3 }, { "float", 7.75 }, { "double", -7.75 },
    { "bool", true }, { "char", 65 }, { "enum ar_fruit", 5 }, { "enum ar_colour", 1 }, { "intptr_t", -9 },
    { "size_t", 9 },
  }) do
    local name, value = declared[1], declared[2]
    case(("%s %s 3, and 100 %s it"):format(name, sign, sign), function()
      local box = ffi.new(name, value)
      return operator(box, 3), operator(100, box)
    end)
  end
  case(("float %s double cdata"):format(sign), function()
    return operator(ffi.new("float", 7.9), ffi.new("double", 2.9))
  end)
  case(("bool %s bool cdata"):format(sign), function()
    return operator(ffi.new("bool", true), ffi.new("bool", true))
  end)
  case(("enum %s the name of a constant"):format(sign), function()
    return operator(ffi.new("enum ar_fruit", 7), "AR_PEAR"), operator("AR_PEAR", ffi.new("enum ar_fruit", 2))
  end)
  case(("enum %s a name that is none"):format(sign), function()
    return operator(ffi.new("enum ar_fruit", 7), "AR_STONE")
  end)
  case(("enum %s an enum of another type"):format(sign), function()
    return operator(ffi.new("enum ar_fruit", 7), ffi.new("enum ar_colour", 3))
  end)

  -- What has no arithmetic.
  case(("int64 %s a string of digits"):format(sign), function()
    return operator(i64 "5", "3")
  end)
  case(("a string of digits %s int64"):format(sign), function()
    return operator("3", i64 "5")
  end)
  case(("int64 %s a string that is no number"):format(sign), function()
    return operator(i64 "5", "three")
  end)
  case(("int64 %s nil"):format(sign), function()
    return operator(i64 "5", nil)
  end)
  case(("nil %s int64"):format(sign), function()
    return operator(nil, i64 "5")
  end)
  case(("int64 %s a table"):format(sign), function()
    return operator(i64 "5", {})
  end)
  case(("int64 %s a boolean"):format(sign), function()
    return operator(i64 "5", true)
  end)
  case(("int64 %s a function"):format(sign), function()
    return operator(i64 "5", print)
  end)
  case(("struct %s number"):format(sign), function()
    return operator(ffi.new("struct ar_point"), 1)
  end)
  case(("number %s struct"):format(sign), function()
    return operator(1, ffi.new("struct ar_point"))
  end)
  case(("struct %s struct"):format(sign), function()
    return operator(ffi.new("struct ar_point"), ffi.new("struct ar_point"))
  end)
  case(("struct %s string"):format(sign), function()
    return operator(ffi.new("struct ar_point"), "x")
  end)
  case(("complex %s complex"):format(sign), function()
    return operator(ffi.new("complex", 1, 2), ffi.new("complex", 3, 4))
  end)
  case(("complex %s number"):format(sign), function()
    return operator(ffi.new("complex float", 1, 2), 3)
  end)
  case(("a ctype %s number"):format(sign), { differs = "LuaJIT takes the number of the type",
    ours = "error: attempt to perform arithmetic on 'ctype' and 'number'" }, function()
    return operator(ffi.typeof("int"), 3)
  end)
  case(("int64 %s a pointer"):format(sign), function()
    local p = ffi.cast("int *", 0x1000)
    local result = operator(i64 "2", p)
    return result, ffi.cast("uintptr_t", result)
  end)
  case(("a pointer %s int64"):format(sign), function()
    local p = ffi.cast("int *", 0x1000)
    local result = operator(p, i64 "2")
    return result, ffi.cast("uintptr_t", result)
  end)
  case(("a pointer %s a pointer"):format(sign), function()
    return operator(ffi.cast("int *", 0x1000), ffi.cast("int *", 0x800))
  end)
  case(("an array %s number"):format(sign), function()
    local a = ffi.new("int[4]", { 10, 20, 30, 40 })
    local result = operator(a, 2)
    return result, sign == "+" and result[0]
  end)
  case(("void pointer %s number"):format(sign), function()
    return operator(ffi.cast("void *", 0x1000), 1)
  end)
  case(("pointer to an incomplete struct %s number"):format(sign), function()
    return operator(ffi.cast("struct ar_hidden *", 0x1000), 1)
  end)
  case(("function pointer %s number"):format(sign), function()
    return operator(ffi.cast("ar_fn", 0x1000), 1)
  end)
  case(("function %s number"):format(sign), function()
    ffi.cdef("int abs(int);")
    return operator(ffi.C.abs, 1)
  end)
end

-- Negation --------------------------------------------------------------------------------------

for _, text in ipairs(signed) do
  case("minus int64 " .. text, function()
    return -i64(text)
  end)
end
for _, text in ipairs(unsigned) do
  case("minus uint64 " .. text, function()
    return -u64(text)
  end)
end
case("minus the int64 minimum", function()
  return -INT64_MIN
end)
for _, declared in ipairs({
  { "int", 5 }, { "uint8_t", 200 }, { "unsigned int", 1 }, { "float", 2.5 }, { "double", -2.5 }, { "bool", true },
  { "enum ar_fruit", -3 }, { "enum ar_colour", 1 },
}) do
  case("minus " .. declared[1], function()
    return -ffi.new(declared[1], declared[2])
  end)
end
case("minus a struct", function()
  return -ffi.new("struct ar_point")
end)
case("minus a pointer", function()
  return -ffi.cast("int *", 16)
end)
case("minus complex", function()
  return -ffi.new("complex", 1, 2)
end)

-- Powers ----------------------------------------------------------------------------------------

for _, entry in ipairs({
  { "2", 10 }, { "2", 62 }, { "2", 63 }, { "2", 64 }, { "3", 40 }, { "3", 41 }, { "-2", 63 }, { "-3", 3 }, { "10", 18 },
  { "10", 19 }, { "0", 0 }, { "1", -5 }, { "-1", -5 }, { "-1", -4 }, { "2", -1 }, { "-2", -3 }, { "0", -1 }, { "7", 0 },
  { "-7", 0 }, { "0", 5 }, { "-1", 9 },
}) do
  case(("int64 %s ^ %d"):format(entry[1], entry[2]), function()
    return i64(entry[1]) ^ entry[2]
  end)
  case(("int64 %s ^ int64 %d"):format(entry[1], entry[2]), function()
    return i64(entry[1]) ^ i64(("%d"):format(entry[2]))
  end)
end
for _, entry in ipairs({
  { "2", 63 }, { "2", 64 }, { "3", 40 }, { "3", 41 }, { "10", 19 }, { "10", 20 }, { "0", 0 }, { "1", 100 }, { "5", 27 },
}) do
  case(("uint64 %s ^ %d"):format(entry[1], entry[2]), function()
    return u64(entry[1]) ^ entry[2]
  end)
end
case("the number 2 ^ int64", function()
  return 2 ^ i64 "10", 2.9 ^ i64 "3", -2 ^ i64 "3"
end)

-- Pointers --------------------------------------------------------------------------------------

case("pointer plus and minus integers of every kind", function()
  local a = ffi.new("int[8]", { 0, 1, 2, 3, 4, 5, 6, 7 })
  local p = a + 3
  return p[0], (p + 2)[0], (2 + p)[0], (p - 2)[0], (p + i64 "-1")[0], (p + u64 "1")[0], (p + ffi.new("int8_t", -3))[0],
    (p + ffi.new("enum ar_colour", 1))[0]
end)
case("a fraction is cut off before it is added to a pointer", function()
  local a = ffi.new("int[8]", { 0, 1, 2, 3, 4, 5, 6, 7 })
  return (a + 2.9)[0], ((a + 4) - 1.9)[0], ((a + 4) + -1.9)[0]
end)
case("the result of an array is a pointer to its element", function()
  local a = ffi.new("short[4]")
  return a + 1, ffi.typeof(a + 1), ffi.typeof(1 + a), ffi.typeof(ffi.new("int[3][4]") + 1)
end)
case("a pointer keeps its own type", function()
  return ffi.typeof(ffi.cast("const char *", 0) + 1), ffi.typeof(ffi.cast("int *const", 0) + 1),
    ffi.typeof(ffi.cast("struct ar_point *", 0) - 1), ffi.typeof(ffi.cast("int (*)[3]", 0) + 1)
end)
case("steps are as long as the element", function()
  local function step(ct)
    return ffi.cast("uintptr_t", ffi.cast(ct, 0x1000) + 3)
  end
  return step("char *"), step("short *"), step("int *"), step("double *"), step("struct ar_point *"), step("void **"),
    step("int (*)[3]"), step("bool *"), step("complex *")
end)
case("pointers wrap", function()
  return ffi.cast("uintptr_t", ffi.cast("char *", 1) - 2), ffi.cast("uintptr_t", ffi.cast("int *", 0) - 1)
end)
case("number minus pointer", function()
  return 5 - ffi.cast("int *", 0x1000)
end)
case("number minus array", function()
  return 5 - ffi.new("int[3]")
end)
case("pointer difference is a number of elements", function()
  local a = ffi.new("int[10]")
  return (a + 7) - a, a - (a + 7), (a + 3) - (a + 3)
end)
case("pointer difference in bytes, structs and pointers", function()
  local bytes, points = ffi.new("char[10]"), ffi.new("struct ar_point[10]")
  return (bytes + 9) - bytes, (points + 9) - points, points - (points + 2)
end)
case("pointer difference ignores qualifiers and signs", function()
  local p = ffi.cast("int *", 0x1000)
  return ffi.cast("const int *", 0x1010) - p, ffi.cast("unsigned int *", 0x1010) - p,
    ffi.cast("volatile int *", 0x1010) - p
end)
case("pointer difference truncates what is no multiple", function()
  return ffi.cast("int *", 0x1007) - ffi.cast("int *", 0x1000), ffi.cast("int *", 0x1000) - ffi.cast("int *", 0x1007)
end)
case("pointers to other types have no difference", function()
  return ffi.cast("int *", 0x1010) - ffi.cast("short *", 0x1000)
end)
case("pointers to other structs have no difference", function()
  return ffi.cast("struct ar_point *", 0x1010) - ffi.cast("struct { double x, y; } *", 0x1000)
end)
case("void pointers have no difference", function()
  return ffi.cast("void *", 0x1010) - ffi.cast("void *", 0x1000)
end)
case("pointer minus nil", function()
  return ffi.cast("int *", 0x1010) - nil
end)
case("pointer plus string", function()
  return ffi.cast("int *", 0x1010) + "1"
end)
case("pointer plus a float cdata", function()
  return ffi.cast("uintptr_t", ffi.cast("int *", 0x1000) + ffi.new("double", 2.9))
end)
case("array minus array", function()
  local s = ffi.new("struct { int a[4]; int b[4]; }")
  return s.b - s.a, s.a - s.b
end)
case("a field that is a pointer", function()
  local a = ffi.new("int[4]", { 1, 2, 3, 4 })
  local s = ffi.new("struct { int *p; }", a)
  s.p = s.p + 2
  return s.p[0], s.p - a
end)

-- Chains and numbers beyond a double ---------------------------------------------------------------

case("a sum of many terms", function()
  local sum = i64 "0"
  for n = 1, 100 do
    sum = sum + n * n
  end
  return sum, type(sum)
end)
case("factorial of 20 and its overflow", function()
  local f = i64 "1"
  for n = 2, 20 do
    f = f * n
  end
  return f, f * 21
end)
case("a hash of bytes with 64-bit wrap", function()
  local hash = u64 "14695981039346656037"
  for _, byte in ipairs({ 104, 101, 108, 108, 111 }) do
    hash = bit.bxor(hash, byte) * u64 "1099511628211"
  end
  return hash
end)
case("mixed signs go unsigned at once", function()
  return i64 "-1" + u64 "0", i64 "-8" / u64 "2", i64 "-8" % u64 "3", u64 "0" - 1
end)
case("results are always boxed", function()
  local one = i64 "1"
  return type(one + 1), type(one * 0), type(ffi.new("double", 7.5) / 2), ffi.typeof(ffi.new("uint8_t", 1) + 1)
end)
case("the type of a result", function()
  return ffi.typeof(i64 "1" + 1), ffi.typeof(u64 "1" + 1), ffi.typeof(ffi.new("uint32_t", 1) + 1),
    ffi.typeof(ffi.new("size_t", 1) + 1), ffi.typeof(ffi.new("double", 1) + ffi.new("float", 1)),
    ffi.typeof(-ffi.new("bool", true))
end)
case("a reference to a number behaves as the number", function()
  local a = ffi.new("int[1]", 41)
  local r = ffi.cast("int &", a)
  return r + 1, 1 + r, -r, r * r
end)
case("concatenation has no meaning", function()
  return i64 "1" .. "x"
end)
case("concatenation with a cdata on the right", function()
  return "x" .. i64 "1"
end)
case("concatenation of two cdata", function()
  return i64 "1" .. ffi.new("struct ar_point")
end)
case("concatenation with a number", function()
  return 5 .. ffi.cast("int *", 0)
end)
for _, ct in ipairs({ "int64_t", "int", "double", "int[4]", "int *", "struct ar_point", "complex", "bool" }) do
  case("length of " .. ct, function()
    return #ffi.new(ct)
  end)
end
