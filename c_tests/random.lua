-- What the generators share: random numbers that are the same under every Lua, command-line parameters, and files that
-- appear whole or not at all.
local M = {}

-- The minimal standard generator of Park and Miller: every product stays below 2^53, so doubles compute it exactly.
function M.new(seed)
  local state = seed % 2147483646 + 1
  local R = {}

  -- An integer from low to high, both included; the range may not exceed 2^31 - 2.
  function R.int(low, high)
    state = state * 16807 % 2147483647
    return low + state % (high - low + 1)
  end

  function R.chance(percent)
    return R.int(1, 100) <= percent
  end

  function R.pick(list)
    return list[R.int(1, #list)]
  end

  -- Neighbouring seeds begin alike: let them drift apart.
  for _ = 1, 20 do
    R.int(0, 1)
  end
  return R
end

-- "NAME=value" words of the command line over defaults; numbers stay numbers.
function M.parameters(words, defaults)
  local parameters = {}
  for name, value in pairs(defaults) do
    parameters[name] = value
  end
  for i = 1, #words do
    local name, value = words[i]:match("^(%u+)=(.+)$")
    if not name or defaults[name] == nil then
      error("unknown parameter: " .. words[i], 0)
    end
    if type(defaults[name]) == "number" then
      value = tonumber(value)
      if not value or value % 1 ~= 0 or value < 0 then
        error(name .. " must be a whole number", 0)
      end
    end
    parameters[name] = value
  end
  return parameters
end

function M.write_file(path, lines)
  -- tmpname makes a file: its name is what serves here, beside the path, so that the move cannot cross file systems.
  local unique = os.tmpname()
  os.remove(unique)
  local temporary = path .. "." .. unique:match("[^/\\]*$")
  local file = assert(io.open(temporary, "w"))
  assert(file:write(table.concat(lines, "\n"), "\n"))
  assert(file:close())
  assert(os.rename(temporary, path))
end

return M
