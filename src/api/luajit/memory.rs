//! Blocks of bytes: `string`, `copy`, `fill`.

use super::types::{any_argument, int_argument};
use crate::convert;
use crate::convert::cdata::{access, pointer};
use crate::lua::fault::AtArgument;
use crate::lua::{At, Error, Fault, Result, Type};
use crate::runtime::{Cx, Entry, lua_fn};
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

lua_fn! {
    /// `ffi.string(pointer [, len])`
    fn string(cx) as "string" {
        let (lua, rt) = (cx.lua, cx.rt);
        any_argument(cx, 1)?;
        if lua.is_nil(2) {
            let region = pointer(cx, 1, TypeId::CONST_CHAR_POINTER, At::Arg(1), false)?;
            let len = text_length(cx, &region).at_arg(1)?;
            // SAFETY: so many bytes are there, and a NUL behind them.
            lua.push_bytes(unsafe { std::slice::from_raw_parts(region.addr, len) });
            return Ok(1);
        }
        let len = length(cx, 2)?;
        let region = readable(cx, 1)?;
        if len == 0 {
            lua.push_bytes(b"");
            return Ok(1);
        }
        let place = access(rt, &region, 0, len).at_arg(1)?;
        push_block(cx, region, place, len)?;
        Ok(1)
    }
}

/// Pushes a string of bytes that the region grants.
fn push_block(cx: Cx, region: Region, place: *mut u8, len: usize) -> Result<()> {
    if region.may_end() {
        // What Lua asks memory for may run a finalizer, which may release these bytes.
        let scratch = cx.lua.new_userdata(len, false).cast::<u8>();
        let place = access(cx.rt, &region, 0, len).map_err(Error::alone)?;
        // SAFETY: both have that size.
        let bytes = unsafe {
            scratch.copy_from_nonoverlapping(place, len);
            std::slice::from_raw_parts(scratch, len)
        };
        cx.lua.push_bytes(bytes);
        cx.lua.remove(-2);
        return Ok(());
    }
    // SAFETY: the region grants the bytes.
    cx.lua.push_bytes(unsafe { std::slice::from_raw_parts(place, len) });
    Ok(())
}

/// The length of the C string that begins at the region's address: within its bounds.
fn text_length(cx: Cx, region: &Region) -> std::result::Result<usize, Fault> {
    let place = access(cx.rt, region, 0, 1)?;
    match region.remaining() {
        Some(limit) if cx.rt.bounds.get() => {
            // SAFETY: the region grants so many bytes.
            let bytes = unsafe { std::slice::from_raw_parts(place, limit) };
            bytes.iter().position(|&byte| byte == 0).ok_or(Fault::Text("string without an end in its memory"))
        }
        // SAFETY: a C string, by the script's word.
        _ => Ok(unsafe { libc::strlen(place.cast()) }),
    }
}

lua_fn! {
    /// `ffi.copy(to, from, len)`, `ffi.copy(to, text)`
    fn copy(cx) as "copy" {
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
        let source = access(cx.rt, &from, 0, len).at_arg(2)?;
        let target = access(cx.rt, &to, 0, len).at_arg(1)?;
        // SAFETY: the regions grant so many bytes; they may overlap.
        unsafe { target.copy_from(source, len) };
        Ok(0)
    }
}

lua_fn! {
    /// `ffi.fill(to, len [, byte])`
    fn fill(cx) as "fill" {
        let to = writable(cx, 1)?;
        let len = length(cx, 2)?;
        let byte = if cx.lua.type_of(3) == Type::Nil { 0 } else { int_argument(cx, 3)? as u8 };
        if len == 0 {
            return Ok(0);
        }
        let target = access(cx.rt, &to, 0, len).at_arg(1)?;
        // SAFETY: the region grants so many bytes.
        unsafe { target.write_bytes(byte, len) };
        Ok(0)
    }
}

/// For the module table.
pub const FUNCTIONS: &[Entry] = &[("string", string), ("copy", copy), ("fill", fill)];
