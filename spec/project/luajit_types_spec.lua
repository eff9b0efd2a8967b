-- types/lunaffi/luajit.lua against the module: every name in one is in the other.

local ffi = require("lunaffi.luajit")
local checks = require("spec.support.definition_checks")
local read_definitions = require("spec.support.definitions")

local classes = read_definitions("types/lunaffi/luajit.lua")
local names = checks.names

describe("types/lunaffi/luajit.lua", function()
  it("has every name of the module and no other", function()
    local defined = classes["lunaffi.luajit"]
    assert.same(names(ffi), names(defined.fields, defined.functions))
    for name in pairs(defined.functions) do
      assert.equals("function", type(ffi[name]), name)
    end
    for name in pairs(defined.fields) do
      assert.is_not.equals("function", type(ffi[name]), name)
    end
  end)

  it("has the operators of cdata and of ctype objects", function()
    local operators = {
      "add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor", "shl", "shr", "unm", "bnot", "concat",
      "len", "call",
    }
    local cdata = debug.getmetatable(ffi.new("int64_t"))
    for _, operator in ipairs(operators) do
      assert.is_not_nil(cdata["__" .. operator], operator)
      assert.is_true(classes["lunaffi.luajit.CData"].operators[operator], operator)
    end
    assert.same({ "call" }, names(classes["lunaffi.luajit.CType"].operators))
    assert.is_not_nil(debug.getmetatable(ffi.typeof("int")).__call)
  end)

  it("tells the names of this platform", function()
    local fields = classes["lunaffi.luajit"].fields
    assert.is_truthy(fields.os:find('"' .. ffi.os .. '"', 1, true), ffi.os)
    assert.equals("string", type(ffi.arch))
  end)

  it("is valid Lua", function()
    assert.equals("table", type(dofile("types/lunaffi/luajit.lua")))
  end)
end)
