-- Arrays: the three ways to make one, fields, elements and their bounds, ipairs, realloc, what is pinned.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local support = require("spec.support.alien")

local fails, collect, is_integer = helper.fails, helper.collect, helper.is_integer
local lib, bind, exact = support.lib, support.bind, support.exact

local function values(array)
  local list = {}
  for i = 1, array.length do
    list[i] = array[i]
  end
  return list
end

describe("alien.array", function()
  it("makes an array of some length, zeroed", function()
    local array = alien.array("int", 4)
    assert.same({ 0, 0, 0, 0 }, values(array))
  end)

  it("makes an array of a table", function()
    assert.same({ 4, 5, 3, 2, 6, 1 }, values(alien.array("int", { 4, 5, 3, 2, 6, 1 })))
    assert.same({ 0.5, -1.25 }, values(alien.array("double", { 0.5, -1.25 })))
  end)

  it("makes an array over a buffer", function()
    local buf = alien.buffer(4 * 4)
    local array = alien.array("int", 4, buf)
    array[2] = 77
    is_integer(buf:get(5, "int"), "77")
    buf:set(9, -5, "int")
    is_integer(array[3], "-5")
    assert.is_true(rawequal(buf, array.buffer))
  end)

  it("may be empty", function()
    local array = alien.array("int", 0)
    is_integer(array.length, "0")
    fails(function() return array[1], 1 end)
    is_integer(alien.array("double", {}).length, "0")
    for _ in array:ipairs() do
      error("there is no element")
    end
  end)

  it("needs a buffer that is large enough", function()
    fails(function() alien.array("int", 5, alien.buffer(19)) end, "array")
    assert.same({ 0, 0, 0, 0, 0 }, values(alien.array("int", 5, alien.buffer(20))))
    fails(function() alien.array("int", 1, {}) end, "bad argument #3 to 'array'")
    fails(function() alien.array("int", 1, "text") end, "bad argument #3 to 'array'")
  end)

  it("takes a foreign buffer at its word", function()
    local numbers = bind(lib, "get_numbers", "pointer")()
    assert.same({ 10, -20, 30, -40 }, values(alien.array("int", 4, alien.buffer(numbers))))
  end)

  it("keeps the buffer", function()
    local array = alien.array("int", 2, alien.buffer(8))
    collect()
    array[1] = 5
    is_integer(array.buffer:get(1, "int"), "5")
  end)

  for _, name in ipairs({ "integer", "", "i32", "Int" }) do
    it(("refuses the type %q"):format(name), function()
      fails(function() alien.array(name, 4) end, name)
    end)
  end

  for _, name in ipairs({ "void", "ref int" }) do
    it("refuses " .. name, function()
      fails(function() alien.array(name, 4) end, name)
    end)
  end

  for _, row in ipairs({
    { "a type that is no string", { 5, 4 }, "#1" }, { "no type", {}, "#1" }, { "no length", { "int" }, "#2" },
    { "a negative length", { "int", -1 }, "#2" }, { "nan as the length", { "int", 0 / 0 }, "#2" },
    { "a text as the length", { "int", "text" }, "#2" }, { "a boolean as the length", { "int", true }, "#2" },
  }) do
    it("refuses " .. row[1], function()
      fails(function() alien.array(helper.unpack(row[2], 1, 2)) end, "bad argument " .. row[3] .. " to 'array'")
    end)
  end

  it("refuses sizes that overflow", function()
    fails(function() alien.array("double", 2 ^ 61) end)
    fails(function() alien.array("double", 2 ^ 53) end)
  end)

  it("refuses a table with a value that does not fit, naming it", function()
    fails(function() alien.array("int", { 1, "text", 3 }) end, "bad argument #2 to 'array'", "int expected")
    fails(function() alien.array("char", { 1, 2, 256 }) end, "out of range")
    fails(function() alien.array("int", { 1, {}, 3 }) end, "got table")
  end)
end)

describe("an array's field", function()
  local array = alien.array("short", { 1, 2, 3 })

  it("type is the name of the type", function()
    assert.equals("short", array.type)
  end)

  it("length is the count of elements, and so is #", function()
    is_integer(array.length, "3")
    assert.equals(3, #array)
  end)

  it("size is that of an element", function()
    is_integer(array.size, "2")
    is_integer(alien.array("double", 7).size, "8")
  end)

  it("buffer is the memory", function()
    assert.equals(6, #array.buffer)
    is_integer(array.buffer:get(3, "short"), "2")
    assert.is_true(rawequal(array.buffer, array.buffer))
  end)

  it("pinned is a table", function()
    assert.equals("table", type(array.pinned))
  end)

  it("of any other name is the program's own", function()
    assert.is_nil(array.note)
    array.note = "mine"
    assert.equals("mine", array.note)
    array.note = nil
    assert.is_nil(array.note)
    local key = {}
    array[key] = 5
    assert.equals(5, array[key])
  end)
end)

describe("an element", function()
  for _, row in ipairs(support.integers) do
    it("of type " .. row[1] .. " is exact", function()
      local array = alien.array(row[1], 3)
      array[1], array[2], array[3] = exact(row[2]), exact(row[3]), 1
      is_integer(array[1], row[2])
      is_integer(array[2], row[3])
      is_integer(array[3], "1")
      fails(function() array[3] = {} end, "index 3")
      fails(function() array[3] = nil end)
      fails(function() array[2] = 2 ^ 70 end, "out of range")
      is_integer(array[3], "1")
    end)
  end

  it("of type float and double is a float", function()
    for _, name in ipairs({ "float", "double" }) do
      local array = alien.array(name, { 0.5, -2 })
      assert.same({ 0.5, -2 }, values(array))
      fails(function() array[1] = "text" end)
    end
  end)

  for _, index in ipairs({ 0, 4, -1, 1.5, 2 ^ 31, -2 ^ 63, 2 ^ 64, math.huge, 0 / 0 }) do
    it(("%s of three raises"):format(tostring(index)), function()
      local array = alien.array("int", { 1, 2, 3 })
      fails(function() return array[index], 1 end)
      fails(function() array[index] = 9 end)
      assert.same({ 1, 2, 3 }, values(array))
    end)
  end

  it("outside raises in so many words", function()
    local array = alien.array("int", 3)
    fails(function() return array[4], 1 end, "out of bounds")
    fails(function() array[0] = 1 end, "out of bounds")
  end)

  it("may have an index that is a whole float", function()
    local array = alien.array("int", { 1, 2, 3 })
    is_integer(array[2.0], "2")
  end)

  it("beyond the buffer is not there when the buffer became smaller", function()
    local buf = alien.buffer(16)
    local array = alien.array("int", 4, buf)
    buf:realloc(8)
    fails(function() return array[3], 1 end)
    fails(function() array[4] = 1 end)
    array[2] = 5
    is_integer(buf:get(5, "int"), "5")
  end)
end)

describe("array:ipairs", function()
  it("goes through the elements in order", function()
    local seen = {}
    for i, value in alien.array("int", { 4, 5, 3 }):ipairs() do
      seen[#seen + 1] = i .. "=" .. value
    end
    assert.same({ "1=4", "2=5", "3=3" }, seen)
  end)

  it("goes over elements that are nil", function()
    local array = alien.array("pointer", 3)
    local count = 0
    for i, value in array:ipairs() do
      count = count + 1
      assert.equals(count, i)
      assert.is_nil(value)
    end
    assert.equals(3, count)
  end)

  it("is a method", function()
    local array = alien.array("int", 3)
    fails(function() array.ipairs() end, "ipairs")
    fails(function() array.ipairs({}) end, "ipairs")
  end)
end)

describe("array:realloc", function()
  it("changes the length and keeps the elements", function()
    local array = alien.array("int", { 1, 2, 3 })
    array:realloc(5)
    is_integer(array.length, "5")
    assert.equals(5, #array)
    assert.equals(20, #array.buffer)
    assert.same({ 1, 2, 3, 0, 0 }, values(array))
    array[5] = 50
    array:realloc(2)
    assert.same({ 1, 2 }, values(array))
    fails(function() return array[3], 1 end)
  end)

  it("keeps strings", function()
    local array = alien.array("string", { "one", "two" })
    array:realloc(4)
    array[4] = "four"
    collect()
    assert.equals("one", array[1])
    assert.equals("two", array[2])
    assert.is_nil(array[3])
    assert.equals("four", array[4])
  end)

  it("refuses lengths that cannot be", function()
    local array = alien.array("int", { 1, 2, 3 })
    for _, length in ipairs({ -1, 0 / 0, 2 ^ 61, 1.5 }) do
      fails(function() array:realloc(length) end)
    end
    fails(function() array:realloc() end, "realloc")
    assert.same({ 1, 2, 3 }, values(array))
  end)

  it("is for memory of its own", function()
    local array = alien.array("int", 4, alien.buffer(bind(lib, "get_numbers", "pointer")()))
    fails(function() array:realloc(8) end, "realloc")
    assert.same({ 10, -20, 30, -40 }, values(array))
  end)
end)

describe("an array of strings", function()
  local total = bind(lib, "total_of", "size_t", "pointer", "size_t")

  it("holds copies, which C can read", function()
    local array = alien.array("string", { "alpha", "beta", "gamma" })
    collect()
    is_integer(total(array.buffer, 3), "14")
    assert.same({ "alpha", "beta", "gamma" }, values(array))
  end)

  it("takes other texts, longer ones too", function()
    local array = alien.array("string", { "a", "b", "c" })
    array[2] = ("long "):rep(1000)
    collect()
    assert.equals("a", array[1])
    assert.equals(("long "):rep(1000), array[2])
    assert.equals("c", array[3])
    is_integer(total(array, 3), "5002")
    array[2] = nil
    assert.is_nil(array[2])
    is_integer(total(array, 3), "2")
  end)

  it("starts with NULL", function()
    local array = alien.array("string", 2)
    assert.is_nil(array[1])
    array[1] = "set"
    assert.equals("set", array[1])
    assert.is_nil(array[2])
  end)
end)

describe("an array of pointers", function()
  it("keeps what was stored", function()
    local array = alien.array("pointer", 2)
    local weak = setmetatable({}, { __mode = "v" })
    do
      local buf = alien.buffer("pinned text")
      weak[1] = buf
      array[1] = buf
      array[2] = ("pinned "):rep(10)
    end
    collect()
    assert.equals("pinned text", alien.tostring(array[1]))
    assert.equals(("pinned "):rep(10), alien.tostring(array[2]))
    array[1] = nil
    assert.is_nil(array[1])
    collect()
    assert.is_nil(weak[1])
  end)

  it("gives light userdata", function()
    local buf = alien.buffer(4)
    local array = alien.array("pointer", { buf, buf:topointer(2) })
    assert.is_true(support.is_light(array[1]))
    assert.equals(buf:topointer(), array[1])
    assert.equals(buf:topointer(2), array[2])
  end)
end)

describe("an array of callbacks", function()
  it("gives functions", function()
    local array = alien.array("callback", 2)
    array[1] = alien.callback(function(x) return x + 1 end, "int", "int")
    collect()
    local fn = array[1]
    fn:types("int", "int")
    is_integer(fn(41), "42")
    assert.is_nil(array[2])
  end)
end)

describe("an array of structs", function()
  local Padded = alien.defstruct({ { "id", "long" }, { "kind", "char" } })

  it("has instances as its elements", function()
    local array = alien.array(Padded, 3)
    assert.equals(3, #array)
    is_integer(array.size, "16")
    assert.is_true(rawequal(Padded, array.type))
    array[2].id = 5
    is_integer(array.buffer:get(17, "long"), "5")
    local other = Padded:new()
    other.id, other.kind = 9, 97
    array[3] = other
    other.id = 10
    is_integer(array[3].id, "9")
    local ids = {}
    for i, item in array:ipairs() do
      ids[i] = item.id
    end
    assert.same({ 0, 5, 9 }, ids)
    fails(function() array[1] = 5 end, "index 1")
    fails(function() return array[4], 1 end, "out of bounds")
  end)

  it("keeps its memory under an element", function()
    local item = alien.array(Padded, 3)[2]
    collect()
    item.id = 7
    collect()
    is_integer(item.id, "7")
  end)

  it("is what C reads and writes", function()
    local array = alien.array(Padded, 3)
    bind(lib, "fill_padded", "void", "pointer", "size_t")(array, 3)
    is_integer(array[3].id, "2")
    is_integer(array[3].kind, "99")
    array[1].id = 100
    is_integer(bind(lib, "sum_padded", "long", "pointer", "size_t")(array, 3), tostring(1030 + 97 + 98 + 99))
  end)
end)

describe("an array in a call", function()
  it("is sorted by C", function()
    local qsort = bind(alien.default, "qsort", "void", "pointer", "size_t", "size_t", "callback")
    local array = alien.array("double", { 2.5, -1, 0.5, 1e10 })
    local compare = alien.callback(function(a, b) return a < b and -1 or a > b and 1 or 0 end,
      "int", "ref double", "ref double")
    qsort(array, array.length, array.size, compare)
    assert.same({ -1, 0.5, 2.5, 1e10 }, values(array))
  end)
end)

describe("an array with a finalizer", function()
  local ffi = require("lunaffi")

  it("has its fields, elements and buffer as before", function()
    local array = alien.array("string", { "one", "two" })
    array.own = "field"
    ffi.gc(array, function() end)
    assert.equals("field", array.own)
    assert.is_nil(array.other)
    array[1] = ("kept"):rep(30)
    collect()
    assert.same({ ("kept"):rep(30), "two" }, values(array))
    assert.same({ "string", 2, ("kept"):rep(30) }, { array.type, array.length, array.pinned[1] })
    assert.equals(2 * array.size, array.buffer.size)
    ffi.gc(array, nil)
    assert.equals("field", array.own)
  end)

  it("that was given another length is finalized once, with its elements", function()
    local seen = {}
    do
      local array = alien.array("int", { 1, 2 })
      ffi.gc(array, function(a) seen[#seen + 1] = table.concat(values(a), " ") end)
      array:realloc(70000)
      array:realloc(3)
      assert.same({ 1, 2, 0 }, values(array))
      assert.equals("int", array.type)
    end
    collect()
    collect()
    assert.same({ "1 2 0" }, seen)
  end)

  it("stays while a part of it is in use", function()
    local finalized = 0
    local Pair = alien.defstruct({ { "a", "int" }, { "b", "int" } })
    local part
    do
      local array = alien.array(Pair, 2)
      ffi.gc(array, function() finalized = finalized + 1 end)
      part = array[2]
    end
    collect()
    part.b = 5
    assert.same({ 0, "5" }, { finalized, ("%d"):format(part.b) })
  end)
end)
