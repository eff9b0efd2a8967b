//! Pointer objects that hold their own memory, of any size: what Lua cannot give is an error that
//! says so, with a position, instead of Lua's bare one.

use crate::lua::{Fault, Header, Kind, State, lua_State};
use crate::runtime::{Cx, Runtime};
use lunaffi_core::ctype::Slot;
use std::ffi::c_int;

/// What is asked for.
struct Wanted {
    kind: Kind,
    slot: Slot,
    size: usize,
    align: usize,
}

/// Bytes that are there, or nothing else is either.
pub const SURE: usize = 1 << 16;
/// Bytes that no address space has.
const IMPOSSIBLE: usize = 1 << 46;

/// Pushes a userdata of that kind with `size` zeroed bytes of its own, aligned as asked.
pub fn push_owner(cx: Cx, kind: Kind, slot: Slot, size: usize, align: usize) -> Result<&'static mut Header, Fault> {
    let lua = cx.lua;
    if size <= SURE {
        return Ok(cx.rt.kinds.push_owner(lua, kind, slot, size, align));
    }
    if size > IMPOSSIBLE {
        return Err(Fault::Memory);
    }
    let wanted = Wanted { kind, slot, size, align };
    lua.copy(State::upvalue(1));
    lua.push_closure(push_protected, 1);
    lua.push_light((&raw const wanted).cast_mut().cast());
    if !lua.protected_call(1, 1) {
        return Err(Fault::Memory);
    }
    cx.rt.kinds.header(*lua, -1).map(|(_, header)| header).ok_or(Fault::Bug)
}

/// Makes what the `Wanted` at 1 asks for.
unsafe extern "C-unwind" fn push_protected(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua, from `push_owner`, with the runtime as upvalue and the `Wanted`, which
    // outlives the call, as argument.
    let (lua, rt, wanted) = unsafe {
        let lua = State::new(state);
        (lua, Runtime::at(lua, State::upvalue(1)), &*lua.userdata(1).cast::<Wanted>())
    };
    rt.kinds.push_owner(lua, wanted.kind, wanted.slot, wanted.size, wanted.align);
    1
}
