-- Jumps as programs use them. luacheck: ignore
for i = 1, 6 do
  if i % 2 == 0 then goto continue end
  local square = i * i
  print("odd", i, square)
  ::continue::
end

for i = 1, 3 do
  for j = 1, 3 do
    if j == 2 then goto next_inner end
    if i == 2 then goto next_outer end
    if i == 3 and j == 3 then goto done end
    print(i, j)
    ::next_inner::
  end
  print("row", i)
  ::next_outer::
end
::done::

do -- tries again
  local tries = 0
  ::again::
  tries = tries + 1
  local kept = tries
  local function f() return kept end
  if tries < 4 then goto again end
  print("tries", tries, f())
end

local function find(list, wanted)
  local place = 1
  while true do
    local value = list[place]
    if value == nil then goto missing end
    if value == wanted then break end
    place = place + 1
  end
  do return place end
  ::missing:: ;
  return nil, "missing"
end
print(find({ 5, 6, 7 }, 7), find({ 5 }, 7))

-- A machine of states, entered in the middle.
local function words(text)
  local list, place, from = {}, 1, 1
  goto blank
  ::word::
  if place > #text or text:sub(place, place) == " " then
    list[#list + 1] = text:sub(from, place - 1)
    goto blank
  end
  place = place + 1
  goto word
  ::blank::
  if place > #text then goto finish end
  if text:sub(place, place) ~= " " then
    from = place
    goto word
  end
  place = place + 1
  goto blank
  ::finish::
  return list
end
print(table.concat(words("  to be or   not to be "), "|"), #words(""), #words("   "))

-- Each turn has variables of its own.
local list = {}
do
  local n = 0
  ::turn::
  local mine = n
  list[#list + 1] = function() mine = mine + 10 return mine end
  n = n + 1
  if n < 3 then goto turn end
end
print(list[1](), list[2](), list[3](), list[1]())

-- Out of loops, with a break on the way and a condition that knows the body's variables.
local log = {}
repeat
  ::top::
  local x = #log
  log[#log + 1] = x
  if x < 3 then goto top end
  if x == 100 then break end
until x > 5
print(table.concat(log, " "))

for key, value in pairs({ only = 1LL }) do
  if key and value == 1 then goto skip end
  print("never")
  goto also
  ::skip:: ::also::
end
print(pcall(loadstring, "do goto nowhere end"))
print(loadstring("goto f local x ::f:: print(x)", "=p"))
print(loadstring("::a:: ::a::", "=p"))
print(loadstring("do ::a:: end goto a", "=p"))
print(loadstring("for i = 1, 2 do (function() goto out end)() end ::out::", "=p"))
