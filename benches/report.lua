-- The page that the benchmark prints: facts about the machine, and for each Lua the tables.

local shell = require("spec.support.interpreter")
local workloads = require("benches.workloads")

local report = {}

-- Numbers -----------------------------------------------------------------------------------------

local function median(values)
  local sorted = {}
  for i, value in ipairs(values) do
    sorted[i] = value
  end
  table.sort(sorted)
  local middle = math.floor((#sorted + 1) / 2)
  if #sorted % 2 == 1 then
    return sorted[middle]
  end
  return (sorted[middle] + sorted[middle + 1]) / 2
end

-- Round by round: what disturbed one of the two has disturbed the other.
local function ratios(times, base)
  local found = {}
  for i = 1, math.min(#times, #base) do
    found[i] = times[i] / base[i]
  end
  return found
end

local function show_time(ns)
  if ns < 10 then
    return ("%.1f ns"):format(ns)
  elseif ns < 1000 then
    return ("%.0f ns"):format(ns)
  elseif ns < 1e6 then
    return ("%.1f µs"):format(ns / 1e3)
  elseif ns < 1e9 then
    return ("%.1f ms"):format(ns / 1e6)
  end
  return ("%.2f s"):format(ns / 1e9)
end

-- Between 10 and 100 a tenth still tells something.
local function show_short_time(ns)
  return ns >= 10 and ns < 100 and ("%.1f ns"):format(ns) or show_time(ns)
end

local function show_ratio(ratio)
  return (ratio < 10 and "%.2f" or ratio < 100 and "%.1f" or "%.0f"):format(ratio)
end

local function show_bytes(bytes)
  if bytes < 4096 then
    return ("%.0f B"):format(bytes)
  end
  return ("%.0f KiB"):format(bytes / 1024)
end

-- Markdown ----------------------------------------------------------------------------------------

-- Length in characters: the pages hold UTF-8.
local function width(text)
  return #(text:gsub("[\128-\191]", ""))
end

-- A table with its columns in line; `rows` start with the header. All but the first column stand at the right, unless
-- the cells are `text`.
local function markdown_table(rows, text)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 3, width(cell))
    end
  end
  local lines = {}
  for number, row in ipairs(rows) do
    local cells = {}
    for i, cell in ipairs(row) do
      local padding = (" "):rep(widths[i] - width(cell))
      cells[i] = (i == 1 or text) and cell .. padding or padding .. cell
    end
    lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |"
    if number == 1 then
      local rule = {}
      for i in ipairs(row) do
        rule[i] = (i == 1 or text) and ("-"):rep(widths[i]) or ("-"):rep(widths[i] - 1) .. ":"
      end
      lines[#lines + 1] = "| " .. table.concat(rule, " | ") .. " |"
    end
  end
  return table.concat(lines, "\n")
end

-- One Lua -----------------------------------------------------------------------------------------

local function by_key(columns)
  local map = {}
  for _, column in ipairs(columns) do
    map[column.key] = column.results
  end
  return map
end

-- The times of what a workload is compared with.
local function base_times(workload, results)
  local base = results[workload.base]
  return base and base.times[workload.like]
end

-- A candidate's cell for a workload: its time, and the ratio unless it is what the others are compared with.
local function cell(column, workload, base)
  local results = column.results
  local times = results.times[workload.name]
  if results.failed[workload.name] then
    return "error"
  elseif not times then
    return results.crashed and not results.absent[workload.name] and "crash" or ""
  elseif not base or base == times then
    return show_short_time(median(times))
  end
  return ("%s (%s)"):format(show_short_time(median(times)), show_ratio(median(ratios(times, base))))
end

local function times_table(columns)
  local results = by_key(columns)
  local header = { "workload", "C module", "lunaffi", "ratio", "spread" }
  local others = {}
  for _, column in ipairs(columns) do
    if column.key ~= "reference" and column.key ~= "lunaffi" then
      others[#others + 1] = column
      header[#header + 1] = column.candidate.title
    end
  end
  local rows = { header }
  for _, workload in ipairs(workloads) do
    if not workload.variant then
      local base = base_times(workload, results)
      local reference, ours = results.reference.times[workload.name], results.lunaffi.times[workload.name]
      local row = {
        workload.name,
        reference and show_short_time(median(reference)) or "",
        ours and show_short_time(median(ours)) or workload.declared and "" or "error",
        "",
        "",
      }
      if ours and base then
        local found = ratios(ours, base)
        row[4] = "**" .. show_ratio(median(found)) .. "**"
        table.sort(found)
        row[5] = show_ratio(found[1]) .. "–" .. show_ratio(found[#found])
      end
      for _, column in ipairs(others) do
        row[#row + 1] = cell(column, workload, base)
      end
      rows[#rows + 1] = row
    end
  end
  return markdown_table(rows)
end

-- The other ways of the C module.
local function variants_table(columns)
  local results, titles = by_key(columns), {}
  for _, column in ipairs(columns) do
    titles[column.key] = column.candidate.title
  end
  local rows = { { "C module, written otherwise", "time", "ratio to it", "of" } }
  for _, workload in ipairs(workloads) do
    local times = results.reference.times[workload.name]
    local other = workload.variant and results[workload.against]
    local ours = other and other.times[workload.variant]
    if ours and times then
      rows[#rows + 1] = {
        ("%s (%s)"):format(workload.name, workload.what),
        show_short_time(median(times)),
        show_ratio(median(ratios(ours, times))),
        titles[workload.against],
      }
    end
  end
  return markdown_table(rows)
end

local function file_size(path)
  local file = path and io.open(path, "rb")
  if not file then
    return nil
  end
  local size = file:seek("end")
  file:close()
  return size
end

-- The size of a shared object without its symbols and debugging information; nil without `strip`.
local function stripped_size(path)
  local copy = os.tmpname()
  local _, status = shell.shell(("strip -o %s %s"):format(shell.quote(copy), shell.quote(path)))
  local size = status == 0 and file_size(copy) or nil
  os.remove(copy)
  return size
end

local function memory_table(columns)
  local header = { "" }
  local rows = {
    header,
    { "Lua heap for a struct of two doubles" },
    { "Lua heap for a boxed 64-bit value" },
    { "Lua heap for a pointer object" },
    { "time of `require`" },
    { "size of the .so" },
    { "the same, stripped" },
  }
  for _, column in ipairs(columns) do
    local results = column.results
    header[#header + 1] = column.candidate.title
    for i, what in ipairs({ "struct", "boxed", "pointer" }) do
      table.insert(rows[1 + i], results.heap[what] and show_bytes(results.heap[what]) or "")
    end
    local size = file_size(results.file)
    local stripped = size and stripped_size(results.file)
    table.insert(rows[5], results.loading and show_time(median(results.loading)) or "")
    table.insert(rows[6], size and show_bytes(size) or "")
    table.insert(rows[7], stripped and show_bytes(stripped) or "")
  end
  return markdown_table(rows)
end

-- The first line that a command prints, or nil.
local function first_line(command)
  local output, status = shell.shell(command)
  return status == 0 and output:match("%S[^\n]*") or nil
end

local function lua_version(lua)
  local text = first_line(shell.quote(lua.command) .. " -v")
  return text and text:match("^(.-)%s+%-%-") or text and text:match("^(.-)%s+Copyright") or text or lua.name
end

-- The machine -------------------------------------------------------------------------------------

local function machine_table(sections)
  local rows = { { "", "" } }
  local function fact(name, value)
    if value and value ~= "" then
      rows[#rows + 1] = { name, value }
    end
  end
  fact("processor", first_line("sed -n 's/^model name[^:]*: //p' /proc/cpuinfo")
    or first_line("sysctl -n machdep.cpu.brand_string"))
  fact("architecture", first_line("uname -m"))
  fact("cores", first_line("getconf _NPROCESSORS_ONLN"))
  fact("system", first_line("uname -sr"))
  fact("C compiler", first_line("${CC:-cc} --version"))
  fact("C library", first_line("getconf GNU_LIBC_VERSION"))
  fact("Rust compiler", first_line("rustc --version"))
  for _, section in ipairs(sections) do
    fact(section.lua.name, lua_version(section.lua))
  end
  for _, column in ipairs(sections[1].columns) do
    if column.results.about then
      fact("module", column.results.about)
    end
  end
  fact("date", os.date("!%Y-%m-%d"))
  return markdown_table(rows, true)
end

local function workload_table()
  local rows = { { "workload", "what it does" } }
  for _, workload in ipairs(workloads) do
    if not workload.variant then
      rows[#rows + 1] = { workload.name, workload.what }
    end
  end
  return markdown_table(rows, true)
end

local INTRODUCTION = [[
# Benchmarks

What calls and objects cost through lunaffi, next to a C module that was written by hand over the plain Lua C API for
the same functions (`benches/reference.c`): the floor that a binding can reach without a compiler at run time. Ratios
carry over to other machines, nanoseconds do not.

- Every candidate runs in a process of its own, %d times, in turn with the others. Inside a process a time is the best
  of many samples of at least 10 ms of processor time (the image: one sample); an empty loop's time is subtracted.
  Tables show the median of the processes.
- *ratio* is lunaffi's time to the C module's: the median of the ratios of the rounds, each of which ran one process of
  each; *spread* is the least and the greatest of these. Numbers in parentheses are the same ratio for the others.
- All candidates run the same Lua loops (`benches/workloads.lua`), and every result is checked.
- `error`: the candidate raised an error or gave a wrong result; `crash`: its process ended before. An empty cell: it
  cannot do that.

Made by `%s`.]]

-- The whole page. sections: { { lua = { name, command }, columns = ... }... }.
function report.page(sections, options)
  local parts = {
    INTRODUCTION:format(options.rounds, options.command or "make bench"),
    "## The machine",
    machine_table(sections),
    "## The workloads",
    workload_table(),
  }
  for _, section in ipairs(sections) do
    parts[#parts + 1] = "## " .. lua_version(section.lua)
    local results = by_key(section.columns)
    if results.reference and results.lunaffi then
      parts[#parts + 1] = times_table(section.columns)
      parts[#parts + 1] = variants_table(section.columns)
      parts[#parts + 1] = memory_table(section.columns)
    else
      parts[#parts + 1] = "Not measured: the C module or lunaffi is missing."
    end
  end
  return table.concat(parts, "\n\n")
end

return report
