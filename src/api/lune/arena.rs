//! Arenas: blocks that are released together. What points into one keeps it alive, and knows when
//! the blocks are gone.

use super::pointer::{push_derived, push_text};
use super::types;
use crate::convert;
use crate::lua::error::AtArgument;
use crate::lua::header::managed;
use crate::lua::{Error, Fault, Kind, Result, State, lua_State};
use crate::object::kind::{self, KindSpec};
use crate::runtime::{Cx, Runtime, entries, guard};
use lunaffi_core::ctype::Slot;
use lunaffi_core::mem::{AllocError, Arena, Ended, MemError, Region};
use std::cell::RefCell;
use std::ffi::c_int;

/// The payload of an arena object. After its end it stays, freed, as long as Lua keeps the userdata.
struct ArenaObject {
    id: i64,
    arena: RefCell<Arena>,
}

/// `ffi.arena()`
fn arena(cx: Cx) -> Result<c_int> {
    let id = cx.rt.next_arena.get();
    cx.rt.next_arena.set(id + 1);
    let place = cx.lua.new_userdata(size_of::<ArenaObject>(), true).cast::<ArenaObject>();
    // SAFETY: fresh memory of that size.
    unsafe { place.write(ArenaObject { id, arena: RefCell::new(Arena::new()) }) };
    cx.rt.kinds.push_metatable(cx.lua, Kind::Arena);
    cx.lua.set_metatable(-2);
    cx.rt.kinds.make_anchor(cx.lua, -1);
    Ok(1)
}

fn receiver(cx: Cx) -> Result<&'static ArenaObject> {
    cx.receiver(Kind::Arena)
}

/// Allocates and pushes the pointer; `about` is the argument to blame.
fn alloc(cx: Cx, size: usize, align: usize, about: c_int) -> Result<c_int> {
    let object = receiver(cx)?;
    cx.rt.took(cx.lua, size);
    let region = cx.guard(|| {
        let mut arena = object.arena.borrow_mut();
        let block = arena.alloc(size, align).map_err(|e| match e {
            AllocError::Zero => Error::arg(about, Fault::Text("at least 1 byte expected, got 0")),
            AllocError::OutOfMemory => Error::arg(about, Fault::Memory),
            AllocError::Freed => Error::call(MemError::Gone(Ended::Freed)),
        })?;
        // SAFETY: the arena lies in the userdata, which every pointer into it keeps alive.
        Ok(managed(unsafe { Region::block(block.as_ptr(), size).owned_by(arena.life()) }))
    })?;
    push_derived(cx, Kind::RawPointer, region, Slot::VOID, 1);
    Ok(1)
}

fn alloc_bytes(cx: Cx) -> Result<c_int> {
    receiver(cx)?;
    let size = convert::size(cx, 2)?;
    alloc(cx, size, 1, 2)
}

fn alloc_aligned(cx: Cx) -> Result<c_int> {
    receiver(cx)?;
    let size = convert::size(cx, 2)?;
    let align = convert::size(cx, 3)?.max(1);
    if !align.is_power_of_two() || align > 1 << 30 {
        return Err(Error::arg(3, Fault::Text("a power of two up to 2^30 expected")));
    }
    alloc(cx, size, align, 2)
}

fn alloc_type(cx: Cx) -> Result<c_int> {
    receiver(cx)?;
    let (slot, size) = types::sized_type(cx, 2)?;
    alloc(cx, size, cx.rt.types.align_of(slot.c_type()), 2)
}

fn alloc_array(cx: Cx) -> Result<c_int> {
    receiver(cx)?;
    let (slot, size) = types::sized_type(cx, 2)?;
    let count = convert::size(cx, 3)?;
    let total = size.checked_mul(count).filter(|&total| total <= isize::MAX as usize).ok_or(Fault::Memory).at_arg(3)?;
    alloc(cx, total, cx.rt.types.align_of(slot.c_type()), 3)
}

fn reset(cx: Cx) -> Result<c_int> {
    let object = receiver(cx)?;
    guard(|| {
        let blocks = object.arena.borrow_mut().reset();
        cx.rt.release(blocks);
        Ok(())
    })?;
    Ok(0)
}

fn free(cx: Cx) -> Result<c_int> {
    let object = receiver(cx)?;
    guard(|| {
        let blocks = object.arena.borrow_mut().free();
        cx.rt.release(blocks);
        Ok(())
    })?;
    Ok(0)
}

fn index(cx: Cx) -> Result<c_int> {
    let object = receiver(cx)?;
    kind::index(cx, |name| {
        let arena = object.arena.borrow();
        let value = match name {
            b"id" => object.id,
            b"totalAllocated" => arena.total() as i64,
            b"allocationCount" => arena.count() as i64,
            _ => return Ok(false),
        };
        drop(arena);
        cx.lua.push_int(value);
        Ok(true)
    })
}

fn to_string(cx: Cx) -> Result<c_int> {
    let object = receiver(cx)?;
    let (total, count) = {
        let arena = object.arena.borrow();
        (arena.total(), arena.count())
    };
    push_text(cx.lua, format_args!("Arena(id={}, allocated={total} bytes, blocks={count})", object.id));
    Ok(1)
}

/// `__gc`: releases the blocks; pointers that outlive it (at the end of a state) see it freed.
unsafe extern "C-unwind" fn collect(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the upvalue is the runtime, whose `kinds` stay readable to the end, and
    // the payload is the kind's.
    unsafe {
        let lua = State::new(state);
        if let Some(payload) = Runtime::at(lua, State::upvalue(1)).kinds.get(*lua, 1, Kind::Arena) {
            drop((*payload.cast::<ArenaObject>()).arena.borrow_mut().free());
        }
    }
    0
}

/// Arenas.
pub const ARENA: KindSpec = KindSpec {
    kind: Kind::Arena,
    methods: entries![
        method "alloc" => alloc_bytes,
        method "allocAligned" => alloc_aligned,
        method "allocType" => alloc_type,
        method "allocArray" => alloc_array,
        method "reset" => reset,
        method "free" => free,
    ],
    meta: entries![
        "__index" => index,
        "__newindex" => kind::read_only,
        method "__tostring" => to_string,
        raw "__gc" => collect,
    ],
};

/// Module functions.
pub const FUNCTIONS: &[crate::runtime::FunctionEntry] = entries!["arena" => arena];
