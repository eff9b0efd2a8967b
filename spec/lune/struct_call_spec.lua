-- Structs and unions by value: as arguments, as results, in callbacks; tables for struct arguments;
-- what cannot be passed by value.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local fixture = require("spec.support.fixture")
local records = require("spec.support.records")

local fails, collect = helper.fails, helper.collect
local structs, callbacks = fixture("structs"), fixture("callbacks").lib
local STRUCTS, lib, bind = structs.path, structs.lib, structs.bind
local T = records.types

local function plus_one(list)
  local result = {}
  for i, value in ipairs(list) do
    result[i] = value + 1
  end
  return result
end

local function sum(list)
  local total = 0
  for _, value in ipairs(list) do
    total = total + value
  end
  return total
end

-- bytes: C computes next_ in the element's width
local WRAPS = { one8 = true, bytes3 = true, bytes16 = true, bytes17 = true }

describe("a struct by value", function()
  for _, row in ipairs(records.values) do
    local name, flat, shape = row[1], row[2], row[3]
    local definition = T[name]

    it(name .. " comes back from C as it was", function()
      local view = definition:new(shape)
      for _, result in ipairs({
        bind("id_" .. name, { definition }, definition)(view),
        (lib:call("id_" .. name, definition, { definition }, view)),
        (lib:callPtr(lib:getSymbol("id_" .. name), definition, { definition }, view)),
      }) do
        assert.equals("StructView", getmetatable(result))
        assert.equals(definition.size, result.size)
        assert.same(flat, records.flatten(result, definition, shape))
        assert.are_not.equal(view.addr, result.addr)
      end
    end)

    it(name .. " is what C computes with", function()
      local view = definition:new(shape)
      assert.equals(sum(flat), lib:call("sum_" .. name, "f64", { definition }, view))
      if not WRAPS[name] then
        local next_one = lib:call("next_" .. name, definition, { definition }, view)
        assert.same(plus_one(flat), records.flatten(next_one, definition, shape))
      end
      assert.same(flat, records.flatten(view, definition, shape))
    end)

    it(name .. " may be given as a table", function()
      assert.equals(sum(flat), lib:call("sum_" .. name, "f64", { definition }, shape))
    end)
  end

  it("of booleans comes back negated", function()
    local negated = lib:call("next_bools", T.bools, { T.bools }, { a = true, b = false, c = true })
    assert.same({ false, true, false }, { negated.a, negated.b, negated.c })
    local made = lib:call("make_bools", T.bools, { "bool", "bool", "bool" }, false, true, true)
    assert.same({ false, true, true }, { made.a, made.b, made.c })
  end)

  it("of narrow integers wraps as C wraps", function()
    local one = lib:call("next_one8", T.one8, { T.one8 }, { v = 127 })
    helper.is_integer(one.v, "-128")
    local bytes = lib:call("next_bytes3", T.bytes3, { T.bytes3 }, { v = { 1, 255, 3 } })
    assert.same({ 2, 0, 4 }, { bytes.v[0], bytes.v[1], bytes.v[2] })
  end)

  it("keeps 64-bit members exact", function()
    local pair = lib:call("id_pair64", T.pair64, { T.pair64 },
      { a = "9223372036854775807", b = "-9223372036854775808" })
    helper.is_integer(pair.a, "9223372036854775807")
    helper.is_integer(pair.b, "-9223372036854775808")
    local triple = lib:call("make_triple64", T.triple64, { "i64", "i64", "i64" }, "9007199254740993", -1, 0)
    helper.is_integer(triple.a, "9007199254740993")
    helper.is_integer(triple.b, "-1")
  end)

  it("with pointers in it keeps them", function()
    local buffer = ffi.buffer(8)
    local text = ffi.buffer(6)
    text:writeString(0, "named")
    local value = lib:call("make_named", T.named, { "pointer", "pointer", "i32" }, text, buffer, 42)
    assert.equals("named", ffi.string(value.name))
    assert.equals(buffer:as_ptr().addr, value.data.addr)
    helper.is_integer(value.n, "42")
    helper.is_integer(lib:call("named_length", "usize", { T.named }, value), "5")
    assert.equals("named", lib:call("named_name", "string", { T.named }, value))
    local nothing = lib:call("id_named", T.named, { T.named }, {})
    assert.is_nil(nothing.name)
    assert.is_nil(nothing.data)
    helper.is_integer(lib:call("named_length", "usize", { T.named }, {}), "0")
  end)

  it("is made by C from its members", function()
    local function check(name, args, expected, ...)
      local definition = T[name]
      local made = lib:call("make_" .. name, definition, args, ...)
      for field, value in pairs(expected) do
        assert.equals(value, made[field])
      end
    end
    check("point", { "f64", "f64" }, { x = 1.5, y = -2.5 }, 1.5, -2.5)
    check("pointf", { "f32", "f32" }, { x = 1.5, y = -2.5 }, 1.5, -2.5)
    check("vec3f", { "f32", "f32", "f32" }, { x = 1.5, y = -2.5, z = 3.5 }, 1.5, -2.5, 3.5)
    check("one8", { "i8" }, { v = -5 }, -5)
    check("one32", { "i32" }, { v = -70000 }, -70000)
    check("i8_i16", { "i8", "i16" }, { a = -5, b = 30000 }, -5, 30000)
    check("int_float", { "i32", "f32" }, { i = -5, f = 0.5 }, -5, 0.5)
    check("double_int", { "f64", "i32" }, { d = 0.5, i = -5 }, 0.5, -5)
    check("int_double", { "i32", "f64" }, { i = -5, d = 0.5 }, -5, 0.5)
    check("pair64", { "i64", "i64" }, { a = -5, b = 6 }, -5, 6)
    check("triple64", { "i64", "i64", "i64" }, { a = -5, b = 6, c = 7 }, -5, 6, 7)
    assert.equals(20, lib:call("make_bytes17", T.bytes17, { "u8" }, 4).v[16])
    assert.equals(19, lib:call("make_bytes16", T.bytes16, { "u8" }, 4).v[15])
    assert.equals(6, lib:call("make_bytes3", T.bytes3, { "u8" }, 4).v[2])
    assert.equals(3.5, lib:call("make_floats4", T.floats4, { "f32" }, 0.5).v[3])
    local rect = lib:call("make_rect", T.rect, { "f64", "f64", "f64", "f64" }, 1, 2, 3, 4)
    assert.same({ 1, 2, 3, 4 }, { rect.min.x, rect.min.y, rect.max.x, rect.max.y })
  end)

  it("takes its place among arguments that use up the registers", function()
    local p, q = { 1.5, 2.5 }, { 100, 200 }
    assert.equals(25, lib:call("point_after_ints", "f64",
      { "i32", "i32", "i32", "i32", "i32", "i32", T.point, "i32" }, 1, 2, 3, 4, 5, 6, p, 0))
    assert.equals(330, lib:call("pair_after_ints", "f64",
      { "i32", "i32", "i32", "i32", "i32", T.pair64, "i32", "i32" }, 1, 2, 3, 4, 5, q, 7, 8))
    assert.equals(49, lib:call("pair_after_doubles", "f64",
      { "f64", "f64", "f64", "f64", "f64", "f64", "f64", "f64", T.point, "f64" }, 1, 2, 3, 4, 5, 6, 7, 8, p, 9))
  end)

  it("may come many times in one call", function()
    local types, values, expected = {}, {}, 0
    for i = 1, 6 do
      types[i] = T.point
      values[i] = { x = i, y = i * 10 }
      expected = expected + i * (i + i * 10)
    end
    assert.equals(expected, lib:call("many_points", "f64", types, helper.unpack(values)))
  end)

  it("may come in a crowd of other types", function()
    local bytes17 = T.bytes17:new()
    bytes17.v[0], bytes17.v[16] = 100, 55
    assert.equals(-1 + 4 + 3 + 15 + 7.5 + 27 + 11.5 + 12 + 4.5 + 2 + 155 + 3 - 300 + 27, lib:call("crowd", "f64", {
      "i8", T.point, "i64", T.triple64, "f32", T.bytes3, "f64", T.one8, T.int_float, T.bools, T.bytes17, T.pointf,
      "i16", T.pair64,
    }, -1, { 1.5, 2.5 }, 3, { 4, 5, 6 }, 7.5, { v = { 8, 9, 10 } }, 11.5, { 12 }, { 4, 0.5 }, { true, false, true },
      bytes17, { 1, 2 }, -300, { 13, 14 }))
  end)

  it("is both argument and result in memory", function()
    local spread = lib:call("spread", T.triple64, { "i32", T.triple64, "f64" }, 1, { 10, 20, 30 }, 2)
    assert.same({ 13, 23, 33 }, { spread.a, spread.b, spread.c })
  end)

  it("is shown in the signature by its name", function()
    assert.equals("point id_point(point)", ffi.signature(bind("id_point", { T.point }, T.point)))
  end)
end)

describe("a struct result", function()
  it("owns its memory, apart from that of every other result", function()
    local make = bind("make_pair64", { "i64", "i64" }, T.pair64)
    local results = {}
    for i = 1, 500 do
      results[i] = make(i, -i)
    end
    collect()
    for i = 1, 500 do
      assert.equals(i, results[i].a)
      assert.equals(-i, results[i].b)
    end
    results[1].a = 99
    helper.is_integer(results[2].a, "2")
  end)

  it("keeps its memory while only a part of it is held", function()
    local corners = lib:call("make_rect", T.rect, { "f64", "f64", "f64", "f64" }, 1, 2, 3, 4).max
    local values = lib:call("make_big", T.big, { "f64" }, 10).v
    collect()
    for _ = 1, 100 do
      ffi.buffer(256):zero()
    end
    assert.same({ 3, 4 }, { corners.x, corners.y })
    assert.equals(25, values[15])
  end)

  it("can be passed on, written and cast", function()
    local view = lib:call("make_point", T.point, { "f64", "f64" }, 1, 2)
    view.y = 20
    assert.equals(21, lib:call("sum_point", "f64", { T.point }, view))
    assert.equals(20, ffi.read(view, 8, "f64"))
    lib:call("ref_point", "void", { "pointer" }, view)
    assert.same({ 2, 21 }, { view.x, view.y })
  end)
end)

describe("a struct argument", function()
  local sum_rect = bind("sum_rect", { T.rect }, "f64")
  local sum_item = bind("sum_item", { T.item }, "f64")

  it("is copied: C does not change the original", function()
    local view = T.point:new({ 1, 2 })
    local next_point = lib:call("next_point", T.point, { T.point }, view)
    assert.same({ 1, 2 }, { view.x, view.y })
    assert.same({ 2, 3 }, { next_point.x, next_point.y })
  end)

  it("may be a view of an arena, of a buffer or of a part of a struct", function()
    local raw = ffi.arena():alloc(16)
    raw:write(0, "f64", 3)
    raw:write(8, "f64", 4)
    local buffer = ffi.buffer(24)
    buffer:write(4, "f64", 5)
    local rect = T.rect:new({ max = { x = 6, y = 7 } })
    local sum_point = bind("sum_point", { T.point }, "f64")
    assert.equals(7, sum_point(ffi.view(raw, T.point)))
    assert.equals(5, sum_point(ffi.view(buffer:slice(4, 16), T.point)))
    assert.equals(13, sum_point(rect.max))
  end)

  it("as a table takes fields by name or in order, and zero for missing ones", function()
    assert.equals(3.5, sum_rect({ min = { x = 1.5 }, max = { y = 2 } }))
    assert.equals(10, sum_rect({ { 1, 2 }, { 3, 4 } }))
    assert.equals(3, sum_rect({ { 1, 2 } }))
    assert.equals(0, sum_rect({}))
    assert.equals(7 + 1 + 2 + 0.5, sum_item({ id = 7, tags = { 1, 2 }, weight = 0.5 }))
  end)

  it("as a table may hold views", function()
    assert.equals(10, sum_rect({ min = T.point:new({ 1, 2 }), max = T.point:new({ 3, 4 }) }))
  end)

  for _, row in ipairs({
    { "an unknown field", { nonsense = 1 }, "nonsense" },
    { "an unknown field deep inside", { min = { z = 1 } }, "z" },
    { "a value of the wrong kind", { min = { x = true } }, "f64 expected, got boolean" },
    { "too many values in order", { { 1, 2 }, { 3, 4 }, { 5, 6 } }, "" },
    { "a number for a struct field", { min = 5 }, "min" },
  }) do
    it("as a table refuses " .. row[1], function()
      fails(function() sum_rect(row[2]) end, "sum_rect", row[3])
      assert.equals(10, sum_rect({ { 1, 2 }, { 3, 4 } }))
    end)
  end

  it("as a table checks ranges and lengths", function()
    fails(function() sum_item({ tags = { 1, 2, 3, 4 } }) end, "sum_item")
    fails(function() sum_item({ tags = { 70000 } }) end, "i16 expected, got 70000: out of range -32768..65535")
    fails(function() sum_item({ id = 0 / 0 }) end, "i32 expected, got nan")
    assert.equals(9, sum_item({ id = 9 }))
  end)

  for _, row in ipairs({
    { "nil", nil }, { "a number", 5 }, { "a string", "text" }, { "a boolean", true }, { "a function", print },
    { "NULL", ffi.null }, { "a definition", T.rect }, { "a view of another struct", T.point:new() },
    { "a view of a larger struct", T.big:new() },
  }) do
    it("cannot be " .. row[1], function()
      fails(function() sum_rect(row[2]) end, "bad argument #1 to 'sum_rect'", "rect")
      assert.equals(3, sum_rect({ { 1, 2 } }))
    end)
  end

  it("cannot be a view of an arena that was reset", function()
    local arena = ffi.arena()
    local view = ffi.view(arena:alloc(32), T.rect)
    arena:reset()
    fails(function() sum_rect(view) end, "bad argument #1 to 'sum_rect'", "use after reset of the arena")
  end)
end)

describe("a union by value", function()
  it("of int and float", function()
    local from_int = lib:call("num32_from_int", T.num32, { "i32" }, 0x40200000)
    assert.equals(2.5, from_int.f)
    helper.is_integer(from_int.i, "1075838976")
    assert.equals(2.5, lib:call("num32_from_float", T.num32, { "f32" }, 2.5).f)
    helper.is_integer(lib:call("num32_int", "i32", { T.num32 }, from_int), "1075838976")
    assert.equals(2.5, lib:call("num32_float", "f32", { T.num32 }, { f = 2.5 }))
  end)

  it("of double and 64-bit integer", function()
    local from_double = lib:call("num64_from_double", T.num64, { "f64" }, -0.5)
    assert.equals(-0.5, from_double.d)
    helper.is_integer(lib:call("num64_from_int", T.num64, { "i64" }, "-9223372036854775807").i,
      "-9223372036854775807")
    assert.equals(-0.5, lib:call("num64_double", "f64", { T.num64 }, from_double))
    helper.is_integer(lib:call("num64_int", "i64", { T.num64 }, { i = "9007199254740993" }), "9007199254740993")
  end)

  it("of an int and sixteen bytes", function()
    local key = lib:call("make_key16", T.key16, { "u8" }, 1)
    assert.equals(0x04030201, key.i)
    assert.equals(16, key.b[15])
    helper.is_integer(lib:call("sum_key16", "u32", { T.key16 }, key), "136")
  end)

  it("of a float and two floats", function()
    local pair = lib:call("make_funion", T.funion, { "f32", "f32" }, 1.5, 2.5)
    assert.equals(1.5, pair.f)
    assert.equals(2.5, pair.v[1])
    assert.equals(4, lib:call("sum_funion", "f32", { T.funion }, pair))
  end)

  it("too large for registers", function()
    local wide = lib:call("make_wide", T.wide, { "u8" }, 1)
    assert.equals(24, wide.b[23])
    helper.is_integer(wide.i, "578437695752307201")
    helper.is_integer(lib:call("sum_wide", "u32", { T.wide }, wide), "300")
  end)

  it("as a member of a struct", function()
    local int = lib:call("tagged_int", T.tagged, { "i64" }, -7)
    helper.is_integer(int.kind, "1")
    helper.is_integer(int.value.i, "-7")
    assert.equals(-7, lib:call("tagged_value", "f64", { T.tagged }, int))
    assert.equals(2.5, lib:call("tagged_value", "f64", { T.tagged }, { kind = 2, value = { d = 2.5 } }))
    assert.equals(0.25, lib:call("tagged_double", T.tagged, { "f64" }, 0.25).value.d)
  end)
end)

describe("a struct in a callback", function()
  local IN_CALLBACKS = {
    point = true, pointf = true, vec3f = true, floats4 = true, one8 = true, one32 = true, i8_i16 = true,
    int_float = true, double_int = true, int_double = true, pair64 = true, triple64 = true, bytes3 = true,
    bytes16 = true, bytes17 = true, rect = true, item = true, big = true,
  }

  for _, row in ipairs(records.values) do
    local name, flat, shape = row[1], row[2], row[3]
    if IN_CALLBACKS[name] then
      it(name .. " is argument and result", function()
        local definition = T[name]
        local received
        local cb = ffi.callback(function(view)
          received = view
          return view
        end, definition, { definition })
        local result = callbacks:call("call_" .. name, definition, { "pointer", definition }, cb, shape)
        assert.same(flat, records.flatten(result, definition, shape))
        collect()
        assert.equals("StructView", getmetatable(received))
        assert.same(flat, records.flatten(received, definition, shape))
      end)
    end
  end

  it("of booleans is argument and result", function()
    local cb = ffi.callback(function(v) return { a = not v.a, b = not v.b, c = not v.c } end, T.bools, { T.bools })
    local result = callbacks:call("call_bools", T.bools, { "pointer", T.bools }, cb, { true, false, true })
    assert.same({ false, true, false }, { result.a, result.b, result.c })
  end)

  it("may be a union", function()
    local cb = ffi.callback(function(v) return { i = v.i + 1 } end, T.num32, { T.num32 })
    helper.is_integer(callbacks:call("call_num32", T.num32, { "pointer", T.num32 }, cb, { i = 41 }).i, "42")
    cb = ffi.callback(function(v) return { d = v.d * 2 } end, T.num64, { T.num64 })
    assert.equals(5, callbacks:call("call_num64", T.num64, { "pointer", T.num64 }, cb, { d = 2.5 }).d)
  end)

  it("may be returned as a table by name, in order, with fields missing", function()
    for _, value in ipairs({ { x = 1, y = 2 }, { 1, 2 }, T.point:new({ 1, 2 }) }) do
      local cb = ffi.callback(function() return value end, T.point, { T.point })
      local result = callbacks:call("call_point", T.point, { "pointer", T.point }, cb, { 0, 0 })
      assert.same({ 1, 2 }, { result.x, result.y })
    end
    local cb = ffi.callback(function() return { y = 5 } end, T.point, { T.point })
    local result = callbacks:call("call_point", T.point, { "pointer", T.point }, cb, { 7, 7 })
    assert.same({ 0, 5 }, { result.x, result.y })
  end)

  it("is all zeros when the callback returns nothing", function()
    for _, name in ipairs({ "point", "big" }) do
      local cb = ffi.callback(function() end, T[name], { T[name] })
      local result = callbacks:call("call_" .. name, T[name], { "pointer", T[name] }, cb, {})
      assert.equals(("\0"):rep(T[name].size), ffi.string(result, T[name].size))
    end
  end)

  for _, row in ipairs({
    { "a table with an unknown field", { z = 1 } }, { "a number", 5 }, { "a view of another struct", T.pair64:new() },
    { "a bad value in a field", { x = {} } }, { "a string", "text" }, { "too many values", { 1, 2, 3 } },
  }) do
    it("makes the call raise when the callback returns " .. row[1], function()
      local cb = ffi.callback(function() return row[2] end, T.point, { T.point })
      fails(function() callbacks:call("call_point", T.point, { "pointer", T.point }, cb, {}) end)
      local good = ffi.callback(function() return { 1, 2 } end, T.point, { T.point })
      assert.equals(2, callbacks:call("call_point", T.point, { "pointer", T.point }, good, {}).y)
    end)
  end

  it("is zeros after an error, and the error is raised", function()
    local cb = ffi.callback(function() error("from the callback", 0) end, T.big, { T.big })
    local ok, message = pcall(function()
      callbacks:call("call_big", T.big, { "pointer", T.big }, cb, {})
    end)
    assert.is_false(ok)
    assert.equals("from the callback", message)
  end)

  it("may come in a crowd", function()
    local cb = ffi.callback(function(a, b, c, d, e, f, g, h, i)
      return a + b.x + b.y + c + d.a + d.b + d.c + e + f.v[0] + f.v[1] + f.v[2] + g + h.v + i.a + i.b
    end, "f64", { "i8", T.point, "i64", T.triple64, "f32", T.bytes3, "f64", T.one8, T.pair64 })
    assert.equals(2 * (-1 + 4 + 3 + 15 + 7.5 + 27 + 11.5 + 12 + 27),
      callbacks:call("call_crowd", "f64", { "pointer", "f64" }, cb, 2))
  end)

  it("by pointer is the caller's own", function()
    local seen
    local cb = ffi.callback(function(view)
      seen = { view.x, view.y }
      view.x, view.y = view.x * 10, view.y * 10
      return 0.5
    end, "f64", { ffi.pointer(T.point) })
    assert.equals(30.5, callbacks:call("call_point_ref", "f64", { "pointer", "f64", "f64" }, cb, 1, 2))
    assert.same({ 1, 2 }, seen)
  end)

  it("may be called from Lua, through C", function()
    local cb = ffi.callback(function(p, by) return { x = p.x * by, y = p.y * by } end, T.point, { T.point, "f64" })
    local result = cb({ x = 1, y = 2 }, 10)
    assert.same({ 10, 20 }, { result.x, result.y })
    fails(function() cb(5, 10) end, "#1", "point")
  end)
end)

describe("pointers to structs", function()
  it("take views and give views", function()
    local a, b, out = T.point:new({ 1, 2 }), T.point:new({ 10, 20 }), T.point:new()
    lib:call("point_add", "void", { ffi.pointer(T.point), "pointer", ffi.pointer(T.point) }, a, b, out)
    assert.same({ 11, 22 }, { out.x, out.y })
    local static = lib:call("point_static", ffi.pointer(T.point), {})
    assert.same({ 1, 2 }, { static.x, static.y })
    static.x = 5
    assert.equals(5, lib:call("point_static", ffi.pointer(T.point), {}).x)
    static.x = 1
    assert.is_nil(lib:call("point_none", ffi.pointer(T.point), {}))
  end)

  it("walk an array of structs", function()
    local memory = ffi.arena():allocArray(T.point, 3)
    local points = ffi.cast(memory, "u8")
    for i = 0, 2 do
      ffi.view(memory + i * T.point.size, T.point).x = i + 1
    end
    assert.equals(6, lib:call("points_sum", "f64", { ffi.pointer(T.point), "usize" }, points, 3))
    lib:call("points_scale", "void", { "pointer", "usize", "f64" }, memory, 3, 2)
    assert.equals(6, ffi.view(memory + 32, T.point).x)
  end)

  it("follow a linked list that C makes", function()
    local before = lib:callInt("live_nodes")
    local Node = ffi.struct({ { "value", "i32" }, { "next", "pointer" } }, { name = "node" })
    local head
    for i = 1, 3 do
      head = lib:call("list_push", ffi.pointer(Node), { "pointer", "i32" }, head, i * 10)
    end
    helper.is_integer(head.value, "30")
    helper.is_integer(ffi.view(head.next, Node).value, "20")
    helper.is_integer(lib:call("list_sum", "i64", { "pointer" }, head), "60")
    lib:call("list_free", "void", { "pointer" }, head)
    assert.equals(before, lib:callInt("live_nodes"))
  end)
end)

describe("a struct with a layout of its own", function()
  local wide = ffi.load(helper.fixture("wide"))
  local packed = ffi.struct({ { "a", "i8" }, { "b", "i32" }, { "c", "i16" } }, { packed = true })
  local large = ffi.struct({ { "a", "i8" }, { "b", "f64", 3 }, { "c", "i64" } }, { packed = true })
  local aligned = ffi.struct({ { "a", "i64" } }, { align = 16 })
  local over = ffi.struct({ { "a", "i64", 4 } }, { align = 32 })

  it("goes by value when it is packed", function()
    local p = wide:call("odd_packed_by_value", packed, { "i32", packed, "f64" }, 1, { a = 2, b = 3, c = 4 }, 5)
    assert.equals("3 6 9", ("%d %d %d"):format(p.a, p.b, p.c))
    local q = wide:call("odd_large_by_value", large, { large, "i32" }, { a = 1, b = { 2, 3, 4 }, c = 5 }, 6)
    assert.equals("1 9 -5", ("%d %g %s"):format(q.a, q.b[1], tostring(q.c)))
  end)

  it("goes by value when it is over-aligned, in registers and on the stack", function()
    local p = wide:call("odd_aligned_by_value", aligned, { "f64", aligned, "i64", aligned, "f64" }, 1, { a = 2 }, 3,
      { a = 4 }, 5)
    helper.is_integer(p.a, "51243")
    local long = "i64"
    helper.is_integer(wide:call("odd_aligned_stack", long, { long, long, long, long, long, long, long, aligned, "i8",
      aligned }, 1, 2, 3, 4, 5, 6, 7, { a = 8 }, 9, { a = 10 }), "10918")
    local q = wide:call("odd_over_by_value", over, { long, over, long }, 5, { a = { 1, 2, 3, 4 } }, 6)
    assert.equals("6 -2", ("%s %s"):format(tostring(q.a[0]), tostring(q.a[3])))
    helper.is_integer(wide:call("odd_over_stack", long, { long, long, long, long, long, long, long, over, "i8", over,
      long }, 1, 2, 3, 4, 5, 6, 7, { a = { 8, 0, 0, 9 } }, 10, { a = { 11, 12, 0, 0 } }, 13), "1312944")
  end)

  local refused = {
    ["a packed struct"] = ffi.struct({ { "a", "u8" }, { "b", "u32" }, { "c", "u16" }, { "d", "f64" } },
      { packed = true }),
    ["a struct packed to 2"] = ffi.struct({ { "a", "u8" }, { "b", "u32" }, { "c", "u16" }, { "d", "f64" } },
      { packed = 2 }),
    ["an over-aligned struct"] = ffi.struct({ { "a", "u8" }, { "b", "u32" } }, { align = 32 }),
    ["a struct with a packed member"] = ffi.struct({
      { "lead", "u8" },
      { "m", ffi.struct({ { "a", "u8" }, { "b", "u32" } }, { packed = true }) },
    }),
  }

  for what, definition in pairs(refused) do
    it("cannot be passed in a callback: " .. what, function()
      fails(function() ffi.callback(print, "void", { definition }) end,
        "bad argument #3 to 'callback'", "by value in a callback")
      fails(function() ffi.callback(print, definition, {}) end,
        "bad argument #2 to 'callback'", "by value in a callback")
    end)

    it("cannot be passed by another convention: " .. what, function()
      local entry = { args = { definition }, abi = "win64" }
      fails(function() ffi.load(STRUCTS, { id_point = entry }) end, "id_point", "by value")
    end)

    it("is " .. what .. ": by pointer it may be passed", function()
      local view = definition:new()
      assert.is_false(ffi.load(helper.fixture("numbers")):call("is_null", "bool", { ffi.pointer(definition) }, view))
    end)
  end

  it("packed structs still travel by pointer with the right layout", function()
    local Packed = ffi.struct({ { "a", "u8" }, { "b", "u32" }, { "c", "u16" }, { "d", "f64" } }, { packed = true })
    local view = Packed:new()
    assert.equals(Packed.size, lib:call("size_packed1", "usize", {}))
    lib:call("fill_packed1", "void", { "pointer" }, view)
    helper.is_integer(view.a, "1")
    helper.is_integer(view.b, "3735928559")
    helper.is_integer(view.c, "515")
    assert.equals(2.5, view.d)
    assert.equals(1 + 3735928559 + 515 + 2.5, lib:call("sum_packed1", "f64", { "pointer" }, view))
  end)
end)
