-- The Lune API with declarations in C: a library bound from the text of its header, structs that C declares.
--
--     lua time.lua

local ffi = require("lunaffi")

local libc = ffi.load("libc.so.6", [[
  enum { CLOCK_REALTIME = 0 };
  typedef struct { int quot; int rem; } div_t;
  struct tm {
    int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
    long tm_gmtoff;
    const char *tm_zone;
  };
  div_t div(int numerator, int denominator);
  struct tm *gmtime_r(const long *time, struct tm *result);
  long timegm(struct tm *time);
  size_t strftime(char *buffer, size_t size, const char *format, const struct tm *time);
  void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *));
  int snprintf(char *buffer, size_t size, const char *format, ...);
]])

local quotient = libc.div(17, 5)
print("17 / 5 is " .. quotient.quot .. ", the rest is " .. quotient.rem)

local Time = ffi.struct("struct tm")
local time = Time:new()
local seconds = ffi.cast(ffi.arena():alloc(8), "long")
seconds[0] = 1000000000
libc.gmtime_r(seconds, time)
print(("%04d-%02d-%02d %02d:%02d:%02d, in zone %s"):format(time.tm_year + 1900, time.tm_mon + 1, time.tm_mday,
  time.tm_hour, time.tm_min, time.tm_sec, time.tm_zone))
time.tm_mday = time.tm_mday + 30
print("thirty days later: " .. libc.timegm(time) - 1000000000 .. " seconds")

local buffer = ffi.buffer(64)
libc.strftime(buffer, 64, "%A", time)
print("that is a " .. ffi.string(buffer))

local numbers = ffi.cast(ffi.arena():alloc(5 * ffi.sizeof("int")), "int")
for i, number in ipairs({ 4, 1, 5, 2, 3 }) do
  numbers[i - 1] = number
end
local ascending = ffi.callback(function(a, b) return a[0] - b[0] end, "int", { "const int *", "const int *" })
libc.qsort(numbers, 5, ffi.sizeof("int"), ascending)
print("sorted: " .. table.concat({ numbers[0], numbers[1], numbers[2], numbers[3], numbers[4] }, " "))
