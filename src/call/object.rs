//! A C function as a cdata object: a header like that of any cdata, and behind it the binding, so that
//! a call of it finds at once what it needs.

use super::bound::{Binding, Bound};
use super::{Callee, Owner, fast, invoke_function, invoke_variadic, libffi};
use crate::lua::{At, Error, Fault, Header, Kind, Result, State, lua_State};
use crate::runtime::dispatch::CallTarget;
use crate::runtime::{Cx, Runtime};
use lunaffi_core::signature::Signature;
use std::ffi::c_int;
use std::io::Write;

/// The payload of a function of a library. Others see the header alone.
#[repr(C)]
struct FunctionObject {
    header: Header,
    bound: Bound,
    /// The name that declares it, which the declarations keep.
    name: *const str,
}

/// Pushes the object of a function of that declared name, which keeps the userdata of its library, at
/// `library`.
pub fn push_function_object(lua: State, header: Header, binding: Binding, name: *const str, library: c_int) {
    let library = lua.abs(library);
    let place = lua.new_userdata(size_of::<FunctionObject>(), true).cast::<FunctionObject>();
    let plan = binding.signature().registers.as_ref().filter(|_| !binding.variadic);
    let chosen = plan.and_then(|plan| fast::choose::<Object>(binding.rt, binding.signature(), plan));
    let (run, parameters) = chosen.unwrap_or((call_any as _, fast::Parameters::default()));
    let target = CallTarget { run, refuse: call_any, rt: binding.rt };
    // SAFETY: fresh memory of that size, aligned by Lua to at least 8.
    unsafe {
        place.write(FunctionObject {
            header: header.of_function().of_kind(Kind::Cdata),
            bound: Bound::new(target, binding, parameters),
            name,
        })
    };
    binding.rt.kinds.push_metatable(lua, Kind::Cdata);
    lua.set_metatable(-2);
    if binding.rt.kinds.push_kept(lua, library) {
        lua.set_user_value(-2);
    }
}

/// What runs a call of the cdata at 1, if that is such an object and its state is open.
///
/// # Safety
/// The running function is `__call` of cdata, called by Lua: the value at 1 is one. (Scripts cannot reach
/// the metatable.)
#[inline(always)]
pub unsafe fn function_object(lua: State) -> Option<&'static CallTarget> {
    let header = lua.userdata(1).cast::<Header>();
    // SAFETY: null for what is no userdata, else a cdata's payload, which the stack keeps.
    if !unsafe { header.as_ref() }.is_some_and(Header::is_function) {
        return None;
    }
    // SAFETY: the flag is set by `push_function_object` alone.
    let target = unsafe { &*header.cast::<FunctionObject>() }.bound.target();
    target.rt.is_open().then_some(target)
}

/// A bound function is an object, which is the first argument.
struct Object;

impl fast::Called for Object {
    const FIRST: c_int = 2;
    const SLOW_PATH: fast::Run = call_any;
    fn raise(lua: State, rt: &'static Runtime, error: Error) -> ! {
        raise(lua, rt, error)
    }
}

/// What a cdata that is called goes by where its caller has no name for it: by its declaration, or by its
/// type, whose text is pushed.
fn own_name(lua: State, rt: &'static Runtime) -> &'static [u8] {
    let Some(payload) = rt.kinds.get(*lua, 1, Kind::Cdata) else { return b"?" };
    // SAFETY: the kind's payload, which the stack keeps.
    let header = unsafe { &*payload.cast::<Header>() };
    if header.is_function() {
        // SAFETY: the flag is set by `push_function_object` alone; the declarations last as long as the state.
        return unsafe { &*(*payload.cast::<FunctionObject>()).name }.as_bytes();
    }
    let mut text = [0u8; 120];
    let mut rest = &mut text[..];
    let _ = write!(rest, "{}", rt.types.c_name(header.ty()));
    let unused = rest.len();
    lua.push_bytes(&text[..text.len() - unused]);
    lua.string(-1).unwrap_or(b"?")
}

/// Raises an error of the running call of a cdata.
#[cold]
#[inline(never)]
pub fn raise(lua: State, rt: &'static Runtime, error: Error) -> ! {
    let (name, method) = match lua.called_name() {
        Some(called) => called,
        // What is raised lies on the top, and is no text of ours.
        None if matches!(error.fault, Fault::OnTop) => (&b""[..], false),
        None => (own_name(lua, rt), false),
    };
    let cx = Cx { lua, rt, name, skip: 1 + method as isize };
    match error.at {
        At::Arg(2) if method => cx.raise(Error { at: At::This, ..error }),
        _ => cx.raise(error),
    }
}

/// The error for the wrong number of arguments from 2 on, as LuaJIT says it: what is wrong with one that is
/// there comes first.
#[cold]
#[inline(never)]
pub fn wrong_count(lua: State, rt: &'static Runtime, signature: &Signature) -> Error {
    let cx = Cx { lua, rt, name: b"", skip: 1 };
    match libffi::try_arguments(cx, signature, 2) {
        Ok(()) => Error::alone(Fault::Text("wrong number of arguments for function call")),
        Err(error) => error,
    }
}

/// Any call of such an object.
unsafe extern "C-unwind" fn call_any(state: *mut lua_State, target: &'static CallTarget) -> c_int {
    fn call(lua: State, binding: &Binding) -> Result<c_int> {
        if binding.library.is_closed() {
            return Err(Error::call(Fault::Text("library is closed")));
        }
        let (got, expected) = (lua.top() as usize - 1, binding.signature().args.len());
        if got < expected || got > expected && !binding.variadic {
            return Err(wrong_count(lua, binding.rt, binding.signature()));
        }
        if binding.variadic {
            let cx = Cx { lua, rt: binding.rt, name: b"", skip: 1 };
            let callee = Callee { code: binding.code, owner: Owner::Library(binding.library), rules: binding.rules };
            return invoke_variadic(cx, binding.signature(), binding.convention, callee, 2);
        }
        let owner = Owner::Library(binding.library);
        invoke_function(lua, binding.rt, binding.signature(), binding.code, owner, binding.rules, 2)
    }
    // SAFETY: by `function_object`: the target is that of an object on the stack.
    let (lua, bound) = unsafe { (State::new(state), Bound::of(target)) };
    match call(lua, &bound.binding) {
        Ok(count) => count,
        Err(error) => raise(lua, bound.binding.rt, error),
    }
}
