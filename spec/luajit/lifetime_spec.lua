-- What keeps what alive: references, pointers by cast, arithmetic and decay keep the object that owns
-- the memory; what was stored in memory as an address keeps nothing.

local ffi = require("lunaffi.luajit")
local helper = require("spec.helper")

local collect = helper.collect

ffi.cdef([[
struct lt_point { int x, y; };
struct lt_box { int id; struct lt_point corner[2]; char name[16]; };
]])

-- Memory that was given up is most likely reused by these.
local function churn()
  local keep = {}
  for i = 1, 200 do
    keep[i] = ffi.new("struct lt_box", { id = -i })
  end
  collect()
  return #keep
end

-- Makes an object, derives something from it, and forgets the object.
local function derived(from)
  local box = ffi.new("struct lt_box", { id = 5, corner = { { 1, 2 }, { 3, 4 } }, name = "kept" })
  return from(box)
end

describe("what is derived from an object keeps it alive", function()
  it("a reference to a member", function()
    local corner = derived(function(box)
      return box.corner
    end)
    churn()
    assert.equals(4, corner[1].y)
  end)

  it("a reference into a reference, and what that was cast to", function()
    local second = derived(function(box)
      return box.corner[1]
    end)
    local pointer = ffi.cast("int *", second)
    second = nil -- luacheck: ignore 311
    churn()
    assert.equals(3, pointer[0])
    assert.equals(4, pointer[1])
  end)

  it("a cast to a pointer, and pointers to other types by way of void *", function()
    local name = derived(function(box)
      return ffi.cast("char *", ffi.cast("void *", box.name))
    end)
    churn()
    assert.equals("kept", ffi.string(name))
  end)

  it("pointer arithmetic", function()
    local pointer = derived(function(box)
      return ffi.cast("char *", box) + ffi.offsetof("struct lt_box", "name")
    end)
    for _ = 1, 3 do
      pointer = pointer + 1
    end
    churn()
    assert.equals("t", ffi.string(pointer))
  end)

  it("an array that decayed by arithmetic", function()
    local pointer = (function()
      local array = ffi.new("int[?]", 100, 42)
      return array + 99
    end)()
    churn()
    assert.equals(42, pointer[0])
  end)

  it("a pointer made by ffi.new and by a constructor", function()
    local made = derived(function(box)
      return ffi.new("struct lt_box *", box)
    end)
    local constructed = derived(function(box)
      return ffi.typeof("const struct lt_box *")(box)
    end)
    churn()
    assert.equals(5, made.id)
    assert.equals("kept", ffi.string(constructed.name))
  end)

  it("a reference by cast", function()
    local reference = derived(function(box)
      return ffi.cast("struct lt_box &", box)
    end)
    churn()
    assert.equals(5, reference.id)
  end)

  it("a pointer to a Lua string's bytes", function()
    local pointer = ffi.cast("const char *", ("made at run time "):rep(3))
    churn()
    assert.equals(("made at run time "):rep(3), ffi.string(pointer))
    local moved = ffi.new("const char *", ("another "):rep(8)) + 8
    churn()
    assert.equals(("another "):rep(7), ffi.string(moved))
  end)

  it("ffi.addressof", function()
    local number = ffi.addressof(ffi.new("double", 2.5))
    local pointer = ffi.addressof(ffi.new("int *", ffi.new("int[1]", 9)))
    churn()
    assert.equals(2.5, number[0])
    assert.equals(9, pointer[0][0])
    local other = ffi.new("int[2]", { 10, 11 })
    pointer[0] = other + 1
    assert.equals(11, pointer[0][0])
  end)

  it("a number that is read is a copy", function()
    local array = ffi.new("int64_t[2]", { 1, 2 })
    local one = array[0]
    array[0] = 5
    assert.equals("1LL", tostring(one))
    assert.equals("5LL", tostring(array[0]))
  end)
end)

describe("an object goes when nothing is derived from it any more", function()
  it("however long the chain was", function()
    local ended = 0
    do
      local box = ffi.gc(ffi.new("struct lt_box"), function()
        ended = ended + 1
      end)
      local link = ffi.cast("char *", box)
      box = nil -- luacheck: ignore 311
      for _ = 1, 10 do
        link = link + 1
        collect()
      end
      assert.equals(0, ended)
      link = nil -- luacheck: ignore 311
    end
    collect()
    assert.equals(1, ended)
  end)

  it("and an address in memory does not keep it", function()
    local ended = 0
    local cell = ffi.new("struct lt_box *[1]")
    do
      local box = ffi.gc(ffi.new("struct lt_box"), function()
        ended = ended + 1
      end)
      cell[0] = box
      box = nil -- luacheck: ignore 311
    end
    collect()
    assert.equals(1, ended)
    assert.is_false(ffi.isnull(cell[0]))
  end)
end)

describe("memory", function()
  local function bytes_of(count, make)
    local kept = {}
    for i = 1, count do
      kept[i] = false
    end
    collect()
    local before = collectgarbage("count")
    for i = 1, count do
      kept[i] = make(i)
    end
    collect()
    local used = collectgarbage("count") - before
    assert.equals(count, #kept)
    return used * 1024 / count
  end

  it("of a struct of 16 bytes is at most 96 bytes of Lua's heap on Lua 5.4", function()
    ffi.cdef("struct lt_pair { double a, b; };")
    local ct = ffi.typeof("struct lt_pair")
    local each = bytes_of(2000, function()
      return ct()
    end)
    if helper.version == "lua5.4" and not os.getenv("LUNAFFI_GC_STRESS") then
      assert.is_true(each <= 96.5, "each takes " .. each)
    else
      assert.is_true(each <= 160, "each takes " .. each)
    end
  end)

  it("of a million fields that were read is given back", function()
    local box = ffi.new("struct lt_box")
    local array = ffi.new("int64_t[4]")
    local sum = 0
    collect()
    local before = collectgarbage("count")
    for i = 1, helper.heavy(100000) do
      sum = sum + box.corner[i % 2].x + ffi.tonumber(array[i % 4])
    end
    collect()
    assert.is_true(collectgarbage("count") - before < 200)
    assert.equals(0, sum)
  end)
end)
