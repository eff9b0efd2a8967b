-- String buffers, where LuaJIT cannot say what is right: what is checked, what lives how long, and what differs
-- from Lua to Lua. What LuaJIT does is in spec/luajit/cases/buffers.lua.

local buffer = require("lunaffi.buffer")
local ffi = require("lunaffi.luajit")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

-- The message of the error that the function raises, without its position.
local function fails(fn, ...)
  local ok, message = pcall(fn, ...)
  assert(not ok, "expected an error, and none was raised")
  return (message:gsub("^[^ ]*:%d+: ", ""))
end

-- Takes memory that was given back.
local function garbage()
  local list = {}
  for i = 1, 100 do
    list[i] = ("b"):rep(1000) .. i
  end
  return list
end

describe("pointers to a buffer's memory", function()
  it("end where the memory does", function()
    local buf = buffer.new():put("hello")
    local bytes, length = buf:ref()
    local room, size = buf:reserve(10)
    assert.equal(("o"):byte(), bytes[length - 1])
    room[size - 1] = 1
    local message = fails(function() return bytes[length] end)
    assert.equals("offset 5 + 1 bytes is out of bounds: 5 bytes are accessible", message)
    assert.truthy(fails(function() room[size] = 1 end):find("out of bounds", 1, true))
    assert.truthy(fails(function() return room[-1] end):find("out of bounds", 1, true))
  end)

  for name, change in pairs({
    ["the block grew"] = function(buf) buf:put(("x"):rep(1000)) end,
    ["the bytes were moved"] = function(buf) buf:skip(20):put(("x"):rep(20)) end,
    ["the buffer was reset"] = function(buf) buf:reset() end,
    ["the buffer was freed"] = function(buf) buf:free() end,
    ["the buffer has other bytes"] = function(buf) buf:set("other") end,
  }) do
    it("are out of date when " .. name, function()
      local buf = buffer.new():put(("a"):rep(25))
      local bytes = buf:ref()
      local room = buf:reserve(1)
      local cast = ffi.cast("char *", buf)
      assert.equal(97, bytes[0])
      change(buf)
      for _, pointer in ipairs({ bytes, room, cast }) do
        assert.equals("use after a change of the buffer", fails(function() return pointer[0] end))
        assert.equals("use after a change of the buffer", fails(function() pointer[0] = 1 end))
        assert.truthy(fails(function() ffi.string(pointer, 1) end):find("use after a change of the buffer", 1, true))
      end
    end)
  end

  it("stay valid while the bytes stay in place", function()
    local buf = buffer.new(100)
    local room = buf:reserve(10)
    ffi.copy(room, "abc")
    buf:commit(3):put("def")
    assert.equals("abcdef", ffi.string(room, 6))
    buf:skip(2)
    assert.equals("abcdef", ffi.string(room, 6))
  end)

  it("keep the memory alive", function()
    local function pointers()
      local buf = buffer.new():put(("a"):rep(1000))
      return buf:ref(), (buf:reserve(10)), ffi.cast("char *", buf)
    end
    local list = { pointers() }
    helper.collect()
    assert.equals(100, #garbage())
    assert.equals(97, list[1][999])
    assert.equals(0, list[2][0])
    assert.equals(97, list[3][0])
  end)

  it("keep alive what the bytes are borrowed from", function()
    local function pointers(source)
      local buf = buffer.new():set(source, 1000)
      local bytes, cast = buf:ref(), ffi.cast("const char *", buf)
      buf:set("other")
      return bytes, cast
    end
    local memory1, memory2 = pointers(ffi.new("char[1000]", ("a"):rep(1000)))
    helper.collect()
    assert.equals(100, #garbage())
    for _, pointer in ipairs({ memory1, memory2 }) do
      assert.equals(("a"):rep(1000), ffi.string(pointer, 1000))
    end
  end)

  it("do not write into strings", function()
    local text = "constant"
    local one, other = buffer.new():set(text), buffer.new():set(text)
    one:ref()[0] = 65
    ffi.fill(other, 1, 65)
    assert.same({ "Aonstant", "Aonstant", "constant" }, { tostring(one), tostring(other), text })
  end)
end)

describe("a buffer that borrows", function()
  it("reads no further than the memory", function()
    local memory = ffi.new("char[4]", "abcd")
    local buf = buffer.new():put("kept")
    assert.truthy(fails(function() buf:set(memory, 5) end):find("out of bounds", 1, true))
    assert.truthy(fails(function() buf:putcdata(memory, 5) end):find("out of bounds", 1, true))
    assert.truthy(fails(function() buf:set(ffi.cast("char *", 0), 1) end):find("null pointer", 1, true))
    assert.equals("kept", tostring(buf))
  end)

  it("keeps what it borrows from as long as it does", function()
    for _, change in ipairs({
      function(buf) buf:put("x") end, function(buf) buf:reset() end, function(buf) buf:free() end,
      function(buf) buf:set("other") end, function(buf) buf:reserve(1) end, function(buf) buf:encode(1) end,
    }) do
      local buf, memory = buffer.new(), ffi.new("char[4]", "abcd")
      local weak = setmetatable({ memory }, { __mode = "v" })
      buf:set(memory, 4)
      memory = nil -- luacheck: ignore
      helper.collect()
      assert.equals("abcd", tostring(buf))
      assert.is_not_nil(weak[1])
      change(buf)
      helper.collect()
      assert.is_nil(weak[1])
    end
  end)

  it("tells when the memory is gone", function()
    local arena = require("lunaffi").arena()
    local block = arena:alloc(8)
    local buf = buffer.new():set(ffi.cast("char *", block), 8)
    arena:reset()
    local function put() buf:put("x") end
    local function concat() return "x" .. buf end
    for _, use in ipairs({ tostring, buf.get, buf.decode, put, concat }) do
      assert.truthy(fails(use, buf):find("use after reset of the arena", 1, true))
    end
    assert.equals("fine", tostring(buf:set("fine")))
  end)
end)

describe("sizes", function()
  it("that cannot be had are errors, and leave the buffer as it was", function()
    local buf = buffer.new():put("kept")
    local most = 0x7fffff00
    assert.equals("out of memory", fails(buf.reserve, buf, most))
    assert.equals("kept", tostring(buf))
    assert.equals("bad argument #1 to 'reserve' (number out of range)", fails(function() buf:reserve(most + 1) end))
  end)

  it("of data do not take memory before it is there", function()
    local before = collectgarbage("count")
    local text = ("\012\255\0\0\0\001"):rep(50)
    for _ = 1, 20 do
      assert.falsy(pcall(buffer.decode, text))
    end
    helper.collect()
    assert.is_true(collectgarbage("count") - before < 20000)
  end)

  it("are told to the collector", function()
    for _ = 1, 2000 do
      buffer.new(1000000)
    end
    local status = io.open("/proc/self/status")
    if status then
      local size = tonumber(status:read("*a"):match("VmRSS:%s+(%d+)"))
      status:close()
      assert.is_true(size < 1500000, size .. " kB")
    end
  end)
end)

describe("numbers", function()
  it("are decoded as integers where they are integral, on Luas that have those", function()
    local function kind(x)
      return math.type and math.type(x) or "float"
    end
    local integer = math.type and "integer" or "float"
    for _, value in ipairs({ 0, 1, -1, 2 ^ 31, -2 ^ 53, 2 ^ 53 }) do
      local decoded = buffer.decode(buffer.encode(value))
      assert.equal(value, decoded)
      assert.equal(integer, kind(decoded))
    end
    for _, value in ipairs({ 0.5, 2 ^ 54, 1 / 0 }) do
      assert.equal("float", kind(buffer.decode(buffer.encode(value))))
    end
    assert.equal(-1 / 0, 1 / buffer.decode(buffer.encode(-1 / (1 / 0))))
  end)

  it("that no double can hold are 64-bit integers", function()
    local value = helper.i64("9007199254740993")
    local data = buffer.encode(value)
    assert.equals("\016\001\0\0\0\0\0\032\0", data)
    assert.equals("9007199254740993LL", tostring(buffer.decode(data)))
    assert.equals("18446744073709551615ULL", tostring(buffer.decode(buffer.encode(helper.u64("18446744073709551615")))))
  end)
end)

describe("a buffer", function()
  it("may change while it is written to", function()
    local buf = buffer.new()
    local object = setmetatable({}, { __tostring = function()
      buf:free()
      return "text"
    end })
    buf:put("lost", object)
    assert.equals("text", tostring(buf))
    buf:putf("%s %s", "lost", object)
    assert.equals("text", tostring(buf))
  end)

  it("adds its own bytes by a pointer", function()
    local buf = buffer.new():put("0123456789abcdef")
    for _ = 1, 4 do
      buf:putcdata(buf:ref())
    end
    assert.equals(("0123456789abcdef"):rep(16), tostring(buf))
  end)

  it("is told from other values", function()
    local put = buffer.new().put
    for _, value in ipairs({ 5, "x", {}, io.stdout, ffi.new("int"), print }) do
      local ok, message = pcall(put, value, "x")
      assert.is_false(ok)
      assert.truthy(message:find("buffer expected, got", 1, true), message)
    end
  end)

  it("passes data to another state's LuaJIT", function()
    local values = { 1, "two", { three = 3, [4] = { true, false } }, ffi.new("int64_t", 5) }
    local buf = buffer.new()
    for _, value in ipairs(values) do
      buf:encode(value)
    end
    local output, status = helper.with_tempfile(tostring(buf), function(path)
      return interpreter.shell("env -u LUA_PATH -u LUA_CPATH build/reference/luajit -e "
        .. interpreter.quote(([[
          require("ffi")
          local b = require("string.buffer").new():put(io.open(%q, "rb"):read("*a"))
          local one, two, three, five = b:decode(), b:decode(), b:decode(), b:decode()
          print(one, two, three.three, three[4][1], three[4][2], five, #b)
        ]]):format(path)))
    end)
    assert.same({ "1\ttwo\t3\ttrue\tfalse\t5LL\t0\n", 0 }, { output, status })
  end)

  for first = 1, 81, 40 do
    it(("survives hostile use, seeds %d to %d"):format(first, first + 39), function()
      local output, status =
        interpreter.run("spec/support/luajit/hostile_buffers.lua", tostring(first), tostring(first + 39))
      assert.equals("came to its end\n", output)
      assert.equals(0, status)
    end)
  end
end)

describe("string.buffer of a translated program", function()
  it("is lunaffi.buffer, whatever the Lua", function()
    local text = [[
      local buffer, ffi = require("string.buffer"), require("ffi")
      local buf = buffer.new():put("return ", 1.0, " + 1")
      print(buf, load(buf)(), #buf, buf .. "!", tostring(buf))
      print(("%s|%5s"):format(buf, buffer.new():put("x")))
      local pointer, count = buffer.new():put("abc"):ref()
      print(ffi.string(pointer, count), ffi.string(ffi.cast("const char *", buf), 6))
      print(buffer == package.loaded["lunaffi.buffer"] or require("lunaffi.buffer") == buffer)
    ]]
    local output, status = helper.with_tempfile(text, function(path)
      return interpreter.run("-l", "lunaffi.run", path)
    end)
    assert.same({
      "return 1 + 1\t2\t12\treturn 1 + 1!\treturn 1 + 1\nreturn 1 + 1|    x\nabc\treturn\ntrue\n", 0,
    }, { output, status })
  end)

  if not helper.is_luajit then
    it("is found with lunaffi.compat", function()
      local output, status = interpreter.run("-l", "lunaffi.compat", "-e",
        "print(require('string.buffer') == require('lunaffi.buffer'))")
      assert.same({ "true\n", 0 }, { output, status })
    end)
  end

  it("is written to files like a string where write is translated", function()
      local text = [[
        local b = require("string.buffer").new():put("text")
        io.write(b, 1.0, "\n") io.stdout:write(b, "\n")
      ]]
      if not math.type then
        text = text:gsub("%(b,", "(tostring(b),")
      end
      local output = helper.with_tempfile(text, function(path)
        return interpreter.run("-l", "lunaffi.run", path)
      end)
      assert.equals("text1\ntext\n", output)
    end)
end)
