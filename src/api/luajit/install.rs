//! `ffi.install()`: gives a program the globals that it has on LuaJIT.

use crate::lua::Result;
use crate::lua::State;
use crate::runtime::{Cx, FunctionEntry, entries};
use std::ffi::{CStr, c_int};

/// Functions that know cdata, in the place of Lua's own.
const PATCHED: [(&[u8], &CStr); 4] =
    [(b"type", c"type"), (b"tonumber", c"tonumber"), (b"pairs", c"pairs"), (b"ipairs", c"ipairs")];

/// Libraries of LuaJIT's, and the modules that stand in for them where they are missing.
const LIBRARIES: [(&CStr, &[u8]); 2] = [(c"bit", b"lunaffi.bit"), (c"jit", b"lunaffi.jit")];

/// `ffi.install()`: gives the module.
fn install(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    lua.set_top(0);
    super::push_module(lua);
    for (field, global) in PATCHED {
        lua.get_field(1, field);
        lua.set_global(global);
    }
    for (global, module) in LIBRARIES {
        lua.push_global(global);
        if lua.is_nil(-1) {
            provide(lua, global, module);
        }
        lua.set_top(1);
    }
    Ok(1)
}

/// Sets a global to what `require` gives for a module; `require(global)` gives that, too.
fn provide(lua: State, global: &CStr, module: &[u8]) {
    lua.push_global(c"require");
    lua.push_bytes(module);
    lua.call(1, 1);
    let value = lua.top();
    lua.push_library(&["package", "loaded"]);
    lua.get_field(-1, global.to_bytes());
    if lua.is_nil(-1) {
        lua.pop(1);
        lua.copy(value);
        lua.set_field(-2, global.to_bytes());
    }
    lua.copy(value);
    lua.set_global(global);
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["install" => install];
