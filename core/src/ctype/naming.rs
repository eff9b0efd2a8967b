//! The short spellings of types, as the APIs that have no C in their texts use them.

use super::{CType, ExtendedNumber, RecordKind, Slot, TypeId, TypeTable};
use std::fmt;

impl TypeTable<'_> {
    /// The short spelling of what Lua sees: `i32`, `pointer`, `string`, `ref i32`, `f64*`, `Point`.
    pub fn name(&self, slot: Slot) -> TypeName<'_> {
        TypeName { table: self, slot }
    }
}

/// Writes a type's short spelling.
pub struct TypeName<'a> {
    table: &'a TypeTable<'a>,
    slot: Slot,
}

impl fmt::Display for TypeName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use super::Mode;
        match self.slot.mode {
            Mode::CStr | Mode::Bytes => return f.write_str("string"),
            Mode::Function => return f.write_str("callback"),
            Mode::Ref => f.write_str("ref ")?,
            Mode::Value | Mode::Cdata => {}
        }
        // What follows the innermost name, outermost last: types nest as deep as a script likes.
        let mut ty = self.slot.ty;
        let mut suffixes = Vec::new();
        loop {
            match self.table.get(ty) {
                CType::Void => f.write_str("void")?,
                CType::Scalar(s) => f.write_str(s.name())?,
                CType::Pointer(TypeId::VOID) => f.write_str("pointer")?,
                CType::Pointer(to) => {
                    suffixes.push(None);
                    ty = to;
                    continue;
                }
                CType::Array { elem, len } => {
                    suffixes.push(Some(len));
                    ty = elem;
                    continue;
                }
                CType::Record(ty) => f.write_str(match (self.table.tag(ty), self.table.record_kind(ty)) {
                    (Some(tag), _) => tag,
                    (None, RecordKind::Union) => "union",
                    (None, RecordKind::Struct) => "struct",
                })?,
                CType::Enum(ty) => f.write_str(self.table.tag(ty).unwrap_or("enum"))?,
                CType::Function(_) => f.write_str("function")?,
                CType::ExtendedNumber(
                    extended @ (ExtendedNumber::BitInt(bits) | ExtendedNumber::UnsignedBitInt(bits)),
                ) => {
                    write!(f, "{}({bits})", extended.name())?;
                }
                CType::ExtendedNumber(extended) => f.write_str(extended.name())?,
                CType::Complex(part) => write!(f, "complex {}", part.name())?,
                CType::Qualified(inner, _) => {
                    ty = inner;
                    continue;
                }
                CType::Reference(to) => {
                    ty = to;
                    continue;
                }
                CType::OpenArray(elem) | CType::VariableArray(elem) => {
                    suffixes.push(Some(0));
                    ty = elem;
                    continue;
                }
                CType::Vector { elem, len } => {
                    suffixes.push(Some(len));
                    ty = elem;
                    continue;
                }
            }
            break;
        }
        for suffix in suffixes.into_iter().rev() {
            match suffix {
                None => f.write_str("*")?,
                Some(len) => write!(f, "[{len}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FieldSpec, Mode, Packing};
    use super::*;
    use crate::scalar::Scalar;

    #[test]
    fn names() {
        let t = TypeTable::new();
        let name = |slot| t.name(slot).to_string();
        let int = TypeId::scalar(Scalar::I32);
        assert_eq!(name(Slot::value(int)), "i32");
        assert_eq!(name(Slot::POINTER), "pointer");
        assert_eq!(name(Slot::STRING), "string");
        assert_eq!(name(Slot { ty: int, mode: Mode::Ref }), "ref i32");
        assert_eq!(name(Slot::value(t.pointer(t.pointer(int)))), "i32**");
        let ty = t
            .declare(
                RecordKind::Struct,
                Some("Point".into()),
                vec![FieldSpec { name: "x".into(), slot: Slot::value(int), array: None }],
                Packing::default(),
            )
            .unwrap();
        assert_eq!(name(Slot::value(t.pointer(ty))), "Point*");
        assert_eq!(name(Slot::value(t.array(ty, 3).unwrap())), "Point[3]");
    }
}
