//! What all APIs share of their objects: how a kind of userdata is registered, objects with memory of
//! their own, memory of another size, what stored pointers keep, definitions of structs, boxed
//! integers, finalizers of pointers, and quick access to primitives.

pub mod alloc;
pub mod block;
pub mod fast_access;
pub mod finalizer;
pub mod int64;
pub mod kind;
pub mod pointer;
pub mod record;
pub mod references;

use crate::convert;
use crate::lua::Result;
use crate::lua::error::AtArgument;
use crate::runtime::Cx;
use lunaffi_core::scalar::Scalar;
use std::ffi::c_int;

/// `errno([new])` of every API: pushes what the last call left; sets what the next one finds.
pub fn errno(cx: Cx) -> Result<c_int> {
    let old = cx.rt.errno.get();
    if !cx.lua.is_nil(1) {
        let new = convert::integer(*cx.lua, cx.rt, 1, Scalar::I32).at_arg(1)?;
        cx.rt.errno.set(new as c_int);
    }
    cx.lua.push_int(old as i64);
    Ok(1)
}
