//! What an API that has no cdata sees of a C type: primitives, strings, pointers, records, and arrays
//! of them. Qualifiers fall away, an enumeration is its integer, what has no value in Lua is bytes.

use super::{CType, Slot, TypeId, TypeTable};
use crate::scalar::Scalar;

/// Of more pointers to pointers, and arrays in arrays, no more is seen than an address, or nothing.
const MAX_DEPTH: u32 = 64;

impl TypeTable<'_> {
    /// How a value of that type is seen; for an array how its elements are, and how many it has.
    /// `None` for what has no values, or none yet.
    pub fn seen(&self, ty: TypeId) -> Option<(Slot, Option<usize>)> {
        self.seen_within(ty, MAX_DEPTH)
    }

    fn seen_within(&self, ty: TypeId, depth: u32) -> Option<(Slot, Option<usize>)> {
        let depth = depth.checked_sub(1)?;
        let whole = |ty| Some((Slot::value(ty), None));
        let parts = |ty, len| Some((Slot::value(ty), Some(len)));
        match self.kind(ty) {
            CType::Void => Some((Slot::VOID, None)),
            CType::Scalar(scalar) => whole(TypeId::scalar(scalar)),
            CType::Enum(ty) => whole(TypeId::scalar(self.enumeration(ty)?.base)),
            CType::Record(ty) => {
                self.record(ty)?;
                whole(ty)
            }
            CType::Pointer(to) | CType::Reference(to) => Some((self.seen_pointer(to, depth), None)),
            CType::Function(_) => Some((Slot::POINTER, None)),
            CType::Array { elem, len } => {
                let (slot, inner) = self.seen_within(elem, depth)?;
                match inner {
                    None => Some((slot, Some(len))),
                    Some(inner) => parts(self.array(slot.c_type(), inner)?, len),
                }
            }
            // As long as nothing, like C's own flexible members.
            CType::OpenArray(elem) | CType::VariableArray(elem) => {
                let (slot, inner) = self.seen_within(elem, depth)?;
                match inner {
                    None => Some((slot, Some(0))),
                    Some(inner) => parts(self.array(slot.c_type(), inner)?, 0),
                }
            }
            CType::Complex(part) => parts(TypeId::scalar(part), 2),
            CType::Vector { elem, len } => parts(elem, len),
            CType::ExtendedNumber(extended) if extended.is_float() || extended.is_integer() => whole(self.bare(ty)),
            CType::ExtendedNumber(extended) => parts(TypeId::scalar(Scalar::U8), extended.size()),
            CType::Qualified(..) => None,
        }
    }

    /// A pointer to that type: to characters a string, to what can be seen of it one that knows it,
    /// else an address.
    fn seen_pointer(&self, to: TypeId, depth: u32) -> Slot {
        match self.kind(to) {
            CType::Scalar(Scalar::I8) => Slot::STRING,
            // It may be completed later: what it points to is asked for when it is used.
            CType::Record(record) => Slot::value(self.pointer(record)),
            CType::Void | CType::Function(_) | CType::Qualified(..) => Slot::POINTER,
            CType::ExtendedNumber(extended) if !extended.is_float() && !extended.is_integer() => Slot::POINTER,
            _ => match self.seen_within(to, depth) {
                Some((slot, None)) => Slot::value(self.pointer(slot.c_type())),
                Some((slot, Some(len))) => match self.array(slot.c_type(), len) {
                    Some(array) => Slot::value(self.pointer(array)),
                    None => Slot::POINTER,
                },
                None => Slot::POINTER,
            },
        }
    }

    /// How a parameter, result or variable of that type is seen: what decays as a pointer to it.
    /// `None` for what cannot be passed.
    pub fn seen_passed(&self, ty: TypeId) -> Option<Slot> {
        match self.kind(ty) {
            CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => {
                Some(self.seen_pointer(elem, MAX_DEPTH))
            }
            CType::Complex(_) | CType::Vector { .. } => None,
            CType::ExtendedNumber(extended) if !extended.is_float() && !extended.is_integer() => None,
            _ => self.seen(ty).map(|(slot, _)| slot),
        }
    }

    /// The type is `const`, or a record with a `const` member.
    pub fn is_const(&self, ty: TypeId) -> bool {
        self.quals(ty).is_const || self.record(ty).is_some_and(|record| record.has_const)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctype::{Enum, FieldSpec, Packing, Quals, RecordKind};

    #[test]
    fn c_types_are_seen_without_what_lua_does_not_need() {
        let t = TypeTable::new();
        let int = TypeId::scalar(Scalar::I32);
        let char = TypeId::scalar(Scalar::I8);
        let constant = |ty| t.qualified(ty, Quals::CONST);
        let seen = |ty| t.seen(ty).unwrap();
        assert_eq!(seen(constant(int)), (Slot::value(int), None));
        assert_eq!(seen(t.pointer(constant(char))), (Slot::STRING, None));
        assert_eq!(seen(t.pointer(constant(int))), (Slot::value(t.pointer(int)), None));
        assert_eq!(seen(t.pointer(TypeId::VOID)), (Slot::POINTER, None));
        let colour = t.new_enum(Some("colour".into()));
        assert_eq!(t.seen(colour), None);
        assert_eq!(seen(t.pointer(colour)), (Slot::POINTER, None));
        t.complete_enum(colour, Enum { base: Scalar::U32, fixed: false, pending: false, constants: Box::default() });
        assert_eq!(seen(colour), (Slot::value(TypeId::scalar(Scalar::U32)), None));
        let rows = t.array(t.array(constant(int), 3).unwrap(), 2).unwrap();
        assert_eq!(seen(rows), (Slot::value(t.array(int, 3).unwrap()), Some(2)));
        assert_eq!(seen(t.open_array(int)), (Slot::value(int), Some(0)));
        assert_eq!(seen(t.complex(Scalar::F64)), (Slot::value(TypeId::scalar(Scalar::F64)), Some(2)));
        let field = FieldSpec { name: "x".into(), slot: Slot::value(int), array: None };
        let point = t.declare(RecordKind::Struct, None, vec![field], Packing::default()).unwrap();
        assert_eq!(seen(t.pointer(constant(point))), (Slot::value(t.pointer(point)), None));
        assert_eq!(t.seen_passed(rows), Some(Slot::value(t.pointer(t.array(int, 3).unwrap()))));
        assert_eq!(t.seen_passed(t.complex(Scalar::F64)), None);
        assert!(t.is_const(constant(int)) && !t.is_const(int));
    }
}
