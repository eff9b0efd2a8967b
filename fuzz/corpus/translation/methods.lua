Plocal M = {}
M.__index, M["x"] = M, { 1, 2; 3, n = 4, [5LL] = 6, f = function(self, ...) return ... end }
function M.a.b:c(x, ...) return self.x == x, select("#", ...) end
return M:new{ x = 1 }:c"y"
