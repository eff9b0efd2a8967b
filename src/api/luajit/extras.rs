//! What stock Lua needs besides LuaJIT's own functions: those that LuaJIT has built in for cdata
//! (`type`, `tonumber`, `pairs`, comparisons with other values, 64-bit literals), and the names that
//! other modules of this kind have for them.

use super::arithmetic::push_integer;
use super::compare;
use super::metatype;
use super::typeinfo;
use super::types::{any_argument, held_argument, value_type};
use crate::convert::cdata::{
    Source, as_i64, as_u64, push_owned, push_part, push_pointer, reach, source, view_exact_number, view_number,
};
use crate::convert::numeral;
use crate::lua::{Error, Fault, Header, Kind, Number, Result, State, Type};
use crate::object::alloc::push_owner;
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::{CType, Mode, Slot, TypeId};
use lunaffi_core::scalar::{Scalar, ScalarValue};
use lunaffi_translate::numeral::{self as literal, Numeral};
use std::ffi::c_int;

/// Functions of Lua's own that are called for values that are not ours: as they were when the module
/// was opened.
const FORMER: &[(&std::ffi::CStr, c_int)] = &[(c"tonumber", 1), (c"pairs", 2), (c"ipairs", 3)];

/// Calls Lua's own function with all arguments.
fn call_former(cx: Cx, position: c_int) -> Result<c_int> {
    let lua = cx.lua;
    lua.push_ref(cx.rt.refs.former.get());
    lua.raw_get_index(-1, position);
    lua.remove(-2);
    lua.insert(1);
    lua.call_all(lua.top() - 1);
    Ok(lua.top())
}

fn is_ours(cx: Cx, index: c_int) -> bool {
    matches!(cx.rt.kinds.of(*cx.lua, index), Some(Kind::Cdata | Kind::Ctype))
}

/// `ffi.type(value)`: as Lua's own, and "cdata" for what is.
fn type_name(cx: Cx) -> Result<c_int> {
    any_argument(cx, 1)?;
    cx.lua.push_bytes(if is_ours(cx, 1) { b"cdata" } else { cx.lua.type_name(1) });
    Ok(1)
}

/// Pushes a number as a plain one of Lua's: an integer where that is exact.
fn push_plain(lua: State, value: ScalarValue) {
    match value {
        ScalarValue::Bool(value) => lua.push_int(value as i64),
        ScalarValue::Signed(value) if cfg!(lua_integers) => lua.push_int(value),
        ScalarValue::Signed(value) => lua.push_float(value as f64),
        ScalarValue::Unsigned(value) if cfg!(lua_integers) && value >> 63 == 0 => lua.push_int(value as i64),
        ScalarValue::Unsigned(value) => lua.push_float(value as f64),
        ScalarValue::Float(value) => lua.push_float(value),
    }
}

/// `ffi.tonumber(value [, base])`: as Lua's own, and the number that a cdata is; of a ctype the one
/// that no other type has.
fn to_number(cx: Cx) -> Result<c_int> {
    if !is_ours(cx, 1) && cx.rt.kinds.int64(*cx.lua, 1).is_none() {
        return call_former(cx, 1);
    }
    // Digits of another base are text.
    if cx.lua.number(2).is_some_and(|base| !matches!(base, Number::Int(10) | Number::Float(10.0))) {
        return Err(Error::arg(1, Fault::Expected("string")));
    }
    if let Some(payload) = cx.rt.kinds.get(*cx.lua, 1, Kind::Ctype) {
        // SAFETY: the kind's payload.
        let ty = unsafe { *payload.cast::<TypeId>() };
        cx.lua.push_int(typeinfo::id(ty));
        return Ok(1);
    }
    match source(cx.look(), 1)? {
        Source::Number(value) => push_plain(cx.lua, value),
        Source::Cdata(view) => match view_number(cx.rt, &view).map_err(Error::alone)? {
            Some(value) => push_plain(cx.lua, value),
            None => cx.lua.push_nil(),
        },
        _ => cx.lua.push_nil(),
    }
    Ok(1)
}

/// What a type's metatable has for a walk over an object, called with it; Lua's own for other values.
fn walk(cx: Cx, event: &'static str, former: c_int) -> Result<c_int> {
    let lua = cx.lua;
    let Some(ty) = value_type(cx, 1) else { return call_former(cx, former) };
    if !metatype::push_method(cx, ty, event.as_bytes()) {
        return Err(Error::alone(Fault::NoMetamethod(metatype::subject(cx.rt, ty), event)));
    }
    let before = lua.top() - 1;
    lua.copy(1);
    lua.call_all(1);
    Ok(lua.top() - before)
}

fn pairs(cx: Cx) -> Result<c_int> {
    walk(cx, "__pairs", 2)
}

fn ipairs(cx: Cx) -> Result<c_int> {
    walk(cx, "__ipairs", 3)
}

/// `ffi.isnull(value)`: `value == nil` as LuaJIT has it.
fn isnull(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    any_argument(cx, 1)?;
    lua.set_top(1);
    if !is_ours(cx, 1) {
        lua.push_bool(lua.is_nil(1));
        return Ok(1);
    }
    lua.push_nil();
    compare::push_equal(cx)?;
    lua.push_bool(lua.truth(-1));
    Ok(1)
}

/// The 64-bit integer that digits are. Those from 2^63 on wrap, as they do in LuaJIT's `LL` literals;
/// more than 64 bits are none.
fn digits(text: &[u8]) -> Option<u64> {
    let value = numeral(text)?;
    (i64::MIN as i128..=u64::MAX as i128).contains(&value).then_some(value as u64)
}

/// A 64-bit integer that an argument gives: a number, which wraps, a cdata, or digits.
fn wide_argument(cx: Cx, unsigned: bool) -> Result<c_int> {
    let value = match source(cx.look(), 1)? {
        Source::Number(value) => value,
        Source::Text(text) => match digits(text) {
            Some(value) => ScalarValue::Unsigned(value),
            None => return Err(Error::arg(1, Fault::ExpectedValue("integer of 64 bits"))),
        },
        Source::Cdata(view) => match view_exact_number(cx.rt, &view).map_err(Error::alone)? {
            Some(value) => value.to_scalar(if unsigned { Scalar::U64 } else { Scalar::I64 }),
            None => match view_number(cx.rt, &view).map_err(Error::alone)? {
                Some(value) => value,
                None => return Err(Error::arg(1, Fault::Expected("number"))),
            },
        },
        _ => return Err(Error::arg(1, Fault::Expected("number"))),
    };
    push_integer(cx, unsigned, if unsigned { as_u64(value) } else { as_i64(value) as u64 });
    Ok(1)
}

/// `ffi.i64(value)`: LuaJIT's `42LL`.
fn i64_of(cx: Cx) -> Result<c_int> {
    wide_argument(cx, false)
}

/// `ffi.u64(value)`: LuaJIT's `42ULL`.
fn u64_of(cx: Cx) -> Result<c_int> {
    wide_argument(cx, true)
}

/// `ffi.eval(text)`: the value of a literal as LuaJIT writes it: `42LL`, `0x2aULL`, `1.5i`.
fn eval(cx: Cx) -> Result<c_int> {
    let text = cx.lua.string(1).ok_or(Error::arg(1, Fault::Expected("string")))?;
    let unknown = Error::arg(1, Fault::ExpectedValue("literal"));
    let text = text.trim_ascii();
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let signed = |value: f64| if negative { -value } else { value };
    match literal::scan(digits).ok_or(unknown)? {
        Numeral::Signed(value) => push_integer(cx, false, if negative { value.wrapping_neg() } else { value }),
        Numeral::Unsigned(value) => push_integer(cx, true, if negative { value.wrapping_neg() } else { value }),
        Numeral::Imaginary(value) => {
            let ty = cx.rt.types.complex(Scalar::F64);
            let own = push_owned(cx.lua, cx.rt, ty, 2 * size_of::<f64>());
            own.write(size_of::<f64>() as isize, &signed(value).to_ne_bytes()).map_err(Error::alone)?;
        }
        Numeral::Integer(value) | Numeral::Float(value) => match numeral(text).map(i64::try_from) {
            Some(Ok(value)) if cfg!(lua_integers) => cx.lua.push_int(value),
            _ => cx.lua.push_float(signed(value)),
        },
    }
    Ok(1)
}

/// `ffi.toretval(cdata)`: what a function that returns such a value gives.
fn to_result(cx: Cx) -> Result<c_int> {
    let view = held_argument(cx, 1)?;
    let types = &cx.rt.types;
    if view.address {
        cx.lua.copy(1);
    } else if let (CType::Record(ty), Some(size)) = (types.kind(view.ty), types.size_of(view.ty))
        && types.record(ty).is_some_and(|record| record.variable.is_none())
    {
        let slot = Slot { ty, mode: Mode::Cdata };
        let own = push_owner(cx, Kind::Cdata, slot, size, types.align_of(ty)).map_err(Error::alone)?.region;
        let from = reach(cx.rt, &view.region, size).map_err(Error::alone)?;
        own.copy(&from, size).map_err(Error::alone)?;
    } else {
        push_part(cx.lua, cx.rt, view.ty, view.region, 1)?;
    }
    Ok(1)
}

/// `ffi.addressof(cdata)`: a pointer to the value itself.
fn address_of(cx: Cx) -> Result<c_int> {
    let view = held_argument(cx, 1)?;
    let (lua, kinds, types) = (cx.lua, &cx.rt.kinds, &cx.rt.types);
    let header = cx.argument::<Header>(1, Kind::Cdata)?;
    let region = if !view.address || header.is_reference() {
        header.region
    } else if matches!(types.kind(view.ty), CType::Function(_)) {
        view.region
    } else {
        // What is written there may point anywhere: the pointer keeps its owner, but no bounds.
        kinds.unbound(lua, 1);
        header.region.own_address()
    };
    kinds.push_anchored(lua, Header::cdata(region, types.pointer(view.ty)), 1);
    Ok(1)
}

/// `ffi.bounds([on])`: whether accesses through cdata are checked.
fn bounds(cx: Cx) -> Result<c_int> {
    let setting = &cx.rt.bounds;
    match cx.lua.type_of(1) {
        Type::Nil => {}
        Type::Boolean => setting.set(cx.lua.truth(1)),
        _ => return Err(Error::arg(1, Fault::Expected("boolean"))),
    }
    cx.lua.push_bool(setting.get());
    Ok(1)
}

/// `ffi.int64([mode])`: what a 64-bit integer of C becomes, "boxed" or "native".
fn int64_mode(cx: Cx) -> Result<c_int> {
    let setting = &cx.rt.native_int64;
    if !cx.lua.is_none(1) {
        match cx.lua.string(1) {
            Some(b"boxed") => setting.set(false),
            Some(b"native") if cfg!(lua_integers) => setting.set(true),
            Some(b"native") => {
                return Err(Error::arg(1, Fault::Text("native 64-bit integers need Lua 5.3 or later")));
            }
            _ => return Err(Error::arg(1, Fault::ExpectedValue("\"boxed\" or \"native\""))),
        }
    }
    cx.lua.push_bytes(if setting.get() { b"native" } else { b"boxed" });
    Ok(1)
}

/// For the module table.
pub const FUNCTIONS: &[FunctionEntry] = entries![
    "type" => type_name,
    "tonumber" => to_number,
    "number" as "tonumber" => to_number,
    "pairs" => pairs,
    "ipairs" => ipairs,
    "isnull" => isnull,
    "i64" => i64_of,
    "u64" => u64_of,
    "eval" => eval,
    "toretval" => to_result,
    "addressof" => address_of,
    "bounds" => bounds,
    "int64" => int64_mode,
];

/// For the metatable of cdata and ctype objects: what newer Luas' own `pairs` and `ipairs` ask for.
pub const META: &[FunctionEntry] = entries!["__pairs" => pairs, "__ipairs" => ipairs];

/// Sets the fields of the module table on the top that are no functions.
pub fn set_values(cx: Cx) {
    let lua = cx.lua;
    for name in [b"nullptr".as_slice(), b"NULL"] {
        push_pointer(lua, cx.rt, TypeId::VOID_POINTER, std::ptr::null_mut());
        lua.set_field(-2, name);
    }
    lua.new_table(FORMER.len() as c_int, 0);
    for &(name, position) in FORMER {
        lua.push_global(name);
        lua.raw_set_index(-2, position);
    }
    cx.rt.refs.former.set(lua.make_ref());
}
