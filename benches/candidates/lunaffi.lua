-- lunaffi, in the fastest of its natural ways.

local function types(ret, ...)
  return { args = { ... }, ret = ret }
end

return {
  module = "lunaffi",
  open = function(ffi, path)
    local Point = ffi.struct({ { "x", "f64" }, { "y", "f64" } }, { name = "Point" })
    local Pixel = ffi.struct({ { "red", "u8" }, { "green", "u8" }, { "blue", "u8" }, { "alpha", "u8" } })

    local lib = ffi.load(path, {
      noop = types("void"),
      add = types("int", "int", "int"),
      add64 = types("i64", "i64", "i64"),
      add_doubles = types("f64", "f64", "f64"),
      sum6 = types("int", "int", "int", "int", "int", "int", "int"),
      mix8 = types("f64", "int", "f64", "int", "f64", "int", "f64", "int", "f64"),
      slen = types("size_t", "string"),
      ident = types("pointer", "pointer"),
      mkpoint = types(Point, "f64", "f64"),
      point_sum = types("f64", Point),
      apply = types("int", "pointer", "int"),
      fill_i32 = types("void", "pointer", "int"),
      text16 = types("string"),
      text4k = types("string"),
      block_source = types("pointer"),
      block_target = types("pointer"),
      shuffle_ints = types("void", "pointer", "size_t"),
      sort_ints = types("void", "pointer", "size_t", "pointer"),
      is_sorted = types("bool", "pointer", "size_t"),
      image_ramp = types("void", "pointer", "int"),
      is_grey = types("bool", "pointer", "int", "int"),
    })

    local c = {}
    for name, value in pairs(lib) do
      c[name] = value
    end
    c.about = ffi._VERSION
    c.lib = lib
    c.copy = ffi.copy
    c.fill = ffi.fill
    c.shuffle = lib.shuffle_ints
    c.sort = lib.sort_ints

    function c.byte(pointer, offset)
      return ffi.read(pointer, offset, "u8")
    end

    function c.callback(fn)
      return ffi.callback(fn, "int", { "int" })
    end

    -- A "ref" parameter is what the pointer points to.
    c.ascending = ffi.callback(function(a, b)
      return a - b
    end, "int", { "ref int", "ref int" })

    function c.new_point()
      return Point:new()
    end

    function c.new_ints(count)
      return ffi.cast(ffi.buffer(4 * count), "int")
    end

    function c.new_doubles(count)
      return ffi.cast(ffi.buffer(8 * count), "f64")
    end

    function c.new_image_of_bytes(pixels)
      return ffi.cast(ffi.buffer(4 * pixels), "u8")
    end

    function c.new_image_of_structs(pixels)
      return ffi.struct({ { "pixels", Pixel, pixels } }):new().pixels
    end

    -- The namespace of all: no types known before the call.
    local library, int_int = ffi.load(path), { "int", "int" }
    function c.call_by_name(n)
      local r
      for i = 1, n do
        r = library:call("add", "int", int_int, i, 2)
      end
      return r
    end

    c.loops = {
      alloc = function(n)
        local r
        for _ = 1, n do
          r = Point()
        end
        return r
      end,
    }

    local block_source, uint64 = lib.block_source, ffi.uint64
    c.objects = {
      struct = c.new_point,
      pointer = function()
        return block_source()
      end,
      boxed = function()
        return uint64("18446744073709551615")
      end,
    }
    return c
  end,
}
