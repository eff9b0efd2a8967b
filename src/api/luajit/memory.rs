//! Blocks of bytes: `string`, `copy`, `fill`.

use super::types::{any_argument, int_argument};
use crate::convert;
use crate::convert::cdata::{pointer, reach};
use crate::lua::error::AtArgument;
use crate::lua::{At, Error, Fault, Result, Type};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::TypeId;
use lunaffi_core::mem::Region;
use std::ffi::c_int;

/// What an argument points to, of any type that converts to `const void *`.
fn readable(cx: Cx, index: c_int) -> Result<Region> {
    any_argument(cx, index)?;
    pointer(cx, index, TypeId::CONST_VOID_POINTER, At::Arg(index), false)
}

/// What an argument points to, of any type that converts to `void *`.
fn writable(cx: Cx, index: c_int) -> Result<Region> {
    any_argument(cx, index)?;
    let region = pointer(cx, index, TypeId::VOID_POINTER, At::Arg(index), false)?;
    convert::writable(&region, At::Arg(index))?;
    Ok(region)
}

/// A number of bytes.
fn length(cx: Cx, index: c_int) -> Result<usize> {
    let len = int_argument(cx, index)?;
    usize::try_from(len).map_err(|_| Error::arg(index, Fault::Text("negative length")))
}

/// `ffi.string(pointer [, len])`
fn string(cx: Cx) -> Result<c_int> {
    let (lua, rt) = (cx.lua, cx.rt);
    any_argument(cx, 1)?;
    if lua.is_nil(2) {
        let region = pointer(cx, 1, TypeId::CONST_CHAR_POINTER, At::Arg(1), false)?;
        let len = text_length(cx, &region).at_arg(1)?;
        rt.push_text(lua, &region.bounded(len), 0, len).at_arg(1)?;
        return Ok(1);
    }
    let len = length(cx, 2)?;
    let region = readable(cx, 1)?;
    if len == 0 {
        lua.push_bytes(b"");
        return Ok(1);
    }
    rt.push_text(lua, &reach(rt, &region, len).at_arg(1)?, 0, len).at_arg(1)?;
    Ok(1)
}

/// The length of the C string that begins at the region's address: within its bounds.
fn text_length(cx: Cx, region: &Region) -> std::result::Result<usize, Fault> {
    reach(cx.rt, region, 1)?;
    match region.remaining() {
        Some(limit) if cx.rt.bounds.get() => match region.text_length(0)? {
            len if len < limit => Ok(len),
            _ => Err(Fault::Text("string without an end in its memory")),
        },
        // A C string, by the script's word.
        _ => Ok(region.unbounded().text_length(0)?),
    }
}

/// `ffi.copy(to, from, len)`, `ffi.copy(to, text)`
fn copy(cx: Cx) -> Result<c_int> {
    let to = writable(cx, 1)?;
    let text = if cx.lua.is_none(3) { cx.lua.string(2) } else { None };
    let from = readable(cx, 2)?;
    // The bytes of a Lua string end with a NUL that is its own.
    let len = match text {
        Some(text) => text.len() + 1,
        None => length(cx, 3)?,
    };
    if len == 0 {
        return Ok(0);
    }
    let source = reach(cx.rt, &from, len).at_arg(2)?;
    let target = reach(cx.rt, &to, len).at_arg(1)?;
    target.copy(&source, len).map_err(Error::alone)?;
    Ok(0)
}

/// `ffi.fill(to, len [, byte])`
fn fill(cx: Cx) -> Result<c_int> {
    let to = writable(cx, 1)?;
    let len = length(cx, 2)?;
    let byte = if cx.lua.type_of(3) == Type::Nil { 0 } else { int_argument(cx, 3)? as u8 };
    if len == 0 {
        return Ok(0);
    }
    reach(cx.rt, &to, len).at_arg(1)?.fill(0, len, byte).at_arg(1)?;
    Ok(0)
}

/// For the module table.
pub const FUNCTIONS: &[FunctionEntry] = entries!["string" => string, "copy" => copy, "fill" => fill];
