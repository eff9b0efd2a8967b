//! C values to Lua values: what a plain Lua value can be is one, all else is cdata.

use super::number::load;
use super::{pointer_in, reach};
use crate::lua::{Error, Fault, Header, Kind, Result, State};
use crate::runtime::Runtime;
use lunaffi_core::ctype::{CType, Constant, ConstantValue, Field, Mode, Slot, TypeId};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::{Class, Scalar, ScalarValue};
use std::ffi::c_int;

/// Pushes a cdata with zeroed memory of its own, and gives the memory. Not for sizes that Lua may
/// not have: those go through `object::owner`.
pub fn push_owned(lua: State, rt: &Runtime, ty: TypeId, size: usize) -> Region {
    let slot = Slot { ty, mode: Mode::Cdata };
    rt.kinds.push_owner(lua, Kind::Cdata, slot, size, rt.types.align_of(ty)).region
}

/// Pushes a copy of a value in memory, which a finalizer, which runs when memory is asked for, may release.
fn push_copy(lua: State, rt: &Runtime, ty: TypeId, region: &Region, size: usize) -> Result<()> {
    let own = push_owned(lua, rt, rt.types.bare(ty), size);
    let from = reach(rt, region, size).map_err(Error::alone)?;
    own.copy(&from, size).map_err(Error::alone)
}

/// Pushes a number of 64 bits.
#[inline]
fn push_wide(lua: State, rt: &Runtime, scalar: Scalar, value: u64) {
    let signed = scalar.class() == Class::Signed;
    if rt.native_int64.get() && (signed || value >> 63 == 0) {
        lua.push_int(value as i64);
        return;
    }
    let ty = TypeId::scalar(if signed { Scalar::I64 } else { Scalar::U64 });
    let own = push_owned(lua, rt, ty, size_of::<u64>());
    // SAFETY: eight bytes, aligned, of the new object's own.
    unsafe { own.granted(0).cast::<u64>().write(value) };
}

/// Pushes a primitive: a boolean, a number, or a cdata for what has 64 bits.
#[inline]
pub fn push_number(lua: State, rt: &Runtime, scalar: Scalar, value: ScalarValue) {
    match value {
        ScalarValue::Bool(value) => lua.push_bool(value),
        ScalarValue::Float(value) => lua.push_float(value),
        ScalarValue::Signed(value) if scalar.size() < 8 => lua.push_int(value),
        ScalarValue::Unsigned(value) if scalar.size() < 8 => lua.push_int(value as i64),
        ScalarValue::Signed(value) => push_wide(lua, rt, scalar, value as u64),
        ScalarValue::Unsigned(value) => push_wide(lua, rt, scalar, value),
    }
}

/// Pushes a pointer of that type to memory of unknown extent.
pub fn push_pointer(lua: State, rt: &Runtime, ty: TypeId, address: *mut u8) {
    rt.kinds.push_unkept(lua, Header::cdata(Region::foreign(address), ty));
}

/// Pushes the value at `place`, which is C's own for the moment: a result, an argument of a callback.
pub fn push(lua: State, rt: &Runtime, ty: TypeId, place: *const u8) -> Result<()> {
    match rt.types.kind(ty) {
        CType::Scalar(scalar) => {
            // SAFETY: the caller's memory holds a value of the type.
            push_number(lua, rt, scalar, unsafe { scalar.load(place) });
            Ok(())
        }
        CType::Pointer(_) => {
            // SAFETY: as above.
            push_pointer(lua, rt, rt.types.bare(ty), unsafe { place.cast::<*mut u8>().read_unaligned() });
            Ok(())
        }
        CType::Reference(to) => {
            // SAFETY: as above.
            let address = unsafe { place.cast::<*mut u8>().read_unaligned() };
            push_part(lua, rt, to, Region::foreign(address), 0)
        }
        CType::Void => {
            lua.push_nil();
            Ok(())
        }
        kind @ CType::ExtendedNumber(extended) if extended.read_as().is_some() => {
            // SAFETY: as above.
            match (extended.read_as(), unsafe { load(kind, place) }) {
                (Some(scalar), Some(value)) => {
                    push_number(lua, rt, scalar, value);
                    Ok(())
                }
                _ => Err(Error::alone(Fault::Bug)),
            }
        }
        _ => {
            let size = rt.types.size_of(ty).ok_or(Error::alone(Fault::Bug))?;
            push_copy(lua, rt, ty, &Region::block(place.cast_mut(), size), size)
        }
    }
}

/// Pushes the value of that type at the region's address; structs and arrays as references to it,
/// which keep alive what the userdata at `parent` (0: nothing) points to.
pub fn push_part(lua: State, rt: &Runtime, ty: TypeId, region: Region, parent: c_int) -> Result<()> {
    match rt.types.kind(ty) {
        CType::Record(_) | CType::Array { .. } | CType::OpenArray(_) | CType::VariableArray(_) => {
            push_reference(lua, rt, ty, region, parent);
            Ok(())
        }
        CType::Function(_) => {
            rt.kinds.push_unkept(lua, Header::cdata(Region::at(region.address()), ty));
            Ok(())
        }
        CType::Void => Err(Error::alone(Fault::Text("size of C type is unknown or too large"))),
        _ => {
            let size = rt.types.size_of(ty).ok_or(Error::alone(Fault::Bug))?;
            match rt.types.kind(ty) {
                CType::Scalar(scalar) => {
                    let from = reach(rt, &region, size).map_err(Error::alone)?;
                    // SAFETY: the region grants the value.
                    let value = from.with(0, size, |place| unsafe { scalar.load(place) }).map_err(Error::alone)?;
                    push_number(lua, rt, scalar, value);
                    Ok(())
                }
                CType::Pointer(_) => {
                    let to = pointer_in(rt, &region).map_err(Error::alone)?;
                    rt.kinds.push_unkept(lua, Header::cdata(to, rt.types.bare(ty)));
                    Ok(())
                }
                CType::Reference(to) => {
                    let region = pointer_in(rt, &region).map_err(Error::alone)?;
                    push_part(lua, rt, to, region, 0)
                }
                kind @ CType::ExtendedNumber(extended) if extended.read_as().is_some() => {
                    let from = reach(rt, &region, size).map_err(Error::alone)?;
                    // SAFETY: the region grants the value.
                    let value = from.with(0, size, |place| unsafe { load(kind, place) }).map_err(Error::alone)?;
                    let value = value.ok_or(Error::alone(Fault::Bug))?;
                    push_number(lua, rt, extended.read_as().unwrap_or(Scalar::F64), value);
                    Ok(())
                }
                _ => push_copy(lua, rt, ty, &region, size),
            }
        }
    }
}

/// Pushes a reference to the value of that type in the region.
fn push_reference(lua: State, rt: &Runtime, ty: TypeId, region: Region, parent: c_int) {
    let header = Header::reference(region, ty);
    if parent == 0 {
        rt.kinds.push_unkept(lua, header);
    } else {
        rt.kinds.push_derived(lua, Kind::Cdata, header, parent);
    }
}

/// Pushes the bit-field in the bytes that begin at the region's address.
pub fn push_bits(lua: State, rt: &Runtime, field: &Field, region: Region) -> Result<()> {
    let Some(bits) = field.bits else { return Err(Error::alone(Fault::Bug)) };
    let from = reach(rt, &region, bits.bytes()).map_err(Error::alone)?;
    let scalar = match rt.types.passed(field.ty) {
        CType::Scalar(scalar) => scalar,
        CType::ExtendedNumber(extended) => {
            let signed = extended.is_signed();
            let value = from.with_bytes(0, bits.bytes(), |bytes| bits.extract_wide(bytes, signed));
            let value = value.map_err(Error::alone)?;
            if let Some(scalar) = extended.container() {
                let loaded =
                    if signed { ScalarValue::Signed(value as i64) } else { ScalarValue::Unsigned(value as u64) };
                push_number(lua, rt, scalar, loaded);
                return Ok(());
            }
            let own = push_owned(lua, rt, rt.types.bare(field.ty), size_of::<u128>());
            return own.write(0, &value.to_ne_bytes()).map_err(Error::alone);
        }
        _ => return Err(Error::alone(Fault::Bug)),
    };
    let signed = scalar.class() == Class::Signed;
    let value = from.with_bytes(0, bits.bytes(), |bytes| bits.extract(bytes, signed)).map_err(Error::alone)?;
    let value = match scalar.class() {
        Class::Bool => ScalarValue::Bool(value != 0),
        Class::Signed => ScalarValue::Signed(value as i64),
        _ => ScalarValue::Unsigned(value),
    };
    push_number(lua, rt, scalar, value);
    Ok(())
}

/// Pushes a constant.
pub fn push_constant(lua: State, rt: &Runtime, constant: &Constant) {
    let scalar = match rt.types.passed(constant.ty) {
        CType::Scalar(scalar) => scalar,
        CType::ExtendedNumber(extended) => extended.read_as().unwrap_or(Scalar::I32),
        _ => Scalar::I32,
    };
    match constant.value {
        ConstantValue::Integer(value) if scalar.class() == Class::Bool => lua.push_bool(value != 0),
        ConstantValue::Integer(value) if scalar.class() == Class::Unsigned => {
            push_number(lua, rt, scalar, ScalarValue::Unsigned(value as u64));
        }
        ConstantValue::Integer(value) => push_number(lua, rt, scalar, ScalarValue::Signed(value as i64)),
        ConstantValue::Float(value) => lua.push_float(value.to_f64()),
        ConstantValue::Text(ref text) => lua.push_bytes(text),
    }
}

/// The region moved by some bytes. An address of unknown extent may be moved from and to NULL.
#[inline]
pub fn moved(region: Region, bytes: isize) -> Region {
    if region.is_foreign() { region.moved(bytes).unbounded() } else { region.moved(bytes) }
}
