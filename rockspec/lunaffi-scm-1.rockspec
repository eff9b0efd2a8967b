rockspec_format = "3.0"
package = "lunaffi"
version = "scm-1"
source = {
  url = "git+https://github.com/lunaffi/lunaffi.git",
  branch = "main",
}
description = {
  summary = "A foreign function interface for every Lua",
  detailed = [[
Calls C functions, passes Lua functions to C as callbacks, and reads and writes C structs and memory,
from Lua 5.1 to 5.5 and LuaJIT. Memory that it manages is checked against its bounds and lifetime.]],
  homepage = "https://github.com/lunaffi/lunaffi",
  issues_url = "https://github.com/lunaffi/lunaffi/issues",
  license = "MIT",
  labels = { "ffi", "c", "binding" },
}
dependencies = {
  "lua >= 5.1, < 5.6",
}
build_dependencies = {
  "luarocks-build-rust-mlua",
}
-- The backend selects the crate's feature for the Lua at hand: lua51 .. lua55 or luajit.
build = {
  type = "rust-mlua",
  modules = { "lunaffi" },
  install = { bin = { "bin/lunaffi-constants" } },
  copy_directories = { "docs", "examples", "types" },
}
test = {
  type = "busted",
}
