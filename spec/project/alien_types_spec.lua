-- The definitions of the Alien API for the language server against the modules: every name in one is in
-- the other. Also that the documentation tells of each of them.

local alien = require("lunaffi.alien")
local checks = require("spec.support.definition_checks")
local read_definitions = require("spec.support.definitions")

local classes = read_definitions("types/lunaffi/alien.lua")
local names = checks.names
local struct_classes = read_definitions("types/lunaffi/alien/struct.lua")
for class, definition in pairs(struct_classes) do
  assert(not classes[class], "the class " .. class .. " is there twice")
  classes[class] = definition
end

local Pair = alien.defstruct({ { "a", "int" }, { "b", "double" } })

-- The tables by class: the modules, and the definition of a struct, which is a table, too.
local TABLES = {
  ["lunaffi.alien"] = alien,
  ["lunaffi.alien.struct"] = require("lunaffi.alien.struct"),
}

-- An object of each kind on which every property has a value: the class, what it calls itself.
local OBJECTS = {
  ["lunaffi.alien.Library"] = { alien.default, "alien library" },
  ["lunaffi.alien.Function"] = { alien.default.puts, "alien function" },
  ["lunaffi.alien.Buffer"] = { alien.buffer(16), "alien buffer" },
  ["lunaffi.alien.Array"] = { alien.array("int", 2), "alien array" },
  ["lunaffi.alien.Struct"] = { Pair:new(), "alien struct" },
}

describe("types/lunaffi/alien.lua", function()
  for class, object in pairs(TABLES) do
    checks.table(class, object, classes[class])
  end

  for class, entry in pairs(OBJECTS) do
    checks.kind(class, entry[1], entry[2], classes[class])
  end

  it("has every name of a struct's definition and no other", function()
    local defined = classes["lunaffi.alien.StructDefinition"]
    for name in pairs(defined.functions) do
      assert.equals("function", type(Pair[name]), name)
    end
    for name in pairs(defined.fields) do
      assert.is_not_nil(rawget(Pair, name), name)
    end
    for name in pairs(Pair) do
      assert.is_truthy(defined.fields[name] or defined.functions[name], name)
    end
    for name in pairs(debug.getmetatable(Pair).__index) do
      assert.is_truthy(defined.functions[name], name)
    end
  end)

  it("has every key of a table of types and no other", function()
    assert.same({ "abi", "ret" }, names(classes["lunaffi.alien.Types"].fields))
    alien.default.abs:types({ ret = "int", abi = "default", "int" })
    assert.equals(5, alien.default.abs(-5))
  end)

  it("is covered: each of its classes is checked here", function()
    local checked = { ["lunaffi.alien.StructDefinition"] = true, ["lunaffi.alien.Types"] = true }
    for class in pairs(classes) do
      assert.is_truthy(TABLES[class] or OBJECTS[class] or checked[class], class)
    end
    for _, set in ipairs({ TABLES, OBJECTS, checked }) do
      for class in pairs(set) do
        assert.is_truthy(classes[class], class)
      end
    end
  end)

  it("knows every name of a type", function()
    local text = assert(io.open("types/lunaffi/alien.lua")):read("*a")
    local alias = text:match("%-%-%-@alias lunaffi.alien.TypeName\n(.-)\n\n")
    local known = {}
    for name in alias:gmatch('"([^"]+)"') do
      known[name] = true
      if name ~= "..." then
        assert.is_true(pcall(alien.sizeof, name), name)
      end
    end
    -- 18 types, a ref of each but void, string and callback, and "...".
    assert.equals(18 + 15 + 1, #names(known))
  end)

  it("is valid Lua", function()
    assert.equals("table", type(dofile("types/lunaffi/alien.lua")))
    assert.equals("table", type(dofile("types/lunaffi/alien/struct.lua")))
  end)
end)

describe("docs/alien.md", function()
  local text = assert(io.open("docs/alien.md")):read("*a")

  for _, name in ipairs(names(alien)) do
    it("tells of " .. name, function()
      assert.is_truthy(text:find("alien." .. name, 1, true) or text:find("`" .. name .. "`", 1, true), name)
    end)
  end

  it("tells of every method and property", function()
    for class, definition in pairs(classes) do
      for _, name in ipairs(names(definition.functions, definition.fields)) do
        assert.is_truthy(text:find("[:.`]" .. name .. "%f[^%w_]"), class .. "." .. name)
      end
    end
  end)

  it("tells of every name of a type", function()
    for _, name in ipairs({
      "void", "byte", "char", "short", "ushort", "int", "uint", "long", "ulong", "longlong", "ulonglong",
      "ptrdiff_t", "size_t", "float", "double", "string", "pointer", "callback",
    }) do
      assert.is_truthy(text:find("`" .. name .. "`", 1, true), name)
    end
  end)

  it("is where the examples can be found", function()
    for _, name in ipairs({ "qsort", "scanf", "struct", "tag", "constants" }) do
      assert.is_truthy(text:find("examples/alien/" .. name .. ".lua", 1, true), name)
    end
  end)
end)
