-- String buffers in hostile hands: changed serialisations, and methods in any order with pointers that are used
-- whenever. Run by spec/luajit/buffer_spec.lua with the first and the last seed; ends with a line of its own.

local buffer = require("lunaffi.buffer")
local ffi = require("lunaffi.luajit")

local first, last = tonumber(arg[1]), tonumber(arg[2])

-- The same numbers on every Lua.
local state
local function random(n)
  state = (state * 16807) % 2147483647
  return state % n + 1
end

local metatable = { __gc = function() end, __index = function() error("asked") end }
local options = { dict = { "key", "name", false, "x" }, metatable = { metatable, {} } }

local make
local makers = {
  function() return nil end,
  function() return random(2) == 1 end,
  function() return random(1000) - 500 end,
  function() return random(1000) / 7 end,
  function() return ("text"):rep(random(100) - 1) end,
  function() return ffi.new("int64_t", random(1000)) end,
  function() return ffi.new("uint64_t", -random(1000)) end,
  function() return ffi.new("complex double", random(10), random(10)) end,
  function(depth)
    local list = {}
    for i = random(2) - 1, random(8) do
      list[i] = make(depth)
    end
    return list
  end,
  function(depth)
    local object = setmetatable({}, options.metatable[random(2)])
    for _ = 1, random(5) do
      rawset(object, ({ "key", "name", "x", "other", 100, true, 1.5 })[random(7)], make(depth))
    end
    return object
  end,
}

function make(depth)
  return makers[random(depth > 0 and #makers or 8)](depth - 1)
end

local function same(a, b)
  if type(a) == "table" and type(b) == "table" then
    for key, value in next, a do
      if type(key) ~= "userdata" and not same(value, rawget(b, key)) then
        return false
      end
    end
    return getmetatable(a) == getmetatable(b)
  elseif type(a) == "userdata" then
    return tostring(a) == tostring(b)
  end
  return a == b
end

local function mutate(text)
  for _ = 1, random(3) do
    local place, kind = random(#text + 1), random(5)
    local byte = string.char(random(256) - 1)
    if kind == 1 then
      text = text:sub(1, place - 1)
    elseif kind == 2 then
      text = text:sub(1, place - 1) .. byte .. text:sub(place)
    elseif kind == 3 then
      text = text:sub(1, place - 1) .. "\255" .. byte:rep(4) .. text:sub(place + 1)
    else
      text = text:sub(1, place - 1) .. byte .. text:sub(place + 1)
    end
  end
  return text
end

local function decode_changed()
  local value = make(3)
  local buf = buffer.new(options):encode(value)
  local text = tostring(buf)
  assert(same(value, buf:decode()), "a value is not what it was")
  for _ = 1, 20 do
    local changed = mutate(text)
    buf:reset():put(changed)
    while #buf > 0 and pcall(buf.decode, buf) do end
    pcall(buffer.decode, changed)
  end
end

local function use_in_any_order()
  local buffers, pointers = {}, {}
  for i = 1, 3 do
    buffers[i] = buffer.new(random(100))
  end
  local function any()
    return buffers[random(3)]
  end
  local function point(ok, pointer, count)
    if ok then
      pointers[random(5)] = { pointer, count }
    end
  end
  local steps = {
    function(buf) buf:put(("x"):rep(random(200)), random(1000), any()) end,
    function(buf) buf:putf("%s %d %5.2f %q", any(), random(10), random(10), "text") end,
    function(buf) point(pcall(buf.reserve, buf, random(300))) end,
    function(buf) point(pcall(buf.ref, buf)) end,
    function(buf) buf:commit(random(100)) end,
    function(buf) buf:get(random(100), random(10)) end,
    function(buf) buf:skip(random(100)) end,
    function(buf) buf:reset() end,
    function(buf) buf:free() end,
    function(buf) buf:set(("borrowed"):rep(random(50))) end,
    function(buf) buf:set(ffi.new("char[?]", random(50)), random(60)) end,
    function(buf) buf:set(unpack and unpack(pointers[random(5)]) or table.unpack(pointers[random(5)])) end,
    function(buf) buf:putcdata(pointers[random(5)][1], random(50)) end,
    function(buf) buf:encode({ random(5), any() .. "" }) end,
    function(buf) buf:decode() end,
    function(buf) pointers[random(5)] = { ffi.cast("uint8_t *", buf), #buf } end,
    function() pointers[random(5)][1][random(100) - 1] = 65 end,
    function() return pointers[random(5)][1][random(100) - 1] end,
    function() ffi.string(pointers[random(5)][1], random(100)) end,
    function() ffi.fill(pointers[random(5)][1], random(20)) end,
    function() buffers[random(3)] = buffer.new() end,
    function() collectgarbage() end,
    function(buf)
      buf:put(setmetatable({}, { __tostring = function()
        buf:free()
        return "text"
      end }))
    end,
  }
  for _ = 1, 200 do
    pcall(steps[random(#steps)], any())
  end
end

for seed = first, last do
  state = seed * 7919 + 1
  decode_changed()
  use_in_any_order()
end
print("came to its end")
