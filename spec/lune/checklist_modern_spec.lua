-- The examples of the modern manual, M1 to M17 and those around them, as programs that run: each
-- row does what its example does and checks what the example promises.

local ffi = require("lunaffi")
local helper = require("spec.helper")

local fails = helper.fails
local LIBC = "libc.so.6"
local LIBM = "libm.so.6"

-- The process id as the system tells it, without the module.
local function process_id()
  local file = assert(io.open("/proc/self/stat"))
  local id = file:read("*n")
  file:close()
  return id
end

local function weak(...)
  return setmetatable({ ... }, { __mode = "v" })
end

describe("M1: an arena, a block, typed access", function()
  it("stores floats at 0 and 1 and prints them", function()
    local arena = ffi.arena()
    local pointer = arena:alloc(1024)
    local floats = ffi.cast(pointer, "f32")
    floats[0] = 10.5
    floats[1] = 20.25
    assert.equals(10.5, floats[0])
    assert.equals(20.25, floats[1])
    assert.equals("10.5", tostring(floats[0]))
  end)
end)

describe("M2: a library with an interface", function()
  it("asks for the process id and sleeps", function()
    local libc = ffi.load(LIBC, {
      getpid = { args = {}, ret = "u32" },
      usleep = { args = { "u32" }, ret = "void" },
      clock_gettime = { args = { "i32", "pointer" }, ret = "i32" },
    })
    assert.equals(process_id(), libc.getpid())

    local Time = ffi.struct({ { "seconds", "clong" }, { "nanoseconds", "clong" } })
    local before, after = Time:new(), Time:new()
    local MONOTONIC = 1
    assert.equals(0, libc.clock_gettime(MONOTONIC, before))
    assert.is_nil((libc.usleep(20000)))
    assert.equals(0, libc.clock_gettime(MONOTONIC, after))
    local slept = (after.seconds - before.seconds) * 1e9 + after.nanoseconds - before.nanoseconds
    assert.is_true(slept >= 20e6)
  end)
end)

describe("M3: memory goes with its arena", function()
  it("counts 464 bytes in two blocks, and nothing stays after all are dropped", function()
    local arena = ffi.arena()
    local block = arena:alloc(64)
    local array = arena:allocArray("i32", 100)
    assert.equals(464, arena.totalAllocated)
    assert.equals(2, arena.allocationCount)
    local seen = weak(arena, block, array)
    arena, block, array = nil, nil, nil -- luacheck: ignore 311
    helper.collect()
    assert.is_nil(next(seen))
  end)

  it("stays while one pointer is left", function()
    local arena = ffi.arena()
    local block = arena:alloc(64)
    block:write(60, "i32", 42)
    local seen = weak(arena)
    arena = nil -- luacheck: ignore 311
    helper.collect()
    assert.is_not_nil(seen[1])
    assert.equals(42, block:read(60, "i32"))
    block = nil -- luacheck: ignore 311
    helper.collect()
    assert.is_nil(seen[1])
  end)
end)

describe("M4: RawPointer arithmetic", function()
  it("moves by bytes and refuses indexing", function()
    local arena = ffi.arena()
    local pointer = arena:alloc(100)
    local moved = pointer + 1
    assert.equals(pointer.addr + 1, moved.addr)
    fails(function()
      local _ = pointer[0]
    end, "cast")
    fails(function() pointer[0] = 1 end, "cast")
    pointer:write(1, "u8", 7)
    assert.equals(7, moved:read(0, "u8"))
    assert.equals(pointer.addr + 10, pointer:offset(10).addr)
    assert.equals(7, pointer:offset(1):read(0, "u8"))
  end)
end)

describe("M5: TypedPointer arithmetic", function()
  it("moves by elements", function()
    local arena = ffi.arena()
    local pointer = arena:alloc(100)
    local ints = ffi.cast(pointer, "i32")
    ints[0] = 123
    ints[1] = 456
    assert.equals(4, (ints + 1).addr - ints.addr)
    assert.equals(123, pointer:read(0, "i32"))
    assert.equals(456, pointer:read(4, "i32"))
    assert.equals(456, (ints + 1)[0])
  end)
end)

describe("M6: a struct and its view", function()
  it("reads and writes fields where C has them", function()
    local Player = ffi.struct({
      { "x", "f32" }, { "y", "f32" }, { "health", "i32" }, { "name", "u8", 32 },
    })
    assert.equals(44, Player.size)
    local arena = ffi.arena()
    local pointer = arena:alloc(Player.size)
    local player = ffi.view(pointer, Player)
    player.x = 100.5
    player.health = 50
    assert.equals("100.5", tostring(player.x))
    assert.equals("50", tostring(player.health))
    assert.equals(100.5, pointer:read(0, "f32"))
    assert.equals(50, pointer:read(8, "i32"))
  end)
end)

describe("M7: one view over many elements", function()
  it("is aimed at each of 1000 in turn", function()
    local Particle = ffi.struct({ { "x", "f32" }, { "y", "f32" } })
    local arena = ffi.arena()
    local memory = arena:allocArray("u8", 1000 * Particle.size)
    local view = ffi.view(memory, Particle)
    local same = view
    for k = 0, 999 do
      assert.equals(0, select("#", view:pointTo(memory + k * Particle.size)))
      view.x = k * 0.5
      view.y = k * 1.5
    end
    assert.equals(same, view)
    for k = 0, 999 do
      view:pointTo(memory + k * Particle.size)
      assert(view.x == k * 0.5 and view.y == k * 1.5)
    end
    for _, k in ipairs({ 0, 1, 999 }) do
      assert.equals(k * 0.5, memory:read(k * 8, "f32"))
      assert.equals(k * 1.5, memory:read(k * 8 + 4, "f32"))
    end
  end)
end)

describe("M8: an interface with functions and a constant", function()
  it("calls them directly and prints the constant", function()
    local libc = ffi.load(LIBC, {
      getpid = { ret = "u32" },
      getppid = { ret = "u32" },
      usleep = { args = { "u32" } },
      INVALID = 0xFFFFFFFF,
    })
    assert.equals(process_id(), libc.getpid())
    assert.is_true(libc.getppid() > 0)
    libc.usleep(1)
    assert.equals(4294967295, libc.INVALID)
    assert.equals("4294967295", tostring(libc.INVALID))
  end)

  it("raises for a symbol that is not there, and names it", function()
    fails(function()
      ffi.load(LIBC, { getpid = { ret = "u32" }, getNoSuchThing = { ret = "u32" } })
    end, "symbol 'getNoSuchThing' not found in 'libc.so.6'")
  end)
end)

describe("M9: ctypes", function()
  it("prints u32, f64 and string", function()
    assert.equals("u32 f64 string", ffi.ctypes.u32 .. " " .. ffi.ctypes.f64 .. " " .. ffi.ctypes.string)
  end)
end)

describe("M10: a library without an interface", function()
  it("calls by name", function()
    local libc = ffi.load(LIBC)
    assert.equals(process_id(), libc:call("getpid", "u32", {}))
  end)
end)

describe("M11: the short calls", function()
  it("give an int, a double, a text and nothing", function()
    local lib = ffi.load(helper.fixture("numbers"))
    assert.equals(7, lib:callInt("version_int"))
    assert.equals(3.141592653589793, lib:callDouble("pi"))
    assert.equals("fixtures 1.0", lib:callString("version_string"))
    lib:callVoid("noop_reset")
    assert.is_nil((lib:callVoid("noop")))
    assert.equals(1, lib:callInt("noop_calls"))
  end)
end)

describe("M12: a callback for qsort", function()
  local libc = ffi.load(LIBC, {
    qsort = { args = { "pointer", "usize", "usize", "pointer" } },
  })
  local VALUES = { 42, 7, -3, 19, 7, 0, 100, -55 }

  -- kind -> the array as that kind of pointer, and a function that reads element i
  local function arrays()
    local arena = ffi.arena()
    local raw = arena:allocArray("i32", #VALUES)
    local typed = ffi.cast(arena:allocArray("i32", #VALUES), "i32")
    local buffer = ffi.buffer(4 * #VALUES)
    local light = arena:allocArray("i32", #VALUES)
    local list = {
      RawPointer = { raw, raw }, TypedPointer = { typed, typed }, Buffer = { buffer, buffer },
      lightuserdata = { light:toLightUserData(), light },
    }
    for _, pair in pairs(list) do
      local ints = ffi.cast(pair[2], "i32")
      for i, value in ipairs(VALUES) do
        ints[i - 1] = value
      end
      pair.ints = ints
    end
    return list
  end

  local function contents(ints)
    local values = {}
    for i = 1, #VALUES do
      values[i] = ints[i - 1]
    end
    return values
  end

  local ascending = { helper.unpack(VALUES) }
  table.sort(ascending)

  for _, kind in ipairs({ "RawPointer", "TypedPointer", "Buffer", "lightuserdata" }) do
    it("with value parameters loses no element of a " .. kind, function()
      local compare = ffi.callback(function(a, b) return a - b end, "i32", { "i32", "i32" })
      local array = arrays()[kind]
      -- The addresses arrive cut to 32 bits: some order, and it must not raise for any difference.
      local ok, message = pcall(libc.qsort, array[1], #VALUES, 4, compare.ptr)
      assert.is_true(ok or tostring(message):find("out of range", 1, true) ~= nil)
      local values = contents(array.ints)
      table.sort(values)
      assert.same(ascending, values)
    end)

    local compares = {
      ["i32*"] = function(a, b) return a[0] - b[0] end,
      ["ref i32"] = function(a, b) return a - b end,
      ["pointer"] = function(a, b) return a:read(0, "i32") - b:read(0, "i32") end,
    }
    for parameter, fn in pairs(compares) do
      it(("with '%s' parameters sorts a %s"):format(parameter, kind), function()
        local compare = ffi.callback(fn, "i32", { parameter, parameter })
        local array = arrays()[kind]
        libc.qsort(array[1], #VALUES, 4, compare.ptr)
        assert.same(ascending, contents(array.ints))
        local again = arrays()[kind]
        libc.qsort(again[1], #VALUES, 4, compare)
        assert.same(ascending, contents(again.ints))
      end)
    end
  end

  it("subtracts when it is called with numbers", function()
    local subtract = ffi.callback(function(a, b) return a - b end, "i32", { "i32", "i32" })
    local lib = ffi.load(helper.fixture("callbacks"), {
      apply2 = { args = { "pointer", "i32", "i32" }, ret = "i32" },
    })
    assert.equals(-7, lib.apply2(subtract.ptr, 3, 10))
    assert.equals(7, lib.apply2(subtract, 10, 3))
  end)
end)

describe("M13: unsafe access by address", function()
  it("writes, reads, fills, zeroes and copies", function()
    local arena = ffi.arena()
    local src, dst = arena:alloc(1024), arena:alloc(1024)
    ffi.unsafe.write(src.addr, "i32", 12345)
    assert.equals(12345, ffi.unsafe.read(src.addr, "i32"))
    ffi.unsafe.fill(src.addr, 1024, 0xFF)
    assert.equals(4294967295, ffi.unsafe.read(src.addr, "u32"))
    assert.equals(("\255"):rep(1024), ffi.string(src, 1024))
    ffi.unsafe.copy(dst.addr, src.addr, 1024)
    assert.equals(ffi.string(src, 1024), ffi.string(dst, 1024))
    ffi.unsafe.zero(src.addr, 1024)
    assert.equals(0, ffi.unsafe.read(src.addr, "u32"))
    assert.equals(("\0"):rep(1024), ffi.string(src, 1024))
    assert.equals(("\255"):rep(1024), ffi.string(dst, 1024))
  end)
end)

describe("M14: the type table", function()
  local rows = {
    { 1, "bool", "i8", "u8", "char", "byte", "int8", "uint8" },
    { 2, "i16", "u16", "short", "ushort" },
    { 4, "i32", "u32", "int", "uint", "f32", "float" },
    { 8, "i64", "u64", "long", "ulong", "f64", "double" },
    { ffi.sizeof("usize"), "pointer", "string", "void*", "char*", "isize", "usize" },
  }
  for _, row in ipairs(rows) do
    for i = 2, #row do
      it(("%s takes %d bytes"):format(row[i], row[1]), function()
        assert.equals(row[1], ffi.sizeof(row[i]))
      end)
    end
  end
end)

describe("M15: sizeof and alignof", function()
  it("are 4 for i32 and 8 for f64", function()
    assert.equals(4, ffi.sizeof("i32"))
    assert.equals(8, ffi.alignof("f64"))
  end)
end)

describe("M16: bulk memory", function()
  it("fills, copies and zeroes", function()
    local arena = ffi.arena()
    local pointer, dst, src = arena:alloc(1024), arena:alloc(512), arena:alloc(512)
    ffi.fill(pointer, 1024, 0xCC)
    ffi.fill(pointer, 1024, 0)
    assert.equals(("\0"):rep(1024), ffi.string(pointer, 1024))
    ffi.fill(src, 512, 0x5A)
    ffi.copy(dst, src, 512)
    assert.equals(("Z"):rep(512), ffi.string(dst, 512))
    ffi.unsafe.zero(dst.addr, 512)
    assert.equals(("\0"):rep(512), ffi.string(dst, 512))
  end)

  it("raises past the end and changes nothing", function()
    local arena = ffi.arena()
    local dst, src = arena:alloc(512), arena:alloc(512)
    ffi.fill(dst, 512, 1)
    ffi.fill(src, 512, 2)
    fails(function() ffi.fill(dst, 513, 0) end, "'fill'", "out of bounds")
    fails(function() ffi.copy(dst, src, 513) end, "'copy'", "out of bounds")
    fails(function() ffi.copy(dst + 1, src, 512) end, "'copy'", "out of bounds")
    fails(function() ffi.copy(dst, src + 1, 512) end, "'copy'", "out of bounds")
    assert.equals(("\1"):rep(512), ffi.string(dst, 512))
    assert.equals(("\2"):rep(512), ffi.string(src, 512))
  end)
end)

describe("M17: old and new spellings side by side", function()
  it("buffer and arena hold the same bytes", function()
    local buffer = ffi.buffer(64)
    local pointer = ffi.arena():alloc(64)
    buffer:write(0, "i32", 42)
    pointer:write(0, "i32", 42)
    buffer:write(4, "f64", 3.14)
    pointer:write(4, "f64", 3.14)
    buffer:writeString(12, "text")
    ffi.copy(pointer + 12, "text\0", 5)
    assert.equals(buffer:readBytes(0, 64), ffi.string(pointer, 64))
    assert.equals(buffer:read(4, "f64"), pointer:read(4, "f64"))
    assert.equals(buffer:readString(12), ffi.string(pointer + 12))
    buffer:zero()
    ffi.fill(pointer, 64, 0)
    assert.equals(buffer:readBytes(0, 64), ffi.string(pointer, 64))
  end)

  it("open with call, load with call and load with an interface give the same results", function()
    local path = helper.fixture("numbers")
    local old, new = ffi.open(path), ffi.load(path)
    local bound = ffi.load(path, {
      add = { args = { "i32", "i32" }, ret = "i32" },
      calculate = { args = { "i32", "f64", "f64" }, ret = "f64" },
      version_string = { ret = "string" },
      noop = {},
    })
    assert.equals(30, old:call("add", "int", { "int", "int" }, 10, 20))
    assert.equals(30, new:call("add", "i32", { "i32", "i32" }, 10, 20))
    assert.equals(30, bound.add(10, 20))
    assert.equals(26.25, old:call("calculate", "double", { "int", "double", "double" }, 2, 10.5, 2.5))
    assert.equals(26.25, bound.calculate(2, 10.5, 2.5))
    assert.equals(old:callString("version_string"), bound.version_string())
    assert.is_nil((old:callVoid("noop")))
    assert.is_nil((bound.noop()))
  end)

  it("a pointer of the old kind and one of the new kind reach the same memory", function()
    local buffer = ffi.buffer(16)
    buffer:write(0, "i32", 99)
    assert.equals(99, ffi.cast(buffer.ptr, "i32"))
    assert.equals(99, ffi.cast(ffi.ptr(buffer.ptr), "i32")[0])
    assert.equals(99, ffi.cast(buffer, "i32")[0])
    assert.equals(99, ffi.read(buffer.ptr, 0, "i32"))
    assert.equals(99, buffer:as_ptr():read(0, "i32"))
  end)

  it("isNull knows the old null and the new one", function()
    assert.is_true(ffi.isNull(ffi.null))
    assert.is_true(ffi.isNull(ffi.nullPtr))
    assert.is_true(ffi.isNull(nil))
  end)
end)

describe("beside the manual's table", function()
  it("an arena counts and reset brings the counters to zero", function()
    local arena = ffi.arena()
    assert.is_true(arena.id >= 1)
    assert.is_true(ffi.arena().id > arena.id)
    arena:alloc(100)
    arena:alloc(200)
    assert.equals(300, arena.totalAllocated)
    assert.equals(2, arena.allocationCount)
    arena:reset()
    assert.equals(0, arena.totalAllocated)
    assert.equals(0, arena.allocationCount)
    arena:alloc(8):write(0, "i64", 1)
    assert.equals(8, arena.totalAllocated)
  end)

  it("raw + 10 and raw + 20 are 10 and 20 bytes away", function()
    local pointer = ffi.arena():alloc(100)
    assert.equals(10, (pointer + 10).addr - pointer.addr)
    assert.equals(20, (pointer + 20).addr - pointer.addr)
    assert.equals(10, (pointer + 20).addr - (pointer + 10).addr)
    assert.is_true((pointer + 20) - 20 == pointer)
  end)

  it("ffi.read and ffi.write reach offsets 0, 4 and 8", function()
    local pointer = ffi.arena():alloc(16)
    ffi.write(pointer, 0, "i32", 111)
    ffi.write(pointer, 4, "f32", 2.5)
    ffi.write(pointer, 8, "f64", -3.25)
    assert.equals(111, ffi.read(pointer, 0, "i32"))
    assert.equals(2.5, ffi.read(pointer, 4, "f32"))
    assert.equals(-3.25, ffi.read(pointer, 8, "f64"))
  end)

  it("a typed pointer + 2 moves 8 bytes", function()
    local ints = ffi.cast(ffi.arena():alloc(100), "i32")
    assert.equals(8, (ints + 2).addr - ints.addr)
  end)

  it("a definition tells size, alignment, fields and offsets", function()
    local Player = ffi.struct({
      { "x", "f32" }, { "y", "f32" }, { "health", "i32" }, { "name", "u8", 32 },
    })
    assert.equals(44, Player.size)
    assert.equals(4, Player.alignment)
    assert.equals(4, Player.fieldCount)
    assert.equals(0, Player:offsetOf("x"))
    assert.equals(4, Player:offsetOf("y"))
    assert.equals(8, Player:offsetOf("health"))
    assert.equals(12, Player:offsetOf("name"))
    assert.equals(32, Player:sizeOf("name"))
    assert.same({ "x", "y", "health", "name" }, Player:fields())
  end)

  it("a block filled with 0xAB copies as such", function()
    local arena = ffi.arena()
    local src, dst = arena:alloc(256), arena:alloc(256)
    ffi.fill(src, 256, 0xAB)
    ffi.copy(dst, src, 256)
    assert.equals(("\171"):rep(256), ffi.string(dst, 256))
  end)

  it("pointTo walks 1000 integers", function()
    local Int = ffi.struct({ { "value", "i32" } })
    local arena = ffi.arena()
    local memory = arena:allocArray("i32", 1000)
    local ints = ffi.cast(memory, "i32")
    for i = 0, 999 do
      ints[i] = i * 2
    end
    local view = ffi.view(memory, Int)
    for i = 0, 999 do
      view:pointTo(memory + i * 4)
      assert(view.value == i * 2)
    end
    assert.equals(1998, view.value)
  end)

  it("unsafe stores a pattern of 64 bits", function()
    local pointer = ffi.arena():alloc(8)
    ffi.unsafe.write(pointer.addr, "u64", helper.u64("0xDEADBEEFCAFEBABE"))
    helper.is_integer(ffi.unsafe.read(pointer.addr, "u64"), "16045690984503098046")
    assert.equals(0xCAFEBABE, pointer:read(0, "u32"))
    assert.equals(0xDEADBEEF, pointer:read(4, "u32"))
    ffi.unsafe.write(pointer.addr, "u64", 0x12345678)
    assert.equals(0x12345678, ffi.unsafe.read(pointer.addr, "u64"))
  end)

  it("ten million elements are written one by one", function()
    local count = helper.heavy(10000000)
    local arena = ffi.arena()
    local ints = ffi.cast(arena:allocArray("i32", count), "i32")
    for i = 0, count - 1 do
      ints[i] = i
    end
    assert.equals(0, ints[0])
    assert.equals(math.floor(count / 2), ints[math.floor(count / 2)])
    assert.equals(count - 1, ints[count - 1])
  end)

  it("a hundred megabytes are filled and copied", function()
    local size = helper.heavy(100000000)
    local arena = ffi.arena()
    local src, dst = arena:alloc(size), arena:alloc(size)
    ffi.fill(src, size, 0x77)
    ffi.copy(dst, src, size)
    assert.equals(0x77, dst:read(0, "u8"))
    assert.equals(0x77, dst:read(size - 1, "u8"))
    arena:free()
  end)

  it("libc computes", function()
    local libc = ffi.load(LIBC, {
      abs = { args = { "int" }, ret = "int" },
      strlen = { args = { "string" }, ret = "size_t" },
      atoi = { args = { "string" }, ret = "int" },
    })
    local libm = ffi.load(LIBM, {
      sqrt = { args = { "f64" }, ret = "f64" },
      pow = { args = { "f64", "f64" }, ret = "f64" },
      cos = { args = { "f64" }, ret = "f64" },
      sin = { args = { "f64" }, ret = "f64" },
    })
    assert.equals(42, libc.abs(-42))
    assert.equals(12, libm.sqrt(144))
    assert.equals(1024, libm.pow(2, 10))
    assert.equals(12, libc.strlen("Hello World!"))
    assert.equals(12345, libc.atoi("12345"))
    assert.equals(1, libm.cos(0))
    assert.equals(0, libm.sin(0))
  end)

  it("an error code is set and read back", function()
    local lib = ffi.load(helper.fixture("numbers"), {
      set_last_error = { args = { "u32" } },
      get_last_error = { ret = "u32" },
      set_errno = { args = { "i32" }, ret = "i32" },
    })
    lib.set_last_error(1234)
    assert.equals(1234, lib.get_last_error())
    lib.set_last_error(0)
    assert.equals(0, lib.get_last_error())
    assert.equals(-1, lib.set_errno(2))
    assert.equals(2, ffi.errno())
  end)

  it("a cast to a struct definition is a view", function()
    local Pair = ffi.struct({ { "a", "i32" }, { "b", "i32" } })
    local pointer = ffi.arena():alloc(8)
    local view = ffi.cast(pointer, Pair)
    assert.equals("StructView", getmetatable(view))
    view.b = 9
    assert.equals(9, pointer:read(4, "i32"))
  end)

  it("a callback that adds has an address that C can call", function()
    local add = ffi.callback(function(a, b) return a + b end, "i32", { "i32", "i32" })
    assert.is_false(ffi.isNull(add.ptr))
    local lib = ffi.load(helper.fixture("callbacks"), {
      apply2 = { args = { "pointer", "i32", "i32" }, ret = "i32" },
    })
    assert.equals(42, lib.apply2(add.ptr, 40, 2))
  end)

  it("the exports of a library are listed", function()
    local exports = ffi.load(helper.fixture("numbers")):listExports()
    local names = {}
    for _, export in ipairs(exports) do
      names[export.name] = export
    end
    assert.is_true(#exports > 0)
    assert.equals("function", names.add.kind)
    assert.is_nil(names.malloc)
  end)

  it("a buffer of 1024 holds 42", function()
    local buffer = ffi.buffer(1024)
    buffer:write(0, "i32", 42)
    assert.equals(42, buffer:read(0, "i32"))
    assert.equals(1024, buffer.size)
    assert.equals(1024, #buffer)
  end)
end)
