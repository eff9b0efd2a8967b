-- Constant expressions: in array sizes, enum values, bit widths, attributes and static constants.

require("spec.support.luajit.differential")("constants", describe, it, setup)
