-- Calls both ways against what C computes: c_tests/gen_signatures.lua generated the signatures, their test values and
-- the C functions. For each signature N
--   Lua -> C   sig_N(values): the hash that C makes of what it got, and the result that Lua gets
--   C -> Lua   call_N(callback): each value that the callback gets, and the hash that C makes of the callback's result
local ffi = require("lunaffi")

local PATH = "./build/c_tests/signatures.so"
local manifest = dofile("build/c_tests/gen/signatures_manifest.lua")
local hash = ffi.load(PATH, {
  clear = { name = "clear_hash" },
  text = { name = "last_hash_text", ret = "string" },
  count = { name = "signature_count", ret = "i32" },
})

local unpack = table.unpack or unpack
local math_type = math.type
local IS_WIDE = { i64 = true, u64 = true, isize = true, usize = true }
local IS_FLOAT = { f32 = true, f64 = true }

-- ---- types: a name, or an index into the manifest's structs ----

local definitions = {}
local ctype

local function definition(index)
  if not definitions[index] then
    local entry = manifest.structs[index]
    local schema = {}
    for i, member in ipairs(entry.schema) do
      schema[i] = { member[1], ctype(member[2]), member[3] }
    end
    local make = entry.kind == "union" and ffi.union or ffi.struct
    definitions[index] = make(schema, { name = "S" .. index })
  end
  return definitions[index]
end

function ctype(kind)
  return type(kind) == "number" and definition(kind) or kind
end

local function ctypes(kinds)
  local types = {}
  for i, kind in ipairs(kinds) do
    types[i] = ctype(kind)
  end
  return types
end

-- ---- test values as lunaffi takes them ----

local give_member

-- A struct's table: by name, or in order where that says the same (not for unions, whose member has to be named).
local function struct_table(index, value, in_order)
  local entry = manifest.structs[index]
  local fields = {}
  for i, member in ipairs(entry.schema) do
    local name, kind, length = member[1], member[2], member[3]
    if value[name] ~= nil then
      local given
      if length then
        given = {}
        for j = 1, length do
          given[j] = give_member(kind, value[name][j], in_order)
        end
      else
        given = give_member(kind, value[name], in_order)
      end
      fields[(in_order and entry.kind == "struct") and i or name] = given
    end
  end
  return fields
end

local function give_scalar(kind, value)
  if kind == "u64" or kind == "usize" then
    return ffi.uint64(value)
  elseif IS_WIDE[kind] then
    return ffi.int64(value)
  elseif kind ~= "bool" and value == false then
    return nil
  end
  return value
end

function give_member(kind, value, in_order)
  if type(kind) == "number" then
    return struct_table(kind, value, in_order)
  end
  -- A nil would be a hole in a list.
  return value == false and kind == "pointer" and ffi.null or give_scalar(kind, value)
end

local function give(kind, value, in_order)
  if type(kind) == "number" then
    return definition(kind):new(struct_table(kind, value, in_order))
  end
  return give_scalar(kind, value)
end

local function give_all(signature, in_order)
  local values = {}
  for i, kind in ipairs(signature.args) do
    values[i] = give(kind, signature.values[i], in_order)
  end
  return values
end

-- ---- comparing: nil, or a text that says what is wrong ----

local function decimal(value)
  if type(value) ~= "number" then
    return tostring(value)
  elseif math_type and math_type(value) ~= "integer" then
    return "a float: " .. tostring(value)
  end
  return ("%d"):format(value)
end
if not math_type then
  decimal = function(value)
    return type(value) == "number" and ("%.0f"):format(value) or tostring(value)
  end
end

local mismatch

local function describe_mismatch(where, want, got)
  return ("%s: expected %s, got %s"):format(where, tostring(want), tostring(got))
end

local function struct_mismatch(index, got, want, where)
  if type(got) ~= "userdata" then
    return describe_mismatch(where, "a struct", got)
  end
  for _, member in ipairs(manifest.structs[index].schema) do
    local name, kind, length = member[1], member[2], member[3]
    local expected = want[name]
    if expected ~= nil then
      local path, problem = where .. "." .. name, nil
      if not length then
        problem = mismatch(kind, got[name], expected, path)
      end
      for i = 1, length or 0 do
        problem = problem or mismatch(kind, got[name][i - 1], expected[i], ("%s[%d]"):format(path, i - 1))
      end
      if problem then
        return problem
      end
    end
  end
end

function mismatch(kind, got, want, where)
  if type(kind) == "number" then
    return struct_mismatch(kind, got, want, where)
  elseif IS_WIDE[kind] then
    got = decimal(got)
  elseif want == false and kind ~= "bool" then
    want = nil -- NULL
  elseif kind == "pointer" then
    got = type(got) == "userdata" and got.addr or got
  elseif math_type and type(want) == "number" then
    local subtype = IS_FLOAT[kind] and "float" or "integer"
    if math_type(got) ~= subtype then
      return describe_mismatch(where, ("%s of subtype %s"):format(tostring(want), subtype), got)
    end
  end
  if got ~= want then
    return describe_mismatch(where, want, got)
  end
end

-- ---- the cases ----

local function bind(index, signature)
  return ffi.load(PATH, {
    sig = { name = "sig_" .. index, args = ctypes(signature.args), ret = ctype(signature.result) },
    call = { name = "call_" .. index, args = { "pointer" } },
    expected = { name = "expected_" .. index, ret = "string" },
    expected_result = { name = "expected_result_" .. index, ret = "string" },
  })
end

-- The arguments are passed in a table since a NULL is a nil.
local function check_call(signature, expected, fn, values)
  hash.clear()
  local result = fn(unpack(values, 1, #signature.args))
  assert.are.equal(expected, hash.text())
  assert.is_nil(mismatch(signature.result, result, signature.returns, "result"))
end

local function new_callback(signature, result)
  local seen = { calls = 0 }
  local function answer(...)
    seen.calls = seen.calls + 1
    local count = select("#", ...)
    if count ~= #signature.args then
      seen.problem = describe_mismatch("count of arguments", #signature.args, count)
    end
    local got = { ... }
    for i, kind in ipairs(signature.args) do
      seen.problem = seen.problem or mismatch(kind, got[i], signature.values[i], "argument " .. i)
    end
    return result
  end
  return ffi.callback(answer, ctype(signature.result), ctypes(signature.args)), seen
end

describe("generated signatures", function()
  it("cover every function of the fixture", function()
    assert.are.equal(#manifest.signatures, hash.count())
    assert.is_true(#manifest.signatures >= 300)
  end)

  for index, signature in ipairs(manifest.signatures) do
    it(signature.text, function()
      local lib = bind(index, signature)
      local expected, expected_result = lib.expected(), lib.expected_result()

      check_call(signature, expected, lib.sig, give_all(signature, false))
      check_call(signature, expected, function(...)
        return hash:call("sig_" .. index, ctype(signature.result), ctypes(signature.args), ...)
      end, give_all(signature, true))

      local result
      if signature.result ~= "void" then
        result = give(signature.result, signature.returns, index % 2 == 0)
      end
      local callback, seen = new_callback(signature, result)
      hash.clear()
      lib.call(callback)
      assert.is_nil(seen.problem)
      assert.are.equal(expected_result, hash.text())
      assert.are.equal(1, seen.calls)

      -- A callback called from Lua takes the way through C and back.
      local values = give_all(signature, false)
      local back = callback(unpack(values, 1, #signature.args))
      assert.is_nil(seen.problem)
      assert.is_nil(mismatch(signature.result, back, signature.returns, "result"))
      assert.are.equal(2, seen.calls)
      callback:free()
    end)
  end
end)
