Pfor i = 1, 10 do
  if i % 2 == 0 then goto continue end
  local x = i
  f(function() return x end)
  ::continue::
end
