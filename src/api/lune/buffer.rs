//! Buffers: a fixed number of bytes that Lua owns, and slices of them.

use super::pointer::{push_derived, push_light, push_text, read_value, write_value};
use crate::convert::{self, PointerAs};
use crate::lua::error::AtArgument;
use crate::lua::{Error, Fault, Header, Kind, Result};
use crate::object::alloc::push_owner;
use crate::object::kind::{self, KindSpec};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::Slot;
use lunaffi_core::mem::Arena;
use std::ffi::c_int;

/// `ffi.buffer(size)`
fn buffer(cx: Cx) -> Result<c_int> {
    let size = convert::size(cx, 1)?;
    push_owner(cx, Kind::Buffer, Slot::VOID, size, Arena::DEFAULT_ALIGN).at_arg(1)?;
    Ok(1)
}

fn receiver(cx: Cx) -> Result<&'static Header> {
    cx.receiver(Kind::Buffer)
}

/// A buffer always knows its size.
fn size_of_buffer(header: &Header) -> usize {
    header.region.remaining().unwrap_or(0)
}

fn read(cx: Cx) -> Result<c_int> {
    let region = receiver(cx)?.region;
    read_value(cx, region, 2, 3, 1, PointerAs::Light)
}

fn write(cx: Cx) -> Result<c_int> {
    let region = receiver(cx)?.region;
    write_value(cx, region, 2, 3, 4)
}

fn read_bytes(cx: Cx) -> Result<c_int> {
    let region = receiver(cx)?.region;
    let (offset, len) = (convert::size(cx, 2)?, convert::size(cx, 3)?);
    cx.rt.push_text(cx.lua, &region, offset as isize, len).at_arg(2)?;
    Ok(1)
}

/// The bytes of a string argument.
fn bytes_argument(cx: Cx, index: c_int) -> Result<&'static [u8]> {
    cx.lua.string(index).ok_or(Fault::Expected("string")).at_arg(index)
}

fn write_bytes(cx: Cx) -> Result<c_int> {
    let region = receiver(cx)?.region;
    let offset = convert::size(cx, 2)?;
    let bytes = bytes_argument(cx, 3)?;
    region.write(offset as isize, bytes).at_arg(2)?;
    Ok(0)
}

fn read_string(cx: Cx) -> Result<c_int> {
    let region = receiver(cx)?.region;
    let offset = convert::length(cx, 2)?.unwrap_or(0);
    cx.rt.push_c_text(cx.lua, &region, offset).at_arg(2)?;
    Ok(1)
}

/// Writes the string and a NUL; the NUL is left out when the string ends where the buffer does.
fn write_string(cx: Cx) -> Result<c_int> {
    let header = receiver(cx)?;
    let offset = convert::size(cx, 2)?;
    let bytes = bytes_argument(cx, 3)?;
    header.region.write(offset as isize, bytes).at_arg(2)?;
    if offset + bytes.len() < size_of_buffer(header) {
        header.region.fill((offset + bytes.len()) as isize, 1, 0).map_err(Error::alone)?;
    }
    Ok(0)
}

fn zero(cx: Cx) -> Result<c_int> {
    let header = receiver(cx)?;
    let size = size_of_buffer(header);
    header.region.fill(0, size, 0).map_err(Error::alone)?;
    Ok(0)
}

fn slice(cx: Cx) -> Result<c_int> {
    let region = receiver(cx)?.region;
    let (offset, size) = (convert::size(cx, 2)?, convert::size(cx, 3)?);
    region.grants(offset as isize, size).at_arg(2)?;
    push_derived(cx, Kind::Buffer, region.part(offset, size), Slot::VOID, 1);
    Ok(1)
}

fn as_ptr(cx: Cx) -> Result<c_int> {
    let region = receiver(cx)?.region;
    push_derived(cx, Kind::RawPointer, region, Slot::VOID, 1);
    Ok(1)
}

fn index(cx: Cx) -> Result<c_int> {
    let header = receiver(cx)?;
    kind::index(cx, |name| {
        match name {
            b"size" => cx.lua.push_int(size_of_buffer(header) as i64),
            b"ptr" => push_light(cx, header.region.address()),
            _ => return Ok(false),
        }
        Ok(true)
    })
}

fn len(cx: Cx) -> Result<c_int> {
    cx.lua.push_int(size_of_buffer(receiver(cx)?) as i64);
    Ok(1)
}

fn to_string(cx: Cx) -> Result<c_int> {
    let header = receiver(cx)?;
    push_text(cx.lua, format_args!("Buffer({:#x}, size={})", header.region.address(), size_of_buffer(header)));
    Ok(1)
}

/// Buffers.
pub const BUFFER: KindSpec = KindSpec {
    kind: Kind::Buffer,
    methods: entries![
        method "read" => read,
        method "write" => write,
        method "readBytes" => read_bytes,
        method "writeBytes" => write_bytes,
        method "readString" => read_string,
        method "writeString" => write_string,
        method "zero" => zero,
        method "slice" => slice,
        method "as_ptr" => as_ptr,
    ],
    meta: entries![
        "__index" => index,
        "__newindex" => kind::read_only,
        "__len" => len,
        method "__tostring" => to_string,
    ],
};

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["buffer" => buffer];
