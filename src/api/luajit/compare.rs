//! Operators that compare.

use crate::runtime::Entry;

/// For both metatables.
pub const META: &[Entry] = &[];
