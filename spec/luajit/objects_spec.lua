-- Objects: how they are made, aligned and filled, what becomes of an object whose initialiser fails,
-- type texts that are known already, and the names that other modules of this kind have.

local ffi = require("lunaffi.luajit")
local helper = require("spec.helper")

local fails = helper.fails

ffi.cdef([[
struct ob_point { int x, y; };
struct ob_wide { char c; int x __attribute__((aligned(64))); };
typedef double ob_page __attribute__((aligned(4096)));
typedef float ob_v8 __attribute__((vector_size(32)));
struct ob_row { struct ob_point at; int cells[3]; union { int i; float f; }; };
struct ob_tail { int count; struct ob_point points[?]; };
enum ob_color { OB_RED, OB_GREEN = 5 };
]])

local function address(object)
  return ffi.tonumber(ffi.cast("uintptr_t", ffi.cast("void *", object)))
end

describe("new objects", function()
  it("are zero", function()
    for _ = 1, 50 do
      local row = ffi.new("struct ob_row", { cells = { -1, -1, -1 } })
      row.at.x = -1
    end
    helper.collect()
    for _ = 1, 50 do
      local row = ffi.new("struct ob_row")
      assert.equals(0, row.at.x)
      assert.equals(0, row.cells[2])
      local tail = ffi.new("struct ob_tail", 4)
      assert.equals(0, tail.points[3].y)
      local some = ffi.new("int[?]", 6, { 1 })
      assert.equals(0, some[5])
    end
  end)

  it("are aligned as their types ask", function()
    local kept = {}
    for i = 1, 20 do
      kept[i] = {
        ffi.new("struct ob_wide"),
        ffi.new("ob_v8[3]"),
        ffi.new("complex"),
        ffi.new("struct { ob_page p; }"),
        ffi.new("char[?]", i),
      }
      assert.equals(0, address(kept[i][1]) % 64)
      assert.equals(0, address(kept[i][2]) % 32)
      assert.equals(0, address(kept[i][4]) % 4096)
    end
    assert.equals(128, ffi.sizeof("struct ob_wide"))
    kept[3][1].x = 7
    assert.equals(7, kept[3][1].x)
    for align = 4, 15 do
      local ct = ffi.typeof(("struct { int x __attribute__((aligned(%d))); }"):format(2 ^ align))
      local object = ct(5)
      assert.equals(0, address(object) % 2 ^ align)
      assert.equals(5, object.x)
    end
  end)

  it("may be large", function()
    local bytes = ffi.new("uint8_t[?]", 3000000, 9)
    assert.equals(9, bytes[2999999])
    bytes = nil -- luacheck: ignore 311
    helper.collect()
    local pages = ffi.new("struct ob_point[100000]")
    pages[99999] = { 1, 2 }
    assert.equals(2, pages[99999].y)
  end)
end)

describe("an initialiser that fails", function()
  it("leaves no object, and the next call works", function()
    for _ = 1, 3 do
      fails(function()
        ffi.new("struct ob_row", { at = { 1, "x" } })
      end, "cannot convert 'string' to 'int'")
      fails(function()
        ffi.new("struct ob_tail", 2, { 2, { { 1, 1 }, { 2, 2 }, { 3, 3 } } })
      end, "too many initializers for 'struct ob_point [?]'")
      fails(function()
        ffi.new("int[?]", 2, { 1, 2, 3 })
      end, "too many initializers for 'int [?]'")
    end
    assert.equals(2, ffi.new("int[2]", { 1, 2 })[1])
  end)

  it("by an error of its own passes it on", function()
    -- Initialisers are read without metamethods: a table with some is only a table.
    local odd = setmetatable({}, {
      __index = function()
        error("asked")
      end,
    })
    assert.equals(0, ffi.new("struct ob_point", odd).x)
    assert.equals(0, ffi.new("int[2]", odd)[0])
  end)

  it("in an assignment to a member changes nothing behind the one that is wrong", function()
    local row = ffi.new("struct ob_row", { cells = { 1, 2, 3 } })
    fails(function()
      row.cells = { 7, {}, 9 }
    end, "cannot convert 'table' to 'int'")
    assert.equals(3, row.cells[2])
    fails(function()
      row.cells = { 1, 2, 3, 4 }
    end, "too many initializers for 'int [3]'")
  end)
end)

describe("tables as initialisers", function()
  it("nest as deep as the types do, even tables inside of themselves", function()
    local loop = {}
    loop[1] = loop
    fails(function()
      ffi.new("int[2][2]", loop)
    end, "cannot convert 'table' to 'int'")
    local deep = ffi.new("int[1][1][1][1][1][1]", { { { { { { 5 } } } } } })
    assert.equals(5, deep[0][0][0][0][0][0])
  end)

  it("may hold cdata, references and strings", function()
    local point = ffi.new("struct ob_point", 3, 4)
    local points = ffi.new("struct ob_point[3]", { point, ffi.cast("struct ob_point &", point), { 5 } })
    assert.equals(4, points[1].y)
    assert.equals(5, points[2].x)
    assert.equals(5, ffi.tonumber(ffi.new("enum ob_color[2]", { "OB_RED", "OB_GREEN" })[1]))
    local names = ffi.new("char[2][4]", { "ab", "cdefgh" })
    assert.equals("ab", ffi.string(names[0]))
    assert.equals("cdef", ffi.string(names[1], 4))
    local pointers = ffi.new("const char *[2]", { "one", "two" })
    assert.equals("two", ffi.string(pointers[1]))
  end)

  it("copy overlapping parts of one object", function()
    local points = ffi.new("struct ob_point[3]", { { 1, 2 }, { 3, 4 }, { 5, 6 } })
    points[0] = points[2]
    points[2] = points[1]
    assert.equals(6, points[0].y)
    assert.equals(3, points[2].x)
    points[1] = points[1]
    assert.equals(4, points[1].y)
  end)
end)

describe("type texts", function()
  it("are the same type each time", function()
    local ct = ffi.typeof("const struct ob_point *[4]")
    for _ = 1, 3 do
      assert.is_true(ffi.typeof("const struct ob_point *[4]") == ct)
      assert.equals(32, ffi.sizeof("const struct ob_point *[4]"))
    end
    assert.is_true(rawequal(ffi.typeof("int"), ffi.typeof("int32_t")))
  end)

  it("make a new struct each time they declare one", function()
    local first, second = ffi.typeof("struct { int a; }"), ffi.typeof("struct { int a; }")
    assert.is_false(first == second)
    assert.is_false(ffi.istype(first, second()))
  end)

  it("that failed are tried again", function()
    fails(function()
      ffi.new("struct ob_later")
    end, "undeclared or implicit tag 'ob_later'")
    ffi.cdef("struct ob_later { int z; };")
    assert.equals(4, ffi.sizeof("struct ob_later"))
    local incomplete = ffi.typeof("struct ob_later *")
    assert.equals(0, ffi.new("struct ob_later").z)
    assert.is_true(ffi.isnull(incomplete()))
  end)

  it("of incomplete structs are complete once they are", function()
    ffi.cdef("struct ob_open;")
    local ct = ffi.typeof("struct ob_open")
    assert.is_nil(ffi.sizeof(ct))
    fails(function()
      ct()
    end, "size of C type is unknown or too large")
    ffi.cdef("struct ob_open { int a, b; };")
    assert.equals(8, ffi.sizeof(ct))
    assert.equals(0, ct().b)
  end)
end)

describe("names of other modules", function()
  it("are there", function()
    assert.is_true(ffi.isnull(ffi.nullptr))
    assert.is_true(ffi.nullptr == ffi.NULL)
    assert.equals("cdata", ffi.type(ffi.nullptr))
    assert.equals("cdata", ffi.type(ffi.typeof("int")))
    assert.equals("string", ffi.type("x"))
    assert.equals(5, ffi.toretval(ffi.new("int", 5)))
    assert.equals("5LL", tostring(ffi.toretval(ffi.i64(5))))
    assert.equals(ffi.nullptr, ffi.toretval(ffi.nullptr))
    local point = ffi.new("struct ob_point", 1, 2)
    for _, given in ipairs({ point, ffi.cast("struct ob_point &", point) }) do
      local copy = ffi.toretval(given)
      assert.equals("cdata<struct ob_point>", tostring(copy):match("^[^:]*"))
      copy.x = 7
      assert.same({ 1, 7, 2 }, { point.x, copy.x, copy.y })
    end
    local pointer = ffi.addressof(point)
    assert.equals("ctype<struct ob_point *>", tostring(ffi.typeof(pointer)))
    pointer.y = 9
    assert.equals(9, point.y)
    assert.equals("ctype<int **>", tostring(ffi.typeof(ffi.addressof(ffi.new("int *")))))
    for _, name in ipairs({ "toretval", "addressof" }) do
      fails(function()
        ffi[name](5)
      end, "bad argument #1 to '" .. name .. "' (cdata expected, got number)")
    end
    fails(function()
      ffi.type()
    end, "bad argument #1 to 'type' (value expected)")
  end)

  it("make 64-bit integers of digits, as long as 64 bits hold them", function()
    for text, expected in pairs({
      ["9223372036854775807"] = "9223372036854775807LL", ["18446744073709551615"] = "-1LL", [" -5 "] = "-5LL",
      ["-9223372036854775808"] = "-9223372036854775808LL", ["0xffffffffffffffff"] = "-1LL",
    }) do
      assert.equals(expected, tostring(ffi.i64(text)))
    end
    assert.equals("18446744073709551615ULL", tostring(ffi.u64("-1")))
    for _, text in ipairs({ "18446744073709551616", "-9223372036854775809", "0x10000000000000000", "", "1.5", "x" }) do
      for _, name in ipairs({ "i64", "u64" }) do
        fails(function()
          ffi[name](text)
        end, "bad argument #1 to '" .. name .. "' (integer of 64 bits expected, got " .. text)
      end
    end
    fails(function()
      ffi.eval("18446744073709551616ULL")
    end, "bad argument #1 to 'eval' (literal expected, got 18446744073709551616ULL)")
  end)

  it("give each type a number", function()
    local int = ffi.tonumber(ffi.typeof("int"))
    assert.equals("number", type(int))
    assert.equals(int, ffi.tonumber(ffi.typeof("int32_t")))
    assert.equals(int, ffi.tonumber(ffi.typeof(ffi.new("int", 5))))
    assert.not_equals(int, ffi.tonumber(ffi.typeof("unsigned int")))
    assert.not_equals(int, ffi.tonumber(ffi.typeof("int *")))
  end)

  it("walk what has a metamethod for it, and tables", function()
    local seen = {}
    for key, value in ffi.pairs({ a = 1 }) do
      seen[key] = value
    end
    for index, value in ffi.ipairs({ "x", "y" }) do
      seen[index] = value
    end
    assert.same({ a = 1, "x", "y" }, seen)
    ffi.metatype("struct ob_point", {
      __pairs = function(point)
        return next, { x = point.x, y = point.y }
      end,
    })
    local sum = 0
    for _, value in ffi.pairs(ffi.new("struct ob_point", 3, 4)) do
      sum = sum + value
    end
    assert.equals(7, sum)
    fails(function()
      ffi.pairs(ffi.new("struct ob_row"))
    end, "'struct ob_row' has no '__pairs' metamethod")
    fails(function()
      ffi.ipairs(ffi.new("struct ob_point"))
    end, "'struct ob_point' has no '__ipairs' metamethod")
  end)
end)

describe("what is no object of ours", function()
  it("is refused by every metamethod that a script gets hold of", function()
    local meta = debug.getmetatable(ffi.new("int"))
    assert.equals("ffi", getmetatable(ffi.new("int")))
    for _, event in ipairs({ "__index", "__newindex", "__tostring", "__len" }) do
      for _, value in ipairs({ 1, "x", {}, io.stdout }) do
        assert.is_false((pcall(meta[event], value, 1, 2)))
      end
      assert.is_false((pcall(meta[event])))
    end
    for _, event in ipairs({ "__add", "__sub", "__mul", "__div", "__mod", "__pow", "__unm", "__concat" }) do
      assert.is_false((pcall(meta[event], {}, {})))
      assert.is_false((pcall(meta[event])))
    end
    assert.is_true((pcall(meta.__eq, {}, {})))
  end)
end)
