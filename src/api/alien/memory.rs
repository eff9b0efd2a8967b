//! The module's functions on memory: `memmove` (also as `memcpy`), `memset`, `isnull`.

use crate::convert::{self, exact};
use crate::lua::error::AtArgument;
use crate::lua::{At, Error, Fault, Result, Type};
use crate::object::pointer::region_argument;
use crate::object::references;
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::mem::{MemError, Region};
use std::ffi::c_int;

/// Memory that an argument points to, not NULL.
fn memory_argument(cx: Cx, index: c_int) -> Result<Region> {
    let region = region_argument(cx, index)?;
    if region.is_null() { Err(Error::arg(index, MemError::Null)) } else { Ok(region) }
}

fn copy(cx: Cx) -> Result<c_int> {
    let target = memory_argument(cx, 1)?;
    let (source, known) = match cx.lua.string(2) {
        Some(bytes) => (Region::block(bytes.as_ptr().cast_mut(), bytes.len()), Some(bytes.len())),
        None => (memory_argument(cx, 2)?, None),
    };
    let len = match (convert::length(cx, 3)?, known) {
        (Some(len), _) | (None, Some(len)) => len,
        (None, None) => return Err(Error::arg(3, Fault::Expected("number of bytes"))),
    };
    convert::writable(&target, At::Arg(1))?;
    target.grants(0, len).at_arg(1)?;
    source.grants(0, len).at_arg(2)?;
    target.copy(&source, len).map_err(Error::alone)?;
    if known.is_none() {
        references::keep_pins_of(cx, 2, &target, 1)?;
    }
    Ok(0)
}

/// `alien.memmove(to, from [, length])`
fn memmove(cx: Cx) -> Result<c_int> {
    copy(cx)
}

/// The same by its older name.
fn memcpy(cx: Cx) -> Result<c_int> {
    copy(cx)
}

/// `alien.memset(pointer, byte, length)`
fn memset(cx: Cx) -> Result<c_int> {
    let region = memory_argument(cx, 1)?;
    let byte = exact(*cx.lua, cx.rt, 2, -128, 255).at_arg(2)?;
    let len = convert::size(cx, 3)?;
    convert::writable(&region, At::Arg(1))?;
    region.fill(0, len, byte as u8).at_arg(1)?;
    Ok(0)
}

/// `alien.isnull(pointer)`
fn isnull(cx: Cx) -> Result<c_int> {
    let null = match cx.lua.type_of(1) {
        Type::Nil => true,
        _ => region_argument(cx, 1)?.is_null(),
    };
    cx.lua.push_bool(null);
    Ok(1)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries![
    "memmove" => memmove,
    "memcpy" => memcpy,
    "memset" => memset,
    "isnull" => isnull,
];
