-- The benchmark in its quick mode: every workload gives the right result through lunaffi and through the C module that
-- it is compared with; nothing is timed.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")
local report = require("benches.report")

-- Runs the benchmark for the running Lua; `environment` are assignments for the shell. Returns its output and status.
local function bench(environment)
  local command = ("%s %s benches/run.lua quick %s"):format(
    environment or "", interpreter.quote(interpreter.command),
    interpreter.quote(helper.version .. "=" .. interpreter.command))
  return interpreter.shell(command)
end

describe("the benchmark", function()
  setup(function()
    -- Not the flags of the make that runs the specs.
    local output, status = interpreter.shell("env -u MAKEFLAGS -u MFLAGS make -C benches LUAS=" .. helper.version)
    assert(status == 0, output)
  end)

  it("finds every result right", function()
    local output, status = bench()
    assert.equal(0, status, output)
    local count = output:match(helper.version:gsub("%.", "%%.") .. ": (%d+) workloads checked\n")
    -- 25 through lunaffi, 22 of them and 4 other ways through the C module, 7 through tables.
    assert.is_true(count and tonumber(count) >= 25 + 26 + 7, output)
  end)

  it("fails when a result is wrong", function()
    -- A candidate whose points do not start at zero.
    local lie = [[package.preload["benches.candidates.tables"] = function()
      return { module = "table", built_in = true, open = function()
        return { new_point = function() return { x = 1, y = 0 } end }
      end }
    end]]
    local output, status = bench("LUA_INIT=" .. interpreter.quote(lie))
    assert.equal(1, status, output)
    assert.matches("Lua tables: alloc: wrong result", output, 1, true)
    assert.matches("and some FAILED", output, 1, true)
  end)

  it("fails when a candidate that must be there is not", function()
    local broken = [[package.preload.lunaffi = function() error("no lunaffi today") end]]
    local output, status = bench("LUA_INIT=" .. interpreter.quote(broken))
    assert.equal(1, status, output)
    assert.matches("no lunaffi today", output, 1, true)
  end)
end)

describe("the page of the benchmark", function()
  local function column(key, title, times, more)
    local results = { times = times, absent = {}, failed = {}, heap = {} }
    for name, value in pairs(more or {}) do
      results[name] = value
    end
    return { key = key, candidate = { title = title }, results = results }
  end

  local page = report.page({
    {
      lua = { name = helper.version, command = interpreter.command },
      columns = {
        column("reference", "C module", {
          add = { 10, 20, 12 },
          ["copy 1 MiB"] = { 20000, 20000, 20000 },
          ["array, by identity"] = { 40, 40, 40 },
        }, { heap = { struct = 48 } }),
        column("lunaffi", "lunaffi", {
          add = { 11, 30, 12 },
          ["lib:call"] = { 200, 200, 240 },
          ["copy 1 MiB"] = { 20400, 20400, 20400 },
          array = { 60, 60, 60 },
        }, { heap = { struct = 64 }, loading = { 500000, 700000, 2000000 }, about = "lunaffi 1.2.3" }),
        column("alien", "alien", { add = { 40, 60, 48 } }, { failed = { slen = "no" }, crashed = "exit status 139" }),
      },
    },
  }, { rounds = 3, command = "make bench OUT=page.md" })

  -- The cells of the row that starts with `name`, from the last table that has one.
  local function row(name)
    local cells
    for line in page:gmatch("[^\n]+") do
      local found = {}
      for cell in line:gmatch("|%s*([^|]*[^|%s])%s*%f[|]") do
        found[#found + 1] = cell
      end
      cells = found[1] == name and found or cells
    end
    return cells
  end

  it("shows medians, the median of the ratios of the rounds, and their spread", function()
    assert.same({ "add", "12.0 ns", "12.0 ns", "**1.10**", "1.00–1.50", "48.0 ns (4.00)" }, row("add"))
    assert.same({ "copy 1 MiB", "20.0 µs", "20.4 µs", "**1.02**", "1.02–1.02", "crash" }, row("copy 1 MiB"))
  end)

  it("compares a call by name with the plain one, and the other ways of the C module with lunaffi's", function()
    assert.same({ "lib:call", "200 ns", "**20.0**", "10.0–20.0", "crash" }, row("lib:call"))
    assert.matches("array, by identity [^\n]*| 40.0 ns | +1.50 |", page)
  end)

  it("tells errors, memory and how it was made", function()
    assert.equal("error", row("slen")[3])
    assert.same({ "Lua heap for a struct of two doubles", "48 B", "64 B" }, row("Lua heap for a struct of two doubles"))
    assert.same({ "time of `require`", "700.0 µs" }, row("time of `require`"))
    assert.same({ "module", "lunaffi 1.2.3" }, row("module"))
    assert.matches("Made by `make bench OUT=page.md`.", page, 1, true)
  end)
end)
