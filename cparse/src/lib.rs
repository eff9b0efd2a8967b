//! Declarations in C: from text to types and names. What it takes is C as compilers take it after
//! preprocessing, gcc's extensions included, plus what LuaJIT's `ffi` adds (`$`, `[?]`, references).
//!
//! One pass, one token ahead; tokens are places in the text. Nesting is limited, everything else is
//! loops. A text that fails leaves nothing behind: its types are a draft (`TypeTable::transaction`), its
//! names are on a list of those that it added.
#![forbid(unsafe_code)]

mod arithmetic;
mod attributes;
mod constant;
mod declarators;
mod error;
mod keyword;
mod lexer;
mod literal;
mod names;
mod records;
mod specifiers;
mod top;

#[cfg(test)]
mod tests;

pub use error::ParseError;
pub use names::{Declarations, Name};

use arithmetic::ATOM;
use error::{Fail, Result, Why};
use foldhash::{HashSet, HashSetExt};
use keyword::Keyword;
use lexer::{Kind, Lexer, Token, op};
use lunaffi_core::ctype::{Fate, TypeId, TypeTable};
use lunaffi_core::stack::has_room;
use names::{DeclaredName, NameEntry, NameKey, Names};
use std::rc::Rc;

/// What a `$` in the text stands for.
#[derive(Clone, Debug)]
pub enum Param {
    /// A type.
    Type(TypeId),
    /// A name: never that of a type.
    Name(Box<str>),
    /// An integer.
    Number(i64),
}

/// Declares what a text declares. The result is its ordinary names, each once, in order. When anything
/// is wrong, nothing is declared.
pub fn declare(
    types: &TypeTable,
    declarations: &Declarations,
    text: &[u8],
    params: &[Param],
) -> std::result::Result<Vec<Rc<str>>, ParseError> {
    run(types, declarations, text, params, true, |parser| {
        let declared = parser.declarations()?;
        Ok((declared, parser.fate()))
    })
}

/// The type that a text names, such as `struct point *[4]`. It may declare structs without a tag, and
/// with them constants, but no tags.
pub fn type_name(
    types: &TypeTable,
    declarations: &Declarations,
    text: &[u8],
    params: &[Param],
) -> std::result::Result<TypeId, ParseError> {
    run(types, declarations, text, params, false, |parser| Ok((parser.single_type()?, Fate::Keep)))
}

/// The answer to a question about the type that a text names. The type is forgotten with it, unless
/// the text declares more than that.
pub fn ask<T>(
    types: &TypeTable,
    declarations: &Declarations,
    text: &[u8],
    question: impl FnOnce(&TypeTable, TypeId) -> T,
) -> std::result::Result<T, ParseError> {
    run(types, declarations, text, &[], false, |parser| {
        let ty = parser.single_type()?;
        Ok((question(parser.types, ty), parser.fate()))
    })
}

fn run<T>(
    types: &TypeTable,
    declarations: &Declarations,
    text: &[u8],
    params: &[Param],
    tags: bool,
    parse: impl FnOnce(&mut Parser<'_>) -> Result<(T, Fate)>,
) -> std::result::Result<T, ParseError> {
    let refused = |why| Err(*Lexer::new(b"", &[]).fail(0, format_args!("{why}")));
    let spliced = lexer::splice(text);
    let (text, splices) = match &spliced {
        Some((text, splices)) => (&text[..], &splices[..]),
        None => (text, &[][..]),
    };
    if text.len() > lexer::MAX_TEXT {
        return refused(Why::Size);
    }
    if types.count() > MAX_TYPES {
        return refused(Why::Types);
    }
    let mut names = declarations.names.borrow_mut();
    names.texts += 1;
    let end = Token { kind: Kind::End, start: 0, end: 0, value: 0 };
    let result = types.transaction(|draft| {
        let mut parser = Parser {
            types: draft,
            names: &mut names,
            lexer: Lexer::new(text, splices),
            token: end,
            params,
            used: 0,
            tags,
            depth: 0,
            unevaluated: 0,
            least: 0,
            loosest: ATOM,
            scope: Vec::new(),
            parts: Vec::new(),
            defining: Vec::new(),
            old_style: false,
            added: Vec::new(),
            declared: Vec::new(),
            macros: HashSet::new(),
            undefined: false,
            defined_again: Vec::new(),
            copies: text.len() + MIN_COPIES,
        };
        let result = parser.advance().and_then(|()| parse(&mut parser)).and_then(|done| {
            let all_used = parser.used == params.len();
            if all_used { Ok(done) } else { Err(parser.fail(Why::Parameters)) }
        });
        if result.is_err() {
            parser.undo();
        }
        result
    });
    result.map_err(|e: Fail| *e)
}

/// How many types there may be before a text is refused: a text of the greatest length adds fewer than
/// the numbers that are left. (Tests reach the limit.)
const MAX_TYPES: usize = if cfg!(test) { 1 << 16 } else { 1 << 24 };

/// How deep declarations and expressions may nest.
const MAX_DEPTH: u32 = 200;

/// How many members and constants of records in records any text may copy.
const MIN_COPIES: usize = 1 << 16;

/// A place in the text, and how deep the parser is in it.
#[derive(Clone, Copy)]
struct Mark {
    token: Token,
    place: usize,
    used: usize,
    depth: u32,
    unevaluated: u32,
    scope: usize,
    parts: usize,
    defining: usize,
}

/// A name that the text added.
enum Added {
    Ordinary(NameKey),
    /// One that was a keyword before.
    Replaced(NameKey, NameEntry),
    Tag(NameKey),
}

/// The state of reading one text.
struct Parser<'a> {
    types: &'a TypeTable<'a>,
    names: &'a mut Names,
    lexer: Lexer<'a>,
    /// The token that is looked at.
    token: Token,
    params: &'a [Param],
    /// How many of `params` have been used.
    used: usize,
    /// New tags may be declared.
    tags: bool,
    depth: u32,
    /// Inside of `sizeof` and their like, and of branches not taken: values need not be known.
    unevaluated: u32,
    /// How strongly the operator in front of the present operand binds.
    least: u8,
    /// The level of the loosest operator since someone asked, brackets aside.
    loosest: u8,
    /// The parameters in sight, innermost last.
    scope: Vec<(&'a [u8], TypeId)>,
    /// The parts of the declarators that are being read.
    parts: Vec<declarators::Part>,
    /// The structs, unions and enumerations whose bodies are being read.
    defining: Vec<TypeId>,
    /// The parameters last read were mere names.
    old_style: bool,
    added: Vec<Added>,
    declared: Vec<Rc<str>>,
    /// The macros that the text has defined.
    macros: HashSet<NameKey>,
    /// It has undefined one of them.
    undefined: bool,
    /// Names that it defined as macros and that had a meaning already.
    defined_again: Vec<Rc<str>>,
    /// See [`Parser::copy`].
    copies: usize,
}

impl<'a> Parser<'a> {
    /// Reads the next token.
    fn advance(&mut self) -> Result<()> {
        loop {
            let mut token = self.lexer.next()?;
            match token.kind {
                Kind::Name => {
                    token.kind = match self.names.ordinary.get(self.lexer.slice(token)) {
                        Some(DeclaredName { entry: NameEntry::Keyword(Keyword::Pragma), .. }) => {
                            self.lexer.pragma_operator()?;
                            continue;
                        }
                        Some(DeclaredName { entry: NameEntry::Keyword(Keyword::ShortPointer), .. }) => {
                            return Err(self.lexer.fail_near(token, Why::Type));
                        }
                        Some(DeclaredName { entry: NameEntry::Keyword(keyword), .. }) => Kind::Keyword(*keyword),
                        Some(DeclaredName { entry: NameEntry::Name(Name::Typedef(ty)), .. }) => Kind::Type(*ty),
                        _ => Kind::Name,
                    };
                }
                Kind::Parameter => self.parameter(&mut token)?,
                Kind::Define => {
                    self.define();
                    continue;
                }
                Kind::Undefine => {
                    self.undefine();
                    continue;
                }
                _ => {}
            }
            self.token = token;
            return Ok(());
        }
    }

    fn parameter(&mut self, token: &mut Token) -> Result<()> {
        let param = self.params.get(self.used).ok_or_else(|| self.fail(Why::Parameters))?;
        self.used += 1;
        match param {
            Param::Type(ty) => token.kind = Kind::Type(*ty),
            Param::Name(_) => (token.kind, token.value) = (Kind::Name, self.used as u64),
            Param::Number(n) => {
                use lunaffi_core::scalar::Scalar;
                let small = i32::try_from(*n).is_ok();
                token.kind = Kind::Integer(if small { Scalar::I32 } else { Scalar::I64 });
                token.value = *n as u64;
            }
        }
        Ok(())
    }

    /// The name that a token is.
    fn name_of(&self, token: Token) -> &'a [u8] {
        match (token.value as usize).checked_sub(1).map(|n| &self.params[n]) {
            Some(Param::Name(name)) if token.kind == Kind::Name => name.as_bytes(),
            _ => self.lexer.slice(token),
        }
    }

    /// Takes that many members and constants of records in records from what the text may copy: a few
    /// lines could ask for more than there is memory.
    fn copy(&mut self, count: usize) -> Result<()> {
        self.copies = self.copies.checked_sub(count).ok_or_else(|| self.fail(Why::Size))?;
        Ok(())
    }

    /// An error at the present token, without naming it.
    fn fail(&self, why: Why<'_>) -> Fail {
        self.lexer.fail(self.token.start as usize, format_args!("{why}"))
    }

    /// An error that names the present token.
    fn fail_near(&self, why: Why<'_>) -> Fail {
        self.lexer.fail_near(self.token, why)
    }

    fn is(&self, text: &[u8]) -> bool {
        self.token.kind == Kind::Op(op(text))
    }

    fn is_keyword(&self, keyword: Keyword) -> bool {
        self.token.kind == Kind::Keyword(keyword)
    }

    /// Steps over that punctuation, if it is there.
    fn accept(&mut self, text: &[u8]) -> Result<bool> {
        let found = self.is(text);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, text: &'static str) -> Result<()> {
        if self.accept(text.as_bytes())? { Ok(()) } else { Err(self.fail_near(Why::Expected(text))) }
    }

    fn expect_name(&mut self) -> Result<&'a [u8]> {
        if self.token.kind != Kind::Name {
            return Err(self.fail_near(Why::Expected("<identifier>")));
        }
        let name = self.name_of(self.token);
        self.advance()?;
        Ok(name)
    }

    /// A step deeper; every call is matched by one of `leave`, unless it ends in an error.
    fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH || !has_room() { Err(self.fail(Why::Levels)) } else { Ok(()) }
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Where the parser stands, to come back to after an attempt.
    fn mark(&self) -> Mark {
        Mark {
            token: self.token,
            place: self.lexer.position(),
            used: self.used,
            depth: self.depth,
            unevaluated: self.unevaluated,
            scope: self.scope.len(),
            parts: self.parts.len(),
            defining: self.defining.len(),
        }
    }

    /// Comes back to where it stood; what has been declared meanwhile stays.
    fn rewind(&mut self, mark: Mark) {
        self.token = mark.token;
        self.lexer.rewind(mark.place);
        self.used = mark.used;
        self.depth = mark.depth;
        self.unevaluated = mark.unevaluated;
        self.scope.truncate(mark.scope);
        self.parts.truncate(mark.parts);
        self.defining.truncate(mark.defining);
    }

    /// From an opening bracket, which is the present token, to behind the one that closes it.
    fn skip_brackets(&mut self, open: u8, close: u8) -> Result<()> {
        debug_assert!(self.is(&[open]));
        self.lexer.skip_balanced(open, close)?;
        self.advance()
    }

    /// Gives a name its meaning, unless it has one already.
    fn add_name(&mut self, name: &[u8], meaning: Name) {
        let text = self.names.texts;
        match self.names.ordinary.get_mut(name) {
            Some(named) if matches!(named.entry, NameEntry::Keyword(_)) => {
                // `typedef int bool;`: from now on it is what the text says. What is C's own stays.
                if !keyword::is_soft(name) {
                    return;
                }
                let old = std::mem::replace(&mut named.entry, NameEntry::Name(meaning));
                named.text = text;
                let key = NameKey::new(name);
                self.declared.push(key.0.clone());
                self.added.push(Added::Replaced(key, old));
            }
            Some(named) => {
                if named.text != text {
                    named.text = text;
                    self.declared.push(NameKey::new(name).0);
                }
            }
            None => {
                let key = NameKey::new(name);
                self.names.ordinary.insert(key.clone(), DeclaredName { entry: NameEntry::Name(meaning), text });
                self.declared.push(key.0.clone());
                self.added.push(Added::Ordinary(key));
            }
        }
    }

    /// What becomes of the types of a text that has been read: they are needed if it said anything new.
    fn fate(&self) -> Fate {
        if self.types.completes() || !self.added.is_empty() { Fate::Keep } else { Fate::Discard }
    }

    fn add_tag(&mut self, tag: &[u8], ty: TypeId) {
        let key = NameKey::new(tag);
        self.names.tags.insert(key.clone(), ty);
        self.added.push(Added::Tag(key));
    }

    fn undo(&mut self) {
        for added in self.added.drain(..) {
            match added {
                Added::Replaced(key, entry) => {
                    if let Some(named) = self.names.ordinary.get_mut(&key) {
                        named.entry = entry;
                    }
                }
                Added::Ordinary(key) => {
                    self.names.loose.remove(&key);
                    self.names.ordinary.remove(&key);
                }
                Added::Tag(key) => drop(self.names.tags.remove(&key)),
            }
        }
    }
}
