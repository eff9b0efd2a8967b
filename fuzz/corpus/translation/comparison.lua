Plocal ffi = require("ffi")
local p = ffi.new("int *")
if p == nil or nil ~= p and not (p == 3) then return 1 < p, p >= 2, "RED" == p end
return p == nil
