-- The functions of `bit`: 32 bits for numbers, 64 for boxed integers.

require("spec.support.luajit.differential")("bits", describe, it, setup)
