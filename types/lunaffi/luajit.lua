---@meta lunaffi.luajit

-- Definitions of the LuaJIT API. What each entry does is what LuaJIT's own `ffi` does; docs/luajit.md tells
-- what is different on stock Lua.

--- Whatever stands for a C type: its text, a ctype object, or any cdata, which stands for its own type.
---@alias lunaffi.luajit.Type string | lunaffi.luajit.CType | lunaffi.luajit.CData

--- A C value: a number of 64 bits, a pointer, an array, a struct, an enumeration ... `type` calls it a
--- userdata; `ffi.type` calls it "cdata".
---@class lunaffi.luajit.CData
---@operator add(any): any
---@operator sub(any): any
---@operator mul(any): any
---@operator div(any): any
---@operator mod(any): any
---@operator pow(any): any
---@operator idiv(any): any
---@operator band(any): any
---@operator bor(any): any
---@operator bxor(any): any
---@operator shl(any): any
---@operator shr(any): any
---@operator unm: any
---@operator bnot: any
---@operator concat(any): any
---@operator len: any
---@operator call(...): any
---@field [any] any

--- A C type. Calling it makes an object of the type, as `ffi.new` does, or what its metatype's `__new` gives.
---@class lunaffi.luajit.CType
---@operator call(...): lunaffi.luajit.CData
---@field [any] any

--- The functions, variables and constants of a library, by the names that are declared.
---@class lunaffi.luajit.Namespace
---@field [string] any

---@class lunaffi.luajit
---@field C lunaffi.luajit.Namespace What the process has: the program, its libraries, those loaded with `true`.
---@field os "Linux" | "OSX" | "BSD" | "Windows" | "POSIX" | "Other" The system.
---@field arch string The processor: "x64", "arm64" ...
---@field nullptr lunaffi.luajit.CData A `void *` that is NULL, for comparisons: `p == ffi.nullptr`.
---@field NULL lunaffi.luajit.CData The same.
local ffi = {}

--- Declares what a text of C says: types, functions, variables, constants. All of it, or, when it raises,
--- nothing.
---@param text string
---@param ... lunaffi.luajit.Type | number What stands for each `$` in the text.
function ffi.cdef(text, ...) end

--- Loads a library. A name without a slash gets the platform's prefix and, without a dot, its suffix.
---@param name string
---@param global? boolean `ffi.C` and libraries loaded later see its symbols.
---@return lunaffi.luajit.Namespace
function ffi.load(name, global) end

--- A new object, zeroed or initialised by the rest.
---@param ct lunaffi.luajit.Type
---@param ... any The number of elements, for `T[?]`; then the initialisers.
---@return lunaffi.luajit.CData
function ffi.new(ct, ...) end

--- A C type as an object: the same one for the same type.
---@param ct lunaffi.luajit.Type
---@param ... lunaffi.luajit.Type | number What stands for each `$` in a text.
---@return lunaffi.luajit.CType
function ffi.typeof(ct, ...) end

--- A number, pointer, function pointer, enumeration or reference made of a value by C's rules of casts.
---@param ct lunaffi.luajit.Type
---@param value any
---@return lunaffi.luajit.CData
function ffi.cast(ct, value) end

--- Gives a struct, union, complex or vector type its metatable, once and for good.
---@param ct lunaffi.luajit.Type
---@param metatable table
---@return lunaffi.luajit.CType
function ffi.metatype(ct, metatable) end

--- Attaches a finalizer to a pointer, array, struct or union; nil takes it away.
---@generic T
---@param cdata T
---@param finalizer any Anything that can be called, C functions included.
---@return T
function ffi.gc(cdata, finalizer) end

--- Bytes; nil when the type has no size.
---@param ct lunaffi.luajit.Type
---@param nelem? integer For `T[?]`.
---@return integer?
function ffi.sizeof(ct, nelem) end

--- The least alignment, in bytes.
---@param ct lunaffi.luajit.Type
---@return integer
function ffi.alignof(ct) end

--- Bytes from the start of a struct or union to a member; of a bit-field also its first bit and its width.
---@param ct lunaffi.luajit.Type
---@param field string
---@return integer? offset
---@return integer? position
---@return integer? width
function ffi.offsetof(ct, field) end

--- What a type is made of, in the numbers of LuaJIT's `lj_ctype.h`.
---@param id integer `ffi.tonumber` of a ctype object, or a number that this function gave.
---@return { info: integer, size: integer?, sib: integer?, name: string? }? info Nothing if there is no such type.
function ffi.typeinfo(id) end

--- Whether a value is cdata of that type.
---@param ct lunaffi.luajit.Type
---@param value any
---@return boolean
function ffi.istype(ct, value) end

--- The C `errno` that the last call left; a number sets what the next one finds.
---@param new? integer
---@return integer
function ffi.errno(new) end

--- The bytes at an address as a Lua string: so many, or up to the first NUL.
---@param cdata any
---@param len? integer
---@return string
function ffi.string(cdata, len) end

--- Copies bytes; of a string without a length all of it, and a NUL.
---@param target any
---@param source any
---@param len? integer
function ffi.copy(target, source, len) end

--- Sets bytes.
---@param target any
---@param len integer
---@param byte? integer 0 without it.
function ffi.fill(target, len, byte) end

--- Whether the platform is like that: "32bit", "64bit", "le", "be", "fpu", "hardfp", "gc64", "win" ...
---@param what string
---@return boolean
function ffi.abi(what) end

-- What stock Lua needs besides -----------------------------------------------------------------------

--- Lua's `type`, and "cdata" for cdata, ctype objects included.
---@param value any
---@return string
function ffi.type(value) end

--- Lua's `tonumber`, for cdata, too.
---@param value any
---@param base? integer
---@return number?
function ffi.tonumber(value, base) end

--- The same.
---@param value any
---@param base? integer
---@return number?
function ffi.number(value, base) end

--- Lua's `pairs`, with the `__pairs` of metatypes on every Lua.
---@param value any
---@return function, any, any
function ffi.pairs(value) end

--- Lua's `ipairs`, with the `__ipairs` of metatypes.
---@param value any
---@return function, any, any
function ffi.ipairs(value) end

--- `a == b` as LuaJIT has it: cdata with numbers, nil, strings and each other.
---@param a any
---@param b any
---@return boolean
function ffi.eq(a, b) end

--- `a < b` as LuaJIT has it.
---@param a any
---@param b any
---@return boolean
function ffi.lt(a, b) end

--- `a <= b` as LuaJIT has it.
---@param a any
---@param b any
---@return boolean
function ffi.le(a, b) end

--- Whether a pointer is NULL; nil is, too.
---@param value any
---@return boolean
function ffi.isnull(value) end

--- An `int64_t` of a number or a numeral.
---@param value number | string | lunaffi.luajit.CData
---@return lunaffi.luajit.CData
function ffi.i64(value) end

--- A `uint64_t` of a number or a numeral.
---@param value number | string | lunaffi.luajit.CData
---@return lunaffi.luajit.CData
function ffi.u64(value) end

--- The value of a literal of LuaJIT's: "42LL", "0x10ULL", "1i".
---@param literal string
---@return any
function ffi.eval(literal) end

--- The address of a cdata's memory, as a pointer to its type.
---@param cdata lunaffi.luajit.CData
---@return lunaffi.luajit.CData
function ffi.addressof(cdata) end

--- A cdata as a C function would return it: numbers as Lua's, structs as copies, the rest as it is.
---@param cdata any
---@return any
function ffi.toretval(cdata) end

--- Whether accesses to memory that cdata own are checked. Says what holds.
---@param on? boolean
---@return boolean
function ffi.bounds(on) end

--- How 64-bit integers come from C: "boxed", as cdata (LuaJIT's way), or "native", as Lua's integers where
--- there are any. Says what holds.
---@param mode? "boxed" | "native"
---@return string
function ffi.int64(mode) end

--- How values go to variadic functions: Lua's integers as "numbers" (doubles, LuaJIT's way) or as "integers", which
--- needs Lua 5.3 or later; structs as "pointers" (LuaJIT's way) or by value ("structs"). Says what holds.
---@param way? "numbers" | "integers" | "pointers" | "structs"
---@return "numbers" | "integers"
---@return "pointers" | "structs"
function ffi.varargs(way) end

--- Replaces the globals `type`, `tonumber`, `pairs` and `ipairs`, and sets `bit` and `jit` where they are not
--- there. Gives the module.
---@return lunaffi.luajit
function ffi.install() end

return ffi
