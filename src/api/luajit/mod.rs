//! The LuaJIT API: the table that `require("lunaffi.luajit")` gives.

mod access;
mod arithmetic;
mod callback;
mod cdef;
mod compare;
mod create;
mod extras;
mod function;
mod gc;
mod install;
mod memory;
mod metatype;
mod namespace;
mod platform;
pub mod reflect;
mod text;
mod typeinfo;
mod types;

pub use arithmetic::push_integer;

use crate::lua::{Kind, Result, State};
use crate::object::kind;
use crate::runtime::{Cx, FunctionEntry, Runtime, c_function, set_functions};
use std::ffi::c_int;

const FUNCTIONS: &[&[FunctionEntry]] = &[
    compare::FUNCTIONS,
    cdef::FUNCTIONS,
    create::FUNCTIONS,
    extras::FUNCTIONS,
    function::FUNCTIONS,
    gc::FUNCTIONS,
    install::FUNCTIONS,
    memory::FUNCTIONS,
    metatype::FUNCTIONS,
    namespace::FUNCTIONS,
    platform::FUNCTIONS,
    typeinfo::FUNCTIONS,
    types::FUNCTIONS,
];

/// What cdata and ctype objects both have: the very same functions, since some Luas compare two
/// userdata only when they share them.
const SHARED: &[&[FunctionEntry]] = &[arithmetic::META, compare::META, extras::META, text::META];

/// Makes the metatables of cdata and ctype objects. On the stack at `runtime`: its userdata.
pub fn install(lua: State, rt: &Runtime, runtime: c_int) {
    lua.new_table(0, 32);
    let shared = lua.top();
    for entries in SHARED {
        set_functions(lua, runtime, entries);
    }
    for (kind, own) in
        [(Kind::Cdata, &[access::CDATA, function::CDATA, metatype::CDATA][..]), (Kind::Ctype, &[types::CTYPE])]
    {
        lua.new_table(0, 36);
        for &(name, _) in SHARED.iter().copied().flatten() {
            lua.get_field(shared, name.as_bytes());
            lua.set_field(-2, name.as_bytes());
        }
        for entries in own {
            set_functions(lua, runtime, entries);
        }
        lua.push_bytes(kind.name().as_bytes());
        lua.set_field(-2, b"__name");
        lua.push_bytes(b"ffi");
        lua.set_field(-2, b"__metatable");
        rt.kinds.register(lua, kind);
    }
    kind::set_maker(lua, rt, runtime, Kind::Ctype, Kind::Cdata, c_function!("new" => types::construct));
    lua.new_table(0, 2);
    lua.get_field(shared, b"__eq");
    lua.set_field(-2, b"__eq");
    lua.push_bytes(b"ffi");
    lua.set_field(-2, b"__metatable");
    rt.kinds.register(lua, Kind::AnyCdata);
    lua.set_top(shared - 1);
    metatype::install(lua, rt, runtime);
    kind::register(lua, rt, runtime, &namespace::LIBRARY);
}

/// Pushes a value of which `==` tells whether another is cdata, without a call where it is not.
pub fn push_any(lua: State, rt: &Runtime) {
    lua.new_userdata(1, false);
    rt.kinds.push_metatable(lua, Kind::AnyCdata);
    lua.set_metatable(-2);
}

static MODULE_KEY: u8 = 0;

/// Pushes the module table, which is there.
fn push_module(lua: State) {
    lua.get_private(State::REGISTRY, (&raw const MODULE_KEY).cast());
}

/// Pushes the module table; made by the first caller of a state.
pub fn open(lua: State) -> Result<c_int> {
    super::push_module(lua, (&raw const MODULE_KEY).cast(), b"lunaffi.luajit", FUNCTIONS, fill);
    Ok(1)
}

/// Adds what is no function.
fn fill(cx: Cx, runtime: c_int) {
    let lua = cx.lua;
    extras::set_values(cx);
    platform::set_names(lua);
    namespace::push_default(cx, runtime);
    lua.set_field(-2, b"C");
}
