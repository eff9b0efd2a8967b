-- Programs in LuaJIT's syntax: literals, comparisons and library names that stock Lua lacks.

require("spec.support.luajit.differential")("language", describe, it, setup)
