-- The C library's qsort with a comparison in Lua: an array of integers, and the characters of a text.
-- Usage: lua examples/alien/qsort.lua

local alien = require("lunaffi.alien")

local qsort = alien.default.qsort
qsort:types("void", "pointer", "size_t", "size_t", "callback")

-- "ref int" parameters are addresses in C, and the numbers there in Lua.
local compare_ints = alien.callback(function(a, b)
  return a - b
end, "int", "ref int", "ref int")

local numbers = alien.array("int", { 4, 5, 3, 2, 6, 1 })
qsort(numbers.buffer, numbers.length, numbers.size, compare_ints)

local sorted = {}
for i, number in numbers:ipairs() do
  sorted[i] = number
end
print("numbers: " .. table.concat(sorted, " "))

local compare_chars = alien.callback(function(a, b)
  return a - b
end, "int", "ref char", "ref char")

local text = alien.buffer("spam, spam, and spam")
qsort(text, text:strlen(), alien.sizeof("char"), compare_chars)
print("characters: '" .. text:tostring() .. "'")

-- A callback is a function like any other: from Lua the call goes through C, and what was passed by
-- reference comes back after the result.
print("compared: " .. table.concat({ compare_ints(3, 4) }, " "))
