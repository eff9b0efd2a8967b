//! Boxed 64-bit integers: what a plain number of the Lua at hand cannot hold. They compute exactly,
//! within the 64 bits of the signed and the unsigned reading together; a result that a plain number
//! can hold is one.

use crate::convert::cdata::number_of;
use crate::convert::{exact, numeral, push_wide};
use crate::lua::{Error, Fault, Kind, Number, Result, Type};
use crate::object::kind::{self, KindSpec};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::scalar::ScalarValue;
use std::ffi::c_int;

const LOW: i128 = i64::MIN as i128;
const HIGH: i128 = u64::MAX as i128;

/// An operand: exact where it is integral.
enum IntegerOperand {
    Int(i128),
    Float(f64),
}

fn operand(cx: Cx, index: c_int) -> Result<IntegerOperand> {
    let lua = cx.lua;
    Ok(match lua.number(index) {
        Some(Number::Int(value)) => IntegerOperand::Int(value as i128),
        Some(Number::Float(value)) if value.fract() == 0.0 && value.abs() <= 1.8446744073709552e19 => {
            IntegerOperand::Int(value as i128)
        }
        Some(Number::Float(value)) => IntegerOperand::Float(value),
        None => match cx.rt.kinds.int64(*lua, index) {
            Some(value) => IntegerOperand::Int(value),
            None => match lua.string(index).and_then(numeral) {
                Some(value) => IntegerOperand::Int(value),
                None => return cdata_operand(cx, index),
            },
        },
    })
}

/// A cdata that is a number.
fn cdata_operand(cx: Cx, index: c_int) -> Result<IntegerOperand> {
    match number_of(cx.look(), index)? {
        Some(ScalarValue::Bool(value)) => Ok(IntegerOperand::Int(value as i128)),
        Some(ScalarValue::Signed(value)) => Ok(IntegerOperand::Int(value as i128)),
        Some(ScalarValue::Unsigned(value)) => Ok(IntegerOperand::Int(value as i128)),
        Some(ScalarValue::Float(value)) => Ok(IntegerOperand::Float(value)),
        None => Err(Error::arg(index, Fault::Expected("number"))),
    }
}

fn as_float(operand: &IntegerOperand) -> f64 {
    match *operand {
        IntegerOperand::Int(value) => value as f64,
        IntegerOperand::Float(value) => value,
    }
}

fn push(cx: Cx, value: Option<i128>) -> Result<c_int> {
    match value {
        Some(value) if (LOW..=HIGH).contains(&value) => {
            push_wide(cx.lua, cx.rt, value);
            Ok(1)
        }
        _ => Err(Error::alone(Fault::Text("integer overflow"))),
    }
}

/// Exact on integers; on a float operand, what floats do.
fn compute(cx: Cx, int: fn(i128, i128) -> Result<Option<i128>>, float: fn(f64, f64) -> f64) -> Result<c_int> {
    match (operand(cx, 1)?, operand(cx, 2)?) {
        (IntegerOperand::Int(a), IntegerOperand::Int(b)) => push(cx, int(a, b)?),
        (a, b) => {
            cx.lua.push_float(float(as_float(&a), as_float(&b)));
            Ok(1)
        }
    }
}

fn divisor(b: i128) -> Result<i128> {
    if b == 0 { Err(Error::alone(Fault::Text("integer division by zero"))) } else { Ok(b) }
}

/// Division and remainder as Lua has them: towards minus infinity.
fn floor_div(a: i128, b: i128) -> i128 {
    let quotient = a / b;
    if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
}

fn add(cx: Cx) -> Result<c_int> {
    compute(cx, |a, b| Ok(a.checked_add(b)), |a, b| a + b)
}

fn sub(cx: Cx) -> Result<c_int> {
    compute(cx, |a, b| Ok(a.checked_sub(b)), |a, b| a - b)
}

fn mul(cx: Cx) -> Result<c_int> {
    compute(cx, |a, b| Ok(a.checked_mul(b)), |a, b| a * b)
}

fn idiv(cx: Cx) -> Result<c_int> {
    compute(cx, |a, b| divisor(b).map(|b| Some(floor_div(a, b))), |a, b| (a / b).floor())
}

fn modulo(cx: Cx) -> Result<c_int> {
    compute(cx, |a, b| divisor(b).map(|b| Some(a - floor_div(a, b) * b)), |a, b| a - (a / b).floor() * b)
}

fn div(cx: Cx) -> Result<c_int> {
    cx.lua.push_float(as_float(&operand(cx, 1)?) / as_float(&operand(cx, 2)?));
    Ok(1)
}

fn pow(cx: Cx) -> Result<c_int> {
    cx.lua.push_float(as_float(&operand(cx, 1)?).powf(as_float(&operand(cx, 2)?)));
    Ok(1)
}

fn unm(cx: Cx) -> Result<c_int> {
    match operand(cx, 1)? {
        IntegerOperand::Int(value) => push(cx, Some(-value)),
        IntegerOperand::Float(_) => Err(Error::alone(Fault::Bug)),
    }
}

/// Sixty-four bits of an operand of a bit operator.
fn bits(cx: Cx, index: c_int) -> Result<u64> {
    match operand(cx, index)? {
        IntegerOperand::Int(value) if (LOW..=HIGH).contains(&value) => Ok(value as u64),
        _ => Err(Error::arg(index, Fault::Text("number has no 64-bit integer representation"))),
    }
}

fn bitwise(cx: Cx, operation: fn(u64, u64) -> u64) -> Result<c_int> {
    let (a, b) = (bits(cx, 1)?, bits(cx, 2)?);
    push(cx, Some(operation(a, b) as i128))
}

/// Shifts as Lua's: a negative count shifts the other way, a count of 64 or more leaves nothing.
fn shift(value: u64, count: u64) -> u64 {
    match count as i64 {
        n @ 0..=63 => value << n,
        n @ -63..=-1 => value >> -n,
        _ => 0,
    }
}

fn band(cx: Cx) -> Result<c_int> {
    bitwise(cx, |a, b| a & b)
}

fn bor(cx: Cx) -> Result<c_int> {
    bitwise(cx, |a, b| a | b)
}

fn bxor(cx: Cx) -> Result<c_int> {
    bitwise(cx, |a, b| a ^ b)
}

fn shl(cx: Cx) -> Result<c_int> {
    bitwise(cx, shift)
}

fn shr(cx: Cx) -> Result<c_int> {
    bitwise(cx, |a, b| shift(a, b.wrapping_neg()))
}

fn bnot(cx: Cx) -> Result<c_int> {
    let value = bits(cx, 1)?;
    push(cx, Some(!value as i128))
}

/// Lua never compares a number with a string.
fn compare(cx: Cx, int: fn(&i128, &i128) -> bool, float: fn(&f64, &f64) -> bool) -> Result<c_int> {
    if let Some(index) = [1, 2].into_iter().find(|&index| cx.lua.type_of(index) == Type::String) {
        return Err(Error::arg(index, Fault::Expected("number")));
    }
    let result = match (operand(cx, 1)?, operand(cx, 2)?) {
        (IntegerOperand::Int(a), IntegerOperand::Int(b)) => int(&a, &b),
        (a, b) => float(&as_float(&a), &as_float(&b)),
    };
    cx.lua.push_bool(result);
    Ok(1)
}

fn eq(cx: Cx) -> Result<c_int> {
    let kinds = &cx.rt.kinds;
    let (a, b) = (kinds.int64(*cx.lua, 1), kinds.int64(*cx.lua, 2));
    cx.lua.push_bool(a.is_some() && a == b);
    Ok(1)
}

fn lt(cx: Cx) -> Result<c_int> {
    compare(cx, i128::lt, f64::lt)
}

fn le(cx: Cx) -> Result<c_int> {
    compare(cx, i128::le, f64::le)
}

/// Decimal or hexadecimal digits, without the heap.
fn push_digits(cx: Cx, value: i128, hex: bool) {
    use std::io::Write;
    let mut text = [0u8; 40];
    let mut rest = &mut text[..];
    let _ = if hex { write!(rest, "{:#x}", value as u64) } else { write!(rest, "{value}") };
    let unused = rest.len();
    cx.lua.push_bytes(&text[..40 - unused]);
}

fn receiver(cx: Cx) -> Result<i128> {
    let expected = Fault::Expected(Kind::Int64.name());
    cx.rt.kinds.int64(*cx.lua, 1).ok_or(Error { at: crate::lua::At::This, value: 1, fault: expected })
}

fn to_string(cx: Cx) -> Result<c_int> {
    push_digits(cx, receiver(cx)?, false);
    Ok(1)
}

fn hex(cx: Cx) -> Result<c_int> {
    push_digits(cx, receiver(cx)?, true);
    Ok(1)
}

fn to_number(cx: Cx) -> Result<c_int> {
    let value = receiver(cx)?;
    match i64::try_from(value) {
        Ok(value) if cfg!(lua_integers) => cx.lua.push_int(value),
        _ => cx.lua.push_float(value as f64),
    }
    Ok(1)
}

fn concat(cx: Cx) -> Result<c_int> {
    for index in [1, 2] {
        match cx.rt.kinds.int64(*cx.lua, index) {
            Some(value) => push_digits(cx, value, false),
            None if matches!(cx.lua.type_of(index), Type::String | Type::Number) => cx.lua.copy(index),
            None => return Err(Error::arg(index, Fault::Expected("string or number"))),
        }
    }
    cx.lua.concat(2);
    Ok(1)
}

fn index(cx: Cx) -> Result<c_int> {
    kind::index(cx, |_| Ok(false))
}

/// The kind's metatable.
pub const SPEC: KindSpec = KindSpec {
    kind: Kind::Int64,
    methods: entries![
        method "tostring" => to_string,
        method "tonumber" => to_number,
        method "hex" => hex,
    ],
    meta: entries![
        "__index" => index,
        "__newindex" => kind::read_only,
        method "__tostring" => to_string,
        "__concat" => concat,
        "__add" => add,
        "__sub" => sub,
        "__mul" => mul,
        "__div" => div,
        "__mod" => modulo,
        "__pow" => pow,
        "__idiv" => idiv,
        "__unm" => unm,
        "__band" => band,
        "__bor" => bor,
        "__bxor" => bxor,
        "__shl" => shl,
        "__shr" => shr,
        "__bnot" => bnot,
        "__eq" => eq,
        "__lt" => lt,
        "__le" => le,
    ],
};

fn make(cx: Cx, low: i128, high: i128) -> Result<c_int> {
    let value = exact(*cx.lua, cx.rt, 1, low, high).map_err(|fault| Error::arg(1, fault))?;
    push_wide(cx.lua, cx.rt, value);
    Ok(1)
}

fn int64(cx: Cx) -> Result<c_int> {
    make(cx, i64::MIN as i128, i64::MAX as i128)
}

fn uint64(cx: Cx) -> Result<c_int> {
    make(cx, 0, u64::MAX as i128)
}

/// Functions for a module table.
pub const FUNCTIONS: &[FunctionEntry] = entries!["int64" => int64, "uint64" => uint64];
