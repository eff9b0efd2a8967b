//! Buffers: bytes counted from 1. One owns its memory and can change its size, shares another
//! object's, or is at a bare address.

use super::structs::push_part;
use super::types::{self, CHAR, worded};
use crate::convert::{self, Destination, Part, exact};
use crate::lua::error::AtArgument;
use crate::lua::{At, Error, Fault, Header, Kind, Number, Result, Type};
use crate::object::kind::{self, KindSpec};
use crate::object::pointer::{push_derived, push_light, region_argument};
use crate::object::{block, references};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::Slot;
use lunaffi_core::mem::{MemError, Region};
use lunaffi_core::scalar::Scalar;
use std::ffi::c_int;

/// Bytes of a buffer that nobody gave a size: those of C's streams.
const DEFAULT_SIZE: usize = libc::BUFSIZ as usize;

/// `alien.buffer([size, string or pointer [, length]])`
fn buffer(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    match lua.type_of(1) {
        Type::Nil => push_sized(cx, DEFAULT_SIZE).map_err(Error::call)?,
        Type::Number => {
            let size = convert::size(cx, 1)?;
            push_sized(cx, size).at_arg(1)?;
        }
        Type::String => {
            let bytes = lua.string(1).unwrap_or_default();
            push_sized(cx, bytes.len() + 1).at_arg(1)?;
            let Some((_, header)) = cx.rt.kinds.header(*lua, -1) else { return Err(Error::alone(Fault::Bug)) };
            header.region.write(0, bytes).map_err(Error::alone)?;
        }
        _ => return shared(cx),
    }
    Ok(1)
}

/// Pushes a buffer with zeroed memory of its own.
pub fn push_sized(cx: Cx, size: usize) -> std::result::Result<(), Fault> {
    block::push_resizable(cx, Kind::AlienBuffer, size).map(|_| ()).map_err(|e| e.fault)
}

/// Pushes a buffer that is the memory of the pointer at 1.
fn shared(cx: Cx) -> Result<c_int> {
    if cx.lua.type_of(1) != Type::LightUserdata && cx.rt.kinds.header(*cx.lua, 1).is_none() {
        return Err(Error::arg(1, Fault::Expected("size, string or pointer")));
    }
    let region = region_argument(cx, 1)?;
    region.grants(0, 0).at_arg(1)?;
    let len = convert::length(cx, 2)?;
    push_over(cx, region, len, 1).at_arg(if len.is_some() { 2 } else { 1 })?;
    Ok(1)
}

/// Pushes a buffer over memory of the object at `parent`: so many bytes of it, or all there are.
pub fn push_over(cx: Cx, region: Region, len: Option<usize>, parent: c_int) -> std::result::Result<(), MemError> {
    let region = match len {
        Some(len) => {
            region.grants(0, len)?;
            region.bounded(len)
        }
        // From here on, whatever lies before it.
        None => match region.remaining() {
            Some(remaining) => region.part(0, remaining),
            None => region,
        },
    };
    if cx.rt.kinds.header(*cx.lua, parent).is_some() {
        push_derived(cx, Kind::AlienBuffer, region, Slot::VOID, parent);
    } else {
        cx.rt.kinds.push_header(cx.lua, Kind::AlienBuffer, Header::new(region, Slot::VOID));
    }
    Ok(())
}

fn receiver(cx: Cx) -> Result<&'static Header> {
    cx.receiver(Kind::AlienBuffer)
}

/// Bytes; none are known of a bare address.
fn size_of(header: &Header) -> usize {
    header.region.remaining().unwrap_or(0)
}

/// A position from 1, as a distance.
fn offset(cx: Cx, index: c_int) -> Result<isize> {
    if cx.lua.is_nil(index) {
        return Ok(0);
    }
    let (low, high) = (isize::MIN as i128 + 1, isize::MAX as i128);
    exact(*cx.lua, cx.rt, index, low, high).map(|n| n as isize - 1).at_arg(index)
}

/// The fault of an access that a buffer does not grant, in terms of a position from 1.
#[cold]
fn refused(cx: Cx, why: MemError) -> Fault {
    match why {
        MemError::Bounds { offset, len, size } => cx.rt.note(format!(
            "{len} bytes at offset {} are out of bounds: the buffer has {size} bytes",
            offset as i128 + 1
        )),
        other => Fault::Mem(other),
    }
}

/// Grants an access.
#[inline]
fn grant(cx: Cx, region: &Region, offset: isize, len: usize, about: c_int) -> Result<()> {
    region.grants(offset, len).map_err(|why| Error::arg(about, refused(cx, why)))
}

/// `buf:get(offset [, type])`
fn get(cx: Cx) -> Result<c_int> {
    let region = receiver(cx)?.region;
    let from = offset(cx, 2)?;
    let (slot, size) = types::memory_type(cx, 3, CHAR)?;
    grant(cx, &region, from, size, 2)?;
    let part = Part::whole(slot, 0, size);
    push_part(cx, &part, 0, region.moved(from), 1)?;
    Ok(1)
}

/// `buf:set(offset, value [, type])`
fn set(cx: Cx) -> Result<c_int> {
    let region = receiver(cx)?.region;
    let from = offset(cx, 2)?;
    let (slot, size) = types::memory_type(cx, 4, CHAR)?;
    if cx.lua.is_none(3) {
        return Err(worded(Error::arg(3, Fault::ExpectedType(slot))));
    }
    grant(cx, &region, from, size, 2)?;
    references::store(cx, 3, Destination::one(slot), region, from, 1, At::Arg(3)).map_err(worded)?;
    Ok(0)
}

fn strlen(cx: Cx) -> Result<c_int> {
    let length = receiver(cx)?.region.text_length(0).map_err(Error::alone)?;
    cx.lua.push_int(length as i64);
    Ok(1)
}

/// `buf:tostring([length [, offset]])`: up to a NUL where no length is given.
fn to_string(cx: Cx) -> Result<c_int> {
    let region = receiver(cx)?.region;
    let from = offset(cx, 3)?;
    match convert::length(cx, 2)? {
        Some(len) => {
            grant(cx, &region, from, len, 2)?;
            cx.rt.push_text(cx.lua, &region, from, len).at_arg(2)?;
        }
        None => {
            grant(cx, &region, from, 0, 3)?;
            let rest = match region.remaining() {
                Some(size) => region.part(from as usize, size - from as usize),
                None => region.moved(from),
            };
            cx.rt.push_c_text(cx.lua, &rest, 0).map_err(Error::alone)?;
        }
    }
    Ok(1)
}

/// `tostring(buf)`
fn meta_to_string(cx: Cx) -> Result<c_int> {
    let region = receiver(cx)?.region;
    cx.rt.push_c_text(cx.lua, &region, 0).map_err(Error::alone)?;
    Ok(1)
}

/// `buf:topointer([offset])`
fn to_pointer(cx: Cx) -> Result<c_int> {
    let region = receiver(cx)?.region;
    let from = offset(cx, 2)?;
    if from == 0 {
        region.check_life().map_err(Error::alone)?;
    } else {
        grant(cx, &region, from, 0, 2)?;
    }
    push_light(cx, region.moved(from).address());
    Ok(1)
}

/// `buf:tooffset(pointer)`: the position that a pointer has in the buffer.
fn to_offset(cx: Cx) -> Result<c_int> {
    let region = receiver(cx)?.region;
    let pointer = region_argument(cx, 2)?;
    region.check_life().map_err(Error::alone)?;
    let distance = (pointer.address() as i128) - (region.address() as i128);
    if region.remaining().is_some_and(|size| !(0..=size as i128).contains(&distance)) {
        return Err(Error::arg(2, Fault::Text("the pointer does not point into the buffer")));
    }
    convert::push_wide(cx.lua, cx.rt, distance + 1);
    Ok(1)
}

/// `buf:realloc(size)`
fn realloc(cx: Cx) -> Result<c_int> {
    let size = {
        let header = receiver(cx)?;
        if !header.owns() {
            return Err(Error::call(NOT_OWNED));
        }
        convert::size(cx, 2)?
    };
    block::resize(cx, 1, size).map_err(|e| Error::arg(2, e.fault))?;
    Ok(0)
}

const NOT_OWNED: Fault = Fault::Text("the memory is not the buffer's own");

/// The fast way of `buf[i]`: an integer that counts a byte.
#[inline(always)]
fn byte(cx: Cx, header: &Header) -> Option<Region> {
    let index = cx.lua.plain_integer(2)?;
    let offset = isize::try_from(index).ok()?.checked_sub(1)?;
    header.region.grants(offset, 1).ok().map(|()| header.region.moved(offset))
}

/// Any number as the place of a byte.
#[cold]
fn numbered(cx: Cx, header: &Header) -> Result<Region> {
    if let Some(Number::Float(value)) = cx.lua.number(2)
        && value.fract() != 0.0
    {
        return Err(Error { value: 2, ..Error::alone(Fault::NotInteger("offset")) });
    }
    let (low, high) = (isize::MIN as i128 + 1, isize::MAX as i128);
    let n = exact(*cx.lua, cx.rt, 2, low, high).map_err(|fault| Error { value: 2, ..Error::alone(fault) })?;
    let granted = header.region.grants(n as isize - 1, 1).map_err(|why| Error::alone(refused(cx, why)));
    granted.map(|()| header.region.moved(n as isize - 1))
}

fn is_position(cx: Cx) -> bool {
    cx.lua.type_of(2) == Type::Number || cx.rt.kinds.int64(*cx.lua, 2).is_some()
}

fn index(cx: Cx) -> Result<c_int> {
    let header = receiver(cx)?;
    let place = match byte(cx, header) {
        Some(place) => place,
        None if is_position(cx) => numbered(cx, header)?,
        None => {
            let found = kind::index(cx, |name| {
                if name != b"size" {
                    return Ok(false);
                }
                cx.lua.push_int(size_of(header) as i64);
                Ok(true)
            })?;
            return if cx.lua.is_nil(-1) { Err(no_member()) } else { Ok(found) };
        }
    };
    // SAFETY: the region grants the byte.
    let value = place.with(0, 1, |place| unsafe { place.read() }).map_err(Error::alone)?;
    cx.lua.push_int(value as i64);
    Ok(1)
}

fn no_member() -> Error {
    Error { value: 2, ..Error::alone(Fault::NoMember("alien buffer")) }
}

fn newindex(cx: Cx) -> Result<c_int> {
    let header = receiver(cx)?;
    let place = match byte(cx, header) {
        Some(place) => place,
        None if is_position(cx) => numbered(cx, header)?,
        None => {
            kind::index(cx, |name| {
                let known = name == b"size";
                if known {
                    cx.lua.push_bool(true);
                }
                Ok(known)
            })?;
            return Err(if cx.lua.is_nil(-1) { no_member() } else { kind::read_only_error() });
        }
    };
    let about = At::Element(cx.lua.plain_integer(2).unwrap_or(0));
    convert::store_scalar(cx.look(), 3, Scalar::U8, place, about).map_err(worded)?;
    Ok(0)
}

fn len(cx: Cx) -> Result<c_int> {
    cx.lua.push_int(size_of(receiver(cx)?) as i64);
    Ok(1)
}

/// Buffers.
pub const BUFFER: KindSpec = KindSpec {
    kind: Kind::AlienBuffer,
    methods: entries![
        method "get" => get,
        method "set" => set,
        method "strlen" => strlen,
        method "len" as "strlen" => strlen,
        method "tostring" => to_string,
        method "topointer" => to_pointer,
        method "tooffset" => to_offset,
        method "realloc" => realloc,
    ],
    meta: entries![
        "__index" => index,
        "__newindex" => newindex,
        "__len" => len,
        method "__tostring" => meta_to_string,
    ],
};

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["buffer" => buffer];
