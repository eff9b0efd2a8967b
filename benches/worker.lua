-- One candidate in one process: runs every workload that it can do, checks the results, and times them.
--
--   LUA benches/worker.lua NAME-OF-THE-LUA CANDIDATE [quick]        (from the project's folder)
--
-- What it found goes to the standard output, a line each, its parts separated by tabs:
--   missing  MESSAGE             the candidate's module cannot be loaded; nothing else follows
--   require  NANOSECONDS         loading it took so long
--   file     PATH                it was loaded from there
--   about    TEXT                it calls itself so
--   time     WORKLOAD  NS        an operation takes so long (0 with `quick`, which only checks)
--   absent   WORKLOAD            the candidate cannot do it
--   failed   WORKLOAD  MESSAGE   a wrong result or an error
--   heap     WHAT  BYTES         an object of that kind takes so much of Lua's heap

local lua, name, mode = ...
local quick = mode == "quick"

io.stdout:setvbuf("line")

local function say(...)
  io.stdout:write(table.concat({ ... }, "\t"), "\n")
end

local function one_line(message)
  return (tostring(message):gsub("[\r\n\t]+", " "))
end

package.path = "./?.lua;" .. package.path
package.cpath = "./build/benches/" .. lua .. "/?.so;./build/" .. lua .. "/?.so;" .. package.cpath

local clock = os.clock

-- The module --------------------------------------------------------------------------------------

local candidate = require("benches.candidates." .. name)

local started = clock()
local found, module = pcall(require, candidate.module)
local loading = clock() - started
if not found then
  say("missing", one_line(module))
  return
end

-- The file that `require` took a C module from.
local function file_of(wanted)
  local path = wanted:gsub("%.", "/")
  for template in package.cpath:gmatch("[^;]+") do
    local candidate_path = template:gsub("%?", (path:gsub("%%", "%%%%")))
    local file = io.open(candidate_path, "rb")
    if file then
      file:close()
      return candidate_path
    end
  end
end

-- A name that the candidate lacks leaves the workload out.
local ABSENT = {}

local fixture = "./build/benches/fixture.so"
local loaded, c = pcall(candidate.open, module, fixture)
if not loaded then
  say("missing", one_line(c))
  return
end
if candidate.built_in ~= true then
  say("require", ("%.0f"):format(loading * 1e9))
  local file = file_of(candidate.file or candidate.module)
  if file then
    say("file", file)
  end
end
if c.about then
  say("about", one_line(c.about))
end

local defaults = {
  loops = {}, -- workload -> a run of its own
  interpreted = {}, -- workload -> true: LuaJIT must not compile what calls back
  objects = {}, -- what -> a function that makes one
  number = function(x)
    return x
  end,
  truth = function(x)
    return x == true or x == 1
  end,
  same = function(a, b)
    return a == b
  end,
}
setmetatable(c, {
  __index = function(_, key)
    local default = defaults[key]
    if default == nil then
      error(ABSENT, 0)
    end
    return default
  end,
})

-- Time --------------------------------------------------------------------------------------------

local SAMPLE = 0.010 -- seconds that a sample takes at least, where a step is not longer
local BUDGET = 0.150 -- seconds of samples for each workload

-- The best time of a step, in seconds. The collector starts each sample with nothing to do.
local function best(run, check, samples)
  local n = 1
  local function sample()
    collectgarbage()
    local start = clock()
    local result = run(n)
    local time = clock() - start
    if not check(result, n) then
      error("wrong result: " .. tostring(result), 0)
    end
    return time
  end

  local time = sample()
  while time < SAMPLE do
    n = time < SAMPLE / 100 and n * 10 or math.ceil(n * 1.2 * SAMPLE / time)
    time = sample()
  end
  local least, spent, done = time, time, 1
  while spent < BUDGET or done < samples do
    time = sample()
    least = math.min(least, time)
    spent, done = spent + time, done + 1
  end
  return least / n
end

local empty_turn = 0
if not quick then
  empty_turn = best(function(n)
    for _ = 1, n do -- luacheck: ignore 542
    end
  end, function()
    return true
  end, 10)
end

-- Prepares, checks and times a workload; returns the time of an operation in nanoseconds.
local function measure(workload)
  local run, check = workload.prepare(c, quick)
  run = c.loops[workload.name] or run
  if c.interpreted[workload.name] then
    require("jit").off(run, true)
  end
  for n = 1, 3, 2 do
    local result = run(n)
    if not check(result, n) then
      error("wrong result: " .. tostring(result), 0)
    end
    if workload.samples == 1 then
      break
    end
  end
  if quick then
    return 0
  end
  local step = best(run, check, workload.samples)
  return (step - workload.turns * empty_turn) / workload.per * 1e9
end

local failures = 0
for _, workload in ipairs(require("benches.workloads")) do
  local ok, result = pcall(measure, workload)
  collectgarbage()
  if ok then
    say("time", workload.name, ("%.3f"):format(result))
  elseif result == ABSENT then
    say("absent", workload.name)
  else
    failures = failures + 1
    say("failed", workload.name, one_line(result))
  end
end

-- Memory ------------------------------------------------------------------------------------------

local COUNT = 10000

-- Bytes of Lua's heap for each object that `make` makes.
local function heap(make)
  local objects = {}
  for i = 1, COUNT do
    objects[i] = false
  end
  make()
  collectgarbage()
  collectgarbage()
  collectgarbage("stop")
  local before = collectgarbage("count")
  for i = 1, COUNT do
    objects[i] = make()
  end
  local bytes = (collectgarbage("count") - before) * 1024 / COUNT
  collectgarbage("restart")
  return bytes, objects
end

-- Compiled code may leave out an object that nobody looks at.
if rawget(_G, "jit") then
  require("jit").off(heap, true)
end

for what, make in pairs(c.objects) do
  local ok, bytes = pcall(heap, make)
  if ok then
    say("heap", what, ("%.0f"):format(bytes))
  else
    failures = failures + 1
    say("failed", what, one_line(bytes))
  end
end

os.exit(failures == 0 and 0 or 1)
