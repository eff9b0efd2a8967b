//! Variables: which declaration a name means, and which variables can never hold cdata. The second is
//! worked out over the whole text, whatever the order of statements: a variable can hold cdata when
//! anything that is ever assigned to it can.

use std::collections::HashMap;

/// A variable's number. The first ones are the globals of `names`, each standing for its name.
pub type VarId = u32;

/// What a value may be: nothing that matters, or some of these.
pub type Kinds = u8;
/// A table, a function or userdata of Lua's own: no cdata, but it may have metamethods.
pub const OBJECT: Kinds = 1;
/// Anything, cdata included.
pub const ANY: Kinds = 2;

/// A number that Luas with integers may print otherwise than LuaJIT: all but small integers.
pub const NUMBER: Kinds = 4;
/// A number that may have a fraction.
pub const FRACTION: Kinds = 8;
/// Those that metamethods make anything of.
const OBJECTS: Kinds = OBJECT | ANY;

/// How an expression's kinds follow from a variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Use {
    /// It is the variable's value.
    Value,
    /// It is computed from the variable: nothing that matters, or anything if metamethods take part.
    /// A fraction remains one.
    ComparedOperand,
    /// The expression is what it seems to be only if nothing is assigned to the variable.
    Constant,
}

#[derive(Clone, Copy, Debug)]
struct Dependency {
    var: VarId,
    how: Use,
}

/// The kinds of an expression: some that are known, and those of variables.
#[derive(Clone, Copy, Debug)]
pub struct Sym {
    known: Kinds,
    start: u32,
    end: u32,
    /// All dependencies are operands.
    computed: bool,
}

impl Sym {
    /// Nil, a boolean, a number, a string.
    pub const PLAIN: Sym = Sym::of(0);
    pub const OBJECT: Sym = Sym::of(OBJECT);
    pub const ANY: Sym = Sym::of(ANY);
    pub const NUMBER: Sym = Sym::of(NUMBER);
    pub const FRACTION: Sym = Sym::of(NUMBER | FRACTION);

    const fn of(known: Kinds) -> Sym {
        Sym { known, start: 0, end: 0, computed: true }
    }

    /// Nothing that matters, whatever variables are.
    pub fn is_plain(self) -> bool {
        self.known == 0 && !self.depends()
    }

    fn depends(self) -> bool {
        self.start < self.end
    }
}

/// A `Sym` as it is now: an operator that the expression is an operand of does not change it.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    known: Kinds,
    start: u32,
    end: u32,
}

/// A local variable, or a known global name.
#[derive(Clone, Debug, Default)]
pub struct Var {
    /// Something is assigned to it after its declaration.
    pub assigned: bool,
    /// What it stands for, as its first value.
    pub alias: Option<Ref>,
    kinds: Kinds,
}

/// Which part of a known name something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    Whole,
    /// A field of it that has no number of its own.
    Field,
}

/// A known name that an expression is, and what has to keep its value for that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ref {
    /// Its number in `names`.
    pub known: VarId,
    pub what: What,
    /// The table that it is a field of.
    pub lib: Option<VarId>,
    /// The local variable that stands for it, or for its table.
    pub var: Option<VarId>,
}

/// What an operator gives whose operand may be of these kinds.
fn through_operator(kinds: Kinds) -> Kinds {
    kinds & FRACTION | if kinds & OBJECTS != 0 { ANY } else { 0 }
}

/// All variables of a text, and the scopes that are open.
pub struct Scopes<'a> {
    pub vars: Vec<Var>,
    dependencies: Vec<Dependency>,
    kept: Vec<Dependency>,
    assignments: Vec<(VarId, Sym)>,
    names: HashMap<&'a [u8], Vec<VarId>>,
    open: Vec<&'a [u8]>,
}

impl<'a> Scopes<'a> {
    /// With so many globals that have numbers.
    pub fn new(globals: usize) -> Scopes<'a> {
        let vars = vec![Var::default(); globals];
        Scopes {
            vars,
            dependencies: Vec::new(),
            kept: Vec::new(),
            assignments: Vec::new(),
            names: HashMap::new(),
            open: Vec::new(),
        }
    }

    /// The number of names in scope, for `leave`.
    pub fn enter(&self) -> usize {
        self.open.len()
    }

    /// Ends the scopes of all names declared since.
    pub fn leave(&mut self, mark: usize) {
        for name in self.open.drain(mark..) {
            self.names.get_mut(name).map(Vec::pop);
        }
    }

    /// A new variable, not in scope yet.
    pub fn create(&mut self) -> VarId {
        self.vars.push(Var::default());
        self.vars.len() as VarId - 1
    }

    /// Brings a variable into scope.
    pub fn declare(&mut self, name: &'a [u8], var: VarId) {
        self.names.entry(name).or_default().push(var);
        self.open.push(name);
    }

    /// The variable that a name means; none for a global.
    pub fn find(&self, name: &[u8]) -> Option<VarId> {
        self.names.get(name)?.last().copied()
    }

    /// A variable's value is that of the expression, at some time.
    pub fn assign(&mut self, var: VarId, value: Sym) {
        self.assignments.push((var, value));
    }

    /// The value of a variable.
    pub fn value(&mut self, var: VarId) -> Sym {
        self.depend(var, Use::Value)
    }

    /// What is `known`, if nothing is assigned to the variable.
    pub fn if_constant(&mut self, var: VarId, known: Sym) -> Sym {
        let condition = self.depend(var, Use::Constant);
        self.either(known, condition)
    }

    fn depend(&mut self, var: VarId, how: Use) -> Sym {
        let start = self.dependencies.len() as u32;
        self.dependencies.push(Dependency { var, how });
        Sym { known: 0, start, end: start + 1, computed: how == Use::Constant }
    }

    /// One of the two values. The second was made last.
    pub fn either(&mut self, a: Sym, b: Sym) -> Sym {
        let known = a.known | b.known;
        let computed = a.computed && b.computed;
        match (a.depends(), b.depends()) {
            (false, _) => Sym { known, computed, ..b },
            (_, false) => Sym { known, computed, ..a },
            _ if a.end == b.start => Sym { known, start: a.start, end: b.end, computed },
            // Other expressions are in between: too much to keep apart.
            _ => Sym::ANY,
        }
    }

    /// What an operator gives that computes with a value.
    pub fn computed(&mut self, value: Sym) -> Sym {
        let fraction = value.known & FRACTION;
        if value.known & OBJECTS != 0 {
            return Sym::of(ANY | fraction);
        }
        if !value.computed {
            for dependency in &mut self.dependencies[value.start as usize..value.end as usize] {
                if dependency.how == Use::Value {
                    dependency.how = Use::ComparedOperand;
                }
            }
        }
        Sym { computed: true, known: fraction, ..value }
    }

    /// What arithmetic with a value gives.
    pub fn arithmetic(&mut self, value: Sym, divides: bool) -> Sym {
        let computed = self.computed(value);
        Sym { known: computed.known | NUMBER | if divides { FRACTION } else { 0 }, ..computed }
    }

    fn contribution(&self, dependency: Dependency) -> Kinds {
        let var = &self.vars[dependency.var as usize];
        match dependency.how {
            Use::Value => var.kinds,
            Use::ComparedOperand => through_operator(var.kinds),
            Use::Constant if var.assigned => ANY,
            _ => 0,
        }
    }

    fn part(&self, sym: Sym) -> &[Dependency] {
        &self.dependencies[sym.start as usize..sym.end as usize]
    }

    /// The kinds of an expression; final after `solve`.
    pub fn kinds(&self, sym: Sym) -> Kinds {
        self.part(sym).iter().fold(sym.known, |kinds, &dependency| kinds | self.contribution(dependency))
    }

    /// Keeps what an expression's kinds follow from.
    pub fn keep(&mut self, value: Sym) -> Kept {
        let start = self.kept.len() as u32;
        self.kept.extend_from_slice(&self.dependencies[value.start as usize..value.end as usize]);
        Kept { known: value.known, start, end: self.kept.len() as u32 }
    }

    /// The kinds that were kept; final after `solve`.
    pub fn kinds_kept(&self, kept: Kept) -> Kinds {
        let part = &self.kept[kept.start as usize..kept.end as usize];
        part.iter().fold(kept.known, |kinds, &dependency| kinds | self.contribution(dependency))
    }

    /// Works out the kinds of all variables: they grow until nothing changes. Each grows only a few
    /// times, so the work is linear in the assignments and what they depend on.
    pub fn solve(&mut self) {
        let mut users: Vec<Vec<u32>> = vec![Vec::new(); self.vars.len()];
        for (number, &(_, sym)) in self.assignments.iter().enumerate() {
            let part = &self.dependencies[sym.start as usize..sym.end as usize];
            for dependency in part.iter().filter(|d| d.how != Use::Constant) {
                users[dependency.var as usize].push(number as u32);
            }
        }
        let mut grown: Vec<VarId> = Vec::new();
        for &(var, sym) in &self.assignments {
            let constants = self.part(sym).iter().filter(|d| d.how == Use::Constant);
            let kinds = constants.fold(sym.known, |kinds, &d| kinds | self.contribution(d));
            let var_kinds = &mut self.vars[var as usize].kinds;
            if kinds & !*var_kinds != 0 {
                *var_kinds |= kinds;
                grown.push(var);
            }
        }
        while let Some(source) = grown.pop() {
            let kinds = self.vars[source as usize].kinds;
            for &number in &users[source as usize] {
                let (var, sym) = self.assignments[number as usize];
                let added = if sym.computed { through_operator(kinds) } else { self.added(sym, source, kinds) };
                let var_kinds = &mut self.vars[var as usize].kinds;
                if added & !*var_kinds != 0 {
                    *var_kinds |= added;
                    grown.push(var);
                }
            }
        }
    }

    /// What a variable of these kinds gives to an expression. Long ones are not walked again for each
    /// of their variables.
    fn added(&self, sym: Sym, source: VarId, kinds: Kinds) -> Kinds {
        const MANY: u32 = 64;
        if sym.end - sym.start > MANY {
            return if kinds & OBJECTS != 0 { kinds | ANY } else { kinds };
        }
        self.part(sym).iter().filter(|d| d.var == source).fold(0, |all, d| match d.how {
            Use::Value => all | kinds,
            Use::ComparedOperand => all | through_operator(kinds),
            Use::Constant => all,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_flow_through_assignments_in_any_order() {
        let mut scopes = Scopes::new(0);
        let [a, b, c, d] = [0; 4].map(|_| scopes.create());
        // a = b + 1; b = c; c = 1; d = a and {}
        let value = scopes.value(b);
        let value = scopes.computed(value);
        scopes.assign(a, value);
        let value = scopes.value(c);
        scopes.assign(b, value);
        scopes.assign(c, Sym::PLAIN);
        let value = scopes.value(a);
        let value = scopes.either(value, Sym::OBJECT);
        scopes.assign(d, value);
        scopes.solve();
        let kinds = |scopes: &mut Scopes, var| {
            let value = scopes.value(var);
            scopes.kinds(value)
        };
        assert_eq!([a, b, c, d].map(|var| kinds(&mut scopes, var)), [0, 0, 0, OBJECT]);
        scopes.assign(c, Sym::OBJECT);
        scopes.solve();
        assert_eq!([a, b, c, d].map(|var| kinds(&mut scopes, var)), [ANY, OBJECT, OBJECT, OBJECT | ANY]);
    }

    #[test]
    fn a_variable_that_depends_on_itself_stays_plain() {
        let mut scopes = Scopes::new(0);
        let n = scopes.create();
        scopes.assign(n, Sym::PLAIN);
        let value = scopes.value(n);
        let value = scopes.computed(value);
        scopes.assign(n, value);
        scopes.solve();
        let value = scopes.value(n);
        assert_eq!(scopes.kinds(value), 0);
    }

    #[test]
    fn what_is_a_constant_only_in_name_is_anything() {
        let mut scopes = Scopes::new(1);
        let x = scopes.create();
        let value = scopes.if_constant(0, Sym::PLAIN);
        scopes.assign(x, value);
        scopes.vars[0].assigned = true;
        scopes.solve();
        let value = scopes.value(x);
        assert_eq!(scopes.kinds(value), ANY);
    }

    #[test]
    fn names_are_those_of_the_innermost_scope() {
        let mut scopes = Scopes::new(0);
        let outer = scopes.create();
        scopes.declare(b"x", outer);
        let mark = scopes.enter();
        let inner = scopes.create();
        scopes.declare(b"x", inner);
        assert_eq!(scopes.find(b"x"), Some(inner));
        scopes.leave(mark);
        assert_eq!(scopes.find(b"x"), Some(outer));
        assert_eq!(scopes.find(b"y"), None);
    }
}
