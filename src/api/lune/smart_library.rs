//! Smart libraries: a table of bound functions and constants, made from an interface that says what
//! is in a library. The methods of a library are behind it, where the interface does not hide them.

use super::library::{LibraryObject, find_symbol, library_index, library_key, missing, push_with_path, this_library};
use super::signature::{REF_RESULT, compile};
use super::types::slot_at;
use crate::call::{Binding, push_bound};
use crate::lua::{At, Error, Fault, Kind, Result, State, Type, lua_CFunction};
use crate::object::kind;
use crate::runtime::{Cx, c_function};
use lunaffi_core::abi::Convention;
use lunaffi_core::ctype::{Mode, Slot};
use std::ffi::c_int;

fn smart_newindex(_cx: Cx) -> Result<c_int> {
    Err(Error { value: 2, ..Error::alone(Fault::NoMember("SmartLibrary")) })
}

fn smart_to_string(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let (object, library) = this_library(cx)?;
    let (mut functions, mut constants) = (0, 0);
    lua.push_nil();
    while lua.next(1) {
        if lua.type_of(-1) == Type::Function {
            functions += 1
        } else {
            constants += 1
        }
        lua.pop(1);
    }
    let counts = format_args!(", {functions} functions, {constants} constants)");
    push_with_path(cx, object, library, "SmartLibrary(", counts);
    Ok(1)
}

/// Pushes the table of a library opened by interface. On the stack: the interface at 2, the library
/// object at 3.
pub fn push_smart(cx: Cx, object: &'static LibraryObject) -> Result<c_int> {
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
    finish_smart(
        cx,
        (smart, library),
        c_function!("index" => library_index),
        c_function!("newindex" => smart_newindex),
        &[],
    );
    Ok(1)
}

/// Gives a smart library its metatable. `more`: tables that the two functions have as upvalues after the
/// runtime and the methods.
pub fn finish_smart(
    cx: Cx,
    (smart, library): (c_int, c_int),
    index: lua_CFunction,
    newindex: lua_CFunction,
    more: &[c_int],
) {
    let lua = cx.lua;
    lua.new_table(0, 8);
    lua.copy(library);
    lua.set_private(-2, library_key());
    for (name, function) in [
        ("__index", index),
        ("__newindex", newindex),
        ("__tostring", c_function!(method "tostring" => smart_to_string)),
    ] {
        lua.copy(State::upvalue(1));
        cx.rt.kinds.push_metatable(lua, Kind::Library);
        lua.get_field(-1, kind::METHODS);
        lua.remove(-2);
        for &table in more {
            lua.copy(table);
        }
        lua.push_closure(function, 2 + more.len() as c_int);
        lua.set_field(-2, name.as_bytes());
    }
    for name in [&b"__name"[..], b"__metatable"] {
        lua.push_bytes(b"SmartLibrary");
        lua.set_field(-2, name);
    }
    lua.set_metatable(smart);
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
