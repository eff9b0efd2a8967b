-- Random C declarations: types as tables, their text, and the places in an object that can be read.
--
-- A type is { kind =, ... }: "number" (spelled `text`), "enum" (`text`, `names`), "pointer" (`to`), "function"
-- (`result`, `params`), "array" (`elem`, `count`; a count of "?" is for the object to tell), "record" (`text`,
-- `fields`), "complex" (`text`), "vector" (`text`, `count`).

local types = {}

local INTEGERS = {
  "char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int", "long", "unsigned long",
  "long long", "unsigned long long", "int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t",
  "uint64_t", "size_t", "intptr_t", "bool", "int", "int", "uint8_t",
}
local FLOATS = { "float", "double", "double" }

-- The bits of what can be a bit-field.
local BITS = {
  char = 8, ["unsigned char"] = 8, short = 16, ["unsigned short"] = 16, int = 32, ["unsigned int"] = 32, bool = 1,
  int8_t = 8, uint16_t = 16, uint32_t = 32, ["signed char"] = 8,
}

local QUALIFIERS = { "const ", "volatile ", "const volatile " }

-- `name` declared as that type.
function types.declare(t, name)
  local kind = t.kind
  if kind == "pointer" then
    local inner = "*" .. (t.quals or "") .. name
    if t.to.kind == "array" or t.to.kind == "function" then
      inner = "(" .. inner .. ")"
    end
    return types.declare(t.to, inner)
  elseif kind == "array" then
    return types.declare(t.elem, name .. "[" .. t.count .. "]")
  elseif kind == "function" then
    local list = {}
    for i, param in ipairs(t.params) do
      list[i] = types.declare(param, "")
    end
    if t.variadic then
      list[#list + 1] = "..."
    end
    return types.declare(t.result, name .. "(" .. (#list == 0 and "void" or table.concat(list, ", ")) .. ")")
  end
  return (t.const or "") .. t.text .. (name == "" and "" or " ") .. name
end

function types.name(t)
  return types.declare(t, "")
end

-- True when nothing in the type is an address.
function types.is_plain(t)
  if t.kind == "array" then
    return types.is_plain(t.elem)
  elseif t.kind == "record" then
    for _, field in ipairs(t.fields) do
      if not types.is_plain(field.type) then
        return false
      end
    end
    return true
  end
  return t.kind ~= "pointer" and t.kind ~= "function"
end

-- True when there is a float somewhere in the type.
function types.has_float(t)
  if t.kind == "array" then
    return types.has_float(t.elem)
  elseif t.kind == "record" then
    for _, field in ipairs(t.fields) do
      if types.has_float(field.type) then
        return true
      end
    end
  end
  return t.kind == "complex" or t.kind == "vector" or t.text == "float" or t.text == "double"
end

-- True when there is a function somewhere in what the type spells.
function types.has_function(t)
  return t.kind == "function" or t.kind == "pointer" and types.has_function(t.to)
    or t.kind == "array" and types.has_function(t.elem)
end

-- A generator of types: `random` from c_tests/random.lua, `prefix` for the names of what is declared.
-- `declarations` collects the text.
function types.new(random, prefix)
  local g = { declarations = {}, records = {}, enums = {}, typedefs = {}, names = {} }
  local serial = 0
  local uneven -- LuaJIT does not lay out packed bit-fields, nor aligned members in packed records, as C does

  local function fresh(what)
    serial = serial + 1
    return prefix .. what .. serial
  end

  function g.number()
    return { kind = "number", text = random.pick(random.chance(75) and INTEGERS or FLOATS) }
  end

  function g.enum()
    local name = fresh("e")
    local entries, names = {}, {}
    local negative = random.chance(30)
    for i = 1, random.int(1, 4) do
      names[i] = fresh("K")
      local value = random.chance(50) and "" or " = " .. (negative and i == 1 and -random.int(1, 100)
        or random.pick({ "0", "1", "7", "0x10", "1 << 4", "100", "0x7fffffff", "'a'", "sizeof(int)" }))
      if value == " = 0x7fffffff" and negative then
        value = ""
      end
      -- What follows the largest value would not fit.
      if entries[i - 1] and entries[i - 1]:find("0x7fffffff", 1, true) and value == "" then
        value = " = 3"
      end
      entries[i] = names[i] .. value
    end
    g.declarations[#g.declarations + 1] = ("enum %s { %s };"):format(name, table.concat(entries, ", "))
    local t = { kind = "enum", text = "enum " .. name, names = names }
    g.enums[#g.enums + 1] = t
    return t
  end

  function g.vector()
    local name, count = fresh("v"), random.pick({ 2, 4 })
    g.declarations[#g.declarations + 1] = ("typedef %s %s __attribute__((vector_size(%d)));"):format(
      random.pick({ "int", "float" }), name, count * 4)
    return { kind = "vector", text = name, count = count }
  end

  function g.function_type()
    local params = {}
    for i = 1, random.int(0, 3) do
      params[i] = random.chance(80) and g.number() or { kind = "pointer", to = g.number() }
    end
    return { kind = "function", result = random.chance(80) and g.number() or { kind = "number", text = "void" },
      params = params }
  end

  function g.pointer(depth)
    local roll = random.int(1, 10)
    local to
    if roll <= 4 then
      to = g.number()
    elseif roll == 5 then
      to = { kind = "number", text = "void" }
    elseif roll == 6 then
      to = g.function_type()
    else
      to = g.any(depth - 1)
    end
    local t = { kind = "pointer", to = to }
    if random.chance(25) and to.kind ~= "function" and to.kind ~= "array" and to.kind ~= "pointer" and not to.const then
      local copy = {}
      for key, value in next, to do
        copy[key] = value
      end
      copy.const = random.pick(QUALIFIERS)
      t.to = copy
    end
    return t
  end

  local function attributes()
    if random.chance(15) and not uneven then
      local list = { "packed", "aligned(8)", "aligned(16)", "packed, aligned(4)", "aligned" }
      return " __attribute__((" .. random.pick(list) .. "))"
    end
    return ""
  end

  -- The members of a struct or union: their text, and the list of fields.
  local function members(depth, is_union, plain)
    local lines, fields = {}, {}
    for _ = 1, random.int(1, 5) do
      local name = fresh("m")
      local roll = random.int(1, 100)
      if roll <= 15 then
        local t = { kind = "number", text = nil }
        repeat
          t.text = random.pick(INTEGERS)
        until BITS[t.text]
        if random.chance(10) then
          lines[#lines + 1] = t.text .. " :" .. random.pick({ "0", "0", "1" }) .. ";"
        end
        uneven = true
        t.bits = random.int(1, BITS[t.text])
        lines[#lines + 1] = ("%s %s : %d;"):format(t.text, name, t.bits)
        fields[#fields + 1] = { name = name, type = t }
      elseif roll <= 25 and depth > 0 then
        local kind = random.pick({ "struct", "union" })
        local text, inner = members(depth - 1, kind == "union", plain or kind == "union")
        if random.chance(60) then
          lines[#lines + 1] = ("%s { %s };"):format(kind, text)
          for _, field in ipairs(inner) do
            fields[#fields + 1] = field
          end
        else
          lines[#lines + 1] = ("%s { %s } %s;"):format(kind, text, name)
          fields[#fields + 1] = { name = name, type = { kind = "record", text = nil, fields = inner } }
        end
      else
        local t
        repeat
          t = g.any(depth - 1)
        until not (is_union or plain) or types.is_plain(t) and not types.has_float(t)
        if random.chance(4) and not t.const and t.kind == "number" then
          t = { kind = t.kind, text = t.text, const = "const " }
        end
        local aligned = random.chance(4)
        uneven = uneven or aligned or t.kind ~= "number" and t.kind ~= "pointer"
        lines[#lines + 1] = types.declare(t, name) .. (aligned and " __attribute__((aligned(8)))" or "") .. ";"
        fields[#fields + 1] = { name = name, type = t }
      end
    end
    return table.concat(lines, " "), fields
  end

  function g.record(depth)
    local kind = random.chance(75) and "struct" or "union"
    local name = fresh("r")
    uneven = false
    local text, fields = members(depth, kind == "union", kind == "union")
    local t = { kind = "record", text = kind .. " " .. name, fields = fields, union = kind == "union" }
    local pack = not uneven and random.chance(6) and random.pick({ 1, 2, 4 })
    local attribute = attributes()
    local body = ("%s { %s }%s"):format(t.text, text, attribute)
    local declaration = body .. ";"
    if attribute == "" and random.chance(20) then -- LuaJIT counts arrays of such an alias by the wrong size
      local alias = fresh("t")
      declaration = "typedef " .. body .. " " .. alias .. ";"
      if random.chance(50) then
        t.text = alias
      end
    end
    if pack then
      declaration = ("#pragma pack(push, %d)\n%s\n#pragma pack(pop)"):format(pack, declaration)
    end
    g.declarations[#g.declarations + 1] = declaration
    g.records[#g.records + 1] = t
    return t
  end

  function g.array(depth)
    local elem
    repeat
      elem = g.any(depth - 1)
    until elem.kind ~= "function"
    return { kind = "array", elem = elem, count = random.pick({ 1, 2, 3, 4, 7 }) }
  end

  -- Any type that an object can have.
  function g.any(depth)
    local roll = random.int(1, 100)
    if depth <= 0 or roll <= 40 then
      return g.number()
    elseif roll <= 48 then
      return #g.enums > 0 and random.chance(60) and random.pick(g.enums) or g.enum()
    elseif roll <= 62 then
      return g.pointer(depth)
    elseif roll <= 78 then
      return g.array(depth)
    elseif roll <= 92 then
      return #g.records > 0 and random.chance(50) and random.pick(g.records) or g.record(depth - 1)
    elseif roll <= 97 then
      return { kind = "complex", text = random.pick({ "complex", "complex float" }) }
    end
    return g.vector()
  end

  return g
end

-- The places in an object of type `t` that is called `base`: { { path, type }, ... }, aggregates first.
function types.places(t, base, out, limit)
  out = out or {}
  if #out >= (limit or 40) then
    return out
  end
  out[#out + 1] = { base, t }
  if t.kind == "array" and t.count ~= "?" then
    for i = 0, math.min(t.count, 3) - 1 do
      types.places(t.elem, ("%s[%d]"):format(base, i), out, limit)
    end
  elseif t.kind == "record" then
    for _, field in ipairs(t.fields) do
      types.places(field.type, base .. "." .. field.name, out, limit)
    end
  elseif t.kind == "complex" then
    out[#out + 1] = { base .. ".re", { kind = "number", text = "double", const = "const " } }
    out[#out + 1] = { base .. "[1]", { kind = "number", text = "double", const = "const " } }
  elseif t.kind == "vector" then
    out[#out + 1] = { base .. "[1]", { kind = "number", text = "int", const = "const " } }
  end
  return out
end

return types
