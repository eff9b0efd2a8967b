-- The definitions for the language server against the module: every name in one is in the other.

local ffi = require("lunaffi")
local helper = require("spec.helper")
local checks = require("spec.support.definition_checks")
local read_definitions = require("spec.support.definitions")

local classes = read_definitions("types/lunaffi.lua")
local names = checks.names

-- The tables of the module, by class.
local TABLES = {
  ["lunaffi"] = ffi,
  ["lunaffi.types"] = ffi.types,
  ["lunaffi.ctypes"] = ffi.ctypes,
  ["lunaffi.unsafe"] = ffi.unsafe,
  ["lunaffi.library"] = ffi.library,
}

-- An object of each kind on which every property has a value, by class.
local arena = ffi.arena()
local Point = ffi.struct({ { "x", "i32" }, { "y", "i32" } }, { name = "Point" })
local boxed = ffi.uint64("18446744073709551615")
local OBJECTS = {
  ["lunaffi.Arena"] = arena,
  ["lunaffi.RawPointer"] = arena:alloc(16),
  ["lunaffi.TypedPointer"] = ffi.cast(arena:alloc(16), "i32"),
  ["lunaffi.Buffer"] = ffi.buffer(16),
  ["lunaffi.StructDefinition"] = Point,
  ["lunaffi.StructView"] = Point:new(),
  ["lunaffi.CType"] = ffi.pointer("i32"),
  ["lunaffi.Library"] = ffi.open(helper.fixture("numbers")),
  ["lunaffi.FfiCallback"] = ffi.callback(function() end, "i32", { "i32" }),
  ["lunaffi.Int64"] = boxed,
}

describe("types/lunaffi.lua", function()
  for class, object in pairs(TABLES) do
    checks.table(class, object, classes[class])
  end

  for _, class in ipairs({ "lunaffi.types", "lunaffi.ctypes" }) do
    it("tells what each name in " .. class .. " stands for", function()
      for name, kind in pairs(classes[class].fields) do
        local value = TABLES[class][name]
        if type(value) == "string" then
          assert.equals('"' .. value .. '"', kind, name)
        end
      end
    end)
  end

  for class, object in pairs(OBJECTS) do
    checks.kind(class, object, class:match("^lunaffi%.(.+)$"), classes[class])
  end

  it("has the properties that the objects answer to", function()
    -- What an object has is not listed anywhere: these are the names that any object has.
    local known = {}
    for _, defined in pairs(classes) do
      for name in pairs(defined.fields) do
        known[name] = true
      end
    end
    for class, object in pairs(OBJECTS) do
      for name in pairs(known) do
        local ok, value = pcall(function() return object[name] end)
        if ok and value ~= nil then
          local defined = classes[class]
          assert.is_truthy(defined.fields[name] or defined.functions[name], class .. "." .. name)
        end
      end
    end
  end)

  it("gives a library with an interface the methods of one without", function()
    local smart = ffi.load(helper.fixture("numbers"), { add = { args = { "i32", "i32" }, ret = "i32" } })
    assert.equals("lunaffi.SmartLibrary", "lunaffi." .. getmetatable(smart))
    for name in pairs(classes["lunaffi.Library"].functions) do
      assert.equals("function", type(smart[name]), name)
    end
    assert.equals(ffi.library.path(smart), smart.path)
  end)

  it("has every key of an interface entry and no other", function()
    local values = { args = {}, ret = "i32", name = "version_int", optional = true, abi = "default" }
    assert.same(names(values), names(classes["lunaffi.Function"].fields))
    local lib = ffi.load(helper.fixture("numbers"), { version = values })
    assert.equals(7, lib.version())
    for _, key in ipairs({ "result", "symbol", "arguments" }) do
      helper.fails(function() ffi.load(helper.fixture("numbers"), { add = { [key] = true } }) end, "unknown key")
    end
  end)

  it("has every option of a struct and no other", function()
    local values = { name = "Pair", packed = true, align = 4 }
    assert.same(names(values), names(classes["lunaffi.StructOptions"].fields))
    local def = ffi.struct({ { "a", "u8" }, { "b", "i32" } }, values)
    assert.equals("Pair", def.name)
    assert.equals(8, def.size)
    helper.fails(function() ffi.struct({ { "a", "u8" } }, { pack = 1 }) end, "unknown option")
  end)

  it("has every key of an export", function()
    local fields = classes["lunaffi.Export"].fields
    for _, export in ipairs(OBJECTS["lunaffi.Library"]:listExports()) do
      for name in pairs(export) do
        assert.is_truthy(fields[name], name)
      end
      assert.equals("string", type(export.name))
      assert.is_truthy(fields.kind:find('"' .. export.kind .. '"', 1, true))
      assert.equals("boolean", type(export.weak))
    end
  end)

  it("is covered: each of its classes is checked here", function()
    local checked = {
      ["lunaffi.Function"] = true, ["lunaffi.Field"] = true, ["lunaffi.StructOptions"] = true,
      ["lunaffi.Export"] = true, ["lunaffi.SmartLibrary"] = true,
    }
    for class in pairs(classes) do
      assert.is_truthy(TABLES[class] or OBJECTS[class] or checked[class], class)
    end
    for class in pairs(TABLES) do
      assert.is_truthy(classes[class], class)
    end
  end)

  it("knows every spelling of a type", function()
    local text = assert(io.open("types/lunaffi.lua")):read("*a")
    local alias = text:match("%-%-%-@alias lunaffi.TypeName\n(.-)\n\n")
    local count = 0
    for name in alias:gmatch('"([^"]+)"') do
      count = count + 1
      if name ~= "..." then
        assert.is_true(pcall(ffi.sizeof, name), name)
      end
    end
    -- The 46 spellings of the 16 canonical types, the three of C's own sizes, and "...".
    assert.equals(46 + 3 + 1, count)
  end)

  it("is valid Lua, and so is what stands beside it", function()
    assert.equals("table", type(dofile("types/lunaffi.lua")))
    assert.equals("table", type(dofile("types/lunaffi/compat.lua")))
  end)
end)
