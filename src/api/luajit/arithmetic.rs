//! Operators that compute. Numbers do so with 64 bits, which wrap; a pointer is moved by elements;
//! what else there is, a type's metatable knows.

use super::metatype;
use super::types::value_type;
use crate::convert::cdata::{Source, as_i64, as_u64, held_number, lua_number, moved, operand_type, push_owned, source};
use crate::lua::{Error, Fault, Header, Kind, Named, Operator, Result, Type};
use crate::runtime::{Cx, Entry, lua_fn};
use lunaffi_core::ctype::{CType, TypeId};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::{Class, Loaded, Scalar};
use std::ffi::c_int;

/// What an operator works on.
#[derive(Clone, Copy)]
pub enum Operand {
    /// A number; `unsigned` when it is one of 64 bits without a sign.
    Number { value: Loaded, unsigned: bool },
    /// A pointer, or an array as one: its type, its element, what it points to.
    Pointer { ty: TypeId, elem: TypeId, region: Region },
    /// Another object in memory.
    Object(*mut u8),
    /// No value that C has.
    Other,
}

/// Looks at an operand; `other` is the index of the other one, whose enumeration tells what a string
/// means.
pub fn operand(cx: Cx, index: c_int, other: c_int) -> Result<Operand> {
    let types = &cx.rt.types;
    let pointer = |ty, elem, region| Operand::Pointer { ty, elem, region };
    Ok(match source(cx, index)? {
        Source::Number(value) => {
            // A boxed integer of the Lune API, or a number of Lua's.
            Operand::Number { value, unsigned: matches!(value, Loaded::Unsigned(_)) }
        }
        Source::Cdata(held) => match types.kind(held.ty) {
            CType::Scalar(scalar) => match held_number(cx.rt, &held).map_err(Error::alone)? {
                Some(value) => {
                    Operand::Number { value, unsigned: scalar.class() == Class::Unsigned && scalar.size() == 8 }
                }
                None => Operand::Other,
            },
            CType::Enum(_) | CType::Opaque(_) => match held_number(cx.rt, &held).map_err(Error::alone)? {
                Some(value) => Operand::Number { value, unsigned: false },
                None => Operand::Other,
            },
            CType::Pointer(to) => pointer(held.ty, to, held.region),
            CType::Function(function) => pointer(types.pointer(function), function, held.region),
            CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => {
                pointer(held.ty, elem, held.region)
            }
            _ => Operand::Object(held.region.addr),
        },
        Source::Nil if cx.lua.type_of(index) == Type::Nil => {
            pointer(TypeId::VOID_POINTER, TypeId::VOID, Region::foreign(std::ptr::null_mut()))
        }
        Source::Text(text) => {
            let constant = value_type(cx, other).and_then(|ty| types.enumeration(ty)).and_then(|body| body.value(text));
            match constant {
                Some(value) => Operand::Number { value: Loaded::Signed(value as i64), unsigned: false },
                None => Operand::Other,
            }
        }
        Source::Lune(kind, header) => {
            let elem =
                if kind == Kind::RawPointer || kind == Kind::Buffer { TypeId::VOID } else { header.slot().c_type() };
            pointer(types.pointer(elem), elem, header.region)
        }
        // The payload of a userdata is an address only where C wants one.
        Source::Foreign(address) if cx.lua.type_of(index) == Type::LightUserdata => {
            pointer(TypeId::VOID_POINTER, TypeId::VOID, Region::foreign(address))
        }
        _ => Operand::Other,
    })
}

/// The usual operand: a number of Lua's, or a cdata that is one.
#[inline(always)]
fn plain_number(cx: Cx, index: c_int) -> Option<Operand> {
    if let Some(value) = lua_number(cx.lua, index) {
        return Some(Operand::Number { value, unsigned: false });
    }
    let payload = cx.rt.kinds.get(cx.lua, index, Kind::Cdata)?;
    // SAFETY: the kind's payload.
    let header = unsafe { &*payload.cast::<Header>() };
    let scalar = header.ty().as_scalar()?;
    let place = header.region.access(0, scalar.size()).ok()?;
    let unsigned = scalar.class() == Class::Unsigned && scalar.size() == 8;
    // SAFETY: the region grants the value.
    Some(Operand::Number { value: unsafe { scalar.load(place) }, unsigned })
}

/// The two operands at 1 and 2.
#[inline]
pub fn operands(cx: Cx) -> Result<(Operand, Operand)> {
    match (plain_number(cx, 1), plain_number(cx, 2)) {
        (Some(a), Some(b)) => Ok((a, b)),
        (a, b) => Ok((a.map_or_else(|| operand(cx, 1, 2), Ok)?, b.map_or_else(|| operand(cx, 2, 1), Ok)?)),
    }
}

/// What the metatable of an operand's type says of the event, called with both operands; else an error.
pub fn by_metatable(cx: Cx, event: &'static [u8], operator: Operator) -> Result<c_int> {
    if call_metatable(cx, event) { Ok(1) } else { Err(refuse(cx, operator)) }
}

/// Calls what the metatable of an operand's type says of the event; pushes one result. False when
/// there is none.
pub fn call_metatable(cx: Cx, event: &'static [u8]) -> bool {
    let lua = cx.lua;
    let found =
        [1, 2].into_iter().any(|index| value_type(cx, index).is_some_and(|ty| metatype::push_method(cx, ty, event)));
    if found {
        lua.copy(1);
        lua.copy(2);
        lua.call(2, 1);
    }
    found
}

/// What an operand is called: what it is computed with.
fn operand_name(cx: Cx, index: c_int) -> Named {
    let Some(payload) = cx.rt.kinds.get(cx.lua, index, Kind::Cdata) else { return Named::Lua(index) };
    // SAFETY: the kind's payload.
    Named::C(operand_type(&cx.rt.types, unsafe { &*payload.cast::<Header>() }.ty()))
}

fn refuse(cx: Cx, operator: Operator) -> Error {
    let enumeration = |index| value_type(cx, index).and_then(|ty| Some((ty, cx.rt.types.enumeration(ty)?)));
    for (text, other) in [(1, 2), (2, 1)] {
        if let Some(name) = cx.lua.string(text)
            && let Some((ty, body)) = enumeration(other)
            && body.value(name).is_none()
        {
            return Error { value: text, ..Error::alone(Fault::Convert(Named::Lua(text), ty)) };
        }
    }
    Error::alone(Fault::Operands(operator, operand_name(cx, 1), operand_name(cx, 2)))
}

/// Pushes a 64-bit integer as a cdata, always.
pub fn push_integer(cx: Cx, unsigned: bool, value: u64) {
    let ty = TypeId::scalar(if unsigned { Scalar::U64 } else { Scalar::I64 });
    let own = push_owned(cx.lua, cx.rt, ty, size_of::<u64>());
    // SAFETY: eight bytes, aligned.
    unsafe { own.cast::<u64>().write(value) };
}

/// An operator on numbers: with and without sign.
struct Compute {
    event: &'static [u8],
    signed: fn(i64, i64) -> i64,
    unsigned: fn(u64, u64) -> u64,
}

#[inline(always)]
fn compute(cx: Cx, operator: &Compute, operands: (Operand, Operand)) -> Result<c_int> {
    if let (Operand::Number { value: a, unsigned: ua }, Operand::Number { value: b, unsigned: ub }) = operands {
        let unsigned = ua || ub;
        let result = if unsigned {
            (operator.unsigned)(as_u64(a), as_u64(b))
        } else {
            (operator.signed)(as_i64(a), as_i64(b)) as u64
        };
        push_integer(cx, unsigned, result);
        return Ok(1);
    }
    by_metatable(cx, operator.event, Operator::Arithmetic)
}

/// The quotient of a division by zero is what x86 leaves for want of one.
const NO_QUOTIENT: u64 = 1 << 63;

fn divide(a: i64, b: i64) -> i64 {
    if b == 0 { NO_QUOTIENT as i64 } else { a.wrapping_div(b) }
}

fn remainder(a: i64, b: i64) -> i64 {
    if b == 0 { NO_QUOTIENT as i64 } else { a.wrapping_rem(b) }
}

fn floor_divide(a: i64, b: i64) -> i64 {
    if b == 0 {
        return divide(a, b);
    }
    let quotient = a.wrapping_div(b);
    if a.wrapping_rem(b) != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
}

fn power_unsigned(base: u64, exponent: u64) -> u64 {
    let (mut base, mut exponent, mut result) = (base, exponent, 1u64);
    while exponent != 0 {
        if exponent & 1 != 0 {
            result = result.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    result
}

fn power(base: i64, exponent: i64) -> i64 {
    if exponent >= 0 {
        return power_unsigned(base as u64, exponent as u64) as i64;
    }
    match base {
        0 => i64::MAX,
        1 => 1,
        -1 if exponent & 1 != 0 => -1,
        -1 => 1,
        _ => 0,
    }
}

/// A shift by the count's low six bits.
fn shift_left(a: u64, count: u64) -> u64 {
    a << (count & 63)
}

macro_rules! operators {
    ($($function:ident $lua:literal: $signed:expr, $unsigned:expr;)*) => {
        $(lua_fn! { fn $function(cx) as $lua {
            let operator = Compute { event: concat!("__", $lua).as_bytes(), signed: $signed, unsigned: $unsigned };
            compute(cx, &operator, operands(cx)?)
        } })*
    };
}

operators! {
    mul "mul": i64::wrapping_mul, u64::wrapping_mul;
    div "div": divide, |a, b| a.checked_div(b).unwrap_or(NO_QUOTIENT);
    modulo "mod": remainder, |a, b| a.checked_rem(b).unwrap_or(NO_QUOTIENT);
    pow "pow": power, power_unsigned;
    idiv "idiv": floor_divide, |a, b| a.checked_div(b).unwrap_or(NO_QUOTIENT);
    band "band": |a, b| a & b, |a, b| a & b;
    bor "bor": |a, b| a | b, |a, b| a | b;
    bxor "bxor": |a, b| a ^ b, |a, b| a ^ b;
    shl "shl": |a, b| shift_left(a as u64, b as u64) as i64, shift_left;
    shr "shr": |a, b| ((a as u64) >> (b & 63)) as i64, |a, b| a >> (b & 63);
}

lua_fn! { fn bnot(cx) as "bnot" {
    if let Operand::Number { value, unsigned } = operand(cx, 1, 1)? {
        push_integer(cx, unsigned, if unsigned { !as_u64(value) } else { !as_i64(value) as u64 });
        return Ok(1);
    }
    by_metatable(cx, b"__bnot", Operator::Arithmetic)
} }

lua_fn! { fn unm(cx) as "unm" {
    if let Operand::Number { value, unsigned } = operand(cx, 1, 1)? {
        push_integer(cx, unsigned, if unsigned { as_u64(value) } else { as_i64(value) as u64 }.wrapping_neg());
        return Ok(1);
    }
    by_metatable(cx, b"__unm", Operator::Arithmetic)
} }

lua_fn! { fn add(cx) as "add" {
    let operands = operands(cx)?;
    let moved = match operands {
        (pointer @ Operand::Pointer { .. }, Operand::Number { value, .. }) => push_moved(cx, 1, pointer, as_i64(value)),
        (Operand::Number { value, .. }, pointer @ Operand::Pointer { .. }) => push_moved(cx, 2, pointer, as_i64(value)),
        _ => false,
    };
    if moved {
        return Ok(1);
    }
    compute(cx, &Compute { event: b"__add", signed: i64::wrapping_add, unsigned: u64::wrapping_add }, operands)
} }

lua_fn! { fn sub(cx) as "sub" {
    let operands = operands(cx)?;
    let done = match operands {
        (pointer @ Operand::Pointer { .. }, Operand::Number { value, .. }) => {
            push_moved(cx, 1, pointer, as_i64(value).wrapping_neg())
        }
        (Operand::Pointer { ty, elem, region }, Operand::Pointer { ty: other, region: from, .. }) => {
            let size = cx.rt.types.size_of(elem).unwrap_or(0) as isize;
            let fine = size != 0 && super::compare::comparable(cx, ty, other);
            if fine {
                let bytes = (region.addr.addr() as isize).wrapping_sub(from.addr.addr() as isize);
                cx.lua.push_int(bytes.wrapping_div(size) as i64);
            }
            fine
        }
        _ => false,
    };
    if done {
        return Ok(1);
    }
    compute(cx, &Compute { event: b"__sub", signed: i64::wrapping_sub, unsigned: u64::wrapping_sub }, operands)
} }

/// Pushes the pointer at `index` moved by so many elements; false when they have no size.
fn push_moved(cx: Cx, index: c_int, pointer: Operand, count: i64) -> bool {
    let types = &cx.rt.types;
    let Operand::Pointer { ty, elem, region } = pointer else { return false };
    let Some(size) = types.size_of(elem) else { return false };
    let ty = match types.kind(ty) {
        CType::Pointer(_) => types.bare(ty),
        _ => types.pointer(elem),
    };
    let region = moved(region, (count as isize).wrapping_mul(size as isize));
    let header = Header::cdata(region, ty);
    if cx.lua.type_of(index) == Type::Userdata {
        cx.rt.kinds.push_derived(cx.lua, Kind::Cdata, header, index);
    } else {
        cx.rt.kinds.push_unkept(cx.lua, header);
    }
    true
}

lua_fn! { fn concat(cx) as "concat" { by_metatable(cx, b"__concat", Operator::Concat) } }
lua_fn! { fn len(cx) as "len" {
    let Some(ty) = value_type(cx, 1) else { return Err(refuse(cx, Operator::Length)) };
    if metatype::push_method(cx, ty, b"__len") {
        cx.lua.copy(1);
        cx.lua.push_nil();
        cx.lua.call(2, 1);
        return Ok(1);
    }
    let name = Named::C(operand_type(&cx.rt.types, ty));
    Err(Error::alone(Fault::Operands(Operator::Length, name, name)))
} }

/// For both metatables.
pub const META: &[Entry] = &[
    ("__add", add),
    ("__sub", sub),
    ("__mul", mul),
    ("__div", div),
    ("__mod", modulo),
    ("__pow", pow),
    ("__unm", unm),
    ("__idiv", idiv),
    ("__band", band),
    ("__bor", bor),
    ("__bxor", bxor),
    ("__shl", shl),
    ("__shr", shr),
    ("__bnot", bnot),
    ("__concat", concat),
    ("__len", len),
];
