-- Arithmetic on 64-bit integers, other number cdata, enums, strings and pointers.

require("spec.support.luajit.differential")("arithmetic", describe, it, setup)
