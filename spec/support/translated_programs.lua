-- luacheck: no max line length
-- Programs in LuaJIT's language, each with a name. What each prints on LuaJIT, untouched, is what it has
-- to print on every Lua when `lunaffi.loader` has translated it.

return {
  -- literals
  { "64-bit literals", [[
print(42LL, 42ULL, 0x2aLL, 0xffffffffffffffffULL, 0xffffffffffffffffLL, 18446744073709551615LL)
print(-1LL, -1ULL, - -3LL, -9223372036854775808LL, 9223372036854775807LL, 1ll, 1uLl, 1LLU, 0b101LL)
print(-2LL ^ 2, (-2LL) ^ 2, 2LL ^ 10, 7LL / 2, -7LL % 4, 1ULL - 2, 5LL * 1.9)]] },
  { "imaginary literals", [[print(2i, -2i, 0x1.8i, 1e3i, 0b1i, .5I)]] },
  { "a literal in a loop is one constant", [[
local seen = {}
for i = 1, 3 do seen[7LL] = (seen[7LL] or 0) + i end
local n = 0
for _, v in pairs(seen) do n = n + v end
print(n, 7LL == 7LL, rawequal(7LL, 7LL))]] },
  { "numerals", [[print(0x10, 0xA, 0Xff, 0b1011, 0x.8, 0x1p4 == 16, 0x1P-2, 0xep1 == 28, 3. == 3, .5, 1e2 == 100, 0x7fffffff)
print(0xffffffffffffffff == 2^64, 9007199254740993 == 9007199254740992, 0xe-1, 1e400 == 1/0)]] },
  { "strings", [=[
print("a\65\x41\u{41}\u{20AC}\u{10FFFF}\z
       b", 'q\'"', "\0651", #"\0\00\000", "a\
b", [[
first]], [==[x]]y]==], "\a\b\f\v" == "\7\8\12\11", #[[ [[ ]])
print(("\z   end"):len(), "tab\tbed")]=] },
  -- equality
  { "equality with numbers", [[
local a, b, c = 5LL, 5, 5ULL
print(a == b, b == a, a ~= b, a == 5, 5 == a, a ~= 5, 6 == a, a == c, a == "5", a == 5.5, -1LL == 2^64, c == a)
local t = { n = 7ULL, f = function() return 8LL end }
print(t.n == 7, 7 == t.n, t.n ~= 7, t.f() == 8, t:f() ~= 8, t.f() == t.n, not (t.n == 7), t.n == t.f() - 1)
print(a == b == true, (a == b) == (b == c), a + 1 == 6, -a == -5)]] },
  { "equality with nil", [[
local ffi = require "ffi"
local p, q = ffi.new("int *"), ffi.new("int[1]")
print(p == nil, nil == p, p ~= nil, q == nil, q ~= nil, ffi.cast("int *", q) == nil)
local t = { p = p, q = q }
print(t.p == nil, t.q == nil, t.r == nil, t.p ~= nil, t.q ~= nil, t.r ~= nil)
if t.p == nil then print("null") end
if not (t.q ~= nil) then print("never") end
print(p == q, q == ffi.cast("char *", q), ffi.cast("void *", 0) == p, p and "pointers are true")]] },
  { "equality with the names of an enum", [[
local ffi = require "ffi"
ffi.cdef "enum loader_color { LOADER_RED, LOADER_GREEN = 5 };"
local e = ffi.new("enum loader_color", "LOADER_GREEN")
print(e == "LOADER_GREEN", e == "LOADER_RED", "LOADER_GREEN" == e, e ~= "LOADER_GREEN", e == 5, e ~= 0)
local t = { e = e }
print(t.e == "LOADER_GREEN", t.e ~= "LOADER_RED", t.e == 5)]] },
  { "equality of everything else", [[
local a, b, t, f, n = {}, {}, setmetatable({}, { __eq = function() return true end }), print, nil
local u = setmetatable({}, getmetatable(t))
print(a == b, a == a, a ~= b, t == u, t ~= u, f == print, n == nil, n == false, "1" == 1, 0 == -0, 0/0 == 0/0)
local x = 0/0
print(x == x, x ~= x, a == "a", "a" == a, f == a, true == 1, io.stdout == io.stdout, io.stdout == nil, a == io.stdout)
local co = coroutine.create(print)
print(co == co, co == nil, co ~= print, (nil == false))]] },
  { "equality by metatypes", [[
local ffi = require "ffi"
ffi.cdef "typedef struct { int n; } loader_eq_t;"
local log = {}
local T = ffi.metatype("loader_eq_t", { __eq = function(a, b)
  log[#log + 1] = type(a) .. type(b)
  return (type(a) == "cdata" and a.n or a) == (type(b) == "cdata" and b.n or b)
end })
local x, y = T(3), T(4)
print(x == 3, x ~= 3, x == 4, x == y, x ~= y, x == "x", x == nil, x == {}, table.concat(log, " "))]] },
  -- order
  { "order with numbers", [[
local a, b, u = 5LL, 6, 18446744073709551615ULL
print(a < b, a <= b, a > b, a >= b, b < a, b <= a, b > a, b >= a, a < 5, a <= 5, 4 < a, 5 >= a, a < u, u > 0, -1LL < u)
local t = { n = 7LL }
print(t.n < 8, t.n <= 6, 8 > t.n, t.n >= 7, t.n + 1 < 8, 1 < 2, "a" < "b", "a" >= "b")
for _, n in ipairs { 1, 2, 3 } do io.write(n < 2 and "<" or n > 2 and ">" or "=") end print()
print(pcall(function() return a < "x" end) , (pcall(function() return {} < 1 end)), (pcall(function() return t < t end)))]] },
  { "order by metatables and metatypes", [[
local ffi = require "ffi"
ffi.cdef "typedef struct { int n; } loader_lt_t;"
local function of(x) return type(x) == "cdata" and x.n or x end
local T = ffi.metatype("loader_lt_t", {
  __lt = function(a, b) return of(a) < of(b) end, __le = function(a, b) return of(a) <= of(b) end })
local x, y = T(3), T(4)
print(x < y, x <= y, x > y, x >= y, x < 3, x <= 3, 3 < x, 4 > x, x >= 4, y > 3)
local M = { __lt = function(a, b) return a.n < b.n end, __le = function(a, b) return a.n <= b.n end }
local p, q = setmetatable({ n = 1 }, M), setmetatable({ n = 2 }, M)
print(p < q, p > q, p <= q, p >= q)]] },
  { "comparisons evaluate their operands once, from left to right", [[
local log = {}
local function f(x) log[#log + 1] = tostring(x) return x end
print(f(1) == f(2), f(3) ~= f(4LL), f(5) < f(6), f(7LL) > f(8), f(nil) == f(9), table.concat(log, ","))
local n = 0
local t = setmetatable({}, { __index = function(_, k) n = n + 1 return k end })
print(t.a == "a", t.b ~= "c", t.c == t.d, n)]] },
  { "comparisons at the head of a statement", [[
local ffi = require "ffi"
local log, n = {}, 0
local t = setmetatable({}, { __index = function(_, k) n = n + 1 log[#log + 1] = k return k end })
local u = { one = 1LL, two = 2, nothing = ffi.new("void *"), p = ffi.new("int[3]", 1, 1, 0) }
local function f(x) log[#log + 1] = tostring(x) return x, "more" end
if t.a == "a" then print(1) end
if t.b ~= "b" then print(2) elseif t.c == "d" then print(3) elseif (u.one) == 1 then print(4) else print(5) end
if u.one == 1 and u.two == 2LL then print(6) end
if ((u.one == u.two) or u.nothing == nil) and f(7) == 7 then print(7) end
if f(u.one) == f(1) then print(8) end
if f(3) ~= f(3LL) then print(9) else print(10) end
local i = 0
while u.p[i] ~= 0 do i = i + 1 if i > 5 then break end end
print(i)
while u.p[i] == 0 do
  if i == 2 then i = 0 goto continue end
  i = i + 1
  do break end
  ::continue::
end
print(i)
repeat i = i + 1 until u.p[i] == 0
print(i)
local function g(x) if x.one == 1 then return x.two == 2 end return x.nothing == nil, "second" end
print(g(u), g({}), g({ one = 2 }), (g(t)))
local function h(...) return ... == nil, select("#", ...) end
print(h(), h(nil, 1), h(ffi.new("int *")))
for _, v in ipairs { 1, 2LL, "x", u.nothing } do
  if v == 2 then print("two") elseif v == nil then print("null") elseif u[v] == nil then print("none") end
end
local function deep(x)
  if x.a == 1 then if x.b == 1LL then if x.c == "c" then return "abc" elseif x.c == nil then return "ab" end return "?"
  else return "a" end end
end
print(deep({ a = 1, b = 1, c = "c" }), deep({ a = 1LL, b = 1LL }), deep({ a = 1 }), deep({}), deep({ a = 1, b = 1, c = 1 }))
print((pcall(function() if u.x.y == 1 then end end)))
print(table.concat(log, ","), n)]] },
  { "equality asks what both operands have", [[
local function eq() return true end
local function of(f) return setmetatable({}, { __eq = f }) end
local a, b, c, d = of(eq), of(eq), of(function() return true end), of(nil)
print(a == b, a == c, c == a, a ~= c, a == d, d == a, a ~= d, d ~= d, a == {}, a == 1, a == nil, a == a)
local x = { a = a, b = b, c = c }
print(x.a == x.b, x.a == x.c, x.a ~= x.c, x.c == c, x.d == nil, a == 1LL)
if x.a == x.c then print("never") else print("unequal") end
local calls = 0
local e = of(function() calls = calls + 1 return calls end)
print(e == a, a == e, e == setmetatable({}, getmetatable(e)), e ~= setmetatable({}, getmetatable(e)), calls)
print(io.stdout == a, io.stdout == io.stdout, newproxy(true) == newproxy(true))]] },
  { "comparisons in every place", [[
local a, b = 1LL, 1
local function f(...) return ... end
if a == b then print(1) elseif a ~= b then print(2) end
while a ~= b do print(3) break end
repeat print(4) until a == b
local t = { a == b, [a == b] = 2, x = a ~= b, (a == b) }
print(t[1], t[true], t.x, t[2], #t, f(a == b, a ~= b), (f(a == b)))
print(a == b and "yes" or "no", not (a == b), a == b or error("no"), ("x"):rep(a == b and 2 or 3))
return (function() return a == b end)()]] },
  -- names
  { "type and tonumber", [[
local ffi = require "ffi"
local i = ffi.new("int", 7)
print(type(i), type(i) == "cdata", type(1LL) == "userdata", type(io.stdout), type(nil), type(ffi.typeof("int")))
print(tonumber(i), tonumber(7LL), tonumber("0x10"), tonumber("z", 36), tonumber("x"), tonumber(ffi.new("float", 0.5)))
local type, tonumber = type, tonumber
print(type(i), tonumber(i), select("#", tonumber("x")), (pcall(type)), (pcall(tonumber)))
print(({ cdata = "c" })[type(i)], type(type), tostring(3LL), tostring(nil))]] },
  { "libraries of Lua 5.1", [[
print(unpack({ 1, 2, 3 })) print(unpack({ 1, 2, 3 }, 2, 3)) print(select("#", unpack({}, 1, 3)))
print(table.getn({ 1, 2 }), table.maxn({ 1, [7] = 2, x = 3 }), math.pow(2, 10) == 1024, math.ldexp(0.5, 4) == 8)
print(math.frexp(8), math.log10(1000) == 3, math.fmod(7, 3) == 1, math.cosh(0) == 1, math.sinh(0) == 0, math.tanh(0) == 0)
print(math.frexp(-0.1), math.frexp(0) == 0, math.ldexp(1, -1074) > 0, math.log(8, 2) == 3, ("x"):rep(3))
table.foreachi({ "a", "b" }, function(i, v) print(i, v) end)
print(table.foreach({ 5 }, function(k, v) return k + v end), string.rep("ab", 2, "-"))
local t, m = table, math
print(t.getn({ 1 }), m.pow(3, 2) == 9, _G.unpack({ 4 }), type(gcinfo()) == type(1), _G.table.getn({}))
print(table.concat(table.move({ 1, 2, 3 }, 2, 3, 1), " "), type(newproxy(true)) ~= "nil")]] },
  { "tostring gives what __tostring gives", [[
local t = setmetatable({}, { __tostring = function() return nil end })
local u = setmetatable({}, { __tostring = function(x) return 7 end })
print(tostring(t), tostring(u), tostring(1LL), tostring(nil), tostring(true), (pcall(tostring)), type(tostring({})))
local ffi = require "ffi"
ffi.cdef "typedef struct { int n; } loader_tostring_t;"
local T = ffi.metatype("loader_tostring_t", { __tostring = function(x) return x.n > 0 and "T" .. x.n or nil end })
print(tostring(T(1)), tostring(T(0)), tostring(2ULL))]] },
  { "a program's own names win", [[
local function unpack(t) return "mine", #t end
print(unpack({ 1 }))
do local type = function() return "t" end print(type(1LL)) end
function tonumber(x) return "own", x end
print(tonumber("1"))
table.getn = function() return "replaced" end
print(table.getn({}))
local math = { pow = function() return "table" end }
print(math.pow(1, 2))]] },
  { "loadstring and load", [[
print(loadstring("return 1LL + ...")(2), load("return 0x10ULL == 16", "=named", "t")())
print(loadstring("return ="), (select(2, load("x = = 1", "=named"))))
local parts = { "return ", "4LL", nil }
local i = 0
print(load(function() i = i + 1 return parts[i] end)())
print(pcall(loadstring, "error('at', 1)", "@file.lua")) print(pcall(loadstring("error('at')", "@file.lua")))
print(load("return x", "x", "t", { x = 3 })(), load("return x", "x", "b"))
print(setfenv(loadstring("return y"), { y = 5 })())]] },
  { "environments", [[
local env = { print = print, x = 1 }
local function f() return x end
print(f(), getfenv(f) == _G, setfenv(f, env) == f, f(), getfenv(f) == env, getfenv(1) == _G, getfenv(string.rep) == _G)
local function g() setfenv(1, env) y = 2 return x, y end
print(g()) print(env.y, y, getfenv(0) == _G, (pcall(setfenv, 1, 2)), (pcall(getfenv, 50)))
local function outer() local function inner() return x end return inner end
setfenv(outer, env) print(outer()())
print(getfenv(function() end) == _G)]] },
  { "modules of Lua 5.1", [[
module("loader_spec_module", package.seeall)
function hello() return "hello from " .. _NAME end
print(hello(), loader_spec_module.hello(), package.loaded.loader_spec_module == _M, _PACKAGE == "")]] },
  { "bit, jit and table.new", [[
local bit = require "bit"
print(bit.band(0xff, 0x0f), bit.bor(1LL, 2), bit.tohex(-1LL), bit.lshift(1ULL, 40), bit == _G.bit or require "bit" == bit)
print(type(jit), jit.os, jit.arch, jit.version_num >= 20000, type(jit.off), jit.version:match("^LuaJIT 2%.1"))
jit.off(true, true) jit.on() jit.flush()
require("jit.opt").start("hotloop=100", "maxtrace=2000")
local new, clear = require "table.new", require "table.clear"
local t = new(10, 2) t[1], t.x = 1, 2 clear(t) print(next(t), #new(0, 0))
print((pcall(require, "ffi")), (pcall(require, "no.such.module.at.all")), require "ffi" == require("ffi"))]] },
  { "formats", [[
print(("%d %s"):format(3, "x"), string.format("%d %x %5d|%-5d|", 5LL, -1LL, 7ULL, -7LL), string.format("%s %s", 1LL, nil))
print(string.format("%d %i %x", 3.7, -3.7, 255.9), string.format("%%%d%%", 5LL), string.format("%5.1f %g", 2, 0.5))
print(string.format("%s", setmetatable({}, { __tostring = function() return "T" end })), string.format("%q", "a\nb"))
print(string.format("%X %o %c", 255ULL, 8LL, 65), (pcall(string.format, "%d", "x")), (pcall(string.format, "%d")))]] },
  { "xpcall with arguments, os.execute, coroutine.running", [[
print(xpcall(function(...) return select("#", ...), ... end, print, 1, nil, 3))
print(xpcall(function() error("e", 0) end, function(m) return m .. "!" end))
print(os.execute("exit 3"), os.execute("true"), os.execute() ~= 0, coroutine.running())
print(coroutine.wrap(function() return type(coroutine.running()) end)())]] },
  -- goto as a name
  { "goto as a name", [[
local t = { goto = 1, f = function(self, x) return x end }
function t.goto2() return 2 end
function t:goto(x, ...) return self == t, x, ... end
function t.f2(goto) return goto end
print(t:goto(5, 6), t:goto(), t:goto "s", (t:goto {}), t.goto ~= nil, t.f2(9))
local goto = 3
goto = goto + 1
print(goto, goto == 4LL, ({ goto })[1])
t.x = { goto = { y = 2 } }
function t.x.goto.z() return 8 end
print(t.x.goto.y, t.x.goto.z(), t.x["goto"] == t.x.goto)]] },
  -- positions
  { "lines of errors", [[
local function where(f, ...) print((select(2, pcall(f, ...)))) end
where(function()
  local a = 1LL == 1 and
    "second line"
  error(a)
end)
where(function() error("here") end)
where(function(t)

  if t.x == 1LL
     or t.y ~= "s\z
       t" then
    error("after a string")
  end
end, {})
where(function() return 1LL < {} end)
where(function() local s = "a\x41\
"; error("z") end)
where(error, "plain") where(error, "level", 2)
print(debug.getinfo(1, "l").currentline, debug.getinfo(1, "S").short_src, debug.getinfo(1, "S").source)]] },
  { "lines of tracebacks", [[
local function f() error("deep") end
local function g()
  f(1LL == 1)
end
local trace = select(2, xpcall(function()
  g()
end, debug.traceback))
for line in trace:gmatch("[^\n]*program%.lua:%d+:") do print((line:match("program%.lua:%d+"))) end]] },
  { "comments and blanks", "--[==[ a\n]] b ]==] print(1LL --[[x]] == --[[y]]\n1)--z\r\nprint(debug.getinfo(1, 'l').currentline)\r\n" },
  { "varargs of a chunk", [[print(select("#", ...), ..., 1LL == 1, (...))]] },
  { "many functions and variables", [[
local names = {}
for i = 1, 150 do names[i] = ("local v%d = %d\n"):format(i, i) end
local text = table.concat(names) .. "local function f(x) return v1 == x, v150 == 150LL end return f(1LL)"
print(loadstring(text)())]] },
  -- the library, where a program names it
  { "all results and all arguments", [[
print(select(2, math.modf(5.25)), select(2, math.frexp(8)), tonumber(111, 2), tonumber("ff", 16), tonumber(12, 16))
print(("%F %a"):format(1.5, 0.5), string.format("%A", 1), ("x"):rep(3, ","), select("#", string.find("abc", "(b)")))]] },
  { "matches of nothing", [[
print(("hello world"):gsub("%w*", "x"))
print(string.gsub("abc", "b*", "-"))
local list = {}
for word in ("a,b,,c"):gmatch("[^,]*") do list[#list + 1] = word end
for word in string.gmatch("ab", "") do list[#list + 1] = "<" .. word .. ">" end
print(#list, table.concat(list, "|"), (("x y"):gsub("%s*", "")), ("a.b"):gsub("%.", "%%"))]] },
  { "what names the Lua", [[
print(_VERSION, type(rawget(_G, "jit")), type(rawget(_G, "bit")), rawget(_G, "nothing"), rawget({ jit = 1 }, "jit"))]] },
  { "what debug tells of parameters", [[
local info = debug.getinfo(function(a, b, ...) end, "u")
print(info.nparams, info.isvararg, info.nups, info.func)
local other = debug.getinfo(function(a) end, "uf")
print(other.nparams, other.isvararg, type(other.func), debug.getinfo(print, "u").isvararg)]] },
  { "names of chunks that are numbers", [[
print(load("x =", 5))
print(loadstring("return 1", 5)(), load("return ...", 5)(7))]] },
  { "finalizers of tables", [[
local collected = 0
local meta = { __gc = function() collected = collected + 1 end }
setmetatable({}, meta)
local other = setmetatable({}, { __gc = meta.__gc, __index = { x = 5 } })
print(getmetatable(other).__gc == meta.__gc, other.x)
other = nil
collectgarbage() collectgarbage()
print(collected, pcall(function() setmetatable(setmetatable({}, { __metatable = 1 }), {}) end))]] },
  { "protected calls that yield themselves", [[
local f = coroutine.wrap(function(...)
  print(pcall(coroutine.yield, ...))
  print(xpcall(coroutine.yield, print))
  print(pcall(setmetatable({}, { __call = function(_, x) return coroutine.yield(x) end }), 3))
  return "end"
end)
print(f(1, 2)) print(f(3, nil)) print(f(4)) print(f(5))]] },
}

