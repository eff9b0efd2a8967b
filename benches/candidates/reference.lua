-- The hand-written C module: benches/reference.c.

return {
  module = "reference",
  open = function(reference)
    local c = {}
    for name, fn in pairs(reference) do
      c[name] = fn
    end
    c.lib = reference
    c.callback = function(fn)
      return fn
    end
    c.ascending = function(a, b)
      return a - b
    end
    c.objects = {
      struct = reference.new_point,
      pointer = reference.block_source,
      boxed = function()
        return reference.new_int64(1)
      end,
    }
    return c
  end,
}
