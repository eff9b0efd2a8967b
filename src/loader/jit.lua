-- `lunaffi.jit`: what programs ask LuaJIT's `jit` for, where there is no compiler to switch.
-- luacheck: ignore 211
local parts = ...
local ffi = parts.ffi()

local function nothing() end

parts.jit = {
  version = "LuaJIT 2.1 (lunaffi on " .. _VERSION .. ")",
  version_num = 20199,
  os = ffi.os,
  arch = ffi.arch,
  on = nothing,
  off = nothing,
  flush = nothing,
  attach = nothing,
  -- Off, and no flags of the processor.
  status = function()
    return false
  end,
  opt = { start = nothing },
}
