-- Random functions full of labels and jumps, each compiled and run: what each did, or that it is no program.
local state = 20240229
local function random(n)
  state = (state * 1103 + 12345) % 1048576
  return math.floor(state / 64) % n + 1
end

local names = { "a", "b", "c" }
local out, count, depth

local function emit(text, ...)
  out[#out + 1] = select("#", ...) > 0 and text:format(...) or text
end

local function condition()
  count = count + 1
  return ("ask(%d)"):format(count)
end

local function a_name()
  return names[random(#names)]
end

local block

local function statement(locals, in_loop)
  local kind = random(20)
  count = count + 1
  if depth > 4 and kind > 8 then
    kind = random(8)
  end
  if kind <= 3 then
    emit("note(%d%s)", count, #locals > 0 and ", " .. locals[random(#locals)] or "")
  elseif kind <= 5 then
    local name = "v" .. count
    emit("local %s = note(%d)", name, count)
    locals[#locals + 1] = name
    if random(3) == 1 then
      emit("keep(function() %s = %s + 1 return %s end)", name, name, name)
    end
  elseif kind == 8 then
    emit("note(%d) do goto %s end", count, a_name())
  elseif kind == 9 or kind == 10 then
    emit("if %s then", condition())
    block(locals, in_loop)
    if random(2) == 1 then
      emit("else")
      block(locals, in_loop)
    end
    emit("end")
  elseif kind == 11 then
    emit("while %s do", condition())
    block(locals, true)
    emit("end")
  elseif kind == 12 then
    emit("for i%d = 1, 3 do", count)
    block(locals, true)
    emit("end")
  elseif kind == 13 then
    emit("repeat")
    local inner = block(locals, true)
    local is_local = random(2) == 1 and #inner > 0
    emit("until %s", is_local and "test(" .. inner[random(#inner)] .. ")" or condition())
  elseif kind == 14 then
    emit("do")
    block(locals, in_loop)
    emit("end")
  elseif kind == 15 and in_loop then
    emit("if %s then break end", condition())
  elseif kind == 16 then
    emit("if %s then return note(%d) end", condition(), count)
  elseif kind == 17 then
    emit("keep(function()")
    block(locals, false)
    emit("end)")
  else
    emit("if %s then goto %s end", condition(), a_name())
  end
end

function block(locals, in_loop)
  depth = depth + 1
  local mine = { unpack(locals) }
  local used = {}
  local function label()
    local name = a_name()
    if not used[name] then
      used[name] = true
      emit("::%s::", name)
    end
    return name
  end
  for _ = 1, random(5) do
    if random(3) == 1 then
      label()
      if random(4) == 1 then
        emit(";")
      end
    end
    statement(mine, in_loop)
  end
  if random(2) == 1 then
    label()
  elseif in_loop and random(4) == 1 then
    emit("break")
  elseif random(10) == 1 then
    emit("return note(0)")
  end
  depth = depth - 1
  return mine
end

local function run(f)
  local trace, steps, kept, answers = {}, 0, {}, 12345
  local function note(text)
    steps = steps + 1
    if steps > 150 then
      error("enough", 0)
    end
    trace[#trace + 1] = text
  end
  local function answer()
    answers = (answers * 1103 + 12345) % 65536
    return math.floor(answers / 7)
  end
  setfenv(f, {
    note = function(x, y) note(x .. (y and ":" .. y or "")) return x end,
    ask = function(x) note("?" .. x) return answer() % 5 < 2 end,
    test = function(x) note("!" .. x) return answer() % 2 == 0 end,
    keep = function(g) kept[#kept + 1] = g end,
  })
  local ok, result = pcall(f)
  -- What was kept has the variables of its own time.
  for place = 1, math.min(#kept, 30) do
    steps = 120
    trace[#trace + 1] = tostring((select(2, pcall(kept[place]))))
  end
  return tostring(ok) .. " " .. tostring(result) .. " " .. table.concat(trace, " ")
end

local programs = 0
for number = 1, 4000 do
  out, count, depth = {}, 0, 0
  block({}, false)
  local f = loadstring(table.concat(out, random(2) == 1 and "\n" or " "), "=p")
  if f then
    programs = programs + 1
    print(number, run(f))
  else
    print(number, "no program")
  end
end
print(programs > 800)
