-- String buffers: writing, reading, memory, the serialisation byte by byte, and the words of errors.
-- luacheck: globals case ffi buffer i64 u64 collect

local function hex(text)
  return (text:gsub(".", function(byte)
    return ("%02x "):format(byte:byte())
  end))
end

local function bytes(text)
  return (text:gsub("%x%x ?", function(pair)
    return string.char(tonumber(pair:sub(1, 2), 16))
  end))
end

local function encoded(value)
  return hex(buffer.encode(value))
end

local function decoded(text)
  return buffer.decode(bytes(text))
end

-- Writing --------------------------------------------------------------------------------------------

case("put writes strings and numbers as they print", function()
  local buf = buffer.new()
  local same = buf:put("a", 1, 1.5, -0.25, 2 ^ 53, 1e15, 1e100, 0 / 0, 1 / 0, -1 / 0, "", "\0z") == buf
  return same, tostring(buf), #buf
end)

case("put writes what __tostring gives", function()
  local object = setmetatable({}, { __tostring = function() return "object" end })
  local number = setmetatable({}, { __tostring = function() return 42 end })
  return tostring(buffer.new():put(object, "/", number))
end)

case("put writes 64-bit integers and complex numbers as text", function()
  return tostring(buffer.new():put(i64"5", u64"18446744073709551615", ffi.new("complex", 1, 2)))
end)

case("put writes the bytes of another buffer", function()
  local other = buffer.new():put("other")
  return tostring(buffer.new():put("<", other, ">")), tostring(other)
end)

for name, value in pairs({ ["nil"] = "nil", boolean = "true", table = "{}", ["function"] = "print" }) do
  case("put refuses a " .. name, ([[
    local buffer = require("string.buffer")
    local buf = buffer.new()
    buf:put("kept", %s)
  ]]):format(value))
end

case("put refuses what __tostring gives that is no text", function()
  local buf = buffer.new()
  buf:put(setmetatable({}, { __tostring = function() return {} end }))
end)

case("what stands before a refused argument is written", function()
  local buf = buffer.new()
  pcall(buf.put, buf, "a", "b", nil, "c")
  return tostring(buf)
end)

case("put refuses the buffer itself", function()
  local buf = buffer.new():put("x")
  buf:put(buf)
end)

case("put counts its arguments as a function", function()
  local buf = buffer.new()
  buf.put("not a buffer")
end)

local formats = {
  "%d", "%5d", "%-5d|", "%05d", "%+d", "% d", "%.3d", "%5.3d", "%i", "%u", "%x", "%X", "%#x", "%o", "%#o", "%c", "%5c",
  "%-5c|", "%f", "%.2f", "%10.2f", "%-10.2f|", "%010.2f", "%e", "%E", "%g", "%G", "%a", "%s", "%5s", "%-5s|", "%.1s",
  "%q", "%%%d", "%99.99f",
}
local values = { 0, 1, -1, 65, 255, 3.75, -3.75, 1e10, -1e10, 2 ^ 31, 2 ^ 53, 1e300, 1 / 0, -1 / 0, 0 / 0, "12" }
for _, format in ipairs(formats) do
  case("putf writes " .. format, function()
    local buf = buffer.new()
    for _, value in ipairs(values) do
      buf:putf(format, value):put("\n")
    end
    return tostring(buf)
  end)
end

case("putf writes any value as text", function()
  local object = setmetatable({}, { __tostring = function() return "object" end })
  return tostring(buffer.new():putf("%s %s %s %s %s", nil, true, false, object, buffer.new():put("buffer")))
end)

case("putf writes 64-bit integers", function()
  return tostring(buffer.new():putf("%d %d %u %x %5d %s", i64"-5", u64"18446744073709551615", i64"-1", u64"255", i64"7",
    i64"8"))
end)

case("putf quotes every byte", function()
  local all = {}
  for byte = 0, 255 do
    all[#all + 1] = string.char(byte)
  end
  local text = table.concat(all)
  return tostring(buffer.new():putf("%q", text)), tostring(buffer.new():putf("%q", "\0001\0012\127\1279"))
end)

case("putf writes a buffer with a width and quotes", function()
  local other = buffer.new():put('a "b"')
  return tostring(buffer.new():putf("[%8s] [%-8s] [%.2s] %q", other, other, other, other))
end)

for _, format in ipairs({ "%y", "a%", "%123d", "%5.123f", "% ", "%ld" }) do
  case("putf refuses the directive " .. format, function()
    local buf = buffer.new()
    buf:putf(format, 1)
  end)
end

case("putf misses an argument", function()
  local buf = buffer.new()
  buf:putf("%d %d", 1)
end)

case("putf misses its template", function()
  local buf = buffer.new()
  buf:putf()
end)

case("putf takes a number as a template", function()
  return tostring(buffer.new():putf(12))
end)

case("putf refuses a text as a number", function()
  local buf = buffer.new()
  buf:putf("%d", "x")
end)

case("putf refuses nil as a number", function()
  local buf = buffer.new()
  buf:putf("%f", nil)
end)

case("putcdata copies bytes", function()
  local text = ffi.new("char[?]", 6, "hello")
  return tostring(buffer.new():putcdata(text, 5):putcdata(text + 1, 3):putcdata(text, 0))
end)

case("putcdata refuses a string", function()
  local buf = buffer.new()
  buf:putcdata("text", 4)
end)

case("putcdata needs a length", function()
  local buf = buffer.new()
  buf:putcdata(ffi.new("char[4]"))
end)

-- Reading --------------------------------------------------------------------------------------------

case("get takes bytes from the front", function()
  local buf = buffer.new():put("hello world")
  return buf:get(2), buf:get(0), buf:get(3, 1), #buf, buf:get(100), buf:get(1), #buf
end)

case("get takes everything without a length", function()
  local buf = buffer.new():put("hello")
  return buf:get(), buf:get(), buf:put("again"):get(2, nil, 1)
end)

case("get cuts fractions off", function()
  return buffer.new():put("hello"):get(2.9)
end)

case("get takes 64-bit lengths", function()
  return buffer.new():put("hello"):get(i64"2", u64"1")
end)

for name, length in pairs({ negative = -1, large = 2 ^ 31, nan = 0 / 0, ["a text"] = "1", boolean = false }) do
  case("get refuses a length that is " .. name, function()
    local buf = buffer.new():put("hello")
    buf:get(length)
  end)
end

case("skip leaves bytes out", function()
  local buf = buffer.new():put("hello")
  local same = buf:skip(2) == buf
  local rest = tostring(buf)
  return same, rest, tostring(buf:skip(100)), #buf
end)

case("reset and free leave all out", function()
  local buf = buffer.new():put("hello")
  local same = buf:reset() == buf
  local empty = tostring(buf)
  return same, empty, tostring(buf:put("x")), tostring(buf:free()), tostring(buf:put("y"))
end)

case("tostring leaves the bytes in place", function()
  local buf = buffer.new():put("hello"):skip(1)
  return tostring(buf), buf:tostring(), #buf
end)

case("a buffer is concatenated with strings, numbers and buffers", function()
  local a, b = buffer.new():put("a"), buffer.new():put("b")
  return a .. "x", "x" .. a, a .. 1.5, 2 .. a, a .. b, a .. "x" .. b, type(a .. b)
end)

case("a buffer and an object with __concat", function()
  local object = setmetatable({}, { __concat = function(x, y) return type(x) .. type(y) end })
  return buffer.new() .. object, object .. buffer.new()
end)

case("what a buffer is", function()
  local buf = buffer.new()
  return type(buf), getmetatable(buf), buf.nothing, tostring(buf), #buf
end)

case("empty bytes are fine everywhere", function()
  local buf = buffer.new():put(""):put():putf(""):set("")
  return buf:get(), buf:get(0), #buf, tostring(buf:skip(1)), buf:put(""):tostring()
end)

-- Memory ---------------------------------------------------------------------------------------------

case("reserve offers as much as there is", function()
  local function room(buf, size)
    local pointer, count = buf:reserve(size)
    return ffi.istype("uint8_t *", pointer) and count
  end
  local buf = buffer.new()
  local list = { room(buf, 1), room(buf, 33), room(buf, 64), room(buffer.new(100), 1), room(buffer.new(), 1000) }
  buf:put(("x"):rep(60))
  list[#list + 1] = room(buf, 1)
  list[#list + 1] = room(buf, 5)
  buf:skip(50)
  list[#list + 1] = room(buf, 100)
  buf:put(("x"):rep(100)):skip(1)
  list[#list + 1] = room(buf, 20)
  buf:reset()
  list[#list + 1] = room(buf, 0)
  return unpack(list)
end)

case("commit counts what was written", function()
  local buf = buffer.new():put("<")
  local pointer = buf:reserve(10)
  ffi.copy(pointer, "hello", 5)
  local same = buf:commit(5) == buf
  return same, tostring(buf:put(">")), tostring(buf:commit(0))
end)

case("commit refuses more than there is room for", function()
  local buf = buffer.new()
  buf:reserve(10)
  buf:commit(33)
end)

case("commit needs a number", function()
  local buf = buffer.new()
  buf:commit()
end)

case("ref gives the bytes", function()
  local buf = buffer.new():put("hello"):skip(1)
  local pointer, count = buf:ref()
  pointer[0] = 65
  return ffi.string(pointer, count), count, ffi.istype("uint8_t *", pointer), tostring(buf)
end)

case("ref of an empty buffer", function()
  local _, count = buffer.new():ref()
  return count
end)

case("set borrows a string until it is written to", function()
  local buf = buffer.new():put("lost"):set("borrowed")
  local first, rest = buf:get(3), tostring(buf)
  return first, rest, #buf, tostring(buf:put("!")), tostring(buf:set("other")), buf:get(), #buf
end)

case("set borrows C's memory", function()
  local memory = ffi.new("char[6]", "hello")
  local buf = buffer.new():set(memory, 5)
  memory[0] = 74
  local shared = tostring(buf)
  buf:put("!")
  memory[0] = 75
  return shared, tostring(buf)
end)

case("reset after set gives the memory back", function()
  local memory = ffi.new("char[6]", "hello")
  local buf = buffer.new():set(memory, 5):reset():put("J")
  return tostring(buf), ffi.string(memory)
end)

case("set refuses a number", function()
  local buf = buffer.new()
  buf:set(5)
end)

case("set needs the length of C's memory", function()
  local buf = buffer.new()
  buf:set(ffi.new("char[5]"))
end)

case("a buffer is a pointer to its bytes for C", function()
  ffi.cdef("unsigned long strlen(const char *); int memcmp(const void *, const void *, size_t);")
  local buf = buffer.new():put("hello\0")
  return tonumber(ffi.C.strlen(buf)), ffi.C.memcmp(buf, "hello", 5), ffi.string(buf, 3), ffi.string(ffi.cast("char *", buf))
end)

case("the sizes of new", function()
  return #buffer.new(), #buffer.new(100), #buffer.new(nil), #buffer.new(nil, {}), #buffer.new(5, {}), #buffer.new({})
end)

for name, size in pairs({ negative = -1, large = 2 ^ 40, ["a text"] = "5" }) do
  case("new refuses a size that is " .. name, function()
    local new = buffer.new
    new(size)
  end)
end

case("new refuses options that are no table", function()
  local new = buffer.new
  new(5, "options")
end)

-- Serialising ----------------------------------------------------------------------------------------

local samples = {
  ["nil"] = function() return nil end,
  ["false"] = function() return false end,
  ["true"] = function() return true end,
  zero = function() return 0 end,
  integer = function() return 42 end,
  ["a negative integer"] = function() return -42 end,
  ["the largest of 32 bits"] = function() return 2 ^ 31 - 1 end,
  ["one more than 32 bits"] = function() return 2 ^ 31 end,
  ["a fraction"] = function() return 1.5 end,
  infinity = function() return 1 / 0 end,
  ["an empty string"] = function() return "" end,
  string = function() return "hello" end,
  ["the longest string of one byte's length"] = function() return ("x"):rep(191) end,
  ["the shortest string of two bytes' length"] = function() return ("x"):rep(192) end,
  ["the longest string of two bytes' length"] = function() return ("x"):rep(0x1fbf) end,
  ["the shortest string of five bytes' length"] = function() return ("x"):rep(0x1fc0) end,
  ["an empty table"] = function() return {} end,
  list = function() return { 1, 2, 3 } end,
  ["a list from 0"] = function() return { [0] = 0, 1, 2 } end,
  ["only 0"] = function() local t = {} t[0] = true return t end,
  ["only 1"] = function() local t = {} t[1] = true return t end,
  ["only 2"] = function() local t = {} t[2] = true return t end,
  ["only 3"] = function() local t = {} t[3] = true return t end,
  ["a list with a hole"] = function() return { 1, nil, 3 } end,
  ["a list with holes"] = function() return { 1, nil, nil, 4 } end,
  ["a list of tables"] = function() return { {}, { {} }, { a = 1 } } end,
  ["a key"] = function() return { key = "value" } end,
  ["a list and a key"] = function() return { 1, 2, key = true } end,
  ["a list from 0 and a key"] = function() return { [0] = 0, 1, key = true } end,
  ["a negative key"] = function() return { [-1] = true } end,
  ["a fraction as key"] = function() return { [0.5] = true } end,
  ["a large key"] = function() return { [1000000] = true } end,
  ["a boolean as key"] = function() return { [true] = false } end,
  ["a table as key"] = function() return { [{}] = true } end,
  int64 = function() return i64"-5" end,
  uint64 = function() return u64"18446744073709551615" end,
  complex = function() return ffi.new("complex", 1.5, -2) end,
  long = function() return ffi.new("long", 7) end,
}
local names = {}
for name in pairs(samples) do
  names[#names + 1] = name
end
table.sort(names)
for _, name in ipairs(names) do
  case("the serialisation of: " .. name, function()
    return encoded(samples[name]())
  end)
  case("reading the serialisation of: " .. name, function()
    return buffer.decode(buffer.encode(samples[name]()))
  end)
end

case("a sparse list is divided as LuaJIT divides it", function()
  local list = {}
  for i = 1, 20 do
    list[i] = true
  end
  list[15] = nil
  local list2 = { true, true, true }
  list2[5] = true
  local list3 = {}
  for _, i in ipairs({ 1, 2, 4 }) do
    list3[i] = true
  end
  return encoded(list), encoded(list2), encoded(list3)
end)

for name, value in pairs({
  ["a function"] = "print",
  ["a file"] = "io.stdout",
  ["a coroutine"] = "coroutine.create(print)",
  ["a buffer"] = "buffer.new()",
  ["a pointer"] = "ffi.cast('void *', 1)",
  ["an int of C"] = "ffi.new('int', 1)",
  ["a ctype"] = "ffi.typeof('int')",
  ["a function as value"] = "{ print }",
  ["a function as key"] = "{ [print] = 1 }",
}) do
  case("what has no serialisation: " .. name, ([[
    local buffer = require("string.buffer")
    return buffer.encode(%s)
  ]]):format(value))
end

local function nested(depth)
  local value = {}
  for _ = 2, depth do
    value = { value }
  end
  return value
end

case("tables may be 100 deep", function()
  return #buffer.encode(nested(100)), type(buffer.decode(buffer.encode(nested(100))))
end)

case("tables may not be deeper", function()
  return buffer.encode(nested(101))
end)

case("a table may not be in itself", function()
  local t = {}
  t.t = t
  return buffer.encode(t)
end)

case("serialisations may not be deeper", function()
  return buffer.decode(bytes(("0c 02 "):rep(101)))
end)

case("encode needs a value", function()
  local encode = buffer.encode
  encode()
end)

case("decode needs a string", function()
  local decode = buffer.decode
  decode(5)
end)

for _, data in ipairs({
  "", "06", "06 01 00 00", "07 01", "10 00", "12 00", "04 00", "05 00", "e0", "ff", "ff 00 00 00", "22 61", "09", "09 01", "09 01 21 61",
  "0c", "0c 03 02", "0d 02 02", "0f", "0e", "0e 00", "0f 00", "0f ff ff ff ff ff", "13", "1f", "00 00", "20 20", "09 01 00 02",
  "09 02 21 61 02 21 61 02", "09 01 07 00 00 00 00 00 00 f8 ff 02", "0c ff ff ff ff ff", "0c ff 02 00 00 08", "09 ff ff ff ff ff",
  "09 ff 01 00 00 04", "ff ff ff ff ff", "ff ff ff ff 7f",
}) do
  case("bad data: " .. data, function()
    return decoded(data)
  end)
end

for _, data in ipairs({
  "00", "01", "02", "06 ff ff ff ff", "06 01 00 00 80", "07 00 00 00 00 00 00 00 80", "07 ff ff ff ff ff ff ff ff",
  "07 01 00 00 00 00 00 f8 ff", "20", "21 00", "e0 00 " .. ("61 "):rep(192), "ff 20 00 00 00", "ff 21 00 00 00 61", "08", "09 00",
  "0a 00", "0a 01 02", "0b 01 01 02 20 02", "0c 00", "0c 01", "0c 03 00 02", "0d 02 01 02 20 02", "09 01 02 00", "09 01 21 61 00",
  "10 01 02 03 04 05 06 07 08", "11 ff ff ff ff ff ff ff ff", "12 00 00 00 00 00 00 f0 3f 00 00 00 00 00 00 00 c0",
  "12 ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff", "0a 02 06 01 00 00 00 20",
}) do
  case("data: " .. data, function()
    return decoded(data)
  end)
end

case("addresses are serialised as light userdata", function()
  local null, small = decoded("03"), decoded("04 01 02 03 04")
  local large = decoded("05 01 02 03 04 05 00 00 00")
  return type(null), encoded(null), encoded(small), encoded(large)
end)

case("values are read one by one", function()
  local buf = buffer.new():encode(1):encode("two"):encode({ 3 }):encode(nil):put("rest")
  return buf:decode(), buf:decode(), buf:decode()[1], buf:decode(), tostring(buf)
end)

case("what cannot be read stays", function()
  local buf = buffer.new():put(bytes("21"))
  local ok = pcall(buf.decode, buf)
  return ok, hex(tostring(buf)), buf:put("a"):decode()
end)

case("decode of an empty buffer", function()
  local buf = buffer.new()
  return buf:decode()
end)

case("encode adds a value to a buffer", function()
  local buf = buffer.new():put("x")
  local same = buf:encode({ 1 }) == buf
  return same, hex(tostring(buf))
end)

case("encode of a buffer needs a value", function()
  local buf = buffer.new()
  buf:encode()
end)

case("decode reads borrowed bytes", function()
  local buf = buffer.new():set(buffer.encode("one") .. buffer.encode("two"))
  return buf:decode(), buf:decode(), #buf
end)

-- Dictionaries ---------------------------------------------------------------------------------------

case("a dictionary numbers keys, but no values", function()
  local buf = buffer.new({ dict = { "key", "value", "other" } })
  buf:encode({ key = "value" })
  local data = hex(tostring(buf))
  return data, buf:decode().key, hex(tostring(buf:encode({ missing = 1 }))), buf:decode().missing
end)

case("a dictionary may have many entries, repeated ones, and false", function()
  local dict = { "first", false, "first", "last" }
  for i = 5, 300 do
    dict[i] = "entry" .. i
  end
  local buf = buffer.new({ dict = dict })
  buf:encode({ first = 1 }):encode({ last = 2 }):encode({ entry300 = 3 }):encode({ entry224 = 1 }):encode({ entry225 = 1 })
  return hex(tostring(buf)), buf:decode().first, buf:decode().last, buf:decode().entry300
end)

case("a dictionary of metatables", function()
  local a, b = { name = "a" }, { name = "b" }
  local buf = buffer.new({ metatable = { a, b } })
  buf:encode(setmetatable({ x = 1 }, b)):encode(setmetatable({ 1 }, a)):encode(setmetatable({ 1 }, {}))
  local data = hex(tostring(buf))
  local first, second, third = buf:decode(), buf:decode(), buf:decode()
  return data, getmetatable(first) == b, getmetatable(second) == a, getmetatable(third), rawget(first, "x"), #second
end)

case("a dictionary serves several buffers", function()
  local options = { dict = { "key" }, metatable = { {} } }
  local one, other = buffer.new(options), buffer.new(10, options)
  local value = setmetatable({ key = 1 }, options.metatable[1])
  return hex(one:encode(value):get()), hex(other:encode(value):get())
end)

case("a dictionary does not serve the functions", function()
  buffer.new({ dict = { "key" } })
  return encoded({ key = 1 })
end)

case("options that are no tables are ignored", function()
  return hex(buffer.new({ dict = "key", metatable = 5 }):encode({ key = 1 }):get())
end)

case("a dictionary of other things is refused", function()
  local new = buffer.new
  new({ dict = { "key", 5 } })
end)

case("a dictionary of metatables has tables", function()
  local new = buffer.new
  new({ metatable = { "key" } })
end)

for _, data in ipairs({ "0f 00", "0f 01", "0f 02", "0f 03", "0f ff ff ff ff ff", "0e 00 08", "0e 01 08", "0e 00 20", "0e 00", "0e 00 0e 00 08" }) do
  case("dictionary data: " .. data, function()
    local buf = buffer.new({ dict = { "key", false, "last" }, metatable = { {} } }):put(bytes(data))
    local value = buf:decode()
    return type(value), type(value) == "string" and value, type(value) == "table" and type(getmetatable(value))
  end)
end
