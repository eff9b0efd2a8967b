-- A program for LuaJIT: a binding of sqlite3 as such bindings are written, and what it is used for.

local ffi = require("ffi")

ffi.cdef [[
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef struct sqlite3_context sqlite3_context;
typedef struct sqlite3_value sqlite3_value;
typedef void (*sqlite3_destructor_type)(void *);
typedef long long int sqlite3_int64;

const char *sqlite3_errmsg(sqlite3 *db);
int sqlite3_open_v2(const char *filename, sqlite3 **db, int flags, const char *vfs);
int sqlite3_close(sqlite3 *);
int sqlite3_exec(sqlite3 *, const char *sql, int (*callback)(void *, int, char **, char **), void *, char **errmsg);
void sqlite3_free(void *);
int sqlite3_prepare_v2(sqlite3 *db, const char *sql, int n, sqlite3_stmt **statement, const char **tail);
int sqlite3_step(sqlite3_stmt *);
int sqlite3_reset(sqlite3_stmt *);
int sqlite3_finalize(sqlite3_stmt *);
int sqlite3_bind_int64(sqlite3_stmt *, int, sqlite3_int64);
int sqlite3_bind_double(sqlite3_stmt *, int, double);
int sqlite3_bind_text(sqlite3_stmt *, int, const char *, int, sqlite3_destructor_type);
int sqlite3_bind_blob(sqlite3_stmt *, int, const void *, int, void (*)(void *));
int sqlite3_bind_null(sqlite3_stmt *, int);
int sqlite3_bind_parameter_index(sqlite3_stmt *, const char *name);
int sqlite3_column_count(sqlite3_stmt *);
const char *sqlite3_column_name(sqlite3_stmt *, int);
int sqlite3_column_type(sqlite3_stmt *, int);
sqlite3_int64 sqlite3_column_int64(sqlite3_stmt *, int);
double sqlite3_column_double(sqlite3_stmt *, int);
const unsigned char *sqlite3_column_text(sqlite3_stmt *, int);
const void *sqlite3_column_blob(sqlite3_stmt *, int);
int sqlite3_column_bytes(sqlite3_stmt *, int);
int sqlite3_create_function(sqlite3 *, const char *name, int nargs, int encoding, void *data,
  void (*function)(sqlite3_context *, int, sqlite3_value **), void (*step)(sqlite3_context *, int, sqlite3_value **),
  void (*final)(sqlite3_context *));
int sqlite3_create_collation(sqlite3 *, const char *name, int encoding, void *data,
  int (*compare)(void *, int, const void *, int, const void *));
double sqlite3_value_double(sqlite3_value *);
void sqlite3_result_double(sqlite3_context *, double);
sqlite3_int64 sqlite3_last_insert_rowid(sqlite3 *);
int sqlite3_changes(sqlite3 *);
int sqlite3_total_changes(sqlite3 *db);

enum { SQLITE_OK, SQLITE_ERROR, SQLITE_ROW = 100, SQLITE_DONE };
enum { SQLITE_INTEGER = 1, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB, SQLITE_NULL };
enum { SQLITE_OPEN_READWRITE = 0x2, SQLITE_OPEN_CREATE = 0x4, SQLITE_OPEN_MEMORY = 0x80 };
]]

local C = ffi.load("libsqlite3.so.0")
local TRANSIENT = ffi.cast("sqlite3_destructor_type", -1)

local Connection, Statement = {}, {}
Connection.__index, Statement.__index = Connection, Statement

local function check(code, db)
  if code ~= C.SQLITE_OK then
    error(ffi.string(C.sqlite3_errmsg(db)), 0)
  end
end

local readers = {
  [C.SQLITE_INTEGER] = C.sqlite3_column_int64,
  [C.SQLITE_FLOAT] = C.sqlite3_column_double,
  [C.SQLITE_TEXT] = function(s, i) return ffi.string(C.sqlite3_column_text(s, i), C.sqlite3_column_bytes(s, i)) end,
  [C.SQLITE_BLOB] = function(s, i)
    local blob = C.sqlite3_column_blob(s, i)
    return blob ~= nil and ffi.string(blob, C.sqlite3_column_bytes(s, i)) or ""
  end,
  [C.SQLITE_NULL] = function() return nil end,
}

local function open(name)
  local out = ffi.new("sqlite3 *[1]")
  local flags = bit.bor(C.SQLITE_OPEN_READWRITE, C.SQLITE_OPEN_CREATE, C.SQLITE_OPEN_MEMORY)
  check(C.sqlite3_open_v2(name, out, flags, nil), out[0])
  return setmetatable({ db = ffi.gc(out[0], C.sqlite3_close), callbacks = {} }, Connection)
end

function Connection:exec(sql)
  check(C.sqlite3_exec(self.db, sql, nil, nil, nil), self.db)
end

function Connection:prepare(sql)
  local out, tail = ffi.new("sqlite3_stmt *[1]"), ffi.new("const char *[1]")
  check(C.sqlite3_prepare_v2(self.db, sql, #sql, out, tail), self.db)
  return setmetatable({ s = ffi.gc(out[0], C.sqlite3_finalize), db = self.db, tail = ffi.string(tail[0]) }, Statement)
end

function Connection:close()
  C.sqlite3_close(ffi.gc(self.db, nil))
  for _, callback in ipairs(self.callbacks) do
    callback:free()
  end
end

function Statement:bind(...)
  C.sqlite3_reset(self.s)
  for i = 1, select("#", ...) do
    local v = select(i, ...)
    local kind = type(v)
    if kind == "number" then
      check(C.sqlite3_bind_double(self.s, i, v), self.db)
    elseif kind == "cdata" then
      check(C.sqlite3_bind_int64(self.s, i, v), self.db)
    elseif kind == "string" then
      check(C.sqlite3_bind_text(self.s, i, v, #v, TRANSIENT), self.db)
    else
      check(C.sqlite3_bind_null(self.s, i), self.db)
    end
  end
  return self
end

function Statement:step()
  local code = C.sqlite3_step(self.s)
  if code == C.SQLITE_DONE then
    return nil
  elseif code ~= C.SQLITE_ROW then
    check(code, self.db)
  end
  local row = {}
  for i = 0, C.sqlite3_column_count(self.s) - 1 do
    row[i + 1] = readers[C.sqlite3_column_type(self.s, i)](self.s, i)
  end
  return row
end

function Statement:rows()
  return function() return self:step() end
end

-- What it is used for ---------------------------------------------------------------------------------------

local function show(...)
  local parts = {}
  for i = 1, select("#", ...) do
    parts[i] = tostring((select(i, ...)))
  end
  print(table.concat(parts, " "))
end

local db = open(":memory:")
db:exec("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, weight REAL, data BLOB)")
local insert = db:prepare("INSERT INTO t (id, name, weight, data) VALUES (?, ?, ?, ?)")
for i = 1, 20 do
  insert:bind(ffi.cast("int64_t", i) * 1000000007LL, ("name %02d"):format(21 - i), i / 4, i % 3 == 0 and "a\0b" or nil):step()
end
show("inserted", C.sqlite3_last_insert_rowid(db.db), C.sqlite3_changes(db.db), C.sqlite3_total_changes(db.db))
local select_some = db:prepare("SELECT id, name, weight, data FROM t WHERE weight > ? ORDER BY id DESC LIMIT 4")
for row in select_some:bind(2.5):rows() do
  show("row", row[1], row[2], ("%g"):format(row[3] * 8), row[4] and #row[4])
end
show("types", type(select_some:bind(0):step()[1]), ffi.string(C.sqlite3_column_name(select_some.s, 2)))
show("parameter", C.sqlite3_bind_parameter_index(db:prepare("SELECT :abc").s, ":abc"))
show("tail", db:prepare("SELECT 1; SELECT 2").tail)
show("error", pcall(db.exec, db, "SELECT nonsense FROM nowhere"))

local names = {}
local callback = ffi.cast("int (*)(void *, int, char **, char **)", function(data, n, values, columns)
  names[#names + 1] = ffi.string(columns[0]) .. "=" .. (values[0] ~= nil and ffi.string(values[0]) or "NULL") .. n
  return data == nil and #names == 3 and 1 or 0
end)
show("exec", C.sqlite3_exec(db.db, "SELECT data FROM t", callback, nil, nil) == C.SQLITE_OK, table.concat(names, " "))
callback:free()

local square = ffi.cast("void (*)(sqlite3_context *, int, sqlite3_value **)", function(context, n, values)
  local sum = 0
  for i = 0, n - 1 do
    sum = sum + C.sqlite3_value_double(values[i]) ^ 2
  end
  C.sqlite3_result_double(context, sum)
end)
C.sqlite3_create_function(db.db, "squares", -1, 1, nil, square, nil, nil)
show("function", db:prepare("SELECT squares(3, 4, 12)"):step()[1] == 169)
local reverse = ffi.cast("int (*)(void *, int, const void *, int, const void *)", function(_, n, a, m, b)
  local x, y = ffi.string(a, n):reverse(), ffi.string(b, m):reverse()
  return x < y and -1 or x > y and 1 or 0
end)
C.sqlite3_create_collation(db.db, "backwards", 1, nil, reverse)
local list = {}
for row in db:prepare("SELECT name FROM t ORDER BY name COLLATE backwards LIMIT 5"):rows() do
  list[#list + 1] = row[1]
end
show("collation", table.concat(list, ", "))
show("large", db:prepare("SELECT 9223372036854775807, -9223372036854775807 - 1, 0.1, 'text', NULL"):step()[1],
  db:prepare("SELECT -9223372036854775808"):step()[1])

insert, select_some = nil, nil
collectgarbage()
collectgarbage()
db:close()
square:free()
reverse:free()
show("done")
