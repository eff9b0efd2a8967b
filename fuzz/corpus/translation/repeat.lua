Prepeat
  local done = f()
  if done then goto next end
  g()
  ::next::
until x == 3LL or h(done)
