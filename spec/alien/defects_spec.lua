-- The known defects of the original, each by its number in a list of nineteen: what crashed, was silently
-- wrong or ran a shell there is right here, or an error.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")
local support = require("spec.support.alien")

local fails, collect, is_integer = helper.fails, helper.collect, helper.is_integer
local lib, numbers, callbacks, bind = support.lib, support.numbers, support.callbacks, support.bind

-- Callbacks by the hundred, which take whatever code addresses are free.
local function flood()
  local list = {}
  for i = 1, 300 do
    list[i] = alien.callback(function() return -i end, "int", "int")
  end
  return list
end

describe("1. a callback that C holds", function()
  it("answers when its object is collected", function()
    bind(callbacks, "keep", "void", "callback")(alien.callback(function(x) return x + 7 end, "int", "int"))
    collect()
    local others = flood()
    is_integer(bind(callbacks, "call_kept", "int", "int")(1), "8")
    bind(callbacks, "forget", "void")()
    assert.equals(300, #others)
  end)

  it("answers when it is stored in a buffer, an array, a struct", function()
    local slots = alien.defstruct({ { "a", "callback" }, { "b", "pointer" }, { "c", "pointer" } }):new()
    local array = alien.array("callback", 3)
    slots.a = alien.callback(function(x) return x + 1 end, "int", "int")
    array[1] = alien.callback(function(x) return x + 2 end, "int", "int")
    collect()
    local others = flood()
    local fire = bind(callbacks, "fire", "double", "pointer", "int", "double")
    assert.equals(11, fire(slots(), 10, 0))
    assert.equals(12, fire(array, 10, 0))
    assert.equals(300, #others)
  end)

  it("answers when the buffer that held it has been copied elsewhere", function()
    local copy = alien.buffer(24)
    do
      local buf = alien.buffer(24)
      buf:set(1, alien.callback(function(x) return x + 3 end, "int", "int"), "callback")
      alien.memmove(copy, buf, 24)
    end
    collect()
    local others = flood()
    assert.equals(13, bind(callbacks, "fire", "double", "pointer", "int", "double")(copy, 10, 0))
    assert.equals(300, #others)
  end)
end)

describe("2. functions without types", function()
  it("f:types() is int f(void)", function()
    numbers.version_int:types()
    is_integer(numbers.version_int(), "7")
  end)

  it("alien.callback(fn) is int f(void)", function()
    local cb = alien.callback(function() return 5 end)
    is_integer(cb(), "5")
    is_integer(bind(callbacks, "call_none", "int", "callback")(cb), "5")
  end)

  it("an untyped call is an error", function()
    local fresh = alien.load("libc.so.6").getpid
    fails(function() fresh() end, "types not set", "getpid")
  end)
end)

describe("3. a narrow result", function()
  it("leaves what is beside it alone, however often", function()
    for _, row in ipairs({ { "dirty8", "byte", "-1" }, { "dirty16", "short", "-1" }, { "dirty32", "int", "-1" } }) do
      numbers[row[1]]:types(row[2], "uint")
      for _ = 1, 100 do
        is_integer(numbers[row[1]](4294967295), row[3])
      end
    end
  end)
end)

describe("4. an error in a callback", function()
  it("does not jump over C", function()
    local compare_calls = 0
    local sort = bind(callbacks, "sort_ints", "size_t", "pointer", "size_t", "callback")
    local array = alien.array("int", { 3, 1, 2 })
    local ok, message = pcall(sort, array, 3, alien.callback(function()
      compare_calls = compare_calls + 1
      error("refused", 0)
    end, "int", "ref int", "ref int"))
    assert.is_false(ok)
    assert.equals("refused", message)
    assert.equals(1, compare_calls)
    local counted = sort(array, 3, alien.callback(function(a, b) return a - b end, "int", "ref int", "ref int"))
    assert.is_true(counted >= 2)
    assert.same({ 1, 2, 3 }, { array[1], array[2], array[3] })
  end)

  it("is raised in the coroutine that called, whoever made the callback", function()
    local cb = coroutine.wrap(function()
      return alien.callback(function() error("inside", 0) end, "int", "int")
    end)()
    collect()
    local apply = bind(callbacks, "apply", "int", "callback", "int")
    local co = coroutine.create(function() apply(cb, 1) end)
    local ok, message = coroutine.resume(co)
    assert.is_false(ok)
    assert.equals("inside", message)
    ok, message = pcall(apply, cb, 1)
    assert.is_false(ok)
    assert.equals("inside", message)
  end)
end)

describe("5. buffers and arrays", function()
  it("are not left", function()
    local buf = alien.buffer(16)
    for _, offset in ipairs({ 0, 14, 17, 1000000000, -5 }) do
      fails(function() buf:get(offset, "int") end)
      fails(function() buf:set(offset, 1, "int") end)
    end
    fails(function() alien.array("int", 5, buf) end)
    fails(function() return alien.array("int", 4, buf)[5], 1 end)
  end)
end)

describe("6. a string stored", function()
  it("in fresh memory has memory of its own", function()
    local buf = alien.buffer(16)
    buf:set(1, "stored", "string")
    assert.equals("stored", buf:get(1, "string"))
    is_integer(bind(lib, "total_of", "size_t", "pointer", "size_t")(buf, 2), "6")
  end)

  it("over a shorter one does not overflow", function()
    local array = alien.array("string", { "a", "b" })
    array[1] = ("long"):rep(10000)
    assert.equals("b", array[2])
    assert.equals(40000, #array[1])
  end)

  it("does not change what the old address points to", function()
    local buf, target = alien.buffer(8), alien.buffer("target")
    buf:set(1, target, "pointer")
    buf:set(1, "stored", "string")
    assert.equals("target", target:tostring())
    assert.equals("stored", buf:get(1, "string"))
  end)
end)

describe("7. to<type> with a large count", function()
  it("gives all of them, or raises", function()
    for _, count in ipairs({ 100, 5000, 100000 }) do
      local buf = alien.buffer(4 * count)
      buf:set(4 * count - 3, 77, "int")
      local results = helper.pack(pcall(alien.toint, buf:topointer(), count))
      assert.is_true(results[1] == false or results.n == count + 1 and results[count + 1] == 77)
    end
    fails(function() alien.toint(alien.buffer(4):topointer(), 2 ^ 31) end, "toint")
  end)
end)

describe("8. a library's name", function()
  it("is never given to a shell", function()
    local mark = os.tmpname()
    os.remove(mark)
    for _, name in ipairs({ "x; touch " .. mark .. " #", "$(touch " .. mark .. ")", "`touch " .. mark .. "`" }) do
      fails(function() alien.load(name) end)
    end
    assert.is_nil(io.open(mark))
  end)

  it("is looked up where the loader does", function()
    for _, name in ipairs({ "c", "m", "z" }) do
      assert.matches("lib" .. name .. "%.so", tostring(alien.load(name)))
    end
  end)

  it("starts no process", function()
    local program = [[
      local alien = require("lunaffi.alien")
      os.execute, io.popen = nil, nil
      alien.load("z")
      print(pcall(alien.load, "no_such_library_here"))
    ]]
    -- Without a PATH there is no program to be found. (A sanitized module needs its runtime.)
    local output = helper.with_tempfile(program, function(path)
      local command = interpreter.shell("command -v " .. interpreter.quote(interpreter.command)):match("^[^\n]+")
      return (interpreter.shell(('env -i LD_PRELOAD="$LD_PRELOAD" LUA_CPATH=%s PATH= %s %s'):format(
        interpreter.quote(package.cpath), interpreter.quote(command), path)))
    end)
    assert.matches("^false\t.*no_such_library_here", output)
  end)
end)

describe("9. arguments of a wrong kind", function()
  it("are errors, not zeros", function()
    local strlen = bind(alien.default, "strlen", "size_t", "string")
    fails(function() strlen({}) end, "bad argument #1 to 'strlen'", "string expected, got table")
    fails(function() strlen(true) end, "got boolean")
    local third = bind(lib, "third_int", "int", "int")
    for _, value in ipairs({ {}, true, "text", print }) do
      fails(function() third(value) end, "bad argument #1 to 'third_int'")
    end
  end)

  it("for a pointer are not the text of a number", function()
    local same = bind(lib, "same_address", "pointer", "pointer")
    local ok, result = pcall(same, 49)
    assert.is_true(not ok or require("lunaffi").ptr(result).addr == 49)
  end)
end)

describe("10. integers", function()
  it("have all their 64 bits", function()
    for _, digits in ipairs({ "9007199254740993", "-9223372036854775808", "9223372036854775807" }) do
      local value = helper.i64(digits)
      lib.call_longlong:types("longlong", "callback", "longlong")
      is_integer(lib.call_longlong(alien.callback(function(v) return v end, "longlong", "longlong"), value), digits)
      local buf = alien.buffer(8)
      buf:set(1, value, "longlong")
      is_integer(buf:get(1, "longlong"), digits)
    end
    lib.third_ulonglong:types("ulonglong", "ulonglong")
    is_integer(lib.third_ulonglong(helper.u64("18446744073709551615")), "6148914691236517205")
  end)

  it("are integers where Lua has them", function()
    numbers.add:types("int", "int", "int")
    local sum = numbers.add(2, 3)
    assert.equals("5", ("%s"):format(tostring(sum)))
    local array = alien.array("int", { 7 })
    assert.equals("7", tostring(array[1]))
    assert.equals("7", tostring(alien.toint(array.buffer:topointer())))
    assert.equals("7", tostring((alien.unpack("i", alien.pack("i", 7)))))
  end)

  it("do not wrap", function()
    local void = bind(lib, "void_int", "void", "int")
    fails(function() void(2 ^ 40) end, "out of range")
    fails(function() void(-2 ^ 40) end, "out of range")
    fails(function() void(0 / 0) end)
  end)
end)

describe("11. structs", function()
  local Padded = alien.defstruct({ { "id", "long" }, { "kind", "char" } })

  it("are padded at the end", function()
    is_integer(Padded.size, "16")
    assert.equals(16, #Padded:new()())
  end)

  it("may lie over a buffer", function()
    local buf = alien.buffer(16)
    local item = Padded:new(buf)
    item.kind = 5
    is_integer(buf[9], "5")
  end)

  it("nest, hold arrays and go by value", function()
    local Pair = alien.defstruct({ { "items", Padded, 2 }, { "last", Padded } })
    is_integer(Pair.size, "48")
    local pair = Pair:new()
    pair.last.id = 41
    is_integer(bind(lib, "next_padded", Padded, Padded)(pair.last).id, "42")
  end)
end)

describe("12. tags", function()
  it("share nothing with Lua's registry", function()
    assert.is_nil(rawget(alien.tag("_LOADED"), "string"))
    assert.is_not_nil(package.loaded.string)
    assert.is_nil(rawget(alien.tag("FILE*"), "__index"))
  end)

  it("keep what they wrap, and all of its bits", function()
    alien.tag("defects_spec")
    local object = alien.wrap("defects_spec", alien.buffer("kept"), 4294967296 + 7, 0.5)
    collect()
    local pointer, large, half = alien.unwrap("defects_spec", object)
    assert.equals("kept", alien.tostring(pointer))
    assert.equals(4294967303, large)
    assert.equals(0.5, half)
  end)
end)

describe("13. offset and pack", function()
  it("know the padding of the item itself", function()
    is_integer(alien.offset("!bd", 2), "9")
  end)

  it("keep 64 bits", function()
    is_integer((alien.unpack("<l", alien.pack("<l", helper.i64("9007199254740993")))), "9007199254740993")
  end)
end)

describe("14. errno", function()
  it("is that of the call, though Lua has done much since", function()
    bind(numbers, "set_errno", "int", "int")(99)
    for _ = 1, 20 do
      io.open("/no/such/file")
      collectgarbage()
    end
    is_integer(alien.errno(), "99")
  end)

  it("can be set", function()
    alien.errno(31)
    is_integer(bind(numbers, "get_errno", "int")(), "31")
  end)
end)

describe("15. newer systems", function()
  it("this Lua is one of those it runs on", function()
    assert.matches("^alien library for " .. _VERSION .. " / ", alien.version)
  end)

  it("all abis are there", function()
    for _, abi in ipairs({ "default", "cdecl", "stdcall" }) do
      numbers.add:types({ ret = "int", abi = abi, "int", "int" })
      is_integer(numbers.add(20, 22), "42")
    end
  end)

  it("structs go by value on every Lua", function()
    local Point = alien.defstruct({ { "x", "double" }, { "y", "double" } })
    assert.equals(2.5, bind(support.structs, "make_point", Point, "double", "double")(1.5, 2.5).y)
  end)
end)

describe("16. variadic functions", function()
  it("are called as such", function()
    local buf = alien.buffer(128)
    local format = bind(support.variadics, "format", "int", "pointer", "size_t", "string", "...")
    format(buf, #buf, "%s %d %.3f %c", "text", 7, 0.125, 65)
    assert.equals("text 7 0.125 A", buf:tostring())
  end)

  it("take small floats before the dots", function()
    local scaled = bind(support.variadics, "scaled_sum", "double", "double", "float", "byte", "int", "...")
    assert.equals(2 * (0.5 - 1 + 1.5 + 2.5), scaled(2, 0.5, -1, 2, 1.5, 2.5))
  end)
end)

describe("17. unknown keys of a buffer", function()
  it("do not lead to the table package", function()
    local buf = alien.buffer(1)
    for _, key in ipairs({ "loadlib", "path", "cpath", "loaded", "preload", "seeall", "loaders", "searchers" }) do
      fails(function() return buf[key], 1 end, key)
    end
  end)
end)

describe("18. what fails", function()
  it("leaves nothing behind", function()
    local function fail()
      pcall(alien.load, "no_such_library_at_all")
      pcall(alien.defstruct, { { "a", "int" }, { "b", "nonsense" } })
      pcall(alien.callback, print, "int", "nonsense")
      pcall(alien.array, "int", { 1, 2, "x" })
      pcall(alien.buffer, 2 ^ 62)
      pcall(alien.wrap, "no_such_tag", 5)
      pcall(alien.pack, "ii", 1, {})
      pcall(numbers.add.types, numbers.add, "int", "nonsense")
    end
    for _ = 1, 50 do
      fail()
    end
    collect()
    local before = collectgarbage("count")
    for _ = 1, helper.heavy(2000) do
      fail()
    end
    collect()
    assert.is_true(collectgarbage("count") - before < 200)
  end)
end)

describe("19. memory", function()
  it("of a buffer is zeroed", function()
    for _ = 1, 20 do
      local buf = alien.buffer(256)
      assert.equals(("\0"):rep(256), buf:tostring(256))
      alien.memset(buf, 255, 256)
    end
  end)

  it("of a callback's string result stays while C needs it", function()
    local length = bind(callbacks, "string_length_of", "size_t", "callback")
    for i = 1, 50 do
      is_integer(length(alien.callback(function()
        local text = ("x"):rep(1000 + i)
        collectgarbage()
        return text
      end, "string")), tostring(1000 + i))
    end
  end)
end)
