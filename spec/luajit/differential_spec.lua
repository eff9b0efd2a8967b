-- Each case in spec/luajit/cases, a topic per file: its outcome under lunaffi.luajit is the reference's.

local lfs = require("lfs")

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

local topics = {}
for file in lfs.dir("spec/luajit/cases") do
  topics[#topics + 1] = file:match("^(%w+)%.lua$")
end
table.sort(topics)

for _, topic in ipairs(topics) do
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
        -- A C function is known by its declaration where LuaJIT has no name for it.
        if expected and expected:find("to '?' (", 1, true) then
          assert.is_nil(outcome:find("to '?' (", 1, true))
          expected, outcome = expected:gsub("to '%?' %(", "to NAME ("), outcome:gsub("to '[%w_]+' %(", "to NAME (")
        end
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
