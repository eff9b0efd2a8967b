Slocal function kind(x) return type(x) == "cdata" and tonumber(x) or type(x) end
return kind, type (x), type{1}, type"s" == 'string'
