---@meta lunaffi.buffer

--- LuaJIT's string buffers: bytes that are added at the end and taken from the front, and LuaJIT's serialisation of
--- values.
---@class lunaffi.buffer
local buffer = {}

---@class lunaffi.buffer.Options
---@field dict? (string | false)[] Strings that take a number each, as keys of tables.
---@field metatable? (table | false)[] Metatables that are set again when a table is read.

--- Makes a buffer with room for `size` bytes.
---@param size? integer
---@param options? lunaffi.buffer.Options
---@return lunaffi.buffer.Buffer
---@overload fun(options: lunaffi.buffer.Options): lunaffi.buffer.Buffer
function buffer.new(size, options) end

--- Serialises a value.
---@param value any nil, a boolean, number, string, table, light userdata, or a 64-bit or complex cdata.
---@return string
function buffer.encode(value) end

--- Reads the value that a string is the serialisation of.
---@param data string
---@return any
function buffer.decode(data) end

--- A string buffer.
---@class lunaffi.buffer.Buffer: userdata
---@operator concat(string | number | lunaffi.buffer.Buffer): string
---@operator len: integer
local Buffer = {}

--- Adds strings, numbers, the bytes of other buffers, and what `__tostring` gives.
---@param ... string | number | lunaffi.buffer.Buffer | table | userdata
---@return lunaffi.buffer.Buffer self
function Buffer:put(...) end

--- Adds a formatted string.
---@param template string The directives are those of LuaJIT's `string.format`.
---@param ... any
---@return lunaffi.buffer.Buffer self
function Buffer:putf(template, ...) end

--- Adds bytes of C's memory.
---@param cdata userdata A pointer, array or struct.
---@param len integer
---@return lunaffi.buffer.Buffer self
function Buffer:putcdata(cdata, len) end

--- Has these bytes instead of its own. They are copied when the buffer is written to.
---@param data string | userdata A string, or a pointer, array or struct.
---@param len? integer The number of bytes of C's memory.
---@return lunaffi.buffer.Buffer self
function Buffer:set(data, len) end

--- Takes bytes from the front: a string for each length, all that is left for nil.
---@param ... integer | nil
---@return string ...
function Buffer:get(...) end

--- The bytes as a string. They stay in the buffer.
---@return string
function Buffer:tostring() end

--- Leaves bytes out at the front.
---@param len integer
---@return lunaffi.buffer.Buffer self
function Buffer:skip(len) end

--- Leaves all bytes out and keeps the memory.
---@return lunaffi.buffer.Buffer self
function Buffer:reset() end

--- Leaves all bytes out and releases the memory.
---@return lunaffi.buffer.Buffer self
function Buffer:free() end

--- Makes room for at least `size` bytes.
---@param size integer
---@return userdata pointer A `uint8_t *` to the free space, valid until the buffer changes.
---@return integer size The size of the free space.
function Buffer:reserve(size) end

--- Counts bytes that were written to the free space.
---@param used integer
---@return lunaffi.buffer.Buffer self
function Buffer:commit(used) end

--- Gives the bytes to C.
---@return userdata pointer A `uint8_t *`, valid until the buffer changes.
---@return integer len
function Buffer:ref() end

--- Adds the serialisation of a value, with the dictionaries of the buffer's options.
---@param value any
---@return lunaffi.buffer.Buffer self
function Buffer:encode(value) end

--- Reads one value.
---@return any
function Buffer:decode() end

return buffer
