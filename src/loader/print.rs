//! Numbers as LuaJIT prints them, for Luas that print otherwise: those with integers show a float by a
//! fraction, and LuaJIT rounds to 14 digits whatever the number. Instead of the text, a number that
//! prints the same is given where there is one.

use crate::api::buffer;
use crate::lua::error::AtArgument;
use crate::lua::{Fault, Number, State, Type, lua_State};
use crate::runtime::{FunctionEntry, lua_fn};
use std::ffi::c_int;

/// Integers below it print with all of their digits.
const PRINTED_WHOLE: f64 = 1e14;

/// What prints as a number does on LuaJIT.
enum Printed {
    /// Itself, or what is no number.
    Same,
    Integer(i64),
    /// What Lua makes of it, less what shows that it is a float.
    Text(f64),
}

fn printed(lua: State, index: c_int) -> Printed {
    match lua.number(index) {
        Some(Number::Int(value)) if value.unsigned_abs() >= PRINTED_WHOLE as u64 => Printed::Text(value as f64),
        Some(Number::Float(value)) => {
            let whole = value.round();
            if value == whole && value.abs() < PRINTED_WHOLE && !(value == 0.0 && value.is_sign_negative()) {
                Printed::Integer(value as i64)
            } else if (value - whole).abs() > value.abs() * 1e-12 {
                Printed::Same
            } else {
                Printed::Text(value)
            }
        }
        _ => Printed::Same,
    }
}

/// Replaces a number by what prints as it does on LuaJIT.
fn replace_printed(lua: State, index: c_int) {
    match printed(lua, index) {
        Printed::Same => {}
        Printed::Integer(value) => {
            lua.push_int(value);
            lua.replace(index);
        }
        Printed::Text(value) => {
            push_text(lua, value);
            lua.replace(index);
        }
    }
}

fn push_text(lua: State, value: f64) {
    if value.is_nan() {
        lua.push_bytes(b"nan");
        return;
    }
    lua.push_float(value);
    lua.number_to_string(-1);
    if let Some(whole) = lua.string(-1).and_then(|text| text.strip_suffix(b".0")) {
        lua.push_bytes(whole);
        lua.replace(-2);
    }
}

/// `s(x)`: an operand of `..`.
unsafe extern "C-unwind" fn operand(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    lua.set_top(1);
    replace_printed(lua, 1);
    1
}

/// `printed(...)`: what is to be printed.
unsafe extern "C-unwind" fn all(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    let count = lua.top();
    lua.reserve(2);
    for index in 1..=count {
        replace_printed(lua, index);
    }
    count
}

lua_fn! {
    /// `written(...)`: what is to be written to a file; the bytes of a string buffer are a string.
    fn written(cx) as "written" {
        let lua = cx.lua;
        let count = lua.top();
        lua.reserve(4);
        for index in 1..=count {
            if buffer::is_buffer(cx, index) {
                buffer::push_content(cx, index)?;
                lua.replace(index);
            } else {
                replace_printed(lua, index);
            }
        }
        Ok(count)
    }
}

lua_fn! {
    /// `is_buffer(x)`
    fn is_buffer(cx) as "is_buffer" {
        cx.lua.push_bool(buffer::is_buffer(cx, 1));
        Ok(1)
    }
}

/// `int(x)`: a place or a count, of which LuaJIT cuts the fraction off.
unsafe extern "C-unwind" fn whole(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    lua.set_top(1);
    if let Some(Number::Float(value)) = lua.number(1)
        && value.fract() != 0.0
        && value.is_finite()
    {
        lua.push_float(value.trunc());
    }
    1
}

/// `float(x)`: a number as a float, which rounds where an integer would wrap.
unsafe extern "C-unwind" fn float(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    lua.set_top(1);
    if let Some(Number::Int(value)) = lua.number(1) {
        lua.push_float(value as f64);
    }
    1
}

lua_fn! {
    /// `printed_list(list, first, last)`: the list, or one of what prints as its numbers do.
    fn list(cx) as "printed_list" {
        let lua = cx.lua;
        lua.set_top(3);
        if lua.type_of(1) != Type::Table {
            lua.set_top(1);
            return Ok(1);
        }
        lua.reserve(4);
        let place = |index, other: usize| match lua.number(index) {
            Some(Number::Int(value)) => value,
            Some(Number::Float(value)) => value as i64,
            None => other as i64,
        };
        let (first, last) = (place(2, 1), place(3, lua.raw_len(1)));
        // What is not there has no numbers: a hole ends what is looked at, and raises later.
        let mut copied = false;
        for index in first..=last {
            let Ok(small) = c_int::try_from(index) else { break };
            lua.raw_get_index(1, small);
            if lua.is_nil(-1) {
                break;
            }
            if !matches!(printed(lua, -1), Printed::Same) {
                copied = true;
            }
            lua.pop(1);
            if copied {
                break;
            }
        }
        lua.set_top(1);
        if !copied {
            return Ok(1);
        }
        lua.new_table(0, 0);
        for index in first..=last {
            let Ok(small) = c_int::try_from(index) else { break };
            lua.raw_get_index(1, small);
            if lua.is_nil(-1) {
                break;
            }
            replace_printed(lua, 3);
            lua.raw_set_index(2, small);
        }
        lua.set_top(2);
        Ok(1)
    }
}

/// How a directive of `string.format` takes its argument.
#[derive(Clone, Copy, PartialEq)]
enum Directive {
    Text,
    Quoted,
    Integral,
    Float,
}

/// The directives of a template, as far as they are well formed.
fn directives(template: &[u8]) -> impl Iterator<Item = Directive> {
    let mut rest = template;
    std::iter::from_fn(move || {
        loop {
            let at = rest.iter().position(|&b| b == b'%')?;
            rest = &rest[at + 1..];
            let length = rest.iter().take_while(|b| b"-+ #0123456789.".contains(b)).count();
            let letter = *rest.get(length)?;
            rest = &rest[length + 1..];
            return Some(match letter {
                b'%' => continue,
                b's' => Directive::Text,
                b'q' => Directive::Quoted,
                b'd' | b'i' | b'c' | b'o' | b'u' | b'x' | b'X' => Directive::Integral,
                _ => Directive::Float,
            });
        }
    })
}

lua_fn! {
    /// `fits(template, ...)`: Lua's own `string.format` gives what LuaJIT's does.
    fn fits(cx) as "fits" {
        const OLD: bool = cfg!(feature = "lua51");
        let lua = cx.lua;
        let template = lua.string(1).ok_or(Fault::Expected("string")).at_arg(1)?;
        let fits = (2..).zip(directives(template)).all(|(index, directive)| {
            let kind = lua.type_of(index);
            match (directive, kind) {
                (Directive::Text, Type::String) => true,
                (Directive::Text, Type::Number) => !cfg!(lua_integers) || matches!(printed(lua, index), Printed::Same),
                (Directive::Text, _) => !OLD || lua.is_none(index),
                (Directive::Quoted, _) => !OLD && kind == Type::String,
                (_, Type::String) => true,
                (Directive::Integral, Type::Number) => match lua.number(index) {
                    Some(Number::Float(value)) => value.fract() == 0.0 && value.abs() < 2f64.powi(53),
                    _ => true,
                },
                (Directive::Float, Type::Number) => match lua.number(index) {
                    Some(Number::Float(value)) => value.is_finite(),
                    _ => true,
                },
                // Mistakes are Lua's to tell.
                (_, kind) => kind != Type::Userdata,
            }
        });
        lua.push_bool(fits);
        Ok(1)
    }
}

/// For the Lua texts.
pub const ENTRIES: &[FunctionEntry] = &[
    ("s", operand),
    ("printed", all),
    ("written", written),
    ("is_buffer", is_buffer),
    ("int", whole),
    ("float", float),
    ("printed_list", list),
    ("fits", fits),
];
