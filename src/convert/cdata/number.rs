//! Numbers of one C type as those of another: what does not fit wraps, fractions are cut off.

use lunaffi_core::ctype::ExtendedNumber;
use lunaffi_core::ctype::{CType, TypeId, TypeTable};
use lunaffi_core::mem::{MemError, Region};
use lunaffi_core::scalar::{Class, Scalar, ScalarValue};
use lunaffi_core::wide_number::WideNumber;

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
pub fn as_i64(value: ScalarValue) -> i64 {
    match value {
        ScalarValue::Bool(value) => value as i64,
        ScalarValue::Signed(value) => value,
        ScalarValue::Unsigned(value) => value as i64,
        ScalarValue::Float(value) => float_to_i64(value),
    }
}

/// As `uint64_t`.
#[inline]
pub fn as_u64(value: ScalarValue) -> u64 {
    match value {
        ScalarValue::Float(value) => float_to_u64(value),
        other => as_i64(other) as u64,
    }
}

/// The bits that represent the value as that type.
#[inline]
pub fn bits(scalar: Scalar, value: ScalarValue) -> u64 {
    match scalar.class() {
        Class::Bool => match value {
            ScalarValue::Bool(value) => value as u64,
            ScalarValue::Signed(value) => (value != 0) as u64,
            ScalarValue::Unsigned(value) => (value != 0) as u64,
            ScalarValue::Float(value) => (value != 0.0) as u64,
        },
        Class::Signed => as_i64(value) as u64,
        Class::Unsigned if scalar.size() == 8 => as_u64(value),
        Class::Unsigned => as_i64(value) as u64,
        Class::Float if scalar == Scalar::F32 => match value {
            ScalarValue::Bool(value) => value as u8 as f32,
            ScalarValue::Signed(value) => value as f32,
            ScalarValue::Unsigned(value) => value as f32,
            ScalarValue::Float(value) => value as f32,
        }
        .to_bits() as u64,
        Class::Float => match value {
            ScalarValue::Bool(value) => value as u8 as f64,
            ScalarValue::Signed(value) => value as f64,
            ScalarValue::Unsigned(value) => value as f64,
            ScalarValue::Float(value) => value,
        }
        .to_bits(),
    }
}

/// Stores a number as that type at an offset into a region.
#[inline]
pub fn store_number(scalar: Scalar, value: ScalarValue, to: &Region, offset: usize) -> Result<(), MemError> {
    let bits = bits(scalar, value);
    // SAFETY: the region grants the value's bytes.
    to.with(offset as isize, scalar.size(), |place| unsafe { scalar.store_bits(place, bits) })
}

/// The number in memory that is no primitive; `None` for a type without values.
///
/// # Safety
/// The type's size at `place` is readable.
#[cold]
pub unsafe fn load_extended(extended: ExtendedNumber, place: *const u8) -> Option<WideNumber> {
    let mut bytes = [0u8; 16];
    let size = extended.size().min(bytes.len());
    // SAFETY: the caller's bytes.
    unsafe { bytes.as_mut_ptr().copy_from_nonoverlapping(place, size) };
    WideNumber::load(extended, &bytes)
}

/// As what a number of that type is stored, if it is one: its own type, an enumeration's, that of a complex
/// number's real part.
#[inline]
pub fn stored_as(types: &TypeTable, ty: TypeId) -> Option<CType> {
    match types.kind(ty) {
        CType::Scalar(scalar) | CType::Complex(scalar) => Some(CType::Scalar(scalar)),
        CType::Enum(ty) => Some(CType::Scalar(types.enumeration(ty)?.base)),
        CType::ExtendedNumber(extended) => Some(CType::ExtendedNumber(extended)),
        _ => None,
    }
}

/// The number that a value is which is stored like that. One that has more than 64 bits is the nearest double.
///
/// # Safety
/// The type's size at `place` is readable.
#[inline]
pub unsafe fn load(stored: CType, place: *const u8) -> Option<ScalarValue> {
    match stored {
        // SAFETY: the caller's bytes.
        CType::Scalar(scalar) => Some(unsafe { scalar.load(place) }),
        // SAFETY: as above.
        CType::ExtendedNumber(extended) => unsafe { load_extended(extended, place) }.map(WideNumber::to_loaded),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_wrap_as_on_x64() {
        assert_eq!(as_u64(ScalarValue::Float(-1.0)), u64::MAX);
        assert_eq!(as_u64(ScalarValue::Float(18446744073709549568.0)), 18446744073709549568);
        assert_eq!(as_i64(ScalarValue::Float(1e300)), i64::MIN);
        assert_eq!(as_i64(ScalarValue::Float(f64::NAN)), i64::MIN);
        assert_eq!(bits(Scalar::I32, ScalarValue::Float(4294967295.0)) as u32 as i32, -1);
        assert_eq!(bits(Scalar::U8, ScalarValue::Float(300.9)) as u8, 44);
        assert_eq!(bits(Scalar::Bool, ScalarValue::Float(0.5)), 1);
        assert_eq!(bits(Scalar::F32, ScalarValue::Signed(16777217)), 16777216f32.to_bits() as u64);
    }
}
