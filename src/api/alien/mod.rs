//! The Alien API: the table that `require("lunaffi.alien")` gives.

mod array;
mod buffer;
mod callback;
mod function;
mod library;
mod memory;
mod pack;
mod signature;
mod structs;
mod tag;
mod types;
mod unpackers;

use crate::convert;
use crate::lua::error::AtArgument;
use crate::lua::{Result, State};
use crate::object::kind::KindSpec;
use crate::runtime::{Cx, FunctionEntry, Runtime, c_function};
use std::ffi::c_int;

/// The kinds of objects.
pub const KINDS: &[KindSpec] = &[library::LIBRARY, function::FUNCTION, buffer::BUFFER, array::ARRAY, structs::INSTANCE];

const FUNCTIONS: &[&[FunctionEntry]] = &[
    array::FUNCTIONS,
    buffer::FUNCTIONS,
    callback::FUNCTIONS,
    function::FUNCTIONS,
    library::FUNCTIONS,
    memory::FUNCTIONS,
    structs::FUNCTIONS,
    tag::FUNCTIONS,
    types::FUNCTIONS,
    unpackers::FUNCTIONS,
];

/// Leaves the runtime what the engine needs of this front end.
pub fn install(rt: &Runtime) {
    rt.push_function.set(function::push_address);
}

/// The release of Alien that is spoken here.
const RELEASE: &str = "0.7.1";

const PLATFORM: &str = if cfg!(target_os = "linux") || cfg!(target_os = "android") {
    "linux"
} else if cfg!(target_vendor = "apple") {
    "darwin"
} else if cfg!(windows) {
    "windows"
} else if cfg!(any(target_os = "freebsd", target_os = "netbsd", target_os = "openbsd", target_os = "dragonfly")) {
    "bsd"
} else {
    "unknown"
};

static MODULE_KEY: u8 = 0;
static STRUCT_KEY: u8 = 0;

/// Pushes the module table; made by the first caller of a state.
pub fn open(lua: State) -> Result<c_int> {
    super::push_module(lua, (&raw const MODULE_KEY).cast(), b"alien", FUNCTIONS, fill);
    Ok(1)
}

/// Adds what is no function of its own.
fn fill(cx: Cx, runtime: c_int) {
    let lua = cx.lua;
    let module = lua.top();
    push_struct(lua);
    for (name, _) in pack::MODULE {
        lua.get_field(-1, name.as_bytes());
        lua.set_field(module, name.as_bytes());
    }
    lua.set_field(module, b"struct");
    lua.push_bytes(PLATFORM.as_bytes());
    lua.set_field(module, b"platform");
    lua.push_bytes(b"alien library for ");
    lua.push_global(c"_VERSION");
    lua.push_bytes(b" / ");
    lua.push_bytes(RELEASE.as_bytes());
    lua.concat(4);
    lua.set_field(module, b"version");
    library::push_default(cx);
    lua.set_field(module, b"default");
    library::push_loaded(cx, runtime);
    lua.set_field(module, b"loaded");
    tag::install(cx);

    // Any other name is a library's.
    lua.new_table(0, 1);
    lua.copy(runtime);
    lua.get_field(module, b"loaded");
    lua.push_closure(c_function!("load" => index), 2);
    lua.set_field(-2, b"__index");
    lua.set_metatable(module);
}

/// Pushes the table of `lunaffi.alien.struct`.
pub fn open_struct(lua: State) -> Result<c_int> {
    push_struct(lua);
    Ok(1)
}

fn push_struct(lua: State) {
    super::push_module(lua, (&raw const STRUCT_KEY).cast(), b"alien.struct", &[pack::MODULE], |_, _| ());
}

/// `alien.name`, where there is no such function: the library of that name.
fn index(cx: Cx) -> Result<c_int> {
    match cx.lua.string(2) {
        // Names that Lua itself looks for are not libraries'.
        Some(name) if !name.starts_with(b"__") => {
            cx.lua.copy(2);
            cx.lua.replace(1);
            cx.lua.set_top(1);
            library::load_named(cx, State::upvalue(2))
        }
        _ => {
            cx.lua.push_nil();
            Ok(1)
        }
    }
}

/// What a numeric hint may ask for: a table grows by itself.
fn hint(cx: Cx, index: c_int) -> Result<c_int> {
    const MOST: usize = 1 << 22;
    if cx.lua.is_nil(index) {
        return Ok(0);
    }
    let asked = convert::exact(*cx.lua, cx.rt, index, 0, c_int::MAX as i128).at_arg(index)?;
    Ok((asked as usize).min(MOST) as c_int)
}

/// `alien.table([array [, hash]])`: an empty table with room.
pub fn table(cx: Cx) -> Result<c_int> {
    let (array, hash) = (hint(cx, 1)?, hint(cx, 2)?);
    cx.lua.new_table(array, hash);
    Ok(1)
}
