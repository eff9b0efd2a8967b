//! Tags: userdata of a script's own kinds. A tag is a metatable that has a name; what is wrapped holds
//! values, and keeps them.

use crate::convert;
use crate::lua::{Error, Fault, Kind, Result, State, Type, lua_State};
use crate::object::pointer::push_light;
use crate::runtime::{Cx, FunctionEntry, entries};
use std::ffi::{c_int, c_void};

static TAGS: u8 = 0;

/// Makes the table of tags, name to metatable. No script sees it.
pub fn install(cx: Cx) {
    cx.lua.new_table(0, 0);
    cx.lua.set_private(State::REGISTRY, tags());
}

fn tags() -> *const c_void {
    (&raw const TAGS).cast()
}

/// Holds the place of a finalizer that may be filled in when there are objects already: a Lua
/// finalizes only what had one from the start.
unsafe extern "C-unwind" fn nothing(_: *mut lua_State) -> c_int {
    0
}

/// `alien.tag(name)`: the metatable of that name.
fn tag(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.string(1).is_none() {
        return Err(Error::arg(1, Fault::Expected("string")));
    }
    lua.get_private(State::REGISTRY, tags());
    let all = lua.top();
    lua.copy(1);
    lua.raw_get(all);
    if lua.is_nil(-1) {
        lua.pop(1);
        lua.new_table(0, 2);
        lua.push_closure(nothing, 0);
        lua.set_field(-2, b"__gc");
        lua.copy(1);
        lua.copy(-2);
        lua.raw_set(all);
    }
    Ok(1)
}

/// Pushes the metatable of the tag that the argument at 1 names.
fn push_tag(cx: Cx) -> Result<()> {
    let lua = cx.lua;
    if lua.string(1).is_none() {
        return Err(Error::arg(1, Fault::Expected("string")));
    }
    lua.get_private(State::REGISTRY, tags());
    lua.copy(1);
    lua.raw_get(-2);
    lua.remove(-2);
    if lua.is_nil(-1) { Err(Error::arg(1, Fault::NotThere("tag"))) } else { Ok(()) }
}

/// The argument can be wrapped.
fn check_value(cx: Cx, index: c_int) -> Result<()> {
    match cx.lua.type_of(index) {
        Type::Nil | Type::Boolean | Type::Number | Type::String | Type::LightUserdata | Type::Userdata => Ok(()),
        _ => Err(Error::arg(index, Fault::Expected("nil, boolean, number, string or userdata"))),
    }
}

/// `alien.wrap(name, values...)`
fn wrap(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let top = lua.top().max(1);
    for index in 2..=top {
        check_value(cx, index)?;
    }
    lua.reserve(6);
    push_tag(cx)?;
    lua.new_table(top, 0);
    let values = lua.top();
    lua.push_int(top as i64 - 1);
    lua.raw_set_index(values, 0);
    for index in 2..=top {
        lua.copy(index);
        lua.raw_set_index(values, index - 1);
    }
    lua.new_userdata(0, true);
    lua.copy(values);
    lua.set_user_value(-2);
    lua.copy(top + 1);
    lua.set_metatable(-2);
    Ok(1)
}

/// Pushes the values of the object at 2, which has the tag at 1, and gives their number.
fn push_values(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    push_tag(cx)?;
    let tag = lua.top();
    let wrong = Error::arg(2, Fault::NotTagged(1));
    if lua.type_of(2) != Type::Userdata || !lua.get_metatable(2) || lua.identity(-1) != lua.identity(tag) {
        return Err(wrong);
    }
    lua.get_user_value(2);
    if lua.type_of(-1) != Type::Table {
        return Err(wrong);
    }
    lua.raw_get_index(-1, 0);
    // A script can give the tag to what is no object of ours.
    let count = match convert::exact(*lua, cx.rt, lua.top(), 0, c_int::MAX as i128) {
        Ok(count) => count as c_int,
        Err(_) => return Err(wrong),
    };
    lua.pop(1);
    Ok(count)
}

/// `alien.unwrap(name, object)`: the values; of userdata their addresses.
fn unwrap(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let count = push_values(cx)?;
    let values = lua.top();
    lua.reserve(count.saturating_add(4));
    for i in 1..=count {
        lua.raw_get_index(values, i);
        if lua.type_of(-1) != Type::Userdata || cx.rt.kinds.get(*lua, -1, Kind::Int64).is_some() {
            continue;
        }
        let address = match convert::address(*lua, cx.rt, lua.top(), false) {
            Ok(address) => address,
            Err(Fault::ExpectedType(_)) => lua.userdata(-1).expose_provenance(),
            Err(gone) => return Err(Error::arg(2, gone)),
        };
        lua.pop(1);
        push_light(cx, address);
    }
    Ok(count)
}

/// `alien.rewrap(name, object, values...)`: as many as it had; missing ones are nil.
fn rewrap(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let last = lua.top();
    for index in 3..=last {
        check_value(cx, index)?;
    }
    lua.reserve(8);
    let count = push_values(cx)?;
    let values = lua.top();
    for i in 1..=count {
        if i + 2 <= last {
            lua.copy(i + 2)
        } else {
            lua.push_nil()
        }
        lua.raw_set_index(values, i);
    }
    Ok(0)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["tag" => tag, "wrap" => wrap, "unwrap" => unwrap, "rewrap" => rewrap];
