//! Members of records by the identity of the Lua string that names them, once it is known.

use crate::runtime::Cx;
use lunaffi_core::ctype::{Field, Record};
use std::ffi::c_int;

/// The member that the string at `index` names, among the names that are `allowed`.
#[inline]
pub fn field_at(
    cx: Cx,
    index: c_int,
    record: &'static Record,
    allowed: impl FnOnce(&[u8]) -> bool,
) -> Option<&'static Field> {
    let name = cx.lua.string(index)?;
    record.by_key(name.as_ptr().addr()).or_else(|| if allowed(name) { by_name(cx, index, record, name) } else { None })
}

/// The same for a string that was not seen as this member's name before; from now on it is found by
/// its identity, and kept, so that no other string gets that.
#[cold]
fn by_name(cx: Cx, index: c_int, record: &'static Record, name: &[u8]) -> Option<&'static Field> {
    let field = record.by_name(name)?;
    if field.key.get() == 0 {
        cx.lua.reserve(4);
        cx.lua.copy(index);
        cx.lua.push_ref(cx.rt.refs.names.get());
        cx.lua.insert(-2);
        cx.lua.push_bool(true);
        cx.lua.raw_set(-3);
        cx.lua.pop(1);
        field.key.set(name.as_ptr().addr());
    }
    Some(field)
}
