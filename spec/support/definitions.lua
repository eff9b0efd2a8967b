-- Reads the definitions for the Lua language server: the classes of a file, each with the names of
-- its fields, functions and operators.

local function new_class()
  return { fields = {}, functions = {}, operators = {} }
end

-- Returns a table: class name -> { fields, functions, operators }, each a set of names. A field
-- that is no name (`[1]`, `[string]`) is left out. `fields` have the text of their type.
return function(path)
  local classes = {}
  local current -- the class whose tags are being read
  local variables = {} -- the variable declared after a class -> the class
  for line in assert(io.open(path)):lines() do
    local class = line:match("^%-%-%-@class ([%w_.]+)")
    local field, kind = line:match("^%-%-%-@field ([%a_][%w_]*)%??%s+(.+)$")
    local operator = line:match("^%-%-%-@operator (%a+)")
    local variable = line:match("^local ([%a_][%w_]*) = {}$")
    local owner, name = line:match("^function ([%a_][%w_]*)[.:]([%a_][%w_]*)%(")
    if class then
      assert(not classes[class], "the class " .. class .. " is there twice")
      current = new_class()
      classes[class] = current
    elseif field then
      assert(current, "no class for the field " .. field)
      assert(not current.fields[field], "the field " .. field .. " is there twice")
      current.fields[field] = kind
    elseif operator then
      assert(current, "no class for the operator " .. operator).operators[operator] = true
    elseif variable then
      variables[variable] = current
      current = nil
    elseif owner then
      local functions = assert(variables[owner], "no class for " .. owner).functions
      assert(not functions[name], "the function " .. name .. " is there twice")
      functions[name] = true
    elseif line == "" then
      current = nil
    end
  end
  return classes
end
