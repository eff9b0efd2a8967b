-- `make install` and `make uninstall`, as they are for several Luas at one place.

local interpreter = require("spec.support.interpreter")
local helper = require("spec.helper")

-- Calls fn with an empty folder that is removed whatever happens.
local function with_folder(fn)
  local folder = os.tmpname()
  os.remove(folder)
  interpreter.shell("mkdir " .. folder)
  local ok, message = pcall(fn, folder)
  interpreter.shell("rm -rf " .. folder)
  if not ok then
    error(message, 0)
  end
end

local function exists(path)
  local file = io.open(path, "rb")
  if file then
    file:close()
  end
  return file ~= nil
end

local function first_line(path)
  local file = assert(io.open(path, "rb"))
  local line = file:read("*l")
  file:close()
  return line
end

describe("make uninstall", function()
  it("leaves the script to the other Luas that have the module, and removes it with the last", function()
    with_folder(function(folder)
      local script = folder .. "/bin/lunaffi-constants"
      local function module(version)
        return folder .. "/lib/lua/" .. version .. "/lunaffi.so"
      end
      -- As `make install` leaves it: without a build there is nothing to wait for.
      local function install(lua, version)
        interpreter.shell(("mkdir -p %s/bin %s"):format(folder, module(version):match("^(.*)/")))
        assert.equal(0, (select(2, interpreter.shell(("cp bin/lunaffi-constants %s && echo >%s"):format(script,
          module(version))))))
        interpreter.shell(("sed -i '1s|.*|#!/usr/bin/env %s|' %s"):format(lua, script))
      end
      local function uninstall(lua)
        local command = ("make --no-print-directory uninstall LUA=%s PREFIX=%s"):format(lua, folder)
        local output, status = interpreter.shell(command)
        assert.equal(0, status, output)
      end

      install("lua5.3", "5.3")
      install("lua5.4", "5.4")
      uninstall("lua5.4")
      assert.is_false(exists(module("5.4")))
      assert.is_true(exists(module("5.3")))
      assert.equal("#!/usr/bin/env lua5.3", first_line(script))
      install("lua5.4", "5.4")
      uninstall("lua5.3")
      assert.is_true(exists(module("5.4")))
      assert.equal("#!/usr/bin/env lua5.4", first_line(script))
      local output, status = interpreter.shell(helper.version == "lua5.4" and script .. " --help" or "true")
      assert.equal(0, status, output)
      uninstall("lua5.4")
      assert.is_false(exists(module("5.4")))
      assert.is_false(exists(script))
      uninstall("lua5.4")
    end)
  end)
end)
