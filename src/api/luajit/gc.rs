//! `ffi.gc`, and the `__gc` of metatypes.

use super::metatype;
use crate::convert::cdata;
use crate::lua::fault::AtArgument;
use crate::lua::{Error, Fault, Result};
use crate::object::finalizer;
use crate::runtime::{Cx, Entry, lua_fn};
use lunaffi_core::ctype::{CType, TypeId};
use std::ffi::c_int;

lua_fn! {
    /// `ffi.gc(cdata, finalizer or nil)`: gives the cdata.
    fn gc(cx) as "gc" {
        let Some(header) = cx.rt.kinds.get(cx.lua, 1, crate::lua::Kind::Cdata) else {
            return Err(Error::arg(1, Fault::Expected("cdata")));
        };
        // SAFETY: the kind's payload, which the stack keeps.
        let ty = unsafe { &*header.cast::<crate::lua::Header>() }.ty();
        match cx.rt.types.kind(ty) {
            CType::Pointer(_) | CType::Record(_) | CType::Array { .. } | CType::OpenArray(_) | CType::VariableArray(_) => {}
            _ => return Err(Fault::Text("invalid C type")).at_arg(1),
        }
        if cx.lua.is_none(2) {
            return Err(Error::arg(2, Fault::Text("value expected")));
        }
        finalizer::attach(cx, 1, 2)?;
        cx.lua.set_top(1);
        Ok(1)
    }
}

/// Attaches the `__gc` of its type to the new cdata on the top, if the type has one.
pub fn attach_metamethod(cx: Cx, ty: TypeId) -> Result<()> {
    if !cx.rt.has_metatypes.get() || !matches!(cx.rt.types.kind(ty), CType::Record(_)) {
        return Ok(());
    }
    let object = cx.lua.top();
    if metatype::push_method(cx, ty, b"__gc") {
        finalizer::attach(cx, object, object + 1)?;
        cx.lua.set_top(object);
    }
    Ok(())
}

/// Module functions.
pub const FUNCTIONS: &[Entry] = &[("gc", gc)];
