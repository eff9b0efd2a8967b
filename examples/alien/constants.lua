-- Constants of C headers: bin/lunaffi-constants compiles those that constants.def asks for into a Lua
-- module, which then serves calls of the C library.
-- Usage: lua examples/alien/constants.lua [FOLDER-OF-LUNAFFI]

local alien = require("lunaffi.alien")

local folder = arg[1] or "."
local lua = arg[-1] or "lua"
local made = os.tmpname()

-- A build runs this once. (Words are safe to quote like this where they hold no quote themselves.)
local line = ("'%s' '%s/bin/lunaffi-constants' --run --module '%s/examples/alien/constants.def' '%s'"):format(
  lua, folder, folder, made)
local status = os.execute(line)
assert(status == 0 or status == true, "the constants could not be made")
local C = dofile(made)
os.remove(made)

print(("integers: %d %s %s"):format(C.INT_MIN, tostring(C.UINT_MAX), tostring(C.NAME_MAX)))
-- 64 bits are exact on every Lua.
print(("64 bits: %s %s"):format(tostring(C.LONG_MAX), tostring(C.ULONG_MAX)))
print(("others: %.17g %s %d"):format(C.EPSILON, C.NULL_DEVICE, C.OFFSET_SIZE))

-- open is variadic: its third parameter is there only with O_CREAT.
local libc = alien.default
libc.open:types("int", "string", "int", "...")
libc.write:types("long", "int", "string", "size_t")
libc.read:types("long", "int", "pointer", "size_t")
libc.lseek:types("long", "int", "long", "int")
libc.close:types("int", "int")

local path = os.tmpname()
local file = libc.open(path, C.O_WRONLY + C.O_CREAT + C.O_TRUNC, { "int", 384 })
libc.write(file, "written by C", 12)
libc.close(file)

file = libc.open(path, C.O_RDONLY)
libc.lseek(file, 8, C.SEEK_SET)
local buffer = alien.buffer(16)
local length = libc.read(file, buffer, #buffer)
libc.close(file)
os.remove(path)
print(("read: %d bytes, '%s'"):format(length, buffer:tostring(length)))
