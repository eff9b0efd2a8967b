//! Functions of the standard library as LuaJIT has them, for Luas that have them otherwise. Most of them
//! prepare their arguments and then run Lua's own function in their place: all of its results are kept,
//! and its messages name the function that the program called, at the program's line.

use crate::lua::error::AtArgument;
use crate::lua::payload::OwnedValue;
use crate::lua::{Error, Fault, Number, Result, State, Type};
use crate::runtime::{Cx, FunctionEntry, entries};
use std::ffi::c_int;

/// Upvalues of an adapter: the runtime, Lua's own function, a function or a number more, and whether Lua's own
/// may be run in the adapter's place.
const NATIVE: c_int = 2;
const EXTRA: c_int = 3;
const DIRECT: c_int = 4;

/// Runs Lua's own function with the arguments on the stack. Returns the number of its results.
fn native(lua: State) -> c_int {
    match lua.c_function(State::upvalue(NATIVE)) {
        // SAFETY: a C function without upvalues of its own, as `adapt` has seen; Lua would call it just so.
        Some(function) if lua.truth(State::upvalue(DIRECT)) => unsafe { function(lua.as_ptr()) },
        _ => call_upvalue(lua, NATIVE),
    }
}

/// Calls a function that is an upvalue with the arguments on the stack.
fn call_upvalue(lua: State, place: c_int) -> c_int {
    lua.copy(State::upvalue(place));
    lua.insert(1);
    lua.call_all(lua.top() - 1);
    lua.top()
}

/// A number, or what a string spells.
fn numeric(lua: State, index: c_int) -> Option<f64> {
    match lua.number(index) {
        Some(Number::Int(value)) => Some(value as f64),
        Some(Number::Float(value)) => Some(value),
        None if lua.type_of(index) == Type::String => lua.numeral(index),
        None => None,
    }
}

/// A number as LuaJIT takes a place or a count: 32 bits, without the fraction.
fn as_int(value: f64) -> c_int {
    let whole = value.trunc();
    if whole >= c_int::MIN as f64 && whole <= c_int::MAX as f64 { whole as c_int } else { c_int::MIN }
}

/// Replaces a number by what LuaJIT takes it for. Other values are left for Lua's own function to refuse.
fn cut_to_int(lua: State, index: c_int) {
    if let Some(Number::Int(value)) = lua.number(index)
        && c_int::try_from(value).is_ok()
    {
        return;
    }
    if let Some(value) = numeric(lua, index) {
        lua.push_int(as_int(value) as i64);
        lua.replace(index);
    }
}

/// Replaces a number by the one without its fraction.
fn cut_fraction(lua: State, index: c_int) {
    if let Some(value) = numeric(lua, index)
        && value.fract() != 0.0
        && value.is_finite()
    {
        lua.push_float(value.trunc());
        lua.replace(index);
    }
}

fn int_argument(lua: State, index: c_int) -> Result<c_int> {
    numeric(lua, index).map(as_int).ok_or(Fault::Expected("number")).at_arg(index)
}

fn table_argument(lua: State, index: c_int) -> Result<()> {
    if lua.type_of(index) == Type::Table { Ok(()) } else { Err(Fault::Expected("table")).at_arg(index) }
}

fn has_metatable(lua: State, index: c_int) -> bool {
    let has = lua.get_metatable(index);
    if has {
        lua.pop(1);
    }
    has
}

/// Arguments from a place on are whole numbers; the extra value is the first place and the last.
fn whole_numbers(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let (first, last) = match lua.number(State::upvalue(EXTRA)) {
        Some(Number::Int(places)) => (places / 1000, places % 1000),
        Some(Number::Float(places)) => (places as i64 / 1000, places as i64 % 1000),
        None => (1, 999),
    };
    for index in first as c_int..=lua.top().min(last as c_int) {
        cut_to_int(lua, index);
    }
    Ok(native(lua))
}

/// `select(place, ...)`
fn select(cx: Cx) -> Result<c_int> {
    if cx.lua.type_of(1) == Type::Number {
        cut_to_int(cx.lua, 1);
    }
    Ok(native(cx.lua))
}

/// Numbers lose their fraction, whatever their size.
fn without_fractions(cx: Cx) -> Result<c_int> {
    for index in 1..=cx.lua.top() {
        cut_fraction(cx.lua, index);
    }
    Ok(native(cx.lua))
}

/// The extra function makes the arguments for Lua's own.
fn prepared(cx: Cx) -> Result<c_int> {
    call_upvalue(cx.lua, EXTRA);
    Ok(native(cx.lua))
}

/// The argument that is ahead of all others; of two without an order the later one.
fn extreme(lua: State, is_ahead: fn(f64, f64) -> bool) -> Result<c_int> {
    let mut best = 1;
    let mut value = numeric(lua, 1).ok_or(Fault::Expected("number")).at_arg(1)?;
    for index in 2..=lua.top() {
        let other = numeric(lua, index).ok_or(Fault::Expected("number")).at_arg(index)?;
        if !is_ahead(value, other) {
            (best, value) = (index, other);
        }
    }
    if lua.type_of(best) == Type::Number {
        lua.copy(best);
    } else {
        lua.push_float(value);
    }
    Ok(1)
}

fn max(cx: Cx) -> Result<c_int> {
    extreme(cx.lua, |a, b| a > b)
}

fn min(cx: Cx) -> Result<c_int> {
    extreme(cx.lua, |a, b| a < b)
}

/// `collectgarbage(option, number)` has LuaJIT's options, and one result.
fn collect(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    cut_to_int(lua, 2);
    let option = lua.string(1);
    if cfg!(feature = "lua51") && option == Some(b"isrunning") {
        lua.push_bool(true);
        return Ok(1);
    }
    match option {
        Some(b"generational") => Err(Error::arg(1, Fault::Text("invalid option 'generational'"))),
        Some(b"incremental") => Err(Error::arg(1, Fault::Text("invalid option 'incremental'"))),
        _ => Ok(first_of(lua, native(lua))),
    }
}

/// So many arguments as the extra value says are passed on.
fn first_arguments(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let count = match lua.number(State::upvalue(EXTRA)) {
        Some(Number::Int(count)) => count as c_int,
        Some(Number::Float(count)) => count as c_int,
        None => 0,
    };
    if lua.top() > count {
        lua.set_top(count);
    }
    Ok(native(lua))
}

/// Leaves the first of so many results.
fn first_of(lua: State, count: c_int) -> c_int {
    if count > 1 {
        lua.pop(count - 1);
    }
    count.min(1)
}

/// One result of as many as there are.
fn first_result(cx: Cx) -> Result<c_int> {
    Ok(first_of(cx.lua, native(cx.lua)))
}

// --- strings

const SPECIAL: &[u8] = b"^$*+?.([%-";

/// Replaces a pattern by what LuaJIT takes it for: it ends at a NUL. On Lua 5.1 the extra function writes
/// `%g` otherwise.
fn replace_pattern(lua: State) {
    let Some(pattern) = lua.string(2) else { return };
    if let Some(end) = pattern.iter().position(|&b| b == 0) {
        lua.push_bytes(&pattern[..end]);
        lua.replace(2);
    }
    #[cfg(feature = "lua51")]
    if let Some(pattern) = lua.string(2)
        && pattern.windows(2).any(|pair| matches!(pair, b"%g" | b"%G"))
    {
        lua.copy(State::upvalue(EXTRA));
        lua.copy(2);
        lua.call(1, 1);
        lua.replace(2);
    }
}

/// A search that begins behind the text's end finds what is at the end.
fn limit_start(lua: State) {
    cut_to_int(lua, 3);
    if let (Some(start), Some(text)) = (numeric(lua, 3), lua.string(1))
        && start > text.len() as f64
    {
        lua.push_int(text.len() as i64 + 1);
        lua.replace(3);
    }
}

fn find(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    limit_start(lua);
    let is_pattern = !lua.truth(4) && lua.string(2).is_some_and(|p| p.iter().any(|b| SPECIAL.contains(b)));
    if is_pattern {
        replace_pattern(lua);
    }
    Ok(native(lua))
}

fn matching(cx: Cx) -> Result<c_int> {
    limit_start(cx.lua);
    replace_pattern(cx.lua);
    Ok(native(cx.lua))
}

/// The place behind a set of characters that begins at `start`.
fn set_end(pattern: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    if pattern.get(at) == Some(&b'^') {
        at += 1;
    }
    loop {
        at += if *pattern.get(at)? == b'%' { 2 } else { 1 };
        if *pattern.get(at)? == b']' {
            return Some(at + 1);
        }
    }
}

/// A pattern can match no character at all. (One that is malformed is none of those.)
fn matches_empty(pattern: &[u8]) -> bool {
    let mut at = usize::from(pattern.first() == Some(&b'^'));
    while at < pattern.len() {
        let end = match pattern[at] {
            b'(' | b')' => {
                at += 1;
                continue;
            }
            b'$' if at + 1 == pattern.len() => return true,
            b'%' => match pattern.get(at + 1) {
                Some(b'f') => match set_end(pattern, at + 2) {
                    Some(end) => {
                        at = end;
                        continue;
                    }
                    None => return false,
                },
                Some(byte) if byte.is_ascii_digit() => {
                    at += 2;
                    continue;
                }
                Some(b'b') | None => return false,
                Some(_) => at + 2,
            },
            b'[' => match set_end(pattern, at) {
                Some(end) => end,
                None => return false,
            },
            _ => at + 1,
        };
        match pattern.get(end) {
            Some(b'*' | b'?' | b'-') => at = end + 1,
            _ => return false,
        }
    }
    true
}

/// Since 5.3.3 no match is empty that begins where another ends: the extra function does it as before.
fn needs_former_walk(lua: State) -> bool {
    cfg!(lua_integers) && lua.string(2).is_some_and(matches_empty) && lua.string(1).is_some()
}

fn gmatch(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.top() > 2 {
        lua.set_top(2);
    }
    replace_pattern(lua);
    Ok(if needs_former_walk(lua) { call_upvalue(lua, EXTRA) } else { native(lua) })
}

/// The replacement with what LuaJIT makes of a `%` that nothing is known of: the next character itself.
fn known_escapes(text: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        match (byte, byte == b'%') {
            (_, false) => output.push(byte),
            _ => match rest.next() {
                Some(&next) if next.is_ascii_digit() || next == b'%' => output.extend([b'%', next]),
                Some(&next) => output.push(next),
                None => output.push(0),
            },
        }
    }
    output
}

fn has_unknown_escape(text: &[u8]) -> bool {
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        if byte == b'%' && !rest.next().is_some_and(|next| next.is_ascii_digit() || *next == b'%') {
            return true;
        }
    }
    false
}

fn gsub(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    cut_to_int(lua, 4);
    if numeric(lua, 4).is_some_and(|limit| limit < 0.0) {
        lua.push_int(0);
        lua.replace(4);
    }
    replace_pattern(lua);
    if let Some(text) = lua.string(3)
        && has_unknown_escape(text)
    {
        let keeper = OwnedValue::push(lua, cx.rt.refs.owned_values.get());
        cx.guard(|| {
            keeper.keep(known_escapes(text));
            Ok(())
        })?;
        if let Some(text) = keeper.get::<Vec<u8>>() {
            lua.push_bytes(text);
            lua.replace(3);
        }
        lua.pop(1);
    }
    let is_replacement = matches!(lua.type_of(3), Type::String | Type::Number | Type::Table | Type::Function);
    Ok(if is_replacement && needs_former_walk(lua) { call_upvalue(lua, EXTRA) } else { native(lua) })
}

/// `rep(text, count, separator)`. The extra function is for separators, which Lua 5.1 does not know.
fn rep(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    cut_to_int(lua, 2);
    if cfg!(feature = "lua51") && !lua.is_nil(3) && lua.number(2).is_some() && lua.string(1).is_some() {
        return Ok(call_upvalue(lua, EXTRA));
    }
    Ok(native(lua))
}

/// The extra function makes arguments that Lua's own function takes, where those are others.
fn format(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if matches!(lua.type_of(1), Type::String) && !super::print::format_fits(lua) {
        call_upvalue(lua, EXTRA);
    }
    Ok(native(lua))
}

// --- tables

fn insert(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    table_argument(lua, 1)?;
    let end = lua.raw_len(1) as c_int + 1;
    let place = match lua.top() {
        2 => end,
        3 => int_argument(lua, 2)?,
        _ => return Err(Error::alone(Fault::Text("wrong number of arguments to 'insert'"))),
    };
    for index in (place.saturating_add(1)..=end).rev() {
        lua.raw_get_index(1, index - 1);
        lua.raw_set_index(1, index);
    }
    lua.raw_set_index(1, place);
    Ok(0)
}

fn remove(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    table_argument(lua, 1)?;
    let end = lua.raw_len(1) as c_int;
    let place = if lua.is_nil(2) { end } else { int_argument(lua, 2)? };
    if !(1..=end).contains(&place) {
        return Ok(0);
    }
    lua.raw_get_index(1, place);
    for index in place..end {
        lua.raw_get_index(1, index + 1);
        lua.raw_set_index(1, index);
    }
    lua.push_nil();
    lua.raw_set_index(1, end);
    Ok(1)
}

/// `concat(list, separator, first, last)`: the list's own elements, printed as LuaJIT prints numbers.
fn concat(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.type_of(1) == Type::Table {
        if lua.top() < 4 {
            lua.set_top(4);
        }
        let last = if lua.is_nil(4) { lua.raw_len(1) as c_int } else { int_argument(lua, 4)? };
        let first = if lua.is_nil(3) { 1 } else { int_argument(lua, 3)? };
        for (index, value) in [(3, first), (4, last)] {
            lua.push_int(value as i64);
            lua.replace(index);
        }
        super::print::replace_list(lua, first, last, has_metatable(lua, 1));
        if let Some(Number::Float(_)) = lua.number(2) {
            super::print::replace_printed(lua, 2);
        }
    }
    Ok(native(lua))
}

/// `sort(list, before)`: the list's own elements.
fn sort(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.type_of(1) != Type::Table || !has_metatable(lua, 1) {
        return Ok(native(lua));
    }
    if !matches!(lua.type_of(2), Type::Nil | Type::Function) {
        return Err(Fault::Expected("function")).at_arg(2);
    }
    lua.set_top(2);
    let count = lua.raw_len(1) as c_int;
    lua.new_table(count, 0);
    for index in 1..=count {
        lua.raw_get_index(1, index);
        lua.raw_set_index(3, index);
    }
    lua.copy(State::upvalue(NATIVE));
    lua.copy(3);
    lua.copy(2);
    lua.call(2, 0);
    for index in 1..=count {
        lua.raw_get_index(3, index);
        lua.raw_set_index(1, index);
    }
    Ok(0)
}

/// So many results are refused, as Lua itself refuses them.
const MAX_RESULTS: i64 = 999_000;

/// `unpack(list, first, last)`: the list's own elements.
fn unpack(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    table_argument(lua, 1)?;
    let first = if lua.is_nil(2) { 1 } else { int_argument(lua, 2)? };
    let last = if lua.is_nil(3) { lua.raw_len(1) as c_int } else { int_argument(lua, 3)? };
    if first > last {
        return Ok(0);
    }
    let count = last as i64 - first as i64 + 1;
    if count > MAX_RESULTS {
        return Err(Error::alone(Fault::Text("too many results to unpack")));
    }
    lua.reserve(count as c_int);
    for index in first..=last {
        lua.raw_get_index(1, index);
    }
    Ok(count as c_int)
}

// --- metatables

/// `setmetatable(table, metatable)`. LuaJIT calls no `__gc` of a table; other Luas look for it only when
/// the metatable is set, and do not find it there. The extra value is that name.
fn set_metatable(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    table_argument(lua, 1)?;
    set_metatable_checked(cx, true)?;
    lua.set_top(1);
    Ok(1)
}

/// `debug.setmetatable(value, metatable)`; of a table as above.
fn debug_set_metatable(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.type_of(1) == Type::Table {
        set_metatable_checked(cx, false)?;
    } else {
        native(lua);
    }
    lua.push_bool(true);
    Ok(1)
}

fn set_metatable_checked(cx: Cx, protected: bool) -> Result<()> {
    let lua = cx.lua;
    if lua.is_none(2) || !matches!(lua.type_of(2), Type::Nil | Type::Table) {
        return Err(Error::arg(2, Fault::Text("nil or table expected")));
    }
    lua.set_top(2);
    if protected && lua.get_metatable(1) {
        lua.get_field(3, b"__metatable");
        if !lua.is_nil(4) {
            return Err(Error::alone(Fault::Text("cannot change a protected metatable")));
        }
        lua.set_top(2);
    }
    if lua.is_nil(2) {
        lua.set_metatable(1);
        return Ok(());
    }
    lua.copy(State::upvalue(EXTRA));
    lua.raw_get(2);
    if lua.is_nil(3) {
        lua.set_top(2);
        lua.set_metatable(1);
        return Ok(());
    }
    // The key keeps its place in the table: nothing here takes memory.
    lua.copy(State::upvalue(EXTRA));
    lua.push_nil();
    lua.raw_set(2);
    lua.copy(2);
    lua.set_metatable(1);
    lua.copy(State::upvalue(EXTRA));
    lua.copy(3);
    lua.raw_set(2);
    Ok(())
}

/// `pairs(table)`: no `__pairs` of tables. The extra value is Lua's `next`.
fn pairs(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.type_of(1) != Type::Table {
        return walk_other(lua);
    }
    lua.set_top(1);
    lua.copy(State::upvalue(EXTRA));
    lua.insert(1);
    lua.push_nil();
    Ok(3)
}

/// `ipairs(table)`: no `__ipairs`, and the table's own elements. The extra value is what steps.
fn ipairs(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.type_of(1) != Type::Table {
        return walk_other(lua);
    }
    lua.set_top(1);
    lua.copy(State::upvalue(EXTRA));
    lua.insert(1);
    lua.push_int(0);
    Ok(3)
}

/// What is no table has to be an object with methods for it.
fn walk_other(lua: State) -> Result<c_int> {
    if lua.type_of(1) == Type::Userdata {
        return Ok(native(lua));
    }
    Err(Fault::Expected("table")).at_arg(1)
}

/// The next element of a list, and its place.
fn next_element(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    table_argument(lua, 1)?;
    let place = int_argument(lua, 2)?.wrapping_add(1);
    lua.push_int(place as i64);
    lua.raw_get_index(1, place);
    Ok(if lua.is_nil(-1) { 1 } else { 2 })
}

// --- texts of values

/// `tostring(value)`: numbers as LuaJIT prints them; no `__name`, and whatever `__tostring` gives.
fn to_string(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.is_none(1) {
        return Err(Error::arg(1, Fault::Text("value expected")));
    }
    lua.set_top(1);
    if lua.type_of(1) == Type::Number {
        super::print::replace_printed(lua, 1);
        lua.number_to_string(1);
        return Ok(1);
    }
    if !matches!(lua.type_of(1), Type::Table | Type::Userdata) || !lua.get_metatable(1) {
        return Ok(native(lua));
    }
    lua.get_field(2, b"__tostring");
    if !lua.is_nil(3) {
        lua.copy(1);
        lua.call(1, 1);
        return Ok(1);
    }
    lua.get_field(2, b"__name");
    let name = lua.string(4).map_or(0, <[u8]>::len);
    lua.copy(State::upvalue(NATIVE));
    lua.copy(1);
    lua.call(1, 1);
    if name > 0
        && let Some(address) = lua.string(5).and_then(|text| text.get(name..))
        && address.starts_with(b": ")
    {
        lua.push_bytes(lua.type_name(1));
        lua.push_bytes(address);
        lua.concat(2);
    }
    Ok(1)
}

/// `print(...)` by the global `tostring`, where a program has put one of its own. The extra function is what
/// is used elsewhere.
fn print(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let count = lua.top();
    lua.push_global(c"tostring");
    let is_own = lua.type_of(-1) == Type::Function && lua.c_function(-1).is_none() && cfg!(not(feature = "luajit"));
    if is_own && cfg!(any(feature = "lua51", feature = "lua52", feature = "lua53")) {
        // Whose function does just that.
        lua.pop(1);
        return Ok(native(lua));
    }
    if !is_own {
        lua.pop(1);
        lua.copy(State::upvalue(EXTRA));
    }
    for index in 1..=count {
        if lua.type_of(index) == Type::String && !is_own {
            continue;
        }
        lua.copy(count + 1);
        lua.copy(index);
        lua.call(1, 1);
        if !matches!(lua.type_of(-1), Type::String | Type::Number) {
            return Err(Error::alone(Fault::Text("'tostring' must return a string to 'print'")));
        }
        lua.replace(index);
    }
    lua.set_top(count);
    Ok(native(lua))
}

// --- errors

/// `assert(value, message)`: the caller's position is before a message.
fn assert(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.truth(1) {
        return Ok(lua.top());
    }
    if lua.is_none(1) {
        return Err(Error::arg(1, Fault::Text("value expected")));
    }
    if lua.is_none(2) {
        return Err(Error::alone(Fault::Text("assertion failed!")));
    }
    lua.set_top(2);
    if matches!(lua.type_of(2), Type::String | Type::Number) {
        lua.push_position();
        lua.insert(2);
        lua.concat(2);
    }
    Err(Error::alone(Fault::OnTop))
}

/// `error(message, level)`: a number is a message as well.
fn error(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    cut_to_int(lua, 2);
    if lua.type_of(1) == Type::Number {
        super::print::replace_printed(lua, 1);
        lua.copy(1);
        lua.number_to_string(-1);
        lua.replace(1);
    }
    Ok(native(lua))
}

// --- numbers

/// `tonumber(value, base)`. Lua's own function reads what is in another base, and all that both read alike.
fn to_number(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.type_of(1) == Type::Number && (lua.is_nil(2) || numeric(lua, 2) == Some(10.0)) {
        lua.set_top(1);
        return Ok(1);
    }
    if lua.is_none(1) {
        return Err(Error::arg(1, Fault::Text("value expected")));
    }
    if !lua.is_nil(2) {
        let base = int_argument(lua, 2)?;
        if !(2..=36).contains(&base) {
            return Err(Error::arg(2, Fault::Text("base out of range")));
        }
        if base != 10 {
            if lua.type_of(1) == Type::Number {
                lua.number_to_string(1);
            }
            return Ok(match lua.string(1).and_then(|text| in_base(text, base as u32)) {
                Some(value) => push_number(lua, value),
                None => push_nil(lua),
            });
        }
    }
    lua.set_top(1);
    if let Some(text) = lua.string(1) {
        let value = cx.guard(|| Ok(read_number(text)))?;
        match value {
            Some(value) => return Ok(push_number(lua, value)),
            // Denied, or for Lua's own function to read.
            None if !reads_alike(text) => return Ok(push_nil(lua)),
            None => {}
        }
    }
    // The extra function knows cdata.
    Ok(if lua.type_of(1) == Type::Userdata { call_upvalue(lua, EXTRA) } else { native(lua) })
}

fn push_nil(lua: State) -> c_int {
    lua.push_nil();
    1
}

fn push_number(lua: State, value: f64) -> c_int {
    if value.fract() == 0.0 && value.abs() < 9007199254740992.0 && !(value == 0.0 && value.is_sign_negative()) {
        lua.push_int(value as i64);
    } else {
        lua.push_float(value);
    }
    1
}

/// The digits of a base other than ten, with a sign perhaps.
fn in_base(text: &[u8], base: u32) -> Option<f64> {
    let text = text.trim_ascii();
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let digits = match digits {
        [b'0', b'x' | b'X', rest @ ..] if base == 16 => rest,
        _ => digits,
    };
    if digits.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for &byte in digits {
        value = value * base as f64 + char::from(byte).to_digit(base)? as f64;
    }
    Some(if negative { -value } else { value })
}

/// Lua's own function may read it as a number that LuaJIT has, too.
fn reads_alike(text: &[u8]) -> bool {
    !text.trim_ascii().is_empty()
}

/// What LuaJIT reads as a number, and Lua's own functions do not, or as another one: binary digits, the names
/// of infinity and of no number, integers with more digits than 53 bits have.
fn read_number(text: &[u8]) -> Option<f64> {
    let text = text.trim_ascii();
    let (sign, digits) = match text {
        [b'-', rest @ ..] => (-1.0, rest),
        [b'+', rest @ ..] => (1.0, rest),
        _ => (1.0, text),
    };
    let value = match digits {
        [b'0', b'b' | b'B', bits @ ..] => in_base(bits, 2).filter(|_| bits[0].is_ascii_digit())?,
        [b'0', b'x' | b'X', rest @ ..] if rest.len() > 13 && rest.iter().all(u8::is_ascii_hexdigit) => {
            in_base(rest, 16)?
        }
        _ if digits.eq_ignore_ascii_case(b"inf") || digits.eq_ignore_ascii_case(b"infinity") => f64::INFINITY,
        _ if digits.eq_ignore_ascii_case(b"nan") => f64::NAN,
        _ if digits.len() > 15 && digits.iter().all(u8::is_ascii_digit) => {
            std::str::from_utf8(digits).ok()?.parse().ok()?
        }
        _ => return None,
    };
    Some(sign * value)
}

macro_rules! one_number {
    ($($name:ident $lua:literal $operation:expr;)*) => { $(fn $name(cx: Cx) -> Result<c_int> {
            let value = numeric(cx.lua, 1).ok_or(Fault::Expected("number")).at_arg(1)?;
            cx.lua.push_float($operation(value));
            Ok(1)
        })* };
}

one_number! {
    log10 "log10" f64::log10;
    sinh "sinh" f64::sinh;
    cosh "cosh" f64::cosh;
    tanh "tanh" f64::tanh;
}

macro_rules! two_numbers {
    ($($name:ident $lua:literal $operation:expr;)*) => { $(fn $name(cx: Cx) -> Result<c_int> {
            let first = numeric(cx.lua, 1).ok_or(Fault::Expected("number")).at_arg(1)?;
            let second = numeric(cx.lua, 2).ok_or(Fault::Expected("number")).at_arg(2)?;
            cx.lua.push_float($operation(first, second));
            Ok(1)
        })* };
}

two_numbers! {
    pow "pow" f64::powf;
    atan2 "atan2" f64::atan2;
    fmod "fmod" |x: f64, y: f64| x % y;
    ldexp "ldexp" load_exponent;
}

/// `mantissa * 2^exponent`, rounded once: the factors before the last are exact.
fn load_exponent(mantissa: f64, exponent: f64) -> f64 {
    const HIGHEST: c_int = 1023;
    // With 53 bits to spare above the smallest normal number.
    const LOWEST: c_int = -1022 + 53;
    let mut value = mantissa;
    let mut left = exponent.clamp(-2200.0, 2200.0) as c_int;
    while left > HIGHEST {
        value *= 2f64.powi(HIGHEST);
        left -= HIGHEST;
    }
    while left < -1022 {
        value *= 2f64.powi(LOWEST);
        left -= LOWEST;
    }
    value * 2f64.powi(left)
}

/// The mantissa, from a half to one, and the exponent.
fn split(value: f64) -> (f64, c_int) {
    if value == 0.0 || !value.is_finite() {
        return (value, 0);
    }
    let scaled = if value.abs() < f64::MIN_POSITIVE { value * 2f64.powi(64) } else { value };
    let bits = scaled.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as c_int - 1022;
    let mantissa = f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52);
    (mantissa, if scaled == value { exponent } else { exponent - 64 })
}

/// `log(x, base)`
fn log(cx: Cx) -> Result<c_int> {
    let value = numeric(cx.lua, 1).ok_or(Fault::Expected("number")).at_arg(1)?;
    cx.lua.push_float(if cx.lua.is_none(2) {
        value.ln()
    } else {
        value.ln() / numeric(cx.lua, 2).ok_or(Fault::Expected("number")).at_arg(2)?.ln()
    });
    Ok(1)
}

fn frexp(cx: Cx) -> Result<c_int> {
    let value = numeric(cx.lua, 1).ok_or(Fault::Expected("number")).at_arg(1)?;
    let (mantissa, exponent) = split(value);
    cx.lua.push_float(mantissa);
    cx.lua.push_int(exponent as i64);
    Ok(2)
}

/// `modf(x)`: both parts with the sign.
fn modf(cx: Cx) -> Result<c_int> {
    let value = numeric(cx.lua, 1).ok_or(Fault::Expected("number")).at_arg(1)?;
    let fraction = if value.is_infinite() { 0f64.copysign(value) } else { value.fract().copysign(value) };
    cx.lua.push_float(value.trunc());
    cx.lua.push_float(fraction);
    Ok(2)
}

// --- files

/// Numbers are written as LuaJIT prints them. The result is true, or says what went wrong.
fn write(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    for index in 1..=lua.top() {
        super::print::replace_written(cx, index)?;
    }
    let count = native(lua);
    if count == 1 {
        lua.push_bool(true);
    }
    Ok(count)
}

/// Counts are whole numbers; a format needs no star.
fn read(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let keeps_end = |index| matches!(lua.string(index), Some([b'L', ..] | [b'*', b'L', ..]));
    if cfg!(feature = "lua51") && (1..=lua.top()).any(keeps_end) {
        return Ok(call_upvalue(lua, EXTRA));
    }
    for index in 1..=lua.top() {
        match lua.string(index) {
            Some(format) if cfg!(not(lua_integers)) && matches!(format, [b'n' | b'l' | b'L' | b'a', ..]) => {
                lua.push_bytes(b"*");
                lua.copy(index);
                lua.concat(2);
                lua.replace(index);
            }
            Some(_) => {}
            None => cut_to_int(lua, index),
        }
    }
    Ok(native(lua))
}

/// `file:lines(...)` gives a function. The extra function takes formats, which Lua 5.1 does not.
fn lines(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if cfg!(feature = "lua51") && lua.top() > 1 {
        return Ok(call_upvalue(lua, EXTRA));
    }
    Ok(first_of(lua, native(lua)))
}

/// What the end of a program was nobody is told.
fn close(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let count = native(lua);
    if count == 3 && matches!(lua.string(-2), Some(b"exit" | b"signal")) {
        lua.push_bool(true);
        return Ok(1);
    }
    Ok(count)
}

/// `open(path, mode)`: later Luas raise for a mode that C would refuse or put up with.
fn open_file(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if let (Some(mode), Some(path)) = (lua.string(2), lua.string(1)) {
        let plus = mode.contains(&b'+');
        let canonical: &[u8] = match mode.first() {
            Some(b'r') => {
                if plus {
                    b"r+"
                } else {
                    b"r"
                }
            }
            Some(b'w') => {
                if plus {
                    b"w+"
                } else {
                    b"w"
                }
            }
            Some(b'a') => {
                if plus {
                    b"a+"
                } else {
                    b"a"
                }
            }
            _ => {
                lua.push_nil();
                lua.push_bytes(path);
                lua.push_bytes(b": Invalid argument");
                lua.concat(2);
                lua.push_int(libc::EINVAL as i64);
                return Ok(3);
            }
        };
        // Of text and binary only Windows knows.
        if cfg!(not(windows)) {
            lua.push_bytes(canonical);
            lua.replace(2);
        }
    }
    Ok(native(lua))
}

/// `rename(from, to)`: a message names the file.
fn rename(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let count = native(lua);
    if let Some(path) = lua.string(1)
        && let Some(message) = lua.string(-2)
        && count == 3
        && !message.starts_with(path)
    {
        lua.push_nil();
        lua.push_bytes(path);
        lua.push_bytes(b": ");
        lua.push_bytes(message);
        lua.concat(3);
        lua.copy(-3);
    }
    Ok(count)
}

/// `difftime(later, earlier)`: the second is 0 if absent.
fn time_difference(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.top() == 1 {
        lua.push_int(0);
    }
    Ok(native(lua))
}

/// Conversions of `strftime` that every Lua knows.
const DATE_LETTERS: &[u8] = b"aAbBcdHIjmMpSUwWxXyYZ%";

/// A format of dates that later Luas refuse.
fn is_unknown_date(format: &[u8]) -> bool {
    let mut rest = format.iter();
    while let Some(&byte) = rest.next() {
        if byte == b'%' && !rest.next().is_some_and(|letter| DATE_LETTERS.contains(letter)) {
            return true;
        }
    }
    false
}

/// Space for a date; a longer one is empty.
const DATE_ROOM: usize = 1024;

/// `date(format, time)`: the C library decides what conversions there are.
fn date(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    cut_fraction(lua, 2);
    #[cfg(unix)]
    if let Some(format) = lua.string(1)
        && !format.starts_with(b"*")
        && !format.starts_with(b"!*")
        && is_unknown_date(format)
    {
        let (utc, format) = format.strip_prefix(b"!").map_or((false, format), |rest| (true, rest));
        // SAFETY: no precondition.
        let now = || unsafe { libc::time(std::ptr::null_mut()) };
        let time = if lua.is_nil(2) { now() } else { numeric(lua, 2).ok_or(Fault::Expected("number")).at_arg(2)? as _ };
        lua.push_bytes(format);
        let Some(format) = lua.plain_text(-1) else { return Ok(native(lua)) };
        let mut text = [0u8; DATE_ROOM];
        // SAFETY: all-zero is a time; the pointers are those of locals and of a string on the stack that ends
        // with a NUL; no more is written than there is room for.
        let length = unsafe {
            let mut parts: libc::tm = std::mem::zeroed();
            if utc {
                libc::gmtime_r(&time, &mut parts)
            } else {
                libc::localtime_r(&time, &mut parts)
            };
            libc::strftime(text.as_mut_ptr().cast(), text.len(), format, &parts)
        };
        lua.push_bytes(&text[..length]);
        return Ok(1);
    }
    Ok(native(lua))
}

// --- debug

/// `getinfo([thread,] function or level [, what])`. The extra function adds what Lua 5.1 does not tell.
fn get_info(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let place = if lua.type_of(1) == Type::Other { 2 } else { 1 };
    match lua.type_of(place) {
        Type::Function => {}
        _ if numeric(lua, place).is_some() => cut_to_int(lua, place),
        _ => return Err(Error::arg(place, Fault::Text("function or level expected"))),
    }
    if lua.is_nil(place + 1) {
        lua.set_top(place);
        lua.push_bytes(b"flnSu");
    }
    let Some(what) = lua.string(place + 1) else { return Ok(native(lua)) };
    if what.iter().any(|b| !b"SlnufL".contains(b)) {
        return Err(Error::arg(place + 1, Fault::Text("invalid option")));
    }
    if cfg!(not(feature = "lua51")) || !what.contains(&b'u') {
        return Ok(native(lua));
    }
    let wants_function = what.contains(&b'f');
    if !wants_function {
        lua.copy(place + 1);
        lua.push_bytes(b"f");
        lua.concat(2);
        lua.replace(place + 1);
    }
    native(lua);
    if lua.type_of(-1) == Type::Table {
        lua.copy(State::upvalue(EXTRA));
        lua.copy(-2);
        lua.push_bool(wants_function);
        lua.call(2, 0);
    }
    Ok(1)
}

/// By the name that the Lua texts ask for.
const ADAPTERS: &[FunctionEntry] = entries![
    "whole_numbers" => whole_numbers,
    "without_fractions" => without_fractions,
    "first_arguments" => first_arguments,
    "first_result" => first_result,
    "prepared" => prepared,
    "select" => select,
    "collect" as "collectgarbage" => collect,
    "tostring" => to_string,
    "print" => print,
    "rename" => rename,
    "difftime" => time_difference,
    "date" => date,
    "find" => find,
    "match" => matching,
    "gmatch" => gmatch,
    "gsub" => gsub,
    "format" => format,
    "concat" => concat,
    "sort" => sort,
    "setmetatable" => set_metatable,
    "debug_setmetatable" as "setmetatable" => debug_set_metatable,
    "pairs" => pairs,
    "ipairs" => ipairs,
    "error" => error,
    "tonumber" => to_number,
    "write" => write,
    "read" => read,
    "lines" => lines,
    "rep" => rep,
    "close" => close,
    "open" => open_file,
    "getinfo" => get_info,
];

/// `adapt(name, native, extra)`: the adapter of that name for a function of Lua's own.
fn adapt(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    lua.set_top(3);
    let name = lua.string(1).unwrap_or_default();
    let Some(&(_, adapter)) = ADAPTERS.iter().find(|(known, _)| known.as_bytes() == name) else {
        return Err(Error::alone(Fault::Bug));
    };
    let is_direct = lua.c_function(2).is_some() && !lua.get_upvalue(2, 1);
    lua.set_top(3);
    lua.copy(State::upvalue(1));
    lua.copy(2);
    lua.copy(3);
    lua.push_bool(is_direct);
    lua.push_closure(adapter, 4);
    if cfg!(feature = "lua51") && lua.c_function(2).is_some() {
        // Where some of Lua's own keep what they need.
        lua.get_user_value(2);
        lua.set_user_value(-2);
    }
    Ok(1)
}

/// For the Lua texts.
pub const ENTRIES: &[FunctionEntry] = entries![
    "adapt" => adapt,
    "table_insert" as "insert" => insert,
    "table_remove" as "remove" => remove,
    "unpack" => unpack,
    "next_element" as "ipairs" => next_element,
    "assert" => assert,
    "math_log10" as "log10" => log10,
    "math_sinh" as "sinh" => sinh,
    "math_cosh" as "cosh" => cosh,
    "math_tanh" as "tanh" => tanh,
    "math_pow" as "pow" => pow,
    "math_atan2" as "atan2" => atan2,
    "math_fmod" as "fmod" => fmod,
    "math_ldexp" as "ldexp" => ldexp,
    "math_log" as "log" => log,
    "math_max" as "max" => max,
    "math_min" as "min" => min,
    "math_frexp" as "frexp" => frexp,
    "math_modf" as "modf" => modf,
];
