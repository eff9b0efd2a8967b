//! Finalizers of pointer objects. The one that runs a finalizer is an object of its own, made when
//! the finalizer is attached: at the end of a state objects go in the reverse order of their making,
//! so the function (and its library) that a finalizer needs is still there.

use crate::callback;
use crate::lua::{Error, Fault, Kind, Result, State, Type, lua_State};
use crate::runtime::{Cx, Runtime};
use std::cell::Cell;
use std::ffi::c_int;

/// The payload of `Kind::Finalizer`. Its user value is a table: the object, the function.
struct Finalizer {
    armed: Cell<bool>,
}

/// Attaches the function at `function` to the pointer object at `object`, or, if it is nil, takes
/// away what is attached. What cannot be called fails when it is to run.
pub fn attach(cx: Cx, object: c_int, function: c_int) -> Result<()> {
    let (lua, kinds, table) = (cx.lua, &cx.rt.kinds, cx.rt.refs.finalizers.get());
    let Some((_, header)) = kinds.header(*lua, object) else {
        return Err(Error::arg(object, Fault::Expected("pointer object")));
    };
    header.region.check_life().map_err(|e| Error::arg(object, e))?;
    let removing = lua.is_nil(function);
    lua.reserve(8);
    if removing {
        lua.push_nil();
    } else {
        push_unarmed(cx, object, function);
    }
    // From here on nothing of ours allocates but the object's anchor, which is made first: a
    // finalizer that runs meanwhile may have attached one to this object itself.
    kinds.push_finalizer(lua, object, table);
    if let Some(former) = kinds.get(*lua, -1, Kind::Finalizer) {
        // SAFETY: the kind's payload.
        unsafe { (*former.cast::<Finalizer>()).armed.set(false) };
    }
    lua.pop(1);
    let armed = kinds.get(*lua, -1, Kind::Finalizer);
    kinds.keep_finalizer(lua, object, table);
    if let Some(finalizer) = armed {
        // SAFETY: the kind's payload, which the object keeps.
        unsafe { (*finalizer.cast::<Finalizer>()).armed.set(true) };
    }
    if let Some((_, header)) = kinds.header(*lua, object) {
        header.set_finalizer(!removing);
    }
    Ok(())
}

/// Attaches the finalizer of the object at `object`, if it has one, anew: what was made since it was attached
/// is then finalized after it.
pub fn renew(cx: Cx, object: c_int) -> Result<()> {
    let (lua, kinds) = (cx.lua, &cx.rt.kinds);
    let (object, top) = (lua.abs(object), lua.top());
    lua.reserve(8);
    if kinds.header(*lua, object).is_some_and(|(_, header)| header.has_finalizer()) {
        kinds.push_finalizer(lua, object, cx.rt.refs.finalizers.get());
        if kinds.get(*lua, -1, Kind::Finalizer).is_some() {
            lua.get_user_value(-1);
            lua.raw_get_index(-1, 2);
            attach(cx, object, lua.top())?;
        }
    }
    lua.set_top(top);
    Ok(())
}

/// Pushes a finalizer object that does nothing yet.
fn push_unarmed(cx: Cx, object: c_int, function: c_int) {
    let lua = cx.lua;
    let place = lua.new_userdata(size_of::<Finalizer>(), true).cast::<Finalizer>();
    // SAFETY: fresh memory of that size.
    unsafe { place.write(Finalizer { armed: Cell::new(false) }) };
    lua.new_table(2, 0);
    lua.copy(object);
    lua.raw_set_index(-2, 1);
    lua.copy(function);
    lua.raw_set_index(-2, 2);
    lua.set_user_value(-2);
    cx.rt.kinds.push_metatable(lua, Kind::Finalizer);
    lua.set_metatable(-2);
}

/// Whether the value at `index` can be called.
pub fn is_callable(lua: State, index: c_int) -> bool {
    if lua.type_of(index) == Type::Function {
        return true;
    }
    let top = lua.top();
    let callable = lua.get_metatable(index) && {
        lua.get_field(-1, b"__call");
        !lua.is_nil(-1)
    };
    lua.set_top(top);
    callable
}

/// Makes the metatable of finalizer objects.
pub fn install(lua: State, rt: &Runtime, runtime: c_int) {
    lua.new_table(0, 2);
    lua.copy(runtime);
    lua.push_closure(collect, 1);
    lua.set_field(-2, b"__gc");
    lua.push_bytes(Kind::Finalizer.name().as_bytes());
    lua.set_field(-2, b"__metatable");
    rt.kinds.register(lua, Kind::Finalizer);
}

/// `__gc`: runs the function. Its error goes where errors of callbacks without a call go.
unsafe extern "C-unwind" fn collect(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the upvalue is the runtime, whose `kinds` stay readable to the end.
    let (lua, rt) = unsafe {
        let lua = State::new(state);
        (lua, Runtime::at(lua, State::upvalue(1)))
    };
    let Some(payload) = rt.kinds.get(*lua, 1, Kind::Finalizer) else { return 0 };
    // SAFETY: the kind's payload.
    if unsafe { (*payload.cast::<Finalizer>()).armed.replace(false) } {
        lua.get_user_value(1);
        lua.raw_get_index(2, 2);
        lua.raw_get_index(2, 1);
        if let Some((_, header)) = rt.kinds.header(*lua, -1) {
            header.set_finalizer(false);
        }
        if !rt.room.is_left() {
            lua.push_ref(rt.refs.stack_overflow.get());
            callback::report(rt, lua);
        } else if !lua.protected_call(1, 0) {
            callback::report(rt, lua);
        }
    }
    0
}
