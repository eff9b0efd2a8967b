//! Attributes, alignment specifiers and symbol names: what may stand almost anywhere in a declaration.

use super::Parser;
use super::error::{Result, Why};
use super::keyword::Keyword;
use super::lexer::Kind;
use super::literal::unescape;
use lunaffi_core::ctype::{CType, ExtendedNumber, TypeId};
use lunaffi_core::scalar::{Class, Scalar};

/// What attributes say that matters.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Attributes {
    /// The largest `aligned`, in bytes, which a member or variable has; 0 for none.
    pub align: usize,
    /// The last `aligned`, which a type has.
    pub last_align: usize,
    pub packed: bool,
    /// A union: an argument may be of any member's type.
    pub transparent: bool,
    /// Bytes of a vector; 0 for none.
    pub vector: u32,
    /// Elements of a vector, as clang has it; 0 for none.
    pub elements: u32,
    pub mode: Option<Mode>,
}

impl Attributes {
    pub fn raise(&mut self, align: usize) {
        self.align = self.align.max(align);
        self.last_align = align;
    }
}

/// `mode(...)`: a type of that size instead.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    Integer(usize),
    Float(usize),
    Complex(usize),
    /// A vector of that many elements, integers or else floats, of that size.
    Vector {
        len: usize,
        integer: bool,
        size: usize,
    },
}

/// What `aligned` without a number means: the largest alignment that any type needs.
const BIGGEST: usize = 16;

/// The most elements that a vector counted in elements has.
const MAX_ELEMENTS: usize = 1 << 16;

/// No object's alignment may be larger.
const MAX_ALIGN: usize = 1 << 28;

impl<'a> Parser<'a> {
    /// Steps over attributes, qualifiers that say nothing, and the like.
    pub(super) fn attributes(&mut self, into: &mut Attributes) -> Result<()> {
        loop {
            match self.token.kind {
                Kind::Keyword(Keyword::Attribute) => self.gcc_attributes(into)?,
                Kind::Keyword(Keyword::Declspec) => self.declspec(into)?,
                Kind::Keyword(Keyword::Nothing) => self.advance()?,
                Kind::Keyword(Keyword::Alignas) => self.alignas(into)?,
                Kind::Op(_) if self.is_c23_attribute() => self.c23_attributes(into)?,
                _ => return Ok(()),
            }
        }
    }

    /// The byte that the next token but one begins with.
    pub(super) fn next_byte(&self) -> u8 {
        self.lexer.next_byte_after(self.lexer.position())
    }

    fn gcc_attributes(&mut self, into: &mut Attributes) -> Result<()> {
        self.advance()?;
        self.expect("(")?;
        self.expect("(")?;
        while !self.is(b")") {
            let word = self.lexer.slice(self.token);
            match self.token.kind {
                Kind::Name | Kind::Keyword(_) | Kind::Type(_) => {
                    self.advance()?;
                    self.attribute(plain(word), into)?;
                }
                _ if self.is(b",") => {}
                _ => return Err(self.fail_near(Why::Expected(")"))),
            }
            if !self.accept(b",")? {
                break;
            }
        }
        self.expect(")")?;
        self.expect(")")
    }

    /// `[[` is the present token.
    pub(super) fn is_c23_attribute(&self) -> bool {
        self.is(b"[") && self.next_byte() == b'['
    }

    /// `[[...]]`; what counts in it are gcc's attributes, `gnu::packed`.
    #[inline(never)]
    fn c23_attributes(&mut self, into: &mut Attributes) -> Result<()> {
        self.advance()?;
        self.advance()?;
        while !self.is(b"]") {
            let mut name = plain(self.lexer.slice(self.token));
            if !matches!(self.token.kind, Kind::Name | Kind::Keyword(_) | Kind::Type(_)) && !self.is(b",") {
                return Err(self.fail_near(Why::Expected("]")));
            }
            self.advance()?;
            let mut of_gcc = false;
            if self.accept(b":")? {
                self.expect(":")?;
                of_gcc = name == b"gnu";
                name = plain(self.lexer.slice(self.token));
                self.advance()?;
            }
            if of_gcc {
                self.attribute(name, into)?;
            } else if self.is(b"(") {
                self.skip_brackets(b'(', b')')?;
            }
        }
        self.advance()?;
        self.expect("]")
    }

    /// One attribute, whose name has been read.
    fn attribute(&mut self, name: &[u8], into: &mut Attributes) -> Result<()> {
        match name {
            b"packed" => into.packed = true,
            b"transparent_union" => into.transparent = true,
            b"aligned" => {
                if !self.accept(b"(")? {
                    into.raise(BIGGEST);
                    return Ok(());
                }
                let align = self.alignment()?;
                into.raise(align);
                return self.expect(")");
            }
            b"vector_size" if self.accept(b"(")? => {
                let size = self.size_constant()?;
                if !size.is_power_of_two() || size > MAX_ALIGN {
                    return Err(self.fail(Why::Size));
                }
                into.vector = size as u32;
                return self.expect(")");
            }
            b"ext_vector_type" | b"neon_vector_type" | b"neon_polyvector_type" if self.accept(b"(")? => {
                let count = self.size_constant()?;
                if count == 0 || count > MAX_ELEMENTS {
                    return Err(self.fail(Why::Size));
                }
                // Three are as large as four.
                into.elements = count.next_power_of_two() as u32;
                return self.expect(")");
            }
            b"mode" if self.accept(b"(")? => {
                let word = plain(self.lexer.slice(self.token));
                into.mode = Some(mode(word).ok_or_else(|| self.fail_near(Why::Value))?);
                self.advance()?;
                return self.expect(")");
            }
            _ => {}
        }
        if self.is(b"(") { self.skip_brackets(b'(', b')') } else { Ok(()) }
    }

    /// An alignment in bytes.
    fn alignment(&mut self) -> Result<usize> {
        let align = self.size_constant()?;
        if align == 0 || (align.is_power_of_two() && align <= MAX_ALIGN) {
            return Ok(align);
        }
        Err(self.fail(Why::Value))
    }

    fn declspec(&mut self, into: &mut Attributes) -> Result<()> {
        self.advance()?;
        self.expect("(")?;
        while !self.is(b")") {
            let word = self.lexer.slice(self.token);
            if !matches!(self.token.kind, Kind::Name | Kind::Keyword(_) | Kind::Type(_)) {
                return Err(self.fail_near(Why::Expected(")")));
            }
            self.advance()?;
            if word == b"align" && self.accept(b"(")? {
                let align = self.alignment()?;
                into.raise(align);
                self.expect(")")?;
            } else if self.is(b"(") {
                self.skip_brackets(b'(', b')')?;
            }
            self.accept(b",")?;
        }
        self.advance()
    }

    fn alignas(&mut self, into: &mut Attributes) -> Result<()> {
        self.advance()?;
        self.expect("(")?;
        let align = if self.is_type_start() {
            let ty = self.abstract_type()?;
            self.types.align_of(ty)
        } else {
            self.alignment()?
        };
        into.raise(align);
        self.expect(")")
    }

    /// `asm("symbol")` and attributes behind a declarator.
    /// (A `String`: dropping the `None` of a boxed one reads, for valgrind, a length that was never set.)
    pub(super) fn suffix(&mut self, attributes: &mut Attributes, symbol: &mut Option<String>) -> Result<()> {
        loop {
            self.attributes(attributes)?;
            if !self.is_keyword(Keyword::Asm) {
                return Ok(());
            }
            self.advance()?;
            self.attributes(&mut Attributes::default())?;
            self.expect("(")?;
            let mut name = Vec::new();
            if !matches!(self.token.kind, Kind::Text(_)) {
                return Err(self.fail_near(Why::Expected(")")));
            }
            self.text(&mut name)?;
            let name = String::from_utf8(name).map_err(|_| self.fail(Why::Name))?;
            *symbol = Some(name);
            self.expect(")")?;
        }
    }

    /// Adjacent strings, put together; gives the size of their characters.
    pub(super) fn text(&mut self, into: &mut Vec<u8>) -> Result<u8> {
        let mut size = 1;
        while let Kind::Text(wide) = self.token.kind {
            size = size.max(wide);
            unescape(self.lexer.slice(self.token), wide, into).ok_or_else(|| self.fail_near(Why::BadEscape))?;
            self.advance()?;
        }
        Ok(size)
    }

    /// The type that attributes make of a declaration's basic type.
    pub(super) fn remade(&self, ty: TypeId, attributes: &Attributes) -> Result<TypeId> {
        let mut ty = ty;
        if let Some(mode) = attributes.mode {
            ty = self.with_mode(ty, mode).ok_or_else(|| self.fail(Why::Type))?;
        }
        let bytes = match attributes.elements {
            0 => attributes.vector as usize,
            count => count as usize * self.types.size_of(ty).unwrap_or(0),
        };
        if bytes != 0 {
            ty = self.vector(ty, bytes).ok_or_else(|| self.fail(Why::Type))?;
        }
        Ok(ty)
    }

    /// The vector type of that many bytes.
    fn vector(&self, elem: TypeId, bytes: usize) -> Option<TypeId> {
        let types = self.types;
        match types.kind(elem) {
            CType::Scalar(_) | CType::ExtendedNumber(_) | CType::Enum(_) => {}
            _ => return None,
        }
        let size = types.size_of(elem).filter(|&size| size <= bytes)?;
        Some(types.qualified(types.vector(types.bare(elem), bytes / size), types.quals(elem)))
    }

    fn with_mode(&self, ty: TypeId, mode: Mode) -> Option<TypeId> {
        let types = self.types;
        let unsigned = match types.passed(ty) {
            CType::Scalar(s) => s.class() == Class::Unsigned,
            CType::ExtendedNumber(o) => o.is_integer() && !o.is_signed(),
            _ => false,
        };
        let integer = |size| match (size, unsigned) {
            (1, false) => Some(TypeId::scalar(Scalar::I8)),
            (1, true) => Some(TypeId::scalar(Scalar::U8)),
            (2, false) => Some(TypeId::scalar(Scalar::I16)),
            (2, true) => Some(TypeId::scalar(Scalar::U16)),
            (4, false) => Some(TypeId::scalar(Scalar::I32)),
            (4, true) => Some(TypeId::scalar(Scalar::U32)),
            (8, false) => Some(TypeId::scalar(Scalar::I64)),
            (8, true) => Some(TypeId::scalar(Scalar::U64)),
            (16, false) => Some(types.extended(ExtendedNumber::Int128)),
            (16, true) => Some(types.extended(ExtendedNumber::UInt128)),
            _ => None,
        };
        let float = |size| match size {
            2 => Some(types.extended(ExtendedNumber::Float16)),
            4 => Some(TypeId::scalar(Scalar::F32)),
            8 => Some(TypeId::scalar(Scalar::F64)),
            10 => Some(types.extended(ExtendedNumber::LongDouble)),
            16 => Some(types.extended(ExtendedNumber::Float128)),
            _ => None,
        };
        let made = match mode {
            Mode::Integer(size) => integer(size)?,
            Mode::Float(size) => float(size)?,
            Mode::Complex(4) => types.complex(Scalar::F32),
            Mode::Complex(8) => types.complex(Scalar::F64),
            Mode::Complex(10) => types.extended(ExtendedNumber::ComplexLongDouble),
            Mode::Complex(_) => types.extended(ExtendedNumber::ComplexFloat128),
            Mode::Vector { len, integer: whole, size } => {
                types.vector(if whole { integer(size)? } else { float(size)? }, len)
            }
        };
        Some(types.qualified(made, types.quals(ty)))
    }
}

/// An attribute's name without the underscores around it.
fn plain(word: &[u8]) -> &[u8] {
    match word {
        [b'_', b'_', inner @ .., b'_', b'_'] if !inner.is_empty() => inner,
        _ => word,
    }
}

fn mode(word: &[u8]) -> Option<Mode> {
    if let [b'V', rest @ ..] = word {
        let digits = rest.iter().take_while(|c| c.is_ascii_digit()).count();
        let len: usize = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
        let elem = mode(&rest[digits..])?;
        return match elem {
            Mode::Integer(size) if valid_vector(len, size) => Some(Mode::Vector { len, integer: true, size }),
            Mode::Float(size) if valid_vector(len, size) => Some(Mode::Vector { len, integer: false, size }),
            _ => None,
        };
    }
    Some(match word {
        b"QI" | b"byte" => Mode::Integer(1),
        b"HI" => Mode::Integer(2),
        b"SI" => Mode::Integer(4),
        b"DI" => Mode::Integer(8),
        b"TI" => Mode::Integer(16),
        b"word" | b"pointer" | b"unwind_word" | b"libgcc_cmp_return" | b"libgcc_shift_count" => {
            Mode::Integer(size_of::<usize>())
        }
        b"HF" => Mode::Float(2),
        b"SF" => Mode::Float(4),
        b"DF" => Mode::Float(8),
        b"XF" => Mode::Float(10),
        b"TF" => Mode::Float(16),
        b"SC" => Mode::Complex(4),
        b"DC" => Mode::Complex(8),
        b"XC" => Mode::Complex(10),
        b"TC" => Mode::Complex(16),
        _ => return None,
    })
}

fn valid_vector(len: usize, size: usize) -> bool {
    len.is_power_of_two() && len <= MAX_ELEMENTS && size != 10
}
