-- The end of a Lua state, in interpreters of their own: callbacks that C still holds, exits from
-- everywhere, finalizers, coroutines that loaded the module, two states in one process.

local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local CALLBACKS = helper.fixture("callbacks")
local NUMBERS = helper.fixture("numbers")
local CLOSABLE = helper.fixture("libclosable")

-- What the scripts begin with: the fixtures, and finalizers on every Lua.
local PRELUDE = ([[
local CALLBACKS, NUMBERS, CLOSABLE = %q, %q, %q
local function finalized(fn)
  if newproxy then
    local proxy = newproxy(true)
    getmetatable(proxy).__gc = fn
    return proxy
  end
  return setmetatable({}, { __gc = fn })
end
local function collect()
  for _ = 1, 4 do
    collectgarbage("collect")
  end
end
]]):format(CALLBACKS, NUMBERS, CLOSABLE)

local LOADED = PRELUDE .. [[
local ffi = require("lunaffi")
local lib = ffi.load(CALLBACKS, {
  apply = { args = { "pointer", "i32" }, ret = "i32" },
  keep = { args = { "pointer" } },
  call_kept = { args = { "i32" }, ret = "i32" },
  call_at_exit = { args = { "pointer", "i32", "string" } },
  call_at_unload = { args = { "pointer", "i32", "string" } },
  start_hammer = { args = { "pointer" }, ret = "bool" },
  stay_loaded = { ret = "bool" },
})
local function int_callback(fn)
  return ffi.callback(fn, "i32", { "i32" })
end
]]

-- Runs a script; checks its status; returns what it printed, errors included.
local function run(script, status)
  return helper.with_tempfile(script, function(path)
    local output, got = interpreter.run(path)
    assert.equals(status or 0, got, output)
    return output
  end)
end

-- Runs a script whose C code writes to a file, PATH in the script. Returns the file's content and what was printed.
local function run_with_file(script, status)
  return helper.with_tempfile("", function(path)
    local output = run(("local PATH = %q\n"):format(path) .. script, status)
    local file = assert(io.open(path, "rb"))
    local content = file:read("*a")
    file:close()
    return content, output
  end)
end

describe("a program that ends", function()
  it("after only loading the module ends quietly", function()
    assert.equals("", run([[require("lunaffi")]]))
  end)

  it("with every kind of object alive ends quietly", function()
    assert.equals("", run(LOADED .. [[
      Arena = ffi.arena()
      Pointer = Arena:alloc(64)
      Typed = ffi.cast(Pointer, "i32")
      Definition = ffi.struct({ { "a", "i32" }, { "p", "pointer" } })
      View, Own = ffi.view(Pointer, Definition), Definition:new()
      Buffer = ffi.buffer(100)
      Slice = Buffer:slice(10, 20)
      Callback = int_callback(function() return Pointer and 1 end)
      View.p = Callback
      Library, Smart, Symbol = ffi.open(NUMBERS), lib, lib:getSymbol("apply")
      Apply = lib.apply
      Apply(Callback.ptr, 1)
    ]]))
  end)

  it("with objects that refer to each other ends quietly", function()
    assert.equals("", run(LOADED .. [[
      local arenas = {}
      for i = 1, 50 do
        local arena = ffi.arena()
        local memory = arena:alloc(64)
        local cb
        cb = int_callback(function(x) return arenas and cb and memory and x end)
        memory:write(0, "pointer", cb)
        arenas[i] = { arena, memory, cb, ffi.gc(memory, function() return cb end) }
        lib.apply(cb, i)
      end
      Arenas = arenas
    ]]))
  end)

  it("with an uncaught error reports it and has status 1", function()
    local output = run(LOADED .. [[
      Kept = int_callback(function(x) return x end)
      lib.keep(Kept)
      error("at top level")
    ]], 1)
    assert.matches("at top level", output)
  end)

  it("with an uncaught error of lunaffi's reports it and has status 1", function()
    local output = run(LOADED .. [[lib.apply(1)]], 1)
    assert.matches("wrong number of arguments to 'apply'", output)
  end)

  it("with an uncaught error from a callback reports it and has status 1", function()
    local output = run(LOADED .. [[
      local cb = int_callback(function() error("in the callback") end)
      lib.keep(cb)
      lib.call_kept(1)
    ]], 1)
    assert.matches("in the callback", output)
  end)

  it("from inside a callback has the status it gave", function()
    run(LOADED .. [[lib.apply(int_callback(function() os.exit(3) end), 1)]], 3)
  end)

  it("from inside a callback, closing the state, has the status it gave", function()
    run(LOADED .. [[
      Kept = int_callback(function(x) return x end)
      lib.keep(Kept)
      lib.apply(int_callback(function()
        lib.apply(int_callback(function() os.exit(4, true) end), 1)
      end), 1)
    ]], 4)
  end)

  it("from inside a callback of a coroutine has the status it gave", function()
    run(LOADED .. [[
      coroutine.wrap(function()
        lib.apply(int_callback(function() os.exit(5, true) end), 1)
      end)()
    ]], 5)
  end)
end)

describe("C that calls back when the program ends", function()
  it("gets zero after the state is closed", function()
    local content = run_with_file(LOADED .. [[
      assert(lib.stay_loaded())
      lib.call_at_exit(int_callback(function(x) return x end), 5, PATH)
    ]])
    assert.equals("exit 0\n", content)
  end)

  it("gets zero from a freed callback as well", function()
    local content = run_with_file(LOADED .. [[
      assert(lib.stay_loaded())
      local cb = int_callback(function(x) return x end)
      lib.call_at_exit(cb, 5, PATH)
      cb:free()
    ]])
    assert.equals("exit 0\n", content)
  end)

  it("gets zero after an uncaught error", function()
    local content, output = run_with_file(LOADED .. [[
      assert(lib.stay_loaded())
      lib.call_at_exit(int_callback(function(x) return x end), 5, PATH)
      error("stop")
    ]], 1)
    assert.equals("exit 0\n", content)
    assert.matches("stop", output)
  end)

  it("gets zero after os.exit closed the state, and the function's answer where it did not", function()
    local content, output = run_with_file(LOADED .. [[
      Closing = finalized(function() print("closed") end)
      assert(lib.stay_loaded())
      lib.call_at_exit(int_callback(function(x) return x end), 5, PATH)
      os.exit(0, true)
    ]])
    assert.equals(output == "closed\n" and "exit 0\n" or "exit 5\n", content)
  end)

  it("runs the function in a state that is still open, and its errors go to the handler", function()
    local content, output = run_with_file(LOADED .. [[
      assert(lib.stay_loaded())
      ffi.onCallbackError(function(message) print("handler: " .. tostring(message)) end)
      lib.call_at_exit(int_callback(function(x) error("late " .. x, 0) end), 5, PATH)
      os.exit(0)
    ]])
    assert.equals("exit 0\n", content)
    assert.equals("handler: late 5\n", output)
  end)

  it("does no harm when the handler itself fails", function()
    local content = run_with_file(LOADED .. [[
      assert(lib.stay_loaded())
      ffi.onCallbackError(function() error("again") end)
      lib.call_at_exit(int_callback(function() error("late", 0) end), 5, PATH)
      os.exit(0)
    ]])
    assert.equals("exit 0\n", content)
  end)

  it("does no harm without a handler", function()
    local content = run_with_file(LOADED .. [[
      assert(lib.stay_loaded())
      lib.call_at_exit(int_callback(function() error("late", 0) end), 5, PATH)
      os.exit(0)
    ]])
    assert.equals("exit 0\n", content)
  end)

  it("from a library's destructor at the end gets an answer or zero", function()
    local content = run_with_file(LOADED .. [[
      lib.call_at_unload(int_callback(function(x) return x end), 5, PATH)
    ]])
    assert.matches("^unload [05]\n$", content)
  end)

  it("from a library's destructor at close gets an answer or zero, and the program goes on", function()
    local content, output = run_with_file(LOADED .. [[
      lib.call_at_unload(int_callback(function(x) return x end), 5, PATH)
      lib:close()
      collect()
      print(ffi.load(NUMBERS):callInt("version_int"))
    ]])
    assert.matches("^unload [05]\n$", content)
    assert.equals("7\n", output)
  end)

  it("from a library's destructor may fail", function()
    local content, output = run_with_file(LOADED .. [[
      ffi.onCallbackError(function() end)
      lib.call_at_unload(int_callback(function() error("in the destructor") end), 5, PATH)
      pcall(lib.close, lib)
      collect()
      print(ffi.load(NUMBERS):callInt("version_int"))
    ]])
    assert.equals("unload 0\n", content)
    assert.equals("7\n", output)
  end)

  it("from another thread without pause does no harm", function()
    assert.equals("", run(LOADED .. [[
      assert(lib.stay_loaded())
      assert(lib.start_hammer(int_callback(function(x) return x end)))
      local garbage = {}
      for i = 1, 20000 do
        garbage[i % 10] = { lib.apply(int_callback(function(x) return x end), i) }
      end
    ]]))
  end)
end)

describe("libraries at the end", function()
  it("are unloaded once", function()
    local content = run_with_file(LOADED .. [[
      ffi.open(CLOSABLE):call("watch_file", "void", { "string" }, PATH)
      Kept = ffi.open(CLOSABLE)
    ]])
    assert.equals("closed\n", content)
  end)

  it("may be closed by finalizers", function()
    local content = run_with_file(LOADED .. [[
      local closable = ffi.load(CLOSABLE, { watch_file = { args = { "string" } }, closable_answer = { ret = "i32" } })
      closable.watch_file(PATH)
      Object = finalized(function()
        pcall(closable.closable_answer)
        pcall(closable.close, closable)
        pcall(closable.closable_answer)
      end)
    ]])
    assert.equals("closed\n", content)
  end)
end)

describe("finalizers that use the module while the state closes", function()
  -- Objects made before the module's own go after them, and the other way round.
  local USE = [[
    local function use()
      local outcome = {}
      local function try(fn)
        local ok, message = pcall(fn)
        outcome[#outcome + 1] = ok or type(message) == "string" or error("no message")
      end
      for _ = 1, 3 do
        try(function() return State.lib.apply(State.cb, 1) end)
        try(function() return State.lib:call("apply", "i32", { "pointer", "i32" }, State.cb, 1) end)
        try(function() return State.ffi.callback(function(x) return x end, "i32", { "i32" })(5) end)
        try(function() return State.memory:read(0, "i32") end)
        try(function() State.memory:write(0, "pointer", State.cb) end)
        try(function() return State.arena:alloc(100) end)
        try(function() State.arena:reset() end)
        try(function() return State.buffer:slice(1, 2):read(0, "u8") end)
        try(function() return State.ffi.load(NUMBERS, { add = { args = { "i32", "i32" }, ret = "i32" } }).add(1, 2) end)
        try(function() return tostring(State.view) .. tostring(State.cb) .. tostring(State.lib) end)
        try(function() return State.view.a end)
        try(function() return State.ffi.struct({ { "a", "i32" } }):new({ 1 }).a end)
        try(function() State.cb:free() end)
        try(function() State.lib:close() end)
        try(function() return State.ffi.errno(5) end)
      end
      print("used", #outcome)
    end
  ]]
  local MAKE = [[
    State = { ffi = ffi, lib = lib, arena = ffi.arena(), buffer = ffi.buffer(10) }
    State.cb = int_callback(function(x) return x end)
    State.memory = State.arena:alloc(16)
    State.view = ffi.struct({ { "a", "i32" } }):new()
    lib.keep(State.cb)
  ]]

  it("run when their objects are older than the module", function()
    assert.equals("used\t45\n", run(PRELUDE .. USE .. "Old = finalized(use)\n" .. LOADED .. MAKE))
  end)

  it("run when their objects are younger than the module's", function()
    assert.equals("used\t45\n", run(LOADED .. MAKE .. USE .. "Young = finalized(use)\n"))
  end)

  it("run before and after, with a collection in between", function()
    assert.equals("used\t45\nused\t45\n", run(PRELUDE .. USE .. "Old = finalized(use)\n" .. LOADED .. MAKE
      .. "Young = finalized(function() collect() use() collect() end)\n"))
  end)

  it("run as finalizers of pointers", function()
    assert.equals("used\t45\n", run(LOADED .. MAKE .. USE .. "Pointer = ffi.gc(ffi.arena():alloc(8), use)\n"))
  end)

  -- The module's own finalizer runs then, in the middle of a function of the module.
  for _, row in ipairs({
    { "a callback with structs", "calls.call_big(big_cb, big).v[1]" },
    { "a callback with a wrong result", "lib.apply(int_callback_of({}), 1)" },
    { "a callback that fails", "lib.apply(failing, 1)" },
    { "a callback from Lua", "int_callback_of(1)(1)" },
    { "a callback with strings", "calls.call_string(string_cb, 'x')" },
    { "a callback of the LuaJIT API", "struct_cb(cdata[0]).a" },
    { "a callback of the Alien API", "alien_cb(4)" },
    { "a metamethod", "cdata[0].unknown" },
    { "a constructor", "Meta()" },
    { "a table that is read", "ffi.struct(lying)" },
    { "an allocation", "alien.buffer(100000):realloc(200000)" },
  }) do
    it("may collect in the middle of " .. row[1], function()
      local output = run(LOADED .. [[
        local luajit, alien = require("lunaffi.luajit"), require("lunaffi.alien")
        local Big = ffi.struct({ { "v", "f64", 16 } })
        local big = Big:new()
        local calls = ffi.load(CALLBACKS, {
          call_big = { args = { "pointer", Big }, ret = Big },
          call_string = { args = { "pointer", "string" }, ret = "string" },
        })
        local function collecting(x)
          collectgarbage()
          return x
        end
        local cbs = { [1] = int_callback(function() return collecting(1) end) }
        local wrong = int_callback(function() return collecting({}) end)
        local function int_callback_of(result) return cbs[result] or wrong end
        local failing = int_callback(function() error(collecting("planned")) end)
        local big_cb = ffi.callback(collecting, Big, { Big })
        local string_cb = ffi.callback(collecting, "string", { "string" })
        luajit.cdef("struct closing { int a; };")
        local Meta = luajit.metatype("struct closing", { __index = collecting, __new = function(ct)
          collectgarbage()
          return luajit.new(ct)
        end })
        local cdata = luajit.new("struct closing[1]")
        local struct_cb = luajit.cast("struct closing (*)(struct closing)", collecting)
        local alien_cb = alien.callback(collecting, "int", "int")
        local lying = setmetatable({}, { __index = function() return collecting("i32") end })
        Young = finalized(function()
          local ok, message = pcall(function() return ]] .. row[2] .. [[ end)
          assert(ok or type(message) == "string")
          print("came to its end")
        end)
        collect() -- Lua 5.3 does not come back from a collection at its end when a cycle is under way.
      ]])
      assert.equals("came to its end\n", output)
    end)
  end

  it("may make objects that nothing finalizes any more", function()
    assert.equals("", run(LOADED .. [[
      Object = finalized(function()
        Late = { ffi.buffer(10), ffi.arena():alloc(10), ffi.callback(print, "void", {}), ffi.open(NUMBERS) }
        lib.keep(Late[3])
      end)
    ]]))
  end)
end)

describe("a coroutine that loads the module", function()
  it("may die: the module works on", function()
    assert.equals("6\t7\tfailed\n", run(PRELUDE .. [[
      do
        local co = coroutine.create(function()
          local ffi = require("lunaffi")
          local lib = ffi.load(CALLBACKS, { keep = { args = { "pointer" } } })
          assert(lib:call("stay_loaded", "bool", {}))
          lib.keep(ffi.callback(function(x) return x + 1 end, "i32", { "i32" }))
        end)
        assert(coroutine.resume(co))
      end
      collect()
      local ffi = require("lunaffi")
      local lib = ffi.load(CALLBACKS, {
        call_kept = { args = { "i32" }, ret = "i32" }, apply = { args = { "pointer", "i32" }, ret = "i32" },
      })
      local garbage = {}
      for i = 1, 1000 do
        garbage[i] = coroutine.wrap(function() return i end)()
      end
      collect()
      local _, message = pcall(lib.apply, ffi.callback(function() error("failed", 0) end, "i32", { "i32" }), 1)
      print(lib.call_kept(5), lib.apply(ffi.callback(function(x) return x + 2 end, "i32", { "i32" }), 5), message)
    ]]))
  end)

  it("may die of an error", function()
    assert.equals("7\n", run(PRELUDE .. [[
      do
        local co = coroutine.create(function()
          require("lunaffi")
          error("dies")
        end)
        assert(not coroutine.resume(co))
      end
      collect()
      local ffi = require("lunaffi")
      local lib = ffi.load(CALLBACKS, { apply = { args = { "pointer", "i32" }, ret = "i32" } })
      print(lib.apply(ffi.callback(function(x) return x + 2 end, "i32", { "i32" }), 5))
    ]]))
  end)

  it("may be suspended for ever", function()
    assert.equals("3\n", run(PRELUDE .. [[
      local co = coroutine.wrap(function()
        local ffi = require("lunaffi")
        local lib = ffi.load(CALLBACKS, { apply = { args = { "pointer", "i32" }, ret = "i32" } })
        local cb = ffi.callback(function(x) return x + 2 end, "i32", { "i32" })
        coroutine.yield(lib.apply(cb, 1))
      end)
      print(co())
    ]]))
  end)

  it("may be the one in whose finalized remains C calls at exit", function()
    local content = run_with_file(PRELUDE .. [[
      coroutine.wrap(function()
        local ffi = require("lunaffi")
        local lib = ffi.load(CALLBACKS)
        assert(lib:call("stay_loaded", "bool", {}))
        lib:call("call_at_exit", "void", { "pointer", "i32", "string" },
          ffi.callback(function(x) return x end, "i32", { "i32" }), 5, PATH)
      end)()
      collect()
    ]])
    assert.equals("exit 0\n", content)
  end)
end)

describe("loading the module again", function()
  it("gives the same table", function()
    assert.equals("true\n", run([[print(require("lunaffi") == require("lunaffi"))]]))
  end)

  it("after forgetting it gives one that takes the other's objects", function()
    assert.equals("5\t42\t3\t7\t1\n", run(PRELUDE .. [[
      local one = require("lunaffi")
      package.loaded.lunaffi = nil
      local two = require("lunaffi")
      local memory = one.arena():alloc(8)
      two.write(memory, 0, "i32", 5)
      local lib = one.load(CALLBACKS, { apply = { args = { "pointer", "i32" }, ret = "i32" } })
      local cb = two.callback(function(x) return x * 2 end, "i32", { "i32" })
      local view = two.struct({ { "a", "i32" } }):new({ 7 })
      print(one.read(memory, 0, "i32"), lib.apply(cb, 21), two.load(NUMBERS):call("add", "i32", { "i32", "i32" }, 1, 2),
        one.read(view, 0, "i32"), one.cast(memory, "i32") == two.cast(memory, "i32") and 1 or 0)
    ]]))
  end)

  it("many times leaves one that works", function()
    assert.equals("42\n", run(PRELUDE .. [[
      local ffi
      for _ = 1, 200 do
        package.loaded.lunaffi = nil
        ffi = require("lunaffi")
        ffi.callback(function() end, "void", {})
      end
      collect()
      local lib = ffi.load(CALLBACKS, { apply = { args = { "pointer", "i32" }, ret = "i32" } })
      print(lib.apply(ffi.callback(function(x) return x * 2 end, "i32", { "i32" }), 21))
    ]]))
  end)
end)

describe("two states in one process", function()
  -- The interpreter's own C API makes the second state; eval(state, source) runs a chunk there and
  -- gives the string it returns.
  local SECOND = LOADED .. [[
    local C = ffi.C
    local P = "pointer"
    local function new_state()
      local state = C:call("luaL_newstate", P, {})
      if C:hasSymbol("luaL_openlibs") then
        C:call("luaL_openlibs", "void", { P }, state)
      else -- Lua 5.5
        C:call("luaL_openselectedlibs", "void", { P, "i32", "i32" }, state, -1, 0)
      end
      return state
    end
    local function eval(state, source)
      source = ("package.path, package.cpath = %q, %q\n"):format(package.path, package.cpath) .. source
      local status = C:call("luaL_loadstring", "i32", { P, "string" }, state, source)
      if status == 0 then
        if C:hasSymbol("lua_pcallk") then
          status = C:call("lua_pcallk", "i32", { P, "i32", "i32", "i32", "isize", P }, state, 0, 1, 0, 0, nil)
        else
          status = C:call("lua_pcall", "i32", { P, "i32", "i32", "i32" }, state, 0, 1, 0)
        end
      end
      local text = C:call("lua_tolstring", "string", { P, "i32", P }, state, -1, nil)
      C:call("lua_settop", "void", { P, "i32" }, state, 0)
      return status == 0 and text or "error: " .. tostring(text)
    end
    local function close(state)
      C:call("lua_close", "void", { P }, state)
    end
    local HEAD = ("local CALLBACKS, NUMBERS = %q, %q\n"):format(CALLBACKS, NUMBERS) .. [=[
      local ffi = require("lunaffi")
      local lib = ffi.load(CALLBACKS, {
        apply = { args = { "pointer", "i32" }, ret = "i32" }, keep = { args = { "pointer" } },
        call_kept = { args = { "i32" }, ret = "i32" },
      })
    ]=]
  ]]

  it("both load the module and use it", function()
    assert.equals("42\t43\t44\n", run(SECOND .. [[
      local state = new_state()
      local inside = eval(state, HEAD .. "return tostring(lib.apply(ffi.callback(function(x) return x * 2 end,"
        .. " 'i32', { 'i32' }), 21))")
      local outside = lib.apply(int_callback(function(x) return x + 1 end), 42)
      close(state)
      collect()
      print(inside, outside, lib.apply(int_callback(function(x) return x + 1 end), 43))
    ]]))
  end)

  it("errors stay in the state where they are raised", function()
    assert.equals("error: from inside\t6\n", run(SECOND .. [[
      local state = new_state()
      local inside = eval(state, HEAD .. "lib.apply(ffi.callback(function() error('from inside', 0) end,"
        .. " 'i32', { 'i32' }), 1)")
      print(inside, lib.apply(int_callback(function(x) return x + 1 end), 5))
      close(state)
    ]]))
  end)

  it("a callback of a closed state gives zero, never another function", function()
    assert.equals("7\t0\t0\n", run(SECOND .. [[
      assert(lib.stay_loaded())
      local state = new_state()
      eval(state, HEAD .. "lib.keep(ffi.callback(function(x) return x + 2 end, 'i32', { 'i32' })) return ''")
      local before = lib.call_kept(5)
      close(state)
      local after = lib.call_kept(5)
      local others = {}
      for i = 1, 1000 do
        others[i] = int_callback(function() return 99 end)
      end
      print(before, after, lib.call_kept(5))
    ]]))
  end)

  it("each may call the other's callback", function()
    assert.equals("105\n", run(SECOND .. [[
      local state = new_state()
      lib.keep(int_callback(function(x) return x + 100 end))
      print((eval(state, HEAD .. "return tostring(lib.call_kept(5))")))
      close(state)
    ]]))
  end)

  it("an error of the other's callback does not enter the wrong state", function()
    local output = run(SECOND .. [[
      local state = new_state()
      lib.keep(int_callback(function() error("of the first", 0) end))
      local ok, result = pcall(eval, state, HEAD .. "return tostring(lib.call_kept(5))")
      print(ok, result)
      pcall(close, state)
      print(lib.apply(int_callback(function(x) return x + 1 end), 5))
    ]])
    -- the first state's own call raises it, the second state's call got a zero
    assert.equals("false\tof the first\n6\n", output)
  end)

  it("have functions of their own, also where those of closed states were", function()
    assert.equals("true\n", run(SECOND .. [[
      local MANY = [=[
        local libs = {}
        for i = 1, 300 do
          libs[i] = ffi.load(NUMBERS, {
            add = { args = { "i32", "i32" }, ret = "i32" }, twice = { args = { "i32" }, ret = "i32" },
          })
        end
        for i, lib in ipairs(libs) do
          assert(lib.add(i, 1) == i + 1 and lib.twice(i) == 2 * i)
        end
        return "fine"
      ]=]
      local mine = ffi.load(NUMBERS, { add = { args = { "i32", "i32" }, ret = "i32" } })
      for i = 1, 4 do
        local states = { new_state(), new_state() }
        for _, state in ipairs(states) do
          assert(eval(state, HEAD .. MANY) == "fine")
        end
        assert(mine.add(i, 2) == i + 2)
        for _, state in ipairs(states) do
          close(state)
        end
      end
      print(mine.add(1, 2) == 3)
    ]]))
  end)

  it("may be opened and closed many times", function()
    assert.equals("5050\n", run(SECOND .. [[
      local total = 0
      for i = 1, 100 do
        local state = new_state()
        total = total + tonumber((eval(state, HEAD .. "return tostring(lib.apply(ffi.callback(function(x) return x end,"
          .. " 'i32', { 'i32' }), " .. i .. "))")))
        close(state)
      end
      print(("%d"):format(total))
    ]]))
  end)
end)

describe("A library that a finalizer opens while the state closes", function()
  it("cannot be called by the finalizers after it", function()
    local output = run(PRELUDE .. [[
      Older = finalized(function()
        local junk = {}
        for i = 1, 200 do
          junk[i] = ("x"):rep(i * 7)
        end
        print((pcall(function() return Library.add(3, 4) end)))
      end)
      local ffi = require("lunaffi")
      Newer = finalized(function()
        Library = ffi.load(NUMBERS, { add = { args = { "i32", "i32" }, ret = "i32" } })
        print(Library.add(1, 1) == 2)
      end)
    ]])
    assert.equals("true\nfalse\n", output)
  end)
end)
