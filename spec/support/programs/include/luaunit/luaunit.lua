-- Stands in for the test runner that ljsyscall's test file loads: runs each function test* of each global table
-- test*, by name, and writes "passed NAME" or "failed NAME: ERROR" for each.

local unit = {}

local function equal(a, b)
  if a ~= b then
    error(("%s is not %s"):format(tostring(a), tostring(b)), 3)
  end
end

-- The names that the test file expects to be global.
_G.assert_equals = equal

function _G.assert_string(x)
  equal(type(x), "string")
end

local function tests(t)
  local names = {}
  for name in pairs(t) do
    if type(name) == "string" and name:find("^test") then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

function unit:run() -- luacheck: ignore 212
  local failed = 0
  for _, group in ipairs(tests(_G)) do
    local members = _G[group]
    for _, name in ipairs(type(members) == "table" and tests(members) or {}) do
      local ok, message = pcall(members[name])
      failed = failed + (ok and 0 or 1)
      print(("%s %s.%s%s"):format(ok and "passed" or "failed", group, name, ok and "" or ": " .. tostring(message)))
      io.stdout:flush()
      if members.teardown then
        members.teardown()
      end
    end
  end
  return failed
end

return unit
