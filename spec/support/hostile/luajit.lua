-- What is done with the LuaJIT API: see spec/support/hostile/run.lua. There are no casts of numbers to pointers, no
-- function pointers but callbacks, and pointers to be read through are made of objects.

local ffi = require("lunaffi.luajit")
local bit = require("lunaffi.bit")

ffi.cdef([[
struct hs {
  int a; double d; char s[8]; struct hs *next; int bits : 5; struct { int x, y; } inner; union { int u; float f; };
  int arr[4]; void *p; int (*fn)(int); const int c; enum { HS_A, HS_B } e;
};
struct hv { int n; struct hs tail[?]; };
struct hf { int n; char tail[]; };
union hu { int i; double d; char c[16]; };
struct empty {};
struct hidden;
typedef int hvec __attribute__((vector_size(16)));
enum he { HE_A = 1, HE_B = -5 };
int abs(int); size_t strlen(const char *); int snprintf(char *, size_t, const char *, ...); double sqrt(double);
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
void *memcpy(void *, const void *, size_t); void *memset(void *, int, size_t);
]])

local NAMES = { "a", "d", "s", "next", "bits", "inner", "u", "f", "arr", "p", "c", "e", "x", "y", "n", "tail", "i",
  "re", "im", "nothing", "", "HS_A", "free", "set", 0, 1, -1, 3, 2 ^ 31, 2 ^ 53, 2 ^ 63, -2 ^ 63, 0 / 0, 1 / 0, 1.5,
  true, false }
local TYPES = { "int", "char", "double", "float", "bool", "int64_t", "uint64_t", "struct hs", "struct hv", "struct hf",
  "union hu", "struct empty", "struct hidden", "hvec", "enum he", "complex", "complex float", "int[4]", "int[?]",
  "int[]", "char[16]", "struct hs[2]", "struct hs *", "void *", "const char *", "int *", "void", "char **", "int[0]",
  "struct { int q; }", "long double", "__int128", "int[1][2][3]", "struct hv *", "garbage", "int[-1]",
  "int[1000000000000]", "", "const struct hs", "int[?][3]" }
local POINTERS = { "struct hs *", "int *", "char *", "void *", "struct hv *", "int &", "struct hs &", "const int *",
  "char **", "struct hidden *", "hvec *", "int (*)[4]" }
local EVENTS = { "__index", "__newindex", "__add", "__sub", "__eq", "__lt", "__le", "__call", "__gc", "__tostring",
  "__new", "__len", "__concat", "__unm", "__pairs", "__ipairs", "__close", "__mul", "__mod", "__div", "__pow", "__name",
  "__metatable", "__mode" }
local CALLBACKS = { "int (*)(int)", "void (*)(void)", "struct hs (*)(int, struct hs *)", "union hu (*)(union hu)",
  "double (*)(double, const char *, struct hs)", "const char *(*)(const char *)", "complex (*)(complex, float)" }
local DECLARATIONS = { "struct hs { int z; };", "int abs(int);", "struct %s { struct %s a; };", "enum { %s };",
  "garbage", "typedef struct %s { int a; } %s;", "struct { int a[2147483647][4]; };", "int f(struct nope);",
  "struct %s { $ a; };" }
local PARAMETERISED = { "$", "$ *", "$[$]", "struct { $ a; }", "$[?]", "int (*)($)", "const $", "struct $" }

local serial = 0
local function fresh()
  serial = serial + 1
  return "h" .. serial
end

return function(world)
  local r, SIZES, TEXTS, f = world.r, world.SIZES, world.TEXTS, world.f
  local value, any, keep, act, collect, try = world.value, world.any, world.keep, world.act, world.collect, world.try

  -- A cdata with memory of its own that is no number.
  local function owned()
    local x = value()
    if ffi.type(x) == "cdata" and ffi.tonumber(x) == nil then
      local ct = ffi.typeof(x)
      if not rawequal(x, ct) and not tostring(ct):find("[*&(]") then
        return x
      end
    end
    return ffi.new("char[16]", "owned")
  end

  local function cast(ct, x, ...)
    if type(x) == "number" or type(x) == "string" or ffi.type(x) == "cdata" and ffi.tonumber(x) then
      x = nil
    end
    local ok, target = pcall(ffi.typeof, ct)
    if ok and tostring(target):find("()", 1, true) then
      x = f
    end
    return ffi.cast(ct, x, ...)
  end

  local API = { ffi.new, cast, ffi.typeof, ffi.sizeof, ffi.alignof, ffi.offsetof, ffi.istype, ffi.gc, ffi.cdef,
    ffi.metatype, ffi.abi, ffi.errno, ffi.type, ffi.tonumber, ffi.pairs, ffi.ipairs, ffi.isnull, ffi.i64, ffi.u64,
    ffi.eval, ffi.toretval, ffi.eq, ffi.lt, ffi.le }
  local BITS = { bit.band, bit.bor, bit.lshift, bit.tohex, bit.bswap, bit.bnot, bit.rol, bit.tobit, bit.arshift }

  local ACTIONS = {
    function() keep(ffi.new(r.chance(60) and r.pick(TYPES) or value(), any())) end,
    function() keep(ffi.new(r.pick(TYPES), r.pick(SIZES), any())) end,
    function() keep(ffi.new(r.pick(TYPES))) end,
    function() keep(ffi.new(r.pick(TYPES), value())) end,
    function() keep(ffi.new("struct hs", { a = value(), d = value(), s = value(), bits = value(), e = value() })) end,
    function() keep(ffi.typeof(r.pick(TYPES))(any())) end,
    function() return r.pick(API)(any()) end,
    function() return r.pick(API)(any()) end,
    function() world.keep_memory(ffi.cast(r.pick(POINTERS), owned())) end,
    function() keep(owned()[r.pick(NAMES)]) end,
    function() owned()[r.pick(NAMES)] = value() end,
    function() keep(owned()[value()]) end,
    function() owned()[value()] = value() end,
    function() return owned() + value(), value() - owned() end,
    function() return value() .. value() end,
    function() return #value() end,
    function() return -value() end,
    function() return value() < value() end,
    function() return value() == value() end,
    function() return tostring(value()) end,
    function() keep(value() + value()) end,
    function() keep(value() - value()) end,
    function() keep(value() * value()) end,
    function() keep(value() / value()) end,
    function() keep(value() % value()) end,
    function() keep(value() ^ value()) end,
    function() return ffi.string(owned(), value()) end,
    function() return ffi.string(owned()) end,
    function() ffi.copy(owned(), owned(), r.pick(SIZES)) end,
    function()
      local x = owned()
      ffi.copy(x, x, r.pick(SIZES))
    end,
    function() ffi.copy(owned(), r.pick(TEXTS)) end,
    function() ffi.copy(owned(), r.pick(TEXTS), r.pick(SIZES)) end,
    function() ffi.fill(owned(), r.pick(SIZES), value()) end,
    function() ffi.gc(owned(), r.chance(50) and f or value()) end,
    function() ffi.gc(value(), value()) end,
    function() ffi.gc(ffi.new("struct hs"), f) end,
    function()
      ffi.gc(ffi.cast("void *", owned()), function(x)
        world.keep_memory(x)
        f()
      end)
    end,
    -- Metatypes, which may change after they were made.
    function()
      local name = "struct " .. fresh()
      ffi.cdef(("%s { int a; struct hs h; int arr[3]; %s *link; };"):format(name, name))
      local methods = {}
      for _ = 1, r.int(1, 8) do
        methods[r.pick(EVENTS)] = r.chance(75) and f or value()
      end
      if methods.__new then
        methods.__new = function(ct, ...)
          local ok, x = try(f, ...)
          return ok and r.chance(30) and x or ffi.new(ct)
        end
      end
      if r.chance(20) then
        methods.__index = methods
      end
      if r.chance(20) then
        setmetatable(methods, { __index = f, __newindex = f })
      end
      local ct = keep(ffi.metatype(name, methods))
      keep(ct())
      keep(ct(1))
      world.keep_memory(keep(ffi.new(name .. "[2]"))[0])
      world.keep_memory(ffi.cast(name .. " *", ffi.new(name)))
      methods.__index = r.chance(50) and value() or f
      methods.__gc = r.chance(50) and f or nil
    end,
    -- Callbacks.
    function()
      local callback = keep(ffi.cast(r.pick(CALLBACKS), f))
      for _ = 1, 3 do
        try(callback, any())
        if r.chance(30) then
          try(callback.set, callback, value())
        elseif r.chance(40) then
          try(callback.free, callback)
        end
      end
    end,
    function()
      local callback
      callback = ffi.cast("int (*)(int)", function(n)
        if r.chance(30) then
          callback:free()
        elseif r.chance(30) then
          callback:set(f)
        end
        collect()
        return n
      end)
      try(callback, 5)
      try(callback, 6)
      try(callback.free, callback)
    end,
    function()
      local compare = ffi.cast("int (*)(const void *, const void *)", function(a, b)
        if r.chance(10) then
          f()
        end
        return ffi.cast("int *", a)[0] - ffi.cast("int *", b)[0]
      end)
      try(ffi.C.qsort, ffi.new("int[5]", 5, 3, 2, 1, 4), 5, 4, compare)
      compare:free()
    end,
    function()
      local routine = coroutine.create(function()
        local callback = ffi.cast("int (*)(int)", f)
        coroutine.yield(callback)
        callback(1)
        act()
      end)
      local _, callback = coroutine.resume(routine)
      if r.chance(50) then
        coroutine.resume(routine)
      end
      routine = nil -- luacheck: ignore 311
      collect()
      try(callback, 3)
      callback:free()
    end,
    function()
      local function nest(n)
        local callback = ffi.cast("int (*)(int)", function(x) return n > 0 and nest(n - 1) or x end)
        local ok, result = try(callback, 1)
        callback:free()
        return ok and result or 0
      end
      nest(r.pick({ 1, 5, 30 }))
    end,
    -- C.
    function() return ffi.C.abs(any()) end,
    function() return ffi.C.sqrt(value()) end,
    function() return ffi.C.strlen(r.pick(TEXTS)) end,
    function() return ffi.C.snprintf(ffi.new("char[64]"), 64, "text", any()) end,
    function() return ffi.C[value()] end,
    function() ffi.C[value()] = value() end,
    function() return r.pick(BITS)(any()) end,
    function() ffi.cdef(r.pick(DECLARATIONS):gsub("%%s", fresh()), any()) end,
    function() keep(ffi.typeof(r.pick(PARAMETERISED), any())) end,
    -- What the other APIs may have made.
    function() keep(ffi.new("struct hs[2]", world.memory())) end,
    function() world.keep_memory(ffi.cast(r.pick(POINTERS), world.memory())) end,
    function() world.keep_memory(world.memory() + r.pick(SIZES)) end,
    function() world.memory()[r.pick(NAMES)] = value() end,
    function() world.memory()[value()] = value() end,
    function()
      local x = world.memory()[r.pick(NAMES)]
      return type(x) == "number" and keep(x)
    end,
    function() return ffi.string(world.memory(), r.pick(SIZES)) end,
    function() ffi.copy(world.memory(), world.memory(), r.pick(SIZES)) end,
    function() ffi.fill(world.memory(), r.pick(SIZES), value()) end,
    function() ffi.C.memcpy(world.block(), world.block(), r.int(0, world.ROOM)) end,
    function() ffi.C.memset(world.block(), value(), r.int(0, world.ROOM)) end,
    function() ffi.C.qsort(world.block(), r.int(0, 16), 4, world.compare()) end,
    function() ffi.cast("int (*)(int)", world.callback()) end,
    function() ffi.cast("void **", ffi.cast("void *", world.block()))[0] = value() end,
    function() ffi.cast("struct hs *", world.block())[0] = world.harmless() end,
    function()
      local p = ffi.cast("struct hs *", world.block())
      p.inner = { x = 1, y = { f() } }
      p.s, p.arr, p.a, p.e, p.fn = value(), value(), value(), value(), world.callback()
    end,
    function() keep(next({ [owned()] = owned() })) end,
    function() return ffi.pairs(value()) end,
    function()
      local x = owned()
      return ffi.sizeof(x), ffi.alignof(x), ffi.offsetof(x, r.pick(NAMES))
    end,
  }
  for _, fn in ipairs(ACTIONS) do
    table.insert(world.actions, fn)
  end
  for _, fn in ipairs({
    function() return r.pick({ ffi.C, bit }) end,
    function() return ffi.i64(r.int(-5, 5)) end,
    function() return ffi.u64("18446744073709551615") end,
    function() return ffi.new("char *") end,
    function()
      local ok, ct = pcall(ffi.typeof, r.pick(TYPES))
      return ok and ct or nil
    end,
  }) do
    table.insert(world.makers, fn)
  end
  for _, fn in ipairs({
    function() return ffi.new("int[32]") end,
    function() return ffi.new("struct hs[2]") end,
    function() return ffi.cast(r.pick({ "int *", "void *", "struct hs *", "int (*)[4]" }), world.block()) end,
  }) do
    table.insert(world.block_makers, fn)
  end
  table.insert(world.compare_makers, function()
    return keep(ffi.cast("int (*)(const void *, const void *)", f))
  end)
  for _, fn in ipairs({
    function() ffi.gc(owned(), nil) end,
    function()
      local x = world.callback()
      if ffi.type(x) == "cdata" then
        x[r.chance(50) and "free" or "set"](x, f)
      end
    end,
  }) do
    table.insert(world.ends, fn)
  end
end
