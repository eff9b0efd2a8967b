-- What numbers look like. luacheck: ignore
print(10 / 2, 2 ^ 53, 2 ^ 31, 1e15, 1e14, 1e13, 99999999999999, 123456789012346, 5.0, 3.14, 0.1 + 0.2, 1 / 0, -1 / 0)
print(7 % 2.5, 3 * 10 * 0.1, 2.9999999999999996, -2.9999999999999996, 1e-20, 12345678901234.6, 0x7fffffff * 2, 1e100)
print("x" .. 10 / 2 .. "y" .. 2 ^ 40, 10 / 2 .. "", tostring(4 / 2), 4 / 2 .. 6 / 2, (8 / 2) .. (1 + 1))
local t = { 1, 2.0, 4 / 2, "a", 2 ^ 53 }
print(table.concat(t, ","), table.concat(t, ",", 2, 3), table.concat({}, ","), table.concat({ 1, "b" }))
io.write(4 / 2, " ", 2.5, " ", 2 ^ 31, "\n")
io.stdout:write(6 / 2, "\n")
local file, prefix = io.stdout, 1 / 1
file:write(8 / 2, " ", prefix, "\n")
local buffer = { write = function(self, ...) self[#self + 1] = ... return self end }
buffer:write(5):write(6.5)
print(buffer[1] + 1, buffer[2], #buffer)
print(("%s %d %5.1f %g"):format(4 / 2, 4 / 2, 4 / 2, 4 / 2), ("%s|%5s|%-5s|"):format(1e100, 1 / 1, 2 / 1), ("%q"):format(1 / 2))
print(string.format("%d %x %5d|%-5d|", 1LL, 255ULL, 3LL, 4LL), ("%d"):format(5LL), ("%s"):format(6ULL), ("%s %s"):format(nil, true))
print(("%5.1s|%-6.2f|%+d|%05d|%e|%G"):format("abc", 3.14159, 5, 42, 12345.678, 1e-10))
print(("%f %5.1f|%+g|% g|%-6g|%F"):format(1 / 0, -1 / 0, 1 / 0, 1 / 0, 1 / 0, 1 / 0), ("%d %d %x"):format(2.7, -2.7, 255.9))
print((("%f %g %.3e"):format(0 / 0, 0 / 0, 0 / 0):gsub("-", "")), ("%5d|%5s"):format(2 ^ 31, 2 ^ 31))
print(string.format("%q", 'a\r\n\0b"\\\1272'), string.format("%q", 12), string.format("%q", "\\000 \0001 \r2"), string.format("%q", true))
local s = "hello"
print(s:rep(5 / 2), s:sub(#s / 2), ("x"):rep((5 - #s / 2)), string.rep("ab", 3 / 2), s:byte(3 / 2), string.char(131 / 2))
local middle = #s / 2
print(s:sub(middle, middle + 1.5), select(3 / 2, 5, 6), unpack({ 1, 2, 3 }, 3 / 2))
local list = { 1, 2, 3 }
table.insert(list, 5 / 2, "new")
print(table.concat(list, " "), table.remove(list, 5 / 2))
local n = 0
for i = 1, 3 do n = n + i / 1 end
print(n, #s / 1, n * 2, -n, "n = " .. n)
for i = 0, 1, 0.25 do io.write(i, " ") end
for i = 4 / 2, 3 do io.write("i" .. i, " ") end
print()
local seed, text = 42, {}
for i = 1, 8 do
  seed = (seed * 1103515245 + 12345) % 2147483648
  text[i] = seed
end
print(table.concat(text, " "), seed % 10, ("%d"):format(seed))
local a, b = 0, 1
for _ = 1, 80 do a, b = b, a + b end
print(a, "" .. b, tostring(a))
print(math.max(1, 2.0), math.floor(2.5), math.sqrt(16), math.huge, -math.huge, math.abs(-4), math.pow(2, 10), 2 ^ 0.5 * 2 ^ 0.5)
for _ = 1, 100 do
  local x, y = math.random(7 / 2), math.random(2, 9 / 2)
  assert(x >= 1 and x <= 4 and y >= 2 and y <= 5)
end
math.randomseed(1.5)
print(select("#", math.random()))
for key, value in pairs({ [4 / 2] = 8 / 2 }) do print(key, value) end
print(os.time({ year = 2020, month = 1, day = 1, hour = 12 }) / 1 > 0, tonumber("5.0"), tonumber("0x10") / 1, tonumber("1e3"))
local ffi = require "ffi"
local d = ffi.new("double[3]", { 1, 2, 2.5 })
print(d[0], d[1] .. "", d[2], tonumber(ffi.new("float", 3)), d[0] + d[1] .. "!")
ffi.cdef "typedef struct { float x, y; } numbers_point;"
local Point = ffi.metatype("numbers_point", {
  __tostring = function(p) return "(" .. p.x .. ", " .. p.y .. ")" end,
  __concat = function(p, q) return tostring(p) .. tostring(q) end,
})
print(Point(1, 2.5), Point(3, 4) .. 5, 6 / 2 .. Point(0, 0), ("%s"):format(Point(7, 8)))
local function message(f)
  return (select(2, pcall(f)):gsub("^.-:(%d+):", "%1:"))
end
print(message(function() return "a" .. {} end))
print(message(function() io.write(nil) end), message(function() io.stdout:write({}) end), message(function() return #("%d"):format({}) end))
