-- Programs written for LuaJIT, as their authors left them: they run under the Lua at hand through lunaffi.run and
-- do what they do on the reference LuaJIT. `make programs` brings them.

local interpreter = require("spec.support.interpreter")
local helper = require("spec.helper")

local quote = interpreter.quote

local function shell(...)
  return interpreter.shell(table.concat({ ... }, " "))
end

local here = shell("pwd"):gsub("\n$", "")
local REFERENCE = here .. "/build/reference/luajit"
local SYSCALL = here .. "/build/programs/lua-ljsyscall/usr/share"
local LRUCACHE = here .. "/build/programs/lua-resty-lrucache/usr/share"
local SUPPORT = here .. "/spec/support/programs"

-- Calls fn with the path of a new folder, which goes afterwards.
local function with_folder(fn)
  local path = os.tmpname()
  os.remove(path)
  assert(os.execute("mkdir -p " .. quote(path)))
  local results = helper.pack(pcall(fn, path))
  os.execute("rm -rf " .. quote(path))
  if not results[1] then
    error(results[2], 0)
  end
  return helper.unpack(results, 2, results.n)
end

-- The variables that Luas look at for paths: the versioned ones win, so all are set.
local function variables(path, cpath)
  local words = { "env" }
  for _, suffix in ipairs({ "", "_5_2", "_5_3", "_5_4" }) do
    words[#words + 1] = "LUA_PATH" .. suffix .. "=" .. quote(path)
    words[#words + 1] = "LUA_CPATH" .. suffix .. "=" .. quote(cpath)
  end
  return table.concat(words, " ")
end

-- Absolute, for the programs run in folders of their own.
local cpath = ("./" .. (os.getenv("LUNAFFI_BUILD") or "build") .. "/" .. helper.version .. "/?.so"):gsub("^%.", here)

-- Runs a program in `folder`: on the reference, and here through lunaffi.run. Returns what each wrote.
local function run_both(folder, path, program)
  local cd = "cd " .. quote(folder) .. " && timeout 300 "
  local expected = shell(cd .. variables(path, ""), quote(REFERENCE), quote(program))
  local output = shell(cd .. variables(path, cpath), interpreter.command, "-l lunaffi.run", quote(program))
  return expected, output
end

describe("ljsyscall", function()
  it("has its files, sockets, epoll, times and processes", function()
    with_folder(function(folder)
      local expected, output = run_both(folder, SYSCALL .. "/lua/5.1/?.lua", SUPPORT .. "/syscalls.lua")
      assert.truthy(expected:find("\naddresses 127.0.0.1 ::1 1.2.3.4\n$"), expected)
      assert.equal(expected, output)
    end)
  end)

  -- Its test file wants its sources, its tests and a test runner around it.
  it("passes its own tests as far as on LuaJIT", function()
    with_folder(function(folder)
      for from, to in pairs({
        [SYSCALL .. "/lua/5.1/syscall.lua"] = "syscall.lua",
        [SYSCALL .. "/lua/5.1/syscall"] = "syscall",
        [SYSCALL .. "/doc/lua-ljsyscall/test"] = "test",
        [SUPPORT .. "/include"] = "include",
      }) do
        assert(os.execute(("ln -s %s %s"):format(quote(from), quote(folder .. "/" .. to))))
      end
      local expected, output = run_both(folder, "./?.lua", "test/test.lua")
      local lines, seen, count, failures = {}, {}, 0, {}
      for line in output:gmatch("[^\n]+") do
        lines[line:match("^%a+ [%w_.]+") or line] = line
      end
      for name in expected:gmatch("passed ([%w_.]+)") do
        -- A forked child that fails goes on with the tests behind its own.
        count = count + (seen[name] and 0 or 1)
        if not seen[name] and not lines["passed " .. name] then
          failures[#failures + 1] = lines["failed " .. name] or "never ran " .. name
        end
        seen[name] = true
      end
      assert.is_true(count > 250, "the reference passes too few: " .. expected)
      local list = table.concat(failures, "\n")
      local report = ("%d of %d\n%s\n%s"):format(count - #failures, count, list, output:sub(-500))
      assert.equal(0, #failures, report)
    end)
  end)
end)

describe("lua-resty-lrucache", function()
  it("keeps what was used last", function()
    with_folder(function(folder)
      local expected, output = run_both(folder, LRUCACHE .. "/lua/5.1/?.lua", SUPPORT .. "/lrucache.lua")
      assert.truthy(expected:find("\nmodel 0 50 50\n"), expected)
      assert.equal(expected, output)
    end)
  end)
end)

-- Bindings as they are written for LuaJIT, of libraries of several kinds.
describe("a binding for LuaJIT", function()
  for _, entry in ipairs({
    { "sqlite3", "done" }, { "zlib", "argument #2 to 'crc32' (cannot convert 'number' to 'const unsigned char *')" },
    { "libc", "getpid\ttrue" }, { "crypto", "1" }, { "png", "broken\t0\ttrue\ttrue" },
  }) do
    local name, ending = entry[1], entry[2]
    it("does the same here: " .. name, function()
      with_folder(function(folder)
        local expected, output = run_both(folder, "", SUPPORT .. "/" .. name .. ".lua")
        assert.equal(ending .. "\n", expected:sub(-#ending - 1))
        assert.equal(expected, output)
      end)
    end)
  end
end)

-- What the translator does, at length.
describe("the language of LuaJIT programs", function()
  for _, name in ipairs({ "goto", "jumps", "numbers", "growth", "random", "coroutines" }) do
    it("is the same here: " .. name, function()
      with_folder(function(folder)
        local expected, output = run_both(folder, "", SUPPORT .. "/language/" .. name .. ".lua")
        assert.is_nil(expected:find("stack traceback", 1, true), expected)
        assert.equal(expected, output)
      end)
    end)
  end
end)
