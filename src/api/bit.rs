//! `lunaffi.bit`: LuaJIT's `bit`. Numbers count as 32 bits, whatever they are; when an operand is a
//! 64-bit value (any number of C, a boxed integer), the operation is on 64 bits, without a sign if one
//! of them has none.

use super::luajit::push_integer;
use crate::convert::cdata::{Source, as_i64, as_u64, source, view_number};
use crate::convert::double;
use crate::lua::{Error, Fault, Number, Result, State, ValueName};
use crate::runtime::{Cx, FunctionEntry, entries, set_functions};
use lunaffi_core::ctype::{CType, TypeId};
use lunaffi_core::scalar::{Class, Scalar, ScalarValue};
use std::ffi::c_int;

/// How many bits an operation is on, and what its result is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    Narrow,
    Signed,
    Unsigned,
}

/// An operand.
#[derive(Clone, Copy)]
struct BitOperand {
    value: ScalarValue,
    width: Width,
}

impl BitOperand {
    /// A float as 32 bits: the integer nearest to it, modulo 2^32. The sum has that integer in its low
    /// bits, as long as it is below 2^51; beyond, it is what LuaJIT makes of it.
    fn narrow(self) -> u32 {
        const TURN: f64 = 6755399441055744.0;
        match self.value {
            ScalarValue::Float(value) if self.width == Width::Narrow => (value + TURN).to_bits() as u32,
            value => as_i64(value) as u32,
        }
    }

    /// The bits for an operation of that width.
    fn bits(self, width: Width) -> u64 {
        match width {
            Width::Narrow => self.narrow() as u64,
            Width::Signed => as_i64(self.value) as u64,
            Width::Unsigned => as_u64(self.value),
        }
    }
}

fn take(cx: Cx, index: c_int) -> Result<BitOperand> {
    take_as(cx, index, Width::Signed)
}

/// `take` when the operands before make the result of that width: what is none should have been so.
fn take_as(cx: Cx, index: c_int, width: Width) -> Result<BitOperand> {
    let number = || Error::arg(index, Fault::Expected("number"));
    let plain = |value| BitOperand { value, width: Width::Narrow };
    match cx.lua.number(index) {
        Some(Number::Int(value)) => return Ok(plain(ScalarValue::Signed(value))),
        Some(Number::Float(value)) => return Ok(plain(ScalarValue::Float(value))),
        None => {}
    }
    let (value, unsigned) = match source(cx.look(), index)? {
        Source::Text(text) => return double(text).map(|value| plain(ScalarValue::Float(value))).ok_or_else(number),
        Source::Number(value) => (value, matches!(value, ScalarValue::Unsigned(_))),
        Source::Cdata(view) => match view_number(cx.rt, &view).map_err(Error::alone)? {
            // One of 128 bits would lose some.
            Some(value) if !matches!(cx.rt.types.kind(view.ty), CType::ExtendedNumber(extended) if extended.is_integer()) =>
            {
                let unsigned = |scalar: Scalar| scalar.class() == Class::Unsigned && scalar.size() == 8;
                (value, matches!(cx.rt.types.kind(view.ty), CType::Scalar(scalar) if unsigned(scalar)))
            }
            _ => {
                let wanted = if width == Width::Unsigned { Scalar::U64 } else { Scalar::I64 };
                let fault = Fault::Convert(ValueName::C(view.ty), TypeId::scalar(wanted));
                return Err(Error::arg(index, fault));
            }
        },
        _ => return Err(number()),
    };
    Ok(BitOperand { value, width: if unsigned { Width::Unsigned } else { Width::Signed } })
}

/// Pushes a result: 32 bits with a sign, or a 64-bit value.
fn push(cx: Cx, width: Width, bits: u64) -> Result<c_int> {
    match width {
        Width::Narrow => cx.lua.push_int(bits as u32 as i32 as i64),
        Width::Signed => push_integer(cx, false, bits),
        Width::Unsigned => push_integer(cx, true, bits),
    }
    Ok(1)
}

/// An operation on any number of operands, at least one.
fn fold(cx: Cx, operation: fn(u64, u64) -> u64) -> Result<c_int> {
    let first = take(cx, 1)?;
    let count = cx.lua.top();
    let mut width = first.width;
    for index in 2..=count {
        width = width.max(take_as(cx, index, width)?.width);
    }
    let mut bits = first.bits(width);
    for index in 2..=count {
        bits = operation(bits, take(cx, index)?.bits(width));
    }
    push(cx, width, bits)
}

/// An operation on one operand, for each width.
fn unary(cx: Cx, narrow: fn(u32) -> u32, wide: fn(u64) -> u64) -> Result<c_int> {
    let operand = take(cx, 1)?;
    let bits = operand.bits(operand.width);
    push(cx, operand.width, if operand.width == Width::Narrow { narrow(bits as u32) as u64 } else { wide(bits) })
}

/// An operation by a count of bits, of which only as many matter as the width needs. The first operand
/// alone decides on the width.
fn shift(cx: Cx, narrow: fn(u32, u32) -> u32, wide: fn(u64, u32) -> u64) -> Result<c_int> {
    let operand = take(cx, 1)?;
    let count = take(cx, 2)?.narrow();
    let bits = operand.bits(operand.width);
    let shifted = match operand.width {
        Width::Narrow => narrow(bits as u32, count & 31) as u64,
        _ => wide(bits, count & 63),
    };
    push(cx, operand.width, shifted)
}

fn tobit(cx: Cx) -> Result<c_int> {
    let operand = take(cx, 1)?;
    push(cx, Width::Narrow, operand.narrow() as u64)
}

fn bnot(cx: Cx) -> Result<c_int> {
    unary(cx, |a| !a, |a| !a)
}

fn bswap(cx: Cx) -> Result<c_int> {
    unary(cx, u32::swap_bytes, u64::swap_bytes)
}

fn band(cx: Cx) -> Result<c_int> {
    fold(cx, |a, b| a & b)
}

fn bor(cx: Cx) -> Result<c_int> {
    fold(cx, |a, b| a | b)
}

fn bxor(cx: Cx) -> Result<c_int> {
    fold(cx, |a, b| a ^ b)
}

fn lshift(cx: Cx) -> Result<c_int> {
    shift(cx, |a, n| a << n, |a, n| a << n)
}

fn rshift(cx: Cx) -> Result<c_int> {
    shift(cx, |a, n| a >> n, |a, n| a >> n)
}

fn arshift(cx: Cx) -> Result<c_int> {
    shift(cx, |a, n| (a as i32 >> n) as u32, |a, n| (a as i64 >> n) as u64)
}

fn rol(cx: Cx) -> Result<c_int> {
    shift(cx, u32::rotate_left, u64::rotate_left)
}

fn ror(cx: Cx) -> Result<c_int> {
    shift(cx, u32::rotate_right, u64::rotate_right)
}

/// The longest text that `tohex` makes.
const MAX_DIGITS: usize = 254;

/// `bit.tohex(x [, n])`: n digits, or as many as x has; in capitals if n is negative.
fn tohex(cx: Cx) -> Result<c_int> {
    let operand = take(cx, 1)?;
    let (digits, shown) = match operand.width {
        Width::Narrow => (operand.bits(Width::Narrow), 8),
        width => (operand.bits(width), 16),
    };
    let count = if cx.lua.is_none(2) { shown } else { take(cx, 2)?.narrow() as i32 };
    let alphabet: &[u8; 16] = if count < 0 { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    let length = (count.unsigned_abs() as usize).min(MAX_DIGITS);
    let mut text = [b'0'; MAX_DIGITS];
    for (place, byte) in text[..length].iter_mut().rev().take(16).enumerate() {
        *byte = alphabet[(digits >> (4 * place) & 15) as usize];
    }
    cx.lua.push_bytes(&text[..length]);
    Ok(1)
}

const FUNCTIONS: &[FunctionEntry] = entries![
    "tobit" => tobit,
    "tohex" => tohex,
    "bnot" => bnot,
    "bswap" => bswap,
    "band" => band,
    "bor" => bor,
    "bxor" => bxor,
    "lshift" => lshift,
    "rshift" => rshift,
    "arshift" => arshift,
    "rol" => rol,
    "ror" => ror,
];

static MODULE_KEY: u8 = 0;

/// Pushes the module table; made by the first caller of a state.
pub fn open(lua: State) -> c_int {
    lua.reserve(8);
    let key = (&raw const MODULE_KEY).cast();
    lua.get_private(State::REGISTRY, key);
    if lua.is_nil(-1) {
        super::prepare(lua);
        let runtime = lua.top();
        lua.new_table(0, FUNCTIONS.len() as c_int);
        set_functions(lua, runtime, FUNCTIONS);
        lua.copy(-1);
        lua.set_private(State::REGISTRY, key);
    }
    1
}
