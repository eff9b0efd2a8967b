-- Equality and order: numbers, pointers, enums, structs, ctypes, and mixtures of all.

require("spec.support.luajit.differential")("comparison", describe, it, setup)
