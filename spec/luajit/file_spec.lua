-- Files of Lua's io library where C takes a `FILE *`.
local ffi = require("lunaffi.luajit")

ffi.cdef([[
  int fileno(void *stream);
  size_t fwrite(const void *bytes, size_t size, size_t count, void *stream);
]])

describe("a file of Lua's io library", function()
  it("is C's FILE * while it is open", function()
    local file = assert(io.tmpfile())
    assert.is_true(ffi.C.fileno(file) > 2)
    assert.equals(5, ffi.tonumber(ffi.C.fwrite("hello", 1, 5, file)))
    file:seek("set")
    assert.equals("hello", file:read("*a"))
    file:close()
  end)

  it("is NULL once it is closed", function()
    local file = assert(io.tmpfile())
    file:close()
    assert.is_true(ffi.isnull(ffi.cast("void *", file)))
  end)
end)
