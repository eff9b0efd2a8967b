//! Blocks of bytes: `string`, `copy`, `fill`.

use crate::runtime::Entry;

/// For the module table.
pub const FUNCTIONS: &[Entry] = &[];
