-- LuaJIT's ffi on any Lua: zlib as a LuaJIT program uses it, with nothing changed but the name that it requires.
--
--     lua zlib.lua
--     lua -l lunaffi.compat zlib.lua      (then `require "ffi"` would do as well)

local ffi = require("lunaffi.luajit")

ffi.cdef([[
  unsigned long compressBound(unsigned long length);
  int compress2(uint8_t *target, unsigned long *target_length, const uint8_t *source, unsigned long length, int level);
  int uncompress(uint8_t *target, unsigned long *target_length, const uint8_t *source, unsigned long length);
]])

local zlib = ffi.load(ffi.os == "Windows" and "zlib1" or "libz.so.1")

local function compress(text)
  local room = zlib.compressBound(#text)
  local buffer = ffi.new("uint8_t[?]", room)
  local length = ffi.new("unsigned long[1]", room)
  assert(zlib.compress2(buffer, length, text, #text, 9) == 0)
  return ffi.string(buffer, length[0])
end

local function uncompress(packed, room)
  local buffer = ffi.new("uint8_t[?]", room)
  local length = ffi.new("unsigned long[1]", room)
  assert(zlib.uncompress(buffer, length, packed, #packed) == 0)
  return ffi.string(buffer, length[0])
end

local text = ("LuaJIT's ffi, on every Lua. "):rep(150)
local packed = compress(text)
print(#text .. " bytes shrink to less than a tenth: " .. tostring(#packed < #text / 10))
print("and come back equal: " .. tostring(uncompress(packed, #text) == text))
