-- The C library from Lua: sorting with a Lua comparator, calendar structs, name resolution, errno
-- and a variadic function.
-- Usage: lua examples/libc/libc.lua

local ffi = require("lunaffi")

-- struct tm of <time.h>: these nine come first everywhere, what follows (time zones) is the
-- platform's own and only read by C.
local Calendar = ffi.struct({
  { "tm_sec", "int" },
  { "tm_min", "int" },
  { "tm_hour", "int" },
  { "tm_mday", "int" },
  { "tm_mon", "int" },
  { "tm_year", "int" },
  { "tm_wday", "int" },
  { "tm_yday", "int" },
  { "tm_isdst", "int" },
  { "tm_gmtoff", "clong" },
  { "tm_zone", "string" },
}, { name = "tm" })

-- struct addrinfo of <netdb.h>, as Linux lays it out.
local AddressInfo = ffi.struct({
  { "ai_flags", "int" },
  { "ai_family", "int" },
  { "ai_socktype", "int" },
  { "ai_protocol", "int" },
  { "ai_addrlen", "u32" },
  { "ai_addr", "pointer" },
  { "ai_canonname", "string" },
  { "ai_next", "pointer" },
}, { name = "addrinfo" })

local Person = ffi.struct({
  { "name", "char", 16 },
  { "age", "int" },
}, { name = "person" })

local libc = ffi.load("libc.so.6", {
  qsort = { args = { "pointer", "size_t", "size_t", "pointer" } },
  -- C's time_t by address, and a pointer to a struct back.
  gmtime = { args = { "ref i64" }, ret = ffi.pointer(Calendar) },
  timegm = { args = { "pointer" }, ret = "i64" },
  strftime = { args = { "pointer", "size_t", "string", "pointer" }, ret = "size_t" },
  getaddrinfo = { args = { "string", "string", "pointer", "ref pointer" }, ret = "int" },
  freeaddrinfo = { args = { "pointer" } },
  gai_strerror = { args = { "int" }, ret = "string" },
  getnameinfo = {
    args = { "pointer", "u32", "pointer", "u32", "pointer", "u32", "int" },
    ret = "int",
  },
  open = { args = { "string", "int", "..." }, ret = "int" },
  strerror = { args = { "int" }, ret = "string" },
  snprintf = { args = { "pointer", "size_t", "string", "..." }, ret = "int" },
})

-- qsort: C calls the Lua function for each comparison. "ref i32" parameters are addresses in C and
-- the numbers there in Lua.
local function sorted(list)
  local array = ffi.cast(ffi.arena():allocArray("i32", #list), "i32")
  for i, value in ipairs(list) do
    array[i - 1] = value
  end
  local compare = ffi.callback(function(a, b)
    return a < b and -1 or a > b and 1 or 0
  end, "int", { "ref i32", "ref i32" })
  libc.qsort(array, #list, array.stride, compare)
  compare:free()
  local result = {}
  for i = 1, #list do
    result[i] = array[i - 1]
  end
  return result
end

print("qsort: " .. table.concat(sorted({ 42, -7, 1000000, 0, 3, -7, 2147483647 }), " "))

-- The same with structs: the comparator gets views of the two elements. A pointer keeps its arena.
local people = ffi.arena():allocArray(Person, 3)
local view = ffi.view(people, Person)
for i, person in ipairs({ { "Grace", 85 }, { "Ada", 36 }, { "Alan", 41 } }) do
  view:pointTo(people + (i - 1) * Person.size)
  view.name, view.age = person[1], person[2]
end
local by_age = ffi.callback(function(a, b)
  return a.age - b.age
end, "int", { ffi.pointer(Person), ffi.pointer(Person) })
libc.qsort(people, 3, Person.size, by_age)
by_age:free()
for i = 0, 2 do
  view:pointTo(people + i * Person.size)
  print(("person: %s, %d"):format(ffi.string(view.name), view.age))
end

-- Calendar time: C's struct, read and written by field.
local text = ffi.buffer(64)
local time = libc.gmtime(1000000000)
libc.strftime(text, #text, "%Y-%m-%d %H:%M:%S, a %A", time)
print("gmtime: " .. text:readString())
local date = Calendar:new({ tm_year = 2000 - 1900, tm_mon = 1, tm_mday = 30 })
local seconds = libc.timegm(date) -- normalises what is out of range
print(("timegm: 30 February 2000 is %d-%02d-%02d, %d seconds after 1970"):format(
  date.tm_year + 1900, date.tm_mon + 1, date.tm_mday, seconds))

-- Name resolution: a linked list of structs that C allocates.
local AF_INET, SOCK_STREAM, NUMERIC = 2, 1, 1 + 2 -- NI_NUMERICHOST + NI_NUMERICSERV
local hints = AddressInfo:new({ ai_family = AF_INET, ai_socktype = SOCK_STREAM })
local code, list = libc.getaddrinfo("localhost", "80", hints, nil)
if code ~= 0 then
  error("getaddrinfo: " .. libc.gai_strerror(code))
end
local host, service = ffi.buffer(64), ffi.buffer(16)
local entry = list
while entry do
  local info = ffi.view(entry, AddressInfo)
  libc.getnameinfo(info.ai_addr, info.ai_addrlen, host, #host, service, #service, NUMERIC)
  print(("localhost: %s port %s"):format(host:readString(), service:readString()))
  entry = info.ai_next
end
libc.freeaddrinfo(list)

-- errno is the one of the last call through lunaffi, whatever Lua did meanwhile.
local descriptor = libc.open("/no/such/file", 0)
local errno = ffi.errno()
print(("open: %d, errno %d: %s"):format(descriptor, errno, libc.strerror(errno)))

-- Variadic: what follows the format goes by its Lua type, or by a type that is named.
local length = libc.snprintf(text, #text, "%s is %d years and %.2f m, %c%c", "Ada",
  { "int", 36 }, 1.65, { "int", 79 }, { "int", 75 })
print(("snprintf: '%s' (%d characters)"):format(text:readString(), length))
