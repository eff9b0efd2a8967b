-- Random use against models: layouts against formats, formats against Lua's own string.pack, buffers
-- against a list of bytes, arrays against a table. The numbers are the same in every run, on every Lua.

local alien = require("lunaffi.alien")
local helper = require("spec.helper")
local support = require("spec.support.alien")

local ROUNDS = helper.heavy(300)

-- A generator of integers from low to high: every product stays below 2^53.
local function generator(seed)
  local state = seed * 7919
  return function(low, high)
    state = state * 16807 % 2147483647
    return low + math.floor(state / 64) % (high - low + 1)
  end
end

-- Letters of formats: the type of the same size, the least and greatest value.
local LETTERS = {
  { "b", "byte", -128, 127 }, { "B", "char", 0, 255 }, { "h", "short", -32768, 32767 }, { "H", "ushort", 0, 65535 },
  { "i", "int", -2147483648, 2147483647 }, { "I", "uint", 0, 4294967295 }, { "l", "long", -2 ^ 53, 2 ^ 53 },
  { "L", "ulong", 0, 2 ^ 53 }, { "i8", "longlong", -2 ^ 53, 2 ^ 53 }, { "f", "float", -4096, 4096 },
  { "d", "double", -2 ^ 53, 2 ^ 53 },
}

-- A whole number between the limits, often one of them.
local function value_of(random, letter)
  local low, high = letter[3], letter[4]
  local pick = random(1, 5)
  if pick == 1 then
    return low
  elseif pick == 2 then
    return high
  end
  local share = random(0, 32767) / 32768
  return math.floor(low / 2 + share * (high / 2 - low / 2))
end

describe("a format and a struct", function()
  it("agree about where things are", function()
    local random = generator(1)
    for _ = 1, ROUNDS do
      local fields, format, count = {}, "!8", random(1, 12)
      for i = 1, count do
        local letter = LETTERS[random(1, #LETTERS)]
        fields[i] = { "f" .. i, letter[2] }
        format = format .. letter[1]
      end
      local def = alien.defstruct(fields)
      local largest = 1
      for i, field in ipairs(fields) do
        assert.equals(def.offsets["f" .. i] + 1, alien.offset(format, i), format)
        largest = math.max(largest, alien.align(field[2]))
      end
      local size = alien.size(format)
      assert.equals(def.size, math.ceil(size / largest) * largest, format)
      assert.equals(size + 1, alien.offset(format, count + 1), format)
    end
  end)

  it("agree about the values", function()
    local random = generator(2)
    for _ = 1, ROUNDS do
      local fields, values, format = {}, {}, "!8"
      for i = 1, random(1, 12) do
        local letter = LETTERS[random(1, #LETTERS)]
        fields[i] = { "f" .. i, letter[2] }
        values[i] = value_of(random, letter)
        format = format .. letter[1]
      end
      local instance = alien.defstruct(fields):new()
      for i, value in ipairs(values) do
        instance["f" .. i] = value
      end
      local bytes = alien.pack(format, helper.unpack(values))
      assert.equals(bytes, instance():tostring(#bytes), format)
      local results = helper.pack(alien.unpack(format, instance(), #bytes))
      assert.equals(#values + 1, results.n)
      for i, value in ipairs(values) do
        assert.equals(value, results[i], format)
        assert.equals(value, instance["f" .. i], format)
      end
      assert.equals(#bytes + 1, results[#values + 1])
    end
  end)
end)

if string.pack then
  describe("a format", function()
    it("is what Lua's own of the same letters is", function()
      local random = generator(3)
      for _ = 1, ROUNDS do
        local values, format = {}, ""
        for _ = 1, random(1, 12) do
          local letter = LETTERS[random(1, #LETTERS)]
          if random(1, 4) == 1 then
            format = format .. ({ "<", ">", "!1", "!2", "!4", "!8" })[random(1, 6)]
          end
          if random(1, 6) == 1 then
            format = format .. "x"
          end
          format = format .. letter[1]
          values[#values + 1] = value_of(random, letter)
        end
        local bytes = string.pack(format, helper.unpack(values))
        assert.equals(bytes, alien.pack(format, helper.unpack(values)), format)
        assert.equals(string.packsize(format), alien.size(format), format)
        assert.same(helper.pack(string.unpack(format, bytes)), helper.pack(alien.unpack(format, bytes)))
      end
    end)
  end)
end

describe("a buffer", function()
  it("holds the bytes that a list holds", function()
    local random = generator(4)
    for _ = 1, math.ceil(ROUNDS / 10) do
      local size = random(0, 40)
      local buf, model = alien.buffer(size), {}
      for i = 1, size do
        model[i] = 0
      end
      local function text()
        return helper.unpack(model) and string.char(helper.unpack(model)) or ""
      end
      for _ = 1, 60 do
        local action, at = random(1, 6), random(-1, size + 3)
        local inside = at >= 1 and at <= size
        if action == 1 then
          local byte = random(0, 255)
          assert.equals(inside, pcall(function() buf[at] = byte end))
          if inside then
            model[at] = byte
          end
        elseif action == 2 then
          local letter = LETTERS[random(1, 9)]
          local value = value_of(random, letter)
          local bytes = alien.pack(letter[1], value)
          local fits = at >= 1 and at + #bytes - 1 <= size
          assert.equals(fits, pcall(buf.set, buf, at, value, letter[2]))
          if fits then
            for i = 1, #bytes do
              model[at + i - 1] = bytes:byte(i)
            end
            assert.equals(value, buf:get(at, letter[2]))
          else
            assert.is_false(pcall(buf.get, buf, at, letter[2]))
          end
        elseif action == 3 then
          local count, byte = random(0, size + 3), random(0, 255)
          assert.equals(count <= size, pcall(alien.memset, buf, byte, count))
          for i = 1, count <= size and count or 0 do
            model[i] = byte
          end
        elseif action == 4 then
          local from, count = random(1, size + 1), random(0, size)
          local to = random(1, size + 1)
          if from + count <= size + 1 and to + count <= size + 1 then
            alien.memmove(buf:topointer(to), buf:topointer(from), count)
            local copy = { helper.unpack(model) }
            for i = 0, count - 1 do
              model[to + i] = copy[from + i]
            end
          end
        elseif action == 5 then
          size = random(0, 40)
          for i = #model, size + 1, -1 do
            model[i] = nil
          end
          for i = #model + 1, size do
            model[i] = 0
          end
          buf:realloc(size)
        else
          local count = random(0, size + 3)
          local fits = at >= 1 and at + count - 1 <= size
          local ok, bytes = pcall(buf.tostring, buf, count, at)
          assert.is_true(ok == fits or count == 0)
          if fits then
            assert.equals(text():sub(at, at + count - 1), bytes)
          end
        end
        assert.equals(size, #buf)
        assert.equals(text(), buf:tostring(size))
      end
    end
  end)
end)

describe("an array", function()
  it("holds what a table holds", function()
    local random = generator(5)
    for _ = 1, math.ceil(ROUNDS / 10) do
      local letter = LETTERS[random(1, #LETTERS)]
      local length = random(0, 20)
      local array, model = alien.array(letter[2], length), {}
      for i = 1, length do
        model[i] = 0
      end
      for _ = 1, 40 do
        local at, value = random(-1, length + 2), value_of(random, letter)
        local inside = at >= 1 and at <= length
        assert.equals(inside, pcall(function() array[at] = value end))
        if inside then
          model[at] = value
        end
        if random(1, 10) == 1 then
          length = random(0, 20)
          array:realloc(length)
          for i = #model, length + 1, -1 do
            model[i] = nil
          end
          for i = #model + 1, length do
            model[i] = 0
          end
        end
        local seen = {}
        for i, element in array:ipairs() do
          seen[i] = element
        end
        assert.same(model, seen)
        assert.equals(length, #array)
      end
    end
  end)

  it("of texts keeps all of them", function()
    local random = generator(6)
    local array, model = alien.array("string", 30), {}
    local total = support.bind(support.lib, "total_of", "size_t", "pointer", "size_t")
    for round = 1, ROUNDS do
      local at = random(1, 30)
      local text = random(1, 5) > 1 and ("x"):rep(random(0, 60)) .. round or nil
      array[at] = text
      model[at] = text
      local length = 0
      for i = 1, 30 do
        assert.equals(model[i], array[i])
        length = length + #(model[i] or "")
      end
      assert.equals(length, total(array, 30))
    end
  end)
end)
