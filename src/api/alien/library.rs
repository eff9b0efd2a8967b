//! Libraries: loading by name, and the functions that they have.

use super::function;
use crate::call::LoadedLibrary;
use crate::lua::{Error, Fault, Kind, Result, State, lua_State};
use crate::object::kind::{self, KindSpec};
use crate::runtime::{Cx, FunctionEntry, Runtime, c_function, entries};
use lunaffi_core::dylib::{Library, Names, OpenOptions};
use std::ffi::c_int;

/// Its user value is a table: itself at 1, `name` as the loader was given it, and its functions.
struct LibraryObject {
    library: LoadedLibrary,
}

/// No loader takes a longer name.
const LONGEST_NAME: usize = 4096;

/// Where the table of functions is, behind what anchor tables have.
const FUNCTIONS_AT: c_int = 5;

/// Pushes a library that is not open yet.
fn push_shell(cx: Cx) -> &'static LibraryObject {
    let lua = cx.lua;
    let place = lua.new_userdata(size_of::<LibraryObject>(), true).cast::<LibraryObject>();
    // SAFETY: fresh memory of that size; the payload stays while the userdata is on the stack.
    let object = unsafe {
        place.write(LibraryObject { library: LoadedLibrary::default() });
        &*place
    };
    cx.rt.kinds.push_metatable(lua, Kind::AlienLibrary);
    lua.set_metatable(-2);
    lua.new_table(1, 2);
    lua.copy(-2);
    lua.raw_set_index(-2, 1);
    lua.new_table(0, 0);
    lua.raw_set_index(-2, FUNCTIONS_AT);
    lua.set_user_value(-2);
    object
}

/// Pushes the library of what the process has.
pub fn push_default(cx: Cx) {
    push_shell(cx).library.open(Library::process());
    set_name(cx, b"default");
}

/// Keeps the name of the library on the top.
fn set_name(cx: Cx, name: &[u8]) {
    cx.lua.get_user_value(-1);
    cx.lua.push_bytes(name);
    cx.lua.set_field(-2, b"name");
    cx.lua.pop(1);
}

/// Pushes a field of a library's own table.
fn push_own(lua: State, library: c_int, field: &[u8]) {
    lua.get_user_value(library);
    lua.get_field(-1, field);
    lua.remove(-2);
}

/// Pushes the library that the string at 1 names: the one that is loaded under that very name, or a
/// new one. `loaded` is the table of those.
pub fn load_named(cx: Cx, loaded: c_int) -> Result<c_int> {
    let lua = cx.lua;
    let name = lua.string(1).ok_or(Error::arg(1, Fault::Expected("string")))?;
    lua.copy(1);
    lua.raw_get(loaded);
    if !lua.is_nil(-1) {
        return Ok(1);
    }
    lua.pop(1);
    let object = push_shell(cx);
    // What the loader was given is copied here, since text that Lua makes may not be made while the
    // library is borrowed.
    let mut given = [0u8; LONGEST_NAME];
    let len = cx.guard(|| match Library::open(name, &OpenOptions::new(Names::Alien)) {
        Ok(library) => {
            let text = library.opened_as();
            let len = text.len().min(given.len());
            given[..len].copy_from_slice(&text[..len]);
            object.library.open(library);
            Ok(len)
        }
        Err(e) => Err(Error::alone(cx.rt.note(e.to_string()))),
    })?;
    set_name(cx, &given[..len]);
    lua.copy(1);
    lua.copy(-2);
    lua.raw_set(loaded);
    Ok(1)
}

/// Pushes `alien.loaded`: name to library, weak, and loading what it does not have.
pub fn push_loaded(cx: Cx, runtime: c_int) {
    let lua = cx.lua;
    lua.new_table(0, 0);
    let loaded = lua.top();
    lua.copy(loaded);
    lua.set_private(State::REGISTRY, loaded_key());
    lua.new_table(0, 2);
    lua.push_bytes(b"kv");
    lua.set_field(-2, b"__mode");
    lua.copy(runtime);
    lua.push_closure(c_function!("load" => loaded_index), 1);
    lua.set_field(-2, b"__index");
    lua.set_metatable(loaded);
}

static LOADED: u8 = 0;

fn loaded_key() -> *const std::ffi::c_void {
    (&raw const LOADED).cast()
}

/// Loads the library whose name is the argument at `name`.
fn load_argument(cx: Cx, name: c_int) -> Result<c_int> {
    let lua = cx.lua;
    lua.set_top(name);
    if name != 1 {
        lua.replace(1);
        lua.set_top(1);
    }
    lua.get_private(State::REGISTRY, loaded_key());
    load_named(cx, 2)
}

/// `alien.load(name)`
fn load(cx: Cx) -> Result<c_int> {
    load_argument(cx, 1)
}

/// `alien.loaded[name]`
fn loaded_index(cx: Cx) -> Result<c_int> {
    if cx.lua.string(2).is_none() {
        cx.lua.push_nil();
        return Ok(1);
    }
    load_argument(cx, 2)
}

fn receiver(cx: Cx) -> Result<&'static LibraryObject> {
    cx.receiver(Kind::AlienLibrary)
}

/// `library.name`: the function of that name, the same object every time.
fn index(cx: Cx) -> Result<c_int> {
    let object = receiver(cx)?;
    let lua = cx.lua;
    let name = lua.string(2).ok_or(Error { value: 2, ..Error::alone(Fault::Expected("name of a function")) })?;
    lua.get_user_value(1);
    lua.raw_get_index(-1, FUNCTIONS_AT);
    let functions = lua.top();
    lua.copy(2);
    lua.raw_get(functions);
    if !lua.is_nil(-1) {
        return Ok(1);
    }
    let Some(code) = object.library.with(|library| library.symbol(name)).flatten() else {
        return Err(missing(cx, name));
    };
    function::push(cx, code, Some((&object.library, 1)), 2);
    lua.copy(2);
    lua.copy(-2);
    lua.raw_set(functions);
    Ok(1)
}

/// The error of a function that is not there.
fn missing(cx: Cx, name: &[u8]) -> Error {
    push_own(cx.lua, 1, b"name");
    let library = cx.lua.string(-1).unwrap_or_default();
    let lossy = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let noted = cx.guard(|| {
        let text = format!("undefined symbol: {} is not in library {}", lossy(name), lossy(library));
        Ok(cx.rt.note(text))
    });
    Error::alone(noted.unwrap_or_else(|error| error.fault))
}

fn to_string(cx: Cx) -> Result<c_int> {
    receiver(cx)?;
    cx.lua.push_bytes(b"alien library ");
    push_own(cx.lua, 1, b"name");
    cx.lua.concat(2);
    Ok(1)
}

/// Pushes the name of the library at an index, as its functions tell it.
pub fn push_name(lua: State, library: c_int) {
    push_own(lua, library, b"name");
}

/// `__gc`: unloads what nothing refers to any more.
unsafe extern "C-unwind" fn collect(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the upvalue is the runtime, whose `kinds` stay readable to the end, and
    // the payload is the kind's.
    unsafe {
        let lua = State::new(state);
        let rt = Runtime::at(lua, State::upvalue(1));
        if let Some(payload) = rt.kinds.get(*lua, 1, Kind::AlienLibrary) {
            (*payload.cast::<LibraryObject>()).library.abandon(rt);
        }
    }
    0
}

/// Libraries.
pub const LIBRARY: KindSpec = KindSpec {
    kind: Kind::AlienLibrary,
    methods: &[],
    meta: entries![
        "__index" => index,
        "__newindex" => kind::read_only,
        method "__tostring" => to_string,
        raw "__gc" => collect,
    ],
};

/// `alien.errno([new])`: what the last call left; sets what the next one finds.
fn errno(cx: Cx) -> Result<c_int> {
    crate::object::errno(cx)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["load" => load, "errno" => errno, "table" => super::table];
