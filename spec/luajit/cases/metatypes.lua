-- ffi.metatype: every metamethod, on values, references, pointers and ctypes; finalizers.

-- A new type with a metatable: point("fields", metatable).
local made = 0
local function define(body, metatable)
  made = made + 1
  local name = "struct mt_" .. made
  ffi.cdef(("%s { %s };"):format(name, body))
  return ffi.metatype(name, metatable), name
end

-- What ffi.metatype takes -------------------------------------------------------------------------------

case("metatype returns the ctype", function()
  ffi.cdef("struct mt_named { int x; };")
  local ct = ffi.metatype("struct mt_named", {})
  return ct == ffi.typeof("struct mt_named"), ffi.typeof(ct)
end)
case("metatype of a type twice", function()
  local ct = define("int x;", {})
  ffi.metatype(ct, {})
end)
for _, text in ipairs({ "int", "int *", "int[3]", "enum { MT_A }", "double", "void", "int (*)(int)", "bool" }) do
  case("no metatype for " .. text, function()
    local ct = ffi.metatype(text, {})
    return ct
  end)
end
case("metatypes for unions, anonymous structs, complex", function()
  return ffi.typeof(ffi.metatype("union { int a; float b; }", {})), ffi.typeof(ffi.metatype("struct { int a; }", {}))
end)
case("a metatype by a pointer's ctype", function()
  ffi.cdef("struct mt_by_pointer { int x; };")
  local ct = ffi.metatype("struct mt_by_pointer *", {})
  return ct
end)
case("metatype without a table", function()
  local ct = ffi.metatype("struct { int x; }", 5)
  return ct
end)
case("metatype with nothing", function()
  local ct = ffi.metatype("struct { int x; }")
  return ct
end)
case("a metatype for an incomplete struct serves pointers to it", function()
  ffi.cdef("struct mt_incomplete;")
  ffi.metatype("struct mt_incomplete", { __index = { name = "method" }, __tostring = function() return "incomplete" end })
  local p = ffi.cast("struct mt_incomplete *", 16)
  return p.name, tostring(p)
end)
case("a metatype through a typedef", function()
  ffi.cdef("typedef struct { int x; } mt_typedef;")
  ffi.metatype("mt_typedef", { __index = { twice = function(s) return s.x * 2 end } })
  return ffi.new("mt_typedef", 4):twice()
end)

-- Binary operators ------------------------------------------------------------------------------------------

local operators = {
  { "__add", function(a, b) return a + b end }, { "__sub", function(a, b) return a - b end }, { "__mul", function(a, b) return a * b end },
  { "__div", function(a, b) return a / b end }, { "__mod", function(a, b) return a % b end }, { "__pow", function(a, b) return a ^ b end },
  { "__concat", function(a, b) return a .. b end },
}
for _, entry in ipairs(operators) do
  local event, operator = entry[1], entry[2]
  local function kind(x)
    return ffi.istype("struct mt_shape_" .. event, x) and "shape" or type(x)
  end
  ffi.cdef(("struct mt_shape_%s { int x; };"):format(event))
  local ct = ffi.metatype("struct mt_shape_" .. event, { [event] = function(a, b) return kind(a) .. event .. kind(b) end })
  case(event .. " of two", function()
    return operator(ct(1), ct(2))
  end)
  for _, other in ipairs({
    { "a number", 5 }, { "a string", "text" }, { "a digit string", "5" }, { "nil", nil }, { "a table", {} }, { "a boolean", true }, { "an int64", i64 "5" },
    { "a pointer", ffi.cast("int *", 16) }, { "another struct", ffi.new("struct { int x; }") }, { "a ctype", ffi.typeof("int") },
  }) do
    case(("%s with %s on either side"):format(event, other[1]), function()
      return operator(ct(1), other[2]), operator(other[2], ct(1))
    end)
  end
  case(event .. " through a pointer and a reference", function()
    local a = ffi.new("struct { struct mt_shape_" .. event .. " inner; }")
    return operator(ffi.cast("struct mt_shape_" .. event .. " *", a), 1), operator(1, a.inner)
  end)
  case(event .. " by a callable table", function()
    local callable = define("int x;", { [event] = setmetatable({}, { __call = function(_, a, b) return type(a), type(b) end }) })
    return operator(callable(), 5)
  end)
  case(event .. " of the left operand goes first", function()
    local left = define("int x;", { [event] = function() return "left" end })
    local right = define("int x;", { [event] = function() return "right" end })
    local none = define("int x;", {})
    return operator(left(), right()), operator(right(), left()), operator(none(), right()), operator(left(), none())
  end)
  case(event .. " may return anything", function()
    local anything = define("int x;", { [event] = function(_, b) return b end })
    local t = {}
    return rawequal(operator(anything(), t), t), operator(anything(), nil), operator(anything(), false), operator(anything(), "s")
  end)
  case(event .. " that raises", function()
    local raising = define("int x;", { [event] = function() error("no " .. event, 0) end })
    return operator(raising(), 1)
  end)
end
case("arithmetic of a point", function()
  local point
  point = define("double x, y;", {
    __add = function(a, b) return point(a.x + b.x, a.y + b.y) end,
    __mul = function(a, b)
      if type(a) == "number" then
        a, b = b, a
      end
      return point(a.x * b, a.y * b)
    end,
    __unm = function(a) return point(-a.x, -a.y) end,
    __eq = function(a, b) return a.x == b.x and a.y == b.y end,
    __tostring = function(a) return ("(%g, %g)"):format(a.x, a.y) end,
  })
  local p = point(1, 2) + point(3, 4) * 2 + 3 * -point(1, 1)
  return tostring(p), p == point(4, 7), p == point(4, 8), p ~= point(4, 7)
end)

-- Unary operators and the rest ---------------------------------------------------------------------------------

case("__unm", function()
  local ct = define("int x;", { __unm = function(a) return -a.x end })
  return -ct(5)
end)
case("__len", function()
  local ct, name = define("int x;", { __len = function(a) return a.x end })
  return #ct(5), #ffi.cast(name .. " *", ct(6)), #ffi.new("struct { " .. name .. " inner; }", { { 7 } }).inner
end)
case("__len that is no number", function()
  local ct = define("int x;", { __len = function() return "long" end })
  return #ct(5)
end)
case("__call", function()
  local ct, name = define("int x;", { __call = function(self, ...) return self.x, select("#", ...), ... end })
  local object = ct(5)
  local a, b, c, d = object(1, nil)
  return a, b, c, d, (ffi.cast(name .. " *", object)())
end)
case("__tostring of values, pointers, references", function()
  local ct, name = define("int x;", { __tostring = function(s) return "<" .. s.x .. ">" end })
  local object = ct(5)
  return tostring(object), tostring(ffi.cast(name .. " *", object)), tostring(ffi.new("struct { " .. name .. " inner; }", { { 6 } }).inner), tostring(ct)
end)
case("__eq of one type, of two, and of mixtures", function()
  local ct, name = define("int x;", { __eq = function(a, b)
    return (type(a) == "cdata" and a.x or a) == (type(b) == "cdata" and b.x or b)
  end })
  return ct(1) == ct(1), ct(1) == ct(2), eq(ct(5), 5), eq(5, ct(5)), eq(ct(5), 6), ct(3) == ffi.cast(name .. " *", ct(3))
end)
case("__eq against nil, strings and tables", function()
  local ct = define("int x;", { __eq = function(_, b) return type(b) end })
  return eq(ct(), nil), eq(ct(), "x"), eq(ct(), {}), eq(nil, ct())
end)
case("__eq gives a boolean whatever it returns", function()
  local ct = define("int x;", { __eq = function(_, b) return b.x end })
  return ct(1) == ct(0), ct(1) == ct(1)
end)
case("__lt and __le", function()
  local ct = define("int x;", {
    __lt = function(a, b) return (type(a) == "cdata" and a.x or a) < (type(b) == "cdata" and b.x or b) end,
    __le = function(a, b) return (type(a) == "cdata" and a.x or a) <= (type(b) == "cdata" and b.x or b) end,
  })
  return ct(1) < ct(2), ct(2) < ct(1), ct(2) <= ct(2), ct(1) > ct(2), ct(1) >= ct(2), lt(ct(1), 5), lt(5, ct(1)), le(ct(5), 5), le(6, ct(5))
end)
case("__le is not made of __lt", function()
  local ct = define("int x;", { __lt = function(a, b) return a.x < b.x end })
  return ct(1) <= ct(2)
end)
case("__lt alone", function()
  local ct = define("int x;", { __lt = function(a, b) return a.x < b.x end })
  return ct(1) < ct(2), ct(1) > ct(2)
end)

-- __index and __newindex ------------------------------------------------------------------------------------------

case("__index as a table", function()
  local ct, name = define("int x;", { __index = { double = function(s) return s.x * 2 end, constant = 7 } })
  local object = ct(5)
  return object:double(), object.constant, object.x, ffi.cast(name .. " *", object):double(), object.none
end)
case("__index as a function", function()
  local ct = define("int x;", { __index = function(s, key) return s.x, key, type(key) end })
  local object = ct(5)
  return object.anything, object[3], object[1.5], object[true], object.x
end)
case("fields win over __index", function()
  local ct = define("int x;", { __index = { x = "hidden", y = "seen" } })
  local object = ct(5)
  return object.x, object.y
end)
case("__index of a table with a metatable", function()
  local ct = define("int x;", { __index = setmetatable({}, { __index = function(_, key) return "chained " .. key end }) })
  return ct().something
end)
case("__index of cdata", function()
  local other = ffi.new("struct { int y; }", 9)
  local ct = define("int x;", { __index = other })
  return ct().y
end)
case("numbers as keys of a metatyped struct", function()
  local ct = define("int count; double items[4];", { __index = function(s, n) return s.items[n] end, __newindex = function(s, n, v) s.items[n] = v end })
  local v = ct()
  v[0], v[3] = 1.5, 2.5
  return v[0], v[3], v.items[3]
end)
case("numbers as keys of a pointer to a metatyped struct", function()
  local ct, name = define("int x;", { __index = function() return "never" end })
  local object = ct(5)
  return ffi.cast(name .. " *", object)[0].x
end)
case("keys of all kinds come through unchanged", function()
  local ct = define("int x;", { __index = function(_, key) return key end })
  local object, t = ct(), {}
  return object[3], object.name, rawequal(object[t], t), object[false], object[i64 "5"]
end)
case("__newindex as a function", function()
  local log = {}
  local ct = define("int x;", { __newindex = function(s, key, value) log[#log + 1] = { s.x, key, value } end })
  local object = ct(5)
  object.y, object[3], object.x = "v", "w", 6
  return log, object.x
end)
case("__newindex as a table", function()
  local store = {}
  local ct = define("int x;", { __newindex = store })
  local object = ct(5)
  object.y = 7
  return store.y
end)
case("no __newindex", function()
  local ct = define("int x;", { __index = {} })
  ct().y = 1
end)
case("no __index", function()
  local ct = define("int x;", {})
  local value = ct().y
  return value
end)
case("a ctype reads its metatype's __index", function()
  local ct = define("int x;", { __index = { create = function() return "created" end, K = 5 } })
  return ct.create(), ct.K, ct.none
end)
case("a ctype reads __index as a function", function()
  local ct = define("int x;", { __index = function(self, key) return type(self) .. " " .. key end })
  return ct.anything
end)
case("a ctype writes with __newindex", function()
  local log = {}
  local ct = define("int x;", { __newindex = function(_, key, value) log[#log + 1] = key .. "=" .. value end })
  ct.key = "value"
  return log
end)
case("an error in __index", function()
  local ct = define("int x;", { __index = function(_, key) error("no " .. key, 0) end })
  return ct().something
end)
case("methods on elements and on fields", function()
  local _, name = define("int x;", { __index = { get = function(s) return s.x end } })
  local list = ffi.new(name .. "[3]", { { 1 }, { 2 }, { 3 } })
  local holder = ffi.new("struct { " .. name .. " inner; " .. name .. " *link; }", { { 4 } })
  holder.link = list + 2
  return list[1]:get(), holder.inner:get(), holder.link:get(), (list + 1):get()
end)
case("methods change their object", function()
  local ct = define("int x;", { __index = { add = function(s, n) s.x = s.x + n return s end } })
  local object = ct(1)
  object:add(5):add(6)
  return object.x
end)

-- __new ---------------------------------------------------------------------------------------------------------------

case("__new replaces the call of the ctype", function()
  local ct, name = define("int x;", { __new = function(ctype, a, b) return ffi.new(ctype, a * b) end })
  return ct(3, 4).x, ffi.new(name, 5).x
end)
case("__new may return anything", function()
  local ct = define("int x;", { __new = function(ctype, ...) return type(ctype), select("#", ...), ... end })
  return ct(1, nil, 3)
end)
case("__new that raises", function()
  local ct = define("int x;", { __new = function() error("no new", 0) end })
  return ct()
end)
case("__new by a callable table", function()
  local ct = define("int x;", { __new = setmetatable({}, { __call = function(_, ctype, x) return ffi.new(ctype, x + 1) end }) })
  return ct(5).x
end)
case("__new does not serve arrays, pointers and members", function()
  local _, name = define("int x;", { __new = function() error("not here") end })
  return ffi.new(name .. "[2]")[1].x, isnull(ffi.new(name .. " *")), ffi.new("struct { " .. name .. " inner; }").inner.x
end)

-- pairs and ipairs ------------------------------------------------------------------------------------------------------

case("__pairs", function()
  local ct = define("int x, y;", { __pairs = function(s)
    local names, n = { "x", "y" }, 0
    return function()
      n = n + 1
      if names[n] then
        return names[n], s[names[n]]
      end
    end
  end })
  local seen = {}
  for key, value in pairs(ct(5, 6)) do
    seen[#seen + 1] = key .. "=" .. tostring(value)
  end
  return seen
end)
case("__ipairs", function()
  local ct = define("int n;", { __ipairs = function(s)
    return function(limit, n)
      n = n + 1
      if n <= limit then
        return n, n * n
      end
    end, s.n, 0
  end })
  local seen = {}
  for key, value in ipairs(ct(3)) do
    seen[key] = value
  end
  return seen
end)
case("no __pairs", function()
  local ct = define("int x;", { __index = {} })
  local iterate = pairs(ct())
  return iterate
end)

-- Results of C functions ---------------------------------------------------------------------------------------------------

case("a struct that C returns has its metatype", function()
  ffi.cdef("typedef struct { double x, y; } mt_point_t; mt_point_t mt_echo(mt_point_t) asm(\"dc_point\");")
  ffi.metatype("mt_point_t", { __index = { sum = function(s) return s.x + s.y end } })
  return ffi.load(fixture("declared")).mt_echo({ 3, 4 }):sum()
end)
case("a pointer that C returns has its metatype", function()
  ffi.cdef("struct mt_opaque; struct mt_opaque *mt_pointer(void *) asm(\"dc_pointer\");")
  ffi.metatype("struct mt_opaque", { __index = { method = function() return "method" end } })
  return ffi.load(fixture("declared")).mt_pointer(ffi.cast("void *", 16)):method()
end)

-- Finalizers ---------------------------------------------------------------------------------------------------------------

case("__gc of a metatype runs once", function()
  local count, last = 0, nil
  local ct = define("int x;", { __gc = function(s) count, last = count + 1, s.x end })
  ct(5)
  collect()
  collect()
  return count, last
end)
case("__gc runs for ffi.new as for the call of the ctype", function()
  local count = 0
  local ct, name = define("int x;", { __gc = function() count = count + 1 end })
  ct(1)
  ffi.new(name, 2)
  ffi.new(ct, 3)
  collect()
  return count
end)
case("__gc does not run for pointers, references, arrays and members", function()
  local count = 0
  local ct, name = define("int x;", { __gc = function() count = count + 1 end })
  local object = ct(1)
  local holder = ffi.new("struct { " .. name .. " inner; }")
  do
    ffi.cast(name .. " *", object)
    ffi.cast(name .. " &", holder.inner)
    ffi.new(name .. "[4]")
  end
  collect()
  return count, object.x
end)
case("ffi.gc replaces __gc and takes it away", function()
  local log = {}
  local ct = define("int x;", { __gc = function(s) log[#log + 1] = "type " .. s.x end })
  ffi.gc(ct(1), function(s) log[#log + 1] = "own " .. s.x end)
  ffi.gc(ct(2), nil)
  collect()
  return log
end)
case("ffi.gc runs once, with the object", function()
  local seen = {}
  ffi.gc(ffi.new("struct { int x; }", 9), function(s) seen[#seen + 1] = s.x end)
  collect()
  collect()
  return seen
end)
case("ffi.gc twice: the second is what runs", function()
  local seen = {}
  local object = ffi.gc(ffi.new("int[1]"), function() seen[#seen + 1] = "first" end)
  ffi.gc(object, function() seen[#seen + 1] = "second" end)
  object = nil -- luacheck: ignore
  collect()
  return seen
end)
case("ffi.gc taken away", function()
  local count = 0
  local object = ffi.gc(ffi.new("int[1]"), function() count = count + 1 end)
  ffi.gc(object, nil)
  object = nil -- luacheck: ignore
  collect()
  return count
end)
case("a finalizer keeps the object until it has run", function()
  local revived
  ffi.gc(ffi.new("struct { int x; }", 7), function(s) revived = s end)
  collect()
  return revived.x
end)
case("a C function as a finalizer", function()
  ffi.cdef("void *malloc(size_t); void free(void *);")
  ffi.gc(ffi.C.malloc(64), ffi.C.free)
  collect()
  local q = ffi.gc(ffi.C.malloc(64), ffi.C.free)
  ffi.C.free(ffi.gc(q, nil))
  return true
end)
case("a finalizer by a callable table", function()
  local count = 0
  ffi.gc(ffi.new("int[1]"), setmetatable({}, { __call = function() count = count + 1 end }))
  collect()
  return count
end)
case("an error in a finalizer does no harm", function()
  ffi.gc(ffi.new("int[1]"), function() error("in a finalizer") end)
  collect()
  return "alive"
end)
case("finalizers run for each of many", function()
  local count = 0
  for n = 1, 200 do
    ffi.gc(ffi.new("int[1]", n), function(a) count = count + a[0] end)
  end
  collect()
  return count
end)
case("an object with a finalizer works as before", function()
  local object = ffi.gc(ffi.new("struct { int x; }", 5), function() end)
  object.x = object.x + 1
  return object.x, ffi.typeof(object)
end)
case("__len gets what it is the length of, and nil", function()
  local ct = define("int x;", { __len = function(...) return select("#", ...) + select("#", nil) * 10 end })
  return #ct(), #ffi.cast("struct mt_" .. made .. " *", ct())
end)
case("pairs and ipairs give all that the metamethod does", function()
  local ct = define("int x;", {
    __pairs = function(...) return select("#", ...), 2, nil, 4, nil end,
    __ipairs = function() end,
  })
  local function count(...) return select("#", ...), ... end
  return { count(pairs(ct())) }, select("#", pairs(ct())), (count(ipairs(ct())))
end)
case("pairs of a pointer to a struct without __pairs", function()
  local ct, name = define("int x;", {})
  local result = pairs(ffi.cast(name .. " *", ct()))
  return result
end)
case("ipairs of a reference to a struct without __ipairs", function()
  local ct, name = define("int x;", {})
  local result = ipairs(ffi.new(name .. "[1]", { ct() })[0])
  return result
end)

-- What is constant is not written, whatever its metatable says --------------------------------------------

ffi.cdef [[
typedef struct { int x; static const int MT_K = 3; } mt_written;
struct mt_around { mt_written own; const mt_written fixed; const mt_written *to; };
]]
local written
local written_to = ffi.new("mt_written[2]")
ffi.metatype("mt_written", { __newindex = function(_, key, value) written = tostring(key) .. " = " .. value end })

for _, ct in ipairs({
  "mt_written", "const mt_written", "volatile mt_written", "mt_written *", "const mt_written *", "mt_written *const", "mt_written &", "const mt_written &",
  "const mt_written *const", "mt_written **", "const mt_written *const *", "mt_written[1]",
}) do
  local object = ct:find("[*&]") and ffi.cast(ct, written_to) or ffi.new(ct)
  for _, key in ipairs({ "nothing", "x", "MT_K", true }) do
    case(("[%s] of %s written"):format(tostring(key), ct), function()
      written = nil
      object[key] = 1
      return written
    end)
  end
  case("a new name of the type " .. ct, function()
    written = nil
    ffi.typeof(ct).nothing = 1
    return written
  end)
end
for _, name in ipairs({ "own", "fixed", "to" }) do
  for _, prefix in ipairs({ "", "const " }) do
    case(("a new name of %s in a %sstruct"):format(name, prefix), function()
      written = nil
      ffi.new(prefix .. "struct mt_around", { to = written_to })[name].nothing = 1
      return written
    end)
  end
end
