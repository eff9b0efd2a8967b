//! What a numeral of LuaJIT stands for, and how another Lua has to spell it.

use super::Target;
use lunaffi_core::numeral::{self, Radix};
use std::borrow::Cow;

/// A numeral's value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Numeral {
    /// A number that is spelled as an integer.
    Integer(f64),
    /// Any other number.
    Float(f64),
    /// `LL`
    Signed(u64),
    /// `ULL`
    Unsigned(u64),
    /// `i`
    Imaginary(f64),
}

/// Splits a numeral into its radix, its digits and its suffix of letters.
fn split(text: &[u8]) -> (Radix, &[u8], &[u8]) {
    let (radix, digits) = Radix::split(text);
    let letters = digits.iter().rev().take_while(|&&b| matches!(b | 0x20, b'l' | b'u' | b'i')).count();
    let (digits, suffix) = digits.split_at(digits.len() - letters);
    (radix, digits, suffix)
}

/// The digits as an integer; none when 64 bits do not hold it.
fn integer(radix: Radix, digits: &[u8]) -> Option<u64> {
    numeral::integer(radix, digits)?.try_into().ok()
}

/// Digits with no suffix.
fn number(radix: Radix, digits: &[u8]) -> Option<Numeral> {
    let value = numeral::double(radix, digits)?;
    let exponent = if radix == Radix::Hexadecimal { b'p' } else { b'e' };
    let whole = radix == Radix::Binary || !digits.iter().any(|&b| b == b'.' || (b | 0x20 == exponent));
    Some(if whole { Numeral::Integer(value) } else { Numeral::Float(value) })
}

/// A numeral without the underscores that LuaJIT reads over, wherever they are.
fn plain(text: &[u8]) -> Cow<'_, [u8]> {
    if text.contains(&b'_') { text.iter().copied().filter(|&byte| byte != b'_').collect() } else { text.into() }
}

/// Reads a numeral; none when it is malformed.
pub fn scan(text: &[u8]) -> Option<Numeral> {
    let text = &*plain(text);
    let (radix, digits, suffix) = split(text);
    match suffix.to_ascii_lowercase().as_slice() {
        b"" => number(radix, digits),
        b"ll" => integer(radix, digits).map(Numeral::Signed),
        b"ull" | b"llu" => integer(radix, digits).map(Numeral::Unsigned),
        b"i" => match number(radix, digits)? {
            Numeral::Integer(value) | Numeral::Float(value) => Some(Numeral::Imaginary(value)),
            _ => None,
        },
        _ => None,
    }
}

/// It has binary digits or underscores, which only LuaJIT reads.
pub fn is_luajits(text: &[u8]) -> bool {
    text.contains(&b'_') || matches!(text, [b'0', b'b' | b'B', ..])
}

/// A float as every Lua reads it.
pub fn float_text(value: f64) -> String {
    if value.is_infinite() { "1e999".to_owned() } else { format!("{value:e}") }
}

/// An integer as a float.
pub fn decimal_text(value: f64) -> String {
    if value < 1e15 { format!("{value:.1}") } else { float_text(value) }
}

/// How to spell a number where the target does not read it as LuaJIT does: integers from 2^53 on are
/// floats there, hexadecimal fractions are younger than Lua 5.1, and binary digits are LuaJIT's own. So are
/// underscores, and of its newest versions.
pub fn respelled(text: &[u8], value: Numeral, target: Target) -> Option<String> {
    let underscores = text.contains(&b'_');
    let text = &*plain(text);
    let (radix, ..) = split(text);
    let (value, whole) = match value {
        Numeral::Integer(value) => (value, true),
        Numeral::Float(value) => (value, false),
        _ => return None,
    };
    const EXACT: f64 = 9007199254740992.0;
    let foreign = match radix {
        Radix::Binary => target != Target::LuaJit,
        Radix::Hexadecimal => !whole && target == Target::Lua51,
        _ => false,
    } || underscores;
    if whole && value >= EXACT && target.has_integers() {
        Some(float_text(value))
    } else if foreign {
        Some(if whole && value <= EXACT { format!("{value:.0}") } else { float_text(value) })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_luajit_reads() {
        let cases: &[(&str, Numeral)] = &[
            ("0", Numeral::Integer(0.0)),
            ("09", Numeral::Integer(9.0)),
            ("3.", Numeral::Float(3.0)),
            (".5", Numeral::Float(0.5)),
            ("1e3", Numeral::Float(1000.0)),
            ("1E-2", Numeral::Float(0.01)),
            ("0xff", Numeral::Integer(255.0)),
            ("0XA", Numeral::Integer(10.0)),
            ("0x.8", Numeral::Float(0.5)),
            ("0x1p4", Numeral::Float(16.0)),
            ("0xep1", Numeral::Float(28.0)),
            ("0x1P+2", Numeral::Float(4.0)),
            ("0x1p-1074", Numeral::Float(5e-324)),
            ("0x1p99999999999999999999", Numeral::Float(f64::INFINITY)),
            ("0x1p-99999999999999999999", Numeral::Float(0.0)),
            ("0x20000000000001", Numeral::Integer(9007199254740992.0)),
            ("0x20000000000003", Numeral::Integer(9007199254740996.0)),
            ("0x20000000000001000000000000001", Numeral::Integer(1.0384593717069658e34)),
            ("0b101", Numeral::Integer(5.0)),
            ("1_000_", Numeral::Integer(1000.0)),
            ("0_x_1__f", Numeral::Integer(31.0)),
            ("1_0._5e_+1_0", Numeral::Float(10.5e10)),
            ("1_0L_L", Numeral::Signed(10)),
            ("42LL", Numeral::Signed(42)),
            ("00012ll", Numeral::Signed(12)),
            ("0b11LL", Numeral::Signed(3)),
            ("0xffffffffffffffffLL", Numeral::Signed(u64::MAX)),
            ("18446744073709551615LL", Numeral::Signed(u64::MAX)),
            ("1ull", Numeral::Unsigned(1)),
            ("1uLl", Numeral::Unsigned(1)),
            ("1LLU", Numeral::Unsigned(1)),
            ("2I", Numeral::Imaginary(2.0)),
            ("0x1.8i", Numeral::Imaginary(1.5)),
            ("0b1i", Numeral::Imaginary(1.0)),
            (".5i", Numeral::Imaginary(0.5)),
            ("1e400i", Numeral::Imaginary(f64::INFINITY)),
        ];
        for (text, value) in cases {
            assert_eq!(scan(text.as_bytes()), Some(*value), "{text}");
        }
    }

    #[test]
    fn refuses_what_luajit_refuses() {
        for text in [
            "18446744073709551616LL",
            "0x1ffffffffffffffffLL",
            "1.5LL",
            "1e3LL",
            "1LLi",
            "0b12",
            "0b2",
            "1e",
            "0x",
            "1L",
            "1U",
            "5.LL",
            "3..2",
            "0x1p",
            "0x1p+",
            "1LLL",
            "1iLL",
            "1ii",
            "0b",
            "0x.",
            "1e5.5",
            "0x1.8.1",
            "1x",
            "0x1p4p4",
            "infinity",
            "nan",
            "1e+-5",
            "0xg",
            "ULL",
            "0b1.1",
            "0x1p1.5",
            "0x1p--5",
        ] {
            assert_eq!(scan(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn respells_for_other_luas() {
        let spell = |text: &str, target| respelled(text.as_bytes(), scan(text.as_bytes()).unwrap(), target);
        assert_eq!(spell("0b101", Target::Lua54).as_deref(), Some("5"));
        assert_eq!(spell("0b101", Target::LuaJit), None);
        assert_eq!(spell("1_000", Target::Lua54).as_deref(), Some("1000"));
        assert_eq!(spell("1_0.5", Target::LuaJit).as_deref(), Some("1.05e1"));
        assert_eq!(spell("0x1.8p1", Target::Lua51).as_deref(), Some("3e0"));
        assert_eq!(spell("0x1.8p1", Target::Lua52), None);
        assert_eq!(spell("0xffffffffffffffff", Target::Lua53).as_deref(), Some("1.8446744073709552e19"));
        assert_eq!(spell("0xffffffffffffffff", Target::Lua51), None);
        assert_eq!(spell("9007199254740993", Target::Lua54).as_deref(), Some("9.007199254740992e15"));
        assert_eq!(spell("9007199254740991", Target::Lua54), None);
        assert_eq!(spell("9007199254740993", Target::Lua52), None);
        assert_eq!(spell("1e400", Target::Lua54), None);
        assert_eq!(float_text(f64::INFINITY), "1e999");
    }
}
