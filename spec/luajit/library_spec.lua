-- The standard library of a program that `lunaffi.run` runs, beside LuaJIT's own.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local REFERENCE = "build/reference/luajit"
local OUTCOMES = "spec/support/luajit/library_outcomes.lua"
local CASES = "spec/support/luajit/library_cases.lua"

-- What LuaJIT itself makes of a program.
local function reference(...)
  local words = { REFERENCE }
  for _, argument in ipairs({ ... }) do
    words[#words + 1] = interpreter.quote(argument)
  end
  local output, status = interpreter.shell(table.concat(words, " "))
  assert.equal(0, status, output)
  return output
end

local function ours(...)
  return interpreter.run("-l", "lunaffi.run", ...)
end

-- What both make of a text.
local function both(text)
  return helper.with_tempfile(text, function(path)
    return reference(path), (ours(path))
  end)
end

-- What this Lua cannot tell, by the expression's beginning.
local unknown = {
  ["lua5.1"] = {
    "pcall()", -- which is pcall(nil)
    "debug.getlocal(function", -- names of parameters are known of running functions only
  },
  ["lua5.2"] = {
    "xpcall(error, 5)", -- a handler is looked at when it is needed
  },
}

local function is_unknown(text)
  for _, beginning in ipairs(unknown[helper.version] or {}) do
    if text:sub(1, #beginning) == beginning then
      return true
    end
  end
end

local function lines(text)
  local list = {}
  for line in text:gmatch("[^\n]*\n") do
    list[#list + 1] = line:sub(1, -2)
  end
  return list
end

describe("the library of a translated program", function()
  it("gives LuaJIT's results, and takes its arguments", function()
    if helper.is_luajit then
      return -- Its library is its own, of whatever version.
    end
    local texts = dofile(CASES)
    local wanted, got = lines(reference(OUTCOMES, CASES)), lines((ours(OUTCOMES, CASES)))
    assert.equal(#texts, #wanted)
    assert.equal(#texts, #got, table.concat(got, "\n"))
    local others = {}
    for place, text in ipairs(texts) do
      if wanted[place] ~= got[place] and not is_unknown(text) then
        others[#others + 1] = ("%s: expected %s, got %s"):format(text, wanted[place], got[place])
      end
    end
    assert.equal("", table.concat(others, "\n"))
  end)

  it("has LuaJIT's names, and no others", function()
    local wanted, got = both([[
      local function names(title, list)
        local found = {}
        for name, value in pairs(list) do
          found[#found + 1] = tostring(name) .. ":" .. type(value)
        end
        table.sort(found)
        print(title, table.concat(found, " "))
      end
      names("_G", _G)
      local libraries = { "string", "table", "math", "io", "os", "package", "coroutine", "bit", "jit", "debug" }
      for _, library in ipairs(libraries) do
        -- Of these Lua 5.1 has no way to ask.
        debug.upvalueid, debug.upvaluejoin = nil, nil
        names(library, _G[library])
        assert(require(library) == _G[library] and package.loaded[library] == _G[library])
      end
      names("package.loaded", package.loaded)
      names("package.preload", package.preload)
      names("jit.opt", require("jit.opt"))
      names("jit.util", require("jit.util"))
      names("jit.profile", require("jit.profile"))
      names("a file's", getmetatable(io.stdout))
      print(#package.loaders, getmetatable(io.stdout).__index == getmetatable(io.stdout))
      local ffi = require("ffi")
      names("ffi", { C = ffi.C and 1, typeof = ffi.typeof, sizeof = ffi.sizeof })
      local listed = {}
      for name in pairs(ffi) do
        listed[#listed + 1] = name
      end
      table.sort(listed)
      print(table.concat(listed, " "))
    ]])
    assert.equal(wanted, got)
  end)

  it("calls no __gc of a table", function()
    local wanted, got = both([[
      local mt = { __gc = function() print("collected") end }
      local t = setmetatable({}, mt)
      print(getmetatable(t).__gc == mt.__gc, rawget(mt, "__gc") == mt.__gc)
      t = nil
      local later = setmetatable({}, {})
      getmetatable(later).__gc = mt.__gc
      later = nil
      debug.setmetatable({}, mt)
      local names = {}
      for name in pairs(mt) do names[#names + 1] = name end
      print(#names, names[1])
      local proxy = newproxy(true)
      getmetatable(proxy).__gc = function() print("a proxy is") end
      proxy = nil
      collectgarbage() collectgarbage()
      _G.keep = setmetatable({}, mt)
    ]])
    assert.equal(wanted, got)
  end)

  it("uses no metamethod of a table that LuaJIT does not", function()
    local wanted, got = both([[
      local t = setmetatable({ 1, 2 }, {
        __pairs = error, __ipairs = error, __close = error, __name = "other", __index = function(_, key) return key end,
        __newindex = error,
      })
      for key, value in pairs(t) do print(key, value) end
      for key, value in ipairs(t) do print(key, value) end
      print((tostring(t):gsub("0x%x+", "")), unpack(t))
      table.insert(t, 3) print(rawget(t, 3), table.remove(t), table.concat(t, ","))
      table.sort(t, function(a, b) return a > b end) print(t[1], t[2])
    ]])
    assert.equal(wanted, got)
  end)

  it("prints by the global tostring", function()
    local wanted, got = both([[
      print(nil, true, 10 / 2, 2^53, "text", setmetatable({}, { __tostring = function() return "an object" end }))
      function tostring(x) return "<" .. type(x) .. ">" end
      print(1, {}, "text")
      tostring = function() return {} end
      local _, message = pcall(print, 1)
      tostring = nil
      io.write(message:gsub("^[^:]+:%d+: ", ""), "\n")
    ]])
    assert.equal(wanted, got)
  end)

  it("loads compiled functions", function()
    local wanted, got = both([[
      local function f(x) return type(x), 1LL == x, 3ULL, 2i, unpack({ 5, 6 }) end
      local g = loadstring(string.dump(f))
      print(g(1))
      local upvalue = 1
      print(loadstring(string.dump(function() return upvalue, print ~= nil end), "name", "b", { x = 1 })())
      print(pcall(string.dump, print))
    ]])
    assert.equal(wanted, got)
  end)
end)

describe("require in a translated program", function()
  local function in_folder(files, text)
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. interpreter.quote(folder))
    files["main.lua"] = ("package.path = %q\n"):format(folder .. "/?.lua") .. text
    for name, content in pairs(files) do
      local file = assert(io.open(folder .. "/" .. name, "wb"))
      file:write(content)
      file:close()
    end
    local wanted, got = reference(folder .. "/main.lua"), (ours(folder .. "/main.lua"))
    os.execute("rm -r " .. interpreter.quote(folder))
    return wanted, got
  end

  it("passes the name alone", function()
    local wanted, got = in_folder({
      ["first.lua"] = "print(select('#', ...), ...)",
      ["second.lua"] = "module(..., package.seeall) function hello() print('hello', _NAME) end",
    }, "print(require('first')) require('second') second.hello() print(package.loaded.second == second)")
    assert.equal(wanted, got)
  end)

  it("finds a program's own modules before those of later Luas", function()
    local wanted, got = in_folder({ ["utf8.lua"] = "return 'own utf8'", ["bit32.lua"] = "return 'own bit32'" },
      "print(utf8, require('utf8'), require('bit32'))")
    assert.equal(wanted, got)
  end)

  it("asks what a program adds to package.loaders, and tells of what is being loaded", function()
    local wanted, got = in_folder({ ["again.lua"] = "return require('again')" }, [[
      table.insert(package.loaders, 1, function(name)
        return name == "made" and function(...) return { ... } end or nil
      end)
      print(#require("made"), require("made")[1])
      print((select(2, pcall(require, "again")):gsub("^.-:%d+: ", "")))
      print((select(2, pcall(require, "nowhere")):match("^[^\n]*")))
      package.loaders = nil
      print((select(2, pcall(require, "nowhere"))))
    ]])
    assert.equal(wanted, got)
  end)
end)

describe("a driver of tests", function()
  it("runs as it does on LuaJIT", function()
    local wanted, got = both([[
      local own = debug.getinfo(1, "S")
      print(own.what, own.source == "@" .. arg[0], own.short_src == arg[0])
      local file = assert(io.open(arg[0]))
      local text = file:read("*a")
      file:close()
      print(#text, select("#", ...))
      local failed = 0
      local function run(name, code, env)
        local chunk, message = loadstring(code, "@" .. name)
        if not chunk then return print(name, message) end
        setfenv(chunk, setmetatable(env or {}, { __index = _G }))
        local ok, trace = xpcall(chunk, function(m) return debug.traceback(m, 2):match("^[^\n]*\n[^\n]*") end)
        print(name, ok, trace)
        if not ok then failed = failed + 1 end
      end
      run("good", "assert(math.abs(-1) == 1)")
      run("bad", "error('no')")
      run("broken", "x = = 1")
      run("own", "assert(x == 5)", { x = 5 })
      for name, value in string.gmatch("+a -b +c>=2", "([+-]%w+)([<>=%d]*)") do print(name, value) end
      print(failed, type(jit.status()), jit.version_num >= 20100, jit.version:match("^LuaJIT (%d+%.%d+)"))
      print(pcall(loadfile(arg[0] .. ".none") or error, "none"))
    ]])
    assert.equal(wanted, got)
  end)
end)
