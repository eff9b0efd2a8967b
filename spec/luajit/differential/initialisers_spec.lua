-- What ffi.new and ctype calls make of their initialisers, and what assignments of tables do.

require("spec.support.luajit.differential")("initialisers", describe, it, setup)
