-- Metatypes of lunaffi.luajit: the metamethods that Lua 5.3 and 5.4 add, and what stock Lua needs others for.

local ffi = require("lunaffi.luajit")
local helper = require("spec.helper")

local fails = helper.fails

describe("a metatype", function()
  it("names its objects, when it does not write them itself", function()
    local function shown(value)
      return (tostring(value):gsub("0x%x+$", "ADDRESS"))
    end
    local Named = ffi.metatype("struct { int x; }", { __name = "Named" })
    local object = Named(1)
    assert.equals("Named: ADDRESS", shown(object))
    assert.equals("Named: ADDRESS", shown(ffi.typeof("$[2]", Named)()[1]))
    assert.truthy(shown(ffi.cast(ffi.typeof("$ *", Named), object)):find("^cdata<struct %d+ %*>: ADDRESS$"))
    assert.truthy(shown(Named):find("^ctype<struct %d+>$"))
    local written = { __name = "Named", __tostring = function() return "written" end }
    local Written = ffi.metatype("struct { int x; }", written)
    assert.equals("written", tostring(Written(1)))
    local Odd = ffi.metatype("struct { int x; }", { __name = {} })
    assert.truthy(shown(Odd(1)):find("^cdata<struct %d+>: ADDRESS$"))
  end)

  it("has the operators of newer Luas", function()
    local log = {}
    local function logs(name)
      return function(a, b)
        log[#log + 1] = name
        return name, a, b
      end
    end
    local V = ffi.metatype("struct { int v; }", {
      __idiv = logs("//"), __band = logs("&"), __bor = logs("|"), __bxor = logs("~"), __shl = logs("<<"),
      __shr = logs(">>"), __bnot = logs("not"),
    })
    local v = V(1)
    if helper.can("floor division operator") then
      assert.equals("//", helper.eval("local v = ... return v // 2", v))
      assert.equals("//", helper.eval("local v = ... return 2 // v", v))
    end
    if helper.can("bit operators") then
      assert.equals("&", helper.eval("local v = ... return v & 1", v))
      assert.equals("|", helper.eval("local v = ... return 1 | v", v))
      assert.equals("~", helper.eval("local v = ... return v ~ v", v))
      assert.equals("<<", helper.eval("local v = ... return v << 1", v))
      assert.equals(">>", helper.eval("local v = ... return v >> 1", v))
      assert.equals("not", helper.eval("local v = ... return ~v", v))
    end
    assert.is_table(log)
  end)

  if helper.version == "lua5.4" then
    it("closes", function()
      local closed = {}
      local V = ffi.metatype("struct { int v; }", {
        __close = function(self, message) closed[#closed + 1] = { self.v, message } end,
      })
      helper.eval("local V = ... do local a <close> = V(1) local b <close> = V(2) end", V)
      assert.same({ { 2 }, { 1 } }, closed)
      fails(function() helper.eval("local ffi = ... local x <close> = ffi.new('struct { int v; }')", ffi) end)
    end)
  end

  it("is asked for pointers, references and elements, too", function()
    local P = ffi.metatype("struct { int x, y; }", {
      __index = { sum = function(self) return self.x + self.y end },
      __tostring = function(self) return "P" .. self.x end,
      __call = function(self, n) return self.x * n end,
      __len = function() return 2 end,
    })
    local p = P(3, 4)
    local pointer = ffi.cast(ffi.typeof("$ *", P), p)
    local array = ffi.new(ffi.typeof("$[2]", P), { { 5, 6 }, { 7, 8 } })
    for _, row in ipairs({ { p, 7, 3 }, { pointer, 7, 3 }, { array[1], 15, 7 }, { pointer[0], 7, 3 } }) do
      assert.equals(row[2], row[1]:sum())
      assert.equals("P" .. row[3], tostring(row[1]))
      assert.equals(row[3] * 10, row[1](10))
      assert.equals(2, #row[1])
    end
  end)

  it("has what the type itself is asked for", function()
    local P
    P = ffi.metatype("struct { int x; }", {
      __index = { origin = function() return P(0) end, DIM = 1 },
      __new = function(ct, x) return ffi.new(ct, (x or 0) + 100) end,
    })
    assert.equals(1, P.DIM)
    assert.equals(100, P.origin().x)
    assert.equals(101, P(1).x)
    assert.equals(1, ffi.new(P, 1).x)
    fails(function() local _ = P.nothing end, "has no member named 'nothing'")
  end)

  it("is set once, and for structs alone", function()
    local P = ffi.metatype("struct { int x; }", {})
    fails(function() ffi.metatype(P, {}) end, "cannot change a protected metatable")
    fails(function() ffi.metatype("int", {}) end, "invalid C type")
    fails(function() ffi.metatype("int *", {}) end, "invalid C type")
    fails(function() ffi.metatype("struct { int y; }", 5) end, "table expected, got number")
  end)

  it("may be of a struct that is not known yet", function()
    ffi.cdef("struct ms_hidden;")
    ffi.metatype("struct ms_hidden", { __index = { answer = function() return 42 end } })
    assert.equals(42, ffi.cast("struct ms_hidden *", 64):answer())
    ffi.cdef("struct ms_hidden { int a; };")
    assert.equals(42, ffi.new("struct ms_hidden"):answer())
    assert.equals(5, ffi.new("struct ms_hidden", 5).a)
  end)

  it("gives pairs and ipairs through the module where Lua has none", function()
    local P = ffi.metatype("struct { int x; }", {
      __pairs = function(self) return next, { x = self.x } end,
      __ipairs = function(self)
        return function(_, i) if i < 2 then return i + 1, self.x end end, self, 0
      end,
    })
    local seen = {}
    for k, v in ffi.pairs(P(7)) do
      seen[k] = v
    end
    assert.same({ x = 7 }, seen)
    local list = {}
    for i, v in ffi.ipairs(P(3)) do
      list[i] = v
    end
    assert.same({ 3, 3 }, list)
    local keys = {}
    for k in ffi.pairs({ 9 }) do
      keys[#keys + 1] = k
    end
    assert.same({ 1 }, keys)
  end)

  it("takes tables that can be called as handlers", function()
    local callable = setmetatable({}, { __call = function(_, a, b) return type(a) .. type(b) end })
    local P = ffi.metatype("struct { int x; }", { __add = callable, __concat = callable, __call = callable })
    local p = ffi.new(P, 1)
    assert.equals("userdatanumber", (p + 1):gsub("cdata", "userdata"))
    assert.equals("userdatastring", (p .. "x"):gsub("cdata", "userdata"))
    assert.equals("userdatanil", (p():gsub("cdata", "userdata")))
  end)

  it("keeps the error of a handler", function()
    local mistake = {}
    local P = ffi.metatype("struct { int x; }", {
      __index = function() error(mistake) end,
      __add = function() error("no") end,
    })
    local ok, message = pcall(function() return P().nothing end)
    assert.is_false(ok)
    assert.is_true(rawequal(mistake, message))
    fails(function() return P() + 1 end, "no")
  end)
end)
