-- Struct and union definitions: layout by the rules of C, options, what they refuse, and what a
-- definition can be used for.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")
local samples = require("spec.support.samples")

local fails = helper.fails

local player = {
  { "x", "f32" },
  { "y", "f32" },
  { "health", "i32" },
  { "name", "u8", 32 },
}

local function offsets(def)
  local list = {}
  for i, name in ipairs(def:fields()) do
    list[i] = def:offsetOf(name)
  end
  return list
end

describe("ffi.struct", function()
  it("lays out two floats, an integer and a byte array", function()
    local def = ffi.struct(player)
    assert.equals("StructDefinition", getmetatable(def))
    assert.equals(44, def.size)
    assert.equals(4, def.alignment)
    assert.equals(4, def.fieldCount)
    assert.equals(8, def:offsetOf("health"))
    assert.equals(32, def:sizeOf("name"))
    assert.equals(4, def:sizeOf("x"))
    assert.same({ "x", "y", "health", "name" }, def:fields())
    helper.is_integer(def.size, "44")
    helper.is_integer(def:offsetOf("name"), "12")
  end)

  for _, row in ipairs(samples.scalars) do
    it("of one " .. row[1] .. " has its size and alignment, after a byte the padding", function()
      local one = ffi.struct({ { "v", row[1] } })
      assert.equals(row[2], one.size)
      assert.equals(row[3], one.alignment)
      local after = ffi.struct({ { "first", "u8" }, { "v", row[1] }, { "last", "u8" } })
      assert.same({ 0, row[3], row[3] + row[2] }, offsets(after))
      assert.equals(row[2] + 2 * row[3], after.size)
      assert.equals(row[3], after.alignment)
    end)
  end

  for _, row in ipairs({
    { "chars round an int", { { "a", "char" }, { "b", "int" }, { "c", "char" } }, { 0, 4, 8 }, 12, 4 },
    { "shrinking members", { { "a", "f64" }, { "b", "i32" }, { "c", "i16" }, { "d", "i8" } }, { 0, 8, 12, 14 }, 16, 8 },
    { "growing members", { { "a", "i8" }, { "b", "i16" }, { "c", "i32" }, { "d", "i64" } }, { 0, 2, 4, 8 }, 16, 8 },
    { "only bytes", { { "a", "u8", 3 } }, { 0 }, 3, 1 },
    { "an array after a byte", { { "a", "u8" }, { "b", "i16", 3 }, { "c", "u8" } }, { 0, 2, 8 }, 10, 2 },
    { "pointers", { { "a", "u8" }, { "p", "pointer" }, { "b", "u8" }, { "s", "string" } }, { 0, 8, 16, 24 }, 32, 8 },
    { "a pointer array", { { "n", "i32" }, { "p", "ptr", 4 } }, { 0, 8 }, 40, 8 },
    { "pointers to types", { { "n", "u8" }, { "p", "i32*" }, { "q", "f64**" } }, { 0, 8, 16 }, 24, 8 },
    { "an array of one", { { "a", "u8" }, { "b", "i64", 1 } }, { 0, 8 }, 16, 8 },
  }) do
    it("lays out " .. row[1], function()
      local def = ffi.struct(row[2])
      assert.same(row[3], offsets(def))
      assert.equals(row[4], def.size)
      assert.equals(row[5], def.alignment)
    end)
  end

  it("agrees with C about a struct full of small members", function()
    local lib = ffi.open(helper.fixture("structs"))
    local members = { { "a", "u8" }, { "b", "u32" }, { "c", "u16" }, { "d", "f64" } }
    assert.equals(lib:call("size_packed1", "usize", {}), ffi.struct(members, { packed = true }).size)
    assert.equals(lib:call("size_packed2", "usize", {}), ffi.struct(members, { packed = 2 }).size)
    local aligned = ffi.struct({ { "a", "u8" }, { "b", "u32" } }, { align = 16 })
    assert.equals(lib:call("size_aligned16", "usize", {}), aligned.size)
  end)

  it("does not see later changes of its schema", function()
    local schema = { { "a", "i32" }, { "b", "i32" } }
    local def = ffi.struct(schema)
    schema[1][1], schema[2][2] = "changed", "f64"
    schema[3] = { "c", "i64" }
    assert.same({ "a", "b" }, def:fields())
    assert.equals(8, def.size)
    def:fields()[1] = "changed"
    assert.same({ "a", "b" }, def:fields())
  end)

  it("takes a thousand members", function()
    local schema = {}
    for i = 1, 1000 do
      schema[i] = { "f" .. i, i % 2 == 0 and "i32" or "u8" }
    end
    local def = ffi.struct(schema)
    assert.equals(1000, def.fieldCount)
    assert.equals(4000, def.size)
    assert.equals(3996, def:offsetOf("f1000"))
    assert.equals("f777", def:fields()[777])
  end)
end)

describe("ffi.struct with packed", function()
  local members = { { "a", "u8" }, { "b", "u32" }, { "c", "u16" }, { "d", "f64" } }
  for _, row in ipairs({
    { true, { 0, 1, 5, 7 }, 15, 1 },
    { 1, { 0, 1, 5, 7 }, 15, 1 },
    { 2, { 0, 2, 6, 8 }, 16, 2 },
    { 4, { 0, 4, 8, 12 }, 20, 4 },
    { 8, { 0, 4, 8, 16 }, 24, 8 },
    { 16, { 0, 4, 8, 16 }, 24, 8 },
    { false, { 0, 4, 8, 16 }, 24, 8 },
  }) do
    it("= " .. tostring(row[1]) .. " limits the alignment of members", function()
      local def = ffi.struct(members, { packed = row[1] })
      assert.same(row[2], offsets(def))
      assert.equals(row[3], def.size)
      assert.equals(row[4], def.alignment)
    end)
  end

  for _, bad in ipairs({ 3, 0, -1, 32, 1.5, "tight", {} }) do
    it("refuses " .. type(bad) .. (type(bad) == "table" and "" or " " .. tostring(bad)), function()
      fails(function() ffi.struct(members, { packed = bad }) end, "'struct'", "packed")
    end)
  end
end)

describe("ffi.struct with align", function()
  it("raises alignment and size", function()
    local def = ffi.struct({ { "a", "u8" }, { "b", "u32" } }, { align = 16 })
    assert.same({ 0, 4 }, offsets(def))
    assert.equals(16, def.size)
    assert.equals(16, def.alignment)
    assert.equals(64, ffi.struct({ { "a", "u8" } }, { align = 64 }).size)
  end)

  it("does not lower the natural alignment", function()
    local def = ffi.struct({ { "a", "u8" }, { "b", "u32" } }, { align = 2 })
    assert.equals(4, def.alignment)
    assert.equals(8, def.size)
  end)

  it("goes together with packed", function()
    local def = ffi.struct({ { "a", "u8" }, { "b", "u32" } }, { packed = true, align = 4 })
    assert.same({ 0, 1 }, offsets(def))
    assert.equals(8, def.size)
    assert.equals(4, def.alignment)
  end)

  it("holds for members of that type too", function()
    local wide = ffi.struct({ { "v", "u8" } }, { align = 16 })
    local def = ffi.struct({ { "first", "u8" }, { "w", wide, 2 } })
    assert.same({ 0, 16 }, offsets(def))
    assert.equals(48, def.size)
    assert.equals(16, def.alignment)
  end)

  for _, bad in ipairs({ 3, -4, 12, "wide", {}, true, 2 ^ 63, 2 ^ 64, 1e300 }) do
    it("refuses " .. type(bad) .. (type(bad) == "table" and "" or " " .. tostring(bad)), function()
      fails(function() ffi.struct({ { "a", "u8" } }, { align = bad }) end, "'struct'", "align")
    end)
  end
end)

describe("ffi.struct with name", function()
  it("keeps the name and shows it", function()
    local def = ffi.struct({ { "x", "f64" } }, { name = "Point" })
    assert.equals("Point", def.name)
    assert.is_truthy(tostring(def):find("StructDefinition Point (size=8, alignment=8)", 1, true))
  end)

  it("refuses a name that is no string", function()
    fails(function() ffi.struct({ { "x", "f64" } }, { name = 5 }) end, "'struct'", "name")
    fails(function() ffi.struct({ { "x", "f64" } }, { name = {} }) end, "'struct'", "name")
  end)
end)

describe("Nested definitions", function()
  local inner = ffi.struct({ { "a", "u8" }, { "b", "i32" } }, { name = "Inner" })

  it("lie at their own alignment", function()
    local def = ffi.struct({ { "first", "u8" }, { "in", inner }, { "last", "u8" } })
    assert.same({ 0, 4, 12 }, offsets(def))
    assert.equals(16, def.size)
    assert.equals(4, def.alignment)
    assert.equals(8, def:sizeOf("in"))
  end)

  it("may be array elements", function()
    local def = ffi.struct({ { "n", "u16" }, { "items", inner, 3 } })
    assert.same({ 0, 4 }, offsets(def))
    assert.equals(28, def.size)
    assert.equals(24, def:sizeOf("items"))
  end)

  it("keep their inner layout in a packed struct", function()
    local def = ffi.struct({ { "first", "u8" }, { "in", inner }, { "last", "u8" } }, { packed = true })
    assert.same({ 0, 1, 9 }, offsets(def))
    assert.equals(10, def.size)
  end)

  it("that are packed lie anywhere", function()
    local tight = ffi.struct({ { "a", "u8" }, { "b", "i32" } }, { packed = true })
    local def = ffi.struct({ { "first", "u8" }, { "in", tight }, { "last", "i16" } })
    assert.same({ 0, 1, 6 }, offsets(def))
    assert.equals(8, def.size)
  end)

  it("may be fifty levels deep", function()
    local def = ffi.struct({ { "v", "i32" } })
    for _ = 1, 50 do
      def = ffi.struct({ { "inner", def } })
    end
    assert.equals(4, def.size)
    local view = def:new()
    for _ = 1, 50 do
      view = view.inner
    end
    view.v = 5
    assert.equals(5, view.v)
  end)

  it("may not grow beyond what can be addressed", function()
    local def = ffi.struct({ { "v", "u8" } })
    local grown = 0
    local message = fails(function()
      for _ = 1, 80 do
        def = ffi.struct({ { "left", def }, { "right", def } })
        grown = grown + 1
        assert(helper.digits(def.size) == ("%.0f"):format(2 ^ grown), "wrong size")
      end
    end)
    assert.is_nil(message:find("wrong size", 1, true))
    assert.is_true(grown >= 30 and grown < 64)
  end)

  it("stay usable when nothing else refers to them", function()
    local def
    do
      local temporary = ffi.struct({ { "deep", ffi.struct({ { "v", "i16" } }), 2 } })
      def = ffi.struct({ { "outer", temporary } })
    end
    helper.collect()
    local view = def:new()
    view.outer.deep[1].v = -3
    assert.equals(-3, view.outer.deep[1].v)
    assert.equals(4, def.size)
  end)
end)

describe("ffi.union", function()
  it("lays all members at offset 0", function()
    local def = ffi.union({ { "i", "i32" }, { "d", "f64" }, { "b", "u8", 3 } })
    assert.same({ 0, 0, 0 }, offsets(def))
    assert.equals(8, def.size)
    assert.equals(8, def.alignment)
    assert.equals(3, def.fieldCount)
    assert.equals("StructDefinition", getmetatable(def))
  end)

  it("rounds its size up to its alignment", function()
    local def = ffi.union({ { "b", "u8", 13 }, { "i", "i32" } })
    assert.equals(16, def.size)
    assert.equals(4, def.alignment)
  end)

  it("takes the options of structs", function()
    local def = ffi.union({ { "b", "u8", 5 }, { "i", "i32" } }, { packed = true, name = "Either" })
    assert.equals(5, def.size)
    assert.equals(1, def.alignment)
    assert.equals("Either", def.name)
    assert.equals(16, ffi.union({ { "b", "u8" } }, { align = 16 }).size)
    fails(function() ffi.union({ { "b", "u8" } }, { pakced = true }) end, "'union'", "pakced")
  end)

  it("nests in structs, and structs in it", function()
    local halves = ffi.struct({ { "low", "u32" }, { "high", "u32" } })
    local number = ffi.union({ { "whole", "u64" }, { "halves", halves } })
    local tagged = ffi.struct({ { "kind", "u8" }, { "value", number } })
    assert.equals(16, tagged.size)
    assert.same({ 0, 8 }, offsets(tagged))
    local view = tagged:new()
    view.value.halves.high = 1
    helper.is_integer(view.value.whole, "4294967296")
    view.value.whole = 7
    assert.equals(7, view.value.halves.low)
    assert.equals(0, view.value.halves.high)
  end)

  it("shares memory between members of different sizes", function()
    local view = ffi.union({ { "f", "f32" }, { "u", "u32" }, { "b", "u8", 4 } }):new()
    view.f = 1
    assert.equals(0x3f800000, view.u)
    assert.equals(0x3f, view.b[3])
    view.b = "\0\0\0\192"
    assert.equals(-2, view.f)
  end)

  it("refuses empty and bad schemas like ffi.struct", function()
    fails(function() ffi.union({}) end, "'union'")
    fails(function() ffi.union() end, "bad argument #1 to 'union'", "table expected")
    fails(function() ffi.union({ { "a", "void" } }) end, "'union'", "void")
    fails(function() ffi.union({ { "a", "i32" }, { "a", "f32" } }) end, "'union'", "'a'")
  end)
end)

describe("A definition that C could not pass by value", function()
  -- In a process of its own with limited memory: failing here would take the machine's.
  local function child(code)
    code = ([[
      package.cpath = %q
      local ffi = require("lunaffi")
      local big
    ]]):format(package.cpath) .. code
    local command = interpreter.quote(interpreter.command) .. " -e " .. interpreter.quote(code)
    return interpreter.shell((helper.is_sanitized and "" or "ulimit -v 2000000; ") .. command)
  end

  for _, row in ipairs({
    { "because it has 2^40 bytes", [[
      big = ffi.struct({ { "bytes", "u8", 2 ^ 40 } })
    ]] },
    { "because its 40 levels double its size each", [[
      big = ffi.struct({ { "v", "u8" } })
      for _ = 1, 40 do big = ffi.struct({ { "l", big }, { "r", big } }) end
    ]] },
  }) do
    it("is refused when a call is declared, " .. row[1], function()
      for _, declare in ipairs({
        "ffi.callback(print, 'void', { big })",
        "ffi.load('./build/c_tests/numbers.so', { add = { args = { big } } })",
        "ffi.load('./build/c_tests/numbers.so', { add = { ret = big } })",
        "ffi.load('./build/c_tests/numbers.so'):call('noop', 'void', { big }, nil)",
      }) do
        local output, status = child(row[2] .. ("print((pcall(function() %s end)))"):format(declare))
        assert.equals("false\n", output)
        assert.equals(0, status)
      end
    end)
  end

  for _, row in ipairs({
    { "one argument of 16 MB", 2 ^ 24, "{ big }, value" },
    { "sixteen arguments of 1 MB", 2 ^ 20, "{ %s }, %s" },
    { "a variadic argument of 16 MB", 2 ^ 24, "{ '...' }, { big, value }" },
  }) do
    it("does not overflow the stack as " .. row[1], function()
      local arguments = row[3]:format(("big, "):rep(16), ("value, "):rep(15) .. "value")
      local output, status = child(([[
        big = ffi.struct({ { "bytes", "u8", %d } })
        local value = big:new()
        print((pcall(function() ffi.load("./build/c_tests/numbers.so"):call("noop", "void", %s) end)))
      ]]):format(row[2], arguments))
      assert.equals("false\n", output)
      assert.equals(0, status)
    end)
  end

  it("is nested at most 200 levels deep", function()
    local output, status = child([[
      big = ffi.struct({ { "v", "i32" } })
      for _ = 1, 199 do big = ffi.struct({ { "inner", big } }) end
      print(pcall(ffi.struct, { { "inner", big } }))
      print(pcall(ffi.struct, { { "inner", "i32" }, { "many", big, 2 } }))
      pcall(function() ffi.callback(print, "void", { big }) end)
      pcall(function() big:new(big:new()) end)
      print(big.size, #tostring(big) > 0)
    ]])
    assert.equals([[
false	(command line):6: bad argument #1 to 'struct' (types are nested too deeply)
false	(command line):7: bad argument #1 to 'struct' (types are nested too deeply)
4	true
]], output)
    assert.equals(0, status)
  end)
end)

describe("A bad schema:", function()
  for _, row in ipairs({
    { "an empty one", {} },
    { "a field that is no table", { "x" } },
    { "a field without name", { { nil, "i32" } } },
    { "a field whose name is a number", { { 5, "i32" } } },
    { "a field whose name is a table", { { {}, "i32" } } },
    { "a field without type", { { "x" } }, "x" },
    { "an unknown type", { { "x", "i33" } }, "unknown type 'i33'" },
    { "a type that is a number", { { "x", 4 } }, "type expected, got number" },
    { "a type that is a table", { { "x", {} } }, "type expected, got table" },
    { "a void field", { { "x", "void" } }, "void" },
    { "an array of void", { { "x", "void", 4 } }, "void" },
    { "two fields of one name", { { "x", "i32" }, { "y", "i32" }, { "x", "f32" } }, "x" },
    { "a negative array length", { { "x", "i32", -1 } }, "x" },
    { "an array length that is text", { { "x", "i32", "many" } }, "x" },
    { "an array length that is a table", { { "x", "i32", {} } }, "x" },
    { "an array length that is true", { { "x", "i32", true } }, "x" },
    { "an array length with a fraction", { { "x", "i32", 2.5 } }, "x" },
    { "an array length that is NaN", { { "x", "i32", 0 / 0 } }, "x" },
    { "an infinite array length", { { "x", "i32", math.huge } }, "x" },
    { "an array length of 2^62", { { "x", "i32", 2 ^ 62 } } },
    { "an array length of 2^63", { { "x", "u8", 2 ^ 63 } } },
    { "an array length of 2^64", { { "x", "u8", 2 ^ 64 } } },
    { "arrays that are too large together", { { "x", "u8", 2 ^ 62 }, { "y", "u8", 2 ^ 62 }, { "z", "u8", 2 ^ 62 } } },
  }) do
    it(row[1] .. " raises", function()
      fails(function() ffi.struct(row[2]) end, "'struct'", row[3] or "")
      assert.equals(4, ffi.struct({ { "x", "i32" } }).size)
    end)
  end

  it("something else than a table raises", function()
    fails(function() ffi.struct() end, "bad argument #1 to 'struct'", "table expected")
    fails(function() ffi.struct("i32") end, "bad argument #1 to 'struct'",
      "table or C name of a struct or union expected, got i32")
    fails(function() ffi.struct(4) end, "bad argument #1 to 'struct'", "table expected, got number")
  end)

  it("options that are no table raise", function()
    fails(function() ffi.struct({ { "x", "i32" } }, "packed") end, "bad argument #2 to 'struct'", "table", "got string")
    fails(function() ffi.struct({ { "x", "i32" } }, true) end, "bad argument #2 to 'struct'", "table", "got boolean")
  end)

  it("unknown options raise, naming them", function()
    fails(function() ffi.struct({ { "x", "i32" } }, { pack = true }) end, "'struct'", "pack")
    fails(function() ffi.struct({ { "x", "i32" } }, { alignment = 4 }) end, "'struct'", "alignment")
    fails(function() ffi.struct({ { "x", "i32" } }, { true }) end, "'struct'")
  end)
end)

describe("StructDefinition", function()
  local def = ffi.struct(player)

  it("raises for fields that it does not have", function()
    fails(function() def:offsetOf("mana") end, "bad argument #1 to 'offsetOf' (no field 'mana')")
    fails(function() def:sizeOf("mana") end, "bad argument #1 to 'sizeOf' (no field 'mana')")
    fails(function() def:offsetOf() end, "bad argument #1 to 'offsetOf'")
    fails(function() def:sizeOf({}) end, "bad argument #1 to 'sizeOf'", "table")
    fails(function() def:offsetOf("") end, "no field ''")
  end)

  it("shows a header and a line for each field", function()
    local text = tostring(def)
    assert.is_truthy(text:find("^StructDefinition[^\n]*%(size=44, alignment=4%)\n"))
    assert.is_truthy(text:find("\n  x: f32 @ 0\n", 1, true))
    assert.is_truthy(text:find("\n  y: f32 @ 4\n", 1, true))
    assert.is_truthy(text:find("\n  health: i32 @ 8\n", 1, true))
    assert.is_truthy((text .. "\n"):find("\n  name: u8[32] @ 12\n", 1, true))
  end)

  it("shows canonical type names, and the names of nested definitions", function()
    local inner = ffi.struct({ { "n", "int" } }, { name = "Inner" })
    local outer = ffi.struct({ { "a", "short" }, { "b", inner }, { "c", inner, 2 } }, { name = "Outer" })
    local text = tostring(outer) .. "\n"
    assert.is_truthy(text:find("^StructDefinition Outer %(size=16, alignment=4%)\n"))
    assert.is_truthy(text:find("\n  a: i16 @ 0\n", 1, true))
    assert.is_truthy(text:find("\n  b: Inner @ 4\n", 1, true))
    assert.is_truthy(text:find("\n  c: Inner[2] @ 8\n", 1, true))
  end)

  it("reads nil for unknown keys and refuses assignment", function()
    assert.is_nil(def.fieldcount)
    fails(function() def.size = 1 end)
    fails(function() def.extra = 1 end)
    assert.equals(44, def.size)
  end)

  it("names its methods on a wrong self", function()
    for _, method in ipairs({ "offsetOf", "sizeOf", "fields", "createView", "new" }) do
      local call = def[method]
      fails(function() call(5, "x") end, "calling '" .. method .. "' on bad self",
        "StructDefinition expected, got number")
      fails(function() call(ffi.buffer(8), "x") end, "StructDefinition expected, got Buffer")
    end
  end)

  it("is a type to sizeof, alignof and allocations", function()
    assert.equals(44, ffi.sizeof(def))
    assert.equals(4, ffi.alignof(def))
    local arena = ffi.arena()
    arena:allocType(def)
    arena:allocArray(def, 3)
    assert.equals(4 * 44, arena.totalAllocated)
  end)

  it("createView is ffi.view", function()
    local raw = ffi.arena():alloc(44)
    local view = def:createView(raw)
    assert.equals("StructView", getmetatable(view))
    assert.equals(raw.addr, view.addr)
    view.health = 9
    assert.equals(9, raw:read(8, "i32"))
    fails(function() def:createView(raw + 1) end, "'createView'", "out of bounds")
    fails(function() def:createView(ffi.null) end, "'createView'", "null pointer")
    fails(function() def:createView(nil) end, "bad argument #1 to 'createView'")
  end)
end)

describe("StructDefinition:new", function()
  local point = ffi.struct({ { "x", "i32" }, { "y", "i32" } }, { name = "Point" })
  local def = ffi.struct(player)

  it("gives a zeroed view that owns its memory", function()
    local view = def:new()
    assert.equals("StructView", getmetatable(view))
    assert.equals(44, view.size)
    assert.equals(("\0"):rep(44), ffi.string(view, 44))
    helper.collect()
    view.health = 3
    assert.equals(3, view.health)
  end)

  it("gives memory of its own each time, aligned for the struct", function()
    local wide = ffi.struct({ { "a", "u8" } }, { align = 16 })
    local keep = {}
    for i = 1, 20 do
      keep[i] = wide:new({ a = i })
      assert.equals(0, keep[i].addr % 16)
    end
    for i = 1, 20 do
      assert.equals(i, keep[i].a)
    end
  end)

  it("takes values by name, the rest is zero", function()
    local view = def:new({ health = 50, x = 1.5, name = "Ann" })
    assert.equals(50, view.health)
    assert.equals(1.5, view.x)
    assert.equals(0, view.y)
    assert.equals("Ann", ffi.string(view.name))
  end)

  it("takes values by order, the rest is zero", function()
    local view = def:new({ 1.5, 2.5, 7 })
    assert.equals(1.5, view.x)
    assert.equals(2.5, view.y)
    assert.equals(7, view.health)
    assert.equals(0, view.name[0])
    assert.equals(0, point:new({}).x)
  end)

  it("takes a view of the same definition and copies it", function()
    local first = point:new({ 1, 2 })
    local second = point:new(first)
    first.x = 100
    assert.equals(1, second.x)
    assert.equals(2, second.y)
  end)

  it("takes nested tables and arrays", function()
    local line = ffi.struct({ { "from", point }, { "to", point }, { "marks", "u8", 4 } })
    local view = line:new({ from = { 1, 2 }, to = { y = 4 }, marks = { 9, 8 } })
    assert.equals(2, view.from.y)
    assert.equals(0, view.to.x)
    assert.equals(4, view.to.y)
    assert.equals("\9\8\0\0", ffi.string(view.marks, 4))
    local other = line:new({ view.from, point:new({ 5, 6 }), "abcd" })
    assert.equals(2, other.from.y)
    assert.equals(6, other.to.y)
    assert.equals("abcd", ffi.string(other.marks, 4))
  end)

  it("of a union takes one member by name", function()
    local either = ffi.union({ { "i", "i32" }, { "f", "f32" } })
    assert.equals(0x3f800000, either:new({ f = 1 }).i)
    assert.equals(5, either:new({ 5 }).i)
  end)

  for _, row in ipairs({
    { "a value out of range", { x = 2147483648 * 2 }, "field 'x'", "i32 expected" },
    { "a value of a wrong kind", { x = 1, y = {} }, "field 'y'", "i32 expected, got table" },
    { "an unknown name", { x = 1, z = 1 }, "z" },
    { "more values than fields", { 1, 2, 3 } },
    { "a number", 5, "bad argument #1 to 'new'", "got number" },
    { "text", "12345678", "bad argument #1 to 'new'", "got string" },
    { "a boolean", true, "bad argument #1 to 'new'", "got boolean" },
    { "a key that is no name", { [true] = 1 } },
    { "a fractional position", { [1.5] = 1 } },
    { "position 0", { [0] = 1 } },
  }) do
    it("refuses " .. row[1], function()
      fails(function() point:new(row[2]) end, row[3] or "", row[4] or "")
      assert.equals(2, point:new({ 1, 2 }).y)
    end)
  end

  it("refuses a view of another definition", function()
    local other = ffi.struct({ { "x", "i32" }, { "y", "i32" } }):new({ 1, 2 })
    fails(function() point:new(other) end, "bad argument #1 to 'new'", "Point")
  end)
end)

describe("A value of another module in a schema", function()
  it("is named by its kind and never called", function()
    local called = false
    local other = newproxy and newproxy(true) or setmetatable({}, {})
    getmetatable(other).__tostring = function() called = true error("no") end
    helper.fails(function() ffi.struct({ { "a", "i32", other } }) end, "bad argument #1 to 'struct'", "array length")
    assert.is_false(called)
  end)
end)
