-- Tags: metatables by name, wrapping values, unwrapping and rewrapping them, finalizers.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local support = require("spec.support.alien")

local fails, collect, is_integer = helper.fails, helper.collect, helper.is_integer
local structs, bind = support.structs, support.bind

local names = 0

-- A tag that no other spec has.
local function new_tag()
  names = names + 1
  local name = "tag_spec_" .. names
  return name, alien.tag(name)
end

describe("alien.tag", function()
  it("gives a table, the same for the same name", function()
    local name, metatable = new_tag()
    assert.equals("table", type(metatable))
    assert.is_true(rawequal(metatable, alien.tag(name)))
    local _, other = new_tag()
    assert.is_false(rawequal(metatable, other))
  end)

  for _, name in ipairs({ "_LOADED", "_PRELOAD", "_G", "FILE*", "package", "lunaffi", "" }) do
    it(("%q has nothing to do with Lua's registry"):format(name), function()
      local metatable = alien.tag(name)
      assert.is_false(rawequal(metatable, package.loaded))
      assert.is_false(rawequal(metatable, package.preload))
      assert.is_false(rawequal(metatable, _G))
      assert.is_false(rawequal(metatable, getmetatable(io.stdout)))
      assert.is_nil(rawget(metatable, "string"))
    end)
  end

  it("may have any bytes in its name", function()
    assert.is_false(rawequal(alien.tag("a\0b"), alien.tag("a\0c")))
    assert.is_true(rawequal(alien.tag("a\0b"), alien.tag("a\0b")))
  end)

  for _, row in ipairs({ { "nil", nil }, { "table", {} }, { "boolean", true } }) do
    it("refuses a " .. row[1] .. " as a name", function()
      fails(function() alien.tag(row[2]) end, "bad argument #1 to 'tag'", "got " .. row[1])
    end)
  end
end)

describe("alien.wrap", function()
  it("gives a userdata with the tag's metatable", function()
    local name, metatable = new_tag()
    metatable.__index = { method = function() return "called" end }
    metatable.__tostring = function() return "an object" end
    local object = alien.wrap(name, 5)
    assert.equals("userdata", type(object))
    assert.is_true(rawequal(metatable, debug.getmetatable(object)))
    assert.equals("called", object:method())
    assert.equals("an object", tostring(object))
  end)

  it("keeps numbers, exactly", function()
    local name = new_tag()
    for _, value in ipairs({ 0, 5, -7, 2147483647, 4294967296, 2 ^ 53, 0.5, -1e300, math.huge }) do
      assert.equals(value, alien.unwrap(name, alien.wrap(name, value)))
    end
    is_integer(alien.unwrap(name, alien.wrap(name, helper.i64("9007199254740993"))), "9007199254740993")
    if helper.can("integer subtype") then
      assert.equals("integer", math.type(alien.unwrap(name, alien.wrap(name, 5))))
      assert.equals("float", math.type(alien.unwrap(name, alien.wrap(name, 5.0))))
    end
  end)

  it("keeps strings and booleans", function()
    local name = new_tag()
    local object = alien.wrap(name, "text\0more", true, false)
    local results = helper.pack(alien.unwrap(name, object))
    assert.same({ n = 3, "text\0more", true, false }, results)
  end)

  it("keeps nils in their places", function()
    local name = new_tag()
    local object = alien.wrap(name, nil, 5, nil)
    local results = helper.pack(alien.unwrap(name, object))
    assert.equals(3, results.n)
    assert.is_nil(results[1])
    assert.equals(5, results[2])
    assert.is_nil(results[3])
  end)

  it("may hold nothing", function()
    local name = new_tag()
    assert.equals(0, select("#", alien.unwrap(name, alien.wrap(name))))
  end)

  it("may hold much", function()
    local name = new_tag()
    local list = {}
    for i = 1, 150 do
      list[i] = i
    end
    local results = helper.pack(alien.unwrap(name, alien.wrap(name, helper.unpack(list))))
    assert.equals(150, results.n)
    assert.equals(150, results[150])
  end)

  it("keeps light userdata, which compare equal", function()
    local name = new_tag()
    local pointer = alien.buffer(4):topointer()
    assert.equals(pointer, alien.unwrap(name, alien.wrap(name, pointer)))
  end)

  it("keeps a buffer as its address, and keeps it alive", function()
    local name = new_tag()
    local weak = setmetatable({}, { __mode = "v" })
    local object
    do
      local buf = alien.buffer("anchored")
      weak[1] = buf
      object = alien.wrap(name, buf)
    end
    collect()
    local pointer = alien.unwrap(name, object)
    assert.equals("anchored", alien.tostring(pointer))
    object = nil -- luacheck: ignore 311
    collect()
    assert.is_nil(weak[1])
  end)

  it("raises for a tag that is not there", function()
    fails(function() alien.wrap("tag_spec_never_made", 5) end, "tag_spec_never_made")
    fails(function() alien.unwrap("tag_spec_never_made", 5) end, "tag_spec_never_made")
    fails(function() alien.rewrap("tag_spec_never_made", 5) end, "tag_spec_never_made")
  end)

  for _, row in ipairs({ { "nil", nil }, { "table", {} }, { "boolean", true } }) do
    it("refuses a " .. row[1] .. " as a tag", function()
      fails(function() alien.wrap(row[2], 5) end, "bad argument #1 to 'wrap'", "got " .. row[1])
    end)
  end
end)

describe("alien.unwrap", function()
  it("raises for a value of another tag", function()
    local one = new_tag()
    local two = new_tag()
    local object = alien.wrap(one, 5)
    fails(function() alien.unwrap(two, object) end, "bad argument #2 to 'unwrap'", two)
    assert.equals(5, alien.unwrap(one, object))
  end)

  for _, row in ipairs({
    { "nil", nil }, { "number", 5 }, { "string", "text" }, { "table", {} }, { "file", io.stdout },
  }) do
    it("raises for a " .. row[1], function()
      local name = new_tag()
      fails(function() alien.unwrap(name, row[2]) end, "bad argument #2 to 'unwrap'")
    end)
  end

  it("raises for lunaffi's own objects", function()
    local name = new_tag()
    fails(function() alien.unwrap(name, alien.buffer(4)) end, "bad argument #2 to 'unwrap'")
    fails(function() alien.unwrap(name, alien.buffer(4):topointer()) end, "bad argument #2 to 'unwrap'")
  end)

  it("raises for a table with the tag's metatable", function()
    local name, metatable = new_tag()
    fails(function() alien.unwrap(name, setmetatable({}, metatable)) end, "bad argument #2 to 'unwrap'")
  end)
end)

describe("alien.rewrap", function()
  it("changes the values and returns nothing", function()
    local name = new_tag()
    local object = alien.wrap(name, 1, 2)
    assert.equals(0, select("#", alien.rewrap(name, object, 10, 20)))
    assert.same({ n = 2, 10, 20 }, helper.pack(alien.unwrap(name, object)))
  end)

  it("ignores values for which there is no place", function()
    local name = new_tag()
    local object = alien.wrap(name, 1, 2)
    alien.rewrap(name, object, 10, 20, 30)
    assert.same({ n = 2, 10, 20 }, helper.pack(alien.unwrap(name, object)))
  end)

  it("makes nil of those that are missing", function()
    local name = new_tag()
    local object = alien.wrap(name, 1, 2, 3)
    alien.rewrap(name, object, 10)
    local results = helper.pack(alien.unwrap(name, object))
    assert.equals(3, results.n)
    assert.equals(10, results[1])
    assert.is_nil(results[2])
    assert.is_nil(results[3])
    alien.rewrap(name, object, 7, 8, 9)
    assert.same({ n = 3, 7, 8, 9 }, helper.pack(alien.unwrap(name, object)))
  end)

  it("raises for a value of another tag", function()
    local one = new_tag()
    local two = new_tag()
    local object = alien.wrap(one, 5)
    fails(function() alien.rewrap(two, object, 6) end, "bad argument #2 to 'rewrap'")
    assert.equals(5, alien.unwrap(one, object))
  end)

  it("lets go of what it replaces", function()
    local name = new_tag()
    local weak = setmetatable({}, { __mode = "v" })
    local object
    do
      local buf = alien.buffer(4)
      weak[1] = buf
      object = alien.wrap(name, buf)
    end
    alien.rewrap(name, object, nil)
    collect()
    assert.is_nil(weak[1])
    assert.is_nil((alien.unwrap(name, object)))
  end)
end)

describe("a tag's __gc", function()
  it("runs when a wrapped value is collected", function()
    local name, metatable = new_tag()
    local ended = {}
    metatable.__gc = function(object) ended[#ended + 1] = alien.unwrap(name, object) end
    for i = 1, 3 do
      alien.wrap(name, i)
    end
    collect()
    table.sort(ended)
    assert.same({ 1, 2, 3 }, ended)
    collect()
    assert.equals(3, #ended)
  end)

  it("may be set after the values were made", function()
    local name, metatable = new_tag()
    local ended = 0
    local object = alien.wrap(name, 5)
    metatable.__gc = function(value)
      ended = ended + 1
      assert.equals(5, alien.unwrap(name, value))
    end
    assert.equals("userdata", type(object))
    object = nil -- luacheck: ignore 311
    collect()
    assert.equals(1, ended)
  end)

  it("may be changed, and may be taken away", function()
    local name, metatable = new_tag()
    local first, second = 0, 0
    metatable.__gc = function() first = first + 1 end
    alien.wrap(name, 1)
    collect()
    metatable.__gc = function() second = second + 1 end
    alien.wrap(name, 2)
    collect()
    metatable.__gc = nil
    alien.wrap(name, 3)
    collect()
    assert.equals(1, first)
    assert.equals(1, second)
  end)

  it("calls C's own destructor once for each object", function()
    local create = bind(structs, "create_foo", "pointer", "int")
    local destroy = bind(structs, "destroy_foo", "void", "pointer")
    local live = bind(structs, "live_foos", "int")
    local destroyed = bind(structs, "destroyed_foos", "int")
    local mistakes = bind(structs, "foo_errors", "int")
    bind(structs, "foo_reset_counters", "void")()
    local name, metatable = new_tag()
    metatable.__gc = function(object) destroy((alien.unwrap(name, object))) end
    local before = live()
    do
      local list = {}
      for i = 1, 20 do
        list[i] = alien.wrap(name, create(i))
      end
      assert.equals(20, #list)
      assert.equals(before + 20, live())
    end
    collect()
    collect()
    assert.equals(before, live())
    assert.equals(20, destroyed())
    assert.equals(0, mistakes())
  end)
end)
