//! C values to Lua values: exact, and never a bare address where an object can say more.

use super::wide_number::{extended, push as push_extended, push_bits as push_extended_bits};
use crate::lua::payload::Int64;
use crate::lua::{Error, Fault, Header, Kind, Result, State};
use crate::runtime::{Cx, Runtime};
use lunaffi_core::ctype::{Bits, CType, Field, Mode, Slot, TypeId};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::{Class, Scalar, ScalarValue};
use std::ffi::c_int;

/// What an untyped address becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PointerAs {
    /// A light userdata where the Lua can hold the address, else a raw pointer.
    Light,
    /// A raw pointer object.
    Raw,
}

/// Pushes an integer: a plain number where that is exact, else a boxed one. The value has 64 bits.
pub fn push_wide(lua: State, rt: &Runtime, value: i128) {
    #[cfg(lua_integers)]
    let plain = i64::try_from(value).is_ok();
    #[cfg(not(lua_integers))]
    let plain = value.unsigned_abs() <= 1 << 53;
    match Int64::new(value) {
        Some(boxed) if !plain => rt.kinds.push_int64(lua, boxed),
        _ => lua.push_int(value as i64),
    }
}

/// Pushes a primitive.
#[inline]
pub fn push_scalar(lua: State, rt: &Runtime, value: ScalarValue) {
    match value {
        ScalarValue::Bool(value) => lua.push_bool(value),
        ScalarValue::Float(value) => lua.push_float(value),
        #[cfg(lua_integers)]
        ScalarValue::Signed(value) => lua.push_int(value),
        #[cfg(not(lua_integers))]
        ScalarValue::Signed(value) => push_wide(lua, rt, value as i128),
        #[cfg(lua_integers)]
        ScalarValue::Unsigned(value) if value >> 63 == 0 => lua.push_int(value as i64),
        ScalarValue::Unsigned(value) => push_wide(lua, rt, value as i128),
    }
}

/// Pushes an untyped address; nil for NULL.
fn push_address(lua: State, rt: &Runtime, address: *mut u8, pointers: PointerAs) {
    if address.is_null() {
        lua.push_nil();
    } else if pointers == PointerAs::Raw || !lua.push_light(address.cast()) {
        rt.kinds.push_header(lua, Kind::RawPointer, Header::new(Region::foreign(address), Slot::VOID));
    }
}

/// Pushes a value that is no struct and no array. `place` is readable for the slot's C type, and nobody else's
/// for the moment: a result, an argument of a callback.
#[inline]
pub fn push_value(lua: State, rt: &Runtime, slot: Slot, place: *const u8, pointers: PointerAs) -> Result<()> {
    if let Some(scalar) = slot.as_scalar() {
        // SAFETY: the caller's memory.
        push_scalar(lua, rt, unsafe { scalar.load(place) });
        return Ok(());
    }
    if slot == Slot::VOID {
        lua.push_nil();
        return Ok(());
    }
    if slot.mode == Mode::Cdata {
        return super::cdata::push(lua, rt, slot.ty, place);
    }
    if let Some(extended) = extended(rt, slot) {
        return push_extended(lua, rt, extended, place);
    }
    // SAFETY: what is no number and not void is an address here.
    let address = unsafe { place.cast::<*mut u8>().read_unaligned() };
    push_pointer(lua, rt, slot, address, pointers)
}

/// Pushes what an address of that type stands for.
fn push_pointer(lua: State, rt: &Runtime, slot: Slot, address: *mut u8, pointers: PointerAs) -> Result<()> {
    if address.is_null() {
        lua.push_nil();
        return Ok(());
    }
    match slot.mode {
        Mode::CStr | Mode::Bytes => {
            // A C string by the type that the script declared.
            rt.push_c_text(lua, &Region::foreign(address), 0).map_err(Error::alone)?;
        }
        Mode::Function => (rt.push_function.get())(lua, rt, address.cast()),
        // SAFETY: a pointer to one value by the type that the script declared.
        Mode::Ref => push_value(lua, rt, Slot::value(slot.ty), address, pointers)?,
        Mode::Value | Mode::Cdata => match rt.types.get(slot.ty) {
            CType::Pointer(to) if to != TypeId::VOID => match rt.types.get(to) {
                CType::Record(_) if rt.types.record(to).is_none() => push_address(lua, rt, address, pointers),
                CType::Record(_) => {
                    let header = Header::new(Region::foreign(address), Slot::value(to));
                    rt.kinds.push_header(lua, Kind::StructView, header);
                }
                _ => {
                    let header = Header::new(Region::foreign(address), Slot::value(to));
                    rt.kinds.push_header(lua, Kind::TypedPointer, header);
                }
            },
            CType::Pointer(_) => push_address(lua, rt, address, pointers),
            _ => return Err(Error::alone(Fault::Bug)),
        },
    }
    Ok(())
}

/// `push_value` of what is at an offset into a region.
#[inline]
pub fn push_value_in(
    lua: State,
    rt: &Runtime,
    slot: Slot,
    region: &Region,
    offset: isize,
    pointers: PointerAs,
) -> Result<()> {
    /// No value that is no struct and no array has more.
    const MOST: usize = 32;
    if let Some(scalar) = slot.as_scalar() {
        // SAFETY: the region grants the value.
        let value = region.with(offset, scalar.size(), |place| unsafe { scalar.load(place) }).map_err(Error::alone)?;
        push_scalar(lua, rt, value);
        return Ok(());
    }
    let size = rt.types.size_of(slot.c_type()).unwrap_or(0);
    if size > MOST {
        return Err(Error::alone(Fault::Bug));
    }
    let mut value = [0; MOST];
    region.read(offset, &mut value[..size]).map_err(Error::alone)?;
    push_value(lua, rt, slot, value.as_ptr(), pointers)
}

/// Pushes a member of the struct that starts at `region`, or (`array` none) any value in memory
/// that the region grants: a struct as a view, an array as a typed pointer, both into the same
/// memory, which the userdata at `parent` keeps alive; else the value.
pub fn push_member(cx: Cx, part: &Part, region: Region, parent: c_int, pointers: PointerAs) -> Result<()> {
    let (lua, rt) = (cx.lua, cx.rt);
    if let Some(bits) = part.bits {
        return push_bits(lua, rt, part.slot, bits, region.moved(part.offset as isize));
    }
    region.grants(part.offset as isize, part.size).map_err(Error::alone)?;
    let (kind, slot) = match rt.types.get(part.slot.ty) {
        _ if part.array => (Kind::TypedPointer, part.slot),
        CType::Record(_) if part.slot.mode == Mode::Value => (Kind::StructView, part.slot),
        CType::Array { elem, .. } if part.slot.mode == Mode::Value => (Kind::TypedPointer, Slot::value(elem)),
        _ => return push_value_in(lua, rt, part.slot, &region, part.offset as isize, pointers),
    };
    // What has no length of its own reaches as far as the memory does.
    let open = part.size == 0 || rt.types.record(part.slot.ty).is_some_and(|record| record.open && !part.array);
    let region = region.of_record(part.offset, part.size, open);
    rt.kinds.push_derived(lua, kind, Header::new(region, slot), parent);
    Ok(())
}

/// Pushes a bit-field in the bytes at the beginning of a region.
fn push_bits(lua: State, rt: &Runtime, slot: Slot, bits: Bits, from: Region) -> Result<()> {
    let class = slot.as_scalar().map_or(Class::Unsigned, Scalar::class);
    if let Some(extended) = extended(rt, slot) {
        return push_extended_bits(lua, rt, extended, bits, from);
    }
    let signed = class == Class::Signed;
    let value = from.with_bytes(0, bits.bytes(), |bytes| bits.extract(bytes, signed)).map_err(Error::alone)?;
    let value = match class {
        Class::Bool => ScalarValue::Bool(value != 0),
        Class::Signed => ScalarValue::Signed(value as i64),
        Class::Unsigned | Class::Float => ScalarValue::Unsigned(value),
    };
    push_scalar(lua, rt, value);
    Ok(())
}

/// A part of some memory: where, how long, what.
pub struct Part {
    pub slot: Slot,
    pub array: bool,
    pub offset: usize,
    pub size: usize,
    /// Of a bit-field: where it lies.
    pub bits: Option<Bits>,
}

impl Part {
    /// A value that is no bit-field.
    pub fn whole(slot: Slot, offset: usize, size: usize) -> Part {
        Part { slot, array: false, offset, size, bits: None }
    }
}

impl From<&Field> for Part {
    fn from(field: &Field) -> Part {
        let Field { slot, array, offset, size, bits, .. } = *field;
        Part { slot, array: array.is_some(), offset, size, bits }
    }
}
