//! The front ends: names, argument checks and rules over one engine.

pub mod alien;
pub mod bit;
pub mod buffer;
pub mod compat;
pub mod luajit;
pub mod lune;

use crate::lua::State;
use crate::object::{block, finalizer, kind};
use crate::runtime::{Cx, FunctionEntry, Runtime, set_functions};
use std::ffi::{c_int, c_void};

/// Pushes the state's runtime, with the kinds of all APIs: their objects are taken by each other.
pub fn prepare(lua: State) -> &'static Runtime {
    let new = Runtime::push(lua);
    let runtime = lua.top();
    // SAFETY: just pushed.
    let rt = unsafe { Runtime::at(lua, runtime) };
    if new {
        crate::call::install(rt);
        crate::callback::install(lua, rt, runtime);
        for spec in [&[block::BLOCK, buffer::STRING_BUFFER], lune::KINDS, alien::KINDS].into_iter().flatten() {
            kind::register(lua, rt, runtime, spec);
        }
        buffer::install(lua, rt);
        lune::install(lua, rt, runtime);
        luajit::install(lua, rt, runtime);
        finalizer::install(lua, rt, runtime);
        alien::install(rt);
        Runtime::publish(lua, runtime);
    }
    rt
}

/// Pushes an API's module table, which the registry keeps under `key`. The first caller of a state makes it
/// of these functions, and of what `fill` adds to the table on top; it is given the runtime's stack index.
pub fn push_module(
    lua: State,
    key: *const c_void,
    name: &'static [u8],
    functions: &[&[FunctionEntry]],
    fill: fn(Cx, c_int),
) {
    lua.reserve(16);
    lua.get_private(State::REGISTRY, key);
    let place = lua.top();
    if lua.is_nil(place) {
        let rt = prepare(lua);
        let runtime = lua.top();
        lua.new_table(0, 48);
        let module = lua.top();
        for functions in functions {
            set_functions(lua, runtime, functions);
        }
        fill(Cx { lua, rt, name, skip: 0 }, runtime);
        lua.copy(module);
        lua.set_private(State::REGISTRY, key);
        lua.copy(module);
        lua.replace(place);
        lua.set_top(place);
    }
}
