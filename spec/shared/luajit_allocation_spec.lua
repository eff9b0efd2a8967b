-- Memory that runs out under the LuaJIT API: each allocation of a program is refused in turn. What fails does nothing
-- and works when it is tried again. In an interpreter of its own, since a mistake here ends the process.

local run = require("spec.support.limited_memory")

local BEFORE = [[
if rawget(_G, "jit") then
  require("jit").off() -- the compiler of older ones does not survive it
end
require("lunaffi.luajit") require("lunaffi.loader") require("lunaffi.bit") require("lunaffi.buffer")
require("lunaffi.reflect")
]]

-- What the limited state does, each step on its own and again until it works: what a refused step left half done would
-- be in the way of the next attempt. Globals, since Lua 5.2 itself goes wrong when a collection falls into the making
-- of an upvalue.
local WORK = [[
ffi, bit, loader = require("lunaffi.luajit"), require("lunaffi.bit"), require("lunaffi.loader")
buffer, reflect = require("lunaffi.buffer"), require("lunaffi.reflect")
failed, finalized = 0, 0
-- A place for it, so that what was decoded is not lost for want of one.
decoded = false
function check(condition)
  if not condition then
    wrong = (wrong or "") .. debug.traceback() .. "\n"
  end
end
-- `expected`: what the step fails with in the end.
function try(step, expected)
  for _ = 1, 5 do
    local ok, message = pcall(step)
    if not ok and type(message) == "string" and expected and message:find(expected, 1, true) then
      return
    end
    if ok then
      check(not expected)
      return
    end
    failed = failed + 1
    message = tostring(message)
    -- A stack that cannot grow for want of memory is said to be too large.
    if not (message:find("not enough memory", 1, true) or message:find("out of memory", 1, true)
      or message:find("stack overflow", 1, true)) then
      wrong = (wrong or "") .. tostring(message) .. "\n" .. debug.traceback() .. "\n"
      return
    end
  end
  wrong = (wrong or "") .. "never works\n" .. debug.traceback() .. "\n"
end
for round = 1, 2 do
  r = tostring(round)
  try(function()
    ffi.cdef((("struct point_R { double x, y; }; typedef int (*fn_R)(int); enum e_R { A_R, B_R };" ..
      "struct vls_R { int n; double tail[?]; };" ..
      "struct all_R { int8_t i; struct point_R p; int a[3]; fn_R f; const char *s; enum e_R e; };"):gsub("R", r)))
  end)
  try(function() check(ffi.C["B_" .. r] == 1) end)
  try(function() ffi.cdef("struct point_" .. r .. " { int z; };") end, "attempt to redefine")
  try(function() ffi.cdef("struct half_" .. r .. " { int z; }; nonsense here;") end, "expected near")
  try(function() check(ffi.sizeof("struct point_" .. r) == 16 and ffi.sizeof("struct all_" .. r) == 64) end)
  try(function() point = ffi.typeof("struct point_" .. r) end)
  try(function() anonymous = ffi.typeof("struct { $ a; $ b[$]; }", point, "int", 3) end, "specifier expected")
  try(function() anonymous = ffi.typeof("struct { $ a; $ b[$]; }", point, point, 3) end)
  try(function() check(ffi.sizeof(anonymous) == 64) end)
  try(function()
    meta = {
      __index = { length = function(p) return p.x + p.y end },
      __add = function(a, b) return point(a.x + b.x, a.y + b.y) end,
      __gc = function() finalized = finalized + 1 end, __tostring = function(p) return "(" .. p.x .. ")" end,
    }
  end)
  try(function() ffi.metatype(point, meta) end)
  try(function() ffi.metatype(point, meta) end, "protected")
  try(function() ffi.cdef("struct named_" .. r .. " { int x; };") end)
  try(function() ffi.metatype("struct named_" .. r, { __gc = function() finalized = finalized + 1 end }) end)
  try(function() return ffi.new("struct named_" .. r) end)
  try(function() p = point(1, 2) end)
  try(function() q = p + point(3, 4) check(q.x == 4 and q:length() == 10) end)
  try(function() return tostring(p), tostring(point), tostring(ffi.new("int *")), tostring(ffi.new("int64_t", 5)) end)
  try(function() array = ffi.new("int[?]", 1000, { 1, 2, 3 }) check(array[2] == 3) end)
  try(function() big = ffi.new("double[20000]") end)
  try(function() vls = ffi.new("struct vls_" .. r, 10, { n = 3 }) vls.tail[9] = 5 check(ffi.sizeof(vls) == 88) end)
  try(function()
    all = ffi.new("struct all_" .. r, { i = 5, p = { 1, 2 }, a = { 1, 2, 3 }, e = "B_" .. r, s = "constant" })
  end)
  try(function() check(all.p.y == 2 and all.a[2] == 3 and all.i == 5 and ffi.string(all.s) == "constant") end)
  try(function() all.p = { x = 7, y = 8 } check(all.p.x == 7) end)
  try(function() all.p = { x = 7, y = {} } end, "cannot convert")
  try(function() pointer = ffi.cast("int *", array) + 2 check(pointer[0] == 3 and pointer - array == 2) end)
  try(function() wide = ffi.i64("9223372036854775807") - 5 check(tostring(wide) == "9223372036854775802LL") end)
  try(function() check(ffi.eq(ffi.u64(7) * 6, 42) and ffi.lt(ffi.i64(-1), 0)) end)
  try(function() check(#ffi.string(array, 4000) == 4000) end)
  try(function() ffi.copy(array, "text") check(ffi.string(ffi.cast("char *", array)) == "text") end)
  try(function() ffi.fill(array, 4000, 1) check(array[999] == 0x01010101) end)
  try(function() ffi.gc(array, function() finalized = finalized + 1 end) end)
  try(function() ffi.gc(array, nil) end)
  try(function() ffi.gc(pointer, function() finalized = finalized + 1 end) end)
  try(function() return ffi.offsetof("struct all_" .. r, "a"), ffi.alignof(point), ffi.istype(point, p) end)
  try(function()
    ffi.cdef("size_t strlen(const char *); int sprintf(char *, const char *, ...); int missing_" .. r .. "(void);" ..
      "void qsort(void *, size_t, size_t, int (*)(const int *, const int *));")
  end)
  try(function() check(ffi.tonumber(ffi.C.strlen("abc")) == 3) end)
  try(function() return ffi.C["missing_" .. r] end, "undefined symbol")
  try(function() return ffi.C["undeclared_" .. r] end, "missing declaration")
  try(function()
    local text = ffi.new("char[64]")
    check(ffi.C.sprintf(text, "%s %d %g", "a", ffi.new("int", 5), 2.5) == 7 and ffi.string(text) == "a 5 2.5")
  end)
  try(function()
    local numbers = ffi.new("int[5]", 5, 3, 1, 4, 2)
    local compare = ffi.cast("int (*)(const int *, const int *)", function(a, b)
      local garbage = { a[0] .. "x", b[0] .. "y" }
      return a[0] - b[0] + #garbage - 2
    end)
    local ok, message = pcall(ffi.C.qsort, numbers, 5, 4, compare)
    compare:free()
    if not ok then
      error(message, 0)
    end
    check(numbers[0] == 1 and numbers[4] == 5)
  end)
  try(function() callback = ffi.cast("fn_" .. r, function(x) return x + 1 end) end)
  try(function() check(callback(5) == 6) end)
  try(function() callback:set(function(x) return x * 2 end) end)
  try(function() check(callback(5) == 10) end)
  try(function() callback:free() callback = nil end)
  try(function() all.f = function(x) return x + 3 end check(all.f(4) == 7) end)
  try(function() structs = ffi.load("./build/c_tests/structs.so") end)
  try(function() ffi.load("nolib_at_all") end, "nolib_at_all")
  try(function()
    ffi.cdef((("typedef struct { double a, b, c, d; } rect_R; rect_R make_rect(double, double, double, double);")
      :gsub("R", r)))
  end)
  try(function() check(structs.make_rect(1, 2, 3, 4).c == 3) end)
  try(function() return ffi.C.strlen({}) end, "cannot convert")
  try(function() return ffi.C.strlen() end, "wrong number")
  try(function() return p.nothing end, "no member")
  try(function() ffi.cdef("void (*" .. "handler_" .. r .. ")(struct point_" .. r .. ");") end)
  try(function()
    local f = ffi.cast("double (*)(struct point_" .. r .. ", const char *)", function(v, s)
      return v.x + #ffi.string(s)
    end)
    local ok, result = pcall(f, p, "abc")
    f:free()
    if not ok then
      error(result, 0)
    end
    check(result == 4)
  end)
  try(function() return ffi.abi("le"), ffi.errno(5) end)
  try(function() buf = buffer.new(100, { dict = { "key" .. r }, metatable = { {} } }) end)
  try(function() check(tostring(buf:reset():put("text", 1.5, r)):find("text1.5", 1, true)) end)
  try(function() check(#buf:reset():putf("%s %d %q", {}, r, "text") > 10) end)
  try(function() buf:reset():encode({ ["key" .. r] = { r, ffi.i64(r), "text" } }) end)
  try(function() decoded = buf:decode() end)
  try(function() check(decoded["key" .. r][3] == "text") end)
  try(function() buf:set(("borrowed"):rep(100) .. r) check(buf:get(8) == "borrowed") end)
  try(function() buf:set(ffi.new("char[5]", "hello"), 5) check(buf .. "!" == "hello!") end)
  try(function() pointer = buf:ref() check(pointer[0] == 104) end)
  try(function() pointer = buf:reset():reserve(1000) pointer[999] = 1 buf:commit(1000) end)
  try(function() check(#buf:get(999) == 999) end)
  try(function() buf:put(("x"):rep(1000)) end)
  try(function() check(#buffer.decode(buffer.encode({ 1, 2, ("x"):rep(1000) }))[3] == 1000) end)
  try(function() check(reflect.typeof("struct { int a; }"):member("a").type.what == "int") end)
  try(function() check(bit.band(ffi.i64(-1), 255) == ffi.i64(255)) end)
  try(function() jit_source = assert(loader.load("return 1LL + 2")) check(ffi.eq(jit_source(), 3)) end)
end
p, q, array, big, vls, all, pointer, structs, buf, decoded = nil
for _ = 1, 4 do
  collectgarbage("collect")
end
check(finalized >= 6)
if wrong then
  error(wrong, 0)
end
return "fine"
]]

local EXPECTED = "without a limit: fine, left: 0\n"

describe("an allocation that fails in the LuaJIT API", function()
  for _, row in ipairs({ { "once", 1 }, { "and fails again after a collection", 2 } }) do
    it(row[1] .. " is an error, and what it was in works when it is tried again", function()
      local output, status = run(BEFORE, WORK, row[2])
      assert.equals(0, status, output)
      assert.equals(EXPECTED, output)
    end)
  end
end)
