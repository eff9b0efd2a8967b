//! Libraries: opening, calls by name, symbols.

use super::declarations::push_declared;
use super::pointer::{push_derived, push_light, push_text};
use super::signature::{Compiled, compile, result_argument};
use super::smart_library::push_smart;
use super::types::slot_at;
use crate::call::{Callee, LoadedLibrary, Owner, Rules, Values, extra_by_value, invoke, invoke_variadic};
use crate::convert::{self, PointerAs};
use crate::lua::error::AtArgument;
use crate::lua::payload::OwnedValue;
use crate::lua::{At, Error, Fault, Kind, Result, State, Type, lua_State};
use crate::object::kind::{self, KindSpec};
use crate::runtime::{Cx, FunctionEntry, Runtime, entries, guard, set_functions};
use lunaffi_core::abi::Convention;
use lunaffi_core::ctype::{Slot, TypeId};
use lunaffi_core::dylib::{Export, ExportKind, Library, Names, OpenOptions};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::Scalar;
use lunaffi_core::signature::SignatureKey;
use std::ffi::{c_int, c_void};
use std::sync::Arc;

/// `ffi.open`: pointers are light userdata, as older programs expect.
static OPEN: Rules =
    Rules { values: Values { pointers: PointerAs::Light, ..Values::OBJECTS }, slot_at, extra: extra_by_value };
/// `ffi.load`, and callbacks: pointers are objects.
pub static LOAD: Rules = Rules { values: Values::OBJECTS, slot_at, extra: extra_by_value };

/// The payload of a library object. Its user value is a table: itself, and its `path`.
pub struct LibraryObject {
    pub library: LoadedLibrary,
    pub rules: &'static Rules,
    process: bool,
}

/// In a smart library's metatable: the library object.
static LIBRARY_KEY: u8 = 0;

pub fn library_key() -> *const c_void {
    (&raw const LIBRARY_KEY).cast()
}

/// Pushes a library that is not open yet. `path` is a stack index.
fn push_shell(cx: Cx, rules: &'static Rules, path: c_int, process: bool) -> &'static LibraryObject {
    let lua = cx.lua;
    let path = lua.abs(path);
    let place = lua.new_userdata(size_of::<LibraryObject>(), true).cast::<LibraryObject>();
    // SAFETY: fresh memory of that size; the payload stays while the userdata is on the stack.
    let object = unsafe {
        place.write(LibraryObject { library: LoadedLibrary::default(), rules, process });
        &*place
    };
    cx.rt.kinds.push_metatable(lua, Kind::Library);
    lua.set_metatable(-2);
    lua.new_table(1, 1);
    lua.copy(-2);
    lua.raw_set_index(-2, 1);
    lua.copy(path);
    lua.set_field(-2, b"path");
    lua.set_user_value(-2);
    object
}

/// Opens what the argument at 1 names and pushes the library.
fn open_argument(cx: Cx, rules: &'static Rules) -> Result<&'static LibraryObject> {
    let name = cx.lua.string(1).ok_or(Error::arg(1, Fault::Expected("string")))?;
    let object = push_shell(cx, rules, 1, name.is_empty());
    cx.guard(|| {
        let opened =
            if name.is_empty() { Ok(Library::process()) } else { Library::open(name, &OpenOptions::new(Names::Lune)) };
        match opened {
            Ok(library) => {
                object.library.open(library);
                Ok(())
            }
            Err(e) => Err(Error::alone(cx.rt.note(e.to_string()))),
        }
    })?;
    Ok(object)
}

/// `ffi.open(path)`
fn open(cx: Cx) -> Result<c_int> {
    open_argument(cx, &OPEN)?;
    Ok(1)
}

/// `ffi.load(path [, interface])`
fn load(cx: Cx) -> Result<c_int> {
    if cx.lua.string(1).is_none() {
        return Err(Error::arg(1, Fault::Expected("string")));
    }
    match cx.lua.type_of(2) {
        Type::Nil => {
            open_argument(cx, &LOAD)?;
            Ok(1)
        }
        interface @ (Type::Table | Type::String) => {
            cx.lua.set_top(2);
            let object = open_argument(cx, &LOAD)?;
            let built = if interface == Type::Table { push_smart(cx, object) } else { push_declared(cx, object) };
            if built.is_err() {
                // Nobody will ever use it.
                object.library.close(cx.rt);
            }
            built
        }
        _ => Err(Error::arg(2, Fault::Expected("table, string or nil"))),
    }
}

/// Pushes the library of what the process already has.
pub fn push_process(cx: Cx) {
    cx.lua.push_bytes(b"");
    let object = push_shell(cx, &LOAD, -1, true);
    object.library.open(Library::process());
    cx.lua.remove(-2);
}

// --- the library of a receiver

/// The library object of the argument at 1 (an object or a smart library), pushed on the stack.
pub fn this_library(cx: Cx) -> Result<(&'static LibraryObject, c_int)> {
    let lua = cx.lua;
    let wrong = Error { at: At::This, value: 1, fault: Fault::Expected("Library") };
    if lua.type_of(1) == Type::Table {
        if !lua.get_metatable(1) {
            return Err(wrong);
        }
        lua.get_private(-1, library_key());
        lua.remove(-2);
    } else {
        lua.copy(1);
    }
    let index = lua.top();
    match cx.rt.kinds.get(*lua, index, Kind::Library) {
        // SAFETY: the kind's payload, kept by the stack.
        Some(payload) => Ok((unsafe { &*payload.cast::<LibraryObject>() }, index)),
        None => Err(wrong),
    }
}

/// The same for a library that must be open. The library is put below the arguments, at 1.
fn open_library(cx: Cx) -> Result<&'static LibraryObject> {
    let (object, _) = this_library(cx)?;
    cx.lua.replace(1);
    if object.library.is_closed() {
        return Err(Error::alone(Fault::Text("library is closed")));
    }
    Ok(object)
}

/// Pushes the path that a library was opened by.
fn push_path(cx: Cx, index: c_int) {
    cx.lua.get_user_value(index);
    cx.lua.get_field(-1, b"path");
    cx.lua.remove(-2);
}

fn name_argument(cx: Cx, index: c_int) -> Result<&'static [u8]> {
    cx.lua.string(index).ok_or(Error::arg(index, Fault::Expected("string")))
}

pub fn find_symbol(object: &LibraryObject, name: &[u8]) -> Option<*mut c_void> {
    object.library.with(|library| library.symbol(name)).flatten()
}

/// The fault of a symbol that is not there. `library` is the library object's stack index.
pub fn missing(cx: Cx, name: &[u8], library: c_int) -> Fault {
    push_path(cx, library);
    let path = cx.lua.string(-1).unwrap_or_default();
    let lossy = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let place = if path.is_empty() { "the process".into() } else { format!("'{}'", lossy(path)) };
    cx.guard(|| Ok(cx.rt.note(format!("symbol '{}' not found in {place}", lossy(name)))))
        .unwrap_or_else(|error| error.fault)
}

fn symbol_argument(cx: Cx, object: &LibraryObject, index: c_int) -> Result<*mut c_void> {
    let name = name_argument(cx, index)?;
    match find_symbol(object, name) {
        Some(address) => Ok(address),
        None => Err(Error::arg(index, missing(cx, name, 1))),
    }
}

// --- calls

/// Calls `code` with the values from `first` to the top.
fn call_code(
    cx: Cx,
    object: &'static LibraryObject,
    code: *const c_void,
    compiled: Compiled,
    first: c_int,
    name: &'static [u8],
) -> Result<c_int> {
    let cx = Cx { name, skip: first as isize - 1, ..cx };
    let callee = Callee { code, owner: Owner::Library(&object.library), rules: object.rules };
    if compiled.variadic {
        invoke_variadic(cx, compiled.signature(), compiled.convention, callee, first)
    } else {
        invoke(cx, compiled.signature(), callee, first)
    }
    .or_else(|e| cx.raise(e))
}

/// `lib:call(name, result, types, ...)`
fn call(cx: Cx) -> Result<c_int> {
    let object = open_library(cx)?;
    let name = name_argument(cx, 2)?;
    let result = result_argument(cx, 3)?;
    let compiled = compile(cx, (result, At::Arg(3)), 4, Convention::DEFAULT, At::Arg(4))?;
    let code = symbol_argument(cx, object, 2)?;
    if cx.lua.top() < 4 {
        cx.lua.set_top(4);
    }
    call_code(cx, object, code, compiled, 5, name)
}

/// `lib:callPtr(pointer, result, types, ...)`
fn call_ptr(cx: Cx) -> Result<c_int> {
    let object = open_library(cx)?;
    if matches!(cx.lua.type_of(2), Type::Nil | Type::String) {
        return Err(Error::arg(2, Fault::Expected("pointer")));
    }
    let code = convert::address(*cx.lua, cx.rt, 2, false).at_arg(2)?;
    if code == 0 {
        return Err(Error::arg(2, lunaffi_core::mem::MemError::Null));
    }
    let result = result_argument(cx, 3)?;
    let compiled = compile(cx, (result, At::Arg(3)), 4, Convention::DEFAULT, At::Arg(4))?;
    if cx.lua.top() < 4 {
        cx.lua.set_top(4);
    }
    let code = std::ptr::with_exposed_provenance_mut(code);
    call_code(cx, object, code, compiled, 5, b"callPtr")
}

/// `lib:callX(name [, types, ...])` with a result of a fixed type.
fn call_fixed(cx: Cx, result: Slot) -> Result<c_int> {
    let object = open_library(cx)?;
    let name = name_argument(cx, 2)?;
    let compiled = compile(cx, (result, At::Alone), 3, Convention::DEFAULT, At::Arg(3))?;
    let code = symbol_argument(cx, object, 2)?;
    if cx.lua.top() < 3 {
        cx.lua.set_top(3);
    }
    call_code(cx, object, code, compiled, 4, name)
}

const INT: Slot = Slot::value(TypeId::scalar(Scalar::I32));

fn call_int(cx: Cx) -> Result<c_int> {
    call_fixed(cx, INT)
}

fn call_double(cx: Cx) -> Result<c_int> {
    call_fixed(cx, Slot::value(TypeId::scalar(Scalar::F64)))
}

fn call_string(cx: Cx) -> Result<c_int> {
    call_fixed(cx, Slot::STRING)
}

fn call_void(cx: Cx) -> Result<c_int> {
    call_fixed(cx, Slot::VOID)
}

/// `lib:callIntArg(name, n)`: `int f(int)`
fn call_int_arg(cx: Cx) -> Result<c_int> {
    let object = open_library(cx)?;
    let name = name_argument(cx, 2)?;
    let compiled = cx.grow(0, || {
        let key = SignatureKey { convention: Convention::DEFAULT, result: INT, args: vec![INT], fixed: None };
        match cx.rt.signatures.find(&cx.rt.types, &key) {
            Ok(signature) => {
                Ok(Compiled { signature: Arc::as_ptr(&signature), convention: Convention::DEFAULT, variadic: false })
            }
            Err(_) => Err(Error::alone(Fault::Bug)),
        }
    })?;
    let code = symbol_argument(cx, object, 2)?;
    call_code(cx, object, code, compiled, 3, name)
}

// --- symbols

fn get_symbol(cx: Cx) -> Result<c_int> {
    let object = open_library(cx)?;
    let address = symbol_argument(cx, object, 2)?;
    if object.rules.values.pointers == PointerAs::Light {
        // Nothing can tell how long a bare address is used.
        object.library.stay();
        push_light(cx, address.expose_provenance());
    } else {
        // SAFETY: the library object lies in the userdata at 1, which the pointer keeps alive.
        let region = unsafe { Region::foreign(address.cast()).owned_by(object.library.life()) };
        push_derived(cx, Kind::RawPointer, region, Slot::VOID, 1);
    }
    Ok(1)
}

fn has_symbol(cx: Cx) -> Result<c_int> {
    let object = open_library(cx)?;
    let name = name_argument(cx, 2)?;
    cx.lua.push_bool(find_symbol(object, name).is_some());
    Ok(1)
}

fn list_exports(cx: Cx) -> Result<c_int> {
    let object = open_library(cx)?;
    let lua = cx.lua;
    let owned_value = OwnedValue::push(lua, cx.rt.refs.owned_values.get());
    cx.guard(|| {
        match object.library.with(|library| library.exports()) {
            Some(Ok(exports)) => owned_value.keep::<Vec<Export>>(exports),
            Some(Err(e)) => return Err(Error::alone(cx.rt.note(format!("cannot list the exports: {e}")))),
            None => return Err(Error::alone(Fault::Text("library is closed"))),
        }
        Ok(())
    })?;
    let exports = owned_value.get::<Vec<Export>>().ok_or(Error::alone(Fault::Bug))?;
    lua.new_table(exports.len() as c_int, 0);
    for (i, export) in exports.iter().enumerate() {
        lua.new_table(0, 4);
        lua.push_bytes(&export.name);
        lua.set_field(-2, b"name");
        lua.push_bytes(if export.kind == ExportKind::Function { b"function" } else { b"data" });
        lua.set_field(-2, b"kind");
        lua.push_bool(export.weak);
        lua.set_field(-2, b"weak");
        if let Some(ordinal) = export.ordinal {
            lua.push_int(ordinal as i64);
            lua.set_field(-2, b"ordinal");
        }
        lua.raw_set_index(-2, i as c_int + 1);
    }
    Ok(1)
}

fn close(cx: Cx) -> Result<c_int> {
    let (object, _) = this_library(cx)?;
    guard(|| {
        object.library.close(cx.rt);
        Ok(())
    })?;
    Ok(0)
}

/// `ffi.library.path(lib)`
fn path(cx: Cx) -> Result<c_int> {
    let (_, index) = this_library(cx)?;
    push_path(cx, index);
    Ok(1)
}

// --- the object

pub fn library_index(cx: Cx) -> Result<c_int> {
    index_library(cx)
}

/// A method or property of a library, by the key at 2.
pub fn index_library(cx: Cx) -> Result<c_int> {
    let (_, library) = this_library(cx)?;
    kind::index(cx, |name| {
        let known = name == b"path";
        if known {
            push_path(cx, library);
        }
        Ok(known)
    })
}

/// Pushes text with a library's path in it.
pub fn push_with_path(
    cx: Cx,
    object: &'static LibraryObject,
    library: c_int,
    before: &str,
    after: std::fmt::Arguments<'_>,
) {
    push_path(cx, library);
    let path = cx.lua.string(-1).unwrap_or_default();
    cx.lua.push_bytes(before.as_bytes());
    cx.lua.push_bytes(if object.process { b"the process" } else { path });
    push_text(cx.lua, after);
    cx.lua.concat(3);
}

fn library_to_string(cx: Cx) -> Result<c_int> {
    let (object, library) = this_library(cx)?;
    push_with_path(cx, object, library, "Library(", format_args!(")"));
    Ok(1)
}

/// `__gc`: unloads what nothing refers to any more.
unsafe extern "C-unwind" fn collect(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the upvalue is the runtime, whose `kinds` stay readable to the end, and
    // the payload is the kind's.
    unsafe {
        let lua = State::new(state);
        let rt = Runtime::at(lua, State::upvalue(1));
        if let Some(payload) = rt.kinds.get(*lua, 1, Kind::Library) {
            (*payload.cast::<LibraryObject>()).library.abandon(rt);
        }
    }
    0
}

const METHODS: &[FunctionEntry] = entries![
    method "call" => call,
    method "callPtr" => call_ptr,
    method "callInt" => call_int,
    method "callIntArg" => call_int_arg,
    method "callDouble" => call_double,
    method "callString" => call_string,
    method "callVoid" => call_void,
    method "getSymbol" => get_symbol,
    method "hasSymbol" => has_symbol,
    method "listExports" => list_exports,
    method "close" => close,
];

/// Libraries.
pub const LIBRARY: KindSpec = KindSpec {
    kind: Kind::Library,
    methods: METHODS,
    meta: entries![
        "__index" => library_index,
        "__newindex" => kind::read_only,
        method "__tostring" => library_to_string,
        raw "__gc" => collect,
    ],
};

/// Sets `ffi.library` in the module table on the top: the methods as functions.
pub fn set_functions_table(lua: State, runtime: c_int) {
    lua.new_table(0, METHODS.len() as c_int + 1);
    set_functions(lua, runtime, METHODS);
    set_functions(lua, runtime, entries!["path" => path]);
    lua.set_field(-2, b"library");
}

/// `ffi.errno([new])`: what the last call left; sets what the next one finds.
fn errno(cx: Cx) -> Result<c_int> {
    crate::object::errno(cx)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["open" => open, "load" => load, "errno" => errno];
