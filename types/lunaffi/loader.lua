---@meta lunaffi.loader

--- Runs LuaJIT source on any Lua: translates it first, line by line.
---@class lunaffi.loader
local loader = {}

--- Loads a chunk of LuaJIT source, as `load` does: the function, or nil and a message. A compiled chunk
--- is loaded as it is.
---@param text string | fun(): string? The source, or a function that gives it in pieces.
---@param name? string The chunk's name, as `load` takes it: `@file.lua`, `=name`, or the text itself.
---@param env? table The globals that the chunk runs with.
---@return function? chunk
---@return string? message
function loader.load(text, name, env) end

--- Loads a file of LuaJIT source; standard input without a path.
---@param path? string
---@param env? table The globals that the chunk runs with.
---@return function? chunk
---@return string? message
function loader.loadfile(path, env) end

--- An entry for `package.searchers` (`package.loaders`) that finds modules in `package.path` and
--- translates those that are wanted; the others it leaves to the entries behind it.
---@param wants? fun(text: string, name: string, path: string): boolean Which; without it: those that have to do with cdata by their looks, and what a translated chunk requires.
---@return fun(name: string): function?, string?
function loader.searcher(wants) end

--- What a text becomes: the text itself where it needs nothing, else a text for this Lua, which may be
--- that of a chunk that takes the helpers and returns the program's. Nil and a message for what is none.
---@param text string
---@return string? text
---@return string? message
function loader.translate(text) end

return loader
