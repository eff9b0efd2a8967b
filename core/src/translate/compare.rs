//! Comparisons that may be between cdata and something else, which Lua itself answers without asking
//! anybody. Operands that may be written twice are compared in place: `any` is equal to every cdata,
//! by its metamethod, and to nothing else, so that no function is called unless one is needed.
//! Otherwise a helper compares.

use super::parser::Parser;
use super::scope::{ANY, Sym};

/// How an operand is written again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
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
type Side = (usize, usize, Sym, Option<Operand>);

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
        let Comparison { operation, operator, left, right, literal_first, returned } = *comparison;
        let swapped = literal_first && !operation.is_order();
        let may_be_cdata = |side: Side| self.scopes.kinds(side.2) & ANY != 0;
        let (left_may, right_may) = (may_be_cdata(left), may_be_cdata(right));
        if !left_may && !right_may {
            return;
        }
        let (Some(a), Some(b)) = (left.3, right.3) else {
            let edits = &mut self.lexer.edits;
            let (open, close) = if returned { ("(", "))") } else { (" ", ")") };
            edits.before(left.0, format!("{open}{}.{}(", self.helper, operation.helper(swapped)));
            edits.replace(operator.0, operator.1, ",");
            edits.after(right.1, close);
            return;
        };
        let (a, b) = (self.spelled(a), self.spelled(b));
        let helped = {
            let (first, second) = if swapped { (&b, &a) } else { (&a, &b) };
            format!("{}.{}({first},{second})", self.helper, operation.helper(false))
        };
        let is_cdata = |text: &str| format!("{}.any=={text}", self.helper);
        // Whether exactly one is cdata; two are compared by their own metamethod.
        let (mixed, alike) = match (left_may, right_may) {
            (true, true) => {
                (format!("({})~=({})", is_cdata(&a), is_cdata(&b)), format!("({})==({})", is_cdata(&a), is_cdata(&b)))
            }
            (one, _) => {
                let text = if one { &a } else { &b };
                (is_cdata(text), format!("{}.any~={text}", self.helper))
            }
        };
        let (head, tail) = match operation {
            Operation::Equal => ("(".to_owned(), format!(" or {mixed} and {helped})")),
            Operation::Unequal => ("(".to_owned(), format!(" and ({alike} or {helped}))")),
            _ => (format!("({alike} and "), format!(" or {mixed} and {helped})")),
        };
        self.lexer.edits.before(left.0, head);
        self.lexer.edits.after(right.1, tail);
    }

    fn spelled(&self, operand: Operand) -> String {
        let text = |start, end| String::from_utf8_lossy(&self.lexer.text[start..end]);
        match operand {
            Operand::Text(start, end) => text(start, end).into_owned(),
            Operand::Negative(start, end) => format!("-{}", text(start, end)),
            Operand::Constant(number) => format!("{}k[{}]", self.helper, number + 1),
            Operand::ReservedLocal => format!("{}_goto", self.helper),
        }
    }
}
