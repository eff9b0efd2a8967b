//! The one callback engine: Lua functions as C functions. Who may run one (the thread that runs
//! Lua), where (in the innermost call's own coroutine), what C gets when it fails (zeros, and the
//! error is raised when the call returns), and how long its address means it (as long as C may hold
//! the address).

pub mod converted;
mod enter;
mod record;

pub use enter::{forget_string, report};
pub use record::{CallbackRecord, close_all, collected, create, free, function_of};

use crate::lua::{State, lua_CFunction};

/// The function that runs inside a protected call for every callback.
pub const BODY: lua_CFunction = enter::body;

/// Prepares a new runtime for callbacks. On the stack at `runtime`: its userdata.
pub fn install(lua: State, rt: &crate::runtime::Runtime, runtime: std::ffi::c_int) {
    lua.copy(runtime);
    lua.push_closure(BODY, 1);
    rt.refs.callback_body.set(lua.make_ref());
    rt.make_callback.set(converted::make);
    rt.at_close.set(Some(close_all));
    rt.report_missed.set(enter::report_missed);
}
