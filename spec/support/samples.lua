-- Sample values of every scalar type, shared by the specs that move values through memory.

local assert = require("luassert")
local helper = require("spec.helper")

local samples = {}

-- One row per scalar that reads back what was written: type, size, alignment, then texts of
-- decimal digits (integer types), numbers (floats) or booleans. The edges of each type are there.
samples.scalars = {
  { "bool", 1, 1, true, false },
  { "i8", 1, 1, "-128", "127", "-1", "0" },
  { "u8", 1, 1, "255", "128", "1", "0" },
  { "i16", 2, 2, "-32768", "32767", "-1" },
  { "u16", 2, 2, "65535", "32768", "1" },
  { "i32", 4, 4, "-2147483648", "2147483647", "-1" },
  { "u32", 4, 4, "4294967295", "2147483648", "1" },
  { "i64", 8, 8, "-9223372036854775808", "9223372036854775807", "9007199254740993", "-1" },
  { "u64", 8, 8, "18446744073709551615", "9223372036854775808", "9007199254740993", "1" },
  { "isize", 8, 8, "-9223372036854775808", "9223372036854775807", "-9007199254740993" },
  { "usize", 8, 8, "18446744073709551615", "9223372036854775809", "42" },
  { "f32", 4, 4, 0.5, -1.25, 16777216, math.huge },
  { "f64", 8, 8, 0.1, -1e300, 5e-324, -math.huge },
}

-- Checks that `got` is the sample `wanted`: integers exactly and in their form, the rest by ==.
function samples.expect(wanted, got)
  if type(wanted) == "string" then
    helper.is_integer(got, wanted)
  else
    assert.equals(wanted, got)
  end
end

-- Calls fn(type, size, value) for every sample value.
function samples.each(fn)
  for _, row in ipairs(samples.scalars) do
    for i = 4, #row do
      fn(row[1], row[2], row[i])
    end
  end
end

-- Values that each integer type refuses because they are outside both readings of its width.
samples.out_of_range = {
  { "i8", { 256, -129 }, "-128..255" },
  { "u8", { 256, -129, 300 }, "-128..255" },
  { "i16", { 65536, -32769 }, "-32768..65535" },
  { "u16", { 65536, -32769 }, "-32768..65535" },
  { "i32", { 4294967296, -2147483649 }, "-2147483648..4294967295" },
  { "u32", { 4294967296, -2147483649 }, "-2147483648..4294967295" },
  { "i64", { "18446744073709551616", "-9223372036854775809", 1e30 }, "-9223372036854775808..18446744073709551615" },
  { "u64", { "18446744073709551616", "-9223372036854775809", -1e30 }, "-9223372036854775808..18446744073709551615" },
  { "isize", { "18446744073709551616", "-9223372036854775809" }, "-9223372036854775808..18446744073709551615" },
  { "usize", { "18446744073709551616", "-9223372036854775809" }, "-9223372036854775808..18446744073709551615" },
}

return samples
