//! What objects are as text.

use super::metatype;
use crate::convert::cdata::{CdataView, as_i64, both_parts, type_of, view_exact_number, view_number, view_of};
use crate::lua::{Error, Fault, Header, Kind, Result, State, Type};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::{CType, TypeId};
use lunaffi_core::scalar::{Scalar, ScalarValue};
use lunaffi_core::wide_number::WideNumber;
use std::ffi::c_int;
use std::fmt::Write;

/// Text on the stack: what does not fit (a type's name nested without end) is cut.
struct Buffer {
    bytes: [u8; 512],
    len: usize,
}

impl Write for Buffer {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        let taken = s.len().min(self.bytes.len() - self.len);
        self.bytes[self.len..self.len + taken].copy_from_slice(&s.as_bytes()[..taken]);
        self.len += taken;
        Ok(())
    }
}

/// Pushes formatted text.
pub fn push_text(lua: State, text: std::fmt::Arguments<'_>) {
    let mut buffer = Buffer { bytes: [0; 512], len: 0 };
    let _ = buffer.write_fmt(text);
    lua.push_bytes(&buffer.bytes[..buffer.len]);
}

/// Pushes `cdata<type>: address`.
fn push_address(cx: Cx, ty: TypeId, address: usize) {
    let name = cx.rt.types.c_name(ty);
    match address {
        0 => push_text(cx.lua, format_args!("cdata<{name}>: NULL")),
        address => push_text(cx.lua, format_args!("cdata<{name}>: {address:#010x}")),
    }
}

/// Pushes `name: address`, if the type's metatable has a `__name`: so Lua 5.3 and later write objects.
fn push_named(cx: Cx, ty: TypeId, address: usize) -> bool {
    let lua = cx.lua;
    if !metatype::push_method(cx, ty, b"__name") {
        return false;
    }
    if lua.type_of(-1) != Type::String {
        lua.pop(1);
        return false;
    }
    push_text(lua, format_args!(": {address:#010x}"));
    lua.concat(2);
    true
}

fn push_complex(cx: Cx, part: Scalar, view: &CdataView) -> Result<()> {
    let (re, im) = both_parts(cx.rt, view, part).map_err(Error::alone)?;
    let (re, im) = (float(re), float(im));
    let lua = cx.lua;
    // The numbers are written as Lua writes them on every version: without the `.0` of whole floats.
    push_float(lua, re);
    if im.is_nan() || !im.is_sign_negative() {
        lua.push_bytes(b"+");
        lua.concat(2);
    }
    push_float(lua, im);
    let last = lua.string(-1).and_then(|text| text.last().copied()).unwrap_or(b'0');
    lua.push_bytes(if last.is_ascii_digit() { b"i" } else { b"I" });
    lua.concat(3);
    Ok(())
}

fn float(value: ScalarValue) -> f64 {
    match value {
        ScalarValue::Float(value) => value,
        _ => 0.0,
    }
}

/// Pushes a float's text as `%.14g` has it.
fn push_float(lua: State, value: f64) {
    let mut text = [0u8; 40];
    // SAFETY: the buffer is large enough for any double so formatted, and its size is told.
    let len = unsafe { libc::snprintf(text.as_mut_ptr().cast(), text.len(), c"%.14g".as_ptr(), value) };
    let text = &text[..usize::try_from(len).unwrap_or(0).min(39)];
    lua.push_bytes(if value.is_nan() { b"nan" } else { text });
}

fn to_string(cx: Cx) -> Result<c_int> {
    let (lua, rt) = (cx.lua, cx.rt);
    let types = &rt.types;
    if let Some(payload) = rt.kinds.get(*lua, 1, Kind::Ctype) {
        // SAFETY: the kind's payload.
        let ty = unsafe { *payload.cast::<TypeId>() };
        push_text(lua, format_args!("ctype<{}>", types.c_name(ty)));
        return Ok(1);
    }
    let header = cx.receiver::<Header>(Kind::Cdata)?;
    let view = view_of(rt, header).map_err(Error::alone)?;
    match types.kind(view.ty) {
        CType::Complex(part) => push_complex(cx, part, &view)?,
        CType::Scalar(scalar) if scalar.size() == 8 && scalar.is_integer() => {
            match view_number(rt, &view).map_err(Error::alone)?.ok_or(Error::alone(Fault::Bug))? {
                ScalarValue::Unsigned(value) => push_text(lua, format_args!("{value}ULL")),
                value => push_text(lua, format_args!("{}LL", as_i64(value))),
            }
        }
        CType::ExtendedNumber(extended) if extended.is_integer() => {
            match view_exact_number(rt, &view).map_err(Error::alone)? {
                Some(WideNumber::Signed(value)) => push_text(lua, format_args!("{value}")),
                Some(WideNumber::Unsigned(value)) => push_text(lua, format_args!("{value}")),
                Some(WideNumber::Float(_)) | None => push_address(cx, type_of(rt, header), view.region.address()),
            }
        }
        CType::Enum(ty) => {
            let base = types.enumeration(ty).map_or(Scalar::U32, |e| e.base);
            let value = view_number(rt, &view).map_err(Error::alone)?.ok_or(Error::alone(Fault::Bug))?;
            let name = types.c_name(type_of(rt, header));
            match value {
                ScalarValue::Unsigned(value) if base.size() == 4 => {
                    push_text(lua, format_args!("cdata<{name}>: {}", value as i32))
                }
                ScalarValue::Unsigned(value) => push_text(lua, format_args!("cdata<{name}>: {value}")),
                ScalarValue::Signed(value) => push_text(lua, format_args!("cdata<{name}>: {value}")),
                ScalarValue::Bool(_) | ScalarValue::Float(_) => push_text(lua, format_args!("cdata<{name}>")),
            }
        }
        _ => {
            if metatype::push_method(cx, view.ty, b"__tostring") {
                lua.copy(1);
                lua.call(1, 1);
                return Ok(1);
            }
            if !view.address && push_named(cx, view.ty, view.region.address()) {
                return Ok(1);
            }
            push_address(cx, type_of(rt, header), view.region.address());
        }
    }
    Ok(1)
}

/// For both metatables.
pub const META: &[FunctionEntry] = entries!["__tostring" => to_string];
