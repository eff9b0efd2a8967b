//! Metatables of C types.

use crate::runtime::Cx;
use lunaffi_core::ctype::TypeId;

/// Pushes what a type's metatable has for that event: the type's own, or, for a pointer, that of what
/// it points to. False, with nothing pushed, when there is none.
pub fn push_method(_cx: Cx, _ty: TypeId, _event: &[u8]) -> bool {
    false
}

/// Gives the new struct on the top what its type's metatable asks for: a finalizer.
pub fn created(_cx: Cx, _ty: TypeId) -> crate::lua::Result<()> {
    Ok(())
}
