-- Numbers that grow beyond what integers hold.
-- luacheck: ignore
local x = 1 for i = 1, 100 do x = x * 3 end
print(x)
local function factorial(n) if n == 0 then return 1 end return n * factorial(n - 1) end
print(factorial(25), factorial(30), factorial(5))
local function product(n, all) if n == 0 then return all end return product(n - 1, all * n) end
print(product(25, 1), product(4, 1))
local function iterative(n) local r = 1 for i = 2, n do r = r * i end return r end
print(iterative(25), iterative(3))
local a, b = 0, 1
for i = 1, 100 do a, b = b, a + b end
print(a, b)
local c, d = 0, 1
for i = 1, 100 do local sum = c + d c = d d = sum end
print(c, d)
local fib = { 1, 1 }
for i = 3, 100 do fib[i] = fib[i - 1] + fib[i - 2] end
print(fib[100], fib[50], fib[3], table.concat(fib, " ", 1, 10))
local memo = { [0] = 0, [1] = 1 }
local function remembered(n)
  local value = memo[n]
  if value == nil then value = remembered(n - 1) + remembered(n - 2) memo[n] = value end
  return value
end
print(remembered(100), remembered(10))
local function plain(n, seen)
  if n < 2 then return n end
  if not seen[n] then seen[n] = plain(n - 1, seen) + plain(n - 2, seen) end
  return seen[n]
end
print(plain(100, {}), plain(7, {}))
local pascal = { { 1 } }
for n = 2, 70 do
  local row, last = { 1 }, pascal[n - 1]
  for k = 2, n - 1 do row[k] = last[k - 1] + last[k] end
  row[n] = 1
  pascal[n] = row
end
print(pascal[70][35], pascal[5][3])
local function power(base, n)
  local r = 1
  while n > 0 do
    if n % 2 == 1 then r = r * base end
    base = base * base
    n = math.floor(n / 2)
  end
  return r
end
print(power(3, 100), power(2, 10), power(7, 40))
local function modular(base, n, m)
  local r = 1
  base = base % m
  while n > 0 do
    if n % 2 == 1 then r = (r * base) % m end
    base = (base * base) % m
    n = math.floor(n / 2)
  end
  return r
end
print(modular(3, 200, 1000007), modular(5, 117, 19))
local state = { value = 1, count = 0 }
function state:grow(by) self.value = self.value * by self.count = self.count + 1 end
for i = 1, 60 do state:grow(3) end
print(state.value, state.count)
local p = #"four"
for i = 1, 7 do p = p * p end
print(p)
local q = 1
for i = 1, 200 do q = q + q end
print(q)
local y, z = 7, nil
for i = 1, 80 do z = y * 5 y = z end
print(y, z)
total = 3
for i = 1, 50 do total = total * total if total > 1e150 then total = 3 end end
print(total)
local h = 5381
for ch in ("the quick brown fox jumps over the lazy dog"):gmatch(".") do h = h * 33 + ch:byte() end
print(h)
local seed, list = 1, {}
for i = 1, 6 do seed = (seed * 16807) % 2147483647 list[i] = seed end
print(table.concat(list, " "), list[6] % 1000)
local m = { { 1, 1 }, { 1, 0 } }
local function times(u, v)
  local w = { {}, {} }
  for i = 1, 2 do for j = 1, 2 do
    local sum = 0
    for k = 1, 2 do sum = sum + u[i][k] * v[k][j] end
    w[i][j] = sum
  end end
  return w
end
local r = m
for i = 1, 98 do r = times(r, m) end
print(r[1][1], r[1][2])
local function sum_of(...) local s = 0 for i = 1, select("#", ...) do s = s + select(i, ...) end return s end
print(sum_of(1, 2, 3), sum_of(2 ^ 53, 1))
local function ackermann(k, n) if k == 0 then return n + 1 elseif n == 0 then return ackermann(k - 1, 1) end
  return ackermann(k - 1, ackermann(k, n - 1)) end
print(ackermann(2, 3))
local g = {}
for i = 1, 5 do g[#g + 1] = i * 2 end
print(#g, g[5], g[2 * 2 + 1], table.concat(g, ","), ("x"):rep(g[1]))
local function several() return 1, 2, 3 end
local s1, s2, s3 = several()
s1 = s1 * s1 * s2
print(s1, s2, s3, select("#", several()))
print(5 % 0 ~= 5 % 0, 1 % -0 ~= 1 % -0, 2 ^ 53 + 1, 9007199254740991 + 1, 9007199254740991 + 2 == 2 ^ 53)
print(-7 % 3, 7 % -3, -7 % -3, 5.5 % 2, -5.5 % 2, 7 % 3, 1 / 0 % 1 ~= 1 / 0 % 1, 0 == -0)
print(65536 * 65536 * 65536 * 65536, 64 * 1024 * 1024)
local dividend, divisor = 5, 0
print(dividend % divisor ~= dividend % divisor)
for i = 0, 1 do local x = 7 % i io.write(tostring(x == x), " ") end
print()
local sized = setmetatable({ 1 }, { __len = function() return 42 end })
print(#sized, #"abc", #{ 1, 2 }, (pcall(function() return #nil end)))
