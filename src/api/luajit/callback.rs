//! What function pointers offer when they are callbacks: `:free()` and `:set(function)`.

use crate::call::BAD_CALLBACK;
use crate::callback::converted;
use crate::convert::cdata;
use crate::lua::{Error, Fault, Result, Type};
use crate::runtime::{Cx, FunctionEntry, entries};
use std::ffi::c_int;

/// The code that the receiver points to.
fn code(cx: Cx) -> Result<*const u8> {
    match cdata::view(cx.look(), 1)? {
        Some(view) if view.address => Ok(std::ptr::with_exposed_provenance(view.region.address())),
        Some(_) => Err(Error::alone(BAD_CALLBACK)),
        None => Err(Error::arg(1, Fault::Expected("cdata"))),
    }
}

/// `callback:free()`
fn free(cx: Cx) -> Result<c_int> {
    if converted::free(cx, code(cx)?) { Ok(0) } else { Err(Error::alone(BAD_CALLBACK)) }
}

/// `callback:set(function)`
fn set(cx: Cx) -> Result<c_int> {
    if cx.lua.type_of(2) != Type::Function {
        return Err(Error::arg(2, Fault::Expected("function")));
    }
    let code = code(cx)?;
    if converted::set(cx.lua, cx.rt, code, 2) { Ok(0) } else { Err(Error::alone(BAD_CALLBACK)) }
}

/// What `__index` of a function pointer finds.
pub const METHODS: &[FunctionEntry] = entries![method "free" => free, method "set" => set];
