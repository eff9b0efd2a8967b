-- ffi.metatype: every metamethod, on values, references, pointers and ctypes; finalizers.

require("spec.support.luajit.differential")("metatypes", describe, it, setup)
