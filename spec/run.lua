-- Runs busted under whichever Lua runs this file: `lua5.3 spec/run.lua spec/lune`.
-- busted's own command is tied to one interpreter.
require("busted.runner")({ standalone = false })
