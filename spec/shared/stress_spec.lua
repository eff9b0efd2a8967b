-- Nothing but Lua errors: every entry of the API with every kind of odd value, and long random runs
-- against a model. The seeds are fixed: a failure comes again.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local collect, unpack = helper.collect, helper.unpack
local NUMBERS, CALLBACKS = helper.fixture("numbers"), helper.fixture("callbacks")

-- A generator with the same sequence on every Lua: all products stay exact in a double.
local function generator(seed)
  local state = seed
  return function(limit)
    state = (state * 16807) % 2147483647
    return state % limit
  end
end

-- Odd values -----------------------------------------------------------------------------------

-- One object of every kind; `stale` and `freed` are what is left of dead ones.
local function objects()
  local o = {}
  o.arena = ffi.arena()
  o.raw = o.arena:alloc(64)
  o.typed = ffi.cast(o.arena:alloc(64), "i32")
  local nested = ffi.struct({ { "x", "i16" } })
  o.definition = ffi.struct({ { "a", "i32" }, { "b", "f64" }, { "c", "u8", 8 }, { "n", nested } })
  o.view = o.definition:new()
  o.union = ffi.union({ { "i", "i32" }, { "f", "f32" } })
  o.buffer = ffi.buffer(64)
  o.slice = o.buffer:slice(8, 16)
  o.library = ffi.load(NUMBERS)
  o.legacy = ffi.open(NUMBERS)
  o.smart = ffi.load(NUMBERS, {
    add = { args = { "i32", "i32" }, ret = "i32" }, is_null = { args = { "pointer" }, ret = "bool" },
    id_f64 = { args = { "f64" }, ret = "f64" }, id_i8 = { args = { "i8" }, ret = "i8" }, ANSWER = 42,
  })
  o.bound = o.smart.add
  o.callback = ffi.callback(function() end, "i32", { "i32" })
  o.boxed = helper.u64("18446744073709551615")
  local dead = ffi.arena()
  o.stale = dead:alloc(16)
  dead:reset()
  o.freed = ffi.callback(function() end, "void", {})
  o.freed:free()
  o.closed = ffi.load(NUMBERS)
  o.closed:close()
  return o
end

-- Everything a script might pass. No type name that dereferences what memory holds ("string"), no
-- address and no name of a C function, whose prototype would be wrong: those are unsafe by nature.
local function odd_values(o)
  return {
    n = 50,
    nil, true, false, 0, 1, -1, 3, 0.5, 0 / 0, 1 / 0, -1 / 0, 2 ^ 53, 1e300, 255, 256, 8, "", "i32", "void", "u8",
    "f64*", "ref i32", "pointer", "x", "no_such_name", "12", "a\0b", ("long"):rep(500), {}, { "i32", "i32" },
    { 1, 2, 3 }, { { "a", "i32" }, { "b", "u8", 3 } }, { a = { ret = "i32", optional = true } }, function() end,
    coroutine.create(function() end), io.stdout, ffi.null, ffi.nullPtr, o.arena, o.raw, o.typed, o.definition, o.view,
    o.buffer, o.library, o.callback, o.boxed, o.stale, o.freed, o.bound,
  }
end

-- The third argument comes from fewer: the interesting ones.
local FEW = { 2, 5, 6, 12, 18, 27, 30, 40, 44 }

-- Entries that are unsafe by nature; gc has a case of its own, with a finalizer that is harmless.
local UNSAFE = { unsafe = true, ptr = true, callPtr = true, gc = true }

-- Calls fn with every combination of up to three values after `fixed`. Only errors that are strings
-- with a position may come out.
local function try_all(name, fn, values, fixed)
  local a, b, c, count
  local run
  if fixed == nil then
    run = function()
      if count == 0 then fn() elseif count == 1 then fn(a) elseif count == 2 then fn(a, b) else fn(a, b, c) end
    end
  else
    run = function()
      if count == 0 then fn(fixed) elseif count == 1 then fn(fixed, a)
      elseif count == 2 then fn(fixed, a, b) else fn(fixed, a, b, c) end
    end
  end
  local function check()
    local ok, message = pcall(run)
    if not ok and not (type(message) == "string" and message:find("^[^\n]-%.lua:%d+: ")) then
      error(("%s with %d values (%s, %s, %s) raised %s: %s"):format(
        name, count, tostring(a), tostring(b), tostring(c), type(message), tostring(message)), 0)
    end
  end
  count = 0
  check()
  for i = 1, values.n do
    count, a, b, c = 1, values[i], nil, nil
    check()
    for j = 1, values.n do
      count, b, c = 2, values[j], nil
      check()
      count = 3
      for _, k in ipairs(FEW) do
        c = values[k]
        check()
      end
    end
  end
end

-- The library still works, whatever was tried.
local function still_works()
  local o = objects()
  helper.is_integer(o.bound(1, 2), "3")
  helper.is_integer(o.library:call("add", "i32", { "i32", "i32" }, 10, 20), "30")
  o.raw:write(4, "f64", 2.5)
  assert.equals(2.5, o.raw:read(4, "f64"))
  o.typed[15] = 7
  helper.is_integer(o.typed[15], "7")
  o.view.n.x = -5
  helper.is_integer(o.view.n.x, "-5")
  o.buffer:writeString(0, "text")
  assert.equals("text", o.buffer:readString())
  helper.is_integer(ffi.callback(function(x) return x + 1 end, "i32", { "i32" })(5), "6")
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local METHODS = {
  arena = { "alloc", "allocAligned", "allocType", "allocArray", "reset", "free" },
  raw = { "read", "write", "offset", "toLightUserData" },
  typed = { "get", "set", "toRaw", "toLightUserData" },
  definition = { "offsetOf", "sizeOf", "fields", "new", "createView" },
  union = { "offsetOf", "sizeOf", "fields", "new" },
  view = { "fieldPtr" },
  buffer = { "read", "write", "readBytes", "writeBytes", "readString", "writeString", "zero", "slice", "as_ptr" },
  slice = { "read", "write", "readBytes", "writeBytes", "readString", "writeString", "zero", "slice", "as_ptr" },
  library = {
    "call", "callInt", "callIntArg", "callDouble", "callString", "callVoid", "getSymbol", "hasSymbol", "listExports",
    "close",
  },
  legacy = { "call", "callInt", "getSymbol", "hasSymbol", "close" },
  smart = { "call", "callInt", "getSymbol", "hasSymbol", "close" },
  closed = { "call", "callInt", "getSymbol", "hasSymbol", "listExports", "close" },
  callback = { "getPtr", "free" },
  freed = { "getPtr", "free" },
  boxed = { "tonumber", "tostring", "hex" },
  stale = { "read", "write", "offset", "toLightUserData" },
}

describe("nothing but Lua errors come out of", function()
  after_each(function()
    ffi.onCallbackError(nil)
    ffi.errno(0)
    collect()
    still_works()
  end)

  for _, name in ipairs(sorted_keys(ffi)) do
    if type(ffi[name]) == "function" and not UNSAFE[name] then
      it("ffi." .. name .. " with any values", function()
        try_all("ffi." .. name, ffi[name], odd_values(objects()))
      end)
    end
  end

  it("ffi.gc with any values and a harmless finalizer", function()
    local o = objects()
    local values = odd_values(o)
    for i = 1, values.n do
      local ok, message = pcall(function() ffi.gc(values[i], function() end) end)
      assert.is_true(ok or type(message) == "string")
      ok, message = pcall(function() ffi.gc(o.raw, values[i]) end)
      assert.is_true(ok or type(message) == "string")
    end
    ffi.gc(o.raw, nil)
  end)

  for _, name in ipairs(sorted_keys(ffi.library)) do
    if type(ffi.library[name]) == "function" and not UNSAFE[name] then
      it("ffi.library." .. name .. " with any values", function()
        try_all("ffi.library." .. name, ffi.library[name], odd_values(objects()))
      end)
    end
  end

  for _, kind in ipairs(sorted_keys(METHODS)) do
    for _, name in ipairs(METHODS[kind]) do
      it("the method " .. name .. " of " .. kind .. " with any values", function()
        local o = objects()
        try_all(kind .. ":" .. name, o[kind][name], odd_values(o), o[kind])
      end)
    end
  end

  it("calls of a real function with any types and values", function()
    local o = objects()
    local values = odd_values(o)
    -- not callString: its result would be an address that add computed
    for _, name in ipairs({ "call", "callInt", "callIntArg", "callDouble", "callVoid" }) do
      local method = o.library[name]
      try_all(name, function(...) method(o.library, "add", ...) end, values)
      try_all(name, function(a, ...) method(o.library, "add", a, { "i32", "i32" }, ...) end, values)
    end
  end)

  it("every method with any self", function()
    local o = objects()
    local values = odd_values(o)
    for _, kind in ipairs(sorted_keys(METHODS)) do
      for _, name in ipairs(METHODS[kind]) do
        local method = o[kind][name]
        for i = 1, values.n do
          for j = 1, values.n, 3 do
            local ok, message = pcall(function() method(values[i], values[j], values[j]) end)
            assert.is_true(ok or type(message) == "string" and message:find("%.lua:%d+: ") ~= nil, tostring(message))
          end
        end
      end
    end
  end)

  it("bound functions and callbacks with any values", function()
    local o = objects()
    for _, name in ipairs({ "add", "is_null", "id_f64", "id_i8" }) do
      try_all(name, o.smart[name], odd_values(o))
    end
    try_all("callback", o.callback, odd_values(o))
    try_all("freed", o.freed, odd_values(o))
  end)

  it("callbacks that return any value for any type", function()
    local o = objects()
    local values = odd_values(o)
    local result
    for _, type_name in ipairs({ "void", "bool", "i8", "u8", "i32", "u64", "f32", "f64", "pointer", "string", "i32*",
      o.definition, o.union }) do
      local cb = ffi.callback(function() return result end, type_name, {})
      for i = 1, values.n do
        result = values[i]
        local ok, message = pcall(function() cb() end)
        assert.is_true(ok or type(message) == "string")
      end
    end
  end)

  it("indexing with any key, and assigning any value", function()
    local o = objects()
    local values = odd_values(o)
    for _, kind in ipairs(sorted_keys(o)) do
      local object = o[kind]
      if kind ~= "bound" then
        for i = 1, values.n do
          local ok, message = pcall(function() return object[values[i]] end)
          assert.is_true(ok or type(message) == "string", kind)
          for j = 1, values.n do
            ok, message = pcall(function() object[values[i]] = values[j] end)
            assert.is_true(ok or type(message) == "string", kind)
          end
        end
        for _, field in ipairs({ "a", "b", "c", "n", "addr", "size", "path", "ptr", "isNull", "stride", "count" }) do
          for j = 1, values.n do
            local ok, message = pcall(function() object[field] = values[j] end)
            assert.is_true(ok or type(message) == "string", kind)
          end
        end
      end
    end
  end)

  it("operators on any values", function()
    local o = objects()
    local values = odd_values(o)
    local operators = {
      function(a, b) return a + b end, function(a, b) return a - b end, function(a, b) return a * b end,
      function(a, b) return a / b end, function(a, b) return a % b end, function(a, b) return a ^ b end,
      function(a, b) return a .. b end, function(a, b) return a == b end, function(a, b) return a < b end,
      function(a, b) return a <= b end, function(a) return -a end, function(a) return #a end,
      function(a) return tostring(a) end, function(a, b) return a(b) end,
    }
    if helper.can("bit operators") then
      for _, source in ipairs({ "a & b", "a | b", "a ~ b", "a << b", "a >> b", "a // b", "~a" }) do
        operators[#operators + 1] = helper.eval("return function(a, b) return " .. source .. " end")
      end
    end
    for _, kind in ipairs(sorted_keys(o)) do
      for _, operator in ipairs(operators) do
        for i = 1, values.n do
          local ok, message = pcall(operator, o[kind], values[i])
          assert.is_true(ok or type(message) == "string", kind)
          ok, message = pcall(operator, values[i], o[kind])
          assert.is_true(ok or type(message) == "string", kind)
        end
      end
    end
  end)

  it("pairs, ipairs, unpack, sort and other library functions on any object", function()
    local o = objects()
    for _, kind in ipairs(sorted_keys(o)) do
      local object = o[kind]
      for _, fn in ipairs({ pairs, ipairs, unpack, table.sort, table.concat, next, getmetatable, rawlen or rawequal,
        string.format, io.type }) do
        local ok, message = pcall(fn, object, object)
        assert.is_true(ok or type(message) == "string", kind)
      end
      local count = 0
      pcall(function()
        for _ in pairs(object) do
          count = count + 1
        end
      end)
      assert.equals(kind == "smart" and 5 or 0, count)
    end
  end)

  it("tables that raise, lie or change while they are read", function()
    local hostile = {
      setmetatable({}, { __index = function() error("index") end, __len = function() error("len") end }),
      setmetatable({}, { __index = function() return "i32" end }),
      setmetatable({}, { __len = function() return 1e9 end }),
      setmetatable({}, { __len = function() return "many" end }),
      setmetatable({ "i32" }, { __pairs = function() error("pairs") end }),
      setmetatable({}, { __index = function(t, k)
        rawset(t, k, "i32")
        collectgarbage("collect")
        return "i32"
      end }),
    }
    hostile[#hostile + 1] = hostile
    local lib = ffi.load(NUMBERS)
    local definition = ffi.struct({ { "a", "i32" }, { "b", "i32", 3 } })
    local view = definition:new()
    for _, t in ipairs(hostile) do
      for _, fn in ipairs({
        function() lib:call("noop", "void", t) end,
        function() lib:call("add", "i32", t, 1, 2) end,
        function() ffi.callback(print, "void", t) end,
        function() ffi.load(NUMBERS, t) end,
        function() ffi.load(NUMBERS, { add = t }) end,
        function() ffi.load(NUMBERS, { add = { args = t } }) end,
        function() ffi.struct(t) end,
        function() ffi.struct({ t }) end,
        function() ffi.struct({ { "a", "i32" } }, t) end,
        function() definition:new(t) end,
        function() definition:new({ b = t }) end,
        function() view.b = t end,
        function() ffi.load(helper.fixture("variadics")):call("sum_ints", "i32", { "i32", "..." }, 1, t) end,
      }) do
        local ok, message = pcall(fn)
        assert.is_true(ok or type(message) == "string", tostring(message))
      end
    end
  end)
end)

-- Random runs against a model ------------------------------------------------------------------

local SIZES = { i8 = 1, u8 = 1, i16 = 2, u16 = 2, i32 = 4, u32 = 4, i64 = 8, u64 = 8, f32 = 4, f64 = 8, bool = 1 }
local TYPE_NAMES = sorted_keys(SIZES)

describe("random operations", function()
  -- Bytes as a table: integers little-endian, as the platforms that the fixtures know store them.
  it("on memory leave exactly the bytes that a model has", function()
    local random = generator(20240)
    local SIZE = 128
    local arena = ffi.arena()
    arena:alloc(16)
    local raw = arena:alloc(SIZE)
    local after = arena:alloc(16)
    local buffer = ffi.buffer(SIZE)
    local views = { raw, buffer, ffi.cast(raw, "u8"), buffer:as_ptr(), raw + 0 }
    local models = { {}, {} }
    for i = 1, SIZE do
      models[1][i], models[2][i] = 0, 0
    end
    local model_of = { models[1], models[2], models[1], models[2], models[1] }

    local function bytes(model)
      local list = {}
      for i = 1, SIZE do
        list[i] = string.char(model[i])
      end
      return table.concat(list)
    end

    for step = 1, 12000 do
      local which = random(#views) + 1
      local target, model = views[which], model_of[which]
      local operation = random(8)
      if operation <= 2 then
        local name = TYPE_NAMES[random(#TYPE_NAMES) + 1]
        local size, offset = SIZES[name], random(SIZE + 16) - 4
        local value = random(256)
        if name == "bool" then
          value = value % 2
        elseif name:find("^i") or name:find("^f") then
          value = value % 128
        end
        local given = value
        if name == "bool" then
          given = value == 1
        end
        local ok = pcall(ffi.write, target, offset, name, given)
        assert.equals(offset >= 0 and offset + size <= SIZE, ok)
        if ok then
          if name == "f32" or name == "f64" then
            for i, byte in ipairs({ ffi.string(target, SIZE):byte(offset + 1, offset + size) }) do
              model[offset + i] = byte
            end
            assert.equals(value, ffi.read(target, offset, name))
          else
            model[offset + 1] = value
            for i = 2, size do
              model[offset + i] = 0
            end
          end
        end
      elseif operation == 3 then
        local length, byte = random(SIZE + 8), random(300)
        local ok = pcall(ffi.fill, target, length, byte)
        assert.equals(length <= SIZE and byte <= 255, ok)
        if ok then
          for i = 1, length do
            model[i] = byte
          end
        end
      elseif operation == 4 then
        local from = random(#views) + 1
        local length = random(SIZE + 8)
        local ok = pcall(ffi.copy, target, views[from], length)
        assert.equals(length <= SIZE, ok)
        if ok then
          for i = 1, length do
            model[i] = model_of[from][i]
          end
        end
      elseif operation == 5 then
        -- overlapping, inside one block
        local shift, length = random(SIZE), random(SIZE)
        local ok = pcall(function() ffi.copy(raw + shift, raw, length) end)
        assert.equals(shift + length <= SIZE, ok)
        if ok then
          for i = length, 1, -1 do
            models[1][i + shift] = models[1][i]
          end
        end
      elseif operation == 6 then
        local offset, length = random(SIZE + 8), random(24)
        local text = ("%0" .. length + 1 .. "d"):format(step):sub(1, length)
        local ok = pcall(buffer.writeBytes, buffer, offset, text)
        assert.equals(offset + length <= SIZE, ok)
        if ok then
          for i = 1, length do
            models[2][offset + i] = text:byte(i)
          end
        end
      elseif operation == 7 then
        local offset, size = random(SIZE + 8), random(40)
        local ok, slice = pcall(buffer.slice, buffer, offset, size)
        assert.equals(offset + size <= SIZE, ok)
        if ok and size > 0 then
          local at = random(size + 4)
          local fits = pcall(slice.write, slice, at, "u8", step % 256)
          assert.equals(at < size, fits)
          if fits then
            models[2][offset + at + 1] = step % 256
          end
        end
      end
      if step % 100 == 0 then
        assert.equals(bytes(models[1]), ffi.string(raw, SIZE))
        assert.equals(bytes(models[2]), buffer:readBytes(0, SIZE))
      end
      if step % 2000 == 0 then
        collect()
      end
    end
    assert.equals(("\0"):rep(16), ffi.string(after, 16))
  end)

  it("on arenas keep counters and pointers right", function()
    local random = generator(777)
    local arenas, pointers = {}, {}
    for i = 1, 4 do
      arenas[i] = { arena = ffi.arena(), bytes = 0, blocks = 0, generation = 0 }
    end
    for step = 1, 8000 do
      local slot = arenas[random(#arenas) + 1]
      local operation = random(40)
      if operation == 0 then
        slot.arena:reset()
        slot.bytes, slot.blocks, slot.generation = 0, 0, slot.generation + 1
      elseif operation == 1 then
        slot.arena = ffi.arena()
        slot.bytes, slot.blocks, slot.generation = 0, 0, slot.generation + 1
        -- pointers of the one before stay good: they keep it alive
        for _, entry in pairs(pointers) do
          if entry.slot == slot and not entry.stale and entry.generation == slot.generation - 1 then
            entry.slot = nil
          end
        end
      elseif operation < 12 then
        local size = random(200)
        local ok, pointer = pcall(slot.arena.alloc, slot.arena, size)
        assert.equals(size > 0, ok)
        if ok then
          slot.bytes, slot.blocks = slot.bytes + size, slot.blocks + 1
          pointer:write(size - 1, "u8", step % 256)
          pointers[random(300) + 1] = {
            pointer = pointer, size = size, value = step % 256, slot = slot, generation = slot.generation,
          }
        end
      else
        local entry = pointers[random(300) + 1]
        if entry then
          local live = entry.slot == nil or entry.generation == entry.slot.generation
          local ok, value = pcall(entry.pointer.read, entry.pointer, entry.size - 1, "u8")
          assert.equals(live, ok)
          if live then
            assert.equals(entry.value, value)
          else
            assert.matches("use after reset", value)
            entry.stale = true
          end
        end
      end
      assert.equals(slot.bytes, slot.arena.totalAllocated)
      assert.equals(slot.blocks, slot.arena.allocationCount)
      if step % 1000 == 0 then
        collect()
      end
    end
  end)

  it("on callbacks always reach the right function or none", function()
    local random = generator(4242)
    local lib = ffi.load(CALLBACKS, {
      apply = { args = { "pointer", "i32" }, ret = "i32" }, keep = { args = { "pointer" } },
      call_kept = { args = { "i32" }, ret = "i32" }, forget = {},
    })
    local slots = {}
    local kept
    for step = 1, 15000 do
      local index = random(64) + 1
      local slot = slots[index]
      local operation = random(10)
      if operation <= 2 then
        local fails = random(8) == 0
        local cb = ffi.callback(function(x)
          if fails then
            error({ step })
          end
          return x + step
        end, "i32", { "i32" })
        -- the address is taken while the callback lives: from then on C may have it
        slots[index] = { number = step, fails = fails, live = true, cb = cb, address = ffi.ptr(cb.ptr) }
      elseif slot and operation == 3 then
        slot.cb:free()
        slot.live = false
      elseif slot and operation == 4 then
        -- the object goes, what C keeps stays
        if slot.live then
          lib.keep(slot.cb)
          kept = slot
        end
        slots[index] = nil
        kept = kept and { number = kept.number, fails = kept.fails, live = kept.live }
      elseif operation == 5 and kept then
        local ok, result = pcall(lib.call_kept, step)
        assert.equals(not kept.fails, ok)
        if ok then
          assert.equals(step + kept.number, result)
        else
          assert.equals(kept.number, result[1])
        end
      elseif slot then
        local form = random(2) == 0 and slot.cb or slot.address
        local ok, result = pcall(lib.apply, form, step)
        if slot.live then
          assert.equals(not slot.fails, ok)
          assert.equals(slot.fails and slot.number or step + slot.number, slot.fails and result[1] or result)
        elseif form == slot.cb then
          assert.is_false(ok)
          assert.matches("callback has been freed", result)
        else
          assert.is_true(ok)
          assert.equals(0, result)
        end
      end
      if step % 1000 == 0 then
        collect()
      end
    end
    lib.forget()
  end)

  it("on libraries open, call and close in any order", function()
    local random = generator(99)
    local libs = {}
    for step = 1, 4000 do
      local index = random(8) + 1
      local slot = libs[index]
      local operation = random(6)
      if operation == 0 or not slot then
        local smart = random(2) == 0
        libs[index] = {
          open = true,
          lib = smart and ffi.load(NUMBERS, { add = { args = { "i32", "i32" }, ret = "i32" } }) or ffi.open(NUMBERS),
        }
        libs[index].add = smart and libs[index].lib.add
      elseif operation == 1 then
        slot.lib:close()
        slot.open = false
      else
        local ok, result
        if slot.add then
          ok, result = pcall(slot.add, step, 1)
        else
          ok, result = pcall(slot.lib.call, slot.lib, "add", "i32", { "i32", "i32" }, step, 1)
        end
        assert.equals(slot.open, ok)
        if ok then
          assert.equals(step + 1, result)
        else
          assert.matches("library is closed", result)
        end
      end
      if step % 500 == 0 then
        collect()
      end
    end
  end)

  it("mix good and bad calls of strings and numbers without losing count", function()
    local random = generator(31337)
    local lib = ffi.load(NUMBERS, {
      slen = { args = { "string" }, ret = "usize" }, same_text = { args = { "string", "string" }, ret = "bool" },
      divide = { args = { "i32", "i32", "ref i32", "ref i32" }, ret = "bool" },
      id_u8 = { args = { "u8" }, ret = "u8" }, id_i64 = { args = { "i64" }, ret = "i64" },
    })
    for step = 1, 15000 do
      local operation = random(6)
      if operation == 0 then
        local length = random(300)
        assert.equals(length, lib.slen(("x"):rep(length)))
      elseif operation == 1 then
        local one, other = ("t%d"):format(random(5)), ("t%d"):format(random(5))
        assert.equals(one == other, lib.same_text(one, other))
      elseif operation == 2 then
        local a, b = random(1000), random(10)
        local ok, quotient, remainder = lib.divide(a, b, step, -step)
        assert.equals(b ~= 0, ok)
        assert.equals(ok and math.floor(a / b) or step, quotient)
        assert.equals(ok and a % b or -step, remainder)
      elseif operation == 3 then
        local value = random(600) - 200
        local ok, result = pcall(lib.id_u8, value)
        assert.equals(value >= -128 and value <= 255, ok)
        if ok then
          assert.equals(value % 256, result)
        end
      elseif operation == 4 then
        local bad = ({ {}, true, print, "x" })[random(4) + 1]
        assert.is_false((pcall(lib.id_i64, bad)))
        assert.is_false((pcall(lib.same_text, "long enough to be copied somewhere", bad == "x" and 5 or bad)))
      else
        assert.equals(step * 1000003, lib.id_i64(step * 1000003))
      end
    end
  end)
end)
