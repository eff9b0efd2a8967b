//! Numbers as LuaJIT prints them, for Luas that print otherwise: those with integers show a float by a
//! fraction, and LuaJIT rounds to 14 digits whatever the number. Instead of the text, a number that
//! prints the same is given where there is one.

use crate::api::buffer;
use crate::lua::error::AtArgument;
use crate::lua::{Fault, Number, Result, State, Type, lua_State};
use crate::runtime::{Cx, FunctionEntry, entries};
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

/// Replaces the number at an index by what prints as it does on LuaJIT.
pub fn replace_printed(lua: State, index: c_int) {
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

/// `written(...)`: what is to be written to a file.
fn written(cx: Cx) -> Result<c_int> {
    let count = cx.lua.top();
    cx.lua.reserve(4);
    for index in 1..=count {
        replace_written(cx, index)?;
    }
    Ok(count)
}

/// Replaces what is to be written to a file: numbers as they print, the bytes of a string buffer as a string.
pub fn replace_written(cx: Cx, index: c_int) -> Result<()> {
    if buffer::is_buffer(cx, index) {
        buffer::push_content(cx, index)?;
        cx.lua.replace(index);
    } else {
        replace_printed(cx.lua, index);
    }
    Ok(())
}

/// `is_buffer(x)`
fn is_buffer(cx: Cx) -> Result<c_int> {
    cx.lua.push_bool(buffer::is_buffer(cx, 1));
    Ok(1)
}

/// `int(...)`: places or counts, of which LuaJIT cuts the fraction off. What is last among arguments may give
/// several.
unsafe extern "C-unwind" fn whole(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its running state.
    let lua = unsafe { State::new(state) };
    let count = lua.top();
    lua.reserve(1);
    for index in 1..=count {
        if let Some(Number::Float(value)) = lua.number(index)
            && value.fract() != 0.0
            && value.is_finite()
        {
            lua.push_float(value.trunc());
            lua.replace(index);
        }
    }
    count
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

/// Replaces the list at index 1 by one of what prints as its numbers do, if it has others, or `always`. Of a
/// hole on what is not there raises later.
pub fn replace_list(lua: State, first: c_int, last: c_int, always: bool) {
    lua.reserve(4);
    let mut copied = always;
    for index in first..=last {
        lua.raw_get_index(1, index);
        let other = lua.is_nil(-1) || !matches!(printed(lua, -1), Printed::Same);
        copied |= other && !lua.is_nil(-1);
        lua.pop(1);
        if other {
            break;
        }
    }
    if !copied {
        return;
    }
    lua.new_table(0, 0);
    let (value, list) = (lua.top() + 1, lua.top());
    for index in first..=last {
        lua.raw_get_index(1, index);
        if lua.is_nil(-1) {
            lua.pop(1);
            break;
        }
        replace_printed(lua, value);
        lua.raw_set_index(list, index);
    }
    lua.replace(1);
}

/// How a directive of `string.format` takes its argument.
#[derive(Clone, Copy, PartialEq)]
enum Directive {
    Text,
    Quoted,
    Integral,
    Float,
    /// One that this Lua does not have.
    Foreign,
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
                b'q' if length > 0 => Directive::Foreign,
                b'q' => Directive::Quoted,
                b'F' => Directive::Foreign,
                b'a' | b'A' if cfg!(feature = "lua51") => Directive::Foreign,
                // Which Lua 5.2 refuses for negative numbers.
                b'o' | b'u' | b'x' | b'X' if cfg!(feature = "lua52") => Directive::Foreign,
                b'd' | b'i' | b'c' | b'o' | b'u' | b'x' | b'X' => Directive::Integral,
                _ => Directive::Float,
            });
        }
    })
}

/// Lua's own `string.format` gives what LuaJIT's does with the arguments on the stack.
pub fn format_fits(lua: State) -> bool {
    const OLD: bool = cfg!(feature = "lua51");
    let Some(template) = lua.string(1) else { return true };
    (2..).zip(directives(template)).all(|(index, directive)| {
        let kind = lua.type_of(index);
        match (directive, kind) {
            (Directive::Foreign, _) => false,
            // Which older Luas may end at a NUL.
            (Directive::Text, Type::String) => {
                !(OLD || cfg!(feature = "lua52")) || lua.string(index).is_none_or(|text| !text.contains(&0))
            }
            (Directive::Text, Type::Number) => !cfg!(lua_integers) || matches!(printed(lua, index), Printed::Same),
            (Directive::Text, _) => lua.is_none(index),
            (Directive::Quoted, _) => !OLD && kind == Type::String,
            (Directive::Integral, Type::String) => {
                !cfg!(lua_integers) || lua.numeral(index).is_none_or(|value| value.fract() == 0.0)
            }
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
    })
}

/// `fits(template, ...)`: as above.
fn fits(cx: Cx) -> Result<c_int> {
    cx.lua.string(1).ok_or(Fault::Expected("string")).at_arg(1)?;
    cx.lua.push_bool(format_fits(cx.lua));
    Ok(1)
}

/// Room for a number in hexadecimal digits, with the widest field and precision of two digits each.
const HEXADECIMAL_ROOM: usize = 256;

/// `hexadecimal(directive, number)`: what C writes for a directive of `%a`.
fn hexadecimal(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let value = lua.numeral(2).ok_or(Fault::Expected("number")).at_arg(2)?;
    let is_one = |text: &[u8]| {
        matches!(text, [b'%', middle @ .., b'a' | b'A']
                if middle.len() < 11 && middle.iter().all(|b| b"-+ #0123456789.".contains(b)))
    };
    if !lua.string(1).is_some_and(is_one) {
        return Err(crate::lua::Error::arg(1, Fault::Text("invalid format (width or precision too long)")));
    }
    let Some(directive) = lua.plain_text(1) else { return Ok(0) };
    let mut text = [0u8; HEXADECIMAL_ROOM];
    // SAFETY: the directive is one for a double and ends with a NUL; no more is written than there is room for.
    let length = unsafe { libc::snprintf(text.as_mut_ptr().cast(), text.len(), directive, value) };
    lua.push_bytes(&text[..(length.max(0) as usize).min(HEXADECIMAL_ROOM - 1)]);
    Ok(1)
}

/// For the Lua texts.
pub const ENTRIES: &[FunctionEntry] = entries![
    raw "s" => operand,
    raw "printed" => all,
    "written" => written,
    "is_buffer" => is_buffer,
    raw "int" => whole,
    raw "float" => float,
    "fits" => fits,
    "hexadecimal" => hexadecimal,
];
