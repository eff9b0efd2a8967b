//! Numbers as text spells them, in C, in Lua and in strings: their digits read exactly, and rounded once
//! to the nearest value of the type asked for, ties to even. Which suffixes there are, and what they
//! mean, is the business of each language's own lexer.
#![forbid(unsafe_code)]

use crate::wide_number::{Float, FloatType};

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

    /// The nearest value of a type to digits that stand for bits.
    fn binary(&self, ty: FloatType) -> Option<Float> {
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
        Float::parse(&format!("0x{:x}p{}", value | lost as u128, within(exponent)), ty)
    }

    /// The nearest value of a type to decimal digits.
    fn decimal(&self, ty: FloatType) -> Option<Float> {
        let mut digits: String =
            self.digits().skip_while(|&digit| digit == 0).filter_map(|digit| char::from_digit(digit, 10)).collect();
        let mut exponent = self.exponent - self.fraction.len() as i64;
        if digits.len() > MAX_DIGITS {
            exponent += (digits.len() - MAX_DIGITS) as i64;
            let lost = digits.split_off(MAX_DIGITS).bytes().any(|digit| digit != b'0');
            digits.push(if lost { '1' } else { '0' });
            exponent -= 1;
        }
        Float::parse(&format!("0{digits}e{}", within(exponent)), ty)
    }
}

/// An exponent as near to zero as makes no difference.
fn within(exponent: i64) -> i64 {
    const FAR: i64 = 1 << 20;
    exponent.clamp(-FAR, FAR)
}

/// No number halfway between two values of any type has more digits.
const MAX_DIGITS: usize = 12_000;

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
    if radix == Radix::Decimal { parts.decimal(ty) } else { parts.binary(ty) }
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
    use crate::ctype::ExtendedNumber;
    use crate::wide_number::WideNumber;

    #[track_caller]
    fn double_of(text: &str) -> f64 {
        let (radix, digits) = Radix::split(text.as_bytes());
        double(radix, digits).unwrap_or_else(|| panic!("{text}"))
    }

    fn bytes(text: &str, ty: FloatType, extended: ExtendedNumber) -> u128 {
        let (radix, digits) = Radix::split(text.as_bytes());
        let value = float(radix, digits, ty).unwrap_or_else(|| panic!("{text}"));
        u128::from_le_bytes(WideNumber::Float(value).store(extended).unwrap())
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
            let parts = Parts::of(Radix::Decimal, text.as_bytes()).unwrap();
            let ours = |ty| parts.decimal(ty).unwrap().to_f64();
            let (ours, theirs) = (ours(FloatType::Double), text.parse::<f64>().unwrap());
            assert_eq!(ours.to_bits(), theirs.to_bits(), "{text} as a double");
            let ours = |ty| parts.decimal(ty).unwrap().to_f64();
            let (ours, theirs) = (ours(FloatType::Single), text.parse::<f32>().unwrap());
            assert_eq!(ours, theirs as f64, "{text} as a float");
        }
    }

    /// The values of gcc for the types that Rust has not, and its arithmetic.
    #[test]
    fn wide_numbers_have_their_own_precision() {
        let quad = |text| bytes(text, FloatType::Quad, ExtendedNumber::Float128);
        assert_eq!(quad("0.1"), 0x3ffb_9999_9999_9999_9999_9999_9999_999a);
        assert_eq!(quad("3.14159265358979323846264338327950288"), 0x4000_921f_b544_42d1_8469_898c_c517_01b8);
        assert_eq!(quad("1e5000"), 0x7fff << 112);
        assert_eq!(quad("6.475175119438025110924438958227646552e-4966"), 1);
        assert_eq!(quad("1e-5000"), 0);
    }
}
