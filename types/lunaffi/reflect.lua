---@meta lunaffi.reflect

--- What C types are made of, with the interface of the `ffi-reflect` module.
---@class lunaffi.reflect
local reflect = {}

--- Describes a type. Each call gives new tables, with everything but members in them.
---@param x lunaffi.luajit.Type | lunaffi.luajit.CData A C type, or a value of it.
---@return lunaffi.reflect.Type
function reflect.typeof(x) end

--- The metatable that `ffi.metatype` gave a type.
---@param ct lunaffi.luajit.Type
---@return table?
function reflect.getmetatable(ct) end

--- A type, a member of one, or a constant. What a kind does not have is nil.
---@class lunaffi.reflect.Type
---@field what "void" | "int" | "float" | "enum" | "ptr" | "ref" | "array" | "struct" | "union" | "func" | "field" | "bitfield" | "constant"
---@field typeid integer The number by which `ffi.typeinfo` knows it.
---@field name string? The tag of a struct, union or enumeration; the name of a member or constant.
---@field size number | "none" Bytes; of a bit-field with a fraction.
---@field alignment integer? Bytes.
---@field const boolean?
---@field volatile boolean?
---@field bool boolean?
---@field unsigned boolean?
---@field long boolean? It has 64 bits, and so has C's `long`.
---@field vla boolean? Objects have a length of their own.
---@field vector boolean? An array that is one value.
---@field complex boolean? An array of two parts that is a complex number.
---@field transparent boolean? A struct or union without a name, whose members are those of the one around it.
---@field offset number? Bytes from the start of the struct; of a bit-field with a fraction.
---@field element_type lunaffi.reflect.Type? Of pointers, references and arrays.
---@field type lunaffi.reflect.Type? Of members and constants; of an enumeration the integer that represents it.
---@field value integer? Of constants.
---@field return_type lunaffi.reflect.Type? Of functions.
---@field nargs integer? The number of parameters.
---@field vararg boolean? More arguments may follow.
---@field sse_reg_params boolean?
---@field convention "cdecl" | "thiscall" | "fastcall" | "stdcall" | nil
local Type = {}

--- Of a struct or union: an iterator over the members. Those without a name are transparent.
---@return fun(): lunaffi.reflect.Type?
function Type:members() end

--- Of a struct or union: a member by its name, or by its place from 1.
---@param name string | integer
---@return lunaffi.reflect.Type?
function Type:member(name) end

--- Of a function: an iterator over the parameters.
---@return fun(): lunaffi.reflect.Type?
function Type:arguments() end

--- Of a function: a parameter by its place from 1.
---@param place integer
---@return lunaffi.reflect.Type?
function Type:argument(place) end

--- Of an enumeration: an iterator over the constants.
---@return fun(): lunaffi.reflect.Type?
function Type:values() end

--- Of an enumeration: a constant by its name, or by its place from 1.
---@param name string | integer
---@return lunaffi.reflect.Type?
function Type:value(name) end

return reflect
