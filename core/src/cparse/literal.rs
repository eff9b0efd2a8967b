//! Constants as C spells them: integers, floating-point numbers, characters, strings.

use super::lexer::Kind;
use crate::scalar::Scalar;
use std::borrow::Cow;

/// A number without the quotes that C23 allows between digits.
fn without_quotes(text: &[u8]) -> Cow<'_, [u8]> {
    match text.contains(&b'\'') {
        true => text.iter().copied().filter(|&c| c != b'\'').collect(),
        false => text.into(),
    }
}

/// An integer constant's type and value.
pub(super) fn integer(text: &[u8]) -> Option<(Kind, u64)> {
    let text = &*without_quotes(text);
    let (digits, radix) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (rest, 16),
        [b'0', b'b' | b'B', rest @ ..] => (rest, 2),
        [b'0', rest @ ..] if !rest.is_empty() => (rest, 8),
        _ => (text, 10),
    };
    let mut value = 0u64;
    let mut count = 0;
    for &c in digits {
        let Some(digit) = (c as char).to_digit(radix) else { break };
        value = value.checked_mul(radix as u64)?.checked_add(digit as u64)?;
        count += 1;
    }
    if count == 0 && radix != 8 {
        return None;
    }
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
    let natural = radix != 10;
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

/// A floating constant's value, as near as a double comes.
pub(super) fn float_value(text: &[u8]) -> Option<f64> {
    let text = without_quotes(text);
    let text = std::str::from_utf8(&text).ok()?;
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    if let Some(hex) = hex {
        let (mantissa, exponent) = hex.split_once(['p', 'P'])?;
        let exponent: i32 = strip_suffix(exponent)?.parse().ok()?;
        let (mut value, mut scale, mut fraction) = (0.0f64, 0i32, false);
        for c in mantissa.chars() {
            match c {
                '.' if !fraction => fraction = true,
                _ => {
                    value = value * 16.0 + c.to_digit(16)? as f64;
                    scale -= if fraction { 4 } else { 0 };
                }
            }
        }
        return Some(value * 2f64.powi(exponent.saturating_add(scale)));
    }
    strip_suffix(text)?.parse().ok()
}

/// The number without `f`, `L`, `F128x`, `df`, `i` and their like.
fn strip_suffix(text: &str) -> Option<&str> {
    const SUFFIXES: &[&str] = &[
        "", "f", "l", "q", "w", "d", "f16", "f32", "f64", "f128", "f32x", "f64x", "f128x", "bf16", "df", "dd", "dl",
        "i", "j", "fi", "if", "li", "il",
    ];
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-'));
    let suffix = match digits.strip_prefix(['e', 'E']) {
        Some(exponent) => exponent.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-')),
        None => digits,
    };
    SUFFIXES.iter().any(|s| suffix.eq_ignore_ascii_case(s)).then(|| &text[..text.len() - suffix.len()])
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
