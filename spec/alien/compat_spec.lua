-- lunaffi.compat for old Alien programs: the names that require finds, the global, what stays as it is.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

-- What a program prints in a Lua of its own.
local function run(source, ...)
  local output, status = interpreter.run("-e", source, ...)
  assert.equals(0, status, output)
  return output
end

describe("lunaffi.compat", function()
  for _, name in ipairs({ "alien", "alien.core", "alien_c" }) do
    it("makes " .. name .. " the module lunaffi.alien", function()
      assert.equals("true\n", run(([[
        require("lunaffi.compat")
        print(rawequal(require("%s"), require("lunaffi.alien")))
      ]]):format(name)))
    end)
  end

  it("makes alien.struct the module lunaffi.alien.struct", function()
    assert.equals("true\t16\n", run([[
      require("lunaffi.compat")
      print(rawequal(require("alien.struct"), require("lunaffi.alien.struct")), require("alien.struct").size("!bd"))
    ]]))
  end)

  it("sets the global alien", function()
    assert.equals("nil\ttrue\n", run([[
      local before = alien
      require("lunaffi.compat")
      print(before, rawequal(alien, require("lunaffi.alien")))
    ]]))
  end)

  it("leaves a global alien that is there", function()
    assert.equals("mine\n", run([[
      alien = "mine"
      require("lunaffi.compat")
      print(alien)
    ]]))
  end)

  it("leaves modules that are loaded or preloaded", function()
    assert.equals("loaded\tpreloaded\n", run([[
      package.loaded["alien"] = "loaded"
      package.preload["alien.struct"] = function() return "preloaded" end
      local registered = require("lunaffi.compat")
      assert(registered["alien"] == nil and registered["alien.struct"] == nil)
      print(require("alien"), (require("alien.struct")))
    ]]))
  end)

  it("tells what it registered", function()
    assert.equals("lunaffi.alien\tlunaffi.alien.struct\tlunaffi.alien\tlunaffi.alien\tlunaffi\n", run([[
      local r = require("lunaffi.compat")
      print(r["alien"], r["alien.struct"], r["alien.core"], r["alien_c"], r["@lune/ffi"])
    ]]))
  end)

  it("sets no global by lunaffi.alien alone", function()
    assert.equals("nil\tnil\n", run([[
      require("lunaffi.alien")
      print(alien, package.preload["alien"])
    ]]))
  end)

  it("says which of Lua's own libraries a script has taken away", function()
    for _, row in ipairs({
      { "table" }, { "string" }, { "math" }, { "io" }, { "os" }, { "debug" }, { "coroutine" }, { "_G" },
      { "package", "package.preload" }, { "package.loaded" },
    }) do
      for _, value in ipairs({ "nil", "5" }) do
        local output = run(([[
          local require, pcall, write = require, pcall, io.write
          %s = %s
          local ok, message = pcall(require, "lunaffi.compat")
          write(ok and "loaded" or message)
        ]]):format(row[1], value))
        assert.equals("(command line):4: a library of Lua's own is needed that is not there: '" .. row[#row] .. "'",
          (output:gsub("%(command line%):%d+:", "(command line):4:")))
      end
    end
  end)

  it("may be asked for on the command line", function()
    helper.with_tempfile([[
      require "alien"
      alien.default.strlen:types("int", "string")
      print(alien.default.strlen("from the command line"))
      print(alien.buffer("x"):tostring())
    ]], function(path)
      local output, status = interpreter.run("-l", "lunaffi.compat", path)
      assert.equals("21\nx\n", output)
      assert.equals(0, status)
    end)
  end)
end)
