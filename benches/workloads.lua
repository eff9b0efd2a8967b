-- What is measured, once for all candidates: the same Lua loops run over what each candidate offers.
--
-- A workload:
--   name      as in the tables; `what` explains it there
--   prepare   fn(c, quick) -> run, check. `c` is the candidate's table (benches/candidates/): a name that it lacks
--             raises, and the workload is left out. run(n) does n steps and returns a result; check(result, n) tells
--             whether the result is right. A candidate's `loops[name]` takes the place of `run`.
--   per       operations in a step, 1 unless given; the time is that of one operation
--   turns     turns of a Lua `for` in a step, 1 unless given: the time of as many empty ones is subtracted
--   samples   the least number of samples, 3 unless given
--   base      the candidate to compare with, "reference" unless given
--   like      its workload to compare with, the same one unless given
--   variant   this is another way in which the reference can do the workload of that name
--   against   of a variant: the candidate to compare it with, "lunaffi" unless given
--   declared  only a module with LuaJIT's interface can do it

local workloads = {}

local function add(workload)
  workload.per = workload.per or 1
  workload.turns = workload.turns or 1
  workload.samples = workload.samples or 3
  workload.base = workload.base or "reference"
  workload.like = workload.like or workload.name
  workload.against = workload.against or "lunaffi"
  workloads[#workloads + 1] = workload
end

-- Sizes: { full, quick }.
local function size(of, quick)
  return quick and of[2] or of[1]
end

add({
  name = "noop",
  what = "`void noop(void)`",
  prepare = function(c)
    local noop = c.noop
    return function(n)
      local noop = noop -- luacheck: ignore 431
      for _ = 1, n do
        noop()
      end
      return noop()
    end, function(result)
      return result == nil
    end
  end,
})

add({
  name = "add",
  what = "`int add(int, int)`",
  prepare = function(c)
    local call = c.add
    return function(n)
      local f, r = call, nil
      for i = 1, n do
        r = f(i, 2)
      end
      return r
    end, function(result, n)
      return result == n + 2
    end
  end,
})

local function prepare_namespace(library)
  return function(n)
    local lib, r = library, nil
    for i = 1, n do
      r = lib.add(i, 2)
    end
    return r
  end, function(result, n)
    return result == n + 2
  end
end

add({
  name = "ns.add",
  what = "the same as `lib.add(...)`, looked up at each call",
  prepare = function(c)
    return prepare_namespace(c.lib)
  end,
})

add({
  name = "ns.add, objects",
  variant = "ns.add",
  against = "lunaffi_luajit",
  what = "the functions are userdata with `__call`, in a userdata with an `__index` table",
  prepare = function(c)
    return prepare_namespace(c.namespace_of_objects())
  end,
})

add({
  name = "lib:call",
  what = "the same by name, with its types, at each call; compared with the C module's `add`",
  like = "add",
  prepare = function(c)
    return c.call_by_name, function(result, n)
      return result == n + 2
    end
  end,
})

add({
  name = "add64",
  what = "`int64_t add64(int64_t, int64_t)`",
  prepare = function(c)
    local call = c.add64
    return function(n)
      local f, r = call, nil
      for i = 1, n do
        r = f(i, 4294967296)
      end
      return r
    end, function(result, n)
      return c.number(result) == n + 4294967296
    end
  end,
})

add({
  name = "fadd",
  what = "`double add_doubles(double, double)`",
  prepare = function(c)
    local call = c.add_doubles
    return function(n)
      local f, r = call, nil
      for i = 1, n do
        r = f(i, 0.1)
      end
      return r
    end, function(result, n)
      return result == n + 0.1
    end
  end,
})

add({
  name = "sum6",
  what = "`int sum6(int, int, int, int, int, int)`",
  prepare = function(c)
    local call = c.sum6
    return function(n)
      local f, r = call, nil
      for i = 1, n do
        r = f(i, 2, 3, 4, 5, 6)
      end
      return r
    end, function(result, n)
      return result == n + 20
    end
  end,
})

add({
  name = "mix8",
  what = "`double mix8(int, double, int, double, int, double, int, double)`",
  prepare = function(c)
    local call = c.mix8
    return function(n)
      local f, r = call, nil
      for i = 1, n do
        r = f(i, 0.5, 3, 0.25, 5, 1.5, 7, 2.5)
      end
      return r
    end, function(result, n)
      return result == n + 19.75
    end
  end,
})

add({
  name = "slen",
  what = "`size_t slen(const char *)` of a text of 12 bytes",
  prepare = function(c)
    local call = c.slen
    return function(n)
      local f, r = call, nil
      for _ = 1, n do
        r = f("hello, world")
      end
      return r
    end, function(result)
      return c.number(result) == 12
    end
  end,
})

for _, text in ipairs({ { "string 16 B", "text16", 16 }, { "string 4 KiB", "text4k", 4096 } }) do
  add({
    name = text[1],
    what = "`const char *" .. text[2] .. "(void)`, " .. text[3] .. " bytes, as a Lua string",
    prepare = function(c)
      local call = c[text[2]]
      return function(n)
        local f, r = call, nil
        for _ = 1, n do
          r = f()
        end
        return r
      end, function(result)
        local start = text[3] == 16 and "sixteen letters." or "abcdefghijklmnopqrstuvwxyzabc"
        return type(result) == "string" and #result == text[3] and result:sub(1, #start) == start
      end
    end,
  })
end

-- A pointer object goes in, and a new one comes out.
local function prepare_ident(c, call, pointer)
  return function(n)
    local f, p, r = call, pointer, nil
    for _ = 1, n do
      r = f(p)
    end
    return r
  end, function(result)
    return c.same(result, pointer)
  end
end

add({
  name = "ident",
  what = "`void *ident(void *)`: a pointer object goes in, another comes out",
  prepare = function(c)
    return prepare_ident(c, c.ident, c.block_source())
  end,
})

add({
  name = "ident, light userdata",
  variant = "ident",
  what = "a bare address, without a type",
  prepare = function(c)
    return prepare_ident(c, c.ident_light, c.light(c.block_source()))
  end,
})

add({
  name = "mkpoint",
  what = "`struct point mkpoint(double, double)`: two doubles by value",
  prepare = function(c)
    local call = c.mkpoint
    return function(n)
      local f, r = call, nil
      for i = 1, n do
        r = f(i, 2)
      end
      return r
    end, function(result, n)
      return result.x == n and result.y == 2
    end
  end,
})

add({
  name = "struct argument",
  what = "`double point_sum(struct point)`: two doubles by value",
  prepare = function(c)
    local call, point = c.point_sum, c.mkpoint(1.5, 2)
    return function(n)
      local f, p, r = call, point, nil
      for _ = 1, n do
        r = f(p)
      end
      return r
    end, function(result)
      return result == 3.5
    end
  end,
})

-- C calls back a thousand times in a step.
local function prepare_callback(c, call)
  local callback = c.callback(function(x)
    return x + 1
  end)
  return function(n)
    local r
    for _ = 1, n do
      r = call(callback, 1000)
    end
    return r
  end, function(result)
    return result == 1000
  end
end

add({
  name = "callback",
  what = "`int apply(int (*)(int), int n)`: one call of the Lua function by C",
  per = 1000,
  prepare = function(c)
    return prepare_callback(c, c.apply)
  end,
})

add({
  name = "callback, protected",
  variant = "callback",
  what = "`lua_pcall` instead of `lua_call`: an error does not jump over C's frames",
  per = 1000,
  prepare = function(c)
    return prepare_callback(c, c.apply_protected)
  end,
})

local function prepare_array(array)
  return function(n)
    local a, s = array, 0
    for _ = 1, n do
      for i = 0, 999 do
        a[i] = i
        s = s + a[i]
      end
    end
    return s
  end, function(result, n)
    return result == n * 499500
  end
end

add({
  name = "array",
  what = "`a[i] = i; s = s + a[i]` of an array of int",
  per = 1000,
  turns = 1000,
  prepare = function(c)
    return prepare_array(c.new_ints(1000))
  end,
})

add({
  name = "array, by identity",
  variant = "array",
  what = "the metatable compared with an upvalue instead of `luaL_checkudata`",
  per = 1000,
  turns = 1000,
  prepare = function(c)
    return prepare_array(c.new_ints_by_identity(1000))
  end,
})

local function prepare_field(point)
  return function(n)
    local p = point
    local before = p.x
    for _ = 1, n do
      p.x = p.x + 1
    end
    return p.x - before
  end, function(result, n)
    return result == n
  end
end

add({
  name = "field",
  what = "`p.x = p.x + 1` of a struct of two doubles",
  prepare = function(c)
    return prepare_field(c.new_point())
  end,
})

add({
  name = "field, by identity",
  variant = "field",
  what = "the metatable compared with an upvalue instead of `luaL_checkudata`",
  prepare = function(c)
    return prepare_field(c.new_point_by_identity())
  end,
})

local function is_zeroed(point)
  return point.x == 0 and point.y == 0
end

add({
  name = "alloc",
  what = "a new zeroed struct of two doubles, collection included",
  prepare = function(c)
    local call = c.new_point
    return function(n)
      local f, r = call, nil
      for _ = 1, n do
        r = f()
      end
      return r
    end, is_zeroed
  end,
})

add({
  name = "alloc by text",
  what = "the same by `ffi.new(\"bench_point\")`: the type as text at each call; compared with the C module's `alloc`",
  like = "alloc",
  declared = true,
  prepare = function(c)
    local call = c.new_by_text
    return function(n)
      local f, r = call, nil
      for _ = 1, n do
        r = f("bench_point")
      end
      return r
    end, is_zeroed
  end,
})

add({
  name = "fill4",
  what = "`void fill_i32(int *, int)` of an array of four",
  prepare = function(c)
    local call, array = c.fill_i32, c.new_ints(4)
    return function(n)
      local f, a = call, array
      for _ = 1, n do
        f(a, 4)
      end
    end, function()
      return array[0] == 1 and array[1] == 2 and array[2] == 3 and array[3] == 4
    end
  end,
})

local BLOCK = 1024 * 1024

add({
  name = "copy 1 MiB",
  what = "compared with `memcpy`",
  prepare = function(c)
    local copy, target, source = c.copy, c.block_target(), c.block_source()
    c.fill(target, BLOCK, 0)
    return function(n)
      for _ = 1, n do
        copy(target, source, BLOCK)
      end
    end, function()
      for _, offset in ipairs({ 0, 1, 4095, 123456, BLOCK - 1 }) do
        if c.byte(target, offset) ~= (offset * 31 + math.floor(offset / 256)) % 256 then
          return false
        end
      end
      return true
    end
  end,
})

add({
  name = "fill 1 MiB",
  what = "compared with `memset`",
  prepare = function(c)
    local fill, target = c.fill, c.block_target()
    fill(target, BLOCK, 0)
    return function(n)
      for _ = 1, n do
        fill(target, BLOCK, 170)
      end
    end, function()
      return c.byte(target, 0) == 170 and c.byte(target, 54321) == 170 and c.byte(target, BLOCK - 1) == 170
    end
  end,
})

add({
  name = "qsort",
  what = "100,000 ints by C's `qsort` with a comparison in Lua (`table.sort` for tables)",
  turns = 0,
  prepare = function(c, quick)
    local count = size({ 100000, 500 }, quick)
    local array, ascending = c.new_ints(count), c.ascending
    return function(n)
      for _ = 1, n do
        c.shuffle(array, count)
        c.sort(array, count, ascending)
      end
    end, function()
      return c.truth(c.is_sorted(array, count))
    end
  end,
})

add({
  name = "sum",
  what = "a million doubles of an array, added up in Lua",
  turns = 1000000,
  prepare = function(c, quick)
    local count = size({ 1000000, 1000 }, quick)
    local array = c.new_doubles(count)
    for i = 0, count - 1 do
      array[i] = i + 0.5
    end
    return function(n)
      local s
      for _ = 1, n do
        s = 0
        for i = 0, count - 1 do
          s = s + array[i]
        end
      end
      return s
    end, function(result)
      return result == count * count / 2
    end
  end,
})

-- A green ramp of n pixels becomes grey, many times over.
local PIXELS = { 400 * 400, 20 * 20 }
local ROUNDS = { 100, 3 }

local function prepare_image(c, quick, new_image, round)
  local pixels, rounds = size(PIXELS, quick), size(ROUNDS, quick)
  local image = new_image(pixels)
  return function(n)
    for _ = 1, n do
      c.image_ramp(image, pixels)
      for _ = 1, rounds do
        round(image, pixels)
      end
    end
  end, function()
    return c.truth(c.is_grey(image, pixels, rounds))
  end
end

add({
  name = "image",
  what = "400x400 RGBA pixels to grey, 100 rounds: an array of bytes, compared with the same in a Lua table",
  turns = PIXELS[1] * ROUNDS[1],
  samples = 1,
  base = "tables",
  prepare = function(c, quick)
    return prepare_image(c, quick, c.new_image_of_bytes, function(image, pixels)
      for i = 0, 4 * pixels - 1, 4 do
        local grey = 0.3 * image[i] + 0.59 * image[i + 1] + 0.11 * image[i + 2]
        image[i] = grey
        image[i + 1] = grey
        image[i + 2] = grey
      end
    end)
  end,
})

add({
  name = "image, structs",
  what = "the same with an array of structs, compared with a Lua table per pixel",
  turns = PIXELS[1] * ROUNDS[1],
  samples = 1,
  base = "tables",
  prepare = function(c, quick)
    return prepare_image(c, quick, c.new_image_of_structs, function(image, pixels)
      for i = 0, pixels - 1 do
        local pixel = image[i]
        local grey = 0.3 * pixel.red + 0.59 * pixel.green + 0.11 * pixel.blue
        pixel.red = grey
        pixel.green = grey
        pixel.blue = grey
      end
    end)
  end,
})

return workloads
