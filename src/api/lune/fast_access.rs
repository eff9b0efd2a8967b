//! What is quick of the objects here: an element of a typed pointer, a member of a view, a new struct.

use super::{pointer, structs};
use crate::lua::{Header, Kind, State, lua_CFunction, lua_State};
use crate::object::fast_access::{FastAccess, PrimitiveField};
use crate::object::kind::push_metatable_made;
use crate::runtime::{Runtime, c_function, dispatch};
use lunaffi_core::ctype::Slot;
use std::ffi::c_int;

/// `pointer[i]`
pub struct Elements;

/// `view.name`
pub struct Members;

impl FastAccess for Elements {
    const KIND: Kind = Kind::TypedPointer;
    const INDEX: lua_CFunction = c_function!("index" => pointer::typed_index);
    const NEWINDEX: lua_CFunction = c_function!("newindex" => pointer::typed_newindex);

    #[inline(always)]
    fn find(lua: State, _: &Runtime, header: &Header) -> Option<PrimitiveField> {
        let index = usize::try_from(lua.plain_integer(2)?).ok()?;
        let scalar = header.slot().as_scalar()?;
        Some(PrimitiveField { offset: index.checked_mul(scalar.size())?, scalar, constant: header.is_constant() })
    }
}

impl FastAccess for Members {
    const KIND: Kind = Kind::StructView;
    const INDEX: lua_CFunction = c_function!("index" => structs::view_index);
    const NEWINDEX: lua_CFunction = c_function!("newindex" => structs::view_newindex);

    #[inline(always)]
    fn find(lua: State, rt: &Runtime, header: &Header) -> Option<PrimitiveField> {
        rt.known.views.find(header.ty(), lua.string_identity(2)?).map(|field| {
            let place = field.place;
            PrimitiveField { constant: place.constant | header.is_constant(), ..place }
        })
    }
}

/// `definition()`
pub unsafe extern "C-unwind" fn make(state: *mut lua_State) -> c_int {
    // SAFETY: Lua calls this with its running state.
    let lua = unsafe { State::new(state) };
    if let Some(rt) = dispatch::runtime(state)
        && let Some(known) = rt.known.definition(lua.userdata(1))
        && lua.top() == 1
    {
        let slot = Slot::value(known.ty);
        rt.kinds.push_owner_by(lua, Kind::StructView, slot, known.size, known.align, || push_metatable_made(lua));
        return 1;
    }
    // SAFETY: as above.
    unsafe { c_function!(method "new" => structs::make)(state) }
}
