//! Operators that compute. Numbers do so with 64 bits, which wrap; a pointer is moved by elements;
//! what else there is, a type's metatable knows.

use super::metatype;
use super::types::value_type;
use crate::convert::cdata::{
    Source, as_i64, as_u64, lua_number, moved, operand_type, push_owned, source, view_exact_number, view_number,
};
use crate::lua::{Error, Fault, Header, Kind, Operator, Result, Type, ValueName};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::{CType, ExtendedNumber, TypeId};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::{Class, Scalar, ScalarValue};
use lunaffi_core::wide_number::WideNumber;
use std::ffi::c_int;

/// What an operator works on.
#[derive(Clone, Copy)]
pub enum CdataOperand {
    /// A number; `unsigned` when it is one of 64 bits without a sign.
    Number { value: ScalarValue, unsigned: bool },
    /// A number of 128 bits.
    LuaNumber { value: u128, unsigned: bool },
    /// A pointer, or an array as one: its type, its element, what it points to.
    Pointer { ty: TypeId, elem: TypeId, region: Region },
    /// Another object in memory, or the bytes of a string of Lua's.
    Object(usize),
    /// No value that C has.
    Other,
}

impl CdataOperand {
    /// By how many elements it moves a pointer.
    #[inline]
    fn count(self) -> Option<i64> {
        match self {
            CdataOperand::Number { value, .. } => Some(as_i64(value)),
            CdataOperand::LuaNumber { value, .. } => Some(value as i64),
            _ => None,
        }
    }
}

/// Looks at an operand; `other` is the index of the other one, whose enumeration tells what a string
/// means.
pub fn operand(cx: Cx, index: c_int, other: c_int) -> Result<CdataOperand> {
    let types = &cx.rt.types;
    let pointer = |ty, elem, region| CdataOperand::Pointer { ty, elem, region };
    Ok(match source(cx.look(), index)? {
        Source::Number(value) => {
            // A boxed integer of the Lune API, or a number of Lua's.
            CdataOperand::Number { value, unsigned: matches!(value, ScalarValue::Unsigned(_)) }
        }
        Source::Cdata(view) => match types.kind(view.ty) {
            CType::Scalar(scalar) => match view_number(cx.rt, &view).map_err(Error::alone)? {
                Some(value) => {
                    CdataOperand::Number { value, unsigned: scalar.class() == Class::Unsigned && scalar.size() == 8 }
                }
                None => CdataOperand::Other,
            },
            CType::ExtendedNumber(extended @ (ExtendedNumber::Int128 | ExtendedNumber::UInt128)) => {
                let unsigned = extended == ExtendedNumber::UInt128;
                match view_exact_number(cx.rt, &view).map_err(Error::alone)? {
                    Some(value) => CdataOperand::LuaNumber { value: value.to_bits(!unsigned), unsigned },
                    None => CdataOperand::Other,
                }
            }
            CType::Enum(_) | CType::ExtendedNumber(_) => match view_number(cx.rt, &view).map_err(Error::alone)? {
                Some(value) => CdataOperand::Number { value, unsigned: false },
                None => CdataOperand::Other,
            },
            CType::Pointer(to) => pointer(view.ty, to, view.region),
            CType::Function(function) => pointer(types.pointer(function), function, view.region),
            CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => {
                pointer(view.ty, elem, view.region)
            }
            _ => CdataOperand::Object(view.region.address()),
        },
        Source::Nil if cx.lua.type_of(index) == Type::Nil => {
            pointer(TypeId::VOID_POINTER, TypeId::VOID, Region::foreign(std::ptr::null_mut()))
        }
        Source::Text(text) => {
            let constant = value_type(cx, other).and_then(|ty| types.enumeration(ty)).and_then(|body| body.value(text));
            match constant {
                Some(value) => CdataOperand::Number { value: ScalarValue::Signed(value as i64), unsigned: false },
                // Equal to a pointer to that very string.
                None => CdataOperand::Object(text.as_ptr().expose_provenance()),
            }
        }
        Source::Lune(kind, header) => {
            let elem =
                if kind == Kind::RawPointer || kind == Kind::Buffer { TypeId::VOID } else { header.slot().c_type() };
            pointer(types.pointer(elem), elem, header.region)
        }
        // The payload of a userdata is an address only where C wants one.
        Source::Foreign(address) if cx.lua.type_of(index) == Type::LightUserdata => {
            pointer(TypeId::VOID_POINTER, TypeId::VOID, address)
        }
        _ => CdataOperand::Other,
    })
}

/// The usual operand: a number of Lua's, or a cdata that is one.
#[inline(always)]
fn plain_number(cx: Cx, index: c_int) -> Option<CdataOperand> {
    if let Some(value) = lua_number(*cx.lua, index) {
        return Some(CdataOperand::Number { value, unsigned: false });
    }
    let payload = cx.rt.kinds.get(*cx.lua, index, Kind::Cdata)?;
    // SAFETY: the kind's payload.
    let header = unsafe { &*payload.cast::<Header>() };
    let scalar = header.ty().as_scalar()?;
    let unsigned = scalar.class() == Class::Unsigned && scalar.size() == 8;
    // SAFETY: the region grants the value.
    let value = header.region.plain_with(0, scalar.size(), |place| unsafe { scalar.load(place) })?;
    Some(CdataOperand::Number { value, unsigned })
}

/// The two operands at 1 and 2.
#[inline]
pub fn operands(cx: Cx) -> Result<(CdataOperand, CdataOperand)> {
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
fn operand_name(cx: Cx, index: c_int) -> ValueName {
    let Some(payload) = cx.rt.kinds.get(*cx.lua, index, Kind::Cdata) else { return ValueName::Lua(index) };
    // SAFETY: the kind's payload.
    ValueName::C(operand_type(&cx.rt.types, unsafe { &*payload.cast::<Header>() }.ty()))
}

fn refuse(cx: Cx, operator: Operator) -> Error {
    let enumeration = |index| value_type(cx, index).and_then(|ty| Some((ty, cx.rt.types.enumeration(ty)?)));
    for (text, other) in [(1, 2), (2, 1)] {
        if let Some(name) = cx.lua.string(text)
            && let Some((ty, body)) = enumeration(other)
            && body.value(name).is_none()
        {
            return Error { value: text, ..Error::alone(Fault::Convert(ValueName::Lua(text), ty)) };
        }
    }
    Error::alone(Fault::Operands(operator, operand_name(cx, 1), operand_name(cx, 2)))
}

/// Pushes a 64-bit integer as a cdata, always.
pub fn push_integer(cx: Cx, unsigned: bool, value: u64) {
    let ty = TypeId::scalar(if unsigned { Scalar::U64 } else { Scalar::I64 });
    let own = push_owned(cx.lua, cx.rt, ty, size_of::<u64>());
    // SAFETY: eight bytes, aligned, of the new object's own.
    unsafe { own.granted(0).cast::<u64>().write(value) };
}

/// Pushes a 128-bit integer.
fn push_wide(cx: Cx, unsigned: bool, value: u128) {
    let ty = cx.rt.types.extended(if unsigned { ExtendedNumber::UInt128 } else { ExtendedNumber::Int128 });
    let own = push_owned(cx.lua, cx.rt, ty, size_of::<u128>());
    // SAFETY: sixteen bytes of the new object's own.
    unsafe { own.granted(0).cast::<u128>().write_unaligned(value) };
}

/// The operands of an operator on numbers one of which has 128 bits, and whether the result has no sign:
/// as in C, when one that wide has none.
pub fn wide_operands(operands: (CdataOperand, CdataOperand)) -> Option<(u128, u128, bool)> {
    let is_unsigned = |operand| match operand {
        CdataOperand::LuaNumber { unsigned, .. } => Some(unsigned),
        _ => None,
    };
    let (a, b) = operands;
    let unsigned = match (is_unsigned(a), is_unsigned(b)) {
        (None, None) => return None,
        (a, b) => a == Some(true) || b == Some(true),
    };
    let value = |operand| match operand {
        CdataOperand::LuaNumber { value, .. } => Some(value),
        CdataOperand::Number { value, .. } => Some(WideNumber::from(value).to_bits(!unsigned)),
        _ => None,
    };
    Some((value(a)?, value(b)?, unsigned))
}

/// An operator on numbers: with and without sign, of 64 and of 128 bits.
struct Compute {
    event: &'static [u8],
    signed: fn(i64, i64) -> i64,
    unsigned: fn(u64, u64) -> u64,
    wide_signed: fn(i128, i128) -> i128,
    wide_unsigned: fn(u128, u128) -> u128,
}

#[inline(always)]
fn compute(cx: Cx, operator: &Compute, operands: (CdataOperand, CdataOperand)) -> Result<c_int> {
    if let (CdataOperand::Number { value: a, unsigned: ua }, CdataOperand::Number { value: b, unsigned: ub }) = operands
    {
        let unsigned = ua || ub;
        let result = if unsigned {
            (operator.unsigned)(as_u64(a), as_u64(b))
        } else {
            (operator.signed)(as_i64(a), as_i64(b)) as u64
        };
        push_integer(cx, unsigned, result);
        return Ok(1);
    }
    compute_other(cx, operator, operands)
}

#[cold]
fn compute_other(cx: Cx, operator: &Compute, operands: (CdataOperand, CdataOperand)) -> Result<c_int> {
    match wide_operands(operands) {
        Some((a, b, true)) => push_wide(cx, true, (operator.wide_unsigned)(a, b)),
        Some((a, b, false)) => push_wide(cx, false, (operator.wide_signed)(a as i128, b as i128) as u128),
        None => return by_metatable(cx, operator.event, Operator::Arithmetic),
    }
    Ok(1)
}

/// The functions of the operators for one width. The quotient of a division by zero is what x86 leaves
/// for want of one; a shift is by the count's low bits.
macro_rules! integers {
    ($width:ident, $signed:ident, $unsigned:ident) => {
        mod $width {
            const NO_QUOTIENT: $unsigned = 1 << ($unsigned::BITS - 1);

            pub fn divide(a: $signed, b: $signed) -> $signed {
                if b == 0 { NO_QUOTIENT as $signed } else { a.wrapping_div(b) }
            }

            pub fn divide_unsigned(a: $unsigned, b: $unsigned) -> $unsigned {
                a.checked_div(b).unwrap_or(NO_QUOTIENT)
            }

            pub fn remainder(a: $signed, b: $signed) -> $signed {
                if b == 0 { NO_QUOTIENT as $signed } else { a.wrapping_rem(b) }
            }

            pub fn remainder_unsigned(a: $unsigned, b: $unsigned) -> $unsigned {
                a.checked_rem(b).unwrap_or(NO_QUOTIENT)
            }

            pub fn floor_divide(a: $signed, b: $signed) -> $signed {
                if b == 0 {
                    return divide(a, b);
                }
                let quotient = a.wrapping_div(b);
                if a.wrapping_rem(b) != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
            }

            pub fn power_unsigned(base: $unsigned, exponent: $unsigned) -> $unsigned {
                let (mut base, mut exponent, mut result) = (base, exponent, 1 as $unsigned);
                while exponent != 0 {
                    if exponent & 1 != 0 {
                        result = result.wrapping_mul(base);
                    }
                    base = base.wrapping_mul(base);
                    exponent >>= 1;
                }
                result
            }

            pub fn power(base: $signed, exponent: $signed) -> $signed {
                if exponent >= 0 {
                    return power_unsigned(base as $unsigned, exponent as $unsigned) as $signed;
                }
                match base {
                    0 => $signed::MAX,
                    1 => 1,
                    -1 if exponent & 1 != 0 => -1,
                    -1 => 1,
                    _ => 0,
                }
            }

            /// Zeros come in, whatever the sign.
            pub fn shift_right(a: $signed, b: $signed) -> $signed {
                shift_right_unsigned(a as $unsigned, b as $unsigned) as $signed
            }

            pub fn shift_right_unsigned(a: $unsigned, b: $unsigned) -> $unsigned {
                a.wrapping_shr(b as u32)
            }
        }
    };
}

integers!(narrow, i64, u64);
integers!(wide, i128, u128);

macro_rules! operator {
    ($lua:literal, $signed:ident, $unsigned:ident) => {
        Compute {
            event: concat!("__", $lua).as_bytes(),
            signed: narrow::$signed,
            unsigned: narrow::$unsigned,
            wide_signed: wide::$signed,
            wide_unsigned: wide::$unsigned,
        }
    };
    ($lua:literal, $both:expr) => {
        Compute {
            event: concat!("__", $lua).as_bytes(),
            signed: $both,
            unsigned: $both,
            wide_signed: $both,
            wide_unsigned: $both,
        }
    };
}

macro_rules! operators {
    ($($function:ident $lua:literal ($($what:tt)*);)*) => {
        $(fn $function(cx: Cx) -> Result<c_int> { compute(cx, &operator!($lua, $($what)*), operands(cx)?) })*
    };
}

operators! {
    mul "mul" (|a, b| a.wrapping_mul(b));
    div "div" (divide, divide_unsigned);
    modulo "mod" (remainder, remainder_unsigned);
    pow "pow" (power, power_unsigned);
    idiv "idiv" (floor_divide, divide_unsigned);
    band "band" (|a, b| a & b);
    bor "bor" (|a, b| a | b);
    bxor "bxor" (|a, b| a ^ b);
    shl "shl" (|a, b| a.wrapping_shl(b as u32));
    shr "shr" (shift_right, shift_right_unsigned);
}

fn bnot(cx: Cx) -> Result<c_int> {
    match operand(cx, 1, 1)? {
        CdataOperand::Number { value, unsigned } => {
            push_integer(cx, unsigned, if unsigned { !as_u64(value) } else { !as_i64(value) as u64 });
        }
        CdataOperand::LuaNumber { value, unsigned } => push_wide(cx, unsigned, !value),
        _ => return by_metatable(cx, b"__bnot", Operator::Arithmetic),
    }
    Ok(1)
}

fn unm(cx: Cx) -> Result<c_int> {
    match operand(cx, 1, 1)? {
        CdataOperand::Number { value, unsigned } => {
            push_integer(cx, unsigned, if unsigned { as_u64(value) } else { as_i64(value) as u64 }.wrapping_neg());
        }
        CdataOperand::LuaNumber { value, unsigned } => push_wide(cx, unsigned, value.wrapping_neg()),
        _ => return by_metatable(cx, b"__unm", Operator::Arithmetic),
    }
    Ok(1)
}

fn add(cx: Cx) -> Result<c_int> {
    let operands = operands(cx)?;
    let moved = match operands {
        (pointer @ CdataOperand::Pointer { .. }, other) => other.count().is_some_and(|n| push_moved(cx, 1, pointer, n)),
        (other, pointer @ CdataOperand::Pointer { .. }) => other.count().is_some_and(|n| push_moved(cx, 2, pointer, n)),
        _ => false,
    };
    if moved {
        return Ok(1);
    }
    compute(cx, &operator!("add", |a, b| a.wrapping_add(b)), operands)
}

fn sub(cx: Cx) -> Result<c_int> {
    let operands = operands(cx)?;
    let done = match operands {
        (CdataOperand::Pointer { ty, elem, region }, CdataOperand::Pointer { ty: other, region: from, .. }) => {
            let size = cx.rt.types.size_of(elem).unwrap_or(0) as isize;
            let fine = size != 0 && super::compare::comparable(cx, ty, other);
            if fine {
                let bytes = (region.address() as isize).wrapping_sub(from.address() as isize);
                cx.lua.push_int(bytes.wrapping_div(size) as i64);
            }
            fine
        }
        (pointer @ CdataOperand::Pointer { .. }, other) => {
            other.count().is_some_and(|count| push_moved(cx, 1, pointer, count.wrapping_neg()))
        }
        _ => false,
    };
    if done {
        return Ok(1);
    }
    compute(cx, &operator!("sub", |a, b| a.wrapping_sub(b)), operands)
}

/// Pushes the pointer at `index` moved by so many elements; false when they have no size.
fn push_moved(cx: Cx, index: c_int, pointer: CdataOperand, count: i64) -> bool {
    let types = &cx.rt.types;
    let CdataOperand::Pointer { ty, elem, region } = pointer else { return false };
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

fn concat(cx: Cx) -> Result<c_int> {
    by_metatable(cx, b"__concat", Operator::Concat)
}

fn len(cx: Cx) -> Result<c_int> {
    let Some(ty) = value_type(cx, 1) else { return Err(refuse(cx, Operator::Length)) };
    if metatype::push_method(cx, ty, b"__len") {
        cx.lua.copy(1);
        cx.lua.push_nil();
        cx.lua.call(2, 1);
        return Ok(1);
    }
    let name = ValueName::C(operand_type(&cx.rt.types, ty));
    Err(Error::alone(Fault::Operands(Operator::Length, name, name)))
}

/// For both metatables.
pub const META: &[FunctionEntry] = entries![
    "__add" => add,
    "__sub" => sub,
    "__mul" => mul,
    "__div" => div,
    "__mod" => modulo,
    "__pow" => pow,
    "__unm" => unm,
    "__idiv" => idiv,
    "__band" => band,
    "__bor" => bor,
    "__bxor" => bxor,
    "__shl" => shl,
    "__shr" => shr,
    "__bnot" => bnot,
    "__concat" => concat,
    "__len" => len,
];
