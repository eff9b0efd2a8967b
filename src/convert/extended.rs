//! Numbers that are no primitives, as the APIs without cdata see them: a `long double` and its like are
//! numbers, a 128-bit integer is an exact integer, as far as Lua has one.

use super::cdata;
use super::from_c::push_wide;
use super::to_c::{Wide, wide};
use crate::lua::{At, Error, Fault, Header, Kind, Result, State};
use crate::runtime::{Look, Runtime};
use lunaffi_core::ctype::{Bits, CType, Mode, Opaque, Slot, TypeId};
use lunaffi_core::extended::Exact;
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::Loaded;
use std::ffi::c_int;

/// The type beyond the primitives that is seen as its own value, if that is what it is.
pub fn extended(rt: &Runtime, slot: Slot) -> Option<Opaque> {
    match rt.types.kind(slot.ty) {
        CType::Opaque(opaque) if slot.mode == Mode::Value => Some(opaque),
        _ => None,
    }
}

/// The number at `index` for such a type: for an integer type one that its signed or its unsigned reading
/// holds, fractions cut off; for a wide float an integer that it holds.
fn number(look: Look, index: c_int, ty: TypeId, opaque: Opaque) -> std::result::Result<Exact, Fault> {
    let value = match held(look, index)? {
        Some(value) => value,
        None => match wide(look.lua, look.rt, index) {
            Some(Wide::Int(value)) => Exact::Signed(value),
            Some(Wide::Float(value)) => Loaded::Float(value).into(),
            None => return Err(Fault::ExpectedType(Slot::value(ty))),
        },
    };
    match value {
        Exact::Float(_) if opaque.is_integer() => {
            let float = value.to_f64();
            if float.is_nan() {
                return Err(Fault::NotInteger(opaque.name()));
            }
            if float.trunc().abs() >= LIMIT {
                return Err(Fault::Limits(i128::MIN, i128::MAX));
            }
        }
        // A half rounds, as a float does.
        Exact::Signed(_) | Exact::Unsigned(_) if opaque.is_float() && opaque.size() > size_of::<f64>() => {
            let signed = matches!(value, Exact::Signed(_));
            let stored = value.store(opaque).and_then(|bytes| Exact::load(opaque, &bytes));
            if stored.is_none_or(|stored| stored.to_bits(signed) != value.to_bits(signed)) {
                return Err(Fault::InexactAs(opaque.name()));
            }
        }
        _ => {}
    }
    // Either reading of so many bits, as of a primitive.
    if let Some((bits @ ..128, signed)) = opaque.integer() {
        let (low, high) = (-(1i128 << (bits - 1)), (1i128 << bits) - 1);
        if !(low..=high).contains(&(value.to_bits(signed) as i128)) {
            return Err(Fault::Limits(low, high));
        }
    }
    Ok(value)
}

/// Two to the power of 127.
const LIMIT: f64 = (1u128 << 127) as f64;

/// What a cdata of such a type holds.
fn held(look: Look, index: c_int) -> std::result::Result<Option<Exact>, Fault> {
    let Some(payload) = look.rt.kinds.get(look.lua, index, Kind::Cdata) else { return Ok(None) };
    // SAFETY: the kind's payload.
    let held = cdata::held_of(look.rt, unsafe { &*payload.cast::<Header>() })?;
    cdata::held_exactly(look.rt, &held)
}

/// Stores the value at `index` as that type at the beginning of a region.
#[cold]
pub fn store(look: Look, index: c_int, slot: Slot, opaque: Opaque, to: Region, at: At) -> Result<()> {
    let about = |fault| Error { at, value: index, fault };
    let value = number(look, index, slot.ty, opaque).map_err(about)?;
    let bytes = value.store(opaque).ok_or(about(Fault::ExpectedType(slot)))?;
    to.write(0, &bytes[..opaque.size().min(bytes.len())]).map_err(Error::alone)
}

/// Pushes the value at `place`, which holds one of that type.
#[cold]
pub fn push(lua: State, rt: &Runtime, opaque: Opaque, place: *const u8) -> Result<()> {
    let mut bytes = [0u8; 16];
    // SAFETY: the caller's memory.
    unsafe { bytes.as_mut_ptr().copy_from_nonoverlapping(place, opaque.size().min(bytes.len())) };
    let value = Exact::load(opaque, &bytes).ok_or(Error::alone(Fault::Bug))?;
    push_exact(lua, rt, value)
}

fn push_exact(lua: State, rt: &Runtime, value: Exact) -> Result<()> {
    let integer = match value {
        Exact::Float(_) => {
            lua.push_float(value.to_f64());
            return Ok(());
        }
        Exact::Signed(value) => Some(value),
        Exact::Unsigned(value) => i128::try_from(value).ok(),
    };
    let fits = |value: &i128| (i64::MIN as i128..=u64::MAX as i128).contains(value);
    let value = integer.filter(fits).ok_or(Error::alone(Fault::Text("the integer has more than 64 bits")))?;
    push_wide(lua, rt, value);
    Ok(())
}

/// Pushes a bit-field of a 128-bit type.
#[cold]
pub fn push_bits(lua: State, rt: &Runtime, opaque: Opaque, bits: Bits, from: Region) -> Result<()> {
    let signed = opaque.is_signed();
    let value = from.with_bytes(0, bits.bytes(), |bytes| bits.extract_wide(bytes, signed)).map_err(Error::alone)?;
    push_exact(lua, rt, if signed { Exact::Signed(value as i128) } else { Exact::Unsigned(value) })
}

/// Stores the value at `index` in such a bit-field: one that its signed or unsigned reading can hold.
#[cold]
pub fn store_bits(look: Look, index: c_int, slot: Slot, opaque: Opaque, bits: Bits, to: Region, at: At) -> Result<()> {
    let about = |fault| Error { at, value: index, fault };
    let value = number(look, index, slot.ty, opaque).map_err(about)?.to_bits(opaque.is_signed());
    let (low, high) = match bits.width {
        0 => return Err(Error::alone(Fault::Bug)),
        128 => (i128::MIN, i128::MAX),
        width => (-(1i128 << (width - 1)), ((1u128 << width) - 1) as i128),
    };
    if !(low..=high).contains(&(value as i128)) {
        return Err(about(Fault::Limits(low, high)));
    }
    to.with_bytes(0, bits.bytes(), |bytes| bits.insert_wide(bytes, value)).map_err(Error::alone)
}
