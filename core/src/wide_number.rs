//! Numbers beyond the primitives: 128-bit integers, and floating-point types that are wider or narrower
//! than `float` and `double`: C's `long double` (80 bits on x86, 128 on other 64-bit machines),
//! `__float128`, `_Float16`, `__bf16`. All of them can be any other number, rounded once to the nearest
//! (ties to even), or wrapped, as C does it.

use crate::ctype::ExtendedNumber;
use crate::scalar::{Class, Scalar, ScalarValue};
use rustc_apfloat::{self as apfloat, Float as _, FloatConvert, Round, Status, ieee};

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
    pub fn of_opaque(extended: ExtendedNumber) -> Option<FloatType> {
        match extended {
            ExtendedNumber::LongDouble => Some(FloatType::Long),
            ExtendedNumber::Float128 => Some(FloatType::Quad),
            ExtendedNumber::Float16 => Some(FloatType::Half),
            ExtendedNumber::BFloat16 => Some(FloatType::Brain),
            _ => None,
        }
    }
}

/// Evaluates an expression with `$format` as the format of a floating-point type.
macro_rules! with_format {
    ($ty:expr, $format:ident => $result:expr) => {
        match $ty {
            FloatType::Brain => with_format!(@ BFloat, $format => $result),
            FloatType::Half => with_format!(@ Half, $format => $result),
            FloatType::Single => with_format!(@ Single, $format => $result),
            FloatType::Double => with_format!(@ Double, $format => $result),
            FloatType::Long if cfg!(target_arch = "x86_64") => with_format!(@ X87DoubleExtended, $format => $result),
            FloatType::Long | FloatType::Quad => with_format!(@ Quad, $format => $result),
        }
    };
    (@ $name:ident, $format:ident => $result:expr) => {{
        type $format = ieee::$name;
        $result
    }};
}

impl ExtendedNumber {
    /// Whether it is a floating-point type with values.
    pub fn is_float(self) -> bool {
        FloatType::of_opaque(self).is_some()
    }

    /// Bits of an integer type, and whether one of them is a sign; `None` for any other type.
    pub fn integer(self) -> Option<(u32, bool)> {
        match self {
            ExtendedNumber::Int128 => Some((128, true)),
            ExtendedNumber::UInt128 => Some((128, false)),
            ExtendedNumber::BitInt(bits) => Some((bits as u32, true)),
            ExtendedNumber::UnsignedBitInt(bits) => Some((bits as u32, false)),
            _ => None,
        }
    }

    /// Whether it is an integer type.
    pub fn is_integer(self) -> bool {
        self.integer().is_some()
    }

    /// Whether it is an integer type with a sign.
    pub fn is_signed(self) -> bool {
        matches!(self.integer(), Some((_, true)))
    }

    /// The primitive that has as many bytes as an integer type, if there is one.
    pub fn container(self) -> Option<Scalar> {
        let (_, signed) = self.integer()?;
        Some(match (self.size(), signed) {
            (1, true) => Scalar::I8,
            (1, false) => Scalar::U8,
            (2, true) => Scalar::I16,
            (2, false) => Scalar::U16,
            (4, true) => Scalar::I32,
            (4, false) => Scalar::U32,
            (8, true) => Scalar::I64,
            (8, false) => Scalar::U64,
            _ => return None,
        })
    }

    /// The primitive as which its values are read, if one holds them all, or floats as near as they come.
    pub fn read_as(self) -> Option<Scalar> {
        if self.is_float() { Some(Scalar::F64) } else { self.container() }
    }
}

/// A number that any of the types may have, exactly.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum WideNumber {
    /// Of a type with a sign.
    Signed(i128),
    /// Of a type without.
    Unsigned(u128),
    /// Of a floating-point type.
    Float(Float),
}

/// A floating-point number: as a quad, which holds the values of every other type.
#[derive(Clone, Copy, Debug)]
pub struct Float(ieee::Quad);

/// Numbers are equal when their bits are: zeros have a sign, and no number is one.
impl PartialEq for Float {
    fn eq(&self, other: &Float) -> bool {
        self.0.bitwise_eq(other.0)
    }
}

/// A number in another format, rounded to the nearest.
fn converted<From: FloatConvert<To>, To: apfloat::Float>(number: From) -> To {
    number.convert_r(Round::NearestTiesToEven, &mut false).value
}

impl From<ScalarValue> for WideNumber {
    fn from(value: ScalarValue) -> WideNumber {
        match value {
            ScalarValue::Bool(value) => WideNumber::Unsigned(value as u128),
            ScalarValue::Signed(value) => WideNumber::Signed(value as i128),
            ScalarValue::Unsigned(value) => WideNumber::Unsigned(value as u128),
            ScalarValue::Float(value) => WideNumber::Float(value.into()),
        }
    }
}

impl From<f64> for Float {
    fn from(value: f64) -> Float {
        Float::from_bits(FloatType::Double, value.to_bits() as u128)
    }
}

impl std::ops::Neg for Float {
    type Output = Float;

    fn neg(self) -> Float {
        Float(-self.0)
    }
}

impl Float {
    /// The value of those bits of that type.
    fn from_bits(ty: FloatType, bits: u128) -> Float {
        Float(with_format!(ty, Format => converted(Format::from_bits(bits))))
    }

    /// The bits of the nearest value of that type.
    fn to_bits(self, ty: FloatType) -> u128 {
        with_format!(ty, Format => converted::<_, Format>(self.0).to_bits())
    }

    /// The value of that type that is nearest to the number that a text spells: decimal, or hexadecimal with an
    /// exponent. `None` for any other text.
    pub fn parse(text: &str, ty: FloatType) -> Option<Float> {
        let number = with_format!(ty, Format => {
            converted(Format::from_str_r(text, Round::NearestTiesToEven).ok()?.value)
        });
        Some(Float(number))
    }

    /// The value of that type that is nearest to an integer.
    pub fn from_integer(value: i128, ty: FloatType) -> Float {
        Float(with_format!(ty, Format => converted(Format::from_i128_r(value, Round::NearestTiesToEven).value)))
    }

    fn from_unsigned(value: u128, ty: FloatType) -> Float {
        Float(with_format!(ty, Format => converted(Format::from_u128_r(value, Round::NearestTiesToEven).value)))
    }

    /// The nearest value of that type.
    pub fn rounded_to(self, ty: FloatType) -> Float {
        Float(with_format!(ty, Format => converted(converted::<_, Format>(self.0))))
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        f64::from_bits(self.to_bits(FloatType::Double) as u64)
    }

    /// Returns true for a zero of either sign.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// As an integer of 128 bits: a fraction is cut off, what has no value is the smallest.
    pub fn to_integer(self) -> i128 {
        self.wrapped(true, 128) as i128
    }

    /// The result of an operator on two numbers of that type.
    pub fn operate(self, operator: Arithmetic, other: Float, ty: FloatType) -> Float {
        Float(with_format!(ty, Format => {
            let (a, b) = (converted::<_, Format>(self.0), converted::<_, Format>(other.0));
            converted(match operator {
                Arithmetic::Add => a + b,
                Arithmetic::Subtract => a - b,
                Arithmetic::Multiply => a * b,
                Arithmetic::Divide => a / b,
            }
            .value)
        }))
    }

    /// The order of two numbers.
    pub fn compare(self, other: Float) -> Option<std::cmp::Ordering> {
        self.0.partial_cmp(&other.0)
    }

    /// The integer part, wrapped to what both readings of so many bits hold. A number out of their range is the
    /// smallest one, as on x86.
    fn wrapped(self, signed: bool, bits: u32) -> u128 {
        let (value, status) = if signed || self.0.is_negative() {
            let integer = self.0.to_i128_r(bits as usize, Round::TowardZero, &mut false);
            (integer.value as u128, integer.status)
        } else {
            let integer = self.0.to_u128_r(bits as usize, Round::TowardZero, &mut false);
            (integer.value, integer.status)
        };
        if status.contains(Status::INVALID_OP) { 1 << (bits - 1) } else { value }
    }
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

impl WideNumber {
    /// The value that the first bytes hold; `None` for a type that has no values.
    pub fn load(extended: ExtendedNumber, bytes: &[u8; 16]) -> Option<WideNumber> {
        let bits = u128::from_le_bytes(*bytes);
        match extended.integer() {
            Some((width, true)) => Some(WideNumber::Signed((bits << (128 - width)) as i128 >> (128 - width))),
            Some((width, false)) => Some(WideNumber::Unsigned(bits << (128 - width) >> (128 - width))),
            None if extended.size() == 2 => {
                FloatType::of_opaque(extended).map(|ty| WideNumber::Float(Float::from_bits(ty, bits & 0xffff)))
            }
            None => FloatType::of_opaque(extended).map(|ty| WideNumber::Float(Float::from_bits(ty, bits))),
        }
    }

    /// The bytes of a value of that type, of which it has the first; `None` for a type that has no values.
    pub fn store(self, extended: ExtendedNumber) -> Option<[u8; 16]> {
        let bits = match extended.integer() {
            // The bits above it are those of the sign, or zero, as compilers leave them.
            Some((width, true)) => ((self.to_bits(true) << (128 - width)) as i128 >> (128 - width)) as u128,
            Some((width, false)) => self.to_bits(false) << (128 - width) >> (128 - width),
            None => {
                let ty = FloatType::of_opaque(extended)?;
                self.to_float(ty).to_bits(ty)
            }
        };
        Some(bits.to_le_bytes())
    }

    /// As a 128-bit integer.
    pub fn to_bits(self, signed: bool) -> u128 {
        match self {
            WideNumber::Signed(value) => value as u128,
            WideNumber::Unsigned(value) => value,
            WideNumber::Float(value) => value.wrapped(signed, 128),
        }
    }

    /// The nearest value of that type.
    fn to_float(self, ty: FloatType) -> Float {
        match self {
            WideNumber::Signed(value) => Float::from_integer(value, ty),
            WideNumber::Unsigned(value) => Float::from_unsigned(value, ty),
            WideNumber::Float(value) => value.rounded_to(ty),
        }
    }

    fn is_zero(self) -> bool {
        match self {
            WideNumber::Signed(value) => value == 0,
            WideNumber::Unsigned(value) => value == 0,
            WideNumber::Float(value) => value.is_zero(),
        }
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        self.to_float(FloatType::Double).to_f64()
    }

    /// What becomes the same value as that type as this does.
    pub fn to_scalar(self, scalar: Scalar) -> ScalarValue {
        let integer = |signed| match self {
            WideNumber::Signed(value) => value as u64,
            WideNumber::Unsigned(value) => value as u64,
            WideNumber::Float(value) => value.wrapped(signed, 64) as u64,
        };
        match scalar.class() {
            Class::Bool => ScalarValue::Bool(!self.is_zero()),
            Class::Unsigned if scalar.size() == 8 => ScalarValue::Unsigned(integer(false)),
            Class::Signed | Class::Unsigned => ScalarValue::Signed(integer(true) as i64),
            Class::Float if scalar == Scalar::F32 => ScalarValue::Float(self.to_float(FloatType::Single).to_f64()),
            Class::Float => ScalarValue::Float(self.to_f64()),
        }
    }

    /// As a primitive of the greatest width: an integer where that is exact, else the nearest double.
    pub fn to_loaded(self) -> ScalarValue {
        match self {
            WideNumber::Signed(value) => match (i64::try_from(value), u64::try_from(value)) {
                (Ok(value), _) => ScalarValue::Signed(value),
                (_, Ok(value)) => ScalarValue::Unsigned(value),
                _ => ScalarValue::Float(self.to_f64()),
            },
            WideNumber::Unsigned(value) => match u64::try_from(value) {
                Ok(value) => ScalarValue::Unsigned(value),
                Err(_) => ScalarValue::Float(self.to_f64()),
            },
            WideNumber::Float(_) => ScalarValue::Float(self.to_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOATS: [ExtendedNumber; 4] =
        [ExtendedNumber::LongDouble, ExtendedNumber::Float128, ExtendedNumber::Float16, ExtendedNumber::BFloat16];

    fn double(value: f64) -> WideNumber {
        ScalarValue::Float(value).into()
    }

    fn through(extended: ExtendedNumber, number: WideNumber) -> WideNumber {
        WideNumber::load(extended, &number.store(extended).unwrap()).unwrap()
    }

    #[test]
    fn doubles_come_back_from_wider_types() {
        let values = [0.0, -0.0, 1.0, -1.5, 0.1, 1e300, -1e-300, 5e-324, f64::MIN_POSITIVE, f64::MAX, f64::INFINITY];
        for extended in [ExtendedNumber::LongDouble, ExtendedNumber::Float128] {
            for value in values {
                assert_eq!(through(extended, double(value)).to_f64().to_bits(), value.to_bits(), "{value}");
            }
            assert!(through(extended, double(f64::NAN)).to_f64().is_nan());
        }
        for extended in FLOATS {
            for value in [0.0, -0.0, 1.0, -1.5, 0.0625, 1024.0, f64::INFINITY, f64::NEG_INFINITY] {
                assert_eq!(through(extended, double(value)).to_f64().to_bits(), value.to_bits(), "{value}");
            }
            assert!(through(extended, double(-f64::NAN)).to_f64().is_nan());
        }
        assert_eq!(WideNumber::load(ExtendedNumber::Decimal64, &[0; 16]), None);
        assert_eq!(double(1.0).store(ExtendedNumber::ComplexFloat16), None);
    }

    #[test]
    fn all_floats_and_halves_come_back() {
        for bits in 0..=u16::MAX {
            let mut bytes = [0xee; 16];
            bytes[..2].copy_from_slice(&bits.to_le_bytes());
            for extended in [ExtendedNumber::Float16, ExtendedNumber::BFloat16] {
                let value = WideNumber::load(extended, &bytes).unwrap();
                let again = double(value.to_f64()).store(extended).unwrap();
                let again = u16::from_le_bytes([again[0], again[1]]);
                assert!(again == bits || value.to_f64().is_nan(), "{extended:?} {bits:#x} {again:#x}");
            }
            // A brain float is the upper half of a float.
            let single = f32::from_bits((bits as u32) << 16);
            let brain = WideNumber::load(ExtendedNumber::BFloat16, &bytes).unwrap().to_f64();
            assert!(brain == single as f64 || brain.is_nan() && single.is_nan(), "{bits:#x}");
            let value = f64::from(f32::from_bits((bits as u32) << 16 | 0x5a5a));
            assert!(
                double(value).to_scalar(Scalar::F32) == ScalarValue::Float(value) || value.is_nan(),
                "{value} as a float"
            );
        }
    }

    #[test]
    fn halves_are_rounded_once_to_the_nearest_even() {
        let half = |value: f64| {
            u16::from_le_bytes(double(value).store(ExtendedNumber::Float16).unwrap()[..2].try_into().unwrap())
        };
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
        let load = |bytes| WideNumber::load(ExtendedNumber::LongDouble, &bytes).unwrap().to_f64();
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
            for extended in [ExtendedNumber::LongDouble, ExtendedNumber::Float128] {
                let float = through(extended, WideNumber::Signed(value as i128));
                assert_eq!(float.to_scalar(Scalar::I64), ScalarValue::Signed(value));
                assert_eq!(float.to_bits(true) as i128, value as i128);
            }
        }
        let most = through(ExtendedNumber::LongDouble, WideNumber::Unsigned(u64::MAX as u128));
        assert_eq!(most.to_scalar(Scalar::U64), ScalarValue::Unsigned(u64::MAX));
        assert_eq!(most.to_scalar(Scalar::I64), ScalarValue::Signed(i64::MIN));
        assert_eq!(most.to_loaded(), ScalarValue::Float(18446744073709551616.0));
    }

    #[test]
    fn integers_wrap_and_round() {
        let wide = WideNumber::Signed((5 << 64) - 3);
        assert_eq!(wide.to_scalar(Scalar::I64), ScalarValue::Signed(-3));
        assert_eq!(wide.to_scalar(Scalar::U64), ScalarValue::Unsigned(-3i64 as u64));
        assert_eq!(wide.to_scalar(Scalar::Bool), ScalarValue::Bool(true));
        assert_eq!(wide.to_f64(), ((5i128 << 64) - 3) as f64);
        assert_eq!(WideNumber::Unsigned(u128::MAX).to_scalar(Scalar::F32), ScalarValue::Float(u128::MAX as f32 as f64));
        // Twice rounded it would be a tie.
        let narrow = (1u128 << 100) + (1 << 76) + 1;
        assert_eq!(WideNumber::Unsigned(narrow).to_scalar(Scalar::F32), ScalarValue::Float(narrow as f32 as f64));
        assert_eq!(WideNumber::Unsigned(u64::MAX as u128).to_loaded(), ScalarValue::Unsigned(u64::MAX));
        assert_eq!(WideNumber::Signed(-1).store(ExtendedNumber::UInt128), Some([0xff; 16]));
        for value in [0.0, 0.9, -0.9, 1e30, -1e30, 1.7e38, -1.7014118346046923e38] {
            assert_eq!(double(value).to_bits(true) as i128, value as i128, "{value}");
        }
        assert_eq!(double(3e38).to_bits(false), 3e38 as u128);
        for value in [1.8e38, f64::NAN, f64::INFINITY, -1e300] {
            assert_eq!(double(value).to_bits(true) as i128, i128::MIN, "{value}");
        }
        assert_eq!(double(-1.0).to_bits(false), u128::MAX);
        assert_eq!(double(1e300).to_scalar(Scalar::I32), ScalarValue::Signed(i64::MIN));
        assert_eq!(double(f64::NAN).to_scalar(Scalar::Bool), ScalarValue::Bool(true));
        assert_eq!(double(-0.0).to_scalar(Scalar::Bool), ScalarValue::Bool(false));
    }
}
