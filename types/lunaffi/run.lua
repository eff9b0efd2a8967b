---@meta lunaffi.run

--- For the command line: `lua -l lunaffi.run program.lua ...` runs the program through
--- `lunaffi.loader`, with `lunaffi.compat` in effect, and ends the process as the interpreter would.
--- Without a program on the command line it gives the loader.
---@type lunaffi.loader
local loader = {}

return loader
