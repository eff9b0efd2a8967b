//! `ffi.cdef`: declares what a text of C says.

use super::types::parameters;
use crate::lua::{Error, Fault, Type};
use crate::runtime::{Entry, lua_fn};
use lunaffi_core::cparse;

lua_fn! {
    /// `ffi.cdef(text, ...)`: the values stand for the `$` in the text.
    fn cdef(cx) as "cdef" {
        let lua = cx.lua;
        if lua.type_of(1) == Type::Number {
            lua.number_to_string(1);
        }
        let text = lua.string(1).ok_or(Error::arg(1, Fault::Expected("string")))?;
        cx.guard(|| {
            let rt = cx.rt;
            match cparse::declare(&rt.types, &rt.declarations, text, &parameters(cx, 2)?) {
                Ok(_) => Ok(()),
                Err(e) => Err(Error::alone(rt.note(e.to_string()))),
            }
        })?;
        Ok(0)
    }
}

/// Module functions.
pub const FUNCTIONS: &[Entry] = &[("cdef", cdef)];
