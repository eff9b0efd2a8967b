-- A program for LuaJIT: an image written and read with libpng's simple interface, and pixels in between.

local ffi = require("ffi")

ffi.cdef [[
typedef struct png_control *png_controlp;
typedef struct {
  png_controlp opaque;
  uint32_t version;
  uint32_t width, height, format, flags, colormap_entries;
  uint32_t warning_or_error;
  char message[64];
} png_image;
int png_image_write_to_memory(png_image *image, void *memory, size_t *memory_bytes, int convert_to_8_bit, const void *buffer, int32_t row_stride, const void *colormap);
int png_image_begin_read_from_memory(png_image *image, const void *memory, size_t size);
int png_image_finish_read(png_image *image, const void *background, void *buffer, int32_t row_stride, void *colormap);
void png_image_free(png_image *image);
typedef struct { uint8_t r, g, b, a; } pg_pixel;
typedef union { pg_pixel p; uint32_t word; uint8_t bytes[4]; } pg_any;
enum { PNG_FORMAT_RGBA = 3, PNG_FORMAT_GRAY = 0, PNG_IMAGE_VERSION = 1 };
]]

local png = ffi.load("libpng16.so.16")
local W, H = 37, 23

local function image()
  return ffi.gc(ffi.new("png_image", { version = ffi.C.PNG_IMAGE_VERSION, width = W, height = H, format = ffi.C.PNG_FORMAT_RGBA }), png.png_image_free)
end

local pixels = ffi.new("pg_pixel[?]", W * H)
for y = 0, H - 1 do
  for x = 0, W - 1 do
    local p = pixels[y * W + x]
    p.r, p.g, p.b, p.a = x * 255 / (W - 1), y * 255 / (H - 1), (x + y) % 256, 255
  end
end

local size = ffi.new("size_t[1]")
local out = image()
assert(png.png_image_write_to_memory(out, nil, size, 0, pixels, 0, nil) ~= 0, ffi.string(out.message))
local memory = ffi.new("uint8_t[?]", size[0])
assert(png.png_image_write_to_memory(out, memory, size, 0, pixels, 0, nil) ~= 0)
print("signature", ffi.string(memory, 4) == "\137PNG", tonumber(size[0]) > 100)

local back = image()
assert(png.png_image_begin_read_from_memory(back, memory, size[0]) ~= 0)
print("read", back.width, back.height, back.format, back.warning_or_error)
back.format = png.PNG_FORMAT_RGBA
local again = ffi.new("pg_pixel[?]", W * H)
assert(png.png_image_finish_read(back, nil, again, W * ffi.sizeof("pg_pixel"), nil) ~= 0)
local same = true
for i = 0, W * H - 1 do
  local a, b = pixels[i], again[i]
  same = same and a.r == b.r and a.g == b.g and a.b == b.b and a.a == b.a
end
print("pixels", same, ffi.string(pixels, ffi.sizeof(pixels)) == ffi.string(again, ffi.sizeof(again)))

local any = ffi.cast("pg_any *", again + 1)
print("words", any.word == bit.bor(any.bytes[0], bit.lshift(any.bytes[1], 8), bit.lshift(any.bytes[2], 16), bit.lshift(any.bytes[3], 24)) % 2 ^ 32, any.p.r)
local broken = image()
print("broken", png.png_image_begin_read_from_memory(broken, "not an image", 12), broken.warning_or_error > 1, #ffi.string(broken.message) > 0)
