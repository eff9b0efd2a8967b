//! LuaJIT's `string.format`: templates, and numbers and quoted text as their directives write them.
//! Which Lua value a directive takes is the caller's business.

use std::ffi::{c_char, c_int};

/// How a directive writes its argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conversion {
    /// `%d`, `%i`
    Signed,
    /// `%u`, `%o`, `%x`, `%X`: digits of that base.
    Unsigned(u8),
    /// `%a`, `%e`, `%f`, `%g` and their capitals: the letter in lower case.
    Float(u8),
    /// `%s`
    Text,
    /// `%q`
    Quoted,
    /// `%c`
    Char,
    /// `%p`
    Pointer,
}

/// A directive: its conversion, flags, width and precision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Directive {
    /// How it writes its argument.
    pub conversion: Conversion,
    /// Letters are capitals.
    upper: bool,
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    alternative: bool,
    /// At least so many bytes; up to 99.
    pub width: usize,
    /// Digits, or at most so many bytes of a text; up to 99.
    pub precision: Option<usize>,
}

/// A part of a template.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'t> {
    /// Bytes that stand for themselves.
    Literal(&'t [u8]),
    /// Writes an argument.
    Directive(Directive),
    /// No directive: the bytes up to what is wrong.
    Invalid(&'t [u8]),
}

/// The parts of a template, in order. The last one is a `Piece::Invalid` if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Template<'t>(pub &'t [u8]);

impl<'t> Iterator for Template<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        let text = self.0;
        if text.is_empty() {
            return None;
        }
        let percent = text.iter().position(|&b| b == b'%');
        let (literal, rest) = match percent {
            None => (text.len(), text.len()),
            // The first of two is part of what stands for itself.
            Some(at) if text.get(at + 1) == Some(&b'%') => (at + 1, at + 2),
            Some(0) => return Some(self.directive()),
            Some(at) => (at, at),
        };
        self.0 = &text[rest..];
        Some(Piece::Literal(&text[..literal]))
    }
}

impl<'t> Template<'t> {
    /// The directive that the template begins with.
    fn directive(&mut self) -> Piece<'t> {
        let text = self.0;
        let byte = |at: usize| text.get(at).copied().unwrap_or(0);
        let mut found = Directive::PLAIN;
        let mut at = 1;
        loop {
            match byte(at) {
                b'-' => found.left = true,
                b'+' => found.plus = true,
                b' ' => found.space = true,
                b'0' => found.zero = true,
                b'#' => found.alternative = true,
                _ => break,
            }
            at += 1;
        }
        let two_digits = |at: &mut usize| {
            let mut value = 0;
            for _ in 0..2 {
                if byte(*at).is_ascii_digit() {
                    value = value * 10 + (byte(*at) - b'0') as usize;
                    *at += 1;
                }
            }
            value
        };
        found.width = two_digits(&mut at);
        if byte(at) == b'.' {
            at += 1;
            found.precision = Some(two_digits(&mut at));
        }
        let letter = byte(at);
        found.upper = letter.is_ascii_uppercase();
        found.conversion = match letter {
            b'd' | b'i' => Conversion::Signed,
            b'u' => Conversion::Unsigned(10),
            b'o' => Conversion::Unsigned(8),
            b'x' | b'X' => Conversion::Unsigned(16),
            b'a' | b'A' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => Conversion::Float(letter.to_ascii_lowercase()),
            b's' => Conversion::Text,
            b'q' => Conversion::Quoted,
            b'c' => Conversion::Char,
            b'p' => Conversion::Pointer,
            _ => {
                let end = if letter >= b' ' { at + 1 } else { at };
                self.0 = &[];
                return Piece::Invalid(&text[..end]);
            }
        };
        self.0 = &text[at + 1..];
        Piece::Directive(found)
    }
}

/// The longest number: `%99.99f` of the largest double, with its sign.
const MAX_NUMBER: usize = 512;

/// A number as text.
pub struct Digits {
    bytes: [u8; MAX_NUMBER],
    len: usize,
}

impl Digits {
    fn new() -> Digits {
        Digits { bytes: [0; MAX_NUMBER], len: 0 }
    }

    fn push(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    fn fill(&mut self, byte: u8, count: usize) {
        self.bytes[self.len..self.len + count].fill(byte);
        self.len += count;
    }

    fn extend(&mut self, bytes: &[u8]) {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// A number as LuaJIT prints it: `%.14g`.
pub fn number(value: f64) -> Digits {
    // Integral numbers below it print with all of their digits.
    const WHOLE: f64 = 1e14;
    if value.fract() == 0.0 && value.abs() < WHOLE && !(value == 0.0 && value.is_sign_negative()) {
        return Directive { conversion: Conversion::Signed, ..Directive::PLAIN }.integer(value as i64 as u64);
    }
    Directive { conversion: Conversion::Float(b'g'), precision: Some(14), ..Directive::PLAIN }.float(value)
}

impl Directive {
    /// `%s`
    const PLAIN: Directive = Directive {
        conversion: Conversion::Text,
        upper: false,
        left: false,
        plus: false,
        space: false,
        zero: false,
        alternative: false,
        width: 0,
        precision: None,
    };

    /// Bytes before and behind a text of `len` bytes that fill the width.
    pub fn padding(&self, len: usize) -> (usize, usize) {
        let missing = self.width.saturating_sub(len);
        if self.left { (0, missing) } else { (missing, 0) }
    }

    /// The sign of a number that is not negative, if the flags want one.
    fn sign(&self) -> Option<u8> {
        if self.plus {
            Some(b'+')
        } else if self.space {
            Some(b' ')
        } else {
            None
        }
    }

    /// An integer of 64 bits, for `Signed` and `Unsigned`.
    pub fn integer(&self, bits: u64) -> Digits {
        let (base, mut rest, sign) = match self.conversion {
            Conversion::Unsigned(base) => (base as u64, bits, None),
            _ if (bits as i64) < 0 => (10, bits.wrapping_neg(), Some(b'-')),
            _ => (10, bits, self.sign()),
        };
        let alphabet: &[u8; 16] = if self.upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        let mut reversed = [0u8; 24];
        let mut count = 0;
        let mut digit = |byte| {
            reversed[count] = byte;
            count += 1;
        };
        if rest == 0 && (self.precision != Some(0) || base == 8 && self.alternative) {
            digit(b'0');
        } else if rest != 0 {
            while rest != 0 {
                digit(alphabet[(rest % base) as usize]);
                rest /= base;
            }
            if base == 8 && self.alternative {
                digit(b'0');
            }
        }
        let prefix: &[u8] = match sign {
            Some(ref sign) => std::slice::from_ref(sign),
            None if base == 16 && self.alternative && bits != 0 => {
                if self.upper {
                    b"0X"
                } else {
                    b"0x"
                }
            }
            None => b"",
        };
        let zeros = self.precision.unwrap_or(0).saturating_sub(count);
        let missing = self.width.saturating_sub(prefix.len() + zeros + count);
        let (before, between, behind) = match (self.left, self.zero && self.precision.is_none()) {
            (true, _) => (0, 0, missing),
            (false, true) => (0, missing, 0),
            (false, false) => (missing, 0, 0),
        };
        let mut text = Digits::new();
        text.fill(b' ', before);
        text.extend(prefix);
        text.fill(b'0', between + zeros);
        for &byte in reversed[..count].iter().rev() {
            text.push(byte);
        }
        text.fill(b' ', behind);
        text
    }

    /// A double, for `Float`.
    pub fn float(&self, value: f64) -> Digits {
        if !value.is_finite() {
            return self.name(value);
        }
        let Conversion::Float(letter) = self.conversion else { return Digits::new() };
        let mut template = Digits::new();
        template.push(b'%');
        let flags =
            [(self.left, b'-'), (self.plus, b'+'), (self.space, b' '), (self.zero, b'0'), (self.alternative, b'#')];
        for (_, flag) in flags.into_iter().filter(|&(set, _)| set) {
            template.push(flag);
        }
        let precise = self.precision.is_some();
        template.extend(if precise { b"*.*" } else { b"*" });
        template.push(if self.upper { letter.to_ascii_uppercase() } else { letter });
        template.push(0);
        let mut text = Digits::new();
        let (place, size) = (text.bytes.as_mut_ptr().cast::<c_char>(), text.bytes.len());
        let (template, width) = (template.bytes.as_ptr().cast::<c_char>(), self.width as c_int);
        // SAFETY: the template ends with a NUL and takes these arguments; the room is told.
        let len = unsafe {
            match self.precision {
                Some(precision) => libc::snprintf(place, size, template, width, precision as c_int, value),
                None => libc::snprintf(place, size, template, width, value),
            }
        };
        text.len = usize::try_from(len).unwrap_or(0).min(size - 1);
        text
    }

    /// Infinity, or what is no number.
    fn name(&self, value: f64) -> Digits {
        let (name, sign) = match (value.is_nan(), value < 0.0) {
            (true, _) => ("nan", if self.space { Some(b' ') } else { None }),
            (false, true) => ("inf", Some(b'-')),
            (false, false) => ("inf", self.sign()),
        };
        let (before, behind) = self.padding(name.len() + sign.is_some() as usize);
        let mut text = Digits::new();
        text.fill(b' ', before);
        if let Some(sign) = sign {
            text.push(sign);
        }
        for byte in name.bytes() {
            text.push(if self.upper { byte.to_ascii_uppercase() } else { byte });
        }
        text.fill(b' ', behind);
        text
    }
}

/// The byte of a text as `%q` writes it, by the byte that follows.
pub fn quoted(byte: u8, next: u8) -> Digits {
    let mut text = Digits::new();
    match byte {
        b'"' | b'\\' | b'\n' => text.extend(&[b'\\', byte]),
        byte if byte.is_ascii_control() => {
            text.push(b'\\');
            let all = byte >= 100 || next.is_ascii_digit();
            if all {
                text.push(b'0' + byte / 100);
            }
            if all || byte >= 10 {
                text.push(b'0' + byte / 10 % 10);
            }
            text.push(b'0' + byte % 10);
        }
        byte => text.push(byte),
    }
    text
}

/// An address as `%p` writes it.
pub fn address(value: usize) -> Digits {
    let mut text = Digits::new();
    if value == 0 {
        text.extend(b"NULL");
        return text;
    }
    let high = ((value as u64) >> 32) as u32;
    let digits = if high == 0 { 8 } else { 10 + 2 * (high.ilog2() as usize / 8) };
    text.extend(b"0x");
    for place in (0..digits).rev() {
        text.push(b"0123456789abcdef"[(value as u64 >> (4 * place) & 15) as usize]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directive(text: &str) -> Directive {
        match Template(text.as_bytes()).next() {
            Some(Piece::Directive(directive)) => directive,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn integer(template: &str, value: i64) -> String {
        String::from_utf8(directive(template).integer(value as u64).as_bytes().to_vec()).unwrap()
    }

    fn float(template: &str, value: f64) -> String {
        String::from_utf8(directive(template).float(value).as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn templates_are_split() {
        let pieces: Vec<_> = Template(b"a%%b%5.2fc%y").collect();
        assert_eq!(pieces[0], Piece::Literal(b"a%"));
        assert_eq!(pieces[1], Piece::Literal(b"b"));
        assert_eq!(pieces[2], Piece::Directive(directive("%5.2f")));
        assert_eq!(pieces[3], Piece::Literal(b"c"));
        assert_eq!(pieces[4], Piece::Invalid(b"%y"));
        assert_eq!(Template(b"%").next(), Some(Piece::Invalid(b"%")));
        assert_eq!(Template(b"%123d").next(), Some(Piece::Invalid(b"%123")));
    }

    #[test]
    fn integers_are_written_as_c_does() {
        assert_eq!(integer("%d", i64::MIN), "-9223372036854775808");
        assert_eq!(integer("%+5d|", 7), "   +7");
        assert_eq!(integer("%-5d", 7), "7    ");
        assert_eq!(integer("%05d", -7), "-0007");
        assert_eq!(integer("%05.2d", 7), "   07");
        assert_eq!(integer("%.0d", 0), "");
        assert_eq!(integer("%#x", 255), "0xff");
        assert_eq!(integer("%#X", 255), "0XFF");
        assert_eq!(integer("%#o", 8), "010");
        assert_eq!(integer("%x", -1), "ffffffffffffffff");
        assert_eq!(integer("%99.99d", 1).len(), 99);
    }

    #[test]
    fn floats_are_written_as_c_does() {
        assert_eq!(float("%g", 0.1), "0.1");
        assert_eq!(float("%8.3f", 1.5), "   1.500");
        assert_eq!(float("%99.99f", f64::MAX).len(), 309 + 100);
        assert_eq!(float("%+f", f64::INFINITY), "+inf");
        assert_eq!(float("%05G", f64::NEG_INFINITY), " -INF");
        assert_eq!(float("% f", -f64::NAN), " nan");
        assert_eq!(number(1e15).as_bytes(), b"1e+15");
        assert_eq!(number(-0.0).as_bytes(), b"-0");
        assert_eq!(number(-99999999999999.0).as_bytes(), b"-99999999999999");
        assert_eq!(number(1e14).as_bytes(), b"1e+14");
        assert_eq!(number(99999999999999.5).as_bytes(), b"1e+14");
    }

    #[test]
    fn text_is_quoted_and_addresses_are_short() {
        let all = b"\0a\n\"\x7f\x011";
        let quote = |i: usize| quoted(all[i], all.get(i + 1).copied().unwrap_or(0)).as_bytes().to_vec();
        let text: Vec<u8> = (0..all.len()).flat_map(quote).collect();
        assert_eq!(text, b"\\0a\\\n\\\"\\127\\0011");
        assert_eq!(address(0).as_bytes(), b"NULL");
        assert_eq!(address(0x1234).as_bytes(), b"0x00001234");
        assert_eq!(address(0x7f3d_0226_9300).as_bytes(), b"0x7f3d02269300");
    }
}
