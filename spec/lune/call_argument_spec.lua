-- Arguments of C functions that are more than numbers: strings, pointers, out-parameters; pointer results.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local fixture = require("spec.support.fixture")
local samples = require("spec.support.samples")

local fails, collect = helper.fails, helper.collect
local numbers = fixture("numbers")
local lib, legacy, bind = numbers.lib, numbers.legacy, numbers.bind
local callbacks = ffi.load(helper.fixture("callbacks"))

describe("string arguments", function()
  local slen = bind("slen", { "string" }, "usize")
  local same = bind("same_text", { "string", "string" }, "bool")

  it("arrive whole, however long", function()
    for _, size in ipairs({ 0, 1, 127, 128, 65535, 65536, 1000000 }) do
      helper.is_integer(slen(("x"):rep(size)), tostring(size))
      helper.is_integer(lib:call("slen", "usize", { "string" }, ("x"):rep(size)), tostring(size))
    end
  end)

  it("may be nil or any pointer", function()
    local buffer = ffi.buffer(16)
    buffer:writeString(0, "in a buffer")
    local arena = ffi.arena()
    local raw = arena:alloc(16)
    ffi.copy(raw, "in an arena\0", 12)
    helper.is_integer(slen(nil), "0")
    helper.is_integer(slen(ffi.null), "0")
    helper.is_integer(slen(ffi.nullPtr), "0")
    for _, value in ipairs({ buffer, buffer.ptr, raw, ffi.cast(raw, "u8"), raw:toLightUserData() }) do
      helper.is_integer(slen(value), "11")
      helper.is_integer(lib:call("slen", "usize", { "string" }, value), "11")
    end
  end)

  it("are compared two at a time", function()
    assert.is_true(same("abc", "abc"))
    assert.is_false(same("abc", "abd"))
    assert.is_true(same(nil, nil))
    assert.is_true(same("", ""))
    assert.is_true(legacy:call("same_text", "bool", { "string", "string" }, "x" .. 1, "x" .. 1))
  end)

  it("come back as strings of Lua's own", function()
    local ident = bind("ident", { "string" }, "string")
    local text = ident("built " .. 1)
    collect()
    assert.equals("built 1", text)
    assert.is_nil(ident(nil))
    assert.equals("caf\233", ident("caf\233"))
    assert.equals("hello you!", bind("greet", { "string" }, "string")("you"))
  end)

  it("live as long as the call, although nothing else holds them", function()
    local words = {}
    local cb = ffi.callback(function(word)
      words[#words + 1] = word
      collectgarbage("collect")
      for i = 1, 50 do
        words.garbage = ("garbage %d "):format(i):rep(20)
      end
      return true
    end, "bool", { "string", "pointer" })
    local n = 3
    callbacks:call("each_word", "void", { "string", "pointer", "pointer" },
      ("alpha%d beta%d gamma%d"):format(n, n, n), cb, "user" .. n)
    words.garbage = nil
    assert.same({ "alpha3", "beta3", "gamma3" }, words)
  end)

  it("for a pointer are bytes, NULs and all", function()
    local byte_at = bind("byte_at", { "pointer", "usize" }, "u8")
    helper.is_integer(byte_at("\1\0\255", 0), "1")
    helper.is_integer(byte_at("\1\0\255", 1), "0")
    helper.is_integer(byte_at("\1\0\255", 2), "255")
    local hash = bind("hash_bytes", { "pointer", "usize" }, "u32")
    local buffer = ffi.buffer(5)
    buffer:writeBytes(0, "a\0b\0c")
    assert.equals(hash(buffer, 5), hash("a\0b\0c", 5))
    assert.are_not.equal(hash("a\0b\0d", 5), hash("a\0b\0c", 5))
  end)

  it("fill a buffer that C writes", function()
    local build = bind("build_string", { "pointer", "usize", "string", "i32" }, "usize")
    local buffer = ffi.buffer(16)
    helper.is_integer(build(buffer, 16, "abc", 4), "12")
    assert.equals("abcabcabcabc", buffer:readString())
    helper.is_integer(build(buffer, 16, "abc", 100), "300")
    assert.equals("abcabcabcabcabc", buffer:readString())
    helper.is_integer(bind("upcase", { "pointer" }, "i32")(buffer), "15")
    assert.equals("ABCABCABCABCABC", buffer:readString())
  end)
end)

describe("pointer arguments", function()
  local Pair = ffi.struct({ { "a", "i32" }, { "b", "i32" } })
  local arena = ffi.arena()
  local raw = arena:alloc(8)
  raw:write(0, "i32", 30)
  raw:write(4, "i32", 12)
  local buffer = ffi.buffer(8)
  buffer:write(0, "i32", 30)
  buffer:write(4, "i32", 12)

  for name, value in pairs({
    ["a RawPointer"] = raw,
    ["a moved RawPointer"] = (raw + 4) - 4,
    ["a TypedPointer"] = ffi.cast(raw, "i32"),
    ["a StructView"] = ffi.view(raw, Pair),
    ["a StructView of its own memory"] = Pair:new({ a = 30, b = 12 }),
    ["a Buffer"] = buffer,
    ["a slice"] = buffer:slice(0, 8),
    ["a buffer's ptr"] = buffer.ptr,
    ["a lightuserdata"] = raw:toLightUserData(),
    ["an address"] = raw.addr,
    ["an unmanaged RawPointer"] = ffi.ptr(raw.addr),
  }) do
    it("may be " .. name, function()
      for _, pointer_type in ipairs({ "pointer", "i32*", "void*", "ptr" }) do
        helper.is_integer(bind("sum_i32", { pointer_type, "usize" }, "i64")(value, 2), "42")
        helper.is_integer(lib:call("sum_i32", "i64", { pointer_type, "usize" }, value, 2), "42")
        helper.is_integer(legacy:call("sum_i32", "i64", { pointer_type, "usize" }, value, 2), "42")
      end
    end)
  end

  it("may be a pointer to a struct type", function()
    local sum = bind("sum_i32", { ffi.pointer(Pair), "usize" }, "i64")
    helper.is_integer(sum(Pair:new({ a = 30, b = 12 }), 2), "42")
    helper.is_integer(sum(raw, 2), "42")
  end)

  it("may be a callback, which is its code address", function()
    local cb = ffi.callback(function(x) return x + 1 end, "i32", { "i32" })
    helper.is_integer(callbacks:call("apply", "i32", { "pointer", "i32" }, cb, 5), "6")
    local same = bind("id_pointer", { "pointer" }, "pointer")
    assert.equals(ffi.ptr(cb.ptr), same(cb))
  end)

  it("are NULL in every form of NULL", function()
    local is_null = bind("is_null", { "pointer" }, "bool")
    assert.is_true(is_null(nil))
    assert.is_true(is_null(ffi.null))
    assert.is_true(is_null(ffi.nullPtr))
    assert.is_true(is_null(0))
    assert.is_false(is_null(raw))
    assert.is_false(is_null(""))
  end)

  it("see and make changes in the memory", function()
    local memory = ffi.arena():allocArray("i32", 4)
    bind("fill_i32", { "pointer", "usize", "i32" })(memory, 4, 7)
    helper.is_integer(memory:read(12, "i32"), "7")
    local typed = ffi.cast(memory, "i32")
    typed[1], typed[3] = -3, 5
    helper.is_integer(bind("sum_i32", { "i32*", "usize" }, "i64")(typed + 1, 3), "9")
    bind("process_buffer", { "pointer", "i32" })(memory, 4)
    helper.is_integer(typed[0], "14")
    helper.is_integer(typed[1], "-6")
  end)

  it("raise after their arena was reset or freed", function()
    local is_null = bind("is_null", { "pointer" }, "bool")
    local short = ffi.arena()
    local pointer = short:alloc(8)
    local typed, view = ffi.cast(pointer, "i32"), ffi.view(pointer, Pair)
    short:reset()
    for _, stale in ipairs({ pointer, typed, view, pointer + 4 }) do
      fails(function() is_null(stale) end, "bad argument #1 to 'is_null'", "use after reset of the arena")
      fails(function() lib:call("is_null", "bool", { "pointer" }, stale) end, "use after reset of the arena")
    end
    local last = short:alloc(8)
    short:free()
    fails(function() is_null(last) end, "bad argument #1 to 'is_null'", "use after free of the arena")
    fails(function() bind("slen", { "string" }, "usize")(last) end, "use after free of the arena")
    assert.is_true(is_null(nil))
  end)

  for _, ending in ipairs({ "reset", "free" }) do
    it("keep the memory of an arena until the call returns, although a callback calls " .. ending, function()
      local short = ffi.arena()
      local items = short:allocArray("i32", 6)
      for i = 0, 5 do
        items:write(i * 4, "i32", i + 1)
      end
      local seen = {}
      local cb = ffi.callback(function(item, index)
        seen[#seen + 1] = item
        if index == 0 then
          short[ending](short)
          assert.equals(0, short.totalAllocated)
          fails(function() items:read(0, "i32") end, "use after " .. ending .. " of the arena")
          for _ = 1, 200 do
            local other = ffi.arena():allocArray("i32", 6)
            ffi.fill(other, 24, 0xEE)
          end
        end
      end, "void", { "ref i32", "usize", "pointer" })
      callbacks:call("each_i32", "void", { "pointer", "usize", "pointer", "pointer" }, items, 6, cb, nil)
      assert.same({ 1, 2, 3, 4, 5, 6 }, seen)
    end)
  end

  it("keep their memory alive during the call", function()
    local seen
    local cb = ffi.callback(function(item, index)
      collect()
      for _ = 1, 20 do
        ffi.buffer(64):write(0, "i64", -1)
      end
      seen = (seen or 0) + item * (index + 1)
    end, "void", { "ref i32", "usize", "pointer" })
    local function make()
      local memory = ffi.arena():allocArray("i32", 2)
      memory:write(0, "i32", 40)
      memory:write(4, "i32", 1)
      return memory
    end
    callbacks:call("each_i32", "void", { "pointer", "usize", "pointer", "pointer" }, make(), 2, cb, nil)
    assert.equals(42, seen)
  end)
end)

describe("pointer results", function()
  it("of a pointer-to type are TypedPointers", function()
    local arena = ffi.arena()
    local memory = arena:allocArray("i32", 3)
    memory:write(8, "i32", 99)
    for _, spelling in ipairs({ "i32*", "i32 *", "int*" }) do
      local typed = lib:call("id_pointer", spelling, { "pointer" }, memory)
      assert.equals("TypedPointer", getmetatable(typed))
      assert.equals(4, typed.stride)
      assert.is_nil(typed.count)
      helper.is_integer(typed[2], "99")
      assert.equals(memory.addr, typed.addr)
    end
  end)

  it("of a pointer-to-pointer type are TypedPointers of pointers", function()
    local arena = ffi.arena()
    local value, cell = arena:allocType("f64"), arena:allocType("pointer")
    value:write(0, "f64", 2.5)
    cell:write(0, "pointer", value)
    local typed = lib:call("id_pointer", "f64**", { "f64**" }, cell)
    assert.equals(2.5, typed[0][0])
  end)

  it("of a pointer to a struct are StructViews", function()
    local Pair = ffi.struct({ { "a", "i32" }, { "b", "i32" } })
    local pair = Pair:new({ a = 1, b = 2 })
    local view = lib:call("id_pointer", ffi.pointer(Pair), { "pointer" }, pair)
    assert.equals("StructView", getmetatable(view))
    view.b = 77
    helper.is_integer(pair.b, "77")
    assert.is_nil(lib:call("null_pointer", ffi.pointer(Pair), {}))
  end)
end)

describe("out-parameters", function()
  -- The results after the C function's own: their number is part of the check.
  local function outs(count, ...)
    return select(-count, ...)
  end

  it("append what C wrote, in the order of the parameters", function()
    local divide = bind("divide", { "i32", "i32", "ref i32", "ref i32" }, "bool")
    local ok, quotient, remainder = divide(17, 5, nil, nil)
    assert.is_true(ok)
    helper.is_integer(quotient, "3")
    helper.is_integer(remainder, "2")
    assert.equals(3, select("#", divide(17, 5, 0, 0)))
  end)

  it("pass their value in, and give it back when C writes nothing", function()
    local divide = bind("divide", { "i32", "i32", "ref i32", "ref i32" }, "bool")
    local ok, quotient, remainder = divide(17, 0, 70, -80)
    assert.is_false(ok)
    helper.is_integer(quotient, "70")
    helper.is_integer(remainder, "-80")
    helper.is_integer(bind("read_ref", { "ref i32" }, "i32")(55), "55")
    helper.is_integer(bind("read_ref", { "ref i32" }, "i32")(nil), "0")
  end)

  it("may stand between other parameters", function()
    local sum, a, c = bind("sum_refs", { "ref i32", "i32", "ref i32" }, "i32")(1, 2, 4)
    helper.is_integer(sum, "7")
    helper.is_integer(a, "10")
    helper.is_integer(c, "30")
  end)

  it("work through lib:call, callPtr and the helpers", function()
    local args = { "ref i32", "i32", "ref i32" }
    local symbol = lib:getSymbol("sum_refs")
    for _, results in ipairs({
      helper.pack(lib:call("sum_refs", "i32", args, 1, 2, 4)),
      helper.pack(lib:callPtr(symbol, "i32", args, 1, 2, 4)),
      helper.pack(lib:callInt("sum_refs", args, 1, 2, 4)),
    }) do
      assert.same({ n = 3, 7, 10, 30 }, results)
    end
  end)

  it("exchange two values", function()
    local a, b = outs(2, bind("swap_i32", { "ref i32", "ref i32" })(1, 2))
    helper.is_integer(a, "2")
    helper.is_integer(b, "1")
  end)

  for _, row in ipairs({
    { "f64", 2.5 }, { "f32", 0.5 }, { "bool", true }, { "u64", "18446744073709551615" },
    { "i64", "-9223372036854775808" }, { "i8", "-7" }, { "u16", "65535" },
  }) do
    it("of " .. row[1] .. " have that type", function()
      local out = bind("out_" .. row[1], { "ref " .. row[1] })
      samples.expect(row[2], (outs(1, out(nil))))
      samples.expect(row[2], (outs(1, out(1))))
    end)
  end

  it("of pointers give pointers, and nil for NULL", function()
    local pointer = outs(1, bind("out_pointer", { "ref pointer" })(nil))
    helper.is_integer(pointer:read(0, "i32"), "1234")
    assert.is_nil((outs(1, bind("out_null", { "ref pointer" })(ffi.buffer(8)))))
    local light = outs(1, legacy:call("out_pointer", "void", { "ref pointer" }, nil))
    helper.is_integer(ffi.cast(light, "i32"), "1234")
  end)

  it("increment each numeric type in place", function()
    for _, name in ipairs({ "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "isize", "usize" }) do
      helper.is_integer((outs(1, bind("increment_" .. name, { "ref " .. name })(41))), "42")
    end
    for _, name in ipairs({ "f32", "f64" }) do
      assert.equals(1.5, (outs(1, bind("increment_" .. name, { "ref " .. name })(0.5))))
    end
    assert.is_true((outs(1, bind("increment_bool", { "ref bool" })(false))))
  end)

  it("refuse what their type refuses", function()
    local increment = bind("increment_u8", { "ref u8" })
    fails(function() increment(300) end, "bad argument #1 to 'increment_u8'", "got 300: out of range -128..255")
    fails(function() increment({}) end, "bad argument #1 to 'increment_u8'", "got table")
    fails(function() increment("x") end, "bad argument #1 to 'increment_u8'")
    helper.is_integer((outs(1, increment(255))), "0")
  end)

  it("are no result and no field type", function()
    fails(function() lib:call("id_i32", "ref i32", { "i32" }, 1) end)
    fails(function() ffi.struct({ { "x", "ref i32" } }) end)
    fails(function() lib:call("id_i32", "i32", { "ref void" }, 1) end)
    fails(function() lib:call("id_i32", "i32", { "ref foo" }, 1) end, "foo")
  end)
end)
