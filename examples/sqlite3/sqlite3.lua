-- sqlite3 from Lua: a database in memory, prepared statements, exact 64-bit integers, blobs, SQL
-- functions written in Lua, and statements that the garbage collector finalizes.
-- Usage: lua examples/sqlite3/sqlite3.lua

local ffi = require("lunaffi")

-- The first name that the system's loader knows.
local function load_first(names, interface)
  local problem
  for _, name in ipairs(names) do
    local ok, lib = pcall(ffi.load, name, interface)
    if ok then
      return lib
    end
    problem = problem or lib
  end
  error(problem, 0)
end

-- Names in the interface are ours (`name` is the symbol). "ref pointer" is C's `T **`: the pointer
-- that sqlite3 stores there follows the result. What sqlite3 calls a destructor is an address or
-- one of two small numbers; an integer of a pointer's size says that best.
local sql = load_first({ "libsqlite3.so.0", "libsqlite3.dylib", "sqlite3.dll" }, {
  libversion = { name = "sqlite3_libversion", ret = "string" },
  open = { name = "sqlite3_open", args = { "string", "ref pointer" }, ret = "int" },
  close = { name = "sqlite3_close_v2", args = { "pointer" }, ret = "int" },
  errmsg = { name = "sqlite3_errmsg", args = { "pointer" }, ret = "string" },
  free = { name = "sqlite3_free", args = { "pointer" } },
  exec = {
    name = "sqlite3_exec",
    args = { "pointer", "string", "pointer", "pointer", "ref pointer" },
    ret = "int",
  },
  prepare = {
    name = "sqlite3_prepare_v2",
    args = { "pointer", "string", "int", "ref pointer", "pointer" },
    ret = "int",
  },
  finalize = { name = "sqlite3_finalize", args = { "pointer" }, ret = "int" },
  step = { name = "sqlite3_step", args = { "pointer" }, ret = "int" },
  reset = { name = "sqlite3_reset", args = { "pointer" }, ret = "int" },
  bind_int64 = { name = "sqlite3_bind_int64", args = { "pointer", "int", "i64" }, ret = "int" },
  bind_double = { name = "sqlite3_bind_double", args = { "pointer", "int", "double" }, ret = "int" },
  bind_text = {
    name = "sqlite3_bind_text",
    args = { "pointer", "int", "pointer", "int", "isize" },
    ret = "int",
  },
  bind_blob = {
    name = "sqlite3_bind_blob",
    args = { "pointer", "int", "pointer", "int", "isize" },
    ret = "int",
  },
  bind_null = { name = "sqlite3_bind_null", args = { "pointer", "int" }, ret = "int" },
  column_count = { name = "sqlite3_column_count", args = { "pointer" }, ret = "int" },
  column_type = { name = "sqlite3_column_type", args = { "pointer", "int" }, ret = "int" },
  column_int64 = { name = "sqlite3_column_int64", args = { "pointer", "int" }, ret = "i64" },
  column_double = { name = "sqlite3_column_double", args = { "pointer", "int" }, ret = "double" },
  column_text = { name = "sqlite3_column_text", args = { "pointer", "int" }, ret = "string" },
  column_blob = { name = "sqlite3_column_blob", args = { "pointer", "int" }, ret = "pointer" },
  column_bytes = { name = "sqlite3_column_bytes", args = { "pointer", "int" }, ret = "int" },
  last_insert_rowid = { name = "sqlite3_last_insert_rowid", args = { "pointer" }, ret = "i64" },
  create_function = {
    name = "sqlite3_create_function",
    args = { "pointer", "string", "int", "int", "pointer", "pointer", "pointer", "pointer" },
    ret = "int",
  },
  value_text = { name = "sqlite3_value_text", args = { "pointer" }, ret = "string" },
  value_double = { name = "sqlite3_value_double", args = { "pointer" }, ret = "double" },
  result_text = { name = "sqlite3_result_text", args = { "pointer", "pointer", "int", "isize" } },
  result_double = { name = "sqlite3_result_double", args = { "pointer", "double" } },

  OK = 0,
  ROW = 100,
  DONE = 101,
  INTEGER = 1,
  FLOAT = 2,
  TEXT = 3,
  BLOB = 4,
  UTF8 = 1,
  TRANSIENT = -1, -- sqlite3 makes a copy of its own before the call returns
})

local function check(db, code)
  if code ~= sql.OK and code ~= sql.ROW and code ~= sql.DONE then
    error("sqlite3: " .. sql.errmsg(db), 2)
  end
  return code
end

-- A database that closes when it is collected. close_v2 waits for statements still open, so the
-- order in which the collector finalizes does not matter.
local function open(path)
  local code, db = sql.open(path, nil)
  if code ~= sql.OK then
    error("sqlite3: cannot open " .. path)
  end
  return ffi.gc(db, sql.close)
end

-- Runs statements without results; each row of others goes to on_row(list of texts).
local function exec(db, text, on_row)
  local callback
  if on_row then
    -- int (*)(void *data, int columns, char **values, char **names)
    callback = ffi.callback(function(_, columns, values)
      local texts, row = ffi.cast(values, "string"), {}
      for i = 0, columns - 1 do
        row[i + 1] = texts[i] or "NULL"
      end
      on_row(row)
      return 0
    end, "int", { "pointer", "int", "pointer", "pointer" })
  end
  local code, message = sql.exec(db, text, callback, nil, nil)
  if callback then
    callback:free() -- sqlite3 used it during the call only
  end
  if code ~= sql.OK then
    local problem = ffi.string(message)
    sql.free(message)
    error("sqlite3: " .. problem, 2)
  end
end

-- A statement that is finalized when it is collected.
local function prepare(db, text)
  local code, statement = sql.prepare(db, text, -1, nil, nil)
  check(db, code)
  return ffi.gc(statement, sql.finalize)
end

local function bind(db, statement, index, kind, value)
  if value == nil then
    check(db, sql.bind_null(statement, index))
  elseif kind == "text" or kind == "blob" then
    check(db, sql["bind_" .. kind](statement, index, value, #value, sql.TRANSIENT))
  else
    check(db, sql["bind_" .. kind](statement, index, value))
  end
end

local function column(statement, index)
  local kind = sql.column_type(statement, index)
  if kind == sql.INTEGER then
    return sql.column_int64(statement, index)
  elseif kind == sql.FLOAT then
    return sql.column_double(statement, index)
  elseif kind == sql.TEXT then
    return sql.column_text(statement, index)
  elseif kind == sql.BLOB then
    return ffi.string(sql.column_blob(statement, index), sql.column_bytes(statement, index))
  end
  return nil
end

-- Iterates over the rows of a query as lists.
local function rows(db, text)
  local statement = prepare(db, text)
  return function()
    if check(db, sql.step(statement)) == sql.DONE then
      return nil
    end
    local row = {}
    for i = 0, sql.column_count(statement) - 1 do
      row[i + 1] = column(statement, i)
    end
    return row
  end
end

-- Makes fn(values, result) an SQL function; `values` is a C array of sqlite3_value pointers. The
-- callback must live as long as the database may call it: whoever calls this keeps it.
local function create_function(db, name, count, fn)
  -- void (*)(sqlite3_context *context, int count, sqlite3_value **values)
  local callback = ffi.callback(function(context, _, values)
    fn(context, ffi.cast(values, "pointer"))
  end, "void", { "pointer", "int", "pointer" })
  check(db, sql.create_function(db, name, count, sql.UTF8, nil, callback, nil, nil))
  return callback
end

-- The program ----------------------------------------------------------------------------------

print("sqlite3 " .. sql.libversion())
local db = open(":memory:")
exec(db, "CREATE TABLE planet (name TEXT UNIQUE, radius REAL, big INTEGER, raw BLOB, moons INTEGER)")

-- 2^53 + 1 and 2^63 - 1: no double holds them. Numeric strings do, on every Lua.
local planets = {
  { "Mercury", 2439.7, "9007199254740993", "\0\1\2", nil },
  { "Earth", 6371.0, "-9007199254740993", "blue\0dot", 1 },
  { "Mars", 3389.5, "9223372036854775807", "\255\254", 2 },
}
local insert = prepare(db, "INSERT INTO planet VALUES (?, ?, ?, ?, ?)")
for _, planet in ipairs(planets) do
  bind(db, insert, 1, "text", planet[1])
  bind(db, insert, 2, "double", planet[2])
  bind(db, insert, 3, "int64", planet[3])
  bind(db, insert, 4, "blob", planet[4])
  bind(db, insert, 5, "int64", planet[5])
  check(db, sql.step(insert))
  sql.reset(insert)
end
print("inserted: " .. tostring(sql.last_insert_rowid(db)) .. " rows")

for row in rows(db, "SELECT name, radius, big, raw, moons FROM planet ORDER BY radius") do
  print(("%-8s radius %.1f  big %s  raw %d bytes  moons %s"):format(
    row[1], row[2], tostring(row[3]), #row[4], tostring(row[5] or "unknown")))
end

exec(db, "SELECT name, moons FROM planet ORDER BY name", function(row)
  print("exec: " .. table.concat(row, ", "))
end)

-- Lua functions as SQL functions.
local reverse = create_function(db, "reverse", 1, function(context, values)
  local text = sql.value_text(values[0]):reverse()
  sql.result_text(context, text, #text, sql.TRANSIENT)
end)
local hypot = create_function(db, "hypot", 2, function(context, values)
  local x, y = sql.value_double(values[0]), sql.value_double(values[1])
  sql.result_double(context, math.sqrt(x * x + y * y))
end)
local refuse = create_function(db, "refuse", 0, function()
  error("Lua refuses", 0)
end)
for row in rows(db, "SELECT reverse(name), hypot(3, 4) FROM planet ORDER BY name") do
  print(("reverse: %s  hypot(3, 4): %g"):format(row[1], row[2]))
end

-- Errors: sqlite3's own, and those of a Lua function that SQL calls.
print("syntax: " .. select(2, pcall(prepare, db, "SELEKT 1")):match("sqlite3: (.*)"))
bind(db, insert, 1, "text", "Earth")
print("constraint: " .. select(2, pcall(check, db, sql.step(insert))):match("sqlite3: (.*)"))
sql.reset(insert)
print("from Lua: " .. select(2, pcall(exec, db, "SELECT refuse()")))

-- An explicit end: take the finalizer off first, so that the statement is not finalized twice.
ffi.gc(insert, nil)
print("finalize: " .. (sql.finalize(insert) == sql.OK and "ok" or "failed"))

-- Statements left to the collector.
for _ = 1, 1000 do
  prepare(db, "SELECT 1")
end
collectgarbage()
collectgarbage()

ffi.gc(db, nil)
print("close: " .. (sql.close(db) == sql.OK and "ok" or "failed"))
for _, callback in ipairs({ reverse, hypot, refuse }) do
  callback:free()
end
