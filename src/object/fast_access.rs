//! The usual cases of what scripts do all the time: a primitive element or member is read or written.
//! Nothing here has anything to explain: whatever is not usual is left to the full functions, which
//! begin again.

use crate::convert;
use crate::lua::{Header, Kind, State, lua_CFunction, lua_State};
use crate::runtime::{Cx, Runtime};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::{Class, Scalar, ScalarValue};
use std::ffi::c_int;

/// A primitive in the memory of an object.
#[derive(Clone, Copy)]
pub struct PrimitiveField {
    /// In bytes, from where the object points.
    pub offset: usize,
    pub scalar: Scalar,
    /// It may not be written.
    pub constant: bool,
}

/// What a kind of object does with a key.
pub trait FastAccess {
    const KIND: Kind;
    /// The full functions.
    const INDEX: lua_CFunction;
    const NEWINDEX: lua_CFunction;

    /// What the key at 2 means.
    fn find(lua: State, rt: &Runtime, header: &Header) -> Option<PrimitiveField>;

    #[inline(always)]
    fn push(lua: State, rt: &Runtime, _: Scalar, value: ScalarValue) {
        convert::push_scalar(lua, rt, value);
    }

    /// The value at 3 as the bits of that type: a plain one that fits.
    #[inline(always)]
    fn bits(lua: State, scalar: Scalar) -> Option<u64> {
        match scalar.class() {
            Class::Signed | Class::Unsigned => {
                lua.plain_integer(3).filter(|&value| scalar.holds_signed(value)).map(|value| value as u64)
            }
            Class::Float if scalar == Scalar::F64 => lua.plain_float(3).map(f64::to_bits),
            Class::Float => lua.plain_float(3).map(|value| (value as f32).to_bits() as u64),
            Class::Bool => Some(lua.truth(3) as u64),
        }
    }
}

/// What the key at 2 means in the object at 1, and the memory that it is in.
#[inline(always)]
fn find<Q: FastAccess>(lua: State, rt: &Runtime) -> Option<(PrimitiveField, &'static Region)> {
    let header: &Header = rt.kinds.receiver(*lua, Q::KIND)?;
    Some((Q::find(lua, rt, header)?, &header.region))
}

/// `__index`
pub unsafe extern "C-unwind" fn index<Q: FastAccess>(state: *mut lua_State) -> c_int {
    // SAFETY: Lua calls this with its running state.
    let lua = unsafe { State::new(state) };
    // SAFETY: as above; it is registered with the runtime.
    let rt = unsafe { Cx::enter(state, "index", 1) }.rt;
    if let Some((PrimitiveField { offset, scalar, .. }, region)) = find::<Q>(lua, rt)
        // SAFETY: the region grants the bytes.
        && let Some(value) = region.plain_with(offset, scalar.size(), |place| unsafe { scalar.load(place) })
    {
        Q::push(lua, rt, scalar, value);
        return 1;
    }
    // SAFETY: as above.
    unsafe { Q::INDEX(state) }
}

/// `__newindex`
pub unsafe extern "C-unwind" fn newindex<Q: FastAccess>(state: *mut lua_State) -> c_int {
    // SAFETY: Lua calls this with its running state.
    let lua = unsafe { State::new(state) };
    // SAFETY: as above; it is registered with the runtime.
    let rt = unsafe { Cx::enter(state, "newindex", 1) }.rt;
    if let Some((PrimitiveField { offset, scalar, constant: false }, region)) = find::<Q>(lua, rt)
        && let Some(bits) = Q::bits(lua, scalar)
        // SAFETY: the region grants the bytes.
        && region.plain_with(offset, scalar.size(), |place| unsafe { scalar.store_bits(place, bits) }).is_some()
    {
        return 0;
    }
    // SAFETY: as above.
    unsafe { Q::NEWINDEX(state) }
}
