//! Numbers as text spells them, in C, in Lua and in strings: their digits read exactly, and rounded once
//! to the nearest value of the type asked for, ties to even. Which suffixes there are, and what they
//! mean, is the business of each language's own lexer.
#![forbid(unsafe_code)]

use crate::extended::{Float, FloatType};

/// What the digits of a number are digits of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Radix {
    /// `0b101`
    Binary,
    /// `0777`, in C
    Octal,
    /// `12`, `1.5e3`
    Decimal,
    /// `0xff`, `0x1.8p3`
    Hexadecimal,
}

impl Radix {
    /// How many digits there are.
    pub const fn value(self) -> u32 {
        match self {
            Radix::Binary => 2,
            Radix::Octal => 8,
            Radix::Decimal => 10,
            Radix::Hexadecimal => 16,
        }
    }

    /// Takes the prefix off a number. (C's octal numbers have none of their own.)
    pub fn split(text: &[u8]) -> (Radix, &[u8]) {
        match text {
            [b'0', b'x' | b'X', rest @ ..] => (Radix::Hexadecimal, rest),
            [b'0', b'b' | b'B', rest @ ..] => (Radix::Binary, rest),
            _ => (Radix::Decimal, text),
        }
    }

    fn digit(self, byte: u8) -> Option<u32> {
        (byte as char).to_digit(self.value())
    }

    /// The letter in front of an exponent.
    const fn exponent(self) -> Option<u8> {
        match self {
            Radix::Decimal => Some(b'e'),
            Radix::Hexadecimal => Some(b'p'),
            _ => None,
        }
    }
}

/// An integer's value; `None` when a byte is no digit, there are none, or 128 bits do not hold it.
pub fn integer(radix: Radix, digits: &[u8]) -> Option<u128> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u128, |value, &byte| {
        value.checked_mul(radix.value() as u128)?.checked_add(radix.digit(byte)? as u128)
    })
}

/// A floating-point number's digits without a sign: the integer part, the fraction, and the exponent.
struct Parts<'a> {
    radix: Radix,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

/// No exponent that is farther from zero makes a difference, whatever the number of digits.
const MAX_EXPONENT: i64 = 1 << 40;

impl<'a> Parts<'a> {
    fn of(radix: Radix, text: &'a [u8]) -> Option<Parts<'a>> {
        let at = text.iter().position(|&byte| Some(byte | 0x20) == radix.exponent());
        let (mantissa, exponent) = match at {
            Some(at) => (&text[..at], exponent(&text[at + 1..])?),
            None => (text, 0),
        };
        let (whole, fraction) = match mantissa.iter().position(|&byte| byte == b'.') {
            Some(point) if radix.exponent().is_some() => (&mantissa[..point], &mantissa[point + 1..]),
            Some(_) => return None,
            None => (mantissa, &mantissa[..0]),
        };
        let fine = whole.iter().chain(fraction).all(|&byte| radix.digit(byte).is_some());
        (fine && whole.len() + fraction.len() > 0).then_some(Parts { radix, whole, fraction, exponent })
    }

    fn digits(&self) -> impl Iterator<Item = u32> + Clone {
        self.whole.iter().chain(self.fraction).map(|&byte| self.radix.digit(byte).unwrap_or(0))
    }

    /// The value of digits that stand for bits.
    fn binary(&self) -> Float {
        let bits = self.radix.value().trailing_zeros() as i64;
        let mut exponent = self.exponent - bits * self.fraction.len() as i64;
        let (mut value, mut lost) = (0u128, false);
        for digit in self.digits() {
            if value >> 120 == 0 {
                value = value << bits | digit as u128;
            } else {
                lost |= digit != 0;
                exponent += bits;
            }
        }
        // What was cut off decides only whether a tie is one.
        Float::scaled(value | lost as u128, exponent)
    }

    /// The value of decimal digits: an integer multiplied with, or divided by, a power of five, of which
    /// the first bits count.
    fn decimal(&self) -> Float {
        let digits = self.digits().skip_while(|&digit| digit == 0);
        let count = digits.clone().count();
        let mut exponent = self.exponent - self.fraction.len() as i64;
        // The power of ten below which the number is.
        let magnitude = exponent + count as i64;
        if count == 0 || magnitude < -MAX_DECIMAL {
            return Float::scaled(0, 0);
        }
        if magnitude > MAX_DECIMAL {
            return Float::INFINITY;
        }
        let mut number = Big(Vec::new());
        let mut lost = false;
        for (position, digit) in digits.enumerate() {
            if position < MAX_DIGITS {
                number.multiply(10, digit as u64);
            } else {
                lost |= digit != 0;
                exponent += 1;
            }
        }
        let mut shift = exponent;
        for step in steps(exponent.max(0) as u64) {
            number.multiply(step, 0);
        }
        let divided = exponent.min(0).unsigned_abs();
        // So many bits more that what is left has all that count.
        let limbs = (divided * 3).div_ceil(64) as usize + 3;
        if divided > 0 {
            number.0.splice(0..0, std::iter::repeat_n(0, limbs));
            shift -= limbs as i64 * 64;
            for step in steps(divided) {
                lost |= number.divide(step) != 0;
            }
        }
        let (value, rest, bits) = number.top();
        Float::scaled(value | (lost || rest) as u128, shift + bits)
    }
}

/// Numbers that are farther from one than that power of ten are infinite or zero in every type.
const MAX_DECIMAL: i64 = 5100;

/// No number halfway between two values of any type has more digits.
const MAX_DIGITS: usize = 12_000;

/// The largest power of five in a limb.
const FIVES: (u64, u64) = (27, 5u64.pow(27));

/// A power of five as factors of one limb.
fn steps(power: u64) -> impl Iterator<Item = u64> {
    let whole = std::iter::repeat_n(FIVES.1, (power / FIVES.0) as usize);
    whole.chain(std::iter::once(5u64.pow((power % FIVES.0) as u32)))
}

/// A natural number of any size: limbs of 64 bits, the lowest first.
struct Big(Vec<u64>);

impl Big {
    fn multiply(&mut self, factor: u64, summand: u64) {
        let mut carry = summand as u128;
        for limb in &mut self.0 {
            carry += *limb as u128 * factor as u128;
            *limb = carry as u64;
            carry >>= 64;
        }
        if carry != 0 {
            self.0.push(carry as u64);
        }
    }

    /// Divides it; the result is the remainder.
    fn divide(&mut self, divisor: u64) -> u64 {
        let mut rest = 0u128;
        for limb in self.0.iter_mut().rev() {
            rest = rest << 64 | *limb as u128;
            *limb = (rest / divisor as u128) as u64;
            rest %= divisor as u128;
        }
        rest as u64
    }

    /// The first 128 bits, whether any bit below them is set, and how many these are.
    fn top(mut self) -> (u128, bool, i64) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        let mut limbs = self.0.iter().rev();
        let mut value = 0u128;
        let (mut bits, mut lost) = (self.0.len() as i64 * 64, false);
        for &limb in &mut limbs {
            let room = value.leading_zeros().min(64);
            bits -= room as i64;
            // The upper part of the limb, as much of it as has room.
            value = (value << room) | (limb as u128) << room >> 64;
            if room < 64 {
                lost = limb << room != 0;
                break;
            }
        }
        lost |= limbs.any(|&limb| limb != 0);
        (value, lost, bits)
    }
}

/// An exponent, which has digits and may have a sign.
fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let value = digits
        .iter()
        .try_fold(0i64, |value, &byte| Some((value * 10 + Radix::Decimal.digit(byte)? as i64).min(MAX_EXPONENT)))?;
    Some(if negative { -value } else { value })
}

/// A number with or without a point and an exponent, as that type has it; `None` when it is malformed.
pub fn float(radix: Radix, text: &[u8], ty: FloatType) -> Option<Float> {
    let parts = Parts::of(radix, text)?;
    let exact = if radix == Radix::Decimal { parts.decimal() } else { parts.binary() };
    Some(exact.rounded_to(ty))
}

/// The same as a `double`.
pub fn double(radix: Radix, text: &[u8]) -> Option<f64> {
    if radix == Radix::Decimal {
        // Rust rounds correctly, too, and faster; but it reads more than numbers.
        Parts::of(radix, text)?;
        return std::str::from_utf8(text).ok()?.parse().ok();
    }
    float(radix, text, FloatType::Double).map(Float::to_f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctype::Opaque;
    use crate::extended::Exact;

    #[track_caller]
    fn double_of(text: &str) -> f64 {
        let (radix, digits) = Radix::split(text.as_bytes());
        double(radix, digits).unwrap_or_else(|| panic!("{text}"))
    }

    fn bytes(text: &str, ty: FloatType, opaque: Opaque) -> u128 {
        let (radix, digits) = Radix::split(text.as_bytes());
        let value = float(radix, digits, ty).unwrap_or_else(|| panic!("{text}"));
        u128::from_le_bytes(Exact::Float(value).store(opaque).unwrap())
    }

    #[test]
    fn hexadecimal_floats_are_rounded_once() {
        for (text, value) in [
            ("0x1p-1074", 5e-324),
            ("0x1p-1075", 0.0),
            ("0x1.000001p-1075", 5e-324),
            ("0x1.8p-1074", 1e-323),
            ("0x1.8p-1023", 1.668805393880401e-308),
            ("0x1.000000000000080000001p0", 1.0000000000000002),
            ("0x1.00000000000008p0", 1.0),
            ("0x1.00000000000018p0", 1.0000000000000004),
            ("0x0.0000000000001p-1022", 5e-324),
            ("0x1.fffffffffffff8p1023", f64::INFINITY),
            ("0x1.fffffffffffff7ffffffffffffffffffffffffffffffp1023", f64::MAX),
            ("0x1p1024", f64::INFINITY),
            ("0x1p99999999999999999999", f64::INFINITY),
            ("0x1p-99999999999999999999", 0.0),
            ("0x0p99999999999999999999", 0.0),
            ("0x.8p1", 1.0),
            ("0x8.p-3", 1.0),
            ("0x20000000000001000000000000001", 1.0384593717069658e34),
            ("0b101", 5.0),
        ] {
            assert_eq!(double_of(text).to_bits(), value.to_bits(), "{text}: {}", double_of(text));
        }
        let zeros = "0".repeat(100_000);
        assert_eq!(double_of(&format!("0x1{zeros}p-400000")), 1.0);
        assert_eq!(double_of(&format!("0x.{zeros}1p400004")), 1.0);
        assert_eq!(double_of(&format!("1{zeros}e-100000")), 1.0);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", ".", "e1", "1e", "1e+", "1e+-1", "1.2.3", "1x", "inf", "nan", "0x", "0x.", "0x1p", "0x1.8.1p1"]
        {
            let (radix, digits) = Radix::split(text.as_bytes());
            assert_eq!(double(radix, digits), None, "{text}");
            assert_eq!(float(radix, digits, FloatType::Long), None, "{text}");
        }
        assert_eq!(double(Radix::Binary, b"1.1"), None);
        assert_eq!(integer(Radix::Octal, b"8"), None);
        assert_eq!(integer(Radix::Decimal, b""), None);
        assert_eq!(integer(Radix::Hexadecimal, &[b'f'; 33]), None);
        assert_eq!(integer(Radix::Hexadecimal, &[b'f'; 32]), Some(u128::MAX));
    }

    /// A sequence of numbers without a pattern.
    fn random(seed: u64) -> impl FnMut() -> u64 {
        let mut state = seed;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        }
    }

    #[test]
    fn decimals_are_what_rust_makes_of_them() {
        let mut next = random(0x9e3779b97f4a7c15);
        let mut texts: Vec<String> =
            ["0", "0.0", "1e400", "1e-400", "9007199254740993", "2.2250738585072011e-308"].map(String::from).to_vec();
        for _ in 0..3000 {
            let value = f64::from_bits(next());
            if value.is_finite() {
                texts.push(format!("{:e}", value.abs()));
            }
            texts.push(format!("{}.{}e{}", next(), next(), next() as i64 % 340));
            texts.push(format!("{}e{}", next() >> (next() % 64), next() as i64 % 60));
        }
        // The halfway points between neighbours, and what is just beside them.
        for _ in 0..300 {
            let value = f64::from_bits(next() & !(1 << 63) | 1 << 62 & next());
            if !value.is_finite() || value.to_bits() & (1 << 63) != 0 {
                continue;
            }
            let digits = format!("{value:.1100}");
            texts.push(digits.clone());
            texts.push(format!("{digits}5"));
        }
        for text in texts {
            let exact = Parts::of(Radix::Decimal, text.as_bytes()).unwrap().decimal();
            let (ours, theirs) = (exact.rounded_to(FloatType::Double).to_f64(), text.parse::<f64>().unwrap());
            assert_eq!(ours.to_bits(), theirs.to_bits(), "{text} as a double");
            let (ours, theirs) = (exact.rounded_to(FloatType::Single).to_f64(), text.parse::<f32>().unwrap());
            assert_eq!(ours, theirs as f64, "{text} as a float");
        }
    }

    /// The values of gcc for the types that Rust has not, and its arithmetic.
    #[test]
    fn wide_numbers_have_their_own_precision() {
        let quad = |text| bytes(text, FloatType::Quad, Opaque::Float128);
        assert_eq!(quad("0.1"), 0x3ffb_9999_9999_9999_9999_9999_9999_999a);
        assert_eq!(quad("3.14159265358979323846264338327950288"), 0x4000_921f_b544_42d1_8469_898c_c517_01b8);
        assert_eq!(quad("1e5000"), 0x7fff << 112);
        assert_eq!(quad("6.475175119438025110924438958227646552e-4966"), 1);
        assert_eq!(quad("1e-5000"), 0);
    }
}
