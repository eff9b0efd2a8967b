-- Far too much of everything: depth, size and number that no C stack or memory holds. Each case runs in
-- an interpreter of its own: a limit that is missed ends the process.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local PRELUDE = [=[
local ffi = require("lunaffi")
local unpack = table.unpack or unpack
local numbers = ffi.load("./build/c_tests/numbers.so")
local variadics = ffi.load("./build/c_tests/variadics.so")
local calls = ffi.load("./build/c_tests/callbacks.so", { apply = { args = { "pointer", "i32" }, ret = "i32" } })

local function nested(depth)
  local definition = ffi.struct({ { "a", "i32" } })
  for _ = 1, depth do
    definition = ffi.struct({ { "x", definition } })
  end
  return definition
end
local function stars(depth)
  return "i32" .. ("*"):rep(depth)
end
local function pointers(depth)
  local result = "i32"
  for _ = 1, depth do
    result = ffi.pointer(result)
  end
  return result
end
local function many(count, value)
  local list = {}
  for i = 1, count do
    list[i] = value
  end
  return list
end
local function block(size)
  return ffi.struct({ { "v", "u8", size } })
end

local lj = require("lunaffi.luajit")
local function around(text, first, depth)
  local ty = lj.typeof(first)
  for _ = 1, depth do
    ty = lj.typeof(text, ty)
  end
  return ty
end
local endless = {}
endless[1], endless.x = endless, endless

local function work()
%s
end
local ok, result = pcall(work)
local text = ok and "fine" or tostring(result)
-- Lua's own errors about its stacks have no position when they stop a C function.
local own = { ["C stack overflow"] = true, ["stack overflow"] = true }
if not ok and not (type(result) == "string" and (result:find("^[^\n]-:%%d+: ") or own[result])) then
  text = "an error without a position: " .. text
end
-- whatever happened, the next call works
assert(numbers:call("add", "i32", { "i32", "i32" }, 10, 20) == 30)
assert(calls.apply(ffi.callback(function(x) return x + 1 end, "i32", { "i32" }), 5) == 6)
io.write(#text > 300 and text:sub(1, 150) .. text:sub(-150) or text)
]=]

local function run(work)
  local output, status = helper.with_tempfile(PRELUDE:format(work), interpreter.run)
  assert.equals(0, status, output:sub(-500))
  return output
end

-- What must be refused: the name, what is done, and what the error says.
local REFUSED = {
  { "a struct of 16 MB as argument", [[numbers:call("noop", "void", { block(2 ^ 24) }, {})]], "'call'" },
  { "a struct of 16 MB as result", [[numbers:call("noop", block(2 ^ 24), {})]], "'call'" },
  { "a struct of 16 MB as argument of a callback",
    [[ffi.callback(print, "void", { block(2 ^ 24) })({})]], "callback" },
  { "a struct of 16 MB as result of a callback", [[ffi.callback(print, block(2 ^ 24), {})()]], "callback" },
  { "a struct of 16 MB as variadic value",
    [[variadics:call("sum_ints", "i32", { "i32", "..." }, 0, { block(2 ^ 24), {} })]], "sum_ints" },
  { "a struct of 1000 TB as result", [[numbers:call("noop", block(2 ^ 50), {})]], "'call'" },
  { "16 MB of structs as arguments",
    [[numbers:call("noop", "void", many(256, block(65536)), unpack(many(256, {})))]], "" },
  { "16 MB of structs as arguments of a callback",
    [[ffi.callback(print, "void", many(256, block(65536)))(unpack(many(256, {})))]], "" },
  { "16 MB of structs as variadic values",
    [[variadics:call("sum_ints", "i32", { "i32", "..." }, 0, unpack(many(256, { block(65536), {} })))]], "" },
  { "a hundred thousand parameters", [[numbers:call("noop", "void", many(100000, "i32"))]], "" },
  { "a hundred thousand parameters of a callback", [[ffi.callback(print, "void", many(100000, "i32"))]], "'callback'" },
  { "an arena block of 2^53 bytes", [[ffi.arena():alloc(2 ^ 53)]], "'alloc'" },
  { "an array of 2^53 elements", [[ffi.arena():allocArray("f64", 2 ^ 53)]], "'allocArray'" },
  { "a buffer of 2^53 bytes", [[ffi.buffer(2 ^ 53)]], "'buffer'" },
  { "a struct of 1000 TB made", [[block(2 ^ 50):new()]], "'new'" },
  { "arrays of arrays beyond any address",
    [[local d = block(1000) for _ = 1, 10 do d = ffi.struct({ { "v", d, 1000 } }) end]], "'struct'" },
  { "a table that holds itself",
    [[local t = {} t.x = t nested(3):new(t)]], "'new'" },
  { "a struct nested 201 deep", [[nested(201)]], "bad argument #1 to 'struct' (types are nested too deeply)" },
  { "a struct of LuaJIT's nested 20000 deep, and a table that holds itself",
    [[lj.new(around("struct { $ x; }", "int", 20000), endless)]], "too many syntax levels" },
  { "members without a name 40000 deep, and an empty table",
    [[lj.new(around("struct { $; }", "struct { int a; }", 40000), {})]], "too many syntax levels" },
  { "members without a name 40000 deep, and a number",
    [[lj.new(around("struct { $; }", "struct { int a; }", 40000), 1)]], "too many syntax levels" },
  { "arrays in arrays 20000 deep, and a table that holds itself",
    [[lj.new(around("$[1]", "int", 20000), endless)]], "too many syntax levels" },
  { "const arrays in arrays 100000 deep", [[lj.typeof("const $", around("$[1]", "int", 100000))]],
    "too many syntax levels" },
  { "functions of functions 100000 deep that differ at last", [[
    local a = around("void (*)($)", "struct { int a; }", 100000)
    lj.cdef("struct limits_functions { $ x; };", a)
    lj.cdef("struct limits_functions { $ x; };", around("void (*)($)", "struct { int a; }", 100000))]],
    "attempt to redefine 'limits_functions'" },
  { "pointers to structs 100000 deep that differ at last", [[
    local a = around("struct { $ *p; }", "struct { int a; }", 100000)
    lj.cdef("struct limits_pointers { $ x; };", a)
    lj.cdef("struct limits_pointers { $ x; };", around("struct { $ *p; }", "struct { int a; }", 100000))]],
    "attempt to redefine 'limits_pointers'" },
  { "calls that never end", [[
    local cb
    cb = ffi.callback(function(n) local r = calls.apply(cb, n) return r end, "i32", { "i32" })
    local _ = calls.apply(cb, 1)]], "overflow" },
  { "callbacks that call themselves for ever", [[
    local cb
    cb = ffi.callback(function(n) local r = cb(n) return r end, "i32", { "i32" })
    local _ = cb(1)]], "overflow" },
  { "calls that never end, each in a coroutine of its own", [[
    local cb
    cb = ffi.callback(function(n)
      return coroutine.wrap(function() local r = calls.apply(cb, n) return r end)()
    end, "i32", { "i32" })
    local _ = calls.apply(cb, 1)]], "overflow" },
}

-- What may work or be refused, and must not do harm.
local SURVIVED = {
  { "a struct of 1 MB by value", [[numbers:call("noop", "void", { block(2 ^ 20) }, {})]] },
  { "a struct nested 199 deep by value", [[numbers:call("noop", "void", { nested(199) }, {})]] },
  { "a struct nested 199 deep in a callback",
    [[local d = nested(199) ffi.callback(function(v) return v end, d, { d })({})]] },
  { "a struct nested 199 deep made, copied and shown",
    [[local d = nested(199) local a, b = d:new(), d:new() a.x = b.x assert(#tostring(d) + #tostring(a) > 0)]] },
  { "a table nested 100000 deep for such a struct",
    [[local v = 5 for _ = 1, 100001 do v = { v } end nested(199):new(v)]] },
  { "100000 stars", [[assert(ffi.sizeof(stars(100000)) == 8)]] },
  { "100000 stars as a result, shown",
    [[assert(#tostring(numbers:call("id_pointer", stars(100000), { "pointer" }, ffi.buffer(8))) > 0)]] },
  { "100000 stars as a field, shown", [[assert(#tostring(ffi.struct({ { "p", stars(100000) } })) > 0)]] },
  { "100000 stars in a signature",
    [[local lib = ffi.load("./build/c_tests/numbers.so", { noop = { args = { stars(100000) } } })
      assert(#ffi.signature(lib.noop) > 0)]] },
  { "100000 stars in an error", [[numbers:call("id_pointer", "pointer", { stars(100000) }, true)]] },
  { "pointers to pointers 100000 deep, shown", [[assert(#tostring(pointers(100000)) > 0)]] },
  { "pointers to pointers 100000 deep as a result",
    [[assert(#tostring(numbers:call("id_pointer", pointers(100000), { "pointer" }, ffi.buffer(8))) > 0)]] },
  { "names of a million letters",
    [[local n = ("n"):rep(1000000) local v = ffi.struct({ { n, "i8" } }, { name = n }):new() v[n] = 3 v[n] = {}]] },
  { "a type name of a million letters", [[ffi.sizeof(("n"):rep(1000000))]] },
  { "a type name with a NUL", [[ffi.sizeof("i32\0")]] },
  { "a function name of a million letters", [[numbers:call(("n"):rep(1000000), "void", {})]] },
  { "ten thousand fields",
    [[local s = {} for i = 1, 10000 do s[i] = { "f" .. i, "i8" } end
      local d = ffi.struct(s) local v = d:new() v.f10000 = 5 assert(v.f10000 == 5 and #tostring(d) > 0)
      numbers:call("noop", "void", { d }, v)]] },
  { "a hundred thousand blocks of an arena",
    [[local a = ffi.arena() for _ = 1, 100000 do a:alloc(1) end assert(a.allocationCount == 100000) a:reset()]] },
  { "fifty thousand callbacks whose addresses are known to C",
    [[for _ = 1, 50000 do assert(ffi.callback(print, "void", {}).ptr) end]] },
  { "a thousand parameters",
    [[local cb = ffi.callback(function(...) return select("#", ...) end, "i32", many(1000, "i32"))
      assert(cb(unpack(many(1000, 7))) == 1000 and #tostring(cb) > 0)]] },
}

describe("far too much is refused:", function()
  for _, row in ipairs(REFUSED) do
    it(row[1], function()
      local output = run(row[2])
      assert.is_nil(output:find("^an error without a position"), output)
      assert.is_truthy(output:find(row[3], 1, true), output)
    end)
  end
end)

-- What calls itself for ever: the event of a metatype, what its handler does, and what calls it first.
local EVENTS = {
  { "__call", "local r = a() return r" },
  { "__index", "local r = a.none return r" },
  { "__newindex", "a.none = 1" },
  { "__add", "local r = a + 1 return r" },
  { "__unm", "local r = -a return r" },
  { "__eq", "local r = a == lj.new(ty) return r" },
  { "__lt", "local r = a < lj.new(ty) return r" },
  { "__le", "local r = a <= lj.new(ty) return r" },
  { "__concat", "local r = a .. 'x' return r" },
  { "__len", "local r = #a return r" },
  { "__tostring", "local r = tostring(a) return r" },
  { "__new", "local r = ty() return r" },
  { "__pairs", "local r = lj.pairs(a) return r" },
  { "__ipairs", "local r = lj.ipairs(a) return r" },
  { "__index", "local r = coroutine.wrap(function() return a.none end)() return r", " in a coroutine each" },
  { "__index", "now_and_then(lj.new, big, deep) local r = a.none return r", " with a deep conversion in each" },
  { "__index", "now_and_then(lj.typeof, long) local r = a.none return r", " with a deep declaration in each" },
  { "__index", "now_and_then(load_text, lua) local r = a.none return r", " with a deep program in each" },
}

describe("a metatype calls itself for ever:", function()
  for _, row in ipairs(EVENTS) do
    local event, body, more = row[1], row[2], row[3] or ""
    it("its " .. event .. more, function()
      local output = run(([[
        local big, deep = around("$[1]", "int", 200), endless
        for i = 1, 200 do
          deep = i == 1 and { 1 } or { deep }
        end
        local long = ("struct { "):rep(190) .. "int x; " .. ("} x; "):rep(189) .. "}"
        local load_text, lua = require("lunaffi.loader").load, "return " .. ("{"):rep(190) .. ("}"):rep(190)
        local level = 0
        local function now_and_then(...)
          level = level + 1
          if level %% 16 == 0 then
            pcall(...)
          end
        end
        local ty = lj.typeof("struct { int x; }")
        local handler = function(a) %s end
        lj.metatype(ty, { %s = handler })
        assert(big and deep and long and load_text and lua and now_and_then)
        -- errors that leave any number of levels leave nothing behind
        for _ = 1, 3 do
          assert(not pcall(handler, lj.new(ty)))
        end
        handler(lj.new(ty))]]):format(body, event))
      assert.is_nil(output:find("^an error without a position"), output)
      assert.is_truthy(output:find("overflow", 1, true), output)
    end)
  end
end)

describe("a finalizer that makes garbage and collects it for ever", function()
  it("ends when there is no room for another one", function()
    assert.equals("fine", run([[
      local function finalizer()
        ffi.gc(ffi.buffer(8), finalizer)
        collectgarbage()
      end
      finalizer()]]))
  end)
end)

describe("callbacks that are nested by another library", function()
  if rawget(_G, "jit") then
    it("answer zero where the C stack has no room, and the error is reported", function()
      assert.equals("fine", run([[
        local own = require("ffi")
        own.cdef("void qsort(void *, size_t, size_t, void *);")
        -- compiled code of LuaJIT's cannot be entered again
        require("jit").off()
        local reports, depth, callback = 0, 0, nil
        ffi.onCallbackError(function(message)
          assert(message:find("C stack overflow", 1, true))
          reports = reports + 1
        end)
        local numbers = own.new("int[2]", { 1, 2 })
        callback = ffi.callback(function()
          depth = depth + 1
          own.C.qsort(numbers, 2, 4, own.cast("void *", callback.ptr))
          return 0
        end, "i32", { "pointer", "pointer" })
        own.C.qsort(numbers, 2, 4, own.cast("void *", callback.ptr))
        assert(reports == 1 and depth > 200)]]))
    end)
  end
end)

describe("as deep as types may be,", function()
  it("tables initialise structs, arrays and members without a name", function()
    assert.equals("fine", run([[
      local function inside(value, depth)
        for _ = 1, depth do
          value = { value }
        end
        return value
      end
      local view = nested(199):new(inside(7, 200))
      for _ = 1, 199 do
        view = view.x
      end
      assert(view.a == 7)
      local s = lj.new(around("struct { $ x; }", "int", 200), inside(7, 200))
      for _ = 1, 200 do
        s = s.x
      end
      assert(s == 7)
      local a = lj.new(around("$[1]", "int", 200), inside(7, 200))
      for _ = 1, 200 do
        a = a[0]
      end
      assert(a == 7)
      local unnamed = around("struct { $; }", "struct { int a; }", 199)
      assert(lj.new(unnamed, 7).a == 7 and lj.new(unnamed, { 7 }).a == 7 and lj.new(unnamed, {}).a == 0)
      assert(lj.new(unnamed, { a = 7 }).a == 7)]]))
  end)
end)

describe("a great deal works or is refused:", function()
  for _, row in ipairs(SURVIVED) do
    it(row[1], function()
      local output = run(row[2])
      assert.is_truthy(output == "fine" or output:find("^[^\n]-:%d+: "), output)
    end)
  end
end)
