-- Random programs on random C types: every step of each is what LuaJIT makes of it.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")
local run = require("spec.support.luajit.random_run")

local FIRST, PER_CASE, CASES = 1, 10, helper.is_slow and 1 or 15

describe("as LuaJIT does: random programs", function()
  local expected, program

  setup(function()
    expected = helper.with_tempfile("", function(path)
      local output, status = interpreter.shell(table.concat({
        "env -u LUA_PATH -u LUA_CPATH build/reference/luajit spec/support/luajit/random_reference.lua", FIRST,
        FIRST + PER_CASE * CASES - 1, interpreter.quote(path),
      }, " "))
      assert(status == 0, "the reference failed (make reference builds it): " .. output)
      return dofile(path)
    end)
    program = run(false)
  end)

  for n = 1, CASES do
    local first = FIRST + (n - 1) * PER_CASE
    it(("of the seeds %d to %d"):format(first, first + PER_CASE - 1), function()
      local steps = 0
      for seed = first, first + PER_CASE - 1 do
        program(seed, function(number, outcome, step)
          local wanted = expected[seed][number]
          if outcome ~= wanted then
            error(("seed %d, step %d:\n%s\nLuaJIT: %s\nhere:   %s"):format(seed, number, step.code, tostring(wanted),
              outcome), 0)
          end
          steps = steps + 1
        end)
      end
      assert.is_true(steps > 50 * PER_CASE)
    end)
  end
end)
