-- The numbers of math.random, which programs that set a seed count on. luacheck: ignore 211
for _ = 1, 5 do
  io.write(("%.17g "):format(math.random()))
end
print()
for _ = 1, 20 do
  io.write(math.random(100), " ", math.random(-5, 5), " ")
end
print()
for _, seed in ipairs({ 0, 1, 42, 1.5, -7, 2 ^ 40, 1e300, "12" }) do
  math.randomseed(seed)
  print(seed, math.random(1000), math.random(2 ^ 40), math.random(7 / 2), math.random(1.5, 3), math.random("5"), math.random(0, 1))
end
print(math.random(0), math.random(5, 1) ~= nil, pcall(math.random, {}) == false)
pcall(math.randomseed)
math.randomseed(7)
local random, list = math.random, {}
for place = 1, 52 do
  list[place] = place
end
for place = #list, 2, -1 do
  local other = random(place)
  list[place], list[other] = list[other], list[place]
end
print(table.concat(list, " "))
