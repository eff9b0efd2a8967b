//! The one callback engine: Lua functions as C functions. Who may run one (the thread that runs
//! Lua), where (in the innermost call's own coroutine), what C gets when it fails (zeros, and the
//! error is raised when the call returns), and how long its address means it (as long as C may hold
//! the address).

pub mod converted;
mod enter;
mod record;

pub use enter::{forget_string, report};
pub use record::{CallbackRecord, RetypeError, close_all, collected, create, end, free, function_of, retype};

use crate::call::Values;
use crate::lua::payload::CallbackHandle;
use crate::lua::{Error, Fault, Result, STACK_OVERFLOW, State, lua_CFunction};
use crate::runtime::Cx;
use lunaffi_core::abi::AbiError;
use lunaffi_core::signature::Signature;
use std::ffi::c_int;
use std::sync::Arc;

/// The function that runs inside a protected call for every callback.
pub const BODY: lua_CFunction = enter::body;

/// Prepares a new runtime for callbacks. On the stack at `runtime`: its userdata.
pub fn install(lua: State, rt: &crate::runtime::Runtime, runtime: std::ffi::c_int) {
    lua.copy(runtime);
    lua.push_closure(BODY, 1);
    rt.refs.callback_body.set(lua.make_ref());
    lua.push_bytes(STACK_OVERFLOW.as_bytes());
    rt.refs.stack_overflow.set(lua.make_ref());
    rt.make_callback.set(converted::make);
    rt.at_close.set(Some(close_all));
    rt.report_missed.set(enter::report_missed);
}

/// Makes the Lua function at the stack index `function` a C function of that signature, whose handle
/// lies in an object of ours.
pub fn make(
    cx: Cx,
    function: c_int,
    signature: *const Signature,
    handle: &CallbackHandle,
    values: &'static Values,
) -> Result<()> {
    // SAFETY: the runtime keeps every signature.
    callable(unsafe { &*signature }).map_err(|(_, fault)| Error::alone(fault))?;
    cx.lua.copy(function);
    let function = cx.lua.make_ref();
    let made = cx.grow(0, || {
        let signature = counted(signature);
        record::create(cx.rt, signature, function, handle, values, false).ok_or(Error::alone(Fault::Memory))
    });
    if made.is_err() {
        cx.lua.drop_ref(function);
    }
    made
}

/// Whether C can call a function of that signature: if not, the argument (from 0; none for the result)
/// that is to blame, and why.
pub fn callable(signature: &Signature) -> std::result::Result<(), (Option<usize>, Fault)> {
    match signature.interface.undescribed() {
        None => Ok(()),
        Some(blamed) => {
            let slot = blamed.map_or(signature.result, |i| signature.args[i].slot);
            Err((blamed, Fault::ByValue(slot, AbiError::Callback)))
        }
    }
}

/// One more count of a signature that the runtime keeps.
pub fn counted(signature: *const Signature) -> Arc<Signature> {
    // SAFETY: the runtime keeps every signature in an `Arc`.
    unsafe {
        Arc::increment_strong_count(signature);
        Arc::from_raw(signature)
    }
}

/// Forgets what a callback that has ended kept in the registry.
pub fn forget(lua: State, record: *const std::ffi::c_void, function: Option<c_int>) {
    if let Some(function) = function {
        lua.drop_ref(function);
        forget_string(lua, record);
    }
}
