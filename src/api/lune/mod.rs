//! The Lune API: the table that `require("lunaffi")` gives.

mod arena;
mod buffer;
mod callback;
mod declarations;
mod fast_access;
mod library;
mod memory;
mod pointer;
mod signature;
mod smart_library;
mod structs;
mod types;

use crate::lua::error::AtArgument;
use crate::lua::{Error, Fault, Kind, Result, State};
use crate::object::{finalizer, int64, kind};
use crate::runtime::{Cx, FunctionEntry, Runtime, entries, set_functions};
use lunaffi_core::ctype::Slot;
use std::ffi::c_int;

/// `ffi.gc(pointer, finalizer or nil)`: gives the pointer.
fn gc(cx: Cx) -> Result<c_int> {
    cx.rt.kinds.header(*cx.lua, 1).ok_or(Fault::Expected("pointer object")).at_arg(1)?;
    if cx.lua.is_none(2) {
        return Err(Error::arg(2, Fault::Expected("function or nil")));
    }
    if !cx.lua.is_nil(2) && !finalizer::is_callable(cx.lua, 2) {
        return Err(Error::arg(2, Fault::Expected("function or nil")));
    }
    finalizer::attach(cx, 1, 2)?;
    cx.lua.set_top(1);
    Ok(1)
}

const FUNCTIONS: &[&[FunctionEntry]] = &[
    entries!["gc" => gc],
    arena::FUNCTIONS,
    buffer::FUNCTIONS,
    callback::FUNCTIONS,
    declarations::FUNCTIONS,
    int64::FUNCTIONS,
    library::FUNCTIONS,
    memory::FUNCTIONS,
    signature::FUNCTIONS,
    structs::FUNCTIONS,
    types::FUNCTIONS,
];

/// The kinds of userdata.
pub const KINDS: &[kind::KindSpec] = &[
    pointer::RAW,
    pointer::TYPED,
    structs::VIEW,
    buffer::BUFFER,
    callback::CALLBACK,
    int64::SPEC,
    arena::ARENA,
    structs::DEFINITION,
    types::TYPE_OBJECT,
    library::LIBRARY,
];

/// The name and version that a script sees.
const VERSION: &str = concat!("lunaffi ", env!("CARGO_PKG_VERSION"));

/// Completes the metatables of `KINDS`. `runtime` is the stack index of the runtime's userdata.
pub fn install(lua: State, rt: &Runtime, runtime: c_int) {
    kind::set_maker(lua, rt, runtime, Kind::StructDefinition, Kind::StructView, fast_access::make);
}

static MODULE_KEY: u8 = 0;

/// Pushes the module table; made by the first caller of a state.
pub fn open(lua: State) -> Result<c_int> {
    super::push_module(lua, (&raw const MODULE_KEY).cast(), b"lunaffi", FUNCTIONS, fill);
    Ok(1)
}

/// Adds what is no function.
fn fill(cx: Cx, runtime: c_int) {
    let lua = cx.lua;
    types::set_tables(lua);
    lua.new_table(0, 5);
    set_functions(lua, runtime, memory::UNSAFE);
    lua.set_field(-2, b"unsafe");
    library::set_functions_table(lua, runtime);
    library::push_process(cx);
    lua.set_field(-2, b"C");
    lua.push_light(std::ptr::null_mut());
    lua.set_field(-2, b"null");
    pointer::push_foreign(cx, Kind::RawPointer, 0, Slot::VOID);
    lua.set_field(-2, b"nullPtr");
    lua.push_bytes(VERSION.as_bytes());
    lua.set_field(-2, b"_VERSION");
}
