//! Changes of a text: what is put in, where, in which order, and under which condition.

use super::scope::VarId;
use std::borrow::Cow;

/// Which side of a place an insertion belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Side {
    /// Ends what is before the place: the first one made comes first.
    After,
    /// Begins what is behind the place: the last one made comes first, for it is the outermost.
    Before,
    /// Stands for the text from the place on.
    Instead,
}

/// Variables that a change supposes to keep their values.
pub type Unless = [Option<VarId>; 3];

#[derive(Debug)]
struct Edit {
    at: usize,
    end: usize,
    side: Side,
    order: isize,
    text: Cow<'static, str>,
    /// The edit is made unless one of these is assigned to.
    unless: Unless,
    cancelled: bool,
}

/// The changes of one text, and how many were made.
#[derive(Default, Debug)]
pub struct Edits(Vec<Edit>, isize);

impl Edits {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn push(&mut self, at: usize, end: usize, side: Side, text: Cow<'static, str>, unless: Unless) {
        self.1 += 1;
        let order = if side == Side::Before { -self.1 } else { self.1 };
        self.0.push(Edit { at, end, side, order, text, unless, cancelled: false });
    }

    pub fn before(&mut self, at: usize, text: impl Into<Cow<'static, str>>) {
        self.push(at, at, Side::Before, text.into(), [None; 3]);
    }

    pub fn after(&mut self, at: usize, text: impl Into<Cow<'static, str>>) {
        self.push(at, at, Side::After, text.into(), [None; 3]);
    }

    pub fn replace(&mut self, at: usize, end: usize, text: impl Into<Cow<'static, str>>) {
        self.push(at, end, Side::Instead, text.into(), [None; 3]);
    }

    /// Replaces, unless one of the variables turns out to be assigned to.
    pub fn replace_unless(&mut self, at: usize, end: usize, text: impl Into<Cow<'static, str>>, unless: Unless) {
        self.push(at, end, Side::Instead, text.into(), unless);
    }

    /// Takes an edit back, by the number it had when it was made. Before `settle` only.
    pub fn cancel(&mut self, number: usize) {
        self.0[number].cancelled = true;
    }

    /// Whether any of them puts in the text.
    pub fn any_contains(&self, text: &str) -> bool {
        self.0.iter().any(|edit| edit.text.contains(text))
    }

    /// Drops the edits whose condition fails.
    pub fn settle(&mut self, assigned: impl Fn(VarId) -> bool) {
        self.0.retain(|edit| !edit.cancelled && !edit.unless.iter().flatten().any(|&var| assigned(var)));
    }

    /// The changed text. No two replacements overlap.
    pub fn apply(mut self, text: &[u8]) -> Vec<u8> {
        self.0.sort_by_key(|edit| (edit.at, edit.side, edit.order));
        let added: usize = self.0.iter().map(|edit| edit.text.len()).sum();
        let mut output = Vec::with_capacity(text.len() + added);
        let mut done = 0;
        for edit in &self.0 {
            output.extend_from_slice(&text[done..edit.at.max(done)]);
            output.extend_from_slice(edit.text.as_bytes());
            done = done.max(edit.end);
        }
        output.extend_from_slice(&text[done..]);
        output
    }
}
