//! `lunaffi.loader`: what runs LuaJIT programs here. The translator itself is the core's; this gives it
//! to Lua, together with what no Lua function can do, and makes the modules `lunaffi.loader`,
//! `lunaffi.run` and `lunaffi.jit` from the Lua texts beside this file.

mod library;
mod print;
mod random;

use crate::lua::error::AtArgument;
use crate::lua::payload::OwnedValue;
use crate::lua::{Fault, Number, Result, State, Type, lua_CFunction, lua_State};
use crate::runtime::{Cx, FunctionEntry, entries, set_functions};
use lunaffi_translate::{Library, Output, Target, concerns, main_chunk, translate};
use std::ffi::c_int;

/// The Lua that this module is for.
const TARGET: Target = if cfg!(feature = "luajit") {
    Target::LuaJit
} else if cfg!(feature = "lua51") {
    Target::Lua51
} else if cfg!(feature = "lua52") {
    Target::Lua52
} else if cfg!(feature = "lua53") {
    Target::Lua53
} else {
    Target::Lua54
};

/// What a text became: bytes to push, and a word for what they are.
enum Answer {
    Text(&'static str, Vec<u8>),
    Error(u32, String),
}

/// `translate(text, whole)`: "same"; or "chunk" or "maker" and the new text; or "error", the line and a
/// message.
fn translate_text(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let text = lua.string(1).ok_or(Fault::Expected("string")).at_arg(1)?;
    let library = if lua.truth(2) { Library::LuaJit } else { Library::Target };
    let keeper = OwnedValue::push(lua, cx.rt.refs.owned_values.get());
    cx.guard(|| {
        keeper.keep(match translate(text, TARGET, library) {
            Ok(Output::Unchanged) => Answer::Text("same", Vec::new()),
            Ok(Output::Chunk(text)) => Answer::Text("chunk", text),
            Ok(Output::Maker(text)) => Answer::Text("maker", text),
            Err(error) => Answer::Error(error.line, error.message),
        });
        Ok(())
    })?;
    match keeper.get::<Answer>() {
        Some(Answer::Text(what, text)) => {
            lua.push_bytes(what.as_bytes());
            lua.push_bytes(text);
            Ok(2)
        }
        Some(Answer::Error(line, message)) => {
            lua.push_bytes(b"error");
            lua.push_int(*line as i64);
            lua.push_bytes(message.as_bytes());
            Ok(3)
        }
        None => Err(crate::lua::Error::alone(Fault::Bug)),
    }
}

/// `main_chunk(dump)`: what was dumped, as a main function; none if that cannot be.
fn make_main(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let dump = lua.string(1).ok_or(Fault::Expected("string")).at_arg(1)?;
    let keeper = OwnedValue::push(lua, cx.rt.refs.owned_values.get());
    cx.guard(|| {
        keeper.keep(main_chunk(dump));
        Ok(())
    })?;
    match keeper.get::<Option<Vec<u8>>>() {
        Some(Some(dump)) => lua.push_bytes(dump),
        _ => lua.push_nil(),
    }
    Ok(1)
}

/// `concerns(text)`: the text has to do with cdata, by its looks.
fn concerns_cdata(cx: Cx) -> Result<c_int> {
    let text = cx.lua.string(1).ok_or(Fault::Expected("string")).at_arg(1)?;
    let answer = cx.guard(|| Ok(concerns(text)))?;
    cx.lua.push_bool(answer);
    Ok(1)
}

/// `arguments()`: the words of the command that started this process.
fn arguments(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let keeper = OwnedValue::push(lua, cx.rt.refs.owned_values.get());
    cx.guard(|| {
        let words: Vec<_> = std::env::args_os().map(std::ffi::OsString::into_encoded_bytes).collect();
        keeper.keep(words);
        Ok(())
    })?;
    lua.new_table(8, 0);
    for (place, word) in (1..).zip(keeper.get::<Vec<Vec<u8>>>().into_iter().flatten()) {
        lua.push_bytes(word);
        lua.raw_set_index(-2, place);
    }
    Ok(1)
}

/// `finish(status)`: closes the state, so that all finalizers run, and ends the process.
fn finish(cx: Cx) -> Result<c_int> {
    let status = match cx.lua.number(1) {
        Some(Number::Int(status)) => status as c_int,
        Some(Number::Float(status)) => status as c_int,
        None => 0,
    };
    cx.lua.close_and_exit(status)
}

/// Room for more in one go is not asked for.
const MAX_ROOM: f64 = 16777216.0;

/// `table.new(narray, nhash)`: an empty table with room.
fn table_new(cx: Cx) -> Result<c_int> {
    let room = |index| match cx.lua.number(index) {
        Some(Number::Int(room)) => Ok((room as f64).clamp(0.0, MAX_ROOM) as c_int),
        Some(Number::Float(room)) => Ok(room.clamp(0.0, MAX_ROOM) as c_int),
        None => Err(Fault::Expected("number")).at_arg(index),
    };
    let (array, hash) = (room(1)?, room(2)?);
    cx.lua.new_table(array, hash);
    Ok(1)
}

/// `require` as programs have it: its upvalues are a table of modules and Lua's own.
/// In C: a Lua function would be the place that an error names.
unsafe extern "C-unwind" fn require(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    lua.set_top(1);
    if !lua.is_nil(1) {
        lua.copy(1);
        lua.raw_get(State::upvalue(1));
        if !lua.is_nil(-1) {
            return 1;
        }
        lua.pop(1);
    }
    lua.copy(State::upvalue(2));
    lua.insert(1);
    lua.call_all(lua.top() - 1);
    lua.top()
}

/// `require(modules, former)`: a function that gives these modules, and calls the former for others.
fn make_require(cx: Cx) -> Result<c_int> {
    cx.lua.set_top(2);
    cx.lua.push_closure(require, 2);
    Ok(1)
}

/// `proxy(metatable)`: a userdata.
fn proxy(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    lua.set_top(1);
    lua.new_userdata(0, false);
    if lua.type_of(1) == Type::Table {
        lua.copy(1);
        lua.set_metatable(-2);
    }
    Ok(1)
}

/// A function with arguments, as one without: its upvalues are the function, a table of the arguments and their
/// number. In C: a Lua function would be the place that an error names.
unsafe extern "C-unwind" fn bound(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    lua.set_top(0);
    let count = match lua.number(State::upvalue(3)) {
        Some(Number::Int(count)) => count as c_int,
        Some(Number::Float(count)) => count as c_int,
        None => 0,
    };
    lua.reserve(count + 1);
    lua.copy(State::upvalue(1));
    for place in 1..=count {
        lua.raw_get_index(State::upvalue(2), place);
    }
    lua.call_all(count);
    lua.top()
}

/// `bind(f, arguments, count)`
fn bind(cx: Cx) -> Result<c_int> {
    cx.lua.set_top(3);
    cx.lua.push_closure(bound, 3);
    Ok(1)
}

/// Functions that the Lua texts get.
const NATIVE: &[FunctionEntry] = entries![
    "translate" => translate_text,
    "main_chunk" => make_main,
    "concerns" => concerns_cdata,
    "arguments" => arguments,
    "finish" => finish,
    "table_new" as "table.new" => table_new,
    "require" => make_require,
    "proxy" => proxy,
    "bind" => bind,
];

const TEXTS: &[(&std::ffi::CStr, &[u8])] = &[
    (c"=lunaffi.jit", include_bytes!("jit.lua")),
    (c"=lunaffi.stdlib", include_bytes!("stdlib.lua")),
    (c"=lunaffi.format", include_bytes!("format.lua")),
    (c"=lunaffi.environment", include_bytes!("environment.lua")),
    (c"=lunaffi.loader", include_bytes!("loader.lua")),
    (c"=lunaffi.run", include_bytes!("run.lua")),
];

static MODULE_KEY: u8 = 0;

/// Modules of this library that the Lua texts need, by name.
pub type Openers<'a> = &'a [(&'a [u8], lua_CFunction)];

/// Pushes the table of parts: `loader`, `jit`, `run`. The texts run in order; each gets the table, in
/// which it finds what was made before it, and adds its own.
fn open(lua: State, openers: Openers) {
    lua.reserve(16);
    let key = (&raw const MODULE_KEY).cast();
    lua.get_private(State::REGISTRY, key);
    if !lua.is_nil(-1) {
        return;
    }
    // The Lua texts use all of them.
    for library in ["_G", "string", "table", "math", "io", "os", "debug", "coroutine", "package"] {
        lua.push_library(&[library]);
        lua.pop(1);
    }
    for table in ["loaded", "preload"] {
        lua.push_library(&["package", table]);
        lua.pop(1);
    }
    let rt = crate::api::prepare(lua);
    let runtime = lua.top();
    lua.new_table(0, 16);
    set_functions(lua, runtime, NATIVE);
    set_functions(lua, runtime, print::ENTRIES);
    set_functions(lua, runtime, library::ENTRIES);
    random::register(lua, runtime);
    for &(name, opener) in openers {
        lua.push_closure(opener, 0);
        lua.set_field(-2, name);
    }
    crate::api::luajit::push_any(lua, rt);
    lua.set_field(-2, b"any");
    let parts = lua.top();
    for (name, text) in TEXTS {
        if !lua.load(text, name) {
            lua.error();
        }
        lua.copy(parts);
        lua.call(1, 0);
    }
    lua.copy(parts);
    lua.set_private(State::REGISTRY, key);
}

/// Pushes one of the parts.
pub fn open_part(lua: State, openers: Openers, part: &[u8]) -> c_int {
    open(lua, openers);
    lua.get_field(-1, part);
    1
}
