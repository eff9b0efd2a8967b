//! Floating-point types that are wider than `double`, as the nearest `double` and from one: C's
//! `long double` (80 bits on x86, 128 on other 64-bit machines) and `__float128`.

use crate::ctype::Opaque;

/// Where a format has its parts: the bits of the exponent lie above those of the fraction.
struct Format {
    /// Bits of the fraction, the leading one included if it is stored.
    fraction: u32,
    /// The leading bit is stored.
    explicit: bool,
}

const X87: Format = Format { fraction: 64, explicit: true };
const BINARY128: Format = Format { fraction: 112, explicit: false };

/// All of them have exponents of 15 bits.
const EXPONENT_MASK: u32 = 0x7fff;
const BIAS: i32 = 16383;

/// How a type is represented; `None` for a type that is not one of these.
fn format(opaque: Opaque) -> Option<Format> {
    match opaque {
        Opaque::LongDouble if cfg!(target_arch = "x86_64") => Some(X87),
        Opaque::LongDouble | Opaque::Float128 => Some(BINARY128),
        _ => None,
    }
}

/// The double next to a value of that type; `None` for a type that has no such values.
pub fn load(opaque: Opaque, bytes: &[u8; 16]) -> Option<f64> {
    let format = format(opaque)?;
    let bits = u128::from_ne_bytes(*bytes);
    let fraction = bits & ((1 << format.fraction) - 1);
    let exponent = (bits >> format.fraction) as u32 & EXPONENT_MASK;
    let negative = bits >> (format.fraction + 15) & 1 != 0;
    let places = format.fraction - format.explicit as u32;
    let stored_one = !format.explicit && exponent != 0;
    let value = if exponent == EXPONENT_MASK {
        let nan = fraction & ((1 << places) - 1) != 0;
        if nan { f64::NAN } else { f64::INFINITY }
    } else {
        scaled(fraction | (stored_one as u128) << places, exponent.max(1) as i32 - BIAS - places as i32)
    };
    Some(if negative { -value } else { value })
}

/// `value` times a power of two, rounded to the nearest double, ties to even.
fn scaled(value: u128, exponent: i32) -> f64 {
    if value == 0 {
        return 0.0;
    }
    let top = 127 - value.leading_zeros() as i32;
    // The lowest bit that a double of this size has.
    let lowest = (top + exponent - 52).max(-1074);
    let drop = lowest - exponent;
    let (kept, lowest) = if drop <= 0 {
        (value, exponent)
    } else if drop > 127 {
        return 0.0;
    } else {
        let (kept, rest, half) = (value >> drop, value & ((1 << drop) - 1), 1u128 << (drop - 1));
        (kept + (rest > half || rest == half && kept & 1 != 0) as u128, lowest)
    };
    // Powers of two beyond a double's own range are reached in steps, none of which rounds.
    let (mut result, mut left) = (kept as f64, lowest);
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        result *= 2f64.powi(step);
        left -= step;
    }
    result
}

/// The bytes of a value of that type that is a double; `None` for a type that has no such values.
pub fn store(opaque: Opaque, value: f64) -> Option<[u8; 16]> {
    let format = format(opaque)?;
    let places = format.fraction - format.explicit as u32;
    let (exponent, fraction) = if value == 0.0 {
        (0, 0)
    } else if !value.is_finite() {
        (EXPONENT_MASK, (format.explicit as u128) << places | (value.is_nan() as u128) << (places - 1))
    } else {
        let bits = value.to_bits();
        let (exponent, fraction) = ((bits >> 52) as i32 & 0x7ff, bits & ((1 << 52) - 1));
        let fraction = if exponent == 0 { fraction } else { fraction | 1 << 52 };
        // The leading one moves to its place: every double is a normal number here.
        let up = fraction.leading_zeros() as i32 - 11;
        let exponent = exponent.max(1) - 1023 - up + BIAS;
        let fraction = (fraction as u128) << (places as i32 - 52 + up);
        (exponent as u32, if format.explicit { fraction } else { fraction & ((1 << places) - 1) })
    };
    let negative = value.is_sign_negative() as u128;
    Some((negative << (format.fraction + 15) | (exponent as u128) << format.fraction | fraction).to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_come_back() {
        let values = [0.0, -0.0, 1.0, -1.5, 0.1, 1e300, -1e-300, 5e-324, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY];
        for opaque in [Opaque::LongDouble, Opaque::Float128] {
            for value in values {
                let back = load(opaque, &store(opaque, value).unwrap()).unwrap();
                assert_eq!(back.to_bits(), value.to_bits(), "{value}");
            }
            assert!(load(opaque, &store(opaque, f64::NAN).unwrap()).unwrap().is_nan());
        }
        assert_eq!(load(Opaque::Int128, &[0; 16]), None);
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn what_is_between_two_doubles_is_rounded() {
        let make = |exponent: u128, fraction: u128| (exponent << 64 | fraction).to_ne_bytes();
        let one = 1u128 << 63;
        let of = |fraction| load(Opaque::LongDouble, &make(16383, fraction)).unwrap();
        assert_eq!(of(one), 1.0);
        assert_eq!(of(one + (1 << 10)), 1.0);
        assert_eq!(of(one + (1 << 10) + 1), 1.0 + f64::EPSILON);
        assert_eq!(of(one + (3 << 10)), 1.0 + 2.0 * f64::EPSILON);
        assert_eq!(load(Opaque::LongDouble, &make(32766, one)).unwrap(), f64::INFINITY);
        assert_eq!(load(Opaque::LongDouble, &make(1, one)).unwrap(), 0.0);
        // Halfway to the smallest double of all, and a little more.
        assert_eq!(load(Opaque::LongDouble, &make(16383 - 1075, one)).unwrap(), 0.0);
        assert_eq!(load(Opaque::LongDouble, &make(16383 - 1075, one + 1)).unwrap(), 5e-324);
    }
}
