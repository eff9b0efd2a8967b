-- lunaffi's Alien API: the same program that the original runs.

return {
  module = "lunaffi.alien",
  file = "lunaffi",
  open = require("benches.candidates.alien").open,
}
