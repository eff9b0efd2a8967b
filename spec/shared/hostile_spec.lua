-- All three APIs in hostile hands: whatever the order and the values, the process goes on. In interpreters of their
-- own.

local interpreter = require("spec.support.interpreter")

local SEEDS = tonumber(os.getenv("LUNAFFI_SEEDS") or "") or 60
local EACH = 20

describe("hostile use of the APIs", function()
  for first = 1, SEEDS, EACH do
    local last = math.min(first + EACH - 1, SEEDS)
    it(("does not end the process, seeds %d to %d"):format(first, last), function()
      local output, status = interpreter.run("spec/support/hostile/run.lua", tostring(first), tostring(last))
      assert.equals(0, status, output)
      assert.truthy(output:find("came to its end\n", 1, true), output)
    end)
  end
end)
