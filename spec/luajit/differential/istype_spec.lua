-- ffi.istype: which types count as the same.

require("spec.support.luajit.differential")("istype", describe, it, setup)
