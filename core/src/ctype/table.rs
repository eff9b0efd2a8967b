//! The interning table: every C type once, append-only, so that a reference to an entry stays good
//! while others are added.

use super::layout::{array_size, lay_out};
use super::{CType, FieldSpec, LayoutError, Packing, Record, RecordKind, Slot, TypeId};
use crate::scalar::Scalar;
use elsa::FrozenVec;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;

struct Entry {
    ctype: CType,
    /// `None` for void.
    size: Option<usize>,
    align: usize,
    record: Option<Record>,
}

/// All C types that a Lua state knows.
pub struct TypeTable {
    entries: FrozenVec<Box<Entry>>,
    numbers: RefCell<HashMap<CType, TypeId>>,
}

impl Default for TypeTable {
    fn default() -> Self {
        Self::new()
    }
}

impl TypeTable {
    /// The table with `void`, the primitives, `void *` and `char *`.
    pub fn new() -> TypeTable {
        let table = TypeTable { entries: FrozenVec::new(), numbers: RefCell::default() };
        let void = table.intern(CType::Void);
        for &scalar in Scalar::ALL {
            let id = table.intern(CType::Scalar(scalar));
            debug_assert_eq!(id, TypeId::scalar(scalar));
        }
        let void_pointer = table.intern(CType::Pointer(void));
        let char_pointer = table.intern(CType::Pointer(TypeId::scalar(Scalar::I8)));
        debug_assert_eq!(
            (void, void_pointer, char_pointer),
            (TypeId::VOID, TypeId::VOID_POINTER, TypeId::CHAR_POINTER)
        );
        table
    }

    fn push(&self, entry: Entry) -> TypeId {
        let id = TypeId(u32::try_from(self.entries.len()).expect("fewer than 2^32 types"));
        self.entries.push(Box::new(entry));
        id
    }

    fn intern(&self, ctype: CType) -> TypeId {
        if let Some(&id) = self.numbers.borrow().get(&ctype) {
            return id;
        }
        let (size, align) = match ctype {
            CType::Void => (None, 1),
            CType::Scalar(s) => (Some(s.size()), s.align()),
            CType::Pointer(_) => (Some(size_of::<usize>()), align_of::<usize>()),
            CType::Array { elem, len } => {
                (self.size_of(elem).and_then(|size| array_size(size, len)), self.align_of(elem))
            }
            CType::Record(_) => unreachable!("records are declared, not interned"),
        };
        let id = self.push(Entry { ctype, size, align, record: None });
        self.numbers.borrow_mut().insert(ctype, id);
        id
    }

    fn entry(&self, ty: TypeId) -> &Entry {
        &self.entries[ty.0 as usize]
    }

    /// What a type is.
    #[inline]
    pub fn get(&self, ty: TypeId) -> CType {
        self.entry(ty).ctype
    }

    /// Bytes; `None` for a type without values.
    #[inline]
    pub fn size_of(&self, ty: TypeId) -> Option<usize> {
        self.entry(ty).size
    }

    /// Bytes; 1 for void.
    #[inline]
    pub fn align_of(&self, ty: TypeId) -> usize {
        self.entry(ty).align
    }

    /// The struct or union that a type is.
    #[inline]
    pub fn record(&self, ty: TypeId) -> Option<&Record> {
        self.entry(ty).record.as_ref()
    }

    /// The type "pointer to `to`".
    pub fn pointer(&self, to: TypeId) -> TypeId {
        self.intern(CType::Pointer(to))
    }

    /// The type "array of `len` `elem`"; `None` when it has no size or one too large.
    pub fn array(&self, elem: TypeId, len: usize) -> Option<TypeId> {
        array_size(self.size_of(elem)?, len)?;
        Some(self.intern(CType::Array { elem, len }))
    }

    /// Declares a struct or union: a new type, whatever others look like.
    pub fn declare(
        &self,
        kind: RecordKind,
        name: Option<Box<str>>,
        fields: Vec<FieldSpec>,
        packing: Packing,
    ) -> Result<TypeId, LayoutError> {
        let record = lay_out(self, kind, name, fields, packing)?;
        let id = TypeId(self.entries.len() as u32);
        Ok(self.push(Entry {
            ctype: CType::Record(id),
            size: Some(record.size),
            align: record.align,
            record: Some(record),
        }))
    }

    /// How many records are inside of each other in a type; 0 for one that is no record.
    pub fn depth(&self, ty: TypeId) -> usize {
        match self.get(ty) {
            CType::Array { elem, .. } => self.depth(elem),
            CType::Record(_) => self.record(ty).map_or(0, |r| r.depth),
            _ => 0,
        }
    }

    /// The short spelling of what Lua sees: `i32`, `pointer`, `string`, `ref i32`, `f64*`, `Point`.
    pub fn name(&self, slot: Slot) -> TypeName<'_> {
        TypeName { table: self, slot }
    }
}

/// Writes a type's short spelling.
pub struct TypeName<'a> {
    table: &'a TypeTable,
    slot: Slot,
}

impl fmt::Display for TypeName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use super::Mode;
        match self.slot.mode {
            Mode::CStr => return f.write_str("string"),
            Mode::Ref => f.write_str("ref ")?,
            Mode::Value => {}
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
                CType::Record(ty) => f.write_str(match self.table.record(ty) {
                    Some(Record { name: Some(name), .. }) => name,
                    Some(Record { kind: RecordKind::Union, .. }) => "union",
                    _ => "struct",
                })?,
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
    use super::super::Mode;
    use super::*;

    fn field(name: &str, ty: TypeId) -> FieldSpec {
        FieldSpec { name: name.into(), slot: Slot::value(ty), array: None }
    }

    fn scalar(s: Scalar) -> TypeId {
        TypeId::scalar(s)
    }

    #[test]
    fn equal_types_are_one() {
        let t = TypeTable::new();
        let int = scalar(Scalar::I32);
        assert_eq!(t.pointer(int), t.pointer(int));
        assert_eq!(t.array(int, 4), t.array(int, 4));
        assert_ne!(t.array(int, 4), t.array(int, 5));
        assert_eq!(t.pointer(TypeId::VOID), TypeId::VOID_POINTER);
        assert_eq!(t.array(int, usize::MAX / 2), None);
        assert_eq!(t.array(TypeId::VOID, 1), None);
    }

    #[test]
    fn the_manuals_player_is_44_bytes() {
        let t = TypeTable::new();
        let mut fields = vec![
            field("x", scalar(Scalar::F32)),
            field("y", scalar(Scalar::F32)),
            field("health", scalar(Scalar::I32)),
        ];
        fields.push(FieldSpec { name: "name".into(), slot: Slot::value(scalar(Scalar::U8)), array: Some(32) });
        let ty = t.declare(RecordKind::Struct, None, fields, Packing::default()).unwrap();
        let r = t.record(ty).unwrap();
        assert_eq!((r.size, r.align, r.fields[2].offset, r.fields[3].size), (44, 4, 8, 32));
    }

    #[test]
    fn padding_packing_and_alignment() {
        let t = TypeTable::new();
        let fields =
            || vec![field("a", scalar(Scalar::I8)), field("b", scalar(Scalar::F64)), field("c", scalar(Scalar::I16))];
        let layout = |packing| {
            let ty = t.declare(RecordKind::Struct, None, fields(), packing).unwrap();
            let r = t.record(ty).unwrap();
            (r.size, r.align, r.fields[1].offset, r.fields[2].offset)
        };
        assert_eq!(layout(Packing::default()), (24, 8, 8, 16));
        assert_eq!(layout(Packing { pack: 1, align: 1 }), (11, 1, 1, 9));
        assert_eq!(layout(Packing { pack: 2, align: 1 }), (12, 2, 2, 10));
        assert_eq!(layout(Packing { pack: usize::MAX, align: 32 }), (32, 32, 8, 16));
        assert_eq!(layout(Packing { pack: 1, align: 4 }), (12, 4, 1, 9));
        let ty = t.declare(RecordKind::Union, None, fields(), Packing::default()).unwrap();
        let r = t.record(ty).unwrap();
        assert_eq!((r.size, r.align, r.fields[1].offset), (8, 8, 0));
    }

    #[test]
    fn bad_records_are_refused() {
        let t = TypeTable::new();
        let declare = |fields| t.declare(RecordKind::Struct, None, fields, Packing::default()).map(|_| ());
        assert_eq!(declare(vec![]), Err(LayoutError::Empty));
        assert_eq!(declare(vec![field("v", TypeId::VOID)]), Err(LayoutError::NoSize(0)));
        let int = scalar(Scalar::I32);
        assert_eq!(declare(vec![field("a", int), field("b", int), field("a", int)]), Err(LayoutError::Duplicate(2)));
        let huge = |name: &str| FieldSpec { name: name.into(), slot: Slot::value(int), array: Some(usize::MAX / 8) };
        assert_eq!(declare(vec![huge("a"), huge("b")]), Err(LayoutError::TooLarge));
    }

    #[test]
    fn names() {
        let t = TypeTable::new();
        let name = |slot| t.name(slot).to_string();
        let int = scalar(Scalar::I32);
        assert_eq!(name(Slot::value(int)), "i32");
        assert_eq!(name(Slot::POINTER), "pointer");
        assert_eq!(name(Slot::STRING), "string");
        assert_eq!(name(Slot { ty: int, mode: Mode::Ref }), "ref i32");
        assert_eq!(name(Slot::value(t.pointer(t.pointer(int)))), "i32**");
        let ty =
            t.declare(RecordKind::Struct, Some("Point".into()), vec![field("x", int)], Packing::default()).unwrap();
        assert_eq!(name(Slot::value(t.pointer(ty))), "Point*");
        assert_eq!(name(Slot::value(t.array(ty, 3).unwrap())), "Point[3]");
    }
}
