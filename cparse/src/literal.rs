//! Constants as C spells them: integers, floating-point numbers, characters, strings.

use super::lexer::Kind;
use lunaffi_core::ctype::ExtendedNumber;
use lunaffi_core::numeral::{self, Radix};
use lunaffi_core::scalar::Scalar;
use lunaffi_core::wide_number::{Float, FloatType};
use std::borrow::Cow;

/// A number's radix, and its digits and suffix without the quotes that C23 allows between digits; `None`
/// when one stands elsewhere.
fn split(text: &[u8]) -> Option<(Radix, Cow<'_, [u8]>)> {
    let (radix, rest) = Radix::split(text);
    if !rest.contains(&b'\'') {
        return Some((radix, rest.into()));
    }
    let digit = |byte: Option<&u8>| byte.is_some_and(|&byte| (byte as char).is_digit(radix.value()));
    let between = |at: usize| at > 0 && digit(rest.get(at - 1)) && digit(rest.get(at + 1));
    let fine = (0..rest.len()).all(|at| rest[at] != b'\'' || between(at));
    fine.then(|| (radix, rest.iter().copied().filter(|&c| c != b'\'').collect()))
}

/// An integer constant's type and value.
pub(super) fn integer(text: &[u8]) -> Option<(Kind, u64)> {
    let (radix, text) = split(text)?;
    let (radix, digits) = match &*text {
        [b'0', _, ..] if radix == Radix::Decimal => (Radix::Octal, &text[1..]),
        text => (radix, text),
    };
    let count = digits.iter().take_while(|&&c| (c as char).is_digit(radix.value())).count();
    // `0u`
    let value = match radix {
        Radix::Octal if count == 0 => 0,
        _ => u64::try_from(numeral::integer(radix, &digits[..count])?).ok()?,
    };
    let (unsigned, long) = match &digits[count..] {
        b"" => (false, false),
        [b'u' | b'U'] => (true, false),
        b"l" | b"L" | b"ll" | b"LL" => (false, true),
        [b'u' | b'U', b'l' | b'L'] | [b'l' | b'L', b'u' | b'U'] => (true, true),
        [b'u' | b'U', b'l', b'l'] | [b'u' | b'U', b'L', b'L'] => (true, true),
        [b'l', b'l', b'u' | b'U'] | [b'L', b'L', b'u' | b'U'] => (true, true),
        // Microsoft's.
        b"i64" | b"I64" => (false, true),
        b"ui64" | b"uI64" | b"Ui64" | b"UI64" => (true, true),
        _ => return None,
    };
    let natural = radix != Radix::Decimal;
    let fits = |max: u64| value <= max;
    let ty = if !long && !unsigned && fits(i32::MAX as u64) {
        Scalar::I32
    } else if !long && (unsigned || natural) && fits(u32::MAX as u64) {
        Scalar::U32
    } else if !unsigned && fits(i64::MAX as u64) {
        Scalar::I64
    } else {
        Scalar::U64
    };
    Some((Kind::Integer(ty), value))
}

/// A floating constant.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Floating {
    Real(FloatType, Float),
    /// Of a type that counts in decimal, with the nearest `double`.
    Decimal(ExtendedNumber, f64),
    /// The imaginary part of a complex number, whose value nobody asks for.
    Imaginary(FloatType),
}

/// A floating constant; `None` when it is malformed.
pub(super) fn floating(text: &[u8]) -> Option<Floating> {
    let (radix, text) = split(text)?;
    // In hexadecimal `f` is a digit as long as there is no exponent, which has to be.
    let at = match radix {
        Radix::Hexadecimal => text.iter().position(|c| matches!(c, b'p' | b'P'))? + 1,
        _ => text.iter().take_while(|&c| c.is_ascii_digit() || *c == b'.').count(),
    };
    let exponent = text[at..].iter().take_while(|&c| c.is_ascii_digit() || matches!(c, b'e' | b'E' | b'+' | b'-'));
    let (digits, suffix) = text.split_at(at + exponent.count());
    let suffix = suffix.to_ascii_lowercase();
    // gcc takes the letter of an imaginary number on either side of the type's.
    let (imaginary, suffix) = match &*suffix {
        [b'i' | b'j', rest @ ..] | [rest @ .., b'i' | b'j'] => (true, rest),
        suffix => (false, suffix),
    };
    let ty = match suffix {
        b"f" | b"f32" => FloatType::Single,
        b"" | b"d" | b"f64" | b"f32x" => FloatType::Double,
        b"l" | b"w" | b"f64x" => FloatType::Long,
        b"q" | b"f128" | b"f128x" => FloatType::Quad,
        b"f16" => FloatType::Half,
        b"bf16" => FloatType::Brain,
        b"df" | b"dd" | b"dl" if !imaginary => {
            let ty = match suffix {
                b"df" => ExtendedNumber::Decimal32,
                b"dd" => ExtendedNumber::Decimal64,
                _ => ExtendedNumber::Decimal128,
            };
            return Some(Floating::Decimal(ty, numeral::double(radix, digits)?));
        }
        _ => return None,
    };
    let value = match ty {
        FloatType::Double => numeral::double(radix, digits)?.into(),
        _ => numeral::float(radix, digits, ty)?,
    };
    Some(if imaginary { Floating::Imaginary(ty) } else { Floating::Real(ty, value) })
}

/// The first character of a constant or string, and how many bytes spell it.
pub(super) fn character(text: &[u8], wide: u8) -> Option<(u32, usize)> {
    match *text {
        [b'\\', c, ..] => {
            let simple = |code: u8| Some((code as u32, 2));
            match c {
                b'a' => simple(7),
                b'b' => simple(8),
                b'e' | b'E' => simple(27),
                b'f' => simple(12),
                b'n' => simple(10),
                b'r' => simple(13),
                b't' => simple(9),
                b'v' => simple(11),
                b'x' => digits(&text[2..], 16, usize::MAX).map(|(code, n)| (code, n + 2)),
                b'0'..=b'7' => digits(&text[1..], 8, 3).map(|(code, n)| (code, n + 1)),
                b'u' => digits(&text[2..], 16, 4).filter(|d| d.1 == 4).map(|(code, n)| (code, n + 2)),
                b'U' => digits(&text[2..], 16, 8).filter(|d| d.1 == 8).map(|(code, n)| (code, n + 2)),
                _ => simple(c),
            }
        }
        [c, ..] if c >= 0x80 && wide > 1 => {
            let near = &text[..text.len().min(4)];
            let valid = std::str::from_utf8(near)
                .unwrap_or_else(|e| std::str::from_utf8(&near[..e.valid_up_to()]).unwrap_or_default());
            Some(valid.chars().next().map_or((c as u32, 1), |c| (c as u32, c.len_utf8())))
        }
        [c, ..] => Some((c as u32, 1)),
        [] => None,
    }
}

fn digits(text: &[u8], radix: u32, most: usize) -> Option<(u32, usize)> {
    let mut value = 0u32;
    let mut count = 0;
    while count < most {
        let Some(digit) = text.get(count).and_then(|&c| (c as char).to_digit(radix)) else { break };
        value = value.wrapping_mul(radix).wrapping_add(digit);
        count += 1;
    }
    (count > 0).then_some((value, count))
}

/// Adds the characters of a string token, without its quotes, to bytes. A wide string's characters
/// count by their size alone: `None` when an escape is none.
pub(super) fn unescape(token: &[u8], wide: u8, into: &mut Vec<u8>) -> Option<()> {
    let quote = token.iter().position(|&c| c == b'"')?;
    let mut rest = token.get(quote + 1..token.len().checked_sub(1)?)?;
    while !rest.is_empty() {
        let (code, length) = character(rest, wide)?;
        rest = rest.get(length..)?;
        match wide {
            1 => into.push(code as u8),
            2 => into.extend_from_slice(&(code as u16).to_le_bytes()),
            _ => into.extend_from_slice(&code.to_le_bytes()),
        }
    }
    Some(())
}
