R#!/usr/bin/env luajit
local ffi = require "ffi"
ffi.cdef[[ int printf(const char *fmt, ...); ]]
ffi.C.printf("%s\n", "x")
