//! `alien.callback`: a Lua function as a C function.

use super::function::{self, RULES};
use super::signature::callback_types;
use crate::callback;
use crate::lua::{Error, Fault, Result, Type};
use crate::runtime::{Cx, FunctionEntry, entries};
use std::ffi::c_int;

/// `alien.callback(function, result, parameters...)` or `alien.callback(function, types)`
fn new(cx: Cx) -> Result<c_int> {
    if cx.lua.type_of(1) != Type::Function {
        return Err(Error::arg(1, Fault::Expected("function")));
    }
    make(cx)
}

fn make(cx: Cx) -> Result<c_int> {
    let types = callback_types(cx, 2)?;
    let object = function::push(cx, std::ptr::null_mut(), None, 0);
    object.set_types(&types);
    callback::make(cx, 1, types.signature, &object.handle, &RULES.values)?;
    Ok(1)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["callback" => new];
