-- alien: its arrays start at 1 and have no structs by value.

return {
  module = "alien",
  file = "alien_c",
  open = function(alien, path)
    local lib = alien.load(path)

    -- Binds a function; nil where a type is unknown to this release.
    local function bind(name, ...)
      local fn = lib[name]
      return pcall(fn.types, fn, ...) and fn or nil
    end

    local c = {
      lib = lib,
      noop = bind("noop", "void"),
      add = bind("add", "int", "int", "int"),
      add64 = bind("add64", "long", "long", "long"),
      add_doubles = bind("add_doubles", "double", "double", "double"),
      sum6 = bind("sum6", "int", "int", "int", "int", "int", "int", "int"),
      mix8 = bind("mix8", "double", "int", "double", "int", "double", "int", "double", "int", "double"),
      slen = bind("slen", "size_t", "string") or bind("slen", "ulong", "string"),
      ident = bind("ident", "pointer", "pointer"),
      apply = bind("apply", "int", "callback", "int"),
      text16 = bind("text16", "string"),
      text4k = bind("text4k", "string"),
      block_source = bind("block_source", "pointer"),
    }

    function c.callback(fn)
      return alien.callback(fn, "int", "int")
    end

    local Point = alien.defstruct({ { "x", "double" }, { "y", "double" } })
    function c.new_point()
      local point = Point:new()
      point.x, point.y = 0, 0
      return point
    end

    local fill_i32 = bind("fill_i32", "void", "pointer", "int")
    local array, four = alien.array("int", 1000), alien.array("int", 4)
    function c.new_ints()
      return setmetatable({}, {
        __index = function(_, i)
          return four[i + 1]
        end,
      })
    end
    c.fill_i32 = fill_i32
    c.loops = {
      array = function(n)
        local a, s = array, 0
        for _ = 1, n do
          for i = 1, 1000 do
            a[i] = i - 1
            s = s + a[i]
          end
        end
        return s
      end,
      alloc = function(n)
        local r
        for _ = 1, n do
          r = Point:new()
        end
        r.x, r.y = 0, 0
        return r
      end,
      fill4 = function(n)
        local f, a = fill_i32, four.buffer
        for _ = 1, n do
          f(a, 4)
        end
      end,
    }

    c.objects = {
      struct = function()
        return Point:new()
      end,
    }
    return c
  end,
}
