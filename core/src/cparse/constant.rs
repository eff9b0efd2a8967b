//! Constant expressions: all of C's operators, with C's types, over what a declaration can know.
//! Pointers made of constants are numbers, which is how `offsetof` is written by hand.

use super::Parser;
use super::error::{Result, Why};
use super::keyword::Keyword;
use super::lexer::{Kind, float_value, op};
use super::names::{Entry, Name};
use crate::ctype::{CType, Constant, ConstantValue, Opaque, Quals, TypeId};
use crate::scalar::{Class, Scalar};
use std::rc::Rc;

/// An expression's type and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub ty: TypeId,
    pub known: Known,
}

/// What is known of a value.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// An integer, or an address that is one.
    Integer(i128),
    Float(f64),
    Text(Rc<[u8]>),
    /// An object, at an address if that is a constant.
    Object(Option<i128>),
    /// Only that there is one.
    Nothing,
}

const INT: TypeId = TypeId::scalar(Scalar::I32);
const DOUBLE: TypeId = TypeId::scalar(Scalar::F64);

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
enum Arithmetic {
    Integer { bits: u32, unsigned: bool },
    Float,
}

impl Value {
    fn integer(ty: TypeId, value: i128) -> Value {
        Value { ty, known: Known::Integer(value) }
    }

    fn truth(value: bool) -> Value {
        Value::integer(INT, value as i128)
    }

    fn nothing(ty: TypeId) -> Value {
        Value { ty, known: Known::Nothing }
    }

    /// Whether it counts as true, if that is known.
    pub(super) fn is_true(&self) -> Option<bool> {
        match &self.known {
            Known::Integer(value) => Some(*value != 0),
            Known::Float(value) => Some(*value != 0.0),
            Known::Text(_) => Some(true),
            _ => None,
        }
    }
}

/// A value cut to that many bits.
fn wrap(value: i128, bits: u32, unsigned: bool) -> i128 {
    if bits >= 128 {
        return value;
    }
    let shift = 128 - bits;
    if unsigned { ((value << shift) as u128 >> shift) as i128 } else { value << shift >> shift }
}

impl<'a> Parser<'a> {
    /// The value of an integer constant expression.
    pub(super) fn integer_constant(&mut self) -> Result<i128> {
        let value = self.conditional()?;
        match self.rvalue(value).known {
            Known::Integer(value) => Ok(value),
            _ => Err(self.fail(Why::Value)),
        }
    }

    /// A constant that is a size.
    pub(super) fn size_constant(&mut self) -> Result<usize> {
        let value = self.integer_constant()?;
        usize::try_from(value).ok().filter(|&n| n <= super::declarators::MAX_SIZE).ok_or_else(|| self.fail(Why::Size))
    }

    /// An array's length; `None` for one that is said by a parameter.
    pub(super) fn length(&mut self) -> Result<Option<usize>> {
        let value = self.conditional()?;
        match self.rvalue(value).known {
            Known::Integer(value) => match usize::try_from(value) {
                Ok(len) if len <= super::declarators::MAX_SIZE => Ok(Some(len)),
                _ => Err(self.fail(Why::Size)),
            },
            _ if !self.scope.is_empty() => Ok(None),
            _ => Err(self.fail(Why::Value)),
        }
    }

    /// An expression with commas.
    pub(super) fn expression(&mut self) -> Result<Value> {
        let mut value = self.conditional()?;
        while self.accept(b",")? {
            value = self.conditional()?;
        }
        Ok(value)
    }

    /// An expression without commas.
    pub(super) fn conditional(&mut self) -> Result<Value> {
        self.enter()?;
        let condition = self.binary(0)?;
        let value = if self.accept(b"?")? {
            let condition = self.rvalue(condition);
            let taken = condition.is_true();
            let first = if self.is(b":") { condition } else { self.branch(taken == Some(true), |p| p.expression())? };
            self.expect(":")?;
            let second = self.branch(taken == Some(false), |p| p.conditional())?;
            self.chosen(taken, first, second)
        } else {
            condition
        };
        self.leave();
        Ok(value)
    }

    /// Reads what is evaluated only if `taken`.
    fn branch(&mut self, taken: bool, read: impl FnOnce(&mut Self) -> Result<Value>) -> Result<Value> {
        self.unevaluated += !taken as u32;
        let value = read(self)?;
        self.unevaluated -= !taken as u32;
        Ok(self.rvalue(value))
    }

    /// What `?:` makes of its branches.
    fn chosen(&self, taken: Option<bool>, first: Value, second: Value) -> Value {
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

    fn binary(&mut self, least: u8) -> Result<Value> {
        let mut left = self.unary()?;
        while let Kind::Op(code) = self.token.kind {
            let Some(level) = level(code).filter(|&level| level >= least) else { break };
            self.advance()?;
            if matches!(level, LOGICAL_OR | LOGICAL_AND) {
                let truth = self.rvalue(left).is_true();
                // The value that decides alone.
                let decides = level == LOGICAL_OR;
                let right = self.branch(truth == Some(!decides), |p| p.binary(level + 1))?;
                left = match (truth, right.is_true()) {
                    (Some(truth), _) if truth == decides => Value::truth(decides),
                    (Some(_), Some(right)) => Value::truth(right),
                    _ => Value::nothing(INT),
                };
                continue;
            }
            let right = self.binary(level + 1)?;
            let (l, r) = (self.rvalue(left), self.rvalue(right));
            left = self.operate(code, l, r)?;
        }
        Ok(left)
    }

    /// Applies an operator with two operands.
    fn operate(&self, code: u16, left: Value, right: Value) -> Result<Value> {
        let comparison = matches!(level(code), Some(EQUALITY | RELATION));
        let (Some(a), Some(b)) = (self.arithmetic(left.ty), self.arithmetic(right.ty)) else {
            return Ok(self.operate_pointers(code, comparison, left, right));
        };
        let shift = level(code) == Some(SHIFT);
        let common = if shift { a } else { usual(a, b) };
        let result = if comparison { INT } else { self.type_of_arithmetic(common) };
        match common {
            Arithmetic::Float => {
                let (Some(l), Some(r)) = (float(&left), float(&right)) else { return Ok(Value::nothing(result)) };
                let known = match code {
                    _ if comparison => return Ok(Value::truth(compare(code, l.partial_cmp(&r)))),
                    c if c == op(b"+") => l + r,
                    c if c == op(b"-") => l - r,
                    c if c == op(b"*") => l * r,
                    c if c == op(b"/") => l / r,
                    _ => return Err(self.fail(Why::Value)),
                };
                Ok(Value { ty: result, known: Known::Float(known) })
            }
            Arithmetic::Integer { bits, unsigned } => {
                let (Known::Integer(l), Known::Integer(r)) = (&left.known, &right.known) else {
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
    fn operate_pointers(&self, code: u16, comparison: bool, left: Value, right: Value) -> Value {
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
        let (Known::Integer(l), Known::Integer(r)) = (&left.known, &right.known) else { return Value::nothing(ty) };
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

    fn unary(&mut self) -> Result<Value> {
        self.enter()?;
        let value = self.unary_inner()?;
        self.leave();
        Ok(value)
    }

    fn unary_inner(&mut self) -> Result<Value> {
        let Kind::Op(code) = self.token.kind else {
            return match self.token.kind {
                Kind::Keyword(Keyword::Sizeof) => self.measure(true),
                Kind::Keyword(Keyword::Alignof) => self.measure(false),
                Kind::Keyword(Keyword::Nothing | Keyword::Part) => {
                    self.advance()?;
                    self.unary()
                }
                _ => self.postfix(),
            };
        };
        let Some(&sign) = [b"-", b"+", b"!", b"~", b"&", b"*"].iter().find(|text| op(**text) == code) else {
            return self.postfix();
        };
        self.advance()?;
        let operand = self.unary()?;
        if sign == b"&" {
            let ty = self.types.pointer(operand.ty);
            return Ok(match operand.known {
                Known::Object(Some(address)) => Value::integer(ty, address),
                _ => Value::nothing(ty),
            });
        }
        let operand = self.rvalue(operand);
        match sign {
            b"*" => self.at(operand, 0),
            b"!" => Ok(operand.is_true().map_or(Value::nothing(INT), |truth| Value::truth(!truth))),
            _ => {
                let Some(arithmetic) = self.arithmetic(operand.ty) else { return Ok(Value::nothing(operand.ty)) };
                let ty = self.type_of_arithmetic(arithmetic);
                Ok(match (operand.known, arithmetic) {
                    (Known::Integer(value), Arithmetic::Integer { bits, unsigned }) => {
                        let value = match sign {
                            b"-" => value.wrapping_neg(),
                            b"~" => !value,
                            _ => value,
                        };
                        Value::integer(ty, wrap(value, bits, unsigned))
                    }
                    (Known::Float(value), _) if sign != b"~" => {
                        Value { ty, known: Known::Float(if sign == b"-" { -value } else { value }) }
                    }
                    _ => Value::nothing(ty),
                })
            }
        }
    }

    /// `sizeof` and `alignof` with what follows.
    fn measure(&mut self, size: bool) -> Result<Value> {
        self.advance()?;
        self.unevaluated += 1;
        let ty = if self.is(b"(") && self.is_type_behind() {
            self.advance()?;
            let ty = self.abstract_type()?;
            self.expect(")")?;
            ty
        } else {
            self.unary()?.ty
        };
        self.unevaluated -= 1;
        let value = match size {
            true => self.types.size_of(ty).ok_or_else(|| self.fail(Why::Size))?,
            false => self.types.align_of(ty),
        };
        Ok(Value::integer(
            TypeId::scalar(if size_of::<usize>() == 8 { Scalar::U64 } else { Scalar::U32 }),
            value as i128,
        ))
    }

    /// A parenthesis that is the present token holds a type.
    fn is_type_behind(&mut self) -> bool {
        let c = self.next_byte();
        if !(c.is_ascii_alphabetic() || c == b'_' || c == b'$' || c >= 0x80) {
            return false;
        }
        match self.peek() {
            // `(__extension__ 3)`
            Some(Kind::Keyword(Keyword::Nothing)) => self.lexer.next_word() != Some(b"__extension__"),
            Some(Kind::Keyword(keyword)) => is_type_keyword(keyword),
            Some(Kind::Type(_)) => true,
            _ => false,
        }
    }

    /// What stands in parentheses, and what follows it.
    fn parenthesis(&mut self) -> Result<Value> {
        if self.is_type_behind() {
            self.advance()?;
            let ty = self.abstract_type()?;
            self.expect(")")?;
            if self.is(b"{") {
                self.skip_brackets(b'{', b'}')?;
                return Ok(Value { ty, known: Known::Object(None) });
            }
            let value = self.unary()?;
            let value = self.rvalue(value);
            return Ok(self.converted(value, ty));
        }
        if self.next_byte() == b'{' {
            self.skip_brackets(b'(', b')')?;
            return Ok(Value::nothing(INT));
        }
        self.advance()?;
        let value = self.expression()?;
        self.expect(")")?;
        Ok(value)
    }

    fn postfix(&mut self) -> Result<Value> {
        let mut value = self.primary()?;
        loop {
            if self.accept(b"[")? {
                let index = self.expression()?;
                self.expect("]")?;
                let (base, index) = (self.rvalue(value), self.rvalue(index));
                if self.pointee(base.ty).is_none() && self.pointee(index.ty).is_none() {
                    return Err(self.fail(Why::Indexed(&self.types.c_name(base.ty).to_string())));
                }
                let place = self.operate_pointers(op(b"+"), false, base, index);
                value = self.at(place, 0)?;
            } else if self.is(b".") || self.is(b"->") {
                let arrow = self.is(b"->");
                self.advance()?;
                if arrow {
                    let pointer = self.rvalue(value);
                    value = self.at(pointer, 0)?;
                }
                value = self.member_of(value)?;
            } else if self.is(b"(") {
                self.skip_brackets(b'(', b')')?;
                let function = self.types.function(value.ty).or_else(|| self.types.function(self.pointee(value.ty)?));
                value = Value::nothing(function.map_or(INT, |f| f.result));
            } else {
                return Ok(value);
            }
        }
    }

    /// The object that a pointer leads to.
    fn at(&self, pointer: Value, offset: i128) -> Result<Value> {
        let Some(ty) = self.pointee(pointer.ty) else {
            return Err(self.fail(Why::Indexed(&self.types.c_name(pointer.ty).to_string())));
        };
        let address = match pointer.known {
            Known::Integer(address) => address.checked_add(offset),
            _ => None,
        };
        Ok(Value { ty, known: Known::Object(address) })
    }

    /// A member of a record, or one of its constants; the present token is its name.
    fn member_of(&mut self, value: Value) -> Result<Value> {
        let name = match self.name(super::declarators::Named::Maybe)? {
            Some(name) => name,
            None => return Err(self.fail_near(Why::Expected("<identifier>"))),
        };
        let types = self.types;
        if let Some(record) = types.record(value.ty) {
            if let Some(field) = record.by_name(name) {
                let address = match value.known {
                    Known::Object(Some(address)) => address.checked_add(field.offset as i128),
                    _ => None,
                };
                let quals = Quals { align: 0, ..types.quals(value.ty) };
                return Ok(Value { ty: types.qualified(field.ty, quals), known: Known::Object(address) });
            }
            if let Some((_, constant)) = record.constants.iter().find(|(n, _)| n.as_bytes() == name) {
                return Ok(constant_value(constant));
            }
        }
        let ty = types.c_name(value.ty).to_string();
        Err(self.fail(Why::Member { ty: &ty, name: &String::from_utf8_lossy(name) }))
    }

    fn primary(&mut self) -> Result<Value> {
        let token = self.token;
        match token.kind {
            Kind::Integer(scalar) => {
                self.advance()?;
                let signed = matches!(scalar.class(), Class::Signed);
                let value = if signed { token.value as i64 as i128 } else { token.value as i128 };
                Ok(Value::integer(TypeId::scalar(scalar), value))
            }
            Kind::Float => {
                let value = float_value(self.lexer.slice(token)).unwrap_or(0.0);
                self.advance()?;
                Ok(Value { ty: DOUBLE, known: Known::Float(value) })
            }
            Kind::Text(_) => {
                let mut text = Vec::new();
                let wide = self.text(&mut text)?;
                let (elem, size) = match wide {
                    1 => (Scalar::I8, 1),
                    2 => (Scalar::U16, 2),
                    _ => (Scalar::WCHAR, 4),
                };
                let ty = self.types.array(TypeId::scalar(elem), text.len() / size + 1);
                let known = if wide == 1 { Known::Text(text.into()) } else { Known::Nothing };
                Ok(Value { ty: ty.ok_or_else(|| self.fail(Why::Size))?, known })
            }
            Kind::Op(code) if code == op(b"(") => self.parenthesis(),
            Kind::Name => self.named_value(),
            Kind::Keyword(keyword) => self.builtin(keyword),
            _ => Err(self.fail_near(Why::Symbol)),
        }
    }

    fn named_value(&mut self) -> Result<Value> {
        let name = self.name_of(self.token);
        if let Some(&(_, ty)) = self.scope.iter().rev().find(|(n, _)| *n == name) {
            self.advance()?;
            return Ok(Value { ty, known: Known::Object(None) });
        }
        let value = match self.names.ordinary.get(name).map(|named| &named.entry) {
            Some(Entry::Name(Name::Constant(constant))) => constant_value(constant),
            Some(Entry::Name(Name::Extern { ty, .. })) => Value { ty: *ty, known: Known::Object(None) },
            // A function of the compiler's: nobody knows what it gives.
            _ if name.starts_with(b"__builtin_") && self.next_byte() == b'(' => Value::nothing(INT),
            _ => return Err(self.fail_near(Why::Symbol)),
        };
        self.advance()?;
        Ok(value)
    }

    fn builtin(&mut self, keyword: Keyword) -> Result<Value> {
        match keyword {
            Keyword::Generic => {
                self.advance()?;
                if !self.is(b"(") {
                    return Err(self.fail_near(Why::Expected("(")));
                }
                self.skip_brackets(b'(', b')')?;
                return Ok(Value::nothing(INT));
            }
            Keyword::Offsetof | Keyword::TypesCompatible | Keyword::ChooseExpr | Keyword::ConstantP => {}
            _ => return Err(self.fail_near(Why::Symbol)),
        }
        self.advance()?;
        self.expect("(")?;
        let value = match keyword {
            Keyword::Offsetof => {
                let ty = self.abstract_type()?;
                self.expect(",")?;
                let mut place = self.member_of(Value { ty, known: Known::Object(Some(0)) })?;
                loop {
                    if self.accept(b".")? {
                        place = self.member_of(place)?;
                    } else if self.accept(b"[")? {
                        let index = self.conditional()?;
                        self.expect("]")?;
                        let (base, index) = (self.rvalue(place), self.rvalue(index));
                        let sum = self.operate_pointers(op(b"+"), false, base, index);
                        place = self.at(sum, 0)?;
                    } else {
                        break;
                    }
                }
                let ty = TypeId::scalar(Scalar::ULONG);
                match place.known {
                    Known::Object(Some(address)) => Value::integer(ty, address),
                    _ => Value::nothing(ty),
                }
            }
            Keyword::TypesCompatible => {
                let first = self.abstract_type()?;
                self.expect(",")?;
                let second = self.abstract_type()?;
                Value::truth(self.types.bare(first) == self.types.bare(second))
            }
            Keyword::ChooseExpr => {
                let condition = self.conditional()?;
                let taken = self.rvalue(condition).is_true();
                self.expect(",")?;
                let first = self.branch(taken == Some(true), |p| p.conditional())?;
                self.expect(",")?;
                let second = self.branch(taken == Some(false), |p| p.conditional())?;
                match taken {
                    Some(true) => first,
                    Some(false) => second,
                    None => Value::nothing(first.ty),
                }
            }
            _ => {
                self.unevaluated += 1;
                let value = self.expression()?;
                self.unevaluated -= 1;
                Value::truth(matches!(self.rvalue(value).known, Known::Integer(_) | Known::Float(_) | Known::Text(_)))
            }
        };
        self.expect(")")?;
        Ok(value)
    }

    /// An operand as a value: an array as its first element's address, an object as what is not known.
    pub(super) fn rvalue(&self, value: Value) -> Value {
        let types = self.types;
        let elem = match types.kind(value.ty) {
            CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => elem,
            CType::Function(_) => value.ty,
            _ => {
                return match value.known {
                    Known::Object(_) => Value::nothing(types.bare(value.ty)),
                    _ => value,
                };
            }
        };
        let ty = types.pointer(elem);
        match value.known {
            Known::Object(Some(address)) => Value::integer(ty, address),
            Known::Text(text) => Value { ty, known: Known::Text(text) },
            _ => Value::nothing(ty),
        }
    }

    fn pointee(&self, ty: TypeId) -> Option<TypeId> {
        match self.types.kind(ty) {
            CType::Pointer(to) => Some(to),
            _ => None,
        }
    }

    /// What a type is in an expression, if it is a number.
    fn arithmetic(&self, ty: TypeId) -> Option<Arithmetic> {
        if let CType::Array { .. } = self.types.kind(ty) {
            return None;
        }
        match self.types.passed(ty) {
            CType::Scalar(s) => Some(match s.class() {
                Class::Float => Arithmetic::Float,
                class => Arithmetic::Integer {
                    bits: if s.size() > 4 { 64 } else { 32 },
                    unsigned: class == Class::Unsigned && s.size() >= 4,
                },
            }),
            CType::Opaque(Opaque::Int128) => Some(Arithmetic::Integer { bits: 128, unsigned: false }),
            CType::Opaque(Opaque::UInt128) => Some(Arithmetic::Integer { bits: 128, unsigned: true }),
            CType::Opaque(_) => Some(Arithmetic::Float),
            _ => None,
        }
    }

    fn type_of_arithmetic(&self, arithmetic: Arithmetic) -> TypeId {
        match arithmetic {
            Arithmetic::Float => DOUBLE,
            Arithmetic::Integer { bits: 128, unsigned } => {
                self.types.opaque(if unsigned { Opaque::UInt128 } else { Opaque::Int128 })
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
        let known = match (types.passed(ty), value.known) {
            (_, Known::Text(text)) => Known::Text(text),
            (CType::Scalar(Scalar::Bool), Known::Integer(value)) => Known::Integer((value != 0) as i128),
            (CType::Scalar(Scalar::Bool), Known::Float(value)) => Known::Integer((value != 0.0) as i128),
            (CType::Scalar(s), Known::Integer(value)) if s.class() == Class::Float => Known::Float(value as f64),
            (CType::Scalar(Scalar::F32), Known::Float(value)) => Known::Float(value as f32 as f64),
            (CType::Scalar(Scalar::F64), Known::Float(value)) => Known::Float(value),
            (CType::Scalar(s), known) => {
                let (bits, unsigned) = (s.size() as u32 * 8, s.class() == Class::Unsigned);
                match known {
                    Known::Integer(value) => Known::Integer(wrap(value, bits, unsigned)),
                    Known::Float(value) => Known::Integer(wrap(value as i128, bits, unsigned)),
                    known => known,
                }
            }
            (CType::Opaque(Opaque::Int128 | Opaque::UInt128), Known::Float(value)) => Known::Integer(value as i128),
            (CType::Opaque(Opaque::Int128 | Opaque::UInt128), known) => known,
            (CType::Opaque(_), Known::Integer(value)) => Known::Float(value as f64),
            (_, known) => known,
        };
        Value { ty, known }
    }
}

/// Whether a keyword begins a type where an expression could be.
fn is_type_keyword(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::Word(_)
            | Keyword::Fixed(_)
            | Keyword::Const
            | Keyword::Volatile
            | Keyword::Atomic
            | Keyword::Struct
            | Keyword::Union
            | Keyword::Enum
            | Keyword::Typeof
            | Keyword::Attribute
    )
}

fn constant_value(constant: &Constant) -> Value {
    let known = match &constant.value {
        ConstantValue::Integer(value) => Known::Integer(*value),
        ConstantValue::Float(value) => Known::Float(*value),
        ConstantValue::Text(text) => Known::Text((**text).into()),
    };
    Value { ty: constant.ty, known }
}

fn float(value: &Value) -> Option<f64> {
    match value.known {
        Known::Integer(value) => Some(value as f64),
        Known::Float(value) => Some(value),
        _ => None,
    }
}

/// The type in which two operands meet.
fn usual(a: Arithmetic, b: Arithmetic) -> Arithmetic {
    match (a, b) {
        (Arithmetic::Integer { bits: x, unsigned: u }, Arithmetic::Integer { bits: y, unsigned: v }) => {
            let unsigned = match x.cmp(&y) {
                std::cmp::Ordering::Greater => u,
                std::cmp::Ordering::Less => v,
                std::cmp::Ordering::Equal => u | v,
            };
            Arithmetic::Integer { bits: x.max(y), unsigned }
        }
        _ => Arithmetic::Float,
    }
}

const LOGICAL_OR: u8 = 1;
const LOGICAL_AND: u8 = 2;
const EQUALITY: u8 = 6;
const RELATION: u8 = 7;
const SHIFT: u8 = 8;

/// How strongly an operator binds.
fn level(code: u16) -> Option<u8> {
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

fn compare(code: u16, order: Option<std::cmp::Ordering>) -> bool {
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
