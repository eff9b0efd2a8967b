-- StructView: fields of every type, nested members, arrays, assignment as a whole, re-aiming, and
-- the checks when a view is made.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local samples = require("spec.support.samples")

local fails = helper.fails

local point = ffi.struct({ { "x", "i32" }, { "y", "i32" } }, { name = "Point" })
local player = ffi.struct({
  { "x", "f32" },
  { "y", "f32" },
  { "health", "i32" },
  { "name", "u8", 32 },
}, { name = "Player" })

local function block(size)
  return ffi.arena():alloc(size)
end

local function bytes(view)
  return ffi.string(ffi.ptr(view), view.size)
end

describe("ffi.view", function()
  it("lays a struct over memory", function()
    local raw = block(player.size)
    local view = ffi.view(raw, player)
    assert.equals("StructView", getmetatable(view))
    assert.equals(44, view.size)
    assert.equals(raw.addr, view.addr)
    view.x = 100.5
    view.health = 50
    assert.equals(100.5, view.x)
    assert.equals(50, view.health)
    assert.equals(100.5, raw:read(0, "f32"))
    assert.equals(50, raw:read(8, "i32"))
    raw:write(4, "f32", -1)
    assert.equals(-1, view.y)
  end)

  local buffer = ffi.buffer(16)
  for _, row in ipairs({
    { "a RawPointer", buffer:as_ptr() + 4 },
    { "an unmanaged RawPointer", ffi.ptr(buffer:as_ptr().addr + 4) },
    { "a TypedPointer", ffi.cast(buffer, "i32") + 1 },
    { "a Buffer", buffer:slice(4, 8) },
    { "a StructView", ffi.view(buffer:as_ptr() + 4, point) },
    { "lightuserdata", (buffer:as_ptr() + 4):toLightUserData() },
    { "an address", buffer:as_ptr().addr + 4 },
    { "a field's pointer", ffi.view(buffer, ffi.struct({ { "a", "i32" }, { "b", "u8", 8 } })):fieldPtr("b") },
    { "an array field", ffi.view(buffer, ffi.struct({ { "a", "i32" }, { "b", "u8", 8 } })).b },
  }) do
    it("takes " .. row[1], function()
      buffer:zero()
      local view = ffi.view(row[2], point)
      view.x, view.y = 21, 22
      assert.equals(21, buffer:read(4, "i32"))
      assert.equals(22, buffer:read(8, "i32"))
      assert.equals(0, buffer:read(0, "i32"))
      assert.equals(0, buffer:read(12, "i32"))
    end)
  end

  for _, row in ipairs({
    { "a RawPointer", function(size) return block(size) end },
    { "a moved RawPointer", function(size) return block(size + 8) + 8 end },
    { "a TypedPointer", function(size) return ffi.cast(block(size), "u8") end },
    { "a Buffer", function(size) return ffi.buffer(size) end },
    { "a slice", function(size) return ffi.buffer(100):slice(10, size) end },
    { "a StructView", function(size) return ffi.struct({ { "b", "u8", size } }):new() end },
    { "a field's pointer", function(size)
      return ffi.struct({ { "b", "u8", size }, { "c", "u8", 64 } }):new():fieldPtr("b")
    end },
  }) do
    it("refuses " .. row[1] .. " with fewer bytes than the struct has", function()
      for _, size in ipairs({ 1, 43 }) do
        local pointer = row[2](size)
        fails(function() ffi.view(pointer, player) end, "bad argument #1 to 'view'", "out of bounds", tostring(size))
      end
      assert.equals(0, ffi.view(row[2](44), player).health)
    end)
  end

  it("refuses memory before a block and behind it", function()
    local raw = block(16)
    fails(function() ffi.view(raw - 1, point) end, "out of bounds")
    fails(function() ffi.view(raw + 16, point) end, "out of bounds")
    fails(function() ffi.view(raw + 9, point) end, "out of bounds")
    assert.equals(0, ffi.view(raw + 8, point).y)
  end)

  for _, row in ipairs({
    { "ffi.null", ffi.null }, { "ffi.nullPtr", ffi.nullPtr }, { "a null TypedPointer", ffi.cast(ffi.nullPtr, "u8") },
    { "address 0", 0 },
  }) do
    it("refuses " .. row[1], function()
      fails(function() ffi.view(row[2], point) end, "'view'", "null pointer")
    end)
  end

  for _, row in ipairs({
    { "nil", nil }, { "text", "12345678" }, { "a table", {} }, { "a boolean", true }, { "a negative address", -8 },
    { "a fraction", 0.5 }, { "a function", print }, { "a definition", point },
  }) do
    it("refuses " .. row[1], function()
      fails(function() ffi.view(row[2], point) end, "bad argument #1 to 'view'")
    end)
  end

  it("refuses what is no definition", function()
    local raw = block(8)
    for _, def in ipairs({ "i32", 4, {}, raw, true }) do
      fails(function() ffi.view(raw, def) end, "bad argument #2 to 'view'", "StructDefinition expected")
    end
    fails(function() ffi.view(raw) end, "bad argument #2 to 'view'", "StructDefinition expected")
  end)
end)

describe("StructView fields", function()
  for _, row in ipairs(samples.scalars) do
    it("of type " .. row[1] .. " keep their values, aligned or packed", function()
      for _, packed in ipairs({ false, true }) do
        local view = ffi.struct({ { "first", "u8" }, { "v", row[1] }, { "last", "u8" } }, { packed = packed }):new()
        for i = 4, #row do
          view.v = row[i]
          samples.expect(row[i], view.v)
        end
        assert.equals(0, view.first)
        assert.equals(0, view.last)
      end
    end)
  end

  it("of type pointer take all pointers and read as RawPointers", function()
    local view = ffi.struct({ { "p", "pointer" } }):new()
    local target = block(4)
    assert.is_nil(view.p)
    for _, value in ipairs({ target, ffi.cast(target, "i32"), target:toLightUserData(), target.addr }) do
      view.p = value
      assert.equals("RawPointer", getmetatable(view.p))
      assert.equals(target.addr, view.p.addr)
    end
    view.p = nil
    assert.is_nil(view.p)
    fails(function() view.p = "text" end, "bad value for field 'p' (pointer expected, got string")
    fails(function() view.p = true end, "bad value for field 'p' (pointer expected, got boolean")
  end)

  it("of type string read as text and refuse Lua strings", function()
    local view = ffi.struct({ { "s", "string" } }):new()
    local text = ffi.buffer(8)
    text:writeString(0, "\233t\233")
    assert.is_nil(view.s)
    view.s = text
    assert.equals("\233t\233", view.s)
    fails(function() view.s = "text" end, "bad value for field 's' (string expected")
    assert.equals("\233t\233", view.s)
    view.s = nil
    assert.is_nil(view.s)
  end)

  it("name the field when the value is bad, and stay as they were", function()
    local view = ffi.struct({ { "hp", "u8" }, { "mana", "i32" }, { "rate", "f32" } }):new({ 5, 6, 7 })
    fails(function() view.hp = 300 end, "bad value for field 'hp' (u8 expected, got 300: out of range -128..255)")
    fails(function() view.hp = -129 end, "bad value for field 'hp'", "out of range -128..255")
    fails(function() view.mana = "lots" end, "bad value for field 'mana' (i32 expected, got string")
    fails(function() view.mana = 0 / 0 end, "bad value for field 'mana' (i32 expected, got nan: not an integer)")
    fails(function() view.mana = nil end, "bad value for field 'mana' (i32 expected, got nil")
    fails(function() view.rate = {} end, "bad value for field 'rate' (f32 expected, got table")
    assert.equals(5, view.hp)
    assert.equals(6, view.mana)
    assert.equals(7, view.rate)
  end)

  it("that do not exist raise on reading and on writing", function()
    local view = point:new()
    fails(function() local _ = view.z end, "StructView has no field 'z'")
    fails(function() view.z = 1 end, "StructView has no field 'z'")
    fails(function() local _ = view.X end, "StructView has no field 'X'")
    assert.equals(("\0"):rep(8), bytes(view))
  end)

  it("are not reached by numbers or other keys", function()
    local view = point:new()
    for _, key in ipairs({ 0, 1, 1.5, true, {}, print }) do
      fails(function() local _ = view[key] end, "StructView")
      fails(function() view[key] = 1 end, "StructView")
    end
    assert.equals(("\0"):rep(8), bytes(view))
  end)

  it("may have any name", function()
    local view = ffi.struct({ { "with space", "i32" }, { "\195\188", "i32" }, { "end", "i32" } }):new()
    view["with space"] = 1
    view["\195\188"] = 2
    view["end"] = 3
    assert.equals(1, view["with space"])
    assert.equals(2, view["\195\188"])
    assert.equals(3, view["end"])
  end)

  it("show as class, address and size", function()
    local view = player:new()
    assert.equals(("StructView(0x%x, size=44)"):format(view.addr), tostring(view))
  end)
end)

describe("Nested members", function()
  local line = ffi.struct({ { "id", "u8" }, { "from", point }, { "to", point } })

  it("read as views that write through", function()
    local view = line:new()
    local from = view.from
    assert.equals("StructView", getmetatable(from))
    assert.equals(8, from.size)
    assert.equals(view.addr + 4, from.addr)
    from.x = 1
    view.to.y = 2
    assert.equals(1, view.from.x)
    assert.equals(2, ffi.read(view, 16, "i32"))
    assert.equals(0, view.id)
  end)

  it("take tables by name and by order; missing fields become zero", function()
    local view = line:new({ from = { 7, 7 }, to = { 8, 8 } })
    view.from = { y = 5 }
    assert.equals(0, view.from.x)
    assert.equals(5, view.from.y)
    view.to = { 6 }
    assert.equals(6, view.to.x)
    assert.equals(0, view.to.y)
    view.to = {}
    assert.equals(0, view.to.x)
  end)

  it("take views of the same definition and copy them", function()
    local view = line:new({ from = { 1, 2 } })
    view.to = view.from
    view.from.x = 50
    assert.equals(1, view.to.x)
    view.from = view.from
    assert.equals(50, view.from.x)
    view.from = point:new({ 3, 4 })
    assert.equals(4, view.from.y)
  end)

  it("refuse bad values and then write nothing at all", function()
    local view = line:new({ id = 1, from = { 1, 2 }, to = { 3, 4 } })
    local before = bytes(view)
    fails(function() view.from = { x = 9, y = "no" } end, "i32 expected, got string")
    fails(function() view.from = { x = 9, z = 9 } end, "z")
    fails(function() view.from = { 9, 9, 9 } end)
    fails(function() view.from = { 9, {} } end, "i32 expected, got table")
    fails(function() view.from = 9 end, "bad value for field 'from' (Point expected, got number")
    fails(function() view.from = "12345678" end, "bad value for field 'from' (Point expected, got string")
    fails(function() view.from = nil end, "bad value for field 'from' (Point expected, got nil")
    fails(function() view.from = ffi.struct({ { "x", "i32" }, { "y", "i32" } }):new() end, "field 'from'", "Point")
    assert.equals(before, bytes(view))
  end)

  it("are limited to themselves", function()
    local view = line:new({ to = { 3, 4 } })
    fails(function() ffi.read(view.from, 8, "i32") end, "out of bounds", "8")
    fails(function() ffi.fill(view.from, 9, 1) end, "out of bounds")
    assert.equals(3, view.to.x)
  end)
end)

describe("Array members", function()
  local def = ffi.struct({ { "n", "i32" }, { "values", "i16", 4 }, { "last", "i32" } })

  it("read as TypedPointers limited to the array", function()
    local view = def:new({ n = -1, last = -1 })
    local values = view.values
    assert.equals("TypedPointer", getmetatable(values))
    assert.equals(4, values.count)
    assert.equals(4, #values)
    assert.equals(2, values.stride)
    assert.equals(view.addr + 4, values.addr)
    for i = 0, 3 do
      values[i] = i * 100
    end
    assert.equals(300, view.values[3])
    fails(function() view.values[4] = 1 end, "index 4 is out of bounds (count 4)")
    fails(function() view.values[-1] = 1 end, "index -1 is out of bounds")
    fails(function() local _ = view.values[4] end, "index 4 is out of bounds (count 4)")
    assert.equals(-1, view.n)
    assert.equals(-1, view.last)
  end)

  it("take tables by order; the rest becomes zero", function()
    local view = def:new({ values = { 9, 9, 9, 9 } })
    view.values = { 1, 2 }
    assert.equals("\1\0\2\0\0\0\0\0", ffi.string(view:fieldPtr("values"), 8))
    view.values = {}
    assert.equals(("\0"):rep(8), ffi.string(view:fieldPtr("values"), 8))
    view.values = { 1, 2, 3, 4 }
    assert.equals(4, view.values[3])
  end)

  it("refuse bad tables and then write nothing at all", function()
    local view = def:new({ n = 1, values = { 1, 2, 3, 4 }, last = 2 })
    local before = bytes(view)
    fails(function() view.values = { 9, 9, 9, 9, 9 } end)
    fails(function() view.values = { 9, 9, 65536 } end, "i16 expected", "out of range -32768..65535")
    fails(function() view.values = { 9, "x" } end, "i16 expected, got string")
    fails(function() view.values = { 9, name = 9 } end)
    fails(function() view.values = { [0] = 9 } end)
    fails(function() view.values = 9 end, "bad value for field 'values'", "got number")
    fails(function() view.values = nil end, "bad value for field 'values'", "got nil")
    fails(function() view.values = "ab" end, "bad value for field 'values'", "got string")
    assert.equals(before, bytes(view))
  end)

  it("of structs read as views by element", function()
    local path = ffi.struct({ { "count", "i32" }, { "points", point, 3 } }):new()
    path.points[1].x = 11
    path.points[2] = { 21, 22 }
    path.points[0] = path.points[2]
    assert.equals(11, path.points[1].x)
    assert.equals(22, path.points[0].y)
    assert.equals(3, path.points.count)
    path.points = { { 1, 2 }, { x = 3 } }
    assert.equals(2, path.points[0].y)
    assert.equals(3, path.points[1].x)
    assert.equals(0, path.points[2].x)
    fails(function() path.points = { { 9, 9 }, { 9, "no" } } end, "i32 expected, got string")
    fails(function() path.points = { {}, {}, {}, {} } end)
    assert.equals(2, path.points[0].y)
  end)

  it("inside nested members are reached through both", function()
    local inner = ffi.struct({ { "k", "u8" }, { "v", "f64", 2 } })
    local view = ffi.struct({ { "a", inner }, { "b", inner, 2 } }):new()
    view.a.v[1] = 0.5
    view.b[1].v[0] = 1.5
    assert.equals(0.5, view.a.v[1])
    assert.equals(1.5, ffi.read(view, 24 + 24 + 8, "f64"))
    view.b[0] = view.a
    assert.equals(0.5, view.b[0].v[1])
    fails(function() view.b[1].v[2] = 1 end, "out of bounds")
  end)

  it("of pointers and bools work by element", function()
    local view = ffi.struct({ { "p", "pointer", 2 }, { "flags", "bool", 3 } }):new()
    view.p[1] = view
    assert.equals(view.addr, view.p[1].addr)
    assert.is_nil(view.p[0])
    view.flags = { true, false, 1 }
    assert.is_true(view.flags[0])
    assert.is_false(view.flags[1])
    assert.is_true(view.flags[2])
  end)
end)

describe("Byte arrays", function()
  for _, ctype in ipairs({ "u8", "i8" }) do
    local def = ffi.struct({ { "before", "u8" }, { "text", ctype, 8 }, { "after", "u8" } })

    it("of " .. ctype .. " take strings and zero the rest", function()
      local view = def:new({ before = 1, text = "--------", after = 2 })
      view.text = "abc"
      assert.equals("abc\0\0\0\0\0", ffi.string(view.text, 8))
      view.text = ""
      assert.equals(("\0"):rep(8), ffi.string(view.text, 8))
      assert.equals(1, view.before)
      assert.equals(2, view.after)
    end)

    it("of " .. ctype .. " take a string that fills them exactly, without NUL", function()
      local view = def:new({ before = 1, after = 2 })
      view.text = "12345678"
      assert.equals("12345678", ffi.string(view.text, 8))
      assert.equals("12345678", ffi.string(view.text))
      assert.equals(2, view.after)
    end)

    it("of " .. ctype .. " refuse a longer string and keep what they hold", function()
      local view = def:new({ before = 1, text = "abc", after = 2 })
      fails(function() view.text = "123456789" end, "bad value for field 'text'", "9")
      assert.equals("abc\0\0\0\0\0", ffi.string(view.text, 8))
      assert.equals(2, view.after)
    end)

    it("of " .. ctype .. " take any bytes", function()
      local view = def:new()
      view.text = "a\0\255\128"
      assert.equals("a\0\255\128\0\0\0\0", ffi.string(view.text, 8))
      assert.equals(ctype == "u8" and 255 or -1, view.text[2])
    end)

    it("of " .. ctype .. " take tables too", function()
      local view = def:new()
      view.text = { 72, 105, 255 }
      assert.equals("Hi\255\0\0\0\0\0", ffi.string(view.text, 8))
      fails(function() view.text = { 1, 256 } end, ctype .. " expected", "out of range -128..255")
      assert.equals("Hi\255", ffi.string(view.text))
    end)
  end

  it("alone take strings: wider elements refuse them", function()
    for _, ctype in ipairs({ "i16", "u16", "i32", "f32", "bool", "pointer" }) do
      local view = ffi.struct({ { "values", ctype, 8 } }):new()
      fails(function() view.values = "abc" end, "bad value for field 'values'", "got string")
      assert.equals(("\0"):rep(view.size), bytes(view))
    end
  end)
end)

describe("Fields with the names of built-ins", function()
  it("size and addr are the fields when they are declared", function()
    local view = ffi.struct({ { "size", "u32" }, { "addr", "u32" } }):new()
    view.size = 11
    view.addr = 12
    assert.equals(11, view.size)
    assert.equals(12, view.addr)
    assert.equals("\11\0\0\0\12\0\0\0", ffi.string(view, 8))
  end)

  it("size and addr are the built-ins otherwise, and cannot be assigned", function()
    local view = point:new()
    local address = view.addr
    assert.equals(8, view.size)
    fails(function() view.size = 1 end)
    fails(function() view.addr = 1 end)
    fails(function() view.fieldPtr = 1 end)
    assert.equals(8, view.size)
    assert.equals(address, view.addr)
    assert.equals(("\0"):rep(8), bytes(view))
  end)

  it("fieldPtr and pointTo stay methods, and fieldPtr reaches the fields", function()
    local view = ffi.struct({ { "fieldPtr", "i32" }, { "pointTo", "i32" } }):new({ 1, 2 })
    assert.equals("function", type(view.fieldPtr))
    assert.equals("function", type(view.pointTo))
    assert.equals(1, view:fieldPtr("fieldPtr"):read(0, "i32"))
    view:fieldPtr("pointTo"):write(0, "i32", 5)
    assert.equals("\1\0\0\0\5\0\0\0", ffi.string(view, 8))
  end)

  it("reach size and addr through fieldPtr as well", function()
    local view = ffi.struct({ { "size", "i16" }, { "addr", "i16" } }):new({ 1, 2 })
    assert.equals(2, view:fieldPtr("addr"):read(0, "i16"))
    assert.equals(view:fieldPtr("size").addr + 2, view:fieldPtr("addr").addr)
  end)
end)

describe("StructView:fieldPtr", function()
  it("gives a RawPointer limited to the field", function()
    local view = player:new()
    local health = view:fieldPtr("health")
    assert.equals("RawPointer", getmetatable(health))
    assert.equals(view.addr + 8, health.addr)
    health:write(0, "i32", 9)
    assert.equals(9, view.health)
    fails(function() health:read(1, "i32") end, "out of bounds", "4 bytes are accessible")
    fails(function() health:read(4, "u8") end, "out of bounds")
    fails(function() (health - 4):read(0, "f32") end, "out of bounds")
    fails(function() ffi.fill(health, 5, 1) end, "out of bounds")
    assert.equals(0, view.y)
  end)

  it("covers a whole array and a whole nested struct", function()
    local view = ffi.struct({ { "tags", "u16", 3 }, { "at", point } }):new()
    ffi.fill(view:fieldPtr("tags"), 6, 1)
    fails(function() ffi.fill(view:fieldPtr("tags"), 7, 1) end, "out of bounds", "6")
    assert.equals(0x0101, view.tags[2])
    ffi.fill(view:fieldPtr("at"), 8, 2)
    assert.equals(0x02020202, view.at.y)
  end)

  it("is managed when the memory belongs to an arena", function()
    assert.is_true(ffi.view(block(44), player):fieldPtr("x").isManaged)
    assert.is_false(ffi.view(ffi.ptr(block(44).addr), player):fieldPtr("x").isManaged)
  end)

  it("refuses names that the struct does not have", function()
    local view = player:new()
    fails(function() view:fieldPtr("mana") end, "bad argument #1 to 'fieldPtr' (no field 'mana')")
    fails(function() view:fieldPtr() end, "bad argument #1 to 'fieldPtr'")
    fails(function() view:fieldPtr({}) end, "bad argument #1 to 'fieldPtr'", "table")
    fails(function() view.fieldPtr(5, "x") end, "calling 'fieldPtr' on bad self", "StructView expected, got number")
  end)
end)

describe("StructView:pointTo", function()
  it("moves one view over a thousand elements", function()
    local element = ffi.struct({ { "a", "f32" }, { "b", "f32" } })
    local raw = ffi.arena():allocArray("u8", 1000 * element.size)
    local view = ffi.view(raw, element)
    for k = 0, 999 do
      assert.equals(0, select("#", view:pointTo(raw + k * element.size)))
      view.a = k * 0.5
      view.b = k * 1.5
    end
    for _, k in ipairs({ 0, 1, 500, 999 }) do
      assert.equals(k * 0.5, raw:read(k * 8, "f32"))
      assert.equals(k * 1.5, raw:read(k * 8 + 4, "f32"))
    end
    assert.equals(raw.addr + 999 * 8, view.addr)
  end)

  local buffer = ffi.buffer(16)
  for _, row in ipairs({
    { "a RawPointer", buffer:as_ptr() + 8 },
    { "a TypedPointer", ffi.cast(buffer, "i32") + 2 },
    { "a Buffer", buffer:slice(8, 8) },
    { "a StructView", ffi.view(buffer:as_ptr() + 8, point) },
    { "lightuserdata", (buffer:as_ptr() + 8):toLightUserData() },
    { "an address", buffer:as_ptr().addr + 8 },
  }) do
    it("takes " .. row[1], function()
      buffer:zero()
      local view = point:new({ 1, 2 })
      view:pointTo(row[2])
      assert.equals(buffer:as_ptr().addr + 8, view.addr)
      assert.equals(0, view.x)
      view.y = 77
      assert.equals(77, buffer:read(12, "i32"))
      assert.equals(8, view.size)
    end)
  end

  for _, row in ipairs({
    { "ffi.null", ffi.null, "null pointer" },
    { "ffi.nullPtr", ffi.nullPtr, "null pointer" },
    { "address 0", 0, "null pointer" },
    { "a block that is too small", block(7), "out of bounds" },
    { "a Buffer that is too small", ffi.buffer(4), "out of bounds" },
    { "a pointer too near its end", block(16) + 9, "out of bounds" },
    { "nil", nil, "bad argument #1" },
    { "text", "12345678", "bad argument #1" },
    { "a table", {}, "bad argument #1" },
    { "a negative address", -8, "bad argument #1" },
    { "a boolean", true, "bad argument #1" },
  }) do
    it("refuses " .. row[1] .. " and stays where it is", function()
      local view = point:new({ 1, 2 })
      local address = view.addr
      fails(function() view:pointTo(row[2]) end, "'pointTo'", row[3])
      assert.equals(address, view.addr)
      assert.equals(1, view.x)
      assert.equals(2, view.y)
    end)
  end

  it("leaves views that were taken from it before", function()
    local def = ffi.struct({ { "at", point }, { "list", "i32", 2 } })
    local first, second = def:new({ at = { 1, 2 }, list = { 3, 4 } }), def:new({ at = { 5, 6 } })
    local view = ffi.view(first, def)
    local at, list, field = view.at, view.list, view:fieldPtr("at")
    view:pointTo(second)
    assert.equals(5, view.at.x)
    assert.equals(1, at.x)
    assert.equals(4, list[1])
    assert.equals(2, field:read(4, "i32"))
    at:pointTo(second.at)
    assert.equals(6, at.y)
    assert.equals(2, first.at.y)
  end)

  it("names itself on a wrong self", function()
    local view = point:new()
    fails(function() view.pointTo(5, view) end, "calling 'pointTo' on bad self", "StructView expected, got number")
    fails(function() view.pointTo(block(8), view) end, "StructView expected, got RawPointer")
  end)
end)

describe("A StructView handed to C", function()
  it("is a pointer to the struct", function()
    local lib = ffi.load(helper.fixture("structs"), {
      point_add = { args = { "pointer", "pointer", "pointer" } },
      fill_packed1 = { args = { "pointer" } },
      sum_packed1 = { args = { "pointer" }, ret = "f64" },
    })
    local cpoint = ffi.struct({ { "x", "f64" }, { "y", "f64" } })
    local sum = cpoint:new()
    lib.point_add(cpoint:new({ 1, 2 }), cpoint:new({ 10, 20 }), sum)
    assert.equals(11, sum.x)
    assert.equals(22, sum.y)
    local tight = ffi.struct({ { "a", "u8" }, { "b", "u32" }, { "c", "u16" }, { "d", "f64" } }, { packed = true }):new()
    lib.fill_packed1(tight)
    assert.equals(1, tight.a)
    assert.equals(0xDEADBEEF, tight.b)
    assert.equals(515, tight.c)
    assert.equals(2.5, tight.d)
    assert.equals(1 + 0xDEADBEEF + 515 + 2.5, lib.sum_packed1(tight))
  end)
end)
