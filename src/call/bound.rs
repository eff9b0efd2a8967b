//! A C function as a Lua function: a closure over its binding, its library and its name.

use super::{Callee, LoadedLibrary, Rules, invoke, invoke_variadic, registers};
use crate::lua::{Error, Fault, Result, State, lua_State};
use crate::runtime::{Cx, Runtime};
use lunaffi_core::abi::Convention;
use lunaffi_core::signature::Signature;
use std::ffi::{c_int, c_void};

/// What a bound function's first upvalue holds. All of it is owned by others: the runtime, and the
/// closure's other upvalues.
#[derive(Clone, Copy)]
pub struct Binding {
    pub rt: &'static Runtime,
    /// Compiled; of a variadic function: of its named parameters.
    pub signature: *const Signature,
    pub code: *const c_void,
    pub library: &'static LoadedLibrary,
    pub rules: &'static Rules,
    pub convention: Convention,
    /// Takes more arguments after the named ones.
    pub variadic: bool,
}

/// Pushes the Lua function of a binding. On the stack: `library` (index) and `name` (index), which
/// the function keeps.
pub fn push_bound(lua: State, binding: Binding, library: c_int, name: c_int) {
    let (library, name) = (lua.abs(library), lua.abs(name));
    let place = lua.new_userdata(size_of::<Binding>(), false).cast::<Binding>();
    // SAFETY: fresh memory of that size.
    unsafe { place.write(binding) };
    lua.copy(library);
    lua.copy(name);
    // SAFETY: the runtime keeps the signature.
    let fast = !binding.variadic && unsafe { &*binding.signature }.registers.is_some();
    lua.push_closure(if fast { call_registers } else { call_general }, 3);
}

impl Binding {
    /// The binding and the name of the function at `index`, if it is a bound one. The name stays as
    /// long as the function.
    pub fn of_function(lua: State, index: c_int) -> Option<(&'static Binding, &'static [u8])> {
        let function = lua.c_function(index)? as usize;
        if function != call_general as *const () as usize && function != call_registers as *const () as usize {
            return None;
        }
        lua.get_upvalue(index, 1);
        lua.get_upvalue(index, 3);
        // SAFETY: what `push_bound` put there.
        let binding = unsafe { &*lua.userdata(-2).cast::<Binding>() };
        let name = lua.string(-1).unwrap_or_default();
        lua.pop(2);
        Some((binding, name))
    }
}

/// What Lua calls for a function whose arguments need registers alone. It does just what
/// `call_general` does.
unsafe extern "C-unwind" fn call_registers(state: *mut lua_State) -> c_int {
    #[inline(always)]
    fn call(lua: State, binding: &Binding) -> Result<c_int> {
        // SAFETY: signatures live as long as the runtime, which is open.
        let signature = unsafe { &*binding.signature };
        let Some(plan) = &signature.registers else { return Err(Error::alone(Fault::Bug)) };
        let (expected, got) = (plan.steps.len(), lua.top() as usize);
        if expected != got {
            return Err(Error::alone(Fault::Count { expected, got, at_least: false }));
        }
        registers::invoke(lua, binding.rt, signature, plan, binding.code, Some(binding.library), binding.rules, 1)
    }
    // SAFETY: called by Lua with its running state; the upvalues are what `push_bound` put there.
    unsafe { enter(state, call) }
}

/// What Lua calls for any other bound function.
unsafe extern "C-unwind" fn call_general(state: *mut lua_State) -> c_int {
    fn call(lua: State, binding: &Binding) -> Result<c_int> {
        let cx = Cx { lua, rt: binding.rt, name: lua.string(State::upvalue(3)).unwrap_or_default(), skip: 0 };
        let callee = Callee { code: binding.code, library: Some(binding.library), rules: binding.rules };
        // SAFETY: signatures live as long as the runtime, which is open.
        let signature = unsafe { &*binding.signature };
        if binding.variadic {
            return invoke_variadic(cx, signature, binding.convention, callee, 1);
        }
        invoke(cx, signature, callee, 1)
    }
    // SAFETY: called by Lua with its running state; the upvalues are what `push_bound` put there.
    unsafe { enter(state, call) }
}

/// Calls with the binding of the running closure, if its library is open.
///
/// # Safety
/// The running function was made by `push_bound`.
#[inline(always)]
unsafe fn enter(state: *mut lua_State, call: impl FnOnce(State, &Binding) -> Result<c_int>) -> c_int {
    // SAFETY: by the caller.
    let (lua, binding) = unsafe {
        let lua = State::new(state);
        (lua, &*lua.userdata(State::upvalue(1)).cast::<Binding>())
    };
    // When the state is closing, what the signature points to is gone. (A library that a finalizer
    // opens then is never finalized itself.)
    let result = if binding.library.is_closed() || !binding.rt.is_open() {
        Err(Error::call(Fault::Text("library is closed")))
    } else {
        call(lua, binding)
    };
    match result {
        Ok(count) => count,
        Err(error) => raise(lua, binding.rt, error),
    }
}

#[cold]
#[inline(never)]
fn raise(lua: State, rt: &'static Runtime, error: Error) -> ! {
    Cx { lua, rt, name: lua.string(State::upvalue(3)).unwrap_or_default(), skip: 0 }.raise(error)
}
