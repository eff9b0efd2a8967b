//! A whole text: one declaration after the other, or one type.

use super::Parser;
use super::arithmetic::{ATOM, FoldedValue};
use super::declarators::{Declared, HasName, align_code};
use super::error::{Result, Why};
use super::keyword::Keyword;
use super::lexer::Kind;
use super::names::{Name, NameEntry, NameKey};
use super::specifiers::{DeclarationContext, Specifiers, Storage};
use foldhash::{HashSet, HashSetExt};
use lunaffi_core::ctype::{CType, Constant, ConstantValue, Quals, TypeId};
use lunaffi_core::scalar::{Class, Scalar};
use std::rc::Rc;

impl<'a> Parser<'a> {
    /// All declarations up to the end.
    pub(super) fn declarations(&mut self) -> Result<Vec<Rc<str>>> {
        // `extern "C" {` that are open.
        let mut blocks = 0;
        let mut first = true;
        while self.token.kind != Kind::End {
            if self.accept(b";")? {
                first = false;
            } else if blocks > 0 && self.accept(b"}")? {
                blocks -= 1;
            } else if self.is_extension() {
                self.advance()?;
            } else if self.is_keyword(Keyword::StaticAssert) {
                self.static_assertion()?;
                self.end_of_declaration(&mut first)?;
            } else if self.is_keyword(Keyword::Asm) {
                self.advance()?;
                // `asm volatile (...)`, `asm inline (...)`
                while matches!(self.token.kind, Kind::Keyword(Keyword::Volatile | Keyword::Nothing)) {
                    self.advance()?;
                }
                if !self.is(b"(") {
                    return Err(self.fail_near(Why::Expected("(")));
                }
                self.skip_brackets(b'(', b')')?;
                self.end_of_declaration(&mut first)?;
            } else if self.is_keyword(Keyword::Extern) && self.next_byte() == b'"' {
                self.advance()?;
                self.text(&mut Vec::new())?;
                blocks += self.accept(b"{")? as u32;
            } else if !self.declaration()? {
                self.end_of_declaration(&mut first)?;
            } else {
                first = false;
            }
        }
        if blocks > 0 {
            return Err(self.fail_near(Why::Expected("}")));
        }
        Ok(self.declared_names())
    }

    /// `__extension__`, which may stand before what has no specifiers, too.
    pub(super) fn is_extension(&self) -> bool {
        self.is_keyword(Keyword::Nothing) && self.lexer.slice(self.token) == b"__extension__"
    }

    /// The semicolon, which a text of one declaration may leave out.
    fn end_of_declaration(&mut self, first: &mut bool) -> Result<()> {
        if self.token.kind == Kind::End && *first {
            return Ok(());
        }
        *first = false;
        // What is behind the semicolon may look a name up that was declared before it.
        self.expect(";")
    }

    /// One declaration up to its semicolon; true when it was a function's definition, which has none.
    fn declaration(&mut self) -> Result<bool> {
        let spec = self.specifiers(DeclarationContext::File)?;
        if spec.tagged && (self.is(b";") || self.token.kind == Kind::End) {
            return Ok(false);
        }
        loop {
            let mut declared = self.declarator(&spec, HasName::Yes)?;
            if spec.inferred {
                declared.ty = self.inferred(&spec, &declared)?;
            }
            let is_function = matches!(self.types.get(declared.ty), CType::Function(_));
            if is_function && spec.storage != Storage::Typedef {
                self.add_extern(declared);
                if self.is(b"{") {
                    self.skip_brackets(b'{', b'}')?;
                    return Ok(true);
                }
                if self.old_style && self.is_type_start() {
                    // The parameters of a function defined as before C had prototypes.
                    while !self.is(b"{") {
                        if self.token.kind == Kind::End || self.is(b"}") {
                            return Err(self.fail_near(Why::Expected(";")));
                        }
                        self.advance()?;
                    }
                    self.skip_brackets(b'{', b'}')?;
                    return Ok(true);
                }
            } else if spec.storage == Storage::Typedef {
                if declared.attributes.transparent
                    && let Some(record) = self.types.record(declared.ty)
                {
                    record.make_transparent(self.types);
                }
                let aligned = Quals { align: align_code(declared.attributes.last_align), ..Quals::NONE };
                let ty = self.types.qualified(declared.ty, aligned);
                self.add_name(declared.name.unwrap_or_default(), Name::Typedef(ty));
            } else {
                self.variable(declared, spec.storage)?;
            }
            if !self.accept(b",")? {
                return Ok(false);
            }
        }
    }

    /// The type of a variable that is declared without one: that of its initialiser, at whose `=` the
    /// parser stands, with the qualifiers that the declaration has.
    fn inferred(&mut self, spec: &Specifiers, declared: &Declared<'_>) -> Result<TypeId> {
        if !matches!(spec.storage, Storage::None | Storage::Static) || self.types.bare(declared.ty) != TypeId::VOID {
            return Err(self.fail(Why::Type));
        }
        if !self.is(b"=") {
            return Err(self.fail_near(Why::Expected("=")));
        }
        let mark = self.mark();
        self.advance()?;
        let value = self.conditional()?;
        let ty = self.rvalue(value).ty;
        self.rewind(mark);
        let ty = self.types.qualified(self.types.bare(ty), self.types.quals(declared.ty));
        if self.types.size_of(ty).is_some() { Ok(ty) } else { Err(self.fail(Why::Type)) }
    }

    fn is_declared(&self, declared: &Declared<'_>) -> bool {
        declared.name.is_some_and(|name| self.names.ordinary.contains_key(name))
    }

    fn add_extern(&mut self, declared: Declared<'_>) {
        let symbol = declared.symbol.map(Rc::from);
        self.add_name(declared.name.unwrap_or_default(), Name::Extern { ty: declared.ty, symbol });
    }

    /// A variable; a `static` one is a constant.
    fn variable(&mut self, declared: Declared<'_>, storage: Storage) -> Result<()> {
        let aligned = Quals { align: align_code(declared.attributes.align), ..Quals::NONE };
        let declared = Declared { ty: self.types.qualified(declared.ty, aligned), ..declared };
        if storage != Storage::Static {
            if self.accept(b"=")? {
                self.skip_initialiser()?;
            }
            self.add_extern(declared);
            return Ok(());
        }
        let of_header = matches!(self.types.kind(declared.ty), CType::Array { .. } | CType::Record(_))
            && self.types.size_of(declared.ty).is_some()
            && !self.types.quals(declared.ty).is_const;
        if !self.is(b"=") && !of_header && !self.is_declared(&declared) {
            self.expect_initialiser(declared.ty)?;
        }
        if !self.accept(b"=")? {
            // Declared before, and that is what it stays; or a table that the header's own functions fill.
            self.add_extern(declared);
            return Ok(());
        }
        if self.is_constant_type(declared.ty) && !self.is(b"{") {
            let constant = self.constant_of(declared.ty)?;
            self.add_name(declared.name.unwrap_or_default(), Name::Constant(Rc::new(constant)));
        } else {
            // An array or struct of a header's own: nothing that a library could export.
            self.skip_initialiser()?;
            self.add_extern(declared);
        }
        Ok(())
    }

    /// Steps over the `=` of a constant.
    pub(super) fn expect_initialiser(&mut self, ty: TypeId) -> Result<()> {
        if !self.is_constant_type(ty) {
            return Err(self.fail(Why::Type));
        }
        self.expect("=")
    }

    /// Whether a constant may have that type: numbers that are `const`, and text.
    fn is_constant_type(&self, ty: TypeId) -> bool {
        let types = self.types;
        if self.is_text(ty) {
            return true;
        }
        types.quals(ty).is_const
            && !matches!(types.kind(ty), CType::Pointer(_))
            && match types.passed(ty) {
                CType::Scalar(_) => true,
                CType::ExtendedNumber(extended) => extended.read_as().is_some(),
                _ => false,
            }
    }

    /// An array of, or a pointer to, constant characters.
    fn is_text(&self, ty: TypeId) -> bool {
        let types = self.types;
        let elem = match types.kind(ty) {
            CType::Pointer(elem) | CType::Array { elem, .. } | CType::OpenArray(elem) => elem,
            _ => return false,
        };
        types.quals(elem).is_const && matches!(types.kind(elem), CType::Scalar(Scalar::I8 | Scalar::U8))
    }

    /// The value that initialises a constant of that type.
    pub(super) fn constant_of(&mut self, ty: TypeId) -> Result<Constant> {
        let value = self.conditional()?;
        if self.is_text(ty) {
            return match self.rvalue(value).known {
                FoldedValue::Text(text) => {
                    let ty = match self.types.get(ty) {
                        CType::OpenArray(elem) => self.types.array(elem, text.len() + 1).unwrap_or(ty),
                        _ => ty,
                    };
                    Ok(Constant { ty, value: ConstantValue::Text((*text).into()) })
                }
                _ => Err(self.fail(Why::Value)),
            };
        }
        let value = self.rvalue(value);
        let value = match self.converted(value, ty).known {
            FoldedValue::Integer(value) => ConstantValue::Integer(value),
            FoldedValue::Float(value) => ConstantValue::Float(value),
            _ => return Err(self.fail(Why::Value)),
        };
        let bare = match self.types.passed(ty) {
            CType::Scalar(s) if s.class() != Class::Float || matches!(value, ConstantValue::Float(_)) => {
                self.types.bare(ty)
            }
            _ => ty,
        };
        Ok(Constant { ty: bare, value })
    }

    /// Steps over what initialises a variable, up to the comma or semicolon.
    fn skip_initialiser(&mut self) -> Result<()> {
        if self.is(b",") || self.is(b";") {
            return Err(self.fail_near(Why::Symbol));
        }
        loop {
            match self.token.kind {
                Kind::End => return Ok(()),
                _ if self.is(b",") || self.is(b";") => return Ok(()),
                _ if self.is(b"(") => self.skip_brackets(b'(', b')')?,
                _ if self.is(b"[") => self.skip_brackets(b'[', b']')?,
                _ if self.is(b"{") => self.skip_brackets(b'{', b'}')?,
                _ => self.advance()?,
            }
        }
    }

    /// `_Static_assert(expression, "text")`, without the semicolon. One that asks what cannot be known
    /// here is believed.
    pub(super) fn static_assertion(&mut self) -> Result<()> {
        self.advance()?;
        if !self.is(b"(") {
            return Err(self.fail_near(Why::Expected("(")));
        }
        let mark = self.mark();
        self.lexer.attempts += 1;
        let known = self.advance().and_then(|()| self.conditional()).map(|value| self.rvalue(value).is_true());
        let mut text = Vec::new();
        let said = known.is_ok()
            && match self.accept(b",") {
                Ok(true) => self.text(&mut text).is_ok(),
                Ok(false) => true,
                Err(_) => false,
            };
        let complete = said && self.is(b")");
        self.lexer.attempts -= 1;
        if complete {
            if let Ok(Some(false)) = known {
                return Err(self.fail(Why::Assertion(&String::from_utf8_lossy(&text))));
            }
            return self.advance();
        }
        self.rewind(mark);
        self.skip_brackets(b'(', b')')
    }

    /// `#define NAME value`, at whose name the lexer stands: a constant, when the value is one. Any
    /// other macro is no business of declarations.
    pub(super) fn define(&mut self) {
        let end = self.lexer.confine();
        let mark = self.mark();
        self.lexer.attempts += 1;
        let outer = (self.least, std::mem::replace(&mut self.loosest, ATOM));
        let constant = self.macro_value();
        let loosest = self.loosest;
        (self.least, self.loosest) = outer;
        self.lexer.attempts -= 1;
        self.rewind(mark);
        self.lexer.release(end);
        if let Some((name, constant)) = constant {
            // What an earlier text declared this one may still declare, so its mark stays what it was.
            if self.names.ordinary.contains_key(name) {
                self.defined_again.push(NameKey::new(name).0);
            } else {
                let key = NameKey::new(name);
                if loosest != ATOM {
                    self.names.loose.insert(key.clone(), loosest);
                }
                self.macros.insert(key);
                self.add_name(name, Name::Constant(Rc::new(constant)));
            }
        }
    }

    /// `#undef NAME`, at whose name the lexer stands: what this text has defined is a name no more.
    pub(super) fn undefine(&mut self) {
        let end = self.lexer.confine();
        if let Ok(token) = self.lexer.next() {
            let name = self.lexer.slice(token);
            let text = self.names.texts;
            if self.macros.remove(name) && self.names.ordinary.get(name).is_some_and(|named| named.text == text) {
                self.names.ordinary.remove(name);
                self.names.loose.remove(name);
                self.undefined = true;
            }
        }
        self.lexer.release(end);
    }

    /// The names that the text has declared, each once: macros may come and go.
    fn declared_names(&mut self) -> Vec<Rc<str>> {
        let mut declared = std::mem::take(&mut self.declared);
        if self.undefined || !self.defined_again.is_empty() {
            let mut seen = HashSet::new();
            declared.append(&mut self.defined_again);
            let is_name = |name: &Rc<str>| {
                matches!(self.names.ordinary.get(name.as_bytes()).map(|named| &named.entry), Some(NameEntry::Name(_)))
            };
            declared.retain(|name| is_name(name) && seen.insert(name.clone()));
        }
        declared
    }

    fn macro_value(&mut self) -> Option<(&'a [u8], Constant)> {
        let name = self.lexer.next().ok().filter(|token| token.kind == Kind::Name)?;
        if self.lexer.next_is(b'(') {
            return None;
        }
        self.advance().ok()?;
        let is_itself = self.token.kind == Kind::Name && self.lexer.slice(self.token) == self.lexer.slice(name);
        let value = self.conditional().ok()?;
        // `#define NAME NAME` stands beside what declares the name.
        if self.token.kind != Kind::End || is_itself {
            return None;
        }
        let ty = value.ty;
        let value = self.rvalue(value);
        let (ty, value) = match value.known {
            FoldedValue::Integer(number) => (value.ty, ConstantValue::Integer(number)),
            FoldedValue::Float(number) => (value.ty, ConstantValue::Float(number)),
            FoldedValue::Text(text) => (ty, ConstantValue::Text((*text).into())),
            _ => return None,
        };
        Some((self.lexer.slice(name), Constant { ty, value }))
    }

    /// One type, and nothing behind it.
    pub(super) fn single_type(&mut self) -> Result<TypeId> {
        let spec = self.specifiers(DeclarationContext::Type)?;
        let declared = self.declarator(&spec, HasName::No)?;
        if self.token.kind != Kind::End {
            return Err(self.fail_near(Why::Expected("<eof>")));
        }
        let aligned = Quals { align: align_code(declared.attributes.align), ..Quals::NONE };
        Ok(self.types.qualified(declared.ty, aligned))
    }
}
