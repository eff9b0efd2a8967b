//! Raw and typed pointers: an address in bytes, and an address in elements of a type.

use super::fast_access::Elements;
use super::types;
use crate::convert::{self, Destination, PointerAs, push_member};
use crate::convert::{Part, exact};
use crate::lua::error::AtArgument;
use crate::lua::{At, Error, Fault, Header, Kind, Number, Result, Type};
use crate::object::fast_access::{index, newindex};
use crate::object::kind::{self, KindSpec};
pub use crate::object::pointer::{push_derived, push_foreign, push_light, push_text, region_argument};
use crate::runtime::{Cx, entries};
use lunaffi_core::ctype::Slot;
use lunaffi_core::mem::{MemError, Region};
use std::ffi::c_int;

/// Reads a value of the type at `ty` at an offset into the memory at `parent`.
pub fn read_value(
    cx: Cx,
    region: Region,
    offset: c_int,
    ty: c_int,
    parent: c_int,
    pointers: PointerAs,
) -> Result<c_int> {
    let from = convert::size(cx, offset)?;
    let slot = types::memory_type(cx, ty)?;
    let size = cx.rt.types.size_of(slot.c_type()).unwrap_or(0);
    region.grants(from as isize, size).at_arg(offset)?;
    if types::is_aggregate(cx, slot) {
        push_member(cx, &Part::whole(slot, from, size), region, parent, pointers)?;
    } else {
        convert::push_value_in(cx.lua, cx.rt, slot, &region, from as isize, pointers)?;
    }
    Ok(1)
}

/// Writes the value at `value` as the type at `ty` at an offset into memory.
pub fn write_value(cx: Cx, region: Region, offset: c_int, ty: c_int, value: c_int) -> Result<c_int> {
    let from = convert::size(cx, offset)?;
    let slot = types::memory_type(cx, ty)?;
    let size = cx.rt.types.size_of(slot.c_type()).unwrap_or(0);
    if cx.lua.is_none(value) {
        return Err(Error::arg(value, Fault::ExpectedType(slot)));
    }
    region.grants(from as isize, size).at_arg(offset)?;
    convert::store_in(cx, value, Destination::one(slot), region, from as isize, At::Arg(value))?;
    Ok(0)
}

fn receiver(cx: Cx, kind: Kind) -> Result<&'static Header> {
    cx.receiver::<Header>(kind)
}

/// Pushes an address as an exact integer.
pub fn push_address(cx: Cx, region: &Region) {
    convert::push_wide(cx.lua, cx.rt, region.address() as i128);
}

/// The properties that all pointer objects share.
fn pointer_property(cx: Cx, header: &Header, name: &[u8]) -> bool {
    match name {
        b"addr" => push_address(cx, &header.region),
        b"isNull" => cx.lua.push_bool(header.region.is_null()),
        _ => return false,
    }
    true
}

/// `pointer + n` and `pointer - n`: the operand and its sign.
fn moved(cx: Cx, kind: Kind, subtract: bool, unit: usize) -> Result<(Region, c_int)> {
    let lua = cx.lua;
    let (pointer, count) = if cx.rt.kinds.get(*lua, 1, kind).is_some() { (1, 2) } else { (2, 1) };
    if subtract && pointer == 2 {
        return Err(Error::arg(1, Fault::Expected("pointer")));
    }
    let region = region_argument(cx, pointer)?;
    let n = exact(*lua, cx.rt, count, isize::MIN as i128, isize::MAX as i128).at_arg(count)?;
    let bytes = if subtract { -n } else { n } * unit as i128;
    let bytes =
        isize::try_from(bytes).map_err(|_| Error::arg(count, Fault::Limits(isize::MIN as i128, isize::MAX as i128)))?;
    Ok((region.moved(bytes), pointer))
}

// --- RawPointer

fn raw_read(cx: Cx) -> Result<c_int> {
    let region = receiver(cx, Kind::RawPointer)?.region;
    read_value(cx, region, 2, 3, 1, PointerAs::Raw)
}

fn raw_write(cx: Cx) -> Result<c_int> {
    let region = receiver(cx, Kind::RawPointer)?.region;
    write_value(cx, region, 2, 3, 4)
}

fn raw_offset(cx: Cx) -> Result<c_int> {
    let header = receiver(cx, Kind::RawPointer)?;
    let bytes = exact(*cx.lua, cx.rt, 2, isize::MIN as i128, isize::MAX as i128).at_arg(2)?;
    push_derived(cx, Kind::RawPointer, header.region.moved(bytes as isize), Slot::VOID, 1);
    Ok(1)
}

fn raw_light(cx: Cx) -> Result<c_int> {
    push_light(cx, receiver(cx, Kind::RawPointer)?.region.address());
    Ok(1)
}

fn raw_add(cx: Cx) -> Result<c_int> {
    let (region, parent) = moved(cx, Kind::RawPointer, false, 1)?;
    push_derived(cx, Kind::RawPointer, region, Slot::VOID, parent);
    Ok(1)
}

fn raw_sub(cx: Cx) -> Result<c_int> {
    let (region, parent) = moved(cx, Kind::RawPointer, true, 1)?;
    push_derived(cx, Kind::RawPointer, region, Slot::VOID, parent);
    Ok(1)
}

fn raw_eq(cx: Cx) -> Result<c_int> {
    let address = |index| cx.argument::<Header>(index, Kind::RawPointer).map(|h| h.region.address());
    let same = matches!((address(1), address(2)), (Ok(a), Ok(b)) if a == b);
    cx.lua.push_bool(same);
    Ok(1)
}

const NO_INDEX: Fault = Fault::Text("RawPointer cannot be indexed: cast it to a type first (ffi.cast)");
fn raw_index(cx: Cx) -> Result<c_int> {
    let header = receiver(cx, Kind::RawPointer)?;
    if cx.lua.type_of(2) == Type::Number {
        return Err(Error::alone(NO_INDEX));
    }
    kind::index(cx, |name| {
        if name == b"isManaged" {
            cx.lua.push_bool(header.is_managed());
            return Ok(true);
        }
        Ok(pointer_property(cx, header, name))
    })
}

fn raw_newindex(cx: Cx) -> Result<c_int> {
    if cx.lua.type_of(2) == Type::Number {
        return Err(Error::alone(NO_INDEX));
    }
    Err(kind::read_only_error())
}

fn raw_to_string(cx: Cx) -> Result<c_int> {
    let header = receiver(cx, Kind::RawPointer)?;
    push_text(cx.lua, format_args!("RawPointer({:#x})", header.region.address()));
    Ok(1)
}

/// An address in bytes.
pub const RAW: KindSpec = KindSpec {
    kind: Kind::RawPointer,
    methods: entries![
        method "read" => raw_read,
        method "write" => raw_write,
        method "offset" => raw_offset,
        method "toLightUserData" => raw_light,
    ],
    meta: entries![
        "__index" => raw_index,
        "__newindex" => raw_newindex,
        "__add" => raw_add,
        "__sub" => raw_sub,
        "__eq" => raw_eq,
        method "__tostring" => raw_to_string,
    ],
};

// --- TypedPointer

/// The size of a typed pointer's elements.
#[inline]
fn stride(cx: Cx, header: &Header) -> usize {
    cx.rt.types.size_of(header.slot().c_type()).unwrap_or(0)
}

/// The memory of an element.
#[inline]
fn element(cx: Cx, header: &Header, index: i64) -> std::result::Result<Region, Fault> {
    let size = stride(cx, header);
    let region = &header.region;
    if index < 0 && region.is_foreign() {
        return Err(Fault::Text("a negative index needs a pointer into a known block"));
    }
    let outside = || match region.check_life() {
        Err(gone) => Fault::Mem(gone),
        Ok(()) => Fault::Index { index, count: region.remaining().map_or(0, |bytes| bytes / size.max(1)) },
    };
    let Some(offset) = isize::try_from(index).ok().and_then(|i| i.checked_mul(size as isize)) else {
        return Err(outside());
    };
    match region.grants(offset, size) {
        Ok(()) => Ok(region.moved(offset)),
        Err(MemError::Bounds { .. }) => Err(outside()),
        Err(other) => Err(Fault::Mem(other)),
    }
}

/// An element's number: integral, no string.
#[inline]
fn element_number(cx: Cx, index: c_int) -> std::result::Result<i64, Fault> {
    match cx.lua.number(index) {
        Some(Number::Int(value)) => Ok(value),
        Some(Number::Float(value)) if value.fract() == 0.0 && value.abs() < 9.2e18 => Ok(value as i64),
        Some(Number::Float(_)) => Err(Fault::NotInteger("index")),
        None => match cx.rt.kinds.int64(*cx.lua, index).map(i64::try_from) {
            Some(Ok(value)) => Ok(value),
            Some(Err(_)) => Err(Fault::Limits(i64::MIN as i128, i64::MAX as i128)),
            None => Err(Fault::Expected("index")),
        },
    }
}

fn get_element(cx: Cx, header: &Header, index: i64) -> std::result::Result<(), Fault> {
    let region = element(cx, header, index)?;
    let slot = header.slot();
    if types::is_aggregate(cx, slot) {
        let part = Part::whole(slot, 0, stride(cx, header));
        return push_member(cx, &part, region, 1, PointerAs::Raw).map_err(|e| e.fault);
    }
    convert::push_value_in(cx.lua, cx.rt, slot, &region, 0, PointerAs::Raw).map_err(|e| e.fault)
}

fn set_element(cx: Cx, header: &Header, index: i64, value: c_int) -> Result<()> {
    let region = element(cx, header, index).map_err(Error::alone)?;
    convert::store_in(cx, value, Destination::one(header.slot()), region, 0, At::Element(index))
}

pub fn typed_index(cx: Cx) -> Result<c_int> {
    let header = receiver(cx, Kind::TypedPointer)?;
    match element_number(cx, 2) {
        Ok(index) => {
            get_element(cx, header, index).map_err(Error::alone)?;
            Ok(1)
        }
        Err(Fault::Expected(_)) => {
            let found = kind::index(cx, |name| {
                match name {
                    b"stride" => cx.lua.push_int(stride(cx, header) as i64),
                    b"count" => match header.region.remaining() {
                        Some(bytes) => cx.lua.push_int((bytes / stride(cx, header).max(1)) as i64),
                        None => cx.lua.push_nil(),
                    },
                    _ if pointer_property(cx, header, name) => {}
                    _ => return Err(Error { value: 2, ..Error::alone(Fault::NoMember("TypedPointer")) }),
                }
                Ok(true)
            })?;
            if cx.lua.is_nil(-1) && cx.lua.string(2).is_none() {
                return Err(Error { value: 2, ..Error::alone(Fault::Expected("index")) });
            }
            Ok(found)
        }
        Err(fault) => Err(Error { value: 2, ..Error::alone(fault) }),
    }
}

pub fn typed_newindex(cx: Cx) -> Result<c_int> {
    let header = receiver(cx, Kind::TypedPointer)?;
    match element_number(cx, 2) {
        Ok(index) => set_element(cx, header, index, 3).map(|()| 0),
        Err(Fault::Expected(_)) if cx.lua.string(2).is_some() => Err(kind::read_only_error()),
        Err(fault) => Err(Error { value: 2, ..Error::alone(fault) }),
    }
}

fn typed_get(cx: Cx) -> Result<c_int> {
    let header = receiver(cx, Kind::TypedPointer)?;
    let index = element_number(cx, 2).at_arg(2)?;
    get_element(cx, header, index).at_arg(2)?;
    Ok(1)
}

fn typed_set(cx: Cx) -> Result<c_int> {
    let header = receiver(cx, Kind::TypedPointer)?;
    let index = element_number(cx, 2).at_arg(2)?;
    let region = element(cx, header, index).at_arg(2)?;
    if cx.lua.is_none(3) {
        return Err(Error::arg(3, Fault::ExpectedType(header.slot())));
    }
    convert::store_in(cx, 3, Destination::one(header.slot()), region, 0, At::Arg(3))?;
    Ok(0)
}

fn typed_raw(cx: Cx) -> Result<c_int> {
    let header = receiver(cx, Kind::TypedPointer)?;
    push_derived(cx, Kind::RawPointer, header.region, Slot::VOID, 1);
    Ok(1)
}

fn typed_light(cx: Cx) -> Result<c_int> {
    push_light(cx, receiver(cx, Kind::TypedPointer)?.region.address());
    Ok(1)
}

fn typed_moved(cx: Cx, subtract: bool) -> Result<c_int> {
    let at = if cx.rt.kinds.get(*cx.lua, 1, Kind::TypedPointer).is_some() { 1 } else { 2 };
    let header = cx.argument::<Header>(at, Kind::TypedPointer)?;
    let (region, parent) = moved(cx, Kind::TypedPointer, subtract, stride(cx, header))?;
    push_derived(cx, Kind::TypedPointer, region, header.slot(), parent);
    Ok(1)
}

fn typed_add(cx: Cx) -> Result<c_int> {
    typed_moved(cx, false)
}

fn typed_sub(cx: Cx) -> Result<c_int> {
    typed_moved(cx, true)
}

fn typed_eq(cx: Cx) -> Result<c_int> {
    let parts = |index| cx.argument::<Header>(index, Kind::TypedPointer).map(|h| (h.region.address(), h.slot()));
    let same = matches!((parts(1), parts(2)), (Ok(a), Ok(b)) if a == b);
    cx.lua.push_bool(same);
    Ok(1)
}

fn typed_len(cx: Cx) -> Result<c_int> {
    let header = receiver(cx, Kind::TypedPointer)?;
    match header.region.remaining() {
        Some(bytes) => cx.lua.push_int((bytes / stride(cx, header).max(1)) as i64),
        None => return Err(Error::alone(Fault::Text("the number of elements is unknown"))),
    }
    Ok(1)
}

fn typed_to_string(cx: Cx) -> Result<c_int> {
    let header = receiver(cx, Kind::TypedPointer)?;
    let (name, stride) = (cx.rt.types.name(header.slot()), stride(cx, header));
    push_text(cx.lua, format_args!("TypedPointer<{name}>({:#x}, stride={stride})", header.region.address()));
    Ok(1)
}

/// An address in elements of a type.
pub const TYPED: KindSpec = KindSpec {
    kind: Kind::TypedPointer,
    methods: entries![
        method "get" => typed_get,
        method "set" => typed_set,
        method "toRaw" => typed_raw,
        method "toLightUserData" => typed_light,
    ],
    meta: entries![
        raw "__index" => index::<Elements>,
        raw "__newindex" => newindex::<Elements>,
        "__add" => typed_add,
        "__sub" => typed_sub,
        "__eq" => typed_eq,
        "__len" => typed_len,
        method "__tostring" => typed_to_string,
    ],
};
