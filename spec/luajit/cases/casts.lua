-- ffi.cast: pointers, numbers, strings, functions, references.

ffi.cdef [[
enum ca_fruit { CA_APPLE, CA_PEAR = 5 };
struct ca_point { int x, y; };
struct ca_same { int x, y; };
struct ca_hidden;
union ca_union { int i; float f; };
typedef int (*ca_fn)(int);
]]

local numbers = { 0, 1, -1, 1.9, -1.9, 255, 256, 65535, 65536, 2147483647, 2147483648, 4294967295, 4294967296, -129, 2 ^ 53, -2 ^ 40 }
local scalars = {
  "bool", "char", "int8_t", "uint8_t", "int16_t", "uint16_t", "int", "unsigned int", "int64_t", "uint64_t", "intptr_t", "size_t",
  "float", "double", "enum ca_fruit", "wchar_t", "const int", "volatile uint8_t",
}
for _, ct in ipairs(scalars) do
  case("numbers cast to " .. ct, function()
    local results = {}
    for n, number in ipairs(numbers) do
      results[n] = tonumber(ffi.cast(ct, number))
    end
    return results, ffi.typeof(ffi.cast(ct, 1)), tostring(ffi.cast(ct, 1))
  end)
  case("pointers and more cast to " .. ct, function()
    local results = {}
    for n, value in ipairs({
      ffi.cast("void *", 0x1234), ffi.cast("ca_fn", 0x12345678), ffi.new("int *"), i64 "-5", u64 "300", ffi.new("double", 2.75),
      ffi.new("bool", true), ffi.new("enum ca_fruit", 5), true, false,
    }) do
      local ok, result = pcall(ffi.cast, ct, value)
      results[n] = ok and tostring(result) or (result:gsub("^[^\n]-:%d+: ", ""))
    end
    return results
  end)
  for _, entry in ipairs({
    { "nil", nil }, { "a table", {} }, { "a struct", ffi.new("struct ca_point") }, { "a function", print },
    { "an array of 3 ints", ffi.new("int[3]") }, { "complex", ffi.new("complex", 3, 4) }
  }) do
    -- Integers can hold an address, which differs each time.
    case(("%s cast to %s"):format(entry[1], ct), function()
      local ok, result = pcall(ffi.cast, ct, entry[2])
      if not ok then
        return (result:gsub("^[^\n]-:%d+: ", ""))
      end
      return ffi.typeof(result), (entry[1] == "nil" or entry[1] == "complex") and tostring(result) or "some value"
    end)
  end
end

local pointers = {
  "void *", "const void *", "char *", "const char *", "int *", "struct ca_point *", "struct ca_hidden *", "ca_fn", "int **",
  "int (*)[3]", "double *", "int *const", "union ca_union *", "void (*)(void)",
}
for _, ct in ipairs(pointers) do
  case("numbers cast to " .. ct, function()
    local results = {}
    for n, number in ipairs({ 0, 1, 4096, 4294967295, 4294967296, 2 ^ 46, -1, 1.9, 4096.7 }) do
      results[n] = ffi.cast("uintptr_t", ffi.cast(ct, number))
    end
    return results
  end)
  case("int64 boxes cast to " .. ct, function()
    return ffi.cast("uintptr_t", ffi.cast(ct, i64 "-1")), ffi.cast("uintptr_t", ffi.cast(ct, u64 "18446744073709551615")),
      ffi.cast("uintptr_t", ffi.cast(ct, i64 "140737488355328")), ffi.cast("uintptr_t", ffi.cast(ct, ffi.new("int", -2))),
      ffi.cast("uintptr_t", ffi.cast(ct, ffi.new("uint8_t", 200)))
  end)
  case("the spelling of a cast to " .. ct, function()
    return tostring(ffi.cast(ct, 0)), ffi.typeof(ffi.cast(ct, 0)), isnull(ffi.cast(ct, nil))
  end)
  case("pointers of all types cast to " .. ct, function()
    local results = {}
    for n, source in ipairs(pointers) do
      results[n] = tostring(ffi.cast("uintptr_t", ffi.cast(ct, ffi.cast(source, 0x4000))))
    end
    return results
  end)
  for _, entry in ipairs({
    { "true", true }, { "a table", {} }, { "a string", "text" }, { "an array", ffi.new("int[3]") },
    { "a struct", ffi.new("struct ca_point") }, { "a union", ffi.new("union ca_union") }, { "complex", ffi.new("complex") },
    { "a bool", ffi.new("bool", true) }, { "an enum", ffi.new("enum ca_fruit", 5) }, { "a float", ffi.new("float", 2.5) },
    { "a file", io.stdout }, { "a coroutine", coroutine.create(function() end) },
  }) do
    case(("%s cast to %s"):format(entry[1], ct), function()
      local ok, result = pcall(ffi.cast, ct, entry[2])
      if not ok then
        return (result:gsub("^[^\n]-:%d+: ", ""))
      end
      return ffi.typeof(result), isnull(result)
    end)
  end
end

for _, ct in ipairs({ "int[3]", "struct ca_point", "union ca_union", "complex", "void", "int[?]", "int(int)", "struct ca_hidden" }) do
  case("no cast to " .. ct, function()
    local result = ffi.cast(ct, ffi.new("int"))
    return result
  end)
end

case("a string's address as an integer", function()
  local text = "some text"
  return ffi.cast("uintptr_t", text) == ffi.cast("uintptr_t", ffi.cast("const char *", text))
end)
case("a string read through casts", function()
  local text = "AB\1"
  return ffi.cast("const char *", text)[0], ffi.cast("char *", text)[1], ffi.cast("const uint8_t *", text)[2], ffi.cast("const void *", text) == ffi.cast("char *", text)
end)
case("a string cast to a pointer to short", function()
  return ffi.cast("const uint16_t *", "AB")[0]
end)
case("the bytes of an integer", function()
  local n = ffi.new("int[1]", 0x01020304)
  local p = ffi.cast("uint8_t *", n)
  return p[0], p[1], p[2], p[3]
end)
case("the bits of a float", function()
  local f = ffi.new("float[1]", 1.5)
  return ffi.cast("uint32_t *", f)[0]
end)
case("the bits of a double", function()
  local f = ffi.new("double[1]", -2)
  return ffi.cast("uint64_t *", f)[0]
end)
case("a pointer to the inside of a struct", function()
  local p = ffi.new("struct ca_point", 3, 4)
  local ints = ffi.cast("int *", p)
  ints[1] = 40
  return ints[0], p.y
end)
case("const is cast away", function()
  local a = ffi.new("int[2]", 1, 2)
  local p = ffi.cast("const int *", a)
  ffi.cast("int *", p)[0] = 10
  return a[0]
end)
case("a reference to an array's first element", function()
  local a = ffi.new("int[2]", 7, 8)
  local r = ffi.cast("int &", a)
  return r, tostring(r):match("^cdata<[^>]*>"), ffi.typeof(r), ffi.sizeof(r), tonumber(r)
end)
case("a reference to a struct", function()
  local p = ffi.new("struct ca_point", 3, 4)
  local r = ffi.cast("struct ca_point &", p)
  r.x = 30
  return p.x, ffi.typeof(r), ffi.sizeof(r)
end)
case("a reference through a pointer", function()
  local p = ffi.new("struct ca_point", 3, 4)
  local r = ffi.cast("struct ca_point &", ffi.cast("struct ca_point *", p))
  return r.y
end)
case("a reference from an incompatible pointer", function()
  local a = ffi.new("double[1]")
  local r = ffi.cast("int &", a)
  return r
end)
case("a reference from a number", function()
  local r = ffi.cast("int &", 5)
  return r
end)
case("further arguments are ignored", function()
  return ffi.cast("int", 1, 2, 3)
end)
case("a cast without a value", function()
  local result = ffi.cast("int")
  return result
end)
case("a cast to nil", function()
  local result = ffi.cast(nil, 1)
  return result
end)
case("a cast to a type given as cdata", function()
  return ffi.cast(ffi.new("uint8_t"), 300), ffi.cast(ffi.typeof("int *"), 0)
end)
case("an enum from a name", function()
  return ffi.cast("enum ca_fruit", "CA_PEAR")
end)
case("an enum from a wrong name", function()
  local result = ffi.cast("enum ca_fruit", "CA_STONE")
  return result
end)
case("a cast makes a new object", function()
  local one = ffi.new("int", 5)
  local two = ffi.cast("int", one)
  return one == two, rawequal(one, two)
end)
case("a cast to the same pointer type", function()
  local p = ffi.cast("int *", 8)
  return ffi.cast("int *", p) == p
end)
case("a function pointer from an address, called", function()
  ffi.cdef("int abs(int);")
  local address = ffi.cast("uintptr_t", ffi.cast("ca_fn", ffi.C.abs))
  return ffi.cast("ca_fn", address)(-9)
end)
case("a function cast to void pointer and back", function()
  ffi.cdef("int abs(int);")
  local p = ffi.cast("void *", ffi.C.abs)
  return ffi.cast("ca_fn", p)(-3)
end)
case("multi-dimensional rows by cast", function()
  local a = ffi.new("int[2][3]", { { 1, 2, 3 }, { 4, 5, 6 } })
  local flat, rows = ffi.cast("int *", a), ffi.cast("int (*)[3]", a)
  return flat[4], rows[1][2], ffi.typeof(rows[1])
end)
case("NULL of every kind of pointer", function()
  return tostring(ffi.cast("void *", 0)), tostring(ffi.cast("struct ca_hidden *", 0)), tostring(ffi.cast("ca_fn", 0)), tostring(ffi.cast("char **", nil))
end)
case("addresses print in hexadecimal", function()
  return (tostring(ffi.cast("void *", 0x1234)):gsub("ADDRESS", "")), #tostring(ffi.cast("void *", 0x1234)) > 20
end)
