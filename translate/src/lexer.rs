//! Tokens of Lua source, and the repairs inside of single tokens: escapes and numerals that the
//! target does not read as LuaJIT does. Knows nothing of the grammar.

use super::edit::Edits;
use super::numeral::{self, Numeral};
use super::{SyntaxError, Target};

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum T {
    Eof,
    Name,
    /// A numeral that is a plain number.
    Number,
    /// A 64-bit or imaginary literal: the number of its constant.
    Boxed(u32),
    String,
    And,
    Break,
    Do,
    Else,
    Elseif,
    End,
    False,
    For,
    Function,
    Goto,
    If,
    In,
    Local,
    Nil,
    Not,
    Or,
    Repeat,
    Return,
    Then,
    True,
    Until,
    While,
    /// `+ * / // % ^ & | << >>`, by the operator's priority.
    Operator(Binary),
    Minus,
    Tilde,
    Hash,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Concat,
    Dots,
    Dot,
    Colon,
    DoubleColon,
    Semicolon,
    Comma,
    Assign,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
}

/// Operators that only compute, by how tightly they bind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binary {
    BitOr,
    BitAnd,
    Shift,
    Sum,
    Product,
    Power,
}

/// A token and where it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    pub t: T,
    pub start: usize,
    pub end: usize,
    /// The line that it ends on.
    pub line: u32,
    /// Its text in the output is its text in the source, on one line.
    pub verbatim: bool,
}

/// A literal that becomes a value of its own, made once for each chunk.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Constant {
    Signed(u64),
    Unsigned(u64),
    Imaginary(f64),
}

/// The state of the scan.
pub struct Lexer<'a> {
    pub text: &'a [u8],
    pub target: Target,
    /// Numerals stay as they are, but for those that the target cannot read.
    native_numbers: bool,
    pos: usize,
    line: u32,
    pub edits: Edits,
    pub constants: Vec<Constant>,
}

fn keyword(word: &[u8]) -> T {
    match word {
        b"and" => T::And,
        b"break" => T::Break,
        b"do" => T::Do,
        b"else" => T::Else,
        b"elseif" => T::Elseif,
        b"end" => T::End,
        b"false" => T::False,
        b"for" => T::For,
        b"function" => T::Function,
        b"goto" => T::Goto,
        b"if" => T::If,
        b"in" => T::In,
        b"local" => T::Local,
        b"nil" => T::Nil,
        b"not" => T::Not,
        b"or" => T::Or,
        b"repeat" => T::Repeat,
        b"return" => T::Return,
        b"then" => T::Then,
        b"true" => T::True,
        b"until" => T::Until,
        b"while" => T::While,
        _ => T::Name,
    }
}

/// LuaJIT counts every byte above ASCII as a letter.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a [u8], target: Target, native_numbers: bool) -> Lexer<'a> {
        let mut edits = Edits::default();
        let mut pos = 0;
        if text.starts_with(b"\xef\xbb\xbf") {
            edits.replace(0, 3, "");
            pos = 3;
        }
        let mut lexer = Lexer { text, target, native_numbers, pos, line: 1, edits, constants: Vec::new() };
        // The line that a shell reads becomes a comment.
        if lexer.peek(0) == b'#' {
            lexer.edits.replace(pos, pos, "--");
            lexer.skip_line();
        }
        lexer
    }

    /// A byte ahead; 0 at the end.
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.pos + ahead).copied().unwrap_or(0)
    }

    fn skip_line(&mut self) {
        while self.pos < self.text.len() && !matches!(self.text[self.pos], b'\n' | b'\r') {
            self.pos += 1;
        }
    }

    /// Takes a line break, which may be of two bytes.
    fn line_break(&mut self) {
        let first = self.peek(0);
        self.pos += 1;
        if matches!(self.peek(0), b'\n' | b'\r') && self.peek(0) != first {
            self.pos += 1;
        }
        self.line += 1;
    }

    fn error<X>(&self, message: impl Into<String>) -> Result<X, SyntaxError> {
        Err(SyntaxError { line: self.line, message: message.into() })
    }

    /// An error that shows the text from `start` on.
    fn error_near<X>(&self, what: &str, start: usize) -> Result<X, SyntaxError> {
        let near = String::from_utf8_lossy(&self.text[start..self.pos.min(self.text.len())]);
        let near: String = near.chars().take(80).collect();
        self.error(format!("{what} near '{near}'"))
    }

    /// The level of a long bracket that opens here; none if there is none.
    fn long_bracket(&self) -> Option<usize> {
        let level = self.text[self.pos + 1..].iter().take_while(|&&b| b == b'=').count();
        (self.peek(level + 1) == b'[').then_some(level)
    }

    /// The rest of a long string or comment.
    fn skip_long(&mut self, level: usize, what: &str) -> Result<(), SyntaxError> {
        let (start, line) = (self.pos, self.line);
        self.pos += level + 2;
        let mut nested = false;
        let mut other_close = false;
        loop {
            match self.peek(0) {
                b'\n' | b'\r' => self.line_break(),
                b']' => {
                    let marks = self.text[self.pos + 1..].iter().take_while(|&&b| b == b'=').count();
                    if self.peek(marks + 1) == b']' && marks == level {
                        self.pos += level + 2;
                        break;
                    }
                    other_close |= marks == 1;
                    self.pos += marks + 1;
                }
                b'[' if self.peek(1) == b'[' => {
                    nested = true;
                    self.pos += 2;
                }
                0 if self.pos >= self.text.len() => {
                    return self.error(format!("unfinished long {what} (starting at line {line}) near '<eof>'"));
                }
                _ => self.pos += 1,
            }
        }
        // Lua 5.1 refuses a "[[" inside of another.
        if nested && level == 0 && !other_close && self.target == Target::Lua51 {
            self.edits.replace(start + 1, start + 1, "=");
            self.edits.replace(self.pos - 1, self.pos - 1, "=");
        }
        Ok(())
    }

    /// Takes blanks and comments.
    fn skip_blanks(&mut self) -> Result<(), SyntaxError> {
        loop {
            match self.peek(0) {
                b'\n' | b'\r' => self.line_break(),
                b' ' | b'\t' | 0x0b | 0x0c => self.pos += 1,
                b'-' if self.peek(1) == b'-' => {
                    self.pos += 2;
                    match self.peek(0) {
                        b'[' => match self.long_bracket() {
                            Some(level) => self.skip_long(level, "comment")?,
                            None => self.skip_line(),
                        },
                        _ => self.skip_line(),
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    /// The next token.
    pub fn next(&mut self) -> Result<Token, SyntaxError> {
        self.skip_blanks()?;
        let start = self.pos;
        let edits = self.edits.len();
        let line = self.line;
        let t = self.scan()?;
        let verbatim = self.edits.len() == edits && self.line == line;
        Ok(Token { t, start, end: self.pos, line: self.line, verbatim })
    }

    fn scan(&mut self) -> Result<T, SyntaxError> {
        let start = self.pos;
        let Some(&first) = self.text.get(start) else {
            return Ok(T::Eof);
        };
        if first.is_ascii_digit() || (first == b'.' && self.peek(1).is_ascii_digit()) {
            return self.number();
        }
        if is_word(first) {
            while is_word(self.peek(0)) {
                self.pos += 1;
            }
            return Ok(keyword(&self.text[start..self.pos]));
        }
        let (t, length) = match (first, self.peek(1)) {
            (b'=', b'=') => (T::Eq, 2),
            (b'~', b'=') => (T::Ne, 2),
            (b'<', b'=') => (T::Le, 2),
            (b'<', b'<') => (T::Operator(Binary::Shift), 2),
            (b'>', b'=') => (T::Ge, 2),
            (b'>', b'>') => (T::Operator(Binary::Shift), 2),
            (b':', b':') => (T::DoubleColon, 2),
            (b'/', b'/') => (T::Operator(Binary::Product), 2),
            (b'.', b'.') if self.peek(2) == b'.' => (T::Dots, 3),
            (b'.', b'.') => (T::Concat, 2),
            (b'[', b'[' | b'=') => match self.long_bracket() {
                Some(level) => {
                    self.skip_long(level, "string")?;
                    return Ok(T::String);
                }
                None => (T::LeftBracket, 1),
            },
            (b'"' | b'\'', _) => return self.string(first),
            (b'+', _) => (T::Operator(Binary::Sum), 1),
            (b'-', _) => (T::Minus, 1),
            (b'*' | b'/' | b'%', _) => (T::Operator(Binary::Product), 1),
            (b'^', _) => (T::Operator(Binary::Power), 1),
            (b'&', _) => (T::Operator(Binary::BitAnd), 1),
            (b'|', _) => (T::Operator(Binary::BitOr), 1),
            (b'~', _) => (T::Tilde, 1),
            (b'#', _) => (T::Hash, 1),
            (b'<', _) => (T::Lt, 1),
            (b'>', _) => (T::Gt, 1),
            (b'=', _) => (T::Assign, 1),
            (b'.', _) => (T::Dot, 1),
            (b':', _) => (T::Colon, 1),
            (b';', _) => (T::Semicolon, 1),
            (b',', _) => (T::Comma, 1),
            (b'(', _) => (T::LeftParen, 1),
            (b')', _) => (T::RightParen, 1),
            (b'{', _) => (T::LeftBrace, 1),
            (b'}', _) => (T::RightBrace, 1),
            (b'[', _) => (T::LeftBracket, 1),
            (b']', _) => (T::RightBracket, 1),
            _ => {
                self.pos += 1;
                return self.error_near("unexpected symbol", start);
            }
        };
        self.pos += length;
        Ok(t)
    }

    /// A numeral. Everything that looks like a part of one is, as in every Lua.
    fn number(&mut self) -> Result<T, SyntaxError> {
        let start = self.pos;
        let exponent = if self.peek(0) == b'0' && self.peek(1) | 0x20 == b'x' { b'p' } else { b'e' };
        loop {
            let byte = self.peek(0);
            let before = || self.text[start..self.pos].iter().rfind(|&&byte| byte != b'_');
            let sign = matches!(byte, b'+' | b'-') && before().is_some_and(|&before| before | 0x20 == exponent);
            if !(is_word(byte) || byte == b'.' || sign) {
                break;
            }
            self.pos += 1;
        }
        let text = &self.text[start..self.pos];
        let constant = match numeral::scan(text) {
            None => return self.error_near("malformed number", start),
            Some(Numeral::Signed(value)) => Constant::Signed(value),
            Some(Numeral::Unsigned(value)) => Constant::Unsigned(value),
            Some(Numeral::Imaginary(value)) => Constant::Imaginary(value),
            Some(number) => {
                let kept = self.native_numbers && self.target.has_integers() && !numeral::is_luajits(text);
                if let Some(other) = numeral::respelled(text, number, self.target).filter(|_| !kept) {
                    self.edits.replace(start, self.pos, other);
                }
                return Ok(T::Number);
            }
        };
        self.constants.push(constant);
        Ok(T::Boxed(self.constants.len() as u32 - 1))
    }

    /// A string in quotes.
    fn string(&mut self, quote: u8) -> Result<T, SyntaxError> {
        let start = self.pos;
        // Line breaks that were taken out of the string come back behind it.
        let mut taken = 0;
        self.pos += 1;
        loop {
            match self.peek(0) {
                b'\n' | b'\r' => return self.error_near("unfinished string", start),
                0 if self.pos >= self.text.len() => return self.error("unfinished string near '<eof>'"),
                b'\\' => self.escape(start, &mut taken)?,
                byte => {
                    self.pos += 1;
                    if byte == quote {
                        break;
                    }
                }
            }
        }
        if taken > 0 {
            self.edits.after(self.pos, "\n".repeat(taken));
        }
        Ok(T::String)
    }

    /// An escape sequence; `string` is where its string starts.
    fn escape(&mut self, string: usize, taken: &mut usize) -> Result<(), SyntaxError> {
        let start = self.pos;
        self.pos += 1;
        let old = self.target == Target::Lua51;
        match self.peek(0) {
            b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' | b'"' | b'\'' => self.pos += 1,
            b'\n' | b'\r' => self.line_break(),
            0 if self.pos >= self.text.len() => {}
            b'0'..=b'9' => {
                let digits = self.text[self.pos..].iter().take(3).take_while(|b| b.is_ascii_digit());
                let (count, value) = digits.fold((0, 0u32), |(n, v), &b| (n + 1, v * 10 + (b - b'0') as u32));
                self.pos += count;
                if value > 255 {
                    return self.error_near("invalid escape sequence", start);
                }
            }
            b'x' => {
                let digit = |byte: u8| (byte as char).to_digit(16);
                let (Some(high), Some(low)) = (digit(self.peek(1)), digit(self.peek(2))) else {
                    self.pos += 1;
                    return self.error_near("invalid escape sequence", start);
                };
                self.pos += 3;
                if old {
                    self.edits.replace(start, self.pos, format!("\\{:03}", high * 16 + low));
                }
            }
            b'z' => {
                self.pos += 1;
                let line = self.line;
                while let b' ' | b'\t' | 0x0b | 0x0c | b'\n' | b'\r' = self.peek(0) {
                    match self.peek(0) {
                        b'\n' | b'\r' => self.line_break(),
                        _ => self.pos += 1,
                    }
                }
                if old {
                    *taken += (self.line - line) as usize;
                    self.edits.replace(start, self.pos, "");
                }
            }
            b'u' if self.peek(1) == b'{' => {
                self.pos += 2;
                let digits = self.text[self.pos..].iter().take_while(|b| b.is_ascii_hexdigit()).count();
                let code = std::str::from_utf8(&self.text[self.pos..self.pos + digits]).unwrap_or_default();
                self.pos += digits;
                let code = u32::from_str_radix(code, 16).ok().filter(|&code| code < 1 << 31);
                let (Some(code), b'}') = (code, self.peek(0)) else {
                    return self.error_near("invalid escape sequence", string);
                };
                self.pos += 1;
                if matches!(self.target, Target::Lua51 | Target::Lua52) {
                    self.edits.replace(start, self.pos, utf8_escapes(code));
                }
            }
            // Lua 5.1 takes any other byte for itself.
            _ => {
                self.pos += 1;
                if !old {
                    self.edits.replace(start, start + 1, "");
                }
            }
        }
        Ok(())
    }
}

/// UTF-8, as far as it goes, in decimal escapes.
fn utf8_escapes(code: u32) -> String {
    let mut bytes = Vec::new();
    if code < 0x80 {
        bytes.push(code);
    } else {
        let (mut rest, mut first) = (code, 0x3f);
        while rest > first {
            bytes.push(0x80 | rest & 0x3f);
            rest >>= 6;
            first >>= 1;
        }
        bytes.push((!first << 1 & 0xff) | rest);
    }
    bytes.iter().rev().map(|byte| format!("\\{byte:03}")).collect()
}
