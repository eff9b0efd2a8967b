-- LuaJIT's own ffi.

local open = require("benches.candidates.declared")

return {
  module = "ffi",
  built_in = true,
  open = function(ffi, path)
    local c = open(ffi, path)
    -- Compiled code that calls C may not be called back.
    c.interpreted = { callback = true, qsort = true }

    -- Objects that nobody keeps would not be made.
    local new_point, kept = c.new_point, {}
    function c.loops.alloc(n)
      for _ = 1, n do
        kept[1] = new_point()
      end
      return kept[1]
    end
    return c
  end,
}
