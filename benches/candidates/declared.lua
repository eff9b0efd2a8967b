-- What the modules with LuaJIT's interface share: declarations in C. benches/candidates/luajit.lua and the others name
-- the module; one that cannot do a workload fails in it.

local DECLARATIONS = [[
typedef struct { double x, y; } bench_point;
typedef struct { uint8_t red, green, blue, alpha; } bench_pixel;
void noop(void);
int add(int a, int b);
int64_t add64(int64_t a, int64_t b);
double add_doubles(double a, double b);
int sum6(int a, int b, int c, int d, int e, int f);
double mix8(int a, double b, int c, double d, int e, double f, int g, double h);
size_t slen(const char *s);
void *ident(void *p);
int apply(int (*f)(int), int n);
void fill_i32(int *a, int n);
const char *text16(void);
const char *text4k(void);
void *block_source(void);
void *block_target(void);
void shuffle_ints(int *a, size_t n);
void sort_ints(int *a, size_t n, int (*compare)(const int *, const int *));
int is_sorted(const int *a, size_t n);
]]

-- Separate, for those that know no structs by value, or parse less.
local MORE_DECLARATIONS = {
  "bench_point mkpoint(double x, double y);",
  "double point_sum(bench_point p);",
  "void image_ramp(void *image, int n);",
  "int is_grey(const void *image, int n, int rounds);",
}

local PLAIN = {
  "noop", "add", "add64", "add_doubles", "sum6", "mix8", "slen", "ident", "mkpoint", "point_sum", "apply", "fill_i32",
  "block_source", "block_target", "image_ramp", "is_grey", "is_sorted",
}

local function open(ffi, path)
  ffi.cdef(DECLARATIONS)
  for _, declaration in ipairs(MORE_DECLARATIONS) do
    pcall(ffi.cdef, declaration)
  end
  local lib = ffi.load(path)

  local c = { lib = lib, copy = ffi.copy, fill = ffi.fill }
  for _, name in ipairs(PLAIN) do
    local ok, fn = pcall(function()
      return lib[name]
    end)
    c[name] = ok and fn or nil
  end

  -- Some box all 64-bit results; some of those need their own `tonumber`.
  function c.number(x)
    return type(x) == "number" and x or (rawget(ffi, "tonumber") or tonumber)(x)
  end

  function c.truth(x)
    return c.number(x) == 1
  end

  function c.byte(pointer, offset)
    return c.number(ffi.cast("uint8_t *", pointer)[offset])
  end

  function c.shuffle(array, count)
    lib.shuffle_ints(array, count)
  end

  function c.sort(array, count, compare)
    lib.sort_ints(array, count, compare)
  end

  function c.callback(fn)
    return ffi.cast("int (*)(int)", fn)
  end

  local made, ascending = pcall(ffi.cast, "int (*)(const int *, const int *)", function(a, b)
    return a[0] - b[0]
  end)
  c.ascending = made and ascending or nil

  local Point = ffi.typeof and ffi.typeof("bench_point")
  c.new_point = Point or function()
    return ffi.new("bench_point")
  end

  c.new_by_text = ffi.new

  function c.new_ints(count)
    return ffi.new("int[" .. count .. "]")
  end

  function c.new_doubles(count)
    return ffi.new("double[" .. count .. "]")
  end

  function c.new_image_of_bytes(pixels)
    return ffi.new("uint8_t[" .. 4 * pixels .. "]")
  end

  function c.new_image_of_structs(pixels)
    return ffi.new("bench_pixel[" .. pixels .. "]")
  end

  local text16, text4k, to_string = lib.text16, lib.text4k, ffi.string
  c.text16, c.text4k = text16, text4k
  c.loops = {
    ["string 16 B"] = function(n)
      local r
      for _ = 1, n do
        r = to_string(text16())
      end
      return r
    end,
    ["string 4 KiB"] = function(n)
      local r
      for _ = 1, n do
        r = to_string(text4k())
      end
      return r
    end,
  }

  c.objects = {
    struct = function()
      return c.new_point()
    end,
    pointer = function()
      return lib.block_source()
    end,
    boxed = function()
      return ffi.new("int64_t")
    end,
  }
  return c
end

return open
