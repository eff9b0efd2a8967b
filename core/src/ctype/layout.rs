//! How members are placed in a struct or union: C's rules, with packing and raised alignment as gcc
//! and clang apply them on the System V and Windows ABIs.

use super::{Bits, CType, Field, Quals, Record, RecordKind, Slot, TypeId, TypeTable};
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
    /// There would be more than `MAX_NESTING` records and arrays inside of each other.
    TooDeep,
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LayoutError::Empty => "at least one field expected",
            LayoutError::Duplicate(_) => "duplicate field name",
            LayoutError::NoSize(_) => "a type with a size expected, got void",
            LayoutError::TooLarge => "the type is too large",
            LayoutError::TooDeep => "types are nested too deeply",
        })
    }
}

/// No object may be larger than this.
pub const MAX_SIZE: usize = isize::MAX as usize;

/// At most so many records and arrays are inside of each other: code that walks through the parts of a
/// type, or of a value of one, takes C stack for each.
pub const MAX_NESTING: usize = 200;

/// Lays out a record that a host program describes: it has members, all of them named, and with sizes.
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
    let mut members = Vec::with_capacity(specs.len());
    for (position, spec) in specs.into_iter().enumerate() {
        let elem = spec.slot.c_type();
        if types.size_of(elem).is_none() {
            return Err(LayoutError::NoSize(position));
        }
        let ty = match spec.array {
            Some(_) if types.depth(elem) >= MAX_NESTING => return Err(LayoutError::TooDeep),
            Some(len) => types.array(elem, len).ok_or(LayoutError::TooLarge)?,
            None => elem,
        };
        let seen = Some((spec.slot, spec.array));
        members.push(Member { seen, ..Member::new(spec.name, ty) });
    }
    let options = Options { pack: packing.pack, align: packing.align, packed: false };
    place(types, kind, name, members, options)
}

/// A member of a record declared in C.
pub struct Member {
    /// Its name; empty for a struct or union whose members are the record's, and an unnamed bit-field.
    pub name: Box<str>,
    /// Its type. Of one without a size only an array `[]` or `[?]` can be a member.
    pub ty: TypeId,
    /// A bit-field's width.
    pub bits: Option<u8>,
    /// `aligned(n)`, `_Alignas(n)`: at least this, in bytes; 0 for none.
    pub align: usize,
    /// `packed`, of this member.
    pub packed: bool,
    /// What Lua sees of it; `None` for what its type says.
    seen: Option<(Slot, Option<usize>)>,
}

impl Member {
    /// A plain member.
    pub fn new(name: Box<str>, ty: TypeId) -> Member {
        Member { name, ty, bits: None, align: 0, packed: false, seen: None }
    }
}

/// What changes the layout of a whole record.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `#pragma pack(n)`; `usize::MAX` for none.
    pub pack: usize,
    /// `aligned(n)` of the record: at least this.
    pub align: usize,
    /// `packed`, of the record.
    pub packed: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { pack: usize::MAX, align: 1, packed: false }
    }
}

/// On these machines a bit-field without a name aligns its record, too.
const UNNAMED_ALIGNS: bool = cfg!(target_arch = "aarch64");

/// Places in bits, of which no object has more.
type BitPlace = u128;

/// Where the next member goes, while a record is laid out.
struct Placing {
    union: bool,
    options: Options,
    /// Bits used so far; a union's: those of its largest member.
    end: BitPlace,
    /// The record's alignment in bits.
    align: BitPlace,
}

impl Placing {
    /// Places a member of that size and alignment (in bytes); the result is its first bit.
    ///
    /// The rules are gcc's for the System V ABIs. A bit-field may lie anywhere as long as it does not
    /// reach into one more unit of its type than it must. `packed` lets it, and lets anything lie at
    /// any byte; `#pragma pack` lowers what is aligned higher, and lets a bit-field reach anywhere.
    fn place(&mut self, member: &Member, size: usize, type_align: usize) -> BitPlace {
        let at = if self.union { 0 } else { self.end };
        let packed = (member.packed || self.options.packed) && (member.bits.is_some() || type_align > 1);
        let type_align = type_align as BitPlace * 8;
        let own = member.align as BitPlace * 8;
        let limit = match self.options.pack {
            usize::MAX => None,
            pack => Some(pack as BitPlace * 8),
        };
        let capped = |align: BitPlace| limit.map_or(align, |limit| align.min(limit));
        let (start, width) = match member.bits {
            None => {
                let natural = if packed && own != 0 { own } else { own.max(if packed { 8 } else { type_align }) };
                let align = capped(natural);
                self.align = self.align.max(align);
                (at.next_multiple_of(align), size as BitPlace * 8)
            }
            // Not even `#pragma pack` changes what follows one without a width.
            Some(0) => {
                let align = own.max(type_align);
                if UNNAMED_ALIGNS {
                    self.align = self.align.max(align);
                }
                (at.next_multiple_of(align), 0)
            }
            Some(width) => {
                let width = width as BitPlace;
                let mut align = own.max(1);
                // One that is just like an integer is an integer.
                let whole = width.is_power_of_two()
                    && (8..=128).contains(&width)
                    && !(packed && width > 8)
                    && at.is_multiple_of(width);
                if whole {
                    align = align.max(width);
                }
                let align = capped(align);
                if !member.name.is_empty() || UNNAMED_ALIGNS {
                    let of_type = if limit.is_some() {
                        capped(type_align)
                    } else if packed {
                        8
                    } else {
                        type_align
                    };
                    self.align = self.align.max(align).max(of_type);
                }
                let mut start = at.next_multiple_of(align);
                if !whole && !packed && limit.is_none() {
                    let units = (start % type_align + width).div_ceil(type_align);
                    if units > size as BitPlace * 8 / type_align {
                        start = start.next_multiple_of(type_align);
                    }
                }
                (start, width)
            }
        };
        let end = start + width;
        self.end = if self.union { self.end.max(end) } else { end };
        start
    }
}

/// Places the members of a record and works out its size and alignment.
pub fn place(
    types: &TypeTable,
    kind: RecordKind,
    name: Option<Box<str>>,
    members: Vec<Member>,
    options: Options,
) -> Result<Record, LayoutError> {
    let union = kind == RecordKind::Union;
    let mut placing = Placing { union, options, end: 0, align: options.align.max(1) as BitPlace * 8 };
    let mut fields = Vec::with_capacity(members.len());
    let mut inner = Vec::new();
    let mut constants = Vec::new();
    let mut unnamed = Vec::new();
    let (mut variable, mut open_end, mut has_const, mut depth) = (None, false, false, 0);
    for (position, member) in members.into_iter().enumerate() {
        let ty = member.ty;
        let open = matches!(types.get(ty), CType::OpenArray(_) | CType::VariableArray(_));
        let size = types.size_of(ty).or(open.then_some(0)).ok_or(LayoutError::NoSize(position))?;
        if let CType::VariableArray(elem) = types.get(ty) {
            variable = Some(elem);
        }
        let start = placing.place(&member, size, types.align_of(ty));
        if placing.end > MAX_SIZE as BitPlace * 8 {
            return Err(LayoutError::TooLarge);
        }
        let (offset, bits) = match member.bits {
            None => ((start / 8) as usize, None),
            Some(width) if member.name.is_empty() => {
                if width > 0 {
                    unnamed.push(((start / 8) as usize, ((start + width as BitPlace - 1) / 8 + 1) as usize));
                }
                continue;
            }
            Some(width) => bit_place(start, width, size),
        };
        let nested = types.record(ty);
        let endless = open || matches!(types.get(ty), CType::Array { len: 0, .. }) || nested.is_some_and(|r| r.open);
        open_end = endless || union && open_end;
        let elem = types.record(elem_of(types, ty));
        has_const |= types.quals(ty).is_const || elem.is_some_and(|r| r.has_const);
        depth = depth.max(types.depth(ty));
        if depth >= MAX_NESTING {
            return Err(LayoutError::TooDeep);
        }
        if let (true, Some(nested)) = (member.name.is_empty(), nested) {
            let quals = types.quals(ty);
            for field in nested.fields.iter().filter(|f| !f.name.is_empty()).chain(&nested.inner) {
                let ty = types.qualified(field.ty, Quals { align: 0, ..quals });
                inner.push(Field { ty, offset: offset + field.offset, key: Cell::new(0), ..field.clone() });
            }
            constants.extend(nested.constants.iter().cloned());
        }
        let (slot, array) = member.seen.or_else(|| types.seen(ty)).unwrap_or((Slot::value(ty), None));
        fields.push(Field { name: member.name, slot, array, ty, offset, size, bits, key: Cell::new(0) });
    }
    let align = (placing.align / 8) as usize;
    let size = placing.end.div_ceil(8).next_multiple_of(align as BitPlace);
    let size = usize::try_from(size).ok().filter(|&s| s <= MAX_SIZE).ok_or(LayoutError::TooLarge)?;
    Ok(Record {
        kind,
        name,
        fields: fields.into(),
        inner: inner.into(),
        unnamed: unnamed.into(),
        constants: constants.into(),
        variable,
        open: open_end,
        has_const,
        transparent: Cell::new(false),
        size,
        align,
        depth: depth + 1,
    })
}

/// What an array of any rank is made of.
fn elem_of(types: &TypeTable, mut ty: TypeId) -> TypeId {
    while let CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) = types.get(ty) {
        ty = elem;
    }
    ty
}

/// Where a bit-field lies as a field says it: from the unit of its type that holds it, if one does,
/// and else from its first byte. One that is a whole unit is no bit-field.
fn bit_place(start: BitPlace, width: u8, size: usize) -> (usize, Option<Bits>) {
    let unit = size as BitPlace * 8;
    let position = start % unit;
    if position == 0 && width as BitPlace == unit {
        return ((start / 8) as usize, None);
    }
    let base = if position + width as BitPlace <= unit { start - position } else { start - start % 8 };
    ((base / 8) as usize, Some(Bits { position: (start - base) as u8, width }))
}

/// Size of `len` elements of `elem` bytes.
pub fn array_size(elem: usize, len: usize) -> Option<usize> {
    elem.checked_mul(len).filter(|&s| s <= MAX_SIZE)
}
