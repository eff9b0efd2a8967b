-- `lunaffi.jit`: what programs ask LuaJIT's `jit` for, where there is no compiler to switch.
local parts = ...
local ffi = parts.ffi()

local function nothing() end

-- LuaJIT's order of the settings that it tells about its protection against attacks; none is in use here.
local protections = { prng = 0, strhash = 0, strid = 0, mcode = 0 }

parts.jit = {
  version = "LuaJIT 2.1.99 (lunaffi on " .. _VERSION .. ")",
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
  security = function(name)
    local value = protections[name]
    if not value then
      error("bad argument #1 to 'security' (invalid option '" .. tostring(name) .. "')", 2)
    end
    return value
  end,
  opt = { start = nothing },
}

-- What is known of a function without its bytecode.
local function function_info(f, place)
  if type(f) ~= "function" then
    error("bad argument #1 to 'funcinfo' (Lua function expected, got " .. type(f) .. ")", 2)
  end
  local info = (parts.own.debug_getinfo or debug.getinfo)(f, "Su")
  if info.what == "C" then
    return { upvalues = info.nups, ffid = 0, addr = 0 }
  end
  return {
    linedefined = info.linedefined,
    lastlinedefined = info.lastlinedefined,
    currentline = place and info.linedefined or nil,
    params = info.nparams,
    isvararg = info.isvararg or nil,
    upvalues = info.nups,
    source = info.source,
    children = false,
    loc = ("%s:%d"):format(info.short_src, info.linedefined),
  }
end

-- No trace is ever compiled, and no function has LuaJIT's bytecode.
parts.jit_util = {
  funcinfo = function_info,
  funcbc = nothing,
  funck = nothing,
  funcuvname = function(f, index)
    return (debug.getupvalue(f, index + 1))
  end,
  traceinfo = nothing,
  traceir = nothing,
  tracek = nothing,
  tracesnap = nothing,
  tracemc = nothing,
  traceexitstub = nothing,
  ircalladdr = nothing,
}

-- No sample is ever taken.
parts.jit_profile = { start = nothing, stop = nothing, dumpstack = nothing }
