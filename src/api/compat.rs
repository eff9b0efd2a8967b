//! `lunaffi.compat`: lets an old program's `require` find a module under the name it knows. (What it
//! does for LuaJIT programs is `loader`'s.)

use crate::lua::{State, lua_CFunction};
use std::ffi::c_int;

/// The names, and the module that each of them is.
const NAMES: &[(&[u8], &[u8])] = &[
    (b"@lune/ffi", b"lunaffi"),
    (b"alien", b"lunaffi.alien"),
    (b"alien.struct", b"lunaffi.alien.struct"),
    (b"alien.core", b"lunaffi.alien"),
    (b"alien_c", b"lunaffi.alien"),
    (b"cffi", b"lunaffi.luajit"),
];

/// Pushes a table of the names and what opens the module of each.
pub fn push_names(lua: State, openers: &[(&[u8], lua_CFunction)]) {
    lua.new_table(0, NAMES.len() as c_int);
    for &(name, module) in NAMES {
        if let Some(&(_, opener)) = openers.iter().find(|(opened, _)| *opened == module) {
            lua.push_closure(opener, 0);
            lua.set_field(-2, name);
        }
    }
}

/// Pushes a table of what was registered. A name that is loaded or preloaded already is left alone.
/// The global `alien` is set where there is none. `openers`: what gives each module's table.
pub fn open(lua: State, openers: &[(&[u8], lua_CFunction)]) -> c_int {
    lua.reserve(16);
    lua.new_table(0, NAMES.len() as c_int);
    let registered = lua.top();
    lua.push_library(&["package", "preload"]);
    lua.push_library(&["package", "loaded"]);
    let (preload, loaded) = (registered + 1, registered + 2);
    for &(name, module) in NAMES {
        let Some(&(_, opener)) = openers.iter().find(|(opened, _)| *opened == module) else { continue };
        lua.get_field(loaded, name);
        lua.get_field(preload, name);
        let free = lua.is_nil(-1) && lua.is_nil(-2);
        lua.pop(2);
        if free {
            lua.push_closure(opener, 0);
            lua.set_field(preload, name);
            lua.push_bytes(module);
            lua.set_field(registered, name);
        }
    }
    lua.push_globals();
    let globals = lua.top();
    lua.get_field(globals, b"alien");
    if lua.is_nil(-1)
        && let Some(&(_, opener)) = openers.iter().find(|(opened, _)| *opened == b"lunaffi.alien")
    {
        lua.push_closure(opener, 0);
        lua.call(0, 1);
        lua.set_field(globals, b"alien");
    }
    lua.set_top(registered);
    1
}
