//! What was found before, remembered for the next time: members by type and name, definitions by their
//! object. What is remembered here is never wrong: the names and the definitions are kept for good, so
//! that nothing else gets their identities.

use lunaffi_core::ctype::TypeId;
use lunaffi_core::scalar::Scalar;
use std::cell::Cell;
use std::ffi::c_void;

/// A member that is a primitive and may be written.
#[derive(Clone, Copy)]
pub struct KnownField {
    pub record: TypeId,
    /// The identity of the name, which is kept for good.
    pub name: usize,
    pub offset: usize,
    pub scalar: Scalar,
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
const DEFINITIONS: usize = 16;

/// A new one takes the place of an older one.
pub struct Known {
    fields: [Cell<KnownField>; FIELDS],
    definitions: [Cell<KnownDefinition>; DEFINITIONS],
}

impl Default for Known {
    fn default() -> Self {
        let field = KnownField { record: TypeId::VOID, name: 0, offset: 0, scalar: Scalar::Bool };
        let definition = KnownDefinition { object: std::ptr::null(), ty: TypeId::VOID, size: 0, align: 0 };
        Known {
            fields: std::array::from_fn(|_| Cell::new(field)),
            definitions: std::array::from_fn(|_| Cell::new(definition)),
        }
    }
}

impl Known {
    #[inline(always)]
    fn field_place(&self, record: TypeId, name: usize) -> &Cell<KnownField> {
        // Strings and records are some ten bytes, or numbers, apart.
        &self.fields[(name >> 4 ^ name >> 9 ^ record.0 as usize) % FIELDS]
    }

    #[inline(always)]
    pub fn field(&self, record: TypeId, name: usize) -> Option<KnownField> {
        let known = self.field_place(record, name).get();
        if known.name == name && known.record == record { Some(known) } else { None }
    }

    /// The name is kept for good.
    pub fn add_field(&self, field: KnownField) {
        self.field_place(field.record, field.name).set(field);
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
