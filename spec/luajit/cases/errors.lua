-- The words of errors, where programs match them, and that an error leaves things as they were.

ffi.cdef [[
struct er_point { int x, y; };
enum er_fruit { ER_APPLE, ER_PEAR };
typedef int (*er_fn)(int);
size_t strlen(const char *); int abs(int); double pow(double, double); void *memset(void *, int, size_t);
double *er_pointer(double *) asm("dc_pointer");
]]

local C = ffi.C
local lib = ffi.load(fixture("declared"))

-- How every kind of value is named in a message about a conversion.
for _, entry in ipairs({
  { "nil", nil }, { "true", true }, { "a number", 5 }, { "a string", "x" }, { "a table", {} }, { "a function", print }, { "a coroutine", coroutine.create(function() end) },
  { "a file", io.stdout }, { "int64", i64 "5" }, { "uint64", u64 "5" }, { "int", ffi.new("int") }, { "double", ffi.new("double") }, { "bool", ffi.new("bool") },
  { "char", ffi.new("char") }, { "an enum", ffi.new("enum er_fruit") }, { "a struct", ffi.new("struct er_point") }, { "a const struct", ffi.new("const struct er_point") },
  { "an anonymous struct", ffi.new("struct { int q; }") }, { "an array", ffi.new("int[3]") }, { "a variable array", ffi.new("int[?]", 3) }, { "a pointer", ffi.new("int *") },
  { "a pointer to const", ffi.new("const char *") }, { "a function pointer", ffi.new("er_fn") }, { "a C function", ffi.C.abs }, { "complex", ffi.new("complex") },
  { "a reference", ffi.cast("struct er_point &", ffi.new("struct er_point")) }, { "the namespace", ffi.C },
}) do
  local name, value = entry[1], entry[2]
  for _, ct in ipairs({ "int", "struct er_point", "double *", "er_fn", "int[2]", "enum er_fruit", "bool" }) do
    case(("%s for %s"):format(name, ct), function()
      local x = ffi.new(ct, value)
      return type(x) == "cdata" and ffi.typeof(x)
    end)
  end
  case(name .. " as an argument for double *", function()
    local x = lib.er_pointer(value)
    return type(x)
  end)
  case(name .. " assigned to a field", function()
    ffi.new("struct { struct er_point *p; }").p = value
  end)
  if type(value) == "cdata" then
    case("length of " .. name, function()
      return #value
    end)
    if name ~= "a C function" and name ~= "a function pointer" then
      case("call of " .. name, function()
        return value()
      end)
    end
  end
end

-- Errors that stop in the middle change nothing that a script may notice.
case("a failed initialiser gives no object", function()
  local ok, object = pcall(ffi.new, "struct er_point", { 1, "x" })
  return ok, type(object)
end)
case("a failed call has not called", function()
  local before = ffi.new("int[1]", 5)
  pcall(C.memset, before, {}, 4)
  return before[0]
end)
case("many errors one after another", function()
  local count = 0
  for _ = 1, 200 do
    if not pcall(ffi.new, "er_nothing") then
      count = count + 1
    end
    if not pcall(C.pow, "x", 1) then
      count = count + 1
    end
  end
  return count, C.pow(2, 3)
end)
case("errors are strings with a position", function()
  local results = {}
  for n, fn in ipairs({
    function() local x = ffi.new("er_nothing") return x end,
    function() local x = ffi.cast("struct er_point", 1) return x end,
    function() local x = C.er_nothing return x end,
    function() local x = C.abs("x") return x end,
    function() local x = i64 "1" + {} return x end,
    function() local x = ffi.new("struct er_point").z return x end,
    function() ffi.new("struct er_point").x = {} end,
    function() ffi.cdef("nonsense") end,
    function() local x = ffi.new("int")() return x end,
    function() local x = ffi.new("struct er_point") < ffi.new("struct er_point") return x end,
  }) do
    local ok, message = pcall(fn)
    results[n] = tostring(ok) .. " " .. type(message) .. " " .. tostring(message:match("^[^\n]-errors%.lua:%d+: ") ~= nil)
  end
  return results
end)
for _, entry in ipairs({
  { "new", function() local x = ffi.new() return x end }, { "cast", function() local x = ffi.cast() return x end }, { "typeof", function() local x = ffi.typeof() return x end },
  { "sizeof", function() local x = ffi.sizeof() return x end }, { "alignof", function() local x = ffi.alignof() return x end },
  { "offsetof", function() local x = ffi.offsetof() return x end }, { "istype", function() local x = ffi.istype() return x end },
  { "string", function() local x = ffi.string() return x end }, { "copy", function() ffi.copy() end }, { "fill", function() ffi.fill() end },
  { "gc", function() ffi.gc() end }, { "metatype", function() ffi.metatype() end }, { "cdef", function() ffi.cdef() end }, { "load", function() ffi.load() end },
  { "abi", function() ffi.abi() end },
}) do
  case("ffi." .. entry[1] .. " without arguments", entry[2])
end
