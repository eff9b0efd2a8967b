-- The examples of LuaJIT's manual and of the modules that tried the same, J1 to J16, as programs that run on
-- every Lua: each row does what its example does and checks what the example promises. What stock Lua cannot
-- say (`type(x) == "cdata"`, `x == nil`) is said with the module's own functions.

local ffi = require("lunaffi.luajit")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local fails = helper.fails

-- `#object`, for Luas whose tables and userdata differ in it.
local function length(object)
  return #object
end

local function spelled(ct)
  return tostring(ffi.typeof(ct))
end

describe("J1: a variadic function", function()
  it("prints and returns the number of characters", function()
    local output, status = interpreter.run("-e", [[
      local ffi = require("lunaffi.luajit")
      ffi.cdef("int printf(const char *format, ...); int fflush(void *stream);")
      local n = ffi.C.printf("Hello %s!", "world")
      ffi.C.fflush(nil)
      io.stdout:write("\n", tostring(n), "\n")
    ]])
    assert.equals("Hello world!\n12\n", output)
    assert.equals(0, status)
  end)
end)

describe("J2: an image of structs of bytes", function()
  ffi.cdef("typedef struct { uint8_t red, green, blue, alpha; } rgba_pixel;")

  local SIDE = 400
  local PIXELS = SIDE * SIDE

  local function ramp()
    local image = ffi.new("rgba_pixel[?]", PIXELS)
    local step = 255 / (PIXELS - 1)
    for i = 0, PIXELS - 1 do
      image[i].green = i * step
      image[i].alpha = 255
    end
    return image
  end

  it("becomes grey, cutting fractions off", function()
    local image = ramp()
    assert.equals(640000, ffi.sizeof(image))
    for i = 0, PIXELS - 1 do
      local y = 0.3 * image[i].red + 0.59 * image[i].green + 0.11 * image[i].blue
      image[i].red, image[i].green, image[i].blue = y, y, y
    end
    local step = 255 / (PIXELS - 1)
    for i = 0, PIXELS - 1, 997 do
      local green = math.floor(i * step)
      local y = math.floor(0.59 * green)
      assert.equals(y, image[i].red)
      assert.equals(y, image[i].green)
      assert.equals(y, image[i].blue)
      assert.equals(255, image[i].alpha)
    end
  end)
end)

describe("J3: a library of one's own", function()
  it("is found by its name, by its path, and is seen by ffi.C when global", function()
    local folder = os.tmpname()
    os.remove(folder)
    local program = [[
      local ffi = require("lunaffi.luajit")
      ffi.cdef("int add(int x, int y);")
      print(ffi.load("lunaffi_own").add(1, 2))
      print(ffi.load("./build/c_tests/numbers.so").add(1, 2))
      print((pcall(function() return ffi.C.add end)))
      ffi.load("lunaffi_own", true)
      print(ffi.C.add(1, 2))
    ]]
    interpreter.shell(('mkdir %s && ln -s "$PWD/build/c_tests/numbers.so" %s/liblunaffi_own.so'):format(folder, folder))
    local suffix = _VERSION ~= "Lua 5.1" and "_" .. _VERSION:match("%d+%.%d+"):gsub("%.", "_") or ""
    local output = interpreter.shell(("LD_LIBRARY_PATH=%s LUA_CPATH%s=%s %s -e %s"):format(folder, suffix,
      interpreter.quote(package.cpath), interpreter.quote(interpreter.command), interpreter.quote(program)))
    interpreter.shell("rm -r " .. folder)
    assert.equals("3\n3\nfalse\n3\n", output)
  end)
end)

describe("J4: the spelling of types", function()
  it("is LuaJIT's", function()
    ffi.cdef [[
      struct ck_tag { int a; };
      typedef struct { int a; } ck_alias;
      union ck_union { int a; float b; };
      enum ck_enum { CK_ONE };
    ]]
    for _, entry in ipairs({
      { "int8_t", "char" }, { "uint8_t", "unsigned char" },
      { "int16_t", "short" }, { "uint16_t", "unsigned short" }, { "int32_t", "int" },
      { "uint32_t", "unsigned int" },
      { "int64_t", "int64_t" }, { "uint64_t", "uint64_t" }, { "double", "double" }, { "float", "float" },
      { "bool", "bool" }, { "struct ck_tag", "struct ck_tag" },
      { "union ck_union", "union ck_union" }, { "enum ck_enum", "enum ck_enum" },
      { "struct ck_tag *", "struct ck_tag *" }, { "struct ck_tag[]", "struct ck_tag []" },
    }) do
      assert.equals("ctype<" .. entry[2] .. ">", spelled(entry[1]))
    end
    assert.truthy(spelled("ck_alias"):find("^ctype<struct %d+>$"))
  end)
end)

describe("J5: numbers as arguments", function()
  it("may be plain or boxed, made by ffi.new or by a ctype", function()
    ffi.cdef("int add(int x, int y);")
    local lib = ffi.load(helper.fixture("numbers"))
    local int = ffi.typeof("int")
    local ten, thirty = ffi.new("int", 10), int(30)
    assert.equals(3, lib.add(1, 2))
    assert.equals(30, lib.add(ten, ffi.new("int", 20)))
    assert.equals(70, lib.add(thirty, int(40)))
    assert.equals("cdata", ffi.type(ten))
    assert.equals("cdata", ffi.type(thirty))
    assert.equals("number", ffi.type(lib.add(1, 2)))
    assert.equals("ctype<int>", tostring(ffi.typeof(thirty)))
    assert.equals("cdata", ffi.type(int))
  end)
end)

describe("J6: structs by pointers to pointers", function()
  it("come back by value", function()
    ffi.cdef("struct ck_point { int x, y; }; struct ck_point dc_add_pointed(struct ck_point **p);")
    local lib = ffi.load(helper.fixture("declared"))
    local ct = ffi.typeof("struct ck_point")
    local a, b = ct({ 1, 1 }), ct(2, 2)
    local pa, pb = ffi.cast("struct ck_point *", a), ffi.cast("struct ck_point *", b)
    local sum = lib.dc_add_pointed(ffi.new("struct ck_point *[?]", 2, pa, pb))
    assert.equals(3, sum.x)
    assert.equals(3, sum.y)
    assert.equals("ctype<struct ck_point>", tostring(ffi.typeof(sum)))
  end)
end)

describe("J7: casts of numbers and pointers", function()
  it("do as LuaJIT does", function()
    -- A box is no memory to point at: its value is the address.
    assert.equals(1, ffi.tonumber(ffi.cast("intptr_t", ffi.cast("int *", ffi.new("int", 1)))))
    local p = ffi.cast("int *", 0x1234)
    assert.equals(0x1234, ffi.tonumber(ffi.cast("intptr_t", p)))
    assert.equals(0x1234, ffi.tonumber(ffi.cast("int", ffi.cast("intptr_t", p))))
    assert.equals(0x1234, ffi.tonumber(ffi.cast("int", p)))
    fails(function() ffi.new("int *", ffi.new("int", 1)) end, "cannot convert 'int' to 'int *'")
    fails(function() ffi.cast("struct ck_point", 1) end, "invalid C type")
  end)
end)

describe("J8: a metatype", function()
  it("adds, measures and has methods", function()
    ffi.cdef("typedef struct { double x, y; } ck_vector;")
    local point
    point = ffi.metatype("ck_vector", {
      __add = function(a, b) return point(a.x + b.x, a.y + b.y) end,
      __len = function(a) return math.sqrt(a.x * a.x + a.y * a.y) end,
      __index = { area = function(a) return a.x * a.x + a.y * a.y end },
    })
    local a = point(3, 4)
    assert.equals(3, a.x)
    assert.equals(4, a.y)
    assert.equals(5, length(a))
    assert.equals(25, a:area())
    assert.equals(12.5, length(a + point(0.5, 8)))
  end)
end)

describe("J9: memory of C with a finalizer", function()
  it("is freed once, or by hand", function()
    ffi.cdef("void *malloc(size_t size); void free(void *p);")
    local count = 0
    local function release(p)
      count = count + 1
      ffi.C.free(p)
    end
    local p = ffi.gc(ffi.C.malloc(1000), release)
    assert.is_false(ffi.isnull(p))
    p = nil -- luacheck: ignore
    helper.collect()
    helper.collect()
    assert.equals(1, count)
    ffi.gc(ffi.C.malloc(1000), ffi.C.free)
    local q = ffi.gc(ffi.C.malloc(1000), release)
    ffi.C.free(ffi.gc(q, nil))
    q = nil -- luacheck: ignore
    helper.collect()
    assert.equals(1, count)
  end)
end)

describe("J10: a pointer in a struct", function()
  it("is not what keeps its memory", function()
    ffi.cdef("typedef struct { int *a; } ck_foo;")
    local wrong = ffi.new("ck_foo", ffi.new("int[10]"))
    helper.collect()
    assert.is_false(ffi.isnull(wrong.a))
    local kept = ffi.new("int[10]", { 1, 2, 3 })
    local right = ffi.new("ck_foo", kept)
    helper.collect()
    assert.equals(3, right.a[2])
    right.a[9] = 7
    assert.equals(7, kept[9])
  end)
end)

describe("J11: zlib", function()
  it("packs 4000 bytes and unpacks them", function()
    ffi.cdef [[
      unsigned long compressBound(unsigned long sourceLen);
      int compress2(uint8_t *dest, unsigned long *destLen, const uint8_t *source, unsigned long sourceLen, int level);
      int uncompress(uint8_t *dest, unsigned long *destLen, const uint8_t *source, unsigned long sourceLen);
    ]]
    local zlib = ffi.load("z")
    local text = ("abcd"):rep(1000)
    local bound = zlib.compressBound(#text)
    local packed, size = ffi.new("uint8_t[?]", bound), ffi.new("unsigned long[1]", bound)
    assert.equals(0, zlib.compress2(packed, size, text, #text, 9))
    local packed_text = ffi.string(packed, size[0])
    assert.is_true(#packed_text < 100)
    local out, out_size = ffi.new("uint8_t[?]", #text), ffi.new("unsigned long[1]", #text)
    assert.equals(0, zlib.uncompress(out, out_size, packed_text, #packed_text))
    assert.equals(#text, ffi.tonumber(out_size[0]))
    assert.equals(text, ffi.string(out, out_size[0]))
  end)
end)

describe("J12: sizes, alignments, offsets, istype", function()
  it("are LuaJIT's", function()
    ffi.cdef("struct ck_mixed { char a; double b; unsigned c : 3, d : 5; int e[3]; };")
    assert.equals(32, ffi.sizeof("struct ck_mixed"))
    assert.equals(8, ffi.alignof("struct ck_mixed"))
    assert.equals(8, ffi.offsetof("struct ck_mixed", "b"))
    assert.same({ 16, 0, 3 }, { ffi.offsetof("struct ck_mixed", "c") })
    assert.same({ 16, 3, 5 }, { ffi.offsetof("struct ck_mixed", "d") })
    assert.equals(20, ffi.offsetof("struct ck_mixed", "e"))
    assert.is_nil(ffi.offsetof("struct ck_mixed", "f"))
    assert.equals(40, ffi.sizeof("int[?]", 10))
    local object = ffi.new("struct ck_mixed")
    assert.is_true(ffi.istype("struct ck_mixed", object))
    assert.is_true(ffi.istype("const struct ck_mixed", object))
    assert.is_true(ffi.istype("struct ck_mixed", ffi.cast("struct ck_mixed *", object)))
    assert.is_false(ffi.istype("struct ck_mixed *", object))
    assert.is_false(ffi.istype("int", 5))
  end)
end)

describe("J13: strings, copies and fills", function()
  it("take and give bytes", function()
    local buffer = ffi.new("char[16]")
    ffi.copy(buffer, "hello")
    assert.equals("hello", ffi.string(buffer))
    ffi.copy(buffer, "a\0b", 3)
    assert.equals("a", ffi.string(buffer))
    assert.equals("a\0bl", ffi.string(buffer, 4))
    ffi.copy(buffer + 2, buffer, 2)
    assert.equals("a\0a\0", ffi.string(buffer, 4))
  end)

  it("fill no further than the memory goes", function()
    local bytes = ffi.new("unsigned char[?]", 5)
    ffi.fill(bytes, 5, 10)
    for i = 0, 4 do
      assert.equals(10, bytes[i])
    end
    fails(function() ffi.fill(bytes, 20, 1) end)
    for i = 0, 4 do
      assert.equals(10, bytes[i])
    end
    ffi.fill(bytes, 5)
    assert.equals("\0\0\0\0\0", ffi.string(bytes, 5))
  end)
end)

describe("J14: the platform", function()
  it("is told by abi, os and arch", function()
    assert.is_false(ffi.abi("32bit"))
    assert.is_true(ffi.abi("64bit"))
    assert.is_true(ffi.abi("le"))
    local system, machine = interpreter.shell("uname -s"), interpreter.shell("uname -m")
    assert.equals(({ ["Linux\n"] = "Linux", ["Darwin\n"] = "OSX" })[system], ffi.os)
    assert.equals(({ ["x86_64\n"] = "x64", ["aarch64\n"] = "arm64", ["arm64\n"] = "arm64" })[machine], ffi.arch)
  end)
end)

describe("J15: numbers, texts and loops", function()
  it("tonumber and tostring", function()
    assert.equals(5, ffi.tonumber(ffi.i64("5")))
    assert.equals(2 ^ 64, ffi.tonumber(ffi.u64("18446744073709551615")))
    assert.equals(2.5, ffi.tonumber(ffi.new("double", 2.5)))
    assert.equals("-5LL", tostring(ffi.i64("-5")))
    assert.equals("18446744073709551615ULL", tostring(ffi.u64("18446744073709551615")))
    assert.equals("3-4i", tostring(ffi.new("complex", 3, -4)))
    assert.equals(10, ffi.tonumber("10"))
  end)

  it("pairs and ipairs through a metatype", function()
    local ct = ffi.metatype("struct { int n; }", {
      __pairs = function(s) return next, { n = s.n } end,
      __ipairs = function(s)
        return function(last, i)
          if i < last then
            return i + 1, (i + 1) * 10
          end
        end, s.n, 0
      end,
    })
    local seen = {}
    for key, value in ffi.pairs(ct(2)) do
      seen[#seen + 1] = key .. "=" .. value
    end
    for i, value in ffi.ipairs(ct(2)) do
      seen[#seen + 1] = i .. ":" .. value
    end
    assert.same({ "n=2", "1:10", "2:20" }, seen)
  end)
end)

describe("J16: callbacks", function()
  it("sort with a comparison in Lua, which can be set and freed", function()
    ffi.cdef("void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));")
    local function sorted(compare)
      local numbers = ffi.new("int[6]", { 5, 3, 9, 1, 7, 2 })
      ffi.C.qsort(numbers, 6, ffi.sizeof("int"), compare)
      local out = {}
      for i = 0, 5 do
        out[i + 1] = numbers[i]
      end
      return table.concat(out, " ")
    end
    local int_pointer = ffi.typeof("const int *")
    local compare = ffi.cast("int (*)(const void *, const void *)", function(a, b)
      return ffi.cast(int_pointer, a)[0] - ffi.cast(int_pointer, b)[0]
    end)
    assert.equals("1 2 3 5 7 9", sorted(compare))
    compare:set(function(a, b)
      return ffi.cast(int_pointer, b)[0] - ffi.cast(int_pointer, a)[0]
    end)
    assert.equals("9 7 5 3 2 1", sorted(compare))
    compare:free()
    fails(function() compare(nil, nil) end, "bad callback")
    fails(function() compare:free() end, "bad callback")
  end)
end)
