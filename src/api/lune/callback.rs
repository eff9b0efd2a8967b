//! `ffi.callback`: a Lua function as a C function.

use super::library::LOAD;
use super::pointer::push_light;
use super::signature::{compile_plain, push_signature, result_argument};
use super::types;
use crate::call::{Callee, Owner, invoke};
use crate::callback;
use crate::lua::payload::CallbackHandle;
use crate::lua::{At, Error, Fault, Kind, Result, State, Type, lua_State};
use crate::object::kind::{self, KindSpec};
use crate::runtime::{Cx, FunctionEntry, Runtime, entries, guard};
use lunaffi_core::signature::Signature;
use std::cell::Cell;
use std::ffi::c_int;

const FREED: Fault = Fault::Text("callback has been freed");

/// `ffi.callback(function, result, types)`
fn callback(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.type_of(1) != Type::Function {
        return Err(Error::arg(1, Fault::Expected("function")));
    }
    let result = result_argument(cx, 2)?;
    if lua.type_of(3) != Type::Table {
        return Err(Error::arg(3, Fault::Expected("table")));
    }
    let compiled = compile_plain(cx, (result, At::Arg(2)), 3, At::Arg(3))?;
    let place = lua.new_userdata(size_of::<CallbackHandle>(), true).cast::<CallbackHandle>();
    // SAFETY: fresh memory of that size, kept by the stack.
    let handle = unsafe {
        place.write(CallbackHandle {
            code: Cell::new(std::ptr::null_mut()),
            escaped: Cell::new(false),
            record: Cell::new(std::ptr::null_mut()),
            signature: Cell::new(compiled),
        });
        &*place
    };
    cx.rt.kinds.push_metatable(lua, Kind::Callback);
    lua.set_metatable(-2);
    callback::make(cx, 1, compiled, handle, &LOAD.values).map(|()| 1)
}

fn receiver(cx: Cx) -> Result<&'static CallbackHandle> {
    cx.receiver(Kind::Callback)
}

/// The signature of the callback at an index, if it is one.
pub fn signature_of(cx: Cx, index: c_int) -> Option<&'static Signature> {
    let handle = cx.argument::<CallbackHandle>(index, Kind::Callback).ok()?;
    // SAFETY: the runtime keeps every signature.
    Some(unsafe { &*handle.signature.get() })
}

fn push_code(cx: Cx, handle: &CallbackHandle) -> Result<()> {
    let code = handle.escape().ok_or(Error::alone(FREED))?;
    push_light(cx, code.expose_provenance());
    Ok(())
}

fn get_ptr(cx: Cx) -> Result<c_int> {
    push_code(cx, receiver(cx)?)?;
    Ok(1)
}

fn free(cx: Cx) -> Result<c_int> {
    let handle = receiver(cx)?;
    let record = handle.record.get();
    let function = guard(|| Ok(callback::free(cx.rt, handle)))?;
    callback::forget(cx.lua, record, function);
    Ok(0)
}

/// Calls it from Lua, through C.
fn call(cx: Cx) -> Result<c_int> {
    let handle = receiver(cx)?;
    let code = handle.escape().ok_or(Error::call(FREED))?;
    // SAFETY: the runtime keeps every signature.
    let signature = unsafe { &*handle.signature.get() };
    invoke(cx, signature, Callee { code, owner: Owner::Nobody, rules: &LOAD }, 2)
}

fn index(cx: Cx) -> Result<c_int> {
    let handle = receiver(cx)?;
    kind::index(cx, |name| {
        // SAFETY: the runtime keeps every signature.
        let signature = unsafe { &*handle.signature.get() };
        match name {
            b"ptr" => push_code(cx, handle)?,
            b"retType" => types::push_name(cx, signature.result),
            b"argCount" => cx.lua.push_int(signature.args.len() as i64),
            b"isValid" => cx.lua.push_bool(!handle.code.get().is_null()),
            _ => return Ok(false),
        }
        Ok(true)
    })
}

fn to_string(cx: Cx) -> Result<c_int> {
    let handle = receiver(cx)?;
    cx.lua.push_bytes(b"FfiCallback<");
    // SAFETY: the runtime keeps every signature.
    push_signature(cx, unsafe { &*handle.signature.get() }, b"", false);
    cx.lua.push_bytes(b">");
    cx.lua.concat(3);
    Ok(1)
}

/// `__gc`: ends the callback unless C may have its address.
unsafe extern "C-unwind" fn collect(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the upvalue is the runtime, whose `kinds` stay readable to the end (and
    // say no to everything once it is closed), and the payload is the kind's.
    unsafe {
        let lua = State::new(state);
        let rt = Runtime::at(lua, State::upvalue(1));
        if let Some(payload) = rt.kinds.get(*lua, 1, Kind::Callback) {
            let handle = &*payload.cast::<CallbackHandle>();
            let record = handle.record.get();
            let function = callback::collected(rt, handle);
            callback::forget(lua, record, function);
        }
    }
    0
}

/// Callbacks.
pub const CALLBACK: KindSpec = KindSpec {
    kind: Kind::Callback,
    methods: entries![method "getPtr" => get_ptr, method "free" => free],
    meta: entries![
        "__index" => index,
        "__newindex" => kind::read_only,
        method "__call" as "callback" => call,
        method "__tostring" => to_string,
        raw "__gc" => collect,
    ],
};

/// `ffi.onCallbackError(function or nil)`: who is told of errors that no call can raise.
fn on_callback_error(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if !lua.is_nil(1) && lua.type_of(1) != Type::Function {
        return Err(Error::arg(1, Fault::Expected("function")));
    }
    let handler = &cx.rt.refs.callback_error_handler;
    let former = handler.get();
    if former == 0 {
        lua.push_nil()
    } else {
        lua.push_ref(former)
    }
    let new = if lua.is_nil(1) {
        0
    } else {
        lua.copy(1);
        lua.make_ref()
    };
    handler.set(new);
    if former != 0 {
        lua.drop_ref(former);
    }
    Ok(1)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["callback" => callback, "onCallbackError" => on_callback_error];
