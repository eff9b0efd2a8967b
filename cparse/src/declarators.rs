//! Declarators: the name of what is declared and, around it, what its type is made of.

use super::Parser;
use super::attributes::Attributes;
use super::error::{Result, Why};
use super::keyword::{Keyword, is_own_type, is_soft};
use super::lexer::Kind;
use super::specifiers::{DeclarationContext, Specifiers};
use lunaffi_core::ctype::{CType, Function, MAX_NESTING, Quals, TypeId};

/// A step from the name outwards.
pub(super) enum Part {
    Pointer(Quals),
    Reference,
    Array(usize),
    OpenArray,
    VariableArray,
    Function { params: Box<[TypeId]>, variadic: bool },
}

/// Whether a declarator has a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum HasName {
    Yes,
    No,
    Maybe,
}

/// What a declarator declares.
pub(super) struct Declared<'a> {
    pub name: Option<&'a [u8]>,
    pub ty: TypeId,
    /// The specifiers' and its own.
    pub attributes: Attributes,
    /// The symbol to look for, if it is not the name.
    pub symbol: Option<Box<str>>,
    /// A bit-field's width.
    pub bits: Option<usize>,
}

/// The most pointers, arrays and functions in one declarator.
const MAX_PARTS: usize = 256;

/// No type may be larger.
pub(super) const MAX_SIZE: usize = i32::MAX as usize;

impl<'a> Parser<'a> {
    /// A declarator, what follows it, and the type that it makes of the specifiers'.
    pub(super) fn declarator(&mut self, spec: &Specifiers, named: HasName) -> Result<Declared<'a>> {
        self.declarator_with(spec, named, false)
    }

    /// As `declarator`; a member may be a bit-field.
    pub(super) fn declarator_with(&mut self, spec: &Specifiers, named: HasName, member: bool) -> Result<Declared<'a>> {
        let bottom = self.parts.len();
        let mut attributes = spec.attributes;
        let name = self.parts(named, bottom, &mut attributes)?;
        let mut symbol = None;
        let mut bits = None;
        if member && self.accept(b":")? {
            bits = Some(self.size_constant()?);
        }
        self.suffix(&mut attributes, &mut symbol)?;
        let base = self.remade(spec.ty, &attributes)?;
        let ty = self.assemble(base, bottom)?;
        Ok(Declared { name, ty, attributes, symbol: symbol.map(String::into_boxed_str), bits })
    }

    /// Reads one declarator and appends its parts, from the name outwards.
    fn parts(&mut self, named: HasName, bottom: usize, attributes: &mut Attributes) -> Result<Option<&'a [u8]>> {
        self.enter()?;
        self.attributes(attributes)?;
        // Pointers stand before the name and come after what stands behind it.
        let mut pointers = Vec::new();
        loop {
            if self.accept(b"*")? || self.accept(b"^")? {
                pointers.push(Part::Pointer(self.pointer_quals()?));
            } else if self.accept(b"&")? || self.accept(b"&&")? {
                pointers.push(Part::Reference);
                self.attributes(attributes)?;
            } else {
                break;
            }
            self.check_parts(bottom, pointers.len())?;
        }
        self.attributes(attributes)?;
        let name = if self.is(b"(") && self.is_inner(named) {
            self.advance()?;
            let name = self.parts(named, bottom, attributes)?;
            self.expect(")")?;
            name
        } else {
            self.name(named)?
        };
        loop {
            // Attributes may stand before the brackets, too.
            if (self.is_keyword(Keyword::Attribute) && self.next_byte() == b'(') || self.is_c23_attribute() {
                self.attributes(attributes)?;
            }
            if self.is(b"[") {
                let part = self.array()?;
                self.parts.push(part);
            } else if self.is(b"(") {
                let part = self.function()?;
                self.parts.push(part);
            } else {
                break;
            }
            self.check_parts(bottom, pointers.len())?;
        }
        self.parts.extend(pointers.into_iter().rev());
        self.leave();
        Ok(name)
    }

    fn check_parts(&self, bottom: usize, more: usize) -> Result<()> {
        if self.parts.len() - bottom + more > MAX_PARTS { Err(self.fail(Why::Levels)) } else { Ok(()) }
    }

    fn pointer_quals(&mut self) -> Result<Quals> {
        let mut quals = Quals::NONE;
        let mut attributes = Attributes::default();
        loop {
            match self.token.kind {
                Kind::Keyword(Keyword::Const) => quals.is_const = true,
                Kind::Keyword(Keyword::Volatile) => quals.is_volatile = true,
                Kind::Keyword(Keyword::Nothing | Keyword::Atomic) => {}
                Kind::Keyword(Keyword::Attribute | Keyword::Declspec) => {
                    self.attributes(&mut attributes)?;
                    continue;
                }
                _ => break,
            }
            self.advance()?;
        }
        quals.align = align_code(attributes.align);
        Ok(quals)
    }

    /// Whether a parenthesis holds a declarator, not parameters.
    fn is_inner(&mut self, named: HasName) -> bool {
        if named == HasName::Yes {
            return true;
        }
        match self.next_byte() {
            b')' | b'.' => false,
            c if !(c.is_ascii_alphabetic() || c == b'_' || c == b'$' || c >= 0x80) => true,
            // A word: parameters begin with a type's name, a declarator with an attribute, a calling
            // convention, or the name itself.
            _ => match self.peek() {
                Some(Kind::Keyword(Keyword::Attribute | Keyword::Declspec | Keyword::Nothing)) => true,
                Some(Kind::Keyword(_) | Kind::Type(_)) => false,
                _ => true,
            },
        }
    }

    /// The kind of the next token, if it is a word.
    pub(super) fn peek(&mut self) -> Option<Kind> {
        let mark = self.mark();
        let kind = self.advance().ok().map(|()| self.token.kind);
        self.rewind(mark);
        kind
    }

    /// The declared name. A type's name may be declared anew where it is not read as the type.
    pub(super) fn name(&mut self, named: HasName) -> Result<Option<&'a [u8]>> {
        let found = match self.token.kind {
            Kind::Name => true,
            Kind::Type(_) => self.token.value == 0 && self.lexer.slice(self.token) != b"$",
            Kind::Keyword(_) if named != HasName::No => {
                let word = self.lexer.slice(self.token);
                is_soft(word) || is_own_type(word)
            }
            _ => false,
        };
        match (named, found) {
            (HasName::No | HasName::Maybe, false) => Ok(None),
            (HasName::No, true) => Err(self.fail_near(Why::Expected("<eof>"))),
            (HasName::Yes, false) => Err(self.fail_near(Why::Expected("<identifier>"))),
            (_, true) => {
                let name = self.name_of(self.token);
                self.advance()?;
                Ok(Some(name))
            }
        }
    }

    /// `[...]`
    fn array(&mut self) -> Result<Part> {
        self.advance()?;
        while matches!(
            self.token.kind,
            Kind::Keyword(Keyword::Const | Keyword::Volatile | Keyword::Nothing | Keyword::Static | Keyword::Attribute)
        ) {
            if self.is_keyword(Keyword::Attribute) {
                self.attributes(&mut Attributes::default())?;
            } else {
                self.advance()?;
            }
        }
        let part = if self.is(b"]") {
            Part::OpenArray
        } else if self.accept(b"?")? {
            Part::VariableArray
        } else if self.is(b"*") && self.next_byte() == b']' {
            self.advance()?;
            Part::OpenArray
        } else {
            match self.length()? {
                Some(len) => Part::Array(len),
                None => Part::OpenArray,
            }
        };
        self.expect("]")?;
        Ok(part)
    }

    /// `(...)` behind a name: parameters.
    fn function(&mut self) -> Result<Part> {
        self.enter()?;
        self.old_style = self.is_identifier_list();
        if self.old_style {
            self.skip_brackets(b'(', b')')?;
            self.leave();
            return Ok(Part::Function { params: Box::default(), variadic: false });
        }
        self.advance()?;
        let outer = self.scope.len();
        let mut params = Vec::new();
        let mut variadic = false;
        while !self.is(b")") {
            if self.accept(b"...")? {
                variadic = true;
                break;
            }
            let spec = self.specifiers(DeclarationContext::Parameter)?;
            let declared = self.declarator(&spec, HasName::Maybe)?;
            // `(void)`; LuaJIT ends the list at any parameter of that type.
            if self.types.bare(declared.ty) == TypeId::VOID {
                break;
            }
            let ty = self.decayed(declared.ty);
            if let Some(name) = declared.name {
                self.scope.push((name, ty));
            }
            params.push(ty);
            if !self.accept(b",")? {
                break;
            }
            if self.is(b")") {
                return Err(self.fail_near(Why::Specifier));
            }
        }
        self.expect(")")?;
        self.scope.truncate(outer);
        self.old_style = false;
        self.leave();
        Ok(Part::Function { params: params.into(), variadic })
    }

    /// A parameter's type as it is passed.
    pub(super) fn decayed(&self, ty: TypeId) -> TypeId {
        let types = self.types;
        match types.get(ty) {
            CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => types.pointer(elem),
            CType::Function(_) => types.pointer(ty),
            CType::Qualified(inner, _) => inner,
            _ => ty,
        }
    }

    /// The type made of a base type and the parts above `bottom`, which are taken away.
    fn assemble(&mut self, base: TypeId, bottom: usize) -> Result<TypeId> {
        let types = self.types;
        let mut ty = base;
        while self.parts.len() > bottom {
            let Some(part) = self.parts.pop() else { break };
            let kind = types.get(ty);
            let is_function = matches!(kind, CType::Function(_));
            let is_array = matches!(kind, CType::Array { .. } | CType::OpenArray(_) | CType::VariableArray(_));
            let is_reference = matches!(kind, CType::Reference(_));
            let makes_array = matches!(part, Part::Array(_) | Part::OpenArray | Part::VariableArray);
            if makes_array && types.depth(ty) >= MAX_NESTING {
                return Err(self.fail(Why::Levels));
            }
            ty = match part {
                Part::Pointer(_) | Part::Reference if is_reference => return Err(self.fail(Why::Type)),
                Part::Pointer(quals) => types.qualified(types.pointer(ty), quals),
                Part::Reference => types.reference(ty),
                Part::Function { params, variadic } => {
                    if is_function || is_array {
                        return Err(self.fail(Why::Type));
                    }
                    types.function_type(Function { result: ty, params, variadic })
                }
                Part::Array(_) | Part::OpenArray | Part::VariableArray if is_reference => {
                    return Err(self.fail(Why::Type));
                }
                // An array of arrays whose length is a parameter's value.
                Part::Array(_) | Part::OpenArray if matches!(kind, CType::OpenArray(_)) && !self.scope.is_empty() => {
                    types.open_array(ty)
                }
                Part::Array(len) => self.array_of(ty, len)?,
                // What has no size may get one later, except for what never has.
                Part::OpenArray | Part::VariableArray
                    if types.varies(ty) || types.size_of(ty).is_none() && !is_open(kind, types.kind(ty)) =>
                {
                    return Err(self.fail(Why::Size));
                }
                Part::OpenArray => types.open_array(ty),
                Part::VariableArray => types.variable_array(ty),
            };
        }
        Ok(ty)
    }

    fn array_of(&self, elem: TypeId, len: usize) -> Result<TypeId> {
        let size = self.types.size_of(elem).filter(|_| !self.types.varies(elem));
        let size = size.and_then(|size| size.checked_mul(len));
        match size.filter(|&size| size <= MAX_SIZE).and_then(|_| self.types.array(elem, len)) {
            Some(ty) => Ok(ty),
            None => Err(self.fail(Why::Size)),
        }
    }

    /// Whether a parenthesis holds mere names, as functions were declared before C had prototypes: the
    /// declarations of the parameters, or the body, come behind it.
    fn is_identifier_list(&mut self) -> bool {
        let first = self.next_byte();
        if !first.is_ascii_alphabetic() && first != b'_' {
            return false;
        }
        if self.peek() != Some(Kind::Name) {
            return false;
        }
        let mark = self.mark();
        let closed = self.lexer.skip_balanced(b'(', b')').is_ok();
        let behind = self.lexer.next_byte_after(self.lexer.position());
        let word = closed
            && (behind.is_ascii_alphabetic() || behind == b'_')
            && self.advance().is_ok()
            && self.is_type_start()
            && !self.is_keyword(Keyword::Attribute);
        self.rewind(mark);
        word || (closed && behind == b'{')
    }
}

/// An incomplete struct or union, of which an open array may be declared.
fn is_open(kind: CType, bare: CType) -> bool {
    !matches!(kind, CType::OpenArray(_) | CType::VariableArray(_)) && matches!(bare, CType::Record(_) | CType::Enum(_))
}

/// An alignment as [`Quals`] has it.
pub(super) fn align_code(align: usize) -> u8 {
    if align == 0 { 0 } else { align.trailing_zeros() as u8 + 1 }
}
