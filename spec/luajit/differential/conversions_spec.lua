-- Lua values to C and C values to Lua: initialisers, fields, elements, and from one C type to another.

require("spec.support.luajit.differential")("conversions", describe, it, setup)
