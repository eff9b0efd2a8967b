-- Lua functions as C function pointers: making, calling, errors, life.

require("spec.support.luajit.differential")("callbacks", describe, it, setup)
