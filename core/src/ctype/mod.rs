//! C types: what they are, one number for each, their names, sizes and alignments. How a record is
//! laid out is `layout`'s business; how a type is passed in a call is `abi`'s; what Lua sees of a
//! value is said by a [`Slot`].
#![forbid(unsafe_code)]

mod draft;
mod equivalence;
pub mod layout;
mod lua_view;
mod naming;
mod spelling;
mod table;

pub use draft::Fate;
pub use layout::{FieldSpec, LayoutError, MAX_NESTING, Packing};
pub use naming::TypeName;
pub use spelling::CName;
pub use table::TypeTable;

use crate::scalar::Scalar;
use crate::wide_number::Float;
use std::cell::Cell;

/// A C type's number in its [`TypeTable`]. Equal numbers are equal types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(transparent)]
pub struct TypeId(pub u32);

impl TypeId {
    /// `void`
    pub const VOID: TypeId = TypeId(0);
    /// `void *`
    pub const VOID_POINTER: TypeId = TypeId(1 + Scalar::ALL.len() as u32);
    /// `char *`
    pub const CHAR_POINTER: TypeId = TypeId(2 + Scalar::ALL.len() as u32);
    /// `const void *`, behind `const void`
    pub const CONST_VOID_POINTER: TypeId = TypeId(4 + Scalar::ALL.len() as u32);
    /// `const char *`, behind `const char`
    pub const CONST_CHAR_POINTER: TypeId = TypeId(6 + Scalar::ALL.len() as u32);

    /// The number of a primitive type.
    #[inline]
    pub const fn scalar(scalar: Scalar) -> TypeId {
        TypeId(1 + scalar as u32)
    }

    /// The primitive type that this is, if it is one.
    #[inline]
    pub fn as_scalar(self) -> Option<Scalar> {
        Scalar::ALL.get((self.0 as usize).wrapping_sub(1)).copied()
    }
}

/// What a C type is made of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CType {
    /// `void`
    Void,
    /// A primitive.
    Scalar(Scalar),
    /// A number that C has and Lua cannot hold.
    ExtendedNumber(ExtendedNumber),
    /// A real and an imaginary part of that floating-point type.
    Complex(Scalar),
    /// `len` elements that are one value (`vector_size`).
    Vector {
        /// The element type, without qualifiers.
        elem: TypeId,
        /// How many.
        len: usize,
    },
    /// A pointer to another type.
    Pointer(TypeId),
    /// A reference to another type: an address that is looked through.
    Reference(TypeId),
    /// `len` elements of another type. Qualifiers are the element's.
    Array {
        /// The element type.
        elem: TypeId,
        /// How many.
        len: usize,
    },
    /// `T[]`: an array of unknown length.
    OpenArray(TypeId),
    /// `T[?]`: an array whose length is said when one is made.
    VariableArray(TypeId),
    /// A struct or union, itself; each declaration is a type of its own.
    Record(TypeId),
    /// An enumeration, itself; each declaration is a type of its own.
    Enum(TypeId),
    /// A function, itself.
    Function(TypeId),
    /// Another type (never a qualified one, nor an array) with qualifiers.
    Qualified(TypeId, Quals),
}

/// What may be added to a type without making it another kind of type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Quals {
    /// `const`
    pub is_const: bool,
    /// `volatile`
    pub is_volatile: bool,
    /// `aligned(n)` of a typedef or declaration: 1 + log2 of the alignment; 0 for the natural one.
    pub align: u8,
}

impl Quals {
    /// None.
    pub const NONE: Quals = Quals { is_const: false, is_volatile: false, align: 0 };
    /// `const`
    pub const CONST: Quals = Quals { is_const: true, ..Quals::NONE };

    /// Both together; the second one's alignment wins.
    pub const fn with(self, more: Quals) -> Quals {
        Quals {
            is_const: self.is_const | more.is_const,
            is_volatile: self.is_volatile | more.is_volatile,
            align: if more.align != 0 { more.align } else { self.align },
        }
    }
}

macro_rules! opaques {
    ($($variant:ident $size:literal $align:literal $c:literal;)*) => {
        /// A number type without values in Lua: it has a size and an alignment, for the sake of layout.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum ExtendedNumber {
            $(#[doc = concat!("`", $c, "`")] $variant,)*
            /// `_BitInt(n)`: of up to 64 bits, and fewer than its bytes have.
            BitInt(u8),
            /// `unsigned _BitInt(n)`
            UnsignedBitInt(u8),
        }

        impl ExtendedNumber {
            /// All of them, but for integers of any number of bits.
            pub const ALL: &[ExtendedNumber] = &[$(ExtendedNumber::$variant),*];

            /// Bytes.
            pub const fn size(self) -> usize {
                match self {
                    $(ExtendedNumber::$variant => $size,)*
                    ExtendedNumber::BitInt(bits) | ExtendedNumber::UnsignedBitInt(bits) => {
                        (bits as usize).div_ceil(8).next_power_of_two()
                    }
                }
            }

            /// Bytes.
            pub const fn align(self) -> usize {
                match self {
                    $(ExtendedNumber::$variant => $align,)*
                    ExtendedNumber::BitInt(_) | ExtendedNumber::UnsignedBitInt(_) => self.size(),
                }
            }

            /// C's spelling, but for a number of bits.
            pub const fn name(self) -> &'static str {
                match self {
                    $(ExtendedNumber::$variant => $c,)*
                    ExtendedNumber::BitInt(_) => "_BitInt",
                    ExtendedNumber::UnsignedBitInt(_) => "unsigned _BitInt",
                }
            }
        }
    };
}

// The sizes are those of 64-bit Unix systems.
opaques! {
    LongDouble 16 16 "long double";
    Int128 16 16 "__int128";
    UInt128 16 16 "unsigned __int128";
    Float128 16 16 "__float128";
    Float16 2 2 "_Float16";
    BFloat16 2 2 "__bf16";
    Decimal32 4 4 "_Decimal32";
    Decimal64 8 8 "_Decimal64";
    Decimal128 16 16 "_Decimal128";
    ComplexLongDouble 32 16 "complex long double";
    ComplexFloat128 32 16 "complex __float128";
    ComplexFloat16 4 2 "complex _Float16";
}

/// What Lua sees of a C value: `string`, `ref int` and `callback` are not C types but ways to read one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mode {
    /// The value itself.
    Value,
    /// A pointer to bytes that end with a NUL, as a Lua string.
    CStr,
    /// The same, where a Lua string may be passed whatever bytes it has.
    Bytes,
    /// A pointer to a function, as an object that can be called.
    Function,
    /// A pointer to one value of the type, as that value.
    Ref,
    /// Any C type, seen as LuaJIT's `ffi` sees it: numbers that wrap, all else as `cdata`.
    Cdata,
}

impl Mode {
    /// All of them.
    pub const ALL: &[Mode] = &[Mode::Value, Mode::CStr, Mode::Bytes, Mode::Function, Mode::Ref, Mode::Cdata];

    /// A Lua string is made of it.
    #[inline]
    pub const fn is_text(self) -> bool {
        matches!(self, Mode::CStr | Mode::Bytes)
    }
}

/// A C type and what Lua sees of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot {
    /// For [`Mode::Ref`] the type pointed to; else the type itself.
    pub ty: TypeId,
    /// How it is seen.
    pub mode: Mode,
}

impl Slot {
    /// No value.
    pub const VOID: Slot = Slot::value(TypeId::VOID);
    /// An address.
    pub const POINTER: Slot = Slot::value(TypeId::VOID_POINTER);
    /// A C string.
    pub const STRING: Slot = Slot { ty: TypeId::CHAR_POINTER, mode: Mode::CStr };
    /// A C string, or the bytes of any Lua string.
    pub const BYTES: Slot = Slot { ty: TypeId::CHAR_POINTER, mode: Mode::Bytes };
    /// The address of a function.
    pub const FUNCTION: Slot = Slot { ty: TypeId::VOID_POINTER, mode: Mode::Function };

    /// A type seen as its own values.
    #[inline]
    pub const fn value(ty: TypeId) -> Slot {
        Slot { ty, mode: Mode::Value }
    }

    /// The primitive that is seen as its own value, if that is what it is.
    #[inline(always)]
    pub fn as_scalar(self) -> Option<Scalar> {
        if self.mode == Mode::Value { self.ty.as_scalar() } else { None }
    }

    /// The C type that is passed or stored.
    #[inline]
    pub const fn c_type(self) -> TypeId {
        match self.mode {
            Mode::Ref => TypeId::VOID_POINTER,
            _ => self.ty,
        }
    }
}

/// Struct or union.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordKind {
    /// Members one after the other.
    Struct,
    /// Members on top of each other.
    Union,
}

/// Where a bit-field lies. It may reach beyond its type's bytes in a packed record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bits {
    /// Its lowest bit, counted from that of the byte at the field's offset (on little-endian machines).
    pub position: u8,
    /// Bits.
    pub width: u8,
}

impl Bits {
    /// Bytes from the field's offset on that it touches.
    pub const fn bytes(self) -> usize {
        (self.position as usize + self.width as usize).div_ceil(8)
    }

    /// The value that `bytes` hold, with its sign if it has one.
    pub fn extract(self, bytes: &[u8], signed: bool) -> u64 {
        if self.width == 0 {
            return 0;
        }
        let mut all = 0u128;
        for (i, &byte) in bytes[..self.bytes()].iter().enumerate().skip(self.position as usize / 8) {
            all |= (byte as u128) << (8 * (i - self.position as usize / 8));
        }
        let unused = 64 - self.width as u32;
        let value = (all >> (self.position % 8)) as u64;
        let value = value << unused;
        if signed { (value as i64 >> unused) as u64 } else { value >> unused }
    }

    /// `extract` for a type of 128 bits.
    pub fn extract_wide(self, bytes: &[u8], signed: bool) -> u128 {
        if self.width == 0 {
            return 0;
        }
        let (touched, shift) = (&bytes[self.position as usize / 8..self.bytes()], self.position % 8);
        let mut low = [0; 16];
        let count = touched.len().min(low.len());
        low[..count].copy_from_slice(&touched[..count]);
        let mut value = u128::from_le_bytes(low) >> shift;
        if let Some(&last) = touched.get(low.len()) {
            value |= (last as u128) << (128 - shift as u32);
        }
        let unused = 128 - self.width as u32;
        let value = value << unused;
        if signed { (value as i128 >> unused) as u128 } else { value >> unused }
    }

    /// `insert` for a type of 128 bits.
    pub fn insert_wide(self, bytes: &mut [u8], value: u128) {
        if self.width <= 64 {
            return self.insert(bytes, value as u64);
        }
        let (low, high) = (self.part(0, 64), self.part(64, self.width - 64));
        low.0.insert(&mut bytes[low.1..], value as u64);
        high.0.insert(&mut bytes[high.1..], (value >> 64) as u64);
    }

    /// Some of these bits, and from which byte on they count.
    fn part(self, first: u8, width: u8) -> (Bits, usize) {
        let position = self.position as usize + first as usize;
        (Bits { position: (position % 8) as u8, width }, position / 8)
    }

    /// Puts the low bits of a value into `bytes`, of which no others change.
    pub fn insert(self, bytes: &mut [u8], value: u64) {
        if self.width == 0 {
            return;
        }
        let (first, shift) = (self.position as usize / 8, self.position % 8);
        let mask = (u64::MAX >> (64 - self.width as u32)) as u128;
        let (value, mask) = ((value as u128 & mask) << shift, mask << shift);
        for (i, byte) in bytes[first..self.bytes()].iter_mut().enumerate() {
            let (part, keep) = ((value >> (8 * i)) as u8, (mask >> (8 * i)) as u8);
            *byte = *byte & !keep | part;
        }
    }
}

/// A member of a record.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name, unique in the record; empty for a struct or union whose members are the record's.
    pub name: Box<str>,
    /// Its type, and what Lua sees of it (for an array: of one element).
    pub slot: Slot,
    /// For an array member the number of elements.
    pub array: Option<usize>,
    /// The type of the whole member.
    pub ty: TypeId,
    /// Bytes from the start of the record.
    pub offset: usize,
    /// Bytes.
    pub size: usize,
    /// For a bit-field: where it lies.
    pub bits: Option<Bits>,
    /// For the host language: an identity of the name that is faster to compare; 0 for none yet.
    pub key: Cell<usize>,
}

/// A struct or union with its layout.
#[derive(Clone, Debug)]
pub struct Record {
    /// Struct or union.
    pub kind: RecordKind,
    /// The tag, if it has one.
    pub name: Option<Box<str>>,
    /// In order of declaration.
    pub fields: Box<[Field]>,
    /// The members of `fields` without a name, as members of this record.
    pub inner: Box<[Field]>,
    /// The bytes, from and to, that bit-fields without a name touch: they have no values, but count in
    /// calls, as gcc has it.
    pub unnamed: Box<[(usize, usize)]>,
    /// Constants declared inside (`static const`, an enum's).
    pub constants: Box<[(Box<str>, Constant)]>,
    /// The last member is an array whose length is said when a record is made: its element.
    pub variable: Option<TypeId>,
    /// The last member is an array without a length, or a record that ends so: its elements go on as
    /// far as the memory does.
    pub open: bool,
    /// A member, or a member's member, is `const`.
    pub has_const: bool,
    /// A union that is passed as its first member, for which any of them may be given.
    pub transparent: Cell<bool>,
    /// Bytes, tail padding included.
    pub size: usize,
    /// Bytes.
    pub align: usize,
    /// How many records and arrays are inside of each other, this one included.
    pub depth: usize,
}

impl Record {
    /// Makes it a transparent union, if it can be one: all members take all of its bytes and are passed alike.
    pub fn make_transparent(&self, types: &TypeTable) {
        let alike = |field: &Field| {
            let plain = match types.passed(field.ty) {
                CType::Pointer(_) => true,
                CType::Scalar(scalar) => scalar.is_integer(),
                _ => false,
            };
            plain && field.bits.is_none() && field.size == self.size
        };
        self.transparent.set(self.kind == RecordKind::Union && self.fields.iter().all(alike));
    }

    /// A member by the identity of its name.
    #[inline]
    pub fn by_key(&self, key: usize) -> Option<&Field> {
        self.fields.iter().find(|f| f.key.get() == key).or_else(|| self.inner.iter().find(|f| f.key.get() == key))
    }

    /// A member, or a member of one without a name.
    pub fn by_name(&self, name: &[u8]) -> Option<&Field> {
        self.fields.iter().chain(&self.inner).find(|f| !name.is_empty() && f.name.as_bytes() == name)
    }

    /// The position of a member by name.
    pub fn position(&self, name: &[u8]) -> Option<usize> {
        self.fields.iter().position(|f| f.name.as_bytes() == name)
    }
}

/// A constant's value.
#[derive(Clone, PartialEq, Debug)]
pub enum ConstantValue {
    /// Of any integer type, a `bool` or an enumeration.
    Integer(i128),
    /// Of a floating-point type, which has that very value.
    Float(Float),
    /// Of `const char *` or an array of characters: the bytes without the final NUL.
    Text(Box<[u8]>),
}

/// A constant: an enumerator or a `static const`.
#[derive(Clone, PartialEq, Debug)]
pub struct Constant {
    /// Its type.
    pub ty: TypeId,
    /// Its value.
    pub value: ConstantValue,
}

/// An enumeration.
#[derive(Clone, Debug)]
pub struct Enum {
    /// The integer type that represents it.
    pub base: Scalar,
    /// Its declaration names that type, which is then its constants', too.
    pub fixed: bool,
    /// It has been declared with its type alone: the constants may follow.
    pub pending: bool,
    /// In order of declaration.
    pub constants: Box<[(Box<str>, i128)]>,
}

impl Enum {
    /// The value of an enumerator.
    pub fn value(&self, name: &[u8]) -> Option<i128> {
        self.constants.iter().find(|(n, _)| n.as_bytes() == name).map(|&(_, v)| v)
    }
}

/// A function's type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Function {
    /// What it returns.
    pub result: TypeId,
    /// The parameters, arrays and functions decayed to pointers, without their own qualifiers.
    pub params: Box<[TypeId]>,
    /// Takes more arguments after them.
    pub variadic: bool,
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn bit_fields_keep_their_neighbours() {
        for position in [0, 1, 5, 7, 13, 63] {
            for width in [1u8, 3, 8, 17, 32, 63, 64] {
                let bits = Bits { position, width };
                let all = u64::MAX >> (64 - width as u32);
                for value in [0, 1, all, all / 3] {
                    let mut bytes = [0xa5u8; 16];
                    bits.insert(&mut bytes, value);
                    assert_eq!(bits.extract(&bytes, false), value);
                    let sign = (value as i64) << (64 - width as u32) >> (64 - width as u32);
                    assert_eq!(bits.extract(&bytes, true) as i64, sign);
                    let other = u128::from_le_bytes(bytes) ^ u128::from_le_bytes([0xa5; 16]);
                    assert_eq!(other & !((all as u128) << position), 0, "{position} {width}");
                }
            }
        }
    }

    #[test]
    fn wide_bit_fields_keep_their_neighbours() {
        for position in [0, 1, 5, 7, 13, 28] {
            for width in [1u8, 8, 63, 64, 65, 100, 121, 127, 128] {
                let bits = Bits { position, width };
                let all = u128::MAX >> (128 - width as u32);
                for value in [0, 1, all, all / 3] {
                    let mut bytes = [0xa5u8; 20];
                    bits.insert_wide(&mut bytes, value);
                    assert_eq!(bits.extract_wide(&bytes, false), value, "{position} {width}");
                    let unused = 128 - width as u32;
                    assert_eq!(bits.extract_wide(&bytes, true) as i128, (value as i128) << unused >> unused);
                    let kept = |i: usize| (position as usize..(position + width) as usize).contains(&i);
                    for i in (0..160).filter(|&i| !kept(i)) {
                        assert_eq!(bytes[i / 8] >> (i % 8) & 1, 0xa5 >> (i % 8) & 1, "{position} {width} {i}");
                    }
                }
            }
        }
    }
}
