-- Callbacks of lunaffi.luajit: made by conversion, found by their address, and never the end of the host.

local ffi = require("lunaffi.luajit")
local helper = require("spec.helper")

local fails = helper.fails

ffi.cdef([[
  typedef struct { double x, y; } bs_point;
  typedef union { int32_t i; float f; } bs_num32;
  int apply(int (*)(int), int);
  int apply2(int (*)(int, int), int, int);
  bool call_bool(bool (*)(bool), bool);
  int64_t call_i64(int64_t (*)(int64_t), int64_t);
  const char *call_string(const char *(*)(const char *), const char *);
  void *call_pointer(void *(*)(void *), void *);
  bs_point call_point(bs_point (*)(bs_point), bs_point);
  bs_num32 call_num32(bs_num32 (*)(bs_num32), bs_num32);
  void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
  typedef int (*bs_int_fn)(int);
]])
local lib = ffi.load(helper.fixture("callbacks"))

describe("a callback", function()
  it("gets and gives numbers", function()
    assert.equals(42, lib.apply(function(x) return x * 2 end, 21))
    assert.equals(7, lib.apply2(function(a, b) return a - b end, 10, 3))
    assert.is_false(lib.call_bool(function(x) return not x end, true))
    assert.is_true(lib.call_bool(function() return 2 end, false))
    local least = lib.call_i64(function(x) return x - 1 end, ffi.i64("-9223372036854775808"))
    assert.equals("9223372036854775807LL", tostring(least))
  end)

  it("wraps what it returns, as every conversion does", function()
    assert.equals(-1, lib.apply(function() return 4294967295 end, 0))
    assert.equals(3, lib.apply(function() return 3.9 end, 0))
  end)

  it("gets and gives strings, pointers and structs by value", function()
    local text = lib.call_string(function(s) return ffi.string(s):upper() end, "shout")
    assert.equals("SHOUT", ffi.string(text))
    assert.is_true(ffi.isnull(lib.call_pointer(function() return nil end, ffi.new("int[1]"))))
    local point = lib.call_point(function(p) return { p.x + 1, p.y * 2 } end, { 3, 4 })
    assert.same({ 4, 8 }, { point.x, point.y })
    assert.equals(1065353217, lib.call_num32(function(u)
      u.i = u.i + 1
      return u
    end, ffi.new("bs_num32", { f = 1 })).i)
  end)

  it("gets a struct of its own", function()
    local kept
    lib.call_point(function(p) kept = p return p end, { 1, 2 })
    lib.call_point(function(p) return p end, { 8, 9 })
    assert.same({ 1, 2 }, { kept.x, kept.y })
  end)

  it("sorts", function()
    local items = ffi.new("int[6]", 5, 3, 1, 6, 4, 2)
    ffi.C.qsort(items, 6, 4, function(a, b)
      return ffi.cast("const int *", a)[0] - ffi.cast("const int *", b)[0]
    end)
    for i = 0, 5 do
      assert.equals(i + 1, items[i])
    end
  end)

  it("hands its error to the call, value and all, and C gets zero", function()
    local mistake = { "a table" }
    local ok, message = pcall(function() return lib.apply(function() error(mistake) end, 1) end)
    assert.is_false(ok)
    assert.is_true(rawequal(mistake, message))
    fails(function() lib.apply(function() return nil end, 1) end, "cannot convert 'nil' to 'int'")
    fails(function() lib.apply(function() return {} end, 1) end, "cannot convert 'table' to 'int'")
    fails(function() lib.call_point(function() return 5 end, { 1, 2 }) end, "cannot convert 'number' to 'struct ")
    assert.equals(2, lib.apply(function(x) return x + 1 end, 1))
  end)

  it("runs in the coroutine that calls, and cannot yield across C", function()
    local co = coroutine.create(function()
      local inner
      lib.apply(function() inner = coroutine.running() return 1 end, 1)
      return inner
    end)
    local _, inner = coroutine.resume(co)
    assert.equals(co, inner)
    local yields = coroutine.create(function() lib.apply(function() coroutine.yield() return 1 end, 1) end)
    local ok, message = coroutine.resume(yields)
    assert.is_false(ok)
    assert.truthy(tostring(message):find("yield across", 1, true))
  end)

  it("may call back into C", function()
    local function down(n)
      return n == 0 and 0 or 1 + lib.apply(down, n - 1)
    end
    assert.equals(50, lib.apply(down, 50))
  end)

  it("runs from a finalizer", function()
    local seen
    local function make()
      ffi.gc(ffi.new("int[1]"), function() seen = lib.apply(function(x) return x + 1 end, 4) end)
    end
    make()
    helper.collect()
    assert.equals(5, seen)
  end)
end)

describe("a callback that is kept", function()
  it("can be given another function, and be freed", function()
    local callback = ffi.cast("bs_int_fn", function(x) return x + 1 end)
    assert.equals(2, callback(1))
    callback:set(function(x) return x + 10 end)
    assert.equals(11, lib.apply(callback, 1))
    assert.equals(0, select("#", callback:free()))
    fails(function() callback(1) end, "bad callback")
    fails(function() lib.apply(callback, 1) end, "bad callback")
    fails(function() callback:free() end, "bad callback")
    fails(function() callback:set(print) end, "bad callback")
    assert.equals(3, lib.apply(function(x) return x + 2 end, 1))
  end)

  it("is known by its address alone", function()
    local callback = ffi.cast("bs_int_fn", function(x) return -x end)
    local again = ffi.cast("int (*)(int)", ffi.cast("void *", callback))
    assert.is_true(again == callback)
    again:free()
    fails(function() callback(1) end, "bad callback")
  end)

  it("is nothing that other pointers have", function()
    fails(function() ffi.cast("bs_int_fn", 0):free() end, "bad callback")
    fails(function() ffi.cast("bs_int_fn", lib.apply):set(print) end, "bad callback")
    fails(function() local _ = lib.apply.free end, "'int ()' has no member named 'free'")
    fails(function() local _ = ffi.cast("bs_int_fn", 0).nothing end, "'int (*)()' has no member named 'nothing'")
    fails(function() ffi.cast("bs_int_fn", function() return 1 end):set(5) end, "function expected, got number")
  end)

  it("frees itself while it runs", function()
    local callback
    callback = ffi.cast("bs_int_fn", function(x)
      callback:free()
      return x + 1
    end)
    assert.equals(8, lib.apply(callback, 7))
    fails(function() callback(1) end, "bad callback")
  end)

  it("stays when its cdata is collected, as C may have it", function()
    local holder = ffi.new("struct { bs_int_fn f; }")
    holder.f = function(x) return x * 3 end
    helper.collect()
    assert.equals(12, holder.f(4))
    holder.f:free()
  end)

  it("can be made and freed for ever", function()
    local function round(n)
      for i = 1, n do
        local callback = ffi.cast("bs_int_fn", function(x) return x + i end)
        assert.equals(i + 1, callback(1))
        callback:free()
      end
    end
    for _ = 1, 4 do
      round(400)
    end
    round(5000)
    helper.collect()
    local before = collectgarbage("count")
    round(2000)
    helper.collect()
    assert.is_true(collectgarbage("count") - before < 100)
  end)

  it("can be one of very many at a time", function()
    local all = {}
    for i = 1, 2000 do
      all[i] = ffi.cast("bs_int_fn", function(x) return x + i end)
    end
    assert.equals(2001, all[2000](1))
    assert.equals(2, all[1](1))
    for _, callback in ipairs(all) do
      callback:free()
    end
  end)
end)

describe("what cannot be a callback", function()
  it("is refused", function()
    fails(function() ffi.cast("int (*)(int, ...)", print) end, "cannot convert 'function' to 'int (*)()'")
    fails(function() ffi.cast("void *", print) end, "cannot convert 'function' to 'void *'")
    fails(function() lib.apply({}, 1) end, "cannot convert 'table' to 'int (*)()'")
    fails(function() lib.apply(setmetatable({}, { __call = print }), 1) end, "cannot convert 'table' to 'int (*)()'")
  end)
end)
