//! The usual cases of what scripts do all the time: an element of a typed pointer, a member of a view,
//! a new struct. Nothing here has anything to explain: whatever is not usual is left to the full
//! functions, which begin again.

use super::{pointer, structs};
use crate::convert;
use crate::lua::{Header, Kind, Kinds, State, lua_State};
use crate::runtime::{Runtime, entry};
use lunaffi_core::ctype::Slot;
use lunaffi_core::scalar::{Class, Scalar};
use std::ffi::c_int;

/// The header of the receiver, if it is of that kind. Its metatable stays on the top of the stack;
/// where it is of another kind, nothing stays.
#[inline(always)]
fn receiver(lua: State, kinds: &Kinds, kind: Kind) -> Option<&'static Header> {
    // SAFETY: the kind's payload begins with a header, and stays while it is on the stack.
    kinds.get_leaving(lua, 1, kind).map(|payload| unsafe { &*payload.cast::<Header>() })
}

/// The element of primitive type that the integer at 2 names: its type and its place.
#[inline(always)]
fn element(lua: State, header: &Header) -> Option<(Scalar, *mut u8)> {
    let index = usize::try_from(lua.plain_integer(2)?).ok()?;
    let scalar = header.slot().as_scalar()?;
    let place = header.region.plain_access(index.checked_mul(scalar.size())?, scalar.size())?;
    Some((scalar, place))
}

/// The member of primitive type that the string at 2 names: its type and its place.
#[inline(always)]
fn member(lua: State, rt: &Runtime, header: &Header) -> Option<(Scalar, *mut u8)> {
    let field = rt.known.field(header.slot().ty, lua.string_identity(2)?)?;
    let place = header.region.plain_access(field.offset, field.scalar.size())?;
    Some((field.scalar, place))
}

/// Stores the value at 3, if that is a plain one.
///
/// # Safety
/// `place` is writable for the type.
#[inline(always)]
unsafe fn store(lua: State, scalar: Scalar, place: *mut u8) -> bool {
    let bits = match scalar.class() {
        Class::Signed | Class::Unsigned => {
            lua.plain_integer(3).filter(|&value| scalar.holds_signed(value)).map(|value| value as u64)
        }
        Class::Float if scalar == Scalar::F64 => lua.plain_float(3).map(f64::to_bits),
        Class::Float => lua.plain_float(3).map(|value| (value as f32).to_bits() as u64),
        Class::Bool => Some(lua.truth(3) as u64),
    };
    match bits {
        Some(bits) => {
            // SAFETY: by the caller.
            unsafe { scalar.store_bits(place, bits) };
            true
        }
        None => false,
    }
}

/// Defines the quick form of an `__index` or `__newindex`: what the receiver's header gives is pushed,
/// or takes the value at 3; else the full function is called.
macro_rules! access {
    ($(#[$meta:meta])* fn $name:ident, $kind:ident, |$lua:ident, $rt:ident, $header:ident| $find:expr, get) => {
        access!(@ $(#[$meta])* $name $kind |$lua $rt $header| $find, |scalar, place| {
            // SAFETY: the region grants the bytes.
            convert::push_scalar($lua, $rt, unsafe { scalar.load(place) });
            return 1;
        });
    };
    ($(#[$meta:meta])* fn $name:ident, $kind:ident, |$lua:ident, $rt:ident, $header:ident| $find:expr, set) => {
        access!(@ $(#[$meta])* $name $kind |$lua $rt $header| $find, |scalar, place| {
            // SAFETY: the region grants the bytes.
            if unsafe { store($lua, scalar, place) } {
                return 0;
            }
        });
    };
    (@ $(#[$meta:meta])* $name:ident $kind:ident |$lua:ident $rt:ident $header:ident| $find:expr,
        |$scalar:ident, $place:ident| $use:block) => {
        $(#[$meta])*
        pub unsafe extern "C-unwind" fn $name(state: *mut lua_State) -> c_int {
            // SAFETY: Lua calls this with its running state.
            let $lua = unsafe { State::new(state) };
            if let Some($rt) = entry::runtime(state)
                && let Some($header) = receiver($lua, &$rt.kinds, Kind::$kind)
            {
                if let Some(($scalar, $place)) = $find
                    $use
                $lua.pop(1);
            }
            // SAFETY: as above.
            unsafe { access!(@full $name)(state) }
        }
    };
    (@full typed_index) => { pointer::typed_index };
    (@full typed_newindex) => { pointer::typed_newindex };
    (@full view_index) => { structs::view_index };
    (@full view_newindex) => { structs::view_newindex };
}

access! {
    /// `pointer[i]`
    fn typed_index, TypedPointer, |lua, rt, header| element(lua, header), get
}
access! {
    /// `pointer[i] = value`
    fn typed_newindex, TypedPointer, |lua, rt, header| element(lua, header), set
}
access! {
    /// `view.name`
    fn view_index, StructView, |lua, rt, header| member(lua, rt, header), get
}
access! {
    /// `view.name = value`
    fn view_newindex, StructView, |lua, rt, header| member(lua, rt, header), set
}

/// `definition()`
pub unsafe extern "C-unwind" fn make(state: *mut lua_State) -> c_int {
    // SAFETY: Lua calls this with its running state.
    let lua = unsafe { State::new(state) };
    if let Some(rt) = entry::runtime(state)
        && let Some(known) = rt.known.definition(lua.userdata(1))
        && lua.top() == 1
    {
        rt.kinds.push_owner(lua, Kind::StructView, Slot::value(known.ty), known.size, known.align);
        return 1;
    }
    // SAFETY: as above.
    unsafe { structs::make(state) }
}
