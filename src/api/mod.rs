//! The front ends: names, argument checks and rules over one engine.

pub mod alien;
pub mod bit;
pub mod compat;
pub mod loader;
pub mod luajit;
pub mod lune;

use crate::lua::State;
use crate::object::{block, finalizer, kind};
use crate::runtime::Runtime;

/// Pushes the state's runtime, with the kinds of all APIs: their objects are taken by each other.
pub fn prepare(lua: State) -> &'static Runtime {
    let new = Runtime::push(lua);
    let runtime = lua.top();
    // SAFETY: just pushed.
    let rt = unsafe { Runtime::at(lua, runtime) };
    if new {
        crate::call::install(rt);
        crate::callback::install(lua, rt, runtime);
        for spec in [&[block::BLOCK], lune::KINDS, alien::KINDS].into_iter().flatten() {
            kind::register(lua, rt, runtime, spec);
        }
        luajit::install(lua, rt, runtime);
        finalizer::install(lua, rt, runtime);
        alien::install(rt);
        Runtime::publish(lua, runtime);
    }
    rt
}
