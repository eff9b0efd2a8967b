//! `ffi.C`, `ffi.load` and what they give: namespaces. A namespace is a userdata whose `__index` is a
//! table of what was found already; what is not there is looked up by a function behind that table.
//! The library itself lies in a userdata of its own, which functions and variables of it keep alive.

use super::access::assign;
use super::function::RULES;
use crate::call::{Binding, LoadedLibrary, push_function_object};
use crate::convert::cdata;
use crate::lua::{Error, Fault, Header, Kind, Result, State, Type, lua_CFunction, lua_State};
use crate::object::kind::KindSpec;
use crate::runtime::{Cx, FunctionEntry, Runtime, c_function, entries};
use lunaffi_core::abi::Convention;
use lunaffi_core::ctype::{Constant, TypeId};
use lunaffi_core::dylib::{Library, Names, OpenOptions, Scope};
use lunaffi_core::mem::Region;
use lunaffi_cparse::Name;
use std::ffi::{c_int, c_void};
use std::rc::Rc;
use std::sync::Arc;

const READ_ONLY: Fault = Fault::Text("attempt to write to constant location");

/// Pushes the userdata of a library that is not open yet. It is kept as a table where userdata keep
/// only tables.
fn push_library(cx: Cx) -> &'static LoadedLibrary {
    let lua = cx.lua;
    let place = lua.new_userdata(size_of::<LoadedLibrary>(), true).cast::<LoadedLibrary>();
    // SAFETY: fresh memory of that size; the payload stays while the userdata is on the stack.
    let library = unsafe {
        place.write(LoadedLibrary::default());
        &*place
    };
    cx.rt.kinds.push_metatable(lua, Kind::Namespace);
    lua.set_metatable(-2);
    cx.rt.kinds.make_anchor(lua, -1);
    library
}

/// Replaces the library on the top by its namespace. `runtime` is the stack index of the runtime's
/// userdata.
fn push_namespace(cx: Cx, runtime: c_int) {
    let lua = cx.lua;
    let library = lua.top();
    lua.reserve(10);
    lua.new_userdata(0, false);
    lua.new_table(0, 4);
    lua.new_table(0, 8);
    lua.new_table(0, 1);
    // The function behind the table of what is known: it adds to that.
    push_with_library(lua, c_function!("__index" => index), (runtime, library));
    lua.set_field(-2, b"__index");
    lua.set_metatable(-2);
    lua.set_field(-2, b"__index");
    push_with_library(lua, c_function!("__newindex" => new_index), (runtime, library));
    lua.set_field(-2, b"__newindex");
    lua.push_bytes(b"ffi");
    lua.set_field(-2, b"__metatable");
    lua.set_metatable(-2);
    lua.remove(library);
}

fn push_with_library(lua: State, function: lua_CFunction, (runtime, library): (c_int, c_int)) {
    lua.copy(runtime);
    lua.copy(library);
    lua.push_closure(function, 2);
}

/// The library of the running function of a namespace.
fn this_library(cx: Cx) -> &'static LoadedLibrary {
    // SAFETY: the second upvalue is the library, by `push_with_library`.
    unsafe { &*cx.lua.userdata(State::upvalue(2)).cast::<LoadedLibrary>() }
}

/// What a name is in the running function's library.
#[derive(Clone, Copy)]
enum Found {
    Function(TypeId, *mut c_void, *const str),
    Variable(TypeId, *mut c_void),
    /// The declarations keep it as long as the state.
    Constant(*const Constant),
}

/// What the argument at 2 names.
fn find(cx: Cx) -> Result<Found> {
    let name = cx.lua.string(2).ok_or(Error::arg(2, Fault::Expected("string")))?;
    let rt = cx.rt;
    cx.guard(|| {
        let (ty, symbol) = match rt.declarations.get(name) {
            Some(Name::Extern { ty, symbol }) => (ty, symbol),
            Some(Name::Constant(constant)) => return Ok(Found::Constant(Rc::as_ptr(&constant))),
            Some(Name::Typedef(_)) | None => {
                let name = String::from_utf8_lossy(name);
                return Err(Error::alone(rt.note(format!("missing declaration for symbol '{name}'"))));
            }
        };
        let symbol = symbol.as_ref().map_or(name, |symbol| symbol.as_bytes());
        match this_library(cx).with(|library| library.find(symbol)) {
            Some(Ok(address)) if rt.types.function(ty).is_some() => {
                let key = rt.declarations.key(name).ok_or(Error::alone(Fault::Bug))?;
                Ok(Found::Function(ty, address, Rc::as_ptr(&key)))
            }
            Some(Ok(address)) => Ok(Found::Variable(ty, address)),
            Some(Err(words)) => Err(Error::alone(rt.note(words))),
            None => Err(Error::alone(Fault::Text("library is closed"))),
        }
    })
}

/// What calls of a function need; `None` for a function that cannot be called.
fn binding(cx: Cx, ty: TypeId, code: *mut c_void) -> Result<Option<Binding>> {
    let rt = cx.rt;
    cx.guard(|| {
        let Some(Ok(callable)) = rt.signatures.callable(&rt.types, ty) else { return Ok(None) };
        Ok(Some(Binding {
            rt,
            signature: Arc::as_ptr(&callable.signature),
            code,
            library: this_library(cx),
            rules: &RULES,
            convention: Convention::DEFAULT,
            variadic: callable.variadic,
        }))
    })
}

/// Behind the table of what is known: looks a name up.
fn index(cx: Cx) -> Result<c_int> {
    let (lua, rt) = (cx.lua, cx.rt);
    // SAFETY: what is derived keeps the library's userdata, and that the life.
    let region = |address: *mut c_void| unsafe { Region::foreign(address.cast()).owned_by(this_library(cx).life()) };
    match find(cx)? {
        Found::Variable(ty, address) => {
            lua.copy(State::upvalue(2));
            cdata::push_part(lua, rt, ty, region(address), lua.top())?;
            return Ok(1);
        }
        Found::Function(ty, address, name) => {
            lua.copy(State::upvalue(2));
            let header = Header::cdata(region(address), ty);
            match binding(cx, ty, address)? {
                Some(binding) => push_function_object(lua, header, binding, name, -1),
                // It can be looked at, and a call says what is wrong.
                None => rt.kinds.push_derived(lua, Kind::Cdata, header, -1),
            }
        }
        // SAFETY: the declarations keep it.
        Found::Constant(constant) => cdata::push_constant(lua, rt, unsafe { &*constant }),
    }
    // Functions and constants stay what they are.
    lua.copy(2);
    lua.copy(-2);
    lua.raw_set(1);
    Ok(1)
}

/// Assigns to a variable.
fn new_index(cx: Cx) -> Result<c_int> {
    match find(cx)? {
        Found::Variable(ty, address) if !cx.rt.types.is_const(ty) => {
            assign(cx, ty, Region::foreign(address.cast()), false)?;
            Ok(0)
        }
        _ => Err(Error::alone(READ_ONLY)),
    }
}

/// Pushes `ffi.C`. `runtime` is the stack index of the runtime's userdata.
pub fn push_default(cx: Cx, runtime: c_int) {
    push_library(cx).open(Library::process());
    push_namespace(cx, runtime);
}

/// `ffi.load(name [, global])`
fn load(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let name = match lua.type_of(1) {
        Type::Number => {
            lua.number_to_string(1);
            lua.string(1)
        }
        _ => lua.string(1),
    };
    let name = name.ok_or(Error::arg(1, Fault::Expected("string")))?;
    let scope = if lua.truth(2) { Scope::Global } else { Scope::Local };
    let library = push_library(cx);
    cx.guard(|| {
        let options = OpenOptions { scope, ..OpenOptions::new(Names::LuaJit) };
        match Library::open(name, &options) {
            Ok(opened) => {
                library.open(opened);
                Ok(())
            }
            Err(e) => {
                let words = e.loader_text().map_or_else(|| e.to_string(), str::to_owned);
                Err(Error::alone(cx.rt.note(words)))
            }
        }
    })?;
    push_namespace(cx, State::upvalue(1));
    Ok(1)
}

/// `__gc` of a library.
unsafe extern "C-unwind" fn collect(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the upvalue is the runtime, whose `kinds` stay readable to the end, and
    // the payload is the kind's.
    unsafe {
        let lua = State::new(state);
        let rt = Runtime::at(lua, State::upvalue(1));
        if let Some(library) = rt.kinds.get(*lua, 1, Kind::Namespace) {
            (*library.cast::<LoadedLibrary>()).abandon(rt);
        }
    }
    0
}

/// The libraries of namespaces.
pub const LIBRARY: KindSpec = KindSpec { kind: Kind::Namespace, methods: &[], meta: &[("__gc", collect)] };

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["load" => load];
