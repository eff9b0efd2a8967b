//! The module's functions on memory: `ptr`, `cast`, `read`, `write`, `copy`, `fill`, `string`,
//! `isNull`, and the `unsafe` table.

use super::pointer::{push_derived, push_foreign, read_value, region_argument, write_value};
use super::types;
use crate::convert::{self, PointerAs, Target, exact};
use crate::lua::fault::AtArgument;
use crate::lua::header;
use crate::lua::{At, Error, Fault, Kind, Result, Type};
pub use crate::object::pointer::push_text_at;
use crate::runtime::{Cx, Entry, lua_fn};
use lunaffi_core::ctype::Slot;
use lunaffi_core::mem::{MemError, Region};
use std::ffi::c_int;

lua_fn! { fn ptr(cx) as "ptr" {
    if cx.lua.is_nil(1) || cx.lua.type_of(1) == Type::String {
        return Err(Error::arg(1, Fault::Expected("address or pointer")));
    }
    let address = convert::address(cx.lua, cx.rt, 1, false).at_arg(1)?;
    match cx.rt.kinds.header(cx.lua, 1) {
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
                Err(_) => push_foreign(cx, Kind::RawPointer, address.cast(), Slot::VOID),
            }
        }
        None => push_foreign(cx, Kind::RawPointer, address.cast(), Slot::VOID),
    }
    Ok(1)
} }

lua_fn! { fn is_null(cx) as "isNull" {
    let null = match cx.lua.type_of(1) {
        Type::Nil => true,
        Type::LightUserdata => cx.lua.userdata(1).is_null(),
        _ => match cx.rt.kinds.header(cx.lua, 1) {
            Some((kind, header)) => kind != Kind::Buffer && header.region.addr.is_null(),
            None => false,
        },
    };
    cx.lua.push_bool(null);
    Ok(1)
} }

lua_fn! {
    /// The provenance rule: a light userdata, which only older programs hold, is read at once; a
    /// pointer object becomes one of that type.
    fn cast(cx) as "cast" {
        let region = region_argument(cx, 1)?;
        region.check_life().at_arg(1)?;
        let (slot, _) = types::sized_type(cx, 2)?;
        let light = cx.lua.type_of(1) == Type::LightUserdata;
        if types::is_record(cx, slot) {
            return super::structs::push_view(cx, region, slot.ty, 1, 1);
        }
        if light {
            let size = cx.rt.types.size_of(slot.c_type()).unwrap_or(0);
            let place = region.access(0, size).at_arg(1)?;
            convert::push_value(cx.lua, cx.rt, slot, place, PointerAs::Light)?;
        } else {
            push_derived(cx, Kind::TypedPointer, region, slot, 1);
        }
        Ok(1)
    }
}

lua_fn! { fn read(cx) as "read" {
    let region = region_argument(cx, 1)?;
    read_value(cx, region, 2, 3, 1, PointerAs::Raw)
} }

lua_fn! { fn write(cx) as "write" {
    let region = region_argument(cx, 1)?;
    write_value(cx, region, 2, 3, 4)
} }

lua_fn! { fn copy(cx) as "copy" {
    let target = region_argument(cx, 1)?;
    let source = match cx.lua.string(2) {
        Some(bytes) => Region::block(bytes.as_ptr().cast_mut(), bytes.len()),
        None => region_argument(cx, 2)?,
    };
    let len = convert::size(cx, 3)?;
    convert::writable(&target, At::Arg(1))?;
    let to = target.access(0, len).at_arg(1)?;
    let from = source.access(0, len).at_arg(2)?;
    // SAFETY: both sides grant that many bytes, or are foreign; they may overlap.
    unsafe { to.copy_from(from, len) };
    Ok(0)
} }

/// A byte to fill with.
fn byte(cx: Cx, index: c_int) -> Result<u8> {
    exact(cx.lua, cx.rt, index, 0, 255).map(|v| v as u8).at_arg(index)
}

lua_fn! { fn fill(cx) as "fill" {
    let region = region_argument(cx, 1)?;
    let len = convert::size(cx, 2)?;
    let byte = byte(cx, 3)?;
    convert::writable(&region, At::Arg(1))?;
    let place = region.access(0, len).at_arg(1)?;
    // SAFETY: the region grants that many bytes, or is foreign.
    unsafe { place.write_bytes(byte, len) };
    Ok(0)
} }

lua_fn! { fn string(cx) as "string" {
    if cx.lua.is_nil(1) {
        cx.lua.push_nil();
        return Ok(1);
    }
    let region = region_argument(cx, 1)?;
    let len = convert::length(cx, 2)?;
    if region.addr.is_null() {
        cx.lua.push_nil();
        return Ok(1);
    }
    match len {
        Some(len) => {
            region.check_life().at_arg(1)?;
            let place = region.access(0, len).at_arg(2)?;
            // SAFETY: the region grants that many bytes, or is foreign.
            cx.lua.push_bytes(unsafe { std::slice::from_raw_parts(place, len) });
        }
        None => push_text_at(cx, region, 0).at_arg(1)?,
    }
    Ok(1)
} }

/// Module functions.
pub const FUNCTIONS: &[Entry] = &[
    ("ptr", ptr),
    ("isNull", is_null),
    ("cast", cast),
    ("read", read),
    ("write", write),
    ("copy", copy),
    ("fill", fill),
    ("string", string),
];

// --- ffi.unsafe: addresses, no checks but for NULL

fn raw_address(cx: Cx, index: c_int) -> Result<*mut u8> {
    if cx.lua.is_nil(index) {
        return Err(Error::arg(index, Fault::Expected("address or pointer")));
    }
    let address = convert::address(cx.lua, cx.rt, index, false).at_arg(index)?.cast::<u8>();
    if address.is_null() { Err(Error::arg(index, MemError::Null)) } else { Ok(address) }
}

lua_fn! { fn unsafe_read(cx) as "read" {
    let address = raw_address(cx, 1)?;
    let slot = types::memory_type(cx, 2)?;
    if types::is_record(cx, slot) {
        push_foreign(cx, Kind::StructView, address, slot);
    } else {
        convert::push_value(cx.lua, cx.rt, slot, address, PointerAs::Raw)?;
    }
    Ok(1)
} }
lua_fn! { fn unsafe_write(cx) as "write" {
    let address = raw_address(cx, 1)?;
    let slot = types::memory_type(cx, 2)?;
    if cx.lua.is_none(3) {
        return Err(Error::arg(3, Fault::ExpectedType(slot)));
    }
    convert::store(cx, 3, Target::one(slot), address, At::Arg(3))?;
    Ok(0)
} }
lua_fn! { fn unsafe_copy(cx) as "copy" {
    let (to, from) = (raw_address(cx, 1)?, raw_address(cx, 2)?);
    let len = convert::size(cx, 3)?;
    // SAFETY: unsafe by name: the script vouches for both.
    unsafe { to.copy_from(from, len) };
    Ok(0)
} }
lua_fn! { fn unsafe_fill(cx) as "fill" {
    let address = raw_address(cx, 1)?;
    let len = convert::size(cx, 2)?;
    let byte = byte(cx, 3)?;
    // SAFETY: unsafe by name.
    unsafe { address.write_bytes(byte, len) };
    Ok(0)
} }
lua_fn! { fn unsafe_zero(cx) as "zero" {
    let address = raw_address(cx, 1)?;
    let len = convert::size(cx, 2)?;
    // SAFETY: unsafe by name.
    unsafe { address.write_bytes(0, len) };
    Ok(0)
} }

/// `ffi.unsafe`.
pub const UNSAFE: &[Entry] = &[
    ("read", unsafe_read),
    ("write", unsafe_write),
    ("copy", unsafe_copy),
    ("fill", unsafe_fill),
    ("zero", unsafe_zero),
];
