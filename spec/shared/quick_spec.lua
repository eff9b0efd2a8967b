-- Elements, members and new structs have a short way, which remembers names and definitions: what it remembers is
-- right, whatever else has the same name, and what it leaves to the long way comes out the same.

local ffi = require("lunaffi")
local helper = require("spec.helper")

describe("Members of the same name", function()
  it("of many definitions are each their own", function()
    local definitions = {}
    for i = 1, 300 do
      definitions[i] = ffi.struct({ { "pad", "u8", i }, { "value", i % 2 == 0 and "i32" or "f64" }, { "x", "u8" } })
    end
    for round = 1, 2 do
      for i, definition in ipairs(definitions) do
        local view = definition()
        view.value, view.x = i + round, i % 256
        assert.equals(i + round, view.value)
        assert.equals(i % 256, view.x)
        assert.equals(i + round, ffi.read(view:fieldPtr("value"), 0, i % 2 == 0 and "i32" or "f64"))
      end
    end
  end)

  it("are found by any string that spells them, and by nothing else", function()
    local long = ("long"):rep(20)
    local definition = ffi.struct({ { "a", "i32" }, { long, "i32" }, { "1", "i32" }, { "fieldPtr", "i32" } })
    local view = definition({ a = 1, [long] = 2, ["1"] = 3 })
    for _ = 1, 3 do
      assert.equals(1, view["a"])
      assert.equals(2, view[("long"):rep(20)])
      assert.equals(2, view[long .. ""])
      assert.equals(3, view["1"])
      assert.equals("function", type(view.fieldPtr))
      for _, key in ipairs({ 1, true, {}, "b", "A", long .. "x" }) do
        helper.fails(function()
          local _ = view[key]
        end)
        helper.fails(function()
          view[key] = 1
        end)
      end
    end
  end)

  it("stay what they are when strings come and go", function()
    local definition = ffi.struct({ { "first", "i32" }, { "second", "i32" } })
    local view = definition({ first = 1, second = 2 })
    for i = 1, helper.heavy(200) do
      local junk = {} -- luacheck: ignore 241
      for j = 1, 50 do
        junk[j] = ("name%d_%d"):format(i, j)
      end
      helper.collect()
      assert.equals(1, view["fi" .. "rst"])
      assert.equals(2, view["sec" .. "ond"])
    end
  end)
end)

describe("Members and elements", function()
  it("take what needs a closer look, and refuse the rest without a trace", function()
    local view = ffi.struct({ { "i", "i32" }, { "b", "bool" }, { "f", "f32" }, { "d", "f64" } })()
    local array = ffi.cast(ffi.buffer(8), "i32")
    for _ = 1, 2 do
      view.i, view.b, view.f, view.d = "12", 1, "0.5", 3
      assert.same({ 12, true, 0.5, 3 }, { view.i, view.b, view.f, view.d })
      array[0], array[1.0] = 3.9, 4294967295
      assert.same({ 3, -1 }, { array[0], array[1] })
      for _, bad in ipairs({ 4294967296, -2147483649, "x", {} }) do
        helper.fails(function()
          view.i = bad
        end, "'i'")
        helper.fails(function()
          array[0] = bad
        end)
      end
      for _, index in ipairs({ -1, 2, 0.5, "0", 9007199254740992 }) do
        helper.fails(function()
          array[index] = 1
        end)
        assert.is_false((pcall(function()
          return array[index] + 1
        end)))
      end
      assert.equals(12, view.i)
      assert.equals(3, array[0])
    end
  end)

  it("are gone with their memory, also when they were just used", function()
    local definition = ffi.struct({ { "x", "i32" } })
    local arena = ffi.arena()
    local view = ffi.view(arena:alloc(4), definition)
    local array = ffi.cast(arena:alloc(16), "i32")
    view.x, array[3] = 5, 6
    assert.equals(11, view.x + array[3])
    arena:reset()
    for _, use in ipairs({
      function() return view.x end, function() view.x = 1 end,
      function() return array[3] end, function() array[3] = 1 end,
    }) do
      local fine, message = pcall(use)
      assert.is_false(fine)
      assert.matches("use after reset of the arena", message, 1, true)
    end
  end)

  it("are the same in a coroutine", function()
    local definition = ffi.struct({ { "x", "i32" } })
    coroutine.wrap(function()
      local view, array = definition(), ffi.cast(ffi.buffer(8), "i32")
      view.x, array[1] = 7, 8
      assert.equals(15, view.x + array[1])
    end)()
  end)
end)

describe("A view that owns its memory", function()
  it("keeps alive what it is aimed at, and lets go of it when it is aimed elsewhere", function()
    local definition = ffi.struct({ { "x", "i32" } })
    local view, gone = definition({ x = 1 }), 0
    do
      local other = ffi.gc(definition({ x = 2 }), function()
        gone = gone + 1
      end)
      view:pointTo(other)
    end
    helper.collect()
    assert.equals(0, gone)
    assert.equals(2, view.x)
    local derived = ffi.cast(view, "i32")
    view:pointTo(definition({ x = 3 }))
    helper.collect()
    assert.equals(3, view.x)
    assert.equals(2, derived[0])
    assert.equals(0, gone)
    derived = nil -- luacheck: ignore 311
    helper.collect()
    helper.collect()
    assert.equals(1, gone)
    assert.equals(3, view.x)
  end)

  it("has a userdata of the documented size", function()
    if helper.version ~= "lua5.4" then
      return
    end
    local definition = ffi.struct({ { "x", "f64" }, { "y", "f64" } })
    definition()
    local views = {} -- luacheck: ignore 241
    for i = 1, 1000 do
      views[i] = false
    end
    collectgarbage()
    collectgarbage("stop")
    local before = collectgarbage("count")
    for i = 1, 1000 do
      views[i] = definition()
    end
    local bytes = (collectgarbage("count") - before) * 1024 / 1000
    collectgarbage("restart")
    assert.is_true(bytes <= 96, tostring(bytes))
  end)
end)
