---@meta lunaffi.bit

--- LuaJIT's `bit`. Numbers count as 32 bits; with a 64-bit value among the operands, the operation and
--- its result have 64.
---@class lunaffi.bit
local bit = {}

---@alias lunaffi.bit.Operand number | string | userdata

--- The low 32 bits, with a sign.
---@param x lunaffi.bit.Operand
---@return integer
function bit.tobit(x) end

--- The last `n` hexadecimal digits, capitals if `n` is negative; 8, or 16 of a 64-bit value.
---@param x lunaffi.bit.Operand
---@param n? lunaffi.bit.Operand
---@return string
function bit.tohex(x, n) end

---@param x lunaffi.bit.Operand
---@return integer | userdata
function bit.bnot(x) end

--- The bytes in reverse.
---@param x lunaffi.bit.Operand
---@return integer | userdata
function bit.bswap(x) end

---@param x lunaffi.bit.Operand
---@param ... lunaffi.bit.Operand
---@return integer | userdata
function bit.band(x, ...) end

---@param x lunaffi.bit.Operand
---@param ... lunaffi.bit.Operand
---@return integer | userdata
function bit.bor(x, ...) end

---@param x lunaffi.bit.Operand
---@param ... lunaffi.bit.Operand
---@return integer | userdata
function bit.bxor(x, ...) end

---@param x lunaffi.bit.Operand
---@param n lunaffi.bit.Operand
---@return integer | userdata
function bit.lshift(x, n) end

--- Shifts in zeros.
---@param x lunaffi.bit.Operand
---@param n lunaffi.bit.Operand
---@return integer | userdata
function bit.rshift(x, n) end

--- Shifts in the sign.
---@param x lunaffi.bit.Operand
---@param n lunaffi.bit.Operand
---@return integer | userdata
function bit.arshift(x, n) end

---@param x lunaffi.bit.Operand
---@param n lunaffi.bit.Operand
---@return integer | userdata
function bit.rol(x, n) end

---@param x lunaffi.bit.Operand
---@param n lunaffi.bit.Operand
---@return integer | userdata
function bit.ror(x, n) end

return bit
