-- Structs: by address, in a row, inside of each other, and by value.
-- Usage: lua examples/alien/struct.lua

local alien = require("lunaffi.alien")
local libc = alien.default

-- struct tm of <time.h>: these nine come first everywhere; the rest is room for what follows.
local Calendar = alien.defstruct({
  { "sec", "int" },
  { "min", "int" },
  { "hour", "int" },
  { "mday", "int" },
  { "mon", "int" },
  { "year", "int" },
  { "wday", "int" },
  { "yday", "int" },
  { "isdst", "int" },
  { "rest", "long", 4 },
})

-- By address: C fills the memory of an instance.
libc.gmtime_r:types("pointer", "ref long", "pointer")
local calendar = Calendar:new()
libc.gmtime_r(1000000000, calendar())
print(("gmtime_r: %04d-%02d-%02d %02d:%02d:%02d"):format(
  calendar.year + 1900, calendar.mon + 1, calendar.mday, calendar.hour, calendar.min, calendar.sec))

libc.strftime:types("size_t", "pointer", "size_t", "string", "pointer")
local text = alien.buffer(64)
libc.strftime(text, #text, "%A, %d %B %Y", calendar)
print("strftime: " .. text:tostring())

-- In a row: a buffer holds several, and an instance can be laid over any part of it.
local Person = alien.defstruct({ { "name", "string" }, { "age", "int" } })
local people = alien.buffer(3 * Person.size)
local function person(i)
  return Person:new(people:topointer(1 + (i - 1) * Person.size))
end
for i, entry in ipairs({ { "Grace", 85 }, { "Alan", 41 }, { "Ada", 36 } }) do
  -- The buffer keeps the texts that are stored in it.
  people:set(1 + (i - 1) * Person.size + Person.offsets.name, entry[1], "string")
  person(i).age = entry[2]
end
libc.qsort:types("void", "pointer", "size_t", "size_t", "callback")
libc.qsort(people, 3, Person.size, alien.callback(function(a, b)
  return Person:new(a).age - Person:new(b).age
end, "int", "pointer", "pointer"))
for i = 1, 3 do
  print(("person: %s, %d"):format(person(i).name, person(i).age))
end

-- Inside of each other; offsets and sizes are those of a C compiler.
local Point = alien.defstruct({ { "x", "double" }, { "y", "double" } })
local Shape = alien.defstruct({ { "kind", "char" }, { "corners", Point, 3 }, { "center", Point } })
local shape = Shape:new()
shape.corners[2].x = 1.5
shape.center.y = -2.5
print(("shape: %d bytes, center at %d, %.1f and %.1f"):format(
  Shape.size, Shape.offsets.center, shape.corners[2].x, shape.center.y))

-- By value: a definition is a type. div_t div(int, int).
local Division = alien.defstruct({ { "quot", "int" }, { "rem", "int" } })
libc.div:types(Division, "int", "int")
local division = libc.div(17, 5)
print(("div: %d, rest %d"):format(division.quot, division.rem))
