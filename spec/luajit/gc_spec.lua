-- Finalizers of lunaffi.luajit: `ffi.gc`, `__gc`, their order, the end of a state, and what keeps what alive.

local ffi = require("lunaffi.luajit")
local helper = require("spec.helper")
local interpreter = require("spec.support.interpreter")

local fails = helper.fails

ffi.cdef([[
  void *malloc(size_t);
  void free(void *);
  void *get_memory(size_t);
  void release(void *);
  int live_copies(void);
]])

-- Runs a program in a state of its own and gives what it prints.
local function output_of(program)
  local output, status = interpreter.run("-e", "local ffi = require('lunaffi.luajit') " .. program)
  assert.equal(0, status, output)
  return output
end

describe("ffi.gc", function()
  it("runs its function once, with the object", function()
    local runs, got = 0, nil
    local function make()
      ffi.gc(ffi.new("int[1]", 42), function(object) runs, got = runs + 1, object[0] end)
    end
    make()
    helper.collect()
    helper.collect()
    assert.same({ 1, 42 }, { runs, got })
  end)

  it("gives the object back, and takes the finalizer away with nil", function()
    local runs = 0
    local function make()
      local object = ffi.new("struct { int x; }")
      assert.is_true(rawequal(object, ffi.gc(object, function() runs = runs + 1 end)))
      assert.is_true(rawequal(object, ffi.gc(object, nil)))
      ffi.gc(ffi.new("int[1]"), function() runs = runs + 10 end)
      local replaced = ffi.gc(ffi.new("int[1]"), function() runs = runs + 100 end)
      ffi.gc(replaced, function() runs = runs + 1000 end)
    end
    make()
    helper.collect()
    assert.equals(1010, runs)
  end)

  it("takes a C function", function()
    local lib = ffi.load(helper.fixture("numbers"))
    local before = lib.live_copies()
    local function make()
      local objects = {}
      for i = 1, 10 do
        objects[i] = ffi.gc(lib.get_memory(16), lib.release)
      end
      assert.equals(before + 10, lib.live_copies())
      assert.equals(10, #objects)
    end
    make()
    helper.collect()
    assert.equals(before, lib.live_copies())
  end)

  it("ends a pointer from C once, unless the program did so by hand", function()
    local runs = 0
    local function release(pointer)
      runs = runs + 1
      ffi.C.free(pointer)
    end
    local function make()
      assert.is_false(ffi.isnull(ffi.gc(ffi.C.malloc(1000), release)))
      local by_hand = ffi.gc(ffi.C.malloc(1000), release)
      ffi.C.free(ffi.gc(by_hand, nil))
    end
    make()
    helper.collect()
    helper.collect()
    assert.equals(1, runs)
  end)

  it("is for what has an address", function()
    for _, object in ipairs({ ffi.new("int"), ffi.new("complex"), ffi.i64(1), ffi.C.free, ffi.typeof("int[2]") }) do
      fails(function() ffi.gc(object, print) end, "bad argument #1 to 'gc' (invalid C type)")
    end
    fails(function() ffi.gc(5, print) end, "bad argument #1 to 'gc' (cdata expected, got number)")
    fails(function() ffi.gc(ffi.new("int[1]")) end, "bad argument #2 to 'gc' (value expected)")
  end)

  it("keeps an error of its function from the program", function()
    local function make()
      ffi.gc(ffi.new("int[1]"), function() error("not seen") end)
      ffi.gc(ffi.new("int[1]"), 5)
    end
    make()
    helper.collect()
    assert.equals(1, ffi.new("int[1]", 1)[0])
  end)

  it("runs at the end of the state, last attached first, with C still there", function()
    local output = output_of([[
      ffi.cdef('int puts(const char *); void *malloc(size_t); void free(void *);')
      a = ffi.gc(ffi.new('int[1]'), function() ffi.C.puts('first attached') end)
      b = ffi.gc(ffi.C.malloc(8), function(p) ffi.C.puts('second attached') ffi.C.free(p) end)
      c = ffi.gc(ffi.C.malloc(8), ffi.C.free)
    ]])
    assert.equals("second attached\nfirst attached\n", output)
  end)

  it("finds a library closed that was loaded after it, and does not fall", function()
    local output = output_of(([[
      ffi.cdef('int add(int, int);')
      local lib
      a = ffi.gc(ffi.new('int[1]'), function()
        print(pcall(function() return lib.add(1, 2) end))
      end)
      lib = ffi.load(%q)
      lib.add(1, 1)
    ]]):format(helper.fixture("numbers")))
    assert.truthy(output:find("^true\t3\n") or output:find("^false\t.*closed"), output)
  end)
end)

describe("__gc of a metatype", function()
  it("runs for each object that is made, and not for what refers to it", function()
    local runs = 0
    local P = ffi.metatype("struct { int x; }", { __gc = function(self) runs = runs + self.x end })
    local function make()
      local p, q = P(1), ffi.new(P, 10)
      local copy = ffi.new(P, p)
      copy.x = 100
      local _ = ffi.cast(ffi.typeof("$ *", P), p)[0]
      local _ = ffi.new(ffi.typeof("$[1]", P), { { 1000 } })[0]
      return q
    end
    make()
    helper.collect()
    assert.equals(111, runs)
  end)

  it("gives way to ffi.gc", function()
    local runs = {}
    local P = ffi.metatype("struct { int x; }", { __gc = function() runs[#runs + 1] = "type" end })
    local function make()
      ffi.gc(P(1), function() runs[#runs + 1] = "object" end)
      ffi.gc(P(2), nil)
    end
    make()
    helper.collect()
    assert.same({ "object" }, runs)
  end)

  it("runs at the end of the state", function()
    assert.equals("closed 7\n", output_of([[
      local P = ffi.metatype('struct { int x; }', { __gc = function(self) print('closed ' .. self.x) end })
      kept = P(7)
    ]]))
  end)
end)

describe("what is derived", function()
  it("keeps its owner", function()
    local runs = 0
    local function make()
      local owner = ffi.gc(ffi.new("struct { int a[4]; struct { int b; } inner; }"), function() runs = runs + 1 end)
      owner.inner.b = 5
      return owner.inner, owner.a, ffi.cast("int *", owner.a) + 1
    end
    local inner, array, pointer = make()
    helper.collect()
    assert.same({ 0, 5, 0, 0 }, { runs, inner.b, array[0], pointer[0] })
    inner, array, pointer = nil, nil, nil
    helper.collect()
    assert.equals(1, runs)
    assert.is_nil(inner or array or pointer)
  end)

  it("keeps the library that a function is of", function()
    local function load()
      ffi.cdef("int add(int, int);")
      return ffi.load(helper.fixture("numbers")).add
    end
    local add = load()
    helper.collect()
    assert.equals(3, add(1, 2))
  end)
end)

describe("memory", function()
  it("is not kept by reads of fields", function()
    local s = ffi.new("struct { int x; struct { int y; } inner; }")
    helper.collect()
    local before = collectgarbage("count")
    for _ = 1, 1e5 do
      local _ = s.x + s.inner.y
    end
    helper.collect()
    assert.is_true(collectgarbage("count") - before < 200)
  end)
end)

describe("NULL", function()
  it("is seen, also by a pointer whose own address was taken", function()
    local pointer = ffi.new("int *")
    local place = ffi.addressof(pointer)
    fails(function() return pointer[3] end, "null pointer")
    place[0] = ffi.new("int[1]", 7)
    assert.equals(7, pointer[0])
  end)
end)
