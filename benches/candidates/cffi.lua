-- cffi: LuaJIT's interface for every Lua.

return {
  module = "cffi",
  open = require("benches.candidates.declared"),
}
