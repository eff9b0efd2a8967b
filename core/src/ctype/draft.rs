//! Declaring in drafts: what one text declares is put into a table of its own, on top of the one that
//! it belongs to, and moved there when all of it is fine. A draft that is given up takes everything with
//! it, so a text that fails costs no memory. Types have the same numbers in both.

use super::table::State;
use super::{TypeId, TypeTable};
use foldhash::HashMap;
use std::cell::RefCell;
use std::hash::Hash;

/// The table that a draft is on top of.
pub(super) struct Base<'b> {
    pub table: &'b TypeTable<'b>,
    /// The types of the table that the draft has completed, and what they were before: what they are again
    /// when it is given up.
    pub completed: RefCell<Vec<(TypeId, State)>>,
}

impl Drop for Base<'_> {
    fn drop(&mut self) {
        for (ty, state) in self.completed.get_mut().iter().rev() {
            self.table.entry(*ty).restore(state);
        }
    }
}

/// What becomes of a draft.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// What it declares is declared.
    Keep,
    /// It is as if it had not been.
    Discard,
}

impl TypeTable<'_> {
    /// Runs a step that declares types in a draft of this table. They are known from then on if the
    /// step succeeds; else, or when it says so, they never were.
    pub fn transaction<T, E>(&self, step: impl FnOnce(&TypeTable<'_>) -> Result<(T, Fate), E>) -> Result<T, E> {
        let base = Base { table: self, completed: RefCell::default() };
        let draft = TypeTable::empty(Some(base), self.count(), self.first_body + self.bodies.len());
        let (result, fate) = step(&draft)?;
        if fate == Fate::Keep {
            self.adopt(draft);
        }
        Ok(result)
    }

    /// Whether this draft has completed types of the table below.
    pub fn completes(&self) -> bool {
        self.base.as_ref().is_some_and(|base| !base.completed.borrow().is_empty())
    }

    fn adopt(&self, draft: TypeTable<'_>) {
        debug_assert_eq!(draft.first_type, self.count(), "drafts do not overlap");
        if let Some(base) = &draft.base {
            base.completed.borrow_mut().clear();
        }
        draft.entries.into_vec().into_iter().for_each(|entry| self.entries.push(entry));
        draft.bodies.into_vec().into_iter().for_each(|body| self.bodies.push(body));
        add_all(&mut self.numbers.borrow_mut(), draft.numbers.into_inner());
        add_all(&mut self.functions.borrow_mut(), draft.functions.into_inner());
    }
}

/// Moves what the second table has into the first: the smaller one's into the larger.
fn add_all<K: Hash + Eq>(all: &mut HashMap<K, TypeId>, mut added: HashMap<K, TypeId>) {
    if added.len() > all.len() {
        std::mem::swap(all, &mut added);
    }
    all.extend(added);
}
