-- Layout against the C compiler: c_tests/gen_layout.lua generated the definitions, build/c_tests/layout.so knows what
-- the compiler made of them.
local ffi = require("lunaffi")

local manifest = dofile("build/c_tests/gen/layout_manifest.lua")
local compiler = ffi.load("./build/c_tests/layout.so", {
  count = { name = "layout_count", ret = "i32" },
  size = { name = "layout_sizeof", args = { "i32" }, ret = "usize" },
  alignment = { name = "layout_alignof", args = { "i32" }, ret = "usize" },
  offset = { name = "layout_offsetof", args = { "i32", "i32" }, ret = "usize" },
  member_size = { name = "layout_membersize", args = { "i32", "i32" }, ret = "usize" },
})

local built = {}

-- Definition `index` through lunaffi, and before it what it is made of.
local function definition(index)
  if built[index] then
    return built[index]
  end
  local entry = manifest[index]
  local schema = {}
  for i, member in ipairs(entry.schema) do
    local kind = member[2]
    if type(kind) == "table" then
      kind = kind.pointer and ffi.pointer(definition(kind.pointer)) or definition(kind.definition)
    end
    schema[i] = { member[1], kind, member[3] }
  end
  local make = entry.kind == "union" and ffi.union or ffi.struct
  built[index] = make(schema, entry.options)
  return built[index]
end

local function title(index)
  local entry = manifest[index]
  local options = entry.options or {}
  return ("%s D%d of %d members%s%s"):format(
    entry.kind, index, #entry.schema,
    options.packed and ", packed = " .. tostring(options.packed) or "",
    options.align and ", align = " .. options.align or "")
end

describe("layout as the C compiler has it", function()
  it("covers every definition of the fixture", function()
    assert.are.equal(#manifest, compiler.count())
    assert.is_true(#manifest >= 400)
  end)

  for index, entry in ipairs(manifest) do
    it(title(index), function()
      local def = definition(index)
      local got, want = {}, {}
      for i, member in ipairs(entry.schema) do
        local name = member[1]
        got[i] = ("%s @ %d, %d bytes"):format(name, def:offsetOf(name), def:sizeOf(name))
        want[i] = ("%s @ %d, %d bytes"):format(
          name, compiler.offset(index - 1, i - 1), compiler.member_size(index - 1, i - 1))
      end
      assert.are.same(want, got)
      assert.are.equal(compiler.size(index - 1), def.size)
      assert.are.equal(compiler.alignment(index - 1), def.alignment)
      assert.are.equal(#entry.schema, def.fieldCount)
      assert.are.equal(def.size, ffi.sizeof(def))
      assert.are.equal(def.alignment, ffi.alignof(def))
    end)
  end
end)
