-- The benchmark: runs every candidate in processes of its own, compares what they report, and prints a page.
--
--   LUA benches/run.lua [quick] [out=FILE] [rounds=5] [command=TEXT] NAME[=COMMAND]...     (from the project's folder)
--
--   NAME      which Lua's builds to measure (the folder under build/); COMMAND runs it, NAME unless given
--   quick     checks the results of all workloads, once, and measures nothing
--   out       also writes the page there
--   rounds    processes for each candidate: a round is one of each, one after the other, so that what disturbs the
--             machine disturbs all of them
--   command   how the page says that it was made
-- The exit status is 1 when lunaffi or the C module got something wrong.

package.path = "./?.lua;" .. package.path

local report = require("benches.report")
local shell = require("spec.support.interpreter")
local workloads = require("benches.workloads")

-- The candidates of each Lua, in the order of the columns. The required ones must be there and right.
local CANDIDATES = {
  { name = "reference", title = "C module", required = true },
  { name = "lunaffi", title = "lunaffi", required = true },
  { name = "tables", title = "Lua tables", required = true },
  { name = "luajit", title = "LuaJIT ffi", only = "luajit" },
  { name = "luajit", key = "luajit-off", title = "LuaJIT ffi, `-joff`", only = "luajit", flags = " -joff" },
  { name = "cffi", title = "cffi" },
  { name = "ffi", title = "ffi", except = "luajit" },
  { name = "lunaffi_luajit", title = "lunaffi.luajit", required = true },
  { name = "lunaffi_alien", title = "lunaffi.alien", required = true },
  { name = "alien", title = "alien" },
}

local function read_arguments(words)
  local options = { rounds = 5, luas = {} }
  for _, word in ipairs(words) do
    local key, value = word:match("^(%w+)=(.*)$")
    if word == "quick" then
      options.quick, options.rounds = true, 1
    elseif key == "out" or key == "command" then
      options[key] = value
    elseif key == "rounds" and tonumber(value) and tonumber(value) >= 1 then
      options.rounds = math.floor(tonumber(value))
    elseif word:match("^lua[%w.]*=?") then
      local name, command = word:match("^([^=]+)=?(.*)$")
      table.insert(options.luas, { name = name, command = command ~= "" and command or name })
    else
      error("benches/run.lua does not know '" .. word .. "'", 0)
    end
  end
  if not options.luas[1] then
    error("benches/run.lua: say which Lua, such as lua5.4", 0)
  end
  return options
end

local function log(text)
  io.stderr:write(text, "\n")
end

-- Workers -----------------------------------------------------------------------------------------

local function append(map, key, value)
  map[key] = map[key] or {}
  table.insert(map[key], value)
end

-- What a worker may say, and where it goes in the candidate's results.
local HEARD = {
  missing = function(results, message)
    results.missing = message
  end,
  require = function(results, ns)
    append(results, "loading", tonumber(ns))
  end,
  file = function(results, path)
    results.file = path
  end,
  about = function(results, text)
    results.about = text
  end,
  time = function(results, workload, ns)
    append(results.times, workload, tonumber(ns))
  end,
  absent = function(results, workload)
    results.absent[workload] = true
  end,
  failed = function(results, what, message)
    results.failed[what] = message
  end,
  heap = function(results, what, bytes)
    results.heap[what] = tonumber(bytes)
  end,
}

-- Runs a candidate once and adds what it found to its results.
local function run_worker(lua, candidate, results, quick)
  local line = ("%s%s benches/worker.lua %s %s%s"):format(
    shell.quote(lua.command), candidate.flags or "", lua.name, candidate.name, quick and " quick" or "")
  local output, status = shell.shell(line)
  local unknown = {}
  for text in output:gmatch("[^\n]+") do
    local parts = {}
    for part in (text .. "\t"):gmatch("([^\t]*)\t") do
      parts[#parts + 1] = part
    end
    local hear = HEARD[parts[1]]
    if hear and parts[2] then
      hear(results, parts[2], parts[3])
    else
      unknown[#unknown + 1] = text
    end
  end
  if status > 1 or (status == 1 and not next(results.failed)) then
    results.crashed = ("exit status %d %s"):format(status, table.concat(unknown, " "))
  end
end

-- Runs the rounds of one Lua. Returns { { candidate, results }... } without those that are missing.
local function measure(lua, options)
  local columns = {}
  for _, candidate in ipairs(CANDIDATES) do
    if (not candidate.only or candidate.only == lua.name) and candidate.except ~= lua.name then
      columns[#columns + 1] = {
        key = candidate.key or candidate.name,
        candidate = candidate,
        results = { times = {}, absent = {}, failed = {}, heap = {} },
      }
    end
  end
  for round = 1, options.rounds do
    log(("%s: round %d of %d"):format(lua.name, round, options.rounds))
    -- Forth and back: nobody always comes first.
    local first, last, step = 1, #columns, 1
    if round % 2 == 0 then
      first, last, step = #columns, 1, -1
    end
    for index = first, last, step do
      local results = columns[index].results
      if not results.missing then
        run_worker(lua, columns[index].candidate, results, options.quick)
      end
    end
  end
  return columns
end

-- Tells what went wrong; returns whether that is a failure of ours, and the columns that have something to show.
local function judge(lua, columns)
  local failed, present = false, {}
  for _, column in ipairs(columns) do
    local title, results, required = column.candidate.title, column.results, column.candidate.required
    local function complain(text)
      log(("%s: %s: %s"):format(lua.name, title, text))
      failed = failed or required
    end
    if results.missing then
      if required then
        complain(results.missing)
      else
        log(("%s: %s is not installed: skipped"):format(lua.name, title))
      end
    else
      present[#present + 1] = column
    end
    if results.crashed then
      complain(results.crashed)
    end
    for what, message in pairs(results.failed) do
      complain(what .. ": " .. message)
    end
    if required and not results.missing and column.key ~= "tables" then
      for _, workload in ipairs(workloads) do
        local ours = column.key == "reference" and workload.base == "reference" and workload.like == workload.name
          or column.key == (workload.declared and "lunaffi_luajit" or "lunaffi") and not workload.variant
        if ours and not results.times[workload.name] and not results.failed[workload.name] then
          complain(workload.name .. ": not measured")
        end
      end
    end
  end
  return failed, present
end

-- The run -----------------------------------------------------------------------------------------

local function main(words)
  local options = read_arguments(words)
  local failed, sections = false, {}
  for _, lua in ipairs(options.luas) do
    local columns = measure(lua, options)
    local bad, present = judge(lua, columns)
    failed = failed or bad
    if options.quick then
      local count = 0
      for _, column in ipairs(present) do
        for _ in pairs(column.results.times) do
          count = count + 1
        end
      end
      print(("%s: %d workloads checked%s"):format(lua.name, count, bad and ", and some FAILED" or ""))
    else
      sections[#sections + 1] = { lua = lua, columns = present }
    end
  end
  if not options.quick then
    local page = report.page(sections, options)
    print(page)
    if options.out then
      local file = assert(io.open(options.out, "wb"))
      file:write(page, "\n")
      file:close()
      log("written: " .. options.out)
    end
  end
  return not failed
end

local words = { ... }
local ok, good = pcall(main, words)
if not ok then
  log(tostring(good))
end
os.exit(ok and good and 0 or 1)
