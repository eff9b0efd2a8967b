---@meta lunaffi

-- Definitions for the Lua language server. Point its setting `workspace.library` at this folder.
-- What each entry does in full, with examples, is in docs/.

--- The name of a C type: one of these, a pointer to one (`i32*`, `f64**`), as a parameter also
--- `ref NAME`, and as the last of a function's parameters `...`.
---@alias lunaffi.TypeName
---| "void"
---| "bool"
---| "i8" | "int8" | "char"
---| "u8" | "uint8" | "uchar" | "byte"
---| "i16" | "int16" | "short"
---| "u16" | "uint16" | "ushort"
---| "i32" | "int32" | "int"
---| "u32" | "uint32" | "uint"
---| "i64" | "int64" | "long" | "longlong"
---| "u64" | "uint64" | "ulong" | "ulonglong"
---| "isize" | "intptr_t" | "ptrdiff_t" | "ssize_t"
---| "usize" | "size_t" | "uintptr_t"
---| "f32" | "float"
---| "f64" | "double"
---| "clong" | "culong" | "wchar"
---| "pointer" | "ptr" | "void*"
---| "string" | "cstring" | "char*"
---| "..."
---| string

--- Whatever stands for a C type.
---@alias lunaffi.Type lunaffi.TypeName | lunaffi.StructDefinition | lunaffi.CType

--- An object that points at C memory.
---@alias lunaffi.PointerObject lunaffi.RawPointer | lunaffi.TypedPointer | lunaffi.StructView | lunaffi.Buffer

--- What the functions on memory take: a pointer object, or an address without bounds.
---@alias lunaffi.Memory lunaffi.PointerObject | lightuserdata

--- What is accepted as a `pointer` value: memory, a callback (its code address), an address, nil.
---@alias lunaffi.PointerLike lunaffi.Memory | lunaffi.FfiCallback | integer | lunaffi.Int64 | nil

--- An exact integer: a plain number where a plain number can hold it, else a boxed value.
---@alias lunaffi.Integer integer | lunaffi.Int64

---@alias lunaffi.Lib lunaffi.Library | lunaffi.SmartLibrary

-- The module ------------------------------------------------------------------------------------

---@class lunaffi
---@field types lunaffi.types Type names and aliases by name.
---@field ctypes lunaffi.ctypes The canonical type names, each under itself.
---@field unsafe lunaffi.unsafe Memory by address, without checks.
---@field library lunaffi.library The methods of libraries as functions.
---@field C lunaffi.Library What the process already has: the program, the libraries it started with.
---@field null lightuserdata NULL as a light userdata.
---@field nullPtr lunaffi.RawPointer NULL as a pointer object.
---@field _VERSION string Name and version: `lunaffi 0.1.0`.
local ffi = {}

--- Loads a shared library. Without an interface: a `Library`, whose functions are called by name.
--- With one: a table with a function for each function entry and the constants.
--- Pointers come back as `RawPointer`s. The empty path means the process itself.
--- Raises when the library cannot be loaded, when a symbol is missing that is not `optional`, and
--- for a bad entry.
---@param path string A path, or a name for the system's loader: `libm.so.6`, `m`.
---@param interface table<string, lunaffi.Function | number | string | boolean> | string Or declarations in C.
---@return lunaffi.SmartLibrary
---@overload fun(path: string): lunaffi.Library
function ffi.load(path, interface) end

--- Loads a shared library whose pointers come back as light userdata, as older programs expect.
--- Raises when the library cannot be loaded.
---@param path string
---@return lunaffi.Library
function ffi.open(path) end

--- An owned block of zeroed bytes of fixed size, aligned to 16. Raises for negative sizes and when
--- there is no such memory.
---@param size integer Bytes, from 0.
---@return lunaffi.Buffer
function ffi.buffer(size) end

--- A new arena: blocks of memory that are released together.
---@return lunaffi.Arena
function ffi.arena() end

--- Reads a value. Raises for NULL, beyond known bounds, and after the memory was released.
--- A struct is read as a view into the same memory; pointers come as `RawPointer`s.
---@param memory lunaffi.Memory
---@param offset integer Bytes, from 0.
---@param ctype lunaffi.Type
---@return any value nil for NULL and `void`
function ffi.read(memory, offset, ctype) end

--- Writes a value, or raises and writes nothing.
---@param memory lunaffi.Memory
---@param offset integer Bytes, from 0.
---@param ctype lunaffi.Type
---@param value any
function ffi.write(memory, offset, ctype, value) end

--- Copies bytes; the regions may overlap. Checked against the bounds of both sides where known.
---@param target lunaffi.Memory
---@param source lunaffi.Memory | string
---@param length integer Bytes.
function ffi.copy(target, source, length) end

--- Sets bytes.
---@param memory lunaffi.Memory
---@param length integer Bytes.
---@param byte integer 0 to 255.
function ffi.fill(memory, length, byte) end

--- A `RawPointer` without bounds to an address. Made of a pointer object it drops the bounds, and
--- still keeps alive, and is no longer valid than, what that points into. Raises for negative
--- numbers and nil.
---@param address lunaffi.Memory | lunaffi.FfiCallback | integer | lunaffi.Int64
---@return lunaffi.RawPointer
function ffi.ptr(address) end

--- Gives memory a type. A pointer object becomes a `TypedPointer`, or for a definition a
--- `StructView`, with the same bounds. A light userdata is read at once: the value stored there is
--- returned (for a definition: a view). Raises for `void`.
---@param memory lunaffi.Memory
---@param ctype lunaffi.Type
---@return any
---@overload fun(memory: lunaffi.RawPointer | lunaffi.TypedPointer | lunaffi.Buffer, ctype: lunaffi.TypeName): lunaffi.TypedPointer
---@overload fun(memory: lunaffi.Memory, ctype: lunaffi.StructDefinition): lunaffi.StructView
function ffi.cast(memory, ctype) end

--- A struct type: fields in order, placed as C places them. Raises for an empty schema, a name that
--- is there twice, `void`, a bad array length and an unknown option.
---@param schema lunaffi.Field[] | string Fields, or the name of a struct that C declares.
---@param options? lunaffi.StructOptions
---@return lunaffi.StructDefinition
function ffi.struct(schema, options) end

--- A union type: all fields at the same place.
---@param schema lunaffi.Field[]
---@param options? lunaffi.StructOptions
---@return lunaffi.StructDefinition
function ffi.union(schema, options) end

--- A view of a struct over memory. Raises for NULL and when fewer bytes than the struct has remain.
---@param memory lunaffi.Memory | integer | lunaffi.Int64
---@param definition lunaffi.StructDefinition | string A definition, or the name of a struct that C declares.
---@return lunaffi.StructView
function ffi.view(memory, definition) end

--- The bytes at an address: `length` of them, or else up to the first NUL (and never beyond the end
--- of memory whose bounds are known). nil for nil and NULL.
---@param memory lunaffi.Memory | nil
---@param length? integer Bytes; NULs are part of the result then.
---@return string | nil
function ffi.string(memory, length) end

--- True for nil, a NULL light userdata and a pointer object at address 0; false for all else.
---@param value any
---@return boolean
function ffi.isNull(value) end

--- The size of a type in bytes; 0 for `void`.
---@param ctype lunaffi.Type
---@return integer
function ffi.sizeof(ctype) end

--- The alignment of a type in bytes, as the platform's C has it.
---@param ctype lunaffi.Type
---@return integer
function ffi.alignof(ctype) end

--- The type "pointer to `ctype`". A result or callback parameter of it is a `TypedPointer`, or for
--- a definition a `StructView`; nil for NULL.
---@param ctype lunaffi.Type
---@return lunaffi.CType
function ffi.pointer(ctype) end

--- Declares what a text of C says: from then on its types are known by C's names, in every API. All of it,
--- or, when it raises, nothing. The message tells the line and the column.
---@param declarations string
function ffi.cdef(declarations) end

--- A Lua function as a C function. A result of nil is zero. Raises for a variadic signature.
--- The callback stays callable while its object lives, and, once C may have its address, until
--- `free` or the end of the Lua state.
---@param fn function
---@param ret lunaffi.Type
---@param args lunaffi.Type[]
---@return lunaffi.FfiCallback
function ffi.callback(fn, ret, args) end

--- Sets who is told of errors in callbacks that no call waits for, of errors in finalizers and of
--- callbacks on foreign threads. Returns the handler before.
---@param handler fun(message: any) | nil
---@return (fun(message: any)) | nil
function ffi.onCallbackError(handler) end

--- The `errno` that the last call left; with an argument also sets what the next call finds.
---@param new? integer
---@return integer old
function ffi.errno(new) end

--- Attaches a finalizer, which is called with the object when it is collected or the state closes;
--- nil takes it away. Pointers derived from the object later keep it alive.
---@generic T
---@param object T A pointer object.
---@param finalizer function | nil
---@return T object
function ffi.gc(object, finalizer) end

--- The exact value of a number, a numeric string or a boxed value; raises when it does not fit into
--- 64 bits with a sign. Fractions are cut off.
---@param value number | string | lunaffi.Int64
---@return lunaffi.Integer
function ffi.int64(value) end

--- The same without a sign: 0 to 2^64 - 1.
---@param value number | string | lunaffi.Int64
---@return lunaffi.Integer
function ffi.uint64(value) end

--- The signature of a bound function or a callback as text: `i32 add(i32, i32)`.
---@param fn function | lunaffi.FfiCallback
---@return string
function ffi.signature(fn) end

-- Tables of the module --------------------------------------------------------------------------

--- Names of types, each with its canonical name as the value.
---@class lunaffi.types
---@field void "void"
---@field bool "bool"
---@field i8 "i8"
---@field u8 "u8"
---@field i16 "i16"
---@field u16 "u16"
---@field i32 "i32"
---@field u32 "u32"
---@field i64 "i64"
---@field u64 "u64"
---@field isize "isize"
---@field usize "usize"
---@field f32 "f32"
---@field f64 "f64"
---@field pointer "pointer"
---@field string "string"
---@field int "i32"
---@field uint "u32"
---@field long "i64"
---@field ulong "u64"
---@field float "f32"
---@field double "f64"
---@field char "i8"
---@field uchar "u8"
---@field short "i16"
---@field ushort "u16"
---@field ptr "pointer"
---@field size_t "usize"
---@field ssize_t "isize"
---@field intptr_t "isize"
---@field uintptr_t "usize"
---@field ptrdiff_t "isize"
---@field sizeof fun(ctype: lunaffi.Type): integer The same as `ffi.sizeof`.
---@field alignof fun(ctype: lunaffi.Type): integer The same as `ffi.alignof`.

--- The canonical names.
---@class lunaffi.ctypes
---@field void "void"
---@field bool "bool"
---@field i8 "i8"
---@field u8 "u8"
---@field i16 "i16"
---@field u16 "u16"
---@field i32 "i32"
---@field u32 "u32"
---@field i64 "i64"
---@field u64 "u64"
---@field isize "isize"
---@field usize "usize"
---@field f32 "f32"
---@field f64 "f64"
---@field pointer "pointer"
---@field string "string"

--- Memory by address. Nothing is checked but NULL and the values: a wrong address or length
--- corrupts memory or ends the process.
---@class lunaffi.unsafe
local unsafe = {}

---@param address lunaffi.PointerLike
---@param ctype lunaffi.Type
---@return any
function unsafe.read(address, ctype) end

---@param address lunaffi.PointerLike
---@param ctype lunaffi.Type
---@param value any
function unsafe.write(address, ctype, value) end

--- The regions may overlap.
---@param target lunaffi.PointerLike
---@param source lunaffi.PointerLike
---@param length integer Bytes.
function unsafe.copy(target, source, length) end

---@param address lunaffi.PointerLike
---@param length integer Bytes.
---@param byte integer 0 to 255.
function unsafe.fill(address, length, byte) end

---@param address lunaffi.PointerLike
---@param length integer Bytes.
function unsafe.zero(address, length) end

--- The methods of a library as functions, for interfaces with entries of the same names, such as
--- the C library's `close`.
---@class lunaffi.library
local library = {}

--- The path that the library was opened by.
---@param lib lunaffi.Lib
---@return string
function library.path(lib) end

---@param lib lunaffi.Lib
---@param name string
---@param ret lunaffi.Type
---@param args? lunaffi.Type[]
---@param ... any
---@return any ...
function library.call(lib, name, ret, args, ...) end

---@param lib lunaffi.Lib
---@param address lunaffi.PointerLike
---@param ret lunaffi.Type
---@param args? lunaffi.Type[]
---@param ... any
---@return any ...
function library.callPtr(lib, address, ret, args, ...) end

---@param lib lunaffi.Lib
---@param name string
---@param args? lunaffi.Type[]
---@param ... any
---@return integer
function library.callInt(lib, name, args, ...) end

---@param lib lunaffi.Lib
---@param name string
---@param n integer
---@return integer
function library.callIntArg(lib, name, n) end

---@param lib lunaffi.Lib
---@param name string
---@param args? lunaffi.Type[]
---@param ... any
---@return number
function library.callDouble(lib, name, args, ...) end

---@param lib lunaffi.Lib
---@param name string
---@param args? lunaffi.Type[]
---@param ... any
---@return string | nil
function library.callString(lib, name, args, ...) end

---@param lib lunaffi.Lib
---@param name string
---@param args? lunaffi.Type[]
---@param ... any
function library.callVoid(lib, name, args, ...) end

---@param lib lunaffi.Lib
---@param name string
---@return lunaffi.RawPointer | lightuserdata
function library.getSymbol(lib, name) end

---@param lib lunaffi.Lib
---@param name string
---@return boolean
function library.hasSymbol(lib, name) end

---@param lib lunaffi.Lib
---@return lunaffi.Export[]
function library.listExports(lib) end

---@param lib lunaffi.Lib
function library.close(lib) end

-- Arguments that are tables ---------------------------------------------------------------------

--- A function entry of an interface. Any other key raises.
---@class lunaffi.Function
---@field args? lunaffi.Type[] The parameters; none if left out. `"..."` as the last makes it variadic.
---@field ret? lunaffi.Type The result; `void` if left out.
---@field name? string The symbol, if it is not the entry's own name.
---@field optional? boolean A missing symbol leaves the entry out instead of raising.
---@field abi? "default" | "cdecl" | "stdcall" | "sysv" | "win64" The calling convention.

--- A field of a schema: name, type and, for an array, its length.
---@class lunaffi.Field
---@field [1] string
---@field [2] lunaffi.Type
---@field [3] integer | nil

--- Options of a struct or union. Any other key raises.
---@class lunaffi.StructOptions
---@field name? string For messages and `tostring`.
---@field packed? boolean | 1 | 2 | 4 | 8 | 16 The greatest alignment of a field; true is 1.
---@field align? integer The least alignment of the whole: a power of two.

--- Something that a library defines for others.
---@class lunaffi.Export
---@field name string
---@field kind "function" | "data"
---@field weak boolean
---@field ordinal? integer The number of the export, on Windows.

-- Libraries -------------------------------------------------------------------------------------

--- A loaded library. After `close` its methods raise "library is closed".
---@class lunaffi.Library
---@field path string The path that it was opened by.
local Library = {}

--- Calls a function by name. Returns its result, and then the values of its `ref` parameters in
--- order; a `void` function has no result. Raises for a missing symbol, an unknown type, a wrong
--- number of arguments and a value that does not convert.
---@param name string
---@param ret lunaffi.Type
---@param args? lunaffi.Type[]
---@param ... any
---@return any ...
function Library:call(name, ret, args, ...) end

--- The same for a function by its address.
---@param address lunaffi.PointerLike Not NULL.
---@param ret lunaffi.Type
---@param args? lunaffi.Type[]
---@param ... any
---@return any ...
function Library:callPtr(address, ret, args, ...) end

--- Calls a function whose result is an `i32`.
---@param name string
---@param args? lunaffi.Type[]
---@param ... any
---@return integer
function Library:callInt(name, args, ...) end

--- Calls `int f(int)`.
---@param name string
---@param n integer
---@return integer
function Library:callIntArg(name, n) end

--- Calls a function whose result is an `f64`.
---@param name string
---@param args? lunaffi.Type[]
---@param ... any
---@return number
function Library:callDouble(name, args, ...) end

--- Calls a function whose result is a `string`.
---@param name string
---@param args? lunaffi.Type[]
---@param ... any
---@return string | nil
function Library:callString(name, args, ...) end

--- Calls a function without a result.
---@param name string
---@param args? lunaffi.Type[]
---@param ... any
function Library:callVoid(name, args, ...) end

--- The address of a function or variable: a `RawPointer` that keeps the library, or from
--- `ffi.open` a light userdata. Raises when there is none.
---@param name string
---@return lunaffi.RawPointer | lightuserdata
function Library:getSymbol(name) end

--- Whether there is such a function or variable.
---@param name string
---@return boolean
function Library:hasSymbol(name) end

--- What the library's file defines for others, sorted by name.
---@return lunaffi.Export[]
function Library:listExports() end

--- Closes the library: everything of it raises from now on. It is unloaded when nothing of it runs
--- any more. May be repeated.
function Library:close() end

--- A library loaded with an interface: a table of its functions and constants. Entries of the
--- interface win over the methods of the same name. Assigning a name that is not there raises.
---@class lunaffi.SmartLibrary : lunaffi.Library
---@field [string] any

-- Memory ----------------------------------------------------------------------------------------

--- Blocks of zeroed memory that are released together: by `reset`, by `free`, or when neither the
--- arena nor anything that points into it is left.
---@class lunaffi.Arena
---@field id integer Unique in the Lua state, from 1.
---@field totalAllocated integer Bytes asked for by the blocks that are there.
---@field allocationCount integer The blocks that are there.
local Arena = {}

--- A block, aligned to 16. Raises for 0 bytes, negative sizes, when there is no such memory, and
--- after `free`.
---@param size integer Bytes.
---@return lunaffi.RawPointer
function Arena:alloc(size) end

--- A block with an alignment of its own.
---@param size integer Bytes.
---@param align integer A power of two; at least 16 is given.
---@return lunaffi.RawPointer
function Arena:allocAligned(size, align) end

--- A block for one value.
---@param ctype lunaffi.Type
---@return lunaffi.RawPointer
function Arena:allocType(ctype) end

--- A block for `count` values.
---@param ctype lunaffi.Type
---@param count integer From 1.
---@return lunaffi.RawPointer
function Arena:allocArray(ctype, count) end

--- Releases all blocks. Pointers to them raise "use after reset"; the arena can be used again.
function Arena:reset() end

--- Releases all blocks for good.
function Arena:free() end

--- An address, with the bounds of the block it lies in if they are known. Moving it is allowed
--- anywhere, access only inside of the block.
---@class lunaffi.RawPointer
---@field addr lunaffi.Integer The address.
---@field isNull boolean
---@field isManaged boolean Whether it points into an arena.
---@operator add(integer): lunaffi.RawPointer
---@operator sub(integer): lunaffi.RawPointer
local RawPointer = {}

--- Reads a value at an offset.
---@param offset integer Bytes, from 0.
---@param ctype lunaffi.Type
---@return any
function RawPointer:read(offset, ctype) end

--- Writes a value at an offset, or raises and writes nothing.
---@param offset integer Bytes, from 0.
---@param ctype lunaffi.Type
---@param value any
function RawPointer:write(offset, ctype, value) end

--- The pointer moved by some bytes, forward or back.
---@param bytes integer
---@return lunaffi.RawPointer
function RawPointer:offset(bytes) end

--- The bare address. (On LuaJIT a `RawPointer` when the address has more than 47 bits.)
---@return lightuserdata
function RawPointer:toLightUserData() end

--- An address of elements of one type: `p[0]` is the first. Elements that are structs are
--- `StructView`s.
---@class lunaffi.TypedPointer
---@field addr lunaffi.Integer The address.
---@field isNull boolean
---@field stride integer Bytes of an element.
---@field count integer | nil The elements from here to the end of the block; nil when unknown.
---@field [integer] any
---@operator add(integer): lunaffi.TypedPointer
---@operator sub(integer): lunaffi.TypedPointer
---@operator len: integer
local TypedPointer = {}

--- The same as `p[index]`.
---@param index integer From 0.
---@return any
function TypedPointer:get(index) end

--- The same as `p[index] = value`.
---@param index integer From 0.
---@param value any
function TypedPointer:set(index, value) end

--- The same address with the same bounds, in bytes.
---@return lunaffi.RawPointer
function TypedPointer:toRaw() end

--- The bare address.
---@return lightuserdata
function TypedPointer:toLightUserData() end

--- Bytes of a fixed size that belong to the object, or a slice of such a buffer.
---@class lunaffi.Buffer
---@field size integer Bytes.
---@field ptr lightuserdata The bare address; keeps nothing alive.
---@operator len: integer
local Buffer = {}

--- Reads a value; pointers come as light userdata.
---@param offset integer Bytes, from 0.
---@param ctype lunaffi.Type
---@return any
function Buffer:read(offset, ctype) end

--- Writes a value, or raises and writes nothing.
---@param offset integer Bytes, from 0.
---@param ctype lunaffi.Type
---@param value any
function Buffer:write(offset, ctype, value) end

---@param offset integer Bytes, from 0.
---@param length integer Bytes.
---@return string
function Buffer:readBytes(offset, length) end

---@param offset integer Bytes, from 0.
---@param bytes string
function Buffer:writeBytes(offset, bytes) end

--- The bytes up to a NUL or to the end of the buffer.
---@param offset? integer Bytes, from 0.
---@return string
function Buffer:readString(offset) end

--- Writes the string and a NUL; the NUL is left out when the string ends where the buffer does.
---@param offset integer Bytes, from 0.
---@param text string
function Buffer:writeString(offset, text) end

--- Sets all bytes to 0.
function Buffer:zero() end

--- A buffer over a part of the same memory.
---@param offset integer Bytes, from 0.
---@param size integer Bytes.
---@return lunaffi.Buffer
function Buffer:slice(offset, size) end

--- A pointer object to the buffer's bytes.
---@return lunaffi.RawPointer
function Buffer:as_ptr() end

-- Structs ---------------------------------------------------------------------------------------

--- A struct or union type.
---@class lunaffi.StructDefinition
---@field size integer Bytes, padding at the end included.
---@field alignment integer Bytes.
---@field fieldCount integer
---@field name string | nil
---@operator call: lunaffi.StructView
local StructDefinition = {}

--- The offset of a field in bytes. Raises for unknown names.
---@param field string
---@return integer
function StructDefinition:offsetOf(field) end

--- The size of a field in bytes; of an array all of it. Raises for unknown names.
---@param field string
---@return integer
function StructDefinition:sizeOf(field) end

--- The names of the fields in order.
---@return string[]
function StructDefinition:fields() end

--- The same as `ffi.view(memory, definition)`.
---@param memory lunaffi.Memory | integer | lunaffi.Int64
---@return lunaffi.StructView
function StructDefinition:createView(memory) end

--- A zeroed struct that owns its memory. `init` is a table of values by name or by order, or
--- another view of the same definition.
---@param init? table | lunaffi.StructView
---@return lunaffi.StructView
function StructDefinition:new(init) end

--- A struct in memory: its fields are read and written by name. A field that is a struct reads as
--- a view, an array as a `TypedPointer` with bounds. Declared fields win over `size` and `addr`.
---@class lunaffi.StructView
---@field size integer Bytes of the struct.
---@field addr lunaffi.Integer The address.
---@field [string] any
local StructView = {}

--- A pointer to a field, with the field's bounds.
---@param field string
---@return lunaffi.RawPointer
function StructView:fieldPtr(field) end

--- Aims the view at other memory.
---@param memory lunaffi.Memory | integer | lunaffi.Int64
function StructView:pointTo(memory) end

--- The type that `ffi.pointer` makes.
---@class lunaffi.CType

-- Callbacks and integers ------------------------------------------------------------------------

--- A Lua function that C can call. Calling it from Lua goes through C, too.
---@class lunaffi.FfiCallback
---@field ptr lightuserdata The code address. Raises once freed.
---@field retType string The canonical name of the result's type.
---@field argCount integer
---@field isValid boolean False once freed.
---@operator call: any
local FfiCallback = {}

--- The same as `ptr`.
---@return lightuserdata
function FfiCallback:getPtr() end

--- Ends the callback: C gets zero from its address from now on. May be repeated.
function FfiCallback:free() end

--- A 64-bit integer that a plain number of this Lua cannot hold. Computes exactly with integers and
--- other boxed values, from -2^63 to 2^64 - 1; a result that a plain number can hold is one.
---@class lunaffi.Int64
---@operator add(number | string | lunaffi.Int64): number | lunaffi.Int64
---@operator sub(number | string | lunaffi.Int64): number | lunaffi.Int64
---@operator mul(number | string | lunaffi.Int64): number | lunaffi.Int64
---@operator div(number | string | lunaffi.Int64): number
---@operator mod(number | string | lunaffi.Int64): number | lunaffi.Int64
---@operator pow(number | string | lunaffi.Int64): number
---@operator unm: lunaffi.Integer
---@operator idiv(number | string | lunaffi.Int64): number | lunaffi.Int64
---@operator band(number | string | lunaffi.Int64): lunaffi.Integer
---@operator bor(number | string | lunaffi.Int64): lunaffi.Integer
---@operator bxor(number | string | lunaffi.Int64): lunaffi.Integer
---@operator shl(number | string | lunaffi.Int64): lunaffi.Integer
---@operator shr(number | string | lunaffi.Int64): lunaffi.Integer
---@operator bnot: lunaffi.Integer
---@operator concat(number | string | lunaffi.Int64): string
local Int64 = {}

--- The decimal digits.
---@return string
function Int64:tostring() end

--- The nearest plain number.
---@return number
function Int64:tonumber() end

--- The bits in hexadecimal: `0xffffffffffffffff`.
---@return string
function Int64:hex() end

return ffi
