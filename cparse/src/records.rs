//! Structs, unions and enumerations.

use super::Parser;
use super::arithmetic::{constant_type, wrap};
use super::attributes::{Attributes, Mode};
use super::declarators::{HasName, MAX_SIZE};
use super::error::{Result, Why};
use super::keyword::Keyword;
use super::lexer::Kind;
use super::names::{DeclaredName, Name, NameEntry};
use super::specifiers::{DeclarationContext, Specifiers, Storage};
use lunaffi_core::ctype::layout::{Member, Options, place};
use lunaffi_core::ctype::{CType, Constant, ConstantValue, Enum, LayoutError, Record, RecordKind, TypeId};
use lunaffi_core::scalar::{Class, Scalar};
use std::rc::Rc;

/// The constants of a record.
type Constants = Vec<(Box<str>, Constant)>;

impl<'a> Parser<'a> {
    /// `struct` or `union`, which is the present token, and what belongs to it; `attributes` are what
    /// stood before it.
    pub(super) fn record(&mut self, keyword: Keyword, mut attributes: Attributes) -> Result<TypeId> {
        let kind = if keyword == Keyword::Union { RecordKind::Union } else { RecordKind::Struct };
        self.advance()?;
        self.attributes(&mut attributes)?;
        let tag = self.tag_name()?;
        let defined = self.is(b"{");
        let same = |parser: &Self, ty| {
            matches!(parser.types.get(ty), CType::Record(_)) && parser.types.record_kind(ty) == kind
        };
        let ty = self.tagged(tag, same, |parser, tag| parser.types.new_record(kind, tag))?;
        if defined {
            self.body(ty, tag, |parser| {
                let record = parser.record_body(ty, kind, attributes)?;
                Ok(match parser.types.record(ty) {
                    Some(present) => parser.types.same_record(present, &record),
                    None => {
                        parser.types.complete_record(ty, record);
                        true
                    }
                })
            })?;
        }
        Ok(ty)
    }

    /// The body of a struct, union or enumeration, which `read` reads. One that an earlier text declared
    /// may get the same body once more, as when two headers that include a third are declared one after
    /// the other; `read` says whether it is the same.
    fn body(&mut self, ty: TypeId, tag: Option<&[u8]>, read: impl FnOnce(&mut Self) -> Result<bool>) -> Result<()> {
        let complete = self.types.is_complete(ty);
        let place = self.token.start as usize;
        let redefined =
            |parser: &Self| parser.lexer.fail(place, format_args!("{}", Why::Redefined(&parser.tag_text(tag))));
        let known = complete && self.tags && self.types.is_older(ty);
        if self.defining.contains(&ty) || (complete && !known) {
            return Err(redefined(self));
        }
        self.defining.push(ty);
        self.enter()?;
        self.lexer.attempts += known as u32;
        let same = read(self);
        self.lexer.attempts -= known as u32;
        match same {
            Ok(true) => {}
            Err(e) if !known => return Err(e),
            _ => return Err(redefined(self)),
        }
        self.leave();
        self.defining.pop();
        Ok(())
    }

    /// A tag, if there is one.
    fn tag_name(&mut self) -> Result<Option<&'a [u8]>> {
        if self.is(b"{") || self.is(b":") {
            return Ok(None);
        }
        self.name(HasName::Yes)
    }

    fn tag_text(&self, tag: Option<&[u8]>) -> String {
        String::from_utf8_lossy(tag.unwrap_or_default()).into_owned()
    }

    /// The type of a tag, made when it is new.
    fn tagged(
        &mut self,
        tag: Option<&[u8]>,
        same: impl Fn(&Self, TypeId) -> bool,
        make: impl Fn(&Self, Option<Box<str>>) -> TypeId,
    ) -> Result<TypeId> {
        let Some(tag) = tag else { return Ok(make(self, None)) };
        if let Some(&ty) = self.names.tags.get(tag) {
            if !same(self, ty) {
                return Err(self.fail(Why::Redefined(&self.tag_text(Some(tag)))));
            }
            return Ok(ty);
        }
        let text = self.tag_text(Some(tag));
        if !self.tags {
            return Err(self.fail(Why::Tag(&text)));
        }
        let ty = make(self, Some(text.into()));
        self.add_tag(tag, ty);
        Ok(ty)
    }

    /// From the opening brace to behind the attributes that follow the closing one.
    fn record_body(&mut self, ty: TypeId, kind: RecordKind, attributes: Attributes) -> Result<Record> {
        let mut members = Vec::new();
        let mut constants = Constants::new();
        self.members(kind, &mut members, &mut constants)?;
        self.laid_out(ty, kind, attributes, members, constants)
    }

    /// The members, up to the closing brace.
    // This is what recurses; what it calls is no part of it, since the stack is what limits it.
    #[inline(never)]
    fn members(&mut self, kind: RecordKind, members: &mut Vec<Member>, constants: &mut Constants) -> Result<()> {
        self.advance()?;
        let mut open = false;
        while !self.is(b"}") {
            if self.accept(b";")? {
                continue;
            }
            if self.is_extension() {
                self.advance()?;
                continue;
            }
            if self.is_keyword(Keyword::StaticAssert) {
                self.static_assertion()?;
                continue;
            }
            let spec = self.specifiers(DeclarationContext::Member)?;
            loop {
                if open {
                    return Err(self.fail_near(Why::Expected("}")));
                }
                if spec.storage == Storage::Static {
                    self.scoped_constant(&spec, constants)?;
                } else {
                    open = self.member(&spec, kind, members, constants)?;
                }
                if !self.accept(b",")? {
                    break;
                }
            }
            self.expect(";")?;
        }
        Ok(())
    }

    /// From the closing brace on: the layout of what was read.
    #[inline(never)]
    fn laid_out(
        &mut self,
        ty: TypeId,
        kind: RecordKind,
        mut attributes: Attributes,
        members: Vec<Member>,
        mut constants: Constants,
    ) -> Result<Record> {
        // What follows the brace may be a pragma already.
        let pack = match self.lexer.pack {
            0 => usize::MAX,
            pack => pack as usize,
        };
        self.advance()?;
        self.attributes(&mut attributes)?;
        let options = Options { pack, align: attributes.last_align.max(1), packed: attributes.packed };
        let tag = self.types.tag(ty).map(Into::into);
        let mut record = place(self.types, kind, tag, members, options).map_err(|e| match e {
            LayoutError::TooDeep => self.fail(Why::Levels),
            _ => self.fail(Why::Size),
        })?;
        if record.size > MAX_SIZE {
            return Err(self.fail(Why::Size));
        }
        if attributes.transparent {
            record.make_transparent(self.types);
        }
        if !constants.is_empty() {
            constants.extend(std::mem::take(&mut record.constants));
            record.constants = constants.into();
        }
        Ok(record)
    }

    /// One declarator of a member. True when it is an array that no other member may follow.
    #[inline(never)]
    fn member(
        &mut self,
        spec: &Specifiers,
        kind: RecordKind,
        members: &mut Vec<Member>,
        constants: &mut Constants,
    ) -> Result<bool> {
        let types = self.types;
        let declared = self.declarator_with(spec, HasName::Maybe, true)?;
        let ty = declared.ty;
        let bits = match declared.bits {
            None => None,
            Some(width) => Some(self.width(ty, width, declared.name.is_some())?),
        };
        if declared.name.is_none() && bits.is_none() {
            match types.kind(ty) {
                // A struct that is not yet complete is only declared here.
                CType::Record(_) if types.record(ty).is_some_and(|r| r.variable.is_none()) => {
                    let count = types.record(ty).map_or(0, |r| r.fields.len() + r.inner.len() + r.constants.len());
                    self.copy(count)?;
                }
                CType::Record(_) if types.record(ty).is_none() => return Ok(false),
                CType::Enum(_) => {
                    self.copy(types.enumeration(ty).map_or(0, |e| e.constants.len()))?;
                    let Some(body) = types.enumeration(ty) else { return Ok(false) };
                    for (name, value) in &body.constants {
                        let ty = if body.fixed { TypeId::scalar(body.base) } else { constant_type(*value) };
                        constants.push((name.clone(), Constant { ty, value: ConstantValue::Integer(*value) }));
                    }
                    return Ok(false);
                }
                _ => return Err(self.fail_near(Why::Expected("<identifier>"))),
            }
        }
        let open = matches!(types.get(ty), CType::OpenArray(_) | CType::VariableArray(_));
        let name = declared.name.map_or_else(Box::default, |name| String::from_utf8_lossy(name).into());
        let (align, packed) = (declared.attributes.align, declared.attributes.packed);
        let mut member = Member::new(name, ty);
        (member.bits, member.align, member.packed) = (bits, align, packed);
        // A record whose size is said when it is made is no member, and a union has none of a size.
        let varies = match types.get(ty) {
            CType::VariableArray(_) => kind == RecordKind::Union,
            _ => types.varies(ty),
        };
        if varies || types.size_of(ty).is_none() && !open {
            return Err(self.fail(Why::Size));
        }
        members.push(member);
        Ok(open && kind == RecordKind::Struct)
    }

    /// A bit-field's width, if its type can have it.
    fn width(&self, ty: TypeId, width: usize, named: bool) -> Result<u8> {
        let most = match self.types.passed(ty) {
            CType::Scalar(Scalar::Bool) => 1,
            CType::Scalar(s) if s.class() != Class::Float => 8 * s.size(),
            CType::ExtendedNumber(extended) => extended.integer().map_or(0, |(bits, _)| bits as usize),
            _ => 0,
        };
        let complete = self.types.size_of(ty).is_some();
        if !complete || most == 0 || width > most || (width == 0 && named) {
            return Err(self.lexer.fail(self.token.start as usize, format_args!("{} near ':'", Why::Value)));
        }
        Ok(width as u8)
    }

    /// `static const int K = ...;` in a record.
    #[inline(never)]
    fn scoped_constant(&mut self, spec: &Specifiers, constants: &mut Constants) -> Result<()> {
        let declared = self.declarator(spec, HasName::Yes)?;
        self.expect_initialiser(declared.ty)?;
        let constant = self.constant_of(declared.ty)?;
        let name = String::from_utf8_lossy(declared.name.unwrap_or_default()).into();
        constants.push((name, constant));
        Ok(())
    }

    /// `enum`, which is the present token, and what belongs to it.
    pub(super) fn enumeration(&mut self) -> Result<TypeId> {
        let mut attributes = Attributes::default();
        self.advance()?;
        self.attributes(&mut attributes)?;
        let tag = self.tag_name()?;
        let mut fixed = None;
        if self.is(b":") && !self.in_member() {
            self.advance()?;
            let base = self.specifiers(DeclarationContext::Type)?.ty;
            fixed = match self.types.passed(base) {
                CType::Scalar(scalar) if scalar.is_integer() || scalar == Scalar::Bool => Some(scalar),
                _ => return Err(self.fail(Why::Type)),
            };
        }
        let defined = self.is(b"{");
        let same = |parser: &Self, ty| matches!(parser.types.get(ty), CType::Enum(_));
        let ty = self.tagged(tag, same, |parser, tag| parser.types.new_enum(tag))?;
        match (self.types.enumeration(ty), fixed) {
            // Whoever names the type has to name the same.
            (Some(present), Some(base)) if !present.fixed || present.base != base => {
                return Err(self.fail(Why::Redefined(&self.tag_text(tag))));
            }
            (Some(present), None) if present.fixed && defined => {
                return Err(self.fail(Why::Redefined(&self.tag_text(tag))));
            }
            (None, Some(base)) if !defined => {
                self.types.complete_enum(ty, Enum { base, fixed: true, pending: true, constants: Box::default() });
            }
            _ => {}
        }
        if defined {
            self.body(ty, tag, |parser| {
                let complete = parser.types.is_complete(ty);
                let body = parser.enumerators(fixed, attributes, complete)?;
                Ok(match parser.types.enumeration(ty) {
                    Some(present) if complete => present.base == body.base && present.constants == body.constants,
                    _ => {
                        parser.types.complete_enum(ty, body);
                        true
                    }
                })
            })?;
        }
        Ok(ty)
    }

    /// A colon behind an enumeration's tag is a member's width when the tag is known.
    fn in_member(&self) -> bool {
        !matches!(self.lexer.next_word(), Some(word) if matches!(
            self.names.ordinary.get(word).map(|n| &n.entry),
            Some(
                NameEntry::Keyword(
                    Keyword::Word(_) | Keyword::Fixed(_) | Keyword::Const | Keyword::Volatile | Keyword::Typeof
                ) | NameEntry::Name(Name::Typedef(_))
            )
        ))
    }

    /// From the opening brace of an enumeration on; `known` is one whose names are declared already.
    fn enumerators(&mut self, fixed: Option<Scalar>, mut attributes: Attributes, known: bool) -> Result<Enum> {
        self.advance()?;
        let mut constants: Vec<(Box<str>, i128)> = Vec::new();
        let mut next = 0i128;
        let (mut low, mut high) = (0i128, 0i128);
        loop {
            if matches!(self.token.kind, Kind::Type(_)) {
                return Err(self.fail(Why::Redefined(&self.tag_text(Some(self.name_of(self.token))))));
            }
            let place = self.token.start as usize;
            let name = self.expect_name()?;
            let redefined = |parser: &Self| {
                parser.lexer.fail(place, format_args!("{}", Why::Redefined(&parser.tag_text(Some(name)))))
            };
            // A constant of the same value may have come from an earlier text.
            let present = match self.names.ordinary.get(name) {
                Some(DeclaredName { entry: NameEntry::Name(_), text })
                    if !known && (*text == self.names.texts || !self.tags) =>
                {
                    return Err(redefined(self));
                }
                Some(DeclaredName { entry: NameEntry::Name(meaning), .. }) => Some(meaning.clone()),
                _ => None,
            };
            self.attributes(&mut Attributes::default())?;
            if self.accept(b"=")? {
                next = self.integer_constant()?;
            }
            let fits = match fixed {
                Some(Scalar::Bool) => (0..=1).contains(&next),
                Some(base) => wrap(next, base.size() as u32 * 8, base.class() == Class::Unsigned) == next,
                None => (i64::MIN as i128..=u64::MAX as i128).contains(&next),
            };
            if !fits {
                return Err(self.fail(Why::Value));
            }
            (low, high) = (low.min(next), high.max(next));
            let ty = fixed.map_or_else(|| constant_type(next), TypeId::scalar);
            let constant = Constant { ty, value: ConstantValue::Integer(next) };
            if present.is_some_and(|present| present != Name::Constant(Rc::new(constant.clone()))) {
                return Err(redefined(self));
            }
            self.add_name(name, Name::Constant(Rc::new(constant)));
            constants.push((String::from_utf8_lossy(name).into(), next));
            next += 1;
            if !self.accept(b",")? || self.is(b"}") {
                break;
            }
        }
        self.expect("}")?;
        self.attributes(&mut attributes)?;
        let base = match (fixed, attributes.mode) {
            (Some(base), _) => base,
            (None, Some(Mode::Integer(size))) => integer(size, low < 0),
            _ => integer(enum_size(low, high, attributes.packed), low < 0),
        };
        Ok(Enum { base, fixed: fixed.is_some(), pending: false, constants: constants.into() })
    }
}

/// Bytes of an enumeration with values in that range.
fn enum_size(low: i128, high: i128, packed: bool) -> usize {
    let fits = |bits: u32| {
        if low < 0 { low >= -(1 << (bits - 1)) && high < 1 << (bits - 1) } else { high < 1 << bits }
    };
    match packed {
        true if fits(8) => 1,
        true if fits(16) => 2,
        _ if fits(32) => 4,
        _ => 8,
    }
}

fn integer(size: usize, signed: bool) -> Scalar {
    match (size, signed) {
        (1, true) => Scalar::I8,
        (1, false) => Scalar::U8,
        (2, true) => Scalar::I16,
        (2, false) => Scalar::U16,
        (4, true) => Scalar::I32,
        (4, false) => Scalar::U32,
        (_, true) => Scalar::I64,
        (_, false) => Scalar::U64,
    }
}
