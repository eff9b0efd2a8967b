-- Run by the reference LuaJIT: prints the outcome of each case of the topic given, as a Lua table by name.
-- What a case itself writes to standard output would be in the way, so the results go to the file given.

local cases = require("spec.support.luajit.cases")

local topic, path = ...
local parts = { "return {\n" }
for _, entry in ipairs(cases.read(topic, true)) do
  if entry.reference ~= false then
    if os.getenv("REFERENCE_TRACE") then -- which case does it not survive?
      io.stderr:write(entry.name, "\n")
    end
    local outcome = entry.run()
    parts[#parts + 1] = ("[%q] = %q,\n"):format(entry.name, outcome)
  end
end
parts[#parts + 1] = "}\n"
local file = assert(io.open(path, "wb"))
assert(file:write(table.concat(parts)))
file:close()
