//! A text of C declarations as tokens, which are places in the text. Comments, white space and
//! directives lie between them.

use super::error::{Fail, ParseError, Result, Why};
use super::keyword::Keyword;
use super::literal::{character, floating, integer};
use lunaffi_core::ctype::TypeId;
use lunaffi_core::scalar::Scalar;
use std::fmt;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// The text's end.
    End,
    /// A name that is no type's.
    Name,
    /// A word with a meaning of its own.
    Keyword(Keyword),
    /// A type's name, or a parameter that is a type.
    Type(TypeId),
    /// An integer or a character, of that type.
    Integer(Scalar),
    /// A number with a fraction or an exponent.
    Float,
    /// A string, with its quotes; the size of its characters.
    Text(u8),
    /// A parameter, before anyone looks at what it is.
    Parameter,
    /// `#define`, before anyone reads the rest of its line.
    Define,
    /// `#undef`, in the same way.
    Undefine,
    /// Punctuation: see [`op`].
    Op(u16),
}

/// Punctuation as a number: of one character its code; of two both; `...` counts as two.
pub(super) const fn op(text: &[u8]) -> u16 {
    match text {
        [c] => *c as u16,
        [a, b, ..] => (*a as u16) << 8 | *b as u16,
        [] => 0,
    }
}

const ELLIPSIS: u16 = op(b"...");

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
    /// An integer's value; of a parameter that is a name its position, counted from 1.
    pub value: u64,
}

/// The longest text, so that places in it fit into 32 bits.
pub(super) const MAX_TEXT: usize = 1 << 30;

const START: u8 = 1;
const DIGIT: u8 = 2;
const SPACE: u8 = 4;
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut c = 0;
    while c < 256 {
        let byte = c as u8;
        classes[c] = if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 {
            START
        } else if byte.is_ascii_digit() {
            DIGIT
        } else if matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c) {
            SPACE
        } else {
            0
        };
        c += 1;
    }
    classes
};

fn is(byte: u8, classes: u8) -> bool {
    CLASSES[byte as usize] & classes != 0
}

/// A text without its line continuations, and where they were.
pub(super) fn splice(text: &[u8]) -> Option<(Vec<u8>, Vec<u32>)> {
    let mut joined = Vec::new();
    let mut places = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = text[at..].iter().position(|&c| c == b'\\') {
        let backslash = at + found;
        let newline = match text[backslash + 1..] {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => 0,
        };
        at = backslash + 1 + newline;
        if newline != 0 {
            joined.extend_from_slice(&text[from..backslash]);
            places.push(joined.len() as u32);
            from = at;
        }
    }
    if places.is_empty() {
        return None;
    }
    joined.extend_from_slice(&text[from..]);
    Some((joined, places))
}

/// Reads tokens.
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    /// Where line continuations were taken out.
    splices: &'a [u32],
    pos: usize,
    /// Beyond it nothing is read: the text's end, or that of a `#define`.
    end: usize,
    /// Inside of a directive, where `#` begins no other.
    inside: bool,
    /// A place that begins a line, and that line's number.
    anchor: (usize, u32),
    /// `#pragma pack`: the present limit, 0 for none, and those below it.
    pub pack: u8,
    packs: Vec<u8>,
    /// Nobody will read the errors: what is attempted may fail. Places of errors take time to find.
    pub attempts: u32,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a [u8], splices: &'a [u32]) -> Lexer<'a> {
        // Some editors on Windows begin a text with a mark.
        let pos = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let (end, inside, anchor, pack, packs) = (text.len(), false, (0, 1), 0, Vec::new());
        Lexer { text, splices, pos, end, inside, anchor, pack, packs, attempts: 0 }
    }

    /// The text of a token.
    pub fn slice(&self, token: Token) -> &'a [u8] {
        &self.text[token.start as usize..token.end as usize]
    }

    /// Where the next token is looked for.
    pub fn position(&self) -> usize {
        self.pos
    }

    /// Goes back to where a token began.
    pub fn rewind(&mut self, position: usize) {
        self.pos = position;
    }

    /// Reads only up to the end of the line; returns what [`Self::release`] takes.
    pub fn confine(&mut self) -> usize {
        let end = self.directive_end(self.pos);
        self.inside = true;
        std::mem::replace(&mut self.end, end)
    }

    /// Goes on behind the line.
    pub fn release(&mut self, end: usize) {
        self.pos = self.end;
        self.end = end;
        self.inside = false;
    }

    fn peek(&self, ahead: usize) -> u8 {
        let at = self.pos + ahead;
        if at < self.end { self.text[at] } else { 0 }
    }

    fn line_end(&self, from: usize) -> usize {
        self.text[from..self.end].iter().position(|&c| c == b'\n').map_or(self.end, |n| from + n)
    }

    /// The end of a directive: of its line, or of a later one that a comment in it reaches.
    fn directive_end(&self, mut at: usize) -> usize {
        loop {
            let line = self.line_end(at);
            let Some(comment) = comment_in(&self.text[at..line]) else { return line };
            match find(&self.text[at + comment + 2..self.end], b"*/") {
                Some(length) => at += comment + length + 4,
                None => return line,
            }
        }
    }

    /// An error at a place of the text.
    pub fn fail(&self, at: usize, why: fmt::Arguments<'_>) -> Fail {
        if self.attempts > 0 {
            return Box::new(ParseError { message: String::new(), line: 0, column: 0 });
        }
        let at = at.min(self.text.len());
        let (from, line) = if self.anchor.0 <= at { self.anchor } else { (0, 1) };
        let newlines = self.text[from..at].iter().filter(|&&c| c == b'\n').count();
        let joined = self.splices.iter().filter(|&&s| (from..=at).contains(&(s as usize))).count();
        let start = self.text[..at].iter().rposition(|&c| c == b'\n').map_or(0, |n| n + 1);
        Box::new(ParseError {
            message: why.to_string(),
            line: line.saturating_add((newlines + joined) as u32),
            column: (at - start + 1) as u32,
        })
    }

    /// An error at a token, which it names.
    pub fn fail_near(&self, token: Token, why: Why<'_>) -> Fail {
        let text = self.slice(token);
        let name = match token.kind {
            Kind::End => "<eof>".into(),
            // A byte that cannot be shown.
            Kind::Op(code @ (0..32 | 127)) => format!("char({code})").into(),
            Kind::Op(ELLIPSIS) => ".".into(),
            _ if matches!(text, [b'"' | b'\'', .., b'"' | b'\'']) => {
                String::from_utf8_lossy(&text[1..text.len().min(81) - 1])
            }
            _ => String::from_utf8_lossy(text),
        };
        self.fail(token.start as usize, format_args!("{why} near '{name}'"))
    }

    fn fail_from(&self, start: usize, why: Why<'_>) -> Fail {
        let token = Token { kind: Kind::Name, start: start as u32, end: self.pos as u32, value: 0 };
        self.fail_near(token, why)
    }

    fn fail_end(&self, why: Why<'_>) -> Fail {
        self.fail(self.end, format_args!("{why} near '<eof>'"))
    }

    /// White space, comments, and directives that say nothing. It may stop at the name of a macro.
    fn skip_blank(&mut self) -> Result<Option<Kind>> {
        loop {
            match self.peek(0) {
                c if is(c, SPACE) => self.pos += 1,
                b'/' if matches!(self.peek(1), b'/' | b'*') => self.skip_comment()?,
                b'#' if !self.inside => {
                    self.inside = true;
                    let macro_name = self.directive();
                    self.inside = false;
                    let macro_name = macro_name?;
                    if macro_name.is_some() {
                        return Ok(macro_name);
                    }
                }
                _ => return Ok(None),
            }
        }
    }

    fn skip_comment(&mut self) -> Result<()> {
        if self.peek(1) == b'/' {
            self.pos = self.line_end(self.pos);
            return Ok(());
        }
        let body = &self.text[(self.pos + 2).min(self.end)..self.end];
        let length = find(body, b"*/").ok_or_else(|| self.fail_end(Why::UnfinishedComment))?;
        self.pos += length + 4;
        Ok(())
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(0), b' ' | b'\t' | 0x0b | 0x0c) {
            self.pos += 1;
        }
    }

    fn word(&mut self) -> &'a [u8] {
        let start = self.pos;
        while is(self.peek(0), START | DIGIT) {
            self.pos += 1;
        }
        &self.text[start..self.pos]
    }

    /// Reads a directive, one about a macro up to the macro's name.
    fn directive(&mut self) -> Result<Option<Kind>> {
        self.pos += 1;
        self.skip_space();
        let start = self.pos;
        let first = self.word();
        match first {
            b"pragma" => {
                self.skip_space();
                let place = self.pos;
                if self.word() == b"pack" {
                    return self.pack_pragma().map(|()| None);
                }
                self.pos = self.directive_end(place);
            }
            b"line" => {
                self.skip_space();
                let start = self.pos;
                let number = self.word();
                self.line_number(start, number)?;
            }
            b"define" | b"undef" => {
                self.skip_space();
                return Ok(Some(if first == b"define" { Kind::Define } else { Kind::Undefine }));
            }
            b"include" | b"include_next" | b"import" | b"ident" | b"sccs" => {
                self.pos = self.directive_end(self.pos);
            }
            // A lone `#` is a directive, too.
            b"" if matches!(self.peek(0), b'\n' | b'\r') => {}
            _ if first.first().is_some_and(u8::is_ascii_digit) => self.line_number(start, first)?,
            b"if" | b"ifdef" | b"ifndef" | b"elif" | b"elifdef" | b"elifndef" | b"else" | b"endif" => {
                return Err(self.fail_from(start, Why::Conditional));
            }
            _ => {
                if !first.is_empty() {
                    return Err(self.fail_from(start, Why::Symbol));
                }
                let token = self.next()?;
                return Err(self.fail_near(token, Why::Symbol));
            }
        }
        Ok(None)
    }

    fn line_number(&mut self, start: usize, number: &[u8]) -> Result<()> {
        let value = std::str::from_utf8(number).ok().and_then(|n| n.parse::<u32>().ok());
        let Some(value) = value else {
            let why = Why::Expected("<integer>");
            return Err(if number.is_empty() { self.fail_end(why) } else { self.fail_from(start, why) });
        };
        self.pos = (self.line_end(self.pos) + 1).min(self.end);
        self.anchor = (self.pos, value);
        Ok(())
    }

    /// `#pragma pack` as gcc, clang and LuaJIT read it, from the parenthesis on.
    fn pack_pragma(&mut self) -> Result<()> {
        let expect = |lexer: &mut Self, what: &'static str| {
            let token = lexer.next()?;
            if token.kind == Kind::Op(op(what.as_bytes())) {
                return Ok(());
            }
            Err(lexer.fail_near(token, Why::Expected(what)))
        };
        expect(self, "(")?;
        let mut token = self.next()?;
        if token.kind == Kind::Name {
            match self.slice(token) {
                b"push" if self.packs.len() < MAX_PACKS => self.packs.push(self.pack),
                b"push" => return Err(self.fail_near(token, Why::Levels)),
                b"pop" => self.pack = self.packs.pop().unwrap_or(0),
                _ => return Err(self.fail_near(token, Why::Symbol)),
            }
            token = self.next()?;
            // `push, name, n`: what the name would be good for nobody uses.
            while token.kind == Kind::Op(op(b",")) {
                token = self.next()?;
                if token.kind == Kind::Name {
                    token = self.next()?;
                }
            }
            if let Kind::Integer(_) = token.kind {
                self.pack = packing(token.value);
                token = self.next()?;
            }
        } else if let Kind::Integer(_) = token.kind {
            self.pack = packing(token.value);
            token = self.next()?;
        } else {
            self.pack = 0;
        }
        if token.kind != Kind::Op(op(b")")) {
            return Err(self.fail_near(token, Why::Expected(")")));
        }
        Ok(())
    }

    /// `_Pragma("...")` and Microsoft's `__pragma(...)`, from behind the word on.
    pub fn pragma_operator(&mut self) -> Result<()> {
        let open = self.next()?;
        // In a macro it is of those who use the macro.
        if open.kind != Kind::Op(op(b"(")) || self.end != self.text.len() {
            return Err(self.fail_near(open, Why::Expected("(")));
        }
        self.skip_space();
        if self.peek(0) == b'"' {
            let inside = self.pos + 1;
            self.string(1)?;
            let (behind, end) = (self.pos, self.end);
            (self.pos, self.end) = (inside, behind - 1);
            self.skip_space();
            let packed = if self.word() == b"pack" { self.pack_pragma() } else { Ok(()) };
            (self.pos, self.end) = (behind, end);
            packed?;
        } else if self.word() == b"pack" {
            self.pack_pragma()?;
        }
        self.skip_balanced(b'(', b')')
    }

    /// The next token; a word is a [`Kind::Name`] whatever it means.
    pub fn next(&mut self) -> Result<Token> {
        if let Some(kind) = self.skip_blank()? {
            return Ok(Token { kind, start: self.pos as u32, end: self.pos as u32, value: 0 });
        }
        let start = self.pos;
        let first = self.peek(0);
        let mut value = 0;
        let kind = if is(first, START) {
            let word = self.word();
            let wide = match word {
                b"L" | b"U" => 4,
                b"u" => 2,
                b"u8" => 1,
                _ => 0,
            };
            match self.peek(0) {
                b'"' if wide != 0 => self.string(wide)?,
                b'\'' if wide != 0 => {
                    value = self.character(wide)?;
                    match word {
                        b"L" => Kind::Integer(Scalar::WCHAR),
                        b"U" => Kind::Integer(Scalar::U32),
                        b"u" => Kind::Integer(Scalar::U16),
                        _ => {
                            value &= 0xff;
                            Kind::Integer(Scalar::U8)
                        }
                    }
                }
                _ => {
                    if first >= 0x80 || !word.is_ascii() {
                        std::str::from_utf8(word).map_err(|_| self.fail_from(start, Why::Name))?;
                    }
                    Kind::Name
                }
            }
        } else if is(first, DIGIT) || (first == b'.' && is(self.peek(1), DIGIT)) {
            let (kind, number) = self.number()?;
            value = number;
            kind
        } else if first == b'"' {
            self.string(1)?
        } else if first == b'\'' {
            value = self.character(1)?;
            Kind::Integer(Scalar::I32)
        } else if self.pos >= self.end {
            Kind::End
        } else if first == b'$' {
            self.pos += 1;
            Kind::Parameter
        } else {
            let second = self.peek(1);
            let two = match (first, second) {
                (b'.', b'.') if self.peek(2) == b'.' => {
                    self.pos += 1;
                    true
                }
                (b'-', b'>') | (b'<', b'<' | b'=') | (b'>', b'>' | b'=') => true,
                (b'=', b'=') | (b'!', b'=') | (b'&', b'&') | (b'|', b'|') => true,
                _ => false,
            };
            self.pos += 1 + two as usize;
            Kind::Op(if two { op(&[first, second]) } else { first as u16 })
        };
        Ok(Token { kind, start: start as u32, end: self.pos as u32, value })
    }

    /// A number as C's preprocessor cuts it out of the text, then as C reads it.
    fn number(&mut self) -> Result<(Kind, u64)> {
        let start = self.pos;
        let mut float = false;
        let hex = self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X');
        loop {
            let c = self.peek(0);
            let exponent = matches!((hex, c), (false, b'e' | b'E') | (true, b'p' | b'P'));
            if exponent && matches!(self.peek(1), b'+' | b'-') {
                self.pos += 1;
            } else if c == b'\'' && is(self.peek(1), START | DIGIT) {
                // Between digits, as C23 has it.
            } else if !is(c, START | DIGIT) && c != b'.' {
                break;
            }
            float |= exponent || c == b'.';
            self.pos += 1;
        }
        if float {
            return match floating(&self.text[start..self.pos]) {
                Some(_) => Ok((Kind::Float, 0)),
                None => Err(self.fail_from(start, Why::Number)),
            };
        }
        integer(&self.text[start..self.pos]).ok_or_else(|| self.fail_from(start, Why::Number))
    }

    /// Steps over a string; its characters are looked at when someone wants them.
    fn string(&mut self, wide: u8) -> Result<Kind> {
        self.pos += 1;
        loop {
            match self.peek(0) {
                b'"' => break,
                b'\\' => self.pos += 2,
                b'\n' | 0 if self.pos >= self.end || self.peek(0) == b'\n' => {
                    return Err(self.fail_end(Why::UnfinishedString));
                }
                _ => self.pos += 1,
            }
        }
        self.pos += 1;
        Ok(Kind::Text(wide))
    }

    /// The value of a character constant, with that of a `char` extended by its sign.
    fn character(&mut self, wide: u8) -> Result<u64> {
        let start = self.pos;
        self.pos += 1;
        let mut value = 0u64;
        let mut count = 0;
        loop {
            match self.peek(0) {
                b'\'' => break,
                b'\n' | 0 if self.pos >= self.end || self.peek(0) == b'\n' => {
                    return Err(self.fail_end(Why::UnfinishedString));
                }
                _ => {}
            }
            let rest = &self.text[self.pos..self.end];
            let (code, length) = character(rest, wide).ok_or_else(|| self.fail_from(start, Why::BadEscape))?;
            self.pos += length;
            value = if wide == 1 { (value << 8) | (code as u64 & 0xff) } else { code as u64 };
            count += 1;
        }
        self.pos += 1;
        match count {
            0 => Err(self.fail_near(
                Token { kind: Kind::Name, start: start as u32, end: self.pos as u32, value: 0 },
                Why::Expected("'"),
            )),
            1 if wide == 1 => Ok(value as i8 as i64 as u64),
            _ => Ok(value as i32 as i64 as u64),
        }
    }

    /// Steps behind the bracket that closes one already read, whatever lies between them.
    pub fn skip_balanced(&mut self, open: u8, close: u8) -> Result<()> {
        let mut level = 1;
        while self.pos < self.end {
            let c = self.text[self.pos];
            match c {
                b'"' => {
                    self.string(1)?;
                    continue;
                }
                b'\'' => self.skip_character(),
                b'/' if matches!(self.peek(1), b'/' | b'*') => {
                    self.skip_comment()?;
                    continue;
                }
                _ if c == open => level += 1,
                _ if c == close => {
                    level -= 1;
                    if level == 0 {
                        self.pos += 1;
                        return Ok(());
                    }
                }
                _ => {}
            }
            self.pos += 1;
        }
        Err(self.fail_end(Why::Expected(std::str::from_utf8(&[close]).unwrap_or("}"))))
    }

    /// Steps onto a character constant's closing quote; the quote of `1'000` or of assembly stands alone.
    fn skip_character(&mut self) {
        let line = &self.text[self.pos + 1..self.line_end(self.pos)];
        let mut at = 0;
        while at < line.len() && at < 16 {
            match line[at] {
                b'\'' => {
                    self.pos += at + 1;
                    return;
                }
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    /// The very next byte is that one.
    pub fn next_is(&self, byte: u8) -> bool {
        self.peek(0) == byte
    }

    /// The next token, if it is a word.
    pub fn next_word(&self) -> Option<&'a [u8]> {
        let mut at = self.pos;
        while at < self.end && is(self.text[at], SPACE) {
            at += 1;
        }
        let rest = &self.text[at..self.end];
        let length = rest.iter().position(|&c| !is(c, START | DIGIT)).unwrap_or(rest.len());
        (length > 0).then(|| &rest[..length])
    }

    /// The first byte of the next token after a place; 0 at the end.
    pub fn next_byte_after(&self, mut at: usize) -> u8 {
        while at < self.end {
            let rest = &self.text[at..self.end];
            if is(rest[0], SPACE) {
                at += 1;
            } else if rest.starts_with(b"/*") {
                match find(rest, b"*/") {
                    Some(length) => at += length + 2,
                    None => return 0,
                }
            } else if rest.starts_with(b"//") {
                at = self.line_end(at);
            } else {
                return rest[0];
            }
        }
        0
    }
}

/// How deep `#pragma pack(push)` goes.
const MAX_PACKS: usize = 64;

/// What `#pragma pack(n)` means: gcc takes no other numbers than these and ignores the line.
fn packing(n: u64) -> u8 {
    match n {
        1 | 2 | 4 | 8 | 16 => n as u8,
        _ => 0,
    }
}

/// Where in a line a comment begins that may reach beyond it.
fn comment_in(line: &[u8]) -> Option<usize> {
    let (mut at, mut quote) = (0, 0);
    while at < line.len() {
        match line[at] {
            b'\\' if quote != 0 => at += 1,
            c if quote != 0 && c == quote => quote = 0,
            c @ (b'"' | b'\'') if quote == 0 => quote = c,
            b'/' if quote == 0 => match line.get(at + 1) {
                Some(b'*') => return Some(at),
                Some(b'/') => return None,
                _ => {}
            },
            _ => {}
        }
        at += 1;
    }
    None
}

fn find(text: &[u8], what: &[u8; 2]) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].iter().position(|&c| c == what[0]) {
        at += found;
        if text.get(at + 1) == Some(&what[1]) {
            return Some(at);
        }
        at += 1;
    }
    None
}
