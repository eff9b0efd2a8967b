-- Makes a spec of each case of a topic: its outcome under lunaffi.luajit is the reference's.

local assert = require("luassert")

local cases = require("spec.support.luajit.cases")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local REFERENCE = "build/reference/luajit"

-- What the reference makes of a topic's cases: name -> outcome.
local function run_reference(topic)
  return helper.with_tempfile("", function(path)
    local output, status = interpreter.shell(table.concat({
      "env -u LUA_PATH -u LUA_CPATH", REFERENCE, "spec/support/luajit/run_reference.lua", topic,
      interpreter.quote(path),
    }, " "))
    assert(status == 0, "the reference failed (make reference builds it): " .. output)
    return dofile(path)
  end)
end

-- busted's own functions are globals of a spec's file alone: the file hands them over.
return function(topic, describe, it, setup)
  describe("as LuaJIT does: " .. topic, function()
    local list = cases.read(topic)
    local reference

    setup(function()
      reference = run_reference(topic)
    end)

    for _, entry in ipairs(list) do
      it(entry.name, function()
        local outcome = entry.run()
        local expected = reference[entry.name]
        if not entry.differs then
          assert.equal(expected, outcome)
          return
        end
        if entry.ours then
          assert.equal(entry.ours, outcome)
        else
          assert.truthy(outcome:find(entry.ours_has, 1, true), "lacks '" .. entry.ours_has .. "': " .. outcome)
        end
        assert.are_not.equal(expected, outcome)
      end)
    end
  end)
end
