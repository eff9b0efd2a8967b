//! Numbers beyond the primitives: 128-bit integers, and floating-point types that are wider or narrower
//! than `float` and `double`: C's `long double` (80 bits on x86, 128 on other 64-bit machines),
//! `__float128`, `_Float16`, `__bf16`. All of them can be any other number, rounded once to the nearest
//! (ties to even), or wrapped, as C does it.

use crate::ctype::Opaque;
use crate::scalar::{Class, Loaded, Scalar};

/// Where a format has its parts: sign, exponent, fraction, from the top.
struct Format {
    /// Bits of the exponent.
    exponent: u32,
    /// Bits of the fraction behind the point.
    places: u32,
    /// The bit before the point is stored.
    explicit: bool,
}

const HALF: Format = Format { exponent: 5, places: 10, explicit: false };
const BRAIN: Format = Format { exponent: 8, places: 7, explicit: false };
const SINGLE: Format = Format { exponent: 8, places: 23, explicit: false };
const DOUBLE: Format = Format { exponent: 11, places: 52, explicit: false };
const X87: Format = Format { exponent: 15, places: 63, explicit: true };
const QUAD: Format = Format { exponent: 15, places: 112, explicit: false };

/// A floating-point type that has values, from the one that gives way in arithmetic to the one that stays.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FloatType {
    /// `__bf16`
    Brain,
    /// `_Float16`
    Half,
    /// `float`
    Single,
    /// `double`
    Double,
    /// `long double`
    Long,
    /// `__float128`
    Quad,
}

impl FloatType {
    /// The floating-point type that a primitive is.
    pub fn of_scalar(scalar: Scalar) -> Option<FloatType> {
        match scalar {
            Scalar::F32 => Some(FloatType::Single),
            Scalar::F64 => Some(FloatType::Double),
            _ => None,
        }
    }

    /// The one that any other type is; `None` for what is none, or has no values here.
    pub fn of_opaque(opaque: Opaque) -> Option<FloatType> {
        match opaque {
            Opaque::LongDouble => Some(FloatType::Long),
            Opaque::Float128 => Some(FloatType::Quad),
            Opaque::Float16 => Some(FloatType::Half),
            Opaque::BFloat16 => Some(FloatType::Brain),
            _ => None,
        }
    }

    const fn format(self) -> Format {
        match self {
            FloatType::Brain => BRAIN,
            FloatType::Half => HALF,
            FloatType::Single => SINGLE,
            FloatType::Double => DOUBLE,
            FloatType::Long if cfg!(target_arch = "x86_64") => X87,
            FloatType::Long | FloatType::Quad => QUAD,
        }
    }
}

fn format(opaque: Opaque) -> Option<Format> {
    FloatType::of_opaque(opaque).map(FloatType::format)
}

impl Opaque {
    /// Whether it is a floating-point type with values.
    pub fn is_float(self) -> bool {
        FloatType::of_opaque(self).is_some()
    }

    /// Whether it is an integer type.
    pub fn is_integer(self) -> bool {
        matches!(self, Opaque::Int128 | Opaque::UInt128)
    }
}

/// A number that any of the types may have, exactly.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Exact {
    /// Of a type with a sign.
    Signed(i128),
    /// Of a type without.
    Unsigned(u128),
    /// Of a floating-point type.
    Float(Float),
}

/// A floating-point number.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Float {
    negative: bool,
    size: Size,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Size {
    /// The first times two to the power of the second.
    Finite(u128, i32),
    Infinite,
    Nan,
}

impl Format {
    const fn bias(&self) -> i32 {
        (1 << (self.exponent - 1)) - 1
    }

    const fn top_exponent(&self) -> u32 {
        (1 << self.exponent) - 1
    }

    /// Bits below the exponent.
    const fn stored(&self) -> u32 {
        self.places + self.explicit as u32
    }

    fn decode(&self, bits: u128) -> Float {
        let stored = bits & ((1 << self.stored()) - 1);
        let exponent = (bits >> self.stored()) as u32 & self.top_exponent();
        let negative = bits >> (self.stored() + self.exponent) & 1 != 0;
        let size = if exponent == self.top_exponent() {
            if stored & ((1 << self.places) - 1) != 0 { Size::Nan } else { Size::Infinite }
        } else {
            let one = (!self.explicit && exponent != 0) as u128;
            Size::Finite(stored | one << self.places, exponent.max(1) as i32 - self.bias() - self.places as i32)
        };
        Float { negative, size }
    }

    fn encode(&self, float: Float) -> u128 {
        let infinite = (self.explicit as u128) << self.places;
        let (exponent, stored) = match float.size {
            Size::Finite(fraction, exponent) => match self.rounded(fraction, exponent) {
                Some(parts) => parts,
                None => (self.top_exponent(), infinite),
            },
            Size::Infinite => (self.top_exponent(), infinite),
            Size::Nan => (self.top_exponent(), infinite | 1 << (self.places - 1)),
        };
        let sign = (float.negative as u128) << (self.stored() + self.exponent);
        sign | (exponent as u128) << self.stored() | stored
    }

    /// The exponent and the fraction as they are stored; `None` for what is too large.
    fn rounded(&self, fraction: u128, exponent: i32) -> Option<(u32, u128)> {
        if fraction == 0 {
            return Some((0, 0));
        }
        let top = 127 - fraction.leading_zeros() as i32;
        let places = self.places as i32;
        // The exponent of the lowest bit that a number of this size has.
        let mut lowest = (top + exponent).max(1 - self.bias()) - places;
        let drop = lowest - exponent;
        let mut kept = match drop {
            ..=0 => fraction << -drop,
            1..=127 => {
                let (kept, rest, half) = (fraction >> drop, fraction & ((1 << drop) - 1), 1u128 << (drop - 1));
                kept + (rest > half || rest == half && kept & 1 != 0) as u128
            }
            128 => (fraction > 1 << 127) as u128,
            _ => 0,
        };
        if kept >> (places + 1) != 0 {
            kept >>= 1;
            lowest += 1;
        }
        // One that is too small for a leading one has the lowest exponent, which is stored as 0.
        let stored = if kept >> places == 0 { 0 } else { (lowest + places + self.bias()) as u32 };
        let mask = if self.explicit { u128::MAX } else { (1 << places) - 1 };
        (stored < self.top_exponent()).then_some((stored, kept & mask))
    }
}

impl From<Loaded> for Exact {
    fn from(value: Loaded) -> Exact {
        match value {
            Loaded::Bool(value) => Exact::Unsigned(value as u128),
            Loaded::Signed(value) => Exact::Signed(value as i128),
            Loaded::Unsigned(value) => Exact::Unsigned(value as u128),
            Loaded::Float(value) => Exact::Float(value.into()),
        }
    }
}

impl From<f64> for Float {
    fn from(value: f64) -> Float {
        DOUBLE.decode(value.to_bits() as u128)
    }
}

impl From<i128> for Float {
    fn from(value: i128) -> Float {
        Float { negative: value < 0, size: Size::Finite(value.unsigned_abs(), 0) }
    }
}

impl std::ops::Neg for Float {
    type Output = Float;

    fn neg(self) -> Float {
        Float { negative: !self.negative, ..self }
    }
}

/// A fraction whose first bit is in the place of 2^124, and its exponent: there is room for a carry.
fn normal(fraction: u128, exponent: i32) -> (u128, i32) {
    let shift = fraction.leading_zeros() as i32 - 3;
    if shift >= 0 {
        return (fraction << shift, exponent - shift);
    }
    let lost = fraction & ((1 << -shift) - 1) != 0;
    (fraction >> -shift | lost as u128, exponent - shift)
}

/// The product of two fractions, as one and an exponent.
fn product(a: u128, b: u128) -> (u128, i32) {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> 64);
    let other = a0 * b1 + (middle & LOW);
    let high = a1 * b1 + (middle >> 64) + (other >> 64);
    let rest = other << 64 | low & LOW;
    // Both have 125 bits, so the upper half has more than any type keeps.
    (high << 3 | rest >> 125 | (rest << 3 != 0) as u128, 125)
}

/// The quotient of two fractions of 125 bits, as one and an exponent.
fn quotient(a: u128, b: u128) -> (u128, i32) {
    let (mut result, mut rest) = (0, a);
    for _ in 0..126 {
        result = result << 1 | (rest >= b) as u128;
        rest = if rest >= b { rest - b } else { rest } << 1;
    }
    (result | (rest != 0) as u128, -125)
}

impl Float {
    /// More than any type has.
    pub const INFINITY: Float = Float { negative: false, size: Size::Infinite };

    /// An integer times a power of two. Of an exponent that no type has only its sign matters.
    pub fn scaled(fraction: u128, exponent: i64) -> Float {
        const MOST: i64 = 1 << 20;
        Float { negative: false, size: Size::Finite(fraction, exponent.clamp(-MOST, MOST) as i32) }
    }

    /// The nearest value of that type, in the form in which equal ones are equal.
    pub fn rounded_to(self, ty: FloatType) -> Float {
        let format = ty.format();
        format.decode(format.encode(self))
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        f64::from_bits(DOUBLE.encode(self) as u64)
    }

    /// It is zero.
    pub fn is_zero(self) -> bool {
        matches!(self.size, Size::Finite(0, _))
    }

    /// As an integer of 128 bits: a fraction is cut off, what has no value is the smallest.
    pub fn to_integer(self) -> i128 {
        self.wrapped(true, 128) as i128
    }

    /// What an operator that doubles have makes of two numbers, as that type has it.
    pub fn operate(self, operator: Arithmetic, other: Float, ty: FloatType) -> Float {
        let exact = match (self.size, other.size) {
            (Size::Finite(a, i), Size::Finite(b, j)) if a != 0 && b != 0 => {
                let ((a, i), (b, j)) = (normal(a, i), normal(b, j));
                let negative = self.negative != other.negative;
                let scaled = |(value, exponent): (u128, i32)| Float { negative, size: Size::Finite(value, exponent) };
                match operator {
                    Arithmetic::Add => sum((self.negative, a, i), (other.negative, b, j)),
                    Arithmetic::Subtract => sum((self.negative, a, i), (!other.negative, b, j)),
                    Arithmetic::Multiply => {
                        let (value, exponent) = product(a, b);
                        scaled((value, exponent + i + j))
                    }
                    Arithmetic::Divide => {
                        let (value, exponent) = quotient(a, b);
                        scaled((value, exponent + i - j))
                    }
                }
            }
            // A zero changes nothing about the other of a sum.
            (Size::Finite(_, _), Size::Finite(0, _)) if !self.is_zero() && operator.is_sum() => self,
            (Size::Finite(0, _), Size::Finite(b, _)) if b != 0 && operator.is_sum() => {
                if operator == Arithmetic::Subtract { -other } else { other }
            }
            // All else is a matter of signs, and of what is zero, infinite or no number.
            _ => {
                let (a, b) = (self.alike(), other.alike());
                Float::from(match operator {
                    Arithmetic::Add => a + b,
                    Arithmetic::Subtract => a - b,
                    Arithmetic::Multiply => a * b,
                    Arithmetic::Divide => a / b,
                })
            }
        };
        exact.rounded_to(ty)
    }

    /// A double of the same sign that is zero, infinite or no number when this is, and else one.
    fn alike(self) -> f64 {
        let size = match self.size {
            Size::Finite(0, _) => 0.0,
            Size::Finite(..) => 1.0,
            Size::Infinite => f64::INFINITY,
            Size::Nan => f64::NAN,
        };
        if self.negative { -size } else { size }
    }

    /// The order of two numbers.
    pub fn compare(self, other: Float) -> Option<std::cmp::Ordering> {
        let (a, b) = match (self.size, other.size) {
            (Size::Finite(a, _), Size::Finite(b, _)) if a != 0 && b != 0 && self.negative == other.negative => {
                (self.operate(Arithmetic::Subtract, other, FloatType::Quad).alike(), 0.0)
            }
            _ => (self.alike(), other.alike()),
        };
        a.partial_cmp(&b)
    }

    /// The integer part, without its sign; `None` for what 128 bits do not hold.
    fn whole(self) -> Option<u128> {
        let Size::Finite(fraction, exponent) = self.size else { return None };
        match exponent {
            _ if fraction == 0 => Some(0),
            0.. => (exponent as u32 <= fraction.leading_zeros()).then(|| fraction << exponent),
            _ => Some(fraction.checked_shr(exponent.unsigned_abs()).unwrap_or(0)),
        }
    }

    /// The integer part, wrapped to what both readings of so many bits hold. What is out of their range is
    /// the smallest one, as on x86.
    fn wrapped(self, signed: bool, bits: u32) -> u128 {
        let none = 1u128 << (bits - 1);
        let limit = if signed || self.negative { none } else { u128::MAX >> (128 - bits) };
        match self.whole() {
            Some(whole) if whole <= limit && (self.negative || !signed || whole < none) => {
                if self.negative {
                    whole.wrapping_neg()
                } else {
                    whole
                }
            }
            _ => none,
        }
    }
}

/// The sum of two numbers that are not zero: each a sign, and a fraction and an exponent as [`normal`]
/// makes them.
fn sum(a: (bool, u128, i32), b: (bool, u128, i32)) -> Float {
    let (large, small) = if (a.2, a.1) >= (b.2, b.1) { (a, b) } else { (b, a) };
    let distance = large.2.abs_diff(small.2);
    let shifted = match distance {
        0..=124 => small.1 >> distance | (small.1 & ((1 << distance) - 1) != 0) as u128,
        _ => 1,
    };
    let value = if large.0 == small.0 { large.1 + shifted } else { large.1 - shifted };
    Float { negative: large.0 && value != 0, size: Size::Finite(value, large.2) }
}

/// An operator between two numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl Arithmetic {
    fn is_sum(self) -> bool {
        matches!(self, Arithmetic::Add | Arithmetic::Subtract)
    }
}

impl Exact {
    /// The value that the first bytes hold; `None` for a type that has no values.
    pub fn load(opaque: Opaque, bytes: &[u8; 16]) -> Option<Exact> {
        let bits = u128::from_le_bytes(*bytes);
        let bits = if opaque.size() == 2 { bits & 0xffff } else { bits };
        match opaque {
            Opaque::Int128 => Some(Exact::Signed(bits as i128)),
            Opaque::UInt128 => Some(Exact::Unsigned(bits)),
            _ => format(opaque).map(|format| Exact::Float(format.decode(bits))),
        }
    }

    /// The bytes of a value of that type, of which it has the first; `None` for a type that has no values.
    pub fn store(self, opaque: Opaque) -> Option<[u8; 16]> {
        let bits = match opaque {
            Opaque::Int128 | Opaque::UInt128 => self.to_bits(opaque == Opaque::Int128),
            _ => format(opaque)?.encode(self.to_float()),
        };
        Some(bits.to_le_bytes())
    }

    /// As a 128-bit integer.
    pub fn to_bits(self, signed: bool) -> u128 {
        match self {
            Exact::Signed(value) => value as u128,
            Exact::Unsigned(value) => value,
            Exact::Float(value) => value.wrapped(signed, 128),
        }
    }

    fn to_float(self) -> Float {
        let integer = |negative, value| Float { negative, size: Size::Finite(value, 0) };
        match self {
            Exact::Signed(value) => integer(value < 0, value.unsigned_abs()),
            Exact::Unsigned(value) => integer(false, value),
            Exact::Float(value) => value,
        }
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        self.to_float().to_f64()
    }

    /// What becomes the same value as that type as this does.
    pub fn to_scalar(self, scalar: Scalar) -> Loaded {
        let integer = |signed| match self {
            Exact::Signed(value) => value as u64,
            Exact::Unsigned(value) => value as u64,
            Exact::Float(value) => value.wrapped(signed, 64) as u64,
        };
        match scalar.class() {
            Class::Bool => Loaded::Bool(!matches!(self.to_float().size, Size::Finite(0, _))),
            Class::Unsigned if scalar.size() == 8 => Loaded::Unsigned(integer(false)),
            Class::Signed | Class::Unsigned => Loaded::Signed(integer(true) as i64),
            Class::Float if scalar == Scalar::F32 => {
                Loaded::Float(f32::from_bits(SINGLE.encode(self.to_float()) as u32) as f64)
            }
            Class::Float => Loaded::Float(self.to_f64()),
        }
    }

    /// As a primitive of the greatest width: an integer where that is exact, else the nearest double.
    pub fn to_loaded(self) -> Loaded {
        match self {
            Exact::Signed(value) => match (i64::try_from(value), u64::try_from(value)) {
                (Ok(value), _) => Loaded::Signed(value),
                (_, Ok(value)) => Loaded::Unsigned(value),
                _ => Loaded::Float(self.to_f64()),
            },
            Exact::Unsigned(value) => match u64::try_from(value) {
                Ok(value) => Loaded::Unsigned(value),
                Err(_) => Loaded::Float(self.to_f64()),
            },
            Exact::Float(_) => Loaded::Float(self.to_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOATS: [Opaque; 4] = [Opaque::LongDouble, Opaque::Float128, Opaque::Float16, Opaque::BFloat16];

    fn double(value: f64) -> Exact {
        Loaded::Float(value).into()
    }

    fn through(opaque: Opaque, number: Exact) -> Exact {
        Exact::load(opaque, &number.store(opaque).unwrap()).unwrap()
    }

    #[test]
    fn doubles_come_back_from_wider_types() {
        let values = [0.0, -0.0, 1.0, -1.5, 0.1, 1e300, -1e-300, 5e-324, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY];
        for opaque in [Opaque::LongDouble, Opaque::Float128] {
            for value in values {
                assert_eq!(through(opaque, double(value)).to_f64().to_bits(), value.to_bits(), "{value}");
            }
            assert!(through(opaque, double(f64::NAN)).to_f64().is_nan());
        }
        for opaque in FLOATS {
            for value in [0.0, -0.0, 1.0, -1.5, 0.0625, 1024.0, f64::INFINITY, f64::NEG_INFINITY] {
                assert_eq!(through(opaque, double(value)).to_f64().to_bits(), value.to_bits(), "{value}");
            }
            assert!(through(opaque, double(-f64::NAN)).to_f64().is_nan());
        }
        assert_eq!(Exact::load(Opaque::Decimal64, &[0; 16]), None);
        assert_eq!(double(1.0).store(Opaque::ComplexFloat16), None);
    }

    #[test]
    fn all_floats_and_halves_come_back() {
        for bits in 0..=u16::MAX {
            let mut bytes = [0xee; 16];
            bytes[..2].copy_from_slice(&bits.to_le_bytes());
            for opaque in [Opaque::Float16, Opaque::BFloat16] {
                let value = Exact::load(opaque, &bytes).unwrap();
                let again = double(value.to_f64()).store(opaque).unwrap();
                let again = u16::from_le_bytes([again[0], again[1]]);
                assert!(again == bits || value.to_f64().is_nan(), "{opaque:?} {bits:#x} {again:#x}");
            }
            // A brain float is the upper half of a float.
            let single = f32::from_bits((bits as u32) << 16);
            let brain = Exact::load(Opaque::BFloat16, &bytes).unwrap().to_f64();
            assert!(brain == single as f64 || brain.is_nan() && single.is_nan(), "{bits:#x}");
            let value = f64::from(f32::from_bits((bits as u32) << 16 | 0x5a5a));
            assert!(
                double(value).to_scalar(Scalar::F32) == Loaded::Float(value) || value.is_nan(),
                "{value} as a float"
            );
        }
    }

    #[test]
    fn halves_are_rounded_once_to_the_nearest_even() {
        let half =
            |value: f64| u16::from_le_bytes(double(value).store(Opaque::Float16).unwrap()[..2].try_into().unwrap());
        assert_eq!(half(1.0), 0x3c00);
        assert_eq!(half(-2.0), 0xc000);
        assert_eq!(half(65504.0), 0x7bff);
        assert_eq!(half(65519.99), 0x7bff);
        assert_eq!(half(65520.0), 0x7c00);
        assert_eq!(half(1e300), 0x7c00);
        assert_eq!(half(2049.0), half(2048.0));
        assert_eq!(half(2051.0), half(2052.0));
        // By way of a float this would be a tie.
        assert_eq!(half(1.0 + 2f64.powi(-11) + 2f64.powi(-40)), 0x3c01);
        assert_eq!(half(1.0 + 2f64.powi(-11)), 0x3c00);
        assert_eq!(half(2f64.powi(-24)), 1);
        assert_eq!(half(2f64.powi(-25)), 0);
        assert_eq!(half(2f64.powi(-25) * 1.5), 1);
        assert_eq!(half(-2f64.powi(-14)), 0x8400);
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn what_is_between_two_doubles_is_rounded() {
        let make = |exponent: u128, fraction: u128| (exponent << 64 | fraction).to_le_bytes();
        let one = 1u128 << 63;
        let load = |bytes| Exact::load(Opaque::LongDouble, &bytes).unwrap().to_f64();
        let of = |fraction| load(make(16383, fraction));
        assert_eq!(of(one), 1.0);
        assert_eq!(of(one + (1 << 10)), 1.0);
        assert_eq!(of(one + (1 << 10) + 1), 1.0 + f64::EPSILON);
        assert_eq!(of(one + (3 << 10)), 1.0 + 2.0 * f64::EPSILON);
        assert_eq!(load(make(32766, one)), f64::INFINITY);
        assert_eq!(load(make(1, one)), 0.0);
        // Halfway to the smallest double of all, and a little more.
        assert_eq!(load(make(16383 - 1075, one)), 0.0);
        assert_eq!(load(make(16383 - 1075, one + 1)), 5e-324);
    }

    #[test]
    fn integers_of_64_bits_are_exact_in_wide_floats() {
        for value in [i64::MIN, i64::MAX, -1, 0, 1, (1 << 53) + 1, -(1 << 62) - 1] {
            for opaque in [Opaque::LongDouble, Opaque::Float128] {
                let float = through(opaque, Exact::Signed(value as i128));
                assert_eq!(float.to_scalar(Scalar::I64), Loaded::Signed(value));
                assert_eq!(float.to_bits(true) as i128, value as i128);
            }
        }
        let most = through(Opaque::LongDouble, Exact::Unsigned(u64::MAX as u128));
        assert_eq!(most.to_scalar(Scalar::U64), Loaded::Unsigned(u64::MAX));
        assert_eq!(most.to_scalar(Scalar::I64), Loaded::Signed(i64::MIN));
        assert_eq!(most.to_loaded(), Loaded::Float(18446744073709551616.0));
    }

    #[test]
    fn integers_wrap_and_round() {
        let wide = Exact::Signed((5 << 64) - 3);
        assert_eq!(wide.to_scalar(Scalar::I64), Loaded::Signed(-3));
        assert_eq!(wide.to_scalar(Scalar::U64), Loaded::Unsigned(-3i64 as u64));
        assert_eq!(wide.to_scalar(Scalar::Bool), Loaded::Bool(true));
        assert_eq!(wide.to_f64(), ((5i128 << 64) - 3) as f64);
        assert_eq!(Exact::Unsigned(u128::MAX).to_scalar(Scalar::F32), Loaded::Float(u128::MAX as f32 as f64));
        // Twice rounded it would be a tie.
        let narrow = (1u128 << 100) + (1 << 76) + 1;
        assert_eq!(Exact::Unsigned(narrow).to_scalar(Scalar::F32), Loaded::Float(narrow as f32 as f64));
        assert_eq!(Exact::Unsigned(u64::MAX as u128).to_loaded(), Loaded::Unsigned(u64::MAX));
        assert_eq!(Exact::Signed(-1).store(Opaque::UInt128), Some([0xff; 16]));
        for value in [0.0, 0.9, -0.9, 1e30, -1e30, 1.7e38, -1.7014118346046923e38] {
            assert_eq!(double(value).to_bits(true) as i128, value as i128, "{value}");
        }
        assert_eq!(double(3e38).to_bits(false), 3e38 as u128);
        for value in [1.8e38, f64::NAN, f64::INFINITY, -1e300] {
            assert_eq!(double(value).to_bits(true) as i128, i128::MIN, "{value}");
        }
        assert_eq!(double(-1.0).to_bits(false), u128::MAX);
        assert_eq!(double(1e300).to_scalar(Scalar::I32), Loaded::Signed(i64::MIN));
        assert_eq!(double(f64::NAN).to_scalar(Scalar::Bool), Loaded::Bool(true));
        assert_eq!(double(-0.0).to_scalar(Scalar::Bool), Loaded::Bool(false));
    }
}
