//! Values in constant expressions: their types, and what operators and conversions make of them.

use super::Parser;
use super::error::{Result, Why};
use super::lexer::op;
use lunaffi_core::ctype::{CType, ExtendedNumber, TypeId};
use lunaffi_core::scalar::{Class, Scalar};
use lunaffi_core::wide_number::{self, Float, FloatType};
use std::rc::Rc;

/// An expression's type and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub ty: TypeId,
    pub known: FoldedValue,
}

/// What is known of a value.
#[derive(Clone, Debug)]
pub(super) enum FoldedValue {
    /// An integer, or an address that is one.
    Integer(i128),
    Float(Float),
    Text(Rc<[u8]>),
    /// An object, at an address if that is a constant.
    Object(Option<i128>),
    /// Only that there is one.
    Nothing,
}

pub(super) const INT: TypeId = TypeId::scalar(Scalar::I32);

/// The type of an integer constant by its value alone: the first of `int`, `unsigned int`, `int64_t`
/// and `uint64_t` that holds it.
pub(super) fn constant_type(value: i128) -> TypeId {
    TypeId::scalar(if i32::try_from(value).is_ok() {
        Scalar::I32
    } else if u32::try_from(value).is_ok() {
        Scalar::U32
    } else if i64::try_from(value).is_ok() {
        Scalar::I64
    } else {
        Scalar::U64
    })
}

/// An arithmetic type after promotion.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Integer { bits: u32, unsigned: bool },
    Float(FloatType),
}

impl Value {
    pub(super) fn integer(ty: TypeId, value: i128) -> Value {
        Value { ty, known: FoldedValue::Integer(value) }
    }

    pub(super) fn truth(value: bool) -> Value {
        Value::integer(INT, value as i128)
    }

    pub(super) fn nothing(ty: TypeId) -> Value {
        Value { ty, known: FoldedValue::Nothing }
    }

    /// Whether it counts as true, if that is known.
    pub(super) fn is_true(&self) -> Option<bool> {
        match &self.known {
            FoldedValue::Integer(value) => Some(*value != 0),
            FoldedValue::Float(value) => Some(!value.is_zero()),
            FoldedValue::Text(_) => Some(true),
            _ => None,
        }
    }
}

/// A value cut to that many bits.
pub(super) fn wrap(value: i128, bits: u32, unsigned: bool) -> i128 {
    if bits >= 128 {
        return value;
    }
    let shift = 128 - bits;
    if unsigned { ((value << shift) as u128 >> shift) as i128 } else { value << shift >> shift }
}

impl<'a> Parser<'a> {
    /// What `?:` makes of its branches.
    pub(super) fn chosen(&self, taken: Option<bool>, first: Value, second: Value) -> Value {
        let common = match (self.arithmetic(first.ty), self.arithmetic(second.ty)) {
            (Some(a), Some(b)) => self.type_of_arithmetic(usual(a, b)),
            (None, _) => first.ty,
            (_, None) => second.ty,
        };
        match taken {
            Some(true) => self.converted(first, common),
            Some(false) => self.converted(second, common),
            None => Value::nothing(common),
        }
    }

    /// Applies an operator with two operands.
    pub(super) fn operate(&self, code: u16, left: Value, right: Value) -> Result<Value> {
        let comparison = matches!(level(code), Some(EQUALITY | RELATION));
        let (Some(a), Some(b)) = (self.arithmetic(left.ty), self.arithmetic(right.ty)) else {
            return Ok(self.operate_pointers(code, comparison, left, right));
        };
        let shift = level(code) == Some(SHIFT);
        let common = if shift { a } else { usual(a, b) };
        let result = if comparison { INT } else { self.type_of_arithmetic(common) };
        match common {
            Arithmetic::Float(ty) => {
                let (Some(l), Some(r)) = (float(&left, ty), float(&right, ty)) else {
                    return Ok(Value::nothing(result));
                };
                let operator = match code {
                    _ if comparison => return Ok(Value::truth(compare(code, l.compare(r)))),
                    c if c == op(b"+") => wide_number::Arithmetic::Add,
                    c if c == op(b"-") => wide_number::Arithmetic::Subtract,
                    c if c == op(b"*") => wide_number::Arithmetic::Multiply,
                    c if c == op(b"/") => wide_number::Arithmetic::Divide,
                    _ => return Err(self.fail(Why::Value)),
                };
                Ok(Value { ty: result, known: FoldedValue::Float(l.operate(operator, r, ty)) })
            }
            Arithmetic::Integer { bits, unsigned } => {
                let (FoldedValue::Integer(l), FoldedValue::Integer(r)) = (&left.known, &right.known) else {
                    return Ok(Value::nothing(result));
                };
                let l = wrap(*l, bits, unsigned);
                let r = if shift { *r } else { wrap(*r, bits, unsigned) };
                if comparison {
                    return Ok(Value::truth(compare(code, l.partial_cmp(&r))));
                }
                // The bits that C's compilers shift by.
                let by = (r & (bits as i128 - 1)) as u32;
                let value = match code {
                    c if c == op(b"+") => l.wrapping_add(r),
                    c if c == op(b"-") => l.wrapping_sub(r),
                    c if c == op(b"*") => l.wrapping_mul(r),
                    c if c == op(b"/") || c == op(b"%") => {
                        if r == 0 {
                            return if self.unevaluated > 0 {
                                Ok(Value::nothing(result))
                            } else {
                                Err(self.fail(Why::Value))
                            };
                        }
                        if c == op(b"/") { l.wrapping_div(r) } else { l.wrapping_rem(r) }
                    }
                    c if c == op(b"<<") => l << by,
                    c if c == op(b">>") => l >> by,
                    c if c == op(b"&") => l & r,
                    c if c == op(b"|") => l | r,
                    _ => l ^ r,
                };
                Ok(Value::integer(result, wrap(value, bits, unsigned)))
            }
        }
    }

    /// An operator of which a side is a pointer.
    pub(super) fn operate_pointers(&self, code: u16, comparison: bool, left: Value, right: Value) -> Value {
        let (size, pointer) = match (self.pointee(left.ty), self.pointee(right.ty)) {
            (Some(to), _) => (self.types.size_of(to).unwrap_or(1), left.ty),
            (None, Some(to)) => (self.types.size_of(to).unwrap_or(1), right.ty),
            (None, None) => return Value::nothing(left.ty),
        };
        let both = self.pointee(left.ty).is_some() && self.pointee(right.ty).is_some();
        let difference = TypeId::scalar(Scalar::LONG);
        let ty = match code {
            _ if comparison => INT,
            c if c == op(b"-") && both => difference,
            _ => pointer,
        };
        let (FoldedValue::Integer(l), FoldedValue::Integer(r)) = (&left.known, &right.known) else {
            return Value::nothing(ty);
        };
        let scale = size.max(1) as i128;
        let (lscale, rscale) = if self.pointee(left.ty).is_some() { (1, scale) } else { (scale, 1) };
        match code {
            _ if comparison => Value::truth(compare(code, l.partial_cmp(r))),
            c if c == op(b"-") && both => Value::integer(ty, l.wrapping_sub(*r) / scale),
            c if c == op(b"+") => Value::integer(ty, l.wrapping_mul(lscale).wrapping_add(r.wrapping_mul(rscale))),
            c if c == op(b"-") => Value::integer(ty, l.wrapping_sub(r.wrapping_mul(scale))),
            _ => Value::nothing(ty),
        }
    }

    /// The object that a pointer leads to.
    pub(super) fn at(&self, pointer: Value, offset: i128) -> Result<Value> {
        let Some(ty) = self.pointee(pointer.ty) else {
            return Err(self.fail(Why::Indexed(&self.types.c_name(pointer.ty).to_string())));
        };
        let address = match pointer.known {
            FoldedValue::Integer(address) => address.checked_add(offset),
            _ => None,
        };
        Ok(Value { ty, known: FoldedValue::Object(address) })
    }

    /// An operand as a value: an array as its first element's address, an object as what is not known.
    pub(super) fn rvalue(&self, value: Value) -> Value {
        let types = self.types;
        let elem = match types.kind(value.ty) {
            CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => elem,
            CType::Function(_) => value.ty,
            _ => {
                return match value.known {
                    FoldedValue::Object(_) => Value::nothing(types.bare(value.ty)),
                    _ => value,
                };
            }
        };
        let ty = types.pointer(elem);
        match value.known {
            FoldedValue::Object(Some(address)) => Value::integer(ty, address),
            FoldedValue::Text(text) => Value { ty, known: FoldedValue::Text(text) },
            _ => Value::nothing(ty),
        }
    }

    pub(super) fn pointee(&self, ty: TypeId) -> Option<TypeId> {
        match self.types.kind(ty) {
            CType::Pointer(to) => Some(to),
            _ => None,
        }
    }

    /// What a type is in an expression, if it is a number.
    pub(super) fn arithmetic(&self, ty: TypeId) -> Option<Arithmetic> {
        if let CType::Array { .. } = self.types.kind(ty) {
            return None;
        }
        match self.types.passed(ty) {
            CType::Scalar(s) => Some(match FloatType::of_scalar(s) {
                Some(ty) => Arithmetic::Float(ty),
                None => Arithmetic::Integer {
                    bits: if s.size() > 4 { 64 } else { 32 },
                    unsigned: s.class() == Class::Unsigned && s.size() >= 4,
                },
            }),
            CType::ExtendedNumber(extended) if extended.is_integer() => {
                let (width, signed) = extended.integer()?;
                let bits = [32, 64, 128].into_iter().find(|&bits| bits >= width)?;
                Some(Arithmetic::Integer { bits, unsigned: !signed && width >= 32 })
            }
            CType::ExtendedNumber(extended) => FloatType::of_opaque(extended).map(Arithmetic::Float),
            _ => None,
        }
    }

    pub(super) fn float_type(&self, ty: FloatType) -> TypeId {
        match ty {
            FloatType::Single => TypeId::scalar(Scalar::F32),
            FloatType::Double => TypeId::scalar(Scalar::F64),
            FloatType::Long => self.types.extended(ExtendedNumber::LongDouble),
            FloatType::Quad => self.types.extended(ExtendedNumber::Float128),
            FloatType::Half => self.types.extended(ExtendedNumber::Float16),
            FloatType::Brain => self.types.extended(ExtendedNumber::BFloat16),
        }
    }

    pub(super) fn complex_type(&self, part: FloatType) -> TypeId {
        match part {
            FloatType::Single => self.types.complex(Scalar::F32),
            FloatType::Long => self.types.extended(ExtendedNumber::ComplexLongDouble),
            FloatType::Quad => self.types.extended(ExtendedNumber::ComplexFloat128),
            FloatType::Half => self.types.extended(ExtendedNumber::ComplexFloat16),
            _ => self.types.complex(Scalar::F64),
        }
    }

    pub(super) fn type_of_arithmetic(&self, arithmetic: Arithmetic) -> TypeId {
        match arithmetic {
            Arithmetic::Float(ty) => self.float_type(ty),
            Arithmetic::Integer { bits: 128, unsigned } => {
                self.types.extended(if unsigned { ExtendedNumber::UInt128 } else { ExtendedNumber::Int128 })
            }
            Arithmetic::Integer { bits, unsigned } => TypeId::scalar(match (bits, unsigned) {
                (64, false) => Scalar::I64,
                (64, true) => Scalar::U64,
                (_, false) => Scalar::I32,
                (_, true) => Scalar::U32,
            }),
        }
    }

    /// A value as a cast or an initialisation makes it.
    pub(super) fn converted(&self, value: Value, ty: TypeId) -> Value {
        let types = self.types;
        if types.bare(ty) == TypeId::VOID || types.record(ty).is_some() {
            return Value::nothing(ty);
        }
        let passed = types.passed(ty);
        let real = match passed {
            CType::Scalar(s) => FloatType::of_scalar(s),
            CType::ExtendedNumber(extended) => FloatType::of_opaque(extended),
            _ => None,
        };
        let known = match (real, passed, value.known) {
            (_, _, FoldedValue::Text(text)) => FoldedValue::Text(text),
            (Some(real), _, known) => match float(&Value { ty, known }, real) {
                Some(value) => FoldedValue::Float(value),
                None => FoldedValue::Nothing,
            },
            (None, CType::Scalar(Scalar::Bool), FoldedValue::Integer(value)) => {
                FoldedValue::Integer((value != 0) as i128)
            }
            (None, CType::Scalar(Scalar::Bool), FoldedValue::Float(value)) => {
                FoldedValue::Integer(!value.is_zero() as i128)
            }
            (None, CType::Scalar(s), known) => {
                let (bits, unsigned) = (s.size() as u32 * 8, s.class() == Class::Unsigned);
                match known {
                    FoldedValue::Integer(value) => FoldedValue::Integer(wrap(value, bits, unsigned)),
                    FoldedValue::Float(value) => FoldedValue::Integer(wrap(value.to_integer(), bits, unsigned)),
                    known => known,
                }
            }
            (None, CType::ExtendedNumber(extended), known) => match (extended.integer(), known) {
                (Some((bits, signed)), FoldedValue::Integer(value)) => FoldedValue::Integer(wrap(value, bits, !signed)),
                (Some((bits, signed)), FoldedValue::Float(value)) => {
                    FoldedValue::Integer(wrap(value.to_integer(), bits, !signed))
                }
                _ => FoldedValue::Nothing,
            },
            (None, _, known) => known,
        };
        Value { ty, known }
    }
}

/// A number as a floating-point type has it.
fn float(value: &Value, ty: FloatType) -> Option<Float> {
    match value.known {
        FoldedValue::Integer(value) => Some(Float::from_integer(value, ty)),
        FoldedValue::Float(value) => Some(value.rounded_to(ty)),
        _ => None,
    }
}

/// The type in which two operands meet.
pub(super) fn usual(a: Arithmetic, b: Arithmetic) -> Arithmetic {
    match (a, b) {
        (Arithmetic::Integer { bits: x, unsigned: u }, Arithmetic::Integer { bits: y, unsigned: v }) => {
            let unsigned = match x.cmp(&y) {
                std::cmp::Ordering::Greater => u,
                std::cmp::Ordering::Less => v,
                std::cmp::Ordering::Equal => u | v,
            };
            Arithmetic::Integer { bits: x.max(y), unsigned }
        }
        (Arithmetic::Float(a), Arithmetic::Float(b)) => Arithmetic::Float(a.max(b)),
        (Arithmetic::Float(ty), _) | (_, Arithmetic::Float(ty)) => Arithmetic::Float(ty),
    }
}

/// The level of what is no operator between operands. (That of `?:` is 0.)
pub(super) const ATOM: u8 = u8::MAX;
pub(super) const LOGICAL_OR: u8 = 1;
pub(super) const LOGICAL_AND: u8 = 2;
const EQUALITY: u8 = 6;
const RELATION: u8 = 7;
const SHIFT: u8 = 8;

/// How strongly an operator binds.
pub(super) fn level(code: u16) -> Option<u8> {
    const LEVELS: &[(&[u8], u8)] = &[
        (b"||", LOGICAL_OR),
        (b"&&", LOGICAL_AND),
        (b"|", 3),
        (b"^", 4),
        (b"&", 5),
        (b"==", EQUALITY),
        (b"!=", EQUALITY),
        (b"<", RELATION),
        (b">", RELATION),
        (b"<=", RELATION),
        (b">=", RELATION),
        (b"<<", SHIFT),
        (b">>", SHIFT),
        (b"+", 9),
        (b"-", 9),
        (b"*", 10),
        (b"/", 10),
        (b"%", 10),
    ];
    LEVELS.iter().find(|(text, _)| op(text) == code).map(|&(_, level)| level)
}

pub(super) fn compare(code: u16, order: Option<std::cmp::Ordering>) -> bool {
    use std::cmp::Ordering::*;
    match code {
        c if c == op(b"==") => order == Some(Equal),
        c if c == op(b"!=") => order != Some(Equal),
        c if c == op(b"<") => order == Some(Less),
        c if c == op(b">") => order == Some(Greater),
        c if c == op(b"<=") => matches!(order, Some(Less | Equal)),
        _ => matches!(order, Some(Greater | Equal)),
    }
}
