-- lunaffi.reflect and ffi.typeinfo, where LuaJIT cannot say what is right. What LuaJIT does is in
-- spec/luajit/cases/typeinfo.lua.

local ffi = require("lunaffi.luajit")
local reflect = require("lunaffi.reflect")
local helper = require("spec.helper")

describe("reflect.getmetatable", function()
  it("gives what ffi.metatype was given", function()
    local metatable = { __index = {} }
    local ct = ffi.metatype("struct { int x; }", metatable)
    assert.equal(metatable, reflect.getmetatable(ct))
    assert.equal(metatable, reflect.getmetatable(ct()))
    assert.is_nil(reflect.getmetatable("int"))
    assert.is_nil(reflect.getmetatable(ffi.typeof("struct { int x; }")))
  end)

  it("takes types only", function()
    helper.fails(function() reflect.getmetatable(5) end,
      "bad argument #1 to 'getmetatable' (C type expected, got number)")
  end)
end)

describe("reflect.typeof", function()
  it("takes what ffi.typeof takes", function()
    assert.equals("int", reflect.typeof("int").what)
    assert.equals("int", reflect.typeof(ffi.typeof("int")).what)
    assert.equals(12, reflect.typeof(ffi.new("int[?]", 3)).element_type.size * 3)
    helper.fails(function() reflect.typeof("nothing") end, "nothing")
    helper.fails(function() reflect.typeof(5) end, "C type expected, got number")
  end)

  it("knows types that LuaJIT does not", function()
    local wide, quad = reflect.typeof("unsigned __int128"), reflect.typeof("__float128")
    assert.same({ "int", true, 16 }, { wide.what, wide.unsigned, wide.size })
    assert.same({ "float", 16, 16 }, { quad.what, quad.size, quad.alignment })
    local pair = reflect.typeof("complex long double")
    assert.same({ "array", true, 32, "float" }, { pair.what, pair.complex, pair.size, pair.element_type.what })
  end)

  it("describes negative constants, -1 as well", function()
    local enum = reflect.typeof("enum { REFLECT_MINUS_ONE = -1, REFLECT_MINUS_TWO = -2 }")
    assert.same({ -1, -2 }, { enum:value("REFLECT_MINUS_ONE").value, enum:value(2).value })
  end)

  it("describes a struct that points to itself", function()
    ffi.cdef("struct reflect_list { struct reflect_list *next; int value; };")
    local list = reflect.typeof("struct reflect_list")
    for _ = 1, 10 do
      list = list:member("next").type.element_type
    end
    assert.equals(8, list:member("value").offset)
  end)

  it("walks structs whose parts are many times the same", function()
    ffi.cdef("struct reflect_0 { volatile int x; };")
    for i = 1, 60 do
      ffi.cdef(("typedef struct reflect_%d { struct reflect_%d *a; struct { struct reflect_0 c; } d[0], e[0]; } r%d;")
        :format(i, i - 1, i))
    end
    local text = "struct reflect_0"
    for _ = 1, 60 do
      text = "struct { " .. text .. " a[0]; }"
    end
    assert.is_true(reflect.typeof(text).volatile)
  end)
end)

describe("ffi.typeinfo", function()
  it("gives nothing for what is no type or member", function()
    for _, id in ipairs({ 0, -1, 65535, 2 ^ 31 - 1, -2 ^ 31, 65536, 65536 + ffi.tonumber(ffi.typeof("int")) }) do
      assert.equal(0, select("#", ffi.typeinfo(id)))
    end
    helper.fails(function() ffi.typeinfo("x") end, "bad argument #1 to 'typeinfo'")
  end)

  it("survives every number", function()
    for id = 0, 400 do
      for place = 0, 3 do
        local entry = ffi.typeinfo(id + place * 65536)
        assert.is_true(entry == nil or type(entry.info) == "number")
      end
    end
  end)
end)
