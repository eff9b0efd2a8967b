-- ffi.cast: pointers, numbers, strings, functions, references.

require("spec.support.luajit.differential")("casts", describe, it, setup)
