//! `lunaffi.reflect`: what C types are made of, with the interface of the `ffi-reflect` module, which reads
//! LuaJIT's own memory. The Lua text beside this file describes types; it knows them by `ffi.typeinfo` alone.

use super::types::type_argument;
use crate::lua::{Result, State};
use crate::runtime::{Cx, FunctionEntry, entries};
use std::ffi::c_int;

const TEXT: &[u8] = include_bytes!("reflect.lua");

/// `reflect.getmetatable(ct)`: what `ffi.metatype` gave the type, or nil.
fn get_metatable(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let ty = cx.rt.types.bare(type_argument(cx, 1)?);
    lua.push_nil();
    if cx.rt.metatypes.get() != 0 {
        lua.push_ref(cx.rt.refs.metatypes.get());
        lua.raw_get_index(-1, ty.0 as c_int);
    }
    Ok(1)
}

const FUNCTIONS: &[FunctionEntry] = entries!["getmetatable" => get_metatable];

static MODULE_KEY: u8 = 0;

/// Pushes the module table; made by the first caller of a state.
pub fn open(lua: State) -> Result<c_int> {
    crate::api::push_module(lua, (&raw const MODULE_KEY).cast(), b"lunaffi.reflect", &[FUNCTIONS], fill);
    Ok(1)
}

/// Adds the functions that are written in Lua.
fn fill(cx: Cx, _runtime: c_int) {
    let lua = cx.lua;
    let module = lua.top();
    if !lua.load(TEXT, c"=lunaffi.reflect") {
        lua.error();
    }
    lua.copy(module);
    // `open` gives the table, and does not fail.
    let _ = super::open(lua);
    lua.call(2, 0);
}
