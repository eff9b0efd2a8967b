-- A module named `ffi` on a Lua that has none of its own.

return {
  module = "ffi",
  open = require("benches.candidates.declared"),
}
