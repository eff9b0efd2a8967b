//! Memory that an object has instead of its own after it was given another size, and large memory
//! from the start: a block from the system, in a userdata of its own. What points into it has the
//! life of the block's arena, which stays readable as long as the userdata.

use crate::lua::{Error, Fault, Header, Kind, Result, State, lua_State};
use crate::object::finalizer;
use crate::object::kind::KindSpec;
use crate::runtime::{Cx, Runtime};
use lunaffi_core::mem::{AllocError, Arena, Ended, Region};
use std::cell::RefCell;
use std::ffi::c_int;

/// The payload of `Kind::Block`.
type Block = RefCell<Arena>;

/// Its place among what the memory of an object keeps.
const PLACE: c_int = 0;

/// Pushes the block of the object at `index`, which is made if it has none; true when it was made.
fn push_block(cx: Cx, index: c_int) -> bool {
    let (lua, kinds) = (cx.lua, &cx.rt.kinds);
    kinds.push_pins(lua, index, cx.rt.refs.pins.get(), true);
    let pins = lua.top();
    lua.raw_get_index(pins, PLACE);
    let made = kinds.get(*lua, -1, Kind::Block).is_none();
    if made {
        lua.pop(1);
        let place = lua.new_userdata(size_of::<Block>(), false).cast::<Block>();
        // SAFETY: fresh memory of that size.
        unsafe { place.write(RefCell::new(Arena::new())) };
        kinds.push_metatable(lua, Kind::Block);
        lua.set_metatable(-2);
        lua.copy(-1);
        lua.raw_set_index(pins, PLACE);
    }
    lua.remove(pins);
    made
}

/// Gives the object at `index`, which owns its memory, a new block of `size` bytes that begins with
/// what it had; the rest is zero. What pointed into the old one is out of date.
pub fn resize(cx: Cx, index: c_int, size: usize) -> Result<()> {
    let (lua, kinds) = (cx.lua, &cx.rt.kinds);
    let index = lua.abs(index);
    cx.rt.took(lua, size);
    if push_block(cx, index) {
        // The block of an object whose finalizer was there before would be gone when that runs.
        finalizer::renew(cx, index)?;
    }
    let block = kinds.get(*lua, -1, Kind::Block).ok_or(Error::alone(Fault::Bug))?.cast::<Block>();
    // From here on nothing allocates in Lua: the header is what it is.
    let Some((_, header)) = kinds.header(*lua, index) else { return Err(Error::alone(Fault::Bug)) };
    header.region.check_life().map_err(Error::alone)?;
    cx.guard(|| {
        // SAFETY: the kind's payload, kept by the stack.
        let mut arena = unsafe { &*block }.borrow_mut();
        let former = header.region;
        // A block of no bytes cannot be had; one that is never accessed does as well.
        let (new, old) = arena.renew(size.max(1), Arena::DEFAULT_ALIGN, Ended::Moved).map_err(|e| match e {
            AllocError::Freed => Error::alone(Fault::Text("the buffer is closed: its state is closing")),
            _ => Error::alone(Fault::Memory),
        })?;
        let len = former.remaining().unwrap_or(0).min(size);
        // SAFETY: both blocks are that long and there, and do not overlap; the former one is either the
        // userdata's own or among `old`. The arena lies in a userdata that the object keeps.
        unsafe {
            new.as_ptr().copy_from_nonoverlapping(former.granted(0), len);
            header.region = Region::block(new.as_ptr(), size).owned_by(arena.life()).with_flags(former.flags);
        }
        former.end_life();
        cx.rt.release(old);
        Ok(())
    })?;
    lua.pop(1);
    Ok(())
}

/// `__gc`: releases the block; pointers that outlive it (at the end of a state) see it freed.
unsafe extern "C-unwind" fn collect(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the upvalue is the runtime, whose `kinds` stay readable to the end, and
    // the payload is the kind's.
    unsafe {
        let lua = State::new(state);
        if let Some(payload) = Runtime::at(lua, State::upvalue(1)).kinds.get(*lua, 1, Kind::Block) {
            drop((*payload.cast::<Block>()).borrow_mut().free());
        }
    }
    0
}

/// Blocks. No script sees one.
pub const BLOCK: KindSpec = KindSpec { kind: Kind::Block, methods: &[], meta: &[("__gc", collect)] };

/// Bytes that an object has in its own userdata; more are in a block.
const INLINE: usize = 1 << 16;

/// Pushes an object with `size` zeroed bytes of its own, which `resize` can change.
pub fn push_resizable(cx: Cx, kind: Kind, size: usize) -> Result<&'static mut Header> {
    let index = cx.lua.top() + 1;
    let inline = if size <= INLINE { size } else { 0 };
    cx.rt.kinds.push_resizable(cx.lua, kind, inline, Arena::DEFAULT_ALIGN);
    if size > INLINE {
        resize(cx, index, size)?;
    }
    cx.rt.kinds.header(*cx.lua, index).map(|(_, header)| header).ok_or(Error::alone(Fault::Bug))
}
