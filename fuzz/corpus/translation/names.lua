Slocal unpack, loadstring, setfenv = unpack, loadstring, setfenv
module(..., package.seeall)
table.getn(t) math.pow(2, 3) string.gfind(s, "x")
return bit.band(1, 2), jit.os, table.unpack
