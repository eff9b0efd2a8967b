-- Structs: layout, instances, foreign memory, nested structs and arrays, passing by address and by value.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local support = require("spec.support.alien")

local fails, collect, is_integer = helper.fails, helper.collect, helper.is_integer
local lib, structs, bind, exact = support.lib, support.structs, support.bind, support.exact

local Rect = alien.defstruct({ { "left", "long" }, { "top", "long" }, { "right", "long" }, { "bottom", "long" } })
local Short = alien.defstruct({ { "left", "short" }, { "top", "short" }, { "right", "short" }, { "bottom", "short" } })
local Mixed = alien.defstruct({ { "left", "short" }, { "top", "long" }, { "right", "short" }, { "bottom", "long" } })
local Padded = alien.defstruct({ { "id", "long" }, { "kind", "char" } })

describe("alien.defstruct", function()
  it("tells the names, types and offsets of the fields, and the size", function()
    assert.same({ "left", "top", "right", "bottom" }, Mixed.names)
    assert.same({ left = "short", top = "long", right = "short", bottom = "long" }, Mixed.types)
    assert.same({ left = 0, top = 8, right = 16, bottom = 24 }, Mixed.offsets)
    is_integer(Mixed.size, "32")
  end)

  it("agrees with C about sizes", function()
    for _, row in ipairs({
      { Rect, structs, "size_long_rect" }, { Short, structs, "size_short_rect" }, { Mixed, structs, "size_mixed_rect" },
      { Padded, lib, "size_of_padded" },
    }) do
      assert.equals(bind(row[2], row[3], "size_t")(), row[1].size)
    end
  end)

  it("pads the end", function()
    is_integer(Padded.size, "16")
    assert.same({ id = 0, kind = 8 }, Padded.offsets)
  end)

  for _, row in ipairs(support.sizes) do
    it("has fields of type " .. row[1], function()
      local def = alien.defstruct({ { "pad", "char" }, { "value", row[1] } })
      assert.equals(alien.align(row[1]), def.offsets.value)
      assert.equals(alien.align(row[1]) + row[2], def.size)
    end)
  end

  for _, row in ipairs({
    { "nothing", nil, "got nil" }, { "a text", "text", "got string" }, { "a number", 5, "got number" },
    { "no field", {}, "" }, { "a field that is no table", { "left" }, "" },
    { "a field without a type", { { "left" } }, "" }, { "a field without a name", { { nil, "int" } }, "" },
    { "an unknown type", { { "left", "int128" } }, "int128" }, { "void", { { "left", "void" } }, "void" },
    { "a type of ref", { { "left", "ref int" } }, "ref int" },
    { "a name twice", { { "left", "int" }, { "left", "int" } }, "left" },
    { "a name that is a number", { { 5, "int" } }, "" },
    { "an array of no elements", { { "list", "int", 0 } }, "" },
    { "an array of negative length", { { "list", "int", -1 } }, "" },
    { "an array of absurd length", { { "list", "int", 2 ^ 62 } }, "" },
  }) do
    it("refuses " .. row[1], function()
      fails(function() alien.defstruct(row[2]) end, "defstruct", row[3])
    end)
  end
end)

describe("a struct's new", function()
  it("makes a zeroed instance with memory of its own", function()
    local rect = Rect:new()
    assert.equals(32, #rect())
    for _, name in ipairs(Rect.names) do
      is_integer(rect[name], "0")
    end
  end)

  it("reads and writes the memory of a buffer", function()
    local buf = alien.buffer(32)
    local rect = Rect:new(buf)
    rect.top = 77
    is_integer(buf:get(9, "long"), "77")
    buf:set(17, -5, "long")
    is_integer(rect.right, "-5")
    buf = nil -- luacheck: ignore 311
    collect()
    is_integer(rect.top, "77")
  end)

  it("reads and writes foreign memory", function()
    local buf = alien.buffer(32)
    local rect = Rect:new(buf:topointer())
    rect.left = 5
    is_integer(buf:get(1, "long"), "5")
    assert.equals(buf:topointer(), rect():topointer())
  end)

  it("takes other pointer-likes", function()
    local ffi = require("lunaffi")
    local memory = ffi.arena():alloc(32)
    local rect = Rect:new(memory)
    rect.bottom = 9
    assert.equals(9, memory:read(24, "i64"))
    local array = alien.array("long", { 1, 2, 3, 4 })
    assert.equals(3, Rect:new(array).right)
    local other = Rect:new(rect)
    other.bottom = 10
    assert.equals(10, rect.bottom)
  end)

  it("refuses memory that is too small", function()
    fails(function() Rect:new(alien.buffer(31)) end, "new")
    fails(function() Rect:new(alien.array("char", 8)) end, "new")
  end)

  for _, row in ipairs({ { "a number", 5 }, { "a boolean", true }, { "a file", io.stdout } }) do
    it("refuses " .. row[1], function()
      fails(function() Rect:new(row[2]) end, "new")
    end)
  end

  it("is a method", function()
    fails(function() Rect.new() end, "new")
    fails(function() Rect.new({}) end, "new")
  end)
end)

describe("an instance", function()
  for _, row in ipairs(support.integers) do
    it("has exact fields of type " .. row[1], function()
      local def = alien.defstruct({ { "a", "char" }, { "b", row[1] }, { "c", "char" } })
      local instance = def:new()
      for _, digits in ipairs({ row[2], row[3], "1" }) do
        instance.b = exact(digits)
        is_integer(instance.b, digits)
      end
      is_integer(instance.a, "0")
      is_integer(instance.c, "0")
      fails(function() instance.b = {} end, "b", "got table")
      fails(function() instance.b = nil end, "b")
      fails(function() instance.b = 2 ^ 70 end, "out of range")
      is_integer(instance.b, "1")
    end)
  end

  it("has fields of the other types", function()
    local def = alien.defstruct({
      { "f", "float" }, { "d", "double" }, { "s", "string" }, { "p", "pointer" }, { "c", "callback" },
    })
    local instance = def:new()
    assert.is_nil(instance.s)
    assert.is_nil(instance.p)
    assert.is_nil(instance.c)
    local buf = alien.buffer("pointed to")
    instance.f, instance.d, instance.s, instance.p = 0.5, 0.1, "a text", buf
    instance.c = alien.callback(function(x) return x + 1 end, "int", "int")
    collect()
    assert.equals(0.5, instance.f)
    assert.equals(0.1, instance.d)
    assert.equals("a text", instance.s)
    assert.equals(buf:topointer(), instance.p)
    local fn = instance.c
    fn:types("int", "int")
    is_integer(fn(1), "2")
    instance.s, instance.p, instance.c = nil, nil, nil
    assert.is_nil(instance.s)
    assert.is_nil(instance.p)
    assert.is_nil(instance.c)
  end)

  it("keeps the strings it holds", function()
    local instance = alien.defstruct({ { "s", "string" } }):new()
    instance.s = ("long "):rep(100)
    collect()
    assert.equals(("long "):rep(100), instance.s)
  end)

  it("raises for an unknown field, naming it", function()
    local rect = Rect:new()
    fails(function() return rect.middle, 1 end, "middle")
    fails(function() rect.middle = 1 end, "middle")
    fails(function() return rect[1], 1 end)
    fails(function() rect[{}] = 1 end)
    assert.same(("\0"):rep(32), rect():tostring(32))
  end)

  it("gives its memory when called", function()
    local rect = Rect:new()
    rect.left = 258
    local buf = rect()
    is_integer(buf:get(1, "long"), "258")
    buf:set(1, 7, "long")
    is_integer(rect.left, "7")
    rect = nil -- luacheck: ignore 311
    collect()
    is_integer(buf:get(1, "long"), "7")
  end)

  it("may have fields with the names of methods", function()
    local def = alien.defstruct({ { "new", "int" }, { "size", "int" }, { "names", "int" }, { "byval", "int" } })
    local instance = def:new()
    instance.new, instance.size, instance.names, instance.byval = 1, 2, 3, 4
    assert.same({ 1, 2, 3, 4 }, { instance.new, instance.size, instance.names, instance.byval })
    is_integer(def.size, "16")
  end)
end)

describe("a struct inside of a struct", function()
  local Inner = alien.defstruct({ { "c", "char" }, { "d", "double" } })
  local Compound = alien.defstruct({
    { "s", "short" }, { "inner", Inner }, { "values", "int", 3 }, { "name", "string" },
  })

  it("lies where C has it", function()
    assert.equals(bind(lib, "size_of_compound", "size_t")(), Compound.size)
    assert.same({ s = 0, inner = 8, values = 24, name = 40 }, Compound.offsets)
    assert.is_true(rawequal(Inner, Compound.types.inner))
  end)

  it("is read and written through the outer one", function()
    local outer = Compound:new()
    outer.s = -1
    outer.inner.c = 3
    outer.inner.d = 0.25
    assert.equals(3, outer.inner.c)
    assert.equals(0.25, outer.inner.d)
    assert.equals(0.25, outer():get(17, "double"))
    for i = 1, 3 do
      outer.values[i] = i * 10
    end
    assert.same({ 10, 20, 30 }, { outer.values[1], outer.values[2], outer.values[3] })
    outer.name = "four"
    assert.equals(-1 + 3 + 0.25 + 60 + 4, bind(lib, "sum_compound", "double", "pointer")(outer))
  end)

  it("stays when the outer object is gone", function()
    local inner = Compound:new().inner
    collect()
    inner.d = 0.5
    collect()
    assert.equals(0.5, inner.d)
  end)

  it("is assigned as a whole from another instance", function()
    local outer, other = Compound:new(), Inner:new()
    other.c, other.d = 5, 1.5
    outer.inner = other
    assert.equals(5, outer.inner.c)
    assert.equals(1.5, outer.inner.d)
    other.c = 6
    assert.equals(5, outer.inner.c)
    fails(function() outer.inner = Rect:new() end, "inner")
    fails(function() outer.inner = 5 end, "inner")
  end)

  it("has elements within its bounds", function()
    local outer = Compound:new()
    fails(function() return outer.values[4], 1 end)
    fails(function() outer.values[0] = 1 end)
    assert.equals(3, #outer.values)
  end)

  it("may be in an array", function()
    local Line = alien.defstruct({ { "ends", Padded, 2 } })
    is_integer(Line.size, "32")
    local line = Line:new()
    line.ends[2].id = 7
    line.ends[2].kind = 65
    is_integer(line():get(17, "long"), "7")
    is_integer(line.ends[1].id, "0")
  end)
end)

describe("a struct by address", function()
  it("is what C writes to", function()
    local double = bind(structs, "long_rect_double", "void", "pointer")
    local rect = Rect:new()
    rect.left, rect.top, rect.right, rect.bottom = 2, -3, 4, 4294967296
    double(rect())
    assert.same({ 4, -6, 8, 8589934592 }, { rect.left, rect.top, rect.right, rect.bottom })
    double(rect)
    is_integer(rect.left, "8")
  end)

  for _, row in ipairs({
    { "shorts", Short, "short_rect_area" }, { "longs", Rect, "long_rect_area" }, { "both", Mixed, "mixed_rect_area" },
  }) do
    it("of " .. row[1] .. " is read by C", function()
      local rect = row[2]:new()
      rect.left, rect.top, rect.right, rect.bottom = 2, 3, 12, 24
      is_integer(bind(structs, row[3], row[3] == "short_rect_area" and "int" or "long", "pointer")(rect()), "210")
    end)
  end

  it("lies in a row with others", function()
    local buf = alien.buffer(3 * Padded.size)
    bind(lib, "fill_padded", "void", "pointer", "size_t")(buf, 3)
    for i = 0, 2 do
      local item = Padded:new(buf:topointer(1 + i * Padded.size))
      is_integer(item.id, tostring(i))
      is_integer(item.kind, tostring(97 + i))
    end
    is_integer(bind(lib, "sum_padded", "long", "pointer", "size_t")(buf, 3), tostring(30 + 97 + 98 + 99))
  end)
end)

describe("a struct by value", function()
  it("is an argument and a result", function()
    local next_padded = bind(lib, "next_padded", Padded, Padded)
    local item = Padded:new()
    item.id, item.kind = 41, 97
    local result = next_padded(item)
    is_integer(result.id, "42")
    is_integer(result.kind, "98")
    is_integer(item.id, "41")
    assert.are_not.equal(item():topointer(), result():topointer())
  end)

  it("is written in the table form as well", function()
    local next_padded = bind(lib, "next_padded", { ret = Padded, Padded })
    is_integer(next_padded(Padded:new()).id, "1")
  end)

  it("may be of floats", function()
    local Point = alien.defstruct({ { "x", "double" }, { "y", "double" } })
    local point = bind(structs, "make_point", Point, "double", "double")(1.5, -2.5)
    assert.equals(1.5, point.x)
    assert.equals(-2.5, point.y)
    assert.equals(-1, bind(structs, "sum_point", "double", Point)(point))
    local next_point = bind(structs, "next_point", Point, Point)(point)
    assert.same({ 2.5, -1.5 }, { next_point.x, next_point.y })
  end)

  it("may be nested and hold arrays", function()
    local Point = alien.defstruct({ { "x", "double" }, { "y", "double" } })
    local Box = alien.defstruct({ { "min", Point }, { "max", Point } })
    local box = bind(structs, "make_rect", Box, "double", "double", "double", "double")(1, 2, 3, 4)
    assert.same({ 1, 2, 3, 4 }, { box.min.x, box.min.y, box.max.x, box.max.y })
    assert.equals(10, bind(structs, "sum_rect", "double", Box)(box))
    local Bytes = alien.defstruct({ { "v", "char", 17 } })
    local bytes = bind(structs, "make_bytes17", Bytes, "char")(5)
    assert.equals(5, bytes.v[1])
    assert.equals(21, bytes.v[17])
    assert.equals(221, bind(structs, "sum_bytes17", "double", Bytes)(bytes))
  end)

  it("goes through a callback", function()
    local call = bind(lib, "call_padded", "long", "callback", "long", "byte")
    local received
    is_integer(call(alien.callback(function(item)
      received = item
      local result = Padded:new()
      result.id, result.kind = item.id * 2, item.kind + 1
      return result
    end, Padded, Padded), 21, 97), "42098")
    is_integer(received.id, "21")
    collect()
    is_integer(received.kind, "97")
  end)

  it("is what byval says", function()
    local sum = bind(structs, "sum_pair64", "double", alien.defstruct({ { "a", "longlong" }, { "b", "longlong" } }))
    local Pair = alien.defstruct({ { "a", "longlong" }, { "b", "longlong" } })
    fails(function() sum(Pair:new()) end, "bad argument #1 to 'sum_pair64'")
    assert.equals("function", type(Pair.byval))
    assert.equals("function", type(alien.byval))
  end)

  for _, row in ipairs({ { "nil", nil }, { "number", 5 }, { "string", "text" }, { "boolean", true } }) do
    it("is never a " .. row[1], function()
      local next_padded = bind(lib, "next_padded", Padded, Padded)
      fails(function() next_padded(row[2]) end, "bad argument #1 to 'next_padded'", "got " .. row[1])
    end)
  end

  it("is never another struct", function()
    local next_padded = bind(lib, "next_padded", Padded, Padded)
    fails(function() next_padded(Rect:new()) end, "bad argument #1 to 'next_padded'")
  end)
end)
