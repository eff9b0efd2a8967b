-- lunaffi's LuaJIT API: the same program that LuaJIT runs.

return {
  module = "lunaffi.luajit",
  file = "lunaffi",
  open = require("benches.candidates.declared"),
}
