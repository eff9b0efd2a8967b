//! Numbers that are no primitives, as the APIs without cdata see them: a `long double` and its like are
//! numbers, a 128-bit integer is an exact integer, as far as Lua has one.

use super::cdata;
use super::from_c::push_wide;
use super::to_c::{LuaNumber, wide};
use crate::lua::{At, Error, Fault, Header, Kind, Result, State};
use crate::runtime::{Look, Runtime};
use lunaffi_core::ctype::{Bits, CType, ExtendedNumber, Mode, Slot, TypeId};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::ScalarValue;
use lunaffi_core::wide_number::WideNumber;
use std::ffi::c_int;

/// The type beyond the primitives that is seen as its own value, if that is what it is.
pub fn extended(rt: &Runtime, slot: Slot) -> Option<ExtendedNumber> {
    match rt.types.kind(slot.ty) {
        CType::ExtendedNumber(extended) if slot.mode == Mode::Value => Some(extended),
        _ => None,
    }
}

/// The number at `index` for such a type: for an integer type one that its signed or its unsigned reading
/// holds, fractions cut off; for a wide float an integer that it holds.
fn number(look: Look, index: c_int, ty: TypeId, extended: ExtendedNumber) -> std::result::Result<WideNumber, Fault> {
    let value = match view(look, index)? {
        Some(value) => value,
        None => match wide(look.lua, look.rt, index) {
            Some(LuaNumber::Int(value)) => WideNumber::Signed(value),
            Some(LuaNumber::Float(value)) => ScalarValue::Float(value).into(),
            None => return Err(Fault::ExpectedType(Slot::value(ty))),
        },
    };
    match value {
        WideNumber::Float(_) if extended.is_integer() => {
            let float = value.to_f64();
            if float.is_nan() {
                return Err(Fault::NotInteger(extended.name()));
            }
            if float.trunc().abs() >= LIMIT {
                return Err(Fault::Limits(i128::MIN, i128::MAX));
            }
        }
        // A half rounds, as a float does.
        WideNumber::Signed(_) | WideNumber::Unsigned(_)
            if extended.is_float() && extended.size() > size_of::<f64>() =>
        {
            let signed = matches!(value, WideNumber::Signed(_));
            let stored = value.store(extended).and_then(|bytes| WideNumber::load(extended, &bytes));
            if stored.is_none_or(|stored| stored.to_bits(signed) != value.to_bits(signed)) {
                return Err(Fault::InexactAs(extended.name()));
            }
        }
        _ => {}
    }
    // Either reading of so many bits, as of a primitive.
    if let Some((bits @ ..128, signed)) = extended.integer() {
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
fn view(look: Look, index: c_int) -> std::result::Result<Option<WideNumber>, Fault> {
    let Some(payload) = look.rt.kinds.get(look.lua, index, Kind::Cdata) else { return Ok(None) };
    // SAFETY: the kind's payload.
    let view = cdata::view_of(look.rt, unsafe { &*payload.cast::<Header>() })?;
    cdata::view_exact_number(look.rt, &view)
}

/// Stores the value at `index` as that type at the beginning of a region.
#[cold]
pub fn store(look: Look, index: c_int, slot: Slot, extended: ExtendedNumber, to: Region, at: At) -> Result<()> {
    let about = |fault| Error { at, value: index, fault };
    let value = number(look, index, slot.ty, extended).map_err(about)?;
    let bytes = value.store(extended).ok_or(about(Fault::ExpectedType(slot)))?;
    to.write(0, &bytes[..extended.size().min(bytes.len())]).map_err(Error::alone)
}

/// Pushes the value at `place`, which holds one of that type.
#[cold]
pub fn push(lua: State, rt: &Runtime, extended: ExtendedNumber, place: *const u8) -> Result<()> {
    let mut bytes = [0u8; 16];
    // SAFETY: the caller's memory.
    unsafe { bytes.as_mut_ptr().copy_from_nonoverlapping(place, extended.size().min(bytes.len())) };
    let value = WideNumber::load(extended, &bytes).ok_or(Error::alone(Fault::Bug))?;
    push_exact(lua, rt, value)
}

fn push_exact(lua: State, rt: &Runtime, value: WideNumber) -> Result<()> {
    let integer = match value {
        WideNumber::Float(_) => {
            lua.push_float(value.to_f64());
            return Ok(());
        }
        WideNumber::Signed(value) => Some(value),
        WideNumber::Unsigned(value) => i128::try_from(value).ok(),
    };
    let fits = |value: &i128| (i64::MIN as i128..=u64::MAX as i128).contains(value);
    let value = integer.filter(fits).ok_or(Error::alone(Fault::Text("the integer has more than 64 bits")))?;
    push_wide(lua, rt, value);
    Ok(())
}

/// Pushes a bit-field of a 128-bit type.
#[cold]
pub fn push_bits(lua: State, rt: &Runtime, extended: ExtendedNumber, bits: Bits, from: Region) -> Result<()> {
    let signed = extended.is_signed();
    let value = from.with_bytes(0, bits.bytes(), |bytes| bits.extract_wide(bytes, signed)).map_err(Error::alone)?;
    push_exact(lua, rt, if signed { WideNumber::Signed(value as i128) } else { WideNumber::Unsigned(value) })
}

/// Stores the value at `index` in such a bit-field: one that its signed or unsigned reading can hold.
#[cold]
pub fn store_bits(
    look: Look,
    index: c_int,
    slot: Slot,
    extended: ExtendedNumber,
    bits: Bits,
    to: Region,
    at: At,
) -> Result<()> {
    let about = |fault| Error { at, value: index, fault };
    let value = number(look, index, slot.ty, extended).map_err(about)?.to_bits(extended.is_signed());
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
