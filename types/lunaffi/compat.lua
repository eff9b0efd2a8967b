---@meta lunaffi.compat

--- Requiring it lets programs find the module under the name they know: it preloads `@lune/ffi`,
--- unless something of that name is loaded or preloaded already.
---@type table<string, string> names What was registered: the name, and the module that it is.
local registered = {}

return registered
