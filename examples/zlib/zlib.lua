-- zlib from Lua: compresses a file, checks that it comes back, and does the same as a stream.
-- Usage: lua examples/zlib/zlib.lua [FILE]       (without FILE: this program's own source)

local ffi = require("lunaffi")

-- The first name that the system's loader knows.
local function load_first(names, interface)
  local problem
  for _, name in ipairs(names) do
    local ok, lib = pcall(ffi.load, name, interface)
    if ok then
      return lib
    end
    problem = problem or lib
  end
  error(problem, 0)
end

-- zlib's uLong is C's `unsigned long`, whose size depends on the platform: "culong".
-- A "ref" parameter is a number that C may change: the new value follows the result.
local zlib = load_first({ "libz.so.1", "libz.dylib", "zlib1.dll" }, {
  zlibVersion = { ret = "string" },
  zError = { args = { "int" }, ret = "string" },
  crc32 = { args = { "culong", "pointer", "uint" }, ret = "culong" },
  adler32 = { args = { "culong", "pointer", "uint" }, ret = "culong" },
  compressBound = { args = { "culong" }, ret = "culong" },
  compress2 = { args = { "pointer", "ref culong", "pointer", "culong", "int" }, ret = "int" },
  uncompress = { args = { "pointer", "ref culong", "pointer", "culong" }, ret = "int" },
  deflateInit = { name = "deflateInit_", args = { "pointer", "int", "string", "int" }, ret = "int" },
  deflate = { args = { "pointer", "int" }, ret = "int" },
  deflateEnd = { args = { "pointer" }, ret = "int" },
  inflateInit = { name = "inflateInit_", args = { "pointer", "string", "int" }, ret = "int" },
  inflate = { args = { "pointer", "int" }, ret = "int" },
  inflateEnd = { args = { "pointer" }, ret = "int" },
  Z_NO_FLUSH = 0,
  Z_FINISH = 4,
  Z_OK = 0,
  Z_STREAM_END = 1,
  Z_BUF_ERROR = -5,
})

-- struct z_stream_s of zlib.h
local Stream = ffi.struct({
  { "next_in", "pointer" },
  { "avail_in", "uint" },
  { "total_in", "culong" },
  { "next_out", "pointer" },
  { "avail_out", "uint" },
  { "total_out", "culong" },
  { "msg", "string" },
  { "state", "pointer" },
  { "zalloc", "pointer" },
  { "zfree", "pointer" },
  { "opaque", "pointer" },
  { "data_type", "int" },
  { "adler", "culong" },
  { "reserved", "culong" },
}, { name = "z_stream" })

local function check(code)
  if code < 0 then
    error("zlib: " .. zlib.zError(code), 2)
  end
  return code
end

-- At once: a buffer of the greatest size that the result may have, and C says what it used.

local function compress(data, level)
  local room = zlib.compressBound(#data)
  local buffer = ffi.buffer(room)
  local code, used = zlib.compress2(buffer, room, data, #data, level)
  check(code)
  return buffer:readBytes(0, used)
end

local function uncompress(packed, size)
  local buffer = ffi.buffer(size)
  local code, used = zlib.uncompress(buffer, size, packed, #packed)
  check(code)
  return buffer:readBytes(0, used)
end

-- As a stream: any amount of data through two small buffers. `step` is zlib.deflate or
-- zlib.inflate on a stream that has been initialised; `finish` ends the last round.

local CHUNK = 1024

local function pump(stream, step, data, finish)
  local input, output = ffi.buffer(CHUNK), ffi.buffer(CHUNK)
  local pieces, position = {}, 1
  local code
  repeat
    local chunk = data:sub(position, position + CHUNK - 1)
    position = position + #chunk
    input:writeBytes(0, chunk)
    stream.next_in, stream.avail_in = input, #chunk
    local flush = position > #data and finish or zlib.Z_NO_FLUSH
    repeat
      stream.next_out, stream.avail_out = output, output.size
      code = step(stream, flush)
      -- "No progress was possible" only says that this chunk is used up.
      if code ~= zlib.Z_BUF_ERROR then
        check(code)
      end
      pieces[#pieces + 1] = output:readBytes(0, output.size - stream.avail_out)
    until stream.avail_out > 0 or code == zlib.Z_STREAM_END
  until code == zlib.Z_STREAM_END or position > #data
  if code ~= zlib.Z_STREAM_END then
    error("zlib: the stream ends too early", 2)
  end
  return table.concat(pieces)
end

local function deflate(data, level)
  local stream = Stream:new()
  check(zlib.deflateInit(stream, level, zlib.zlibVersion(), Stream.size))
  local packed = pump(stream, zlib.deflate, data, zlib.Z_FINISH)
  zlib.deflateEnd(stream)
  return packed
end

local function inflate(packed)
  local stream = Stream:new()
  check(zlib.inflateInit(stream, zlib.zlibVersion(), Stream.size))
  local data = pump(stream, zlib.inflate, packed, zlib.Z_NO_FLUSH)
  zlib.inflateEnd(stream)
  return data
end

-- The program ----------------------------------------------------------------------------------

local function yes_or_no(value)
  return value and "yes" or "no"
end

local path = arg and (arg[1] or arg[0]) or "examples/zlib/zlib.lua"
local file = assert(io.open(path, "rb"))
local data = file:read("*a")
file:close()

print("zlib " .. zlib.zlibVersion())
print(("crc32('123456789') = %08x"):format(zlib.crc32(0, "123456789", 9)))
print(("adler32('Wikipedia') = %08x"):format(zlib.adler32(1, "Wikipedia", 9)))
print(("file: %d bytes, crc32 %08x"):format(#data, zlib.crc32(0, data, #data)))

for _, level in ipairs({ 1, 6, 9 }) do
  local packed = compress(data, level)
  local back = uncompress(packed, #data)
  print(("level %d: %d bytes (%.1f%%), comes back equal: %s"):format(
    level, #packed, 100 * #packed / math.max(#data, 1), yes_or_no(back == data)))
end

local streamed = deflate(data, 9)
print(("stream of %d-byte chunks: %d bytes, comes back equal: %s"):format(
  CHUNK, #streamed, yes_or_no(inflate(streamed) == data)))
print(("one reads the other: %s"):format(
  yes_or_no(uncompress(streamed, #data) == data and inflate(compress(data, 9)) == data)))

local ok, problem = pcall(uncompress, "this is no zlib data", 100)
print("broken data: " .. (ok and "accepted" or problem:match("zlib: (.*)")))
