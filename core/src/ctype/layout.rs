//! How members are placed in a struct or union: C's rules, with packing and raised alignment as gcc
//! and clang apply them on the System V and Windows ABIs.

use super::{Field, Record, RecordKind, Slot, TypeTable};
use std::cell::Cell;
use std::fmt;

/// A member to be placed.
pub struct FieldSpec {
    /// Its name.
    pub name: Box<str>,
    /// Its type (of one element for an array) and what Lua sees of it.
    pub slot: Slot,
    /// For an array member the number of elements.
    pub array: Option<usize>,
}

/// What changes the natural layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Packing {
    /// No member is aligned to more than this (`#pragma pack(n)`; 1 is `packed`).
    pub pack: usize,
    /// The record is aligned to at least this (`aligned(n)`).
    pub align: usize,
}

impl Default for Packing {
    fn default() -> Self {
        Packing { pack: usize::MAX, align: 1 }
    }
}

/// Why a record cannot be laid out. The number is the member's position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LayoutError {
    /// There are no members.
    Empty,
    /// A second member of the same name.
    Duplicate(usize),
    /// A member without a size.
    NoSize(usize),
    /// The record would be larger than the address space allows.
    TooLarge,
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LayoutError::Empty => "at least one field expected",
            LayoutError::Duplicate(_) => "duplicate field name",
            LayoutError::NoSize(_) => "a type with a size expected, got void",
            LayoutError::TooLarge => "the type is too large",
        })
    }
}

/// No object may be larger than this.
pub const MAX_SIZE: usize = isize::MAX as usize;

fn round_up(value: usize, align: usize) -> Option<usize> {
    Some(value.checked_add(align - 1)? & !(align - 1))
}

/// Places the members and works out size and alignment.
pub fn lay_out(
    types: &TypeTable,
    kind: RecordKind,
    name: Option<Box<str>>,
    specs: Vec<FieldSpec>,
    packing: Packing,
) -> Result<Record, LayoutError> {
    if specs.is_empty() {
        return Err(LayoutError::Empty);
    }
    let mut names = std::collections::HashSet::new();
    for (position, spec) in specs.iter().enumerate() {
        if !names.insert(&spec.name) {
            return Err(LayoutError::Duplicate(position));
        }
    }
    drop(names);

    let mut fields = Vec::with_capacity(specs.len());
    let (mut end, mut size, mut record_align) = (0usize, 0usize, packing.align);
    for (position, spec) in specs.into_iter().enumerate() {
        let elem = spec.slot.c_type();
        let (Some(_), elem_align) = (types.size_of(elem), types.align_of(elem)) else {
            return Err(LayoutError::NoSize(position));
        };
        let ty = match spec.array {
            Some(len) => types.array(elem, len).ok_or(LayoutError::TooLarge)?,
            None => elem,
        };
        let field_size = types.size_of(ty).ok_or(LayoutError::TooLarge)?;
        let align = elem_align.min(packing.pack);
        let offset = match kind {
            RecordKind::Struct => round_up(end, align).ok_or(LayoutError::TooLarge)?,
            RecordKind::Union => 0,
        };
        end = offset.checked_add(field_size).filter(|&e| e <= MAX_SIZE).ok_or(LayoutError::TooLarge)?;
        size = size.max(end);
        record_align = record_align.max(align);
        fields.push(Field {
            name: spec.name,
            slot: spec.slot,
            array: spec.array,
            ty,
            offset,
            size: field_size,
            bits: None,
            key: Cell::new(0),
        });
    }
    let size = round_up(size, record_align).filter(|&s| s <= MAX_SIZE).ok_or(LayoutError::TooLarge)?;
    let depth = 1 + fields.iter().map(|f| types.depth(f.ty)).max().unwrap_or(0);
    let has_const =
        fields.iter().any(|f| types.quals(f.ty).is_const || types.record(f.ty).is_some_and(|r| r.has_const));
    Ok(Record {
        kind,
        name,
        fields: fields.into(),
        inner: Box::default(),
        constants: Box::default(),
        variable: None,
        has_const,
        size,
        align: record_align,
        depth,
    })
}

/// Size of `len` elements of `elem` bytes.
pub fn array_size(elem: usize, len: usize) -> Option<usize> {
    elem.checked_mul(len).filter(|&s| s <= MAX_SIZE)
}
