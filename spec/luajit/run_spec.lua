-- `lua -l lunaffi.run program.lua` and `lua -l lunaffi.compat program.lua`, as commands.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local name = interpreter.command:match("[^/]*$")

-- Runs a program of that text through lunaffi.run. Returns what it wrote and its status.
local function run(text, ...)
  local arguments = { ... }
  return helper.with_tempfile(text, function(path)
    local output, status = interpreter.run("-l", "lunaffi.run", path, helper.unpack(arguments))
    return output:gsub(path:gsub("%p", "%%%0"), "PROGRAM"):gsub(interpreter.command:gsub("%p", "%%%0"), name), status
  end)
end

describe("lunaffi.run", function()
  it("runs a LuaJIT program with its arguments", function()
    local output, status = run("#!/usr/bin/env luajit\nlocal ffi = require 'ffi'\n"
      .. "print(ffi.new('int64_t', 3) == 3, 42ULL, #arg, arg[0], arg[2], type(arg[-1]), ...)", "one", "two words")
    assert.same({ "true\t42ULL\t2\tPROGRAM\ttwo words\tstring\tone\ttwo words\n", 0 }, { output, status })
  end)

  it("takes arguments that look like options", function()
    local output, status = run("print(select('#', ...), ...)", "-l", "--", "", "-e")
    assert.same({ "4\t-l\t--\t\t-e\n", 0 }, { output, status })
  end)

  it("reports an error as the interpreter does", function()
    local text = "local function f()\n  error('deep')\nend\nlocal n = 1LL\nlocal function g() f() end\ng()\n"
    local output, status = run(text)
    assert.equal(1, status)
    local own = output:gsub("%f[%w]at 0x%x+", "?"):gsub("in %?", "?")
    -- The interpreter's own report of the program without the literal, which has the same lines.
    local plain = helper.with_tempfile((text:gsub("1LL", "1")), function(path)
      return (interpreter.run(path):gsub(path:gsub("%p", "%%%0"), "PROGRAM"))
    end)
    plain = plain:gsub(interpreter.command:gsub("%p", "%%%0"), name):gsub("%f[%w]at 0x%x+", "?"):gsub("in %?", "?")
    assert.equal(plain, own)
  end)

  it("reports errors that are no strings", function()
    local output, status = run("error(setmetatable({}, { __tostring = function() return 'as told' end }))")
    assert.same({ name .. ": as told\n", 1 }, { output, status })
    output, status = run("error({})")
    assert.truthy(output:find("^" .. name:gsub("%p", "%%%0") .. ": %(error object is a table value%)\n"), output)
    assert.equal(1, status)
    output, status = run("error(5LL)")
    assert.truthy(output:find("^" .. name:gsub("%p", "%%%0") .. ": 5LL\nstack traceback:\n"), output)
    assert.equal(1, status)
    local object = "error(require('ffi').metatype('struct { int x; }', { __tostring = function() return %s end })())"
    output = run(object:format("'of its own'"))
    assert.truthy(output:find(": of its own\nstack traceback:", 1, true), output)
    output = run(object:format("{}"))
    assert.truthy(output:find(": (error object is a cdata value)\nstack traceback:", 1, true), output)
    assert.same({ "", 1 }, { run("error()") })
  end)

  it("reports a program that is none", function()
    local output, status = run("print(1)\nx = = 1LL")
    assert.same({ name .. ": PROGRAM:2: unexpected symbol near '='\n", 1 }, { output, status })
    output, status = interpreter.run("-l", "lunaffi.run", "/no/such/program.lua")
    assert.truthy(output:find(": cannot open /no/such/program.lua", 1, true), output)
    assert.equal(1, status)
  end)

  it("ends with the status that the program gives", function()
    assert.same({ "x\n", 7 }, { run("print('x') os.exit(7)") })
    assert.same({ "", 0 }, { run("os.exit(true)") })
    assert.same({ "", 1 }, { run("os.exit(false)") })
    assert.same({ "", 0 }, { run("return 5") })
  end)

  it("closes the state in the end: finalizers run, output is written", function()
    local output, status = run("local ffi = require 'ffi' io.write('a')\n"
      .. "keep = ffi.gc(ffi.new('int[1]'), function() io.write('finalized') end)")
    assert.same({ "afinalized", 0 }, { output, status })
    output, status = run("local ffi = require 'ffi'\n"
      .. "keep = ffi.gc(ffi.new('int[1]'), function() io.write('finalized') end) error('x', 0)")
    assert.truthy(output:find("finalized", 1, true), output)
    assert.equal(1, status)
  end)

  it("reads a program from standard input", function()
    local output, status = helper.with_tempfile("print(1LL == 1, ...)", function(path)
      local words = { "cat", interpreter.quote(path), "|" }
      words[#words + 1] = "LUA_CPATH=" .. interpreter.quote(package.cpath)
      for _, version in ipairs({ "5_2", "5_3", "5_4" }) do
        words[#words + 1] = "LUA_CPATH_" .. version .. "=" .. interpreter.quote(package.cpath)
      end
      words[#words + 1] = interpreter.quote(interpreter.command) .. " -l lunaffi.run - a"
      -- The shell's own input is closed: the pipe is in a command of its own.
      return interpreter.shell("sh -c " .. interpreter.quote(table.concat(words, " ")))
    end)
    assert.same({ "true\ta\n", 0 }, { output, status })
  end)

  it("finds LuaJIT's modules and translates the program's", function()
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. interpreter.quote(folder))
    local function write(file, text)
      local handle = assert(io.open(folder .. "/" .. file, "wb"))
      handle:write(text)
      handle:close()
    end
    write("helper_module.lua", "return { sum = function(...) local t = { ... } return t[1] + t[2] end, rest = unpack }")
    write("main.lua", ("package.path = %q .. package.path\n"):format(folder .. "/?.lua;")
      .. "local m = require 'helper_module'\nprint(m.sum(1LL, 2), m.rest({ 5 }), require 'bit'.band(7, 3))")
    local output, status = interpreter.run("-l", "lunaffi.run", folder .. "/main.lua")
    os.execute("rm -r " .. interpreter.quote(folder))
    assert.same({ "3LL\t5\t3\n", 0 }, { output, status })
  end)

  it("finds the modules of old programs by the names that these know", function()
    local output, status = run("local lune, alien = require('@lune/ffi'), require('alien')\n"
      .. "print(lune == require('lunaffi'), alien == require('lunaffi.alien'), _G.alien == alien)\n"
      .. "print(require('alien.struct') == require('lunaffi.alien.struct'), type(require('cffi').cdef))\n"
      .. "local abs = alien.default.abs abs:types('int', 'int') print(abs(-3))\n"
      .. "print(lune.load and lune.types ~= nil)")
    assert.same({ "true\ttrue\ttrue\ntrue\tfunction\n3\ntrue\n", 0 }, { output, status })
  end)

  it("is refused inside of a program", function()
    local output, status = helper.with_tempfile("require 'lunaffi.run'", function(path)
      return interpreter.run(path)
    end)
    assert.truthy(output:find("lunaffi.run is for the command line: lua -l lunaffi.run program.lua", 1, true), output)
    assert.equal(1, status)
  end)
end)

describe("lunaffi.compat", function()
  local function run_compat(modules, program)
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. interpreter.quote(folder))
    modules.main = ("package.path = %q .. package.path\n"):format(folder .. "/?.lua;") .. program
    for module, text in pairs(modules) do
      local handle = assert(io.open(folder .. "/" .. module .. ".lua", "wb"))
      handle:write(text)
      handle:close()
    end
    local output, status = interpreter.run("-l", "lunaffi.compat", folder .. "/main.lua")
    os.execute("rm -r " .. interpreter.quote(folder))
    return output:gsub(folder:gsub("%p", "%%%0"), "DIR"), status
  end

  it("runs modules that are written for LuaJIT", function()
    local output, status = run_compat({
      binding = "local ffi = require 'ffi'\nffi.cdef 'int abs(int);'\n"
        .. "return { abs = ffi.C.abs, same = ffi.new('int64_t', 1) == 1, null = ffi.new('int *') == nil }",
    }, "local b = require 'binding'\nprint(b.abs(-3), b.same, b.null)")
    assert.same({ "3\ttrue\ttrue\n", 0 }, { output, status })
  end)

  it("leaves modules alone that need nothing", function()
    local output, status = run_compat({
      plain = "return { main = debug.getinfo(1, 'S').what, name = ..., unpack = unpack }",
    }, "local p = require 'plain'\nprint(p.main, p.name, p.unpack == rawget(_G, 'unpack'))")
    assert.same({ "main\tplain\ttrue\n", 0 }, { output, status })
  end)

  it("changes no global", function()
    local before = interpreter.run("-e", "for k in pairs(_G) do io.write(k, ' ') end io.write(type(unpack))")
    local after = interpreter.run("-l", "lunaffi.compat", "-e",
      "alien = nil for k in pairs(_G) do io.write(k, ' ') end io.write(type(unpack))")
    local function sorted(text)
      local words = {}
      for word in text:gmatch("%S+") do
        -- Lua 5.4 names the module of `-l` as a global.
        if word ~= "lunaffi" and word ~= "lunaffi.compat" then
          words[#words + 1] = word
        end
      end
      table.sort(words)
      return table.concat(words, " ")
    end
    assert.equal(sorted(before), sorted(after))
  end)
end)
