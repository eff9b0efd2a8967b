-- Out-parameters: scanf reads numbers from the standard input, sscanf from a text.
-- Usage: echo 23 42.5 | lua examples/alien/scanf.lua

local alien = require("lunaffi.alien")

-- A value goes in for each "ref" parameter, and what C left there comes back after the result.
local scanf = alien.default.scanf
scanf:types("int", "string", "ref int", "ref double")
local count, integer, fraction = scanf("%d %lf", 0, 0)
if count == 2 then
  print(("scanf: %d numbers, %d and %.1f"):format(count, integer, fraction))
else
  print("scanf: no numbers on the standard input")
end

-- The same with a table of types; a result that is not named is an int.
local sscanf = alien.default.sscanf
sscanf:types({ "string", "string", "ref int", "ref double" })
count, integer, fraction = sscanf("7 apples at 1.25", "%d apples at %lf", 0, 0)
print(("sscanf: %d numbers, %d and %.2f"):format(count, integer, fraction))

-- scanf is variadic. On most systems a variadic function can be called as above; "..." is what always
-- works: the arguments there go by what they are, here by buffers.
sscanf:types("int", "string", "string", "...")
local width, height = alien.buffer(4), alien.buffer(4)
count = sscanf("640x480", "%dx%d", width, height)
print(("sscanf: %d numbers, %d and %d"):format(count, width:get(1, "int"), height:get(1, "int")))
