//! Numbers that grow: on Luas with integers those would wrap where LuaJIT rounds. Variables, fields by
//! their names, and what functions give and take by theirs are nodes of a graph; values flow along
//! assignments. Where a value is multiplied, or added to another that depends on it, on the way back to
//! where it came from, the literals that it begins with become floats, and with them all that follows.
//! Other numbers stay integers: counters, places, sizes, and what leaves the program.

use super::parser::Parser;
use super::scope::VarId;
use super::{expression::Expr, numeral};
use std::collections::{HashMap, HashSet};

/// What an expression is computed from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Term {
    Node(VarId),
    /// An integer in the source.
    Literal(usize, usize),
    /// What comes from elsewhere.
    Other,
}

/// A place in the lists of terms and of operations.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Mark {
    terms: usize,
    operations: usize,
}

/// A sum or a product of what is in two ranges of terms.
#[derive(Clone, Copy, Debug)]
struct Operation {
    multiplies: bool,
    left: (usize, usize),
    right: (usize, usize),
}

/// What a node's name is a name of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// A field or a global.
    Field,
    /// What functions of that name give.
    Result,
    /// What they take, by its place.
    Argument(usize),
}

/// An operation whose result comes to a node.
#[derive(Debug)]
struct Check {
    node: VarId,
    multiplies: bool,
    left: Vec<Term>,
    right: Vec<Term>,
}

/// A value that comes to a node as it is.
#[derive(Clone, Copy, Debug)]
struct Source {
    node: VarId,
    term: Term,
    /// The expression.
    place: (usize, usize),
}

#[derive(Default, Debug)]
pub struct Growth<'a> {
    terms: Vec<Term>,
    operations: Vec<Operation>,
    names: HashMap<(Role, &'a [u8]), VarId>,
    edges: Vec<(VarId, VarId)>,
    checks: Vec<Check>,
    sources: Vec<Source>,
    /// Literals that are floats if they are zero, which has a sign then and divides.
    zeros: Vec<(usize, usize)>,
    /// Literals that are factors, and are floats if they are zero or large.
    factors: Vec<(usize, usize)>,
    /// Literals that are multiplied by nothing but literals.
    constants: Vec<Vec<(usize, usize)>>,
    /// What something is divided by, to get a remainder.
    divisors: HashSet<VarId>,
    /// Literals that something unknown divides.
    dividends: Vec<(usize, usize)>,
    /// Literals that are added or taken away, and are floats if they are large.
    addends: Vec<(usize, usize)>,
    /// Parameters, and where the body of their function begins.
    parameters: Vec<(VarId, &'a [u8], usize)>,
    /// The names of the functions that are open.
    pub functions: Vec<&'a [u8]>,
}

impl Growth<'_> {
    pub fn mark(&self) -> Mark {
        Mark { terms: self.terms.len(), operations: self.operations.len() }
    }

    /// Forgets what was noted since.
    pub fn back_to(&mut self, mark: Mark) {
        self.terms.truncate(mark.terms);
        self.operations.truncate(mark.operations);
    }

    pub fn node(&mut self, node: VarId) {
        self.terms.push(Term::Node(node));
    }

    pub fn literal(&mut self, start: usize, end: usize) {
        self.terms.push(Term::Literal(start, end));
    }

    pub fn other(&mut self) {
        self.terms.push(Term::Other);
    }

    /// A literal since a mark is a float if it is zero.
    pub fn zero(&mut self, from: Mark) {
        if let Some(&[Term::Literal(start, end)]) = self.terms.get(from.terms..) {
            self.zeros.push((start, end));
        }
    }

    /// An operator of two expressions gives a remainder. A remainder of zero, which is no number, is an error
    /// of integers.
    pub fn remainder(&mut self, left: Mark, right: Mark) {
        self.zero(right);
        match self.terms.get(right.terms..) {
            Some(&[Term::Literal(..)]) => return,
            Some(&[Term::Node(node)]) => {
                self.divisors.insert(node);
            }
            _ => {}
        }
        if let Some(&[Term::Literal(start, end)]) = self.terms.get(left.terms..right.terms) {
            self.dividends.push((start, end));
        }
    }

    /// A literal since a mark is a factor.
    pub fn factor(&mut self, from: Mark) {
        if let Some(&[Term::Literal(start, end)]) = self.terms.get(from.terms..) {
            self.factors.push((start, end));
        }
    }

    /// A literal since a mark is added, or taken away.
    pub fn addend(&mut self, from: Mark) {
        if let Some(&[Term::Literal(start, end)]) = self.terms.get(from.terms..) {
            self.addends.push((start, end));
        }
    }

    /// An operator of two expressions, the second of which ends here.
    pub fn operation(&mut self, multiplies: bool, left: Mark, right: Mark) {
        let ranges = ((left.terms, right.terms), (right.terms, self.terms.len()));
        let literal = |term: &Term| match *term {
            Term::Literal(start, end) => Some((start, end)),
            _ => None,
        };
        if multiplies
            && let Some(literals) = self.terms.get(left.terms..).and_then(|all| all.iter().map(literal).collect())
        {
            self.constants.push(literals);
        }
        self.operations.push(Operation { multiplies, left: ranges.0, right: ranges.1 });
    }
}

impl<'a> Parser<'a> {
    /// The node of a name.
    pub fn node_of(&mut self, role: Role, name: &'a [u8]) -> VarId {
        if let Some(&node) = self.growth.names.get(&(role, name)) {
            return node;
        }
        let node = self.scopes.create();
        self.growth.names.insert((role, name), node);
        node
    }

    /// The value of an expression comes to a node.
    pub fn flows(&mut self, value: &Expr, node: VarId) {
        let growth = &mut self.growth;
        let (from, to) = value.marks;
        let terms = growth.terms.get(from.terms..to.terms).unwrap_or_default();
        let operations = growth.operations.get(from.operations..to.operations).unwrap_or_default();
        for &term in terms {
            if let Term::Node(source) = term {
                growth.edges.push((source, node));
            }
            // A helper would cut what gives several values.
            if operations.is_empty() && !value.is_multiple() {
                growth.sources.push(Source { node, term, place: (value.start, value.end) });
            }
        }
        for operation in operations {
            let part = |range: (usize, usize)| growth.terms.get(range.0..range.1).unwrap_or_default().to_vec();
            let (left, right) = (part(operation.left), part(operation.right));
            growth.checks.push(Check { node, multiplies: operation.multiplies, left, right });
        }
    }

    /// A parameter of the function whose name is the last of those that are open.
    pub fn parameter(&mut self, var: VarId, place: usize, name: &'a [u8], body: &mut Vec<(VarId, &'a [u8])>) {
        if let Some(&function) = self.growth.functions.last().filter(|name| !name.is_empty()) {
            let node = self.node_of(Role::Argument(place), function);
            self.growth.edges.push((node, var));
        }
        body.push((var, name));
    }

    /// Where the body of the function with these parameters begins.
    pub fn body_begins(&mut self, parameters: Vec<(VarId, &'a [u8])>, at: usize) {
        self.growth.parameters.extend(parameters.into_iter().map(|(var, name)| (var, name, at)));
    }

    /// Makes floats of the integers that numbers grow from.
    pub fn mend_growth(&mut self) {
        let growth = std::mem::take(&mut self.growth);
        let groups = groups(self.scopes.vars.len(), &growth.edges);
        let group = |node: VarId| groups[node as usize];
        // What grows, and what does so by multiplying itself.
        let mut grows = vec![(false, false); groups.len()];
        let mut literals = Vec::new();
        for check in &growth.checks {
            let own = group(check.node);
            let is_own = |term: &Term| matches!(*term, Term::Node(node) if group(node) == own);
            let (left, right) = (check.left.iter().any(is_own), check.right.iter().any(is_own));
            if !check.multiplies {
                if left && right {
                    grows[own as usize].0 = true;
                }
                continue;
            }
            let factors = if left { &check.right } else { &check.left };
            match (left || right, factors.as_slice()) {
                (false, _) => {}
                (true, &[Term::Literal(start, end)]) => literals.push((start, end)),
                _ => grows[own as usize] = (true, true),
            }
        }
        let mut wrapped = Vec::new();
        // What is stored often is not looked at each time.
        let fields: HashSet<VarId> =
            growth.names.iter().filter(|((role, _), _)| *role == Role::Field).map(|(_, &node)| node).collect();
        for source in &growth.sources {
            let (grows, multiplies) = grows[group(source.node) as usize];
            match source.term {
                Term::Literal(start, end) if grows => literals.push((start, end)),
                Term::Node(node) if group(node) == group(source.node) => {}
                Term::Node(_) | Term::Other if multiplies && !fields.contains(&source.node) => {
                    wrapped.push(source.place)
                }
                _ => {}
            }
        }
        // Up to here, sums with integers below 2^53 are exact many times over.
        const LARGE: f64 = 4294967296.0;
        let value = |&(start, end): &(usize, usize)| match numeral::scan(&self.lexer.text[start..end]) {
            Some(numeral::Numeral::Integer(value)) => value,
            _ => 1.0,
        };
        literals.extend(growth.zeros.iter().filter(|&place| value(place) == 0.0));
        // From here on, integers are no longer all of the numbers that a float can be.
        const EXACT: f64 = 9007199254740992.0;
        for constant in &growth.constants {
            if constant.iter().map(value).product::<f64>() >= EXACT {
                literals.extend(constant.first());
            }
        }
        literals.extend(&growth.dividends);
        for source in &growth.sources {
            if let Term::Literal(start, end) = source.term
                && growth.divisors.contains(&source.node)
                && value(&(start, end)) == 0.0
            {
                literals.push((start, end));
            }
        }
        // Up to here, the product with a number of 32 bits is exact.
        const LARGE_FACTOR: f64 = 2097152.0;
        let is_factor = |value: f64| value == 0.0 || value >= LARGE_FACTOR;
        literals.extend(growth.factors.iter().filter(|&place| is_factor(value(place))));
        literals.extend(growth.addends.iter().filter(|&place| value(place) > LARGE));
        literals.sort_unstable();
        literals.dedup();
        for (start, end) in literals {
            let value = numeral::scan(&self.lexer.text[start..end]);
            if let Some(numeral::Numeral::Integer(value)) = value {
                self.lexer.edits.replace(start, end, numeral::decimal_text(value));
            }
        }
        wrapped.sort_unstable();
        wrapped.dedup();
        for (start, end) in wrapped {
            self.lexer.edits.before(start, format!(" {}.float(", self.helper));
            self.lexer.edits.after(end, ")");
        }
        for &(var, name, at) in &growth.parameters {
            let is_word = name.is_ascii() && name != b"goto";
            if grows[group(var) as usize].1 && is_word && self.scopes.vars[var as usize].assigned {
                let name = String::from_utf8_lossy(name);
                self.lexer.edits.after(at, format!(" {name}={}.float({name}) ", self.helper));
            }
        }
    }
}

/// For each node the group of those that values flow between in both directions (the strongly connected
/// components, by Tarjan's algorithm).
fn groups(count: usize, edges: &[(VarId, VarId)]) -> Vec<u32> {
    let mut targets: Vec<Vec<VarId>> = vec![Vec::new(); count];
    for &(from, to) in edges {
        targets[from as usize].push(to);
    }
    const UNSEEN: u32 = u32::MAX;
    let (mut number, mut group) = (vec![UNSEEN; count], vec![UNSEEN; count]);
    let mut lowest = vec![0; count];
    let (mut open, mut path): (Vec<VarId>, Vec<(VarId, usize)>) = (Vec::new(), Vec::new());
    let mut next = 0;
    for root in 0..count as VarId {
        if number[root as usize] == UNSEEN {
            path.push((root, 0));
        }
        while let Some((node, place)) = path.pop() {
            let at = node as usize;
            if place == 0 {
                number[at] = next;
                lowest[at] = next;
                next += 1;
                open.push(node);
            } else {
                let done = targets[at][place - 1] as usize;
                if group[done] == UNSEEN {
                    lowest[at] = lowest[at].min(lowest[done]);
                }
            }
            if let Some(&target) = targets[at].get(place) {
                path.push((node, place + 1));
                if number[target as usize] == UNSEEN {
                    path.push((target, 0));
                }
                continue;
            }
            if lowest[at] == number[at] {
                while let Some(member) = open.pop() {
                    group[member as usize] = node;
                    if member == node {
                        break;
                    }
                }
            }
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn nodes_of_a_cycle_are_one_group() {
        let groups = groups(7, &[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (5, 5), (6, 0)]);
        assert!(groups[0] == groups[1] && groups[1] == groups[2] && groups[3] == groups[4]);
        let mut distinct = vec![groups[0], groups[3], groups[5], groups[6]];
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 4);
    }
}
