//! `lunaffi.compat`: lets an old program's `require` find the module under the name it knows.

use crate::lua::State;
use std::ffi::c_int;

/// The names, and the module that each of them is.
const NAMES: &[(&[u8], &[u8])] = &[(b"@lune/ffi", b"lunaffi")];

/// Pushes a table of what was registered. A name that is loaded or preloaded already is left alone.
/// On the stack at `opener`: a function that gives the `lunaffi` table.
pub fn open(lua: State, opener: c_int) -> c_int {
    let opener = lua.abs(opener);
    lua.new_table(0, NAMES.len() as c_int);
    let registered = lua.top();
    lua.push_global(c"package");
    let package = lua.top();
    lua.get_field(package, b"preload");
    lua.get_field(package, b"loaded");
    let (preload, loaded) = (package + 1, package + 2);
    for &(name, module) in NAMES {
        lua.get_field(loaded, name);
        lua.get_field(preload, name);
        let free = lua.is_nil(-1) && lua.is_nil(-2);
        lua.pop(2);
        if free {
            lua.copy(opener);
            lua.set_field(preload, name);
            lua.push_bytes(module);
            lua.set_field(registered, name);
        }
    }
    lua.set_top(registered);
    1
}
