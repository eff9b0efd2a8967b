Pdo
  local i = 0
  ::again::
  i = i + 1
  while true do
    if i > 3 then goto out end
    if i == 2 then break end
    goto again
  end
  ::out::
end
