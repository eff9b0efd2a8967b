-- Lua functions as C function pointers: making, calling, errors, life.

ffi.cdef [[
enum cb_fruit { CB_APPLE, CB_PEAR = 5, CB_MINUS = -3 };
typedef struct { double x, y; } cb_point_t;
typedef struct { int64_t a, b; } cb_pair64_t;
typedef struct { int64_t a, b, c; } cb_triple64_t;
typedef int (*cb_int_fn)(int);
bool dc_call_bool(bool (*f)(bool), bool v); int8_t dc_call_i8(int8_t (*f)(int8_t), int8_t v); uint8_t dc_call_u8(uint8_t (*f)(uint8_t), uint8_t v);
int16_t dc_call_i16(int16_t (*f)(int16_t), int16_t v); uint16_t dc_call_u16(uint16_t (*f)(uint16_t), uint16_t v);
int32_t dc_call_i32(int32_t (*f)(int32_t), int32_t v); uint32_t dc_call_u32(uint32_t (*f)(uint32_t), uint32_t v);
int64_t dc_call_i64(int64_t (*f)(int64_t), int64_t v); uint64_t dc_call_u64(uint64_t (*f)(uint64_t), uint64_t v);
float dc_call_float(float (*f)(float), float v); double dc_call_double(double (*f)(double), double v);
enum cb_fruit dc_call_fruit(enum cb_fruit (*f)(enum cb_fruit), enum cb_fruit v);
void *dc_call_pointer(void *(*f)(void *), void *v); const char *dc_call_text(const char *(*f)(const char *), const char *v);
double dc_call_many(double (*f)(int, double, int8_t, float, int64_t, double, uint16_t, float, double, int, int, int, int, double, double, double,
                                double, bool));
void dc_call_void(void (*f)(void)); int dc_call_twice(int (*f)(int), int v); int dc_call_times(int (*f)(int), int n);
typedef struct { int (*f)(int); int v; } cb_handler_t;
int dc_handle(const cb_handler_t *h); void dc_keep(cb_int_fn f); int dc_call_kept(int v);
void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));
int abs(int);
]]

local lib = ffi.load(fixture("declared"))
local C = ffi.C

-- What a callback is given and what it returns, for each type ----------------------------------------------

local kinds = {
  { "bool", true, false }, { "i8", -5, 100 }, { "u8", 250, 5 }, { "i16", -300, 300 }, { "u16", 60000, 1 }, { "i32", -70000, 2147483647 },
  { "u32", 4000000000, 7 }, { "i64", -5, i64 "9007199254740993" }, { "u64", 5, u64 "18446744073709551615" }, { "float", 0.5, 0.1 },
  { "double", 0.1, -1e300 }, { "fruit", 5, "CB_MINUS" },
}
for _, kind in ipairs(kinds) do
  local name, given, returned = kind[1], kind[2], kind[3]
  case("a callback of " .. name, function()
    local seen, seen_type
    local result = lib["dc_call_" .. name](function(v)
      seen, seen_type = v, type(v)
      return returned
    end, given)
    return seen, seen_type, result
  end)
  for _, entry in ipairs({
    { "nothing", function() end }, { "nil", function() return nil end }, { "true", function() return true end }, { "a fraction", function() return 3.9 end },
    { "a large number", function() return 4294967297 end }, { "a string", function() return "x" end }, { "a table", function() return {} end },
    { "two values", function() return 1, 2 end }, { "an int64", function() return i64 "300" end }, { "a struct", function() return ffi.new("cb_point_t") end },
  }) do
    case(("a callback of %s that returns %s"):format(name, entry[1]), function()
      local result = lib["dc_call_" .. name](entry[2], given)
      return result
    end)
  end
end
case("a callback of pointers", function()
  local a = ffi.new("int[2]", 5, 6)
  local seen
  local result = lib.dc_call_pointer(function(p)
    seen = ffi.typeof(p)
    return ffi.cast("int *", p) + 1
  end, a)
  return seen, ffi.cast("int *", result)[0]
end)
case("a callback that is given NULL", function()
  local seen
  local result = lib.dc_call_pointer(function(p)
    seen = isnull(p)
    return nil
  end, nil)
  return seen, isnull(result)
end)
case("a callback of texts", function()
  local kept = "from Lua"
  local seen
  local result = lib.dc_call_text(function(text)
    seen = ffi.string(text)
    return kept
  end, "to Lua")
  return seen, ffi.string(result)
end)
case("a callback that returns a number for a pointer", function()
  local result = lib.dc_call_pointer(function() return 5 end, nil)
  return result
end)
local any = "a callback may have any number of parameters"
local eighteen = "{ [1] = 18, [2] = 1, [3] = 2.5, [4] = -3, [5] = 4.5, [6] = 5LL, [7] = 6.5, [8] = 7, [9] = 8.5, [10] = 9.5, [11] = 10, [12] = 11, [13] = 12, [14] = 13, "
  .. "[15] = 14.5, [16] = 15.5, [17] = 16.5, [18] = 17.5, [19] = true }\n0.25"
case("a callback of eighteen arguments", { differs = any, ours = eighteen }, function()
  local seen
  local result = lib.dc_call_many(function(...)
    seen = { select("#", ...), ... }
    return 0.25
  end)
  return seen, result
end)
case("a callback without arguments", function()
  local count = 0
  lib.dc_call_void(function(...)
    count = count + 1 + select("#", ...)
    return "ignored", {}
  end)
  return count
end)
case("a callback called again and again", function()
  return lib.dc_call_times(function(n) return n * n end, 10), lib.dc_call_twice(function(n) return n + 1 end, 5)
end)
case("a sort with a comparison in Lua", function()
  local a = ffi.new("int[8]", { 5, 3, 8, 1, 9, 2, 7, 4 })
  C.qsort(a, 8, 4, function(x, y)
    return ffi.cast("const int *", x)[0] - ffi.cast("const int *", y)[0]
  end)
  local sorted = {}
  for n = 0, 7 do
    sorted[n + 1] = a[n]
  end
  return sorted
end)

-- Making ------------------------------------------------------------------------------------------------------

case("a callback by cast", function()
  local f = ffi.cast("int (*)(int)", function(n) return n * 3 end)
  local result = f(5)
  f:free()
  return result, ffi.typeof(f)
end)
case("a callback by ffi.new", function()
  local f = ffi.new("int (*)(int)", function(n) return n * 3 end)
  local result = f(6)
  f:free()
  return result
end)
case("a callback by a ctype", function()
  local f = ffi.typeof("cb_int_fn")(function(n) return n * 3 end)
  local result = f(7)
  f:free()
  return result
end)
case("a callback by a typedef's name", function()
  local f = ffi.cast("cb_int_fn", function(n) return -n end)
  local result = lib.dc_call_twice(f, 5)
  f:free()
  return result
end)
case("a callback in a field", function()
  local h = ffi.new("cb_handler_t")
  h.f = function(n) return n + 100 end
  h.v = 5
  local result = lib.dc_handle(h)
  h.f:free()
  return result
end)
case("a callback in an initialiser", function()
  local h = ffi.new("cb_handler_t", { function(n) return n + 200 end, 6 })
  local result = lib.dc_handle(h)
  h.f:free()
  return result
end)
case("a callback that C keeps", function()
  local f = ffi.cast("cb_int_fn", function(n) return n * 7 end)
  lib.dc_keep(f)
  local first = lib.dc_call_kept(6)
  collect()
  local second = lib.dc_call_kept(7)
  lib.dc_keep(nil)
  f:free()
  return first, second
end)
case("a callback that C keeps though nobody else does", function()
  lib.dc_keep(function(n) return n * 8 end)
  collect()
  local result = lib.dc_call_kept(2)
  lib.dc_keep(nil)
  return result
end)
case("a C function where a callback is wanted", function()
  return lib.dc_call_twice(C.abs, -5)
end)
for _, ct in ipairs({ "int (*)(int, ...)", "int (*)(...)" }) do
  case("no callback of " .. ct, function()
    local f = ffi.cast(ct, function() return 1 end)
    return f
  end)
end
local by_value = "a callback may take and return structs by value"
case("a callback of a struct by value", { differs = by_value, ours = "4\n6" }, function()
  ffi.cdef("cb_point_t dc_call_point(cb_point_t (*f)(cb_point_t), cb_point_t v);")
  local p = lib.dc_call_point(function(v)
    return ffi.new("cb_point_t", v.x + 1, v.y + 2)
  end, ffi.new("cb_point_t", 3, 4))
  return p.x, p.y
end)
case("a callback of a struct in registers", { differs = by_value, ours = "2LL\n1LL" }, function()
  ffi.cdef("cb_pair64_t dc_call_pair64(cb_pair64_t (*f)(cb_pair64_t), cb_pair64_t v);")
  local p = lib.dc_call_pair64(function(v)
    return { v.b, v.a }
  end, { 1, 2 })
  return p.a, p.b
end)
case("a callback of a struct in memory", { differs = by_value, ours = "3LL\n1LL" }, function()
  ffi.cdef("cb_triple64_t dc_call_triple64(cb_triple64_t (*f)(cb_triple64_t), cb_triple64_t v);")
  local p = lib.dc_call_triple64(function(v)
    return ffi.new("cb_triple64_t", v.c, v.b, v.a)
  end, { 1, 2, 3 })
  return p.a, p.c
end)
for _, entry in ipairs({ { "a table", setmetatable({}, { __call = function() end }) }, { "a boolean", true }, { "a coroutine", coroutine.create(function() end) } }) do
  case("no callback from " .. entry[1], function()
    local f = ffi.cast("cb_int_fn", entry[2])
    return f
  end)
end

-- Life ----------------------------------------------------------------------------------------------------------

case("set gives another function", function()
  local f = ffi.cast("cb_int_fn", function(n) return n + 1 end)
  local first = f(1)
  f:set(function(n) return n + 1000 end)
  local second = lib.dc_call_times(f, 1)
  f:free()
  return first, second
end)
case("set of what is no function", function()
  local f = ffi.cast("cb_int_fn", function(n) return n + 1 end)
  local ok, message = pcall(function() f:set(5) end)
  f:free()
  return ok, (message:gsub("^[^\n]-:%d+: ", ""))
end)
case("a freed callback is not called", function()
  local f = ffi.cast("cb_int_fn", function(n) return n + 1 end)
  f:free()
  local result = f(1)
  return result
end)
case("a freed callback is not freed again", function()
  local f = ffi.cast("cb_int_fn", function(n) return n + 1 end)
  f:free()
  f:free()
end)
case("a freed callback is not set", function()
  local f = ffi.cast("cb_int_fn", function(n) return n + 1 end)
  f:free()
  f:set(print)
end)
case("a C function is no callback", function()
  C.abs:free()
end)
case("a pointer to a C function is no callback", function()
  local f = ffi.cast("cb_int_fn", C.abs)
  f:free()
end)
case("a C function is not set", function()
  local f = ffi.cast("cb_int_fn", C.abs)
  f:set(print)
end)
case("NULL is no callback", function()
  local f = ffi.new("cb_int_fn")
  f:free()
end)
case("a function pointer has no other methods", function()
  local f = ffi.cast("cb_int_fn", function() return 0 end)
  local ok, message = pcall(function() return f.nothing end)
  f:free()
  return ok, (message:gsub("^[^\n]-:%d+: ", ""))
end)
case("free through another pointer to the same", function()
  local f = ffi.cast("cb_int_fn", function() return 0 end)
  local g = ffi.cast("int (*)(int)", ffi.cast("void *", f))
  g:free()
  local ok = pcall(f, 1)
  return ok
end)
case("callbacks are made and freed without end", function()
  local sum = 0
  for n = 1, 3000 do
    local f = ffi.cast("cb_int_fn", function(v) return v + n end)
    sum = sum + f(0)
    f:free()
  end
  return sum
end)
case("many callbacks at once", function()
  local list, sum = {}, 0
  for n = 1, 500 do
    list[n] = ffi.cast("cb_int_fn", function(v) return v * n end)
  end
  for n = 1, 500 do
    sum = sum + list[n](1)
    list[n]:free()
  end
  return sum
end)

-- Errors -----------------------------------------------------------------------------------------------------------

case("an error in a callback reaches the caller of C", function()
  lib.dc_call_twice(function() error("from inside", 0) end, 1)
end)
case("an error that is no string", function()
  local thrown = { code = 7 }
  local ok, caught = pcall(lib.dc_call_twice, function() error(thrown) end, 1)
  return ok, caught == thrown, caught.code
end)
case("an error with a position", function()
  local ok, message = pcall(lib.dc_call_twice, function() error("with position") end, 1)
  return ok, message:match(":%d+: (.*)$")
end)
case("an error of Lua itself", function()
  local ok, message = pcall(lib.dc_call_twice, function() local t = nil return t.x end, 1)
  return ok, message:find("attempt to index", 1, true) ~= nil
end)
case("no callback runs after the error of another in one call", function()
  local calls = 0
  local ok, message = pcall(lib.dc_call_times, function()
    calls = calls + 1
    error("first", 0)
  end, 5)
  return calls, ok, message
end)
case("the next call works after an error", function()
  pcall(lib.dc_call_twice, function() error("x") end, 1)
  return lib.dc_call_twice(function(n) return n + 1 end, 1)
end)
case("an error caught inside of the callback", function()
  return lib.dc_call_twice(function(n)
    pcall(error, "inside")
    return n + 1
  end, 1)
end)
case("no yield across a callback", function()
  local co = coroutine.create(function()
    return lib.dc_call_twice(function(n) return coroutine.yield(n) end, 1)
  end)
  local ok, message = coroutine.resume(co)
  return ok, message:find("yield across", 1, true) ~= nil or message:find("outside a coroutine", 1, true) ~= nil
end)

-- Nesting -------------------------------------------------------------------------------------------------------------

case("a callback that calls C that calls back", function()
  return lib.dc_call_twice(function(n)
    return lib.dc_call_twice(function(m) return m * 2 end, n)
  end, 3)
end)
case("a callback that calls itself through C", function()
  local depth = 0
  local function down(n)
    depth = depth + 1
    if n > 0 then
      return lib.dc_call_i32(down, n - 1) + 1
    end
    return 0
  end
  return lib.dc_call_i32(down, 20), depth
end)
case("callbacks in coroutines", function()
  local co = coroutine.wrap(function()
    coroutine.yield(lib.dc_call_twice(function(n) return n + 5 end, 1))
    return lib.dc_call_twice(function(n) return n + 6 end, 1)
  end)
  return co(), co()
end)
case("a callback made in one coroutine and called in another", function()
  local f
  coroutine.wrap(function()
    f = ffi.cast("cb_int_fn", function(n) return n * 11 end)
  end)()
  local result = coroutine.wrap(function() return lib.dc_call_twice(f, 1) end)()
  f:free()
  return result
end)
case("a callback that collects garbage", function()
  return lib.dc_call_times(function(n)
    collectgarbage()
    return n
  end, 5)
end)
case("a callback that makes callbacks", function()
  return lib.dc_call_times(function(n)
    local f = ffi.cast("cb_int_fn", function(v) return v + n end)
    local result = lib.dc_call_twice(f, 0)
    f:free()
    return result
  end, 4)
end)
case("errno around a callback", function()
  ffi.errno(0)
  lib.dc_call_void(function() ffi.errno(77) end)
  return ffi.errno()
end)
case("upvalues of a callback", function()
  local total = 0
  local function add(n)
    total = total + n
    return total
  end
  lib.dc_call_times(add, 5)
  return total
end)
-- How many lines before its end a function is blamed for what it returned.
local function blamed(ct, callback)
  local _, message = pcall(ffi.cast(ct, callback), 1)
  local line = tonumber(message:match(":(%d+):"))
  return debug.getinfo(callback, "S").lastlinedefined - line, message:match(":%d+: (.*)")
end
for _, ct in ipairs({ "int (*)(int)", "double (*)(int)", "bool (*)(int)", "cb_point_t *(*)(int)", "int64_t (*)(int)" }) do
  case("no result for " .. ct .. " is blamed on the callback's end", function()
    return blamed(ct, function(x)
      if x == 1 then
        x = nil
      end
      if x then
        return 5
      end
      -- (A pointer may be nil.)
      if ct:find("*(*", 1, true) then return true end
    end)
  end)
  case("a bad result for " .. ct .. " is blamed on the line that returns it", function()
    return blamed(ct, function() return {} end)
  end)
end
