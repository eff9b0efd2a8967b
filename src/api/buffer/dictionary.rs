//! Dictionaries of strings or metatables that serialisations number. A table with the number of each entry
//! is made for a dictionary once, when a buffer first uses it.

use crate::lua::{Error, Fault, Result, Type};
use crate::runtime::Cx;
use std::cell::Cell;
use std::ffi::c_int;

/// An entry is neither of the kind nor `false`.
const BAD_OPTION: Fault = Fault::Text("bad options table");

/// The registry's reference to the tables that were made: dictionary -> table, weak keys.
fn prepared(cx: Cx, kind: Type) -> &'static Cell<c_int> {
    let refs = &cx.rt.refs;
    if kind == Type::String { &refs.string_dictionaries } else { &refs.metatable_dictionaries }
}

/// Prepares the dictionary on the top, whose entries are of that kind.
pub fn prepare(cx: Cx, kind: Type) -> Result<()> {
    let lua = cx.lua;
    let dictionary = lua.top();
    push_numbers(cx, dictionary, kind);
    if lua.is_nil(-1) {
        lua.new_table(0, lua.raw_len(dictionary) as c_int);
        let numbers = lua.top();
        for (number, place) in (0..).zip(1..=lua.raw_len(dictionary) as c_int) {
            lua.raw_get_index(dictionary, place);
            if lua.type_of(-1) == kind {
                lua.copy(-1);
                lua.raw_get(numbers);
                let known = !lua.is_nil(-1);
                lua.pop(1);
                if !known {
                    lua.push_int(number);
                    lua.raw_set(numbers);
                    continue;
                }
            } else if lua.type_of(-1) != Type::Boolean || lua.truth(-1) {
                return Err(Error::alone(BAD_OPTION));
            }
            lua.pop(1);
        }
        lua.push_ref(prepared(cx, kind).get());
        lua.copy(dictionary);
        lua.copy(numbers);
        lua.raw_set(-3);
    }
    lua.set_top(dictionary);
    Ok(())
}

/// Pushes the table of numbers that was made for a dictionary, or nil.
fn push_numbers(cx: Cx, dictionary: c_int, kind: Type) {
    let lua = cx.lua;
    lua.push_ref(prepared(cx, kind).get());
    lua.copy(dictionary);
    lua.raw_get(-2);
    lua.remove(-2);
}

/// The number that a dictionary has for the value on the top. `dictionary`: its index, of nil for none.
pub fn number_of_top(cx: Cx, dictionary: c_int, kind: Type) -> Option<u32> {
    let lua = cx.lua;
    if dictionary == 0 || lua.type_of(dictionary) != Type::Table {
        return None;
    }
    let top = lua.top();
    push_numbers(cx, dictionary, kind);
    lua.copy(top);
    lua.raw_get(-2);
    let number = lua.number(-1).map(|number| super::double(number) as u32);
    lua.set_top(top);
    number
}

/// Pushes the entry of a dictionary with that number, if it has one of the kind.
pub fn push_entry(cx: Cx, dictionary: c_int, kind: Type, number: u32) -> Result<()> {
    let lua = cx.lua;
    let place = number.wrapping_add(1);
    if dictionary != 0
        && lua.type_of(dictionary) == Type::Table
        && let Ok(place @ 1..) = c_int::try_from(place)
    {
        lua.raw_get_index(dictionary, place);
        if lua.type_of(-1) == kind {
            return Ok(());
        }
    }
    let fault = cx.rt.note(format!("cannot deserialize dictionary index {}", place as i32));
    Err(Error::alone(fault))
}
