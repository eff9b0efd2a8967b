//! Declaration specifiers: storage classes, qualifiers, and the words and names that say the basic type.

use super::attributes::Attributes;
use super::error::{Result, Why};
use super::keyword::{Keyword, word};
use super::lexer::Kind;
use super::{MAX_DEPTH, Parser};
use lunaffi_core::ctype::layout::{Member, Options, place};
use lunaffi_core::ctype::{ExtendedNumber, Quals, RecordKind, TypeId, TypeTable};
use lunaffi_core::scalar::Scalar;

/// What a declaration says of the life of what it declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Storage {
    None,
    Typedef,
    Extern,
    Static,
}

/// Where a declaration stands: which storage classes it may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DeclarationContext {
    File,
    Member,
    Parameter,
    /// A cast, `sizeof`, or a type by itself.
    Type,
}

/// What specifiers say.
pub(super) struct Specifiers {
    pub ty: TypeId,
    pub storage: Storage,
    pub attributes: Attributes,
    /// The type is a struct, union or enumeration spelled with its keyword, or by a name.
    pub tagged: bool,
    /// Something stood there at all.
    pub any: bool,
    /// The type is that of what initialises the variable.
    pub inferred: bool,
}

impl<'a> Parser<'a> {
    /// The present token begins a type.
    pub(super) fn is_type_start(&self) -> bool {
        match self.token.kind {
            Kind::Type(_) => true,
            Kind::Keyword(keyword) => matches!(
                keyword,
                Keyword::Word(_)
                    | Keyword::Fixed(_)
                    | Keyword::Const
                    | Keyword::Volatile
                    | Keyword::Nothing
                    | Keyword::Atomic
                    | Keyword::Struct
                    | Keyword::Union
                    | Keyword::Enum
                    | Keyword::Typeof
                    | Keyword::Attribute
                    | Keyword::Declspec
                    | Keyword::Alignas
                    | Keyword::Typedef
                    | Keyword::Extern
                    | Keyword::Static
                    | Keyword::Constexpr
                    | Keyword::BitInt
                    | Keyword::Auto
                    | Keyword::AutoType
            ),
            _ => false,
        }
    }

    pub(super) fn specifiers(&mut self, place: DeclarationContext) -> Result<Specifiers> {
        let mut words = 0u32;
        let mut fixed = None;
        let mut ty = None;
        let mut quals = Quals::NONE;
        const SIGNS: u32 = word::SIGNED | word::UNSIGNED;
        let mut declspec = false;
        let mut auto = None;
        // Of `_BitInt(n)`.
        let mut bits = None;
        let mut spec = Specifiers {
            ty: TypeId::VOID,
            storage: Storage::None,
            attributes: Attributes::default(),
            tagged: false,
            any: false,
            inferred: false,
        };
        loop {
            match self.token.kind {
                Kind::Keyword(keyword) => match keyword {
                    Keyword::Word(more) => {
                        if ty.is_some()
                            || fixed.is_some_and(|_| more & !(SIGNS | word::INT) != 0)
                            || bits.is_some() && more & !SIGNS != 0
                        {
                            break;
                        }
                        // A second one is the declared name, or too much.
                        if more & word::SIZED != 0 && words & word::SIZED != 0 || self.is_soft_complex(words) {
                            break;
                        }
                        // A word said twice, `long` apart, is of something else.
                        if words & more & !(word::LONG | word::COMPLEX) != 0 {
                            break;
                        }
                        words |= more | if more & words & word::LONG != 0 { word::LONG_LONG } else { 0 };
                    }
                    Keyword::Fixed(scalar) => {
                        if ty.is_some() || fixed.is_some() || words & !(word::SIGNED | word::UNSIGNED) != 0 {
                            break;
                        }
                        fixed = Some(scalar);
                    }
                    Keyword::Const => quals.is_const = true,
                    Keyword::Volatile => quals.is_volatile = true,
                    Keyword::Nothing | Keyword::Constexpr if spec.any && self.is_declared_word() => break,
                    Keyword::Nothing => {}
                    Keyword::Attribute | Keyword::Declspec | Keyword::Alignas => {
                        declspec |= keyword == Keyword::Declspec;
                        self.attributes(&mut spec.attributes)?;
                        spec.any = true;
                        continue;
                    }
                    // A variable of a file has no such storage: the word stands for its type.
                    Keyword::Auto if place == DeclarationContext::File && self.lexer.slice(self.token) == b"auto" => {
                        auto = Some(self.token);
                    }
                    Keyword::Typedef | Keyword::Extern | Keyword::Static | Keyword::Auto => {
                        self.storage(keyword, place, &mut spec.storage)?;
                    }
                    Keyword::Struct | Keyword::Union | Keyword::Enum
                        if ty.is_none() && words == 0 && fixed.is_none() =>
                    {
                        ty = Some(if keyword == Keyword::Enum {
                            self.enumeration()?
                        } else {
                            // `__declspec` before a struct is of the struct; `__attribute__` is of what it declares.
                            let own =
                                if declspec { std::mem::take(&mut spec.attributes) } else { Attributes::default() };
                            self.record(keyword, own)?
                        });
                        (spec.tagged, spec.any) = (true, true);
                        continue;
                    }
                    Keyword::Typeof if ty.is_none() && words == 0 && fixed.is_none() => {
                        ty = Some(self.type_of()?);
                        spec.any = true;
                        continue;
                    }
                    Keyword::Atomic => {
                        self.advance()?;
                        spec.any = true;
                        if self.is(b"(") && ty.is_none() && words == 0 {
                            self.advance()?;
                            ty = Some(self.abstract_type()?);
                            self.expect(")")?;
                        }
                        continue;
                    }
                    Keyword::Constexpr if place == DeclarationContext::File || place == DeclarationContext::Type => {
                        quals.is_const = true;
                        spec.storage = Storage::Static;
                    }
                    Keyword::BitInt if ty.is_none() && bits.is_none() && words & !SIGNS == 0 && fixed.is_none() => {
                        self.advance()?;
                        self.expect("(")?;
                        bits = Some(self.size_constant()?);
                        self.expect(")")?;
                        spec.any = true;
                        continue;
                    }
                    Keyword::AutoType if place == DeclarationContext::File => auto = Some(self.token),
                    _ => break,
                },
                Kind::Type(named) if ty.is_none() && words == 0 && fixed.is_none() => {
                    ty = Some(named);
                    spec.tagged = self.types.record(named).is_some() || self.types.enumeration(named).is_some();
                }
                Kind::Op(_) if !spec.any && self.is_c23_attribute() => {
                    self.attributes(&mut spec.attributes)?;
                    continue;
                }
                _ => break,
            }
            spec.any = true;
            self.advance()?;
        }
        spec.ty = match (ty, fixed) {
            (Some(ty), _) => ty,
            (None, None) if bits.is_some() => {
                if words & SIGNS == SIGNS {
                    return Err(self.fail(Why::Type));
                }
                self.bit_int(bits.unwrap_or(0), words & word::UNSIGNED != 0)?
            }
            (None, Some(scalar)) if words & word::UNSIGNED != 0 => TypeId::scalar(unsigned(scalar)),
            (None, Some(scalar)) => TypeId::scalar(scalar),
            (None, None) if words == 0 && auto.is_some() => TypeId::VOID,
            (None, None) if words == 0 => return Err(self.fail_near(Why::Specifier)),
            (None, None) => basic(self.types, words).ok_or_else(|| self.fail(Why::Type))?,
        };
        if let Some(auto) = auto {
            if ty.is_some() || fixed.is_some() || words != 0 {
                return Err(self.lexer.fail_near(auto, Why::Storage));
            }
            spec.inferred = true;
        }
        spec.ty = self.types.qualified(spec.ty, quals);
        Ok(spec)
    }

    /// `_BitInt(n)`. One with more bits than Lua's numbers is as large as it is in C, and all that can be
    /// looked at are its parts.
    fn bit_int(&mut self, bits: usize, unsigned: bool) -> Result<TypeId> {
        let scalar = |signed, other| Ok(TypeId::scalar(if unsigned { other } else { signed }));
        match bits {
            0 => Err(self.fail(Why::Value)),
            1 if !unsigned => Err(self.fail(Why::Value)),
            8 => scalar(Scalar::I8, Scalar::U8),
            16 => scalar(Scalar::I16, Scalar::U16),
            32 => scalar(Scalar::I32, Scalar::U32),
            64 => scalar(Scalar::I64, Scalar::U64),
            1..64 if unsigned => Ok(self.types.extended(ExtendedNumber::UnsignedBitInt(bits as u8))),
            1..64 => Ok(self.types.extended(ExtendedNumber::BitInt(bits as u8))),
            _ if bits > MAX_BITS => Err(self.fail(Why::Size)),
            _ => {
                // A tag that no text can name.
                let tag = format!("{}({bits})", if unsigned { "unsigned _BitInt" } else { "_BitInt" });
                if let Some(&ty) = self.names.tags.get(tag.as_bytes()) {
                    return Ok(ty);
                }
                let limbs = self.types.array(TypeId::scalar(Scalar::U64), bits.div_ceil(64));
                let limbs = limbs.ok_or_else(|| self.fail(Why::Size))?;
                let own: Box<str> = tag.as_str().into();
                let align = if cfg!(target_arch = "aarch64") { 16 } else { 8 };
                let options = Options { align, ..Options::default() };
                let members = vec![Member::new("limbs".into(), limbs)];
                let record = place(self.types, RecordKind::Struct, Some(own.clone()), members, options);
                let record = record.map_err(|_| self.fail(Why::Size))?;
                let ty = self.types.new_record(RecordKind::Struct, Some(own));
                self.types.complete_record(ty, record);
                self.add_tag(tag.as_bytes(), ty);
                Ok(ty)
            }
        }
    }

    /// The present word is `complex` behind a type that has no complex one: older code declares it.
    fn is_soft_complex(&self, words: u32) -> bool {
        words & word::SIZED != 0
            && words & (word::FLOAT | word::DOUBLE | word::FLOAT128 | word::FLOAT16) == 0
            && self.lexer.slice(self.token) == b"complex"
    }

    /// The present word is C23's, and what follows says that older code declares it.
    fn is_declared_word(&self) -> bool {
        matches!(self.lexer.slice(self.token), b"constexpr" | b"thread_local")
            && matches!(self.next_byte(), b';' | b',' | b')' | b'=' | b'[' | b':' | b'(')
    }

    fn storage(&mut self, keyword: Keyword, place: DeclarationContext, storage: &mut Storage) -> Result<()> {
        let allowed = match place {
            DeclarationContext::File => keyword != Keyword::Auto,
            DeclarationContext::Member => keyword == Keyword::Static,
            DeclarationContext::Parameter => keyword == Keyword::Auto,
            DeclarationContext::Type => false,
        };
        if !allowed {
            return Err(self.fail_near(Why::Storage));
        }
        match keyword {
            Keyword::Typedef => *storage = Storage::Typedef,
            Keyword::Static if *storage != Storage::Typedef => *storage = Storage::Static,
            Keyword::Extern if *storage == Storage::None => *storage = Storage::Extern,
            _ => {}
        }
        Ok(())
    }

    /// `typeof(type or expression)`
    fn type_of(&mut self) -> Result<TypeId> {
        self.enter()?;
        self.advance()?;
        self.expect("(")?;
        let ty = if self.is_type_start() {
            self.abstract_type()?
        } else {
            self.unevaluated += 1;
            let value = self.expression()?;
            self.unevaluated -= 1;
            value.ty
        };
        self.expect(")")?;
        self.leave();
        Ok(ty)
    }

    /// A type without a name, as in a cast.
    pub(super) fn abstract_type(&mut self) -> Result<TypeId> {
        debug_assert!(self.depth <= MAX_DEPTH);
        self.enter()?;
        let spec = self.specifiers(DeclarationContext::Type)?;
        let declared = self.declarator(&spec, super::declarators::HasName::No)?;
        self.leave();
        Ok(declared.ty)
    }
}

/// The most bits of a `_BitInt`, as clang has it.
const MAX_BITS: usize = 1 << 23;

fn unsigned(scalar: Scalar) -> Scalar {
    match scalar {
        Scalar::I8 => Scalar::U8,
        Scalar::I16 => Scalar::U16,
        Scalar::I32 => Scalar::U32,
        _ => Scalar::U64,
    }
}

/// The type that a set of words is. Where C has none, what LuaJIT makes of them, or nothing.
fn basic(types: &TypeTable, words: u32) -> Option<TypeId> {
    use word::*;
    let scalar = |scalar| Some(TypeId::scalar(scalar));
    let sign = words & (SIGNED | UNSIGNED);
    if sign == SIGNED | UNSIGNED {
        return None;
    }
    let is_unsigned = sign == UNSIGNED;
    let pick = |signed, unsigned| scalar(if is_unsigned { unsigned } else { signed });
    let rest = words & !(SIGNED | UNSIGNED | BOOL_NAME);
    if rest & COMPLEX != 0 {
        return match rest & !COMPLEX {
            FLOAT => Some(types.complex(Scalar::F32)),
            0 | DOUBLE => Some(types.complex(Scalar::F64)),
            b if b == LONG | DOUBLE => Some(types.extended(ExtendedNumber::ComplexLongDouble)),
            FLOAT128 => Some(types.extended(ExtendedNumber::ComplexFloat128)),
            FLOAT16 => Some(types.extended(ExtendedNumber::ComplexFloat16)),
            _ => None,
        };
    }
    let extended = |extended| Some(types.extended(extended));
    match rest {
        VOID => (sign == 0).then_some(TypeId::VOID),
        BOOL => scalar(Scalar::Bool),
        CHAR => pick(Scalar::I8, Scalar::U8),
        INT128 => extended(if is_unsigned { ExtendedNumber::UInt128 } else { ExtendedNumber::Int128 }),
        FLOAT => scalar(Scalar::F32),
        DOUBLE => scalar(Scalar::F64),
        b if b == LONG | DOUBLE || b == LONG | FLOAT => extended(ExtendedNumber::LongDouble),
        FLOAT128 => extended(ExtendedNumber::Float128),
        FLOAT16 => extended(ExtendedNumber::Float16),
        BFLOAT16 => extended(ExtendedNumber::BFloat16),
        DECIMAL32 => extended(ExtendedNumber::Decimal32),
        DECIMAL64 => extended(ExtendedNumber::Decimal64),
        DECIMAL128 => extended(ExtendedNumber::Decimal128),
        _ => match rest & !INT {
            0 => pick(Scalar::I32, Scalar::U32),
            SHORT => pick(Scalar::I16, Scalar::U16),
            LONG => pick(Scalar::LONG, Scalar::ULONG),
            b if b == LONG | LONG_LONG => pick(Scalar::I64, Scalar::U64),
            // LuaJIT's reading.
            BOOL => pick(Scalar::I32, Scalar::U32),
            _ => None,
        },
    }
}
