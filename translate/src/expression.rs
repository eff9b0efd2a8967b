//! Expressions: what each can give, which known name it is, and the edits that names and literals need.

use super::compare::{ComparedOperand, Comparison, Operation};
use super::growth::{Mark, Role};
use super::lexer::{Binary, Constant, T, Token, is_word};
use super::names::{self, Gives, KNOWN};
use super::numeral::{self, Numeral};
use super::parser::{Parser, Result, Wrap};
use super::scope::{ANY, FRACTION, Kinds, NUMBER, OBJECT, Ref, Sym, VarId, What};
use super::{Library, Target};

/// The form of an expression, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Other,
    /// May be written twice: evaluating it does nothing else.
    Simple(ComparedOperand),
    Local(VarId, Option<ComparedOperand>),
    Global,
    Index,
    /// Operands with `..` in between.
    Concat,
    /// A call; of the global `type`, the number of the edit of that name.
    Call(Option<usize>),
    Dots,
}

/// A parsed expression.
#[derive(Clone, Copy, Debug)]
pub struct Expr {
    pub start: usize,
    pub end: usize,
    pub sym: Sym,
    pub known: Option<Ref>,
    form: Form,
    /// The edit that put something of ours in the place of the name that it is.
    edit: Option<usize>,
    /// It is a literal string.
    literal: bool,
    /// What it is computed from: from where to where that is noted.
    pub marks: (Mark, Mark),
    /// Where values come to that are assigned to it.
    pub node: Option<VarId>,
}

impl Expr {
    pub fn is_call(&self) -> bool {
        matches!(self.form, Form::Call(_))
    }

    /// It may give several values.
    pub fn is_multiple(&self) -> bool {
        matches!(self.form, Form::Call(_) | Form::Dots)
    }

    pub fn assignable(&self) -> bool {
        matches!(self.form, Form::Local(..) | Form::Global | Form::Index)
    }

    pub fn is_local(&self) -> bool {
        matches!(self.form, Form::Local(..))
    }

    /// A literal that is a small integer.
    pub fn is_small(&self) -> bool {
        self.form != Form::Other && self.is_text() && self.sym.is_plain()
    }

    /// It is a literal number or string.
    fn is_text(&self) -> bool {
        self.literal || matches!(self.form, Form::Simple(_))
    }

    /// How to write it again, if it may be.
    fn operand(&self) -> Option<ComparedOperand> {
        match self.form {
            Form::Simple(operand) => Some(operand),
            Form::Local(_, operand) => operand,
            _ => None,
        }
    }
}

/// A call of a method, for a helper to do it.
pub struct MethodCall {
    start: usize,
    colon: Token,
    name: Token,
    opener: Token,
    end: usize,
    empty: bool,
}

impl MethodCall {
    /// The helper that does it, which has the method's name.
    pub fn helper(&self, text: &[u8]) -> &'static str {
        match &text[self.name.start..self.name.end] {
            b"write" => "write",
            b"rep" => "rep",
            b"gsub" => "gsub",
            b"gmatch" => "gmatch",
            _ => "format",
        }
    }
}

/// Binary operators by how they bind: to the left, to the right.
fn priority(t: T) -> Option<(u32, u32)> {
    Some(match t {
        T::Or => (1, 1),
        T::And => (2, 2),
        T::Eq | T::Ne | T::Lt | T::Le | T::Gt | T::Ge => (3, 3),
        T::Operator(Binary::BitOr) => (4, 4),
        T::Tilde => (5, 5),
        T::Operator(Binary::BitAnd) => (6, 6),
        T::Operator(Binary::Shift) => (7, 7),
        T::Concat => (9, 8),
        T::Operator(Binary::Sum) | T::Minus => (10, 10),
        T::Operator(Binary::Product) => (11, 11),
        T::Operator(Binary::Power) => (14, 13),
        _ => return None,
    })
}

const UNARY: u32 = 12;

/// What a numeral is, when it comes to printing.
fn number_sym(text: &[u8]) -> Sym {
    match numeral::scan(text) {
        Some(Numeral::Integer(value)) if value < 1e14 => Sym::PLAIN,
        Some(Numeral::Float(value)) if value.fract() != 0.0 => Sym::FRACTION,
        _ => Sym::NUMBER,
    }
}

impl<'a> Parser<'a> {
    pub fn expression(&mut self) -> Result<Expr> {
        self.subexpression(0)
    }

    fn expr(&self, start: usize, sym: Sym, form: Form) -> Expr {
        Expr {
            start,
            end: self.last_end,
            sym,
            known: None,
            form,
            edit: None,
            literal: false,
            marks: Default::default(),
            node: None,
        }
    }

    fn subexpression(&mut self, limit: u32) -> Result<Expr> {
        self.nested(|parser| {
            let start = parser.growth.mark();
            let mut left = parser.unary()?;
            while let Some((_, to_right)) = priority(parser.token.t).filter(|p| p.0 > limit) {
                let operator = parser.token;
                parser.advance()?;
                let between = parser.growth.mark();
                match parser.slice(operator) {
                    b"*" => parser.growth.factor(start),
                    b"+" | b"-" => parser.growth.addend(start),
                    _ => {}
                }
                let right = parser.subexpression(to_right)?;
                left = parser.binary(operator, left, right);
                parser.note_operator(operator, start, between);
            }
            left.marks = (start, parser.growth.mark());
            Ok(left)
        })
    }

    /// Notes what an operator computes from what is behind two marks.
    fn note_operator(&mut self, operator: Token, left: Mark, right: Mark) {
        match operator.t {
            T::Operator(Binary::Sum) | T::Minus => {
                self.growth.addend(right);
                self.growth.operation(false, left, right);
            }
            T::Operator(Binary::Product) if self.slice(operator) == b"*" => {
                self.growth.factor(right);
                self.growth.operation(true, left, right);
            }
            T::And | T::Or => {}
            T::Operator(Binary::Product) if self.slice(operator) == b"%" => self.growth.remainder(left, right),
            // A float, or no number.
            _ => self.growth.back_to(left),
        }
    }

    fn unary(&mut self) -> Result<Expr> {
        let operator = self.token;
        if !matches!(operator.t, T::Not | T::Minus | T::Hash | T::Tilde) {
            return self.simple();
        }
        self.dialect.has_integers |= operator.t == T::Tilde;
        self.advance()?;
        let start = self.growth.mark();
        let operand = self.subexpression(UNARY)?;
        if operator.t == T::Minus {
            self.growth.zero(start);
        } else {
            self.growth.back_to(start);
            self.growth.other();
        }
        let sym = match operator.t {
            T::Not => Sym::PLAIN,
            T::Minus if self.is_zero(operand) => Sym::NUMBER,
            T::Minus if !matches!(operand.form, Form::Simple(ComparedOperand::Text(..))) => {
                self.scopes.arithmetic(operand.sym, false)
            }
            _ => self.scopes.computed(operand.sym),
        };
        if operator.t == T::Hash && self.defines_len && self.target().reserves_goto() && !operand.sym.is_plain() {
            self.lexer.edits.replace(operator.start, operator.end, format!(" {}.len(", self.helper));
            self.lexer.edits.after(self.last_end, ")");
        }
        let mut expr = self.expr(operator.start, sym, Form::Other);
        match operand.form {
            // A negative literal is a constant, too.
            Form::Simple(ComparedOperand::Constant(number)) if operator.t == T::Minus => {
                self.lexer.edits.replace(operator.start, operator.end, " ");
                let constant = &mut self.lexer.constants[number as usize];
                *constant = match *constant {
                    Constant::Signed(value) => Constant::Signed(value.wrapping_neg()),
                    Constant::Unsigned(value) => Constant::Unsigned(value.wrapping_neg()),
                    Constant::Imaginary(value) => Constant::Imaginary(-value),
                };
                expr.form = operand.form;
                expr.sym = operand.sym;
            }
            Form::Simple(ComparedOperand::Text(start, end)) if operator.t == T::Minus => {
                expr.form = Form::Simple(ComparedOperand::Negative(start, end));
            }
            _ => {}
        }
        Ok(expr)
    }

    /// A literal whose negative has a sign that shows.
    fn is_zero(&self, expr: Expr) -> bool {
        let text = &self.lexer.text[expr.start..expr.end];
        matches!(numeral::scan(text), Some(Numeral::Integer(value) | Numeral::Float(value)) if value == 0.0)
    }

    fn binary(&mut self, operator: Token, left: Expr, right: Expr) -> Expr {
        self.dialect.has_integers |= match operator.t {
            T::Operator(Binary::BitOr | Binary::BitAnd | Binary::Shift) | T::Tilde => true,
            _ => self.slice(operator) == b"//",
        };
        let operation = match operator.t {
            T::Eq => Operation::Equal,
            T::Ne => Operation::Unequal,
            T::Lt => Operation::Less,
            T::Le => Operation::LessEqual,
            T::Gt => Operation::Greater,
            T::Ge => Operation::GreaterEqual,
            T::And | T::Or => {
                let sym = self.scopes.either(left.sym, right.sym);
                return self.expr(left.start, sym, Form::Other);
            }
            _ => {
                let sym = self.scopes.either(left.sym, right.sym);
                return self.computed(operator, left, right, sym);
            }
        };
        for (call, literal) in [(left, right), (right, left)] {
            if let Form::Call(Some(edit)) = call.form
                && self.tells_nothing_of_cdata(literal)
            {
                self.lexer.edits.cancel(edit);
            }
        }
        let side = |expr: Expr| (expr.start, expr.end, expr.sym, expr.operand());
        self.comparisons.push(Comparison {
            operation,
            operator: (operator.start, operator.end),
            left: side(left),
            right: side(right),
            literal_first: matches!(left.form, Form::Simple(_)),
            returned: false,
            head: None,
        });
        self.expr(left.start, Sym::PLAIN, Form::Other)
    }

    /// What an operator gives that computes.
    fn computed(&mut self, operator: Token, left: Expr, right: Expr, sym: Sym) -> Expr {
        let form = if operator.t == T::Concat { Form::Concat } else { Form::Other };
        let sym = match operator.t {
            T::Operator(Binary::Sum | Binary::Product | Binary::Power) | T::Minus => {
                let sign = self.slice(operator);
                self.scopes.arithmetic(sym, matches!(sign, b"/" | b"^"))
            }
            T::Concat => {
                self.printed(left);
                self.printed(right);
                self.scopes.computed(sym)
            }
            _ => self.scopes.computed(sym),
        };
        self.expr(left.start, sym, form)
    }

    /// An operand of `..`, which prints numbers.
    fn printed(&mut self, operand: Expr) {
        if self.mends_numbers() && operand.form != Form::Concat {
            self.wrap(operand, ANY | NUMBER, "s");
        }
    }

    /// An argument that has to be a whole number.
    fn whole(&mut self, argument: Expr) {
        if self.mends_numbers() && self.library == Library::Target && argument.form != Form::Dots {
            self.wrap(argument, FRACTION, "int");
        }
    }

    fn wrap(&mut self, Expr { start, end, sym, .. }: Expr, kinds: Kinds, with: &'static str) {
        let value = self.scopes.keep(sym);
        self.wraps.push(Wrap { start, end, value, kinds, with });
    }

    /// A literal string that is the name of a type, and not one that cdata may go by.
    fn tells_nothing_of_cdata(&self, expr: Expr) -> bool {
        let name = self.quoted(expr).unwrap_or_default();
        !name.is_empty() && name.iter().all(u8::is_ascii_lowercase) && !matches!(name, b"cdata" | b"userdata")
    }

    /// What a literal in quotes says.
    fn quoted(&self, expr: Expr) -> Option<&'a [u8]> {
        expr.literal.then(|| &self.lexer.text[expr.start + 1..expr.end - 1])
    }

    fn simple(&mut self) -> Result<Expr> {
        let token = self.token;
        let text = Form::Simple(ComparedOperand::Text(token.start, token.end));
        let slice = self.slice(token);
        let (sym, form) = match token.t {
            T::Number | T::String => {
                let sym = if token.t == T::Number { number_sym(slice) } else { Sym::PLAIN };
                if token.verbatim && matches!(numeral::scan(slice), Some(Numeral::Integer(_))) && token.t == T::Number {
                    self.growth.literal(token.start, token.end);
                }
                (sym, if token.verbatim && slice.is_ascii() { text } else { Form::Other })
            }
            T::Nil | T::True | T::False => (Sym::PLAIN, text),
            T::Boxed(number) => {
                let place = format!(" {}k[{}]", self.helper, number + 1);
                self.lexer.edits.replace(token.start, token.end, place);
                (Sym::ANY, Form::Simple(ComparedOperand::Constant(number)))
            }
            T::Dots => (Sym::ANY, Form::Dots),
            T::LeftBrace => return self.table(),
            T::Function => {
                self.advance()?;
                self.function_body(false, false, token.line, b"")?;
                return Ok(self.expr(token.start, Sym::OBJECT, Form::Other));
            }
            _ => return self.suffixed(),
        };
        self.advance()?;
        let mut expr = self.expr(token.start, sym, form);
        let quoted = matches!(slice.first(), Some(b'"' | b'\''));
        expr.literal = token.t == T::String && quoted && token.verbatim && !slice.contains(&b'\\');
        Ok(expr)
    }

    fn table(&mut self) -> Result<Expr> {
        let opener = self.token;
        self.advance()?;
        while self.token.t != T::RightBrace {
            let mark = self.growth.mark();
            let mut key: &[u8] = b"[";
            if self.accept(T::LeftBracket)? {
                self.expression()?;
                self.expect(T::RightBracket, "]")?;
                self.expect(T::Assign, "=")?;
            } else if matches!(self.token.t, T::Name | T::Goto) && self.look_ahead()? == T::Assign {
                let name = self.name()?;
                key = self.slice(name);
                if self.is_reserved(name) {
                    self.lexer.edits.replace(name.start, name.end, "[\"goto\"]");
                }
                self.advance()?;
            }
            let value = self.expression()?;
            let node = self.node_of(Role::Field, key);
            self.flows(&value, node);
            self.growth.back_to(mark);
            if !self.accept(T::Comma)? && !self.accept(T::Semicolon)? {
                break;
            }
        }
        self.expect_match(T::RightBrace, "}", "{", opener.line)?;
        Ok(self.expr(opener.start, Sym::OBJECT, Form::Other))
    }

    // --- names

    /// A name where a value stands, or is assigned to.
    pub fn primary_name(&mut self) -> Result<Expr> {
        let name = self.name()?;
        let slice = self.slice(name);
        if let Some(var) = self.scopes.find(slice) {
            let sym = self.scopes.value(var);
            self.local_name(name);
            let operand = if self.is_reserved(name) {
                Some(ComparedOperand::ReservedLocal)
            } else {
                slice.is_ascii().then_some(ComparedOperand::Text(name.start, name.end))
            };
            let mut expr = self.expr(name.start, sym, Form::Local(var, operand));
            expr.known = self.scopes.vars[var as usize].alias.map(|alias| Ref { var: Some(var), ..alias });
            return Ok(expr);
        }
        let mut expr = self.expr(name.start, Sym::ANY, Form::Global);
        if self.is_reserved(name) {
            self.lexer.edits.replace(name.start, name.end, "_ENV[\"goto\"]");
        } else if let Some(known) = self.global(slice) {
            let reference = Ref { known, what: What::Whole, lib: None, var: None };
            expr.known = Some(reference);
            expr.sym = self.scopes.if_constant(known, Sym::OBJECT);
            if self.has_own(known) {
                expr.edit = Some(self.lexer.edits.len());
                let own = format!("{}.{}", self.helper, KNOWN[known as usize].helper());
                self.lexer.edits.replace_unless(name.start, name.end, own, [Some(known), None, None]);
            }
            if known == names::ARG && self.variadic == 0 {
                self.arg_places.push((name.start, name.end));
            }
        }
        Ok(expr)
    }

    /// The known global of a name. Where the text says itself which table has the globals, none is known.
    fn global(&self, name: &[u8]) -> Option<VarId> {
        if self.target().reserves_goto() && (self.dialect.replaces_globals || self.scopes.find(b"_ENV").is_some()) {
            return None;
        }
        self.known("", name)
    }

    /// The translation puts its own in the place of a known name.
    fn has_own(&self, known: VarId) -> bool {
        let entry = &KNOWN[known as usize];
        let kept = self.library == Library::LuaJit || self.keeps_names() && !entry.knows_cdata();
        entry.own.contains(&self.target()) && !kept
    }

    fn known(&self, table: &'static str, name: &[u8]) -> Option<VarId> {
        self.index.get(table)?.get(name).copied()
    }

    /// `expr.name`; the token at hand is the dot.
    pub fn field(&mut self, expr: Expr) -> Result<Expr> {
        let dot = self.token;
        self.advance()?;
        let name = self.name()?;
        let mut field = self.expr(expr.start, Sym::ANY, Form::Index);
        if self.is_reserved(name) {
            self.lexer.edits.replace(dot.start, dot.end, "[");
            self.lexer.edits.replace(name.start, name.end, "\"goto\"]");
            return Ok(field);
        }
        let Some(Ref { known: lib, what: What::Whole, lib: None, var }) = expr.known else {
            return Ok(field);
        };
        let Some(fields) = KNOWN[lib as usize].fields else {
            return Ok(field);
        };
        let slice = self.slice(name);
        let Some(known) = self.known(KNOWN[lib as usize].space(), slice) else {
            let reference = Ref { known: lib, what: What::Field, lib: None, var };
            field.known = Some(reference);
            let may_be_value = matches!(fields, Gives::Plain | Gives::Number) || lib == names::FFI;
            let gives = match fields {
                Gives::Number if names::is_plain_value(slice) => Sym::FRACTION,
                _ if may_be_value && names::is_plain_value(slice) => Sym::PLAIN,
                Gives::Any => Sym::ANY,
                _ => Sym::OBJECT,
            };
            field.sym = self.if_known(reference, gives);
            return Ok(field);
        };
        // What a field of `_G` is, its global is: a table with fields of its own, perhaps.
        let of_globals = KNOWN[lib as usize].space().is_empty();
        let lib = (!of_globals || KNOWN[known as usize].fields.is_none()).then_some(lib);
        let reference = Ref { known, what: What::Whole, lib, var };
        field.known = Some(reference);
        field.sym = self.if_known(reference, Sym::OBJECT);
        if self.has_own(known) && expr.edit.is_none() && self.on_one_line(expr) && lib != Some(names::FFI) {
            let unless = [Some(known), lib, var];
            field.edit = Some(self.lexer.edits.len());
            let own = KNOWN[known as usize].helper();
            self.lexer.edits.replace_unless(name.start, name.end, own, unless);
            self.lexer.edits.replace_unless(expr.start, expr.end, self.helper.to_owned(), unless);
        }
        Ok(field)
    }

    fn on_one_line(&self, expr: Expr) -> bool {
        !self.lexer.text[expr.start..expr.end].iter().any(|b| matches!(b, b'\n' | b'\r'))
    }

    /// The kinds that something known has, if all that it depends on stays what it is.
    fn if_known(&mut self, reference: Ref, sym: Sym) -> Sym {
        let conditions = [Some(reference.known), reference.lib, reference.var];
        conditions.into_iter().flatten().fold(sym, |sym, var| self.scopes.if_constant(var, sym))
    }

    /// Something is assigned to the expression.
    pub fn assigned(&mut self, target: &Expr, value: Sym) {
        let changed = match (target.form, target.known) {
            (Form::Local(var, _), _) => {
                self.scopes.assign(var, value);
                var
            }
            (_, Some(Ref { known, what: What::Whole, .. })) => known,
            (Form::Global, None) if &self.lexer.text[target.start..target.end] == b"_ENV" => {
                self.dialect.replaces_globals = true;
                return;
            }
            _ => return,
        };
        let all = match KNOWN.get(changed as usize) {
            // With another `_G`, its fields are not the globals.
            Some(known) if known.space().is_empty() => 0..KNOWN.len(),
            _ => changed as usize..changed as usize + 1,
        };
        for var in &mut self.scopes.vars[all] {
            var.assigned = true;
        }
    }

    // --- calls

    /// A name or an expression in parentheses, with what follows it.
    pub fn suffixed(&mut self) -> Result<Expr> {
        let start = self.token;
        let mark = self.growth.mark();
        let mut expr = match start.t {
            T::Name | T::Goto => {
                let mut expr = self.primary_name()?;
                let node = match expr.form {
                    Form::Local(var, _) => var,
                    _ => self.node_of(Role::Field, self.slice(start)),
                };
                self.growth.node(node);
                expr.node = Some(node);
                expr
            }
            T::LeftParen => {
                self.advance()?;
                let inner = self.expression()?;
                self.expect_match(T::RightParen, ")", "(", start.line)?;
                self.expr(start.start, inner.sym, Form::Other)
            }
            _ => return self.error("unexpected symbol"),
        };
        // The last name, by which fields and functions are known.
        let mut name: &[u8] = if start.t == T::LeftParen { b"" } else { self.slice(start) };
        loop {
            let is_library = expr.known.is_some();
            let mut node = None;
            expr = match self.token.t {
                T::Dot => {
                    let field = self.field(expr)?;
                    let text = &self.lexer.text[..field.end];
                    let length = text.iter().rev().take_while(|&&b| is_word(b)).count();
                    name = &text[field.end - length..];
                    node = Some(self.node_of(Role::Field, name));
                    field
                }
                T::LeftBracket => {
                    self.advance()?;
                    self.expression()?;
                    self.expect(T::RightBracket, "]")?;
                    name = b"";
                    node = Some(self.node_of(Role::Field, b"["));
                    self.expr(expr.start, Sym::ANY, Form::Index)
                }
                T::Colon => {
                    let call = self.method(expr)?;
                    name = b"";
                    call
                }
                T::LeftParen | T::String | T::LeftBrace => {
                    let arguments = self.call_arguments()?;
                    if !is_library && !name.is_empty() {
                        for (place, argument) in arguments.iter().enumerate() {
                            let node = self.node_of(Role::Argument(place), name);
                            self.flows(argument, node);
                        }
                        node = Some(self.node_of(Role::Result, name));
                    }
                    name = b"";
                    self.call(expr, &arguments)
                }
                _ => return Ok(expr),
            };
            self.growth.back_to(mark);
            match node {
                Some(node) => self.growth.node(node),
                None => self.growth.other(),
            }
            expr.node = node.filter(|_| expr.form == Form::Index);
        }
    }

    /// The arguments of a call.
    fn call_arguments(&mut self) -> Result<Vec<Expr>> {
        match self.token.t {
            T::String | T::LeftBrace => Ok(vec![self.simple()?]),
            T::LeftParen => {
                let line = self.token.line;
                self.advance()?;
                let list = if self.token.t == T::RightParen { Vec::new() } else { self.expression_list()? };
                self.expect_match(T::RightParen, ")", "(", line)?;
                Ok(list)
            }
            _ => self.error("function arguments expected"),
        }
    }

    fn call(&mut self, function: Expr, arguments: &[Expr]) -> Expr {
        let mut call = self.expr(function.start, Sym::ANY, Form::Call(None));
        let Some(reference) = function.known else {
            return call;
        };
        let known = &KNOWN[reference.known as usize];
        let gives = match reference.what {
            What::Whole => known.call,
            What::Field => known.fields.unwrap_or(Gives::Any),
        };
        call.sym = match (reference.known, reference.what) {
            // Computes on 64 bits only where an argument has as many.
            (names::BIT, What::Field) => {
                let all = arguments.iter().fold(Sym::PLAIN, |all, a| self.scopes.either(all, a.sym));
                self.scopes.computed(all)
            }
            (names::SELECT, _) if arguments.first().is_some_and(|a| a.literal) => Sym::PLAIN,
            _ => gives.sym(),
        };
        call.sym = self.if_known(reference, call.sym);
        let literal = match arguments {
            [only] => self.quoted(*only),
            _ => None,
        };
        match reference.known {
            names::REQUIRE => {
                let module = literal.and_then(|name| names::MODULES.iter().find(|m| m.0.as_bytes() == name));
                if let Some(&(_, module)) = module {
                    call.known = module.map(|known| Ref { known, what: What::Whole, lib: None, var: reference.var });
                } else if let (Some(_), Some(edit)) = (literal, function.edit) {
                    self.lexer.edits.cancel(edit);
                }
            }
            names::TYPE => call.form = Form::Call(function.edit),
            // Only of the globals there are more than the table has.
            names::RAWGET if !arguments.first().is_some_and(|table| self.is_globals(*table)) => {
                self.cancel(function.edit);
            }
            names::SETMETATABLE if arguments.get(1).is_some_and(|meta| self.has_no_finalizer(*meta)) => {
                self.cancel(function.edit);
            }
            // In another base than ten there are digits, never cdata.
            names::TONUMBER if !self.may_refuse(arguments) && self.has_other_base(arguments) => {
                self.cancel(function.edit);
            }
            _ => {}
        }
        if reference.what == What::Whole && self.mends_numbers() && names::wants_whole(known) {
            // Of what `select` gets only the place is a number.
            let count = if reference.known == names::SELECT { 1 } else { arguments.len() };
            for &argument in arguments.iter().take(count) {
                self.whole(argument);
            }
        }
        if let Some(edit) = function.edit {
            let concerned = match (reference.known, arguments) {
                (names::TYPE | names::PAIRS | names::IPAIRS, [_]) => ANY,
                (names::TONUMBER, [_, _]) if self.may_refuse(arguments) => return call,
                (names::TONUMBER, [_] | [_, _]) => ANY,
                (names::TOSTRING, [_]) => ANY | if self.mends_numbers() { NUMBER } else { 0 },
                (names::PRINT, _) => ANY | NUMBER,
                _ if (known.table, known.name) == ("io", "write") => ANY | NUMBER,
                _ => return call,
            };
            // A field has two.
            let edits = edit..edit + if function.form == Form::Index { 2 } else { 1 };
            // A base is a number.
            let count = if reference.known == names::TONUMBER { 1 } else { arguments.len() };
            self.unless_plain.push((edits, arguments[..count].iter().map(|a| a.sym).collect(), concerned));
        }
        call
    }

    /// The global `_G`, by its name.
    fn is_globals(&self, expr: Expr) -> bool {
        expr.known
            .is_some_and(|reference| KNOWN[reference.known as usize].name == "_G" && reference.what == What::Whole)
    }

    /// A table's constructor with names that are none of a finalizer.
    fn has_no_finalizer(&self, expr: Expr) -> bool {
        let text = &self.lexer.text[expr.start..expr.end];
        text.starts_with(b"{") && !text.contains(&b'[') && !text.windows(4).any(|window| window == b"__gc")
    }

    /// The digits of another base may be a number, which Lua 5.3 and later refuse.
    fn may_refuse(&self, arguments: &[Expr]) -> bool {
        let is_string = |expr: &Expr| matches!(self.lexer.text[expr.start], b'"' | b'\'' | b'[');
        self.target().has_integers() && arguments.len() > 1 && !arguments.first().is_some_and(is_string)
    }

    /// A base that is a literal number and not ten.
    fn has_other_base(&self, arguments: &[Expr]) -> bool {
        let Some(&expr) = arguments.get(1) else { return false };
        let text = &self.lexer.text[expr.start..expr.end];
        matches!(expr.form, Form::Simple(ComparedOperand::Text(..)))
            && text.iter().all(u8::is_ascii_digit)
            && text != b"10"
    }

    fn cancel(&mut self, edit: Option<usize>) {
        if let Some(edit) = edit {
            self.lexer.edits.cancel(edit);
        }
    }

    /// `expr:name(...)`; the token at hand is the colon.
    fn method(&mut self, object: Expr) -> Result<Expr> {
        let colon = self.token;
        self.advance()?;
        let name = self.name()?;
        let opener = self.token;
        let arguments = self.call_arguments()?;
        let mut call = self.expr(object.start, Sym::ANY, Form::Call(None));
        let slice = self.slice(name);
        let list = opener.t == T::LeftParen;
        let edits =
            MethodCall { start: object.start, colon, name, opener, end: self.last_end, empty: arguments.is_empty() };
        if self.is_reserved(name) {
            // Later Luas have no such name.
            self.call_method(&edits, "method");
        } else if list && !self.keeps_names() && (slice == b"format" || slice == b"write" && self.mends_numbers()) {
            let kinds = if slice == b"format" { ANY | OBJECT | NUMBER } else { ANY | NUMBER };
            let texts =
                arguments.iter().all(|a| a.is_text() && !matches!(self.lexer.text[a.start], b'n' | b't' | b'f'));
            // Lua 5.1 refuses nil and booleans as well, which are plain, and has quotes of its own; those of
            // later Luas are for strings.
            let quotes = self.lexer.text[object.start..object.end].windows(2).any(|pair| pair == b"%q");
            let old = self.target() == Target::Lua51;
            let always = slice == b"format" && (!texts && (old || quotes) || old && quotes);
            self.methods.push((edits, arguments.iter().map(|a| a.sym).collect(), kinds, always));
        } else if list
            && slice == b"rep"
            && arguments.len() > 1
            && self.target() == Target::Lua51
            && !self.keeps_names()
        {
            // Which has no separators.
            self.methods.push((edits, Vec::new(), 0, true));
        } else if matches!(slice, b"gsub" | b"gmatch") && !self.keeps_names() && self.walks_otherwise(&arguments) {
            self.methods.push((edits, Vec::new(), 0, true));
        } else if list && names::is_whole_method(slice) {
            for &argument in &arguments {
                self.whole(argument);
            }
        }
        if names::is_string_method(slice) {
            let sym = self.scopes.computed(object.sym);
            call.sym = sym;
        }
        Ok(call)
    }

    /// The target finds other matches of a pattern than LuaJIT, if the pattern can match nothing.
    fn walks_otherwise(&self, arguments: &[Expr]) -> bool {
        let Some(pattern) = arguments.first() else { return false };
        let text = &self.lexer.text[pattern.start..pattern.end];
        let always_some = pattern.is_text() && text.len() > 2 && !text.iter().any(|b| b"*?-f".contains(b));
        self.target().has_integers() && !always_some
    }

    /// Lets a helper call a method: it gets the object first, and the name if it is `method`.
    pub fn call_method(&mut self, call: &MethodCall, helper: &str) {
        let edits = &mut self.lexer.edits;
        edits.before(call.start, format!(" {}.{helper}(", self.helper));
        edits.replace(call.colon.start, call.colon.end, if helper == "method" { "," } else { " " });
        edits.replace(call.name.start, call.name.end, if helper == "method" { "\"goto\"" } else { " " });
        let comma = if call.empty { "" } else { "," };
        if call.opener.t == T::LeftParen {
            edits.replace(call.opener.start, call.opener.end, comma);
        } else {
            edits.before(call.opener.start, comma);
            edits.after(call.end, ")");
        }
    }

    /// Lua 5.1 has a local `arg` in every function with `...`, which the text is in the output: the
    /// global one is asked for elsewhere.
    pub fn place_arg(&mut self) {
        if self.target() == Target::Lua51 {
            for (start, end) in std::mem::take(&mut self.arg_places) {
                self.lexer.edits.replace(start, end, format!("{}.globals.arg", self.helper));
            }
        }
    }
}
