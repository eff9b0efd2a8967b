---@meta lunaffi.compat

--- Requiring it lets programs find the modules under the names they know. It preloads `@lune/ffi`,
--- `alien`, `alien.struct`, `alien.core` and `alien_c`; on any Lua but LuaJIT also `ffi`, `bit`, `jit`,
--- `jit.opt`, `jit.util`, `jit.profile`, `string.buffer`, `table.new` and `table.clear`; each unless something of that name is loaded or preloaded already. It
--- sets the global `alien` where there is none. From then on `require` translates modules that are
--- written for LuaJIT.
---@type table<string, string> names What was registered: the name, and the module that it is.
local registered = {}

return registered
