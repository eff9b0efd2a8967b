---@meta lunaffi.alien

-- Definitions of the Alien API. What each entry does in full, with examples, is in docs/alien.md.

--- The name of a C type. As a parameter also `ref NAME` of a number or a pointer, and as the last of a
--- function's parameters `...`.
---@alias lunaffi.alien.TypeName
---| "void"
---| "byte" | "char"
---| "short" | "ushort"
---| "int" | "uint"
---| "long" | "ulong"
---| "longlong" | "ulonglong"
---| "ptrdiff_t" | "size_t"
---| "float" | "double"
---| "string" | "pointer" | "callback"
---| "ref byte" | "ref char"
---| "ref short" | "ref ushort"
---| "ref int" | "ref uint"
---| "ref long" | "ref ulong"
---| "ref longlong" | "ref ulonglong"
---| "ref ptrdiff_t" | "ref size_t"
---| "ref float" | "ref double"
---| "ref pointer"
---| "..."

--- Whatever stands for a C type: a struct definition is the struct by value.
---@alias lunaffi.alien.Type lunaffi.alien.TypeName | lunaffi.alien.StructDefinition

--- What has memory. The objects of the other APIs are taken as well.
---@alias lunaffi.alien.Memory lunaffi.alien.Buffer | lunaffi.alien.Array | lunaffi.alien.Struct | lunaffi.Memory

--- What is accepted where a `pointer` is wanted: memory, a string's own bytes, the code of a function, nil.
---@alias lunaffi.alien.PointerLike lunaffi.alien.Memory | lunaffi.alien.Function | lunaffi.PointerLike | string

--- The types of a function in one table: the parameters in order, with `ret` and `abi`.
---@class lunaffi.alien.Types
---@field ret? lunaffi.alien.Type The type of the result; `int` without it.
---@field abi? "default" | "cdecl" | "stdcall" The calling convention.
---@field [integer] lunaffi.alien.Type

-- The module ------------------------------------------------------------------------------------

--- Any other name is the library of that name: `alien.z` is `alien.load("z")`.
---@class lunaffi.alien
---@field default lunaffi.alien.Library What the process already has: the program, the libraries it started with.
---@field loaded table<string, lunaffi.alien.Library> The libraries that are loaded, by the name they were loaded by; loads others.
---@field platform "linux" | "bsd" | "darwin" | "windows" | "unknown"
---@field version string `alien library for Lua X.Y / ` and the release whose API this is.
---@field struct lunaffi.alien.struct The module `lunaffi.alien.struct`.
---@field [string] lunaffi.alien.Library
local alien = {}

--- Loads a library: by a file name, or by a name without `lib` and suffix. The same name gives the same
--- object while that is alive. Raises when there is no such library.
---@param name string
---@return lunaffi.alien.Library
function alien.load(name) end

--- A function by its address. It needs `types` before it can be called.
---@param pointer lunaffi.alien.PointerLike
---@return lunaffi.alien.Function
function alien.funcptr(pointer) end

--- A C function that runs a Lua function. What C may have the address of stays for the life of the state.
---@param fn function
---@param ret? lunaffi.alien.Type | lunaffi.alien.Types
---@param ... lunaffi.alien.Type
---@return lunaffi.alien.Function
function alien.callback(fn, ret, ...) end

--- Memory: so many zeroed bytes, the bytes of a string and a NUL, or the memory of a pointer. Without
--- an argument it has as many bytes as C's `BUFSIZ`.
---@param from? integer | string | lunaffi.alien.Memory
---@param length? integer Bytes, for a pointer.
---@return lunaffi.alien.Buffer
function alien.buffer(from, length) end

--- An array of elements of one type: zeroed, with the values of a table, or over the memory of a buffer.
---@param type lunaffi.alien.Type
---@param from integer | table The length, or the values.
---@param buffer? lunaffi.alien.Memory
---@return lunaffi.alien.Array
function alien.array(type, from, buffer) end

--- A struct type. A field is `{ name, type }`, or `{ name, type, length }` for an array; the type may be
--- another definition.
---@param fields table[]
---@return lunaffi.alien.StructDefinition
function alien.defstruct(fields) end

--- What to pass for a parameter that is a struct by value: the argument itself.
---@param value lunaffi.alien.Buffer | lunaffi.alien.Struct
---@return lunaffi.alien.Buffer | lunaffi.alien.Struct
function alien.byval(value) end

--- The size of a type in bytes.
---@param type? lunaffi.alien.Type `int` without it.
---@return integer
function alien.sizeof(type) end

--- The alignment of a type in bytes.
---@param type? lunaffi.alien.Type `char` without it.
---@return integer
function alien.align(type) end

--- The `errno` that the last call of C left. With an argument: sets what the next call finds.
---@param new? integer
---@return integer
function alien.errno(new) end

--- Whether a pointer is NULL; nil is.
---@param pointer lunaffi.alien.PointerLike
---@return boolean
function alien.isnull(pointer) end

--- A new table with room for some elements and some other keys.
---@param array? integer
---@param hash? integer
---@return table
function alien.table(array, hash) end

--- Copies bytes; the two places may overlap.
---@param to lunaffi.alien.Memory
---@param from lunaffi.alien.Memory | string
---@param length? integer Bytes; all of a string without it.
function alien.memmove(to, from, length) end

--- The same as `memmove`.
---@param to lunaffi.alien.Memory
---@param from lunaffi.alien.Memory | string
---@param length? integer Bytes; all of a string without it.
function alien.memcpy(to, from, length) end

--- Sets bytes.
---@param to lunaffi.alien.Memory
---@param byte integer
---@param length integer
function alien.memset(to, byte, length) end

--- The text at an address: up to its NUL, or so many bytes. nil for nil.
---@param pointer lunaffi.alien.Memory | nil
---@param length? integer
---@return string | nil
function alien.tostring(pointer, length) end

--- The signed characters at an address, each a result of its own. nil for nil.
---@param pointer lunaffi.alien.Memory | nil
---@param count? integer 1 without it.
---@return integer ...
function alien.tochar(pointer, count) end

--- The same for `short`.
---@param pointer lunaffi.alien.Memory | nil
---@param count? integer
---@return integer ...
function alien.toshort(pointer, count) end

--- The same for `ushort`.
---@param pointer lunaffi.alien.Memory | nil
---@param count? integer
---@return integer ...
function alien.toushort(pointer, count) end

--- The same for `int`.
---@param pointer lunaffi.alien.Memory | nil
---@param count? integer
---@return integer ...
function alien.toint(pointer, count) end

--- The same for `uint`.
---@param pointer lunaffi.alien.Memory | nil
---@param count? integer
---@return integer ...
function alien.touint(pointer, count) end

--- The same for `long`.
---@param pointer lunaffi.alien.Memory | nil
---@param count? integer
---@return lunaffi.Integer ...
function alien.tolong(pointer, count) end

--- The same for `ulong`.
---@param pointer lunaffi.alien.Memory | nil
---@param count? integer
---@return lunaffi.Integer ...
function alien.toulong(pointer, count) end

--- The same for `ptrdiff_t`.
---@param pointer lunaffi.alien.Memory | nil
---@param count? integer
---@return lunaffi.Integer ...
function alien.toptrdiff_t(pointer, count) end

--- The same for `size_t`.
---@param pointer lunaffi.alien.Memory | nil
---@param count? integer
---@return lunaffi.Integer ...
function alien.tosize_t(pointer, count) end

--- The same for `float`.
---@param pointer lunaffi.alien.Memory | nil
---@param count? integer
---@return number ...
function alien.tofloat(pointer, count) end

--- The same for `double`.
---@param pointer lunaffi.alien.Memory | nil
---@param count? integer
---@return number ...
function alien.todouble(pointer, count) end

--- The metatable of a tag, the same table for the same name. Fill in `__index`, `__gc` and others.
---@param name string
---@return table
function alien.tag(name) end

--- A userdata with the tag's metatable that keeps the values.
---@param name string A tag that `tag` has made.
---@param ... nil | boolean | number | string | userdata
---@return userdata
function alien.wrap(name, ...) end

--- The values of what `wrap` made; of userdata their addresses. Raises for another tag.
---@param name string
---@param object userdata
---@return any ...
function alien.unwrap(name, object) end

--- Other values for what `wrap` made: as many as it had, missing ones are nil.
---@param name string
---@param object userdata
---@param ... nil | boolean | number | string | userdata
function alien.rewrap(name, object, ...) end

--- The same as `struct.pack`.
---@param format string
---@param ... any
---@return string
function alien.pack(format, ...) end

--- The same as `struct.unpack`.
---@param format string
---@param data string
---@param position? integer
---@return any ...
---@overload fun(format: string, data: lunaffi.alien.Memory, length: integer, position?: integer): ...
function alien.unpack(format, data, position) end

--- The same as `struct.size`.
---@param format string
---@return integer
function alien.size(format) end

--- The same as `struct.offset`.
---@param format string
---@param item? integer
---@return integer
function alien.offset(format, item) end

-- Objects ---------------------------------------------------------------------------------------

--- A library: its functions by name, each the same object every time. It is unloaded when neither it
--- nor one of its functions is referred to.
---@class lunaffi.alien.Library
---@field [string] lunaffi.alien.Function

--- A C function, or a callback. Calling it takes exactly its parameters, and returns its result (nil for
--- `void`) and then the values of its `ref` parameters in order.
---@class lunaffi.alien.Function
---@operator call: any
local Function = {}

--- Sets the types; may be done again. nil stands for `int`.
---@param ret? lunaffi.alien.Type | lunaffi.alien.Types
---@param ... lunaffi.alien.Type
function Function:types(ret, ...) end

--- Bytes, counted from 1. A buffer at an address alone has no known size, and is not checked.
---@class lunaffi.alien.Buffer
---@field size integer Bytes; 0 at an address alone.
---@field [integer] integer The byte there, from 0 to 255.
---@operator len: integer
local Buffer = {}

--- The bytes before the first NUL.
---@return integer
function Buffer:strlen() end

--- The same as `strlen`.
---@return integer
function Buffer:len() end

--- The text up to its NUL, or so many bytes.
---@param length? integer
---@param offset? integer From 1.
---@return string
function Buffer:tostring(length, offset) end

--- The address.
---@param offset? integer From 1.
---@return lightuserdata
function Buffer:topointer(offset) end

--- The offset that an address in the buffer has, from 1.
---@param pointer lunaffi.alien.Memory
---@return integer
function Buffer:tooffset(pointer) end

--- Reads a value.
---@param offset integer Bytes, from 1.
---@param type? lunaffi.alien.Type `char` without it.
---@return any
function Buffer:get(offset, type) end

--- Writes a value, or raises and writes nothing. Strings and objects that are stored as pointers are kept.
---@param offset integer Bytes, from 1.
---@param value any
---@param type? lunaffi.alien.Type `char` without it.
function Buffer:set(offset, value, type) end

--- Changes the size and keeps the bytes. Addresses from before are gone.
---@param size integer Bytes.
function Buffer:realloc(size) end

--- Elements of one type, counted from 1. Other keys are the script's own.
---@class lunaffi.alien.Array
---@field type lunaffi.alien.Type
---@field length integer The number of elements.
---@field size integer Bytes of an element.
---@field buffer lunaffi.alien.Buffer The memory.
---@field pinned table What is kept for the elements.
---@field [any] any
---@operator len: integer
local Array = {}

--- Walks through the elements: `for i, value in array:ipairs() do`.
---@return function, lunaffi.alien.Array, integer
function Array:ipairs() end

--- Changes the number of elements and keeps those that stay.
---@param length integer
function Array:realloc(length) end

--- A struct type, which is also a type for parameters and results by value.
---@class lunaffi.alien.StructDefinition
---@field names string[] The fields in order.
---@field offsets table<string, integer> Bytes, from 0.
---@field types table<string, lunaffi.alien.Type>
---@field size integer Bytes, padding at the end included.
local StructDefinition = {}

--- An instance: with zeroed memory of its own, or over other memory.
---@param memory? lunaffi.alien.Memory
---@return lunaffi.alien.Struct
function StructDefinition:new(memory) end

--- The type of parameters and results that are the struct itself: the definition.
---@return lunaffi.alien.StructDefinition
function StructDefinition:byval() end

--- A struct in memory: its fields by name. Calling it gives the buffer that is its memory.
---@class lunaffi.alien.Struct
---@field [string] any
---@operator call: lunaffi.alien.Buffer

return alien
