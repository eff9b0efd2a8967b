//! lunaffi: a foreign function interface for every Lua. The entry points that `require` looks for;
//! everything else is in the modules below, of which each uses only those named before it: `lua`,
//! `runtime`, `convert`, `call`, `callback`, `object`, `api`.
#![allow(missing_docs, reason = "a cdylib has no Rust users; what scripts see is documented in docs/")]

mod api;
mod call;
mod callback;
mod convert;
mod lua;
mod object;
mod runtime;

use lua::{State, lua_State};
use std::ffi::c_int;

/// What the loader needs of the other modules.
const OPENERS: api::loader::Openers =
    &[(b"ffi", open_luajit), (b"bit", open_bit), (b"buffer", open_buffer), (b"reflect", open_reflect)];

/// Runs a raw opener in the state that `require` runs in.
fn open(lua: &mlua::Lua, opener: lua::lua_CFunction) -> mlua::Result<mlua::Value> {
    // SAFETY: the openers are raw functions of this crate, which keep the rules of Lua's C API.
    let opener = unsafe { lua.create_c_function(opener) }?;
    opener.call(())
}

/// `require "lunaffi"`
#[mlua::lua_module]
fn lunaffi(lua: &mlua::Lua) -> mlua::Result<mlua::Value> {
    open(lua, open_lune)
}

/// `require "lunaffi.luajit"`
#[mlua::lua_module]
fn lunaffi_luajit(lua: &mlua::Lua) -> mlua::Result<mlua::Value> {
    open(lua, open_luajit)
}

/// `require "lunaffi.alien"`
#[mlua::lua_module]
fn lunaffi_alien(lua: &mlua::Lua) -> mlua::Result<mlua::Value> {
    open(lua, open_alien)
}

/// `require "lunaffi.alien.struct"`
#[mlua::lua_module]
fn lunaffi_alien_struct(lua: &mlua::Lua) -> mlua::Result<mlua::Value> {
    open(lua, open_alien_struct)
}

/// `require "lunaffi.compat"`
#[mlua::lua_module]
fn lunaffi_compat(lua: &mlua::Lua) -> mlua::Result<mlua::Value> {
    open(lua, open_compat)
}

/// `require "lunaffi.bit"`
#[mlua::lua_module]
fn lunaffi_bit(lua: &mlua::Lua) -> mlua::Result<mlua::Value> {
    open(lua, open_bit)
}

/// `require "lunaffi.buffer"`
#[mlua::lua_module]
fn lunaffi_buffer(lua: &mlua::Lua) -> mlua::Result<mlua::Value> {
    open(lua, open_buffer)
}

/// `require "lunaffi.reflect"`
#[mlua::lua_module]
fn lunaffi_reflect(lua: &mlua::Lua) -> mlua::Result<mlua::Value> {
    open(lua, open_reflect)
}

/// `require "lunaffi.jit"`
#[mlua::lua_module]
fn lunaffi_jit(lua: &mlua::Lua) -> mlua::Result<mlua::Value> {
    open(lua, open_jit)
}

/// `require "lunaffi.loader"`
#[mlua::lua_module]
fn lunaffi_loader(lua: &mlua::Lua) -> mlua::Result<mlua::Value> {
    open(lua, open_loader)
}

/// `lua -l lunaffi.run program.lua`. The program runs in here, so this is no function of mlua's, which
/// would keep something of its own on the stack, and make objects of errors.
///
/// # Safety
/// Called by Lua with its running state.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_lunaffi_run(state: *mut lua_State) -> c_int {
    // SAFETY: by the caller.
    let lua = unsafe { State::new(state) };
    api::loader::open_part(lua, OPENERS, b"start");
    lua.call(0, 1);
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
    api::compat::open(
        lua,
        &[
            (b"lunaffi", open_lune),
            (b"lunaffi.alien", open_alien),
            (b"lunaffi.alien.struct", open_alien_struct),
            (b"lunaffi.luajit", open_luajit),
        ],
    );
    // What LuaJIT programs need is added to what was registered.
    let registered = lua.top();
    api::loader::open_part(lua, OPENERS, b"install");
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
    api::loader::open_part(lua, OPENERS, b"jit")
}

unsafe extern "C-unwind" fn open_loader(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    api::loader::open_part(lua, OPENERS, b"loader")
}
