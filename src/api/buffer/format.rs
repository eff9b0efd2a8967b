//! `buf:putf`: which Lua value each directive of a template takes.

use super::{buffer_at, double, encode, number, replace_by_text, write, write_buffer};
use crate::convert::cdata::{as_i64, as_u64};
use crate::lua::{Error, Fault, Number, Result, StringBuffer, Type};
use crate::object::pointer::push_text;
use crate::runtime::Cx;
use lunaffi_core::format::{self, Conversion, Directive, Piece, Template};
use lunaffi_core::scalar::ScalarValue;
use std::ffi::c_int;

/// Adds the arguments from 3 on as the template at 2 says.
pub fn write_formatted(cx: Cx, buffer: &StringBuffer) -> Result<()> {
    let lua = cx.lua;
    if lua.type_of(2) == Type::Number {
        lua.number_to_string(2);
    }
    let template = lua.string(2).ok_or(Error::arg(2, Fault::Expected("string")))?;
    let last = lua.top();
    let mut index = 2;
    for piece in Template(template) {
        match piece {
            Piece::Literal(text) => write(cx, buffer, text)?,
            Piece::Invalid(text) => {
                let text = String::from_utf8_lossy(text);
                return Err(Error::alone(cx.rt.note(format!("invalid option '{text}' to 'format'"))));
            }
            Piece::Directive(directive) => {
                index += 1;
                if index > last {
                    return Err(Error::arg(index, super::NO_VALUE));
                }
                write_value(cx, buffer, &directive, index)?;
            }
        }
    }
    Ok(())
}

/// Adds the argument at `index`.
fn write_value(cx: Cx, buffer: &StringBuffer, directive: &Directive, index: c_int) -> Result<()> {
    match directive.conversion {
        Conversion::Signed | Conversion::Unsigned(_) => {
            let text = directive.integer(integer(cx, index, directive.conversion == Conversion::Signed)?);
            write(cx, buffer, text.as_bytes())
        }
        Conversion::Float(_) => write(cx, buffer, directive.float(double(any_number(cx, index)?)).as_bytes()),
        Conversion::Char => {
            let byte = as_i64(loaded(any_number(cx, index)?)) as u8;
            write_padded(cx, buffer, directive, &[byte])
        }
        Conversion::Pointer => {
            let address = match cx.lua.type_of(index) {
                Type::Userdata | Type::LightUserdata => cx.lua.userdata(index).addr(),
                Type::String => cx.lua.string(index).unwrap_or_default().as_ptr().addr(),
                _ => cx.lua.identity(index).addr(),
            };
            write(cx, buffer, format::address(address).as_bytes())
        }
        Conversion::Text | Conversion::Quoted => {
            let (lua, top) = (cx.lua, cx.lua.top());
            if lua.type_of(index) != Type::String && buffer_at(cx, index).is_none() {
                replace_by_text(cx, index);
            }
            let result = write_text(cx, buffer, directive, index);
            lua.set_top(top);
            result
        }
    }
}

fn loaded(value: Number) -> ScalarValue {
    match value {
        Number::Int(value) => ScalarValue::Signed(value),
        Number::Float(value) => ScalarValue::Float(value),
    }
}

/// A number, or a string that spells one.
fn any_number(cx: Cx, index: c_int) -> Result<Number> {
    if let Some(value) = cx.lua.number(index) {
        return Ok(value);
    }
    let spelled = cx.lua.string(index).and_then(|_| cx.lua.numeral(index));
    spelled.map(Number::Float).ok_or(Error::arg(index, Fault::Expected("number")))
}

/// The 64 bits of an integer.
fn integer(cx: Cx, index: c_int, signed: bool) -> Result<u64> {
    if let Some((bits, _)) = encode::wide_integer(cx, index)? {
        return Ok(bits);
    }
    if let Some(value) = cx.rt.kinds.int64(*cx.lua, index) {
        return Ok(value as u64);
    }
    let value = loaded(any_number(cx, index)?);
    Ok(if signed { as_i64(value) as u64 } else { as_u64(value) })
}

/// Adds a value as text.
fn write_text(cx: Cx, buffer: &StringBuffer, directive: &Directive, index: c_int) -> Result<()> {
    let lua = cx.lua;
    let value = match lua.type_of(index) {
        Type::String => lua.string(index),
        Type::Number => {
            let text = number(lua.number(index).map_or(0.0, double));
            return write_directed(cx, buffer, directive, text.as_bytes());
        }
        Type::Nil => Some(&b"nil"[..]),
        Type::Boolean => Some(if lua.truth(index) { &b"true"[..] } else { b"false" }),
        _ => None,
    };
    if let Some(text) = value {
        return write_directed(cx, buffer, directive, text);
    }
    if let Some(other) = buffer_at(cx, index) {
        let plain = directive.conversion == Conversion::Text && directive.width == 0 && directive.precision.is_none();
        if plain || std::ptr::eq(buffer, other) {
            return write_buffer(cx, buffer, other, index);
        }
        super::push_first(cx, other, usize::MAX)?;
    } else {
        let kind = std::str::from_utf8(lua.type_name(index)).unwrap_or("?");
        push_text(lua, format_args!("{kind}: {:#010x}", lua.identity(index).addr()));
    }
    write_directed(cx, buffer, directive, lua.string(-1).unwrap_or_default())
}

/// Adds a text as `%s` or `%q` has it.
fn write_directed(cx: Cx, buffer: &StringBuffer, directive: &Directive, text: &[u8]) -> Result<()> {
    if directive.conversion == Conversion::Quoted {
        return write_quoted(cx, buffer, text);
    }
    write_padded(cx, buffer, directive, &text[..directive.precision.unwrap_or(usize::MAX).min(text.len())])
}

fn write_padded(cx: Cx, buffer: &StringBuffer, directive: &Directive, text: &[u8]) -> Result<()> {
    const SPACES: [u8; 99] = [b' '; 99];
    let (before, behind) = directive.padding(text.len());
    write(cx, buffer, &SPACES[..before])?;
    write(cx, buffer, text)?;
    write(cx, buffer, &SPACES[..behind])
}

fn write_quoted(cx: Cx, buffer: &StringBuffer, text: &[u8]) -> Result<()> {
    write(cx, buffer, b"\"")?;
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest.iter().position(|&b| b == b'"' || b == b'\\' || b.is_ascii_control()).unwrap_or(rest.len());
        write(cx, buffer, &rest[..plain])?;
        rest = &rest[plain..];
        if let Some((&byte, behind)) = rest.split_first() {
            write(cx, buffer, format::quoted(byte, behind.first().copied().unwrap_or(0)).as_bytes())?;
            rest = behind;
        }
    }
    write(cx, buffer, b"\"")
}
