//! Registering a kind of userdata: its metatable, methods and properties.

use crate::lua::{Error, Fault, Kind, Result, State, lua_CFunction};
use crate::runtime::{Cx, FunctionEntry, Runtime, set_functions};
use std::ffi::c_int;

/// What a kind's metatable is made of.
pub struct KindSpec {
    pub kind: Kind,
    /// Functions found by name.
    pub methods: &'static [FunctionEntry],
    /// Metamethods. Their second upvalue is the table of methods.
    pub meta: &'static [FunctionEntry],
}

/// Where a metatable keeps its methods, for others that offer the same ones.
pub const METHODS: &[u8] = b"methods";

/// Makes and keeps the metatable. `runtime` is the stack index of the runtime's userdata.
pub fn register(lua: State, rt: &Runtime, runtime: c_int, spec: &KindSpec) {
    lua.new_table(0, spec.meta.len() as c_int + 2);
    lua.new_table(0, spec.methods.len() as c_int);
    set_functions(lua, runtime, spec.methods);
    for &(name, function) in spec.meta {
        lua.copy(runtime);
        lua.copy(-2);
        lua.push_closure(function, 2);
        lua.set_field(-3, name.as_bytes());
    }
    lua.set_field(-2, METHODS);
    for name in [&b"__name"[..], b"__metatable"] {
        lua.push_bytes(spec.kind.name().as_bytes());
        lua.set_field(-2, name);
    }
    rt.kinds.register(lua, spec.kind);
}

/// Gives the metatable of `kind` a `__call` that makes objects of the kind `made`.
pub fn set_maker(lua: State, rt: &Runtime, runtime: c_int, kind: Kind, made: Kind, call: lua_CFunction) {
    rt.kinds.push_metatable(lua, kind);
    lua.copy(runtime);
    rt.kinds.push_metatable(lua, made);
    lua.push_closure(call, 2);
    lua.set_field(-2, b"__call");
    lua.pop(1);
}

/// In such a `__call`: pushes the metatable of what it makes, which is faster than to ask the registry.
#[inline(always)]
pub fn push_metatable_made(lua: State) {
    lua.copy(State::upvalue(2));
}

/// In an `__index`: pushes the method that the key names, or asks for the property; nil when there
/// is neither.
pub fn index(cx: Cx, property: impl FnOnce(&'static [u8]) -> Result<bool>) -> Result<c_int> {
    let lua = cx.lua;
    lua.copy(2);
    lua.raw_get(State::upvalue(2));
    if lua.is_nil(-1) {
        lua.pop(1);
        let found = match lua.string(2) {
            Some(name) => property(name)?,
            None => false,
        };
        if !found {
            lua.push_nil();
        }
    }
    Ok(1)
}

/// What an assignment to a member raises.
pub fn read_only_error() -> Error {
    Error { value: 1, ..Error::alone(Fault::ReadOnly) }
}

/// The `__newindex` of objects that have nothing to assign.
pub fn read_only(_cx: Cx) -> Result<c_int> {
    Err(read_only_error())
}
