//! What was found before, remembered for the next time: members by type and name, elements by type,
//! which type is taken for which pointer, definitions by their object. What is remembered here is never wrong: types, the names and the
//! definitions are kept for good, so that nothing else gets their identities.

use crate::object::fast_access::PrimitiveField;
use lunaffi_core::ctype::TypeId;
use lunaffi_core::scalar::Scalar;
use std::cell::Cell;
use std::ffi::c_void;

/// A member that is a primitive.
#[derive(Clone, Copy)]
pub struct FieldCacheEntry {
    /// The object's type: a record, or a pointer to one.
    pub of: TypeId,
    /// The identity of the name, which is kept for good.
    pub name: usize,
    pub place: PrimitiveField,
    /// The object is a pointer.
    pub pointer: bool,
}

/// A primitive that is the element of a type.
#[derive(Clone, Copy)]
pub struct ElementCacheEntry {
    /// The object's type: an array, or a pointer.
    pub of: TypeId,
    pub scalar: Scalar,
    pub constant: bool,
    pub pointer: bool,
}

/// A type that is taken for a pointer type.
#[derive(Clone, Copy)]
struct AssignableEntry {
    to: TypeId,
    from: TypeId,
    /// `from` is a pointer.
    pointer: bool,
}

/// A definition's object.
#[derive(Clone, Copy)]
pub struct DefinitionCacheEntry {
    /// Its payload, which is kept for good.
    pub object: *const c_void,
    pub ty: TypeId,
    pub size: usize,
    pub align: usize,
}

const FIELDS: usize = 128;
const ELEMENTS: usize = 32;
const FITS: usize = 64;
const DEFINITIONS: usize = 16;

/// Members by type and name. A new one takes the place of an older one.
pub struct FieldCache([Cell<FieldCacheEntry>; FIELDS]);

impl FieldCache {
    #[inline(always)]
    fn place(&self, of: TypeId, name: usize) -> &Cell<FieldCacheEntry> {
        // Strings and records are some ten bytes, or numbers, apart.
        &self.0[(name >> 4 ^ name >> 9 ^ of.0 as usize) % FIELDS]
    }

    #[inline(always)]
    pub fn find(&self, of: TypeId, name: usize) -> Option<FieldCacheEntry> {
        let known = self.place(of, name).get();
        if known.name == name && known.of == of { Some(known) } else { None }
    }

    /// The name is kept for good.
    pub fn add(&self, field: FieldCacheEntry) {
        self.place(field.of, field.name).set(field);
    }
}

impl Default for FieldCache {
    fn default() -> Self {
        let place = PrimitiveField { offset: 0, scalar: Scalar::Bool, constant: true };
        let field = FieldCacheEntry { of: NONE, name: 0, place, pointer: false };
        FieldCache(std::array::from_fn(|_| Cell::new(field)))
    }
}

/// The type of what is not known yet.
const NONE: TypeId = TypeId(u32::MAX);

/// A new one takes the place of an older one.
pub struct Caches {
    /// Of views.
    pub views: FieldCache,
    /// Of cdata.
    pub cdata: FieldCache,
    elements: [Cell<ElementCacheEntry>; ELEMENTS],
    fits: [Cell<AssignableEntry>; FITS],
    definitions: [Cell<DefinitionCacheEntry>; DEFINITIONS],
}

impl Default for Caches {
    fn default() -> Self {
        let element = ElementCacheEntry { of: NONE, scalar: Scalar::Bool, constant: true, pointer: false };
        let definition = DefinitionCacheEntry { object: std::ptr::null(), ty: TypeId::VOID, size: 0, align: 0 };
        Caches {
            views: FieldCache::default(),
            cdata: FieldCache::default(),
            elements: std::array::from_fn(|_| Cell::new(element)),
            fits: std::array::from_fn(|_| Cell::new(AssignableEntry { to: NONE, from: NONE, pointer: true })),
            definitions: std::array::from_fn(|_| Cell::new(definition)),
        }
    }
}

impl Caches {
    /// Of cdata.
    #[inline(always)]
    pub fn element(&self, of: TypeId) -> Option<ElementCacheEntry> {
        let known = self.elements[of.0 as usize % ELEMENTS].get();
        if known.of == of { Some(known) } else { None }
    }

    pub fn add_element(&self, element: ElementCacheEntry) {
        self.elements[element.of.0 as usize % ELEMENTS].set(element);
    }

    #[inline(always)]
    fn fit_place(&self, to: TypeId, from: TypeId) -> &Cell<AssignableEntry> {
        &self.fits[(to.0 << 3 ^ to.0 ^ from.0) as usize % FITS]
    }

    /// Where a cdata of the type `from` points is an address for `to`; `reference`: of a cdata that refers
    /// to a value of that type.
    #[inline(always)]
    pub fn fits(&self, to: TypeId, from: TypeId, reference: bool) -> bool {
        let known = self.fit_place(to, from).get();
        known.to == to && known.from == from && !(known.pointer && reference)
    }

    /// Neither is about a type that is incomplete.
    pub fn add_fit(&self, to: TypeId, from: TypeId, pointer: bool) {
        self.fit_place(to, from).set(AssignableEntry { to, from, pointer });
    }

    #[inline(always)]
    fn definition_place(&self, object: *const c_void) -> &Cell<DefinitionCacheEntry> {
        &self.definitions[(object.addr() >> 4 ^ object.addr() >> 8) % DEFINITIONS]
    }

    #[inline(always)]
    pub fn definition(&self, object: *const c_void) -> Option<DefinitionCacheEntry> {
        let known = self.definition_place(object).get();
        if known.object == object && !object.is_null() { Some(known) } else { None }
    }

    /// The object is kept for good.
    pub fn add_definition(&self, definition: DefinitionCacheEntry) {
        self.definition_place(definition.object).set(definition);
    }
}
