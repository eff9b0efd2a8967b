Rreturn ("%d %s"):format(1LL, x), s:rep(w / 2), ("a"):byte(), #"x" .. 1 / 2 .. [==[
long ]] ]==], -- comment
  --[[ another
  ]] "end"
