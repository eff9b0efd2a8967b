//! Numbers of one C type as those of another: what does not fit wraps, fractions are cut off.

use lunaffi_core::ctype::Opaque;
use lunaffi_core::ctype::{CType, TypeId, TypeTable};
use lunaffi_core::extended::Exact;
use lunaffi_core::scalar::{Class, Loaded, Scalar};

/// A float as a 64-bit integer; one that has none is the smallest.
fn float_to_i64(value: f64) -> i64 {
    const LIMIT: f64 = 9223372036854775808.0;
    if (-LIMIT..LIMIT).contains(&value) { value as i64 } else { i64::MIN }
}

fn float_to_u64(value: f64) -> u64 {
    const LIMIT: f64 = 9223372036854775808.0;
    if value >= LIMIT { float_to_i64(value - LIMIT - LIMIT) as u64 } else { float_to_i64(value) as u64 }
}

/// As `int64_t`.
#[inline]
pub fn as_i64(value: Loaded) -> i64 {
    match value {
        Loaded::Bool(value) => value as i64,
        Loaded::Signed(value) => value,
        Loaded::Unsigned(value) => value as i64,
        Loaded::Float(value) => float_to_i64(value),
    }
}

/// As `uint64_t`.
#[inline]
pub fn as_u64(value: Loaded) -> u64 {
    match value {
        Loaded::Float(value) => float_to_u64(value),
        other => as_i64(other) as u64,
    }
}

/// The bits that represent the value as that type.
#[inline]
pub fn bits(scalar: Scalar, value: Loaded) -> u64 {
    match scalar.class() {
        Class::Bool => match value {
            Loaded::Bool(value) => value as u64,
            Loaded::Signed(value) => (value != 0) as u64,
            Loaded::Unsigned(value) => (value != 0) as u64,
            Loaded::Float(value) => (value != 0.0) as u64,
        },
        Class::Signed => as_i64(value) as u64,
        Class::Unsigned if scalar.size() == 8 => as_u64(value),
        Class::Unsigned => as_i64(value) as u64,
        Class::Float if scalar == Scalar::F32 => match value {
            Loaded::Bool(value) => value as u8 as f32,
            Loaded::Signed(value) => value as f32,
            Loaded::Unsigned(value) => value as f32,
            Loaded::Float(value) => value as f32,
        }
        .to_bits() as u64,
        Class::Float => match value {
            Loaded::Bool(value) => value as u8 as f64,
            Loaded::Signed(value) => value as f64,
            Loaded::Unsigned(value) => value as f64,
            Loaded::Float(value) => value,
        }
        .to_bits(),
    }
}

/// Stores a number as that type.
///
/// # Safety
/// `scalar.size()` bytes at `place` are writable.
#[inline]
pub unsafe fn store_number(scalar: Scalar, value: Loaded, place: *mut u8) {
    // SAFETY: the caller's room.
    unsafe { scalar.store_bits(place, bits(scalar, value)) };
}

/// The number in memory that is no primitive; `None` for a type without values.
///
/// # Safety
/// The type's size at `place` is readable.
#[cold]
pub unsafe fn load_extended(opaque: Opaque, place: *const u8) -> Option<Exact> {
    let mut bytes = [0u8; 16];
    let size = opaque.size().min(bytes.len());
    // SAFETY: the caller's bytes.
    unsafe { bytes.as_mut_ptr().copy_from_nonoverlapping(place, size) };
    Exact::load(opaque, &bytes)
}

/// Stores a number as such a type; false for one without values.
///
/// # Safety
/// The type's size at `place` is writable.
#[cold]
pub unsafe fn store_extended(opaque: Opaque, value: Exact, place: *mut u8) -> bool {
    let Some(bytes) = value.store(opaque) else { return false };
    // SAFETY: the caller's bytes.
    unsafe { place.copy_from_nonoverlapping(bytes.as_ptr(), opaque.size().min(bytes.len())) };
    true
}

/// The number that a value of that type is: its own, an enumeration's, a complex number's real part. One
/// that has more than 64 bits is the nearest double.
///
/// # Safety
/// The type's size at `place` is readable.
#[inline]
pub unsafe fn load(types: &TypeTable, ty: TypeId, place: *const u8) -> Option<Loaded> {
    let scalar = match types.kind(ty) {
        CType::Scalar(scalar) | CType::Complex(scalar) => scalar,
        CType::Enum(ty) => types.enumeration(ty)?.base,
        // SAFETY: the caller's bytes.
        CType::Opaque(opaque) => return unsafe { load_extended(opaque, place) }.map(Exact::to_loaded),
        _ => return None,
    };
    // SAFETY: the caller's bytes.
    Some(unsafe { scalar.load(place) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_wrap_as_on_x64() {
        assert_eq!(as_u64(Loaded::Float(-1.0)), u64::MAX);
        assert_eq!(as_u64(Loaded::Float(18446744073709549568.0)), 18446744073709549568);
        assert_eq!(as_i64(Loaded::Float(1e300)), i64::MIN);
        assert_eq!(as_i64(Loaded::Float(f64::NAN)), i64::MIN);
        assert_eq!(bits(Scalar::I32, Loaded::Float(4294967295.0)) as u32 as i32, -1);
        assert_eq!(bits(Scalar::U8, Loaded::Float(300.9)) as u8, 44);
        assert_eq!(bits(Scalar::Bool, Loaded::Float(0.5)), 1);
        assert_eq!(bits(Scalar::F32, Loaded::Signed(16777217)), 16777216f32.to_bits() as u64);
    }
}
