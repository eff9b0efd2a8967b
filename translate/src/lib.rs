//! Translates LuaJIT source to source for another Lua: its literals, its comparisons with cdata, and
//! the names of Lua 5.1. What it gives says the same on the same lines; where the source needs
//! nothing, it is the source. Pure work on text: what the helpers do that the output calls is not
//! known here, only their names.
//!
//! The source is parsed once, with no tree: `lexer` repairs single tokens, `parser` and `expression`
//! follow the grammar and note edits, `jump` does without `goto`, `scope` works out what can hold cdata, `compare` decides which
//! comparisons need help, and `edit` puts the output together.
#![forbid(unsafe_code)]

mod compare;
mod edit;
mod expression;
mod growth;
mod jump;
mod lexer;
mod main_chunk;
mod names;
pub mod numeral;
mod parser;
mod scope;

#[cfg(test)]
mod tests;

use lexer::{Constant, is_word};
use std::fmt;

pub use main_chunk::main_chunk;

/// The Lua that the output is for. Later ones than 5.4 count as that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// Lua 5.1
    Lua51,
    /// Lua 5.2
    Lua52,
    /// Lua 5.3
    Lua53,
    /// Lua 5.4, and 5.5
    Lua54,
    /// LuaJIT
    LuaJit,
}

/// The standard library that the output finds in its globals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Library {
    /// The target's own: what LuaJIT has otherwise is called by helpers.
    Target,
    /// LuaJIT's, in all that the target can have of it.
    LuaJit,
}

impl Target {
    /// Numbers have an integer subtype.
    pub fn has_integers(self) -> bool {
        matches!(self, Target::Lua53 | Target::Lua54)
    }

    /// `<` and `<=` look for a metamethod whatever the operands are.
    fn orders_mixed(self) -> bool {
        !matches!(self, Target::Lua51 | Target::LuaJit)
    }

    /// There are jumps and labels.
    fn has_goto(self) -> bool {
        self != Target::Lua51
    }

    /// A label may have the name of one around it.
    fn hides_labels(self) -> bool {
        self != Target::Lua54
    }

    /// `goto` is a keyword, and globals are fields of `_ENV`.
    fn reserves_goto(self) -> bool {
        !matches!(self, Target::Lua51 | Target::LuaJit)
    }
}

/// Text that is not LuaJIT's, nor any later Lua's as far as they agree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// Counted from 1.
    pub line: u32,
    /// Without the position.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.message)
    }
}

impl std::error::Error for SyntaxError {}

/// What became of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// It needs nothing.
    Unchanged,
    /// A text that says the same.
    Chunk(Vec<u8>),
    /// A chunk that takes the table of helpers and returns a function: the text's own chunk.
    Maker(Vec<u8>),
}

/// Translates a text.
pub fn translate(text: &[u8], target: Target, library: Library) -> Result<Output, SyntaxError> {
    let name = helper_name(text);
    let parsed = parser::parse(text, target, library, &name)?;
    if parsed.edits.len() == 0 {
        return Ok(Output::Unchanged);
    }
    let mut edits = parsed.edits;
    if !parsed.uses_helpers {
        return Ok(Output::Chunk(edits.apply(text)));
    }
    let mut head = format!("local {name}=... ");
    if edits.any_contains(&format!("{name}a=")) || edits.any_contains(&format!("{name}a~")) {
        head += &format!("local {name}a={name}.any ");
    }
    if !parsed.constants.is_empty() {
        head += &format!("local {name}k={{{}}} ", constants(&name, &parsed.constants));
    }
    head += "return function(...) ";
    edits.after(parsed.end, " end");
    let mut output = head.into_bytes();
    output.extend(edits.apply(text));
    Ok(Output::Maker(output))
}

/// The expressions that make the constants.
fn constants(name: &str, constants: &[Constant]) -> String {
    let made = |constant: &Constant| match *constant {
        Constant::Signed(value) => format!("{name}.i64\"{}\"", value as i64),
        Constant::Unsigned(value) => format!("{name}.u64\"{value}\""),
        Constant::Imaginary(value) => {
            let sign = if value.is_sign_negative() { "-" } else { "" };
            format!("{name}.imaginary\"{sign}{}\"", numeral::float_text(value.abs()))
        }
    };
    constants.iter().map(made).collect::<Vec<_>>().join(",")
}

/// A name that begins no name of the text.
fn helper_name(text: &[u8]) -> String {
    const NAME: &[u8] = b"__ffi";
    // Whatever number follows the name in the text is not taken.
    let mut taken: Vec<u32> = Vec::new();
    let mut any = false;
    let mut rest = text;
    while let Some(at) = rest.windows(NAME.len()).position(|window| window == NAME) {
        any = true;
        rest = &rest[at + NAME.len()..];
        let digits = rest.iter().take(7).take_while(|b| b.is_ascii_digit());
        taken.push(digits.fold(0, |number, &b| number * 10 + (b - b'0') as u32));
    }
    if !any {
        return "__ffi".to_owned();
    }
    taken.sort_unstable();
    taken.dedup();
    let free = (1..).zip(taken.iter().filter(|&&n| n > 0).chain(&[0])).find(|&(n, &t)| n != t);
    format!("__ffi{}_", free.map_or(1, |(n, _)| n))
}

/// Whether a text has to do with cdata, by its looks: the word `ffi` or `cdata`, or a 64-bit literal.
/// Words in comments and strings count, too.
pub fn concerns(text: &[u8]) -> bool {
    let mut rest = text;
    loop {
        let Some(start) = rest.iter().position(|&b| is_word(b)) else {
            return false;
        };
        rest = &rest[start..];
        let length = rest.iter().position(|&b| !is_word(b)).unwrap_or(rest.len());
        let word = &rest[..length];
        if matches!(word, b"ffi" | b"cdata") {
            return true;
        }
        let suffix = word[0].is_ascii_digit() && matches!(word[length - 1] | 0x20, b'l' | b'u' | b'i');
        if suffix && numeral::scan(word).is_some() {
            return true;
        }
        rest = &rest[length..];
    }
}
