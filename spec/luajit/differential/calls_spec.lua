-- Calls of C functions: arguments, results, variadics, errno, variables, constants, libraries.

require("spec.support.luajit.differential")("calls", describe, it, setup)
