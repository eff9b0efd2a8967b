//! Libraries: opening, calls by name, symbols, and smart libraries, whose interface table says what
//! is in them.

use super::pointer::{push_derived, push_light, push_text};
use super::types::{self, slot_at};
use crate::call::{Binding, Callee, LoadedLibrary, Rules, invoke, invoke_variadic, push_bound};
use crate::convert::{self, PointerAs};
use crate::lua::fault::AtArgument;
use crate::lua::userdata::Keeper;
use crate::lua::{At, Error, Fault, Kind, Result, State, Type, lua_State};
use crate::object::kind::{self, KindSpec};
use crate::runtime::{Cx, Entry, Runtime, lua_fn, set_functions};
use lunaffi_core::abi::{AbiError, Convention};
use lunaffi_core::ctype::{Mode, Slot, TypeId};
use lunaffi_core::dylib::{Export, ExportKind, Library, Names, OpenOptions};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::Scalar;
use lunaffi_core::signature::{Key, Signature, SignatureError};
use std::ffi::{c_int, c_void};
use std::sync::Arc;

/// `ffi.open`: pointers are light userdata, as older programs expect.
static OPEN: Rules = Rules { pointers: PointerAs::Light, slot_at };
/// `ffi.load`, and callbacks: pointers are objects.
pub static LOAD: Rules = Rules { pointers: PointerAs::Raw, slot_at };

/// The payload of a library object. Its user value is a table: itself, and its `path`.
struct LibraryObject {
    library: LoadedLibrary,
    rules: &'static Rules,
    process: bool,
}

/// In a smart library's metatable: the library object.
static LIBRARY_KEY: u8 = 0;

fn library_key() -> *const c_void {
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

lua_fn! {
    /// `ffi.open(path)`
    fn open(cx) as "open" {
        open_argument(cx, &OPEN)?;
        Ok(1)
    }
}

lua_fn! {
    /// `ffi.load(path [, interface])`
    fn load(cx) as "load" {
        if cx.lua.string(1).is_none() {
            return Err(Error::arg(1, Fault::Expected("string")));
        }
        match cx.lua.type_of(2) {
            Type::Nil => {
                open_argument(cx, &LOAD)?;
                Ok(1)
            }
            Type::Table => {
                cx.lua.set_top(2);
                let object = open_argument(cx, &LOAD)?;
                let built = push_smart(cx, object);
                if built.is_err() {
                    // Nobody will ever use it.
                    object.library.close();
                }
                built
            }
            Type::String => Err(Error::alone(super::NO_CDEF)),
            _ => Err(Error::arg(2, Fault::Expected("table, string or nil"))),
        }
    }
}

/// Pushes the library of what the process already has.
pub fn push_process(cx: Cx) {
    cx.lua.push_bytes(b"");
    let object = push_shell(cx, &LOAD, -1, true);
    object.library.open(Library::process());
    cx.lua.remove(-2);
}

// --- types of functions

/// The type of a result.
pub fn result_argument(cx: Cx, index: c_int) -> Result<Slot> {
    let slot = types::type_argument(cx, index)?;
    if slot.mode == Mode::Ref { Err(Error::arg(index, REF_RESULT)) } else { Ok(slot) }
}

const REF_RESULT: Fault = Fault::Text("a ref cannot be a result: use a pointer type");

/// What a signature's tables say.
#[derive(Clone, Copy)]
struct Compiled {
    signature: *const Signature,
    convention: Convention,
    variadic: bool,
}

impl Compiled {
    fn signature(&self) -> &'static Signature {
        // SAFETY: the runtime keeps every signature.
        unsafe { &*self.signature }
    }
}

/// Compiles the signature whose result is `result` and whose parameters are the table at `args`
/// (nil: none). Errors are about `at` (the result's about `result_at`), with the offending value.
fn compile(cx: Cx, (result, result_at): (Slot, At), args: c_int, convention: Convention, at: At) -> Result<Compiled> {
    let lua = cx.lua;
    let bad = |value, fault| Error { at, value, fault };
    if !lua.is_nil(args) && lua.type_of(args) != Type::Table {
        return Err(bad(args, Fault::Expected("table")));
    }
    let top = lua.top();
    let compiled = cx.guard(|| {
        let mut slots = Vec::new();
        let mut variadic = false;
        if !lua.is_nil(args) {
            for i in 1.. {
                lua.raw_get_index(args, i);
                if lua.is_nil(-1) {
                    break;
                }
                if variadic {
                    return Err(bad(0, Fault::Text("'...' must be the last of the types")));
                }
                if lua.string(-1) == Some(b"...") {
                    variadic = true;
                } else {
                    slots.push(slot_at(cx, -1).map_err(|e| bad(e.value, e.fault))?);
                }
                lua.pop(1);
            }
            if lua.raw_len(args) > slots.len() + variadic as usize {
                return Err(bad(0, Fault::Text("the list of types has a hole")));
            }
        }
        let key = Key { convention, result, args: slots, fixed: None };
        let slot_of = |key: &Key, arg: Option<usize>| arg.map_or(key.result, |i| key.args[i]);
        match cx.rt.signatures.find(&cx.rt.types, &key) {
            Ok(signature) => Ok(Compiled { signature: Arc::as_ptr(&signature), convention, variadic }),
            Err(SignatureError { why: why @ (AbiError::Layout | AbiError::TooLarge), arg }) => {
                let at = if arg.is_some() { at } else { result_at };
                Err(Error { at, value: 0, fault: Fault::ByValue(slot_of(&key, arg), why) })
            }
            Err(SignatureError { why, .. }) => Err(bad(0, Fault::Abi(why))),
        }
    })?;
    lua.set_top(top);
    Ok(compiled)
}

// --- the library of a receiver

/// The library object of the argument at 1 (an object or a smart library), pushed on the stack.
fn this_library(cx: Cx) -> Result<(&'static LibraryObject, c_int)> {
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
    match cx.rt.kinds.get(lua, index, Kind::Library) {
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

fn find_symbol(object: &LibraryObject, name: &[u8]) -> Option<*mut c_void> {
    object.library.with(|library| library.symbol(name)).flatten()
}

/// The fault of a symbol that is not there. `library` is the library object's stack index.
fn missing(cx: Cx, name: &[u8], library: c_int) -> Fault {
    push_path(cx, library);
    let path = cx.lua.string(-1).unwrap_or_default();
    let lossy = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let place = if path.is_empty() { "the process".into() } else { format!("'{}'", lossy(path)) };
    cx.guard(|| Ok(cx.rt.note(format!("symbol '{}' not found in {place}", lossy(name))))).unwrap_or(Fault::Bug)
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
    let callee = Callee { code, library: Some(&object.library), rules: object.rules };
    if compiled.variadic {
        invoke_variadic(cx, compiled.signature(), compiled.convention, callee, first)
    } else {
        invoke(cx, compiled.signature(), callee, first)
    }
    .or_else(|e| cx.raise(e))
}

lua_fn! {
    /// `lib:call(name, result, types, ...)`
    method call(cx) as "call" {
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
}

lua_fn! {
    /// `lib:callPtr(pointer, result, types, ...)`
    method call_ptr(cx) as "callPtr" {
        let object = open_library(cx)?;
        if matches!(cx.lua.type_of(2), Type::Nil | Type::String) {
            return Err(Error::arg(2, Fault::Expected("pointer")));
        }
        let code = convert::address(cx.lua, cx.rt, 2, false).at_arg(2)?;
        if code.is_null() {
            return Err(Error::arg(2, lunaffi_core::mem::MemError::Null));
        }
        let result = result_argument(cx, 3)?;
        let compiled = compile(cx, (result, At::Arg(3)), 4, Convention::DEFAULT, At::Arg(4))?;
        if cx.lua.top() < 4 {
            cx.lua.set_top(4);
        }
        call_code(cx, object, code, compiled, 5, b"callPtr")
    }
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

lua_fn! { method call_int(cx) as "callInt" { call_fixed(cx, INT) } }
lua_fn! { method call_double(cx) as "callDouble" { call_fixed(cx, Slot::value(TypeId::scalar(Scalar::F64))) } }
lua_fn! { method call_string(cx) as "callString" { call_fixed(cx, Slot::STRING) } }
lua_fn! { method call_void(cx) as "callVoid" { call_fixed(cx, Slot::VOID) } }
lua_fn! {
    /// `lib:callIntArg(name, n)`: `int f(int)`
    method call_int_arg(cx) as "callIntArg" {
        let object = open_library(cx)?;
        let name = name_argument(cx, 2)?;
        let compiled = cx.guard(|| {
            let key = Key { convention: Convention::DEFAULT, result: INT, args: vec![INT], fixed: None };
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
}

// --- symbols

lua_fn! { method get_symbol(cx) as "getSymbol" {
    let object = open_library(cx)?;
    let address = symbol_argument(cx, object, 2)?;
    if object.rules.pointers == PointerAs::Light {
        // Nothing can tell how long a bare address is used.
        object.library.stay();
        push_light(cx, address.cast());
    } else {
        // SAFETY: the library object lies in the userdata at 1, which the pointer keeps alive.
        let region = unsafe { Region::foreign(address.cast()).owned_by(object.library.life()) };
        push_derived(cx, Kind::RawPointer, region, Slot::VOID, 1);
    }
    Ok(1)
} }
lua_fn! { method has_symbol(cx) as "hasSymbol" {
    let object = open_library(cx)?;
    let name = name_argument(cx, 2)?;
    cx.lua.push_bool(find_symbol(object, name).is_some());
    Ok(1)
} }
lua_fn! { method list_exports(cx) as "listExports" {
    let object = open_library(cx)?;
    let lua = cx.lua;
    let keeper = Keeper::push(lua, cx.rt.refs.keepers.get());
    cx.guard(|| {
        match object.library.with(|library| library.exports()) {
            Some(Ok(exports)) => keeper.keep::<Vec<Export>>(exports),
            Some(Err(e)) => return Err(Error::alone(cx.rt.note(format!("cannot list the exports: {e}")))),
            None => return Err(Error::alone(Fault::Text("library is closed"))),
        }
        Ok(())
    })?;
    let exports = keeper.get::<Vec<Export>>().ok_or(Error::alone(Fault::Bug))?;
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
} }
lua_fn! { method close(cx) as "close" {
    let (object, _) = this_library(cx)?;
    cx.guard(|| {
        object.library.close();
        Ok(())
    })?;
    Ok(0)
} }
lua_fn! {
    /// `ffi.library.path(lib)`
    fn path(cx) as "path" {
        let (_, index) = this_library(cx)?;
        push_path(cx, index);
        Ok(1)
    }
}

// --- the object

lua_fn! { fn library_index(cx) as "index" {
    let (_, library) = this_library(cx)?;
    kind::index(cx, |name| {
        let known = name == b"path";
        if known {
            push_path(cx, library);
        }
        Ok(known)
    })
} }

/// Pushes text with a library's path in it.
fn push_with_path(
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

lua_fn! { method library_to_string(cx) as "tostring" {
    let (object, library) = this_library(cx)?;
    push_with_path(cx, object, library, "Library(", format_args!(")"));
    Ok(1)
} }

/// `__gc`: unloads what nothing refers to any more.
unsafe extern "C-unwind" fn collect(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the upvalue is the runtime, whose `kinds` stay readable to the end, and
    // the payload is the kind's.
    unsafe {
        let lua = State::new(state);
        if let Some(payload) = Runtime::at(lua, State::upvalue(1)).kinds.get(lua, 1, Kind::Library) {
            (*payload.cast::<LibraryObject>()).library.abandon();
        }
    }
    0
}

const METHODS: &[Entry] = &[
    ("call", call),
    ("callPtr", call_ptr),
    ("callInt", call_int),
    ("callIntArg", call_int_arg),
    ("callDouble", call_double),
    ("callString", call_string),
    ("callVoid", call_void),
    ("getSymbol", get_symbol),
    ("hasSymbol", has_symbol),
    ("listExports", list_exports),
    ("close", close),
];

/// Libraries.
pub const LIBRARY: KindSpec = KindSpec {
    kind: Kind::Library,
    methods: METHODS,
    meta: &[
        ("__index", library_index),
        ("__newindex", kind::read_only),
        ("__tostring", library_to_string),
        ("__gc", collect),
    ],
};

/// Sets `ffi.library` in the module table on the top: the methods as functions.
pub fn set_functions_table(lua: State, runtime: c_int) {
    lua.new_table(0, METHODS.len() as c_int + 1);
    set_functions(lua, runtime, METHODS);
    set_functions(lua, runtime, &[("path", path)]);
    lua.set_field(-2, b"library");
}

// --- smart libraries

lua_fn! { fn smart_newindex(_cx) as "newindex" {
    Err(Error { value: 2, ..Error::alone(Fault::NoMember("SmartLibrary")) })
} }
lua_fn! { method smart_to_string(cx) as "tostring" {
    let lua = cx.lua;
    let (object, library) = this_library(cx)?;
    let (mut functions, mut constants) = (0, 0);
    lua.push_nil();
    while lua.next(1) {
        if lua.type_of(-1) == Type::Function { functions += 1 } else { constants += 1 }
        lua.pop(1);
    }
    let counts = format_args!(", {functions} functions, {constants} constants)");
    push_with_path(cx, object, library, "SmartLibrary(", counts);
    Ok(1)
} }

/// Pushes the table of a library opened by interface. On the stack: the interface at 2, the library
/// object at 3.
fn push_smart(cx: Cx, object: &'static LibraryObject) -> Result<c_int> {
    let lua = cx.lua;
    let (interface, library, smart) = (2, 3, 4);
    lua.reserve(24);
    lua.new_table(0, 8);
    lua.push_nil();
    while lua.next(interface) {
        let (key, value) = (lua.top() - 1, lua.top());
        if lua.string(key).is_some() {
            let keep = match lua.type_of(value) {
                Type::Table => push_function(cx, object, library, key, value)?,
                Type::Number | Type::String | Type::Boolean => {
                    lua.copy(value);
                    true
                }
                _ => false,
            };
            if keep {
                lua.copy(key);
                lua.insert(-2);
                lua.raw_set(smart);
            }
        }
        lua.set_top(key);
    }
    lua.set_top(smart);
    lua.new_table(0, 8);
    lua.copy(library);
    lua.set_private(-2, library_key());
    for (name, function) in [
        ("__index", library_index as crate::lua::lua_CFunction),
        ("__newindex", smart_newindex),
        ("__tostring", smart_to_string),
    ] {
        lua.copy(State::upvalue(1));
        cx.rt.kinds.push_metatable(lua, Kind::Library);
        lua.get_field(-1, kind::METHODS);
        lua.remove(-2);
        lua.push_closure(function, 2);
        lua.set_field(-2, name.as_bytes());
    }
    for name in [&b"__name"[..], b"__metatable"] {
        lua.push_bytes(b"SmartLibrary");
        lua.set_field(-2, name);
    }
    lua.set_metatable(smart);
    Ok(1)
}

/// Pushes the function that an interface entry describes; false when it is optional and missing.
fn push_function(cx: Cx, object: &'static LibraryObject, library: c_int, key: c_int, entry: c_int) -> Result<bool> {
    let lua = cx.lua;
    let bad = |value, fault| Error { at: At::Member(2, key), value, fault };
    lua.push_nil();
    while lua.next(entry) {
        let option = lua.top() - 1;
        if !matches!(lua.string(option), Some(b"args" | b"ret" | b"optional" | b"name" | b"abi")) {
            return Err(bad(option, Fault::UnknownKey));
        }
        lua.pop(1);
    }
    lua.get_field(entry, b"abi");
    let convention = match lua.string(-1) {
        None if lua.is_nil(-1) => Convention::DEFAULT,
        None => return Err(bad(lua.top(), Fault::Expected("calling convention"))),
        name => match name.and_then(Convention::by_name) {
            Some(convention) => convention,
            None => return Err(bad(lua.top(), Fault::Convention)),
        },
    };
    lua.get_field(entry, b"ret");
    let result = if lua.is_nil(-1) { Slot::VOID } else { slot_at(cx, -1).map_err(|e| bad(e.value, e.fault))? };
    if result.mode == Mode::Ref {
        return Err(bad(0, REF_RESULT));
    }
    lua.get_field(entry, b"args");
    let compiled = compile(cx, (result, At::Member(2, key)), lua.top(), convention, At::Member(2, key))?;
    lua.get_field(entry, b"name");
    let name = match lua.type_of(-1) {
        Type::Nil => key,
        Type::String => lua.top(),
        _ => return Err(bad(lua.top(), Fault::Expected("symbol name"))),
    };
    lua.get_field(entry, b"optional");
    let optional = lua.truth(-1);
    let symbol = lua.string(name).unwrap_or_default();
    let Some(code) = find_symbol(object, symbol) else {
        return if optional { Ok(false) } else { Err(bad(0, missing(cx, symbol, library))) };
    };
    let binding = Binding {
        rt: cx.rt,
        signature: compiled.signature,
        code,
        library: &object.library,
        rules: object.rules,
        convention,
        variadic: compiled.variadic,
    };
    push_bound(lua, binding, library, name);
    Ok(true)
}

// --- what is known of a function

/// Pushes `result name(types)`.
pub fn push_signature(cx: Cx, signature: &Signature, name: &[u8], variadic: bool) {
    let lua = cx.lua;
    types::push_name(cx, signature.result);
    lua.push_bytes(if name.is_empty() { b"" } else { b" " });
    lua.push_bytes(name);
    lua.push_bytes(b"(");
    lua.concat(4);
    for (i, arg) in signature.args.iter().enumerate() {
        lua.push_bytes(if i == 0 { b"" } else { b", " });
        types::push_name(cx, arg.slot);
        lua.concat(3);
    }
    if variadic {
        lua.push_bytes(if signature.args.is_empty() { b"..." } else { b", ..." });
        lua.concat(2);
    }
    lua.push_bytes(b")");
    lua.concat(2);
}

lua_fn! {
    /// `ffi.signature(function or callback)`
    fn signature(cx) as "signature" {
        if let Some((binding, name)) = Binding::of_function(cx.lua, 1) {
            // SAFETY: signatures live as long as the runtime.
            push_signature(cx, unsafe { &*binding.signature }, name, binding.variadic);
        } else if let Some(signature) = super::callback::signature_of(cx, 1) {
            push_signature(cx, signature, b"", false);
        } else {
            return Err(Error::arg(1, Fault::Expected("bound function or callback")));
        }
        Ok(1)
    }
}

lua_fn! {
    /// `ffi.errno([new])`: what the last call left; sets what the next one finds.
    fn errno(cx) as "errno" {
        let old = cx.rt.errno.get();
        if !cx.lua.is_nil(1) {
            let new = convert::integer(cx.lua, cx.rt, 1, Scalar::I32).at_arg(1)?;
            cx.rt.errno.set(new as c_int);
        }
        cx.lua.push_int(old as i64);
        Ok(1)
    }
}

/// Module functions.
pub const FUNCTIONS: &[Entry] = &[("open", open), ("load", load), ("signature", signature), ("errno", errno)];

/// Compiles a signature of the platform's own convention without variadic arguments.
pub fn compile_plain(cx: Cx, result: (Slot, At), args: c_int, at: At) -> Result<*const Signature> {
    let compiled = compile(cx, result, args, Convention::DEFAULT, at)?;
    if compiled.variadic {
        return Err(Error { at, value: 0, fault: Fault::Text("a callback cannot be variadic") });
    }
    Ok(compiled.signature)
}
