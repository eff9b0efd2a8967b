//! What was found before, remembered for the next time: members by type and name, elements by type,
//! which type is taken for which pointer, definitions by their object. What is remembered here is never wrong: types, the names and the
//! definitions are kept for good, so that nothing else gets their identities.

use crate::object::quick::Place;
use lunaffi_core::ctype::TypeId;
use lunaffi_core::scalar::Scalar;
use std::cell::Cell;
use std::ffi::c_void;

/// A member that is a primitive.
#[derive(Clone, Copy)]
pub struct KnownField {
    /// The object's type: a record, or a pointer to one.
    pub of: TypeId,
    /// The identity of the name, which is kept for good.
    pub name: usize,
    pub place: Place,
    /// The object is a pointer.
    pub pointer: bool,
}

/// A primitive that is the element of a type.
#[derive(Clone, Copy)]
pub struct KnownElement {
    /// The object's type: an array, or a pointer.
    pub of: TypeId,
    pub scalar: Scalar,
    pub constant: bool,
    pub pointer: bool,
}

/// A type that is taken for a pointer type.
#[derive(Clone, Copy)]
struct KnownFit {
    to: TypeId,
    from: TypeId,
    /// `from` is a pointer.
    pointer: bool,
}

/// A definition's object.
#[derive(Clone, Copy)]
pub struct KnownDefinition {
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
pub struct KnownFields([Cell<KnownField>; FIELDS]);

impl KnownFields {
    #[inline(always)]
    fn place(&self, of: TypeId, name: usize) -> &Cell<KnownField> {
        // Strings and records are some ten bytes, or numbers, apart.
        &self.0[(name >> 4 ^ name >> 9 ^ of.0 as usize) % FIELDS]
    }

    #[inline(always)]
    pub fn find(&self, of: TypeId, name: usize) -> Option<KnownField> {
        let known = self.place(of, name).get();
        if known.name == name && known.of == of { Some(known) } else { None }
    }

    /// The name is kept for good.
    pub fn add(&self, field: KnownField) {
        self.place(field.of, field.name).set(field);
    }
}

impl Default for KnownFields {
    fn default() -> Self {
        let place = Place { offset: 0, scalar: Scalar::Bool, constant: true };
        let field = KnownField { of: NONE, name: 0, place, pointer: false };
        KnownFields(std::array::from_fn(|_| Cell::new(field)))
    }
}

/// The type of what is not known yet.
const NONE: TypeId = TypeId(u32::MAX);

/// A new one takes the place of an older one.
pub struct Known {
    /// Of views.
    pub views: KnownFields,
    /// Of cdata.
    pub cdata: KnownFields,
    elements: [Cell<KnownElement>; ELEMENTS],
    fits: [Cell<KnownFit>; FITS],
    definitions: [Cell<KnownDefinition>; DEFINITIONS],
}

impl Default for Known {
    fn default() -> Self {
        let element = KnownElement { of: NONE, scalar: Scalar::Bool, constant: true, pointer: false };
        let definition = KnownDefinition { object: std::ptr::null(), ty: TypeId::VOID, size: 0, align: 0 };
        Known {
            views: KnownFields::default(),
            cdata: KnownFields::default(),
            elements: std::array::from_fn(|_| Cell::new(element)),
            fits: std::array::from_fn(|_| Cell::new(KnownFit { to: NONE, from: NONE, pointer: true })),
            definitions: std::array::from_fn(|_| Cell::new(definition)),
        }
    }
}

impl Known {
    /// Of cdata.
    #[inline(always)]
    pub fn element(&self, of: TypeId) -> Option<KnownElement> {
        let known = self.elements[of.0 as usize % ELEMENTS].get();
        if known.of == of { Some(known) } else { None }
    }

    pub fn add_element(&self, element: KnownElement) {
        self.elements[element.of.0 as usize % ELEMENTS].set(element);
    }

    #[inline(always)]
    fn fit_place(&self, to: TypeId, from: TypeId) -> &Cell<KnownFit> {
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
        self.fit_place(to, from).set(KnownFit { to, from, pointer });
    }

    #[inline(always)]
    fn definition_place(&self, object: *const c_void) -> &Cell<KnownDefinition> {
        &self.definitions[(object.addr() >> 4 ^ object.addr() >> 8) % DEFINITIONS]
    }

    #[inline(always)]
    pub fn definition(&self, object: *const c_void) -> Option<KnownDefinition> {
        let known = self.definition_place(object).get();
        if known.object == object && !object.is_null() { Some(known) } else { None }
    }

    /// The object is kept for good.
    pub fn add_definition(&self, definition: KnownDefinition) {
        self.definition_place(definition.object).set(definition);
    }
}
