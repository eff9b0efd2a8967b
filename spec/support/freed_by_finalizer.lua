-- Programs in which a finalizer frees an arena while one of its blocks is in use: in the first collection
-- that the use itself starts, in the second, and so on. A block of this size is the system's again when it
-- is freed, so what touches it then ends the process. Hence the interpreters of their own.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local SCRIPT = require("spec.support.finalized") .. [=[
local ffi, lj, al = require("lunaffi"), require("lunaffi.luajit"), require("lunaffi.alien")
local SIZE = 1048576


-- Runs the function in the n-th collection from here.
local function in_collection(n, fn)
  finalized(function()
    if n <= 1 then
      fn()
    else
      in_collection(n - 1, fn)
    end
  end)
end

-- Takes the place on the stack where the calls before have left references.
local function wipe()
  local a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t
  return a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t
end

%s
local function round(n)
  local arena = ffi.arena()
  local raw = arena:alloc(SIZE)
  ffi.fill(raw, SIZE - 1, 65)
%s
  local function use()
%s
  end
  local over = false
  collectgarbage()
  collectgarbage()
  collectgarbage("stop")
  if n then
    in_collection(n, function()
      if not over then
        arena:free()
      end
    end)
  end
  wipe()
  collectgarbage("restart")
  local ok, value = pcall(use)
  over = true
  collectgarbage("stop")
  local right = %s
  assert(ok and value == right or n and not ok and type(value) == "string", value)
  collectgarbage("restart")
end
round(1)
round(nil)
for n = 2, 8 do
  round(n)
end
print("done")
]=]

-- Runs a program: `first` is done once; `setup` makes the objects of a round, which may use `raw`, a block
-- of `SIZE` bytes that are all "A" but for a NUL at the end; `use` is what is done when the finalizer waits,
-- the body of a function; `right` is the expression of what that returns. Returns what was printed, "done"
-- when all is well, and the exit status.
return function(first, setup, use, right)
  return helper.with_tempfile(SCRIPT:format(first, setup, use, right), interpreter.run)
end
