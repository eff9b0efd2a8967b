---@meta lunaffi.jit

--- What programs ask LuaJIT's `jit` for, where there is no compiler.
---@class lunaffi.jit
---@field version string `LuaJIT 2.1.99 (lunaffi on Lua 5.4)`
---@field version_num integer 20199
---@field os string As `ffi.os`.
---@field arch string As `ffi.arch`.
---@field opt lunaffi.jit.opt
local jit = {}

--- Nothing happens.
---@param ... any
function jit.on(...) end

--- Nothing happens.
---@param ... any
function jit.off(...) end

--- Nothing happens.
---@param ... any
function jit.flush(...) end

--- Nothing happens.
---@param ... any
function jit.attach(...) end

--- The compiler is off.
---@return boolean on
function jit.status() end

--- No protection is in use.
---@param name "prng"|"strhash"|"strid"|"mcode"
---@return integer zero
function jit.security(name) end

---@class lunaffi.jit.opt
local opt = {}

--- Nothing happens.
---@param ... any
function opt.start(...) end

return jit
