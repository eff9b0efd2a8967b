-- What the definitions for the language server are checked for, whatever API they are of.

-- These are globals in the files of specs alone.
local assert = require("luassert")
local it = require("busted").it

local checks = {}

-- The metamethods that a definition can tell as an operator.
local OPERATORS = {
  "add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl", "shr", "bnot",
  "concat", "len", "call",
}

-- The keys of some tables as one sorted list.
function checks.names(...)
  local list = {}
  for _, set in ipairs({ ... }) do
    for name in pairs(set) do
      list[#list + 1] = name
    end
  end
  table.sort(list)
  return list
end

-- Cases for a table of functions and values.
function checks.table(class, object, defined)
  it("has every name of the table " .. class .. " and no other", function()
    assert.same(checks.names(object), checks.names(defined.fields, defined.functions))
    for name in pairs(defined.functions) do
      assert.equals("function", type(object[name]), name)
    end
  end)
end

-- Cases for a kind of object, of which `object` is one with a value for every property. `own_name` is
-- what the kind calls itself.
function checks.kind(class, object, own_name, defined)
  local metatable = debug.getmetatable(object)

  it("calls the kind " .. class .. " by its own name", function()
    assert.equals(own_name, metatable.__name)
  end)

  it("has every method of " .. class .. " and no other", function()
    assert.same(checks.names(metatable.methods), checks.names(defined.functions))
  end)

  it("has no property of " .. class .. " that is not there", function()
    for name in pairs(defined.fields) do
      assert.is_not_nil(object[name], name)
    end
  end)

  it("has every operator of " .. class .. " and no other", function()
    local there = {}
    for _, operator in ipairs(OPERATORS) do
      there[operator] = metatable["__" .. operator]
    end
    assert.same(checks.names(there), checks.names(defined.operators))
  end)
end

return checks
