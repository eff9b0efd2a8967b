//! A C function as a Lua function: a closure over its binding, its library and its name.

use super::{Callee, LoadedLibrary, Owner, Rules, fast, invoke, invoke_variadic, registers};
use crate::lua::{Error, Fault, Result, State, lua_State};
use crate::runtime::dispatch::{self, CallTarget};
use crate::runtime::{Cx, Runtime};
use lunaffi_core::abi::Convention;
use lunaffi_core::signature::Signature;
use std::ffi::{c_int, c_void};

/// What a bound function is made of. All of it is owned by others: the runtime, and the closure's
/// other upvalues.
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

impl Binding {
    #[inline(always)]
    pub fn signature(&self) -> &'static Signature {
        // SAFETY: signatures live as long as the runtime, and bound functions are called while that is
        // open.
        unsafe { &*self.signature }
    }
}

/// What a bound function's first upvalue holds.
#[repr(C)]
pub struct Bound {
    target: CallTarget,
    pub binding: Binding,
    /// What `plain` wants to know.
    pub parameters: fast::Parameters,
}

impl Bound {
    pub fn new(target: CallTarget, binding: Binding, parameters: fast::Parameters) -> Bound {
        Bound { target, binding, parameters }
    }

    #[inline(always)]
    pub fn target(&self) -> &CallTarget {
        &self.target
    }

    /// # Safety
    /// The target is that of a function that `push_bound` pushed.
    #[inline(always)]
    pub unsafe fn of(target: &'static CallTarget) -> &'static Bound {
        // SAFETY: by the caller; the target is the first part of it.
        unsafe { &*std::ptr::from_ref(target).cast::<Bound>() }
    }
}

/// Pushes the Lua function of a binding. On the stack: `library` (index) and `name` (index), which
/// the function keeps.
pub fn push_bound(lua: State, binding: Binding, library: c_int, name: c_int) {
    let (library, name) = (lua.abs(library), lua.abs(name));
    let place = lua.new_userdata(size_of::<Bound>(), false).cast::<Bound>();
    let plan = binding.signature().registers.as_ref().filter(|_| !binding.variadic);
    let (run, parameters) = match plan {
        None => (call_general as _, fast::Parameters::default()),
        Some(plan) => fast::choose::<Closure>(binding.rt, binding.signature(), plan)
            .unwrap_or((call_registers as _, fast::Parameters::default())),
    };
    // SAFETY: fresh memory of that size, which the closure keeps.
    let bound = unsafe {
        place.write(Bound { target: CallTarget { run, refuse, rt: binding.rt }, binding, parameters });
        &*place
    };
    lua.copy(library);
    lua.copy(name);
    dispatch::push_function(lua, &bound.target, 3);
}

impl Binding {
    /// The binding and the name of the function at `index`, if it is a bound one. The name stays as
    /// long as the function.
    pub fn of_function(lua: State, index: c_int) -> Option<(&'static Binding, &'static [u8])> {
        if !dispatch::is_entry(lua.c_function(index)?) {
            return None;
        }
        lua.get_upvalue(index, 1);
        lua.get_upvalue(index, 3);
        // SAFETY: what `push_bound` put there.
        let bound = unsafe { &*lua.userdata(-2).cast::<Bound>() };
        let name = lua.string(-1).unwrap_or_default();
        lua.pop(2);
        Some((&bound.binding, name))
    }
}

/// The code of a bound function, of which C may hold the address from now on.
pub fn code_of(lua: State, index: c_int) -> Option<*mut c_void> {
    let (binding, _) = Binding::of_function(lua, index)?;
    if binding.library.is_closed() {
        return None;
    }
    binding.library.stay();
    Some(binding.code.cast_mut())
}

/// A bound function is a closure.
struct Closure;

impl fast::Called for Closure {
    const FIRST: c_int = 1;
    const SLOW_PATH: fast::Run = call_registers;
    fn raise(lua: State, rt: &'static Runtime, error: Error) -> ! {
        raise(lua, rt, error)
    }
}

/// A bound function whose arguments need registers alone. It does just what `call_general` does.
pub unsafe extern "C-unwind" fn call_registers(state: *mut lua_State, target: &'static CallTarget) -> c_int {
    #[inline(always)]
    fn call(lua: State, binding: &Binding) -> Result<c_int> {
        let signature = binding.signature();
        let Some(plan) = &signature.registers else { return Err(Error::alone(Fault::Bug)) };
        let (expected, got) = (plan.steps.len(), lua.top() as usize);
        if expected != got {
            return Err(Error::alone(Fault::Count { expected, got, at_least: false }));
        }
        registers::invoke(
            lua,
            binding.rt,
            signature,
            plan,
            binding.code,
            Owner::Library(binding.library),
            binding.rules,
            1,
        )
    }
    // SAFETY: by the entry point.
    unsafe { enter(state, target, call) }
}

/// Any other bound function.
unsafe extern "C-unwind" fn call_general(state: *mut lua_State, target: &'static CallTarget) -> c_int {
    fn call(lua: State, binding: &Binding) -> Result<c_int> {
        let cx = Cx { lua, rt: binding.rt, name: lua.string(State::upvalue(3)).unwrap_or_default(), skip: 0 };
        let callee = Callee { code: binding.code, owner: Owner::Library(binding.library), rules: binding.rules };
        if binding.variadic {
            return invoke_variadic(cx, binding.signature(), binding.convention, callee, 1);
        }
        invoke(cx, binding.signature(), callee, 1)
    }
    // SAFETY: by the entry point.
    unsafe { enter(state, target, call) }
}

/// Any bound function when the state is closing: what the signature points to is gone. (A library that
/// a finalizer opens then is never finalized itself.)
unsafe extern "C-unwind" fn refuse(state: *mut lua_State, target: &'static CallTarget) -> c_int {
    // SAFETY: by the entry point.
    unsafe { enter(state, target, |_, _| Err(CLOSED)) }
}

const CLOSED: Error = Error { at: crate::lua::At::Call, value: 0, fault: Fault::Text("library is closed") };

/// Calls with the binding of the running closure, if its library is open.
///
/// # Safety
/// The running function was made by `push_bound`, with this target.
#[inline(always)]
unsafe fn enter(
    state: *mut lua_State,
    target: &'static CallTarget,
    call: impl FnOnce(State, &Binding) -> Result<c_int>,
) -> c_int {
    // SAFETY: by the caller.
    let (lua, bound) = unsafe { (State::new(state), Bound::of(target)) };
    let result = if bound.binding.library.is_closed() { Err(CLOSED) } else { call(lua, &bound.binding) };
    match result {
        Ok(count) => count,
        Err(error) => raise(lua, bound.binding.rt, error),
    }
}

/// Raises an error of the running bound function.
#[cold]
#[inline(never)]
pub fn raise(lua: State, rt: &'static Runtime, error: Error) -> ! {
    Cx { lua, rt, name: lua.string(State::upvalue(3)).unwrap_or_default(), skip: 0 }.raise(error)
}
