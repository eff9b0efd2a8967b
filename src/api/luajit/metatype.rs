//! `ffi.metatype`: Lua's behaviour for C types. A type's metatable is kept by the state under the
//! type's number; values, references, and pointers to the type find it there.

use super::types::{INVALID, push_ctype, type_argument};
use crate::lua::{Error, Fault, Header, Kind, Result, State, Type};
use crate::object::finalizer;
use crate::runtime::{Cx, FunctionEntry, Runtime, entries, set_functions};
use lunaffi_core::ctype::{CType, TypeId};
use std::ffi::c_int;

/// The type whose metatable is asked for: what a pointer or reference leads to, without qualifiers.
pub fn subject(rt: &Runtime, ty: TypeId) -> TypeId {
    match rt.types.kind(ty) {
        CType::Pointer(to) | CType::Reference(to) => rt.types.bare(to),
        _ => rt.types.bare(ty),
    }
}

/// Pushes the handler of an event (`"__index"`) for values of a type, or pointers or references to
/// them; false, with nothing pushed, when there is none. Takes no memory but for the event's name.
pub fn push_method(cx: Cx, ty: TypeId, event: &'static [u8]) -> bool {
    let (lua, rt) = (cx.lua, cx.rt);
    let subject = subject(rt, ty);
    if matches!(rt.types.get(subject), CType::Function(_)) {
        // What a pointer to a function offers, in case that is a callback.
        let methods = event == b"__index" && matches!(rt.types.kind(ty), CType::Pointer(_));
        if methods {
            lua.push_ref(rt.refs.function_methods.get());
        }
        return methods;
    }
    if rt.metatypes.get() == 0 {
        return false;
    }
    lua.reserve(4);
    lua.push_ref(rt.refs.metatypes.get());
    lua.raw_get_index(-1, subject.0 as c_int);
    if lua.is_nil(-1) {
        lua.pop(2);
        return false;
    }
    lua.get_field(-1, event);
    if lua.is_nil(-1) {
        lua.pop(3);
        return false;
    }
    lua.replace(-3);
    lua.pop(1);
    true
}

/// Whether new objects of that type get a finalizer from its metatable.
pub fn has_finalizer(cx: Cx, ty: TypeId) -> bool {
    let found = push_method(cx, ty, b"__gc");
    if found {
        cx.lua.pop(1);
    }
    found
}

/// Gives the new object of that type on the top the finalizer that its metatable asks for.
pub fn created(cx: Cx, ty: TypeId) -> Result<()> {
    if cx.rt.metatypes.get() != 0 {
        let object = cx.lua.top();
        if push_method(cx, ty, b"__gc") {
            finalizer::attach(cx, object, object + 1)?;
            cx.lua.set_top(object);
        }
    }
    Ok(())
}

/// `ffi.metatype(type, metatable)`: gives the type.
fn metatype(cx: Cx) -> Result<c_int> {
    let (lua, rt) = (cx.lua, cx.rt);
    let ty = rt.types.bare(type_argument(cx, 1)?);
    if lua.type_of(2) != Type::Table {
        return Err(Error::arg(2, Fault::Expected("table")));
    }
    if !matches!(rt.types.get(ty), CType::Record(_) | CType::Complex(_) | CType::Vector { .. }) {
        return Err(Error::arg(1, INVALID));
    }
    // What may fail for want of memory comes first.
    push_ctype(cx, ty);
    lua.push_ref(rt.refs.metatypes.get());
    lua.raw_get_index(-1, ty.0 as c_int);
    if !lua.is_nil(-1) {
        return Err(Error::alone(Fault::Text("cannot change a protected metatable")));
    }
    lua.pop(1);
    lua.copy(2);
    lua.raw_set_index(-2, ty.0 as c_int);
    rt.metatypes.set(rt.metatypes.get() + 1);
    lua.pop(1);
    Ok(1)
}

/// `__close` of cdata, for Lua 5.4's variables that are closed.
fn close(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let ty = cx.receiver::<Header>(Kind::Cdata)?.ty();
    if !push_method(cx, ty, b"__close") {
        return Err(Error::alone(Fault::NoMetamethod(subject(cx.rt, ty), "__close")));
    }
    lua.insert(1);
    lua.call(lua.top() - 1, 0);
    Ok(0)
}

/// What cdata have of their own.
pub const CDATA: &[FunctionEntry] = entries!["__close" => close];

/// Prepares a new runtime.
pub fn install(lua: State, rt: &Runtime, runtime: c_int) {
    lua.new_table(0, 0);
    rt.refs.metatypes.set(lua.make_ref());
    lua.new_table(0, 2);
    set_functions(lua, runtime, super::callback::METHODS);
    rt.refs.function_methods.set(lua.make_ref());
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["metatype" => metatype];
