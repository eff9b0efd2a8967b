-- What every spec shares: facts about the running Lua, the fixtures, checks on errors, exact
-- numbers beyond 2^53, collection on demand, and a collector that never rests.
-- The interpreters differ in what the language itself can express. Those differences live here,
-- in `helper.cannot`, each with its reason, and nowhere else.

local helper = {}

-- The running Lua ------------------------------------------------------------------------------

-- "luajit" or "lua5.1" .. "lua5.5": the name that the build folders use.
helper.is_luajit = rawget(_G, "jit") ~= nil
helper.version = helper.is_luajit and "luajit" or "lua" .. _VERSION:match("%d+%.%d+")

-- Whether numbers have an integer subtype (Lua 5.3 and later).
helper.has_integers = math.type ~= nil

local unpack = table.unpack or rawget(_G, "unpack")
helper.unpack = unpack

-- `table.pack` for every version: the values and their count `n`, nils included.
function helper.pack(...)
  return { n = select("#", ...), ... }
end

-- Compiles `source` at run time: for operators that are syntax errors on some versions.
-- The chunk gets the rest as its `...`.
function helper.eval(source, ...)
  local chunk, message = (rawget(_G, "loadstring") or load)(source, "=eval.lua")
  if not chunk then
    error(message, 2)
  end
  return chunk(...)
end

-- What a version of Lua cannot have: feature -> version -> reason. Specs ask `helper.can`.
helper.cannot = {
  ["integer subtype"] = {
    ["lua5.1"] = "all numbers are doubles",
    ["lua5.2"] = "all numbers are doubles",
    ["luajit"] = "all numbers are doubles to a script",
  },
  ["bit operators"] = {
    ["lua5.1"] = "no & | ~ << >> in the grammar",
    ["lua5.2"] = "no & | ~ << >> in the grammar",
    ["luajit"] = "no & | ~ << >> in the grammar",
  },
  ["floor division operator"] = {
    ["lua5.1"] = "no // in the grammar",
    ["lua5.2"] = "no // in the grammar",
    ["luajit"] = "no // in the grammar",
  },
  ["order of mixed types"] = {
    ["lua5.1"] = "< and <= between a number and a userdata raise before any metamethod is looked up",
    ["luajit"] = "< and <= between a number and a userdata raise before any metamethod is looked up",
  },
  ["goto"] = {
    ["lua5.1"] = "no goto in the grammar",
  },
  ["yield across pcall"] = {
    ["lua5.1"] = "pcall is a C boundary for coroutines",
  },
}

-- Whether this Lua can have `feature`. An unknown feature is a mistake in the spec.
function helper.can(feature)
  local versions = helper.cannot[feature]
  if not versions then
    error("helper.cannot does not list '" .. tostring(feature) .. "'", 2)
  end
  return versions[helper.version] == nil
end

-- Fixtures and files ---------------------------------------------------------------------------

-- Path of the shared object that `make c_tests` builds from c_tests/NAME.c.
function helper.fixture(name)
  return "./build/c_tests/" .. name .. ".so"
end

-- Calls fn(path) with a temporary file that holds `content`, removes the file whatever happens,
-- and returns fn's results.
function helper.with_tempfile(content, fn)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(content or "")
  file:close()
  local results = helper.pack(pcall(fn, path))
  os.remove(path)
  if not results[1] then
    error(results[2], 0)
  end
  return unpack(results, 2, results.n)
end

-- Errors ---------------------------------------------------------------------------------------

-- Calls fn and checks that it raises a string that starts with a position in a Lua file and holds
-- each of the substrings (plain text). Returns the message. `fn` must not tail-call what is
-- checked (`return f()`): LuaJIT drops the caller's frame then, and the position with it.
function helper.fails(fn, ...)
  local ok, message = pcall(fn)
  if ok then
    error("expected an error, and none was raised", 2)
  end
  if type(message) ~= "string" then
    error("expected a string as the error, got " .. type(message) .. " " .. tostring(message), 2)
  end
  if not message:find("^[^\n]-%.lua:%d+: ") then
    error("the error has no position: " .. message, 2)
  end
  for i = 1, select("#", ...) do
    local wanted = select(i, ...)
    if not message:find(wanted, 1, true) then
      error(("the error lacks '%s': %s"):format(wanted, message), 2)
    end
  end
  return message
end

-- Numbers --------------------------------------------------------------------------------------

-- The exact value of a decimal or hexadecimal text as the module represents it here: a plain
-- number where that is exact, else a boxed 64-bit value.
function helper.i64(text)
  return require("lunaffi").int64(text)
end

function helper.u64(text)
  return require("lunaffi").uint64(text)
end

-- Whether x is a boxed 64-bit value.
function helper.is_boxed(x)
  return type(x) == "userdata" and getmetatable(x) == "Int64"
end

-- The exact decimal digits of an integer: plain (any subtype) or boxed. Raises for the rest.
function helper.digits(x)
  if type(x) == "number" then
    if helper.has_integers and math.type(x) == "integer" then
      return tostring(x)
    end
    if x ~= x or x == math.huge or x == -math.huge or x % 1 ~= 0 then
      error("not an integer: " .. tostring(x), 2)
    end
    return (("%.0f"):format(x):gsub("^%-0$", "0"))
  end
  if helper.is_boxed(x) then
    return tostring(x)
  end
  error("not an integer: " .. type(x) .. " " .. tostring(x), 2)
end

local TWO_53 = "9007199254740992"
local TWO_63 = "9223372036854775808"

-- Compares two texts of decimal digits as magnitudes.
local function not_above(text, limit)
  local magnitude = text:gsub("^%-", "")
  if #magnitude ~= #limit then
    return #magnitude < #limit
  end
  return magnitude <= limit
end

-- "integer" (5.3+), "number" or "boxed": the form in which a 64-bit result of that value comes.
function helper.form_of(digits)
  if helper.has_integers then
    local native = not_above(digits, TWO_63) and digits ~= TWO_63
    return native and "integer" or "boxed"
  end
  return not_above(digits, TWO_53) and "number" or "boxed"
end

local function form(x)
  if helper.is_boxed(x) then
    return "boxed"
  end
  return math.type and math.type(x) or type(x)
end

-- Checks that x is the integer whose decimal digits are given, exactly, in the form that results
-- take on this Lua: an integer subtype, a plain number, or a boxed value beyond those.
function helper.is_integer(x, digits)
  local wanted = helper.form_of(digits)
  if form(x) ~= wanted then
    error(("expected %s as %s, got %s %s"):format(digits, wanted, form(x), tostring(x)), 2)
  end
  if helper.digits(x) ~= digits then
    error(("expected %s, got %s"):format(digits, helper.digits(x)), 2)
  end
end

-- Collection -----------------------------------------------------------------------------------

-- Collects until finalizers have run, and what those released is collected too. One pass is not
-- enough: a finalized userdata goes in the pass after the one that found it dead.
function helper.collect()
  for _ = 1, 4 do
    collectgarbage("collect")
  end
end

-- With LUNAFFI_GC_STRESS=1 the collector never rests: it starts a new cycle as soon as one ends,
-- works at every allocation, and a count hook collects fully between instructions. The hook does
-- not reach inside C functions; the pause and the step multiplier do.
-- A full collection walks the whole heap, the suite's own closures and results included. The hook
-- earns HEAP_PER_HOOK of heap each time, and collects when that covers the heap there is: a larger
-- suite takes time in proportion to its length and not to its square.
-- LUNAFFI_GC_STRESS_EVERY changes the number of instructions between two hooks.
local STRESS_EVERY = tonumber(os.getenv("LUNAFFI_GC_STRESS_EVERY") or "") or 2000
local HEAP_PER_HOOK = 1024 -- KiB, as collectgarbage counts

-- Pauses that start the next cycle at once without one full cycle per allocation, which would
-- turn minutes into hours: 5.2 and 5.3 count everything above the pause as debt to work off now.
local function stress_collector()
  if helper.version == "lua5.5" then
    collectgarbage("incremental")
    collectgarbage("param", "pause", 0)
    collectgarbage("param", "stepmul", 400)
    collectgarbage("param", "stepsize", 256)
  elseif helper.version == "lua5.4" then
    collectgarbage("incremental", 4, 400, 8)
    collectgarbage("setpause", 0)
  else
    local owes_debt = helper.version == "lua5.2" or helper.version == "lua5.3"
    collectgarbage("setpause", owes_debt and 100 or 0)
    collectgarbage("setstepmul", 400)
  end
end

local function stress()
  local registry = debug.getregistry()
  if helper.is_luajit then
    require("jit").off() -- compiled code runs no hooks
  end
  stress_collector()
  if registry.lunaffi_gc_stress then
    return
  end
  registry.lunaffi_gc_stress = true

  local earned = 0
  local function hook()
    earned = earned + HEAP_PER_HOOK
    if earned < collectgarbage("count") then
      return
    end
    earned = 0
    collectgarbage("collect")
    stress_collector() -- a spec may have changed or stopped it
  end
  debug.sethook(hook, "", STRESS_EVERY)
  if helper.is_luajit then
    return -- one hook serves all coroutines
  end
  -- Elsewhere a hook belongs to one coroutine.
  local create = coroutine.create
  function coroutine.create(fn) -- luacheck: ignore 122
    local co = create(fn)
    debug.sethook(co, hook, "", STRESS_EVERY)
    return co
  end
  function coroutine.wrap(fn) -- luacheck: ignore 122
    local co = coroutine.create(fn)
    return function(...)
      local results = helper.pack(coroutine.resume(co, ...))
      if not results[1] then
        error(results[2], 0)
      end
      return unpack(results, 2, results.n)
    end
  end
end

helper.gc_stress = os.getenv("LUNAFFI_GC_STRESS") == "1"
if helper.gc_stress then
  stress()
end

-- AddressSanitizer takes terabytes of addresses for its own: those cannot be limited.
helper.is_sanitized = (os.getenv("LD_PRELOAD") or ""):find("libasan", 1, true) ~= nil

-- valgrind preloads a library of its own into what it runs.
helper.is_slow = helper.gc_stress or (os.getenv("LD_PRELOAD") or ""):find("vgpreload", 1, true) ~= nil

-- The number of repetitions for a case that lives by doing something very often: `count`, and a
-- hundredth of it where a run takes many times as long.
function helper.heavy(count)
  return helper.is_slow and math.ceil(count / 100) or count
end

return helper
