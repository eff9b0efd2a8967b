-- The LuaJIT API in hostile hands: whatever the order and the values, the process goes on. In interpreters of their
-- own.

local interpreter = require("spec.support.interpreter")

describe("hostile use of the LuaJIT API", function()
  for first = 1, 81, 40 do
    it(("does not end the process, seeds %d to %d"):format(first, first + 39), function()
      local output, status = interpreter.run("spec/support/luajit/hostile.lua", tostring(first), tostring(first + 39))
      assert.equals(0, status, output)
      assert.truthy(output:find("came to its end\n", 1, true), output)
    end)
  end
end)
