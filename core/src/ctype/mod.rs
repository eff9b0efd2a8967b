//! C types: what they are, one number for each, their names, sizes and alignments. How a record is
//! laid out is `layout`'s business; how a type is passed in a call is `abi`'s; what Lua sees of a
//! value is said by a [`Slot`].
#![forbid(unsafe_code)]

mod layout;
mod table;

pub use layout::{FieldSpec, LayoutError, Packing};
pub use table::{TypeName, TypeTable};

use crate::scalar::Scalar;
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
    /// A pointer to another type.
    Pointer(TypeId),
    /// `len` elements of another type.
    Array {
        /// The element type.
        elem: TypeId,
        /// How many.
        len: usize,
    },
    /// A struct or union; each declaration is a type of its own.
    Record(TypeId),
}

/// What Lua sees of a C value: `string`, `ref int` and `callback` are not C types but ways to read one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mode {
    /// The value itself.
    Value,
    /// A pointer to bytes that end with a NUL, as a Lua string.
    CStr,
    /// A pointer to one value of the type, as that value.
    Ref,
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

/// A member of a record.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name; unique in the record.
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
    /// Bytes, tail padding included.
    pub size: usize,
    /// Bytes.
    pub align: usize,
    /// How many records are inside of each other, this one included.
    pub depth: usize,
}

impl Record {
    /// A member by the identity of its name.
    #[inline]
    pub fn by_key(&self, key: usize) -> Option<&Field> {
        self.fields.iter().find(|f| f.key.get() == key)
    }

    /// The position of a member by name.
    pub fn position(&self, name: &[u8]) -> Option<usize> {
        self.fields.iter().position(|f| f.name.as_bytes() == name)
    }
}
