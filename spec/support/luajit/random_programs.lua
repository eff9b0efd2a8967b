-- Random programs on random C types: for each seed a declaration and steps, which are pieces of Lua code. What the
-- steps do is defined: nothing is read or written but what the program made and still has.
--
-- A step is { code =, needs = { numbers of the values that it uses } }; it may set v[n].

local random = require("c_tests.random")
local calls = require("spec.support.luajit.random_calls")
local types = require("spec.support.luajit.random_types")
local pool = require("spec.support.luajit.random_values")

local programs = {}

local NUMBERS, WILD, BOXED = pool.NUMBERS, pool.WILD, pool.BOXED
local POINTERS, STRINGS, OTHERS = pool.POINTERS, pool.STRINGS, pool.OTHERS

local ARITHMETIC = { "+", "-", "*", "/", "%", "^", ".." }

-- The program of a seed.
function programs.make(seed)
  local r = random.new(seed)
  local prefix = "q" .. seed .. "_"
  local g = types.new(r, prefix)
  local steps = {}
  local values = {} -- number -> type

  local function step(code, needs)
    steps[#steps + 1] = { code = code, needs = needs or {} }
  end

  -- A value of any kind. `wild`: numbers that no integer holds, too.
  local function value(wild)
    local roll = r.int(1, 100)
    if roll <= 35 then
      return r.pick(NUMBERS), "number"
    elseif roll <= 38 and wild then
      return r.pick(WILD), "number"
    elseif roll <= 50 then
      return r.pick(BOXED), "boxed"
    elseif roll <= 56 and #g.enums > 0 then
      local enum = r.pick(g.enums)
      if r.chance(50) then
        return ('"%s"'):format(r.pick(enum.names)), "enum name"
      end
      return ('ffi.new("%s", %d)'):format(enum.text, r.int(0, 5)), "boxed"
    elseif roll <= 70 then
      return r.pick(POINTERS), "pointer"
    elseif roll <= 80 then
      return r.pick(STRINGS), "string"
    end
    return r.pick(OTHERS), "other"
  end

  -- A value that suits a type, mostly.
  local creating
  local function suited(t, depth)
    if r.chance(12) then
      return (value(t.text == "double" or t.text == "float"))
    end
    local kind = t.kind
    if kind == "number" then
      if t.text == "bool" then
        return r.pick({ "true", "false", "1", "0" })
      end
      return r.chance(80) and r.pick(NUMBERS) or r.pick(BOXED)
    elseif kind == "enum" then
      return r.chance(50) and ('"%s"'):format(r.pick(t.names)) or tostring(r.int(-2, 9))
    elseif kind == "pointer" then
      return r.chance(30) and "nil" or r.chance(20) and r.pick(STRINGS) or r.pick(POINTERS)
    elseif kind == "array" then
      if (t.elem.text == "char" or t.elem.text == "int8_t" or t.elem.text == "uint8_t") and r.chance(50) then
        -- LuaJIT leaves what is behind the string in a new array as it finds it.
        return creating and '"a longer text than fits"' or r.pick(STRINGS)
      end
      local list = {}
      local count = t.count == "?" and 3 or t.count
      for i = 1, math.max(0, r.pick({ 1, count, count, count - 1, count + 1, r.int(0, count) })) do
        list[i] = suited(t.elem, (depth or 0) + 1)
      end
      if r.chance(10) and list[1] then
        list[1] = "[0] = " .. list[1]
      end
      return "{ " .. table.concat(list, ", ") .. " }"
    elseif kind == "record" then
      local list = {}
      local named = r.chance(50)
      for _, field in ipairs(t.fields) do
        if r.chance(85) then
          list[#list + 1] = (named and field.name .. " = " or "") .. suited(field.type, (depth or 0) + 1)
        elseif not named then
          break
        end
        if t.union and not named then
          break
        end
      end
      return "{ " .. table.concat(list, ", ") .. " }"
    elseif kind == "complex" then
      return r.pick({ "1", "{ 1, 2 }", "{ 0.5 }", 'ffi.new("complex", 1, 2)', "{ re = 1 }", "-2.5" })
    elseif kind == "vector" then
      return r.pick({ "1", "{ 1, 2 }", "{ 1, 2, 3, 4 }", "0.5", "shared.vector" })
    end
    return "nil"
  end

  -- What the steps show of a place: addresses only as being NULL or not.
  local function show(path, t)
    if t.kind == "pointer" then
      return ("tostring(%s), isnull(%s)"):format(path, path)
    elseif t.kind == "array" or t.kind == "record" then
      return ("ffi.typeof(%s), ffi.sizeof(%s)"):format(path, path)
    end
    return path
  end

  -- Shows all of v[n].
  local function dump(n)
    local parts = {}
    for _, place in ipairs(types.places(values[n], ("v[%d]"):format(n))) do
      parts[#parts + 1] = show(place[1], place[2])
      if #parts == 24 then
        break
      end
    end
    step("return " .. table.concat(parts, ", "), { n })
  end

  local function owned()
    local list = {}
    for n in ipairs(values) do
      list[n] = n
    end
    return r.pick(list)
  end

  -- Steps, by kind --------------------------------------------------------------------------------------------------

  local function create(t)
    creating = true
    local n = #values + 1
    local name = types.name(t)
    local args = {}
    local roll = r.int(1, 10)
    if t.kind == "array" and t.count == "?" then
      args[1] = "7"
      roll = r.pick({ 1, 7, 7, 10 }) -- LuaJIT leaves what a table does not tell as it finds it
    end
    if roll <= 2 then
      args[#args + 1] = nil
    elseif roll <= 6 then
      args[#args + 1] = suited(t)
    elseif roll <= 8 and (t.kind == "array" or t.kind == "record") then
      local elem = t.kind == "array" and t.elem
      for i = 1, r.int(1, 4) do
        local part = elem or t.fields[i] and t.fields[i].type
        args[#args + 1] = part and suited(part) or value()
      end
    else
      local x, kind = value()
      if t.kind == "array" and (kind == "string" or kind == "enum name" or t.count == "?" and x:find("^{")) then
        x = "1"
      end
      args[#args + 1] = x
    end
    values[n] = t
    local make = r.chance(70) and ('ffi.new("%s"'):format(name) or ('ffi.typeof("%s")('):format(name)
    local separator = make:sub(-1) == "(" and "" or #args > 0 and ", " or ""
    step(("v[%d] = %s%s%s) return tostring(v[%d])"):format(n, make, separator, table.concat(args, ", "), n))
    creating = false
    -- A value of the type to go on with, whatever became of that.
    step(('v[%d] = v[%d] or ffi.new("%s"%s)'):format(n, n, name, t.count == "?" and ", 7" or ""))
    dump(n)
  end

  local function ask(t)
    local name = types.name(t)
    step(('return ffi.sizeof("%s"), ffi.alignof("%s"), tostring(ffi.typeof("%s"))'):format(name, name, name))
    if t.kind == "record" then
      for _, field in ipairs(t.fields) do
        step(('return ffi.offsetof("%s", "%s")'):format(name, field.name))
      end
      step(('return ffi.offsetof("%s", "none")'):format(name))
    end
    step(('return ffi.istype("%s", %s)'):format(name, (value())))
    local other = r.pick({ t, g.any(1), g.pointer(1), r.pick(g.records) })
    step(('return ffi.istype("%s", ffi.typeof("%s"))'):format(name, types.name(other)))
    -- For LuaJIT each function is a type of its own, and so are pointers to equal types of other names.
    if not types.has_function(other) and (other == t or other.kind == "record" or other.kind == "enum") then
      step(('return ffi.typeof("%s") == ffi.typeof("%s")'):format(name, types.name(other)))
    end
  end

  local function write(n)
    local places = types.places(values[n], ("v[%d]"):format(n))
    local place = r.pick(places)
    if place[1] == ("v[%d]"):format(n) then
      return
    end
    step(("%s = %s"):format(place[1], suited(place[2])), { n })
    step("return " .. show(place[1], place[2]), { n })
    if r.chance(30) then
      dump(n)
    end
  end

  local function read_wrongly(n)
    step(("return v[%d][%s]"):format(n, r.pick({ "shared.int_ref", "shared.struct.s", '"none"', "nil", "true", "{}",
      '""', "nothing",
      'ffi.new("void *")', '"re"' })), { n })
    step(("v[%d][%s] = %s"):format(n, r.pick({ '"none"', "true", "{}", "nothing",
      'ffi.new("void *")' }), (value())), { n })
  end

  local function operate()
    local a, kind_a = value(true)
    local b, kind_b = value(true)
    if r.chance(30) and #values > 0 then
      local n = owned()
      local place = r.pick(types.places(values[n], ("v[%d]"):format(n)))
      a, kind_a = place[1], place[2].kind == "enum" and "boxed" or "pointer"
      if place[2].kind == "number" then
        -- Plain numbers compute as the Lua at hand does.
        a, kind_a = ('ffi.new("%s", %s)'):format(types.name(place[2]), a), "boxed"
      end
      if r.chance(50) then
        a, b, kind_a, kind_b = b, a, kind_b, kind_a
      end
    end
    if kind_a ~= "pointer" and kind_a ~= "boxed" and kind_b ~= "pointer" and kind_b ~= "boxed" then
      b, kind_b = r.pick(BOXED), "boxed"
    end
    local operator = r.pick(ARITHMETIC)
    -- How far apart two objects lie is nobody's business.
    local different = kind_a == "pointer" and kind_b == "pointer"
    local roll = r.int(1, 10)
    if roll <= 5 then
      if operator == ".." and kind_a ~= "pointer" and kind_b ~= "pointer" then
        operator = "*"
      end
      local code = ("%s %s %s"):format(a, operator, b)
      step(different and operator == "-" and ("return type(%s)"):format(code) or "return " .. code)
    elseif roll <= 7 then
      step(("return eq(%s, %s)"):format(a, b))
    elseif roll <= 9 then
      local code = ("%s(%s, %s)"):format(r.pick({ "lt", "le" }), a, b)
      step((kind_a == "pointer" or kind_b == "pointer") and ("return type(%s)"):format(code) or "return " .. code)
    else
      local boxed = kind_a == "boxed" and a or kind_b == "boxed" and b
      step(("return -(%s)"):format(boxed or kind_a == "pointer" and a or b))
    end
  end

  local BITS = { "band", "bor", "bxor", "lshift", "rshift", "arshift", "rol", "ror" }
  local function bits()
    local function operand()
      return r.chance(60) and r.pick(BOXED) or (value())
    end
    local roll = r.int(1, 10)
    if roll <= 6 then
      step(("return bit.%s(%s, %s)"):format(r.pick(BITS), operand(),
        r.chance(50) and tostring(r.pick({ 0, 1, 5, 31, 32, 33, 63, 64, 65, -1 })) or operand()))
    elseif roll <= 8 then
      step(("return bit.%s(%s)"):format(r.pick({ "tobit", "bnot", "bswap", "tohex" }), operand()))
    else
      step(("return bit.tohex(%s, %s)"):format(operand(), r.pick({ "0", "1", "8", "16", "-4", "20", operand() })))
    end
  end

  local function convert()
    local x, kind = value(true)
    if x:find("922", 1, true) then
      x = "0" -- as a plain number it is another on each Lua
    end
    step(("return %s(%s)"):format(r.pick({ "tonumber", "type" }), x))
    if kind ~= "other" and kind ~= "number" then
      step(("return tostring(%s)"):format(x))
    end
    local t = r.chance(60) and g.number() or g.any(2)
    local name = types.name(t)
    if t.text == "float" or t.text == "double" then
      x, kind = value(true)
    else
      x, kind = value(false)
    end
    local call = ('ffi.cast("%s", %s)'):format(name, x)
    -- An address as a number is another one each time.
    if (t.kind == "number" or t.kind == "enum") and kind ~= "number" and kind ~= "boxed" or kind == "other" then
      call = ("ffi.type(%s)"):format(call):gsub("^ffi%.type", "type")
    end
    step("return " .. call)
  end

  -- Bytes of something else could be a float that is not a number, which LuaJIT takes for another value.
  local floatless = { ["shared.bytes"] = true, ["shared.ints"] = true, ["shared.matrix"] = true }
  local function memory()
    local function target()
      if #values > 0 and r.chance(60) then
        local n = owned()
        local name = ("v[%d]"):format(n)
        floatless[name] = not types.has_float(values[n])
        return name, types.is_plain(values[n])
      end
      local x, kind = value()
      if kind == "pointer" and x:find("^shared") and x ~= "shared.abs" then
        return x, x ~= "shared.pointers"
      end
      return x, nil
    end
    local roll = r.int(1, 10)
    local x, plain = target()
    local y, plain_y = target()
    local known, known_y = plain ~= nil, plain_y ~= nil
    if roll <= 3 then
      -- With a length only what has one; without, only what surely ends or fails.
      local length = known and ("math.min(8, size(%s))"):format(x) or "0"
      if plain == false then
        return
      end
      step(("return ffi.string(%s, %s)"):format(x, r.chance(85) and length or '"x"'))
    elseif roll <= 5 then
      if known and known_y and plain and plain_y and floatless[x] then
        step(("ffi.copy(%s, %s, math.min(size(%s), size(%s)))"):format(x, y, x, y))
      else
        step(("ffi.copy(%s, %s, 0)"):format(x, y))
      end
    elseif roll <= 7 then
      step(("ffi.fill(%s, %s, %s)"):format(x, known and plain and ("size(%s)"):format(x) or "0",
        r.pick({ "0", "1", "256", "65", "0", '"1"', "{}", 'ffi.new("char", 65)' })))
    elseif roll <= 8 and x ~= '"1e3"' then -- floats are part of the C that is read here
      step(("return ffi.sizeof(%s), ffi.alignof(%s)"):format(x, x))
    else
      step(("local o = %s local same_object = rawequal(ffi.gc(o, %s), o) ffi.gc(o, nil) return same_object"):format(x,
        r.pick({ "nil", "nothing", "{}", "1", '"x"' })))
      step(("ffi.gc(%s, nil)"):format(x))
    end
  end

  local function point(n)
    -- A pointer to one of our objects, and what can be done with it.
    local t = values[n]
    if t.kind ~= "array" and t.kind ~= "record" then
      return -- a number would be the address
    end
    local name = types.declare(t.kind == "array" and t.elem or t, "*")
    if t.kind == "array" and (t.elem.kind == "array") then
      name = types.declare(t.elem, "(*)")
    end
    local p = ('ffi.cast("%s", v[%d])'):format(name, n)
    local target = t.kind == "array" and t.elem or t
    step(("local p = %s return %s, %s"):format(p, show("p[0]", target), "tostring(p)"), { n })
    step(("local p = %s return p + 1 - p, (p + 2) - (p + 1), p - (p + 3), eq(p, v[%d]), lt(p, p + 1), le(p + 1, p)")
      :format(p, n), { n })
    local operator, operand = r.pick({ "+", "-", "*" }), value()
    if not (operator == "-" and operand:find("shared", 1, true)) then -- how far apart they lie is by chance
      step(("local p = %s return p %s %s"):format(p, operator, operand), { n })
    end
    step(("local p = %s p[0] = %s return %s"):format(p, suited(target), show("p[0]", target)), { n })
    if t.kind == "record" then
      local field = r.pick(t.fields)
      step(("local p = %s p.%s = %s"):format(p, field.name, suited(field.type)), { n })
      step(("local p = %s return %s"):format(p, show("p." .. field.name, field.type)), { n })
    end
    step(("return %s[%s]"):format(p, r.pick({ "shared.int_ref", "shared.struct.s", '"x"', "nil", "{}", "true",
      "nothing" })), { n })
    dump(n)
  end

  local function callback()
    local params, names = {}, {}
    for i = 1, r.int(0, 6) do
      params[i] = r.chance(70) and g.number() or r.chance(50) and g.pointer(1)
        or (#g.enums > 0 and r.pick(g.enums) or g.number())
      names[i] = "a" .. i
    end
    local result = r.chance(80) and g.number() or g.pointer(1)
    local t = { kind = "pointer", to = { kind = "function", result = result, params = params } }
    local args = {}
    for i, param in ipairs(params) do
      args[i] = suited(param)
    end
    if r.chance(10) then
      args[#args + 1] = "1"
    elseif r.chance(10) then
      args[#args] = nil
    end
    local shown = {}
    for i, name in ipairs(names) do
      shown[i] = ("text(%s)"):format(name)
    end
    step(('local seen = "not called" local cb = ffi.cast("%s", function(%s) seen = table.concat({ %s }, " ") return %s '
      .. 'end) local ok, result = pcall(function() return (cb(%s)) end) cb:free() '
      .. "return seen, ok, ok and text(result) or message(result)"):format(types.name(t), table.concat(names, ", "),
      table.concat(shown, ", "), r.chance(85) and suited(result) or (value()), table.concat(args, ", ")))
  end

  local METHODS = {
    { "__add", "+" }, { "__sub", "-" }, { "__mul", "*" }, { "__div", "/" }, { "__mod", "%" }, { "__pow", "^" },
    { "__concat", ".." }, { "__eq", "eq" }, { "__lt", "lt" }, { "__le", "le" }, { "__unm" }, { "__len" }, { "__call" },
    { "__index" }, { "__newindex" }, { "__tostring" }, { "__new" }, { "__pairs" }, { "__ipairs" },
  }
  local function metatype()
    local t
    repeat
      t = g.record(1)
    until t
    local name = types.name(t)
    local has = {}
    for _, method in ipairs(METHODS) do
      if r.chance(50) then
        has[#has + 1] = method
      end
    end
    local n = #values + 1
    values[n] = t
    local parts = {}
    for _, method in ipairs(has) do
      local key = method[1]
      local body
      if key == "__index" and r.chance(50) then
        body = "{ method = function() return 'a method' end, " .. prefix .. "K = 5 }"
      elseif key == "__newindex" and r.chance(30) then
        body = "log"
      elseif key == "__new" then
        body = ("function(ct, ...) log.made = select('#', ...) return ffi.new(ct) end")
      else
        body = ("function(...) return '%s:' .. texts(...) end"):format(key)
      end
      parts[#parts + 1] = key .. " = " .. body
    end
    step(('local log = {} v[%d] = ffi.metatype("%s", { %s })() return tostring(ffi.typeof(v[%d]))'):format(n, name,
      table.concat(parts, ", "), n))
    step(('v[%d] = v[%d] or ffi.new("%s")'):format(n, n, name))
    step(('return ffi.metatype("%s", {})'):format(name))
    local x = r.chance(70) and ("v[%d]"):format(n) or ('ffi.cast("%s", v[%d])'):format(types.declare(t, "*"), n)
    for _ = 1, 12 do
      local method = r.pick(METHODS)
      local other = r.chance(20) and x or (value())
      local a, b = x, other
      if r.chance(40) then
        a, b = b, a
      end
      if method[2] and #method[2] > 1 and method[2] ~= ".." then
        step(("return %s(%s, %s)"):format(method[2], a, b), { n })
      elseif method[2] then
        step(("return %s %s %s"):format(a, method[2], b), { n })
      elseif method[1] == "__unm" then
        step(("return -(%s)"):format(x), { n })
      elseif method[1] == "__len" then
        step(("return #(%s)"):format(x), { n })
      elseif method[1] == "__call" then
        step(("return (%s)(%s)"):format(x, other), { n })
      elseif method[1] == "__index" then
        local key = other ~= "nil" and not other:find("side") and other or "1"
        step(("return (%s).method, (%s)[%s]"):format(x, x, key), { n })
        step(("return ffi.typeof(%s).method"):format(x), { n })
      elseif method[1] == "__newindex" then
        step(("(%s).undefined = %s"):format(x, other), { n })
      elseif method[1] == "__tostring" then
        step(("return tostring(%s)"):format(x), { n })
      elseif method[1] == "__new" then
        step(("return ffi.sizeof(ffi.typeof(%s)(%s)) == ffi.sizeof(v[%d])"):format(x, r.pick({ "", "{}" }), n), { n })
      else
        step(("return %s(%s)"):format(method[1]:sub(3), x), { n })
      end
    end
    dump(n)
  end

  local function call()
    local x
    repeat
      x = r.pick({ '"abs"', '"strlen"', '"toupper"', '"labs"', '"fabs"', '"abs"' })
    until x
    local args = {}
    for i = 1, r.pick({ 1, 1, 1, 1, 0, 2 }) do
      args[i] = (value())
    end
    local name = x:sub(2, -2)
    if name == "strlen" then
      -- Only what surely ends.
      args = { r.pick({ r.pick(STRINGS), r.pick(NUMBERS), r.pick(OTHERS), "shared.doubles" }) }
      if args[1] == "nil" or args[1] == "io.stdout" or args[1] == "ffi.C" then
        return
      end
    end
    step(("return ffi.C.%s(%s)"):format(name, table.concat(args, ", ")))
  end

  local function parameterised()
    local t = g.any(1)
    local name = types.name(t)
    step(('return tostring(ffi.typeof("$ *", ffi.typeof("%s"))), ffi.sizeof(ffi.typeof("$[$]", ffi.typeof("%s"), %d))')
      :format(name, name, r.int(0, 9)))
    local text, param = r.pick({ "$", "$ *", "$[3]", "const $", "int $[$]", "struct $", "int[$]", "struct { $ x; }" }),
      value()
    if not (text:find("[$]", 1, true) and param:find('^"') or param:find("side")) then -- a name is a constant here
      step(('return tostring(ffi.typeof("%s", %s))'):format(text, param))
    end
    for _, question in ipairs({ "return tostring(ffi.typeof(%s))", "return ffi.sizeof(%s)" }) do
      local x = value()
      if x ~= '"1e3"' then
        step(question:format(x))
      end
    end
    step(('return ffi.new("%s[?]", %s)'):format(r.pick({ "int", "char", "double" }), r.pick({ "0", "1", "3", "-1",
      '"3"', "nil", "{}", 'i64"2"', "2.9", "2^31", "true" })))
  end

  -- What only few programs have: objects of variable length, references, constants of a struct.
  local function variable()
    local n = #values + 1
    local t = { kind = "array", elem = g.number(), count = "?" }
    local name = prefix .. "l" .. #steps
    local text = "struct %s { uint16_t n; static const int %sLIMIT = %s; enum { %sA, %sB = 5 } e; %s; };"
    local limit = r.pick({ "7", "-1", "1 << 3", "sizeof(int)" })
    step(('ffi.cdef("' .. text .. '")'):format(name, name, limit, name, name, types.declare(t, "tail")))
    values[n] = { kind = "record", text = "struct " .. name, fields = {} }
    step(('v[%d] = ffi.new("struct %s", %s) return ffi.sizeof(v[%d])'):format(n, name, r.pick({
      "4", "4, 5", "4, { 5 }", "4, { n = 5 }", "4, 1, 2", "4, { 1, 1, { 1, 2 } }", "0", "0, 5", "-1", "{}", '"x"',
      "2^31",
    }), n))
    local x = ("v[%d]"):format(n)
    step(("return %s.n, %s.e, %s.%sLIMIT, %s.%sB, ffi.typeof(%s).%sLIMIT"):format(x, x, x, name, x, name, x, name),
      { n })
    step(('return ffi.C.%sB, ffi.sizeof("struct %s", 3), ffi.sizeof("struct %s")'):format(name, name, name))
    step(('return ffi.sizeof("struct %s", 3), ffi.offsetof("struct %s", "tail")'):format(name, name))
    step(("v[%d].%sLIMIT = 5"):format(n, name), { n })
    step(('local there = ffi.sizeof(v[%d]) >= ffi.sizeof("struct %s", 1) if there then v[%d].tail[0] = %s end '
      .. "return there and v[%d].tail[0]"):format(n, name, n, suited(t.elem), n), { n })
    values[n] = nil
    step(("v[%d] = nil"):format(n))
  end

  local function refer(n)
    local t = values[n]
    if t.kind ~= "record" then
      return
    end
    local x = ('ffi.cast("%s", v[%d])'):format(types.declare(t, "&"), n)
    local field = r.pick(t.fields)
    step(("local x = %s return %s, ffi.typeof(x), ffi.sizeof(x), eq(x, v[%d])"):format(x, show("x." .. field.name,
      field.type), n), { n })
    step(("local x = %s x.%s = %s"):format(x, field.name, suited(field.type)), { n })
    step(('return ffi.istype("%s", %s), ffi.istype(%s, v[%d])'):format(types.name(t), x, x, n), { n })
    step(("return %s + %s"):format(x, (value())), { n })
    step(('return type(ffi.new("%s", %s))'):format(types.name(t), x), { n })
    dump(n)
  end

  -- The program -----------------------------------------------------------------------------------------------------

  for _ = 1, r.int(1, 3) do
    g.record(2)
  end
  if #g.enums == 0 then
    g.enum()
  end
  for _, t in ipairs({ g.records[#g.records], g.records[1], g.any(2), g.array(2) }) do
    if t.kind == "array" and r.chance(25) then
      t = { kind = "array", elem = t.elem, count = "?" }
    end
    create(t)
    if t.count ~= "?" then
      ask(t)
    end
  end
  for _ = 1, 40 do
    local roll = r.int(1, 100)
    if roll <= 8 then
      create(g.any(2))
    elseif roll <= 32 then
      write(owned())
    elseif roll <= 36 then
      read_wrongly(owned())
    elseif roll <= 52 then
      operate()
    elseif roll <= 60 then
      bits()
    elseif roll <= 68 then
      convert()
    elseif roll <= 76 then
      memory()
    elseif roll <= 84 then
      point(owned())
    elseif roll <= 88 then
      callback()
    elseif roll <= 90 then
      metatype()
    elseif roll <= 93 then
      call()
    elseif roll <= 95 then
      calls.add(r, step, value, suited)
    elseif roll <= 96 then
      variable()
    elseif roll <= 98 then
      refer(owned())
    else
      parameterised()
    end
  end
  return { declaration = table.concat(g.declarations, "\n"), steps = steps }
end

return programs
