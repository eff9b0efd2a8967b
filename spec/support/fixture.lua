-- A fixture opened in every way: fixture("numbers").bind("add", { "i32", "i32" }, "i32").

local ffi = require("lunaffi")
local helper = require("spec.helper")

return function(name)
  local fixture = { path = helper.fixture(name) }
  fixture.lib = ffi.load(fixture.path)
  fixture.legacy = ffi.open(fixture.path)

  -- One function of it, bound.
  function fixture.bind(symbol, args, ret)
    return ffi.load(fixture.path, { [symbol] = { args = args, ret = ret } })[symbol]
  end

  return fixture
end
