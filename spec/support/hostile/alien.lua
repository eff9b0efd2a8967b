-- What is done with the Alien API: see spec/support/hostile/run.lua. It takes numbers, strings and light userdata as
-- addresses: where it does, it gets none of them.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")

local READ = { "byte", "char", "short", "ushort", "int", "uint", "long", "ulong", "longlong", "ulonglong", "float",
  "double", "size_t" }
local Part = alien.defstruct({ { "x", "char" }, { "y", "double" } })
local Whole = alien.defstruct({ { "a", "int" }, { "part", Part }, { "list", "int", 8 }, { "parts", Part, 3 },
  { "p", "pointer" }, { "s", "string" }, { "fn", "callback" }, { "last", "longlong" } })
local DEFINITIONS = { Part, Whole }
local FIELDS = { "a", "part", "list", "parts", "last", "x", "y", "nothing", 1, true }
local WRITTEN = { "a", "part", "list", "parts", "last", "x", "y", "p", "s", "fn", "nothing", 1, true }
local POSITIONS = { 1, 2, 0, -1, 5, 100, 2 ^ 31, 2 ^ 53, 2 ^ 63, -2 ^ 63, 0 / 0, 1 / 0, 0.5, "a", "size", "foo", true }
local EVENTS = { "__index", "__newindex", "__tostring", "__call", "__eq", "__len", "__concat", "__add",
  "__close", "__mode", "__metatable", "__name" }
local CALLBACKS = { { "void" }, { "double", "double", "int" }, { "pointer", "pointer" },
  { Part, Part }, { Whole, Whole, "char" }, { "callback", "callback" }, { "longlong", "ulonglong" } }
local LETTERS = { "b", "B", "h", "H", "l", "L", "i", "i3", "I8", "i16", "f", "d", "c5", "c0", "c", "s", "p", "x", "!",
  "!4", "<", ">", " ", "c4294967295", "i17", "!3", "z" }

return function(world)
  local r, f, AMOUNTS, TEXTS, ROOM = world.r, world.f, world.AMOUNTS, world.TEXTS, world.ROOM
  local value, plain, any, keep, try = world.value, world.plain, world.any, world.keep, world.try
  local harmless = world.harmless
  local memory, block, keep_memory = world.memory, world.block, world.keep_memory

  local libc = alien.default
  libc.abs:types("int", "int")
  libc.memset:types("pointer", "pointer", "int", "size_t")
  libc.memcpy:types("pointer", "pointer", "pointer", "size_t")
  libc.qsort:types("void", "pointer", "size_t", "size_t", "callback")
  libc.strtol:types("long", "string", "ref pointer", "int")

  -- Of the fixtures, new ones now and then: an unloaded library goes with its functions.
  local fixtures
  local function open()
    local numbers = alien.load(helper.fixture("numbers"))
    local callbacks = alien.load(helper.fixture("callbacks"))
    numbers.sum_i32:types("longlong", "pointer", "size_t")
    numbers.sum_refs:types("int", "ref int", "int", "ref int")
    numbers.greet:types("string", "string")
    numbers.is_null:types("int", "pointer")
    callbacks.apply:types("int", "callback", "int")
    callbacks.call_string:types("string", "callback", "string")
    fixtures = { numbers = numbers, callbacks = callbacks }
  end
  open()

  -- Buffers, arrays and structs that need not have room for C.
  local function owner()
    local x = memory()
    return r.chance(50) and x or keep_memory(r.pick({
      function() return alien.buffer(r.pick(AMOUNTS)) end,
      function() return alien.buffer(r.pick(TEXTS)) end,
      function() return alien.array(r.pick(READ), r.int(0, 40)) end,
      function() return alien.array(r.pick(DEFINITIONS), r.int(0, 4)) end,
      function() return alien.array(r.pick({ "pointer", "string", "callback" }), 8) end,
      function() return r.pick(DEFINITIONS):new() end,
      function() return Whole:new()() end,
    })())
  end

  local function format()
    local letters = {}
    for i = 1, r.int(0, 5) do
      letters[i] = r.pick(LETTERS)
    end
    return table.concat(letters)
  end

  local tags = {}
  local function tag()
    local name = r.pick({ "one", "two", "three" })
    if not tags[name] then
      tags[name] = alien.tag(name)
    end
    return name
  end

  local TO = { "tochar", "toshort", "toushort", "toint", "touint", "tolong", "toulong", "toptrdiff_t", "tosize_t",
    "tofloat", "todouble" }

  local actions = {
    -- Memory.
    owner,
    function() keep_memory(alien.buffer(block(), r.int(0, ROOM))) end,
    function() keep_memory(alien.buffer(memory(), r.pick(AMOUNTS))) end,
    function() keep_memory(alien.buffer(memory())) end,
    function() return alien.buffer(harmless(), value()) end,
    function() keep_memory(alien.array(r.pick(READ), r.pick(AMOUNTS), memory())) end,
    function() keep_memory(alien.array(r.pick(READ), { value(), value(), 3 })) end,
    function() keep_memory(alien.array(r.pick({ "string", "pointer", "callback", Part }), { value(), value() })) end,
    function() return alien.array(value(), value(), harmless()) end,
    function() keep_memory(r.pick(DEFINITIONS):new(memory())) end,
    function() return r.pick(DEFINITIONS):new(harmless()) end,
    function() keep_memory(owner()()) end,
    function() keep_memory(owner().buffer) end,
    function() keep(owner():get(r.pick(POSITIONS), r.chance(90) and r.pick(READ) or nil)) end,
    function() keep_memory(owner():get(r.pick(POSITIONS), r.pick(DEFINITIONS))) end,
    function() owner():set(r.pick(POSITIONS), value(), r.pick(READ)) end,
    function() owner():set(r.int(1, 60), value(), r.pick({ "string", "pointer", "callback", Part, Whole })) end,
    function() owner():set(value(), value(), value()) end,
    function() return owner()[r.pick({ 1, 5, "length", "size", "type", "nothing", "names" })] end,
    function() owner()[r.pick(POSITIONS)] = value() end,
    function()
      local x = owner()[r.pick(FIELDS)]
      if type(x) == "userdata" and not helper.is_boxed(x) then
        keep_memory(x)
      end
    end,
    function() owner()[r.pick(WRITTEN)] = value() end,
    function() owner()[r.pick(WRITTEN)] = memory() end,
    function() Whole:new(block())[r.pick(WRITTEN)] = r.chance(50) and { value(), f(), value() } or value() end,
    function() owner():realloc(r.chance(50) and r.int(ROOM, 400) or r.pick({ -1, 2 ^ 53, 2 ^ 63, 0 / 0, 1.5 })) end,
    function() return owner():strlen(), owner():len(), #owner() end,
    function() keep(owner():tostring(r.chance(70) and r.pick(AMOUNTS) or nil)) end,
    function() keep(owner():tostring(r.pick(AMOUNTS), r.pick(POSITIONS))) end,
    function() return owner():tostring(value(), value()) end,
    function() return tostring(owner()) end,
    function() return owner():topointer(r.pick(POSITIONS)) end,
    function() return owner():tooffset(memory()) end,
    function()
      for _, x in owner():ipairs() do
        if r.chance(20) then
          f()
        end
        keep(type(x) == "number" and x or nil)
      end
    end,
    function() alien.memmove(memory(), r.chance(70) and memory() or r.pick(TEXTS), r.pick(AMOUNTS)) end,
    function() alien.memcpy(memory(), r.pick(TEXTS)) end,
    function() alien.memset(memory(), value(), r.pick(AMOUNTS)) end,
    function() return alien[r.pick(TO)](memory(), r.chance(80) and r.pick(AMOUNTS) or value()) end,
    function() keep(alien.tostring(memory(), r.pick(AMOUNTS))) end,
    function() return alien.isnull(value()), alien.byval(value()) end,
    function() return alien.sizeof(value()), alien.align(value()) end,
    function() return alien.errno(value()) end,
    function() return alien.table(r.int(-3, 9), r.int(-3, 9)) end,
    function() keep(alien.defstruct({ { "a", value() }, { r.pick(TEXTS), "int", value() }, value() })) end,
    function() keep(alien.defstruct({ { "a", Part, r.int(-1, 3) }, { "b", r.pick(READ), r.pick(AMOUNTS) } })) end,
    -- Packing.
    function() keep(alien.pack(format(), any())) end,
    function() return alien.unpack(format(), r.pick(TEXTS), r.pick(POSITIONS)) end,
    function() return alien.unpack(format(), memory(), r.pick(AMOUNTS), r.pick(POSITIONS)) end,
    function() return alien.size(format()), alien.offset(format(), r.pick(POSITIONS)) end,
    function() return alien.pack(value(), any()) end,
    -- Tags.
    function()
      local name = tag()
      local metatable = alien.tag(name)
      metatable[r.pick(EVENTS)] = r.chance(70) and f or value()
    end,
    function()
      local name = tag()
      local object = keep(alien.wrap(name, any()))
      try(alien.unwrap, name, object)
      try(alien.rewrap, name, object, any())
    end,
    function()
      local name = tag()
      -- (Lua 5.1 to 5.3 let its errors out of whatever allocates, and LuaJIT even out of compiled code, which crashes.)
      alien.tag(name).__gc = function(object)
        keep(object)
        try(alien.rewrap, name, object, any())
        try(f)
      end
    end,
    function() return alien.unwrap(tag(), value()) end,
    function() alien.rewrap(tag(), value(), any()) end,
    function() return alien.wrap(value(), any()) end,
    -- Calls.
    function() return libc.abs(any()) end,
    function() libc.abs:types(r.pick({ "int", "uint" }), r.pick({ "int", "uint" })) end,
    function() return libc[value()] end,
    function() return alien.loaded[value()] end,
    function() libc.memset(block(), r.chance(50) and 7 or value(), r.int(0, ROOM)) end,
    function() libc.memcpy(block(), block(), r.int(0, ROOM)) end,
    function() libc.qsort(block(), r.int(0, 16), 4, world.compare()) end,
    function() return libc.strtol(r.pick(TEXTS), nil, 10) end,
    function() keep(fixtures.numbers.sum_i32(block(), r.int(0, 32))) end,
    function() keep(fixtures.numbers.sum_refs(plain(), value(), plain())) end,
    function() keep(fixtures.numbers.greet(r.chance(50) and r.pick(TEXTS) .. r.int(0, 99) or plain())) end,
    function() return fixtures.numbers.is_null(value()) end,
    function() return alien.load("m")[r.pick({ "cos", "sin", "nothing" })] end,
    -- Callbacks.
    function()
      local types = r.pick(CALLBACKS)
      local callback = keep(alien.callback(f, helper.unpack(types)))
      for _ = 1, 3 do
        try(callback, any(#types - 1))
      end
    end,
    function()
      local callback = alien.callback(function(s)
        f()
        return r.chance(50) and s or plain()
      end, "string", "string")
      for _ = 1, 3 do
        try(callback, plain())
      end
      keep(fixtures.callbacks.call_string(callback, r.pick(TEXTS)))
    end,
    function() return alien.callback(f, value(), value()) end,
    function() world.keep_callback(alien.callback(f, "int", "int")) end,
    function() keep(fixtures.callbacks.apply(world.callback(), r.int(-5, 5))) end,
    function() return alien.funcptr(world.callback()) end,
  }
  for _, action in ipairs(actions) do
    table.insert(world.actions, action)
  end

  for _, maker in ipairs({
    function() return r.pick(DEFINITIONS) end,
    function() return r.pick({ libc, libc.abs, fixtures.numbers, fixtures.numbers.is_null }) end,
    function() return alien.wrap(tag()) end,
  }) do
    table.insert(world.makers, maker)
  end
  for _, maker in ipairs({
    function() return alien.buffer(r.int(ROOM, 300)) end,
    function() return alien.buffer(("x"):rep(ROOM)) end,
    function() return alien.buffer(block(), ROOM) end,
    function() return alien.array("int", 32) end,
    function() return alien.array("int", 32, block()) end,
    function() return alien.array(Whole, 2) end,
    function() return Whole:new() end,
    function() return Whole:new(block())() end,
  }) do
    table.insert(world.block_makers, maker)
  end
  for _, maker in ipairs({
    function() return alien.callback(f, "int", "pointer", "pointer") end,
    function() return alien.callback(f, "int", "ref int", "ref int") end,
  }) do
    table.insert(world.compare_makers, maker)
  end

  for _, fn in ipairs({
    function() owner():realloc(r.int(ROOM, 400)) end,
    open,
    function() libc.abs:types("int", "int") end,
    function() alien.loaded[helper.fixture("numbers")] = nil end,
    function() alien.tag(tag()).__gc = nil end,
  }) do
    table.insert(world.ends, fn)
  end
end
