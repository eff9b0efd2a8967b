#!/bin/sh
# Runs a Lua, which finds the module that `make build/asan/LUA/lunaffi.so` made with AddressSanitizer: usage
# `asan.sh LUA [ARGUMENT...]`. The interpreter is not built with it, so the runtime is preloaded: that of gcc knows
# all that the code of rustc asks for. What Lua keeps until the end is no leak: those are valgrind's to find.
set -eu

runtime=$(${CC:-cc} -print-file-name=libasan.so)
if [ ! -e "$runtime" ]; then
  echo "asan.sh: ${CC:-cc} has no libasan.so: set CC to a gcc" >&2
  exit 1
fi
exec env -u LUA_CPATH_5_2 -u LUA_CPATH_5_3 -u LUA_CPATH_5_4 -u LUA_CPATH_5_5 \
  LUNAFFI_BUILD=build/asan LUA_CPATH="./build/asan/$1/?.so;;" LD_PRELOAD="$runtime" \
  ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=4096:quarantine_size_mb=64" \
  "$@"
