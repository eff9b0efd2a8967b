-- Who keeps what alive, and what happens after reset, after free and after collection. Cases that
-- guard against a defect known from the API's original implementation carry the defect's number.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local fails = helper.fails

local inner = ffi.struct({ { "a", "i32" }, { "b", "i32" } }, { name = "Inner" })
local outer = ffi.struct({ { "head", "i32" }, { "in", inner }, { "list", "i32", 4 }, { "pairs", inner, 2 } })
local SIZE = outer.size -- 44: head at 0, in at 4, list at 12, pairs at 28

-- Puts the numbers 100, 101, ... into the 11 integers of a block.
local function number(raw)
  for i = 0, 10 do
    raw:write(i * 4, "i32", 100 + i)
  end
  return raw
end

-- What can be derived from a RawPointer to such a block. Each row: a name, a function that derives,
-- a function that reads one integer through the result, and what that integer is.
local derivations = {
  { "a RawPointer", function(raw) return raw end, function(p) return p:read(8, "i32") end, 102 },
  { "p + n", function(raw) return raw + 8 end, function(p) return p:read(0, "i32") end, 102 },
  { "n + p", function(raw) return 8 + raw end, function(p) return p:read(4, "i32") end, 103 },
  { "p - n", function(raw) return raw + 40 - 8 end, function(p) return p:read(0, "i32") end, 108 },
  { "offset", function(raw) return raw:offset(12) end, function(p) return p:read(0, "i32") end, 103 },
  { "a TypedPointer", function(raw) return ffi.cast(raw, "i32") end, function(p) return p[4] end, 104 },
  { "a moved TypedPointer", function(raw) return ffi.cast(raw, "i32") + 5 end, function(p) return p[-1] end, 104 },
  { "a TypedPointer's raw form", function(raw) return (ffi.cast(raw, "i32") + 2):toRaw() end,
    function(p) return p:read(0, "i32") end, 102 },
  { "a TypedPointer of another type", function(raw) return ffi.cast(ffi.cast(raw, "u8") + 4, "u16") end,
    function(p) return p[0] end, 101 },
  { "a StructView", function(raw) return ffi.view(raw, outer) end, function(p) return p.head end, 100 },
  { "a StructView by cast", function(raw) return ffi.cast(raw, outer) end, function(p) return p.head end, 100 },
  { "a nested view", function(raw) return ffi.view(raw, outer)["in"] end, function(p) return p.b end, 102 },
  { "an array field", function(raw) return ffi.view(raw, outer).list end, function(p) return p[3] end, 106 },
  { "a moved array field", function(raw) return ffi.view(raw, outer).list + 1 end, function(p) return p[0] end, 104 },
  { "an element of an array of structs", function(raw) return ffi.view(raw, outer).pairs[1] end,
    function(p) return p.b end, 110 },
  { "a field's pointer", function(raw) return ffi.view(raw, outer):fieldPtr("in") end,
    function(p) return p:read(4, "i32") end, 102 },
  { "a view over a view", function(raw) return ffi.view(ffi.view(raw, outer), inner) end,
    function(p) return p.b end, 101 },
  { "a re-aimed view", function(raw)
    local view = inner:new()
    view:pointTo(raw + 4)
    return view
  end, function(p) return p.b end, 102 },
  { "a struct that was read", function(raw) return raw:read(4, inner) end, function(p) return p.a end, 101 },
  { "a struct that ffi.read gave", function(raw) return ffi.read(raw, 4, inner) end, function(p) return p.a end, 101 },
  { "a view by createView", function(raw) return inner:createView(raw + 4) end, function(p) return p.a end, 101 },
}

-- Where the block comes from.
local sources = {
  { "an arena", function() return ffi.arena():alloc(SIZE) end },
  { "an aligned allocation", function() return ffi.arena():allocAligned(SIZE, 64) end },
  { "a buffer", function() return ffi.buffer(SIZE):as_ptr() end },
  { "a slice", function() return ffi.buffer(SIZE + 20):slice(10, SIZE):slice(0, SIZE):as_ptr() end },
  { "an owned struct", function() return ffi.cast(outer:new(), "u8"):toRaw() end },
}

-- Collects, then uses as much memory of that size as it takes to overwrite what was released.
local function churn(size)
  helper.collect()
  local fill = ("\238"):rep(size)
  for _ = 1, 50 do
    ffi.copy(ffi.arena():alloc(size), fill, size)
    ffi.copy(ffi.arena():allocAligned(size, 64), fill, size)
    ffi.buffer(size):writeBytes(0, fill)
  end
  helper.collect()
end

for _, source in ipairs(sources) do
  describe("Memory of " .. source[1] .. " is kept alive (defects 2 and 4) by", function()
    local derived = {}
    lazy_setup(function()
      for i, row in ipairs(derivations) do
        derived[i] = row[2](number(source[2]()))
      end
      churn(SIZE)
    end)

    for i, row in ipairs(derivations) do
      it(row[1] .. " alone", function()
        assert.equals(row[4], row[3](derived[i]))
      end)
    end
  end)
end

describe("Memory is kept alive", function()
  it("by a pointer after its arena object is gone, for writing too (defect 2)", function()
    local pointers = {}
    for i = 1, 50 do
      pointers[i] = ffi.arena():alloc(256)
      ffi.fill(pointers[i], 256, i)
    end
    churn(256)
    for i = 1, 50 do
      assert.equals(string.char(i):rep(256), ffi.string(pointers[i], 256))
      pointers[i]:write(252, "i32", i)
    end
    for i = 1, 50 do
      assert.equals(i, pointers[i]:read(252, "i32"))
    end
  end)

  it("for all blocks of an arena while one pointer lives", function()
    local first, second
    do
      local arena = ffi.arena()
      first, second = arena:alloc(64), arena:alloc(64)
      second:write(0, "i32", 5)
    end
    first = first + 1
    churn(64)
    assert.equals(5, second:read(0, "i32"))
    assert.is_true(first.isManaged)
  end)

  it("by a slice after its buffer is gone (defect 4)", function()
    local slices = {}
    for i = 1, 50 do
      local buffer = ffi.buffer(128)
      ffi.fill(buffer, 128, i)
      slices[i] = buffer:slice(64, 32)
    end
    churn(128)
    for i = 1, 50 do
      assert.equals(string.char(i):rep(32), slices[i]:readBytes(0, 32))
    end
  end)

  it("by a table full of derived pointers, released with them", function()
    local held = {}
    for _, row in ipairs(derivations) do
      held[#held + 1] = { row[2](number(ffi.arena():alloc(SIZE))), row }
    end
    churn(SIZE)
    for _, entry in ipairs(held) do
      assert.equals(entry[2][4], entry[2][3](entry[1]))
    end
  end)

  it("by a view for its new target and no longer for its old one, after pointTo", function()
    local view = inner:new({ 1, 2 })
    for i = 1, 100 do
      local raw = ffi.arena():alloc(8)
      raw:write(4, "i32", i)
      view:pointTo(raw)
      raw = nil -- luacheck: ignore
      if i % 10 == 0 then
        churn(8)
      end
      assert.equals(i, view.b)
    end
  end)

  it("by a coroutine that holds it", function()
    local co = coroutine.create(function()
      local pointer = number(ffi.arena():alloc(SIZE)) + 8
      coroutine.yield()
      return pointer:read(0, "i32")
    end)
    coroutine.resume(co)
    churn(SIZE)
    local _, value = coroutine.resume(co)
    assert.equals(102, value)
  end)

  it("while a definition is used by a view alone", function()
    local view
    do
      local def = ffi.struct({ { "deep", ffi.struct({ { "v", "i16" }, { "w", "u8", 6 } }) } })
      view = def:new()
    end
    helper.collect()
    view.deep.w = "abcdef"
    assert.equals("abcdef", ffi.string(view.deep.w))
    local w = view.deep.w
    view = nil -- luacheck: ignore
    churn(8)
    assert.equals("abcdef", ffi.string(w))
  end)
end)

-- Bytes of resident memory, from the kernel.
local function resident()
  local file = assert(io.open("/proc/self/statm"))
  local pages = file:read("*a"):match("^%d+ (%d+)")
  file:close()
  return tonumber(pages) * 4096
end

describe("Memory is released", function()
  local MEGABYTE = 1048576

  for _, row in ipairs({
    { "an arena", function() return ffi.arena():alloc(8 * MEGABYTE) end },
    { "an arena that only derived pointers held", function()
      return ffi.cast(ffi.arena():alloc(8 * MEGABYTE), "i32") + 1
    end },
    { "a buffer", function() return ffi.buffer(8 * MEGABYTE):slice(0, 8 * MEGABYTE) end },
    { "an owned struct", function() return ffi.struct({ { "b", "u8", 8 * MEGABYTE } }):new() end },
  }) do
    it("when " .. row[1] .. " is unreachable", function()
      helper.collect()
      local before = resident()
      for _ = 1, 30 do
        local memory = row[2]()
        ffi.fill(memory, 8 * MEGABYTE - 4, 1)
        memory = nil -- luacheck: ignore
        helper.collect()
      end
      assert.is_true(resident() - before < 100 * MEGABYTE)
    end)
  end

  it("with its arena, when the last pointer to it is unreachable", function()
    local arena = ffi.arena()
    local block, array = arena:alloc(64), arena:allocArray("i32", 100)
    local seen = setmetatable({ arena, block, array }, { __mode = "v" })
    arena, array = nil, nil -- luacheck: ignore 311
    helper.collect()
    assert.is_not_nil(seen[1])
    block = nil -- luacheck: ignore 311
    helper.collect()
    assert.is_nil(next(seen))
  end)

  it("by reset and by free, while pointers still exist", function()
    helper.collect()
    local before = resident()
    local held, arena = {}, ffi.arena()
    for i = 1, 30 do
      held[i] = arena:alloc(8 * MEGABYTE)
      ffi.fill(held[i], 8 * MEGABYTE, 1)
      if i % 2 == 0 then
        arena:reset()
      else
        arena:free()
        arena = ffi.arena()
      end
    end
    assert.is_true(resident() - before < 100 * MEGABYTE)
    fails(function() held[1]:read(0, "u8") end, "use after free of the arena")
    fails(function() held[2]:read(0, "u8") end)
  end)
end)

-- Every use that must raise once the arena has been reset or freed. `p` was derived before.
local uses = {
  { "read", function(raw) raw:read(0, "i32") end },
  { "write", function(raw) raw:write(0, "i32", 1) end },
  { "read at the wrong place", function(raw) raw:read(4096, "i32") end },
  { "read after moving", function(raw) (raw + 4):read(0, "i32") end },
  { "ffi.read", function(raw) ffi.read(raw, 0, "u8") end },
  { "ffi.write", function(raw) ffi.write(raw, 0, "u8", 1) end },
  { "ffi.copy from it", function(raw) ffi.copy(ffi.buffer(4), raw, 4) end },
  { "ffi.copy to it", function(raw) ffi.copy(raw, ffi.buffer(4), 4) end },
  { "ffi.copy to it from a string", function(raw) ffi.copy(raw, "text", 4) end },
  { "ffi.fill", function(raw) ffi.fill(raw, 4, 1) end },
  { "ffi.string", function(raw) ffi.string(raw) end },
  { "ffi.string with a length", function(raw) ffi.string(raw, 4) end },
  { "ffi.cast", function(raw) ffi.cast(raw, "i32") end },
  { "ffi.cast to a struct", function(raw) ffi.cast(raw, outer) end },
  { "ffi.view", function(raw) ffi.view(raw, outer) end },
  { "createView", function(raw) outer:createView(raw) end },
  { "pointTo", function(raw) inner:new():pointTo(raw) end },
  { "reading a struct", function(raw) raw:read(0, inner) end },
  { "copying a nested struct from it", function(_, views) inner:new(views.outer["in"]) end },
  { "p[i]", function(_, views) local _ = views.typed[0] end },
  { "p[i] = v", function(_, views) views.typed[0] = 1 end },
  { "get", function(_, views) views.typed:get(1) end },
  { "set", function(_, views) views.typed:set(1, 1) end },
  { "p[i] after moving", function(_, views) local _ = (views.typed + 1)[0] end },
  { "a read through toRaw", function(_, views) views.typed:toRaw():read(0, "u8") end },
  { "ffi.read of a TypedPointer", function(_, views) ffi.read(views.typed, 0, "u8") end },
  { "reading a field", function(_, views) local _ = views.outer.head end },
  { "writing a field", function(_, views) views.outer.head = 1 end },
  { "writing a nested field", function(_, views) views.outer["in"].a = 1 end },
  { "writing a whole nested struct", function(_, views) views.outer["in"] = { 1, 2 } end },
  { "writing a whole array", function(_, views) views.outer.list = { 1, 2 } end },
  { "reading an array element", function(_, views) local _ = views.outer.list[0] end },
  { "a nested view's field", function(_, views) local _ = views.nested.a end },
  { "writing a nested view's field", function(_, views) views.nested.a = 1 end },
  { "an array field's element", function(_, views) local _ = views.list[1] end },
  { "writing an array field's element", function(_, views) views.list[1] = 1 end },
  { "an element of an array of structs", function(_, views) local _ = views.element.a end },
  { "a read through a field's pointer", function(_, views) views.field:read(0, "i32") end },
  { "using a view as an element's value", function(_, views)
    outer:new().pairs[0] = views.nested
  end },
  { "using a view as a field's value", function(_, views) outer:new()["in"] = views.nested end },
  { "using a view as an initial value", function(_, views) inner:new(views.nested) end },
  { "writing a view into memory", function(_, views) ffi.write(ffi.buffer(8), 0, inner, views.nested) end },
}

local function derive(raw)
  local view = ffi.view(raw, outer)
  return {
    typed = ffi.cast(raw, "i32"),
    outer = view,
    nested = view["in"],
    list = view.list,
    element = view.pairs[1],
    field = view:fieldPtr("in"),
  }
end

for _, ending in ipairs({
  { "reset", "use after reset of the arena", function(arena) arena:reset() end },
  { "free", "use after free of the arena", function(arena) arena:free() end },
}) do
  describe("After " .. ending[1] .. " of the arena (defect 3),", function()
    for _, use in ipairs(uses) do
      it(use[1] .. " raises", function()
        local arena = ffi.arena()
        local raw = number(arena:alloc(SIZE))
        local views = derive(raw)
        ending[3](arena)
        fails(function() use[2](raw, views) end, ending[2])
      end)
    end

    it("handing a pointer to C raises", function()
      local lib = ffi.load(helper.fixture("numbers"), { sum_i32 = { args = { "pointer", "usize" }, ret = "i64" } })
      local arena = ffi.arena()
      local raw = number(arena:alloc(SIZE))
      local views = derive(raw)
      assert.equals(201, lib.sum_i32(raw, 2))
      ending[3](arena)
      for _, pointer in ipairs({ raw, raw + 4, views.typed, views.outer, views.list, views.field }) do
        fails(function() lib.sum_i32(pointer, 2) end, "bad argument #1 to 'sum_i32'", ending[2])
        fails(function() lib:call("sum_i32", "i64", { "pointer", "usize" }, pointer, 2) end, ending[2])
      end
    end)

    it("address, text, comparison and arithmetic still work", function()
      local arena = ffi.arena()
      local raw = arena:alloc(8)
      local address, text = raw.addr, tostring(raw)
      ending[3](arena)
      assert.equals(address, raw.addr)
      assert.equals(text, tostring(raw))
      assert.is_true(raw == raw + 0)
      assert.equals(address + 4, raw:offset(4).addr)
      assert.is_false(raw.isNull)
    end)

    it("every use keeps raising, after collections and new allocations too", function()
      local arena = ffi.arena()
      local raw = number(arena:alloc(SIZE))
      local views = derive(raw)
      ending[3](arena)
      churn(SIZE)
      arena = nil -- luacheck: ignore
      churn(SIZE)
      for _, use in ipairs(uses) do
        fails(function() use[2](raw, views) end, ending[2])
      end
    end)
  end)
end

describe("After reset, the arena's new blocks", function()
  it("work, while pointers to the old ones go on raising (defect 3)", function()
    local arena = ffi.arena()
    local old = {}
    for round = 1, 20 do
      local raw = arena:alloc(64)
      raw:write(0, "i32", round)
      for _, stale in ipairs(old) do
        fails(function() stale:read(0, "i32") end, "use after reset of the arena")
        fails(function() stale:write(0, "i32", 0) end, "use after reset of the arena")
      end
      assert.equals(round, raw:read(0, "i32"))
      old[#old + 1] = raw
      arena:reset()
    end
  end)

  it("do not revive an old pointer that has the same address", function()
    local arena = ffi.arena()
    local stale = {}
    for _ = 1, 100 do
      local raw = arena:alloc(32)
      stale[raw.addr] = raw
      arena:reset()
      local fresh = arena:alloc(32)
      local twin = stale[fresh.addr]
      if twin then
        fails(function() twin:read(0, "u8") end, "use after reset of the arena")
      end
      fresh:write(0, "u8", 1)
      assert.equals(1, fresh:read(0, "u8"))
      arena:reset()
    end
  end)

  it("can be the new target of a view whose old one is gone", function()
    local arena = ffi.arena()
    local view = ffi.view(arena:alloc(8), inner)
    arena:reset()
    fails(function() local _ = view.a end, "use after reset of the arena")
    view:pointTo(arena:alloc(8))
    view.a = 5
    assert.equals(5, view.a)
  end)

  it("are distinct from what views over unmanaged memory see", function()
    local arena = ffi.arena()
    local raw = arena:alloc(8)
    local other = ffi.buffer(8)
    local unmanaged = ffi.ptr(other)
    arena:reset()
    unmanaged:write(0, "i32", 4)
    assert.equals(4, other:read(0, "i32"))
    fails(function() ffi.copy(unmanaged, raw, 4) end, "use after reset of the arena")
    assert.equals(4, other:read(0, "i32"))
  end)
end)

describe("Bounds (defect 9)", function()
  it("hold at the exact end of a block", function()
    local raw = ffi.arena():alloc(8)
    local past = raw + 8
    fails(function() past:read(0, "u8") end, "out of bounds")
    fails(function() past:write(0, "u8", 1) end, "out of bounds")
    fails(function() local _ = ffi.cast(past, "u8")[0] end, "out of bounds")
    fails(function() ffi.cast(past, "u8")[0] = 1 end, "out of bounds")
    fails(function() ffi.fill(past, 1, 1) end, "out of bounds")
    fails(function() ffi.copy(past, "x", 1) end, "out of bounds")
    fails(function() ffi.string(past, 1) end, "out of bounds")
    fails(function() ffi.view(past, inner) end, "out of bounds")
    fails(function() local _ = (ffi.cast(raw, "u8") + 8)[0] end, "out of bounds")
  end)

  it("hold after negative moves", function()
    local raw = ffi.arena():alloc(8)
    for _, pointer in ipairs({ raw - 1, raw:offset(-1), raw + 4 - 5, (ffi.cast(raw, "u8") - 1):toRaw() }) do
      fails(function() pointer:read(0, "u8") end, "out of bounds")
      fails(function() pointer:write(0, "i64", 0) end, "out of bounds")
      fails(function() pointer:read(9, "u8") end, "out of bounds")
      fails(function() ffi.fill(pointer, 4, 1) end, "out of bounds")
    end
    local back = raw + 6 - 4
    back:write(5, "u8", 1)
    fails(function() back:write(6, "u8", 1) end, "out of bounds", "6 bytes are accessible")
    assert.equals(("\0"):rep(7) .. "\1", ffi.string(raw, 8))
  end)

  it("hold after moving beyond the end and back", function()
    local raw = ffi.arena():alloc(8)
    local pointer = raw + 100 - 96
    pointer:write(0, "i32", 1)
    fails(function() pointer:write(1, "i32", 1) end, "out of bounds", "4 bytes are accessible")
  end)

  it("hold for blocks smaller than an element", function()
    for size = 1, 7 do
      local pointer = ffi.cast(ffi.arena():alloc(size), "f64")
      assert.equals(0, pointer.count)
      fails(function() local _ = pointer[0] end, "out of bounds")
      fails(function() pointer[0] = 1 end, "out of bounds")
      fails(function() pointer:toRaw():read(0, "f64") end, "out of bounds")
    end
  end)

  it("hold for Buffers cast to pointers", function()
    local buffer = ffi.buffer(8)
    local pointer = ffi.cast(buffer, "i32")
    assert.equals(2, pointer.count)
    fails(function() pointer[2] = 1 end, "out of bounds")
    fails(function() local _ = pointer[1000000] end, "out of bounds")
    fails(function() pointer:toRaw():write(8, "u8", 1) end, "out of bounds")
  end)

  it("hold for a 44-byte struct over a 1-byte block", function()
    local raw = ffi.arena():alloc(1)
    fails(function() ffi.view(raw, outer) end, "out of bounds")
    fails(function() ffi.cast(raw, outer) end, "out of bounds")
    local view = outer:new()
    fails(function() view:pointTo(raw) end, "out of bounds")
    view.head = 4
    assert.equals(4, view.head)
  end)

  it("hold for fills far past the end", function()
    local raw = ffi.arena():alloc(16)
    fails(function() ffi.fill(raw, 100000000, 1) end, "out of bounds")
    fails(function() ffi.fill(ffi.cast(raw, "i32"), 17, 1) end, "out of bounds")
    fails(function() ffi.copy(raw, ffi.buffer(64), 17) end, "out of bounds")
    assert.equals(("\0"):rep(16), ffi.string(raw, 16))
  end)

  it("make null views and null reads errors", function()
    fails(function() ffi.view(ffi.nullPtr, inner) end, "null pointer")
    fails(function() ffi.view(ffi.null, inner) end, "null pointer")
    fails(function() ffi.read(ffi.cast(ffi.nullPtr, "i32"), 0, "i32") end, "null pointer")
    fails(function() ffi.write(ffi.cast(ffi.nullPtr, "i32"), 0, "i32", 1) end, "null pointer")
    fails(function() ffi.fill(ffi.cast(ffi.nullPtr, "i32"), 4, 1) end, "null pointer")
  end)

  it("make null an error after moving as well", function()
    for _, use in ipairs({
      "ffi.nullPtr:offset(16):read(0, 'u8')",
      "(ffi.nullPtr + 16):write(0, 'u8', 1)",
      "local _ = (ffi.cast(ffi.nullPtr, 'i32') + 4)[0]",
      "ffi.fill(ffi.nullPtr + 16, 4, 1)",
      "ffi.string(ffi.nullPtr + 16)",
    }) do
      local output, status = interpreter.run("-e", ("local ffi = require('lunaffi')\n"
        .. "print((pcall(function() %s end)))"):format(use))
      assert.equals("false\n", output)
      assert.equals(0, status)
    end
  end)
end)

describe("Numbers (defect 10)", function()
  it("of 64 bits keep 2^53 + 1, the largest u64 and the smallest i64", function()
    local raw = ffi.arena():alloc(8)
    for _, row in ipairs({
      { "i64", "9007199254740993" }, { "u64", "9007199254740993" }, { "u64", "18446744073709551615" },
      { "i64", "-9223372036854775808" }, { "usize", "9223372036854775808" }, { "isize", "-9007199254740993" },
    }) do
      local ctype, digits = row[1], row[2]
      raw:write(0, ctype, digits)
      helper.is_integer(raw:read(0, ctype), digits)
      helper.is_integer(ffi.cast(raw, ctype)[0], digits)
      helper.is_integer(ffi.unsafe.read(raw, ctype), digits)
      local view = ffi.struct({ { "v", ctype } }):new({ digits })
      helper.is_integer(view.v, digits)
      view.v = raw:read(0, ctype)
      assert.equals(ffi.string(raw, 8), ffi.string(view, 8))
    end
  end)

  it("out of range raise instead of wrapping, through every way to write", function()
    local raw = ffi.arena():alloc(4)
    local buffer, typed = ffi.buffer(4), ffi.cast(raw, "u8")
    local view = ffi.struct({ { "v", "u8" }, { "list", "u8", 2 } }):new()
    for _, write in ipairs({
      function() raw:write(0, "u8", 300) end,
      function() ffi.write(raw, 0, "u8", 300) end,
      function() ffi.unsafe.write(raw, "u8", 300) end,
      function() buffer:write(0, "u8", 300) end,
      function() typed[0] = 300 end,
      function() typed:set(0, 300) end,
      function() view.v = 300 end,
      function() view.list = { 1, 300 } end,
      function() view.list[0] = 300 end,
      function() ffi.struct({ { "v", "u8" } }):new({ 300 }) end,
    }) do
      fails(write, "u8 expected, got 300: out of range -128..255")
    end
    assert.equals("\0\0\0\0", ffi.string(raw, 4))
    assert.equals("\0\0\0\0", buffer:readBytes(0, 4))
    assert.equals("\0\0\0", ffi.string(view, 3))
  end)
end)

describe("Access (defect 11)", function()
  it("is possible at any alignment, through every way to read and write", function()
    local raw = ffi.arena():alloc(64)
    for shift = 1, 7 do
      local pointer = raw + shift
      pointer:write(0, "f64", 3.14)
      assert.equals(3.14, ffi.cast(pointer, "f64")[0])
      ffi.cast(pointer, "f64")[1] = 2.5
      assert.equals(2.5, ffi.unsafe.read(pointer.addr + 8, "f64"))
      local view = ffi.view(pointer, ffi.struct({ { "a", "f64" }, { "b", "f64" }, { "c", "i64" } }))
      assert.equals(2.5, view.b)
      view.c = -1
      assert.equals(-1, ffi.read(raw, shift + 16, "i64"))
    end
  end)

  it("copies overlapping memory as if through a second buffer", function()
    local raw = ffi.arena():alloc(1000)
    local expected = {}
    for i = 0, 999 do
      raw:write(i, "u8", i % 251)
      expected[i + 1] = string.char(i % 251)
    end
    local text = table.concat(expected)
    ffi.copy(raw + 1, raw, 999)
    assert.equals(text:sub(1, 1) .. text:sub(1, 999), ffi.string(raw, 1000))
    ffi.copy(raw, raw + 1, 999)
    assert.equals(text:sub(1, 999), ffi.string(raw, 999))
  end)

  it("reads bytes above 1 as the boolean true", function()
    local raw = ffi.arena():alloc(1)
    local view = ffi.view(raw, ffi.struct({ { "flag", "bool" } }))
    for _, byte in ipairs({ 1, 2, 3, 128, 255 }) do
      raw:write(0, "u8", byte)
      assert.is_true(raw:read(0, "bool"))
      assert.is_true(ffi.cast(raw, "bool")[0])
      assert.is_true(view.flag)
      assert.is_true(ffi.unsafe.read(raw, "bool"))
      assert.is_true(raw:read(0, "bool") == true)
    end
  end)
end)

describe("Definitions and names", function()
  it("refuse a bad array length instead of making a scalar (defect 14)", function()
    fails(function() ffi.struct({ { "a", "i32", -1 } }) end)
    fails(function() ffi.struct({ { "a", "i32", "x" } }) end)
    fails(function() ffi.struct({ { "a", "i32", {} } }) end)
  end)

  it("allow nested and packed structs and unions (defect 15)", function()
    local part = ffi.union({ { "i", "i32" }, { "f", "f32" } })
    local whole = ffi.struct({ { "kind", "u8" }, { "part", part }, { "more", part, 2 } }, { packed = true })
    assert.equals(13, whole.size)
    local view = whole:new({ kind = 1, part = { f = 1 } })
    assert.equals(0x3f800000, view.part.i)
    view.more[1].i = 9
    assert.equals(9, ffi.read(view, 9, "i32"))
  end)

  it("let fields be called size and addr (defect 17)", function()
    local view = ffi.struct({ { "size", "i32" }, { "addr", "i32" } }):new({ 5, 6 })
    assert.equals(5, view.size)
    assert.equals(6, view.addr)
  end)

  it("keep text that is no UTF-8 (defect 18)", function()
    local buffer = ffi.buffer(8)
    buffer:writeString(0, "\233\255\128\192")
    assert.equals("\233\255\128\192", buffer:readString())
    assert.equals("\233\255\128\192", ffi.string(buffer))
    assert.equals("\233\255\128\192", ffi.string(buffer.ptr))
  end)
end)

describe("Huge sizes (defect 19)", function()
  local HUGE = { 2 ^ 53, 2 ^ 61, 2 ^ 62, 2 ^ 63, 2 ^ 64, "9223372036854775807", "18446744073709551615", 1e300 }
  local arena, raw, buffer = ffi.arena(), ffi.arena():alloc(8), ffi.buffer(8)
  local typed = ffi.cast(raw, "i32")

  for _, row in ipairs({
    { "alloc", function(n) arena:alloc(n) end },
    { "allocAligned", function(n) arena:allocAligned(n, 16) end },
    { "allocArray", function(n) arena:allocArray("i64", n) end },
    { "ffi.buffer", function(n) ffi.buffer(n) end },
    { "ffi.struct", function(n) ffi.struct({ { "a", "f64", n } }):new() end },
    { "slice", function(n) buffer:slice(1, n) end },
    { "slice's offset", function(n) buffer:slice(n, 1) end },
    { "readBytes", function(n) buffer:readBytes(0, n) end },
    { "readString", function(n) buffer:readString(n) end },
    { "writeString", function(n) buffer:writeString(n, "x") end },
    { "ffi.fill", function(n) ffi.fill(raw, n, 0) end },
    { "ffi.copy", function(n) ffi.copy(raw, buffer, n) end },
    { "ffi.string", function(n) ffi.string(raw, n) end },
    { "read", function(n) raw:read(n, "u8") end },
    { "write", function(n) raw:write(n, "u8", 1) end },
    { "get", function(n) typed:get(n) end },
    { "set", function(n) typed:set(n, 1) end },
  }) do
    it("raise from " .. row[1] .. " and nothing else happens", function()
      for _, size in ipairs(HUGE) do
        fails(function() row[2](size) end)
      end
      assert.equals(0, arena.allocationCount)
      assert.equals(("\0"):rep(8), ffi.string(raw, 8))
      assert.equals(("\0"):rep(8), buffer:readBytes(0, 8))
    end)
  end
end)

describe("Nothing is written to stderr (defect 19)", function()
  it("when memory functions raise", function()
    local output, status = interpreter.run("-e", [[
      local ffi = require("lunaffi")
      local arena = ffi.arena()
      local raw = arena:alloc(4)
      local function try(f) assert(not pcall(f)) end
      try(function() raw:read(4, "u8") end)
      try(function() raw:write(0, "u8", 300) end)
      try(function() ffi.buffer(2 ^ 62) end)
      try(function() arena:alloc(0) end)
      try(function() ffi.struct({ { "a", "void" } }) end)
      try(function() ffi.read(ffi.nullPtr, 0, "i32") end)
      arena:reset()
      try(function() raw:read(0, "u8") end)
    ]])
    assert.equals("", output)
    assert.equals(0, status)
  end)
end)

describe("A state that closes", function()
  it("releases arenas, buffers, views and slices in any order", function()
    local output, status = interpreter.run("-e", [[
      local ffi = require("lunaffi")
      local def = ffi.struct({ { "a", "i32" }, { "b", "u8", 12 } })
      held = {}
      for i = 1, 100 do
        local arena = ffi.arena()
        local raw = arena:alloc(64)
        local buffer = ffi.buffer(64)
        held[i] = { buffer:slice(8, 8), raw + 4, ffi.view(raw, def).b, ffi.cast(buffer, "i32"), def:new(), arena }
        if i % 3 == 0 then arena:reset() end
        if i % 5 == 0 then arena:free() end
      end
      print("done")
    ]])
    assert.equals("done\n", output)
    assert.equals(0, status)
  end)

  it("may have an id of 1 for its first arena", function()
    local output = interpreter.run("-e", [[
      local ffi = require("lunaffi")
      print(ffi.arena().id, ffi.arena().id)
    ]])
    assert.equals("1\t2\n", output)
  end)
end)

describe("With a collector that runs between all instructions,", function()
  it("every derivation reads what was written", function()
    local output, status = interpreter.run("-e", [[
      local ffi = require("lunaffi")
      if jit then jit.off() end
      local inner = ffi.struct({ { "a", "i32" }, { "b", "i32" } })
      local outer = ffi.struct({ { "head", "i32" }, { "at", inner }, { "list", "i32", 4 }, { "pairs", inner, 2 } })
      debug.sethook(function() collectgarbage("collect") end, "", 1)
      for round = 1, 3 do
        local raw = ffi.arena():alloc(outer.size)
        for i = 0, 10 do raw:write(i * 4, "i32", 100 + i) end
        assert((raw + 8):read(0, "i32") == 102)
        assert(ffi.cast(raw, "i32")[4] == 104)
        assert((ffi.cast(raw, "i32") + 3)[-1] == 102)
        local view = ffi.view(raw, outer)
        assert(view.at.b == 102 and view.list[3] == 106 and view.pairs[1].b == 110)
        view.at = { 1, 2 }
        view.list = { 3, 4, 5, 6 }
        view.pairs = { view.at, { b = 8 } }
        assert(view.at.b == 2 and view.list[1] == 4 and view.pairs[0].a == 1 and view.pairs[1].b == 8)
        local copy = outer:new(view)
        assert(copy.list[3] == 6)
        local slice = ffi.buffer(32):slice(8, 16):slice(4, 8)
        slice:writeString(0, "text")
        assert(slice:readString() == "text" and ffi.string(slice) == "text")
        assert(not pcall(function() slice:write(8, "u8", 1) end))
        assert(not pcall(function() view.at = { 1, {} } end))
        assert(view.at.a == 1)
        local big = ffi.buffer(8)
        big:write(0, "u64", "18446744073709551615")
        assert(tostring(big:read(0, "u64")) == "18446744073709551615")
      end
      debug.sethook()
      print("done")
    ]])
    assert.equals("done\n", output)
    assert.equals(0, status)
  end)
end)

describe("A view that is aimed at itself", function()
  it("still keeps its own memory for what is derived from it", function()
    local view = ffi.struct({ { "x", "i32" } }):new({ x = 77 })
    view:pointTo(view)
    local pointer = view:fieldPtr("x")
    view = nil -- luacheck: ignore 311
    helper.collect()
    for _ = 1, 100 do
      ffi.fill(ffi.buffer(16), 16, 0xEE)
    end
    assert.equals(77, pointer:read(0, "i32"))
  end)
end)
