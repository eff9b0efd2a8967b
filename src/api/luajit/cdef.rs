//! `ffi.cdef`: declares what a text of C says.

use super::types::{type_argument, value_type};
use crate::convert::cdata::number_of;
use crate::lua::{Error, Fault, Result, Type};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::scalar::ScalarValue;
use lunaffi_cparse::Param;
use std::ffi::c_int;

/// What the arguments from `first` on put in the place of each `$`: types, names and numbers. Owns
/// memory: for use inside of a guard.
pub fn parameters(cx: Cx, first: c_int) -> Result<Vec<Param>> {
    let lua = cx.lua;
    (first..=lua.top())
        .map(|index| match lua.type_of(index) {
            Type::String => Ok(Param::Name(String::from_utf8_lossy(lua.string(index).unwrap_or_default()).into())),
            Type::Number => Ok(Param::Number(match number_of(cx.look(), index)? {
                Some(ScalarValue::Signed(value)) => value,
                Some(ScalarValue::Float(value)) => value as i64,
                _ => 0,
            })),
            _ if value_type(cx, index).is_some() => type_argument(cx, index).map(Param::Type),
            _ => Err(Error::arg(index, Fault::Expected("type parameter"))),
        })
        .collect()
}

/// `ffi.cdef(text, ...)`: the values stand for the `$` in the text.
fn cdef(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.type_of(1) == Type::Number {
        lua.number_to_string(1);
    }
    let text = lua.string(1).ok_or(Error::arg(1, Fault::Expected("string")))?;
    cx.grow(text.len(), || {
        let rt = cx.rt;
        match rt.declare(text, &parameters(cx, 2)?) {
            Ok(_) => Ok(()),
            Err(e) => Err(Error::alone(rt.note(e.to_string()))),
        }
    })?;
    Ok(0)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["cdef" => cdef];
