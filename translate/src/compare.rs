//! Comparisons that may be between cdata and something else, which Lua itself answers without asking
//! anybody. Operands that may be written twice are compared in place: `any` is equal to every cdata,
//! by its metamethod, and to nothing else, so that no function is called unless one is needed. Where a
//! statement begins with a comparison, its operands are put into variables for that. Otherwise a
//! helper compares.

use super::parser::Parser;
use super::scope::{ANY, OBJECT, Sym};

/// How an operand is written again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ComparedOperand {
    /// As in the source.
    Text(usize, usize),
    /// As in the source, after a minus.
    Negative(usize, usize),
    /// A constant's place.
    Constant(u32),
    /// A local variable that had to get another name.
    ReservedLocal,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Operation {
    /// The helper that does it; `swapped`: with the right operand first.
    fn helper(self, swapped: bool) -> &'static str {
        match self {
            Operation::Equal if swapped => "eq_to",
            Operation::Unequal if swapped => "ne_to",
            Operation::Equal => "eq",
            Operation::Unequal => "ne",
            Operation::Less => "lt",
            Operation::LessEqual => "le",
            Operation::Greater => "gt",
            Operation::GreaterEqual => "ge",
        }
    }

    fn is_order(self) -> bool {
        !matches!(self, Operation::Equal | Operation::Unequal)
    }
}

/// An operand: where, of which kinds, and how to write it again.
type Side = (usize, usize, Sym, Option<ComparedOperand>);

/// Where a statement begins and ends that starts by comparing: its operands can be put into variables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    pub kind: HeadKind,
    /// The keyword.
    pub keyword: (usize, usize),
    /// Where the condition begins. Nothing but parentheses is in between.
    pub condition: usize,
    /// Of a loop, the keyword behind the condition; of others, where the statement ends, twice.
    pub tail: (usize, usize),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeadKind {
    If,
    Elseif,
    While,
    Return,
}

/// A comparison in the source.
pub struct Comparison {
    pub operation: Operation,
    pub operator: (usize, usize),
    pub left: Side,
    pub right: Side,
    /// The left operand is a literal. LuaJIT gives that to `__eq` as the second one.
    pub literal_first: bool,
    /// It is all that a `return` gives: a helper's call must not take the place of the function's own.
    pub returned: bool,
    /// The statement that it begins.
    pub head: Option<Head>,
}

impl Parser<'_> {
    /// Makes the edits of all comparisons; the kinds of variables are known by now.
    pub fn help_comparisons(&mut self) {
        for comparison in std::mem::take(&mut self.comparisons) {
            if !(comparison.operation.is_order() && self.target().orders_mixed()) {
                self.help(&comparison);
            }
        }
    }

    fn help(&mut self, comparison: &Comparison) {
        let Comparison { operation, operator, left, right, literal_first, returned, head } = *comparison;
        let swapped = literal_first && !operation.is_order();
        let kinds = |side: Side| self.scopes.kinds(side.2);
        let may_be = (kinds(left) & ANY != 0, kinds(right) & ANY != 0);
        let may_have_methods = |side: Side| kinds(side) & (ANY | OBJECT) != 0;
        if !operation.is_order() && self.asks_any_eq() && may_have_methods(left) && may_have_methods(right) {
            self.call_helper(comparison, if operation == Operation::Equal { "old_eq" } else { "old_ne" });
            return;
        }
        if !may_be.0 && !may_be.1 {
            return;
        }
        if let (Some(a), Some(b)) = (left.3, right.3) {
            let (a, b) = (self.spelled(a), self.spelled(b));
            let (first, last) = self.in_place(operation, &a, &b, may_be, swapped);
            self.lexer.edits.before(left.0, first);
            self.lexer.edits.after(right.1, last);
            return;
        }
        let Some(head) = head else {
            let helper = match operation {
                Operation::Equal if !swapped => "equal",
                Operation::Unequal if !swapped => "unequal",
                _ => operation.helper(swapped),
            };
            self.call_helper(comparison, helper);
            return;
        };
        debug_assert!(!returned || head.kind == HeadKind::Return);
        let a = format!("{}l", self.helper);
        let b = right.3.map(|operand| self.spelled(operand));
        let alone = b.is_some();
        let b = b.unwrap_or_else(|| format!("{}r", self.helper));
        let (first, last) = self.in_place(operation, &a, &b, may_be, swapped);
        let variables = if alone { format!("local {a}=") } else { format!("local {a},{b}=") };
        let opened = match head.kind {
            HeadKind::If => ("do ", " if "),
            HeadKind::Elseif => ("else ", " if "),
            HeadKind::While => ("while true do ", " if not("),
            HeadKind::Return => ("", " return "),
        };
        let edits = &mut self.lexer.edits;
        edits.replace(head.keyword.0, head.keyword.1, format!("{}{variables}", opened.0));
        let parentheses = "(".repeat(self.lexer.text[head.condition..left.0].iter().filter(|&&b| b == b'(').count());
        if !parentheses.is_empty() {
            edits.replace(head.condition, left.0, " ");
        }
        if alone {
            edits.after(left.1, format!("{}{parentheses}{first}{a}", opened.1));
            edits.after(right.1, last);
        } else {
            let sign = &self.lexer.text[operator.0..operator.1];
            let sign = String::from_utf8_lossy(sign);
            edits.replace(operator.0, operator.1, ",");
            edits.after(right.1, format!("{}{parentheses}{first}{a}{sign}{b}{last}", opened.1));
        }
        match head.kind {
            HeadKind::If | HeadKind::Elseif => edits.after(head.tail.1, " end"),
            HeadKind::While => edits.replace(head.tail.0, head.tail.1, ") then break end"),
            HeadKind::Return => {}
        }
    }

    /// A helper compares.
    fn call_helper(&mut self, comparison: &Comparison, helper: &str) {
        let Comparison { operator, left, right, returned, .. } = *comparison;
        let edits = &mut self.lexer.edits;
        let (open, close) = if returned { ("(", "))") } else { (" ", ")") };
        edits.before(left.0, format!("{open}{}.{helper}(", self.helper));
        edits.replace(operator.0, operator.1, ",");
        edits.after(right.1, close);
    }

    /// What a comparison in place has around it, for operands that are written so. `may_be`: which of them
    /// may be cdata. Only where exactly one is, a helper compares; two are compared by their own metamethod.
    fn in_place(
        &self,
        operation: Operation,
        a: &str,
        b: &str,
        may_be: (bool, bool),
        swapped: bool,
    ) -> (String, String) {
        let helper = self.helper;
        let call = |name: &str| {
            let (first, second) = if swapped { (b, a) } else { (a, b) };
            format!("{helper}.{name}({first},{second})")
        };
        let any = format!("{helper}a");
        let one = if may_be.0 { a } else { b };
        match (operation, may_be) {
            (Operation::Equal, (true, true)) => {
                ("(".to_owned(), format!(" or ({any}=={a} or {any}=={b}) and {})", call("mixed_eq")))
            }
            (Operation::Equal, _) => ("(".to_owned(), format!(" or {any}=={one} and {})", call("eq"))),
            (Operation::Unequal, (true, true)) => {
                ("(".to_owned(), format!(" and ({any}~={a} and {any}~={b} or {}))", call("mixed_ne")))
            }
            (Operation::Unequal, _) => ("(".to_owned(), format!(" and ({any}~={one} or {}))", call("ne"))),
            (_, (true, true)) => {
                let call = call(operation.helper(false));
                let sides = |sign: &str| format!("({any}=={a}){sign}({any}=={b})");
                (format!("({} and ", sides("==")), format!(" or {} and {call})", sides("~=")))
            }
            _ => {
                let call = call(operation.helper(false));
                (format!("({any}~={one} and "), format!(" or {any}=={one} and {call})"))
            }
        }
    }

    /// Equality asks a metamethod that only one of the operands has, or that they do not share, which
    /// LuaJIT does not; and the text defines one.
    fn asks_any_eq(&self) -> bool {
        self.target().has_integers() && self.defines_eq
    }

    fn spelled(&self, operand: ComparedOperand) -> String {
        let text = |start, end| String::from_utf8_lossy(&self.lexer.text[start..end]);
        match operand {
            ComparedOperand::Text(start, end) => text(start, end).into_owned(),
            ComparedOperand::Negative(start, end) => format!("-{}", text(start, end)),
            ComparedOperand::Constant(number) => format!("{}k[{}]", self.helper, number + 1),
            ComparedOperand::ReservedLocal => format!("{}_goto", self.helper),
        }
    }
}
