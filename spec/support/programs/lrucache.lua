-- A program for LuaJIT and lua-resty-lrucache's pureffi: a cache by structs, pointers and hashes of addresses.

-- What it takes from nginx is the time.
local now = 1000
_G.ngx = { now = function() return now end }

local lrucache = require("resty.lrucache.pureffi")

local function show(...)
  local parts = {}
  for n = 1, select("#", ...) do
    parts[n] = tostring((select(n, ...)))
  end
  print(table.concat(parts, " "))
end

local cache = assert(lrucache.new(3))
show("new", cache:count(), cache:capacity())
cache:set("dog", 32)
cache:set("cat", "a text")
show("get", cache:get("dog"))
show("get", cache:get("cat"))
show("get", cache:get("bird"))
cache:set("bird", true, nil, 7)
show("flags", cache:get("bird"))
cache:set("fish", { 1 }) -- the dog was used longest ago
show("count", cache:count(), cache:get("dog"), (cache:get("cat")))
show("delete", cache:delete("cat"), cache:delete("cat"), cache:count())

cache:set("short", "lived", 0.5)
show("before", cache:get("short"))
now = now + 1
show("after", cache:get("short"))
cache:flush_all()
show("flushed", cache:count(), cache:get("fish"))
show("too small", lrucache.new(0))

-- Many keys in a small cache, against a list that does the same.
local size, order, values = 50, {}, {}
local large = assert(lrucache.new(size, 0.25))
local function touch(key)
  for n, other in ipairs(order) do
    if other == key then
      table.remove(order, n)
      break
    end
  end
  table.insert(order, 1, key)
  if #order > size then
    values[table.remove(order)] = nil
  end
end
local seed, wrong = 42, 0
for n = 1, 5000 do
  seed = seed * 16807 % 2147483647
  local key = "key" .. math.floor(seed / 1000) % 120
  if n % 3 == 0 then
    large:set(key, n)
    values[key] = n
    touch(key)
  elseif n % 17 == 0 then
    large:delete(key)
    for at, other in ipairs(order) do
      if other == key then
        table.remove(order, at)
      end
    end
    values[key] = nil
  else
    local value = large:get(key)
    if value ~= values[key] then
      wrong = wrong + 1
    end
    if value then
      touch(key)
    end
  end
end
show("model", wrong, #order, large:count())
if large.get_keys then
  show("keys", #large:get_keys(), large:get_keys(1)[1] == order[1])
end
collectgarbage()
show("survivor", large:get(order[1]) == values[order[1]])
