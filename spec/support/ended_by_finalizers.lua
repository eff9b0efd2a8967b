-- Programs in which a finalizer ends what is just being used: it runs after so many bytes of allocations,
-- for every number that may matter. In interpreters of their own: what goes wrong there ends the process.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local SCRIPT = require("spec.support.finalized") .. [=[

-- Takes the place on the stack where the calls before have left references.
local function wipe()
  local a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t
  return a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t
end

-- The collector starts when the next allocations reach about `bytes`: it is restarted, memory is given
-- back to have room, and strings take that up again.
local function collect_after(bytes, salt)
  local text = salt .. ("x"):rep(5000)
  local room = {}
  for k = 1, 256 do
    room[k] = k
  end
  for k = 1, 256 do
    room[k] = nil
  end
  collectgarbage("restart")
  room.k = 1 -- the array part goes: 4096 bytes
  return text:sub(1, 4096 - bytes)
end

-- How many bytes that itself takes, which differs between the Luas.
local base = 0
local ended = true
while ended do
  collectgarbage()
  collectgarbage("stop")
  ended = false
  finalized(function() ended = true end)
  wipe()
  local taken = collect_after(base, base)
  local soon = {}
  base = taken and soon and base + 50
end
base = base - 500

%s
for bytes = base, base + 1400, 8 do
  collectgarbage()
  collectgarbage("stop")
  local i = bytes
%s  local function use()
    return %s
  end
  pcall(use)
  ended = false
  finalized(function()
    ended = true
%s  end)
  wipe()
  local taken = collect_after(bytes, i)
  local ok, message = pcall(use)
  assert(taken and (ok or type(message) == "string"), message)
  collectgarbage()
  assert(ended)
end
print("done")
]=]

-- Runs a program: `first` is done once, `setup` makes the objects of a round, `use` is an expression of
-- them, and `ending` what the finalizer does to them; it knows `bytes` and `base`. Returns what was
-- printed, "done" when all is well, and the exit status.
return function(first, setup, use, ending)
  return helper.with_tempfile(SCRIPT:format(first, setup, use, ending), interpreter.run)
end
