-- Tags: an object of a C library as a Lua object, with methods, that C's own destructor ends. The
-- objects are streams of the C library: FILE pointers.
-- Usage: lua examples/alien/tag.lua

local alien = require("lunaffi.alien")
local libc = alien.default

libc.tmpfile:types("pointer")
libc.fputs:types("int", "string", "pointer")
libc.fgets:types("pointer", "pointer", "int", "pointer")
libc.rewind:types("void", "pointer")
libc.fclose:types("int", "pointer")

local closed = 0

-- The metatable of all objects with the tag. What it holds may be filled in at any time.
local stream = alien.tag("example_stream")

local function pointer_of(object)
  -- Raises for anything that has not the tag.
  return (alien.unwrap("example_stream", object))
end

local methods = {}
stream.__index = methods

function methods:put(text)
  libc.fputs(text, pointer_of(self))
end

function methods:lines()
  libc.rewind(pointer_of(self))
  local line = alien.buffer(128)
  return function()
    return libc.fgets(line, #line, pointer_of(self)) and line:tostring():gsub("\n$", "")
  end
end

function methods:close()
  local pointer = pointer_of(self)
  if pointer then
    libc.fclose(pointer)
    closed = closed + 1
    -- The place is kept, and is nil from now on: the finalizer finds nothing to do.
    alien.rewrap("example_stream", self, nil)
  end
end

stream.__gc = methods.close

local function open()
  return alien.wrap("example_stream", (assert(libc.tmpfile(), "no temporary file")))
end

local file = open()
file:put("one line\n")
file:put("another line\n")
for line in file:lines() do
  print("read: " .. line)
end

alien.tag("example_other")
print("another tag: " .. tostring(pcall(alien.unwrap, "example_other", file)))

file:close()
print("closed: " .. closed)
for _ = 1, 3 do
  open()
end
file = nil -- luacheck: ignore 311
collectgarbage()
collectgarbage()
print("closed with those that were collected: " .. closed)
