-- The fixtures as Alien loads them, and what every spec of Alien asks for.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")

local support = {}

support.lib = alien.load(helper.fixture("alien"))
support.numbers = alien.load(helper.fixture("numbers"))
support.callbacks = alien.load(helper.fixture("callbacks"))
support.structs = alien.load(helper.fixture("structs"))
support.variadics = alien.load(helper.fixture("variadics"))

-- A function of a library with its types set: bind(lib, "add", "int", "int", "int").
function support.bind(library, name, ...)
  local fn = library[name]
  fn:types(...)
  return fn
end

-- The integer types: the name, the least and the greatest value as digits.
support.integers = {
  { "byte", "-128", "127" },
  { "char", "0", "255" },
  { "short", "-32768", "32767" },
  { "ushort", "0", "65535" },
  { "int", "-2147483648", "2147483647" },
  { "uint", "0", "4294967295" },
  { "long", "-9223372036854775808", "9223372036854775807" },
  { "ulong", "0", "18446744073709551615" },
  { "ptrdiff_t", "-9223372036854775808", "9223372036854775807" },
  { "size_t", "0", "18446744073709551615" },
  { "longlong", "-9223372036854775808", "9223372036854775807" },
  { "ulonglong", "0", "18446744073709551615" },
}

-- Every type name but the pointers to numbers: the name and the size on a 64-bit Unix.
support.sizes = {
  { "byte", 1 }, { "char", 1 }, { "short", 2 }, { "ushort", 2 }, { "int", 4 }, { "uint", 4 }, { "long", 8 },
  { "ulong", 8 }, { "ptrdiff_t", 8 }, { "size_t", 8 }, { "float", 4 }, { "double", 8 }, { "string", 8 },
  { "pointer", 8 }, { "longlong", 8 }, { "ulonglong", 8 }, { "callback", 8 },
}

-- The exact value of digits, as a plain number where that is exact.
function support.exact(digits)
  return digits:sub(1, 1) == "-" and helper.i64(digits) or helper.u64(digits)
end

-- Whether x is a light userdata: one without a metatable.
function support.is_light(x)
  return type(x) == "userdata" and debug.getmetatable(x) == nil
end

return support
