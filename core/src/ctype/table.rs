//! The interning table: every C type once, append-only, so that a reference to an entry stays good
//! while others are added. A table may be a draft on top of another one (see `draft`).

use super::draft::Base;
use super::layout::{MAX_NESTING, array_size, lay_out};
use super::{
    CType, Enum, ExtendedNumber, FieldSpec, Function, LayoutError, Packing, Quals, Record, RecordKind, TypeId,
};
use crate::scalar::Scalar;
use elsa::FrozenVec;
use foldhash::HashMap;
use std::cell::{Cell, RefCell};

pub(super) struct TypeEntry {
    ctype: CType,
    /// `None` for what has none, or none yet.
    size: Cell<Option<usize>>,
    align: Cell<usize>,
    /// Of a record, enumeration or function: the position of its body; `NO_BODY` while it is incomplete.
    body: Cell<u32>,
    /// Of a record: struct or union.
    kind: RecordKind,
    /// Of a record or enumeration, if it has one.
    tag: Option<Box<str>>,
}

impl TypeEntry {
    /// The parts that completing the type changes.
    fn state(&self) -> State {
        State { body: self.body.get(), size: self.size.get(), align: self.align.get() }
    }

    /// Puts back the parts that completing the type changed.
    pub(super) fn restore(&self, state: &State) {
        self.body.set(state.body);
        self.size.set(state.size);
        self.align.set(state.align);
    }
}

/// Of an entry: what completing its type changes.
pub(super) struct State {
    body: u32,
    size: Option<usize>,
    align: usize,
}

const NO_BODY: u32 = u32::MAX;

pub(super) enum Body {
    Record(Record),
    Enum(Enum),
    Function(Function),
}

/// All C types that a Lua state knows.
pub struct TypeTable<'b> {
    /// From the number `first_type` on.
    pub(super) entries: FrozenVec<Box<TypeEntry>>,
    /// From the position `first_body` on.
    pub(super) bodies: FrozenVec<Box<Body>>,
    pub(super) numbers: RefCell<HashMap<CType, TypeId>>,
    pub(super) functions: RefCell<HashMap<Function, TypeId>>,
    /// Of a draft: the table below it, which has all types and bodies before those.
    pub(super) base: Option<Base<'b>>,
    pub(super) first_type: usize,
    pub(super) first_body: usize,
}

impl Default for TypeTable<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'b> TypeTable<'b> {
    /// The table with `void`, the primitives, `void *` and `char *`.
    pub fn new() -> TypeTable<'b> {
        let table = TypeTable::empty(None, 0, 0);
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
        let [const_void, const_char] = [void, TypeId::scalar(Scalar::I8)].map(|ty| table.pointer_to_const(ty));
        debug_assert_eq!((const_void, const_char), (TypeId::CONST_VOID_POINTER, TypeId::CONST_CHAR_POINTER));
        table
    }

    pub(super) fn empty(base: Option<Base<'b>>, first_type: usize, first_body: usize) -> TypeTable<'b> {
        TypeTable {
            entries: FrozenVec::new(),
            bodies: FrozenVec::new(),
            numbers: RefCell::default(),
            functions: RefCell::default(),
            base,
            first_type,
            first_body,
        }
    }

    fn push(&self, ctype: CType, size: Option<usize>, align: usize) -> TypeId {
        self.push_named(ctype, size, align, RecordKind::Struct, None)
    }

    fn push_named(
        &self,
        ctype: CType,
        size: Option<usize>,
        align: usize,
        kind: RecordKind,
        tag: Option<Box<str>>,
    ) -> TypeId {
        let id = self.next();
        let (size, align, body) = (Cell::new(size), Cell::new(align), Cell::new(NO_BODY));
        self.entries.push(Box::new(TypeEntry { ctype, size, align, body, kind, tag }));
        id
    }

    fn next(&self) -> TypeId {
        TypeId(u32::try_from(self.count()).expect("fewer than 2^32 types"))
    }

    /// The number of a type that is no declaration's own, if it has one.
    fn number(&self, ctype: &CType) -> Option<TypeId> {
        let own = self.numbers.borrow().get(ctype).copied();
        own.or_else(|| self.base.as_ref()?.table.number(ctype))
    }

    fn intern(&self, ctype: CType) -> TypeId {
        if let Some(id) = self.number(&ctype) {
            return id;
        }
        const POINTER: (Option<usize>, usize) = (Some(size_of::<usize>()), align_of::<usize>());
        let (size, align) = match ctype {
            CType::Void => (None, 1),
            CType::Scalar(s) => (Some(s.size()), s.align()),
            CType::ExtendedNumber(o) => (Some(o.size()), o.align()),
            CType::Complex(s) => (Some(2 * s.size()), s.align()),
            CType::Vector { elem, len } => {
                let size = self.size_of(elem).unwrap_or(0) * len;
                (Some(size), size.max(1))
            }
            CType::Pointer(_) | CType::Reference(_) => POINTER,
            CType::Array { elem, len } => {
                (self.size_of(elem).and_then(|size| array_size(size, len)), self.align_of(elem))
            }
            // What may be completed later is asked for when it is needed.
            CType::OpenArray(_) | CType::VariableArray(_) | CType::Qualified(..) => (None, 0),
            CType::Record(_) | CType::Enum(_) | CType::Function(_) => unreachable!("declared, not interned"),
        };
        let id = self.push(ctype, size, align);
        self.numbers.borrow_mut().insert(ctype, id);
        id
    }

    #[inline]
    pub(super) fn entry(&self, ty: TypeId) -> &TypeEntry {
        match self.entries.get((ty.0 as usize).wrapping_sub(self.first_type)) {
            Some(entry) => entry,
            None => self.base.as_ref().expect("a type of this table").table.entry(ty),
        }
    }

    /// How many types there are: every number below is one.
    pub fn count(&self) -> usize {
        self.first_type + self.entries.len()
    }

    /// What a type is.
    #[inline]
    pub fn get(&self, ty: TypeId) -> CType {
        self.entry(ty).ctype
    }

    /// The type without its own qualifiers.
    #[inline]
    pub fn bare(&self, ty: TypeId) -> TypeId {
        match self.get(ty) {
            CType::Qualified(inner, _) => inner,
            _ => ty,
        }
    }

    /// What a type is, qualifiers aside.
    #[inline]
    pub fn kind(&self, ty: TypeId) -> CType {
        match self.get(ty) {
            CType::Qualified(inner, _) => self.get(inner),
            ctype => ctype,
        }
    }

    /// A type's own qualifiers; of an array those of its elements.
    pub fn quals(&self, mut ty: TypeId) -> Quals {
        loop {
            ty = match self.get(ty) {
                CType::Qualified(_, quals) => return quals,
                CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => elem,
                _ => return Quals::NONE,
            };
        }
    }

    /// What a value of that type is when it is passed: without qualifiers, an enumeration as its
    /// integer, what decays as a pointer.
    #[inline]
    pub fn passed(&self, ty: TypeId) -> CType {
        match self.kind(ty) {
            CType::Enum(ty) => self.enumeration(ty).map_or(CType::Scalar(Scalar::U32), |e| CType::Scalar(e.base)),
            CType::Reference(to) | CType::Function(to) => CType::Pointer(to),
            CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => CType::Pointer(elem),
            ctype => ctype,
        }
    }

    /// Bytes; `None` for a type without values.
    #[inline]
    pub fn size_of(&self, ty: TypeId) -> Option<usize> {
        let entry = self.entry(ty);
        match entry.size.get() {
            None => self.derived_size(entry.ctype),
            size => size,
        }
    }

    fn derived_size(&self, ctype: CType) -> Option<usize> {
        match ctype {
            CType::Qualified(inner, _) => self.size_of(inner),
            _ => None,
        }
    }

    /// Bytes; 1 for a type without values.
    #[inline]
    pub fn align_of(&self, ty: TypeId) -> usize {
        let entry = self.entry(ty);
        match entry.align.get() {
            0 => self.derived_align(entry.ctype),
            align => align,
        }
    }

    fn derived_align(&self, ctype: CType) -> usize {
        match ctype {
            CType::Qualified(_, quals) if quals.align != 0 => 1 << (quals.align - 1),
            CType::Qualified(inner, _) | CType::OpenArray(inner) | CType::VariableArray(inner) => self.align_of(inner),
            _ => 1,
        }
    }

    fn body(&self, ty: TypeId) -> Option<&Body> {
        self.body_at(self.entry(ty).body.get() as usize)
    }

    #[inline]
    fn body_at(&self, place: usize) -> Option<&Body> {
        match self.bodies.get(place.wrapping_sub(self.first_body)) {
            None => self.base.as_ref()?.table.body_at(place),
            body => body,
        }
    }

    /// Whether a struct, union or enumeration has its body.
    pub fn is_complete(&self, ty: TypeId) -> bool {
        match self.body(ty) {
            Some(Body::Enum(body)) => !body.pending,
            body => body.is_some(),
        }
    }

    /// Whether it had its body before this draft.
    pub fn is_older(&self, ty: TypeId) -> bool {
        (self.entry(ty).body.get() as usize) < self.first_body
    }

    /// The struct or union that a type is, qualifiers aside, once it is complete.
    #[inline]
    pub fn record(&self, ty: TypeId) -> Option<&Record> {
        match self.body(self.bare(ty))? {
            Body::Record(record) => Some(record),
            _ => None,
        }
    }

    /// It is a record whose size is said when one is made.
    pub fn varies(&self, ty: TypeId) -> bool {
        self.record(ty).is_some_and(|record| record.variable.is_some())
    }

    /// The enumeration that a type is, qualifiers aside, once it is complete.
    pub fn enumeration(&self, ty: TypeId) -> Option<&Enum> {
        match self.body(self.bare(ty))? {
            Body::Enum(body) => Some(body),
            _ => None,
        }
    }

    /// The function type that a type is.
    pub fn function(&self, ty: TypeId) -> Option<&Function> {
        match self.body(self.bare(ty))? {
            Body::Function(body) => Some(body),
            _ => None,
        }
    }

    /// The tag of a struct, union or enumeration, qualifiers aside.
    pub fn tag(&self, ty: TypeId) -> Option<&str> {
        self.entry(self.bare(ty)).tag.as_deref()
    }

    /// Struct or union: what a record is even while it is incomplete.
    pub fn record_kind(&self, ty: TypeId) -> RecordKind {
        self.entry(self.bare(ty)).kind
    }

    /// The type "pointer to `to`".
    pub fn pointer(&self, to: TypeId) -> TypeId {
        self.intern(CType::Pointer(to))
    }

    /// The type "pointer to `const to`".
    pub fn pointer_to_const(&self, to: TypeId) -> TypeId {
        self.pointer(self.qualified(to, Quals::CONST))
    }

    /// The type "reference to `to`".
    pub fn reference(&self, to: TypeId) -> TypeId {
        self.intern(CType::Reference(to))
    }

    /// The type "array of `len` `elem`"; `None` when it has no size or one too large, or is nested too
    /// deeply.
    pub fn array(&self, elem: TypeId, len: usize) -> Option<TypeId> {
        array_size(self.size_of(elem)?, len).filter(|_| self.depth(elem) < MAX_NESTING)?;
        Some(self.intern(CType::Array { elem, len }))
    }

    /// The type `elem[]`.
    pub fn open_array(&self, elem: TypeId) -> TypeId {
        self.intern(CType::OpenArray(elem))
    }

    /// The type `elem[?]`.
    pub fn variable_array(&self, elem: TypeId) -> TypeId {
        self.intern(CType::VariableArray(elem))
    }

    /// A number type without values in Lua.
    pub fn extended(&self, extended: ExtendedNumber) -> TypeId {
        self.intern(CType::ExtendedNumber(extended))
    }

    /// The complex type with parts of that floating-point type.
    pub fn complex(&self, part: Scalar) -> TypeId {
        self.intern(CType::Complex(part))
    }

    /// The vector of `len` `elem`.
    pub fn vector(&self, elem: TypeId, len: usize) -> TypeId {
        self.intern(CType::Vector { elem: self.bare(elem), len })
    }

    /// A type with qualifiers added to those it has; an array's go to its elements, a function and a
    /// reference take none.
    pub fn qualified(&self, ty: TypeId, more: Quals) -> TypeId {
        if more == Quals::NONE {
            return ty;
        }
        match self.get(ty) {
            CType::Qualified(inner, quals) => self.intern(CType::Qualified(inner, quals.with(more))),
            CType::Array { elem, len } => {
                let elem = self.qualified(elem, more);
                self.intern(CType::Array { elem, len })
            }
            CType::OpenArray(elem) => self.open_array(self.qualified(elem, more)),
            CType::VariableArray(elem) => self.variable_array(self.qualified(elem, more)),
            CType::Function(_) | CType::Reference(_) => ty,
            _ => self.intern(CType::Qualified(ty, more)),
        }
    }

    /// The function type of that result and those parameters.
    pub fn function_type(&self, function: Function) -> TypeId {
        if let Some(id) = self.function_number(&function) {
            return id;
        }
        let id = self.push(CType::Function(self.next()), None, 1);
        self.complete(id, Body::Function(function.clone()), None, 1);
        self.functions.borrow_mut().insert(function, id);
        id
    }

    fn function_number(&self, function: &Function) -> Option<TypeId> {
        let own = self.functions.borrow().get(function).copied();
        own.or_else(|| self.base.as_ref()?.table.function_number(function))
    }

    fn complete(&self, ty: TypeId, body: Body, size: Option<usize>, align: usize) {
        let entry = self.entry(ty);
        if let Some(base) = &self.base
            && (ty.0 as usize) < self.first_type
        {
            base.completed.borrow_mut().push((ty, entry.state()));
        }
        let place = self.first_body + self.bodies.len();
        entry.body.set(u32::try_from(place).expect("fewer than 2^32 types"));
        entry.size.set(size);
        entry.align.set(align);
        self.bodies.push(Box::new(body));
    }

    /// A new, incomplete struct or union.
    pub fn new_record(&self, kind: RecordKind, tag: Option<Box<str>>) -> TypeId {
        self.push_named(CType::Record(self.next()), None, 1, kind, tag)
    }

    /// Gives an incomplete struct or union its members. A record that is complete stays what it is:
    /// the caller asks first.
    pub fn complete_record(&self, ty: TypeId, record: Record) {
        debug_assert!(self.record(ty).is_none());
        let (size, align) = (record.size, record.align);
        self.complete(ty, Body::Record(record), Some(size), align);
    }

    /// A new, incomplete enumeration.
    pub fn new_enum(&self, tag: Option<Box<str>>) -> TypeId {
        self.push_named(CType::Enum(self.next()), None, 1, RecordKind::Struct, tag)
    }

    /// Gives an incomplete enumeration its constants, or its type alone.
    pub fn complete_enum(&self, ty: TypeId, body: Enum) {
        debug_assert!(!self.is_complete(ty));
        let base = body.base;
        self.complete(ty, Body::Enum(body), Some(base.size()), base.align());
    }

    /// Declares a struct or union with its members: a new type, whatever others look like.
    pub fn declare(
        &self,
        kind: RecordKind,
        name: Option<Box<str>>,
        fields: Vec<FieldSpec>,
        packing: Packing,
    ) -> Result<TypeId, LayoutError> {
        let record = lay_out(self, kind, name.clone(), fields, packing)?;
        let id = self.new_record(kind, name);
        self.complete_record(id, record);
        Ok(id)
    }

    /// How many records and arrays are inside of each other in a type; 0 for one that is neither.
    pub fn depth(&self, mut ty: TypeId) -> usize {
        let mut arrays = 0;
        loop {
            ty = match self.get(ty) {
                CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => {
                    arrays += 1;
                    elem
                }
                CType::Qualified(inner, _) => inner,
                CType::Record(_) => return arrays + self.record(ty).map_or(0, |r| r.depth),
                _ => return arrays,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Slot;
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
    fn records_and_arrays_are_nested_up_to_a_limit() {
        let t = TypeTable::new();
        let around = |ty| t.declare(RecordKind::Struct, None, vec![field("x", ty)], Packing::default());
        let int = scalar(Scalar::I32);
        let (mut records, mut arrays, mut both) = (int, int, int);
        for level in 0..MAX_NESTING {
            records = around(records).unwrap();
            arrays = t.array(arrays, 1).unwrap();
            both = if level % 2 == 0 { around(both).unwrap() } else { t.array(both, 1).unwrap() };
        }
        for ty in [records, arrays, both] {
            assert_eq!((t.depth(ty), t.size_of(ty)), (MAX_NESTING, Some(4)));
            assert_eq!(around(ty), Err(LayoutError::TooDeep));
            assert_eq!(t.array(ty, 1), None);
            assert!(around(t.pointer(ty)).is_ok());
        }
        let array = FieldSpec { name: "x".into(), slot: Slot::value(arrays), array: Some(1) };
        let made = t.declare(RecordKind::Struct, None, vec![array], Packing::default());
        assert_eq!(made, Err(LayoutError::TooDeep));
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
}
