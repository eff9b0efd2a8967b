-- Specs and examples run on every Lua: what they use beyond the common part must be asked for.
std = "max"
max_line_length = 120

files["spec"] = { std = "max+busted" }

-- Cases run in an environment of their own: spec/support/luajit/cases.lua. Tables of inputs are wider than code.
files["spec/luajit/cases"] = {
  max_line_length = 200,
  globals = { "ffi" },
  read_globals = {
    "case", "bit", "i64", "u64", "eq", "lt", "le", "isnull", "fixture", "collect", "unpack", "helper",
  },
}

files["spec/support/luajit/library_cases.lua"] = { max_line_length = 200 }

-- Programs in LuaJIT's own syntax, written as such programs are.
files["spec/support/programs"] = { std = "luajit", max_line_length = 200, ignore = { "122", "311" } }

-- Examples are read before they are run: they keep to what every Lua has.
files["examples"] = { std = "min" }

-- The benchmark and the scripts run under every Lua.
files["benches"] = { std = "min" }
files["bin"] = { std = "min" }

-- Definitions for the language server: bodies are empty and parameters unused by nature.
files["types"] = { std = "min", ignore = { "211", "212", "241", "631" } }

-- LuaRocks loads it, with its own settings.
files["rockspec"] = { std = "rockspec" }
