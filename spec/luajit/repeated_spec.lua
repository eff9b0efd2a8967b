-- What was found once is found faster the next time: everything here is done several times over, with others in
-- between that look alike.

local ffi = require("lunaffi.luajit")
local helper = require("spec.helper")

local fails = helper.fails

ffi.cdef([[
  typedef struct { int x; const int fixed; double y; int bits : 5; int list[3]; } repeated_record;
  typedef struct { double x; int64_t y; } repeated_other;
  typedef union { int x; float f; } repeated_union;
  struct repeated_later;
  typedef struct { double x, y; } repeated_point;
  double sum_point(repeated_point);
  double sqrt(double);
  size_t strlen(const char *);
  int memcmp(const void *, const void *, size_t);
  void *memset(void *, int, size_t);
]])

local structs = ffi.load(helper.fixture("structs"))

local TIMES = 4

describe("what is done again", function()
  it("reads and writes members by the object's own type", function()
    local objects = {
      ffi.new("repeated_record", { 1, 2, 3.5, 4, { 7, 8, 9 } }),
      ffi.new("repeated_other", { 1.5, 2 }),
      ffi.new("repeated_union", { 1 }),
    }
    local pointers = {}
    for i, object in ipairs(objects) do
      pointers[i] = ffi.cast(ffi.typeof("$ *", ffi.typeof(object)), object)
    end
    for _ = 1, TIMES do
      for _, from in ipairs({ objects, pointers }) do
        assert.are.equal(1, from[1].x)
        assert.are.equal(1.5, from[2].x)
        assert.are.equal(1, from[3].x)
        assert.are.equal(3.5, from[1].y)
        assert.are.equal("2", (tostring(from[2].y):gsub("LL", "")))
        assert.are.equal(2, from[1].fixed)
        fails(function()
          from[1].fixed = 3
        end, "attempt to write to constant location")
        assert.are.equal(4, from[1].bits)
        from[1].bits = 5
        from[1].bits = 4
        assert.are.equal(8, from[1].list[1])
        from[1].x, from[2].x, from[3].x = 10, 10.25, 11
        assert.are.equal(10, objects[1].x)
        assert.are.equal(10.25, objects[2].x)
        assert.are.equal(11, objects[3].x)
        from[1].x, from[2].x, from[3].x = 1, 1.5, 1
        fails(function()
          return from[2].list
        end, "has no member named 'list'")
      end
    end
  end)

  it("reads what is const and does not write it", function()
    local plain = ffi.new("int[4]", 1, 2, 3, 4)
    local constant = ffi.new("const int[4]", 1, 2, 3, 4)
    local view = ffi.cast("const int *", plain)
    local record = ffi.new("const repeated_other", { 1.5 })
    for _ = 1, TIMES do
      for i = 0, 3 do
        assert.are.equal(i + 1, plain[i])
        assert.are.equal(i + 1, constant[i])
        assert.are.equal(i + 1, view[i])
      end
      assert.are.equal(1.5, record.x)
      for _, object in ipairs({ constant, view }) do
        fails(function()
          object[0] = 5
        end, "attempt to write to constant location")
      end
      fails(function()
        record.x = 5
      end, "attempt to write to constant location")
      plain[3] = 9
      assert.are.equal(9, view[3])
      plain[3] = 4
    end
  end)

  it("follows a pointer that is in memory as it is at the time", function()
    local a, b = ffi.new("int[2]", 1, 2), ffi.new("int[2]", 3, 4)
    local place = ffi.new("int *[1]", a)
    local reference = ffi.cast("int *&", place)
    for _ = 1, TIMES do
      place[0] = a
      assert.are.equal(2, place[0][1])
      assert.are.equal(2, reference[1])
      assert.are.equal(0, ffi.C.memcmp(reference, a, 8))
      place[0] = b
      assert.are.equal(4, place[0][1])
      assert.are.equal(4, reference[1])
      assert.are.equal(0, ffi.C.memcmp(reference, b, 8))
    end
  end)

  it("indexes backwards, and stays within bounds", function()
    local array = ffi.new("int[4]", 1, 2, 3, 4)
    for _ = 1, TIMES do
      local p = array + 2
      assert.are.equal(2, p[-1])
      p[-1] = 2
      assert.are.equal(4, p[1])
      fails(function()
        return array[4]
      end, "out of bounds")
      fails(function()
        array[-1] = 1
      end, "out of bounds")
    end
  end)

  it("refuses what lost a qualifier, whatever was taken before", function()
    local array, constant = ffi.new("uint8_t[4]"), ffi.new("const uint8_t[4]")
    for _ = 1, TIMES do
      assert.are.equal(0, ffi.C.memcmp(array, constant, 4))
      assert.are.equal(0, ffi.C.memcmp(constant, array, 4))
      ffi.C.memset(array, 0, 4)
      fails(function()
        ffi.C.memset(constant, 0, 4)
      end, "bad argument #1 to 'memset' (cannot convert 'const unsigned char [4]' to 'void *')")
      assert.are.equal(3, ffi.tonumber(ffi.C.strlen("abc")))
      assert.are.equal(0, ffi.tonumber(ffi.C.strlen(array)))
      for _, wrong in ipairs({ 1, true, {}, ffi.new("int"), ffi.new("double *[1]") }) do
        fails(function()
          ffi.C.strlen(wrong)
        end, "cannot convert")
      end
    end
  end)

  it("sees that a struct was completed with a const member", function()
    local p = ffi.cast("struct repeated_later *", ffi.new("uint8_t[16]"))
    for _ = 1, TIMES do
      ffi.C.memset(p, 0, 4)
    end
    ffi.cdef("struct repeated_later { const int x; };")
    for _ = 1, TIMES do
      fails(function()
        ffi.C.memset(p, 0, 4)
      end, "cannot convert 'struct repeated_later *'")
    end
  end)

  it("passes structs that are parts of others, and those that are const", function()
    local parts = ffi.new("struct { repeated_point one, many[2]; const repeated_point constant; }")
    parts.one.x, parts.many[1].y = 1, 2
    local constant = ffi.new("const repeated_point", { 3, 4 })
    for _ = 1, TIMES do
      assert.are.equal(1, structs.sum_point(parts.one))
      assert.are.equal(2, structs.sum_point(parts.many[1]))
      assert.are.equal(0, structs.sum_point(parts.constant))
      assert.are.equal(7, structs.sum_point(constant))
      assert.are.equal(7, structs.sum_point(ffi.cast("const repeated_point *", constant)[0]))
      assert.are.equal(5, structs.sum_point({ x = 5 }))
      fails(function()
        structs.sum_point(parts.many)
      end, "cannot convert")
      fails(function()
        structs.sum_point(ffi.new("repeated_other"))
      end, "cannot convert")
    end
  end)

  it("works in coroutines, and next to them", function()
    local array = ffi.new("double[2]", 1, 2)
    local record = ffi.new("repeated_other", { 1.5 })
    local function use()
      for _ = 1, TIMES do
        array[1] = array[1] + 1
        record.x = record.x + 1
        coroutine.yield(array[1], record.x)
      end
    end
    local one, two = coroutine.wrap(use), coroutine.wrap(use)
    for i = 1, TIMES do
      assert.are.same({ 2 * i + 1, 2 * i + 0.5 }, { one() })
      assert.are.same({ 2 * i + 2, 2 * i + 1.5 }, { two() })
    end
  end)
end)
