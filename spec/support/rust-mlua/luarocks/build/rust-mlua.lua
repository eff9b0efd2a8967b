-- A stand-in for the LuaRocks backend luarocks-build-rust-mlua, for machines that cannot download
-- it. spec/support/rock.sh puts it on LuaRocks' module path. It covers what a rockspec may ask of
-- the real one:
--   modules              library names, or library name -> module name
--   features             features besides that of the Lua
--   default_features     false turns the crate's default features off
--   cargo_extra_args     further arguments, a list or a string
--   include              Lua files, or file -> place in the rock's Lua folder

local cfg = require("luarocks.core.cfg")
local dir = require("luarocks.dir")
local fs = require("luarocks.fs")
local path = require("luarocks.path")
local util = require("luarocks.util")

local backend = {}

-- "lua54", or "luajit" where LuaRocks runs for LuaJIT.
local function lua_feature()
  if util.get_luajit_version() then
    return "luajit"
  end
  return "lua" .. cfg.lua_version:gsub("%.", "")
end

local function cargo_command(build)
  local features = { lua_feature() }
  for _, feature in ipairs(build.features or {}) do
    table.insert(features, feature)
  end
  local command = { "cargo build --release --target-dir=target" }
  if build.default_features == false then
    table.insert(command, "--no-default-features")
  end
  table.insert(command, "--features " .. fs.Q(table.concat(features, ",")))
  local extra = build.cargo_extra_args or {}
  for _, argument in ipairs(type(extra) == "table" and extra or { extra }) do
    table.insert(command, argument)
  end
  return table.concat(command, " ")
end

-- What cargo names the library `name` on this platform.
local function cargo_output(name)
  if cfg.is_platform("windows") then
    return name .. ".dll"
  elseif cfg.is_platform("macosx") then
    return "lib" .. name .. ".dylib"
  end
  return "lib" .. name .. ".so"
end

local function copy(from, to, permissions)
  local ok, problem = fs.make_dir(dir.dir_name(to))
  if ok then
    ok, problem = fs.copy(from, to, permissions)
  end
  if not ok then
    return nil, "cannot copy " .. from .. " to " .. to .. ": " .. tostring(problem)
  end
  return true
end

-- Calls fn(source, destination) for each entry of a list (both are the value) or map.
local function each(entries, fn)
  for key, value in pairs(entries or {}) do
    local ok, problem = fn(type(key) == "number" and value or key, value)
    if not ok then
      return nil, problem
    end
  end
  return true
end

function backend.run(rockspec, no_install)
  local build = rockspec.build
  local command = cargo_command(build)
  util.printout(command)
  if not fs.execute(command) then
    return nil, "cargo failed"
  end
  if no_install then
    return true
  end

  local lib_dir = path.lib_dir(rockspec.name, rockspec.version)
  local lua_dir = path.lua_dir(rockspec.name, rockspec.version)
  local ok, problem = each(build.modules, function(library, module)
    local file = module:gsub("%.", "/") .. "." .. cfg.lib_extension
    return copy(dir.path("target", "release", cargo_output(library)), dir.path(lib_dir, file), "exec")
  end)
  if not ok then
    return nil, problem
  end
  return each(build.include, function(source, place)
    return copy(source, dir.path(lua_dir, place), "read")
  end)
end

return backend
