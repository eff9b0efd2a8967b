//! What can be wrong with a declaration, in the words that LuaJIT's `ffi` uses where it has some.

use std::fmt;

/// Why a text is not understood, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// What is wrong, and which token it was found at.
    pub message: String,
    /// The line, from 1; a `#line` directive in the text counts.
    pub line: u32,
    /// The byte in the line, from 1.
    pub column: u32,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.line > 1 {
            write!(f, " at line {}", self.line)?;
        }
        Ok(())
    }
}

impl std::error::Error for ParseError {}

/// An error on its way: one word, since almost every function of the parser may return it.
pub(super) type Fail = Box<ParseError>;
pub(super) type Result<T> = std::result::Result<T, Fail>;

/// What is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) enum Why<'a> {
    Expected(&'a str),
    Symbol,
    Number,
    UnfinishedString,
    UnfinishedComment,
    BadEscape,
    Name,
    Value,
    Levels,
    Type,
    Size,
    Types,
    Storage,
    Specifier,
    Tag(&'a str),
    Redefined(&'a str),
    Parameters,
    Assertion(&'a str),
    Conditional,
    Indexed(&'a str),
    Member { ty: &'a str, name: &'a str },
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::Expected(what) => return write!(f, "'{what}' expected"),
            Why::Symbol => "unexpected symbol",
            Why::Number => "malformed number",
            Why::UnfinishedString => "unfinished string",
            Why::UnfinishedComment => "unfinished comment",
            Why::BadEscape => "invalid escape sequence",
            Why::Name => "a name is not valid UTF-8",
            Why::Value => "invalid value",
            Why::Levels => "chunk has too many syntax levels",
            Why::Type => "invalid C type",
            Why::Size => "size of C type is unknown or too large",
            Why::Types => "table overflow",
            Why::Storage => "bad storage class",
            Why::Specifier => "declaration specifier expected",
            Why::Tag(tag) => return write!(f, "undeclared or implicit tag '{tag}'"),
            Why::Redefined(name) => return write!(f, "attempt to redefine '{name}'"),
            Why::Parameters => "wrong number of type parameters",
            Why::Conditional => "conditionals of the preprocessor are not read",
            Why::Assertion("") => "static assertion failed",
            Why::Assertion(text) => return write!(f, "static assertion failed: {text}"),
            Why::Indexed(ty) => return write!(f, "'{ty}' cannot be indexed"),
            Why::Member { ty, name } => return write!(f, "'{ty}' has no member named '{name}'"),
        })
    }
}
