-- The definitions for the language server against the modules around LuaJIT's language: every name in
-- one is in the other.

local read_definitions = require("spec.support.definitions")

local loader = read_definitions("types/lunaffi/loader.lua")
local bit = read_definitions("types/lunaffi/bit.lua")
local jit = read_definitions("types/lunaffi/jit.lua")
local buffer = read_definitions("types/lunaffi/buffer.lua")
local reflect = read_definitions("types/lunaffi/reflect.lua")

local TABLES = {
  { "lunaffi.loader", loader, require("lunaffi.loader") },
  { "lunaffi.bit", bit, require("lunaffi.bit") },
  { "lunaffi.buffer", buffer, require("lunaffi.buffer") },
  { "lunaffi.reflect", reflect, require("lunaffi.reflect") },
  { "lunaffi.jit", jit, require("lunaffi.jit") },
  { "lunaffi.jit.opt", jit, require("lunaffi.jit").opt },
}

describe("the definitions of", function()
  for _, entry in ipairs(TABLES) do
    local class, defined, module = entry[1], entry[2][entry[1]], entry[3]

    it(class .. " have every name, and no other", function()
      local names = {}
      for name in pairs(module) do
        names[name] = true
      end
      for name in pairs(defined.fields) do
        assert.is_true(names[name], name)
        names[name] = nil
      end
      for name in pairs(defined.functions) do
        assert.equal("function", type(module[name]), name)
        names[name] = nil
      end
      assert.same({}, names)
    end)
  end

  it("string buffers have every method, and no other", function()
    local buf = require("lunaffi.buffer").new()
    local methods = {}
    for name in pairs(debug.getmetatable(buf).__index) do
      methods[name] = true
    end
    for name in pairs(buffer["lunaffi.buffer.Buffer"].functions) do
      assert.is_true(methods[name], name)
      methods[name] = nil
    end
    assert.same({}, methods)
  end)

  it("all modules are Lua", function()
    for _, name in ipairs({ "loader", "bit", "buffer", "reflect", "jit", "run" }) do
      assert.equal("table", type(dofile("types/lunaffi/" .. name .. ".lua")))
    end
  end)
end)
