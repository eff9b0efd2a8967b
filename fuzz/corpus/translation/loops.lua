Qfor k, v in pairs(x) do for i, w in ipairs(v) do for j = 1ULL, 10, -1 do print(k == v, i, w, j) end end end
while not x do if a then elseif b == c then else return end end
