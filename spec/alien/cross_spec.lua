-- The APIs accept each other's objects: buffers, pointers, arrays, structs, callbacks and functions.

local alien = require("lunaffi.alien")
local ffi = require("lunaffi")
local helper = require("spec.helper")
local support = require("spec.support.alien")

local fails, collect, is_integer = helper.fails, helper.collect, helper.is_integer
local bind = support.bind

local NUMBERS, CALLBACKS = helper.fixture("numbers"), helper.fixture("callbacks")

-- The same C functions through either API.
local through_lune = ffi.load(NUMBERS, {
  slen = { args = { "string" }, ret = "size_t" },
  byte_at = { args = { "pointer", "size_t" }, ret = "u8" },
  sum_i32 = { args = { "pointer", "size_t" }, ret = "i64" },
})
local through_alien = {
  slen = bind(support.numbers, "slen", "size_t", "string"),
  byte_at = bind(support.numbers, "byte_at", "char", "pointer", "size_t"),
  sum_i32 = bind(support.numbers, "sum_i32", "longlong", "pointer", "size_t"),
}

describe("what Alien makes", function()
  it("a buffer, is memory for Lune", function()
    local buf = alien.buffer("alien text")
    is_integer(through_lune.slen(buf), "10")
    is_integer(through_lune.byte_at(buf, 1), tostring(("l"):byte()))
    assert.equals("alien text", ffi.string(buf))
    is_integer(ffi.read(buf, 0, "u8"), tostring(("a"):byte()))
    ffi.write(buf, 0, "u8", ("A"):byte())
    assert.equals("Alien text", buf:tostring())
    assert.equals("Alien text", ffi.string(ffi.ptr(buf)))
  end)

  it("a buffer, keeps its bounds for Lune", function()
    local buf = alien.buffer(4)
    fails(function() ffi.read(buf, 1, "i32") end, "out of bounds")
    fails(function() ffi.write(buf, 4, "u8", 1) end, "out of bounds")
    fails(function() ffi.fill(buf, 5, 0) end, "out of bounds")
    fails(function() return ffi.cast(buf, "i32")[1], 1 end)
    ffi.fill(buf, 4, 120)
    assert.equals("xxxx", buf:tostring())
  end)

  it("a buffer, stays alive under a Lune pointer", function()
    local pointer = ffi.cast(alien.buffer("kept by a pointer"), "u8")
    collect()
    local others = {}
    for i = 1, 100 do
      others[i] = alien.buffer("other memory here")
    end
    assert.equals(100, #others)
    assert.equals("kept by a pointer", ffi.string(pointer))
  end)

  it("a light userdata, is an address for Lune", function()
    local buf = alien.buffer("alien text")
    assert.equals("text", ffi.string(buf:topointer(7)))
    is_integer(through_lune.slen(buf:topointer(7)), "4")
    assert.equals(ffi.ptr(buf:topointer()).addr + 3, ffi.ptr(buf:topointer(4)).addr)
  end)

  it("an array, is memory for Lune", function()
    local array = alien.array("int", { 1, 2, 3 })
    is_integer(through_lune.sum_i32(array, 3), "6")
    is_integer(ffi.read(array, 8, "i32"), "3")
    local typed = ffi.cast(array.buffer, "i32")
    typed[0] = 10
    is_integer(array[1], "10")
    fails(function() ffi.read(array, 12, "i32") end, "out of bounds")
  end)

  it("a struct, is memory for Lune", function()
    local instance = alien.defstruct({ { "a", "int" }, { "b", "double" } }):new()
    instance.a, instance.b = 5, 0.5
    local Same = ffi.struct({ { "a", "i32" }, { "b", "f64" } })
    local view = ffi.view(instance, Same)
    is_integer(view.a, "5")
    view.b = 1.5
    assert.equals(1.5, instance.b)
    assert.equals(1.5, ffi.view(instance(), Same).b)
    fails(function() ffi.view(instance, ffi.struct({ { "c", "f64", 3 } })) end, "out of bounds")
  end)

  it("a callback, is one for Lune", function()
    local cb = alien.callback(function(x) return x * 2 end, "int", "int")
    local apply = ffi.load(CALLBACKS, { apply = { args = { "pointer", "i32" }, ret = "i32" } }).apply
    is_integer(apply(cb, 21), "42")
    is_integer(ffi.open(CALLBACKS):call("apply", "i32", { "pointer", "i32" }, cb, 4), "8")
  end)

  it("a function, is a function pointer for Lune", function()
    local apply = ffi.load(CALLBACKS, { apply = { args = { "pointer", "i32" }, ret = "i32" } }).apply
    is_integer(apply(support.callbacks.add_one, 41), "42")
    local memory = ffi.arena():alloc(8)
    memory:write(0, "pointer", support.callbacks.add_one)
    is_integer(ffi.open(CALLBACKS):callPtr(memory:read(0, "pointer"), "i32", { "i32" }, 6), "7")
  end)

  it("a boxed integer, is a number for Lune", function()
    local buf = alien.buffer(8)
    buf:set(1, helper.u64("18446744073709551615"), "ulonglong")
    local value = buf:get(1, "ulonglong")
    local memory = ffi.arena():alloc(8)
    memory:write(0, "u64", value)
    is_integer(memory:read(0, "u64"), "18446744073709551615")
  end)
end)

describe("what Lune makes", function()
  local arena = ffi.arena()

  it("a RawPointer, is an argument for Alien", function()
    local memory = arena:alloc(16)
    ffi.copy(memory, "lune text", 9)
    is_integer(through_alien.slen(memory), "9")
    is_integer(through_alien.byte_at(memory + 5, 0), tostring(("t"):byte()))
    assert.equals("lune text", alien.tostring(memory))
  end)

  it("a TypedPointer and a view, are arguments for Alien", function()
    local typed = ffi.cast(arena:allocArray("i32", 3), "i32")
    typed[0], typed[1], typed[2] = 10, 20, 30
    is_integer(through_alien.sum_i32(typed, 3), "60")
    assert.same({ n = 3, 10, 20, 30 }, helper.pack(alien.toint(typed, 3)))
    local view = ffi.struct({ { "a", "i32" }, { "b", "i32" } }):new({ 7, 8 })
    is_integer(through_alien.sum_i32(view, 2), "15")
  end)

  it("a Buffer, is memory for Alien", function()
    local buf = ffi.buffer(16)
    buf:writeString(0, "lune buffer")
    is_integer(through_alien.slen(buf), "11")
    assert.equals("lune buffer", alien.tostring(buf))
    local shared = alien.buffer(buf)
    assert.equals(16, #shared)
    assert.equals("lune buffer", shared:tostring())
    shared[1] = ("L"):byte()
    assert.equals("Lune buffer", buf:readString(0))
    fails(function() return shared[17], 1 end)
    assert.equals("Lu", alien.tostring(buf, 2))
    fails(function() alien.tostring(buf, 17) end)
  end)

  it("a pointer into an arena, ends with the arena for Alien", function()
    local own = ffi.arena()
    local memory = own:alloc(8)
    local shared = alien.buffer(memory)
    memory:write(0, "i32", 5)
    is_integer(shared:get(1, "int"), "5")
    own:reset()
    fails(function() shared:get(1, "int") end, "use after reset")
    fails(function() alien.toint(memory) end, "use after reset")
    fails(function() through_alien.byte_at(memory, 0) end, "use after reset")
  end)

  it("memory, is the memory of an array and a struct", function()
    local memory = arena:alloc(16)
    local array = alien.array("int", 4, alien.buffer(memory))
    array[4] = 44
    is_integer(memory:read(12, "i32"), "44")
    local Pair = alien.defstruct({ { "a", "int" }, { "b", "int" } })
    local pair = Pair:new(memory + 8)
    is_integer(pair.b, "44")
    fails(function() Pair:new(memory + 12) end)
  end)

  it("a callback, is one for Alien", function()
    local cb = ffi.callback(function(x) return x + 1 end, "i32", { "i32" })
    local apply = bind(support.callbacks, "apply", "int", "callback", "int")
    is_integer(apply(cb, 41), "42")
    is_integer(apply(cb.ptr, 4), "5")
    local buf = alien.buffer(8)
    buf:set(1, cb, "callback")
    local fn = buf:get(1, "callback")
    fn:types("int", "int")
    is_integer(fn(1), "2")
    cb:free()
    fails(function() apply(cb, 1) end, "freed")
  end)

  it("a symbol, is a function for Alien", function()
    local symbol = ffi.load(CALLBACKS):getSymbol("add_one")
    local add_one = alien.funcptr(symbol)
    add_one:types("int", "int")
    is_integer(add_one(1), "2")
    is_integer(bind(support.callbacks, "apply", "int", "callback", "int")(add_one, 4), "5")
  end)

  it("a pointer, is copied from and to", function()
    local memory, buf = arena:alloc(8), alien.buffer(8)
    memory:write(0, "i64", 12345)
    alien.memmove(buf, memory, 8)
    is_integer(buf:get(1, "long"), "12345")
    alien.memset(memory, 0, 4)
    is_integer(memory:read(0, "i32"), "0")
    fails(function() alien.memset(memory, 0, 9) end)
    fails(function() alien.memmove(buf, memory, 9) end)
    ffi.copy(memory, buf, 8)
    is_integer(memory:read(0, "i64"), "12345")
    buf:set(1, memory, "pointer")
    assert.equals(memory.addr, ffi.ptr(buf:get(1, "pointer")).addr)
  end)

  it("a pointer, is wrapped by its address", function()
    local memory = arena:alloc(8)
    alien.tag("cross_spec")
    local object = alien.wrap("cross_spec", memory)
    assert.equals(memory.addr, ffi.ptr((alien.unwrap("cross_spec", object))).addr)
  end)

  it("a closed library, is closed for its own functions alone", function()
    local lune = ffi.load(NUMBERS)
    local add = bind(support.numbers, "add", "int", "int", "int")
    lune:close()
    is_integer(add(2, 3), "5")
  end)
end)

describe("an object that is none of theirs", function()
  it("is refused by both", function()
    fails(function() through_alien.byte_at(io.stdout, 0) end, "pointer expected")
    fails(function() through_lune.byte_at(io.stdout, 0) end, "pointer expected")
  end)
end)
