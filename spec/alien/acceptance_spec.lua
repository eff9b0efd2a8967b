-- What holds for the whole of the API: no input crashes, owners keep what is theirs, and each call that
-- failed leaves the next one to work.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local support = require("spec.support.alien")

local fails, collect, is_integer = helper.fails, helper.collect, helper.is_integer
local lib, numbers, callbacks, bind = support.lib, support.numbers, support.callbacks, support.bind

-- One value of every kind that Lua and the module have.
local Pair = alien.defstruct({ { "a", "int" }, { "b", "double" } })
alien.tag("acceptance_spec")
local function values()
  return {
    "nil", true, false, 0, 1, -1, 0.5, 2 ^ 45, 2 ^ 53, 2 ^ 63, -2 ^ 63, 1e300, math.huge, -math.huge, 0 / 0,
    "", "int", "text", "a\0b", ("x"):rep(1000), {}, { 1, 2 }, { ret = "int" }, print, function() end,
    coroutine.create(function() end), io.stdout, alien.buffer(8), alien.buffer(0), alien.array("int", 2),
    Pair, Pair:new(), alien.wrap("acceptance_spec", 1), alien.load(helper.fixture("numbers")), numbers.add,
    alien.callback(function() end, "int", "int"), helper.u64("18446744073709551615"), alien.default,
    require("lunaffi").null, require("lunaffi").nullPtr, require("lunaffi").buffer(4),
  }
end

-- Light userdata with addresses that are no memory, and real addresses as numbers, are what a program
-- may crash with; they are not tried. What reads at NULL is.
local KEPT_OUT = { load = true }

describe("no value crashes", function()
  local names = {}
  for name, fn in pairs(alien) do
    if type(fn) == "function" and not KEPT_OUT[name] then
      names[#names + 1] = name
    end
  end
  table.sort(names)

  for _, name in ipairs(names) do
    it("alien." .. name, function()
      local list = values()
      list[1] = nil
      local calls = 0
      for i = 1, 41 do
        pcall(alien[name], list[i])
        for j = 1, 41, 3 do
          pcall(alien[name], list[i], list[j])
          pcall(alien[name], list[i], list[j], list[(i + j) % 41 + 1])
          calls = calls + 2
        end
      end
      assert.is_true(calls > 1000)
      -- It still works.
      numbers.add:types("int", "int", "int")
      is_integer(numbers.add(2, 3), "5")
    end)
  end

  for _, name in ipairs({ "strlen", "len", "tostring", "topointer", "tooffset", "get", "set", "realloc" }) do
    it("buf:" .. name, function()
      local list = values()
      list[1] = nil
      for i = 1, 41 do
        for j = 1, 41, 3 do
          local buf = alien.buffer(16)
          pcall(buf[name], buf, list[i], list[j])
          pcall(buf[name], buf, list[i], list[j], "int")
          pcall(buf[name], list[i], buf, list[j])
          assert.is_true(#buf >= 0)
        end
      end
    end)
  end

  for _, name in ipairs({ "int", "char", "double", "string", "pointer", "callback", "ulonglong" }) do
    it("as an element, a field and an argument of type " .. name, function()
      local list = values()
      list[1] = nil
      local array = alien.array(name, 2)
      local instance = alien.defstruct({ { "f", name } }):new()
      local void = alien.callback(function() end, "void", name)
      for i = 1, 41 do
        local value = list[i]
        local ok_array = pcall(function() array[1] = value end)
        local ok_field = pcall(function() instance.f = value end)
        local ok_call = pcall(void, value)
        assert.equals(ok_array, ok_field)
        assert.is_true(type(ok_call) == "boolean")
        pcall(function() array[value] = 1 end)
        pcall(function() return array[value] end)
        pcall(function() return instance[value] end)
      end
      assert.equals(2, #array)
    end)
  end

  it("as the types of a function", function()
    local list = values()
    list[1] = nil
    for i = 1, 41 do
      for j = 1, 41 do
        pcall(numbers.add.types, numbers.add, list[i], list[j])
        pcall(alien.callback, print, list[i], list[j])
        pcall(numbers.add.types, numbers.add, { ret = list[i], abi = list[j], list[i] })
      end
    end
    numbers.add:types("int", "int", "int")
    is_integer(numbers.add(2, 3), "5")
  end)

  it("as the result of a callback", function()
    local list = values()
    list[1] = nil
    for _, name in ipairs({ "int", "double", "string", "pointer", "callback", "ulonglong", "void" }) do
      local value
      local cb = alien.callback(function() return value end, name)
      for i = 1, 41 do
        value = list[i]
        -- Text of no NUL-terminated memory is not read: the result is what the callback gave.
        if name ~= "string" or type(value) ~= "userdata" then
          pcall(cb)
        end
      end
    end
    is_integer(alien.callback(function() return 5 end)(), "5")
  end)
end)

describe("what something points into stays alive:", function()
  it("a buffer under an array, a struct and a buffer", function()
    local array = alien.array("int", 2, alien.buffer(8))
    local pair = Pair:new(alien.buffer(16))
    local shared = alien.buffer(alien.buffer("shared"))
    collect()
    for _ = 1, 50 do
      local other = alien.buffer(16)
      alien.memset(other, 255, 16)
    end
    assert.equals(0, array[1])
    assert.equals(0, pair.b)
    assert.equals("shared", shared:tostring())
  end)

  it("an array under its buffer, a struct under its buffer", function()
    local one = alien.array("int", { 7 }).buffer
    local pair = Pair:new()
    pair.a = 9
    local two = pair()
    pair = nil -- luacheck: ignore 311
    collect()
    is_integer(one:get(1, "int"), "7")
    is_integer(two:get(1, "int"), "9")
  end)

  it("a library under its functions", function()
    local fn = alien.load("./build/c_tests/./globals.so").get_counter
    fn:types("int")
    collect()
    is_integer(fn(), "0")
  end)

  it("the function under a callback that is running", function()
    local cb
    cb = alien.callback(function(x)
      cb = nil
      collect()
      return x + 1
    end, "int", "int")
    is_integer(bind(callbacks, "apply", "int", "callback", "int")(cb, 41), "42")
  end)

  it("arguments while the call runs", function()
    local each = bind(lib, "call_two_refs", "int", "callback", "int", "double", "ref double")
    local result, sum = each(alien.callback(function()
      collect()
    end, "void", "ref int", "ref double"), 40, 1.5, 0)
    is_integer(result, "40")
    assert.equals(41.5, sum)
    local same = bind(lib, "kept_length", "size_t")
    bind(lib, "keep_text", "void", "pointer")(nil)
    is_integer(same(), "18446744073709551615")
  end)
end)

describe("foreign threads", function()
  it("do not enter Lua", function()
    local runs = 0
    local many = bind(callbacks, "call_from_threads", "int", "callback", "int", "int", "ref longlong")
    local calls, sum = many(alien.callback(function()
      runs = runs + 1
      return 1
    end, "int", "int"), 4, 50, 0)
    is_integer(calls, "200")
    is_integer(sum, "0")
    assert.equals(0, runs)
  end)
end)

describe("calls inside of calls", function()
  it("stop with an error before anything overflows", function()
    local recurse = bind(callbacks, "recurse", "int", "callback", "int")
    local cb
    cb = alien.callback(function(n) return recurse(cb, n) end, "int", "int")
    assert.is_false((pcall(recurse, cb, 100000)))
    is_integer(recurse(cb, 20), "20")
  end)
end)

describe("a failed call", function()
  it("does not keep the next one from working", function()
    local divide = bind(numbers, "divide", "char", "int", "int", "ref int", "ref int")
    for _ = 1, 50 do
      fails(function() divide(1, {}, 0, 0) end)
      fails(function() divide(1, 2, 0) end)
      fails(function() divide(1, 2, "x", 0) end)
      local ok, quotient, remainder = divide(17, 5, 0, 0)
      assert.same({ 1, 3, 2 }, { ok, quotient, remainder })
    end
  end)
end)

describe("large memory", function()
  it("is moved and compared without a loop in Lua", function()
    local size = helper.heavy(20000000)
    local one, two = alien.buffer(size), alien.buffer(size)
    alien.memset(one, 120, size)
    alien.memmove(two, one, size)
    assert.equals(one:tostring(size), two:tostring(size))
  end)
end)

describe("many objects", function()
  it("come and go", function()
    collect()
    local before = collectgarbage("count")
    for i = 1, helper.heavy(3000) do
      local buf = alien.buffer("text " .. i)
      local array = alien.array("int", { i, i + 1 })
      local pair = Pair:new()
      pair.a = array[1]
      buf:set(1, i % 100, "char")
      alien.callback(function() return i end, "int", "int")
      alien.wrap("acceptance_spec", buf, i)
    end
    collect()
    assert.is_true(collectgarbage("count") - before < 1000)
  end)
end)
