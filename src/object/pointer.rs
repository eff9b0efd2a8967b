//! What all APIs do with pointer objects: making one that points into another's memory, taking one as
//! an argument, text about one.

use crate::convert;
use crate::lua::{Error, Fault, Header, Kind, Result, State, Type};
use crate::runtime::Cx;
use lunaffi_core::ctype::Slot;
use lunaffi_core::mem::Region;
use std::ffi::c_int;

/// Pushes a pointer object into the memory that the object at `parent` points to (or manages).
pub fn push_derived(cx: Cx, kind: Kind, region: Region, slot: Slot, parent: c_int) {
    cx.rt.kinds.push_derived(cx.lua, kind, Header::new(region, slot), parent);
}

/// Pushes a pointer object to memory of unknown extent.
pub fn push_foreign(cx: Cx, kind: Kind, address: usize, slot: Slot) {
    cx.rt.kinds.push_header(cx.lua, kind, Header::new(Region::at(address), slot));
}

/// The memory that an argument points to: any pointer object or light userdata.
pub fn region_argument(cx: Cx, index: c_int) -> Result<Region> {
    if cx.lua.type_of(index) == Type::LightUserdata {
        return Ok(Region::foreign(cx.lua.userdata(index).cast()));
    }
    match cx.rt.kinds.header(*cx.lua, index) {
        Some((Kind::Cdata, header)) => {
            convert::cdata::region_of(cx.rt, header).map_err(|fault| Error::arg(index, fault))
        }
        Some((_, header)) => Ok(header.region),
        None => Err(Error::arg(index, Fault::Expected("pointer"))),
    }
}

/// Pushes an address as light userdata, or a raw pointer where this Lua cannot hold it so.
pub fn push_light(cx: Cx, address: usize) {
    if !cx.lua.push_light(std::ptr::with_exposed_provenance_mut(address)) {
        push_foreign(cx, Kind::RawPointer, address, Slot::VOID);
    }
}

/// Text of the form `Kind(0x1234)`, with what goes into it, without the heap.
pub fn push_text(lua: State, text: std::fmt::Arguments<'_>) {
    use std::io::Write;
    let mut bytes = [0u8; 512];
    let mut rest = &mut bytes[..];
    let _ = rest.write_fmt(text);
    let unused = rest.len();
    lua.push_bytes(&bytes[..512 - unused]);
}
