-- Equality and order: numbers, pointers, enums, structs, ctypes, and mixtures of all.

ffi.cdef [[
enum cmp_fruit { CMP_APPLE, CMP_PEAR = 5, CMP_MINUS = -3 };
enum cmp_other { CMP_ONE = 1 };
struct cmp_point { double x, y; };
struct cmp_same { double x, y; };
struct cmp_hidden;
]]

-- All six comparisons of a and b, or the errors of those that have none.
local function compare(a, b)
  local function try(fn, x, y)
    local ok, result = pcall(fn, x, y)
    return ok and tostring(result) or (result:gsub("^[^\n]-:%d+: ", ""))
  end
  return try(eq, a, b), try(lt, a, b), try(le, a, b), try(lt, b, a), try(le, b, a), try(eq, b, a)
end

-- Numbers ---------------------------------------------------------------------------------------

local function i(text) return function() return i64(text) end end
local function u(text) return function() return u64(text) end end
local function new(ct, ...)
  local values = { ... }
  return function() return ffi.new(ct, unpack(values)) end
end
local function plain(value) return function() return value end end

local numbers = {
  { "0LL", i "0" }, { "5LL", i "5" }, { "-1LL", i "-1" }, { "the int64 maximum", i "9223372036854775807" },
  { "0ULL", u "0" }, { "5ULL", u "5" }, { "the uint64 maximum", u "18446744073709551615" },
  { "int8_t -1", new("int8_t", -1) }, { "uint32_t 4294967295", new("uint32_t", 4294967295) },
  { "double 5.7", new("double", 5.7) }, { "float 5.2", new("float", 5.2) }, { "bool true", new("bool", true) },
  { "enum 5", new("enum cmp_fruit", 5) }, { "the number 5", plain(5) }, { "the number 5.5", plain(5.5) },
  { "the number -1", plain(-1) },
}
for first = 1, #numbers do
  for second = first, #numbers do
    local a, b = numbers[first], numbers[second]
    if not (a[1]:find("the number", 1, true) and b[1]:find("the number", 1, true)) then
      case(a[1] .. " against " .. b[1], function()
        return compare(a[2](), b[2]())
      end)
    end
  end
end

case("a value against itself", function()
  local x, p, s = i64 "7", ffi.cast("int *", 8), ffi.new("struct cmp_point")
  return x == x, p == p, s == s, x <= x, p <= p, x < x
end)
case("numbers that a double cannot tell apart", function()
  return compare(i64 "9007199254740993", i64 "9007199254740992")
end)
case("a number is truncated before it is compared", function()
  return eq(i64 "5", 5.9), eq(i64 "-5", -5.9), lt(i64 "5", 5.9), eq(u64 "5", 5.9)
end)

-- Mixtures --------------------------------------------------------------------------------------

local operands = {
  { "nil", plain(nil) }, { "true", plain(true) }, { "false", plain(false) }, { "the string '5'", plain("5") },
  { "the string 'CMP_PEAR'", plain("CMP_PEAR") }, { "a table", plain({}) }, { "a function", plain(print) },
  { "the number 0", plain(0) }, { "the number 5", plain(5) },
}
local boxes = {
  { "int64", i "5" }, { "uint64 0", u "0" }, { "double", new("double", 5) }, { "bool", new("bool", false) },
  { "enum", new("enum cmp_fruit", 5) }, { "NULL", new("int *") },
  { "a pointer", function() return ffi.cast("int *", 0x1000) end }, { "a NULL function pointer", new("int (*)(int)") },
  { "void pointer NULL", new("void *") }, { "a struct", new("struct cmp_point") }, { "an array", new("int[3]") },
  { "complex", new("complex", 5) }, { "a ctype", function() return ffi.typeof("int") end },
}
for _, box in ipairs(boxes) do
  for _, operand in ipairs(operands) do
    case(box[1] .. " against " .. operand[1], function()
      if box[1] == "a ctype" then
        return eq(box[2](), operand[2]()) -- ordered by its number, which says nothing
      end
      return compare(box[2](), operand[2]())
    end)
  end
end
for first = 1, #boxes do
  for second = first, #boxes do
    local a, b = boxes[first], boxes[second]
    case(a[1] .. " against another " .. b[1], function()
      -- Arrays are ordered by address and ctypes by number: only their equality is the same each time.
      local x, y = a[2](), b[2]()
      if a[1] == "an array" or b[1] == "an array" or b[1] == "a ctype" then
        return eq(x, y)
      end
      return compare(x, y)
    end)
  end
end

-- Enums and strings -------------------------------------------------------------------------------

case("an enum equals its constant's name", function()
  local e = ffi.new("enum cmp_fruit", "CMP_PEAR")
  return eq(e, "CMP_PEAR"), eq("CMP_PEAR", e), eq(e, "CMP_APPLE"), eq(e, "CMP_STONE"), eq(e, "")
end)
case("an enum is ordered against names", function()
  local e = ffi.new("enum cmp_fruit", "CMP_PEAR")
  return lt("CMP_MINUS", e), le(e, "CMP_PEAR"), lt(e, "CMP_APPLE")
end)
case("an enum is not ordered against a name that is none", function()
  return lt(ffi.new("enum cmp_fruit", 5), "CMP_STONE")
end)
case("enums of two types compare as numbers", function()
  return compare(ffi.new("enum cmp_fruit", 1), ffi.new("enum cmp_other", 1))
end)
case("an enum does not know the names of another", function()
  return eq(ffi.new("enum cmp_fruit", 1), "CMP_ONE")
end)
case("a signed enum below zero", function()
  return compare(ffi.new("enum cmp_fruit", "CMP_MINUS"), -3)
end)

-- Pointers --------------------------------------------------------------------------------------

case("pointers to compatible types are ordered", function()
  local low, high = ffi.cast("int *", 0x1000), ffi.cast("const int *", 0x1004)
  return compare(low, high)
end)
case("pointers are ordered without regard to sign", function()
  return compare(ffi.cast("char *", 1), ffi.cast("unsigned char *", 2))
end)
case("addresses are unsigned", function()
  return compare(ffi.cast("char *", i64 "-1"), ffi.cast("char *", 1))
end)
case("pointers to other types are equal or not, and have no order", function()
  return compare(ffi.cast("int *", 0x1000), ffi.cast("short *", 0x1000))
end)
case("a void pointer is ordered with any", function()
  return compare(ffi.cast("void *", 0x1000), ffi.cast("short *", 0x1002))
end)
case("pointers to two structs alike have no order", function()
  return compare(ffi.cast("struct cmp_point *", 16), ffi.cast("struct cmp_same *", 16))
end)
case("pointers to an incomplete struct are ordered", function()
  return compare(ffi.cast("struct cmp_hidden *", 16), ffi.cast("struct cmp_hidden *", 32))
end)
case("an array equals a pointer to its first element", function()
  local a = ffi.new("int[4]")
  return a == a + 0, a + 0 == a, a == a + 1, a < a + 1, a + 1 <= a
end)
case("a struct equals a pointer to it", function()
  local s = ffi.new("struct cmp_point")
  local p = ffi.cast("struct cmp_point *", s)
  return s == p, p == s, s == p + 1, p[0] == s
end)
case("equal structs in two places are not equal", function()
  return ffi.new("struct cmp_point", 1, 2) == ffi.new("struct cmp_point", 1, 2)
end)
case("structs have no order", function()
  return ffi.new("struct cmp_point") < ffi.new("struct cmp_point")
end)
case("a struct and a pointer to it have no order", function()
  local s = ffi.new("struct cmp_point")
  return s < ffi.cast("struct cmp_point *", s)
end)
case("an inner struct equals the outer one when it stands first", function()
  local s = ffi.new("struct { struct cmp_point first, second; }")
  return s == s.first, s == s.second, s.first == s.first
end)
case("a pointer equals the same address with another number of stars", function()
  return ffi.cast("int *", 64) == ffi.cast("int **", 64), ffi.cast("int **", 64) < ffi.cast("int **", 72)
end)
case("pointer to pointer has no order with pointer", function()
  return ffi.cast("int *", 64) < ffi.cast("int **", 64)
end)
case("function pointers compare by address", function()
  ffi.cdef("int abs(int); long labs(long);")
  local p = ffi.cast("int (*)(int)", ffi.C.abs)
  return p == ffi.C.abs, ffi.C.abs == p, ffi.C.abs == ffi.C.labs, ffi.C.abs == ffi.C.abs
end)
case("a function pointer against a data pointer", function()
  local p = ffi.cast("int (*)(int)", 64)
  return p == ffi.cast("void *", 64), p == ffi.cast("int *", 64)
end)
case("a pointer and an integer are never equal", function()
  return eq(ffi.cast("int *", 5), 5), eq(ffi.cast("int *", 0), 0), eq(ffi.cast("int *", 5), i64 "5")
end)
case("a pointer and an integer have no order", function()
  return lt(ffi.cast("int *", 5), 5)
end)
case("a pointer and an int64 have no order", function()
  return ffi.cast("int *", 5) < i64 "5"
end)
case("isnull of everything", function()
  return isnull(ffi.cast("void *", 0)), isnull(ffi.cast("void *", 1)), isnull(ffi.new("int *")), isnull(ffi.new("int[1]")),
    isnull(i64 "0"), isnull(ffi.new("struct cmp_point")), isnull(ffi.new("int (*)(int)")), isnull(nil), isnull(false),
    isnull(0), isnull(ffi.typeof("int")), isnull(ffi.new("bool"))
end)
case("a field that holds NULL", function()
  local s = ffi.new("struct { int *p; struct cmp_hidden *q; void (*f)(void); }")
  return eq(s.p, nil), eq(nil, s.q), eq(s.f, nil)
end)

-- ctypes ----------------------------------------------------------------------------------------

case("ctypes of one type are equal", function()
  return ffi.typeof("int") == ffi.typeof("int32_t"), ffi.typeof("int") == ffi.typeof("signed"),
    ffi.typeof("long") == ffi.typeof("int64_t"),
    ffi.typeof("char") == ffi.typeof("int8_t"), ffi.typeof("unsigned char") == ffi.typeof("uint8_t"),
    ffi.typeof("int *") == ffi.typeof("int32_t *"), ffi.typeof("struct cmp_point") == ffi.typeof("struct cmp_point"),
    ffi.typeof("int[3]") == ffi.typeof("int[3]")
end)
case("long and long long are one type", { differs = "types of one size and sign are one", ours = "true" }, function()
  return ffi.typeof("long") == ffi.typeof("long long")
end)
case("ctypes of other types are not", function()
  return ffi.typeof("int") == ffi.typeof("unsigned"), ffi.typeof("int") == ffi.typeof("const int"),
    ffi.typeof("struct cmp_point") == ffi.typeof("struct cmp_same"), ffi.typeof("int[3]") == ffi.typeof("int[4]"),
    ffi.typeof("int[]") == ffi.typeof("int[?]"), ffi.typeof("struct { int a; }") == ffi.typeof("struct { int a; }"),
    ffi.typeof("enum cmp_fruit") == ffi.typeof("int")
end)
case("a ctype and a value of it", function()
  return ffi.typeof("int") == ffi.new("int"), ffi.new("int") == ffi.typeof("int")
end)

-- In LuaJIT's own syntax ----------------------------------------------------------------------------

case("literals and plain numbers", [[
return 5LL == 5, 5 == 5LL, 5ULL ~= 5, 5LL < 6, 6 < 5LL, 5LL >= 5, -1LL < 1ULL, 0x10LL == 16, 1LL == true
]])
case("NULL and nil", [[
local p = ffi.new("int *")
local q = ffi.cast("int *", 16)
return p == nil, nil == p, p ~= nil, q == nil, q ~= nil, not p, p and 1 or 2
]])
case("an enum in an if", [[
ffi.cdef "enum cmp_source { CMP_SOURCE_A, CMP_SOURCE_B };"
local e = ffi.new("enum cmp_source", 1)
if e == "CMP_SOURCE_B" and e ~= "CMP_SOURCE_A" and e == 1 and e > 0 then return "yes" end
return "no"
]])
case("comparisons as operands", [[
local x, y = 3LL, 4ULL
return (x < y) == true, x == y == false, not (x == 3), x + 1 == y, (x == 3 and y == 4) and "both", #("a" == 1LL and "b" or "cc")
]])
case("a comparison that raises", [[
return ffi.new("int *") < 5
]])
case("while and repeat with cdata bounds", [[
local n, out = 0LL, {}
while n < 3 do out[#out + 1] = tonumber(n) n = n + 1 end
repeat n = n - 1 out[#out + 1] = tonumber(n) until n == 0
return out
]])
case("a userdata is no pointer to compare with", function()
  local results = {}
  local pointer = ffi.cast("void *", 4096)
  ffi.cdef("struct cmp_asked { int x; };")
  local asked = ffi.metatype("struct cmp_asked", { __eq = function() return "yes" end, __lt = function() return true end })()
  for n, other in ipairs({ ffi.C, io.stdout }) do
    local ok, message = pcall(lt, pointer, other)
    results[n] = { eq(pointer, other), eq(other, pointer), eq(asked, other), lt(asked, other), ok, (message:gsub("^[^\n]-:%d+: ", ""):gsub("FILE%*", "userdata")) }
  end
  return results
end)

-- A string is equal to a pointer to it, whatever text others have.
for _, ct in ipairs({ "const char *", "const uint8_t *", "const void *", "void *", "const int *", "char *" }) do
  case("a string cast to " .. ct, function()
    local text = "cm_text"
    local p, other = ffi.cast(ct, text), ffi.cast(ct, "cm_other")
    return eq(p, text), eq(text, p), eq(other, text), eq(p, "cm_other"), eq(p, ffi.cast(ct, text))
  end)
end
case("a string and an array of its characters", function()
  return eq(ffi.new("char[8]", "cm_text"), "cm_text"), eq("cm_text", ffi.new("const char[8]", "cm_text"))
end)
case("a string and a number", function()
  return eq(i64 "5", "5"), eq(ffi.new("char", 53), "5"), eq(ffi.new("struct { int x; }"), "5")
end)
