//! The module's functions on memory: `ptr`, `cast`, `read`, `write`, `copy`, `fill`, `string`,
//! `isNull`, and the `unsafe` table.

use super::pointer::{push_derived, push_foreign, read_value, region_argument, write_value};
use super::types;
use crate::convert::{self, Destination, PointerAs, exact};
use crate::lua::error::AtArgument;
use crate::lua::header;
use crate::lua::{At, Error, Fault, Kind, Result, Type};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::Slot;
use lunaffi_core::mem::{MemError, Region};
use std::ffi::c_int;

fn ptr(cx: Cx) -> Result<c_int> {
    if cx.lua.is_nil(1) || cx.lua.type_of(1) == Type::String {
        return Err(Error::arg(1, Fault::Expected("address or pointer")));
    }
    let address = convert::address(*cx.lua, cx.rt, 1, false).at_arg(1)?;
    match cx.rt.kinds.header(*cx.lua, 1) {
        // Without bounds, but still no longer than what it points into.
        Some((kind, header)) => {
            let region = match kind {
                Kind::Cdata => convert::cdata::region_of(cx.rt, header),
                _ => Ok(header.region),
            };
            // An integer of C is an address itself.
            match region {
                Ok(region) => {
                    let region = header::detached(region.unbounded());
                    push_derived(cx, Kind::RawPointer, region, Slot::VOID, 1);
                }
                Err(_) => push_foreign(cx, Kind::RawPointer, address, Slot::VOID),
            }
        }
        None => push_foreign(cx, Kind::RawPointer, address, Slot::VOID),
    }
    Ok(1)
}

fn is_null(cx: Cx) -> Result<c_int> {
    let null = match cx.lua.type_of(1) {
        Type::Nil => true,
        Type::LightUserdata => cx.lua.userdata(1).is_null(),
        _ => match cx.rt.kinds.header(*cx.lua, 1) {
            Some((kind, header)) => kind != Kind::Buffer && header.region.is_null(),
            None => false,
        },
    };
    cx.lua.push_bool(null);
    Ok(1)
}

/// The provenance rule: a light userdata, which only older programs hold, is read at once; a
/// pointer object becomes one of that type.
fn cast(cx: Cx) -> Result<c_int> {
    let region = region_argument(cx, 1)?;
    region.check_life().at_arg(1)?;
    let (slot, _) = types::sized_type(cx, 2)?;
    let light = cx.lua.type_of(1) == Type::LightUserdata;
    if types::is_record(cx, slot) {
        return super::structs::push_view(cx, region, slot.ty, 1, 1);
    }
    if light {
        region.grants(0, cx.rt.types.size_of(slot.c_type()).unwrap_or(0)).at_arg(1)?;
        convert::push_value_in(cx.lua, cx.rt, slot, &region, 0, PointerAs::Light)?;
    } else {
        push_derived(cx, Kind::TypedPointer, region, slot, 1);
    }
    Ok(1)
}

fn read(cx: Cx) -> Result<c_int> {
    let region = region_argument(cx, 1)?;
    read_value(cx, region, 2, 3, 1, PointerAs::Raw)
}

fn write(cx: Cx) -> Result<c_int> {
    let region = region_argument(cx, 1)?;
    write_value(cx, region, 2, 3, 4)
}

fn copy(cx: Cx) -> Result<c_int> {
    let target = region_argument(cx, 1)?;
    let source = match cx.lua.string(2) {
        Some(bytes) => Region::block(bytes.as_ptr().cast_mut(), bytes.len()),
        None => region_argument(cx, 2)?,
    };
    let len = convert::size(cx, 3)?;
    convert::writable(&target, At::Arg(1))?;
    target.grants(0, len).at_arg(1)?;
    source.grants(0, len).at_arg(2)?;
    target.copy(&source, len).map_err(Error::alone)?;
    Ok(0)
}

/// A byte to fill with.
fn byte(cx: Cx, index: c_int) -> Result<u8> {
    exact(*cx.lua, cx.rt, index, 0, 255).map(|v| v as u8).at_arg(index)
}

fn fill(cx: Cx) -> Result<c_int> {
    let region = region_argument(cx, 1)?;
    let len = convert::size(cx, 2)?;
    let byte = byte(cx, 3)?;
    convert::writable(&region, At::Arg(1))?;
    region.fill(0, len, byte).at_arg(1)?;
    Ok(0)
}

fn string(cx: Cx) -> Result<c_int> {
    if cx.lua.is_nil(1) {
        cx.lua.push_nil();
        return Ok(1);
    }
    let region = region_argument(cx, 1)?;
    let len = convert::length(cx, 2)?;
    if region.is_null() {
        cx.lua.push_nil();
        return Ok(1);
    }
    match len {
        Some(len) => {
            region.check_life().at_arg(1)?;
            cx.rt.push_text(cx.lua, &region, 0, len).at_arg(2)?;
        }
        None => cx.rt.push_c_text(cx.lua, &region, 0).at_arg(1)?,
    }
    Ok(1)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries![
    "ptr" => ptr,
    "isNull" => is_null,
    "cast" => cast,
    "read" => read,
    "write" => write,
    "copy" => copy,
    "fill" => fill,
    "string" => string,
];

// --- ffi.unsafe: addresses, no checks but for NULL

/// The memory at the address that an argument stands for: as long as that is there, whatever its size.
fn raw_memory(cx: Cx, index: c_int) -> Result<Region> {
    if cx.lua.is_nil(index) {
        return Err(Error::arg(index, Fault::Expected("address or pointer")));
    }
    let address = convert::address(*cx.lua, cx.rt, index, false).at_arg(index)?;
    if address == 0 {
        return Err(Error::arg(index, MemError::Null));
    }
    let region = region_argument(cx, index).ok().filter(|region| region.address() == address);
    Ok(region.map_or(Region::at(address), Region::unbounded))
}

fn unsafe_read(cx: Cx) -> Result<c_int> {
    let memory = raw_memory(cx, 1)?;
    let slot = types::memory_type(cx, 2)?;
    if types::is_record(cx, slot) {
        push_foreign(cx, Kind::StructView, memory.address(), slot);
    } else {
        convert::push_value_in(cx.lua, cx.rt, slot, &memory, 0, PointerAs::Raw)?;
    }
    Ok(1)
}

fn unsafe_write(cx: Cx) -> Result<c_int> {
    let memory = raw_memory(cx, 1)?;
    let slot = types::memory_type(cx, 2)?;
    if cx.lua.is_none(3) {
        return Err(Error::arg(3, Fault::ExpectedType(slot)));
    }
    convert::store(cx, 3, Destination::one(slot), memory, At::Arg(3))?;
    Ok(0)
}

fn unsafe_copy(cx: Cx) -> Result<c_int> {
    let (to, from) = (raw_memory(cx, 1)?, raw_memory(cx, 2)?);
    let len = convert::size(cx, 3)?;
    to.copy(&from, len).map_err(Error::alone)?;
    Ok(0)
}

fn unsafe_fill(cx: Cx) -> Result<c_int> {
    let memory = raw_memory(cx, 1)?;
    let len = convert::size(cx, 2)?;
    memory.fill(0, len, byte(cx, 3)?).at_arg(1)?;
    Ok(0)
}

fn unsafe_zero(cx: Cx) -> Result<c_int> {
    let memory = raw_memory(cx, 1)?;
    memory.fill(0, convert::size(cx, 2)?, 0).at_arg(1)?;
    Ok(0)
}

/// `ffi.unsafe`.
pub const UNSAFE: &[FunctionEntry] = entries![
    "read" => unsafe_read,
    "write" => unsafe_write,
    "copy" => unsafe_copy,
    "fill" => unsafe_fill,
    "zero" => unsafe_zero,
];
