-- Run by the reference LuaJIT: writes the outcomes of the random programs of the seeds given to a file, as a Lua table.

local first, last, path = ...
local run = require("spec.support.luajit.random_run")(true)
local parts = { "return {\n" }
for seed = tonumber(first), tonumber(last) do
  if os.getenv("REFERENCE_TRACE") then -- which one does it not survive?
    io.stderr:write("seed ", seed, "\n")
  end
  parts[#parts + 1] = ("[%d] = {\n"):format(seed)
  run(seed, function(number, outcome)
    parts[#parts + 1] = ("[%d] = %q,\n"):format(number, outcome)
  end)
  parts[#parts + 1] = "},\n"
end
parts[#parts + 1] = "}\n"
local file = assert(io.open(path, "wb"))
assert(file:write(table.concat(parts)))
file:close()
