-- Hostile use of all three APIs, by chance: values of all kinds as any argument, objects of one API in the hands of the
-- others, metatypes and tags whose methods collect, declare, free and fail, callbacks that are freed while they run or
-- outlive their coroutine, finalizers that end what is in use. The program to run: run.lua FIRST-SEED LAST-SEED. It has
-- to come to its end, and each API has to work after each seed.
--
-- What docs/safety.md lists is left out: no address is made of a number, none that was read from memory is followed, C
-- gets no less memory than it uses, and prototypes are right.

local random = require("c_tests.random")
local lune = require("lunaffi")
local luajit = require("lunaffi.luajit")
local alien = require("lunaffi.alien")

local STEPS, MAX_ACTIONS, MAX_DEPTH, POOL = 200, 1000, 6, 24
-- The bytes of every block at least: what C is told that it may use.
local ROOM = 128

local SIZES = { 0, 1, 2, 7, -1, 100, 5000, 2 ^ 20, 2 ^ 31 - 1, 2 ^ 31, 2 ^ 32, 2 ^ 40, 2 ^ 53, 2 ^ 62, 2 ^ 63, 2 ^ 64,
  -2 ^ 31, -2 ^ 63, 0 / 0, 1 / 0, -1 / 0, 1e300, 1.5 }
-- Sizes of which there either is the memory, without effort, or never is.
local AMOUNTS = { 0, 1, 7, -1, 64, 128, 200, 5000, 2 ^ 16, 2 ^ 48, 2 ^ 53, 2 ^ 62, 2 ^ 63, 2 ^ 64, -2 ^ 63, 0 / 0,
  1 / 0, 1.5 }
local TEXTS = { "", "a", "abc", "HE_A", "nothing", "12", ("x"):rep(100), "int", "in\0side", "struct hs" }

-- Lua 5.3 does not come back from a collection that a finalizer asks for while the state closes, when a cycle is
-- under way.
local ended = false

-- With HOSTILE_TRACE in the environment: what does not come to its end?
local trace = os.getenv("HOSTILE_TRACE") and function(what, action)
  local place = type(action) == "function" and debug.getinfo(action, "S")
  io.stderr:write(what, " ", place and place.short_src .. ":" .. place.linedefined or action, "\n")
end or function() end

-- A finalizer for the next collection. Lua 5.2 and 5.3 let its errors out of whatever allocates.
local function finalized(fn)
  local function finalizer()
    pcall(fn)
  end
  local newproxy = rawget(_G, "newproxy")
  if newproxy then
    getmetatable(newproxy(true)).__gc = finalizer
  else
    setmetatable({}, { __gc = finalizer })
  end
end

-- How hard the collector works, by chance.
local function tune(r)
  collectgarbage("restart")
  if _VERSION == "Lua 5.5" then
    collectgarbage(r.chance(30) and "generational" or "incremental")
    return
  end
  if _VERSION == "Lua 5.4" and r.chance(30) then
    collectgarbage("generational")
    return
  elseif _VERSION == "Lua 5.4" then
    collectgarbage("incremental")
  end
  -- 5.2 and 5.3 count all above the pause as debt, to be worked off now.
  local least = (_VERSION == "Lua 5.2" or _VERSION == "Lua 5.3") and 100 or 0
  collectgarbage("setpause", r.pick({ least, 100, 200 }))
  collectgarbage("setstepmul", r.pick({ 200, 400, 1000 }))
end

-- What a seed has: `r` for chances, `value` for anything, `memory` for what may be accessed, if only within its
-- bounds, `block` for what C may be given.
local function new_world(seed)
  local r = random.new(seed)
  local world = {
    r = r, SIZES = SIZES, AMOUNTS = AMOUNTS, TEXTS = TEXTS, ROOM = ROOM, actions = {}, makers = {}, ends = {},
    block_makers = {}, compare_makers = {},
  }
  local pool, blocks, memory, callbacks = {}, {}, {}, {}
  local bounded = setmetatable({}, { __mode = "k" })
  local depth, count = 0, 0

  function world.try(fn, ...)
    local ok, message = pcall(fn, ...)
    if not ok and type(message) == "string" and message:find("a bug in lunaffi", 1, true) then
      io.stderr:write("seed ", seed, ": ", message, "\n")
      os.exit(1)
    end
    return ok, message
  end
  local try = world.try

  -- An action. What it returns is nobody's.
  function world.act()
    count = count + 1
    if count <= MAX_ACTIONS then
      local action = r.pick(world.actions)
      trace("act", action)
      return action()
    end
  end

  function world.collect()
    if not ended then
      collectgarbage(r.chance(20) and "collect" or "step")
    end
  end

  -- What all callbacks, metamethods and finalizers are.
  function world.f()
    if depth == MAX_DEPTH then
      return
    end
    depth = depth + 1
    if r.chance(30) then
      world.collect()
    end
    if r.chance(25) then
      try(world.act)
    end
    if r.chance(10) then
      try(world.finish)
    end
    depth = depth - 1
    if r.chance(8) then
      error(r.chance(50) and "planned" or { seed })
    elseif r.chance(3) then
      pcall(coroutine.yield, 1)
    end
    return (world.value())
  end

  function world.value()
    if r.chance(45) then
      return pool[r.int(1, POOL)]
    end
    return r.pick(world.makers)()
  end

  function world.any(n)
    n = n or r.int(0, 5)
    if n > 0 then
      return world.value(), world.any(n - 1)
    end
  end

  -- Anything but what stands for an address, and so for memory that nobody checks.
  function world.harmless()
    local x = world.value()
    if type(x) == "number" or type(x) == "string" or luajit.type(x) == "cdata" and luajit.tonumber(x) then
      return nil
    end
    return x
  end

  -- Anything but memory: for texts, which C reads to their NUL.
  function world.plain()
    local x = world.value()
    if type(x) ~= "userdata" and luajit.type(x) ~= "cdata" or luajit.tonumber(x) then
      return x
    end
    return r.pick(TEXTS)
  end

  -- A pointer to data whose bounds are not known.
  local function foreign(x)
    if luajit.type(x) ~= "cdata" or bounded[x] then
      return false
    end
    local name = tostring(luajit.typeof(x))
    return name:find("[*&]") and not name:find("(*)(", 1, true)
  end

  -- Whatever is in the pool may be read and written by what it gets to.
  function world.keep(x)
    if not foreign(x) then
      pool[r.int(1, POOL)] = x
    end
    return x
  end

  function world.keep_memory(x)
    memory[r.int(1, POOL)] = x
    bounded[x] = true
    return world.keep(x)
  end

  function world.keep_block(x)
    blocks[r.int(1, POOL)] = x
    return world.keep_memory(x)
  end

  -- A C function of one int that returns an int.
  function world.keep_callback(x)
    callbacks[r.int(1, 6)] = x
    return world.keep(x)
  end

  function world.block()
    local x = blocks[r.int(1, POOL)]
    return x ~= nil and x or world.keep_block(r.pick(world.block_makers)())
  end

  function world.memory()
    local x = memory[r.int(1, POOL)]
    return x ~= nil and x or world.block()
  end

  function world.callback()
    return callbacks[r.int(1, 6)] or world.keep_callback(lune.callback(world.f, "i32", { "i32" }))
  end

  -- One that compares, for qsort.
  function world.compare()
    return r.pick(world.compare_makers)()
  end

  -- Ends something that may be in use.
  function world.finish()
    local action = r.pick(world.ends)
    trace("end", action)
    action()
  end

  local makers = {
    function() return r.pick(SIZES) end,
    function() return r.pick(TEXTS) end,
    function() return r.chance(50) end,
    function() return nil end,
    function() return world.f end,
    function()
      local t = { world.value(), r.chance(30) and world.value() or nil }
      if r.chance(30) then
        t.a, t.d, t.s = 5, world.value(), "text"
      elseif r.chance(10) then
        t[1] = t
      end
      if r.chance(10) then
        setmetatable(t, { __index = world.f, __len = world.f, __newindex = world.f })
      end
      return t
    end,
    function() return r.pick({ io.stdout, lune.null, lune, luajit, alien }) end,
    function() return coroutine.create(world.f) end,
    function() return r.int(-3, 9) end,
  }
  local actions = {
    world.collect,
    function() table.sort(pool, world.f) end,
    function() finalized(world.f) end,
    function() finalized(world.finish) end,
    world.finish,
    -- A finalizer in the middle of an action.
    function()
      local action = r.pick(world.actions)
      trace("interrupted", action)
      collectgarbage()
      collectgarbage("stop")
      finalized(world.finish)
      tune(r)
      action()
    end,
    function()
      debug.sethook(function()
        debug.sethook()
        world.collect()
        if r.chance(30) then
          try(world.finish)
        end
      end, "", r.int(1, 40))
    end,
    function() return coroutine.resume(world.value(), world.any()) end,
    function() return world.value().nothing end,
    function() world.value().nothing = world.value() end,
    function() return world.value():nothing(world.any()) end,
    function() return world.value()(world.any()) end,
  }
  for _, list in ipairs({ { makers, world.makers }, { actions, world.actions } }) do
    for _, fn in ipairs(list[1]) do
      table.insert(list[2], fn)
    end
  end
  for _, name in ipairs({ "luajit", "lune", "alien" }) do
    require("spec.support.hostile." .. name)(world)
  end

  function world.run()
    tune(r)
    for _ = 1, STEPS do
      if r.chance(10) then
        try(coroutine.wrap(function()
          try(world.act)
          try(world.act)
        end))
      else
        try(world.act)
      end
    end
    debug.sethook()
    return count
  end
  return world
end

local abs = alien.default.abs
local function still_works()
  abs:types("int", "int")
  assert(abs(-5) == 5)
  assert(luajit.tonumber(luajit.new("struct { int a[3]; }", { { 1, 2, 3 } }).a[2]) == 3)
  local raw = lune.arena():alloc(16)
  raw:write(8, "f64", 2.5)
  assert(raw:read(8, "f64") == 2.5 and raw:read(0, "f64") == 0)
  assert(lune.callback(function(x) return x + 1 end, "i32", { "i32" })(5) == 6)
end

local total = 0
for seed = tonumber(arg[1]), tonumber(arg[2]) do
  trace("seed", seed)
  total = total + new_world(seed).run()
  pcall(collectgarbage)
  lune.onCallbackError(nil)
  still_works()
end
assert(total > STEPS, total)
ended = true
print("came to its end")
