//! `ffi.gc`: finalizers of cdata.

use super::types::{INVALID, any_argument};
use crate::lua::{Error, Header, Kind, Result};
use crate::object::finalizer;
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::CType;
use std::ffi::c_int;

/// `ffi.gc(cdata, finalizer or nil)`: gives the cdata.
fn gc(cx: Cx) -> Result<c_int> {
    if cx.rt.kinds.get(*cx.lua, 1, Kind::Ctype).is_some() {
        return Err(Error::arg(1, INVALID));
    }
    let header = cx.argument::<Header>(1, Kind::Cdata)?;
    any_argument(cx, 2)?;
    match cx.rt.types.kind(header.ty()) {
        _ if header.is_reference() => {}
        CType::Pointer(_) | CType::Record(_) | CType::Array { .. } | CType::OpenArray(_) | CType::VariableArray(_) => {}
        _ => return Err(Error::arg(1, INVALID)),
    }
    finalizer::attach(cx, 1, 2)?;
    cx.lua.set_top(1);
    Ok(1)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["gc" => gc];
