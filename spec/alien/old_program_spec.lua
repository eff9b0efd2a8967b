-- A program written for Alien runs as it is: each of its blocks.

local interpreter = require("spec.support.interpreter")

local BLOCKS = 50

local output, status = interpreter.run("-l", "lunaffi.compat", "spec/alien/programs/old_program.lua", "./build/c_tests")

describe("an old program", function()
  it("ends well", function()
    assert.equals(0, status, output)
  end)

  local count = 0
  for line in output:gmatch("[^\n]+") do
    count = count + 1
    it("block " .. (line:match("ok (%d+ [^:]*)") or line), function()
      assert.matches("^ok %d+ ", line)
    end)
  end

  it("has all its blocks", function()
    assert.equals(BLOCKS, count, output)
  end)
end)
