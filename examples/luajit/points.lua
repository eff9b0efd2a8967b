-- LuaJIT's ffi on any Lua: a struct with behaviour of its own, an array of them that C sorts by a Lua function.
--
--     lua points.lua

local ffi = require("lunaffi.luajit")

ffi.cdef([[
  typedef struct { double x, y; } point;
  void qsort(void *base, size_t count, size_t size, int (*compare)(const point *, const point *));
  double hypot(double, double);
  int snprintf(char *buffer, size_t size, const char *format, ...);
]])

local libm = ffi.load("m")

local Point
Point = ffi.metatype("point", {
  __add = function(a, b) return Point(a.x + b.x, a.y + b.y) end,
  __len = function(p) return libm.hypot(p.x, p.y) end,
  __eq = function(a, b) return a.x == b.x and a.y == b.y end,
  __tostring = function(p)
    local buffer = ffi.new("char[64]")
    ffi.C.snprintf(buffer, ffi.sizeof(buffer), "(%g, %g)", p.x, p.y)
    return ffi.string(buffer)
  end,
  __index = {
    scaled = function(p, factor) return Point(p.x * factor, p.y * factor) end,
  },
})

local p = Point(3, 4)
print("a point: " .. tostring(p) .. (", %g from the origin"):format(#p))
print("added: " .. tostring(p + Point(1, 1)) .. ", scaled: " .. tostring(p:scaled(0.5)))
print("equal: " .. tostring(p == Point(3, 4)) .. ", " .. tostring(p == Point(4, 3)))

local points = ffi.new("point[4]", { { 3, 4 }, { 0, 1 }, { 6, 8 }, { 1, 1 } })
ffi.C.qsort(points, 4, ffi.sizeof("point"), function(a, b) return #a[0] < #b[0] and -1 or 1 end)
for i = 0, 3 do
  print("sorted " .. i .. ": " .. tostring(points[i]))
end

local big = ffi.i64("9007199254740993")
print("exact: " .. tostring(big * 2) .. ", " .. tostring(big % 10))
