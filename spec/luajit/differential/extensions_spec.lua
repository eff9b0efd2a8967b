-- What LuaJIT refuses and real headers use: accepted here, with what C means by it.

require("spec.support.luajit.differential")("extensions", describe, it, setup)
