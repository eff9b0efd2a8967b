//! What stock Lua needs besides LuaJIT's own functions.

use crate::runtime::{Cx, Entry};

/// For the module table.
pub const FUNCTIONS: &[Entry] = &[];

/// Sets the fields of the module table on the top that are no functions.
pub fn set_values(_cx: Cx) {}
