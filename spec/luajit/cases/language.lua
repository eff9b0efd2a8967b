-- Programs in LuaJIT's syntax: literals, comparisons and library names that stock Lua lacks.

case("literals of every spelling", [[
return 0LL, 42LL, 42ll, 42Ll, 42ULL, 42ull, 42uLL, 0x10LL, 0xffULL, 0XfLL, 18446744073709551615ULL, 9223372036854775807LL, 0xffffffffffffffffULL, 0x8000000000000000LL
]])
case("negative literals", [[ return -1LL, -9223372036854775808LL, - 5ULL, -(1LL), 2LL^-1LL, -2LL^2 ]])
case("imaginary literals", [[ return 1i, 2.5i, 1e3i, 0x10i, -1i, 0i, 1I ]])
case("literals beside names and operators", [[
local a = 1LL
local t = {1LL, 2ULL; 3LL, [4LL] = 5}
return a+1LL, a-1LL, 1LL+a, 2LL*3LL, (4LL), t[1], t[2], t[3], #t, 7LL/2LL, 7LL%4LL, 2LL^10LL, 1LL .. "" == nil
]])
case("literals that look like names", [[
local LL, ULL, i, x1LL = "LL", "ULL", "i", 5
local t = { LL = 1, i = 2 }
return LL, ULL, i, x1LL, t.LL, t.i, 1 .. i, 1 ..LL
]])
case("numbers of more than 64 bits are no literals", [[
local function message(text)
  local f, err = loadstring("return " .. text, "=x")
  return f and f() or (err:gsub("^x:1: ", ""))
end
return message("18446744073709551616ULL"), message("0x1ffffffffffffffffLL"), message("18446744073709551615LL")
]])
case("tonumber of cdata with a base", [[
local function get() return 42LL end
local base = 10
return tonumber(5LL, 10), tonumber(get(), 10), tonumber(get(), base), tonumber("11", 10), tonumber("11", 2),
  tonumber(ffi.new("int *"), 10)
]])
case("cdata in quotes of string.format", [[
return string.format("%q", 5LL), string.format("[%q|%s]", 7ULL, 1i), string.format("%q", "a\\b")
]])
case("literals in strings and comments stay", [==[
-- 42LL in a comment
--[[ 42LL in a long
comment ]]
local s = "42LL" .. '1i' .. [[7ULL]] .. "a \"5LL\" b" .. 'it\'s 6LL'
return s, #s
]==])
case("cdata in conditions", [[
local n = ffi.new("int64_t")
if n then n = n + 1 end
return n and "and", n or "or", not n, (n == 1) and "one"
]])
case("equality with plain values", [[
local n, p, z = 5LL, ffi.cast("int *", 0), ffi.new("int *")
return n == 5, 5 == n, n ~= 5, n == 6, p == nil, nil == p, p ~= nil, z == p, n == "5", n == {}, n == nil, n ~= nil
]])
case("which operand a metamethod for equality gets first", [[
ffi.cdef("struct la_equal { int x; };")
local log = {}
local equal = ffi.metatype("struct la_equal", {
  __eq = function(a, b)
    log[#log + 1] = type(a) .. " " .. type(b)
    return true
  end,
})
local a, three, name, none, t = equal(1), 3, "x", nil, { a = equal(2) }
local function get(...) return ... end
local _ = 3 == a, a == 3, three == a, a == three, get(3) == a, -3 == a, 3 ~= a, a ~= 3
_ = "x" == a, name == a, a == name, nil == a, a == nil, none == a, true == a, false ~= a
_ = 3 == t.a, t.a == 3, "x" ~= t.a, get(4) == t.a, nil == get(a)
if 3 == a then log[#log + 1] = "if" end
return table.concat(log, ",")
]])
case("order with plain values", [[
local n = 5LL
return n < 6, n <= 5, n > 4, n >= 5, 6 > n, 5 <= n, n < 5.5, 4.5 < n, -1 < 1ULL
]])
case("comparisons of plain values are as ever", [[
local t = {}
return 1 == 1.0, "a" == "a", "a" < "b", 1 < 2, t == t, {} == {}, nil == false, "1" == 1, 2 >= 1, "b" >= "a", 1 ~= 1, (0/0) == (0/0)
]])
case("errors of plain comparisons", [[ return 1 < "x" and 1 ]])
case("comparisons with metamethods of tables", [[
local mt = {}
mt.__eq = function(a, b) return a.x == b.x end
mt.__lt = function(a, b) return a.x < b.x end
mt.__le = function(a, b) return a.x <= b.x end
local function new(x) return setmetatable({ x = x }, mt) end
return new(1) == new(1), new(1) == new(2), new(1) < new(2), new(2) <= new(1), new(1) ~= new(1), new(1) > new(2), new(3) >= new(2)
]])
case("precedence of comparisons", [[
local a, b = 1LL, 2
return a + 1 == b, a == b - 1, not a == b, a == 1 and b == 2, a == 1 or error("no"), a < b == true, a * 2 <= b, -a < b, "x" .. 1 == "x1", 2 ^ a == 2
]])
case("comparisons in every place of a statement", [[
local a, out = 1LL, {}
if a == 1 then out[#out + 1] = "if" end
while a ~= 3 do a = a + 1 end
out[#out + 1] = tonumber(a)
repeat a = a - 1 until a == 1
out[a == 1 and 3 or 4] = a < 2
local t = { a == 1, x = a ~= 1, [a == 1 and "k" or "l"] = a <= 1 }
out[#out + 1], out[#out + 2] = t[1], t.x
local function f(...) return ... end
out.k = t.k
return out, f(a == 1, a > 5), (a == 1), (function() return a == 1 end)()
]])
case("comparisons over lines", [[
local a = 5LL
return a
  == 5, a ==
  5,
  a < -- comment
  6
]])
case("comparison operators in strings and long brackets", [==[
local s, t = "a == b", [[ x ~= y ]]
return s == "a == b", t == [[ x ~= y ]], #s
]==])
case("calls without parentheses beside comparisons", [[
local function id(x) return x end
return id"a" == "a", id{1}[1] == 1, id [=[b]=] == "b", ("x"):rep(2) == "xx"
]])
case("type of cdata", [[
local n = 1LL
return type(n), type(n) == "cdata", type(ffi.typeof("int")), type(5), type(io.stdout), type(nil), (type(n) == "cdata" and "yes")
]])
case("type in a table and as an upvalue", [[
local type = type
local names = { [type(1LL)] = 1, [type("")] = 2 }
local function check(x) return type(x) == "cdata" end
return names.cdata, names.string, check(1LL), check(1)
]])
case("tonumber of cdata", [[
local convert = tonumber
return tonumber(5LL), tonumber(5ULL) + 1, convert(ffi.new("double", 2.5)), tonumber("0x10"), tonumber("77", 8), tonumber(ffi.new("struct { int x; }"))
]])
case("tonumber through a table and a function", [[
local t = { tonumber = tonumber }
local ok, n = pcall(tonumber, 7LL)
local list = {}
for n, v in ipairs({ 1LL, 2LL }) do list[n] = tonumber(v) end
return t.tonumber(6LL), ok, n, list
]])
case("tostring and concatenation", [[
return tostring(5LL) .. "!", "n=" .. tostring(ffi.new("int", 1)):match("^cdata<int>"), ("%s"):format(tostring(7ULL))
]])
case("tostring gives what __tostring gives", [[
local nothing = setmetatable({}, { __tostring = function() return nil end })
local ct = ffi.metatype("struct { int x; }", { __tostring = function(s) return s.x > 1 and { s.x } or "one" end })
return tostring(nothing), tostring(ct(5)), tostring(ct(1)), select("#", tostring(nothing)), pcall(tostring, nothing)
]])
case("pairs and ipairs of cdata", [[
ffi.cdef "struct la_pairs { int x; };"
ffi.metatype("struct la_pairs", { __pairs = function() return next, { a = 1 } end, __ipairs = function() return next, { "x" } end })
local seen = {}
for k, v in pairs(ffi.new("struct la_pairs")) do seen[#seen + 1] = k .. tostring(v) end
for k, v in ipairs(ffi.new("struct la_pairs")) do seen[#seen + 1] = k .. tostring(v) end
return seen
]])
case("names of Lua 5.1's library", [[
return unpack({ 1, 2, 3 }), select("#", unpack({ 1, nil, 3 }, 1, 3)), loadstring("return 5")(), math.pow(2, 3), table.maxn({ 1, 2, [7] = 3 }), type(setfenv), type(getfenv)
]])
case("setfenv and getfenv", [[
local f = loadstring("return value")
setfenv(f, { value = 42 })
return f(), getfenv(f).value
]])
case("loadstring with a message", [[
local f, message = loadstring("return +", "=chunk")
return f, message ~= nil
]])
case("loaded code has LuaJIT's syntax", [[
return loadstring("return 5LL == 5")(), load(function() return nil end) ~= nil
]])
case("the bit library is there", [[
local bit = require("bit")
return bit.band(255, 15), bit.bor(1LL, 2LL), require("bit") == bit
]])
case("the ffi is there", [[
local ffi = require("ffi")
return ffi.sizeof("int"), ffi.new("int", 5) == 5
]])
case("jit is there", [[
return type(jit), type(jit.version), jit.version_num >= 20000, jit.os, jit.arch, type(jit.off), type(jit.on), type(jit.status), type(jit.flush), type(require("jit"))
]])
case("jit.off and jit.on", [[
jit.off(true, true)
jit.on()
jit.off(function() end)
jit.flush()
jit.on()
return "done"
]])
case("string escapes", [[ return "\x41\x42", "a\z
   b", '\065', "\u{48}" ]])
case("goto and labels", { needs = "goto" }, [[
local n, out = 0, {}
::again::
n = n + 1
if n < 4 then
  if n == 2 then goto again end
  out[#out + 1] = n
  goto again
end
return out
]])
case("varargs and tail calls", [[
local function f(...) return select("#", ...), ... end
local function g(...) return f(...) end
return g(1LL == 1, nil, 3)
]])
case("a method called on the result of a comparison's operand", [[
local s = "abc"
return s:upper() == "ABC", s:sub(1, 1) < s:sub(2, 2), #s == 3, -#s < 0
]])
case("numbers of every kind", [[
return 1, 1.5, .5, 5., 1e10, 1E-2, 0x1F, 0x.8p1, 0xA.8, 3e0, 1e+2
]])
case("an error names its line", [[
local a = 1LL

local b = a == 1
if b then
  error("here")
end
]])
case("the line of an error after long things", [==[
local s = [[
one
two]]
local ok, message = pcall(function()
  local x = 5LL == 5 and
    nil
  return x.y
end)
return message:match(":(%d+):")
]==])
case("the line of a debug trace", [[
local function where() return debug.getinfo(2, "l").currentline end
local a = { 1LL == 1,
  where(),
  1LL == 2,
  where() }
return a
]])
case("a syntax error", [[
local f, message = loadstring("return 5LL = 5")
return f, type(message)
]])
case("loop bounds by tonumber", [[
local n, sum = 3LL, 0
for k = 1, tonumber(n) do sum = sum + k end
return sum
]])
case("a table keyed by cdata is keyed by identity", [[
local k = 1LL
local t = { [k] = "a" }
return t[k], t[1LL], t[1]
]])
case("fields of a table that are operators' names", [[
local t = { ["=="] = 1, eq = 2, lt = 3, le = 4, type = 5, tonumber = 6 }
return t["=="], t.eq, t.lt, t.le, t.type, t.tonumber
]])
case("locals with the names of helpers", [[
local eq, lt, le, ne = 1, 2, 3, 4
return eq == 1, lt < 3, le <= 3, ne ~= 5, eq == 1LL
]])
case("many locals and comparisons", [[
]] .. (function()
  local parts = {}
  for n = 1, 180 do
    parts[n] = ("local v%d = %dLL"):format(n, n)
  end
  return table.concat(parts, "\n")
end)() .. [[

return v1 == 1, v180 == 180, v90 < v91
]])
case("deep nesting of parentheses", "return " .. ("("):rep(100) .. "1LL == 1" .. (")"):rep(100))
case("a long chain of comparisons", "local n = 0LL return " .. ("n == 0 and "):rep(200) .. "true")
case("a program of its own", [[
ffi.cdef "typedef struct { uint8_t red, green, blue, alpha; } la_pixel;"
local function ramp(n)
  local img = ffi.new("la_pixel[?]", n)
  local f = 255 / (n - 1)
  for k = 0, n - 1 do
    img[k].green = k * f
    img[k].alpha = 255
  end
  return img
end
local function grey(img, n)
  for k = 0, n - 1 do
    local y = 0.3 * img[k].red + 0.59 * img[k].green + 0.11 * img[k].blue
    img[k].red, img[k].green, img[k].blue = y, y, y
  end
end
local img = ramp(16)
grey(img, 16)
local out = {}
for k = 0, 15 do out[k + 1] = img[k].red end
return out, ffi.sizeof(img)
]])
case("a class over a struct", [[
ffi.cdef "typedef struct { double x, y; } la_point;"
local point
point = ffi.metatype("la_point", {
  __add = function(a, b) return point(a.x + b.x, a.y + b.y) end,
  __len = function(a) return math.sqrt(a.x * a.x + a.y * a.y) end,
  __eq = function(a, b) return type(b) == "cdata" and a.x == b.x and a.y == b.y end,
  __index = { area = function(a) return a.x * a.x + a.y * a.y end },
})
local a = point(3, 4)
return a.x, a.y, #a, a:area(), #(a + point(0.5, 8)), a == point(3, 4), a == nil, a ~= point(1, 1)
]])
case("a linked list", [[
ffi.cdef "typedef struct la_node { int value; struct la_node *next; } la_node;"
local nodes, head = {}, nil
for k = 3, 1, -1 do
  local n = ffi.new("la_node", k, head)
  nodes[#nodes + 1] = n
  head = n
end
local sum, p = 0, ffi.cast("la_node *", head)
while p ~= nil do
  sum = sum * 10 + p.value
  p = p.next
end
return sum
]])
case("a 64-bit hash", [[
local function fnv(s)
  local h = 14695981039346656037ULL
  for k = 1, #s do
    h = bit.bxor(h, s:byte(k))
    h = h * 1099511628211ULL
  end
  return h
end
return fnv("hello"), bit.tohex(fnv("")), fnv("a") > fnv("b")
]])
case("underscores in numerals", [[
  local results = {}
  for _, text in ipairs({ "1_000", "1__0_", "0x_f_f", "0_x1", "1_0.5", "1._5", "1_e5", "1e_5", "1e_+5", "0b1_01", "1_0LL", "1_LL", "1_0ULL", "1_0i" }) do
    local f, message = loadstring("return " .. text)
    results[#results + 1] = f and tostring(f()) or message
  end
  return unpack(results)
]])
