//! Constant expressions: all of C's operators, with C's types, over what a declaration can know.
//! Pointers made of constants are numbers, which is how `offsetof` is written by hand.

use super::Parser;
use super::arithmetic::*;
use super::error::{Result, Why};
use super::keyword::Keyword;
use super::lexer::{Kind, Token, op};
use super::literal::{Floating, floating};
use super::names::{Name, NameEntry};
use lunaffi_core::ctype::{Constant, ConstantValue, Quals, TypeId};
use lunaffi_core::scalar::{Class, Scalar};

impl<'a> Parser<'a> {
    /// The value of an integer constant expression.
    pub(super) fn integer_constant(&mut self) -> Result<i128> {
        let value = self.conditional()?;
        match self.rvalue(value).known {
            FoldedValue::Integer(value) => Ok(value),
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
            FoldedValue::Integer(value) => match usize::try_from(value) {
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
            self.loosest = 0;
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

    fn binary(&mut self, least: u8) -> Result<Value> {
        self.least = least;
        let mut left = self.unary()?;
        while let Kind::Op(code) = self.token.kind {
            let Some(level) = level(code).filter(|&level| level >= least) else { break };
            self.loosest = self.loosest.min(level);
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

    fn unary(&mut self) -> Result<Value> {
        self.enter()?;
        let value = self.unary_inner()?;
        self.leave();
        Ok(value)
    }

    fn unary_inner(&mut self) -> Result<Value> {
        let Kind::Op(code) = self.token.kind else {
            return match self.token.kind {
                Kind::Keyword(Keyword::Sizeof) => self.enclosed(|p| p.measure(true)),
                Kind::Keyword(Keyword::Alignof) => self.enclosed(|p| p.measure(false)),
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
        let operand = self.operand()?;
        if sign == b"&" {
            let ty = self.types.pointer(operand.ty);
            return Ok(match operand.known {
                FoldedValue::Object(Some(address)) => Value::integer(ty, address),
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
                    (FoldedValue::Integer(value), Arithmetic::Integer { bits, unsigned }) => {
                        let value = match sign {
                            b"-" => value.wrapping_neg(),
                            b"~" => !value,
                            _ => value,
                        };
                        Value::integer(ty, wrap(value, bits, unsigned))
                    }
                    (FoldedValue::Float(value), _) if sign != b"~" => {
                        Value { ty, known: FoldedValue::Float(if sign == b"-" { -value } else { value }) }
                    }
                    _ => Value::nothing(ty),
                })
            }
        }
    }

    /// What an operator in front of it applies to: it binds more strongly than any between two operands.
    fn operand(&mut self) -> Result<Value> {
        self.least = ATOM;
        self.unary()
    }

    /// Reads what brackets enclose: the operators in it are not those of the expression around it.
    fn enclosed(&mut self, read: impl FnOnce(&mut Self) -> Result<Value>) -> Result<Value> {
        let loosest = self.loosest;
        let value = read(self)?;
        self.loosest = loosest;
        Ok(value)
    }

    /// A macro whose value has operators outside of parentheses, the loosest of which is at that level,
    /// has been read. In C they would be among the operators around it: where that makes a difference the
    /// macro has no value.
    fn loose(&mut self, token: Token, loosest: u8) -> Result<()> {
        let torn = match self.token.kind {
            Kind::Op(code) if level(code).is_some_and(|level| level > loosest) => true,
            Kind::Op(code) => {
                [b"[" as &[u8], b"(", b".", b"->"].iter().any(|text| op(text) == code)
                    || (loosest == 0 && code == op(b"?"))
            }
            _ => false,
        };
        if torn || self.least > loosest {
            return Err(self.lexer.fail_near(token, Why::Value));
        }
        self.loosest = self.loosest.min(loosest);
        Ok(())
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
            self.operand()?.ty
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
                return Ok(Value { ty, known: FoldedValue::Object(None) });
            }
            let value = self.operand()?;
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
                let index = self.enclosed(|p| p.expression())?;
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

    /// A member of a record, or one of its constants; the present token is its name.
    fn member_of(&mut self, value: Value) -> Result<Value> {
        let name = match self.name(super::declarators::HasName::Maybe)? {
            Some(name) => name,
            None => return Err(self.fail_near(Why::Expected("<identifier>"))),
        };
        let types = self.types;
        if let Some(record) = types.record(value.ty) {
            if let Some(field) = record.by_name(name) {
                let address = match value.known {
                    FoldedValue::Object(Some(address)) => address.checked_add(field.offset as i128),
                    _ => None,
                };
                let quals = Quals { align: 0, ..types.quals(value.ty) };
                return Ok(Value { ty: types.qualified(field.ty, quals), known: FoldedValue::Object(address) });
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
                let value = floating(self.lexer.slice(token)).ok_or_else(|| self.fail_near(Why::Number))?;
                self.advance()?;
                Ok(match value {
                    Floating::Real(ty, value) => Value { ty: self.float_type(ty), known: FoldedValue::Float(value) },
                    Floating::Decimal(ty, value) => {
                        Value { ty: self.types.extended(ty), known: FoldedValue::Float(value.into()) }
                    }
                    Floating::Imaginary(ty) => Value::nothing(self.complex_type(ty)),
                })
            }
            Kind::Text(_) => self.text_value(),
            Kind::Op(code) if code == op(b"(") => self.enclosed(|p| p.parenthesis()),
            Kind::Name => self.named_value(),
            Kind::Keyword(keyword) => self.enclosed(|p| p.builtin(keyword)),
            _ => Err(self.fail_near(Why::Symbol)),
        }
    }

    // These are no part of what recurses: the stack is what limits it.
    #[inline(never)]
    fn text_value(&mut self) -> Result<Value> {
        let mut text = Vec::new();
        let wide = self.text(&mut text)?;
        let (elem, size) = match wide {
            1 => (Scalar::I8, 1),
            2 => (Scalar::U16, 2),
            _ => (Scalar::WCHAR, 4),
        };
        let ty = self.types.array(TypeId::scalar(elem), text.len() / size + 1);
        let known = if wide == 1 { FoldedValue::Text(text.into()) } else { FoldedValue::Nothing };
        Ok(Value { ty: ty.ok_or_else(|| self.fail(Why::Size))?, known })
    }

    #[inline(never)]
    fn named_value(&mut self) -> Result<Value> {
        let token = self.token;
        let name = self.name_of(token);
        if let Some(&(_, ty)) = self.scope.iter().rev().find(|(n, _)| *n == name) {
            self.advance()?;
            return Ok(Value { ty, known: FoldedValue::Object(None) });
        }
        let value = match self.names.ordinary.get(name).map(|named| &named.entry) {
            Some(NameEntry::Name(Name::Constant(constant))) => constant_value(constant),
            Some(NameEntry::Name(Name::Extern { ty, .. })) => Value { ty: *ty, known: FoldedValue::Object(None) },
            // Words of C23, unless something has that name.
            _ if name == b"true" || name == b"false" => Value::truth(name == b"true"),
            _ if name == b"nullptr" => Value::integer(TypeId::VOID_POINTER, 0),
            // A function of the compiler's: nobody knows what it gives.
            _ if name.starts_with(b"__builtin_") && self.next_byte() == b'(' => Value::nothing(INT),
            _ => return Err(self.fail_near(Why::Symbol)),
        };
        let loosest = self.names.loose.get(name).copied();
        self.advance()?;
        if let Some(loosest) = loosest {
            self.loose(token, loosest)?;
        }
        Ok(value)
    }

    #[inline(never)]
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
                let mut place = self.member_of(Value { ty, known: FoldedValue::Object(Some(0)) })?;
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
                    FoldedValue::Object(Some(address)) => Value::integer(ty, address),
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
                Value::truth(matches!(
                    self.rvalue(value).known,
                    FoldedValue::Integer(_) | FoldedValue::Float(_) | FoldedValue::Text(_)
                ))
            }
        };
        self.expect(")")?;
        Ok(value)
    }
}

/// Whether a keyword begins a type where an expression could be.
fn is_type_keyword(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::Word(_)
            | Keyword::Fixed(_)
            | Keyword::BitInt
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
        ConstantValue::Integer(value) => FoldedValue::Integer(*value),
        ConstantValue::Float(value) => FoldedValue::Float(*value),
        ConstantValue::Text(text) => FoldedValue::Text((**text).into()),
    };
    Value { ty: constant.ty, known }
}
