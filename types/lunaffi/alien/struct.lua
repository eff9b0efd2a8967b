---@meta lunaffi.alien.struct

-- Definitions of the module that packs values into strings. The letters of formats are in docs/alien.md.

---@class lunaffi.alien.struct
local struct = {}

--- The values as bytes.
---@param format string
---@param ... any
---@return string
function struct.pack(format, ...) end

--- The values in the bytes of a string from a position on, or at an address; then the position behind
--- the last of them.
---@param format string
---@param data string
---@param position? integer From 1.
---@return any ...
---@overload fun(format: string, data: lunaffi.alien.Memory, length: integer, position?: integer): ...
function struct.unpack(format, data, position) end

--- The bytes that a format takes. Raises where that depends on the values.
---@param format string
---@return integer
function struct.size(format) end

--- The position of an item, from 1; that behind the last for one more than there are.
---@param format string
---@param item? integer 1 without it.
---@return integer
function struct.offset(format, item) end

return struct
