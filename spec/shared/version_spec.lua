-- A build of the module in another Lua than the one that it is for.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local LUAS = {
  ["lua5.1"] = "Lua 5.1", ["lua5.2"] = "Lua 5.2", ["lua5.3"] = "Lua 5.3", ["lua5.4"] = "Lua 5.4",
  ["lua5.5"] = "Lua 5.5", luajit = "LuaJIT",
}
local running = rawget(_G, "jit") and "LuaJIT" or _VERSION
-- Each of these has all functions that the other's build needs; elsewhere the system says which one is missing.
local ALIKE = { ["Lua 5.1"] = "LuaJIT", ["LuaJIT"] = "Lua 5.1", ["Lua 5.4"] = "Lua 5.5", ["Lua 5.5"] = "Lua 5.4" }

local function is_built(command)
  local file = io.open("build/" .. command .. "/lunaffi.so")
  return file and file:close()
end

describe("In " .. running, function()
  for command, name in pairs(LUAS) do
    if is_built(command) then
      local builds = name == running and "its own build is loaded" or "the build for " .. name .. " is refused"
      it(builds .. ", whichever module is asked for", function()
        for _, module in ipairs({ "", ".luajit", ".alien", ".compat", ".bit", ".run" }) do
          local output, status = helper.with_tempfile(([[
            package.cpath = "./build/%s/?.so"
            arg = { [0] = "-" }
            local ok, message = pcall(require, "lunaffi%s")
            io.write(ok and "loaded" or tostring(message))
          ]]):format(command, module), interpreter.run)
          assert.equals(0, status, output)
          if name == running then
            assert.is_true(output == "loaded" or module == ".run", output)
          elseif ALIKE[name] == running then
            local words = "^this build of lunaffi is for (.-), and this is (.-): "
              .. "install the one for it %(make install LUA=(.-)%)$"
            local built_for, this, install = output:match(words)
            assert.equals(name, built_for, output)
            assert.equals(running, this)
            assert.equals(running, LUAS[install])
          else
            assert.is_truthy(output:find("undefined symbol: lua", 1, true), output)
          end
        end
      end)
    end
  end
end)
