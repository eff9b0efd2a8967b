-- A program for LuaJIT: zlib's streams, through a struct of state that both sides read and write.

local ffi = require("ffi")

ffi.cdef [[
typedef struct z_stream_s {
  const uint8_t *next_in;
  unsigned avail_in;
  unsigned long total_in;
  uint8_t *next_out;
  unsigned avail_out;
  unsigned long total_out;
  const char *msg;
  struct internal_state *state;
  void *(*zalloc)(void *opaque, unsigned items, unsigned size);
  void (*zfree)(void *opaque, void *address);
  void *opaque;
  int data_type;
  unsigned long adler;
  unsigned long reserved;
} z_stream;
const char *zlibVersion(void);
const char *zError(int);
int deflateInit2_(z_stream *, int level, int method, int windowBits, int memLevel, int strategy, const char *version, int size);
int deflate(z_stream *, int flush);
int deflateEnd(z_stream *);
int inflateInit2_(z_stream *, int windowBits, const char *version, int size);
int inflate(z_stream *, int flush);
int inflateEnd(z_stream *);
unsigned long crc32(unsigned long crc, const uint8_t *buf, unsigned len);
unsigned long adler32(unsigned long adler, const uint8_t *buf, unsigned len);
typedef struct { int level; int window; } zl_options;
enum { Z_NO_FLUSH, Z_FINISH = 4, Z_OK = 0, Z_STREAM_END = 1, Z_DATA_ERROR = -3, Z_BUF_ERROR = -5 };
]]

local z = ffi.load("libz.so.1")
local version = z.zlibVersion()

local function stream(init, finish, ...)
  local s = ffi.new("z_stream")
  local ok = init(s, ...)
  assert(ok == z.Z_OK, ffi.string(z.zError(ok)))
  return ffi.gc(s, finish)
end

-- Feeds `input` in pieces and collects what comes out, a small buffer at a time.
local function run(s, step, input, piece)
  local out, chunks, position, code = ffi.new("uint8_t[64]"), {}, 0, z.Z_OK
  while code ~= z.Z_STREAM_END do
    if s.avail_in == 0 and position < #input then
      local n = math.min(piece, #input - position)
      s.next_in, s.avail_in = ffi.cast("const uint8_t *", input) + position, n
      position = position + n
    end
    s.next_out, s.avail_out = out, ffi.sizeof(out)
    code = step(s, position == #input and z.Z_FINISH or z.Z_NO_FLUSH)
    if code ~= z.Z_OK and code ~= z.Z_STREAM_END and code ~= z.Z_BUF_ERROR then
      return nil, s.msg ~= nil and ffi.string(s.msg) or ffi.string(z.zError(code))
    end
    chunks[#chunks + 1] = ffi.string(out, ffi.sizeof(out) - s.avail_out)
    if code == z.Z_BUF_ERROR and s.avail_in == 0 and position == #input then
      return nil, "ended too early"
    end
  end
  return table.concat(chunks)
end

local options = ffi.metatype("zl_options", {
  __index = {
    deflate = function(self, text, piece)
      local s = stream(z.deflateInit2_, z.deflateEnd, self.level, 8, self.window, 8, 0, version, ffi.sizeof("z_stream"))
      return run(s, z.deflate, text, piece or 1000), s
    end,
    inflate = function(self, text, piece)
      local s = stream(z.inflateInit2_, z.inflateEnd, self.window, version, ffi.sizeof("z_stream"))
      return run(s, z.inflate, text, piece or 1000)
    end,
  },
})

local lines = {}
for i = 1, 500 do
  lines[i] = ("line %d of a text that repeats itself\n"):format(i % 50)
end
local text = table.concat(lines)

for _, window in ipairs({ 15, -15, 31 }) do
  for _, level in ipairs({ 0, 1, 9 }) do
    local o = options(level, window)
    local packed, s = o:deflate(text, 777)
    local back, message = o:inflate(packed, 33)
    print(window, level, #packed < #text, back == text, message, tonumber(s.total_in) == #text, s.total_out == #packed, s.avail_in)
  end
end
print(options(9, 15):inflate("this is not packed"))
print(options(9, 15):inflate((options(9, 15):deflate(text)):sub(1, 40)))
print(z.crc32(0, text, #text), z.adler32(1, text, #text), bit.tohex(tonumber(z.crc32(0, "hello", 5))))
print(ffi.sizeof("z_stream"), ffi.offsetof("z_stream", "opaque"), ffi.istype("z_stream", ffi.new("z_stream")))
print(pcall(function() z.crc32(0, 5, 5) end))
collectgarbage()
