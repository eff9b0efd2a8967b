-- The functions of the module: sizes, strings, copies, symbols of the platform, types, garbage.

require("spec.support.luajit.differential")("api", describe, it, setup)
