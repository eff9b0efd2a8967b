//! lunaffi: a foreign function interface for every Lua. The entry points that `require` looks for;
//! everything else is in the modules below, of which each uses only those named before it: `lua`,
//! `runtime`, `convert`, `call`, `callback`, `object`, `api`, `loader`.
#![allow(missing_docs, reason = "a cdylib has no Rust users; what scripts see is documented in docs/")]

mod api;
mod call;
mod callback;
mod convert;
mod loader;
mod lua;
mod memory;
mod object;
mod runtime;

use lua::{State, lua_State};
use std::ffi::c_int;

/// What the loader needs of the other modules.
const OPENERS: loader::Openers =
    &[(b"ffi", open_luajit), (b"bit", open_bit), (b"buffer", open_buffer), (b"reflect", open_reflect)];

/// Defines what `require` looks for, by the names of modules with `_` for dots.
macro_rules! modules {
    ($($name:ident = $opener:ident;)*) => {$(
        /// # Safety
        /// Called by Lua with its running state.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $name(state: *mut lua_State) -> c_int {
            // SAFETY: by the caller.
            unsafe {
                State::new(state).check_version();
                $opener(state)
            }
        }
    )*};
}

modules! {
    luaopen_lunaffi = open_lune;
    luaopen_lunaffi_luajit = open_luajit;
    luaopen_lunaffi_alien = open_alien;
    luaopen_lunaffi_alien_struct = open_alien_struct;
    luaopen_lunaffi_compat = open_compat;
    luaopen_lunaffi_bit = open_bit;
    luaopen_lunaffi_jit = open_jit;
    luaopen_lunaffi_loader = open_loader;
    luaopen_lunaffi_buffer = open_buffer;
    luaopen_lunaffi_reflect = open_reflect;
    luaopen_lunaffi_run = open_run;
}

/// Modules that old programs know by other names.
const MODULES: loader::Openers = &[
    (b"lunaffi", open_lune),
    (b"lunaffi.alien", open_alien),
    (b"lunaffi.alien.struct", open_alien_struct),
    (b"lunaffi.luajit", open_luajit),
];

/// `lua -l lunaffi.run program.lua`: the program runs in here.
unsafe extern "C-unwind" fn open_run(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    loader::open_part(lua, OPENERS, b"start");
    api::compat::push_names(lua, MODULES);
    lua.call(1, 1);
    1
}

unsafe extern "C-unwind" fn open_lune(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    api::lune::open(lua).unwrap_or(0)
}

unsafe extern "C-unwind" fn open_luajit(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    api::luajit::open(lua).unwrap_or(0)
}

unsafe extern "C-unwind" fn open_alien(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    api::alien::open(lua).unwrap_or(0)
}

unsafe extern "C-unwind" fn open_alien_struct(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    api::alien::open_struct(lua).unwrap_or(0)
}

unsafe extern "C-unwind" fn open_compat(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    api::compat::open(lua, MODULES);
    // What LuaJIT programs need is added to what was registered.
    let registered = lua.top();
    loader::open_part(lua, OPENERS, b"install");
    lua.copy(registered);
    lua.call(1, 0);
    lua.set_top(registered);
    1
}

unsafe extern "C-unwind" fn open_bit(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    api::bit::open(lua)
}

unsafe extern "C-unwind" fn open_buffer(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    api::buffer::open(lua).unwrap_or(0)
}

unsafe extern "C-unwind" fn open_reflect(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    api::luajit::reflect::open(lua).unwrap_or(0)
}

unsafe extern "C-unwind" fn open_jit(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    loader::open_part(lua, OPENERS, b"jit")
}

unsafe extern "C-unwind" fn open_loader(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    loader::open_part(lua, OPENERS, b"loader")
}
