-- What is done with the Lune API: see spec/support/hostile/run.lua. Results that are addresses are not kept, no type
-- follows an address that was read, and of the entries that are unsafe there is none.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local SCALARS = { "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64", "bool", "isize", "clong" }
local Nested = ffi.struct({ { "x", "i16" }, { "y", "f64", 2 } })
local Big = ffi.struct({ { "v", "f64", 16 } })
local Mixed = ffi.struct({ { "a", "i32" }, { "p", "pointer" }, { "n", Nested }, { "list", Nested, 3 },
  { "fn", "pointer" }, { "s", "string" }, { "wide", "u64" }, { "bytes", "u8", 24 }, { "single", "f32" },
  { "flag", "bool" } })
local Either = ffi.union({ { "i", "i32" }, { "d", "f64" }, { "bytes", "u8", 128 } })
local DEFINITIONS = { Nested, Big, Mixed, Either }
-- Of these fields a value is read; any is written.
local READ = { "a", "n", "list", "wide", "bytes", "single", "flag", "v", "x", "y", "i", "d", "size", "addr",
  "nothing", 0, -1, 1.5, true }
local WRITTEN = { "a", "n", "list", "wide", "bytes", "single", "flag", "v", "x", "y", "i", "d", "p", "fn", "s", "size",
  "addr", "nothing", 0, -1, 1.5, true }
local INDICES = { 0, 1, -1, 3, 7, 31, 1000, 2 ^ 31, 2 ^ 53, 2 ^ 63, -2 ^ 63, 0 / 0, 1 / 0, 0.5, "count", "stride", "x" }
local CALLBACKS = {
  { "void", {} }, { "f64", { "f64", "i32" } }, { Big, { Big } }, { Nested, { Nested, "i8" } },
  { "pointer", { "pointer" } }, { "u64", { "i64", "f32", "bool" } }, { Either, { Either } },
  { "i32", { "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32" } },
}

local function open()
  return {
    numbers = ffi.load(helper.fixture("numbers"), {
      add = { args = { "i32", "i32" }, ret = "i32" }, sum_i32 = { args = { "pointer", "usize" }, ret = "i64" },
      greet = { args = { "string" }, ret = "string" }, is_null = { args = { "pointer" }, ret = "bool" },
      sum_refs = { args = { "ref i32", "i32", "ref i32" }, ret = "i32" }, id_u64 = { args = { "u64" }, ret = "u64" },
      hash_bytes = { args = { "pointer", "usize" }, ret = "u32" },
    }),
    structs = ffi.load(helper.fixture("structs"), {
      next_big = { args = { Big }, ret = Big }, sum_big = { args = { Big }, ret = "f64" },
      ref_big = { args = { ffi.pointer(Big) } },
    }),
    callbacks = ffi.load(helper.fixture("callbacks"), {
      apply = { args = { "pointer", "i32" }, ret = "i32" }, recurse = { args = { "pointer", "i32" }, ret = "i32" },
      call_big = { args = { "pointer", Big }, ret = Big },
      call_string = { args = { "pointer", "string" }, ret = "string" },
      keep = { args = { "pointer" } }, call_kept = { args = { "i32" }, ret = "i32" },
    }),
    variadics = ffi.load(helper.fixture("variadics"), { mix = { args = { "string", "..." }, ret = "string" } }),
    libc = ffi.load("", {
      qsort = { args = { "pointer", "usize", "usize", "pointer" } }, memset = { args = { "pointer", "i32", "usize" } },
      memcpy = { args = { "pointer", "pointer", "usize" } },
    }),
  }
end

return function(world)
  local r, f, AMOUNTS, TEXTS, ROOM = world.r, world.f, world.AMOUNTS, world.TEXTS, world.ROOM
  local value, plain, any, keep, try = world.value, world.plain, world.any, world.keep, world.try
  local harmless = world.harmless
  local memory, block, keep_memory = world.memory, world.block, world.keep_memory

  local arenas, libraries = {}, open()

  local function arena()
    local index = r.int(1, 3)
    if not arenas[index] or r.chance(10) then
      arenas[index] = keep(ffi.arena())
    end
    return arenas[index]
  end

  local function library()
    return libraries[r.pick({ "numbers", "structs", "callbacks", "variadics" })]
  end

  -- A type to read by: none that follows an address. (A name may: it could be "string".)
  local function read_type()
    if r.chance(90) then
      return r.chance(70) and r.pick(SCALARS) or r.pick(DEFINITIONS)
    end
    return r.pick({ nil, false, 5, {}, f, "nothing", "void", io.stdout, "i32[", "ref i32" })
  end

  -- Views of structs in known memory, typed pointers into it and numbers are kept.
  local function keep_read(x)
    if type(x) == "userdata" and not helper.is_boxed(x) then
      return keep_memory(x)
    elseif type(x) ~= "string" then
      return keep(x)
    end
  end

  local function big()
    return r.chance(30) and ffi.view(block(), Big) or r.chance(50) and { v = { value(), 2, 3 } } or harmless()
  end

  local ARITHMETIC = {
    function(a, b) return a + b end, function(a, b) return a - b end, function(a, b) return a * b end,
    function(a, b) return a / b end, function(a, b) return a % b end, function(a, b) return a .. b end,
    function(a, b) return a == b end, function(a, b) return a < b end, function(a, b) return a <= b end,
    function(a) return -a end, function(a) return #a end, tostring,
  }
  local BUFFER_METHODS = { "readBytes", "writeBytes", "readString", "writeString", "zero" }
  local FUNCTIONS = { "int64", "uint64", "sizeof", "alignof", "signature", "pointer", "isNull", "errno", "struct",
    "union", "onCallbackError", "cdef", "arena" }

  local actions = {
    -- Memory.
    function() keep_memory(arena():alloc(r.pick(AMOUNTS))) end,
    function() keep_memory(arena():allocAligned(r.int(0, 300), r.pick(AMOUNTS))) end,
    function() keep_memory(arena():allocArray(r.pick(SCALARS), r.pick(AMOUNTS))) end,
    function() keep_memory(arena():allocType(r.pick(DEFINITIONS))) end,
    function() return arena():alloc(value()) end,
    function() keep_memory(ffi.buffer(r.pick(AMOUNTS))) end,
    function() return ffi.buffer(value()) end,
    function() keep_memory(memory():slice(r.pick(AMOUNTS), r.pick(AMOUNTS))) end,
    function() keep_memory(memory():as_ptr()) end,
    function() keep_memory(memory():offset(r.pick(AMOUNTS))) end,
    function() keep_memory(memory():toRaw()) end,
    function() keep_memory(memory() + r.pick(AMOUNTS)) end,
    function() keep_memory(memory() - r.pick(INDICES)) end,
    function() keep_memory(ffi.cast(memory(), r.chance(50) and r.pick(SCALARS) or r.pick(DEFINITIONS))) end,
    function() keep_memory(ffi.view(memory(), r.pick(DEFINITIONS))) end,
    function() keep_memory(r.pick(DEFINITIONS):createView(memory())) end,
    function() keep_memory(r.pick(DEFINITIONS):new({ a = value(), v = { value(), value() }, n = value() })) end,
    function() keep_memory(r.pick(DEFINITIONS):new(r.chance(50) and memory() or harmless())) end,
    function() keep_memory(memory():fieldPtr(r.pick(READ))) end,
    function() memory():pointTo(block()) end,
    function() return ffi.view(harmless(), harmless()) end,
    function() return ffi.cast(harmless(), value()) end,
    function() keep_read(ffi.read(memory(), r.pick(AMOUNTS), read_type())) end,
    function() keep_read(memory():read(r.pick(AMOUNTS), read_type())) end,
    function() ffi.write(memory(), r.pick(AMOUNTS), r.pick(SCALARS), value()) end,
    function() ffi.write(memory(), r.pick(AMOUNTS), r.chance(50) and value() or r.pick(DEFINITIONS), value()) end,
    function() memory():write(r.int(0, 64), r.pick({ "pointer", "string", "i32*", Big, Nested }), value()) end,
    function() memory():write(value(), value(), value()) end,
    function() ffi.copy(memory(), r.chance(70) and memory() or r.pick(TEXTS), r.pick(AMOUNTS)) end,
    function() ffi.copy(memory(), harmless(), value()) end,
    function() ffi.fill(memory(), r.pick(AMOUNTS), r.chance(70) and r.int(0, 255) or value()) end,
    function() keep(ffi.string(memory(), r.chance(70) and r.pick(AMOUNTS) or nil)) end,
    function() return ffi.string(memory(), value()) end,
    function()
      local x = memory()
      return x[r.pick(BUFFER_METHODS)](x, value(), value())
    end,
    function() keep_read(memory()[r.pick(READ)]) end,
    function() memory()[r.pick(WRITTEN)] = value() end,
    function() memory()[r.pick(WRITTEN)] = memory() end,
    function() memory()[r.pick(INDICES)] = value() end,
    function() memory():set(r.pick(INDICES), value()) end,
    function()
      local x = memory()[r.pick({ "list", "n", "bytes", "v" })]
      x[r.int(-1, 4)] = value()
      keep_memory(x)
    end,
    function()
      local view = ffi.view(block(), Mixed)
      view.list = { { x = f(), y = { f() } }, value(), { y = value() } }
      view.p, view.s, view.n, view.bytes, view.fn = memory(), value(), value(), value(), world.callback()
    end,
    function() ffi.gc(memory(), r.chance(60) and f or value()) end,
    function() ffi.gc(value(), value()) end,
    function()
      keep(ffi.gc(r.chance(50) and ffi.buffer(ROOM) or arena():alloc(ROOM), function(x)
        keep_memory(x)
        f()
      end))
    end,
    -- Types and numbers.
    function()
      local x = r.pick(ARITHMETIC)(value(), value())
      return (type(x) ~= "userdata" or helper.is_boxed(x)) and keep(x)
    end,
    function() return r.pick(ARITHMETIC)(memory(), r.chance(50) and memory() or value()) end,
    function() return ffi[r.pick(FUNCTIONS)](any()) end,
    function() keep(ffi.struct({ { "a", value() }, { r.pick(TEXTS), "i32", value() } }, value())) end,
    function() keep(ffi.struct({ { "a", r.pick(DEFINITIONS), r.int(-1, 3) }, { "b", "u8", r.pick(AMOUNTS) } })) end,
    function() return ffi.int64("9223372036854775807") + value(), -ffi.uint64("18446744073709551615") end,
    function() keep(ffi.uint64("1844674407370955161" .. r.int(0, 5))) end,
    -- Calls.
    function() return library()[r.pick({ "add", "is_null", "id_u64", "sum_big" })](any()) end,
    function() keep(libraries.numbers.sum_refs(plain(), value(), plain())) end,
    function() keep(libraries.numbers.sum_i32(block(), r.int(0, 32))) end,
    function() keep(libraries.numbers.hash_bytes(block(), ROOM)) end,
    function() keep(libraries.numbers.greet(r.chance(50) and r.pick(TEXTS) .. r.int(0, 99) or plain())) end,
    function() return libraries.numbers:call("add", r.pick({ "i32", "u32" }), { "i32", "i32" }, any()) end,
    function() return libraries.numbers:call("sum_i32", "i64", { "pointer", "usize" }, block(), 32) end,
    function() keep_memory(libraries.structs.next_big(big())) end,
    function() keep(libraries.structs.sum_big(big())) end,
    function() libraries.structs.ref_big(block()) end,
    function() libraries.structs.next_big(value()) end,
    function() return libraries.variadics.mix("psb", block(), r.pick(TEXTS), r.chance(50)) end,
    function() return libraries.variadics.mix("ps", block(), { "string", r.pick(TEXTS) }) end,
    function() return libraries.variadics.mix("", any()) end,
    function() libraries.libc.memset(block(), value(), r.int(0, ROOM)) end,
    function() libraries.libc.memcpy(block(), block(), r.int(0, ROOM)) end,
    function() libraries.libc.qsort(block(), r.int(0, 16), 4, world.compare()) end,
    function() return library():getSymbol(r.chance(50) and "add" or value()) end,
    function() return library():hasSymbol(value()) end,
    function() return r.chance(10) and library():listExports() end,
    function() return library()[value()] end,
    function() return ffi.load(helper.fixture("numbers"), { add = { args = value(), name = value() } }) end,
    function() return ffi.load(helper.fixture("numbers"), value()) end,
    -- Callbacks.
    function()
      local signature = r.pick(CALLBACKS)
      local callback = keep(ffi.callback(f, signature[1], signature[2]))
      for _ = 1, 3 do
        try(callback, any(#signature[2]))
        if r.chance(30) then
          callback:free()
        end
      end
    end,
    function() return ffi.callback(f, value(), value()) end,
    function() world.keep_callback(ffi.callback(f, "i32", { "i32" })) end,
    function() keep(libraries.callbacks.apply(world.callback(), r.int(-5, 5))) end,
    function() keep(libraries.callbacks.recurse(world.callback(), r.int(0, 3))) end,
    function() libraries.callbacks.keep(world.callback()) end,
    function() return libraries.callbacks.call_kept(1) end,
    function()
      local callback
      callback = ffi.callback(function(v)
        if r.chance(30) then
          callback:free()
        end
        f()
        return r.chance(60) and v or value()
      end, Big, { Big })
      keep_memory(libraries.callbacks.call_big(callback, big()))
    end,
    function()
      local callback = ffi.callback(function(s)
        f()
        return r.chance(50) and s .. "!" or plain()
      end, "string", { "string" })
      try(callback, plain())
      keep(libraries.callbacks.call_string(callback, plain()))
      callback:free()
    end,
    function() return world.callback()(any()) end,
    function() return world.callback().isValid, world.callback().ptr end,
  }
  for _, action in ipairs(actions) do
    table.insert(world.actions, action)
  end

  for _, maker in ipairs({
    function() return r.pick(DEFINITIONS) end,
    function() return libraries.numbers.add end,
    function() return ffi.uint64("18446744073709551615") end,
    library,
    arena,
  }) do
    table.insert(world.makers, maker)
  end
  for _, maker in ipairs({
    function() return arena():alloc(r.int(ROOM, 300)) end,
    function() return arena():allocAligned(ROOM, 64) end,
    function() return ffi.cast(arena():allocArray("i32", 32), "i32") end,
    function() return ffi.buffer(ROOM) end,
    function() return ffi.buffer(ROOM + 32):slice(16, ROOM) end,
    function() return ffi.buffer(ROOM):as_ptr() end,
    function() return Big:new() end,
    function() return ffi.view(block(), r.pick({ Big, Either })) end,
    function() return ffi.cast(block(), r.pick({ "i32", "u8", "f64" })) end,
  }) do
    table.insert(world.block_makers, maker)
  end
  table.insert(world.compare_makers, function() return keep(ffi.callback(f, "i32", { "pointer", "pointer" })) end)

  for _, fn in ipairs({
    function() arena():reset() end,
    function() arena():free() end,
    function()
      arena():reset()
      for _ = 1, 10 do
        ffi.fill(arena():alloc(ROOM), ROOM, 0xff)
      end
    end,
    function()
      library():close()
      libraries = open()
    end,
    function() library():close() end,
    function() world.callback():free() end,
    function() libraries = open() end,
    function() ffi.gc(memory(), nil) end,
  }) do
    table.insert(world.ends, fn)
  end
end
