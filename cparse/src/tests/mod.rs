//! What declarations mean, construct by construct: what the tests share.

mod constants;
mod declarations;
mod errors;
mod newer;
mod random;
mod records;
mod twice;
mod types;

use super::*;
use lunaffi_core::ctype::ConstantValue;

/// A state of its own.
struct State {
    types: TypeTable<'static>,
    names: Declarations,
}

impl State {
    fn new() -> State {
        let types = TypeTable::new();
        let names = Declarations::new(&types);
        State { types, names }
    }

    fn of(text: &str) -> State {
        let state = State::new();
        state.declare(text);
        state
    }

    #[track_caller]
    fn declare(&self, text: &str) -> Vec<Rc<str>> {
        match declare(&self.types, &self.names, text.as_bytes(), &[]) {
            Ok(names) => names,
            Err(e) => panic!("{text}: {e} (column {})", e.column),
        }
    }

    fn error(&self, text: &str) -> String {
        match declare(&self.types, &self.names, text.as_bytes(), &[]) {
            Ok(names) => format!("declared {names:?}"),
            Err(e) => e.to_string(),
        }
    }

    #[track_caller]
    fn ty(&self, text: &str) -> TypeId {
        match type_name(&self.types, &self.names, text.as_bytes(), &[]) {
            Ok(ty) => ty,
            Err(e) => panic!("{text}: {e}"),
        }
    }

    fn type_error(&self, text: &str) -> String {
        match type_name(&self.types, &self.names, text.as_bytes(), &[]) {
            Ok(ty) => format!("is {}", self.types.c_name(ty)),
            Err(e) => e.to_string(),
        }
    }

    #[track_caller]
    fn spelled(&self, text: &str) -> String {
        self.types.c_name(self.ty(text)).to_string()
    }

    #[track_caller]
    fn size(&self, text: &str) -> usize {
        self.types.size_of(self.ty(text)).unwrap_or_else(|| panic!("{text} has no size"))
    }

    #[track_caller]
    fn constant(&self, name: &str) -> ConstantValue {
        match self.names.get(name.as_bytes()) {
            Some(Name::Constant(constant)) => constant.value.clone(),
            other => panic!("{name}: {other:?}"),
        }
    }

    #[track_caller]
    fn integer(&self, name: &str) -> i128 {
        match self.constant(name) {
            ConstantValue::Integer(value) => value,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[track_caller]
    fn float(&self, name: &str) -> f64 {
        match self.constant(name) {
            ConstantValue::Float(value) => value.to_f64(),
            other => panic!("{name}: {other:?}"),
        }
    }

    /// A record's size and alignment, and the offsets of some members.
    #[track_caller]
    fn layout(&self, text: &str, members: &[&str]) -> (usize, usize, Vec<usize>) {
        let ty = self.ty(text);
        let record = self.types.record(ty).unwrap_or_else(|| panic!("{text} is not complete"));
        let offsets = members.iter().map(|m| record.by_name(m.as_bytes()).expect(m).offset).collect();
        (self.types.size_of(ty).unwrap(), self.types.align_of(ty), offsets)
    }

    /// The type of a function or variable, spelled.
    #[track_caller]
    fn external(&self, name: &str) -> String {
        match self.names.get(name.as_bytes()) {
            Some(Name::Extern { ty, .. }) => self.types.c_name(ty).to_string(),
            other => panic!("{name}: {other:?}"),
        }
    }
}
