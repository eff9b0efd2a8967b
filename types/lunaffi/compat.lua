---@meta lunaffi.compat

--- Requiring it lets programs find the modules under the names they know: it preloads `@lune/ffi`,
--- `alien`, `alien.struct`, `alien.core` and `alien_c`, each unless something of that name is loaded or
--- preloaded already, and sets the global `alien` where there is none.
---@type table<string, string> names What was registered: the name, and the module that it is.
local registered = {}

return registered
