//! Calls of cdata: of C functions and pointers to them, through the call engine, and what stands for
//! a call of other types.

use super::metatype;
use crate::call::{
    Callee, Owner, Rules, Values, function_object, invoke_function, invoke_variadic, raise_of_object, wrong_count,
};
use crate::convert::cdata;
use crate::lua::{Error, Fault, Header, Kind, Result, State, lua_State};
use crate::runtime::{Cx, FunctionEntry, Runtime, entries};
use lunaffi_core::ctype::{CType, Mode, Slot, TypeId};
use lunaffi_core::mem::{MemError, Region};
use lunaffi_core::signature::Callable;
use std::ffi::c_int;

/// How functions that C declarations describe are called.
pub static RULES: Rules = Rules { values: Values::CDATA, slot_at: no_types, extra };

pub const NOT_YET: Fault = Fault::Text("NYI: cannot call this C function (yet)");

/// No value stands for a type in a variadic call: cdata have theirs.
fn no_types(_: Cx, index: c_int) -> Result<Slot> {
    Err(Error::arg(index, Fault::Expected("value")))
}

/// The type as which a value goes to a variadic function.
fn extra(cx: Cx, _: &'static Rules, index: c_int) -> Result<Slot> {
    if cx.rt.struct_varargs.get()
        && let Some(view) = cdata::view(cx.look(), index)?
        && cx.rt.types.record(view.ty).is_some()
    {
        return Ok(Slot { ty: cx.rt.types.bare(view.ty), mode: Mode::Cdata });
    }
    cdata::vararg(cx, index)
}

/// `__call` of cdata: the short way to a function.
pub unsafe extern "C-unwind" fn call(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    // SAFETY: this is `__call` of cdata.
    match unsafe { function_object(lua) } {
        // SAFETY: the target is that of the object at 1.
        Some(target) => unsafe { (target.run)(state, target) },
        None => call_cdata(lua),
    }
}

/// A call of any other cdata.
#[inline(never)]
fn call_cdata(lua: State) -> c_int {
    // SAFETY: the upvalue is the runtime.
    let rt = unsafe { Runtime::at(lua, State::upvalue(1)) };
    match call_pointer(lua, rt) {
        Ok(count) => count,
        Err(error) => raise_of_object(lua, rt, error),
    }
}

#[inline(always)]
fn call_pointer(lua: State, rt: &'static Runtime) -> Result<c_int> {
    // (When the state is closing, nothing is of any kind.)
    let Some(payload) = rt.kinds.get(*lua, 1, Kind::Cdata) else {
        return Err(Error::arg(1, Fault::Expected("cdata")));
    };
    // SAFETY: the kind's payload, which the stack keeps.
    let header = unsafe { &*payload.cast::<Header>() };
    match rt.signatures.known_callable(header.ty()) {
        Some(callable) if !callable.variadic && !header.is_reference() => {
            let code = code(&header.region)?;
            let signature = &*callable.signature;
            if lua.top() as usize != signature.args.len() + 1 {
                return Err(wrong_count(lua, rt, signature));
            }
            invoke_function(lua, rt, signature, code, Owner::Pointer(&header.region), &RULES, 2)
        }
        _ => call_other(Cx { lua, rt, name: b"", skip: 1 }, header.ty()),
    }
}

fn code(function: &Region) -> Result<*const std::ffi::c_void> {
    function.check_life().map_err(Error::call)?;
    match function.address() {
        0 => Err(Error::call(MemError::Null)),
        address => Ok(std::ptr::with_exposed_provenance(address)),
    }
}

/// A call of what is no known function yet, variadic, or none at all.
#[cold]
#[inline(never)]
fn call_other(cx: Cx, ty: TypeId) -> Result<c_int> {
    let (lua, rt) = (cx.lua, cx.rt);
    let Some(view) = cdata::view(cx.look(), 1)? else { return Err(Error::alone(Fault::Bug)) };
    let callable = cx.guard(|| match rt.signatures.callable(&rt.types, view.ty) {
        Some(Ok(callable)) => Ok(Some(std::ptr::from_ref(callable))),
        Some(Err(_)) => Err(Error::alone(NOT_YET)),
        None => Ok(None),
    })?;
    if let Some(callable) = callable {
        // SAFETY: the runtime keeps every callable.
        let Callable { signature, variadic } = unsafe { &*callable };
        let code = code(&view.region)?;
        let got = lua.top() as usize - 1;
        let expected = signature.args.len();
        if got < expected || got > expected && !variadic {
            return Err(wrong_count(lua, rt, signature));
        }
        if !variadic {
            return invoke_function(lua, rt, signature, code, Owner::Pointer(&view.region), &RULES, 2);
        }
        let callee = Callee { code, owner: Owner::Pointer(&view.region), rules: &RULES };
        return invoke_variadic(cx, signature, lunaffi_core::abi::Convention::DEFAULT, callee, 2);
    }
    if metatype::push_method(cx, ty, b"__call") {
        lua.insert(1);
        lua.call_all(lua.top() - 1);
        return Ok(lua.top());
    }
    let subject = match rt.types.kind(view.ty) {
        CType::Pointer(to) => to,
        _ => view.ty,
    };
    Err(Error::alone(Fault::NotCallable(subject)))
}

/// What cdata have for calls.
pub const CDATA: &[FunctionEntry] = &[("__call", call)];

/// `ffi.varargs([way])`: says how values go to variadic functions; gives the ways that hold.
fn varargs(cx: Cx) -> Result<c_int> {
    let (lua, rt) = (cx.lua, cx.rt);
    if !lua.is_none(1) {
        match lua.string(1) {
            Some(b"integers") if cfg!(lua_integers) => rt.integer_varargs.set(true),
            // Whether 2 is meant as 2.0 cannot be told there, and C would read one as the other.
            Some(b"integers") => {
                return Err(Error::arg(1, Fault::Text("'integers' needs Lua 5.3 or later: this Lua has floats only")));
            }
            Some(b"numbers") => rt.integer_varargs.set(false),
            Some(b"structs") => rt.struct_varargs.set(true),
            Some(b"pointers") => rt.struct_varargs.set(false),
            _ => return Err(Error::arg(1, Fault::ExpectedValue("'integers', 'numbers', 'structs' or 'pointers'"))),
        }
    }
    lua.push_bytes(if rt.integer_varargs.get() { b"integers" } else { b"numbers" });
    lua.push_bytes(if rt.struct_varargs.get() { b"structs" } else { b"pointers" });
    Ok(2)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["varargs" => varargs];
