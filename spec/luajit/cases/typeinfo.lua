-- ffi.typeinfo: the numbers of types, their parts and members; and lunaffi.reflect, which describes types by them.
-- luacheck: globals case ffi bit reflect tonumber

ffi.cdef([[
enum ti_small { TI_A, TI_B = 5, TI_C };
enum ti_negative { TI_N = -2, TI_P = 7 };
enum ti_large { TI_L = 0xffffffff };
struct ti_plain { int a; const char b; double c; short d[3]; struct ti_plain *next; enum ti_small e; };
union ti_union { int i; float f; void *p; };
struct ti_bits { int a; unsigned c : 3; int d : 7; bool e : 1; const unsigned f : 2; int64_t g; };
struct ti_parts { int a; struct { int x; union { int y; float z; }; }; struct ti_plain inside; };
struct ti_variable { int n; int a[?]; };
struct ti_flexible { int n; int a[]; };
struct ti_incomplete;
struct __attribute__((packed)) ti_packed { char c; int i; double d; };
typedef const struct ti_plain ti_constant;
typedef int ti_aligned __attribute__((aligned(16)));
struct ti_aligned_member { char c; ti_aligned i; };
struct ti_deep { ti_constant s; const ti_constant *p; volatile int v; };
]])

-- What the child's number is part of.
local HAS_CHILD = { [2] = true, [3] = true, [5] = true, [6] = true, [8] = true, [9] = true, [11] = true }

local function dump(id, depth, lines, seen)
  local entry = ffi.typeinfo(id)
  local info = entry.info % 2 ^ 32
  local kind = math.floor(info / 2 ^ 28)
  local child = HAS_CHILD[kind] and info % 2 ^ 16 or 0
  lines[#lines + 1] = ("%s%08x %s %s"):format((" "):rep(depth), info - child, tostring(entry.size), tostring(entry.name))
  if child ~= 0 then
    if seen[child] then
      lines[#lines] = lines[#lines] .. " as before"
    else
      seen[child] = true
      dump(child, depth + 1, lines, seen)
      seen[child] = nil
    end
  end
  if entry.sib then
    dump(entry.sib, kind == 1 and depth + 1 or depth, lines, seen)
  end
  return lines
end

local function info_of(type)
  return table.concat(dump(tonumber(ffi.typeof(type)), 0, {}, {}), "\n")
end

local types = {
  "void", "const void", "bool", "char", "const char", "signed char", "unsigned char", "short", "uint16_t", "int",
  "volatile int", "const volatile int", "unsigned int", "long", "unsigned long", "int64_t", "uint64_t", "size_t", "float",
  "double", "const double", "long double", "__attribute__((mode(TI))) int", "complex", "complex float", "const complex",
  "__attribute__((vector_size(16))) int", "__attribute__((vector_size(8))) float", "int *", "const int *", "int *const",
  "void *", "const void *volatile", "int **", "int &", "const int &", "int[4]", "int[]", "int[?]", "const int[2]", "char[0]",
  "int[2][3]", "int *[2]", "enum ti_small", "enum ti_negative", "enum ti_large", "const enum ti_small", "struct ti_plain",
  "union ti_union", "const struct ti_plain", "struct ti_plain *", "const struct ti_plain *", "struct ti_bits",
  "struct ti_parts", "struct ti_variable", "struct ti_flexible", "struct ti_incomplete", "struct ti_incomplete *",
  "struct ti_packed", "ti_constant", "ti_aligned", "struct ti_aligned_member", "struct ti_deep", "struct ti_plain[2]",
  "int(int, ...)", "void(void)", "void (*)(void)", "int (*)(int, char *, const struct ti_plain *)", "double(double, float)",
}
for _, name in ipairs(types) do
  case("the numbers of " .. name, function()
    return info_of(name)
  end)
end

case("long long has its own number", {
  differs = "C's types of 64 bits are one type here, which is long",
  ours = '"00430000 8 nil"',
}, function()
  return info_of("long long")
end)

case("a struct with constants and unnamed bit-fields", {
  differs = "constants come behind the members, and bit-fields without a name have no entry",
  ours_has = "a0040203 0 b\\x0a b2000000 3 K",
}, function()
  return info_of("struct { int a : 3; static const int K = 3; int b : 2; int : 2; }")
end)

case("numbers of no types", function()
  return ffi.typeinfo(0), ffi.typeinfo(-1), ffi.typeinfo(65000)
end)

case("typeinfo needs a number", function()
  local typeinfo = ffi.typeinfo
  typeinfo()
end)

-- Descriptions ---------------------------------------------------------------------------------------

local PLAIN = { number = true, string = true, boolean = true }

local function describe(described, depth, lines)
  local names = {}
  for name, value in pairs(described) do
    if name ~= "typeid" and (PLAIN[type(value)] or type(value) == "table") then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  local prefix = (" "):rep(depth)
  for _, name in ipairs(names) do
    local value = described[name]
    if type(value) == "table" then
      lines[#lines + 1] = prefix .. name .. ":"
      if depth < 6 then
        describe(value, depth + 1, lines)
      end
    else
      lines[#lines + 1] = prefix .. name .. " = " .. (type(value) == "number" and ("%g"):format(value) or tostring(value))
    end
  end
  for _, method in ipairs({ "members", "arguments", "values" }) do
    if described[method] and depth < 4 then
      for member in described[method](described) do
        lines[#lines + 1] = prefix .. method .. ":"
        describe(member, depth + 1, lines)
      end
    end
  end
  return lines
end

for _, name in ipairs(types) do
  case("the description of " .. name, function()
    return table.concat(describe(reflect.typeof(name), 0, {}), "\n")
  end)
end

case("a description of a value", function()
  return reflect.typeof(ffi.new("struct ti_plain")).name, reflect.typeof(ffi.new("int[5]")).size
end)

case("members by name and place", function()
  local plain, small = reflect.typeof("struct ti_plain"), reflect.typeof("enum ti_small")
  local call = reflect.typeof("int(char, double)")
  return plain:member("c").offset, plain:member(2).name, plain:member("none"), plain:member(99), small:value("TI_B").value,
    small:value(3).name, call:argument(2).type.what, call.nargs, call.vararg, call.convention
end)

case("the kinds of descriptions", function()
  local list = {}
  for i, name in ipairs({ "void", "int", "float", "enum ti_small", "int *", "int &", "int[2]", "struct ti_plain",
    "union ti_union", "void(void)" }) do
    list[i] = reflect.typeof(name).what
  end
  return table.concat(list, " ")
end)
